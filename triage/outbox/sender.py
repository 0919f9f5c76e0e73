"""The path out: hands approved answers to the mail server when they may go, and tells what became of them.

An answer leaves the transaction in which it was approved before any server is asked. Its Message-ID is the same at every attempt: a
server that took it though the connection was lost delivers one mail, not two.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kb.database_errors import where_it_failed
from kb.settings import organisation
from kb.store import utc_now
from triage.database.states import OPEN
from triage.database.tables import Event, MessageRow, OutboxEntry
from triage.errors import OutboxError, RefusedMailError
from triage.logs import about
from triage.mail import Address, parse_message
from triage.outbox.smtp import compose, send

WAITING, SENT, FAILED = "waiting", "sent", "failed"  # states of an entry
CLAIM = timedelta(minutes=45)  # longer than a server may take for all that is asked of it (triage.outbox.smtp.END_OF_DATA)
PAUSES = tuple(
    timedelta(minutes=one) for one in (1, 2, 5, 10, 30, 60, 120)
)  # before the next attempt; the last one again and again
GIVE_UP = timedelta(days=2)  # after approval: the answer is of no more use
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of the answers that were due."""

    sent: int = 0
    # To be tried again.
    put_off: int = 0
    # Their tickets are open and say why.
    failed: int = 0


def send_due(engine: Engine, smtp_url: str, help_address: str, clock: Callable[[], datetime] = utc_now) -> Tried:
    """Hand over every answer that may go now; two senders may run at once."""
    now = clock()
    free = or_(OutboxEntry.claimed_until.is_(None), OutboxEntry.claimed_until <= now)
    with Session(engine) as session:
        due = session.scalars(
            select(OutboxEntry.message_id)
            .where(OutboxEntry.state == WAITING, OutboxEntry.not_before <= now, free)
            .order_by(OutboxEntry.not_before)
        ).all()
    outcomes = [outcome for number in due if (outcome := _send_one(engine, number, smtp_url, help_address, clock()))]
    return Tried(outcomes.count(SENT), outcomes.count(WAITING), outcomes.count(FAILED))


def _send_one(engine: Engine, number: int, smtp_url: str, help_address: str, now: datetime) -> str | None:
    """Hand one answer over; its state after that, None when another sender has it or it was taken back."""
    with Session(engine) as session, session.begin():
        free = or_(OutboxEntry.claimed_until.is_(None), OutboxEntry.claimed_until <= now)
        done = session.execute(
            update(OutboxEntry)
            .where(OutboxEntry.message_id == number, OutboxEntry.state == WAITING, OutboxEntry.not_before <= now, free)
            .values(claimed_until=now + CLAIM, attempts=OutboxEntry.attempts + 1)
        )
        if cast("CursorResult[Any]", done).rowcount != 1:
            return None
        entry = session.get_one(OutboxEntry, number)
        numbers = {"mail": entry.answers_id, "ticket": entry.message.ticket_id, "answer": number}
    with about(**numbers):
        return _hand_over(engine, number, smtp_url, help_address, now)


def _hand_over(engine: Engine, number: int, smtp_url: str, help_address: str, now: datetime) -> str:
    """Give a claimed answer to the mail server; its state after that."""
    try:
        with Session(engine) as session:
            mail = _compose(session.get_one(OutboxEntry, number), help_address)
        send(smtp_url, mail)
    except OutboxError as error:
        return _put_off(engine, number, error, now)
    except DBAPIError:
        raise
    except Exception as error:  # noqa: BLE001 - one answer stops no other: its ticket opens and a person looks
        _log.error("answer %d could not be made: %s", number, where_it_failed(error))
        return _put_off(engine, number, RefusedMailError(f"Dit antwoord kon niet worden gemaakt ({type(error).__name__})."), now)
    with Session(engine) as session, session.begin():
        entry = session.get_one(OutboxEntry, number)
        entry.state, entry.claimed_until, entry.problem = SENT, None, ""
        entry.message.ticket.audit("wegwijzer", "antwoord aangenomen door de mailserver")
    _log.info("answer %d was taken by the mail server", number)
    return SENT


def _compose(entry: OutboxEntry, help_address: str) -> EmailMessage:
    message = entry.message
    sender = Address(f"{message.author} ({organisation().name})", help_address)
    return compose(parse_message(entry.answers.raw), sender, entry.subject, message.text or "", message.message_id)


def _put_off(engine: Engine, number: int, error: OutboxError, now: datetime) -> str:
    """What a server did not take is tried again later; what it never will take opens its ticket, which says why."""
    with Session(engine) as session, session.begin():
        entry = session.get_one(OutboxEntry, number)
        entry.claimed_until, entry.problem = None, str(error)[:500]
        if not isinstance(error, RefusedMailError) and now - entry.approved_at < GIVE_UP:
            entry.not_before = now + PAUSES[min(entry.attempts, len(PAUSES)) - 1]
            _log.warning("answer %d was not taken (attempt %d) and is tried again", number, entry.attempts)
            return WAITING
        _log.error("answer %d is not tried again (%s): its ticket is open and says why", number, type(error).__name__)
        entry.state = FAILED
        _open_again(entry.message, str(error))
        return FAILED


def _open_again(message: MessageRow, problem: str) -> None:
    message.ticket.status = OPEN
    message.warning = problem[:300]
    message.ticket.events.append(Event(actor="wegwijzer", action="antwoord niet verstuurd", detail={"reden": problem[:300]}))
