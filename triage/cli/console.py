"""What all commands share: output, JSON, failures that are explained, and the configured installation.

Nothing here or at the top of a module of commands imports more than the command line itself needs: `wegwijzer --help` and the
shell's completion wait for every import.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kb.errors import ExplainedError, named_file

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from triage.installation.installation import Installation

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document (one a line for several files).")]
Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files; - for standard input.")]
LOOPBACK = "127.0.0.1"  # nobody but this machine, unless somebody says so
Host = Annotated[str, typer.Option(help="Address of this machine to listen on; 0.0.0.0 for all of them.")]


def example(command: str) -> str:
    """The epilogue of a command's help."""
    return f"Example: {command}"


def say(text: str, *, bold: bool = False, dim: bool = False) -> None:
    """Print a line for a person, with `bold` or `dim` where the terminal can; words of mails are never read as markup."""
    typer.secho(text, bold=bold or None, dim=dim or None)


def complain(text: str) -> None:
    """Print a line on standard error."""
    typer.secho(text, fg=typer.colors.RED, err=True)


def print_json(content: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, default=str) + "\n")


def database() -> Engine:
    """The configured database, for a command that needs nothing else. Raises LayoutError."""
    from kb.settings import settings
    from triage.database.opening import open_database

    return open_database(settings().database_url)


def installation() -> Installation:
    """The configured installation; a new one starts with the shipped articles. Raises LayoutError."""
    from sqlalchemy.orm import Session

    from kb.article import load_articles
    from kb.store import get_articles, put_articles

    found = bare_installation()
    with Session(found.engine) as session, session.begin():
        if not get_articles(session):
            put_articles(session, load_articles(found.settings.data_dir / "faq"))
    return found


def bare_installation() -> Installation:
    """The configured installation, for a command that needs no articles. Raises LayoutError."""
    from kb.settings import settings
    from triage.installation.installation import Installation

    return Installation.at(settings())


def read_bytes(name: str) -> bytes:
    """A file, or standard input for "-". Raises FileError."""
    if name == "-":
        return sys.stdin.buffer.read()
    with named_file(name):
        return Path(name).read_bytes()


def is_explained(error: Exception) -> bool:
    """Whether the message of an error is meant for a person: ours, or what the database says of itself."""
    if isinstance(error, ExplainedError):
        return True
    database = sys.modules.get("sqlalchemy.exc")  # who never opened one need not load it
    return database is not None and isinstance(error, database.DBAPIError)


def told(error: Exception, about: str = "wegwijzer") -> str:
    """An error in one line; one that was not foreseen is said to be a bug, without its words: those may be a mail's."""
    if is_explained(error):
        return f"{about}: {' '.join(str(error).split()) or type(error).__name__}"
    return f"{about}: this is a bug in Wegwijzer ({type(error).__name__}); --debug shows where. Please report it."


def for_each(files: list[str], as_json: bool, work: Callable[[str], Any], show: Callable[[Any], None]) -> None:
    """Do the same for several files; one that fails is reported and the rest goes on."""
    failed = False
    for name in files:
        try:
            answer = work(name)
        except Exception as error:
            if debugging():
                raise
            failed = True
            if as_json and len(files) > 1:
                print_json({"file": name, "error": told(error, "").removeprefix(": ")})
            else:
                complain(told(error, name))
            continue
        if as_json:
            print_json({"file": name, **answer} if len(files) > 1 else answer)
        else:
            if len(files) > 1:
                say(f"\n{name}", bold=True)
            show(answer)
    if failed:
        raise typer.Exit(1)


def debugging() -> bool:
    """Whether --debug was given: an error then shows where it came from."""
    return os.environ.get("WEGWIJZER_DEBUG") == "1"
