"""Commands that run the pages, and that look after the installation."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from triage.cli.console import LOOPBACK, Host, Json, bare_installation, example, installation, print_json, say

app = typer.Typer()


@app.command(epilog=example("wegwijzer serve --port 8501"))
def serve(
    host: Host = LOOPBACK,
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8501,
    public_only: Annotated[
        bool, typer.Option("--public-only", help="Serve the public pages only; no agent page or route exists.")
    ] = False,
) -> None:
    """Serve the web pages."""
    import logging

    from kb.settings import settings
    from triage.logs import start_logging
    from triage.web.server import run

    start_logging(settings().log, logging.INFO)
    installation()
    run(port, public_only, host)


@app.command(epilog=example("wegwijzer upgrade"))
def upgrade() -> None:
    """Bring the database to the layout of this version, and put tickets in the search index that are not in it.

    Stop the server first; safe to repeat and to interrupt.
    """
    from kb.settings import settings
    from triage.database.opening import upgrade_database
    from triage.intake.indexing import index_waiting

    done = upgrade_database(settings().database_url)
    if done.before == done.after:
        say(f"The database has layout {done.after} already, which is the newest.")
    else:
        say(f"The database now has layout {done.after}; before: {done.before or 'none, it was empty'}.")
    here = bare_installation()
    indexed = 0
    for batch in index_waiting(here.engine, here.register()):
        indexed += batch
        say(f"{indexed} tickets were put in the search index ...", dim=True)


@app.command(epilog=example("wegwijzer demo"))
def demo(host: Host = LOOPBACK, port: Annotated[int, typer.Option(min=1, max=65535)] = 8501) -> None:
    """Fill an empty database with the demo corpus, register and mailbox, then serve."""
    from triage.cli.demo import run_demo

    run_demo(port, host)


@app.command(epilog=example("wegwijzer doctor"))
def doctor(as_json: Json = False) -> None:
    """Check the installation: database, articles, model, register, extras, settings."""
    from kb.settings import settings
    from triage.installation.doctor import examine

    findings = examine(settings(), lambda: installation().engine)
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            say(f"{'ok  ' if finding.ok else 'FOUT'}  {finding.subject}: {finding.message}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
