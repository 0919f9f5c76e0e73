"""The ground floor: the database engine, and the articles as rows.

SQLite is the default (write-ahead log, foreign keys on, waits for a lock); any other SQLAlchemy URL works too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Engine,
    ForeignKey,
    String,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from kb.article import Article, format_article
from kb.database_errors import leave_values_out
from kb.own_files import own_database

BUSY_MILLISECONDS = 15_000  # how long a SQLite writer waits for another


class Base(DeclarativeBase):
    """All tables of Wegwijzer."""


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; SQLite has no time zones, so they are added on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Store UTC. Raises ValueError for a moment without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone can't be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        """Read UTC."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


def utc_now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)


class ArticleRow(Base):
    """A published article."""

    __tablename__ = "article"

    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    body: Mapped[str] = mapped_column(Text)
    category: Mapped[str] = mapped_column(String(60), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JSON)  # the lists and remarks of the front matter
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)


class Manuscript(Base):
    """An article as editors know it: its state, and what only they see. Its texts are in Revision."""

    __tablename__ = "manuscript"

    slug: Mapped[str] = mapped_column(String(120), primary_key=True)
    state: Mapped[str] = mapped_column(String(12), index=True)  # concept, gepubliceerd, gearchiveerd
    latest: Mapped[int]  # number of the newest revision
    published: Mapped[int | None]  # number of the revision that schools see
    planned: Mapped[int | None]  # number of the revision that will be published at publish_at
    publish_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    review_by: Mapped[date | None]  # when a person should look at it again
    notes: Mapped[str] = mapped_column(Text, default="")  # for agents; schools never see them


class Revision(Base):
    """The text of an article as somebody saved it; never changed afterwards."""

    __tablename__ = "article_revision"
    __table_args__ = (UniqueConstraint("slug", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(ForeignKey("manuscript.slug", ondelete="CASCADE"), index=True)
    number: Mapped[int]  # 1, 2, … within the article
    source: Mapped[str] = mapped_column(Text)  # Markdown with front matter, character by character as it was saved
    saved_by: Mapped[str] = mapped_column(String(80))
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ArticleEvent(Base):
    """Something that happened to an article: who did what, when."""

    __tablename__ = "article_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(120), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    by: Mapped[str] = mapped_column(String(80))
    what: Mapped[str] = mapped_column(String(200))  # a Dutch phrase, "gepubliceerd (versie 3)"


class SearchRow(Base):
    """One search by a visitor, without anything that says who it was."""

    __tablename__ = "search"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    query: Mapped[str] = mapped_column(String(400))  # masked: no names, addresses or numbers
    results: Mapped[int]  # how many articles were shown
    opened: Mapped[str | None] = mapped_column(String(120))  # slug of the article that was read, if any
    contact: Mapped[str | None] = mapped_column(String(12))  # "opgelost" or "gemaild" when the contact step was taken
    place: Mapped[str] = mapped_column(String(10))  # pagina, api


class Vote(Base):
    """An answer to 'was dit nuttig?'."""

    __tablename__ = "vote"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now, index=True)
    slug: Mapped[str] = mapped_column(String(120), index=True)
    helpful: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(500), default="")  # masked


class Announcement(Base):
    """An important message above the public pages, for a while."""

    __tablename__ = "announcement"

    id: Mapped[int] = mapped_column(primary_key=True)
    text_nl: Mapped[str] = mapped_column(String(400))
    text_en: Mapped[str] = mapped_column(String(400), default="")
    slug: Mapped[str] = mapped_column(String(120), default="")  # article with more about it
    starts_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    made_by: Mapped[str] = mapped_column(String(80))


_DETAILS = ("keywords", "audience", "questions", "see_also", "ask", "sources")
DRAFT, PUBLISHED, ARCHIVED = "concept", "gepubliceerd", "gearchiveerd"


