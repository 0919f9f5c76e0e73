"""The search API: who may ask what how often, and what comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kb.api import api_routes
from kb.article import load_articles
from kb.pages.paper import print_routes
from kb.search.search import KnowledgeBase
from kb.settings import SHIPPED_DATA, read_settings

BOOKS = KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)
SETTINGS = read_settings({"WEGWIJZER_CORS_ORIGINS": "https://www.obsdehoek.example", "WEGWIJZER_API_RATE": "100000/minute"})


def client(rate: str = SETTINGS.api_rate) -> TestClient:
    changed = replace(SETTINGS, api_rate=rate)
    return TestClient(
        Starlette(routes=[*api_routes(lambda: BOOKS, changed), *print_routes(lambda: BOOKS, "https://help.example")])
    )


CLIENT = client()


def test_an_answer_has_the_shape_of_the_contract() -> None:
    answer = CLIENT.get("/api/v1/search", params={"q": "ww vergeten", "limit": 2}).json()
    assert set(answer) == {"query", "took_ms", "results"}
    assert answer["query"] == "ww vergeten"
    assert len(answer["results"]) == 2
    assert set(answer["results"][0]) == {"slug", "title", "category", "score", "snippet", "why"}
    assert answer["results"][0]["slug"] == "wachtwoord-vergeten-leerkracht"


def test_nothing_found_is_an_empty_list() -> None:
    assert CLIENT.get("/api/v1/search", params={"q": "xqzvw pllkj"}).json()["results"] == []


@pytest.mark.parametrize("query", [None, "", "   ", "\x00\x01"])
def test_asking_nothing_is_refused_with_an_example(query: str | None) -> None:
    answer = CLIENT.get("/api/v1/search", params={"q": query} if query is not None else {})
    assert answer.status_code == 400
    assert "?q=" in answer.json()["error"]


@pytest.mark.parametrize("limit", ["0", "21", "-1", "veel", "1.5", ""])
def test_a_limit_that_makes_no_sense_is_refused(limit: str) -> None:
    answer = CLIENT.get("/api/v1/search", params={"q": "inloggen", "limit": limit})
    assert (answer.status_code, "from 1 to 20" in answer.json()["error"]) == (400, True)


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    busy = client("2/minute")
    assert [busy.get("/api/v1/search", params={"q": "inloggen"}).status_code for _ in range(3)] == [200, 200, 429]
    refused = busy.get("/api/v1/search", params={"q": "inloggen"})
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


def test_only_listed_sites_may_read_the_answer() -> None:
    for origin, allowed in (("https://www.obsdehoek.example", True), ("https://elders.example", False)):
        answer = CLIENT.get("/api/v1/search", params={"q": "inloggen"}, headers={"Origin": origin})
        assert (answer.headers.get("access-control-allow-origin") == origin) is allowed


def test_the_widget_is_a_script_that_asks_no_third_party() -> None:
    answer = CLIENT.get("/widget.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert "http" not in answer.text.replace("https://HELP-DESK", "")


@hypothesis_settings(max_examples=60)
@given(st.text(st.characters(codec="utf-8"), max_size=12_000))
def test_any_query_gets_an_answer_and_no_markup_of_its_own(query: str) -> None:
    answer = CLIENT.get("/api/v1/search", params={"q": query})
    assert answer.status_code in (200, 400)
    for hit in answer.json().get("results", []):
        assert "<" not in hit["snippet"].replace("<mark>", "").replace("</mark>", "")


@pytest.mark.parametrize(
    "query", ["a" * 10_000, "'; DROP TABLE article; --", "<script>alert(1)</script>", "🙂🙂", "inloggen " * 2_000]
)
def test_odd_queries_are_answered_quickly_and_safely(query: str) -> None:
    answer = CLIENT.get("/api/v1/search", params={"q": query})
    assert answer.status_code in (200, 400)
    assert "<script" not in "".join(hit["snippet"] for hit in answer.json().get("results", []))


def test_the_print_view_shows_the_article_with_its_address() -> None:
    page = CLIENT.get("/afdrukken/wie-mag-tekenen")
    assert "<h1>Wie mag de aanvraag" in page.text
    assert "https://help.example/artikel?slug=wie-mag-tekenen" in page.text


def test_the_print_view_of_nothing_is_a_404() -> None:
    assert CLIENT.get("/afdrukken/bestaat-niet").status_code == 404
