"""Opening a database and bringing it to the newest layout: what is refused, and what an interruption leaves behind."""

from __future__ import annotations

import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, event, inspect

from kb.store import make_engine
from tests import command
from tests.conftest import ROOT
from tests.layouts import contents, fill, losses, orphans, revisions
from triage.database import opening
from triage.database.opening import current_layout, newest_layout, open_database, upgrade_database
from triage.errors import LayoutError

OLDEST = revisions()[0]
ROUNDS = 6  # of killing the command at a random moment


def with_data(url: str, layout: str = OLDEST) -> Engine:
    """A database of an earlier layout with data in it."""
    upgrade_database(url, layout)
    engine = make_engine(url)
    fill(engine)
    return engine


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'x.db'}"


def test_an_empty_database_is_laid_out(url: str) -> None:
    assert current_layout(open_database(url)) == newest_layout()


def test_an_old_layout_is_refused_and_the_remedy_named(url: str) -> None:
    engine = with_data(url)
    before = contents(engine)

    with pytest.raises(LayoutError, match="wegwijzer upgrade"):
        open_database(url)
    assert (current_layout(engine), contents(engine)) == (OLDEST, before)


@pytest.mark.parametrize("touch", [open_database, upgrade_database])
def test_a_layout_of_a_newer_version_is_refused(url: str, touch: Callable[[str], Any]) -> None:
    with open_database(url).begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '9999'")

    with pytest.raises(LayoutError, match="9999, which is of a newer version"):
        touch(url)


@pytest.mark.parametrize("touch", [open_database, upgrade_database])
def test_a_database_of_something_else_is_left_alone(url: str, touch: Callable[[str], Any]) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table klant (naam text)")

    with pytest.raises(LayoutError, match="holds tables"):
        touch(url)
    assert inspect(engine).get_table_names() == ["klant"]


def test_upgrading_twice_does_nothing_the_second_time(url: str) -> None:
    with_data(url)
    first, second = upgrade_database(url), upgrade_database(url)

    assert (first.before, first.after) == (OLDEST, newest_layout())
    assert (second.before, second.after) == (newest_layout(), newest_layout())


def test_an_upgrade_that_fails_leaves_everything_as_it_was(url: str) -> None:
    engine = with_data(url, "0002")
    with engine.begin() as connection:
        connection.exec_driver_sql("create table ruling (id integer)")  # as an interrupted upgrade of an earlier version left it
    before = contents(engine)

    with pytest.raises(LayoutError, match="as it was"):
        upgrade_database(url)
    assert (current_layout(engine), contents(engine)) == ("0002", before)


MIGRATION = """
from alembic import op
revision, down_revision = {revision!r}, {down!r}
def upgrade():
    for statement in {statements!r}:
        op.execute(statement)
"""


