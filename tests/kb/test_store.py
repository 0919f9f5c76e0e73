"""Articles in a real SQLite file: in, out, changed, and seen by others at the right moment."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from kb.article import Article, load_articles
from kb.settings import SHIPPED_DATA
from kb.store import ArticleRow, Base, articles_stamp, get_articles, make_engine, put_articles

PASSWORD = Article(
    "ww-vergeten", "Wachtwoord vergeten?", "Kies een nieuw wachtwoord.\n", keywords=("ww",), reviewed=date(2026, 5, 4)
)
PINCODE = Article("pincode-kwijt", "Pincode kwijt?", "Vraag een nieuwe pincode.\n", verified=False)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)
LISTS = st.lists(TEXT, max_size=3).map(tuple)
ARTICLES = st.builds(
    Article,
    slug=TEXT,
    title=TEXT,
    body=TEXT,
    keywords=LISTS,
    category=TEXT,
    audience=LISTS,
    questions=LISTS,
    see_also=LISTS,
    ask=LISTS,
    sources=LISTS,
    summary_en=TEXT,
    verified=st.booleans(),
    reviewed=st.none() | st.dates(),
)


def a_database(path: Path) -> Engine:
    engine = make_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    return engine


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = a_database(tmp_path / "wegwijzer.db")
    yield opened
    opened.dispose()


@pytest.fixture(scope="module")
def shared_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database for tests that roll back what they do."""
    opened = a_database(tmp_path_factory.mktemp("store") / "wegwijzer.db")
    yield opened
    opened.dispose()


def put(engine: Engine, *articles: Article) -> int:
    with Session(engine) as session, session.begin():
        return put_articles(session, articles)


def stored(engine: Engine) -> list[Article]:
    with Session(engine) as session:
        return get_articles(session)


def stamp(engine: Engine) -> tuple[int, datetime | None]:
    with Session(engine) as session:
        return articles_stamp(session)


# --- articles ---------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(ARTICLES)
def test_any_article_comes_out_as_it_went_in(shared_engine: Engine, article: Article) -> None:
    with Session(shared_engine) as session:
        put_articles(session, [article])
        session.expire_all()
        assert get_articles(session) == [article]


def test_the_shipped_articles_survive_the_trip(engine: Engine) -> None:
    articles = load_articles(SHIPPED_DATA / "faq")
    put(engine, *articles)
    assert stored(engine) == sorted(articles, key=lambda article: article.slug)


def test_articles_come_in_order_of_slug(engine: Engine) -> None:
    put(engine, PASSWORD, PINCODE)
    assert [article.slug for article in stored(engine)] == ["pincode-kwijt", "ww-vergeten"]


def test_an_empty_database_has_no_articles(engine: Engine) -> None:
    assert stored(engine) == []


def test_putting_an_article_again_replaces_it(engine: Engine) -> None:
    put(engine, PASSWORD)
    changed = dataclasses.replace(PASSWORD, title="Nieuwe titel", keywords=("paswoord",), reviewed=None)
    put(engine, changed)
    assert stored(engine) == [changed]


def test_putting_says_how_many_articles_are_new_or_changed(engine: Engine) -> None:
    put(engine, PASSWORD)
    assert put(engine, PASSWORD, PINCODE) == 1


def test_the_last_of_two_versions_in_one_go_stays(engine: Engine) -> None:
    later = dataclasses.replace(PASSWORD, title="Later")
    put(engine, PASSWORD, later)
    assert stored(engine) == [later]


def test_a_failed_import_leaves_everything_as_it_was(engine: Engine) -> None:
    put(engine, PASSWORD)

    def failing() -> Iterator[Article]:
        yield PINCODE
        raise OSError("schijf weg")

    with pytest.raises(OSError, match="schijf weg"), Session(engine) as session, session.begin():
        put_articles(session, failing())
    assert stored(engine) == [PASSWORD]


# --- stamp ------------------------------------------------------------------------------------------------------


def test_an_empty_database_has_a_stamp_without_a_moment(engine: Engine) -> None:
    assert stamp(engine) == (0, None, 0)


def test_the_stamp_changes_when_an_article_is_added(engine: Engine) -> None:
    put(engine, PASSWORD)
    before = stamp(engine)
    put(engine, PINCODE)
    assert stamp(engine) != before


def test_the_stamp_changes_when_an_article_is_changed(engine: Engine) -> None:
    put(engine, PASSWORD)
    before = stamp(engine)
    put(engine, dataclasses.replace(PASSWORD, questions=("ww kwijt",)))
    assert stamp(engine) != before


@pytest.mark.parametrize("removed", [PASSWORD.slug, PINCODE.slug])
def test_the_stamp_changes_when_an_article_is_removed(engine: Engine, removed: str) -> None:
    put(engine, PASSWORD)
    put(engine, PINCODE)
    before = stamp(engine)
    with Session(engine) as session, session.begin():
        session.delete(session.get_one(ArticleRow, removed))
    assert stamp(engine) != before


def test_the_stamp_stays_when_the_same_article_is_put_again(engine: Engine) -> None:
    put(engine, PASSWORD)
    before = stamp(engine)
    put(engine, PASSWORD)
    assert stamp(engine) == before


# --- moments ----------------------------------------------------------------------------------------------------


def moment_read_back(engine: Engine, moment: datetime) -> datetime:
    put(engine, PASSWORD)
    with Session(engine) as session, session.begin():
        session.get_one(ArticleRow, PASSWORD.slug).updated_at = moment
    with Session(engine) as session:
        return session.get_one(ArticleRow, PASSWORD.slug).updated_at


def test_a_moment_in_another_time_zone_is_the_same_moment_when_read(engine: Engine) -> None:
    moment = datetime(2026, 11, 23, 9, 30, 15, 250_000, tzinfo=timezone(timedelta(hours=1)))
    assert moment_read_back(engine, moment) == moment


def test_a_moment_is_read_in_utc(engine: Engine) -> None:
    assert moment_read_back(engine, datetime(2026, 7, 1, tzinfo=timezone(timedelta(hours=2)))).tzinfo == UTC


def test_a_moment_without_a_time_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(StatementError, match="A moment without a time zone can't be stored"):
        moment_read_back(engine, datetime(2026, 11, 23, 9, 30))


# --- the database -----------------------------------------------------------------------------------------------


def test_the_folder_of_the_database_is_made(tmp_path: Path) -> None:
    with make_engine(f"sqlite:///{tmp_path}/nog/niet/wegwijzer.db").connect() as connection:
        connection.execute(text("CREATE TABLE proef (x)"))
    assert (tmp_path / "nog" / "niet" / "wegwijzer.db").is_file()


def test_a_database_in_memory_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with make_engine("sqlite:///:memory:").connect() as connection:
        connection.execute(text("CREATE TABLE proef (x)"))
    assert list(tmp_path.iterdir()) == []


def test_a_reader_is_not_held_up_by_a_writer_and_sees_what_was_committed(engine: Engine) -> None:
    put(engine, PASSWORD)
    with Session(engine) as writer, writer.begin():
        put_articles(writer, [PINCODE])
        assert stored(engine) == [PASSWORD]


@pytest.mark.parametrize(
    ("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("synchronous", 2), ("busy_timeout", 15000)]
)
def test_every_connection_keeps_what_is_written_and_waits_its_turn(engine: Engine, pragma: str, value: object) -> None:
    with engine.connect() as first, engine.connect() as second:
        assert [connection.execute(text(f"PRAGMA {pragma}")).scalar() for connection in (first, second)] == [value, value]
