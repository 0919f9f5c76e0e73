"""What became of requests in several mails when each became one conversation (migration 0010)."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from kb.store import make_engine
from tests.layouts import MOMENT, fill, tables
from triage.database.opening import upgrade_database
from triage.database.tables import MessageRow, Ticket, VerificationRow
from triage.tickets.heads import is_refused


@pytest.mark.parametrize(
    ("outcome", "there"),
    [
        pytest.param("toegekend", 1, id="a-grant-ends-the-request"),
        pytest.param("afgewezen", 2, id="a-mail-that-was-turned-down-was-turned-down-alone"),
    ],
)
def test_a_later_mail_is_a_message_of_the_first_ticket_unless_it_was_turned_down(
    tmp_path: Path, outcome: str, there: int
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    upgrade_database(str(engine.url), "0009")
    fill(engine)
    before = {table.name: table for table in tables(engine)}
    with engine.begin() as connection:
        connection.execute(update(before["ticket"]).where(before["ticket"].c.id == 2).values(follows_id=1))
        connection.execute(update(before["ruling"]).values(outcome=outcome))
    upgrade_database(str(engine.url))

    with Session(engine) as session:
        later = session.get_one(MessageRow, 2)
        assert (later.ticket_id, later.follows_id) == (there, 1)
        assert session.get_one(VerificationRow, 3).message is later
        assert session.get_one(Ticket, 2).merged_into_id == (1 if there == 1 else None)
        assert not is_refused(session.get_one(Ticket, 1))
    engine.dispose()


def test_a_grant_stays_a_grant_when_a_later_mail_was_turned_down(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    upgrade_database(str(engine.url), "0009")
    fill(engine)
    before = {table.name: table for table in tables(engine)}
    with engine.begin() as connection:
        connection.execute(update(before["ruling"]).values(outcome="afgewezen"))
        granted = {"verification_id": 2, "outcome": "toegekend", "note": "", "by": "noor", "at": MOMENT}
        connection.execute(before["ruling"].insert().values(granted))
    upgrade_database(str(engine.url))

    with Session(engine) as session:
        assert [is_refused(session.get_one(Ticket, number)) for number in (1, 2)] == [False, True]
    engine.dispose()


def test_a_suspect_mail_keeps_a_ticket_of_its_own(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    upgrade_database(str(engine.url), "0009")
    fill(engine)
    before = {table.name: table for table in tables(engine)}
    with engine.begin() as connection:
        connection.execute(update(before["verification"]).where(before["verification"].c.id == 3).values(verdict="verdacht"))
    upgrade_database(str(engine.url))

    with Session(engine) as session:
        assert session.get_one(MessageRow, 2).ticket_id == 2
    engine.dispose()
