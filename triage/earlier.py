"""What the desk knows besides a mail: earlier mail of its sender, earlier mails of the same request, and what people read on its form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from triage.mail import Message, parse_message
from triage.store import Draft, RawMail, Ticket, VerificationRow
from triage.verify.domains import web_domain
from triage.verify.forms import load_requests
from triage.verify.model import Past, Reading

SAME_REQUEST = timedelta(days=120)  # a mail later than this starts a new request
SAME_PERSON = timedelta(days=365)
MAX_CANDIDATES = 20
MAX_REQUESTS = 2_000  # that are looked at for the same administrator


@dataclass(frozen=True, slots=True)
class EarlierMail:
    """A mail that may be an earlier part of a request."""

    ticket: int
    message: Message
    readings: tuple[Reading, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A request that is still open, which a new mail may go on with."""

    ticket: int  # its newest
    intent: str
    brin: str  # four characters, "" when it was not read
    in_thread: bool  # the new mail answers one of its mails
    mails: tuple[EarlierMail, ...]  # oldest first


@dataclass(frozen=True, slots=True)
class Background:
    """Everything the desk knows besides the mail itself."""

    past: Past | None = None
    readings: tuple[Reading, ...] = ()
    candidates: tuple[Candidate, ...] = ()  # the mail's own thread first, then the newest
    asked_for: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # by administrator's address: board numbers it was asked for


def background_of(session: Session, message: Message, received: datetime, ticket: Ticket | None = None) -> Background:
    """What is known at `received`; `ticket` is the mail's own when it has one already."""
    past, asked_for = past_of(session, message, received), _asked_for(session, received)
    if ticket is None:
        return Background(past, (), tuple(_candidates(session, message, received)), asked_for)
    earlier = session.get(Ticket, ticket.follows_id) if ticket.follows_id else None
    candidates = (_candidate(session, earlier, in_thread=True),) if earlier else ()
    return Background(past, _readings(ticket), candidates, asked_for)


def _asked_for(session: Session, received: datetime) -> dict[str, frozenset[str]]:
    """For which boards each administrator's address was asked in requests of the last year."""
    rows = session.scalars(
        select(VerificationRow.content)
        .join(VerificationRow.ticket)
        .join(Ticket.mail)
        .where(RawMail.received_at.between(received - SAME_PERSON, received))
        .order_by(VerificationRow.id.desc())
        .limit(MAX_REQUESTS)
    )
    boards: defaultdict[str, set[str]] = defaultdict(set)
    for content in rows:
        values = {one["field"]: one["value"] or "" for one in content["fields"]}
        if values.get("email_beheerder") and values.get("bestuursnummer"):
            boards[values["email_beheerder"].lower()].add(values["bestuursnummer"])
    return {address: frozenset(numbers) for address, numbers in boards.items()}


def past_of(session: Session, message: Message, received: datetime) -> Past:
    """Mail from the same address, and from others at its domain, that came in before `received` and became a ticket."""
    address = func.lower(Ticket.sender_address)
    earlier = select(func.count(), func.min(RawMail.received_at)).join(Ticket.mail).where(RawMail.received_at < received)
    own = message.sender.address.lower()[:320]
    count, first = session.execute(earlier.where(address == own)).one()
    domain, others, ours = message.sender.domain, 0, address == own
    if domain and domain not in load_requests().free_mail:
        ours = address.endswith(f"@{domain}", autoescape=True)
        others = session.execute(earlier.where(ours, address != own)).one()[0]
    sent = (
        select(func.count()).select_from(Draft).join(Ticket, Ticket.id == Draft.ticket_id).where(Draft.sent_at < received, ours)
    )
    return Past(count, first.date() if first else None, others, session.scalar(sent) or 0)


def brin_of(content: dict[str, Any]) -> str:
    """The BRIN of a verified request as it is stored, "" when none was read."""
    values = {one["field"]: one["value"] or "" for one in content["fields"]}
    return str(values.get("brin") or values.get("brin_oud") or "")[:4].upper()


def _candidates(session: Session, message: Message, received: datetime) -> Iterator[Candidate]:
    """Requests without a ruling in the mail's thread, or from the same address or school; an address anybody can make tells nothing."""
    domain = web_domain(message.sender.domain)
    address = func.lower(Ticket.sender_address)
    whose = [Ticket.message_id.in_(message.in_reply_to[:50]), address == message.sender.address.lower()[:320]]
    if domain and domain not in load_requests().free_mail:
        whose.append(address.endswith(f"@{domain}", autoescape=True))
    found = session.scalars(
        select(Ticket)
        .join(Ticket.mail)
        .where(
            Ticket.intent.in_(list(load_requests().types)),
            RawMail.received_at.between(received - SAME_REQUEST, received),
            Ticket.id.not_in(select(Ticket.follows_id).where(Ticket.follows_id.is_not(None))),
            Ticket.id.not_in(select(VerificationRow.ticket_id).where(VerificationRow.ruling.has())),
            or_(*whose),
        )
        .order_by(Ticket.id.desc())
        .limit(MAX_CANDIDATES)
    ).all()
    for in_thread in (True, False):
        for ticket in found:
            chain = list(_chain(session, ticket))
            if any(one.message_id in message.in_reply_to for one in chain) is in_thread:
                yield _candidate(session, ticket, in_thread=in_thread)


def _candidate(session: Session, ticket: Ticket, *, in_thread: bool) -> Candidate:
    mails = [EarlierMail(one.id, parse_message(one.mail.raw), _readings(one)) for one in _chain(session, ticket)]
    brin = brin_of(ticket.verifications[-1].content) if ticket.verifications else ""
    return Candidate(ticket.id, ticket.intent, brin, in_thread, tuple(reversed(mails)))


def _chain(session: Session, ticket: Ticket) -> Iterator[Ticket]:
    """A ticket and those it follows, newest first."""
    at: Ticket | None = ticket
    while at is not None:
        yield at
        at = session.get(Ticket, at.follows_id) if at.follows_id else None


def _readings(ticket: Ticket) -> tuple[Reading, ...]:
    return tuple(Reading(row.field, row.value, row.by) for row in ticket.readings)
