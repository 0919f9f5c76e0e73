"""What people ask that another party answers: examples that keep the search from answering at random.

The examples live in ``data/language/elsewhere.txt``, one a line. A query that is more like one of them than like any
article is better answered with an honest 'nothing found'.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np

from kb.passages import PassageLikeness, letters
from kb.semantic import PassageIndex, Vectors
from kb.settings import SHIPPED_DATA


@cache
def load_elsewhere(folder: Path = SHIPPED_DATA / "language") -> tuple[str, ...]:
    """Read data/language/elsewhere.txt; lines that start with # are remarks."""
    lines = (folder / "elsewhere.txt").read_text(encoding="utf-8").splitlines()
    return tuple(line.strip() for line in lines if line.strip() and not line.startswith("#"))


class Elsewhere:
    """How much a query is like questions for others, by spelling and (with an encoder) by meaning."""

    def __init__(self, examples: Sequence[str], passages: PassageIndex | None) -> None:
        self._letters = PassageLikeness([[example] for example in examples], letters)
        self._all = np.arange(len(examples))
        self._vectors = passages.place(examples) if passages and examples else None
        self._passages = passages

    def likeness(self, runs: Sequence[str], vector: Vectors | None, spelling: float, meaning: float) -> Mapping[str, float]:
        """How much more a query is like the nearest example than like the nearest article, by name of the signal (-1..1).

        `runs` are the query's letters; `vector` is the query's, placed; `spelling` and `meaning` are how much it is like the nearest article.
        """
        nearest = float(self._letters.score(runs, self._all).max(initial=0.0))
        found = {"elsewhere_spelling": nearest - spelling}
        if self._passages and self._vectors is not None and vector is not None:
            likeness = np.sort(self._passages.likeness(vector, self._vectors))[-3:]
            found["elsewhere_meaning"] = float(likeness[-1]) - meaning
            found["elsewhere_meaning_top"] = float(likeness.mean()) - meaning
        return found
