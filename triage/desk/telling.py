"""Nobody is told that a request was granted before it was, in whichever ticket of the request or question about it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.answer.granted import tells_grant
from triage.database.states import GRANTED
from triage.database.tables import MessageRow, NamedMail, Ticket, VerificationRow
from triage.errors import DeskError
from triage.tickets.chain import request_of
from triage.verify.forms import load_requests


def must_not_tell(session: Session, ticket: Ticket, subject: str, body: str) -> None:
    """Raises DeskError for an answer that says a request was granted, when the ticket is of one that was not."""
    reply = subject.casefold().replace(ticket.subject.casefold(), " ") if ticket.subject else subject
    told = tells_grant(reply) or tells_grant(body)
    if told and _not_granted(session, ticket):
        raise DeskError(f"In het antwoord staat ‘{told}’, maar deze aanvraag is niet toegekend. Beoordeel hem eerst.")


def _not_granted(session: Session, ticket: Ticket) -> bool:
    """Whether a ticket is of a request that nobody granted, or asks about one: in its thread, or an earlier one of its sender."""
    asked = [ticket] if ticket.verifications else [one for one in _in_thread(session, ticket) if one.verifications]
    if not asked and ticket.intent not in load_requests().types:
        return False
    checked = {row.message for one in asked for row in one.verifications}
    about = {number for one in checked for number in request_of(session, one)}
    if not asked:
        of_sender = select(MessageRow.id).join(MessageRow.ticket).where(Ticket.sender_key == ticket.sender_key)
        about = set(session.scalars(of_sender))
    granted = VerificationRow.message_id.in_(about) & VerificationRow.ruling.has(outcome=GRANTED)
    return session.scalars(select(VerificationRow.id).where(granted).limit(1)).first() is None


def _in_thread(session: Session, ticket: Ticket) -> Sequence[Ticket]:
    own = select(MessageRow.id).where(MessageRow.ticket_id == ticket.id)
    named = select(NamedMail.named).where(NamedMail.message_id.in_(own))
    there = select(MessageRow.ticket_id).where(MessageRow.message_id.in_(named), MessageRow.message_id != "")
    return session.scalars(
        select(Ticket).where(Ticket.id.in_(there) | (Ticket.id == ticket.continues_id), Ticket.id != ticket.id)
    ).all()
