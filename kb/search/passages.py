"""Likeness of short passages: how close a query comes to one title, question or keyword of an article.

Cosine similarity of sets of terms that weigh their inverse document frequency (Salton & Buckley, 1988), over words and over
runs of letters; the best passage counts. How often a term stands in a passage does not count: passages are short.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from kb.search.kept import Arrays, unpacked
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


def spans(starts: Numbers, ends: Numbers) -> Numbers:
    """All numbers from each start up to its end, one span after the other: [2, 7], [4, 8] -> [2, 3, 7]."""
    lengths = ends - starts
    shifts: Numbers = starts - np.cumsum(lengths) + lengths
    numbers: Numbers = np.arange(lengths.sum()) + np.repeat(shifts, lengths)
    return numbers


def numbered(terms: NDArray[np.uint8]) -> dict[str, int]:
    """The number of each of some packed terms."""
    return {term: number for number, term in enumerate(unpacked(terms))}


class PassageLikeness:
    """The passages of each document as sparse rows; those of one document stand together."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those of fitting.passages.fit_likeness."""
        self._vocabulary = numbered(arrays["terms"])
        self._idf, self._starts, self._columns = arrays["idf"], arrays["starts"], arrays["columns"]
        self._lengths, self._first_row = arrays["lengths"], arrays["first_row"]

    def score(self, terms: Iterable[str], documents: Numbers) -> Column:
        """For each of these documents the cosine similarity (0..1) of its most alike passage with a query cut into terms."""
        known = set(map(self._vocabulary.get, terms))
        known.discard(None)
        if not known:
            return np.zeros(len(documents), dtype=np.float32)
        own = np.fromiter(known, dtype=np.int64)
        weights = np.zeros(len(self._idf), dtype=np.float32)
        weights[own] = self._idf[own] ** 2
        first, last = self._first_row[documents], self._first_row[documents + 1]
        rows = spans(first, last)
        starts, ends = self._starts[rows], self._starts[rows + 1]
        row_of = np.repeat(np.arange(len(rows)), ends - starts)
        products = np.bincount(row_of, weights=weights[self._columns[spans(starts, ends)]], minlength=len(rows))
        best = np.zeros(len(documents), dtype=np.float32)
        np.maximum.at(
            best, np.repeat(np.arange(len(documents)), last - first), (products / self._lengths[rows]).astype(np.float32)
        )
        cosines: Column = best / np.sqrt(weights[own].sum())
        return cosines


class NearestPassage:
    """The passages of all documents together, as an inverted index: for how alike the most alike one is, whichever it is."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those of fitting.passages.fit_nearest."""
        self._vocabulary = numbered(arrays["terms"])
        self._idf, self._starts, self._rows = arrays["idf"], arrays["starts"], arrays["rows"]
        self._impacts = arrays["impacts"]

    def score(self, terms: Iterable[str]) -> float:
        """The cosine similarity (0..1) of the passage most like a query cut into terms."""
        known = set(map(self._vocabulary.get, terms))
        known.discard(None)
        if not known:
            return 0.0
        own = np.fromiter(known, dtype=np.int64)
        starts, ends = self._starts[own], self._starts[own + 1]
        entries = spans(starts, ends)
        products = np.bincount(self._rows[entries], weights=self._impacts[entries] * np.repeat(self._idf[own], ends - starts))
        return float(products.max() / np.sqrt((self._idf[own] ** 2).sum()))
