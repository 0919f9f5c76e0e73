"""From every layout there ever was to the newest, with data in place, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.store import get_articles, make_engine, put_articles
from tests.layouts import contents, fill, losses, orphans, ours, references, revisions
from triage.database.opening import open_database, upgrade_database
from triage.database.tables import Base
from triage.desk.inbox import Inbox


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database without any table."""
    if request.param == "sqlite":
        engine = make_engine(f"sqlite:///{tmp_path / 'empty.db'}")
    else:
        new_postgres: Callable[[], str] = request.getfixturevalue("new_postgres")
        engine = make_engine(new_postgres())
    yield engine
    engine.dispose()


def lay_out(engine: Engine, layout: str = "head") -> None:
    upgrade_database(engine.url.render_as_string(hide_password=False), layout)


@pytest.mark.parametrize("revision", revisions())
def test_data_of_every_layout_arrives_at_the_newest(empty: Engine, revision: str) -> None:
    lay_out(empty, revision)
    fill(empty)
    before = contents(empty)
    lay_out(empty)

    assert all(before.values())
    assert list(losses(before, contents(empty))) == []
    assert list(orphans(empty)) == []


def test_step_by_step_leads_to_what_the_program_works_with(empty: Engine) -> None:
    for revision in revisions():
        lay_out(empty, revision)

    with empty.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection, opts={"include_name": ours}), Base.metadata) == []


def test_a_layout_with_data_gets_the_references_of_a_new_database(empty: Engine, tmp_path: Path) -> None:
    lay_out(empty, revisions()[0])
    fill(empty)
    lay_out(empty)
    new = open_database(f"sqlite:///{tmp_path / 'new.db'}")

    assert references(empty) == references(new)


def test_articles_of_before_editing_get_the_text_that_the_program_would_write(empty: Engine) -> None:
    lay_out(empty, "0001")
    fill(empty)
    lay_out(empty)

    with Session(empty) as session, session.begin():
        articles = get_articles(session)
        assert len(articles) == 2
        assert put_articles(session, articles) == 0


@pytest.mark.parametrize("revision", revisions())
def test_the_desk_shows_tickets_of_every_layout(empty: Engine, revision: str) -> None:
    lay_out(empty, revision)
    fill(empty)
    lay_out(empty)

    later = (
        "Aanvraag" if "0004" <= revision < "0010" else "RE: Aanvraag"
    )  # between them ticket 2 was a later mail of the request of 1
    assert [Inbox(empty).ticket(number).line.subject for number in (1, 2)] == ["Aanvraag", later]
