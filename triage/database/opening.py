"""Opening a database, which never changes a layout, and bringing one to the newest layout, which is a step of its own.

A layout changes in one transaction, on SQLite as on PostgreSQL, and in one process at a time: whoever is interrupted
leaves the database as it was, whoever comes second finds the work done.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text
from sqlalchemy.exc import DBAPIError

from kb.store import make_engine
from triage.errors import LayoutError

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 0x57656757  # PostgreSQL's name for 'somebody is changing the layout'; the letters WegW
PATIENCE = "60s"  # how long a change of the layout waits for others on PostgreSQL; on SQLite see kb.store.BUSY_MILLISECONDS


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What bringing a database to the newest layout did."""

    before: str | None  # the layout it had; None when it was empty
    after: str


@cache
def known_layouts() -> tuple[str, ...]:
    """All layouts this version of the program knows, newest first: their names begin those of the files of migrations.

    Asked at every start, so Alembic is not loaded for it.
    """
    return tuple(sorted((path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*.py")), reverse=True))


def newest_layout() -> str:
    """The layout this version of the program works with."""
    return known_layouts()[0]


def current_layout(engine: Engine) -> str | None:
    """The layout a database has; None for an empty one. Raises LayoutError for a database with tables of something else."""
    with engine.connect() as connection:
        return _layout(connection)


def _layout(connection: Connection) -> str | None:
    tables = inspect(connection).get_table_names()
    found = connection.execute(text("select version_num from alembic_version")).scalar() if "alembic_version" in tables else None
    if found is None and set(tables) - {"alembic_version"}:
        raise LayoutError(
            "The database holds tables, but none that says which layout it has; put back a backup or use another one."
        )
    return found


def open_database(url: str) -> Engine:
    """Open a database; an empty one is laid out.

    Raises LayoutError, which names the remedy, when its layout is not the one this version works with.
    """
    engine = make_engine(url)
    settle_layout(engine)
    return engine


def settle_layout(engine: Engine) -> None:
    """Lay an empty database out. Raises LayoutError when the layout is not the one this version works with."""
    found = current_layout(engine)
    if found is None:
        upgrade_database(engine.url.render_as_string(hide_password=False))
    elif found != newest_layout():
        engine.dispose()
        raise LayoutError(_remedy(found))


def _remedy(found: str) -> str:
    if found in known_layouts():
        return f"The database has layout {found}, this version works with {newest_layout()}; stop the server and run: wegwijzer upgrade"
    return (
        f"The database has layout {found}, which is of a newer version than this one (layout {newest_layout()}); "
        "install that version again or put back a backup."
    )


def upgrade_database(url: str, layout: str = "head") -> Upgrade:
    """Bring a database to the newest layout, or to `layout`; one that has it is left alone.

    Raises LayoutError when the database has a layout of a newer version, or when it can't be done; then it is as it was.
    """
    from alembic import command
    from alembic.config import Config

    engine = make_engine(url)
    try:
        with _alone(engine) as connection:
            before = _layout(connection)
            if before is not None and before not in known_layouts():
                raise LayoutError(_remedy(before))
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, layout)
            return Upgrade(before, str(_layout(connection)))
    except DBAPIError as error:
        reason = " ".join(str(error.orig).split())
        raise LayoutError(f"The layout of the database could not be changed ({reason}); the database is as it was.") from error
    finally:
        engine.dispose()


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """A transaction in which nobody else changes the layout."""
    begin = _begin_sqlite if engine.dialect.name == "sqlite" else _begin_postgresql
    with begin(engine) as connection:
        yield connection


@contextmanager
def _begin_postgresql(engine: Engine) -> Iterator[Connection]:
    with engine.begin() as connection:
        connection.execute(text(f"set local lock_timeout = '{PATIENCE}'"))
        connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": LOCK})
        yield connection


@contextmanager
def _begin_sqlite(engine: Engine) -> Iterator[Connection]:
    """Python's sqlite3 opens no transaction for DDL by itself, so it is left out of it (AUTOCOMMIT) and BEGIN is said here.

    Foreign keys are off meanwhile, as https://www.sqlite.org/lang_altertable.html#otheralter asks: otherwise replacing a table
    deletes the rows that refer to it. That none was broken is looked at before the end.
    """
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        broken = _broken_references(connection)
        yield connection
        if new := _broken_references(connection) - broken:
            raise LayoutError(f"The new layout would break references ({sorted(new)[0]}); the database is as it was.")
        connection.commit()


def _broken_references(connection: Connection) -> set[str]:
    return {f"{row[0]} {row[1]} to {row[2]}" for row in connection.exec_driver_sql("PRAGMA foreign_key_check")}
