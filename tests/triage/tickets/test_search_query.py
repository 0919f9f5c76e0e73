"""Reading a search: what is wrong with it is said in plain Dutch, with what works."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from kb.pages.words import load_words
from triage.errors import SearchError
from triage.tickets.search_query import LONGEST, TicketQuery, read_query

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("", "Schrijf eerst waar u naar zoekt"),
        ("de het een", "Zoek met een ander woord"),
        ("a" * (LONGEST + 1), "te lang"),
        ("afzender:bosma", "‘afzender:’ is geen filter. Deze filters werken: van:, school:, brin:, status:"),
        ("van:", "Achter ‘van:’ staat niets"),
        ('school:""', "Achter ‘school:’ staat niets"),
        ("status:nieuw", "‘nieuw’ is geen status. Kies uit: open, wachtend of gesloten"),
        ("wachtrij:post", "‘post’ is geen wachtrij. Kies uit: eerstelijn, accounts-en-rechten"),
        ("brin:12345", "‘12345’ is geen BRIN"),
        ("na:september", "‘september’ is geen datum. Schrijf een datum als 1-9-2026 of 2026-09-01"),
        ("voor:31-2-2026", "De datum ‘31-2-2026’ bestaat niet"),
        ("x*", "Zet voor een ‘\\*’ minstens 2 letters"),
        ("van:de", "‘de’ zegt te weinig"),
        (" ".join(f"woord{n}" for n in range(40)), "te veel woorden"),
    ],
)
def test_what_can_not_be_read_is_said_with_what_works(words: str, told: str) -> None:
    with pytest.raises(SearchError, match=told):
        read_query(words, NOW)


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_example_on_the_page_can_be_searched(language: str) -> None:
    for example in load_words(language)["find_filters"]:
        assert read_query(example, NOW) != TicketQuery()


@pytest.mark.parametrize(
    "words", ["Re: inloggen", "let op: storing", "https://mijn.basispoort.nl/inloggen", "om 12:30 uur", '"van:bosma']
)
def test_a_colon_in_ordinary_words_makes_no_filter(words: str) -> None:
    assert read_query(words, NOW).words


@pytest.mark.parametrize(
    ("written", "day"),
    [("2026-09-01", 1), ("1-9-2026", 1), ("01/09/2026", 1), ("1.9", 1), ("1-9-26", None)],
)
def test_a_day_is_written_as_people_do(written: str, day: int | None) -> None:
    if day is None:
        with pytest.raises(SearchError):
            read_query(f"na:{written}", NOW)
        return
    since = read_query(f"na:{written}", NOW).since
    assert since is not None
    assert since.isoformat() == "2026-09-01T00:00:00+02:00"


def test_a_day_without_a_year_is_the_last_one_that_was() -> None:
    since = read_query("na:24-12", NOW).since
    assert since is not None
    assert since.date().isoformat() == "2025-12-24"


@pytest.mark.parametrize(
    ("said", "state"), [("open", "open"), ("Wachtend", "waiting"), ("closed", "closed"), ("gesloten", "closed")]
)
def test_a_state_is_called_by_its_dutch_or_english_name(said: str, state: str) -> None:
    assert read_query(f"status:{said}", NOW).state == state


@pytest.mark.parametrize("said", ["accounts-en-rechten", '"Accounts en rechten"', '"accounts and rights"'])
def test_a_queue_is_called_by_its_name_or_title(said: str) -> None:
    assert read_query(f"wachtrij:{said}", NOW).queue == "accounts-en-rechten"
