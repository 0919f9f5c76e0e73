"""Guessing a password is slow, and nobody can lock somebody else out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from triage.accounts import sign_in_tries
from triage.accounts.accounts import MAX_PASSWORD, add_user
from triage.accounts.sign_in_tries import KEEP, LONGEST, RIGHT, WAITS, WRONG, TooSoonError, caller_of, try_to_sign_in
from triage.database.tables import SignInTry

PASSWORD = "een-lang-wachtwoord"
HOME, ELSEWHERE = "203.0.113.7", "198.51.100.9"


class Clock:
    """A clock that stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment

    def go(self, **time: float) -> None:
        self.moment += timedelta(**time)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same check of a password, in no time."""
    monkeypatch.setattr("triage.accounts.accounts._HASHER", Plain())
    monkeypatch.setattr("triage.accounts.accounts._nobody", lambda: "plain:nobody")  # which is kept for the whole process


class Plain:
    def hash(self, password: str) -> str:
        return f"plain:{password}"

    def verify(self, password: str, stored: str) -> bool:
        return stored == f"plain:{password}"


@pytest.fixture
def door(engine: Engine, clock: Clock) -> Door:
    with Session(engine) as session, session.begin():
        for name in ("Noor", "Wim"):
            add_user(session, name, PASSWORD, "agent")
    return Door(engine, clock)


class Door:
    """A door with a clock."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self.engine, self.clock = engine, clock

    def knock(self, password: str = "mis", host: str = HOME, name: str = "Noor") -> str:
        """What comes of a try: right, wrong, or the seconds to wait."""
        try:
            return RIGHT if try_to_sign_in(self.engine, name, password, host, self.clock) else WRONG
        except TooSoonError as error:
            return str(error.seconds)

    def patiently(self, times: int, host: str = HOME, name: str = "Noor") -> list[int]:
        """Wrong tries, each as soon as it is looked at; returns what had to be waited before each."""
        waited = []
        for _ in range(times):
            outcome = self.knock(host=host, name=name)
            seconds = 0 if outcome == WRONG else int(outcome)
            if seconds:
                self.clock.go(seconds=seconds)
                assert self.knock(host=host, name=name) == WRONG
            waited.append(seconds)
        return waited

    def rows(self) -> list[SignInTry]:
        with Session(self.engine) as session:
            return list(session.scalars(select(SignInTry).order_by(SignInTry.id)))


def test_the_right_password_opens_the_door(door: Door) -> None:
    assert door.knock(PASSWORD) == RIGHT


def test_each_wrong_try_makes_the_next_one_wait_longer_up_to_five_minutes(door: Door) -> None:
    assert door.patiently(14) == [0, 0, 0, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]


def test_who_waits_is_not_let_in_with_the_right_password_either(door: Door) -> None:
    door.patiently(3)
    assert door.knock(PASSWORD) == "2"


def test_once_waited_the_right_password_opens_the_door(door: Door) -> None:
    door.patiently(3)
    door.clock.go(seconds=2)
    assert door.knock(PASSWORD) == RIGHT


def test_trying_too_soon_does_not_make_the_wait_longer(door: Door) -> None:
    door.patiently(5)
    for _ in range(50):
        door.knock()
    door.clock.go(seconds=8)
    assert door.knock(PASSWORD) == RIGHT


def test_the_right_password_makes_wrong_ones_forgotten(door: Door) -> None:
    door.patiently(2)
    door.knock(PASSWORD)
    assert door.patiently(3) == [0, 0, 0]


def test_a_day_later_all_is_forgotten(door: Door) -> None:
    door.patiently(12)
    door.clock.go(days=1, seconds=1)
    assert door.patiently(3) == [0, 0, 0]


def test_others_cannot_lock_an_account(door: Door) -> None:
    for number in range(1, 40):
        door.patiently(2, host=f"198.51.100.{number}")
    assert door.knock(PASSWORD) == RIGHT


def test_others_cannot_lock_an_account_while_they_go_on(door: Door) -> None:
    for number in range(1, 40):
        door.knock(host=f"198.51.100.{number}")
        door.knock(host=f"2001:db8:{number}::1")
    assert door.knock(PASSWORD, host="198.51.100.250") == RIGHT


