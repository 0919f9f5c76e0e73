"""What became of mails and answers when tickets became conversations (migration 0009)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from kb.store import make_engine
from tests.layouts import fill, tables
from triage.database.opening import upgrade_database
from triage.database.tables import MessageRow, Ticket
from triage.desk.inbox import Inbox


@pytest.fixture(params=["beantwoord", "gesloten", "open"])
def session(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Session]:
    """A database of layout 0008 in which ticket 1 had this state, at the newest layout."""
    engine = make_engine(f"sqlite:///{tmp_path / 'before.db'}")
    upgrade_database(str(engine.url), "0008")
    fill(engine)
    ticket = {table.name: table for table in tables(engine)}["ticket"]
    with engine.begin() as connection:
        connection.execute(update(ticket).where(ticket.c.id == 1).values(status=request.param))
    upgrade_database(str(engine.url))
    with Session(engine) as opened:
        opened.info["was"] = request.param
        yield opened
    engine.dispose()


def test_each_mail_and_each_answer_is_a_message_of_its_ticket(session: Session) -> None:
    rows = session.scalars(select(MessageRow).order_by(MessageRow.id)).all()
    incoming = [(row.ticket_id, row.mail_id) for row in rows if row.direction == "incoming"]
    sent = [(row.ticket_id, row.draft_id, row.author) for row in rows if row.direction == "outgoing" and row.draft_id]
    assert incoming == [(1, 1), (1, 2)]  # the second mail is of the same request
    assert sent == [(1, 1, "wegwijzer"), (1, 2, "noor")]


def test_a_message_id_that_belongs_to_no_answer_is_kept_all_the_same(session: Session) -> None:
    ids = session.scalars(
        select(MessageRow.message_id).where(MessageRow.direction == "outgoing", MessageRow.message_id != "")
    ).all()
    assert len(ids) == 1


def test_an_answered_request_without_a_ruling_waits_and_the_rest_is_closed(session: Session) -> None:
    after = {"beantwoord": "waiting", "gesloten": "closed", "open": "open"}[session.info["was"]]
    assert (session.get_one(Ticket, 1).status, session.get_one(Ticket, 2).status) == (after, "closed")


def test_the_words_of_a_mail_of_before_are_read_when_they_are_shown(session: Session) -> None:
    engine = session.get_bind()
    assert "Bijlage" in [one.text for one in Inbox(engine).ticket(1).messages]  # type: ignore[arg-type]
