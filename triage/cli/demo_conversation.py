"""A conversation for the demo, played as it goes in daily work: a school writes, a colleague answers, an answer comes back undelivered."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from triage.accounts.accounts import Person
from triage.database.states import OUTGOING
from triage.database.tables import MessageRow, OutboxEntry, RawMail
from triage.desk.answer_desk import AnswerDesk
from triage.desk.inbox import Inbox
from triage.desk.ticket_desk import TicketDesk
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import ToolSource
from triage.outbox.sender import SENT
from triage.sources.files import RawBytes

NOBODY = "smtp://demo.invalid"  # RFC 6761: nothing of the demo leaves this machine


@closed
class Step(TypedDict):
    """One thing that happens: a mail that comes in, an answer or a note."""

    # Name of a file beside steps.yaml.
    mail: NotRequired[str]
    answer: NotRequired[str]
    note: NotRequired[str]


@closed
class Steps(TypedDict):
    """What happens, in order."""

    steps: list[Step]


def play(engine: Engine, tools: ToolSource, folder: Path, help_address: str, by: Person) -> None:
    """Play a conversation, once: when its first mail is there already, nothing is done. Raises DataFileError for wrong steps."""
    steps = read_data(folder / "steps.yaml", Steps)["steps"]
    answers, number = AnswerDesk(engine, NOBODY, help_address), None
    for step in steps:
        if "mail" in step:
            data = _filled(engine, number, (folder / step["mail"]).read_text(encoding="utf-8"))
            if ingest(engine, [RawBytes("file", data.encode())], tools).new == 0:
                return
            number = number or _newest(engine)
            continue
        if number is None:
            raise DeskError("A conversation begins with a mail.")
        if "note" in step:
            TicketDesk(engine).note(number, step["note"], by)
        if "answer" in step:
            answers.approve(number, Inbox(engine).ticket(number).reply_subject, step["answer"].strip(), by)
            _deliver(engine, number)


def _filled(engine: Engine, number: int | None, mail: str) -> str:
    """A mail with the Message-IDs of the answers before it."""
    with Session(engine) as session:
        sent = select(MessageRow.message_id).where(MessageRow.ticket_id == number, MessageRow.direction == OUTGOING)
        for place, message_id in enumerate(session.scalars(sent.order_by(MessageRow.id)), start=1):
            mail = mail.replace(f"{{answer_{place}}}", message_id)
    return mail


def _newest(engine: Engine) -> int:
    with Session(engine) as session:
        newest = select(MessageRow.ticket_id).join(RawMail, RawMail.id == MessageRow.mail_id).order_by(RawMail.id.desc())
        return session.scalars(newest.limit(1)).one()


def _deliver(engine: Engine, number: int) -> None:
    """Take the answers of a ticket as sent: the demo has no mail server."""
    with Session(engine) as session, session.begin():
        waiting = select(OutboxEntry).join(OutboxEntry.message).where(MessageRow.ticket_id == number)
        for entry in session.scalars(waiting):
            entry.state = SENT
