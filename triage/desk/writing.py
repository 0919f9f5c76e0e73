"""What somebody is writing and has not sent: kept for them alone, through reload, sign-out and restart."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.tables import OwnText
from triage.desk.one_ticket import find_ticket

LONGEST = 100_000  # characters of an answer that are kept


@dataclass(frozen=True, slots=True)
class Unsent:
    """An answer that is being written."""

    subject: str
    body: str
    # The ticket as its writer saw it (triage.tickets.view.seen_of).
    seen: str


class WritingDesk:
    """Unsent answers, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def text(self, number: int, who: Person) -> Unsent | None:
        """What somebody is writing for a ticket."""
        with Session(self._engine) as session:
            row = session.get(OwnText, (number, who.id))
            return Unsent(row.subject, row.body, row.seen) if row else None

    def keep(self, number: int, subject: str, body: str, seen: str, who: Person) -> None:
        """Keep what somebody has typed so far, written with the ticket as it was `seen`. Raises DeskError when there is no such ticket."""
        with Session(self._engine) as session, session.begin():
            find_ticket(session, number)
            session.merge(
                OwnText(
                    ticket_id=number,
                    user_id=who.id,
                    subject=" ".join(subject.split())[:500],
                    body=body[:LONGEST],
                    seen=seen,
                    at=utc_now(),
                )
            )

    def drop(self, number: int, who: Person) -> None:
        """Throw away what somebody was writing for a ticket."""
        with Session(self._engine) as session, session.begin():
            row = session.get(OwnText, (number, who.id))
            if row:
                session.delete(row)
