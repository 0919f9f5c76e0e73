"""Mails that could not be triaged, and copies: nothing that came in is invisible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.tables import Event, MessageRow, RawMail
from triage.errors import DeskError
from triage.intake.intake import COPY, RECEIVED, SET_ASIDE, process
from triage.intake.pipeline import Tools
from triage.mail import Message, parse_message

THROWN_AWAY = "weggegooid"  # state of a mail that a colleague wants no more; deleted after a while
MOST_COPIES = 200  # that are listed


@dataclass(frozen=True, slots=True)
class SetAside:
    """A mail that could not be triaged."""

    number: int
    received_at: datetime
    # Dutch: why.
    problem: str
    # What can be read of it all the same.
    message: Message


@dataclass(frozen=True, slots=True)
class CopiedMail:
    """A mail that came in again, which was kept and not triaged."""

    number: int
    received_at: datetime
    subject: str
    # Number of the ticket of the mail it is a copy of; None when that has none, or is not known any more.
    ticket: int | None


class Quarantine:
    """Actions on mails that were set apart, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def mails(self) -> list[SetAside]:
        """What was set apart, newest first."""
        with Session(self._engine) as session:
            rows = session.scalars(select(RawMail).where(RawMail.state == SET_ASIDE).order_by(RawMail.id.desc()))
            return [SetAside(row.id, row.received_at, row.problem, parse_message(row.raw)) for row in rows]

    def count(self) -> int:
        """How many mails are set apart."""
        with Session(self._engine) as session:
            return session.scalar(select(func.count()).where(RawMail.state == SET_ASIDE)) or 0

    def raw(self, mail_id: int) -> bytes:
        """The bytes of a mail as they came. Raises DeskError when there is no such mail."""
        with Session(self._engine) as session:
            mail = session.get(RawMail, mail_id)
            if mail is None:
                raise DeskError(f"Mail {mail_id} bestaat niet.")
            return mail.raw

    def copies(self) -> Sequence[CopiedMail]:
        """The copies that came in last, newest first."""
        with Session(self._engine) as session:
            rows = session.execute(
                select(RawMail, MessageRow.ticket_id)
                .outerjoin(MessageRow, MessageRow.mail_id == RawMail.copy_of_id)
                .where(RawMail.state == COPY)
                .order_by(RawMail.id.desc())
                .limit(MOST_COPIES)
            )
            return [CopiedMail(mail.id, mail.received_at, parse_message(mail.raw).subject, ticket) for mail, ticket in rows]

    def try_again(self, number: int, by: Person, tools: Tools) -> int:
        """Triage a mail again; returns the number of its ticket. Raises DeskError when it still can't be, with the reason."""
        with Session(self._engine) as session, session.begin():
            row = _set_aside(session, number)
            row.state, row.problem, row.attempts = RECEIVED, "", 0
            session.add(Event(actor=by.name, action="opnieuw verwerkt", detail={"mail": number}))
        process(self._engine, number, tools)
        with Session(self._engine) as session:
            ticket = session.scalar(select(MessageRow.ticket_id).where(MessageRow.mail_id == number))
            if ticket is None:
                raise DeskError(session.get_one(RawMail, number).problem or "De mail wacht nog; probeer het zo opnieuw.")
            return ticket

    def throw_away(self, number: int, by: Person) -> None:
        """Want a mail no more; it is deleted after a while. Raises DeskError."""
        with Session(self._engine) as session, session.begin():
            _set_aside(session, number).state = THROWN_AWAY
            session.add(Event(actor=by.name, action="weggegooid", detail={"mail": number}))

    def forget(self, days: int) -> int:
        """Delete what was thrown away, of mails that came in more than so many days ago; returns how many."""
        gone = delete(RawMail).where(RawMail.state == THROWN_AWAY, RawMail.received_at < utc_now() - timedelta(days=days))
        with Session(self._engine) as session, session.begin():
            return len(session.scalars(gone.returning(RawMail.id)).all())


def _set_aside(session: Session, number: int) -> RawMail:
    row = session.get(RawMail, number)
    if row is None or row.state != SET_ASIDE:
        raise DeskError(f"Mail {number} staat niet apart.")
    return row
