"""Command groups: the articles (kb), the trained models, the school register, and accounts (user)."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from pypdf.errors import PdfReadError
from sqlalchemy.orm import Session

from kb import load_articles
from kb.articles.editor import Editor
from kb.articles.linter import lint
from kb.settings import settings
from kb.store import get_articles
from triage.cli.console import Json, bare_installation, example, installation, out, print_json
from triage.desk.dossier import changed, form_pages, make_dossier
from triage.desk.dossier_pdf import dossier_pdf, read_dossier
from triage.errors import DeskError
from triage.register.editions import SCHOOLS_URL

COMMAND_LINE = "opdrachtregel"  # who makes a dossier there
IMPORTER = "import"  # who publishes what comes from files
AllowLoss = Annotated[
    bool, typer.Option("--allow-loss", help="Load it although it has many schools or boards fewer than the edition before.")
]

kb_app = typer.Typer(help="The articles of the knowledge base.", no_args_is_help=True)
model_app = typer.Typer(help="The trained models: what runs, what ran before.", no_args_is_help=True)
register_app = typer.Typer(help="The official school register.", no_args_is_help=True)
dossier_app = typer.Typer(help="Dossiers of formal requests.", no_args_is_help=True)
user_app = typer.Typer(help="Accounts of agents.", no_args_is_help=True)


@kb_app.command("import", epilog=example("wegwijzer kb import data/faq"))
def kb_import(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Load Markdown articles into the database; articles with the same slug are replaced."""
    read, changed = Editor(bare_installation().engine).import_folder(folder, IMPORTER)
    out.print(f"{read} articles read, {changed} new or changed.")


@kb_app.command("export", epilog=example("wegwijzer kb export backup/faq"))
def kb_export(folder: Annotated[Path, typer.Argument(metavar="DIR")]) -> None:
    """Write the published articles of the database as Markdown, byte for byte as they were saved."""
    out.print(f"{Editor(installation().engine).export_folder(folder)} articles written to {folder}.", markup=False)


