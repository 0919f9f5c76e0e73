"""How far each source of mail was read, across restarts."""

from __future__ import annotations

import hashlib

from sqlalchemy import Engine, delete, select
from sqlalchemy.orm import Session

from triage.database.tables import SourcePlace
from triage.sources.source import Bookmark, Bookmarks, Gone


def known_bookmarks(engine: Engine, source: str) -> Bookmarks:
    """How far a source was read, by its parts."""
    with Session(engine) as session:
        rows = session.scalars(select(SourcePlace).where(SourcePlace.source_key == _digest(source)))
        return {row.part: Bookmark(source, row.part, row.identity, row.reached, row.changed, row.mails) for row in rows}


def remember(session: Session, bookmark: Bookmark | None) -> None:
    """Keep a bookmark in this transaction, in the place of an earlier one for the same part."""
    if bookmark is None:
        return
    row = SourcePlace(
        key=_key(bookmark.source, bookmark.part),
        source_key=_digest(bookmark.source),
        source=bookmark.source,
        part=bookmark.part,
        identity=bookmark.identity,
        reached=bookmark.reached,
        changed=bookmark.changed,
        mails=bookmark.mails,
    )
    session.merge(row)


def forget(engine: Engine, gone: Gone) -> None:
    """Let go of the bookmarks of parts that a source no longer holds."""
    with Session(engine) as session, session.begin():
        for part in gone.parts:
            session.execute(delete(SourcePlace).where(SourcePlace.key == _key(gone.source, part)))


def _key(source: str, part: str) -> str:
    return _digest(f"{source}\0{part}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
