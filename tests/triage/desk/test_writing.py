"""Never is sent what was not on the screen, and what somebody typed is never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN, WAITING
from triage.desk.desk import Desk
from triage.desk.writing import Unsent, WritingDesk
from triage.errors import DeskError, SameAnswerError, TicketChangedError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes

HELP = "help@basispoort.nl"


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desk:
    ingest(engine, [RawBytes("file", letter())], tools)
    return Desk(engine, None, HELP)


@pytest.fixture
def colleague(hire: Callable[[str, str], Person]) -> Person:
    return hire("wim", "agent")


@pytest.mark.parametrize("change", ["draft", "note", "mail", "state", "subject"])
def test_an_answer_to_a_ticket_that_changed_is_not_sent(
    change: str, desk: Desk, engine: Engine, tools: Tools, agent: Person, colleague: Person
) -> None:
    seen = desk.ticket(1).seen
    changes: dict[str, Callable[[], object]] = {
        "draft": lambda: desk.save_draft(1, "Re: x", "Een half antwoord van Wim", colleague),
        "note": lambda: desk.note(1, "Ik bel ze zelf.", colleague),
        "mail": lambda: ingest(
            engine,
            [
                RawBytes(
                    "file",
                    letter("Laat maar, het is al opgelost?", message_id="2@x.example", References="<1@obsdemeerpaal.example>"),
                )
            ],
            tools,
        ),
        "state": lambda: desk.close(1, colleague),
        "subject": lambda: desk.correct_intent(1, "storing", colleague, tools),
    }
    changes[change]()
    before = desk.ticket(1)

    with pytest.raises(TicketChangedError, match="veranderd"):
        desk.approve(1, "Re: x", "Mijn tekst", agent, seen=seen)
    assert desk.ticket(1) == before


def test_an_answer_to_the_ticket_as_it_was_seen_is_sent(desk: Desk, agent: Person) -> None:
    desk.approve(1, "Re: x", "Mijn tekst", agent, seen=desk.ticket(1).seen)
    assert desk.ticket(1).line.status == WAITING


def test_assigning_a_ticket_changes_nothing_that_an_answer_rests_on(desk: Desk, agent: Person) -> None:
    seen = desk.ticket(1).seen
    desk.assign(1, "noor", agent)
    assert desk.ticket(1).seen == seen


def test_the_same_answer_goes_out_twice_only_when_asked_again(desk: Desk, agent: Person) -> None:
    desk.approve(1, "Re: x", "Mijn tekst", agent, OPEN)
    with pytest.raises(SameAnswerError, match="al verstuurd"):
        desk.approve(1, "Re: x", "Mijn tekst\n", agent, CLOSED)
    assert desk.ticket(1).line.status == OPEN

    desk.approve(1, "Re: x", "Mijn tekst", agent, CLOSED, again=True)
    assert [one.text for one in desk.ticket(1).messages[1:]] == ["Mijn tekst", "Mijn tekst"]


def test_what_is_typed_is_kept_for_its_writer_alone(desk: Desk, engine: Engine, agent: Person, colleague: Person) -> None:
    writing = WritingDesk(engine)
    writing.keep(1, "Re: x", "Een begin", "a" * 64, agent)
    writing.keep(1, "Re: x", "Een begin en meer", "a" * 64, agent)

    assert writing.text(1, agent) == Unsent("Re: x", "Een begin en meer", "a" * 64)
    assert writing.text(1, colleague) is None


@pytest.mark.parametrize("end", ["sent", "saved", "dropped"])
def test_what_was_typed_is_gone_when_it_was_sent_saved_or_thrown_away(
    end: str, desk: Desk, engine: Engine, agent: Person, colleague: Person
) -> None:
    writing = WritingDesk(engine)
    writing.keep(1, "Re: x", "Mijn tekst", "", agent)
    writing.keep(1, "Re: x", "Van Wim", "", colleague)
    if end == "sent":
        desk.approve(1, "Re: x", "Mijn tekst", agent)
    elif end == "saved":
        desk.save_draft(1, "Re: x", "Mijn tekst", agent)
    else:
        writing.drop(1, agent)

    assert writing.text(1, agent) is None
    assert writing.text(1, colleague) is not None


def test_nothing_is_kept_for_a_ticket_that_is_not_there(desk: Desk, engine: Engine, agent: Person) -> None:
    with pytest.raises(DeskError, match="bestaat niet"):
        WritingDesk(engine).keep(99, "", "x", "", agent)
