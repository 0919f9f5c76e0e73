"""People who may sign in, their sessions and the tries at the door."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now
from triage.database.account_names import LONGEST_KEY, name_key


class User(Base):
    """Somebody who may sign in."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    key: Mapped[str] = mapped_column(  # what the name looks like; after a "#" that no key holds: its number, in an old pair alike
        String(LONGEST_KEY), unique=True, index=True, default=lambda context: name_key(context.get_current_parameters()["name"])
    )
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))  # agent, senior, admin
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SignIn(Base):
    """A session of a signed-in user; only a digest of its token is kept."""

    __tablename__ = "sign_in"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class SignInTry(Base):
    """Somebody gave a name and a password at the door. The name itself is not kept: people type their password there too."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_account", "account", "address", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
        Index("ix_sign_in_try_network", "network", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    account: Mapped[str] = mapped_column(String(32))  # digest of the key of the name that was given
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)  # None: nobody's
    address: Mapped[str] = mapped_column(String(32))  # digest of where it came from
    network: Mapped[str] = mapped_column(String(45))  # the same, cut off: 203.0.113.0/24
    outcome: Mapped[str] = mapped_column(String(8))  # waits (for the check of the password), right, wrong
    refused: Mapped[int] = mapped_column(default=0)  # tries after it that came too soon, and were not looked at
