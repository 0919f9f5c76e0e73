"""A mail of a conversation triaged anew: as another subject, or checked again with all that is known by now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from triage.database.tables import MessageRow, Ticket
from triage.documents.opened_mail import open_mail
from triage.intake.follow_up import advised
from triage.intake.outcome import store_outcome
from triage.intake.pipeline import Tools, Triaged, triage_message
from triage.mail import parse_message
from triage.tickets.chain import first_of
from triage.tickets.earlier import background_of
from triage.tickets.heads import head_in
from triage.tickets.search_index import index_school
from triage.verify.forms import load_requests
from triage.verify.model import HandReading


def as_intent(session: Session, ticket: Ticket, intent: str, tools: Tools) -> tuple[MessageRow, Triaged]:
    """The mail of a conversation that counts when it is of an intent, with what that comes to: the one that stands for the
    conversation, or of a formal request the newest that holds it."""
    entry = head_in(ticket) or first_of(ticket)
    triaged = _anew(session, entry, intent, tools)
    if triaged.verification is None and intent in load_requests().types:
        for one in [one for one in reversed(ticket.messages) if one.mail and not one.automatic and one is not entry]:
            later = _anew(session, one, intent, tools)
            if later.verification:
                return one, later
    return entry, triaged


def recheck(session: Session, ticket: Ticket, tools: Tools, readings: Sequence[HandReading] = ()) -> None:
    """Check the request of a ticket anew, with all that is known by now and what a person just read on its form."""
    entry = head_in(ticket) or first_of(ticket)
    triaged = _anew(session, entry, ticket.intent, tools, readings)
    store_outcome(entry, triaged)
    index_school(session, ticket, triaged.school)


def _anew(session: Session, entry: MessageRow, intent: str, tools: Tools, readings: Sequence[HandReading] = ()) -> Triaged:
    raw = entry.mail or entry.ticket.mail
    mail, received = open_mail(parse_message(raw.raw)), raw.received_at
    background = background_of(session, mail.message, received, entry)
    background = replace(background, advised=advised(entry.ticket), readings=(*background.readings, *readings))
    return triage_message(mail, received, tools, intent, background)
