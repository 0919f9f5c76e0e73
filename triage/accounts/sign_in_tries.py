"""Guessing passwords is slow: every try is on record, and after wrong ones the next has to wait. Waiting is state, nobody sleeps.

Nobody can lock somebody else out: an address that gave no wrong password is looked at at once, however many others guess at the
same account. What others do only makes an address that was wrong itself wait sooner:

- the same account from the same address: after three wrong tries 2 seconds, then twice as long each time, up to five minutes;
  after the first wrong one when others guess at that account or from that network too;
- any account from one address: after ten wrong tries, growing slowly up to a minute; not for an account that was opened from there
  before and is not guessed at from there: colleagues share an address.

The state is in the database, so several server processes count together. A try is written down before its password is looked at:
many at once don't slip through.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, delete, func, select, update
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import AccountError, find_user, sign_in
from triage.database.account_names import name_key
from triage.database.tables import SignInTry

WAITS, RIGHT, WRONG = "waits", "right", "wrong"
KEEP = timedelta(days=30)  # that a try stays on record
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
FREE, FREE_UNDER_ATTACK = 3, 1  # wrong tries of one address at one account before it waits
ATTACK_ON_ACCOUNT, ATTACK_FROM_NETWORK = 20, 50  # wrong tries of others in an hour
FREE_OF_ADDRESS = 10  # wrong tries of one address in an hour, at whatever account
LONGEST, LONGEST_OF_ADDRESS = timedelta(minutes=5), timedelta(minutes=1)


class TooSoonError(AccountError):
    """A try came before its time; `seconds` says how long to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Wait {seconds} seconds before the next try to sign in.")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Caller:
    """Who tries, from where, as it is kept."""

    account: str  # digest of the key of the name: alike for names that look alike, known to us or not
    address: str  # digest of the address; of IPv6 the /56 that one customer has
    network: str  # the address cut off, as in "203.0.113.0/24"


def caller_of(name: str, host: str) -> Caller:
    """The caller with this name at this address; what is no address is kept as its own network."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return Caller(_digest(name_key(name)), _digest(host), host[:45])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is None:
            own, network = (ipaddress.ip_network((int(address), bits), strict=False) for bits in (56, 40))
            return Caller(_digest(name_key(name)), _digest(str(own)), str(network))
        address = address.ipv4_mapped
    return Caller(_digest(name_key(name)), _digest(str(address)), str(ipaddress.ip_network(f"{address}/24", strict=False)))


def try_to_sign_in(engine: Engine, name: str, password: str, host: str, now: Callable[[], datetime] = utc_now) -> str | None:
    """Check a name and password given at an address; returns a session token, or None when they don't match.

    Raises TooSoonError, without a look at the password, when this caller has to wait.
    """
    caller = caller_of(name, host)
    number = _write_down(engine, caller, name, now())
    with Session(engine) as session, session.begin():
        token = sign_in(session, name, password)
    with Session(engine) as session, session.begin():
        session.execute(update(SignInTry).where(SignInTry.id == number).values(outcome=RIGHT if token else WRONG))
    return token


def _write_down(engine: Engine, caller: Caller, name: str, now: datetime) -> int:
    """Put a try on record, and return its number. Looked at twice: before, so that who hammers costs one small update, and after."""
    with Session(engine) as session, session.begin():
        wait = _wait(session, caller, now, own=None)
        if wait:
            _refuse(session, caller)
    if wait:
        raise TooSoonError(wait)
    with Session(engine) as session, session.begin():
        session.execute(delete(SignInTry).where(SignInTry.at < now - KEEP))
        user = find_user(session, name)
        row = SignInTry(
            at=now, account=caller.account, user_id=user.id if user else None,
            address=caller.address, network=caller.network, outcome=WAITS,
        )  # fmt: skip
        session.add(row)
        session.flush()
        number = row.id
    with Session(engine) as session, session.begin():
        wait = _wait(session, caller, now, own=number)  # tries of other processes that were written down meanwhile
        if wait:
            session.execute(delete(SignInTry).where(SignInTry.id == number))
            _refuse(session, caller)
    if wait:
        raise TooSoonError(wait)
    return number


def _refuse(session: Session, caller: Caller) -> None:
    latest = select(func.max(SignInTry.id)).where(SignInTry.address == caller.address).scalar_subquery()
    session.execute(update(SignInTry).where(SignInTry.id == latest).values(refused=SignInTry.refused + 1))


def _wait(session: Session, caller: Caller, now: datetime, own: int | None) -> int:
    """Whole seconds that this caller has to wait; 0 when the try is looked at. `own` is the row of the try itself."""
    here = SignInTry.address == caller.address
    pair = [row for row in _tries(session, here, SignInTry.account == caller.account, SignInTry.at > now - DAY) if row.id != own]
    wrong = _since_right(pair)
    until = now
    if wrong:
        free = FREE_UNDER_ATTACK if _attacked(session, caller, now) else FREE
        until = max(until, wrong[-1].at + _growing(len(wrong) - free + 1, LONGEST, doubling=1))
    known_here = any(row.outcome == RIGHT for row in pair) or _opened_before(session, caller)
    if wrong or not known_here:
        count, latest = _wrong_of_address(session, here, now, own)
        if latest is not None:
            until = max(until, latest + _growing(count - FREE_OF_ADDRESS + 1, LONGEST_OF_ADDRESS, doubling=2))
    return max(0, math.ceil((until - now).total_seconds()))


def _growing(steps: int, longest: timedelta, doubling: int) -> timedelta:
    """2 seconds at the first step, twice as long each `doubling` steps; nothing before."""
    if steps < 1:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(16.0, 1 + (steps - 1) / doubling)))


def _tries(session: Session, *where: ColumnElement[bool]) -> list[SignInTry]:
    return list(session.scalars(select(SignInTry).where(*where).order_by(SignInTry.at, SignInTry.id)))


def _since_right(tries: list[SignInTry]) -> list[SignInTry]:
    """The wrong tries after the last right one; one whose password was never looked at counts as wrong."""
    right = max((place for place, row in enumerate(tries) if row.outcome == RIGHT), default=-1)
    return tries[right + 1 :]


def _attacked(session: Session, caller: Caller, now: datetime) -> bool:
    """Whether others were wrong often in the last hour: at this account, or from this network."""
    others = (SignInTry.address != caller.address, SignInTry.outcome != RIGHT, SignInTry.at > now - HOUR)
    count = select(func.count()).select_from(SignInTry)
    at_account = session.scalar(count.where(SignInTry.account == caller.account, *others)) or 0
    from_network = session.scalar(count.where(SignInTry.network == caller.network, *others)) or 0
    return at_account >= ATTACK_ON_ACCOUNT or from_network >= ATTACK_FROM_NETWORK


def _opened_before(session: Session, caller: Caller) -> bool:
    found = select(SignInTry.id).where(
        SignInTry.account == caller.account, SignInTry.address == caller.address, SignInTry.outcome == RIGHT
    )
    return session.scalar(found.limit(1)) is not None


def _wrong_of_address(session: Session, here: ColumnElement[bool], now: datetime, own: int | None) -> tuple[int, datetime | None]:
    tries = [row for row in _tries(session, here, SignInTry.at > now - HOUR, SignInTry.outcome != RIGHT) if row.id != own]
    return len(tries), tries[-1].at if tries else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
