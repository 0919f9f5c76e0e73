"""What /readyz looks at: each thing that is missing is said, and only what the server needs makes it unready."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, delete, text, update

from kb import KnowledgeBase
from kb.settings import Settings
from kb.store import utc_now
from triage.database.tables import RegisterEdition
from triage.installation.readiness import ReadinessProbe
from triage.register.register import OLD_AFTER


@pytest.fixture
def probe(settings: Settings, engine: Engine, knowledge: KnowledgeBase, first_model: Path) -> ReadinessProbe:
    shutil.copy(first_model, settings.model_path)
    return ReadinessProbe(settings, engine, lambda: knowledge)


def wrong(probe: ReadinessProbe) -> set[str]:
    return {name for name, check in probe.look().checks.items() if not check.ok}


def test_a_complete_installation_is_ready(probe: ReadinessProbe) -> None:
    found = probe.look()
    assert found.ready
    assert {name: check.ok for name, check in found.checks.items()} == dict.fromkeys(
        ("database", "index", "register", "model"), True
    )


def test_without_a_model_it_is_not_ready_and_with_one_it_is_again(probe: ReadinessProbe, settings: Settings) -> None:
    kept = settings.model_path.rename(settings.var_dir / "elsewhere")
    assert (probe.look().ready, wrong(probe)) == (False, {"model"})
    kept.rename(settings.model_path)
    moments = iter(range(0, 1000, 10))
    later = ReadinessProbe(settings, probe._engine, probe._books, lambda: float(next(moments)))
    assert later.look().ready


def test_a_database_of_another_layout_is_not_ready(probe: ReadinessProbe, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '0001'"))
    assert (probe.look().ready, wrong(probe)) == (False, {"database"})


def test_a_database_that_does_not_answer_is_not_ready(
    probe: ReadinessProbe, settings: Settings, knowledge: KnowledgeBase
) -> None:
    gone = ReadinessProbe(settings, create_engine("sqlite:////nowhere/at/all.db"), lambda: knowledge)
    assert (gone.look().ready, wrong(gone)) == (False, {"database"})
    assert "nowhere" not in str(gone.look().to_json())


def test_a_server_without_articles_is_not_ready(settings: Settings, engine: Engine, probe: ReadinessProbe) -> None:
    empty = ReadinessProbe(settings, engine, lambda: KnowledgeBase.from_articles([], None))
    assert (empty.look().ready, wrong(empty)) == (False, {"index"})


def _grow_old(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(update(RegisterEdition).values(imported_at=utc_now() - timedelta(days=OLD_AFTER + 1)))


def _remove(engine: Engine) -> None:
    with engine.begin() as connection:
        for table in ("register_school", "register_board"):
            connection.execute(text(f"delete from {table}"))
        connection.execute(delete(RegisterEdition))


@pytest.mark.parametrize("spoil", [_grow_old, _remove])
def test_an_old_or_missing_register_is_said_and_takes_no_server_away(
    spoil: Callable[[Engine], None], probe: ReadinessProbe, engine: Engine
) -> None:
    spoil(engine)
    assert (probe.look().ready, wrong(probe)) == (True, {"register"})


def test_public_pages_alone_need_neither_model_nor_register(probe: ReadinessProbe, settings: Settings) -> None:
    settings.model_path.unlink()
    found = probe.look(agents=False)
    assert (found.ready, set(found.checks)) == (True, {"database", "index"})
