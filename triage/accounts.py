"""Users and their sessions. Passwords are kept as Argon2id hashes (RFC 9106), session tokens as SHA-256 digests."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import timedelta

from pwdlib import PasswordHash
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.errors import TriageError
from triage.store import SignIn, User

ROLES = ("agent", "senior", "admin")
MIN_PASSWORD = 10
SESSION_HOURS = 12
_HASHER = PasswordHash.recommended()
_NOBODY = _HASHER.hash("nobody")  # checked for unknown names, so that they take as long as known ones


class AccountError(TriageError):
    """An account can't be made or used as asked."""


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in."""

    id: int
    name: str
    role: str  # one of ROLES


def add_user(session: Session, name: str, password: str, role: str) -> Person:
    """Make an account. Raises AccountError when the name is taken, or name, role or password won't do."""
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise AccountError("Give a user name of 1 to 80 characters.")
    if role not in ROLES:
        raise AccountError(f"Role {role!r} does not exist; use one of: {', '.join(ROLES)}.")
    if len(password) < MIN_PASSWORD:
        raise AccountError(f"Use a password of at least {MIN_PASSWORD} characters.")
    if session.scalar(select(User).where(User.name == name)):
        raise AccountError(f"There is a user {name!r} already.")
    user = User(name=name, password_hash=_HASHER.hash(password), role=role)
    session.add(user)
    session.flush()
    return Person(user.id, user.name, user.role)


def sign_in(session: Session, name: str, password: str) -> str | None:
    """Check a name and password; returns a fresh session token, or None when they don't match."""
    user = session.scalar(select(User).where(User.name == " ".join(name.split())))
    if not _HASHER.verify(password, user.password_hash if user else _NOBODY) or user is None:
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


def sign_out(session: Session, token: str | None) -> None:
    """End a session."""
    if token:
        session.execute(delete(SignIn).where(SignIn.token_sha256 == _digest(token)))


def people(session: Session) -> list[Person]:
    """All users by name."""
    return [Person(user.id, user.name, user.role) for user in session.scalars(select(User).order_by(User.name))]


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
