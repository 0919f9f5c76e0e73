"""The conversation of the demo, as an agent finds it."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from kb.settings import SHIPPED_DATA
from triage.accounts.accounts import Person
from triage.cli.demo_conversation import play
from triage.desk.inbox import Inbox
from triage.intake.pipeline import Tools
from triage.tickets.view import TicketView


@pytest.fixture
def played(engine: Engine, tools: Tools, agent: Person) -> TicketView:
    for _ in range(2):  # as when the demo is started again
        play(engine, tools, SHIPPED_DATA / "demo" / "conversation", "help@basispoort.nl", agent)
    assert [line.id for line in Inbox(engine).lines()] == [1]
    return Inbox(engine).ticket(1)


def test_it_holds_six_mails_and_a_note_in_the_order_of_the_day(played: TicketView) -> None:
    assert [one.direction for one in played.messages] == [
        "incoming", "outgoing", "incoming", "note", "outgoing", "incoming", "incoming",
    ]  # fmt: skip


def test_the_answer_that_did_not_arrive_is_told_by_the_bounce(played: TicketView) -> None:
    assert [one.automatic for one in played.messages if one.automatic] == ["bounce"]
    assert "antwoord niet aangekomen" in [one.action for one in played.history]


def test_nothing_about_it_is_odd(played: TicketView) -> None:
    assert {one.warning for one in played.messages} == {""}
    assert {one.how for one in played.messages if one.direction == "outgoing"} == {"sent"}
