"""A later mail of a conversation: it becomes a message of its ticket, opens it, and gets a draft that goes on from what was said."""

from __future__ import annotations

import re

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from triage.answer.answer import only_thanks
from triage.database.states import INCOMING, OPEN
from triage.database.tables import MESSAGE_ID, Draft, Event, MessageRow, NamedMail, Prediction, RawMail, Ticket
from triage.intake.outcome import store_check
from triage.intake.pipeline import Tools, Triaged, classification_json
from triage.mail.read_mail import ReadMail
from triage.tickets.chain import request_of
from triage.tickets.earlier import sender_key
from triage.tickets.heads import head_in, head_of, is_ruled
from triage.tickets.search_index import index_message, index_school
from triage.tickets.signs import is_suspect
from triage.tickets.threads import Place, current, place_with
from triage.verify.model import Verdict

BOT = "wegwijzer"
GREETING = 3  # words
MOST_REFERENCES = 200  # mails that one mail may say it answers
_OF_REQUEST = "De mail hoort bij deze aanvraag."


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
        named=_named(mail),
    )


def _named(mail: ReadMail) -> list[NamedMail]:
    """What a mail says it answers."""
    named = dict.fromkeys(one[:MESSAGE_ID] for one in mail.message.in_reply_to)
    return [NamedMail(named=one) for one in list(named)[:MOST_REFERENCES]]


def advised(ticket: Ticket) -> frozenset[str]:
    """Slugs of the articles that were sent in a conversation."""
    return frozenset(slug for draft in ticket.drafts if draft.sent_at for slug in draft.citations)


def place_in(session: Session, place: Place | None, mail: ReadMail, triaged: Triaged, authserv_id: str | None) -> Place | None:
    """The conversation that a mail becomes a message of; None when it begins one.

    `place` is the conversation it names, `authserv_id` as with place_of. A mail that goes on with a formal request joins that, whatever it names; another request
    begins a conversation of its own, and so does what names one that was closed long ago.
    """
    if triaged.follows:
        ticket = _request(session, session.get_one(MessageRow, triaged.follows), triaged)
        if ticket is None or (place and place.ticket is ticket):
            return place if ticket else None
        return place_with(ticket, _OF_REQUEST, mail, authserv_id)
    return None if place is None or place.stale or triaged.verification else place


def _request(session: Session, earlier: MessageRow, triaged: Triaged) -> Ticket | None:
    """The ticket of the request that a mail goes on with. A mail with a sign of forgery stays apart from what is honest, and so does
    one of another subject: the request itself can be judged without it."""
    ticket, verification = current(session, earlier.ticket), triaged.verification
    if verification is None or verification.request != ticket.intent:
        return None
    return None if is_suspect(earlier) or verification.verdict is Verdict.SUSPECT else ticket


def newest_message(session: Session) -> int:
    """The number of the message that came last, 0 without any: what is decided rests on those up to it."""
    return session.scalar(select(func.max(MessageRow.id))) or 0


def holds_still(session: Session, place: Place, triaged: Triaged, seen: int) -> bool:
    """Whether a request is as it was when a mail was checked to go on with it: of the same subject, not ruled on, and without a message
    that came after `seen` (newest_message). From then on until this transaction ends nobody else changes it."""
    if triaged.verification is None or triaged.follows is None:
        return True
    ticket = locked(session, place.ticket)
    session.expire_all()
    earlier = session.get_one(MessageRow, triaged.follows)
    same = ticket.intent == triaged.verification.request and not is_ruled(ticket)
    return same and head_of(session, earlier) is earlier and max(request_of(session, earlier)) <= seen


def go_on(session: Session, place: Place, row: RawMail, mail: ReadMail, triaged: Triaged, tools: Tools) -> None:
    """Add a mail to its conversation. An automatic mail and thanks alone open nothing; an answer that did not arrive does."""
    ticket, found = locked(session, place.ticket), triaged.classification
    message = message_row(row, mail, place)
    ticket.messages.append(message)
    store_check(message, triaged)
    index_message(session, message)
    if triaged.verification:
        index_school(session, ticket, triaged.school)
    ticket.predictions.append(Prediction(content=classification_json(found), model_version=tools.model.version, message=message))
    returned = mail.message.automatic_kind == "bounce"
    ticket.events.append(Event(actor=BOT, action="antwoord niet aangekomen" if returned else "bericht ontvangen", detail={}))
    if not triaged.verification and not returned and (mail.message.automatic or _only_thanks(mail)):
        return
    if triaged.verification and head_in(ticket) is not message:  # the request stands as it was; a person reads this mail
        ticket.status = OPEN
        return
    ticket.status, ticket.due_at = OPEN, triaged.route.due
    if triaged.verification:
        ticket.queue, ticket.priority = triaged.route.queue, triaged.route.priority
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
