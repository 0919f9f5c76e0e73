"""Editions of the school register."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kb.store import Base, UtcDateTime, utc_now


class RegisterEdition(Base):
    """One import of the school register."""

    __tablename__ = "register_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(200))  # file name
    sha256: Mapped[str] = mapped_column(String(64))  # of the schools file
    fictional: Mapped[bool] = mapped_column(default=False)  # the demo register
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    edition_date: Mapped[date | None] = mapped_column(Date)


class SchoolRow(Base):
    """A school location in an edition of the register."""

    __tablename__ = "register_school"
    __table_args__ = (UniqueConstraint("edition_id", "brin", "location"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("register_edition.id", ondelete="CASCADE"), index=True)
    brin: Mapped[str] = mapped_column(String(4), index=True)
    location: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(200))
    board_number: Mapped[str] = mapped_column(String(5), index=True)
    place: Mapped[str] = mapped_column(String(100))
    website: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    holiday_region: Mapped[str] = mapped_column(String(20))


class BoardRow(Base):
    """A school board in an edition of the register."""

    __tablename__ = "register_board"
    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("register_edition.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(5), index=True)
    name: Mapped[str] = mapped_column(String(300))
    kvk: Mapped[str] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(String(40), default="")


class CountedSchool(Base):
    """A school of which DUO counted pupils: special and closed schools too, which no edition of the register holds."""

    __tablename__ = "counted_school"

    brin: Mapped[str] = mapped_column(String(4), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    board_number: Mapped[str] = mapped_column(String(20))
    last_year: Mapped[int]
    newest_year: Mapped[int]
