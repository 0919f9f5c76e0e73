"""A later mail of a conversation: it becomes a message of its ticket, opens it, and gets a draft that goes on from what was said."""

from __future__ import annotations

from triage.answer.answer import only_thanks
from triage.database.states import INCOMING, OPEN
from triage.database.tables import MESSAGE_ID, Draft, Event, MailReference, MessageRow, Prediction, RawMail, Ticket
from triage.intake.pipeline import Tools, Triaged, classification_json
from triage.mail.read_mail import ReadMail
from triage.tickets.earlier import sender_key
from triage.tickets.threads import Place

BOT = "wegwijzer"
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
        automatic=message.automatic_kind,
        joined=place.reason if place else "",
        warning=place.warning if place else "",
    )


def references_of(mail: ReadMail) -> list[MailReference]:
    """What a mail says it answers."""
    named = dict.fromkeys(one[:MESSAGE_ID] for one in mail.message.in_reply_to)
    return [MailReference(message_id=one) for one in list(named)[:MOST_REFERENCES]]


def advised(ticket: Ticket) -> frozenset[str]:
    """Slugs of the articles that were sent in a conversation."""
    return frozenset(slug for draft in ticket.drafts if draft.sent_at for slug in draft.citations)


def goes_on(place: Place, triaged: Triaged) -> bool:
    """Whether a mail becomes a message of the conversation it names: neither is a formal request, which goes by rules of its own, and
    the conversation was not closed long ago."""
    return not (place.stale or place.ticket.verifications or triaged.verification or triaged.follows)


def go_on(place: Place, row: RawMail, mail: ReadMail, triaged: Triaged, tools: Tools) -> None:
    """Add a mail to its conversation. An automatic mail and thanks alone open nothing; an answer that did not arrive does."""
    ticket, found = place.ticket, triaged.classification
    message = message_row(row, mail, place)
    ticket.messages.append(message)
    ticket.references += references_of(mail)
    ticket.predictions.append(Prediction(content=classification_json(found), model_version=tools.model.version, message=message))
    returned = mail.message.automatic_kind == "bounce"
    ticket.events.append(Event(actor=BOT, action="antwoord niet aangekomen" if returned else "bericht ontvangen", detail={}))
    if not returned and (mail.message.automatic or only_thanks(mail.own_words)):
        return
    ticket.status, ticket.due_at = OPEN, triaged.route.due
    if triaged.draft and not _is_being_written(ticket):
        draft = triaged.draft
        ticket.drafts.append(Draft(subject=draft.subject, body=draft.body, citations=list(draft.citations)))


def _is_being_written(ticket: Ticket) -> bool:
    """Whether a colleague's text waits to be sent: nothing is put in its place."""
    last = ticket.drafts[-1] if ticket.drafts else None
    return last is not None and last.sent_at is None and last.author_id is not None
