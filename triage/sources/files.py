"""Where mail comes from: files, folders, Maildir, mbox and standard input. A source yields raw bytes and changes nothing."""

from __future__ import annotations

import mailbox
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from triage.errors import SourceError


@dataclass(frozen=True, slots=True)
class RawBytes:
    """One mail as it was found."""

    kind: str  # "file", "folder", "maildir", "mbox" or "stdin"
    data: bytes


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file of a source that could not be read; the others are."""

    place: str
    reason: str


Found = RawBytes | Unreadable
Known = dict[Path, tuple[int, int]]  # files that were read -> when they were changed (nanoseconds), and their size in bytes


def read_source(source: str, known: Known | None = None) -> Iterator[Found]:
    """All mails of a source: a path, or "-" for one mail on standard input. Files that are `known`, and as they were, are passed over;
    those that are read are added to it once the next one is asked for.

    Raises SourceError when the source isn't there or can't be read.
    """
    if source == "-":
        yield RawBytes("stdin", sys.stdin.buffer.read())
        return
    path, known = Path(source), {} if known is None else known
    try:
        if path.is_dir():
            yield from (
                _each(_maildir(path), "maildir", known) if (path / "cur").is_dir() else _each(_folder(path), "folder", known)
            )
        elif not path.is_file():
            raise SourceError(f"{source}: there is no such file or folder.")
        elif not _is_mbox(path):
            yield from _each(iter([path]), "file", known)
        elif (mark := _mark(path)) != known.get(path):
            yield from _mbox(path)
            known[path] = mark
    except PermissionError as error:
        raise SourceError(f"{error.filename}: no permission to read it.") from error


def _mark(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _each(files: Iterator[Path], kind: str, known: Known) -> Iterator[Found]:
    for file in files:
        try:
            mark = _mark(file)
            if known.get(file) == mark:
                continue
            found: Found = RawBytes(kind, file.read_bytes())
        except FileNotFoundError:
            continue  # a mail program took it away meanwhile
        except OSError as error:
            yield Unreadable(str(file), error.strerror or type(error).__name__)
            continue
        yield found
        known[file] = mark


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


def _mbox(path: Path) -> Iterator[RawBytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield RawBytes("mbox", box.get_bytes(key))
    finally:
        box.close()
