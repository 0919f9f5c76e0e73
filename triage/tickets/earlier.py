"""What the desk knows besides a mail: earlier mail of its sender, earlier mails of the same request, and what people read on its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED, INCOMING, OUTGOING, REFUSED
from triage.database.tables import MESSAGE_ID, AuthorityRow, MailReference, MessageRow, RawMail, Ticket, VerificationRow
from triage.mail import Message
from triage.register.domains import web_domain
from triage.tickets.chain import request_of
from triage.tickets.heads import head_of, ruled
from triage.tickets.memory import NOTHING_BEFORE, RequestMemory, memory_of
from triage.tickets.signs import is_suspect, signs_of
from triage.tickets.view import verification_of
from triage.verify.forms import load_requests
from triage.verify.model import Authority, HandReading, MadeOn, Past, Verdict, Verification
from triage.verify.record import from_json

SAME_REQUEST = timedelta(days=120)  # a mail later than this starts a new request
MAX_CANDIDATES = 20
MAX_PARTS = 12  # earlier mails of a request that are looked at together: the first and the newest
MAX_REFERENCES = 50  # of one mail that are looked up
MAX_AUTHORITIES = 500  # look-ups of the last years; a help desk makes a few a day


@dataclass(frozen=True, slots=True)
class OwnCheck:
    """What the newest check of a mail said of that mail alone."""

    # The intent of the request it was checked for.
    request: str
    # What it was made on.
    made_on: MadeOn
    # None when the mail holds nothing of that request.
    found: Verification | None


@dataclass(frozen=True, slots=True)
class EarlierMail:
    """A mail that may be an earlier part of a request."""

    ticket: int
    raw: bytes  # as it came in
    sender: str  # mail address as it is looked up by (sender_key)
    readings: tuple[HandReading, ...]
    suspect: bool  # its own check found a sign of forgery
    own: OwnCheck | None  # None when it was never checked, or in a time when this was not kept


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is still open, which a new mail may go on with."""

    ticket: int  # the mail that stands for it
    intent: str
    requests: frozenset[str]  # what it is of, or was checked as: a mail that is tied to it is joined whatever an agent made of it
    brin: str  # four characters, "" when it was not read
    in_thread: bool  # the new mail answers one of its mails, or an answer of ours to one
    mails: tuple[EarlierMail, ...]  # oldest first, suspect mails that claim to be of the request among them
    left_out: tuple[int, ...] = ()  # numbers of further mails, of a request with more than are looked at together


def _nothing(verification: Verification, follows: int | None) -> RequestMemory:
    return NOTHING_BEFORE


@dataclass(frozen=True, slots=True)
class Background:
    """Everything the desk knows besides the mail itself."""

    past: Past | None = None
    readings: tuple[HandReading, ...] = ()
    candidates: tuple[OpenRequest, ...] = ()  # the mail's own thread first, then the newest
    authority: tuple[Authority, ...] = ()  # who was seen to be allowed to sign
    # what earlier requests say about a check that goes on with a ticket
    recall: Callable[[Verification, int | None], RequestMemory] = _nothing
    about: str = ""  # intent of the conversation that the mail goes on with, "" when it begins one
    advised: frozenset[str] = frozenset()  # slugs of the articles that were sent in it


def background_of(session: Session, message: Message, received: datetime, ticket: Ticket | None = None) -> Background:
    """What is known at `received`; `ticket` is the mail's own when it has one already.

    `recall` and `authority` ask the database when they are used, so that an ordinary question pays for none of it.
    """
    past = past_of(session, message, received)
    besides = request_of(session, ticket) if ticket else set()

    def recall(verification: Verification, follows: int | None) -> RequestMemory:
        goes_on = session.get(Ticket, follows) if follows else None
        together = besides | (request_of(session, goes_on) if goes_on else set())
        return memory_of(session, verification, received, together, ticket.id if ticket else None)

    authority = known_authority(session, received)
    if ticket is None:
        return Background(past, (), tuple(_candidates(session, message, received)), authority, recall)
    earlier = session.get(Ticket, ticket.follows_id) if ticket.follows_id else None
    tied = [_candidate(session, earlier, in_thread=True, before=ticket.id)] if earlier else []
    others = [one for one in _candidates(session, message, received, ticket.id) if one.ticket not in besides]
    return Background(past, _readings(ticket), (*tied, *others), authority, recall)


