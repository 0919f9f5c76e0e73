"""Words that are spelt almost alike."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4  # letters of a word that may be misspelt
NEAREST = 40  # known words looked at, nearest first


class Spellings:
    """Known words, found by a misspelt one.

    An edit adds, drops, replaces or swaps letters, so a word within n edits lacks at most n of the letters of the other. Only
    words of which the letters, kept as bits, allow it are compared.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._words = sorted(vocabulary, key=len)
        self._letters = np.array([_letters(word) for word in self._words], dtype=np.uint32)

    def near(self, word: str) -> list[tuple[str, int]]:
        """Known words that a misspelt one may stand for, with what that costs: its edits, and one more for a wrong first letter.

        One edit (optimal string alignment) is allowed in 4 to 6 letters, two up to 12, three in a longer word.
        """
        allowed = 0 if len(word) < SHORTEST or not word.isalpha() else 1 if len(word) < 7 else 2 if len(word) < 13 else 3
        if not allowed:
            return []
        near = process.extract(word, self._alike(word, allowed), scorer=OSA.distance, score_cutoff=allowed, limit=NEAREST)
        costs = ((candidate, int(edits) + (candidate[0] != word[0])) for candidate, edits, _ in near)
        return [(candidate, cost) for candidate, cost in costs if cost <= allowed]

    def _alike(self, word: str, edits: int) -> list[str]:
        """Known words whose length and letters allow that they are so few edits away."""
        start = bisect_left(self._words, max(SHORTEST, len(word) - edits), key=len)
        end = bisect_right(self._words, len(word) + edits, key=len)
        letters, known = np.uint32(_letters(word)), self._letters[start:end]
        possible = np.bitwise_count(known & ~letters) <= edits
        possible &= np.bitwise_count(letters & ~known) <= edits
        return [self._words[number] for number in (np.flatnonzero(possible) + start).tolist()]


def _letters(word: str) -> int:
    """The letters of a word as bits; what is no letter of a to z shares one bit."""
    bits = 0
    for letter in word:
        bits |= 1 << (ord(letter) - 97 if "a" <= letter <= "z" else 26)
    return bits
