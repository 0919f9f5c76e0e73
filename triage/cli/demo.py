"""The demo: fill an empty database with the shipped corpus, fictional register and mailbox, and serve."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from sqlalchemy.orm import Session

from kb.article import load_articles
from kb.settings import Settings, settings
from kb.store import put_articles
from triage.accounts.accounts import DEMO_PASSWORD, DEMO_USER, add_user, people
from triage.cli.demo_conversation import play
from triage.database.opening import open_database, upgrade_database
from triage.installation.installation import Installation
from triage.intake.intake import ingest
from triage.register.importing import import_register
from triage.register.stored import newest_edition
from triage.sources.files import read_source

USER, PASSWORD = DEMO_USER, DEMO_PASSWORD
LOOPBACK = "127.0.0.1"  # its password stands in the README
_out = Console(highlight=False, soft_wrap=True)


def prepare(configured: Settings) -> None:
    """Articles, register (when the data folder has one) and demo account, so that the search page answers at once."""
    demo = configured.data_dir / "demo"
    upgrade_database(configured.database_url)
    with Session(open_database(configured.database_url)) as session, session.begin():
        put_articles(session, load_articles(configured.data_dir / "faq"))
        if newest_edition(session) is None and (demo / "schools.csv").is_file():
            import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
        if not people(session):
            add_user(session, USER, PASSWORD, "admin")


def fill_inbox(configured: Settings) -> int:
    """Train the classifier when needed and take the demo mailbox in; returns the number of new tickets."""
    here, demo = Installation.at(configured), configured.data_dir / "demo"
    here.model()
    new = ingest(here.engine, read_source(str(demo / "mail")), here).new if (demo / "mail").is_dir() else 0
    if (demo / "conversation").is_dir():
        with Session(here.engine) as session:
            (agent, *_) = people(session)
        play(here.engine, here, demo / "conversation", configured.help_address, agent)
    return new


def run_demo(port: int, host: str = LOOPBACK) -> None:
    """Prepare, serve, and fill the inbox while the pages are already there; Ctrl+C and SIGTERM stop the pages too."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # systemd and docker stop with SIGTERM
    base = settings()
    if (trust := base.data_dir / "demo" / "trust").is_dir():
        os.environ.setdefault("WEGWIJZER_TRUST_ROOTS", str(trust))
    os.environ.setdefault("WEGWIJZER_BASE_URL", f"http://localhost:{port}")
    settings.cache_clear()
    configured = settings()
    prepare(configured)
    server = subprocess.Popen([sys.executable, "-m", "triage.cli", "serve", "--host", host, "--port", str(port)], cwd=Path.cwd())
    try:
        _out.print(
            f"\nWegwijzer demo\n  search page   http://localhost:{port}/\n  agents        http://localhost:{port}/inloggen",
            style="bold",
        )
        _out.print(f"  sign in with  {USER} / {PASSWORD}\n", style="bold")
        _out.print("Filling the inbox; the first time this takes a minute or two (the classifier is trained) ...")
        new = fill_inbox(configured)
        _out.print(f"The inbox is ready ({new} new mails). Stop with Ctrl+C.")
        server.wait()
    except KeyboardInterrupt:
        _out.print("Stopped.")
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
