"""Searching all tickets, for whoever may read them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.tables import Ticket
from triage.tickets.conversation import conversation_json, conversation_of
from triage.tickets.search import FoundTickets, find_numbers, find_tickets
from triage.tickets.search_query import read_query
from triage.tickets.view import line_of


class SearchDesk:
    """The search over tickets of one database; `clock` tells what 'vandaag' and a date without a year mean."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def find(self, words: str, most: int = 25) -> FoundTickets:
        """The tickets that hold all words, the best first. Raises SearchError."""
        query = read_query(words, self._clock())
        with Session(self._engine) as session:
            return find_tickets(session, query, most)

    def conversations(self, words: str, most: int) -> list[dict[str, Any]]:
        """The same tickets with all that was said in them, as in the contract. Raises SearchError."""
        query = read_query(words, self._clock())
        with Session(self._engine) as session:
            tickets = [session.get_one(Ticket, number) for number in find_numbers(session, query, most)]
            lines = [(line_of(ticket), conversation_of(ticket)) for ticket in tickets]
            return [conversation_json(line.id, line.subject, line.status, line.queue, said) for line, said in lines]
