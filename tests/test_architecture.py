"""docs/architecture.md tells of the code as it is: every room, every table, and every step of a mail's walk."""

from __future__ import annotations

import importlib
import re

import pytest

import triage.database.tables
from kb.store import Base
from tests.conftest import ROOT

TOLD = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
WALK = TOLD.partition("## A mail's walk")[2].partition("## The tables")[0]


def rooms() -> set[str]:
    """Every folder with code, without the migrations, which belong to the database."""
    folders = {path.parent.relative_to(ROOT).as_posix() for part in ("kb", "triage") for path in (ROOT / part).rglob("*.py")}
    inside = (
        "kb/search/e5",
        "triage/database/migrations",
        "triage/database/migrations/versions",
        "triage/database/tables",
        "triage/web/pages",
    )
    return folders - {"kb", "triage", *inside}


def test_every_room_has_a_line_and_every_line_is_a_room() -> None:
    assert set(re.findall(r"^- `((?:kb|triage)/[\w/]+)`:", TOLD, re.MULTILINE)) == rooms()


def test_every_table_is_told_and_every_table_told_is_there() -> None:
    assert triage.database.tables
    assert set(re.findall(r"^\| `(\w+)` \|", TOLD, re.MULTILINE)) == set(Base.metadata.tables)


@pytest.mark.parametrize("step", sorted(set(re.findall(r"`(triage\.[\w.]+)`", WALK))))
def test_every_step_of_a_mails_walk_can_be_called(step: str) -> None:
    module, _, name = step.rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))