def past_of(session: Session, message: Message, received: datetime) -> Past:
    """Mail from the same address, and from others at its domain, that came in before `received` and is of a conversation."""
    counted = select(func.count(), func.min(MessageRow.at)).where(MessageRow.at < received)
    earlier = counted.where(MessageRow.direction == INCOMING)
    own = MessageRow.address == sender_key(message)
    count, first = session.execute(earlier.where(own)).one()
    domain, others, ours = message.sender.domain, 0, own
    if domain and domain not in load_requests().free_mail:
        ours = MessageRow.domain == domain[:255]
        others = session.execute(earlier.where(ours, ~own)).one()[0]
    sent = session.execute(counted.where(MessageRow.direction == OUTGOING, ours)).one()[0]
    return Past(count, first.date() if first else None, others, sent)


def known_authority(session: Session, received: datetime, of: tuple[str, str] | None = None) -> tuple[Authority, ...]:
    """Look-ups of who may sign, newest first; `of`: only those for this board and this holder of a certificate.

    Left out are those of a request that was turned down in any of its mails, that is no request any more, or that a sign of forgery
    stands on: whoever looked was deceived.
    """
    mine = [] if of is None else [AuthorityRow.board_number == of[0], AuthorityRow.holder == of[1]]
    rows = session.execute(
        select(AuthorityRow, Ticket)
        .join(VerificationRow, VerificationRow.id == AuthorityRow.verification_id)
        .join(VerificationRow.ticket)
        .where(AuthorityRow.at <= received, Ticket.intent == VerificationRow.request, *mine)
        .order_by(AuthorityRow.id.desc())
        .limit(MAX_AUTHORITIES)
    ).all()
    doubtful = _doubtful(session, {ticket.id for _, ticket in rows})
    return tuple(
        Authority(r.board_number, r.holder, r.signer, r.place, r.source_date, r.by, r.at)
        for r, ticket in rows
        if ticket.id not in doubtful
    )


def _doubtful(session: Session, numbers: set[int]) -> set[int]:
    """Those of some tickets whose request was turned down, or that a sign of forgery stands on."""
    bad = VerificationRow.verdict == Verdict.SUSPECT.value
    suspects = session.scalars(select(Ticket).where(Ticket.id.in_(numbers), Ticket.verifications.any(bad)))
    found = {one.id for one in suspects if signs_of(one)}
    refused = set(session.scalars(select(VerificationRow.ticket_id).where(VerificationRow.ruling.has(outcome=REFUSED))))
    followed = select(Ticket.follows_id).where(Ticket.follows_id.in_(numbers))
    tied = session.scalars(
        select(Ticket).where(Ticket.id.in_(numbers), or_(Ticket.follows_id.is_not(None), Ticket.id.in_(followed)))
    )
    return found | numbers & refused | {one.id for one in tied if refused & request_of(session, one)}


def sender_key(message: Message) -> str:
    """The sender's address as tickets are looked up by it."""
    return message.sender.address[:320].lower()


def named_by(message: Message) -> Sequence[ColumnElement[bool]]:
    """Conditions for the tickets in whose thread a mail stands: it names their mail, or an answer of ours to them."""
    named = [one[:MESSAGE_ID] for one in message.in_reply_to[:MAX_REFERENCES]]
    return (
        Ticket.message_id.in_(named),
        Ticket.id.in_(answered_with(named)),
    )


def answered_with(named: Sequence[str]) -> Select[int]:
    """The numbers of the tickets in which answers of ours with some Message-IDs were sent."""
    return select(MessageRow.ticket_id).where(MessageRow.direction == OUTGOING, MessageRow.message_id.in_(named))


