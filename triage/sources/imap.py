"""A mailbox on an IMAP server (RFC 9051), read over TLS.

A mail stays where it is until its bytes are stored; then it goes to another folder of the mailbox, so that people see what was taken
in and nothing is fetched twice. Where nothing may be changed the bookmark alone says what was taken.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, IMAPClientReadOnlyError

from triage.errors import SourceError
from triage.sources.imap_connection import MailboxLogin, leave
from triage.sources.source import Bookmark, Bookmarks, Found, RawBytes, TooLarge, Unreadable

IDLE_SECONDS = (
    60.0  # then there is a look, whatever the server said, and IDLE is begun anew: RFC 2177 asks for less than 29 minutes
)
POLL_SECONDS = 30.0  # between two looks where the server has no IDLE
SLICE_SECONDS = 1.0  # how soon somebody who waits notices that he should stop
MAX_HEADERS = 300_000  # bytes that are fetched of the headers of a mail that is too large
_TOGETHER = 500  # sizes that are asked for at once
_WINDOW = 50_000  # numbers that one search asks for: Python's imaplib takes lines of a million bytes
_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class MailboxRules:
    """What becomes of the mails in a mailbox."""

    # Folder for mails that are stored; None when they stay where they are and nothing is changed there.
    done: str | None
    # Folder for mails that are too large.
    quarantine: str
    # Bytes of the largest mail that is taken.
    largest: int


@dataclass(frozen=True, slots=True)
class _Opened:
    """A folder as the server opened it."""

    client: IMAPClient
    validity: int  # UIDVALIDITY: with another one all UIDs mean other mails
    next_uid: int


class Mailbox:
    """A folder of a mailbox on an IMAP server, as a source."""

    def __init__(self, name: str, login: MailboxLogin, rules: MailboxRules) -> None:
        self.name = name
        self.key = login.address.key
        self._login, self._rules = login, rules
        self._opened: _Opened | None = None
        self._read_through = False  # whether this connection saw all mails once
        self._took = False  # whether there were mails the last time
        self._there: set[str] = set()  # folders that exist
        self._left: set[int] = set()  # UIDs of mails that are stored and could not be moved

    def mails(self, known: Bookmarks) -> Iterator[Found]:
        """The mails that are there, lowest UID first, each fetched when it is asked for. Raises SourceError."""
        self._took = False
        try:
            yield from self._read(self._open(), known)
            self._read_through = True
        except (IMAPClientError, OSError) as error:
            raise self._broken(error) from error

    def wait(self, stop: threading.Event) -> None:
        """Until the server says that something changed (IDLE, RFC 2177), or it is time to look. Raises SourceError.

        A server speaks of a new mail once: also while another one is fetched, when nobody hears it. So after mails were taken
        nothing is waited for.
        """
        try:
            client = self._open().client
            if not client.has_capability("IDLE"):
                stop.wait(POLL_SECONDS)
            elif not self._took:
                self._idle(client, stop)
        except (IMAPClientError, OSError) as error:
            raise self._broken(error) from error

    def close(self) -> None:
        """Sign out."""
        if self._opened is not None:
            leave(self._opened.client)
            self._opened = None

    def _broken(self, error: IMAPClientError | OSError) -> SourceError:
        self.close()
        return self._login.explained(error)

    def _open(self) -> _Opened:
        if self._opened is None:
            client = self._login.connect()
            self._there, self._left, self._read_through = set(), set(), False
            try:
                self._opened = self._select(client)
            finally:
                if self._opened is None:
                    leave(client)
        return self._opened

    def _select(self, client: IMAPClient) -> _Opened:
        delimiter = self._delimiter(client)
        folder = self._login.address.folder.replace("/", delimiter)
        targets = {self._target(client, name) for name in (self._rules.done, self._rules.quarantine) if name}
        if folder in targets:
            raise SourceError(
                "mail is not taken from the folder it is put in; see WEGWIJZER_IMAP_DONE and WEGWIJZER_IMAP_QUARANTINE."
            )
        try:
            found = client.select_folder(folder, readonly=self._rules.done is None)
        except IMAPClientReadOnlyError:
            raise SourceError(
                "mails may not be moved from this folder; set WEGWIJZER_IMAP_DONE=none to leave them there."
            ) from None
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            names = sorted(str(name) for _, _, name in client.list_folders())
            if folder in names:
                raise
            known = ", ".join(name.replace(delimiter, "/") for name in names[:20])
            raise SourceError(
                f"there is no folder '{self._login.address.folder}' in this mailbox; there are: {known}."
            ) from error
        return _Opened(client, int(found[b"UIDVALIDITY"]), int(found.get(b"UIDNEXT", 2**32)))

    def _read(self, opened: _Opened, known: Bookmarks) -> Iterator[Found]:
        floor = self._floor(opened, known.get(""))
        holes = False  # a mail that could not be read: the bookmark stays before it
        for uid, size in self._sizes(opened, 0 if self._rules.done else floor):
            if uid not in self._left:
                found = self._fetched(opened.client, uid, size)
                if found is None:
                    continue  # somebody took it away meanwhile
                floor = max(floor, uid)
                holes = holes or isinstance(found, Unreadable)
                if not isinstance(found, Unreadable) and not holes:
                    found = replace(found, bookmark=Bookmark(self.key, "", opened.validity, floor))
                yield found
                if isinstance(found, Unreadable):
                    continue
                if found.bookmark:
                    known[""], self._took = found.bookmark, True
            if self._rules.done is not None:
                yield from self._put_away(
                    opened.client, uid, self._rules.quarantine if size > self._rules.largest else self._rules.done
                )

    def _floor(self, opened: _Opened, mark: Bookmark | None) -> int:
        """The highest UID that was taken; 0 when UIDs mean other mails now, also because a server was put back to an earlier state."""
        if mark is None or mark.identity != opened.validity or (mark.reached >= opened.next_uid and not self._read_through):
            return 0
        return mark.reached

    def _sizes(self, opened: _Opened, after: int) -> Iterator[tuple[int, int]]:
        """The UIDs above `after` of mails that nobody deleted, in order, with their sizes in bytes."""
        client = opened.client
        client.noop()  # hears of mails that came since the last command
        starts = [*range(after + 1, opened.next_uid, _WINDOW), max(after + 1, opened.next_uid)]
        for start, end in zip(starts, [*(start - 1 for start in starts[1:]), "*"], strict=True):
            found = client.search(["UNDELETED", "UID", f"{start}:{end}"])
            uids = sorted(uid for uid in found if uid >= start)  # n:* is the last mail, also when its UID is below n
            for begin in range(0, len(uids), _TOGETHER):
                answers = client.fetch(uids[begin : begin + _TOGETHER], ["RFC822.SIZE"])
                for uid in sorted(answers):
                    if b"RFC822.SIZE" in answers[uid]:  # otherwise it was taken away meanwhile
                        yield uid, int(answers[uid][b"RFC822.SIZE"])

    def _fetched(self, client: IMAPClient, uid: int, size: int) -> RawBytes | TooLarge | Unreadable | None:
        """A mail; None when it is no longer there."""
        large = size > self._rules.largest
        what = f"BODY.PEEK[HEADER]<0.{MAX_HEADERS}>" if large else "BODY.PEEK[]"
        try:
            answer = client.fetch([uid], [what]).get(uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            return Unreadable(f"{self.name}:", f"the server does not hand over mail {uid} ({self._login.words(error)}).")
        if answer is None:
            return None
        data = answer.get(b"BODY[HEADER]<0>" if large else b"BODY[]")
        if not isinstance(data, bytes):
            return Unreadable(f"{self.name}:", f"the server has no bytes of mail {uid}.")
        return TooLarge("imap", data, self._too_large(size)) if large else RawBytes("imap", data)

    def _too_large(self, size: int) -> str:
        address, rules = self._login.address, self._rules
        folder = rules.quarantine if rules.done else address.folder
        return (
            f"Deze mail is te groot om op te halen: {size / _MEGABYTE:.0f} MB, en de grens is {rules.largest / _MEGABYTE:.0f} MB. "
            f"Hier staat alleen van wie hij komt. De mail zelf staat in de map ‘{folder[:80]}’ van {address.user[:80]} op {address.host[:80]}."
        )

    def _put_away(self, client: IMAPClient, uid: int, name: str) -> Iterator[Unreadable]:
        """Move a mail that is stored. One that can't be moved stays, is not fetched again and stops no other."""
        try:
            self._move(client, uid, self._folder(client, name))
            self._left.discard(uid)
        except IMAPClientAbortError:
            raise
        except IMAPClientError as error:
            if uid not in self._left:
                self._left.add(uid)
                yield Unreadable(
                    f"{self.name}:", f"mail {uid} is stored, but can't be moved to '{name}' ({self._login.words(error)})."
                )

    def _move(self, client: IMAPClient, uid: int, folder: str) -> None:
        if client.has_capability("MOVE"):  # RFC 6851
            client.move([uid], folder)
            return
        client.copy([uid], folder)
        client.add_flags([uid], [b"\\Deleted"], silent=True)
        if client.has_capability("UIDPLUS"):  # RFC 4315; a plain EXPUNGE would take away what others marked
            client.uid_expunge([uid])

    def _folder(self, client: IMAPClient, name: str) -> str:
        """A folder as the server calls it; it is made when there is none."""
        folder = self._target(client, name)
        if folder not in self._there:
            if not client.folder_exists(folder):
                client.create_folder(folder)
                client.subscribe_folder(folder)
            self._there.add(folder)
        return folder

    def _target(self, client: IMAPClient, name: str) -> str:
        """The name of a folder of ours: some servers want all folders below INBOX (RFC 2342)."""
        folder = name.replace("/", self._delimiter(client))
        personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
        prefix = personal[0][0] if personal else ""
        return folder if folder.startswith(prefix) else prefix + folder

    def _delimiter(self, client: IMAPClient) -> str:
        """What stands between the names of folders."""
        found = client.list_folders("", "")
        return str(found[0][1], "ascii") if found and found[0][1] else "/"

    def _idle(self, client: IMAPClient, stop: threading.Event) -> None:
        client.idle()
        end = time.monotonic() + IDLE_SECONDS
        while not stop.is_set() and (now := time.monotonic()) < end:
            told = client.idle_check(timeout=SLICE_SECONDS)
            if any(len(one) > 1 and one[0] != b"OK" for one in told):
                break
            if not told and time.monotonic() - now < SLICE_SECONDS / 2:
                break  # the connection is closed, which ending IDLE will say
        client.idle_done()
