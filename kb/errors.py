"""The base of all errors that speak to the person at the keyboard: what was wrong, where, and what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ExplainedError(Exception):
    """An error whose message is meant for a person. Anything else that is raised is a bug."""


class FileError(ExplainedError):
    """A file that somebody named can't be read or written."""


@contextmanager
def named_file(path: str | Path) -> Iterator[None]:
    """What is done here with a file that somebody named. Raises FileError where the system or its bytes say no."""
    try:
        yield
    except OSError as error:
        raise FileError(f"{path}: {error.strerror or type(error).__name__}.") from error
    except UnicodeDecodeError as error:
        raise FileError(f"{path}: not UTF-8 text (byte {error.start + 1}); save it as UTF-8.") from error