def answers_to(session: Session, tickets: set[int]) -> list[Ticket]:
    """Mails that answer one of these tickets, or an answer of ours to it, oldest first; without those tickets themselves."""
    ours = select(MessageRow.message_id).where(
        MessageRow.direction == OUTGOING, MessageRow.ticket_id.in_(tickets), MessageRow.message_id != ""
    )
    theirs = select(Ticket.message_id).where(Ticket.id.in_(tickets), Ticket.message_id != "")
    naming = select(MailReference.ticket_id).where(or_(MailReference.message_id.in_(ours), MailReference.message_id.in_(theirs)))
    answering = or_(Ticket.id.in_(naming), Ticket.continues_id.in_(tickets))
    return list(session.scalars(select(Ticket).where(answering, Ticket.id.not_in(tickets)).order_by(Ticket.id)))


def _candidates(session: Session, message: Message, received: datetime, before: int | None = None) -> Iterator[OpenRequest]:
    """Requests without a ruling in the mail's thread, or from the same address or school; an address anybody can make tells nothing.

    A mail that is suspect, or less well proven, takes nothing over: the request itself stays the candidate. `before`: the number of
    the mail's own ticket, when it has one.
    """
    domain = web_domain(message.sender.domain)
    whose = [*named_by(message), Ticket.sender_key == sender_key(message)]
    if domain and domain not in load_requests().free_mail:
        whose.append(Ticket.sender_domain == domain[:255])
    found = session.scalars(
        select(Ticket)
        .join(Ticket.mail)
        .where(
            Ticket.intent.in_(list(load_requests().types)),
            RawMail.received_at.between(received - SAME_REQUEST, received),
            Ticket.id.not_in(select(VerificationRow.ticket_id).where(VerificationRow.ruling.has())),
            or_(*whose),
            *([] if before is None else [Ticket.id < before]),
        )
        .order_by(Ticket.id.desc())
        .limit(MAX_CANDIDATES)
    ).all()
    numbers = None if before is None else range(before)
    heads = dict.fromkeys(head_of(session, ticket, numbers) for ticket in found)
    threads = set(session.scalars(select(Ticket.id).where(or_(*named_by(message)))))
    for in_thread in (True, False):
        for ticket in heads:
            if bool(request_of(session, ticket) & threads) is in_thread and not _ruled(session, ticket):
                yield _candidate(session, ticket, in_thread=in_thread, before=before)


def _ruled(session: Session, head: Ticket) -> bool:
    """Whether a request ended: granted in any of its mails, or turned down in the one that stands for it."""
    rows = VerificationRow.ticket_id.in_(request_of(session, head))
    granted = select(VerificationRow.id).where(rows, VerificationRow.ruling.has(outcome=GRANTED))
    return ruled(head, REFUSED) or session.scalars(granted.limit(1)).first() is not None


def _candidate(session: Session, ticket: Ticket, *, in_thread: bool, before: int | None = None) -> OpenRequest:
    numbers = {number for number in request_of(session, ticket) if before is None or number < before}
    tickets = session.scalars(select(Ticket).where(Ticket.id.in_(numbers)).order_by(Ticket.id)).all()
    read = [*tickets[:1], *tickets[1:][-(MAX_PARTS - 1) :]]
    mails = tuple(EarlierMail(one.id, one.mail.raw, one.sender_key, _readings(one), is_suspect(one), _own(one)) for one in read)
    brin = ticket.verifications[-1].brin if ticket.verifications else ""
    left_out = tuple(one.id for one in tickets if one not in read)
    was = frozenset({ticket.intent, *(row.request for row in ticket.verifications)})
    return OpenRequest(ticket.id, ticket.intent, was, brin, in_thread, mails, left_out)


def _own(ticket: Ticket) -> OwnCheck | None:
    row = verification_of(ticket)
    if row is None or row.own is None:
        return None
    found = from_json(row.own) if row.own else None
    return OwnCheck(row.request, (found or from_json(row.content)).made_on, found)


def _readings(ticket: Ticket) -> tuple[HandReading, ...]:
    """What people read for the newest check; a new one is made with it again."""
    rows = ticket.verifications[-1].readings if ticket.verifications else ()
    return tuple(HandReading(row.field, row.value, row.by, row.at) for row in rows)
