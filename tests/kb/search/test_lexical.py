"""The term index: how a word of a query is looked up, and what makes an article score higher."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kb.search.fitting.terms import fit_terms
from kb.search.language import Language, load_language
from kb.search.lexical import FIELDS, SATURATION, Match, TermIndex

WORDS = Language({"groups": [["wachtwoord", "ww"]], "stopwords": ["de", "het", "een", "voor", "ik"]})

CODES = Language({"groups": [["pincode", "cijfercode"]]})


def index_of(*documents: Mapping[str, str] | str) -> TermIndex:
    """An index over documents; a plain text is a body."""
    fields = [{"body": document} if isinstance(document, str) else document for document in documents]
    return TermIndex(fit_terms([{name: WORDS.words(text) for name, text in each.items()} for each in fields], WORDS), WORDS)


def look_up(index: TermIndex, word: str, unfinished: bool = False) -> Match:
    (match,) = index.match(word, unfinished)
    return match


def stands_for(index: TermIndex, word: str, unfinished: bool = False) -> set[str]:
    return set(look_up(index, word, unfinished).terms)


def bm25(index: TermIndex, query: str) -> NDArray[np.float32]:
    """The score of each document."""
    return index.bm25(index.look_up(query))


def coverage(index: TermIndex, query: str, unfinished: bool = False) -> NDArray[np.float32]:
    """The share of the query that each document holds, and the share outside its body."""
    return index.coverage(index.look_up(query, unfinished), np.arange(index.size))


SCHOOL = index_of(
    "Het wachtwoord van de beheerder", "Het account van de leerkracht", "De pincode thuis", "School 99AC meldt een storing"
)


# --- looking up a word ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "how"),
    [
        ("wachtwoord", "exact"),
        ("ww", "exact"),
        ("Leerkracht", "exact"),
        ("leerkrahct", "typo"),
        ("beheerdersaccount", "compound"),
        ("brood", "elsewhere"),
        ("xqzwt", "unknown"),
    ],
)
def test_a_word_is_looked_up_as_itself_then_as_a_compound_then_as_a_misspelling(word: str, how: str) -> None:
    assert look_up(SCHOOL, word).how == how


@pytest.mark.parametrize("misspelt", ["wachtwoort", "wachtword", "wachtwoodr", "wahtwoort", "wwachtwoord"])
def test_a_misspelt_word_stands_for_the_word_it_was_meant_as(misspelt: str) -> None:
    assert stands_for(SCHOOL, misspelt) == stands_for(SCHOOL, "wachtwoord")


def test_a_word_that_one_article_misspells_is_read_as_the_usual_word() -> None:
    index = index_of("licensie weg", *["Uw licentie loopt af"] * 10)

    assert bm25(index, "licentie")[0] > 0
    assert stands_for(index, "licensie") == stands_for(index, "licentie")


def test_a_rare_word_that_is_like_no_usual_one_stays_itself() -> None:
    index = index_of("Snappet opent niet", *["De stappen op een rij"] * 10)

    assert bm25(index, "snappet")[1:].max() == 0


def test_a_misspelt_synonym_stands_for_the_word_of_the_articles() -> None:
    index = TermIndex(fit_terms([{"body": CODES.words("De pincode thuis")}], CODES), CODES)

    assert stands_for(index, "cijferkode") == stands_for(index, "pincode")


def test_a_synonym_of_a_word_no_article_has_is_not_known() -> None:
    index = TermIndex(fit_terms([{"body": CODES.words("De tablet thuis")}], CODES), CODES)

    assert look_up(index, "cijferkode").how == "unknown"


def test_a_misspelt_word_counts_for_less_than_the_word_itself() -> None:
    assert max(look_up(SCHOOL, "wachtwoort").terms.values()) < max(look_up(SCHOOL, "wachtwoord").terms.values())


def test_two_mistakes_count_for_less_than_one() -> None:
    assert max(look_up(SCHOOL, "wahtwoort").terms.values()) < max(look_up(SCHOOL, "wachtwoort").terms.values())


def test_a_short_word_is_not_corrected() -> None:
    assert look_up(index_of("mfa aan"), "mfo").how == "unknown"


def test_a_word_of_five_letters_may_hold_one_mistake_and_not_two() -> None:
    index = index_of("de groep", "het leven")
    assert [look_up(index, word).how for word in ("groap", "graap")] == ["typo", "unknown"]


def test_a_school_number_is_never_read_as_another_school_number() -> None:
    assert look_up(SCHOOL, "99AB").how == "unknown"


def test_a_wrong_first_letter_is_a_bigger_mistake_than_a_wrong_last_one() -> None:
    index = index_of("de groep")
    assert [look_up(index, word).how for word in ("groeb", "proep")] == ["typo", "unknown"]


def test_both_parts_of_a_compound_are_looked_up() -> None:
    assert stands_for(SCHOOL, "beheerdersaccount") == stands_for(SCHOOL, "beheerder") | stands_for(SCHOOL, "account")


def test_a_compound_in_an_article_is_found_by_its_part() -> None:
    index = index_of("schoolaccount", "het account", "de school")
    assert bm25(index, "account")[0] > 0


def test_the_part_counts_for_less_than_the_whole_word() -> None:
    scores = bm25(index_of("schoolaccount", "account", "school"), "account")
    assert 0 < scores[0] < scores[1]


def test_the_last_word_may_be_half_typed() -> None:
    assert stands_for(SCHOOL, "wachtw", unfinished=True) == stands_for(SCHOOL, "wachtwoord")


def test_half_a_word_is_not_completed_in_a_query_that_is_finished() -> None:
    assert look_up(SCHOOL, "wachtw").how == "unknown"


def test_only_the_last_word_is_completed() -> None:
    assert [match.how for match in SCHOOL.match("wachtw leerkr", unfinished=True)] == ["unknown", "prefix"]


def test_one_letter_completes_to_nothing() -> None:
    assert stands_for(SCHOOL, "w", unfinished=True) == set()


def test_stop_words_are_not_looked_up() -> None:
    assert SCHOOL.match("de het een") == ()


def test_each_word_is_looked_up_in_the_order_it_was_typed() -> None:
    assert [match.word for match in SCHOOL.match("Pincode voor leerkracht")] == ["pincode", "leerkracht"]


def plain_bm25f(documents: Sequence[Mapping[str, str]], query: str) -> list[float]:
    """BM25F as Robertson, Zaragoza & Taylor (CIKM 2004) write it, as a share of the highest score possible."""

    def frequency(document: Mapping[str, str], term: str) -> float:
        total = 0.0
        for field, (weight, b) in FIELDS.items():
            lengths = [len(one.get(field, "").split()) for one in documents]
            average = sum(lengths) / len(lengths) or 1.0
            words = document.get(field, "").split()
            total += weight * words.count(term) / (1 - b + b * len(words) / average)
        return total

    idf = {}
    for term in query.split():
        found = sum(1 for document in documents if frequency(document, term))
        idf[term] = math.log(1 + (len(documents) - found + 0.5) / (found + 0.5))
    return [
        sum(idf[term] * (f := frequency(document, term)) / (SATURATION + f) for term in query.split()) / sum(idf.values())
        for document in documents
    ]


# --- scores -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["title", "questions", "keywords"])
def test_a_word_in_a_heading_field_outranks_the_same_word_in_a_body(field: str) -> None:
    scores = bm25(index_of({"body": "pincode"}, {field: "pincode"}), "pincode")
    assert scores[1] > scores[0]


def test_a_word_in_a_short_text_says_more_than_in_a_long_one() -> None:
    scores = bm25(index_of("pincode " + "en nog veel meer woorden daarna " * 5, "pincode kwijt"), "pincode")
    assert scores[1] > scores[0]


def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    scores = bm25(index_of("school pincode", "school account", "school tablet"), "school account")
    assert scores.argmax() == 1


def test_a_word_said_more_often_counts_more() -> None:
    scores = bm25(index_of("pincode pincode pincode anders", "pincode anders anders anders"), "pincode")
    assert scores[0] > scores[1]


def test_an_article_that_shares_no_word_scores_nothing() -> None:
    assert bm25(SCHOOL, "pincode").tolist()[:2] == [0, 0]


def test_an_article_with_every_word_covers_the_whole_query() -> None:
    assert coverage(SCHOOL, "wachtwoord beheerder")[0][0] == pytest.approx(1)


def test_an_article_with_half_the_words_covers_part_of_the_query() -> None:
    assert 0 < coverage(SCHOOL, "wachtwoord leerkracht")[0][0] < 1


def test_a_word_nobody_knows_takes_from_the_coverage() -> None:
    assert coverage(SCHOOL, "wachtwoord brood")[0][0] < coverage(SCHOOL, "wachtwoord")[0][0]


def test_a_word_in_the_body_alone_does_not_count_as_in_the_title() -> None:
    _, outside_body = coverage(index_of({"body": "pincode"}, {"title": "pincode"}), "pincode")
    assert outside_body.tolist() == [0, 1]


@pytest.mark.parametrize("query", ["", "de het een", "brood", "?!"])
def test_a_query_without_known_words_scores_zero_everywhere(query: str) -> None:
    assert not np.any([bm25(SCHOOL, query), *coverage(SCHOOL, query)])


def test_an_index_without_documents_can_be_asked() -> None:
    assert bm25(index_of(), "wachtwoord").shape == (0,)


TERMS = ("99AC", "12XY", "07BQ", "31KL")  # words that are terms as they are: no parts, no endings, no synonyms
TEXTS = st.lists(st.sampled_from(TERMS), max_size=6).map(" ".join)


@given(
    st.lists(st.fixed_dictionaries({"title": TEXTS, "keywords": TEXTS, "body": TEXTS}), min_size=1, max_size=6),
    st.lists(st.sampled_from(TERMS), min_size=1, max_size=3, unique=True),
)
def test_the_scores_are_those_of_plain_bm25f(documents: list[dict[str, str]], words: list[str]) -> None:
    known = [word for word in words if any(word in text.split() for document in documents for text in document.values())]
    assume(known)
    query = " ".join(known)
    assert bm25(index_of(*documents), query) == pytest.approx(plain_bm25f(documents, query), abs=1e-5)


@given(st.text(max_size=80), st.booleans())
def test_coverage_is_a_share_for_any_query(query: str, unfinished: bool) -> None:
    covered, _ = coverage(SCHOOL, query, unfinished)
    assert np.all((covered >= 0) & (covered <= 1 + 1e-5))


@given(
    st.lists(st.sampled_from(["wachtwoord", "account", "pincode", "thuis", "brood", "wachtw", "de"]), max_size=6), st.booleans()
)
def test_what_stands_in_the_title_was_counted_in_the_whole_article_too(words: list[str], unfinished: bool) -> None:
    index = index_of({"title": "wachtwoord thuis", "body": "account"}, {"title": "account", "body": "pincode"})
    covered, outside_body = coverage(index, " ".join(words), unfinished)
    assert np.all(outside_body <= covered + 1e-6)


@settings(max_examples=50)
@given(st.lists(st.fixed_dictionaries({"title": st.text(max_size=30), "body": st.text(max_size=60)}), min_size=1, max_size=3))
def test_any_text_can_be_indexed_and_finds_itself(documents: list[dict[str, str]]) -> None:
    language = load_language()
    index = TermIndex(
        fit_terms([{name: language.words(text) for name, text in each.items()} for each in documents], language), language
    )
    for number, document in enumerate(documents):
        known = bool(load_language().terms(document["title"]))
        assert (bm25(index, document["title"])[number] > 0) == known
