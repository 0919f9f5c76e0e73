"""Which words a ticket is found by, kept up in the transaction in which it gets or loses them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from triage.database.states import INCOMING
from triage.database.tables import OLDEST, MessageRow, Ticket, TicketWords
from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.register.find_school import place_name
from triage.register.school import School
from triage.tickets.words import HEAD, NUMBER, SCHOOL, SENDER, analysis, joined, terms_of


def index_message(session: Session, message: MessageRow) -> None:
    """A message came to a ticket: the ticket is found by its words too."""
    session.flush()
    row = session.get(TicketWords, message.ticket_id)
    if row is None:  # a ticket of before there was an index
        index_ticket(session, message.ticket)
        return
    row.terms = joined(_of_message(message), row.terms)
    row.last_at = max(row.last_at, message.at)


def index_ticket(session: Session, ticket: Ticket) -> None:
    """Make the words of a ticket anew from all that it holds now; its school stays. One that was merged is found as the other."""
    session.flush()
    messages = session.scalars(select(MessageRow).where(MessageRow.ticket_id == ticket.id).order_by(MessageRow.id)).all()
    if ticket.merged_into_id is not None:
        session.execute(delete(TicketWords).where(TicketWords.ticket_id == ticket.id))
        return
    row = _row(session, ticket)
    row.terms = joined((*_of_ticket(session, ticket, row), *(term for one in messages for term in _of_message(one))))
    row.first_at = _began(ticket)
    row.last_at = max((row.first_at, *(one.at for one in messages if one.mail_id != ticket.mail_id)))
    row.analysis = analysis().version


def index_school(session: Session, ticket: Ticket, school: School | None) -> None:
    """Make the words of a ticket anew, with the school it is about; None when that is not known."""
    session.flush()
    row = _row(session, ticket)
    row.brin, row.school = (school.brin, f"{school.name}, {place_name(school.place)}") if school else ("", "")
    index_ticket(session, ticket)


def _row(session: Session, ticket: Ticket) -> TicketWords:
    """The row of a ticket; an empty one is made when there is none."""
    row = session.get(TicketWords, ticket.id)
    if row is None:
        began = _began(ticket)
        row = TicketWords(ticket_id=ticket.id, terms="", brin="", school="", first_at=began, last_at=began, analysis="")
        session.add(row)
    return row


def waiting_for_index(session: Session, most: int) -> list[int]:
    """Numbers of tickets that are not in the index, or with words that another analysis made; lowest first."""
    return list(session.scalars(select(Ticket.id).where(*_waiting()).order_by(Ticket.id).limit(most)))


def count_waiting(session: Session) -> int:
    """How many tickets are not in the index as they should be, asked at once: others may take mail in meanwhile."""
    return session.scalar(select(func.count()).select_from(Ticket).where(*_waiting())) or 0


def _waiting() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    row = TicketWords
    current = select(row.ticket_id).where(row.ticket_id == Ticket.id, row.analysis == analysis().version).exists()
    return Ticket.merged_into_id.is_(None), ~current


def _of_ticket(session: Session, ticket: Ticket, row: TicketWords) -> Iterator[str]:
    """The terms of number, subject and sender, also of tickets that were merged into this one, and of the school."""
    merged = session.scalars(select(Ticket).where(Ticket.merged_into_id == ticket.id)).all()
    for one in (ticket, *merged):
        yield f"{NUMBER}{one.id}"
        yield from terms_of(one.subject, HEAD)
        yield from terms_of(one.sender_name, HEAD, SENDER)
        yield from terms_of(one.sender_address, HEAD, SENDER)
    yield from terms_of(row.school, HEAD, SCHOOL)
    yield from terms_of(row.brin, HEAD, SCHOOL)


def _of_message(message: MessageRow) -> Iterator[str]:
    text, files = _content(message)
    yield from terms_of(text)
    for name in files:
        yield from terms_of(name, HEAD)
    if message.direction == INCOMING:
        yield from terms_of(message.author, HEAD, SENDER)
        yield from terms_of(message.address, HEAD, SENDER)


def _content(message: MessageRow) -> tuple[str, list[str]]:
    """Own words and names of attachments; those of a message of before they were kept are read from its mail, and kept."""
    if message.mail is not None and (message.text is None or message.files is None):
        mail = read_mail(parse_message(message.mail.raw))
        message.text = mail.own_words if message.text is None else message.text
        message.files = [one.filename for one in mail.message.attachments]
    return message.text or "", message.files or []


def _began(ticket: Ticket) -> datetime:
    """When the first mail was sent, if its date can be true (triage.database.tables.moment)."""
    sent = ticket.sent_at
    return sent if sent is not None and OLDEST < sent < ticket.created_at else ticket.created_at
