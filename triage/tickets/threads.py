"""Which conversation a mail belongs to: by the Message-IDs it names, a token of ours, or who wrote it.

The rules place a mail; they never prove who wrote it. Message-IDs and tokens of our answers are random, so whoever names one has seen that
answer; whoever else joins does so with a warning. Requests that are checked go by rules of their own (earlier.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from triage.database.states import CLOSED, INCOMING, OUTGOING
from triage.database.tables import MESSAGE_ID, OLDEST, MessageRow, Ticket, moment
from triage.mail import Message
from triage.mail.headers import ids
from triage.mail.read_mail import ReadMail
from triage.register.addresses import is_not_for_staff, load_address_rules
from triage.register.domains import is_free_mail, web_domain
from triage.register.register import Register
from triage.tickets.conversation import participants
from triage.tickets.earlier import MAX_REFERENCES, sender_key
from triage.tickets.thread_token import named_tickets, token_fits, tokens_in
from triage.verify.forms import load_requests
from triage.verify.model import Recorded
from triage.verify.sender.authentication import recorded

STALE = timedelta(days=60)  # a conversation that was closed longer ago is not opened again: a new one goes on with it
FLOOD, MANY = timedelta(minutes=10), 50  # so many tickets of one sender in this time are a machine's, or a mistake
MAX_RETURNED = 200  # Message-IDs in what a bounce returns that are looked up
SCANNED = 2**20  # bytes of a bounce in which they are looked for
_ANSWERS = "Antwoord op onze mail."
_TOKEN = "Het kenmerk van deze vraag staat in de mail."  # noqa: S105 - no password
_REFERS = "De mail verwijst naar een mail in deze vraag."
_RETURNED = "Onze mail kwam terug."
_OTHER_ADDRESS = "Deze mail komt van {address}; daar schreven wij niet naar toe."
_FAILED = "Onze mailserver keurde de afzender van deze mail af."
_OTHERS_TOKEN = "Het kenmerk in deze mail is van een ander adres."  # noqa: S105 - no password
_ALSO = "De mail verwijst ook naar vraag {numbers}."
_MANY = "Deze afzender schreef meer dan {count} mails in tien minuten."
_HELD = "Deze mails staan bij elkaar. Kijk of er een programma of een vergissing achter zit."
_NO_ADDRESS = re.compile(r"[\s;,:<>()\[\]\"]|@.*@")  # signs that no address holds unquoted: what stands there may be two
_RETURNED_ID = re.compile(rb"<([^<>\s@]{3,200}@[^<>\s]{1,200})>")


@dataclass(frozen=True, slots=True)
class Place:
    """The conversation of a mail."""

    ticket: Ticket
    # Dutch: why the mail is of it.
    reason: str
    # Dutch: what is odd about that, "" when nothing is.
    warning: str = ""
    # It was closed too long ago: the mail begins a new conversation that goes on with it.
    stale: bool = False
    # Our mail server did not fail whom the mail says it is from: only then does that person take part.
    believed: bool = True


def place_of(session: Session, mail: ReadMail, received: datetime, register: Register, authserv_id: str | None) -> Place | None:
    """The conversation a mail belongs to, None when it begins one.

    Of several that a mail names, the one it answers counts (In-Reply-To before References). `authserv_id` names our own mail server
    (RFC 8601), whose word about the sender is believed.
    """
    believed = recorded(mail, authserv_id) is not Recorded.FAILED
    found = list(_places(session, mail, register, believed))
    if not found:
        return _flood(session, mail, received)
    first, ticket = found[0], current(session, found[0].ticket)
    others = sorted({current(session, one.ticket).id for one in found} - {ticket.id})
    warnings = [first.warning, "" if believed else _FAILED]
    warnings.append(_ALSO.format(numbers=", ".join(map(str, others))) if others else "")
    return Place(ticket, first.reason, " ".join(filter(None, warnings))[:300], _is_stale(session, ticket, received), believed)


def place_with(ticket: Ticket, reason: str, mail: ReadMail, authserv_id: str | None) -> Place:
    """The place of a mail that joins a conversation for another reason than that it names it: who does not take part is told of."""
    believed, sender = recorded(mail, authserv_id) is not Recorded.FAILED, sender_key(mail.message)
    stranger = "" if sender in participants(ticket) else _OTHER_ADDRESS.format(address=sender)
    return Place(ticket, reason, " ".join(filter(None, (stranger, "" if believed else _FAILED)))[:300], believed=believed)


def current(session: Session, ticket: Ticket) -> Ticket:
    """The ticket that holds the messages of a ticket now: itself, or what it was merged into."""
    seen = {ticket.id}
    while ticket.merged_into_id is not None and ticket.merged_into_id not in seen:
        seen.add(ticket.merged_into_id)
        ticket = session.get_one(Ticket, ticket.merged_into_id)
    return ticket


def _places(session: Session, mail: ReadMail, register: Register, believed: bool) -> Iterator[Place]:
    message, sender = mail.message, sender_key(mail.message)
    if message.automatic_kind == "bounce":
        yield from _returned(session, mail)
        return
    named = _named(message)
    for row in _messages(session, OUTGOING, named):
        known = sender in participants(current(session, row.ticket))
        yield Place(row.ticket, _ANSWERS, "" if known else _OTHER_ADDRESS.format(address=sender))
    for number, token in named_tickets(message):
        named_ticket = session.get(Ticket, number)
        if named_ticket is None:
            continue
        ticket = current(session, named_ticket)
        if token_fits(session, number, sender, token):
            yield Place(ticket, _TOKEN)
        elif any(token_fits(session, number, one, token) for one in participants(ticket)):
            yield Place(ticket, _TOKEN, "" if sender in participants(ticket) else _OTHERS_TOKEN)
    for row in _messages(session, INCOMING, named) if believed else ():
        if sender in participants(current(session, row.ticket)):
            yield Place(row.ticket, _REFERS)
        elif _of_same_school(sender, row.ticket, register):
            yield Place(row.ticket, _REFERS, _OTHER_ADDRESS.format(address=sender))


def _named(message: Message) -> list[str]:
    """The Message-IDs that a mail names, what it answers first, then the rest of its thread from near to far (RFC 5322, 3.6.4)."""
    headers = {name.lower(): value for name, value in reversed(message.headers)}
    answered, thread = ids(headers.get("in-reply-to", "")), ids(headers.get("references", ""))
    return [one[:MESSAGE_ID] for one in dict.fromkeys([*answered, *reversed(thread)])][:MAX_REFERENCES]


def _flood(session: Session, mail: ReadMail, received: datetime) -> Place | None:
    """Of a sender who wrote very many mails within minutes, the ticket before: a person looks at all of them at once."""
    sent = mail.message.date
    at = sent if sent and OLDEST < sent < received else received
    began = select(Ticket).where(Ticket.sender_key == sender_key(mail.message), moment() > at - FLOOD, moment() <= at)
    last = session.scalars(began.order_by(Ticket.id.desc()).limit(MANY)).all()
    return Place(current(session, last[0]), _MANY.format(count=MANY), _HELD) if len(last) == MANY else None


def _messages(session: Session, direction: str, named: Sequence[str]) -> list[MessageRow]:
    """The messages with some Message-IDs, in the order in which they are named."""
    rows = session.scalars(select(MessageRow).where(MessageRow.direction == direction, MessageRow.message_id.in_(named))).all()
    return sorted(rows, key=lambda row: named.index(row.message_id))


def _returned(session: Session, mail: ReadMail) -> Iterator[Place]:
    """The conversation of an answer of ours that could not be delivered to whom it was for, known by the Message-ID or the token in what
    comes back; the words of a bounce are not believed."""
    ids = [one.decode("ascii", "replace") for one in _RETURNED_ID.findall(mail.message.raw[:SCANNED])]
    told = mail.message.raw[:SCANNED].decode("latin-1").lower()
    for row in _messages(session, OUTGOING, list(dict.fromkeys(ids))[:MAX_RETURNED]):
        if any(one in told for one in (row.address, *row.copies_to) if one):
            yield Place(row.ticket, _RETURNED)
    for number, token in tokens_in(told):
        named = session.get(Ticket, number)
        ticket = current(session, named) if named else None
        if ticket and any(one in told and token_fits(session, number, one, token) for one in participants(ticket)):
            yield Place(ticket, _RETURNED)


def _of_same_school(sender: str, ticket: Ticket, register: Register) -> bool:
    """Whether two people write from a domain of one school or board, at which not just anybody has an address."""
    domain = sender.rpartition("@")[2]
    if not domain or _NO_ADDRESS.search(sender) or web_domain(domain) != web_domain(ticket.sender_domain):
        return False
    free = is_free_mail(domain, load_requests().free_mail) or register.sites.is_open(domain)
    return not free and not is_not_for_staff(domain, load_address_rules())


def _is_stale(session: Session, ticket: Ticket, received: datetime) -> bool:
    last = session.scalar(select(func.max(MessageRow.at)).where(MessageRow.ticket_id == ticket.id))
    return ticket.status == CLOSED and last is not None and received - last > STALE
