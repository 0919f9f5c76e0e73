"""What visitors do is kept without saying who they are, and shows what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.article import load_articles
from kb.articles.announcements import AnnouncementError, all_notices, announce, end_notice, notices
from kb.articles.seasons import Season, load_seasons, season_of
from kb.insight.gaps import MAILED, SOLVED, Gap, Insight, cluster
from kb.search.search import KnowledgeBase
from kb.settings import SHIPPED_DATA
from kb.store import Base, SearchRow, make_engine

BOOKS = KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = make_engine(f"sqlite:///{tmp_path / 'wegwijzer.db'}")
    Base.metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def insight(engine: Engine, clock: Clock) -> Insight:
    return Insight(engine, clock)


def kept(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(SearchRow.query).order_by(SearchRow.id)))


def gap_texts(insight: Insight) -> list[tuple[str, str]]:
    return [(gap.text, gap.source) for gap in insight.gaps(NOON - timedelta(days=30))]


# --- searches ---------------------------------------------------------------------------------------------------


def test_a_search_is_kept_without_names_and_numbers(engine: Engine, insight: Insight) -> None:
    insight.record_search("Jan Jansen 0612345678 wachtwoord", 3, BOOKS)
    assert kept(engine) == ["[naam] [nummer] wachtwoord"]


def test_a_search_that_is_typed_on_is_one_search(engine: Engine, insight: Insight) -> None:
    number = insight.record_search("wachtw", 2, BOOKS)
    assert insight.type_on(number, "wachtwoord verg", 3, BOOKS) == number
    assert insight.type_on(number, "wachtwoord vergeten", 3, BOOKS) == number
    assert kept(engine) == ["wachtwoord vergeten"]


def test_another_subject_is_another_search(engine: Engine, insight: Insight) -> None:
    number = insight.record_search("wachtwoord vergeten", 3, BOOKS)
    insight.type_on(number, "fusie melden", 2, BOOKS)
    assert kept(engine) == ["wachtwoord vergeten", "fusie melden"]


def test_a_search_with_an_opened_article_is_no_gap(insight: Insight) -> None:
    insight.record_opened(insight.record_search("wachtwoord vergeten", 3, BOOKS), "wachtwoord-vergeten-leerkracht")
    assert gap_texts(insight) == []


def test_an_article_opened_much_later_does_not_count(insight: Insight, clock: Clock) -> None:
    number = insight.record_search("wachtwoord vergeten", 3, BOOKS)
    clock.now += timedelta(hours=2)
    insight.record_opened(number, "wachtwoord-vergeten-leerkracht")
    assert gap_texts(insight) == [("wachtwoord vergeten", "niets geopend")]


def test_gaps_are_searches_without_answer_mails_after_all_and_remarks(insight: Insight) -> None:
    insight.record_search("lesrooster delen", 0, BOOKS)
    insight.record_search("koppeling werkt traag", 4, BOOKS)
    insight.record_contact("hoe zet ik een toets klaar", MAILED, BOOKS)
    insight.record_contact("opgelost dus geen gat", SOLVED, BOOKS)
    insight.vote("wat-is-basispoort", False, "de knop staat ergens anders", BOOKS)
    insight.vote("wat-is-basispoort", True, "", BOOKS)
    assert sorted(gap_texts(insight)) == [
        ("de knop staat ergens anders", "niet nuttig"),
        ("hoe zet ik een toets klaar", "toch gemaild"),
        ("koppeling werkt traag", "niets geopend"),
        ("lesrooster delen", "geen resultaat"),
    ]


def test_a_day_counts_searches_and_what_came_of_them(insight: Insight) -> None:
    insight.record_search("lesrooster delen", 0, BOOKS)
    insight.record_search("koppeling traag", 4, BOOKS)
    insight.record_opened(insight.record_search("wachtwoord vergeten", 3, BOOKS), "wachtwoord-vergeten-leerkracht")
    insight.record_contact("vraag een", SOLVED, BOOKS)
    insight.record_contact("vraag twee", MAILED, BOOKS)
    (day,) = insight.days(NOON - timedelta(days=1))
    assert (day.day, day.searches, day.without_result, day.unopened, day.solved, day.mailed) == (
        date(2026, 11, 23),
        3,
        1,
        1,
        1,
        1,
    )


def test_the_votes_name_the_least_useful_article_first(insight: Insight) -> None:
    for slug, helpful in (("a", True), ("b", False), ("b", False), ("b", True), ("c", False)):
        insight.vote(slug, helpful, "", BOOKS)
    assert insight.votes(NOON - timedelta(days=1)) == [("b", 1, 2), ("c", 0, 1), ("a", 1, 0)]


def test_what_is_too_old_is_deleted_and_the_rest_stays(engine: Engine, insight: Insight, clock: Clock) -> None:
    insight.record_search("van vroeger", 0, BOOKS)
    insight.vote("a", False, "oud", BOOKS)
    clock.now += timedelta(days=181)
    insight.record_search("van nu", 0, BOOKS)
    assert insight.forget(180) == 2
    assert kept(engine) == ["van nu"]


def test_a_contact_step_ends_in_one_of_two_ways(insight: Insight) -> None:
    with pytest.raises(ValueError, match="ends 'opgelost' or 'gemaild'"):
        insight.record_contact("vraag", "weggelopen", BOOKS)


# --- clusters ---------------------------------------------------------------------------------------------------


def test_gaps_about_the_same_subject_come_together_the_largest_first() -> None:
    gaps = [
        Gap("lesrooster delen met ouders", "geen resultaat"),
        Gap("lesrooster delen", "geen resultaat"),
        Gap("rooster delen met ouders", "toch gemaild"),
        Gap("chromebook valt uit", "niets geopend"),
    ]
    first, second = cluster(gaps, BOOKS)
    assert (first.count, second.count) == (3, 1)
    assert first.sources == (("geen resultaat", 2), ("toch gemaild", 1))
    assert second.wordings == ("chromebook valt uit",)


def test_a_cluster_remembers_the_tickets_that_were_answered_by_hand() -> None:
    (found,) = cluster([Gap("rooster delen", "zelf beantwoord", 7), Gap("rooster delen", "geen resultaat")], BOOKS)
    assert found.tickets == (7,)


def test_nothing_missing_gives_no_clusters() -> None:
    assert cluster([], BOOKS) == []


@pytest.mark.parametrize("text", ["x", "…", "zz zz", "1"])
def test_odd_gaps_are_clustered_too(text: str) -> None:
    found = cluster([Gap(text, "geen resultaat"), Gap("lesrooster delen", "geen resultaat")], BOOKS)
    assert sum(one.count for one in found) == 2


# --- messages and seasons ---------------------------------------------------------------------------------------


def test_a_message_is_shown_from_its_beginning_to_its_end(engine: Engine) -> None:
    announce(engine, "Er is een storing.", "There is an outage.", "", NOON, NOON + timedelta(hours=2), "sanne")
    shown = [len(notices(engine, NOON + timedelta(minutes=minutes))) for minutes in (-1, 0, 119, 120)]
    assert shown == [0, 1, 1, 0]


def test_a_message_to_come_is_listed_and_can_be_ended(engine: Engine) -> None:
    number = announce(engine, "Onderhoud.", "", "", NOON + timedelta(days=1), NOON + timedelta(days=2), "sanne")
    assert [notice.number for notice in all_notices(engine, NOON)] == [number]
    end_notice(engine, number, NOON)
    assert all_notices(engine, NOON) == []


@pytest.mark.parametrize(
    ("text", "hours", "complaint"), [("  ", 1, "Schrijf eerst"), ("x" * 401, 1, "te lang"), ("Storing", 0, "niet na het begin")]
)
def test_a_message_that_makes_no_sense_is_refused(engine: Engine, text: str, hours: int, complaint: str) -> None:
    with pytest.raises(AnnouncementError, match=complaint):
        announce(engine, text, "", "", NOON, NOON + timedelta(hours=hours), "sanne")


@pytest.mark.parametrize(
    ("day", "inside"), [((12, 1), True), ((12, 31), True), ((1, 5), True), ((1, 6), False), ((11, 30), False)]
)
def test_a_season_may_pass_new_years_eve(day: tuple[int, int], inside: bool) -> None:
    assert Season({"nl": "Winter"}, (12, 1), (1, 5), ()).holds(date(2026, *day)) is inside


def test_the_new_school_year_is_on_top_in_september() -> None:
    season = season_of(date(2026, 9, 1), load_seasons())
    assert season is not None
    assert season.name["nl"] == "Nieuw schooljaar"


def test_every_article_of_a_season_exists() -> None:
    assert {slug for season in load_seasons() for slug in season.slugs} <= {article.slug for article in BOOKS.articles}
