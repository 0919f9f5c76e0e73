"""Important messages above the public pages, each with a beginning and an end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.errors import ExplainedError
from kb.store import Announcement


class AnnouncementError(ExplainedError):
    """A message can't be made; the text says why, in Dutch, for the editor."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A message as it is shown."""

    number: int
    text_nl: str
    text_en: str  # "" = the Dutch text is shown
    slug: str  # article with more about it, or ""
    starts_at: datetime
    ends_at: datetime


def announce(engine: Engine, text_nl: str, text_en: str, slug: str, starts_at: datetime, ends_at: datetime, by: str) -> int:
    """Make a message; returns its number. Raises AnnouncementError when it has no text or ends before it begins."""
    if not text_nl.strip():
        raise AnnouncementError("Schrijf eerst het bericht.")
    if len(text_nl) > 400 or len(text_en) > 400:
        raise AnnouncementError("Het bericht is te lang: hooguit 400 tekens. Zet de rest in een artikel en verwijs daarnaar.")
    if ends_at <= starts_at:
        raise AnnouncementError("Het einde ligt niet na het begin. Kies een later einde.")
    with Session(engine) as session, session.begin():
        row = Announcement(
            text_nl=text_nl.strip(), text_en=text_en.strip(), slug=slug, starts_at=starts_at, ends_at=ends_at, made_by=by
        )
        session.add(row)
        session.flush()
        return row.id


def notices(engine: Engine, now: datetime) -> list[Notice]:
    """The messages of this moment, newest first."""
    return _read(engine, Announcement.starts_at <= now, Announcement.ends_at > now)


def all_notices(engine: Engine, now: datetime) -> list[Notice]:
    """The messages of this moment and those to come."""
    return _read(engine, Announcement.ends_at > now)


def end_notice(engine: Engine, number: int, now: datetime) -> None:
    """Let a message end now. Raises AnnouncementError when there is none."""
    with Session(engine) as session, session.begin():
        row = session.get(Announcement, number)
        if row is None:
            raise AnnouncementError(f"Bericht {number} bestaat niet.")
        row.ends_at = now


def _read(engine: Engine, *conditions: object) -> list[Notice]:
    with Session(engine) as session:
        rows = session.scalars(select(Announcement).where(*conditions).order_by(Announcement.id.desc()))  # type: ignore[arg-type]
        return [Notice(row.id, row.text_nl, row.text_en, row.slug, row.starts_at, row.ends_at) for row in rows]
