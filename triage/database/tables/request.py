"""Checks of formal requests, and what people judged of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now

if TYPE_CHECKING:
    from triage.database.tables.account import User
    from triage.database.tables.ticket import MessageRow


class VerificationRow(Base):
    """One check of a formal request. It never changes; what people decide about it hangs on it."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)  # of the mail that was checked
    verdict: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # the Verification, as in the contract
    # What it said of the mail alone, for joining it with later ones: {} when that holds nothing of a request, None when it was not kept.
    own: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    request: Mapped[str] = mapped_column(String(60), default="")  # the intent it is of
    # What it was made on. An edition of None is not known: such a check must be done again before anything is granted.
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("register_edition.id"))
    model_version: Mapped[str] = mapped_column(String(80), default="")
    articles_version: Mapped[str] = mapped_column(String(80), default="")
    # What later requests are compared with; "" for what was not read.
    brin: Mapped[str] = mapped_column(String(4), index=True, default="")  # of a merger the first school that goes
    board_number: Mapped[str] = mapped_column(String(5), index=True, default="")
    administrator: Mapped[str] = mapped_column(String(320), index=True, default="")  # mail address, in lower case
    signer: Mapped[str] = mapped_column(String(300), default="")  # as the certificate says
    certificate: Mapped[str] = mapped_column(String(64), index=True, default="")  # SHA-256 of the certificate, hexadecimal
    signed_bytes: Mapped[str] = mapped_column(String(64), index=True, default="")  # SHA-256 of what was signed, hexadecimal
    reference: Mapped[str] = mapped_column(String(8), index=True, default="")  # of a form made on our own page

    message: Mapped[MessageRow] = relationship(back_populates="verifications")
    readings: Mapped[list[ReadingRow]] = relationship(order_by="ReadingRow.id")
    ticks: Mapped[list[Tick]] = relationship(order_by="Tick.id", cascade="all, delete-orphan")
    lifts: Mapped[list[Lift]] = relationship(order_by="Lift.id")
    choices: Mapped[list[ChoiceRow]] = relationship(order_by="ChoiceRow.id")
    authorities: Mapped[list[AuthorityRow]] = relationship(order_by="AuthorityRow.id")
    read_marks: Mapped[list[ReadMark]] = relationship(order_by="ReadMark.id")
    approvals: Mapped[list[Approval]] = relationship(order_by="Approval.id")
    ruling: Mapped[Ruling | None] = relationship()


class ReadingRow(Base):
    """What a person read on a form where the program could not, and with which a check was made."""

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)  # the check it started
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Tick(Base):
    """A point of the checklist that only a person can see, and that somebody looked up."""

    __tablename__ = "tick"
    __table_args__ = (UniqueConstraint("verification_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class AuthorityRow(Base):
    """Where a person looked up that somebody may sign for a board; of several for one check the last counts."""

    __tablename__ = "authority"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    board_number: Mapped[str] = mapped_column(String(5), index=True)
    holder: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of the certificate's issuer and subject; "" for ink
    signer: Mapped[str] = mapped_column(String(300))  # name of who signed
    place: Mapped[str] = mapped_column(Text)  # where it was looked up
    source_date: Mapped[date | None] = mapped_column(Date)  # of the extract or list
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ChoiceRow(Base):
    """Which of several values of a field counts, by a person's choice; of several for one field the last."""

    __tablename__ = "choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ReadMark(Base):
    """A person read a message of a request before judging that request."""

    __tablename__ = "read_mark"
    __table_args__ = (UniqueConstraint("verification_id", "message_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), index=True)  # what was read
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    message: Mapped[MessageRow] = relationship()


class Lift(Base):
    """A person's judgement that something no longer stands in the way of one verification. Rows are only ever added."""

    __tablename__ = "lift"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)  # of the obstacle, as in the verification
    note: Mapped[str] = mapped_column(Text)  # why it is no obstacle
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Approval(Base):
    """A person's consent to grant a request as it stood; when anything was lifted, two people must give it."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("verification_id", "by_id", "seen"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    seen: Mapped[str] = mapped_column(String(64))  # digest of all that stood there; the consent is to nothing else
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    by: Mapped[User] = relationship()


class Ruling(Base):
    """How a request ended."""

    __tablename__ = "ruling"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(20))  # toegekend, afgewezen
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
