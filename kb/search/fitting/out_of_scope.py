"""Learning to tell the phrases of the articles from what people ask that another party answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from kb.search.fitting.passages import fit_nearest
from kb.search.kept import Arrays, joined, packed
from kb.search.language import Language
from kb.search.out_of_scope import as_feature
from kb.search.passages import letters
from kb.search.semantic import PassageIndex

LEARN_FROM = 8_000  # phrases of articles at most that are compared with the examples: more take long and teach little
KEPT = 16_384  # phrases whose features are kept: a change of one article leaves all others as they were
WORDING_C, MEANING_C = 10.0, 1.0  # how closely the models may follow their examples; chosen on the development queries


def fit_elsewhere(examples: Sequence[str], phrases: Sequence[str], language: Language, passages: PassageIndex | None) -> Arrays:
    """The arrays of an Elsewhere: what tells phrases of articles from examples of questions for others."""
    ours = phrases[:: _every(len(phrases))]
    arrays = joined(nearest=fit_nearest(examples, letters), wording=_fit_wording(ours, examples, language))
    return {**arrays, **(_fit_meaning(examples, passages) if passages else {})}


def _fit_meaning(examples: Sequence[str], passages: PassageIndex) -> Arrays:
    ours = passages.plain[:: _every(len(passages.plain))]
    model = _learn(np.concatenate([ours, passages.centre(examples)]), len(ours), MEANING_C)
    return {
        "vectors": passages.place(examples),
        "meaning": model.coef_[0].astype(np.float32),
        "usual": np.array(float(model.intercept_[0])),
    }


def _fit_wording(phrases: Sequence[str], examples: Sequence[str], language: Language) -> Arrays:
    """Words and runs of three letters, each weighing its idf."""
    vectorizer = TfidfVectorizer(analyzer=partial(_features, language), binary=True, dtype=np.float32)
    model = _learn(vectorizer.fit_transform([*phrases, *examples]), len(phrases), WORDING_C)
    return {
        "features": packed(vectorizer.get_feature_names_out()),
        "weights": model.coef_[0] * vectorizer.idf_,
        "squares": vectorizer.idf_**2,
        "intercept": np.array(float(model.intercept_[0])),
    }


@lru_cache(KEPT)
def _features(language: Language, text: str) -> tuple[str, ...]:
    return (*letters(text), *(as_feature(term) for term in language.terms(text)))


def _every(count: int) -> int:
    """Which share of so many phrases to learn from: one in so many."""
    return 1 + count // LEARN_FROM


def _learn(rows: Any, ours: int, c: float) -> LogisticRegression:
    """A model that gives the log-odds of being one of the first `ours` rows."""
    model = LogisticRegression(C=c, class_weight="balanced", solver="liblinear", random_state=0)
    return model.fit(rows, np.arange(rows.shape[0]) < ours)
