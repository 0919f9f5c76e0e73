"""Never is sent what was not on the screen, and what somebody typed is never lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine

from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN, WAITING
from triage.desk.answer_desk import Consent
from triage.desk.writing import Unsent, WritingDesk
from triage.errors import DeskError, SameAnswerError, TicketChangedError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desks:
    ingest(engine, [RawBytes("file", letter())], tools)
    return desks(engine)


@pytest.fixture
def colleague(hire: Callable[[str, str], Person]) -> Person:
    return hire("wim", "agent")


@pytest.mark.parametrize("change", ["draft", "note", "mail", "state", "subject"])
def test_an_answer_to_a_ticket_that_changed_is_not_sent(
    change: str, desk: Desks, engine: Engine, tools: Tools, agent: Person, colleague: Person
) -> None:
    seen = desk.inbox.ticket(1).seen
    changes: dict[str, Callable[[], object]] = {
        "draft": lambda: desk.answers.save_draft(1, "Re: x", "Een half antwoord van Wim", colleague),
        "note": lambda: desk.tickets.note(1, "Ik bel ze zelf.", colleague),
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
        "state": lambda: desk.tickets.close(1, colleague),
        "subject": lambda: desk.tickets.correct_intent(1, "storing", colleague, tools),
    }
    changes[change]()
    before = desk.inbox.ticket(1)

    with pytest.raises(TicketChangedError, match="veranderd"):
        desk.answers.approve(1, "Re: x", "Mijn tekst", agent, consent=Consent(seen))
    assert desk.inbox.ticket(1) == before


def test_an_answer_to_the_ticket_as_it_was_seen_is_sent(desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: x", "Mijn tekst", agent, consent=Consent(desk.inbox.ticket(1).seen))
    assert desk.inbox.ticket(1).line.status == WAITING


def test_assigning_a_ticket_changes_nothing_that_an_answer_rests_on(desk: Desks, agent: Person) -> None:
    seen = desk.inbox.ticket(1).seen
    desk.tickets.assign(1, "noor", agent)
    assert desk.inbox.ticket(1).seen == seen


def test_the_same_answer_goes_out_twice_only_when_asked_again(desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: x", "Mijn tekst", agent, OPEN)
    with pytest.raises(SameAnswerError, match="al verstuurd"):
        desk.answers.approve(1, "Re: x", "Mijn tekst\n", agent, CLOSED)
    assert desk.inbox.ticket(1).line.status == OPEN

    desk.answers.approve(1, "Re: x", "Mijn tekst", agent, CLOSED, Consent(again=True))
    assert [one.text for one in desk.inbox.ticket(1).messages[1:]] == ["Mijn tekst", "Mijn tekst"]


def test_what_is_typed_is_kept_for_its_writer_alone(desk: Desks, engine: Engine, agent: Person, colleague: Person) -> None:
    writing = WritingDesk(engine)
    writing.keep(1, "Re: x", "Een begin", "a" * 64, agent)
    writing.keep(1, "Re: x", "Een begin en meer", "a" * 64, agent)

    assert writing.text(1, agent) == Unsent("Re: x", "Een begin en meer", "a" * 64)
    assert writing.text(1, colleague) is None


@pytest.mark.parametrize("end", ["sent", "saved", "dropped"])
def test_what_was_typed_is_gone_when_it_was_sent_saved_or_thrown_away(
    end: str, desk: Desks, engine: Engine, agent: Person, colleague: Person
) -> None:
    writing = WritingDesk(engine)
    writing.keep(1, "Re: x", "Mijn tekst", "", agent)
    writing.keep(1, "Re: x", "Van Wim", "", colleague)
    if end == "sent":
        desk.answers.approve(1, "Re: x", "Mijn tekst", agent)
    elif end == "saved":
        desk.answers.save_draft(1, "Re: x", "Mijn tekst", agent)
    else:
        writing.drop(1, agent)

    assert writing.text(1, agent) is None
    assert writing.text(1, colleague) is not None


def test_nothing_is_kept_for_a_ticket_that_is_not_there(desk: Desks, engine: Engine, agent: Person) -> None:
    with pytest.raises(DeskError, match="bestaat niet"):
        WritingDesk(engine).keep(99, "", "x", "", agent)
