"""Mail in files: single ones, folders, Maildir, mbox and standard input. Reading changes nothing."""

from __future__ import annotations

import mailbox
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from triage.errors import SourceError
from triage.sources.source import Bookmark, Bookmarks, Found, Gone, PassedOver, RawBytes, Unreadable

POLL_SECONDS = 10.0
_MOST = 2**63 - 1  # what a column holds; file systems of Windows have longer inode numbers


class StandardInput:
    """One mail on standard input."""

    name = key = "-"

    def mails(self, known: Bookmarks) -> Iterator[Found]:
        """That mail."""
        yield RawBytes("stdin", sys.stdin.buffer.read())

    def wait(self, stop: threading.Event) -> None:
        """Nothing more comes."""
        stop.wait()

    def close(self) -> None:
        """Nothing is held open."""


class FileSource:
    """A file, folder, Maildir or mbox. A file is read again when it changed or another one took its place."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._path = Path(name)
        self.key = _told(self._path.resolve())

    def mails(self, known: Bookmarks) -> Iterator[Found]:
        """The mails of files that are not known as they are now. Raises SourceError when it isn't there or can't be read."""
        path = self._path
        try:
            if path.is_dir():
                maildir = (path / "cur").is_dir()
                yield from (
                    self._each(_maildir(path), "maildir", _unique, known)
                    if maildir
                    else self._each(_folder(path), "folder", self._below, known)
                )
            elif not path.is_file():
                raise SourceError(f"{self.name}: there is no such file or folder.")
            elif _is_mbox(path):
                yield from self._mbox(known)
            else:
                yield from self._each(iter([path]), "file", lambda file: "", known)
        except PermissionError as error:
            raise SourceError(f"{error.filename}: no permission to read it.") from error

    def wait(self, stop: threading.Event) -> None:
        """Until it is time to look again."""
        stop.wait(POLL_SECONDS)

    def close(self) -> None:
        """Nothing is held open."""

    def _below(self, file: Path) -> str:
        return _told(file.relative_to(self._path))

    def _bookmark(self, file: Path, part: str, mails: int = 1) -> Bookmark:
        found = file.stat()
        return Bookmark(self.key, part, found.st_ino & _MOST, found.st_size, found.st_mtime_ns, mails)

    def _each(self, files: Iterator[Path], kind: str, part_of: Callable[[Path], str], known: Bookmarks) -> Iterator[Found]:
        passed, there = 0, set()
        for file in files:
            there.add(part := part_of(file))
            try:
                bookmark = self._bookmark(file, part)
                if known.get(part) == bookmark:
                    passed += 1
                    continue
                found: Found = RawBytes(kind, file.read_bytes(), bookmark)
            except FileNotFoundError:
                continue  # a mail program took it away meanwhile
            except OSError as error:
                yield Unreadable(f"a file in {file.parent}", f"can't be read: {error.strerror or type(error).__name__}.")
                continue
            yield found
            known[part] = bookmark
        if passed:
            yield PassedOver(passed)
        if gone := tuple(known.keys() - there):
            yield Gone(self.key, gone)
            for part in gone:
                del known[part]

    def _mbox(self, known: Bookmarks) -> Iterator[Found]:
        """All mails of an mbox, of which the last carries the bookmark: one that was read halfway is read again."""
        box = mailbox.mbox(self._path, create=False)
        try:
            before = known.get("")
            bookmark = self._bookmark(self._path, "", before.mails if before else 0)
            if before == bookmark:
                yield PassedOver(bookmark.mails)
                return
            keys = list(box.iterkeys())
            bookmark = Bookmark(self.key, "", bookmark.identity, bookmark.reached, bookmark.changed, len(keys))
            for key in keys:
                yield RawBytes("mbox", box.get_bytes(key), bookmark if key == keys[-1] else None)
            known[""] = bookmark
        finally:
            box.close()


def read_source(source: str, known: Bookmarks | None = None) -> Iterator[Found]:
    """All mails of a source: a path, or "-" for one mail on standard input. What is `known` is passed over.

    Raises SourceError when the source isn't there or can't be read.
    """
    here = StandardInput() if source == "-" else FileSource(source)
    return here.mails({} if known is None else known)


def _told(path: Path) -> str:
    """A path as text; signs that are no UTF-8 are escaped, as no database stores them."""
    return str(path).encode("utf-8", "backslashreplace").decode()


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(5) == b"From "


def _folder(path: Path) -> Iterator[Path]:
    """Every ``.eml`` and ``.msg`` and every file without a suffix (as mail servers store them), by name; hidden files are left."""
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.name.startswith(".") and file.suffix.lower() in ("", ".eml", ".msg"):
            yield file


def _maildir(path: Path) -> Iterator[Path]:
    for name in ("new", "cur"):  # `tmp` holds mails that are still being delivered
        folder = path / name
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.is_file() and not file.name.startswith("."):
                yield file


def _unique(file: Path) -> str:
    """The name of a mail in a Maildir, which stays when somebody reads or flags it (https://cr.yp.to/proto/maildir.html)."""
    return _told(Path(file.name.partition(":")[0]))