@pytest.fixture
def own_layouts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Replaces the layouts of the program by a few of the test, each given as its SQL statements."""

    def make(*layouts: list[str]) -> None:
        folder = tmp_path / "migrations"
        (folder / "versions").mkdir(parents=True)
        shutil.copy(opening.MIGRATIONS / "env.py", folder)
        for number, statements in enumerate(layouts):
            text = MIGRATION.format(revision=str(number), down=str(number - 1) if number else None, statements=statements)
            (folder / "versions" / f"{number}.py").write_text(text)
        monkeypatch.setattr(opening, "MIGRATIONS", folder)
        opening.known_layouts.cache_clear()
        monkeypatch.setattr(opening, "known_layouts", opening.known_layouts.__wrapped__)

    return make


FAMILY = [
    "create table parent (id integer primary key)",
    "create table child (parent_id integer references parent (id) on delete cascade)",
    "insert into parent values (1)",
    "insert into child values (1)",
]


def test_replacing_a_table_keeps_the_rows_that_refer_to_it(url: str, own_layouts: Callable[..., None]) -> None:
    replace = [
        "create table newer (id integer primary key, name text)",
        "insert into newer select id, 'één' from parent",
        "drop table parent",
        "alter table newer rename to parent",
    ]
    own_layouts(FAMILY, replace)

    assert contents(open_database(url)) == {"parent": [{"id": 1, "name": "één"}], "child": [{"parent_id": 1}]}


def test_a_layout_that_would_break_references_is_refused(url: str, own_layouts: Callable[..., None]) -> None:
    own_layouts(FAMILY, ["delete from parent"])
    upgrade_database(url, "0")

    with pytest.raises(LayoutError, match="break references"):
        upgrade_database(url)
    assert contents(make_engine(url)) == {"parent": [{"id": 1}], "child": [{"parent_id": 1}]}


# --- interruptions ----------------------------------------------------------------------------------------------------

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


def upgrade_until(url: str, number: int) -> None:
    """Upgrade, and die (no clean-up of any kind) just before the n-th statement."""
    left = number

    def count(*_: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", count)
    upgrade_database(url)


def interrupted(url: str, number: int) -> bool:
    """Whether a process of its own that upgrades was killed before it was done."""
    process = multiprocessing.get_context("fork").Process(target=upgrade_until, args=(url, number))
    process.start()
    process.join()
    assert process.exitcode in (0, -signal.SIGKILL)
    return process.exitcode != 0


@needs_fork
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_an_upgrade_killed_before_any_of_its_statements_leaves_the_database_as_it_was(
    kind: str, url: str, request: pytest.FixtureRequest
) -> None:
    url = url if kind == "sqlite" else request.getfixturevalue("new_postgres")()
    engine = with_data(url)
    before = contents(engine)
    engine.dispose()
    number = 1
    while interrupted(url, number):
        assert current_layout(engine) == OLDEST, number
        engine.dispose()
        number += 1 if kind == "sqlite" else 5

    assert number > 30
    assert current_layout(engine) == newest_layout()
    assert list(losses(before, contents(engine))) == []
    assert list(orphans(engine)) == []


@needs_fork
def test_a_new_database_that_was_never_finished_is_made_anew(url: str) -> None:
    for number in (5, 25, 45):
        assert interrupted(url, number)

    assert current_layout(open_database(url)) == newest_layout()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_the_command_can_be_killed_at_any_moment_and_given_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'wegwijzer.db'}"
    engine = with_data(url)
    before = contents(engine)
    engine.dispose()
    environment = {**os.environ, "WEGWIJZER_VAR_DIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    chance = random.Random(15)
    for _ in range(ROUNDS):
        running = subprocess.Popen([*command.PROGRAM, "upgrade"], env=environment, stdout=subprocess.DEVNULL)
        while running.poll() is None and not (tmp_path / "wegwijzer.db-wal").exists():  # importing takes most of its time
            time.sleep(0.01)
        time.sleep(chance.uniform(0, 0.5))
        running.kill()
        running.wait()
        assert current_layout(engine) in (OLDEST, newest_layout())
        engine.dispose()

    subprocess.run([*command.PROGRAM, "upgrade"], env=environment, check=True, stdout=subprocess.DEVNULL)
    assert list(losses(before, contents(open_database(url)))) == []


@needs_fork
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_of_two_that_upgrade_at_once_the_second_finds_it_done(kind: str, url: str, request: pytest.FixtureRequest) -> None:
    url = url if kind == "sqlite" else request.getfixturevalue("new_postgres")()
    with_data(url).dispose()
    context = multiprocessing.get_context("fork")
    both = [context.Process(target=upgrade_database, args=(url,)) for _ in range(2)]
    for process in both:
        process.start()
    for process in both:
        process.join()

    assert [process.exitcode for process in both] == [0, 0]
    assert current_layout(make_engine(url)) == newest_layout()


# --- the commands -----------------------------------------------------------------------------------------------------


def run(home: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    return command.run(home, *arguments, WEGWIJZER_VAR_DIR=str(home))


@pytest.mark.parametrize("words", [["serve"], ["ingest", "mail.eml"], ["register", "import", "schools.csv"]], ids=" ".join)
def test_a_command_refuses_an_old_layout_in_one_line(tmp_path: Path, words: list[str]) -> None:
    with_data(f"sqlite:///{tmp_path / 'wegwijzer.db'}").dispose()
    done = run(tmp_path, *words)

    assert done.returncode == 1
    (line,) = done.stderr.decode().splitlines()
    assert line.endswith("run: wegwijzer upgrade")


def test_the_doctor_names_the_remedy_for_an_old_layout(tmp_path: Path) -> None:
    with_data(f"sqlite:///{tmp_path / 'wegwijzer.db'}").dispose()

    assert "FOUT  database: The database has layout 0001" in run(tmp_path, "doctor").stdout.decode()


def test_upgrade_says_what_it_did_and_can_be_repeated(tmp_path: Path) -> None:
    with_data(f"sqlite:///{tmp_path / 'wegwijzer.db'}").dispose()

    done = f"The database now has layout {newest_layout()}; before: {OLDEST}.\n2 tickets were put in the search index ...\n"
    assert run(tmp_path, "upgrade").stdout.decode() == done
    assert (
        run(tmp_path, "upgrade").stdout.decode() == f"The database has layout {newest_layout()} already, which is the newest.\n"
    )
