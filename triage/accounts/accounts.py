"""Users and their sessions. Passwords are kept as Argon2id hashes (RFC 9106), session tokens as SHA-256 digests."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from pwdlib import PasswordHash
from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.account_names import LONGEST_KEY, name_key
from triage.database.tables import SignIn, User
from triage.errors import TriageError

ROLES = ("agent", "senior", "admin")
MIN_PASSWORD, MAX_PASSWORD = 10, 200
DEMO_USER, DEMO_PASSWORD = "demo", "wegwijzer-demo"  # stand in the README: the door takes them on this machine only
SESSION_HOURS = 12
_HASHER = PasswordHash.recommended()


@cache
def _nobody() -> str:
    """A hash that is checked for unknown names, so that they take as long as known ones."""
    return _HASHER.hash("nobody")


class AccountError(TriageError):
    """An account can't be made or used as asked."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    id: int
    name: str
    role: str  # one of ROLES


def add_user(session: Session, name: str, password: str, role: str) -> Person:
    """Make an account. Raises AccountError when the name or one that looks like it is taken, or name, role or password won't do.

    One person must not be two: what was waived takes the consent of two.
    """
    name = _tidy(name)
    if not name or len(name) > 80:
        raise AccountError("Give a user name of 1 to 80 characters.")
    key = _new_key(session, name)
    if role not in ROLES:
        raise AccountError(f"Role {role!r} does not exist; use one of: {', '.join(ROLES)}.")
    if len(password) < MIN_PASSWORD:
        raise AccountError(f"Use a password of at least {MIN_PASSWORD} characters.")
    if len(password) > MAX_PASSWORD:
        raise AccountError(f"Use a password of at most {MAX_PASSWORD} characters.")
    user = User(name=name, key=key, password_hash=_HASHER.hash(password), role=role)
    session.add(user)
    session.flush()
    return Person(user.id, user.name, user.role)


def _new_key(session: Session, name: str) -> str:
    key = name_key(name)
    for user in session.scalars(select(User)):
        if name_key(user.name) == key or _folded(user.name) == _folded(name):
            alike = "" if user.name == name else f"; people can't tell {name!r} from it"
            raise AccountError(f"There is a user {user.name!r} already{alike}.")
    if not key or not name.isprintable() or len(key) > LONGEST_KEY:
        raise AccountError(f"Use letters and digits that can be seen in a user name, not {name!r}.")
    return key


def alike(session: Session) -> list[tuple[str, ...]]:
    """Names of accounts that people can't tell apart, from before such names were refused."""
    names = defaultdict(list)
    for user in session.scalars(select(User).order_by(User.id)):
        names[name_key(user.name)].append(user.name)
    return [tuple(together) for together in names.values() if len(together) > 1]


def find_user(session: Session, name: str) -> User | None:
    """The account with exactly this name, whatever its capitals; a name that only looks like it is another one."""
    wanted = _tidy(name)
    found = [user for user in session.scalars(select(User)) if _folded(user.name) == _folded(wanted)]
    if len(found) > 1:  # names of before capitals counted for nothing
        found = [user for user in found if user.name == wanted]
    return found[0] if found else None


def _tidy(name: str) -> str:
    return unicodedata.normalize("NFC", " ".join(name.split()))


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold()


def sign_in(session: Session, name: str, password: str) -> str | None:
    """Check a name and password; returns a fresh session token, or None when they don't match.

    Whoever asks for somebody outside goes through `triage.accounts.sign_in_tries`, which makes guessing slow.
    """
    if len(password) > MAX_PASSWORD:
        return None
    user = find_user(session, name)
    if not _HASHER.verify(password, user.password_hash if user else _nobody()) or user is None:
        return None
    session.execute(delete(SignIn).where(SignIn.expires_at < utc_now()))
    token = secrets.token_urlsafe(32)
    expires = utc_now() + timedelta(hours=SESSION_HOURS)
    session.add(SignIn(token_sha256=_digest(token), user_id=user.id, expires_at=expires))
    return token


def who_is(session: Session, token: str | None) -> Person | None:
    """Whose session a token is; None when it is unknown or over."""
    row = session.get(SignIn, _digest(token)) if token else None
    if row is None or row.expires_at < utc_now():
        return None
    return Person(row.user.id, row.user.name, row.user.role)


def signed_in(engine: Engine, token: str | None) -> Person | None:
    """Whose session a token is, for who has no transaction open."""
    with Session(engine) as session:
        return who_is(session, token)


def sign_out(session: Session, token: str | None) -> None:
    """End a session."""
    if token:
        session.execute(delete(SignIn).where(SignIn.token_sha256 == _digest(token)))


def people(session: Session) -> list[Person]:
    """All users by name."""
    return [Person(user.id, user.name, user.role) for user in session.scalars(select(User).order_by(User.name))]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
