"""Everything an editor does with articles: write, publish, plan, archive, look back, restore. Each act is kept with its name.

Schools see the published revision; a draft beside it changes nothing for them until it is published.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.article import Article, ArticleError, format_article, parse_article, read_sources, write_sources
from kb.store import (
    ARCHIVED,
    DRAFT,
    PUBLISHED,
    ArticleEvent,
    ArticleRow,
    Manuscript,
    Revision,
    put_source,
    save_revision,
    show,
    source_of,
    utc_now,
)

PLANNER = "planning"  # who publishes a planned article


class EditorError(ArticleError):
    """An act on an article can't be done; the message says why, in Dutch, for the editor."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in the editor's list."""

    slug: str
    title: str
    category: str
    state: str  # concept, gepubliceerd, gearchiveerd
    changed: bool  # there is a newer text than schools see
    publish_at: datetime | None  # when the planned text will be published
    review_by: date | None  # when a person should look at it again
    saved_by: str  # who saved the newest text
    saved_at: datetime  # when


@dataclass(frozen=True, slots=True)
class Version:
    """One saved text of an article."""

    number: int
    saved_by: str
    saved_at: datetime
    shown: bool  # schools see this one


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened to an article."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class OpenedArticle:
    """An article opened for editing."""

    article: Article  # the opened text, read
    source: str  # the opened text, to the letter
    number: int  # its revision; give it back when saving
    entry: Entry
    latest: int  # number of the newest revision
    notes: str  # for agents; schools never see them
    versions: tuple[Version, ...]  # newest first
    acts: tuple[Act, ...]  # newest first


class Editor:
    """The editor's desk over a database."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._clock = clock

    def entries(self) -> list[Entry]:
        """All articles, whatever their state, by slug."""
        with Session(self._engine) as session:
            rows = session.execute(
                select(Manuscript, Revision)
                .join(Revision, (Revision.slug == Manuscript.slug) & (Revision.number == Manuscript.latest))
                .order_by(Manuscript.slug)
            )
            return [_entry(manuscript, revision, parse_article(revision.source)) for manuscript, revision in rows]

    def open(self, slug: str, number: int | None = None) -> OpenedArticle:
        """Open the newest text of an article, or the revision an editor began with. Raises EditorError when there is none."""
        with Session(self._engine) as session:
            manuscript = _find(session, slug)
            revisions = session.scalars(select(Revision).where(Revision.slug == slug).order_by(Revision.number.desc())).all()
            events = session.scalars(select(ArticleEvent).where(ArticleEvent.slug == slug).order_by(ArticleEvent.id.desc())).all()
            newest = revisions[0]
            opened = newest if number is None else next((one for one in revisions if one.number == number), None)
            if opened is None:
                raise EditorError(f"Versie {number} bestaat niet.")
            return OpenedArticle(
                parse_article(opened.source),
                opened.source,
                opened.number,
                _entry(manuscript, newest, parse_article(newest.source)),
                manuscript.latest,
                manuscript.notes,
                tuple(Version(r.number, r.saved_by, r.saved_at, r.number == manuscript.published) for r in revisions),
                tuple(Act(event.at, event.by, event.what) for event in events),
            )

    def create(self, article: Article, by: str) -> None:
        """Start a new article as a draft. Raises EditorError when the slug is taken."""
        with Session(self._engine) as session, session.begin():
            if session.get(Manuscript, article.slug) is not None:
                raise EditorError(f"Er is al een artikel met de naam ‘{article.slug}’. Kies een andere naam of open dat artikel.")
            save_revision(session, article.slug, format_article(article), by)
            _note(session, article.slug, by, "gemaakt")

    def save(self, source: str, based_on: int, by: str) -> int:
        """Keep a new text; `based_on` is the revision the editor started from. Returns the number of the newest revision.

        Raises ArticleError when the text can't be read, EditorError when somebody else saved in the meantime.
        """
        article = parse_article(source)
        with Session(self._engine) as session, session.begin():
            manuscript = _find(session, article.slug)
            if manuscript.latest != based_on:
                raise EditorError(
                    f"Iemand anders heeft intussen versie {manuscript.latest} bewaard. Kopieer uw tekst, open het artikel opnieuw "
                    "en vergelijk."
                )
            if source_of(session, article.slug, based_on) == source:
                return based_on
            save_revision(session, article.slug, source, by)
            _note(session, article.slug, by, f"bewaard (versie {manuscript.latest})")
            return manuscript.latest

    def publish(self, slug: str, by: str, at: datetime | None = None) -> None:
        """Let schools see the newest text, now or at a later moment. Raises EditorError when it can't be published."""
        with Session(self._engine) as session, session.begin():
            manuscript = _find(session, slug)
            article = parse_article(source_of(session, slug, manuscript.latest) or "")
            if not article.body.strip():
                raise EditorError("Het artikel heeft nog geen tekst. Schrijf eerst het antwoord.")
            if at is None or at <= self._clock():
                show(session, article, manuscript, manuscript.latest, by)
                return
            manuscript.planned, manuscript.publish_at = manuscript.latest, at
            _note(session, slug, by, f"publicatie gepland (versie {manuscript.latest}) op {at:%d-%m-%Y %H:%M} UTC")

    def archive(self, slug: str, by: str) -> None:
        """Take an article off the public pages; its texts stay."""
        with Session(self._engine) as session, session.begin():
            manuscript = _find(session, slug)
            manuscript.state = ARCHIVED
            manuscript.published = manuscript.planned = manuscript.publish_at = None
            if (row := session.get(ArticleRow, slug)) is not None:
                session.delete(row)
            _note(session, slug, by, "gearchiveerd")

    def restore(self, slug: str, number: int, by: str) -> int:
        """Make an earlier text the newest one, as a draft; returns its new number."""
        with Session(self._engine) as session, session.begin():
            manuscript = _find(session, slug)
            source = source_of(session, slug, number)
            if source is None:
                raise EditorError(f"Versie {number} bestaat niet.")
            save_revision(session, slug, source, by)
            if manuscript.state == ARCHIVED:
                manuscript.state = DRAFT
            _note(session, slug, by, f"versie {number} teruggezet als versie {manuscript.latest}")
            return manuscript.latest

    def annotate(self, slug: str, notes: str, review_by: date | None, by: str) -> None:
        """Keep the internal notes and the date of the next review."""
        with Session(self._engine) as session, session.begin():
            manuscript = _find(session, slug)
            if (manuscript.notes, manuscript.review_by) != (notes, review_by):
                manuscript.notes, manuscript.review_by = notes, review_by
                _note(session, slug, by, "notities of nakijkdatum gewijzigd")

    def difference(self, slug: str, old: int, new: int) -> str:
        """What changed from one revision to another, as a unified diff; "" when nothing did."""
        with Session(self._engine) as session:
            before, after = source_of(session, slug, old), source_of(session, slug, new)
        if before is None or after is None:
            raise EditorError(f"Versie {old if before is None else new} bestaat niet.")
        lines = difflib.unified_diff(before.splitlines(), after.splitlines(), f"versie {old}", f"versie {new}", lineterm="")
        return "\n".join(lines)

    def import_folder(self, folder: Path, by: str) -> tuple[int, int]:
        """Publish every Markdown file of a folder; returns how many were read and how many were new or changed."""
        sources = read_sources(folder)
        with Session(self._engine) as session, session.begin():
            return len(sources), sum(put_source(session, article, source, by) for article, source in sources)

    def export_folder(self, folder: Path) -> int:
        """Write what schools see as Markdown files, byte for byte as it was saved; returns how many."""
        with Session(self._engine) as session:
            rows = session.execute(
                select(Revision.slug, Revision.source).join(
                    Manuscript, (Manuscript.slug == Revision.slug) & (Manuscript.published == Revision.number)
                )
            )
            return write_sources(((slug, source) for slug, source in rows), folder)


def publish_due(session: Session, now: datetime) -> int:
    """Publish what was planned for this moment or earlier; returns how many articles."""
    due = session.scalars(select(Manuscript).where(Manuscript.publish_at <= now)).all()
    for manuscript in due:
        number = manuscript.planned or manuscript.latest
        show(session, parse_article(source_of(session, manuscript.slug, number) or ""), manuscript, number, PLANNER)
    return len(due)


def _find(session: Session, slug: str) -> Manuscript:
    manuscript = session.get(Manuscript, slug)
    if manuscript is None:
        raise EditorError(f"Er is geen artikel met de naam ‘{slug}’.")
    return manuscript


def _note(session: Session, slug: str, by: str, what: str) -> None:
    session.add(ArticleEvent(slug=slug, by=by, what=what))


def _entry(manuscript: Manuscript, revision: Revision, article: Article) -> Entry:
    return Entry(
        manuscript.slug,
        article.title,
        article.category,
        manuscript.state,
        manuscript.state == PUBLISHED and manuscript.latest != manuscript.published,
        manuscript.publish_at,
        manuscript.review_by,
        revision.saved_by,
        revision.saved_at,
    )
