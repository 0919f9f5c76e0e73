"""Mails as they came in, and which mails they answer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from triage.database.tables.ticket import MessageRow

MESSAGE_ID = 300  # characters of a Message-ID that are kept; a longer one is known by its beginning


class RawMail(Base):
    """The bytes of a mail as they came in; written before anything reads them, never changed."""

    __tablename__ = "raw_mail"
    __table_args__ = (Index("ix_raw_mail_state", "state", "source"),)  # by state; and counted by both without reading any mail

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)  # of the bytes
    fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)  # triage.intake.same_mail, when it has a Message-ID
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(String(200))  # kind of source it came from
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    state: Mapped[str] = mapped_column(String(20), default="bewaard")  # bewaard, ontvangen, verwerkt, apart, kopie
    problem: Mapped[str] = mapped_column(String(500), default="")  # why it was set apart
    copy_of_id: Mapped[int | None]  # number of the mail it is a copy of
    attempts: Mapped[int] = mapped_column(default=0)  # how often somebody began to triage it
    claimed_by: Mapped[str] = mapped_column(String(120), default="")  # the process that triages it now: host and number
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # until when nobody else does, or tries again

    message: Mapped[MessageRow | None] = relationship(back_populates="mail")


class NamedMail(Base):
    """A Message-ID that a mail names in In-Reply-To or References: which mails it answers."""

    __tablename__ = "named_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)  # of the mail that names it
    named: Mapped[str] = mapped_column(String(MESSAGE_ID), index=True)
