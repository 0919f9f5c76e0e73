"""Likeness of short passages: how close a query comes to one title, question or keyword of an article.

TF-IDF with cosine similarity (Salton & Buckley, 1988), over words and over runs of letters; the best passage counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer

Numbers = NDArray[np.int64]
Column = NDArray[np.float32]
Analyzer = Callable[[str], list[str]]


def letter_runs(low: int = 3, high: int = 4) -> Analyzer:
    """Cuts a text into runs of letters within words, which forgives typos, joined words and endings."""
    analyzer: Analyzer = TfidfVectorizer(analyzer="char_wb", ngram_range=(low, high)).build_analyzer()
    return analyzer


class PassageLikeness:
    """The passages of each document as sparse rows; those of one document stand together."""

    def __init__(self, passages: Sequence[Sequence[str]], analyzer: Analyzer) -> None:
        self._analyzer = analyzer
        vectorizer = TfidfVectorizer(analyzer=analyzer, sublinear_tf=True, dtype=np.float32)
        rows = vectorizer.fit_transform(text for document in passages for text in document).tocsr()
        sizes = np.diff(rows.indptr)
        owner = np.repeat(np.arange(len(passages)), [len(document) for document in passages])[sizes > 0]
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._idf = vectorizer.idf_.astype(np.float32)
        self._columns, self._values = rows.indices, rows.data
        self._row_starts = rows.indptr[:-1][sizes > 0].astype(np.int64)  # an empty passage can't be like anything
        self._first_row = np.searchsorted(owner, np.arange(len(passages) + 1))
        self._first_entry = np.append(self._row_starts, rows.nnz)[self._first_row]

    def score(self, query: str, documents: Numbers) -> Column:
        """For each of these documents the cosine similarity (0..1) of its most alike passage."""
        counts = Counter(self._analyzer(query))
        known = {self._vocabulary[term]: count for term, count in counts.items() if term in self._vocabulary}
        best = np.zeros(len(documents), dtype=np.float32)
        full = np.flatnonzero(self._first_row[documents + 1] > self._first_row[documents])
        if not known or not len(full):
            return best
        columns = np.fromiter(known, dtype=np.int64)
        values = (1 + np.log(np.fromiter(known.values(), dtype=np.float32))) * self._idf[columns]
        wanted = np.zeros(len(self._idf), dtype=np.float32)
        wanted[columns] = values / np.linalg.norm(values)
        documents = documents[full]
        first, end = self._first_entry[documents], self._first_entry[documents + 1]
        moved = first - np.concatenate(([0], np.cumsum(end - first)[:-1]))
        products = wanted[_pieces(self._columns, first, end)] * _pieces(self._values, first, end)
        rows, next_rows = self._first_row[documents], self._first_row[documents + 1]
        likeness = np.add.reduceat(products, _pieces(self._row_starts, rows, next_rows) - np.repeat(moved, next_rows - rows))
        best[full] = np.maximum.reduceat(likeness, np.concatenate(([0], np.cumsum(next_rows - rows)[:-1])))
        return best


def _pieces(values: NDArray[Any], starts: Numbers, ends: Numbers) -> NDArray[Any]:
    """The slices of an array one after another; slices that follow each other are one view."""
    if np.array_equal(starts[1:], ends[:-1]):
        return values[starts[0] : ends[-1]]
    return np.concatenate([values[start:end] for start, end in zip(starts.tolist(), ends.tolist(), strict=True)])
