"""Commands about the official school register."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from triage.cli.console import Json, bare_installation, database, example, installation, print_json, say

AllowLoss = Annotated[
    bool, typer.Option("--allow-loss", help="Load it although it has many schools or boards fewer than the edition before.")
]

app = typer.Typer(help="The official school register.", no_args_is_help=True)


@app.command("import", epilog=example("wegwijzer register import schools.csv --boards boards.csv"))
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
    from sqlalchemy.orm import Session

    from triage.register.importing import import_register
    from triage.register.pupils import import_pupils

    with Session(database()) as session, session.begin():
        if pupils:
            say(f"{import_pupils(session, pupils)} schools counted by DUO, special and closed ones included.")
        result = import_register(session, schools, boards, more or (), allow_loss=allow_loss)
    news = "imported" if result.new else "this edition was imported already"
    say(f"{result.schools} school locations, {result.boards} boards: {news}.")


@app.command("fetch", epilog=example("wegwijzer register fetch"))
def register_fetch(
    schools: Annotated[
        str, typer.Option(metavar="URL", help="Where DUO's file of school locations is; without it DUO's own address.")
    ] = "",
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
    from kb.settings import settings
    from triage.register.editions import SCHOOLS_URL, download

    folder = settings().var_dir / "register"
    register_import(
        download(schools or SCHOOLS_URL, folder),
        download(boards, folder) if boards else None,
        download(pupils, folder) if pupils else None,
        [download(url, folder) for url in more or ()],
        allow_loss,
    )


@app.command("find", epilog=example('wegwijzer register find "de regenboog utrecht"'))
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
        say(f"{school.brin}{school.location}  {school.name}, {school.place} (board {known_as})")
    say(f"{len(found.schools)} of {found.total} shown." if found.total else "No school fits.")


@app.command("diff", epilog=example("wegwijzer register diff --json"))
def register_diff(as_json: Json = False) -> None:
    """Show what the newest edition changed, and the open tickets of schools that are gone, renamed or with another board."""
    from sqlalchemy.orm import Session

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
        say(f"opened   {school.brin}{school.location}  {school.name}, {school.place}")
    for school in changes.closed:
        say(f"closed   {school.brin}{school.location}  {school.name}, {school.place}")
    for before, after in changes.renamed:
        say(f"renamed  {after.brin}{after.location}  {before.name} -> {after.name}")
    for before, after in changes.moved:
        say(f"moved    {after.brin}{after.location}  {after.name}: {before.board_number} -> {after.board_number}")
    say(
        f"{len(changes.opened)} opened, {len(changes.closed)} closed, {len(changes.renamed)} renamed, {len(changes.moved)} moved."
    )
    for line in lines:
        say(f"open ticket {line.id}: {line.subject}")
