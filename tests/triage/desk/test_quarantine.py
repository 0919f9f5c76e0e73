"""Mails that could not be triaged are there for every agent: seen, tried again, thrown away; copies say of what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from kb.store import utc_now
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.tables import Event, RawMail
from triage.desk.quarantine import Quarantine
from triage.errors import DeskError
from triage.intake import intake
from triage.intake.intake import Counts, ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes

NO_SENDER = b"Subject: hoi\n\nzonder afzender"


@pytest.fixture
def quarantine(engine: Engine) -> Quarantine:
    return Quarantine(engine)


def arrive(engine: Engine, tools: Tools, *raws: bytes) -> Counts:
    return ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


def test_what_was_set_apart_shows_why_and_what_can_be_read(engine: Engine, tools: Tools, quarantine: Quarantine) -> None:
    arrive(engine, tools, NO_SENDER)
    (one,) = quarantine.mails()
    assert (one.problem, one.message.subject, one.message.text) == (
        "Deze mail heeft geen leesbare afzender of inhoud.",
        "hoi",
        "zonder afzender",
    )


def test_mails_that_are_set_apart_are_counted(engine: Engine, tools: Tools, quarantine: Quarantine) -> None:
    arrive(engine, tools, NO_SENDER, letter())
    assert quarantine.count() == 1


def test_the_bytes_of_a_mail_can_be_had_as_they_came(engine: Engine, tools: Tools, quarantine: Quarantine) -> None:
    arrive(engine, tools, NO_SENDER)
    assert quarantine.raw(1) == NO_SENDER


def test_a_mail_that_does_not_exist_is_refused(quarantine: Quarantine) -> None:
    with pytest.raises(DeskError, match="Mail 99 bestaat niet"):
        quarantine.raw(99)


def test_a_mail_is_tried_again_when_the_program_was_mended(
    engine: Engine, tools: Tools, agent: Person, quarantine: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(intake, "triage_message", None)
        assert arrive(engine, tools, letter()).quarantined == 1
        with pytest.raises(DeskError, match="Verwerken mislukte"):
            quarantine.try_again(1, agent, tools)

    assert quarantine.try_again(1, agent, tools) == 1
    assert quarantine.mails() == []


def test_a_mail_that_is_thrown_away_is_kept_for_a_while_and_then_gone(
    engine: Engine, tools: Tools, agent: Person, quarantine: Quarantine
) -> None:
    arrive(engine, tools, NO_SENDER, letter())
    quarantine.throw_away(1, agent)
    assert (quarantine.mails(), quarantine.forget(30)) == ([], 0)

    with engine.begin() as connection:
        connection.execute(update(RawMail).values(received_at=utc_now() - timedelta(days=31)))
    assert quarantine.forget(30) == 1
    with Session(engine) as session:
        assert [row.id for row in session.scalars(select(RawMail))] == [2]


@pytest.mark.parametrize("number", [1, 99])
def test_only_what_stands_apart_can_be_thrown_away(
    number: int, engine: Engine, tools: Tools, agent: Person, quarantine: Quarantine
) -> None:
    arrive(engine, tools, letter())
    with pytest.raises(DeskError, match="staat niet apart"):
        quarantine.throw_away(number, agent)


def test_a_copy_is_listed_with_the_ticket_of_its_original(engine: Engine, tools: Tools, quarantine: Quarantine) -> None:
    arrive(engine, tools, letter(), b"Received: from a by b\n" + letter())
    assert [(one.number, one.subject, one.ticket) for one in quarantine.copies()] == [(2, "Inloggen lukt niet", 1)]


def test_who_did_what_with_a_mail_is_on_record(engine: Engine, tools: Tools, agent: Person, quarantine: Quarantine) -> None:
    arrive(engine, tools, NO_SENDER)
    quarantine.throw_away(1, agent)
    with Session(engine) as session:
        last = session.scalars(select(Event).order_by(Event.id.desc())).first()
    assert last is not None
    assert (last.actor, last.action, last.detail) == ("noor", "weggegooid", {"mail": 1})
