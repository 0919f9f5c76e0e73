"""Looking at tickets: the lines of the inbox, and everything about one of them. Nothing here changes anything."""

from __future__ import annotations

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from triage.accounts.accounts import Person, people
from triage.database.states import OPEN
from triage.database.tables import Ticket
from triage.desk.one_ticket import find_ticket
from triage.register.register import Register
from triage.tickets.affected import brins_of, open_tickets_of
from triage.tickets.view import TicketLine, TicketView, inbox_query, line_of, view_of
from triage.verify.model import Verification


class Inbox:
    """Tickets to look at, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def lines(
        self, queue: str | None = None, status: str = OPEN, limit: int = 200, mine: Person | None = None
    ) -> list[TicketLine]:
        """Tickets, most urgent first."""
        with Session(self._engine) as session:
            query = inbox_query(queue, status, mine).limit(limit)
            return [line_of(ticket) for ticket in session.scalars(query)]

    def counts(self, status: str = OPEN) -> dict[str, int]:
        """How many tickets each queue holds."""
        with Session(self._engine) as session:
            rows = session.execute(select(Ticket.queue, func.count()).where(Ticket.status == status).group_by(Ticket.queue))
            return {queue: count for queue, count in rows}  # noqa: C416 - a Result is no mapping to copy

    def ticket(self, number: int) -> TicketView:
        """Everything about a ticket. Raises DeskError when it doesn't exist."""
        with Session(self._engine) as session:
            return view_of(session, find_ticket(session, number))

    def colleagues(self) -> list[Person]:
        """Everybody a ticket can be assigned to."""
        with Session(self._engine) as session:
            return people(session)

    def same_schools(self, checked: Verification, register: Register, besides: int) -> list[TicketLine]:
        """Open tickets of the schools of a request, without ticket `besides`; oldest first."""
        with Session(self._engine) as session:
            brins = brins_of(checked)
            return open_tickets_of(session, register, brins, besides) if brins else []
