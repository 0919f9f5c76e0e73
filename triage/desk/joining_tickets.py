"""Two tickets that turn out to be one matter, and one ticket that turns out to be two.

Checks are never joined by hand: a formal request is not merged. One of its later mails can be split off, and takes its check along; it
stays tied to the request, so that whoever judges that is told of it.
"""

from __future__ import annotations

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from triage.accounts.accounts import Person
from triage.database.states import CLOSED, INCOMING, OPEN
from triage.database.tables import Draft, MessageRow, OwnText, Ticket
from triage.desk.one_ticket import find_ticket, must_be_as_seen
from triage.documents.opened_mail import open_mail
from triage.errors import DeskError
from triage.intake.follow_up import locked
from triage.intake.indexing import index_anew
from triage.intake.intake import ticket_of
from triage.intake.pipeline import Tools, triage_message
from triage.mail import parse_message
from triage.tickets.earlier import background_of
from triage.tickets.heads import is_ruled
from triage.tickets.search_index import index_school, index_ticket


class JoiningDesk:
    """Merging and splitting tickets, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def merge(self, number: int, into: int, by: Person, seen: str | None = None) -> None:
        """Make the messages of one ticket part of another, which is open then; the number leads there. `seen` is `TicketView.seen` of
        the one: when it changed since, nothing is done (TicketChangedError). Raises DeskError."""
        with Session(self._engine) as session, session.begin():
            one, other = _ordinary(session, number), _ordinary(session, into)
            must_be_as_seen(one, seen)
            if one.id == other.id:
                raise DeskError("Dit is dezelfde vraag.")
            # What was thought of the messages stays where it was: a merge can be undone.
            session.execute(update(MessageRow).where(MessageRow.ticket_id == one.id).values(ticket_id=other.id))
            sent = update(Draft).where(
                Draft.ticket_id == one.id, Draft.sent_at.is_not(None)
            )  # a proposal is for whom it was written
            session.execute(sent.values(ticket_id=other.id))
            writing = select(OwnText.user_id).where(OwnText.ticket_id == other.id)
            mine = update(OwnText).where(OwnText.ticket_id == one.id, OwnText.user_id.not_in(writing))
            session.execute(mine.values(ticket_id=other.id))
            session.execute(update(Ticket).where(Ticket.merged_into_id == one.id).values(merged_into_id=other.id))
            other.incident_id, one.incident_id = other.incident_id or one.incident_id, None
            if one.status == OPEN:
                other.status, other.due_at = OPEN, min(one.due_at, other.due_at)
            one.status, one.merged_into_id = CLOSED, other.id
            for ticket in (one, other):
                index_ticket(session, ticket)
            one.audit(by.name, "samengevoegd", met=other.id)
            other.audit(by.name, "samengevoegd", met=one.id)

    def split(self, message: int, by: Person, tools: Tools) -> int:
        """Make a later mail of a ticket the beginning of one of its own; returns its number. Raises DeskError."""
        with Session(self._engine) as session, session.begin():
            row = session.get(MessageRow, message)
            if row is None or row.mail is None or row.direction != INCOMING or row.mail_id == row.ticket.mail_id:
                raise DeskError("Alleen een latere mail van een vraag kan een eigen vraag worden.")
            before = locked(session, row.ticket)
            if row.verifications and is_ruled(before):
                raise DeskError("Over deze aanvraag is al besloten; er verandert niets meer aan.")
            if merged := session.scalar(select(Ticket).where(Ticket.mail_id == row.mail_id)):  # it had a ticket of its own before
                row.ticket, merged.merged_into_id, merged.status = merged, None, OPEN
                row.joined, row.warning = "", ""
                merged.intent = before.intent if row.verifications else merged.intent
                before.audit(by.name, "afgesplitst", naar=merged.id)
                merged.audit(by.name, "afgesplitst", van=before.id)
                index_ticket(session, before)
                index_anew(session, merged, tools.register)
                return merged.id
            mail, request = open_mail(parse_message(row.mail.raw)), before.intent if row.verifications else None
            background = background_of(session, mail.message, row.mail.received_at, row)
            triaged = triage_message(mail, row.mail.received_at, tools, request, background)
            ticket = ticket_of(row.mail, mail, triaged, tools, row, before.id)
            ticket.intent = request or ticket.intent
            session.add(ticket)
            index_school(session, ticket, triaged.school)
            index_ticket(session, before)
            row.joined, row.warning = "", ""
            last = before.drafts[-1] if before.drafts else None
            if last is not None and last.sent_at is None and last.author_id is None:
                before.drafts.append(Draft(subject="", body="", citations=[]))  # it was written for what is elsewhere now
            before.audit(by.name, "afgesplitst", naar=ticket.id)
            ticket.audit(by.name, "afgesplitst", van=before.id)
            return ticket.id


def _ordinary(session: Session, number: int) -> Ticket:
    ticket = locked(session, find_ticket(session, number))
    if ticket.verifications:
        raise DeskError(f"Vraag {ticket.id} is een formele aanvraag; die blijft apart.")
    return ticket