def make_engine(url: str) -> Engine:
    """Open a database; its errors tell no values. For SQLite the file is made when missing, for its owner alone."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return _telling_no_values(create_engine(url, pool_pre_ping=True, hide_parameters=True))
    if parsed.database and parsed.database != ":memory:" and not parsed.database.startswith("file:"):
        own_database(Path(parsed.database))
    engine = _telling_no_values(create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000}, hide_parameters=True))

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _telling_no_values(engine: Engine) -> Engine:
    event.listen(engine, "handle_error", leave_values_out)
    return engine


def put_articles(session: Session, articles: Iterable[Article], by: str = "import") -> int:
    """Publish articles; an unchanged one is left alone. Returns how many changed."""
    return sum(put_source(session, article, format_article(article), by) for article in articles)


def put_source(session: Session, article: Article, source: str, by: str) -> bool:
    """Publish an article and keep its source text to the letter; says whether anything changed."""
    row = session.get(ArticleRow, article.slug)
    manuscript = session.get(Manuscript, article.slug)
    if row is not None and _to_article(row) == article and manuscript and latest_source(session, manuscript) == source:
        return False
    manuscript = save_revision(session, article.slug, source, by)
    show(session, article, manuscript, manuscript.latest, by)
    return True


def save_revision(session: Session, slug: str, source: str, by: str) -> Manuscript:
    """Keep a text as the newest revision of an article, which is made when there is none."""
    manuscript = session.get(Manuscript, slug)
    if manuscript is None:
        manuscript = Manuscript(slug=slug, state=DRAFT, latest=0, notes="")
        session.add(manuscript)
        session.flush()
    manuscript.latest += 1
    session.add(Revision(slug=slug, number=manuscript.latest, source=source, saved_by=by))
    return manuscript


def latest_source(session: Session, manuscript: Manuscript) -> str | None:
    """The newest text of an article."""
    return source_of(session, manuscript.slug, manuscript.latest)


def source_of(session: Session, slug: str, number: int) -> str | None:
    """The text of one revision, or None when there is no such revision."""
    return session.scalar(select(Revision.source).where(Revision.slug == slug, Revision.number == number))


def show(session: Session, article: Article, manuscript: Manuscript, number: int, by: str) -> None:
    """Let schools see this article; `number` is the revision it comes from."""
    row = session.get(ArticleRow, article.slug)
    if row is None:
        row = ArticleRow(slug=article.slug)
        session.add(row)
    row.title, row.body, row.category = article.title, article.body, article.category
    row.details = {
        **{name: list(getattr(article, name)) for name in _DETAILS},
        "summary_en": article.summary_en,
        "verified": article.verified,
        "reviewed": article.reviewed.isoformat() if article.reviewed else None,
    }
    row.updated_at = utc_now()
    manuscript.state, manuscript.published = PUBLISHED, number
    manuscript.planned = manuscript.publish_at = None
    session.add(ArticleEvent(slug=article.slug, by=by, what=f"gepubliceerd (versie {number})"))
    session.flush()


def get_articles(session: Session) -> list[Article]:
    """All articles, by slug."""
    return [_to_article(row) for row in session.scalars(select(ArticleRow).order_by(ArticleRow.slug))]


def articles_stamp(session: Session) -> tuple[int, datetime | None, int]:
    """Changes whenever an article is added, changed or removed: how many there are, when the last one changed, and the sum of
    their versions, as the clocks of several machines differ."""
    count, latest = session.execute(select(func.count(), func.max(ArticleRow.updated_at)).select_from(ArticleRow)).one()
    return int(count), latest, session.scalar(select(func.sum(Manuscript.published))) or 0


def _to_article(row: ArticleRow) -> Article:
    details = row.details
    lists: dict[str, Sequence[str]] = {name: tuple(details[name]) for name in _DETAILS}
    reviewed = details["reviewed"]
    return Article(
        slug=row.slug,
        title=row.title,
        body=row.body,
        category=row.category,
        summary_en=details["summary_en"],
        verified=details["verified"],
        reviewed=date.fromisoformat(reviewed) if reviewed else None,
        **lists,  # type: ignore[arg-type]
    )
