"""Words that are spelt almost alike: exactly those within the edits that are allowed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from kb.search.spelling import Spellings

WORDS = st.text(alphabet="abcé1", min_size=1, max_size=9)


@given(st.lists(WORDS, unique=True, max_size=30), WORDS)
def test_every_word_within_the_edits_is_found_and_no_other(vocabulary: list[str], word: str) -> None:
    allowed = 0 if len(word) < 4 or not word.isalpha() else 1 if len(word) < 7 else 2
    wanted = {}
    for known in vocabulary:
        cost = OSA.distance(word, known) + (known[0] != word[0])
        if allowed and len(known) >= 4 and cost <= allowed:
            wanted[known] = cost
    assert dict(Spellings(vocabulary).near(word)) == wanted


@pytest.mark.parametrize(("misspelt", "cost"), [("wachtwoort", 1), ("wahctwoord", 1), ("wchtwoordd", 2), ("achtwoord", 2)])
def test_a_swap_counts_once_and_a_wrong_beginning_once_more(misspelt: str, cost: int) -> None:
    assert Spellings(["wachtwoord"]).near(misspelt) == [("wachtwoord", cost)]
