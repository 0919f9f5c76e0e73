"""One ticket: found by its number, held while somebody changes it, and refused when it may not be changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Ticket
from triage.errors import DeskError, TicketChangedError
from triage.intake.follow_up import locked
from triage.tickets.heads import is_ruled
from triage.tickets.threads import current
from triage.tickets.view import seen_of


def find_ticket(session: Session, number: int) -> Ticket:
    """A ticket by its number; that of one that was merged leads to where its messages are. Raises DeskError when it doesn't exist."""
    ticket = session.get(Ticket, number)
    if ticket is None:
        raise DeskError(f"Vraag {number} bestaat niet.")
    return current(session, ticket)


@contextmanager
def changing(engine: Engine, number: int) -> Iterator[tuple[Session, Ticket]]:
    """A ticket in a transaction of its own, which nobody else changes until it ends. Raises DeskError when it doesn't exist."""
    with Session(engine) as session, session.begin():
        yield session, locked(session, find_ticket(session, number))


def must_be_open(ticket: Ticket) -> None:
    """Raises DeskError for a ticket that waits or was closed."""
    if ticket.status != OPEN:
        said = {WAITING: "wacht op antwoord", CLOSED: "is al gesloten"}[ticket.status]
        raise DeskError(f"Deze vraag {said}; heropen hem eerst.")


def must_be_undecided(ticket: Ticket) -> None:
    """Raises DeskError for a ticket that is not open, or whose formal request was granted or refused."""
    must_be_open(ticket)
    if is_ruled(ticket):
        raise DeskError("Over deze aanvraag is al besloten; er verandert niets meer aan.")


def must_be_as_seen(ticket: Ticket, seen: str | None) -> None:
    """Raises TicketChangedError when a ticket is not as somebody saw it."""
    if seen is not None and seen != seen_of(ticket):
        raise TicketChangedError
