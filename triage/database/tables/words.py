"""What tickets are found by."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.store import Base, UtcDateTime


class TicketWords(Base):
    """The terms by which a ticket is found, written with the message they are of; the text index is over this table."""

    __tablename__ = "ticket_words"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    terms: Mapped[str] = mapped_column(Text)  # each once, in order, with a space between them (triage.tickets.words)
    brin: Mapped[str] = mapped_column(String(4))  # of the school it is about, "" when that is not known
    school: Mapped[str] = mapped_column(String(310))  # name and place of that school when it was looked up
    first_at: Mapped[datetime] = mapped_column(UtcDateTime)  # when its first mail was sent, as far as that can be true
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)  # when its last message came in, went out or was written
    analysis: Mapped[str] = mapped_column(String(12), index=True)  # how its terms were made; others are made anew by an upgrade
