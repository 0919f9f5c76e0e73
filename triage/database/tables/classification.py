"""What the classifier said of a mail, and what colleagues made of it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from triage.database.tables.ticket import MessageRow, Ticket


class Prediction(Base):
    """What the classifier said, with its reasons."""

    __tablename__ = "prediction"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # as in the contract: intent, confidence, alternatives, reasons …
    model_version: Mapped[str] = mapped_column(String(12))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))  # of a later message; None: of the first
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    ticket: Mapped[Ticket] = relationship(back_populates="predictions")
    message: Mapped[MessageRow | None] = relationship(back_populates="prediction")


class Correction(Base):
    """A colleague's decision about what a mail is about; of several for one ticket the last counts."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)  # as the classifier read the mail
    was: Mapped[str] = mapped_column(String(60))  # label before
    intent: Mapped[str] = mapped_column(String(60))  # label from now on
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    ticket: Mapped[Ticket] = relationship()
