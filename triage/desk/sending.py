"""An approved answer becomes a message of its conversation, and waits in the outbox while it can be taken back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.states import OPEN, OUTGOING
from triage.database.tables import Draft, MessageRow, OutboxEntry, OwnText, RawMail, Ticket
from triage.errors import DeskError
from triage.outbox.sender import WAITING
from triage.outbox.smtp import new_message_id
from triage.tickets.conversation import answered_mail
from triage.tickets.earlier import sender_key
from triage.tickets.search_index import index_message, index_ticket
from triage.tickets.thread_token import with_tag

UNDO = timedelta(seconds=15)  # in which an approved answer can be taken back
TOO_LATE = "Dit antwoord is al onderweg en kan niet meer worden teruggehaald."


def put_out(session: Session, ticket: Ticket, draft: Draft, by: Person, help_address: str, *, by_server: bool) -> None:
    """Make a draft an answer: for the mail server, or one that a colleague sends by hand."""
    original = answered_mail(ticket)
    to = sender_key(original.message)
    draft.sent_at, draft.sent_how = utc_now(), "smtp" if by_server else "hand"
    message = MessageRow(
        direction=OUTGOING,
        at=draft.sent_at,
        draft=draft,
        message_id=new_message_id(help_address) if by_server else "",
        author=by.name,
        address=to,
        domain=original.sender.domain[:255],
        text=draft.body,
    )
    ticket.messages.append(message)
    if by_server:
        subject = with_tag(session, draft.subject, ticket.id, to)
        answered = session.scalars(select(RawMail).where(RawMail.sha256 == original.message.sha256)).one()
        message.outbox = OutboxEntry(
            answers=answered, subject=subject, approved_at=draft.sent_at, not_before=draft.sent_at + UNDO
        )
    index_message(session, message)
    if row := session.get(OwnText, (ticket.id, by.id)):
        session.delete(row)
    ticket.audit(by.name, "antwoord goedgekeurd" if by_server else "gemarkeerd als verstuurd")


def take_back(session: Session, ticket: Ticket, message: int) -> None:
    """Take an answer out of the outbox; the ticket is open again with the answer as its draft. Raises DeskError when it went out."""
    row = session.get(MessageRow, message)
    mine = OutboxEntry.message_id == message
    gone = session.execute(
        update(OutboxEntry).where(mine, OutboxEntry.attempts == 0, OutboxEntry.state == WAITING).values(state="undone")
    )
    if cast("CursorResult[Any]", gone).rowcount != 1 or row is None or row.ticket_id != ticket.id or row.draft is None:
        raise DeskError(TOO_LATE)
    row.draft.sent_at, row.draft.sent_how = None, None
    ticket.status = OPEN
    session.delete(row)
    index_ticket(session, ticket)
