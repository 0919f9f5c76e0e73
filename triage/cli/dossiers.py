"""Commands about the dossiers of formal requests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from kb.errors import named_file
from triage.cli.console import example, installation, print_json, read_bytes, say
from triage.errors import DeskError

COMMAND_LINE = "opdrachtregel"  # who makes a dossier there

app = typer.Typer(help="Dossiers of formal requests.", no_args_is_help=True)


@app.command("make", epilog=example("wegwijzer dossier make 40 --pdf dossier.pdf"))
def dossier_make(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the ticket.")],
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a PDF with the same content attached.")] = None,
) -> None:
    """Print the dossier of a formal request as JSON, for the system that creates the account; goes on record."""
    from triage.desk.dossier import form_pages, make_dossier
    from triage.desk.dossier_pdf import dossier_pdf

    engine = installation().engine
    content = make_dossier(engine, number, COMMAND_LINE)
    if pdf is None:
        print_json(content)
        return
    with named_file(pdf):
        pdf.write_bytes(dossier_pdf(content, form_pages(engine, number)))
    say(f"Dossier of ticket {number} written to {pdf}.")


@app.command("check", epilog=example("wegwijzer dossier check dossier.pdf"))
def dossier_check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A dossier, PDF or JSON.")]) -> None:
    """Say whether a dossier is as it was handed out from this database; exit code 1 when it is not."""
    from pypdf.errors import PdfReadError

    from triage.desk.dossier import changed
    from triage.desk.dossier_pdf import read_dossier

    data = read_bytes(str(file))
    try:
        content = read_dossier(data)
    except (ValueError, PdfReadError) as error:
        raise DeskError(f"{file.name} is no dossier ({type(error).__name__}).") from error
    if problem := changed(installation().engine, content):
        raise DeskError(problem)
    say(f"{file.name} is as it was handed out.")
