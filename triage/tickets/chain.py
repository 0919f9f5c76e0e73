"""Which tickets are one request: a mail that goes on with another one follows its ticket, so that a request is a tree."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.database.tables import Ticket


def chain_of(session: Session, ticket: Ticket) -> Iterator[Ticket]:
    """A ticket and those it follows, newest first."""
    at: Ticket | None = ticket
    while at is not None:
        yield at
        at = session.get(Ticket, at.follows_id) if at.follows_id else None


def request_of(session: Session, ticket: Ticket) -> set[int]:
    """The numbers of all tickets of the request that a ticket belongs to: the first mail, and all that follow one of them."""
    root = list(chain_of(session, ticket))[-1]
    found, fresh = {root.id}, {root.id}
    while fresh:
        fresh = set(session.scalars(select(Ticket.id).where(Ticket.follows_id.in_(fresh)))) - found
        found |= fresh
    return found
