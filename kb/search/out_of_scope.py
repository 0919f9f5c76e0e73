"""What people ask that another party answers: examples that keep the search from answering at random.

The examples live in ``data/language/elsewhere.txt``, one a line. A query that is more like them than like what the articles
answer is better answered with an honest 'nothing found'.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from kb.data_file import read_lines
from kb.search.language import Language
from kb.search.passages import NearestPassage, letters
from kb.search.semantic import PassageIndex, Vectors
from kb.settings import from_data

LEARN_FROM = 8_000  # phrases of articles at most that are compared with the examples: more take long and teach little
KEPT = 16_384  # phrases whose features are kept: a change of one article leaves all others as they were
WORDING_C, MEANING_C = 10.0, 1.0  # how closely the models may follow their examples; chosen on the development queries


@from_data
def load_elsewhere(folder: Path) -> tuple[str, ...]:
    """Read data/language/elsewhere.txt. Raises DataFileError."""
    return tuple(read_lines(folder / "language" / "elsewhere.txt"))


class Elsewhere:
    """How much a query is like questions for others, by wording and (with an encoder) by meaning.

    Each is said in two ways: how like the nearest example a query is, and what a logistic regression says that learned to tell
    the phrases of the articles from the examples.
    """

    def __init__(
        self, examples: Sequence[str], phrases: Sequence[str], language: Language, passages: PassageIndex | None
    ) -> None:
        self._nearest = NearestPassage(examples, letters)
        self._wording = _OurWording(phrases[:: _every(len(phrases))], examples, language)
        self._passages = passages
        if passages:
            self._vectors = passages.place(examples)
            ours = passages.plain[:: _every(len(passages.plain))]
            model = _learn(np.concatenate([ours, passages.centre(examples)]), len(ours), MEANING_C)
            self._meaning, self._usual = model.coef_[0].astype(np.float32), float(model.intercept_[0])

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

    def __init__(self, phrases: Sequence[str], examples: Sequence[str], language: Language) -> None:
        vectorizer = TfidfVectorizer(analyzer=partial(_features, language), binary=True, dtype=np.float32)
        rows = vectorizer.fit_transform([*phrases, *examples])
        model = _learn(rows, len(phrases), WORDING_C)
        each = zip((model.coef_[0] * vectorizer.idf_).tolist(), (vectorizer.idf_**2).tolist(), strict=True)
        self._says = dict(
            zip(vectorizer.get_feature_names_out().tolist(), each, strict=True)
        )  # feature -> weight, square of its idf
        self._intercept = float(model.intercept_[0])

    def log_odds(self, runs: Iterable[str], terms: Iterable[str]) -> float:
        """The log-odds that a query cut into runs of letters and terms is for us; features nobody knows say nothing."""
        known = [pair for pair in map(self._says.get, {*runs, *map(_as_feature, terms)}) if pair]
        if not known:
            return self._intercept
        weights, squares = zip(*known, strict=True)
        return math.fsum(weights) / math.sqrt(math.fsum(squares)) + self._intercept  # fsum: the same in any order


@lru_cache(KEPT)
def _features(language: Language, text: str) -> tuple[str, ...]:
    return (*letters(text), *(_as_feature(term) for term in language.terms(text)))


def _as_feature(term: str) -> str:
    """A word of three letters is no run of letters."""
    return f"={term}"


def _every(count: int) -> int:
    """Which share of so many phrases to learn from: one in so many."""
    return 1 + count // LEARN_FROM


def _learn(rows: Any, ours: int, c: float) -> LogisticRegression:
    """A model that gives the log-odds of being one of the first `ours` rows."""
    model = LogisticRegression(C=c, class_weight="balanced", solver="liblinear", random_state=0)
    return model.fit(rows, np.arange(rows.shape[0]) < ours)
