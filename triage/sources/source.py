"""What a source of mail is, what it yields, and how it remembers where it was."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far a source was read. Whoever stores a mail keeps the bookmark that came with it in the same transaction."""

    # Which source, in a form that is the same at every start.
    source: str
    # Which part of the source: the file in a folder, or "" for the source itself.
    part: str
    # What changes when something else takes its place: the inode number of a file, the UIDVALIDITY of a mailbox.
    identity: int
    # Up to where it was read: the size of a file in bytes, the highest UID of a mailbox.
    reached: int
    # When a file was changed, in nanoseconds; 0 for a mailbox.
    changed: int = 0
    # How many mails that part held.
    mails: int = 1


Bookmarks = dict[str, Bookmark]  # part of a source -> how far it was read; a source brings it up to date while it is read


@dataclass(frozen=True, slots=True)
class RawBytes:
    """One mail as it was found."""

    kind: str  # "file", "folder", "maildir", "mbox", "stdin" or "imap"
    data: bytes
    # How far its source was read once this mail is stored; says nothing of the mail itself.
    bookmark: Bookmark | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class TooLarge:
    """A mail that is not taken in because of its size."""

    kind: str
    # Its headers as they came.
    headers: bytes
    # Dutch: how large it is, and where it can be found.
    reason: str
    bookmark: Bookmark | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A mail of a source that could not be read, or not be put away; the others are."""

    # The folder or mailbox it is in; not its own name, which may be a subject.
    place: str
    # The rest of a sentence that begins with the place.
    reason: str


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Mails that the source still holds as they were when they were read."""

    mails: int


@dataclass(frozen=True, slots=True)
class Gone:
    """Parts that the source no longer holds."""

    source: str
    parts: tuple[str, ...]


Found = RawBytes | TooLarge | Unreadable | PassedOver | Gone


class Source(Protocol):
    """Where mail comes from. POP3 would be another one, and signing in with OAuth another way to open a mailbox."""

    @property
    def name(self) -> str:
        """What it is called in messages; never holds a password."""

    @property
    def key(self) -> str:
        """What its bookmarks are kept under."""

    def mails(self, known: Bookmarks) -> Iterator[Found]:
        """What there is, without what is `known`. Asking for the next one says that the one before is stored: only then does a
        source touch that mail or bring `known` up to date. Raises SourceError."""

    def wait(self, stop: threading.Event) -> None:
        """Wait until there may be new mail, or `stop` is set. Raises SourceError."""

    def close(self) -> None:
        """Let go of what it holds open."""
