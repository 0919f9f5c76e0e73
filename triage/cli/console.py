"""What all commands share: output, JSON, failures that are explained, and the configured database."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kb import load_articles
from kb.article import ArticleError
from kb.data_file import DataFileError
from kb.settings import SettingsError, settings
from kb.store import get_articles, put_articles
from triage.errors import TriageError

if TYPE_CHECKING:
    from triage.installation.installation import Installation

out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document (one a line for several files).")]
Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="Files; - for standard input.")]
LOOPBACK = "127.0.0.1"  # nobody but this machine, unless somebody says so
Host = Annotated[str, typer.Option(help="Address of this machine to listen on; 0.0.0.0 for all of them.")]
FAILURES = (TriageError, ArticleError, DataFileError, SettingsError, SQLAlchemyError, OSError, UnicodeError, ValueError)


def example(command: str) -> str:
    """The epilogue of a command's help."""
    return f"Example: {command}"


def print_json(content: Any) -> None:
    """One JSON document on one line."""
    sys.stdout.write(json.dumps(content, ensure_ascii=False, default=str) + "\n")


def installation() -> Installation:
    """The configured installation; a new one starts with the shipped articles. Raises LayoutError."""
    found = bare_installation()
    with Session(found.engine) as session, session.begin():
        if not get_articles(session):
            put_articles(session, load_articles(found.settings.data_dir / "faq"))
    return found


def bare_installation() -> Installation:
    """The configured installation, for a command that needs no articles. Raises LayoutError."""
    from triage.installation.installation import Installation

    return Installation.at(settings())


def read_bytes(name: str) -> bytes:
    """A file, or standard input for "-"."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def for_each(files: list[str], as_json: bool, work: Callable[[str], Any], show: Callable[[Any], None]) -> None:
    """Do the same for several files; one that fails is reported and the rest goes on."""
    failed = False
    for name in files:
        try:
            answer = work(name)
        except FAILURES as error:
            failed = True
            if as_json and len(files) > 1:
                print_json({"file": name, "error": str(error)})
            else:
                err.print(f"{name}: {error}", style="red", markup=False)
            continue
        if as_json:
            print_json({"file": name, **answer} if len(files) > 1 else answer)
        else:
            if len(files) > 1:
                out.print(f"\n{name}", style="bold", markup=False)
            show(answer)
    if failed:
        raise typer.Exit(1)
