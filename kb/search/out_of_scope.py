"""What people ask that another party answers: examples that keep the search from answering at random.

The examples live in ``data/language/elsewhere.txt``, one a line. A query that is more like them than like what the articles
answer is better answered with an honest 'nothing found'.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from kb.data_file import read_lines
from kb.search.kept import Arrays, part_of, unpacked
from kb.search.passages import NearestPassage
from kb.search.semantic import PassageIndex, Vectors
from kb.settings import from_data


@from_data
def load_elsewhere(folder: Path) -> tuple[str, ...]:
    """Read data/language/elsewhere.txt. Raises DataFileError."""
    return tuple(read_lines(folder / "language" / "elsewhere.txt"))


class Elsewhere:
    """How much a query is like questions for others, by wording and (with an encoder) by meaning.

    Each is said in two ways: how like the nearest example a query is, and what a logistic regression says that learned to tell
    the phrases of the articles from the examples.
    """

    def __init__(self, arrays: Arrays, passages: PassageIndex | None) -> None:
        """`arrays` are those of fitting.out_of_scope.fit_elsewhere."""
        self._nearest = NearestPassage(part_of(arrays, "nearest"))
        self._wording = _OurWording(part_of(arrays, "wording"))
        self._passages = passages
        if passages:
            self._vectors, self._meaning, self._usual = arrays["vectors"], arrays["meaning"], float(arrays["usual"])

    def likeness(
        self,
        runs: Sequence[str],
        corrected: Sequence[str],
        terms: Iterable[str],
        vector: Vectors | None,
        spelling: float,
        meaning: float,
    ) -> Mapping[str, float]:
        """What speaks for another party or for us, by name of the signal.

        `runs` are the query's letters, `corrected` those with the letters of what misspelt words may mean, `terms` its terms,
        `vector` is the query's, placed; `spelling` and `meaning` are how much it is like the nearest article. Signals named
        'elsewhere' say how much more it is like an example (-1..1), those named 'ours' are log-odds.
        """
        found = {
            "elsewhere_spelling": self._nearest.score(runs) - spelling,
            "ours_wording": self._wording.log_odds(corrected, terms),
        }
        if self._passages and vector is not None:
            likeness = np.sort(self._passages.likeness(vector, self._vectors))[-3:]
            found["elsewhere_meaning"] = float(likeness[-1]) - meaning
            found["elsewhere_meaning_top"] = float(likeness.mean()) - meaning
            length = max(float(np.linalg.norm(vector)), 1e-9)
            found["ours_meaning"] = float(self._meaning @ vector) / length + self._usual
        return found


class _OurWording:
    """Tells our phrases from the examples by their words and runs of three letters, each weighing its idf."""

    def __init__(self, arrays: Arrays) -> None:
        each = zip(arrays["weights"].tolist(), arrays["squares"].tolist(), strict=True)
        self._says = dict(zip(unpacked(arrays["features"]), each, strict=True))  # feature -> weight, square of its idf
        self._intercept = float(arrays["intercept"])

    def log_odds(self, runs: Iterable[str], terms: Iterable[str]) -> float:
        """The log-odds that a query cut into runs of letters and terms is for us; features nobody knows say nothing."""
        known = [pair for pair in map(self._says.get, {*runs, *map(as_feature, terms)}) if pair]
        if not known:
            return self._intercept
        weights, squares = zip(*known, strict=True)
        return math.fsum(weights) / math.sqrt(math.fsum(squares)) + self._intercept  # fsum: the same in any order


def as_feature(term: str) -> str:
    """A word of three letters is no run of letters."""
    return f"={term}"
