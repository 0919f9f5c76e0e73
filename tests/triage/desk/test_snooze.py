"""A ticket that waits until a moment: out of the inbox, opened by that moment or by a reply, once, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from tests.triage.desks import Desks, desks
from tests.triage.letters import bounce, letter
from triage.accounts.accounts import Person, add_user
from triage.database.opening import open_database
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Ticket
from triage.desk.joining_tickets import JoiningDesk
from triage.desk.snooze import SnoozeDesk, next_week, tomorrow, wake_due
from triage.errors import DeskError, TicketChangedError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes

NOW = datetime(2026, 12, 1, 15, 30, tzinfo=UTC)  # a Tuesday
MORNING = datetime(2026, 12, 2, 8, 0, tzinfo=UTC)  # nine o'clock in the Netherlands in winter
REPLY = letter("Het lukt nog steeds niet.", message_id="2@obsdemeerpaal.example", References="<1@obsdemeerpaal.example>")
THANKS = letter("Dank u wel!", message_id="2@obsdemeerpaal.example", References="<1@obsdemeerpaal.example>")


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A database with one ticket, on each kind of server."""
    if request.param == "sqlite":
        database = open_database(f"sqlite:///{request.getfixturevalue('tmp_path') / 'snooze.db'}")
    else:
        database = open_database(request.getfixturevalue("new_postgres")())
    ingest(database, [RawBytes("file", letter())], request.getfixturevalue("tools"))
    yield database
    database.dispose()


@pytest.fixture
def agent(engine: Engine) -> Person:
    with Session(engine) as session, session.begin():
        return add_user(session, "noor", "een-lang-wachtwoord", "agent")


@pytest.fixture
def desk(engine: Engine) -> Desks:
    return desks(engine)


@pytest.fixture
def snoozed(engine: Engine, agent: Person) -> Engine:
    """The database in which the ticket waits until tomorrow morning."""
    SnoozeDesk(engine, at(NOW)).wait_until(1, MORNING, agent)
    return engine


def state(desk: Desks) -> tuple[str, datetime | None]:
    line = desk.inbox.ticket(1).line
    return line.status, line.waiting_until


def test_a_ticket_that_waits_until_a_moment_leaves_the_inbox_and_says_so_in_its_history(snoozed: Engine, desk: Desks) -> None:
    assert desk.inbox.lines() == []
    assert state(desk) == (WAITING, MORNING)
    last = desk.inbox.ticket(1).history[-1]
    assert (last.actor, last.action, last.detail) == ("noor", "laten wachten", "tot: 02-12-2026 09:00")


def test_before_its_moment_nothing_wakes_it(snoozed: Engine, desk: Desks) -> None:
    assert wake_due(snoozed, at(MORNING - timedelta(seconds=1))) == []
    assert state(desk) == (WAITING, MORNING)


def test_its_moment_opens_it_once(snoozed: Engine, desk: Desks) -> None:
    assert [wake_due(snoozed, at(MORNING)) for _ in range(2)] == [[1], []]
    assert state(desk) == (OPEN, None)
    assert [(one.actor, one.action) for one in desk.inbox.ticket(1).history].count(("wegwijzer", "wachttijd voorbij")) == 1


def test_of_two_servers_that_wake_at_once_one_opens_it(snoozed: Engine, desk: Desks) -> None:
    with ThreadPoolExecutor(4) as servers:
        woken = list(servers.map(lambda _: wake_due(snoozed, at(MORNING)), range(4)))
    assert sorted(woken) == [[], [], [], [1]]
    assert [one.action for one in desk.inbox.ticket(1).history].count("wachttijd voorbij") == 1


def test_a_reply_opens_it_and_its_moment_is_forgotten(snoozed: Engine, desk: Desks, tools: Tools) -> None:
    ingest(snoozed, [RawBytes("file", REPLY)], tools)
    assert state(desk) == (OPEN, None)
    assert wake_due(snoozed, at(MORNING)) == []


def test_thanks_alone_leave_it_waiting(snoozed: Engine, desk: Desks, tools: Tools) -> None:
    ingest(snoozed, [RawBytes("file", THANKS)], tools)
    assert state(desk) == (WAITING, MORNING)


def test_a_ticket_that_waits_for_an_answer_is_not_woken(engine: Engine, desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent, WAITING)
    assert wake_due(engine, at(MORNING + timedelta(days=300))) == []
    assert state(desk) == (WAITING, None)


