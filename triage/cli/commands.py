"""The command line. Thin: parse arguments, call, print. Exit codes: 0 done, 1 a failure that is explained, 2 wrong usage."""

from __future__ import annotations

import os
import sys

import typer

from triage.cli import accounts, articles, dossiers, mails, models, register, serving
from triage.cli.console import complain, debugging, told

app = typer.Typer(
    name="wegwijzer",
    help="Help desk for Dutch primary schools: FAQ search, triage of help@ mail, verification of formal requests.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: loading rich takes longer than all the rest
)
for _commands in (articles.app, mails.app, models.app, serving.app):
    app.add_typer(_commands)
app.add_typer(dossiers.app, name="dossier")
app.add_typer(articles.kb_app, name="kb")
app.add_typer(models.model_app, name="model")
app.add_typer(register.app, name="register")
app.add_typer(accounts.app, name="user")


def main() -> None:
    """Entry point: explains failures in one line; --debug shows the traceback."""
    if "--debug" in sys.argv:
        os.environ["WEGWIJZER_DEBUG"] = "1"
        sys.argv = [argument for argument in sys.argv if argument != "--debug"]
    try:
        app()
    except Exception as error:
        if debugging():
            raise
        complain(told(error))
        sys.exit(1)
