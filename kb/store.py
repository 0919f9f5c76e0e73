"""The ground floor: the database engine, and the articles as rows.

SQLite is the default (write-ahead log, foreign keys on, waits for a lock); any other SQLAlchemy URL works too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, String, Text, create_engine, event, func, make_url, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.types import TypeDecorator

from kb.article import Article

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


_DETAILS = ("keywords", "audience", "questions", "see_also", "ask", "sources")


def make_engine(url: str) -> Engine:
    """Open a database. For SQLite the folder is made when missing."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_MILLISECONDS / 1000})

    @event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "synchronous=FULL", f"busy_timeout={BUSY_MILLISECONDS}"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def put_articles(session: Session, articles: Iterable[Article]) -> int:
    """Add articles or replace those with the same slug; an unchanged one is left alone. Returns how many changed."""
    changed = 0
    for article in articles:
        row = session.get(ArticleRow, article.slug)
        if row is not None and _to_article(row) == article:
            continue
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
        changed += 1
    session.flush()
    return changed


def get_articles(session: Session) -> list[Article]:
    """All articles, by slug."""
    return [_to_article(row) for row in session.scalars(select(ArticleRow).order_by(ArticleRow.slug))]


def articles_stamp(session: Session) -> tuple[int, datetime | None]:
    """Changes whenever an article is added, changed or removed: how many there are and when the last one changed."""
    count, latest = session.execute(select(func.count(), func.max(ArticleRow.updated_at)).select_from(ArticleRow)).one()
    return int(count), latest


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
