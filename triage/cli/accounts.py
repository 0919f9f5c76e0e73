"""Commands about the accounts of agents."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from triage.cli.console import database, example, say

app = typer.Typer(help="Accounts of agents.", no_args_is_help=True)


@app.command("add", epilog=example("wegwijzer user add sanne --role agent"))
def user_add(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    role: Annotated[str, typer.Option(help="agent, senior or admin")] = "agent",
) -> None:
    """Make an account; asks for the password (or takes WEGWIJZER_NEW_PASSWORD from the environment)."""
    from sqlalchemy.orm import Session

    from triage.accounts.accounts import add_user

    password = os.environ.get("WEGWIJZER_NEW_PASSWORD") or typer.prompt("Password", hide_input=True, confirmation_prompt=True)
    with Session(database()) as session, session.begin():
        person = add_user(session, name, password, role)
    say(f"User {person.name} ({person.role}) added.")
