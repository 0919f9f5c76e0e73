"""Which mails are one request: a mail that goes on with another one follows it, so that a request is a tree of messages."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.database.tables import MessageRow, Ticket


def chain_of(session: Session, message: MessageRow) -> Iterator[MessageRow]:
    """A message and those it follows, newest first."""
    at: MessageRow | None = message
    while at is not None:
        yield at
        at = session.get(MessageRow, at.follows_id) if at.follows_id else None


def request_of(session: Session, message: MessageRow) -> set[int]:
    """The numbers of all messages of the request that a message belongs to: the first, and all that follow one of them."""
    root = list(chain_of(session, message))[-1]
    found, fresh = {root.id}, {root.id}
    while fresh:
        fresh = set(session.scalars(select(MessageRow.id).where(MessageRow.follows_id.in_(fresh)))) - found
        found |= fresh
    return found


def tickets_of(session: Session, messages: set[int]) -> set[int]:
    """The numbers of the tickets that hold some messages: those of a suspect mail are apart."""
    return set(session.scalars(select(MessageRow.ticket_id).where(MessageRow.id.in_(messages))))


def first_of(ticket: Ticket) -> MessageRow:
    """The message that a conversation began with."""
    return next((one for one in ticket.messages if one.mail_id == ticket.mail_id), ticket.messages[0])
