"""Tickets of before there was a search index, or of another analysis, are put in it: in batches, each of which stays done."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from triage.database.tables import Ticket
from triage.intake.pipeline import school_of
from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.register.register import Register
from triage.tickets.heads import verification_of
from triage.tickets.search_index import index_school, waiting_for_index
from triage.verify.record import from_json

BATCH = 200  # tickets of one transaction: about a second


def index_waiting(engine: Engine, register: Register, batch: int = BATCH) -> Iterator[int]:
    """Put all tickets that wait for it in the search index; yields how many each committed batch held. Safe to interrupt and to repeat."""
    while True:
        with Session(engine) as session, session.begin():
            numbers = waiting_for_index(session, batch)
            for number in numbers:
                index_anew(session, session.get_one(Ticket, number), register)
        if not numbers:
            return
        yield len(numbers)


def index_anew(session: Session, ticket: Ticket, register: Register) -> None:
    """Make the words of a ticket anew, with the school that its check or its first mail is about."""
    row = verification_of(ticket)
    checked = from_json(row.content) if row else None
    index_school(session, ticket, school_of(read_mail(parse_message(ticket.mail.raw)), checked, register))
