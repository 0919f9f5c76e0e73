"""Earlier requests that a request is held beside: granted for the same school, with the same signature, or for the same person.

Everything that is asked here stands in columns of a check, with an index on each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED, REFUSED
from triage.database.tables import MessageRow, Ruling, VerificationRow
from triage.verify.model import Obstacle, Verdict, Verification, Weight
from triage.verify.verdict import ranked

RECENT = timedelta(days=365)  # from a grant on; earlier ones are shown and stand in the way of nothing
MOST = 5  # that are named


@dataclass(frozen=True, slots=True)
class _Others:
    """The checks of other requests that are looked at."""

    besides: Collection[int]  # numbers of messages
    message: int | None
    count: bool  # those that can make a doubt; False: those that are suspect or were turned down

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        number = VerificationRow.message_id
        granted = number.in_(_ruled(GRANTED))
        suspect = number.in_(select(VerificationRow.message_id).where(VerificationRow.verdict == Verdict.SUSPECT.value))
        counts = or_(granted, ~or_(suspect, MessageRow.ticket_id.in_(_tickets_refused())))
        before = [] if self.message is None else [or_(number < self.message, granted)]
        return [number.not_in(self.besides), counts if self.count else ~counts, *before]


def _ruled(outcome: str) -> Select[int]:
    return select(VerificationRow.message_id).where(VerificationRow.ruling.has(outcome=outcome))


def _tickets_refused() -> Select[int]:
    return select(MessageRow.ticket_id).join(MessageRow.verifications).where(VerificationRow.ruling.has(outcome=REFUSED))


@dataclass(frozen=True, slots=True)
class RequestMemory:
    """What earlier requests say about a new one, in Dutch sentences."""

    doubts: tuple[str, ...]  # for a person to look at
    notes: tuple[str, ...]  # only shown


NOTHING_BEFORE = RequestMemory((), ())


def memory_of(
    session: Session, verification: Verification, received: datetime, besides: Collection[int], message: int | None = None
) -> RequestMemory:
    """What is known at `received`, without the messages of the request itself (`besides`).

    `message` is the number of the request's own mail, when it has one: requests that came after it count once they were granted. A grant
    counts though it is of the same request: it is granted once. What a suspect mail claims, or one that was turned down, is only shown.
    """
    doubts: list[str] = []
    notes: list[str] = []
    for number, at in _granted(session, verification, message):
        words = f"Voor deze school is op {at:%d-%m-%Y} al een aanvraag toegekend (vraag {number})."
        if received - at <= RECENT:
            doubts.append(f"{words} Kijk waarom er nog een komt.")
        else:
            notes.append(words)
    for counts, said in ((True, doubts), (False, notes)):
        others = _Others(besides, message, counts)
        said += _seen_before(session, verification, others)
        for number, brin, board in _same_administrator(session, verification, received, others):
            if board and board != verification.board_number:
                said.append(
                    f"Voor het e-mailadres van deze beheerder kwam ook een aanvraag van een ander bestuur binnen ({board}, "
                    f"vraag {number}). Kijk of dat klopt."
                )
            elif brin != verification.brin:
                notes.append(f"Deze beheerder is ook aangevraagd voor {brin} van hetzelfde bestuur (vraag {number}).")
    return RequestMemory(tuple(dict.fromkeys(doubts)), tuple(dict.fromkeys(notes)))


def with_memory(verification: Verification, memory: RequestMemory) -> Verification:
    """The verification with the doubts and notes of earlier requests."""
    if not memory.doubts and not memory.notes:
        return verification
    doubts = [Obstacle(Weight.DOUBT, doubt, kind="memory") for doubt in memory.doubts]
    return replace(
        verification,
        obstacles=ranked([*verification.obstacles, *doubts]),
        notes=tuple(dict.fromkeys([*verification.notes, *memory.notes])),
    )


def _granted(session: Session, verification: Verification, message: int | None) -> Iterator[tuple[int, datetime]]:
    """Grants for the same school, newest first, as (ticket, when)."""
    if not verification.brin:
        return
    rows = session.execute(
        select(MessageRow.ticket_id, Ruling.at)
        .join(VerificationRow.message)
        .join(Ruling, Ruling.verification_id == VerificationRow.id)
        .where(
            VerificationRow.brin == verification.brin,
            VerificationRow.message_id != (message or 0),
            Ruling.outcome == GRANTED,
        )
        .order_by(Ruling.at.desc())
        .limit(MOST)
    )
    yield from ((number, at) for number, at in rows)


def _seen_before(session: Session, verification: Verification, others: _Others) -> Iterator[str]:
    """Whether the very same signature or form came in before, outside this request."""
    signed = verification.signature.signed_bytes
    reference = verification.code.reference if verification.code else ""
    if signed and (number := _first(session, VerificationRow.signed_bytes == signed, others)):
        yield f"Ditzelfde ondertekende document kwam al eerder binnen (vraag {number}). Kijk waarom het nog eens komt."
    if reference and (number := _first(session, VerificationRow.reference == reference, others)):
        yield f"Een formulier met dit kenmerk kwam al eerder binnen (vraag {number}). Kijk waarom het nog eens komt."


def _first(session: Session, condition: ColumnElement[bool], others: _Others) -> int | None:
    first = select(func.min(MessageRow.ticket_id)).join(VerificationRow.message)
    return session.scalar(first.where(condition, *others.conditions))


def _same_administrator(
    session: Session, verification: Verification, received: datetime, others: _Others
) -> Iterator[tuple[int, str, str]]:
    """Requests of the last year for the same administrator, as (ticket, BRIN, board number), each school once."""
    if not verification.administrator:
        return
    rows = session.execute(
        select(func.max(MessageRow.ticket_id), VerificationRow.brin, VerificationRow.board_number)
        .join(VerificationRow.message)
        .where(
            VerificationRow.administrator == verification.administrator,
            *others.conditions,
            MessageRow.at.between(received - RECENT, received),
        )
        .group_by(VerificationRow.brin, VerificationRow.board_number)
        .order_by(func.max(MessageRow.ticket_id).desc())
        .limit(MOST)
    )
    yield from ((number, brin, board) for number, brin, board in rows)
