"""Fitting the likeness of passages: which terms each passage has, and how much each says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from kb.search.kept import Arrays, packed
from kb.search.passages import TINY, Analyzer


def fit_likeness(passages: Sequence[Sequence[str]], analyzer: Analyzer) -> Arrays:
    """The arrays of a PassageLikeness over the passages of each document."""
    vectorizer = CountVectorizer(analyzer=analyzer, binary=True, dtype=np.int32)
    rows = vectorizer.fit_transform(text for document in passages for text in document)
    found_in = np.bincount(rows.indices, minlength=rows.shape[1])
    idf = (1 + np.log((1 + rows.shape[0]) / (1 + found_in))).astype(np.float32)  # smoothed, as scikit-learn does
    return {
        "terms": packed(vectorizer.get_feature_names_out()),
        "idf": idf,
        "starts": rows.indptr.astype(np.int64),
        "columns": rows.indices,
        "lengths": np.sqrt(np.maximum(rows @ idf**2, TINY), dtype=np.float32),
        "first_row": np.cumsum([0, *map(len, passages)], dtype=np.int64),
    }


def fit_nearest(passages: Sequence[str], analyzer: Analyzer) -> Arrays:
    """The arrays of a NearestPassage."""
    vectorizer = TfidfVectorizer(analyzer=analyzer, binary=True, dtype=np.float32)
    columns = vectorizer.fit_transform(passages).tocsc()
    return {
        "terms": packed(vectorizer.get_feature_names_out()),
        "idf": vectorizer.idf_.astype(np.float32),
        "starts": columns.indptr.astype(np.int64),
        "rows": columns.indices,
        "impacts": columns.data.astype(np.float32),
    }
