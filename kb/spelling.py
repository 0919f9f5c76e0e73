"""Words that are spelt almost alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain

from rapidfuzz import process
from rapidfuzz.distance import OSA


class Spellings:
    """Known words, found by a misspelt one.

    Words are kept by first and by second letter and by length, so only those that can be near are compared: an edit at
    the first letter leaves the second one to be found by.
    """

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._first: dict[tuple[str, int], list[str]] = defaultdict(list)
        self._second: dict[tuple[str, int], list[str]] = defaultdict(list)
        for word in vocabulary:
            if len(word) >= 4:
                self._first[word[0], len(word)].append(word)
                self._second[word[1], len(word)].append(word)

    def near(self, word: str) -> list[tuple[str, int]]:
        """Known words that a misspelt one may stand for, with what that costs: its edits, and one more for a wrong first letter.

        One edit (optimal string alignment) is allowed in 4 to 6 letters, two up to 12, three in a longer word.
        """
        allowed = 0 if len(word) < 4 or not word.isalpha() else 1 if len(word) < 7 else 2 if len(word) < 13 else 3
        if not allowed:
            return []
        costs = ((candidate, edits + (candidate[0] != word[0])) for candidate, edits in self._within(word, allowed))
        return [(candidate, cost) for candidate, cost in costs if cost <= allowed]

    def _within(self, word: str, allowed: int) -> list[tuple[str, int]]:
        """Known words with at most `allowed` edits, with how many; nearest first."""
        groups = [self._first.get((word[0], length), ()) for length in _lengths(word, allowed)]
        for length in _lengths(word, allowed - 1):  # a wrong first letter leaves one edit less
            groups += [self._second.get((word[0], length), ()), self._second.get((word[1], length), ())]
            groups.append(self._first.get((word[1], length), ()))
        near = process.extract(word, list(chain.from_iterable(groups)), scorer=OSA.distance, score_cutoff=allowed, limit=40)
        return list({candidate: int(distance) for candidate, distance, _ in near}.items())


def _lengths(word: str, edits: int) -> range:
    return range(len(word) - edits, len(word) + edits + 1) if edits else range(0)
