"""Approved answers on their way."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from triage.database.tables.mail import RawMail
    from triage.database.tables.ticket import MessageRow


class OutboxEntry(Base):
    """An approved answer on its way. Its Message-ID is made once, so that a server which took it twice delivers one mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "state", "not_before"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)  # number of the message
    answers_id: Mapped[int] = mapped_column(ForeignKey("raw_mail.id"))  # the mail it answers
    subject: Mapped[str] = mapped_column(String(600))  # with the token of its conversation
    state: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, sent, failed
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)  # until then it can be taken back; later the next attempt
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a sender has it until then
    problem: Mapped[str] = mapped_column(String(500), default="")  # what the server said last

    message: Mapped[MessageRow] = relationship(back_populates="outbox")
    answers: Mapped[RawMail] = relationship()
