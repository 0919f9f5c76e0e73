"""Failures that many mails are about."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from triage.database.tables.ticket import Ticket


class Incident(Base):
    """A failure that many mails are about."""

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(primary_key=True)
    intent: Mapped[str] = mapped_column(String(60))  # what its mails are about
    words: Mapped[list[str]] = mapped_column(JSON)  # what these mails have in common and others have not
    reason: Mapped[str] = mapped_column(String(500))  # Dutch: why it was opened
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    notice: Mapped[int | None]  # number of the message on the public pages

    tickets: Mapped[list[Ticket]] = relationship(back_populates="incident", order_by="Ticket.id")
