"""The search box above the agents' pages over HTTP: what is typed stands in no address and is remembered for its session alone."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kb.settings import settings
from triage.accounts.accounts import add_user
from triage.database.opening import open_database
from triage.web.last_searches import LastSearches, last_searches
from triage.web.searching import SearchBox
from triage.web.signin import COOKIE, CSRF_COOKIE, Door

PASSWORD = "een-lang-wachtwoord"


@pytest.fixture
def stranger() -> TestClient:
    engine = open_database(settings().database_url)
    with Session(engine) as session, session.begin():
        add_user(session, "Noor", PASSWORD, "agent")
    engine.dispose()
    app = Starlette(routes=[*Door().routes(), *SearchBox().routes()])
    return TestClient(app, base_url="http://localhost:8501", follow_redirects=False)


@pytest.fixture
def agent(stranger: TestClient) -> TestClient:
    stranger.get("/inloggen")
    stranger.post("/inloggen", data={"name": "Noor", "password": PASSWORD, "token": stranger.cookies[CSRF_COOKIE]})
    return stranger


def test_what_is_searched_is_remembered_and_stands_in_no_address(agent: TestClient) -> None:
    answer = agent.post("/zoekopdracht", data={"q": " van:bosma "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/zoeken")
    assert last_searches.of(agent.cookies[COOKIE]) == "van:bosma"


def test_the_page_with_results_is_in_the_language_of_the_box(agent: TestClient) -> None:
    assert agent.post("/zoekopdracht?lang=en", data={"q": "bosma"}).headers["location"] == "/zoeken?lang=en"


def test_who_is_not_signed_in_is_shown_the_door(stranger: TestClient) -> None:
    stranger.cookies.set(COOKIE, "verzonnen")
    assert stranger.post("/zoekopdracht", data={"q": "bosma"}).headers["location"] == "/inloggen"
    assert last_searches.of("verzonnen") == ""


def test_signing_out_forgets_what_was_searched(agent: TestClient) -> None:
    token = agent.cookies[COOKIE]
    agent.post("/zoekopdracht", data={"q": "bosma"})
    agent.post("/uitloggen")
    assert last_searches.of(token) == ""


def test_the_session_that_searched_longest_ago_is_forgotten_first() -> None:
    searches = LastSearches(most=2)
    for token in ("a", "b", "a", "c"):
        searches.keep(token, f"van {token}")
    assert [searches.of(token) for token in ("a", "b", "c", "", None)] == ["van a", "", "van c", "", ""]
