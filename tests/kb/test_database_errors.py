"""What a database says when something goes wrong holds no word of what was to be stored."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from kb.database_errors import where_it_failed
from kb.store import make_engine

ADDRESS = "e.bosma@pcbdevuurtoren.example"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    opened = make_engine(f"sqlite:///{tmp_path / 'een.db'}")
    with opened.begin() as connection:
        connection.execute(text("create table person (address text unique)"))
        connection.execute(text("insert into person values (:address)"), {"address": ADDRESS})
    return opened


def test_a_value_that_is_there_already_is_not_told(engine: Engine) -> None:
    with pytest.raises(IntegrityError) as failed, engine.begin() as connection:
        connection.execute(text("insert into person values (:address)"), {"address": ADDRESS})
    assert ADDRESS not in f"{failed.value} {failed.value!r} {failed.value.orig} {where_it_failed(failed.value)}"
    assert "UNIQUE constraint failed: person.address" in str(failed.value)


def test_a_value_of_a_kind_that_cannot_be_stored_is_not_told(engine: Engine) -> None:
    with pytest.raises((DBAPIError, StatementError)) as failed, engine.begin() as connection:
        connection.execute(text("insert into person values (:address)"), {"address": [ADDRESS]})
    assert ADDRESS not in f"{failed.value} {failed.value!r} {failed.value.orig}"


def test_where_it_failed_names_kind_and_place_but_not_the_words() -> None:
    try:
        int(ADDRESS)
    except ValueError as error:
        told = where_it_failed(error)
    assert ADDRESS not in told
    assert told.startswith("ValueError at test_database_errors.py:")


def test_where_it_failed_names_what_came_before() -> None:
    try:
        try:
            int(ADDRESS)
        except ValueError as error:
            raise LookupError(ADDRESS) from error
    except LookupError as error:
        told = where_it_failed(error)
    assert ADDRESS not in told
    assert "; after ValueError" in told
