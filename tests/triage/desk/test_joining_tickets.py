"""Merging two tickets of one matter, and splitting one that is two; formal requests stay as they are."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from kb.settings import SHIPPED_DATA
from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN
from triage.desk.joining_tickets import JoiningDesk
from triage.desk.writing import WritingDesk
from triage.errors import DeskError, TicketChangedError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes

REQUEST = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()
SECOND = letter("De tegel van de methode ontbreekt.", message_id="2@obsdemeerpaal.example", subject="Tegel weg")
LATER = letter(
    "Nog iets: hoe verwijder ik een leerling?", message_id="3@obsdemeerpaal.example", References="<1@obsdemeerpaal.example>"
)


@pytest.fixture
def desk(engine: Engine) -> Desks:
    return desks(engine)


def arrive(engine: Engine, tools: Tools, *raws: bytes) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


def test_merged_tickets_are_one_conversation_and_both_numbers_lead_there(
    desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    arrive(engine, tools, letter(), SECOND)
    desk.tickets.note(2, "Zelfde school.", agent)
    JoiningDesk(engine).merge(2, 1, agent)

    assert desk.inbox.ticket(2).line.id == 1
    assert [one.text.split(".")[0] for one in desk.inbox.ticket(1).messages][1:] == [
        "De tegel van de methode ontbreekt",
        "Zelfde school",
    ]
    assert [line.id for line in desk.inbox.lines()] == [1]
    assert desk.inbox.lines(status=CLOSED) == []


def test_merging_an_open_ticket_opens_the_other(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(), SECOND)
    desk.tickets.close(1, agent)
    JoiningDesk(engine).merge(2, 1, agent)
    assert desk.inbox.ticket(1).line.status == OPEN


def test_a_reply_to_a_merged_ticket_comes_where_its_messages_are(
    desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    arrive(engine, tools, letter(), SECOND)
    JoiningDesk(engine).merge(2, 1, agent)
    arrive(engine, tools, letter("En?", message_id="9@obsdemeerpaal.example", References="<2@obsdemeerpaal.example>"))
    assert [one.text for one in desk.inbox.ticket(1).messages][-1] == "En?"


def test_a_later_mail_becomes_a_ticket_of_its_own(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(), LATER)
    later = desk.inbox.ticket(1).messages[1].number
    number = JoiningDesk(engine).split(later, agent, tools)

    assert (number, len(desk.inbox.ticket(1).messages), len(desk.inbox.ticket(2).messages)) == (2, 1, 1)
    view = desk.inbox.ticket(2)
    assert (view.line.status, view.messages[0].joined) == (OPEN, "")
    assert view.draft is not None


def test_the_first_mail_is_not_split_off(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(), LATER)
    with pytest.raises(DeskError, match="latere mail"):
        JoiningDesk(engine).split(desk.inbox.ticket(1).messages[0].number, agent, tools)


def test_a_formal_request_is_never_merged(engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(), REQUEST)
    for one, other in ((1, 2), (2, 1)):
        with pytest.raises(DeskError, match="formele aanvraag"):
            JoiningDesk(engine).merge(one, other, agent)


def test_a_ticket_is_not_merged_with_itself(engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter())
    with pytest.raises(DeskError, match="dezelfde"):
        JoiningDesk(engine).merge(1, 1, agent)


def test_a_merge_is_undone_by_splitting_the_first_mail_off_again(
    desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    arrive(engine, tools, letter(), SECOND)
    joining = JoiningDesk(engine)
    joining.merge(2, 1, agent)
    second = desk.inbox.ticket(1).messages[1].number

    assert joining.split(second, agent, tools) == 2
    assert [len(desk.inbox.ticket(number).messages) for number in (1, 2)] == [1, 1]
    assert sorted(line.id for line in desk.inbox.lines()) == [1, 2]


def test_a_proposal_for_one_writer_is_not_offered_for_another_and_typed_text_moves_along(
    desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    arrive(engine, tools, letter(), SECOND)
    before, seen = desk.inbox.ticket(1).draft, desk.inbox.ticket(1).seen
    WritingDesk(engine).keep(2, "Re: x", "Mijn tekst", "", agent)
    JoiningDesk(engine).merge(2, 1, agent)

    assert desk.inbox.ticket(1).draft == before
    assert desk.inbox.ticket(1).seen != seen
    kept = WritingDesk(engine).text(1, agent)
    assert kept is not None
    assert kept.body == "Mijn tekst"


def test_a_ticket_that_changed_since_it_was_seen_is_not_merged(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(), SECOND)
    seen = desk.inbox.ticket(2).seen
    desk.tickets.note(2, "Gebeld: dit is toch iets anders.", agent)
    with pytest.raises(TicketChangedError):
        JoiningDesk(engine).merge(2, 1, agent, seen)
    assert desk.inbox.ticket(2).line.id == 2