def test_under_attack_an_address_that_was_wrong_waits_sooner(door: Door) -> None:
    for number in range(1, 25):
        door.knock(host=f"198.51.100.{number}")
    assert door.patiently(3) == [0, 2, 4]


def test_who_guesses_at_many_accounts_waits_too(door: Door) -> None:
    waited = [door.patiently(1, name=f"gok{number}")[0] for number in range(30)]
    assert waited[:10] == [0] * 10
    assert all(0 < seconds <= 60 for seconds in waited[10:])
    assert waited[-1] == 60


def test_colleagues_behind_one_address_are_not_kept_out_by_it(door: Door) -> None:
    door.knock(PASSWORD, name="Wim")
    for number in range(40):
        door.knock(name=f"gok{number}")
    assert door.knock(PASSWORD, name="Wim") == RIGHT


@pytest.mark.parametrize("name", ["noor", "NOOR", " Noor ", "Nооr", "No\u200bor"])
def test_another_way_to_write_the_name_gives_no_new_tries(door: Door, name: str) -> None:
    door.patiently(3)
    assert door.knock(name=name) == "2"


def test_a_name_that_nobody_has_waits_alike(door: Door) -> None:
    assert door.patiently(6, name="niemand") == [0, 0, 0, 2, 4, 8]


def test_addresses_of_one_customer_count_as_one(door: Door) -> None:
    for number in range(3):
        door.knock(host=f"2001:db8:1:2{number:02x}::{number}")
    assert door.knock(host="2001:db8:1:2ff::99") == "2"


def test_an_address_of_ipv4_is_the_same_in_ipv6(door: Door) -> None:
    assert caller_of("Noor", "::ffff:203.0.113.7") == caller_of("Noor", "203.0.113.7")


def test_every_try_is_on_record_with_who_from_where_and_how_it_ended(door: Door) -> None:
    door.knock()
    door.knock(PASSWORD)
    door.knock(name="niemand")
    wrong, right, nobody = door.rows()
    assert [row.outcome for row in (wrong, right, nobody)] == [WRONG, RIGHT, WRONG]
    assert (wrong.user_id, nobody.user_id) == (right.user_id, None)
    assert wrong.network == "203.0.113.0/24"
    assert wrong.at == door.clock()


def test_tries_that_came_too_soon_are_counted(door: Door) -> None:
    door.patiently(3)
    for _ in range(7):
        door.knock()
    assert [row.refused for row in door.rows()] == [0, 0, 7]


def test_neither_password_nor_name_nor_whole_address_is_kept(door: Door) -> None:
    door.knock("geheim-geheim", name="mijn-wachtwoord-in-het-verkeerde-vak")
    (row,) = door.rows()
    kept = " ".join(str(value) for value in vars(row).values())
    assert not [word for word in ("geheim", "wachtwoord", HOME) if word in kept]


def test_the_record_is_cleared_after_a_month(door: Door) -> None:
    door.knock()
    door.clock.go(days=KEEP.days, seconds=1)
    door.knock()
    assert len(door.rows()) == 1


def test_a_password_longer_than_any_is_wrong_without_being_looked_at(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Plain, "verify", lambda *_: pytest.fail("it was looked at"))
    assert door.knock("x" * (MAX_PASSWORD + 1)) == WRONG


def test_a_try_that_was_cut_off_counts_as_a_wrong_one(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(sign_in_tries, "sign_in", killed)
        for _ in range(3):
            with pytest.raises(KeyboardInterrupt):
                door.knock()
    assert [row.outcome for row in door.rows()] == [WAITS] * 3
    assert door.knock(PASSWORD) == "2"


def test_many_tries_at_the_same_time_do_not_slip_through(door: Door) -> None:
    with ThreadPoolExecutor(12) as together:
        outcomes = list(together.map(lambda _: door.knock(), range(24)))
    assert outcomes.count(WRONG) <= 3


def test_the_wait_counts_for_every_server_on_the_database(door: Door, clock: Clock) -> None:
    from triage.database.opening import open_database

    door.patiently(3)
    other = Door(open_database(str(door.engine.url)), clock)
    assert other.knock() == "2"


def test_the_longest_wait_ends(door: Door) -> None:
    door.patiently(20)
    door.clock.go(seconds=LONGEST.total_seconds())
    assert door.knock(PASSWORD) == RIGHT
