"""The agents' door over HTTP: the demo's account, too many at once, forms that are too long."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kb.settings import settings
from triage.accounts.accounts import DEMO_PASSWORD, DEMO_USER, add_user
from triage.database.opening import open_database
from triage.database.tables import SignInTry
from triage.web.signin import AT_ONCE, COOKIE, CSRF_COOKIE, OF_ONE_ADDRESS, WAITING, BusyError, Door, Gate

PASSWORD = "een-lang-wachtwoord"


@pytest.fixture
def app() -> Starlette:
    engine = open_database(settings().database_url)
    with Session(engine) as session, session.begin():
        add_user(session, "Noor", PASSWORD, "agent")
        add_user(session, DEMO_USER, DEMO_PASSWORD, "admin")
    engine.dispose()
    return Starlette(routes=Door().routes())


def visitor(app: Starlette, address: str = "127.0.0.1", host: str = "http://localhost:8501") -> TestClient:
    return TestClient(app, base_url=host, client=(address, 4711), follow_redirects=False)


def knock(client: TestClient, name: str, password: str, **headers: str) -> int:
    """Fill in the form; returns the status."""
    client.get("/inloggen")
    form = {"name": name, "password": password, "token": client.cookies[CSRF_COOKIE], "lang": "nl"}
    return client.post("/inloggen", data=form, headers=headers).status_code


def test_the_right_password_gives_a_session(app: Starlette) -> None:
    client = visitor(app, "203.0.113.7")
    assert knock(client, "Noor", PASSWORD) == 303
    assert client.cookies[COOKIE]


def test_the_demo_account_works_on_this_machine(app: Starlette) -> None:
    assert knock(visitor(app), DEMO_USER, DEMO_PASSWORD) == 303


@pytest.mark.parametrize("name", [DEMO_USER, "Demo", " demo "])
def test_the_demo_account_is_refused_from_elsewhere(app: Starlette, name: str) -> None:
    client = visitor(app, "203.0.113.7")
    assert knock(client, name, DEMO_PASSWORD) == 403
    assert COOKIE not in client.cookies


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_the_demo_account_is_refused_through_a_server_in_between(app: Starlette, header: str) -> None:
    assert knock(visitor(app), DEMO_USER, DEMO_PASSWORD, **{header: "203.0.113.7"}) == 403


def test_the_demo_account_is_refused_at_another_name_of_this_machine(app: Starlette) -> None:
    assert knock(visitor(app, host="http://demo.tunnel.example"), DEMO_USER, DEMO_PASSWORD) == 403


def test_another_account_works_through_a_server_in_between(app: Starlette) -> None:
    assert knock(visitor(app), "Noor", PASSWORD, **{"X-Forwarded-For": "203.0.113.7"}) == 303


def test_who_was_wrong_too_often_is_told_how_long_to_wait(app: Starlette) -> None:
    client = visitor(app, "203.0.113.7")
    assert [knock(client, "Noor", "mis") for _ in range(3)] == [401, 401, 401]
    client.get("/inloggen")
    form = {"name": "Noor", "password": PASSWORD, "token": client.cookies[CSRF_COOKIE], "lang": "nl"}
    answer = client.post("/inloggen", data=form)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) in (1, 2)
    assert "Wacht" in answer.text


def test_a_form_without_its_token_is_not_looked_at(app: Starlette) -> None:
    client = visitor(app)
    assert client.post("/inloggen", data={"name": "Noor", "password": PASSWORD, "token": "x"}).status_code == 403
    with Session(open_database(settings().database_url)) as session:
        assert session.scalars(select(SignInTry)).all() == []


def test_a_form_longer_than_ours_is_not_looked_at(app: Starlette) -> None:
    assert knock(visitor(app), "Noor", "x" * 1_000_000) == 403


def test_a_form_with_odd_bytes_is_wrong_and_no_more(app: Starlette) -> None:
    client = visitor(app)
    client.get("/inloggen")
    token = client.cookies[CSRF_COOKIE]
    body = b"name=No%00or%ff%ed%a0%80&password=%00%ff&token=" + token.encode()
    answer = client.post("/inloggen", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 401


async def _fill(gate: Gate, addresses: list[str]) -> tuple[int, int]:
    """How many of these callers are let in or wait, and how many are inside together, while nobody leaves."""
    leave = asyncio.Event()
    inside, refused = 0, 0

    async def call(address: str) -> None:
        nonlocal inside, refused
        try:
            async with gate.place(address):
                inside += 1
                await leave.wait()
        except BusyError:
            refused += 1

    calls = [asyncio.create_task(call(address)) for address in addresses]
    await asyncio.sleep(0.01)
    seen = inside
    leave.set()
    await asyncio.gather(*calls)
    return len(addresses) - refused, seen


def test_few_passwords_are_looked_at_at_once_and_few_wait() -> None:
    taken, inside = asyncio.run(_fill(Gate(), [f"203.0.113.{number}" for number in range(100)]))
    assert (taken, inside) == (AT_ONCE + WAITING, AT_ONCE)


def test_one_address_cannot_take_all_places() -> None:
    async def both() -> tuple[int, int]:
        gate = Gate()
        return await _fill(gate, ["203.0.113.7"] * 100 + ["198.51.100.9"])

    assert asyncio.run(both())[0] == OF_ONE_ADDRESS + 1


def test_who_leaves_makes_room() -> None:
    async def twice() -> list[int]:
        gate = Gate()
        return [(await _fill(gate, ["203.0.113.7"] * 10))[0] for _ in range(2)]

    assert asyncio.run(twice()) == [OF_ONE_ADDRESS] * 2
