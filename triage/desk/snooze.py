"""Letting a ticket wait until a moment: it leaves the inbox, and that moment or a reply opens it again."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, select, update
from sqlalchemy.orm import Session

from kb.settings import organisation
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Event, Ticket
from triage.desk.one_ticket import changing, must_be_as_seen
from triage.errors import DeskError
from triage.intake.follow_up import BOT
from triage.logs import about

MORNING = time(9)  # when people are at work again
_log = logging.getLogger(__name__)
LONGEST = timedelta(days=366)  # a year that is mistyped hides no ticket for good


def morning_of(day: date) -> datetime:
    """The beginning of work on a day, by the help desk's clock."""
    return datetime.combine(day, MORNING, organisation().zone)


def tomorrow(now: datetime) -> datetime:
    """The next morning, seen from a moment (with time zone)."""
    return morning_of(organisation().local(now).date() + timedelta(days=1))


def next_week(now: datetime) -> datetime:
    """The next Monday's morning, seen from a moment (with time zone)."""
    today = organisation().local(now).date()
    return morning_of(today + timedelta(days=7 - today.weekday()))


class SnoozeDesk:
    """Lets tickets wait until a moment, for one database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def wait_until(self, number: int, until: datetime, by: Person, seen: str | None = None) -> None:
        """Let a ticket that is open or waits already wait until a moment (with time zone).

        `seen` is `TicketView.seen` as the person had it before them: when the ticket changed since, nothing is done
        (TicketChangedError). Raises DeskError for a closed ticket and for a moment that has passed or is more than a year away.
        """
        if not timedelta() < until - self._clock() <= LONGEST:
            raise DeskError("Kies een moment in de toekomst, hoogstens een jaar vooruit.")
        with changing(self._engine, number) as (_, ticket):
            must_be_as_seen(ticket, seen)
            if ticket.status == CLOSED:
                raise DeskError("Deze vraag is al gesloten; heropen hem eerst.")
            ticket.status = WAITING
            ticket.waiting_until = until
            ticket.audit(by.name, "laten wachten", tot=organisation().local(until).strftime("%d-%m-%Y %H:%M"))


def wake_due(engine: Engine, clock: Callable[[], datetime] = utc_now) -> list[int]:
    """Open every ticket whose moment has come; returns the numbers of those that were opened here. Two servers may do so at once."""
    now = clock()
    come = (Ticket.status == WAITING, Ticket.waiting_until <= now)
    with Session(engine) as session:
        due = session.scalars(select(Ticket.id).where(*come).order_by(Ticket.waiting_until)).all()
    return [number for number in due if _wake(engine, number, now)]


def _wake(engine: Engine, number: int, now: datetime) -> bool:
    """Whether this process opened a ticket; not when a reply, a colleague or another server was first."""
    with Session(engine) as session, session.begin():
        done = session.execute(
            update(Ticket)
            .where(Ticket.id == number, Ticket.status == WAITING, Ticket.waiting_until <= now)
            .values(status=OPEN, waiting_until=None)
        )
        if cast("CursorResult[Any]", done).rowcount != 1:
            return False
        session.add(Event(ticket_id=number, actor=BOT, action="wachttijd voorbij"))
    with about(ticket=number):
        _log.info("ticket %d is open again: its moment came", number)
    return True
