"""The address of a mailbox, imaps://user@host:port/folder, and the password that goes with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from kb.settings import IMAP_PASSWORD, Settings, SettingsError
from triage.errors import SourceError

SCHEME = "imaps://"
PORT = 993  # RFC 8314, 3.2


@dataclass(frozen=True, slots=True)
class MailboxAddress:
    """A folder of somebody's mailbox on a server."""

    user: str
    host: str
    port: int
    # With / between the names of folders, whatever the server writes there.
    folder: str

    @property
    def key(self) -> str:
        """The same mailbox, always written the same."""
        return f"{SCHEME}{quote(self.user)}@{self.host}:{self.port}/{quote(self.folder)}"

    @property
    def variable(self) -> str:
        """The setting that holds the password of this user alone."""
        return f"{IMAP_PASSWORD}_{re.sub('[^A-Z0-9]', '_', self.user.upper())}"


def read_address(text: str) -> MailboxAddress:
    """The mailbox that an address names. Raises SourceError, without the password that somebody wrote in it."""
    wrong = SourceError("a mailbox is written as imaps://user@host/folder or imaps://user@host:993/folder.")
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise wrong from None  # its words may hold a password
    if url.password is not None:
        raise SourceError(f"a password does not belong in the address; put it in {IMAP_PASSWORD}.")
    if not url.username or not url.hostname or url.query or url.fragment:
        raise wrong
    return MailboxAddress(unquote(url.username), url.hostname, port or PORT, unquote(url.path).strip("/") or "INBOX")


def password_of(address: MailboxAddress, settings: Settings) -> str:
    """The password of a mailbox, from the environment. Raises SettingsError."""
    known = dict(settings.imap_passwords)
    found = known.get(address.variable) or known.get(IMAP_PASSWORD)
    if not found:
        raise SettingsError(
            f"set the password of {address.user} in {IMAP_PASSWORD}, or in {address.variable} for this user alone."
        )
    return found
