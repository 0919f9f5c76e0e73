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


def read_source(source: str) -> Iterator[RawBytes]:
    """All mails of a source: a path, or "-" for one mail on standard input.

    Raises SourceError when the source isn't there or can't be read.
    """
    if source == "-":
        yield RawBytes("stdin", sys.stdin.buffer.read())
        return
    path = Path(source)
    try:
        if path.is_dir():
            yield from _maildir(path) if (path / "cur").is_dir() else _folder(path)
        elif path.is_file():
            yield from _mbox(path) if _is_mbox(path) else iter([RawBytes("file", path.read_bytes())])
        else:
            raise SourceError(f"{source}: there is no such file or folder.")
    except PermissionError as error:
        raise SourceError(f"{error.filename}: no permission to read it.") from error


def _is_mbox(path: Path) -> bool:
    with path.open("rb") as handle:
        return handle.read(5) == b"From "


def _folder(path: Path) -> Iterator[RawBytes]:
    """Every ``.eml`` and ``.msg`` and every file without a suffix (as mail servers store them), by name; hidden files are left."""
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.name.startswith(".") and file.suffix.lower() in ("", ".eml", ".msg"):
            yield RawBytes("folder", file.read_bytes())


def _maildir(path: Path) -> Iterator[RawBytes]:
    for name in ("new", "cur"):  # `tmp` holds mails that are still being delivered
        folder = path / name
        for file in sorted(folder.iterdir()) if folder.is_dir() else ():
            if file.is_file() and not file.name.startswith("."):
                yield RawBytes("maildir", file.read_bytes())


def _mbox(path: Path) -> Iterator[RawBytes]:
    box = mailbox.mbox(path, create=False)
    try:
        for key in box.iterkeys():
            yield RawBytes("mbox", box.get_bytes(key))
    finally:
        box.close()
