"""What the desk knows besides a mail: earlier mail of its sender, earlier mails of the same request, and what people read on its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED, INCOMING, OUTGOING, REFUSED
from triage.database.tables import MESSAGE_ID, AuthorityRow, MessageRow, NamedMail, Ticket, VerificationRow
from triage.mail import Message
from triage.register.domains import web_domain
from triage.tickets.chain import request_of, tickets_of
from triage.tickets.heads import head_of, is_refused, is_ruled
from triage.tickets.memory import NOTHING_BEFORE, RequestMemory, memory_of
from triage.tickets.signs import check_of, is_suspect, signs_of
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

    # Number of the ticket it is in.
    ticket: int
    raw: bytes  # as it came in
    sender: str  # mail address as it is looked up by (sender_key)
    readings: tuple[HandReading, ...]
    suspect: bool  # its own check found a sign of forgery
    turned_down: bool  # it has a ticket of its own that was refused, or is of something else: what it says counts no more
    own: OwnCheck | None  # None when it was never checked, or in a time when this was not kept


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request that is still open, which a new mail may go on with."""

    message: int  # number of the mail that stands for it
    ticket: int  # number of the ticket that mail is in
    intent: str
    requests: frozenset[str]  # what it is of, or was checked as: a mail that is tied to it is joined whatever an agent made of it
    brin: str  # four characters, "" when it was not read
    in_thread: bool  # the new mail answers one of its mails, or an answer of ours to one
    mails: tuple[EarlierMail, ...]  # oldest first, suspect mails that claim to be of the request among them
    left_out: tuple[datetime, ...] = ()  # when further mails came in, of a request with more than are looked at together


def _nothing(verification: Verification, follows: int | None) -> RequestMemory:
    return NOTHING_BEFORE


@dataclass(frozen=True, slots=True)
class Background:
    """Everything the desk knows besides the mail itself."""

    past: Past | None = None
    readings: tuple[HandReading, ...] = ()
    candidates: tuple[OpenRequest, ...] = ()  # the mail's own thread first, then the newest
    authority: tuple[Authority, ...] = ()  # who was seen to be allowed to sign
    # what earlier requests say about a check that goes on with a message
    recall: Callable[[Verification, int | None], RequestMemory] = _nothing
    about: str = ""  # intent of the conversation that the mail goes on with, "" when it begins one
    advised: frozenset[str] = frozenset()  # slugs of the articles that were sent in it


def background_of(session: Session, message: Message, received: datetime, entry: MessageRow | None = None) -> Background:
    """What is known at `received`; `entry` is the mail's own place in a conversation when it has one already.

    `recall` and `authority` ask the database when they are used, so that an ordinary question pays for none of it.
    """
    past = past_of(session, message, received)
    besides = request_of(session, entry) if entry else set()

    def recall(verification: Verification, follows: int | None) -> RequestMemory:
        goes_on = session.get(MessageRow, follows) if follows else None
        together = besides | (request_of(session, goes_on) if goes_on else set())
        return memory_of(session, verification, received, together, entry.id if entry else None)

    authority = known_authority(session, received)
    if entry is None:
        return Background(past, (), tuple(_candidates(session, message, received)), authority, recall)
    earlier = session.get(MessageRow, entry.follows_id) if entry.follows_id else None
    tied = [_candidate(session, earlier, in_thread=True, before=entry.id)] if earlier else []
    others = [one for one in _candidates(session, message, received, entry.id) if one.message not in besides]
    return Background(past, _readings(entry), (*tied, *others), authority, recall)


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
        select(AuthorityRow, VerificationRow.message_id)
        .join(VerificationRow, VerificationRow.id == AuthorityRow.verification_id)
        .join(VerificationRow.message)
        .join(MessageRow.ticket)
        .where(AuthorityRow.at <= received, Ticket.intent == VerificationRow.request, *mine)
        .order_by(AuthorityRow.id.desc())
        .limit(MAX_AUTHORITIES)
    ).all()
    doubtful = _doubtful(session, {message for _, message in rows})
    return tuple(
        Authority(r.board_number, r.holder, r.signer, r.place, r.source_date, r.by, r.at)
        for r, message in rows
        if message not in doubtful
    )


def _doubtful(session: Session, numbers: set[int]) -> set[int]:
    """Those of some messages whose request was turned down, or that a sign of forgery stands on."""
    bad = VerificationRow.verdict == Verdict.SUSPECT.value
    suspects = session.scalars(select(MessageRow).where(MessageRow.id.in_(numbers), MessageRow.verifications.any(bad)))
    found = {one.id for one in suspects if signs_of(one)}
    refused = set(session.scalars(select(VerificationRow.message_id).where(VerificationRow.ruling.has(outcome=REFUSED))))
    followed = select(MessageRow.follows_id).where(MessageRow.follows_id.in_(numbers))
    is_tied = or_(MessageRow.follows_id.is_not(None), MessageRow.id.in_(followed))
    tied = session.scalars(select(MessageRow).where(MessageRow.id.in_(numbers), is_tied))
    return found | numbers & refused | {one.id for one in tied if refused & request_of(session, one)}


def sender_key(message: Message) -> str:
    """The sender's address as tickets are looked up by it."""
    return message.sender.address[:320].lower()


def named_by(message: Message) -> Select[int]:
    """The numbers of the tickets in whose thread a mail stands: it names one of their messages."""
    named = [one[:MESSAGE_ID] for one in message.in_reply_to[:MAX_REFERENCES]]
    return select(MessageRow.ticket_id).where(MessageRow.message_id.in_(named), MessageRow.message_id != "")


