"""Files that only this installation may read: its database and its models hold mails, names and the hashes of passwords."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER, FILE = 0o700, 0o600
OTHERS = 0o077  # what anybody but the owner may do
BESIDE = ("", "-wal", "-shm", "-journal")  # what SQLite keeps with a database, under the name of the database


def own_folder(folder: Path) -> None:
    """Make a folder, when there is none, that nobody else can enter. One that is there stays as it is: `doctor` looks at it."""
    if not folder.is_dir():
        own_folder(folder.parent)
        folder.mkdir(mode=FOLDER, exist_ok=True)


def own_database(path: Path) -> None:
    """Make the file of a SQLite database, or close one that others can read; SQLite gives the files beside it the same mode."""
    own_folder(path.parent)
    if not path.exists():
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, FILE))
    for one in _of_database(path):
        if one.stat().st_mode & OTHERS and one.stat().st_uid == os.geteuid():
            one.chmod(FILE)


def open_to_others(folder: Path, database: Path | None) -> list[Path]:
    """What others than the owner may read or change: the files of a SQLite database, and of a folder all that is in it.

    What stands in a folder that they can't enter is closed to them whatever its own mode.
    """
    inside = [folder, *folder.rglob("*")] if folder.is_dir() and _is_open(folder) else []
    beside = _of_database(database) if database and folder not in database.parents else []
    return sorted(path for path in (*inside, *beside) if not path.is_symlink() and _is_open(path))


def _is_open(path: Path) -> bool:
    return os.name != "nt" and bool(path.stat().st_mode & OTHERS)


def _of_database(path: Path) -> list[Path]:
    """The file of a database and those that SQLite keeps beside it; none on Windows, which has other rights than modes."""
    beside = (path.with_name(path.name + ending) for ending in BESIDE)
    return [] if os.name == "nt" else [one for one in beside if one.is_file()]
