"""Files that only this installation may read: its database and its models hold mails, names and the hashes of passwords."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077  # what anybody but the owner may do
BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite keeps with a database, under the name of the database


def own_folder(folder: Path) -> None:
    """Make a folder, when there is none, that nobody else can enter. One that is there stays as it is: `doctor` looks at it."""
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=FOLDER, exist_ok=True)


def own_database(path: Path) -> None:
    """Make the file of a SQLite database, or close one that others can read; SQLite gives the files beside it the same mode."""
    own_folder(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))
    for ending in BESIDE:
        beside = path.with_name(path.name + ending)
        if beside.is_file() and _ours(beside) and beside.stat().st_mode & OTHERS:
            beside.chmod(FILE)


def open_to_others(folder: Path) -> Iterator[Path]:
    """This folder, and the files and folders in it, as far as others than their owner may read or change them."""
    if os.name == "nt" or not folder.is_dir():  # Windows keeps no such modes
        return
    for path in (folder, *sorted(folder.rglob("*"))):
        if not path.is_symlink() and path.stat().st_mode & OTHERS:
            yield path


def _ours(path: Path) -> bool:
    return os.name != "nt" and path.stat().st_uid == os.geteuid()