@pytest.mark.parametrize(
    "act",
    [lambda desk, by: desk.tickets.close(1, by), lambda desk, by: desk.tickets.reopen(1, by), lambda desk, by: desk.answers.finish(1, "Re: x", "Klaar.", by)],
    ids=["close", "reopen", "finish"],
)  # fmt: skip
def test_whatever_a_colleague_does_then_the_moment_is_forgotten(
    act: Callable[[Desks, Person], None], snoozed: Engine, desk: Desks, agent: Person
) -> None:
    act(desk, agent)
    assert state(desk)[1] is None
    assert wake_due(snoozed, at(MORNING)) == []


def test_a_merged_ticket_wakes_no_more(snoozed: Engine, desk: Desks, agent: Person, tools: Tools) -> None:
    ingest(snoozed, [RawBytes("file", letter("Iets anders.", message_id="5@x.example", sender="a@x.example"))], tools)
    JoiningDesk(snoozed).merge(1, 2, agent)
    assert wake_due(snoozed, at(MORNING)) == []


def test_an_answer_that_did_not_arrive_opens_it(engine: Engine, desk: Desks, agent: Person, tools: Tools) -> None:
    sending = desks(engine, "smtp://127.0.0.1:1")
    sending.answers.approve(1, "Re: hoi", "Beste Sanne", agent, WAITING)
    SnoozeDesk(engine, at(NOW)).wait_until(1, MORNING, agent)
    with Session(engine) as session:
        answer = session.get_one(Ticket, 1).messages[-1]
        returned = bounce({"Message-ID": f"<{answer.message_id}>", "Subject": "Re: hoi"}, answer.address)  # type: ignore[arg-type]
    ingest(engine, [RawBytes("file", returned)], tools)
    assert state(desk) == (OPEN, None)


def test_another_moment_replaces_the_first(snoozed: Engine, desk: Desks, agent: Person) -> None:
    later = MORNING + timedelta(days=7)
    SnoozeDesk(snoozed, at(NOW)).wait_until(1, later, agent)
    assert wake_due(snoozed, at(MORNING)) == []
    assert state(desk) == (WAITING, later)


@pytest.mark.parametrize("until", [NOW - timedelta(minutes=1), NOW, NOW + timedelta(days=400)])
def test_a_moment_that_passed_or_is_far_away_is_refused(until: datetime, engine: Engine, desk: Desks, agent: Person) -> None:
    with pytest.raises(DeskError, match="in de toekomst"):
        SnoozeDesk(engine, at(NOW)).wait_until(1, until, agent)
    assert state(desk) == (OPEN, None)


def test_a_closed_ticket_does_not_wait(engine: Engine, desk: Desks, agent: Person) -> None:
    desk.tickets.close(1, agent)
    with pytest.raises(DeskError, match="gesloten"):
        SnoozeDesk(engine, at(NOW)).wait_until(1, MORNING, agent)
    assert state(desk) == (CLOSED, None)


def test_a_ticket_that_changed_since_it_was_shown_stays_as_it_is(
    engine: Engine, desk: Desks, agent: Person, tools: Tools
) -> None:
    seen = desk.inbox.ticket(1).seen
    ingest(engine, [RawBytes("file", REPLY)], tools)
    with pytest.raises(TicketChangedError):
        SnoozeDesk(engine, at(NOW)).wait_until(1, MORNING, agent, seen)
    assert state(desk) == (OPEN, None)


@pytest.mark.parametrize(
    ("now", "morning", "monday"),
    [
        ("2026-12-01T15:30+00:00", "2026-12-02T08:00+00:00", "2026-12-07T08:00+00:00"),
        ("2026-12-01T23:30+00:00", "2026-12-03T08:00+00:00", "2026-12-07T08:00+00:00"),  # after midnight in the Netherlands
        ("2027-03-27T12:00+00:00", "2027-03-28T07:00+00:00", "2027-03-29T07:00+00:00"),  # summer time begins
        ("2026-12-07T08:00+00:00", "2026-12-08T08:00+00:00", "2026-12-14T08:00+00:00"),  # a Monday
    ],
)
def test_tomorrow_and_next_week_are_nine_o_clock_by_the_help_desks_clock(now: str, morning: str, monday: str) -> None:
    seen = datetime.fromisoformat(now)
    assert (tomorrow(seen), next_week(seen)) == (datetime.fromisoformat(morning), datetime.fromisoformat(monday))
