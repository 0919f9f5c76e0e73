"""Likeness of short passages, by letters and by words."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from kb.search.fitting.passages import fit_likeness, fit_nearest
from kb.search.language import fold
from kb.search.passages import Column, NearestPassage, PassageLikeness, letters

PASSAGES = [["wachtwoord vergeten", "ww kwijt"], ["pincode thuis"], ["account aanvragen", "beheerder aanmelden"]]
WORDS = st.lists(st.sampled_from(["aap", "noot", "mies", "wim", "zus", "jet"]), max_size=5).map(" ".join)


SPELLING = PassageLikeness(fit_likeness(PASSAGES, letters))
EVERY = np.arange(len(PASSAGES))


def score(query: str, documents: Sequence[int] = (0, 1, 2)) -> Column:
    return SPELLING.score(letters(query), np.array(documents))


def test_a_passage_typed_literally_is_wholly_alike() -> None:
    assert score("pincode thuis")[1] == pytest.approx(1)


def test_capitals_and_accents_do_not_change_the_likeness() -> None:
    assert score("PÍNCODE Thuis") == pytest.approx(score("pincode thuis"))


@pytest.mark.parametrize(
    ("query", "closest"),
    [("wachtwrod vergeetn", 0), ("thuispincode", 1), ("beheerdr anmelden", 2), ("accountaanvraag", 2)],
)
def test_misspelt_and_joined_words_come_closest_to_what_was_meant(query: str, closest: int) -> None:
    assert int(score(query).argmax()) == closest


def test_words_nobody_uses_are_like_nothing() -> None:
    assert score("qqq zzz").tolist() == [0, 0, 0]


def test_only_the_documents_asked_for_are_scored_in_that_order() -> None:
    everything = score("beheerder pincode")
    assert score("beheerder pincode", [2, 0]) == pytest.approx(everything[[2, 0]])


def test_a_document_without_passages_is_like_nothing_and_moves_no_other() -> None:
    gaps = PassageLikeness(fit_likeness([[], ["pincode thuis"], [""], ["wachtwoord"], []], letters))
    assert gaps.score(letters("pincode thuis"), np.arange(5)) == pytest.approx([0, 1, 0, 0, 0], abs=1e-6)


@given(st.lists(st.lists(WORDS.filter(bool), min_size=1, max_size=3), min_size=1, max_size=5), WORDS)
def test_the_score_is_the_largest_cosine_of_the_passages(documents: list[list[str]], query: str) -> None:
    mine = PassageLikeness(fit_likeness(documents, str.split)).score(query.split(), np.arange(len(documents)))
    vectorizer = TfidfVectorizer(analyzer=str.split, binary=True).fit([text for passages in documents for text in passages])
    wanted = [(vectorizer.transform(passages) @ vectorizer.transform([query]).T).toarray().max() for passages in documents]
    assert mine == pytest.approx(wanted, abs=1e-5)


@given(st.text(max_size=60))
def test_the_runs_of_a_text_are_those_of_scikit_learns_words_with_edges(text: str) -> None:
    analyzer = CountVectorizer(analyzer="char_wb", ngram_range=(3, 3)).build_analyzer()
    assert letters(text) == analyzer(fold(text))


def test_two_threads_that_search_at_once_get_what_one_alone_gets() -> None:
    queries = ["wachtwoord vergeten", "pincode thuis", "beheerder aanmelden"] * 200
    alone = [score(query).tolist() for query in queries]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda query: score(query).tolist(), queries)) == alone


# --- the nearest of all passages --------------------------------------------------------------------------------


@given(st.lists(st.sets(st.sampled_from("abcdef"), min_size=1), min_size=1), st.sets(st.sampled_from("abcdefgh"), min_size=1))
def test_the_nearest_of_all_is_the_highest_cosine_of_all(passages: list[set[str]], query: set[str]) -> None:
    texts = [" ".join(sorted(passage)) for passage in passages]
    each = PassageLikeness(fit_likeness([[text] for text in texts], str.split)).score(query, np.arange(len(texts)))

    assert NearestPassage(fit_nearest(texts, str.split)).score(query) == pytest.approx(float(each.max()), abs=1e-5)


def test_a_query_of_unknown_terms_is_like_no_passage() -> None:
    assert NearestPassage(fit_nearest(["wachtwoord vergeten"], str.split)).score(["pincode"]) == 0.0
