"""Earlier requests that a request is held beside: granted for the same school, with the same signature, or for the same person.

Everything that is asked here stands in columns of a check, with an index on each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED
from triage.database.tables import RawMail, Ruling, Ticket, VerificationRow
from triage.verify.model import Obstacle, Verification, Weight
from triage.verify.verdict import ranked

RECENT = timedelta(days=365)  # from a grant on; earlier ones are shown and stand in the way of nothing
MOST = 5  # that are named


@dataclass(frozen=True, slots=True)
class Memory:
    """What earlier requests say about a new one, in Dutch sentences."""

    doubts: tuple[str, ...]  # for a person to look at
    notes: tuple[str, ...]  # only shown


NOTHING_BEFORE = Memory((), ())


def memory_of(session: Session, verification: Verification, received: datetime, besides: Collection[int]) -> Memory:
    """What is known at `received`, without the tickets of the request itself (`besides`)."""
    doubts: list[str] = []
    notes: list[str] = []
    for number, at in _granted(session, verification, besides):
        words = f"Voor deze school is op {at:%d-%m-%Y} al een aanvraag toegekend (vraag {number})."
        if received - at <= RECENT:
            doubts.append(f"{words} Kijk waarom er nog een komt.")
        else:
            notes.append(words)
    doubts += _seen_before(session, verification, besides)
    for number, brin, board in _same_administrator(session, verification, received, besides):
        if board and board != verification.board_number:
            doubts.append(
                f"Voor het e-mailadres van deze beheerder kwam ook een aanvraag van een ander bestuur binnen ({board}, "
                f"vraag {number}). Kijk of dat klopt."
            )
        elif brin != verification.brin:
            notes.append(f"Deze beheerder is ook aangevraagd voor {brin} van hetzelfde bestuur (vraag {number}).")
    return Memory(tuple(dict.fromkeys(doubts)), tuple(dict.fromkeys(notes)))


def with_memory(verification: Verification, memory: Memory) -> Verification:
    """The verification with the doubts and notes of earlier requests."""
    if not memory.doubts and not memory.notes:
        return verification
    doubts = [Obstacle(Weight.DOUBT, doubt, kind="memory") for doubt in memory.doubts]
    return replace(
        verification,
        obstacles=ranked([*verification.obstacles, *doubts]),
        notes=tuple(dict.fromkeys([*verification.notes, *memory.notes])),
    )


def _granted(session: Session, verification: Verification, besides: Collection[int]) -> Iterator[tuple[int, datetime]]:
    """Grants for the same school, newest first, as (ticket, when)."""
    if not verification.brin:
        return
    rows = session.execute(
        select(VerificationRow.ticket_id, Ruling.at)
        .join(Ruling, Ruling.verification_id == VerificationRow.id)
        .where(
            VerificationRow.brin == verification.brin,
            VerificationRow.ticket_id.not_in(besides),
            Ruling.outcome == GRANTED,
        )
        .order_by(Ruling.at.desc())
        .limit(MOST)
    )
    yield from ((number, at) for number, at in rows)


def _seen_before(session: Session, verification: Verification, besides: Collection[int]) -> Iterator[str]:
    """Whether the very same signature or form came in before, outside this request."""
    signed = verification.signature.signed_bytes
    reference = verification.code.reference if verification.code else ""
    if signed and (number := _first(session, VerificationRow.signed_bytes == signed, besides)):
        yield f"Ditzelfde ondertekende document kwam al eerder binnen (vraag {number}). Kijk waarom het nog eens komt."
    if reference and (number := _first(session, VerificationRow.reference == reference, besides)):
        yield f"Een formulier met dit kenmerk kwam al eerder binnen (vraag {number}). Kijk waarom het nog eens komt."


def _first(session: Session, condition: ColumnElement[bool], besides: Collection[int]) -> int | None:
    return session.scalar(select(func.min(VerificationRow.ticket_id)).where(condition, VerificationRow.ticket_id.not_in(besides)))


def _same_administrator(
    session: Session, verification: Verification, received: datetime, besides: Collection[int]
) -> Iterator[tuple[int, str, str]]:
    """Requests of the last year for the same administrator, as (ticket, BRIN, board number), each school once."""
    if not verification.administrator:
        return
    rows = session.execute(
        select(func.max(VerificationRow.ticket_id), VerificationRow.brin, VerificationRow.board_number)
        .join(VerificationRow.ticket)
        .join(Ticket.mail)
        .where(
            VerificationRow.administrator == verification.administrator,
            VerificationRow.ticket_id.not_in(besides),
            RawMail.received_at.between(received - RECENT, received),
        )
        .group_by(VerificationRow.brin, VerificationRow.board_number)
        .order_by(func.max(VerificationRow.ticket_id).desc())
        .limit(MOST)
    )
    yield from ((number, brin, board) for number, brin, board in rows)
