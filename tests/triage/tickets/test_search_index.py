"""A ticket is found by what it holds now: the index is kept up in the transaction of each act, and old tickets are put in it in batches."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, delete, func, select, update
from sqlalchemy.orm import Session

from tests.triage.desks import Desks, desks
from tests.triage.letters import letter, letters
from triage.accounts.accounts import Person
from triage.database.tables import MessageRow, Ticket, TicketWords
from triage.desk.joining_tickets import JoiningDesk
from triage.desk.searching import SearchDesk
from triage.desk.ticket_desk import TicketDesk
from triage.errors import DeskError
from triage.intake.indexing import index_waiting
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.register.register import Register
from triage.sources.files import RawBytes
from triage.tickets.search_index import count_waiting, index_ticket

LATER = letter("De tegel is ook weg.", message_id="2@obsdemeerpaal.example", References="<1@obsdemeerpaal.example>")
OTHER = letter("Onze factuur klopt niet.", "Factuur", "Bo Vis <b.vis@kei.example>", "3@kei.example")


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desks:
    ingest(engine, [RawBytes("file", raw) for raw in (letter(), LATER, OTHER)], tools)
    return desks(engine, "smtp://127.0.0.1:1")


def found(engine: Engine, words: str) -> list[int]:
    return [one.line.id for one in SearchDesk(engine).find(words).tickets]


def stored(engine: Engine) -> dict[int, tuple[str, datetime]]:
    with Session(engine) as session:
        return {row.ticket_id: (row.terms, row.last_at) for row in session.scalars(select(TicketWords))}


Act = Callable[[Desks, Engine, Tools, Person], object]


def take_back(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    desk.answers.approve(1, "Re: inloggen", "Kies een ander wachtwoord.", agent)
    desk.answers.take_back(1, desk.inbox.ticket(1).messages[-1].number, agent)


def split(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    JoiningDesk(engine).split(desk.inbox.ticket(1).messages[1].number, agent, tools)


def merge_and_split(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    JoiningDesk(engine).merge(2, 1, agent)
    JoiningDesk(engine).split(next(one.number for one in desk.inbox.ticket(1).messages if "factuur" in one.text), agent, tools)


ACTS: dict[str, Act] = {
    "a later mail": lambda desk, engine, tools, agent: None,
    "a note": lambda desk, engine, tools, agent: desk.tickets.note(1, "Gebeld met Utrecht.", agent),
    "an answer": lambda desk, engine, tools, agent: desk.answers.approve(1, "Re: inloggen", "Kies een ander wachtwoord.", agent),
    "an answer taken back": take_back,
    "another subject": lambda desk, engine, tools, agent: desk.tickets.correct_intent(2, "storing", agent, tools),
    "a merge": lambda desk, engine, tools, agent: JoiningDesk(engine).merge(2, 1, agent),
    "a split": split,
    "a merge undone": merge_and_split,
}


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_after_each_act_the_words_are_those_of_an_index_made_anew(
    act: Act, desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    act(desk, engine, tools, agent)
    kept = stored(engine)
    with Session(engine) as session, session.begin():
        for ticket in session.scalars(select(Ticket)).all():
            index_ticket(session, ticket)
    assert kept == stored(engine)


def test_what_is_taken_back_or_undone_finds_the_ticket_no_more(desk: Desks, engine: Engine, agent: Person) -> None:
    desk.answers.approve(1, "Re: inloggen", "Kies een ander toetsenbord.", agent)
    assert found(engine, "toetsenbord") == [1]
    desk.answers.take_back(1, desk.inbox.ticket(1).messages[-1].number, agent)
    assert found(engine, "toetsenbord") == []


def test_a_merged_ticket_is_found_as_the_one_it_is_in_now_by_its_number_too(desk: Desks, engine: Engine, agent: Person) -> None:
    JoiningDesk(engine).merge(2, 1, agent)
    assert [found(engine, words) for words in ("factuur", "bo vis", "2")] == [[1], [1], [1]]


def test_a_ticket_that_was_merged_and_split_off_again_is_found_by_its_school(engine: Engine, tools: Tools, agent: Person) -> None:
    ingest(engine, [RawBytes("file", OTHER), RawBytes("file", letter())], tools)
    before = found(engine, "brin:99AC")
    JoiningDesk(engine).merge(2, 1, agent)
    JoiningDesk(engine).split(desks(engine).inbox.ticket(1).messages[-1].number, agent, tools)
    assert (before, found(engine, "brin:99AC")) == ([2], [2])


def test_an_act_that_fails_leaves_the_index_as_it_was(desk: Desks, engine: Engine, agent: Person) -> None:
    before = stored(engine)
    desk.tickets.close(2, agent)
    with pytest.raises(DeskError):
        desk.answers.approve(2, "Re: factuur", "Gecrediteerd.", agent)
    assert stored(engine) == before


def test_a_ticket_that_is_deleted_is_found_no_more(desk: Desks, engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        session.execute(delete(TicketWords).where(TicketWords.ticket_id == 2))
    assert found(engine, "factuur") == []


def test_tickets_of_before_the_index_are_put_in_it_in_batches_that_stay_done(
    engine: Engine, tools: Tools, register: Register
) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in letters(5)], tools)
    whole = stored(engine)
    with Session(engine) as session, session.begin():
        session.execute(delete(TicketWords))
        session.execute(update(MessageRow).values(files=None, text=None))
    batches = index_waiting(engine, register, batch=2)
    assert next(batches) == 2
    batches.close()  # interrupted

    with Session(engine) as session:
        assert count_waiting(session) == 3
    assert list(index_waiting(engine, register, batch=2)) == [2, 1]
    assert stored(engine) == whole


def test_words_of_another_analysis_are_made_anew(desk: Desks, engine: Engine, register: Register) -> None:
    whole = stored(engine)
    with Session(engine) as session, session.begin():
        session.execute(update(TicketWords).values(terms="oud", analysis="een vorige"))
    assert found(engine, "factuur") == []
    assert list(index_waiting(engine, register)) == [2]
    assert stored(engine) == whole


def test_a_ticket_is_as_old_as_its_last_message(engine: Engine, tools: Tools, agent: Person) -> None:
    ingest(engine, [RawBytes("file", letter().replace(b"23 Nov 2026", b"25 Nov 2024"))], tools)
    (one,) = SearchDesk(engine).find("inloggen").tickets
    assert one.last_at == datetime(2024, 11, 25, 8, 12, tzinfo=UTC)
    TicketDesk(engine).note(1, "Gebeld.", agent)
    (one,) = SearchDesk(engine).find("inloggen").tickets
    with Session(engine) as session:
        assert one.last_at == session.scalar(select(func.max(MessageRow.at)))
