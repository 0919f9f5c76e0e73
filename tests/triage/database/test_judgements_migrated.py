"""What people decided before judgements were rows of a check is where the desk looks for it after migration 0006."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from kb.store import make_engine
from tests.layouts import MOMENT, fill, tables
from triage.database.opening import upgrade_database
from triage.database.tables import Approval, NamedMail, ReadingRow, Tick, Ticket, VerificationRow
from triage.verify.model import Weight
from triage.verify.record import from_json


@pytest.fixture
def before(tmp_path: Path) -> Iterator[Engine]:
    """A filled database of layout 0005 whose second check was made an hour after the first."""
    engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    upgrade_database(str(engine.url), "0005")
    fill(engine)
    found = {table.name: table for table in tables(engine)}
    checks = found["verification"]
    with engine.begin() as connection:
        connection.execute(update(checks).where(checks.c.id == 2).values(created_at=MOMENT + timedelta(hours=1)))
    yield engine
    engine.dispose()


@pytest.fixture
def session(before: Engine) -> Iterator[Session]:
    upgrade_database(str(before.url))
    with Session(before) as session:
        yield session


def test_a_tick_hangs_on_the_check_that_was_there_when_it_was_set(session: Session) -> None:
    ticks = [(tick.verification_id, tick.field, tick.by) for tick in session.scalars(select(Tick))]
    assert ticks == [(1, "geen_actieve_beheerder", "noor")]


def test_a_reading_hangs_on_every_check_that_was_made_with_it(session: Session) -> None:
    assert [(row.verification_id, row.value) for row in session.scalars(select(ReadingRow))] == [(1, "99AC"), (2, "99AC")]


def test_a_consent_of_before_is_to_nothing_that_is_known(session: Session) -> None:
    assert [(row.verification_id, row.seen) for row in session.scalars(select(Approval))] == [(2, "")]


def test_what_is_asked_of_a_check_stands_in_its_columns(session: Session) -> None:
    row = session.get_one(VerificationRow, 2)
    found = (row.request, row.brin, row.board_number, row.signer, row.edition_id)
    assert found == ("eerste-beheerder-aanvraag", "99AC", "99001", "A. de Vries", None)


def test_a_mail_that_was_taken_out_of_an_incident_stays_out(session: Session) -> None:
    assert session.get_one(Ticket, 2).left_incident_at == MOMENT


def test_senders_are_found_by_their_domain(session: Session) -> None:
    assert session.get_one(Ticket, 1).sender_domain == "zonnewijzer.example"


def test_a_check_of_the_first_versions_is_read_and_must_be_done_again(before: Engine) -> None:
    checks = next(table for table in tables(before) if table.name == "verification")
    with before.begin() as connection:
        stored = connection.execute(select(checks.c.content).where(checks.c.id == 3)).scalar_one()
        old = {name: value for name, value in stored.items() if name != "obstacles"} | {"turned": {"scan.pdf": [90.0]}}
        connection.execute(update(checks).where(checks.c.id == 3).values(content=old))
    upgrade_database(str(before.url))

    with Session(before) as session:
        found = from_json(session.get_one(VerificationRow, 3).content)
    assert [one.weight for one in found.obstacles] == [Weight.DOUBT]
    assert found.turns == {"scan.pdf": (90.0,)}


def test_which_mails_a_mail_answers_is_read_from_its_headers(before: Engine) -> None:
    mails = next(table for table in tables(before) if table.name == "raw_mail")
    raw = b"From: a@b.example\r\nReferences: <1@x.example>\r\n <2@x.example>\r\nIn-Reply-To: <2@x.example>\r\n\r\nNog iets"
    with before.begin() as connection:
        connection.execute(update(mails).where(mails.c.id == 2).values(raw=raw))
    upgrade_database(str(before.url))

    with Session(before) as session:
        assert [one.named for one in session.scalars(select(NamedMail))] == ["2@x.example", "1@x.example"]
