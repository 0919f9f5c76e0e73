"""Measuring the search: what counts as right, lost and false, and files that can't be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.article import Article
from kb.articles.readability import readability
from kb.insight.evaluation import Judged, JudgedError, judge, read_judged
from kb.search.search import KnowledgeBase

BOOKS = KnowledgeBase.from_articles(
    [
        Article("ww", "Wachtwoord vergeten?", "Kies een nieuw wachtwoord.\n", keywords=("wachtwoord vergeten",)),
        Article("fusie", "Gaat uw school fuseren?", "Meld de fusie.\n", keywords=("fusie", "samenvoegen")),
    ],
    None,
)


def test_a_right_article_first_counts_and_a_wrong_one_does_not() -> None:
    report = judge(BOOKS, [Judged("wachtwoord vergeten", ("ww",)), Judged("fusie melden", ("ww",))])
    assert (report.queries, report.first, report.lost) == (2, 0.5, 0)
    assert report.missed == (("fusie melden", "ww", ("fusie",)),)


def test_any_of_several_answers_is_right() -> None:
    assert judge(BOOKS, [Judged("fusie melden", ("ww", "fusie"))]).first == 1


def test_an_answerable_query_without_results_is_lost_and_an_off_topic_one_with_results_is_false() -> None:
    report = judge(BOOKS, [Judged("qzxwv", ("ww",)), Judged("wachtwoord vergeten", ()), Judged("qzxwv", ())])
    assert (report.lost, report.off_topic, report.false_answers) == (1, 2, 0.5)


def test_judged_queries_are_read_with_and_without_answers(tmp_path: Path) -> None:
    path = tmp_path / "vragen.tsv"
    path.write_text("query\tslugs\nww kwijt\tww, thuis\nhoe laat is het\n\n", encoding="utf-8")
    assert read_judged(path) == [Judged("ww kwijt", ("ww", "thuis")), Judged("hoe laat is het", ())]


def test_a_line_without_a_query_is_named(tmp_path: Path) -> None:
    path = tmp_path / "vragen.tsv"
    path.write_text("query\tslugs\n\tww\n", encoding="utf-8")
    with pytest.raises(JudgedError, match="line 2: no query"):
        read_judged(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(JudgedError, match=r"weg\.tsv does not exist"):
        read_judged(tmp_path / "weg.tsv")


# --- readability ------------------------------------------------------------------------------------------------


def test_the_index_follows_doumas_formula() -> None:
    """Two sentences, seven words; syllables: de kat zit op de mat = 6, hij slaapt = 2."""
    measured = readability("De kat zit op de mat. Hij slaapt.")
    assert measured is not None
    assert (measured.words_a_sentence, measured.syllables_a_word, measured.longest) == (4, 1, 6)
    assert measured.index == pytest.approx(206.84 - 77 * 1 - 0.93 * 4)


def test_long_words_and_sentences_read_harder() -> None:
    plain = readability("U kiest een nieuw wachtwoord. Daarna logt u in.")
    stiff = readability(
        "Aansluitend op de totstandkoming van de verwerkersovereenkomst dient de verwerkingsverantwoordelijke onverwijld "
        "overeenkomstige beveiligingsmaatregelen te implementeren."
    )
    assert plain is not None
    assert stiff is not None
    assert plain.index > 60 > stiff.index


def test_marks_and_addresses_are_not_read_as_words() -> None:
    assert readability("## Kop\n\nZie [dit](naam-van-artikel) of mail help@basispoort.nl.") == readability(
        "Kop\n\nZie dit of mail."
    )


def test_a_text_without_words_has_no_readability() -> None:
    assert readability("123 …") is None
