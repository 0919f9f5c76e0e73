"""How many and since when: what somebody who watches an installation asks its database, by indexes alone and without personal data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import OutboxEntry, RawMail, StepTime, Ticket
from triage.intake.intake import RECEIVED, STORED
from triage.outbox import sender

NO_TIME = timedelta()


@dataclass(frozen=True, slots=True)
class Took:
    """How many mails took how long in one step of the intake, since the database was made."""

    # Longest time in seconds -> mails that took no longer, and longer than the limit before.
    mails: Mapping[float, int]
    # Of all these mails together.
    seconds: float


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the database counts at one moment."""

    # Kind of source and outcome (state of the mail) -> mails that are kept.
    mails: Mapping[tuple[str, str], int]
    # Mails that are stored and not yet triaged, and how long the oldest has been.
    untriaged: int
    oldest_untriaged: timedelta
    # State -> answers.
    outbox: Mapping[str, int]
    # How long ago the answer was approved that waits longest.
    oldest_answer: timedelta
    # State -> tickets; one that was merged is closed.
    tickets: Mapping[str, int]
    # Open tickets whose time to answer has passed.
    late: int
    # Step of the intake -> its times.
    steps: Mapping[str, Took]


def numbers_of(engine: Engine, now: datetime) -> Numbers:
    """Count what is there at a moment (with time zone)."""
    unread = RawMail.state.in_((STORED, RECEIVED))
    waits = OutboxEntry.state == sender.WAITING
    with Session(engine) as session:
        mails = session.execute(select(RawMail.source, RawMail.state, func.count()).group_by(RawMail.state, RawMail.source)).all()
        untriaged, came = session.execute(select(func.count(), func.min(RawMail.received_at)).where(unread)).one()
        outbox = session.execute(select(OutboxEntry.state, func.count()).group_by(OutboxEntry.state)).all()
        approved = session.scalar(select(func.min(OutboxEntry.approved_at)).where(waits))
        tickets = session.execute(select(Ticket.status, func.count()).group_by(Ticket.status)).all()
        late = session.scalar(select(func.count()).where(Ticket.status == OPEN, Ticket.due_at < now)) or 0
        steps = session.execute(select(StepTime.step, StepTime.up_to, StepTime.mails, StepTime.seconds)).all()
    return Numbers(
        mails={(source, state): count for source, state, count in mails},
        untriaged=untriaged,
        oldest_untriaged=max(now - came, NO_TIME) if came else NO_TIME,
        outbox=dict.fromkeys((sender.WAITING, sender.SENT, sender.FAILED), 0) | {state: count for state, count in outbox},  # noqa: C416
        oldest_answer=max(now - approved, NO_TIME) if approved else NO_TIME,
        tickets=dict.fromkeys((OPEN, WAITING, CLOSED), 0) | {state: count for state, count in tickets},  # noqa: C416
        late=late,
        steps={
            name: Took(
                {limit: mails for step, limit, mails, _ in steps if step == name},
                sum(seconds for step, _, _, seconds in steps if step == name),
            )
            for name in {step for step, *_ in steps}
        },
    )