def answers_to(session: Session, messages: set[int]) -> list[MessageRow]:
    """Mails in other tickets that answer a conversation which holds some messages, or go on with it, with all that came after them
    there and all that answers those; oldest first."""
    own = tickets_of(session, messages)
    elsewhere = select(MessageRow).where(MessageRow.direction == INCOMING, MessageRow.ticket_id.not_in(own))
    ids = select(MessageRow.message_id).where(MessageRow.ticket_id.in_(own), MessageRow.message_id != "")
    fresh = session.scalars(elsewhere.where(or_(_names(ids), MessageRow.ticket_id.in_(_going_on(session, own))))).all()
    found: dict[int, MessageRow] = {}
    while fresh:
        found |= {one.id: one for one in fresh}
        since: dict[int, int] = {}
        for one in found.values():
            since[one.ticket_id] = min(one.id, since.get(one.ticket_id, one.id))
        named = [one.message_id for one in found.values() if one.message_id]
        near = session.scalars(elsewhere.where(or_(_names(named), MessageRow.ticket_id.in_(since))))
        fresh = [one for one in near if one.id not in found and one.id >= since.get(one.ticket_id, one.id)]
    return sorted(found.values(), key=lambda one: one.id)


def _names(ids: Sequence[str] | Select[str]) -> ColumnElement[bool]:
    return MessageRow.id.in_(select(NamedMail.message_id).where(NamedMail.named.in_(ids)))


def _going_on(session: Session, tickets: set[int]) -> set[int]:
    """The tickets that go on with some tickets or with what was merged into them, or that such a ticket was merged into."""
    merged = session.scalars(select(Ticket.id).where(Ticket.merged_into_id.in_(tickets)))
    continuing = session.scalars(select(Ticket).where(Ticket.continues_id.in_({*tickets, *merged})))
    return {one.merged_into_id or one.id for one in continuing} - tickets


def _candidates(session: Session, message: Message, received: datetime, before: int | None = None) -> Iterator[OpenRequest]:
    """Requests without a ruling in the mail's thread, or from the same address or school; an address anybody can make tells nothing.

    A mail that is suspect, or less well proven, takes nothing over: the request itself stays the candidate. `before`: the number of
    the mail's own message, when it has one.
    """
    domain = web_domain(message.sender.domain)
    threads = set(session.scalars(named_by(message)))
    whose = MessageRow.address == sender_key(message)
    if domain and domain not in load_requests().free_mail:
        whose |= MessageRow.domain == domain[:255]
    ruled = select(MessageRow.ticket_id).join(MessageRow.verifications).where(VerificationRow.ruling.has())
    requests = select(MessageRow).join(MessageRow.ticket).where(
        Ticket.intent.in_(list(load_requests().types)),
        or_(MessageRow.verifications.any(), MessageRow.follows_id.is_not(None), MessageRow.mail_id == Ticket.mail_id),
        MessageRow.at.between(received - SAME_REQUEST, received),
        MessageRow.ticket_id.not_in(ruled),
        *([] if before is None else [MessageRow.id < before]),
    )  # fmt: skip
    newest = requests.order_by(MessageRow.id.desc()).limit(MAX_CANDIDATES)
    found = [*session.scalars(newest.where(MessageRow.ticket_id.in_(threads))), *session.scalars(newest.where(whose))]
    heads = dict.fromkeys(head_of(session, one, before) for one in found)
    for in_thread in (True, False):
        for head in heads:
            named = bool(tickets_of(session, request_of(session, head)) & threads)
            if named is in_thread and not _ruled(session, head):
                yield _candidate(session, head, in_thread=in_thread, before=before)


def _ruled(session: Session, head: MessageRow) -> bool:
    """Whether a request ended: granted in any of its mails, or ruled on in the ticket of the one that stands for it."""
    rows = VerificationRow.message_id.in_(request_of(session, head))
    granted = select(VerificationRow.id).where(rows, VerificationRow.ruling.has(outcome=GRANTED))
    return is_ruled(head.ticket) or session.scalars(granted.limit(1)).first() is not None


def _candidate(session: Session, head: MessageRow, *, in_thread: bool, before: int | None = None) -> OpenRequest:
    numbers = {number for number in request_of(session, head) if before is None or number < before}
    messages = session.scalars(select(MessageRow).where(MessageRow.id.in_(numbers)).order_by(MessageRow.id)).all()
    read = [*messages[:1], *messages[1:][-(MAX_PARTS - 1) :]]
    mails = tuple(
        EarlierMail(
            one.ticket_id, one.mail.raw, one.address, _readings(one), is_suspect(one), _is_turned_down(one, head), _own(one)
        )
        for one in read
        if one.mail
    )
    brin = head.verifications[-1].brin if head.verifications else ""
    left_out = tuple(one.at for one in messages if one not in read)
    was = frozenset({head.ticket.intent, *(row.request for row in head.verifications)})
    return OpenRequest(head.id, head.ticket_id, head.ticket.intent, was, brin, in_thread, mails, left_out)


def _is_turned_down(message: MessageRow, head: MessageRow) -> bool:
    """Whether people put a mail aside: it is not in the ticket of the request, and that was refused or is of something else."""
    ticket = message.ticket
    return ticket.id != head.ticket_id and (is_refused(ticket) or ticket.intent != head.ticket.intent)


def _own(message: MessageRow) -> OwnCheck | None:
    row = check_of(message)
    if row is None or row.own is None:
        return None
    found = from_json(row.own) if row.own else None
    return OwnCheck(row.request, (found or from_json(row.content)).made_on, found)


def _readings(message: MessageRow) -> tuple[HandReading, ...]:
    """What people read for the newest check of a mail; a new one is made with it again."""
    rows = message.verifications[-1].readings if message.verifications else ()
    return tuple(HandReading(row.field, row.value, row.by, row.at) for row in rows)
