"""What is shown of a ticket: a line in the inbox, and everything on its page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, case, or_, select
from sqlalchemy.orm import Session, selectinload

from triage.accounts.accounts import Person
from triage.answer.answer import load_wording, reply_subject
from triage.database.states import OPEN
from triage.database.tables import Draft, Event, MessageRow, Ticket
from triage.mail import Message, parse_message
from triage.mail.tags import without_tag
from triage.routing.routing import PRIORITIES
from triage.tickets.chain import request_of
from triage.tickets.conversation import ConversationEntry, answered_mail, conversation_of, participants
from triage.tickets.heads import verification_of
from triage.verify.model import Verification
from triage.verify.record import from_json


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket in the inbox."""

    id: int
    subject: str
    sender: str  # name, or address without a name
    address: str  # mail address of the sender
    intent: str
    decision: str
    confidence: float
    queue: str
    priority: str
    due_at: datetime
    status: str
    waiting_until: datetime | None  # when it opens by itself, of one that waits for that
    assignee: str | None
    verdict: str | None
    incident: int | None  # number of the incident it belongs to


@dataclass(frozen=True, slots=True)
class Draftview:
    """The draft as it stands now."""

    subject: str
    body: str
    citations: tuple[str, ...]
    sent_at: datetime | None
    sent_how: str | None  # "smtp" or "hand"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One line of the audit trail."""

    at: datetime
    actor: str
    action: str
    detail: str


@dataclass(frozen=True, slots=True)
class TicketView:
    """Everything a ticket page shows."""

    line: TicketLine
    message: Message  # the first mail
    messages: tuple[ConversationEntry, ...]  # the whole conversation, oldest first
    continues: int | None  # number of a closed conversation that this one goes on with
    received_at: datetime
    rule: str  # Dutch: why this queue and priority, "" when that is not on record
    classification: dict[str, object]  # as in the contract
    verification: Verification | None  # of a formal request
    request_mails: tuple[tuple[int, Message], ...]  # all mails of that request with the ticket they are in, oldest first
    ticked: frozenset[str]  # fields of the checklist that an agent confirmed
    draft: Draftview | None
    seen: str  # what a person who looks now has seen of it (seen_of)
    reply_to: str  # mail address that an answer goes to
    reply_subject: str  # of an answer, in the language of the mail
    copies_to: tuple[str, ...]  # others who take part in the conversation and got the mail that is answered
    history: tuple[HistoryEntry, ...]
    language: str


def line_of(ticket: Ticket) -> TicketLine:
    """A ticket as the inbox shows it."""
    verified = verification_of(ticket)
    return TicketLine(
        id=ticket.id,
        subject=ticket.subject or "(geen onderwerp)",
        sender=ticket.sender_name or ticket.sender_address,
        address=ticket.sender_address,
        intent=ticket.intent,
        decision=ticket.decision,
        confidence=ticket.confidence,
        queue=ticket.queue,
        priority=ticket.priority,
        due_at=ticket.due_at,
        status=ticket.status,
        waiting_until=ticket.waiting_until,
        assignee=ticket.assignee.name if ticket.assignee else None,
        verdict=verified.verdict if verified else None,
        incident=ticket.incident_id,
    )


def view_of(session: Session, ticket: Ticket) -> TicketView:
    """A ticket as its page shows it."""
    draft, answered = _draft_of(ticket), answered_mail(ticket)
    verified = verification_of(ticket)
    return TicketView(
        line=line_of(ticket),
        message=parse_message(ticket.mail.raw),
        messages=conversation_of(ticket),
        continues=ticket.continues_id,
        received_at=ticket.mail.received_at,
        rule=next((str(e.detail["regel"]) for e in reversed(ticket.events) if "regel" in e.detail), ""),
        classification=next(one for one in reversed(ticket.predictions) if one.message_id is None).content,
        verification=from_json(verified.content) if verified else None,
        request_mails=_request_mails(session, verified.message) if verified else (),
        ticked=frozenset(tick.field for tick in verified.ticks) if verified else frozenset(),
        draft=Draftview(draft.subject, draft.body, tuple(draft.citations), draft.sent_at, draft.sent_how)
        if draft and draft.body
        else None,
        seen=seen_of(ticket),
        reply_to=answered.sender.address,
        reply_subject=reply_subject(without_tag(answered.subject), load_wording(answered.language)),
        copies_to=_others(ticket, answered.message),
        history=tuple(HistoryEntry(e.at, e.actor, e.action, _detail(e)) for e in events_of(session, ticket)),
        language=ticket.language,
    )


def _others(ticket: Ticket, answered: Message) -> tuple[str, ...]:
    """Who gets a copy of an answer unless a person says otherwise: what somebody wrote to us alone is quoted to nobody else."""
    there = {one.address.lower() for one in answered.to}
    return tuple(sorted(there & participants(ticket) - {answered.sender.address.lower()}))


def _request_mails(session: Session, message: MessageRow) -> tuple[tuple[int, Message], ...]:
    rows = session.scalars(select(MessageRow).where(MessageRow.id.in_(request_of(session, message))).order_by(MessageRow.id))
    return tuple((row.ticket_id, parse_message(row.mail.raw)) for row in rows if row.mail)


def events_of(session: Session, ticket: Ticket) -> Sequence[Event]:
    """What happened to a ticket, and to those that were merged into it."""
    merged = select(Ticket.id).where(Ticket.merged_into_id == ticket.id)
    mine = or_(Event.ticket_id == ticket.id, Event.ticket_id.in_(merged))
    return session.scalars(select(Event).where(mine).order_by(Event.id)).all()


def seen_of(ticket: Ticket) -> str:
    """A digest of what an answer rests on: another one says that a mail, an answer, a draft or a check came, or the state or subject changed."""
    newest = [(len(rows), rows[-1].id if rows else 0) for rows in (ticket.messages, ticket.drafts, ticket.verifications)]
    return hashlib.sha256(json.dumps([ticket.status, ticket.intent, *newest]).encode()).hexdigest()


def _draft_of(ticket: Ticket) -> Draft | None:
    """The answer that is being written, or of a ticket that is not open what was sent last; None where the bot proposes nothing."""
    last = ticket.drafts[-1] if ticket.drafts else None
    return None if last and last.sent_at and ticket.status == OPEN else last


def _detail(event: Event) -> str:
    return ", ".join(
        f"{name}: {'ja' if value is True else 'nee' if value is False else value}" for name, value in event.detail.items()
    )


def is_request(ticket: Ticket) -> bool:
    """Whether a ticket holds a formal request."""
    return verification_of(ticket) is not None


def inbox_query(queue: str | None, status: str, mine: Person | None) -> Select[Ticket]:
    """Tickets of a status, most urgent first: of a queue, of one person."""
    order: Sequence[str] = PRIORITIES
    rank = case({name: number for number, name in enumerate(order)}, value=Ticket.priority, else_=len(order))
    query = select(Ticket).options(selectinload(Ticket.assignee), selectinload(Ticket.verifications))
    query = query.where(Ticket.status == status, Ticket.merged_into_id.is_(None)).order_by(rank, Ticket.due_at, Ticket.id)
    if queue:
        query = query.where(Ticket.queue == queue)
    if mine:
        query = query.where(Ticket.assignee_id == mine.id)
    return query
