"""Where sources of mail were left off."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kb.store import Base, UtcDateTime, utc_now


class SourcePlace(Base):
    """How far a source of mail, or a file in it, was read; written with the bytes that it covers."""

    __tablename__ = "source_place"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # SHA-256 of source and part, which may be long
    source_key: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of the source alone
    source: Mapped[str] = mapped_column(Text)  # the full path of a file or folder; imaps://user@host:port/folder
    part: Mapped[str] = mapped_column(Text)  # file in a folder; "" for the source itself
    identity: Mapped[int] = mapped_column(
        BigInteger
    )  # inode number, UIDVALIDITY: another one means that something else is there now
    reached: Mapped[int] = mapped_column(BigInteger)  # size in bytes, highest UID
    changed: Mapped[int] = mapped_column(BigInteger)  # when the file was changed, in nanoseconds; 0 for a mailbox
    mails: Mapped[int]  # how many were read of this part
    read_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, onupdate=utc_now)