@kb_app.command("lint", epilog=example("wegwijzer kb lint data/faq"))
def kb_lint(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Folder to check; without it, the articles of the database.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check articles: broken links, missing keywords, tone; notes unverified and unreviewed ones."""
    if folder:
        articles = load_articles(folder)
    else:
        with Session(installation().engine) as session:
            articles = get_articles(session)
    findings = lint(articles, date.today())
    errors = [finding for finding in findings if finding.level == "error"]
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            out.print(f"{finding.level:5}  {finding.slug}: {finding.message}", markup=False)
        out.print(f"{len(articles)} articles, {len(errors)} errors, {len(findings) - len(errors)} notes.")
    if errors:
        raise typer.Exit(1)


@model_app.command("list", epilog=example("wegwijzer model list"))
def model_list(as_json: Json = False) -> None:
    """Show the models that can run, newest first."""
    from triage.classify.running import kept_models

    models = kept_models(settings())
    if as_json:
        print_json(
            [{"version": one.version, "promoted_at": one.promoted_at.isoformat(), "running": one.running} for one in models]
        )
        return
    for one in models:
        out.print(f"{one.version}  {one.promoted_at:%Y-%m-%d %H:%M} UTC{'  running' if one.running else ''}")
    if not models:
        out.print("No model was trained yet; run: wegwijzer train")


@model_app.command("rollback", epilog=example("wegwijzer model rollback"))
def model_rollback(
    version: Annotated[
        str | None, typer.Argument(help="Version to go back to; without it, the one before the running model.")
    ] = None,
) -> None:
    """Let an earlier model run again."""
    from triage.classify.running import roll_back

    back = roll_back(settings(), version)
    out.print(f"Model {back.version} of {back.promoted_at:%Y-%m-%d %H:%M} UTC runs again.")


@register_app.command("import", epilog=example("wegwijzer register import schools.csv --boards boards.csv"))
def register_import(
    schools: Annotated[Path, typer.Argument(metavar="SCHOOLS.csv", help="DUO: 'alle schoolvestigingen basisonderwijs'.")],
    boards: Annotated[Path | None, typer.Option(metavar="BOARDS.csv", help="DUO: boards (besturen).")] = None,
    pupils: Annotated[
        Path | None, typer.Option(metavar="PUPILS.csv", help="DUO: 'leerlingen per vestiging'; knows special and closed schools.")
    ] = None,
    more: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="MORE.csv", help="DUO: schools of another kind (special education, Caribbean Netherlands); repeatable."
        ),
    ] = None,
    allow_loss: AllowLoss = False,
) -> None:
    """Load DUO's files; earlier editions stay."""
    from triage.register.pupils import import_pupils
    from triage.register.register import import_register

    with Session(bare_installation().engine) as session, session.begin():
        if pupils:
            out.print(f"{import_pupils(session, pupils)} schools counted by DUO, special and closed ones included.")
        result = import_register(session, schools, boards, more or (), allow_loss=allow_loss)
    news = "imported" if result.new else "this edition was imported already"
    out.print(f"{result.schools} school locations, {result.boards} boards: {news}.")


@register_app.command("fetch", epilog=example("wegwijzer register fetch"))
def register_fetch(
    schools: Annotated[str, typer.Option(metavar="URL", help="Where DUO's file of school locations is.")] = SCHOOLS_URL,
    boards: Annotated[
        str, typer.Option(metavar="URL", help="Where DUO's file of boards is; without it the known boards stay.")
    ] = "",
    pupils: Annotated[
        str, typer.Option(metavar="URL", help="Where DUO's file of pupils per location is; without it what was loaded stays.")
    ] = "",
    more: Annotated[list[str] | None, typer.Option(metavar="URL", help="Where a file of other schools is; repeatable.")] = None,
    allow_loss: AllowLoss = False,
) -> None:
    """Download DUO's current files and load them as a new edition; when anything is wrong the register stays as it was."""
    from triage.register.editions import download

    folder = settings().var_dir / "register"
    register_import(
        download(schools, folder),
        download(boards, folder) if boards else None,
        download(pupils, folder) if pupils else None,
        [download(url, folder) for url in more or ()],
        allow_loss,
    )


@register_app.command("find", epilog=example('wegwijzer register find "de regenboog utrecht"'))
def register_find(
    query: Annotated[str, typer.Argument(metavar="QUERY", help="Name, place, board, BRIN or a part of them; misspelt is fine.")],
    limit: Annotated[int, typer.Option(min=1, help="Schools shown at most.")] = 10,
    as_json: Json = False,
) -> None:
    """Find a school location in the newest edition."""
    from triage.register.find_school import SchoolFinder

    register = installation().register()
    found = SchoolFinder(register).find(query, limit)
    if as_json:
        print_json({"total": found.total, "schools": [asdict(school) for school in found.schools]})
        return
    for school in found.schools:
        board = register.board(school.board_number)
        known_as = f"{school.board_number} {board.name}" if board else school.board_number
        out.print(f"{school.brin}{school.location}  {school.name}, {school.place} (board {known_as})", markup=False)
    out.print(f"{len(found.schools)} of {found.total} shown." if found.total else "No school fits.")


@register_app.command("diff", epilog=example("wegwijzer register diff --json"))
def register_diff(as_json: Json = False) -> None:
    """Show what the newest edition changed, and the open tickets of schools that are gone, renamed or with another board."""
    from triage.register.editions import latest_changes
    from triage.tickets.affected import open_tickets_of

    here = bare_installation()
    with Session(here.engine) as session:
        changes = latest_changes(session)
        lines = open_tickets_of(session, here.register(), changes.touched) if changes.touched else []
    tickets = {"tickets": [{"number": line.id, "subject": line.subject} for line in lines]}
    if as_json:
        print_json(asdict(changes) | tickets)
        return
    for school in changes.opened:
        out.print(f"opened   {school.brin}{school.location}  {school.name}, {school.place}", markup=False)
    for school in changes.closed:
        out.print(f"closed   {school.brin}{school.location}  {school.name}, {school.place}", markup=False)
    for before, after in changes.renamed:
        out.print(f"renamed  {after.brin}{after.location}  {before.name} -> {after.name}", markup=False)
    for before, after in changes.moved:
        out.print(
            f"moved    {after.brin}{after.location}  {after.name}: {before.board_number} -> {after.board_number}", markup=False
        )
    out.print(
        f"{len(changes.opened)} opened, {len(changes.closed)} closed, {len(changes.renamed)} renamed, {len(changes.moved)} moved."
    )
    for line in lines:
        out.print(f"open ticket {line.id}: {line.subject}", markup=False)


@user_app.command("add", epilog=example("wegwijzer user add sanne --role agent"))
def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="agent, senior or admin")] = "agent",
) -> None:
    """Make an account; asks for the password (or takes WEGWIJZER_NEW_PASSWORD from the environment)."""
    from triage.accounts.accounts import add_user

    password = os.environ.get("WEGWIJZER_NEW_PASSWORD") or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with Session(bare_installation().engine) as session, session.begin():
        person = add_user(session, name, password, role)
    out.print(f"User {person.name} ({person.role}) added.", markup=False)


@dossier_app.command("make", epilog=example("wegwijzer dossier make 40 --pdf dossier.pdf"))
def dossier_make(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Number of the ticket.")],
    pdf: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a PDF with the same content attached.")] = None,
) -> None:
    """Print the dossier of a formal request as JSON, for the system that creates the account; goes on record."""
    engine = installation().engine
    content = make_dossier(engine, number, COMMAND_LINE)
    if pdf is None:
        print_json(content)
        return
    pdf.write_bytes(dossier_pdf(content, form_pages(engine, number)))
    out.print(f"Dossier of ticket {number} written to {pdf}.", markup=False)


@dossier_app.command("check", epilog=example("wegwijzer dossier check dossier.pdf"))
def dossier_check(file: Annotated[Path, typer.Argument(metavar="FILE", help="A dossier, PDF or JSON.")]) -> None:
    """Say whether a dossier is as it was handed out from this database; exit code 1 when it is not."""
    try:
        content = read_dossier(file.read_bytes())
    except (OSError, ValueError, PdfReadError) as error:
        raise DeskError(f"{file.name} is no dossier ({type(error).__name__}).") from error
    if problem := changed(installation().engine, content):
        raise DeskError(problem)
    out.print(f"{file.name} is as it was handed out.", markup=False)
