"""How long the steps of the intake take is counted for all processes together, and never in the way of a mail."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from tests.triage.letters import letters
from triage.database.opening import open_database
from triage.database.tables import StepTime
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.intake.steps import STEPS, STORE_EVERY, StepTimes, measured, step
from triage.sources.files import RawBytes


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database on each kind of server."""
    if request.param == "sqlite":
        opened = open_database(f"sqlite:///{request.getfixturevalue('tmp_path') / 'steps.db'}")
    else:
        opened = open_database(request.getfixturevalue("new_postgres")())
    yield opened
    opened.dispose()


def counted(engine: Engine) -> dict[tuple[str, float], tuple[int, float]]:
    with Session(engine) as session:
        return {(row.step, row.up_to): (row.mails, row.seconds) for row in session.scalars(select(StepTime))}


def test_each_mail_counts_once_in_every_step(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in letters(3)], tools)
    mails = {name: sum(count for (step, _), (count, _) in counted(engine).items() if step == name) for name in STEPS}
    assert mails == dict.fromkeys(STEPS, 3)


def test_a_step_counts_under_the_first_limit_that_it_keeps(database: Engine) -> None:
    times = StepTimes()
    times.add({"parse": 0.03, "verify": 250.0})
    times.store(database)
    assert counted(database) == {("parse", 0.03): (1, 0.03), ("verify", float("inf")): (1, 250.0)}


def test_processes_that_count_at_once_lose_nothing(database: Engine) -> None:
    def count(_: int) -> None:
        times = StepTimes()
        for _ in range(5):
            times.add(dict.fromkeys(STEPS, 0.5))
            times.store(database)

    with ThreadPoolExecutor(4) as processes:
        list(processes.map(count, range(4)))
    assert counted(database) == {(name, 1.0): (20, 10.0) for name in STEPS}


def test_what_could_not_be_written_is_written_later(engine: Engine) -> None:
    times = StepTimes()
    times.add({"parse": 0.5})
    with engine.begin() as connection:
        connection.execute(text("alter table step_time rename to elsewhere"))
    times.store(engine)
    with engine.begin() as connection:
        connection.execute(text("alter table elsewhere rename to step_time"))
    times.store(engine)
    assert counted(engine) == {("parse", 1.0): (1, 0.5)}


def test_a_busy_intake_writes_now_and_then_and_not_after_every_mail(engine: Engine) -> None:
    moments = iter([0.0, STORE_EVERY / 2, STORE_EVERY, STORE_EVERY])
    times = StepTimes(lambda: next(moments))
    times.add({"parse": 0.5})
    times.store_now_and_then(engine)
    assert counted(engine) == {}
    times.store_now_and_then(engine)
    assert counted(engine) == {("parse", 1.0): (1, 0.5)}


def test_a_step_that_is_gone_through_twice_adds_up() -> None:
    with measured() as taken:
        with step("parse"):
            time.sleep(0.002)
        once = taken["parse"]
        with step("parse"):
            time.sleep(0.002)
    assert taken["parse"] >= once + 0.002


def test_a_step_that_fails_counts_too() -> None:
    with measured() as taken, pytest.raises(ValueError, match="broken"), step("verify"):
        raise ValueError("broken")
    assert set(taken) == {"verify"}


def test_outside_the_intake_nothing_is_measured() -> None:
    with measured() as taken:
        pass
    with step("parse"):
        pass
    assert taken == {}
