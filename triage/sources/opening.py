"""Which kind of source a name stands for."""

from __future__ import annotations

from kb.settings import Settings
from triage.errors import SourceError
from triage.sources.files import FileSource, StandardInput
from triage.sources.imap_address import SCHEME, password_of, read_address
from triage.sources.source import Source


def open_source(name: str, settings: Settings) -> Source:
    """A source by its name: - for standard input, imaps://user@host/folder for a mailbox, otherwise a file or folder.

    Nothing is read and nobody is called yet. Raises SourceError, and SettingsError when there is no password for a mailbox.
    """
    if name == "-":
        return StandardInput()
    if not name.startswith(SCHEME):
        if "://" in name:
            raise SourceError("mail comes from files, folders and mailboxes; a mailbox is written as imaps://user@host/folder.")
        return FileSource(name)
    from triage.sources.imap import Mailbox, MailboxRules  # loads IMAPClient, which files do without
    from triage.sources.imap_connection import MailboxLogin

    address = read_address(name)
    rules = MailboxRules(settings.imap_done, settings.imap_quarantine, settings.imap_megabytes * 2**20)
    return Mailbox(name, MailboxLogin(address, password_of(address, settings), settings.imap_ca), rules)
