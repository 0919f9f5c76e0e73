"""A later mail of a conversation: it becomes a message of its ticket, opens it, and gets a draft that goes on from what was said."""

from __future__ import annotations

import re

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from triage.answer.answer import only_thanks
from triage.database.states import INCOMING, OPEN
from triage.database.tables import MESSAGE_ID, Draft, Event, MailReference, MessageRow, Prediction, RawMail, Ticket
from triage.intake.pipeline import Tools, Triaged, classification_json
from triage.mail.read_mail import ReadMail
from triage.tickets.earlier import sender_key
from triage.tickets.search_index import index_message
from triage.tickets.threads import Place, current

BOT = "wegwijzer"
GREETING = 3  # words
MOST_REFERENCES = 200  # mails that one mail may say it answers


def message_row(row: RawMail, mail: ReadMail, place: Place | None = None) -> MessageRow:
    """A mail that came in, as a message; `place` is the conversation it joins, None for the first of one."""
    message = mail.message
    return MessageRow(
        direction=INCOMING,
        at=row.received_at,
        mail_id=row.id,
        message_id=message.message_id[:MESSAGE_ID],
        author=(message.sender.name or message.sender.address)[:320],
        address=sender_key(message),
        domain=message.sender.domain[:255],
        text=mail.own_words,
        files=[one.filename for one in message.attachments],
        automatic=message.automatic_kind,
        joined=place.reason if place else "",
        warning=place.warning if place else "",
        believed=place.believed if place else True,
    )


def references_of(mail: ReadMail) -> list[MailReference]:
    """What a mail says it answers."""
    named = dict.fromkeys(one[:MESSAGE_ID] for one in mail.message.in_reply_to)
    return [MailReference(message_id=one) for one in list(named)[:MOST_REFERENCES]]


def advised(ticket: Ticket) -> frozenset[str]:
    """Slugs of the articles that were sent in a conversation."""
    return frozenset(slug for draft in ticket.drafts if draft.sent_at for slug in draft.citations)


def goes_on(session: Session, place: Place, mail: ReadMail, triaged: Triaged) -> bool:
    """Whether a mail becomes a message of the conversation it names: neither is a formal request or an answer to one, which go by rules
    of their own, and the conversation was not closed long ago. An automatic mail is no answer, and joins a request as well."""
    if mail.message.automatic and not triaged.verification:
        return not place.stale
    request = place.ticket.verifications or triaged.verification or triaged.follows or request_behind(session, place, mail)
    return not (place.stale or request)


def request_behind(session: Session, place: Place, mail: ReadMail) -> int | None:
    """The number of the ticket of a formal request that a mail is an answer to, whatever conversation it names besides: whoever judges
    the request must read it."""
    named = [one[:MESSAGE_ID] for one in mail.message.in_reply_to[:MOST_REFERENCES]]
    tickets = select(MessageRow.ticket_id).where(MessageRow.message_id.in_(named), MessageRow.message_id != "")
    own = [number for number in (place.ticket.id, place.ticket.continues_id) if number is not None]
    about = (Ticket.id.in_(tickets) | Ticket.id.in_(own)) & Ticket.verifications.any()
    return session.scalar(select(Ticket.id).where(about).order_by(Ticket.id.desc()).limit(1))


def go_on(session: Session, place: Place, row: RawMail, mail: ReadMail, triaged: Triaged, tools: Tools) -> None:
    """Add a mail to its conversation. An automatic mail and thanks alone open nothing; an answer that did not arrive does."""
    ticket, found = locked(session, place.ticket), triaged.classification
    message = message_row(row, mail, place)
    ticket.messages.append(message)
    index_message(session, message)
    ticket.references += references_of(mail)
    ticket.predictions.append(Prediction(content=classification_json(found), model_version=tools.model.version, message=message))
    returned = mail.message.automatic_kind == "bounce"
    ticket.events.append(Event(actor=BOT, action="antwoord niet aangekomen" if returned else "bericht ontvangen", detail={}))
    if not returned and (mail.message.automatic or _only_thanks(mail)):
        return
    ticket.status, ticket.due_at = OPEN, triaged.route.due
    if triaged.draft and not _is_being_written(ticket):
        draft = triaged.draft
        ticket.drafts.append(Draft(subject=draft.subject, body=draft.body, citations=list(draft.citations)))


def locked(session: Session, ticket: Ticket) -> Ticket:
    """The ticket as it is now, or the one it was merged into, which nobody else changes until this transaction ends."""
    while True:
        session.execute(update(Ticket).where(Ticket.id == ticket.id).values(status=Ticket.status))
        session.refresh(ticket)
        if (there := current(session, ticket)) is ticket:
            return ticket
        ticket = there


def _only_thanks(mail: ReadMail) -> bool:
    """Whether a mail thanks and no more: each of its sentences does, or is as short as a greeting, and nothing comes with it."""
    sentences = [one for one in re.split(r"[.!\n]+", mail.own_words) if one.strip()]
    told = mail.message.attachments or mail.message.enclosed or any(char.isdigit() for char in mail.own_words)
    return not told and only_thanks(mail.own_words) and all(only_thanks(one) or len(one.split()) <= GREETING for one in sentences)


def _is_being_written(ticket: Ticket) -> bool:
    """Whether a colleague's text waits to be sent: nothing is put in its place."""
    last = ticket.drafts[-1] if ticket.drafts else None
    return last is not None and last.sent_at is None and last.author_id is not None
