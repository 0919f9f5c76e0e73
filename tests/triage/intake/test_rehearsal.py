"""A dry run of routing rules on tickets that came in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from triage.classify import load_taxonomy
from triage.database.tables import Ticket
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.intake.rehearsal import rehearse
from triage.register.importing import import_register
from triage.routing.routing import Routing, load_routing, read_routing
from triage.sources.files import RawBytes

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
MAILS = [
    b"From: Juf <juf@een.example>\r\nSubject: wachtwoord vergeten\r\nMessage-ID: <1@een.example>\r\n\r\nIk ben mijn wachtwoord vergeten.\r\n",
    b"From: Bouw <x@twee.example>\r\nSubject: wachtwoord vergeten\r\nMessage-ID: <2@twee.example>\r\n\r\nIk kan niet inloggen.\r\n",
]


def shipped_but(tmp_path: Path, old: str, new: str) -> Routing:
    """The shipped rules with one thing changed."""
    text = (SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "routing.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return read_routing(path, SHIPPED_DATA / "school_holidays.yaml")


def with_rule(tmp_path: Path, rule: str) -> Routing:
    """The shipped rules with one in front."""
    return shipped_but(tmp_path, "rules:\n", f"rules:\n  - {rule}\n")


@pytest.fixture
def other(tmp_path: Path) -> Routing:
    """Mail of one school goes elsewhere, urgently."""
    return with_rule(tmp_path, "{name: Proef, senders: ['*@een.example'], queue: partners, priority: urgent}")


def test_a_dry_run_shows_the_tickets_that_would_go_otherwise_and_the_rule(engine: Engine, tools: Tools, other: Routing) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    found = rehearse(engine, LONG_AGO, other)

    (changed,) = found.changed
    assert found.tickets == 2
    assert (changed.queue[1], changed.priority[1], changed.rule) == ("partners", "urgent", "Proef")


def test_the_rules_by_which_tickets_went_change_nothing(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    assert rehearse(engine, LONG_AGO, load_routing()).changed == ()


def test_a_dry_run_shows_due_times_that_would_change(engine: Engine, tools: Tools, tmp_path: Path) -> None:
    ingest(engine, [RawBytes("file", MAILS[0])], tools)
    longer = shipped_but(tmp_path, "normaal: {day_end: 0}", "normaal: {day_end: 1}")

    (changed,) = rehearse(engine, LONG_AGO, longer).changed

    assert changed.priority == ("normaal", "normaal")
    assert changed.due[0] < changed.due[1]


def test_a_dry_run_compares_with_how_a_ticket_went(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", MAILS[0])], tools)
    with Session(engine) as session, session.begin():
        session.get_one(Ticket, 1).queue = "partners"  # by the rules of that time

    (changed,) = rehearse(engine, LONG_AGO, load_routing()).changed

    assert changed.queue == ("partners", load_taxonomy()["inloggen-leerkracht"].queue)


@pytest.fixture
def request_of_a_school(engine: Engine, tools: Tools) -> None:
    """Ticket 1: a form for school 99BC, from an address that does not tell the school."""
    demo = SHIPPED_DATA / "demo"
    with Session(engine) as session, session.begin():
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
    mail = (demo / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()
    ingest(engine, [RawBytes("file", mail.replace(b"pcbdevuurtoren.example", b"post.example"))], tools)


@pytest.mark.usefixtures("request_of_a_school")
def test_a_dry_run_knows_the_school_from_the_form_of_a_request(engine: Engine, tmp_path: Path) -> None:
    (changed,) = rehearse(engine, LONG_AGO, with_rule(tmp_path, "{name: Proef, schools: [99BC], queue: partners}")).changed

    assert changed.rule == "Proef"


@pytest.mark.usefixtures("request_of_a_school")
def test_a_ticket_that_turned_out_to_be_no_request_is_not_routed_by_the_verdict_of_before(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(Ticket, 1).intent = "partner-en-aansluiting"

    rules = with_rule(tmp_path, "{name: Proef, verdicts: [onvolledig, verdacht], queue: privacy}")
    (changed,) = rehearse(engine, LONG_AGO, rules).changed

    assert changed.rule == "Gebruikelijk voor Partner en aansluiting"


def test_tickets_of_before_are_left_out(engine: Engine, tools: Tools, other: Routing) -> None:
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)

    assert rehearse(engine, datetime.now(UTC) + timedelta(hours=1), other).tickets == 0
