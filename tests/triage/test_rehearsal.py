"""A dry run of routing rules on tickets that came in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kb.settings import SHIPPED_DATA
from triage.intake import ingest
from triage.mail.sources import RawBytes
from triage.pipeline import Tools
from triage.rehearsal import rehearse
from triage.routing import Routing, load_routing, read_routing

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MAILS = [
    b"From: Juf <juf@een.example>\r\nSubject: wachtwoord vergeten\r\nMessage-ID: <1@een.example>\r\n\r\nIk ben mijn wachtwoord vergeten.\r\n",
    b"From: Bouw <x@twee.example>\r\nSubject: wachtwoord vergeten\r\nMessage-ID: <2@twee.example>\r\n\r\nIk kan niet inloggen.\r\n",
]


@pytest.fixture
def other(tmp_path: Path) -> Routing:
    """The shipped rules with one in front: mail of one school goes elsewhere, urgently."""
    text = (SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8")
    rule = "rules:\n  - {name: Proef, senders: ['*@een.example'], queue: partners, priority: urgent}\n"
    path = tmp_path / "routing.yaml"
    path.write_text(text.replace("rules:\n", rule, 1), encoding="utf-8")
    return read_routing(path, SHIPPED_DATA / "school_holidays.yaml")


def test_a_dry_run_shows_the_tickets_that_would_go_otherwise_and_the_rule(engine: Engine, tools: Tools, other: Routing) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    found = rehearse(engine, LONG_AGO, load_routing(), other)

    (changed,) = found.changed
    assert found.tickets == 2
    assert (changed.queue[1], changed.priority[1], changed.rule[1]) == ("partners", "urgent", "Proef")


def test_the_same_rules_change_nothing(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    assert rehearse(engine, LONG_AGO, load_routing(), load_routing()).changed == ()


def test_tickets_of_before_are_left_out(engine: Engine, tools: Tools, other: Routing) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    assert rehearse(engine, datetime.now(UTC) + timedelta(hours=1), load_routing(), other).tickets == 0
