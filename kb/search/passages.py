"""Likeness of short passages: how close a query comes to one title, question or keyword of an article.

Cosine similarity of sets of terms that weigh their inverse document frequency (Salton & Buckley, 1988), over words and over
runs of letters; the best passage counts. How often a term stands in a passage does not count: passages are short.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

from kb.search import kernels
from kb.search.language import fold

Numbers = NDArray[np.int64]
Column = NDArray[np.float32]
Analyzer = Callable[[str], list[str]]
TINY = 1e-9  # the square of a length at least: a passage without terms is like nothing


def letters(text: str) -> list[str]:
    """Cut a text into runs of three letters within words, which forgives typos, joined words and endings.

    A word counts with a space on both sides, as with scikit-learn's analyzer 'char_wb'.
    """
    words = (f" {word} " for word in fold(text).split())
    return [word[start : start + 3] for word in words for start in range(len(word) - 2)]


class PassageLikeness:
    """The passages of each document as sparse rows; those of one document stand together."""

    def __init__(self, passages: Sequence[Sequence[str]], analyzer: Analyzer) -> None:
        vectorizer = CountVectorizer(analyzer=analyzer, binary=True, dtype=np.int32)
        rows = vectorizer.fit_transform(text for document in passages for text in document)
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        found_in = np.bincount(rows.indices, minlength=rows.shape[1])
        self._idf = (1 + np.log((1 + rows.shape[0]) / (1 + found_in))).astype(np.float32)  # smoothed, as scikit-learn does
        self._starts, self._columns = rows.indptr.astype(np.uint64), rows.indices.astype(np.uint32)
        self._lengths = np.sqrt(np.maximum(rows @ self._idf**2, TINY), dtype=np.float32)
        self._first_row = np.cumsum([0, *map(len, passages)], dtype=np.uint64)
        self._rooms = threading.local()

    def _room(self) -> Column:
        """Zeros to write a query in, one for each thread: making so many anew takes longer than a search."""
        try:
            room: Column = self._rooms.zeros
        except AttributeError:
            room = self._rooms.zeros = np.zeros(len(self._idf), dtype=np.float32)
        return room

    def score(self, terms: Iterable[str], documents: NDArray[np.uint64]) -> Column:
        """For each of these documents the cosine similarity (0..1) of its most alike passage with a query cut into terms."""
        known = set(map(self._vocabulary.get, terms))
        known.discard(None)
        if not known:
            return np.zeros(len(documents), dtype=np.float32)
        best: Column = kernels.best_cosines(
            self._starts, self._columns, self._lengths, self._first_row, self._idf,
            np.fromiter(known, dtype=np.uint64), documents, self._room(),
        )  # fmt: skip
        return best


class NearestPassage:
    """The passages of all documents together, as an inverted index: for how alike the most alike one is, whichever it is."""

    def __init__(self, passages: Sequence[str], analyzer: Analyzer) -> None:
        vectorizer = TfidfVectorizer(analyzer=analyzer, binary=True, dtype=np.float32)
        columns = vectorizer.fit_transform(passages).tocsc()
        self._vocabulary: dict[str, int] = vectorizer.vocabulary_
        self._idf = vectorizer.idf_.astype(np.float32)
        self._starts, self._rows = columns.indptr.astype(np.uint64), columns.indices.astype(np.uint32)
        self._impacts, self._size = columns.data.astype(np.float32), len(passages)

    def score(self, terms: Iterable[str]) -> float:
        """The cosine similarity (0..1) of the passage most like a query cut into terms."""
        known = set(map(self._vocabulary.get, terms))
        known.discard(None)
        if not known:
            return 0.0
        columns = np.fromiter(known, dtype=np.uint64)
        return float(kernels.nearest_cosine(self._starts, self._rows, self._impacts, self._idf, columns, self._size))
