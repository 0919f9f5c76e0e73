"""Who triages which waiting mail: each is claimed by one process, and what a process that died had claimed is free again."""

from __future__ import annotations

import os
import socket
from datetime import timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, or_, select, update
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.tables import RawMail

CLAIM = timedelta(minutes=10)  # longer than any mail may take
MOST_ATTEMPTS = 3  # a mail whose triage ended its process this often is for a person
PAUSE = timedelta(seconds=10)  # before a mail is tried again after the database failed


def me() -> str:
    """This process, as others on the machine can tell whether it lives."""
    return f"{socket.gethostname()}:{os.getpid()}"[:120]


def waiting(session: Session, state: str) -> list[int]:
    """Numbers of the mails in a state that nobody works on and that need not wait longer, oldest first."""
    now = utc_now()
    rows = session.execute(
        select(RawMail.id, RawMail.claimed_by, RawMail.claimed_until).where(RawMail.state == state).order_by(RawMail.id)
    )
    return [number for number, by, until in rows if until is None or until <= now or _is_gone(by)]


def claim(engine: Engine, number: int, state: str) -> int | None:
    """Take a waiting mail; how often it was tried before, None when another process has it or it waits no longer."""
    with Session(engine) as session, session.begin():
        row = session.execute(
            select(RawMail.claimed_by, RawMail.claimed_until, RawMail.attempts).where(
                RawMail.id == number, RawMail.state == state
            )
        ).one_or_none()
        if row is None:
            return None
        by, until, attempts = row
        free = or_(RawMail.claimed_until.is_(None), RawMail.claimed_until <= utc_now())
        if until is not None and _is_gone(by):
            free = RawMail.claimed_by == by
        done = session.execute(
            update(RawMail)
            .where(RawMail.id == number, RawMail.state == state, RawMail.attempts == attempts, free)
            .values(claimed_by=me(), claimed_until=utc_now() + CLAIM, attempts=attempts + 1)
        )
        return attempts if cast("CursorResult[Any]", done).rowcount == 1 else None


def put_back(engine: Engine, number: int, attempts: int) -> None:
    """Let a mail wait a while after the database failed, which counts as no attempt."""
    with Session(engine) as session, session.begin():
        session.execute(
            update(RawMail).where(RawMail.id == number).values(claimed_by="", claimed_until=utc_now() + PAUSE, attempts=attempts)
        )


def _is_gone(by: str) -> bool:
    """Whether a process of this machine ended; of another machine nobody can tell, and its claim runs out."""
    host, _, number = by.rpartition(":")
    if os.name == "nt" or host != socket.gethostname() or not number.isdigit():
        return False  # on Windows asking like this would interrupt the process
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
