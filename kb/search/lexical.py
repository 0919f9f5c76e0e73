"""The term index: which articles hold which terms, how much that says, and what a misspelt word may have meant.

Scores follow BM25F (Robertson, Zaragoza & Taylor, 'Simple BM25 extension to multiple weighted fields', CIKM 2004): term
frequencies are weighted and length-normalised per field, summed, and only then saturated.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from heapq import nlargest
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from kb.search.kept import Arrays, unpacked
from kb.search.language import Compounds, Language
from kb.search.spelling import Spellings

FIELDS: Mapping[str, tuple[float, float]] = {  # field -> (weight, length normalisation b)
    "title": (3.0, 0.4),
    "questions": (2.0, 0.5),
    "keywords": (2.5, 0.4),
    "body": (1.0, 0.7),
}
SATURATION = 1.4  # k1 of BM25
SHORTEST_KNOWN = 3  # letters of a word that may be completed, misspelt or part of a compound
PART_WEIGHT = 0.6  # a part of a compound counts for less than the whole word
LOOSE_PART_WEIGHT = 0.9  # a part of a compound that is unknown as a whole
TYPO_WEIGHT = 0.8  # per edit
PREFIX_WEIGHT = 0.7

Column = NDArray[np.float32]
Places = NDArray[np.int64]
Words = Sequence[tuple[str, str]]  # the words of a text, each with its term


class Match(NamedTuple):
    """How one word of a query is looked up."""

    word: str  # as the visitor typed it, folded
    term: str  # what that word would be indexed as
    terms: Mapping[str, float]  # index terms it stands for, with how much they count (1 = the word itself)
    meant: Mapping[str, str]  # the known word behind a term, for a misspelt word
    how: str  # "exact", "typo", "prefix", "compound", "elsewhere" (an everyday word no article has) or "unknown"

    @property
    def read_as(self) -> tuple[str, str]:
        """The term and the word this most probably is: of a misspelt word the known one that is closest."""
        return next(iter(self.meant.items()), (self.term, self.word))


@dataclass(frozen=True, slots=True)
class LookedUp:
    """A query as the term index reads it."""

    matches: tuple[Match, ...]  # one for each word of the query
    # Per word that the index knows its terms: the column of each and how much it counts.
    words: tuple[tuple[tuple[int, float], ...], ...]
    total: float  # the information (idf) of the whole query
    elsewhere: float  # share of it in everyday words that no article has, 0..1
    unknown: float  # share of it in words that nobody knows, 0..1


class TermIndex:
    """An inverted index over documents with words in several fields, as `fitting.terms.fit_terms` makes it."""

    def __init__(self, arrays: Arrays, language: Language) -> None:
        self._language = language
        self._arrays = arrays
        words = unpacked(arrays["words"])
        self._term_of = dict(zip(words, unpacked(arrays["terms"]), strict=True))
        self._word_count = dict(zip(words, arrays["counts"].tolist(), strict=True))
        self._compounds = Compounds(compound_words(self._word_count))
        self._columns = {term: column for column, term in enumerate(unpacked(arrays["columns"]))}
        self.size = int(arrays["size"])
        self._says: list[float] = arrays["information"].tolist()
        self._starts: list[int] = arrays["starts"].tolist()
        self._documents, self._impacts, self._prominent = arrays["documents"], arrays["impacts"], arrays["prominent"]

    @cached_property
    def _vocabulary(self) -> list[str]:
        return vocabulary(self._term_of)

    @cached_property
    def _spellings(self) -> Spellings:
        return Spellings(self._vocabulary)

    @cached_property
    def _everyday(self) -> frozenset[str]:
        return frozenset(unpacked(self._arrays["everyday"]))

    def _term(self, word: str) -> str:
        return term_of(word, self._term_of, self._language)

    def knows(self, word: str) -> bool:
        """Whether a folded word stands in a document, or means what a word there means."""
        return word in self._term_of or any(term in self._columns for term in self._language.terms(word))

    def held(self, document: int, matches: Sequence[Match]) -> frozenset[str]:
        """Which terms of a query a document has, in any field."""
        terms = dict.fromkeys(term for match in matches for term in match.terms)
        return frozenset(term for term in terms if self._places_of(self._columns[term], [document])[1].size)

    @property
    def idf(self) -> Mapping[str, float]:
        """How much each term says: the logarithm of how rare it is."""
        return {term: self._says[column] for term, column in self._columns.items()}

    def match(self, query: str, unfinished: bool = False) -> tuple[Match, ...]:
        """Look up each word of a query; with `unfinished`, the last word may be the beginning of a word."""
        words = self._language.words(query)
        last = len(words) - 1
        return tuple(self._match(word, term, unfinished and number == last) for number, (word, term) in enumerate(words))

    def _match(self, word: str, term: str, unfinished: bool) -> Match:
        terms: dict[str, float] = {}
        meant: dict[str, str] = {}
        how = "unknown"
        if term in self._columns:
            terms[term], how = 1.0, "exact"
        for part in self._compounds.split(word):
            if (known := self._term(part)) in self._columns:
                terms.setdefault(known, PART_WEIGHT if how == "exact" else LOOSE_PART_WEIGHT)
                how = "compound" if how == "unknown" else how
        if unfinished and how != "exact" and (found := self._beginning_with(word)):
            for candidate in found:
                terms.setdefault(self._term_of[candidate], PREFIX_WEIGHT)
            how = "prefix"
        if how == "unknown":
            how = "elsewhere" if word in self._everyday else how
            for candidate, weight in self._like(word) if how == "unknown" else ():
                known = self._term_of[candidate]
                terms[known] = max(weight, terms.get(known, 0.0))
                meant.setdefault(known, candidate)
                how = "typo"
        return Match(word, term, terms, meant, how)

    def _beginning_with(self, word: str, most: int = 8) -> list[str]:
        if len(word) < 2:
            return []
        start = bisect_left(self._vocabulary, word)
        found = self._vocabulary[start : bisect_left(self._vocabulary, word + "\uffff", lo=start)]
        return nlargest(most, found, key=lambda candidate: self._word_count[candidate])

    def _like(self, word: str, most: int = 4) -> list[tuple[str, float]]:
        """Known words within one edit (4-6 letters) or two (7 and more); a wrong first letter costs an edit extra.

        A compound of a known word and a misspelt one is read part by part.
        """
        if found := self._near(word):
            found.sort(key=lambda pair: (-pair[1], -self._word_count[pair[0]], pair[0]))
            return found[:most]
        if not 9 <= len(word) <= 30:
            return []
        for cut in range(len(word) - 4, 3, -1):
            head, tail = word[:cut], word[cut:]
            if head in self._term_of and (near := self._near(tail)):
                return [(head, LOOSE_PART_WEIGHT), max(near, key=lambda pair: (pair[1], self._word_count[pair[0]]))]
            if tail in self._term_of and (near := self._near(head)):
                return [max(near, key=lambda pair: (pair[1], self._word_count[pair[0]])), (tail, LOOSE_PART_WEIGHT)]
        return []

    def _near(self, word: str) -> list[tuple[str, float]]:
        return [(candidate, TYPO_WEIGHT**cost) for candidate, cost in self._spellings.near(word)]

    def look_up(self, query: str, unfinished: bool = False) -> LookedUp:
        """Read a query; with `unfinished`, its last word may be the beginning of a word."""
        matches = self.match(query, unfinished)
        missing = math.log(1 + (self.size + 0.5) / 0.5)
        lost = {"elsewhere": 0.0, "unknown": 0.0}
        words = []
        total = 0.0
        for match in matches:
            if not match.terms:
                total += missing
                lost[match.how] += missing
                continue
            words.append(tuple((self._columns[term], weight) for term, weight in match.terms.items()))
            total += max(self._says[column] for column, _ in words[-1])
        total = total or 1.0
        return LookedUp(matches, tuple(words), total, lost["elsewhere"] / total, lost["unknown"] / total)

    def bm25(self, query: LookedUp) -> Column:
        """(documents,) The BM25F score of every document as a share of the highest one possible for this query, 0..1.

        Of the terms that one word of the query stands for, the best counts.
        """
        scores = np.zeros(self.size, dtype=np.float32)
        for terms in query.words:
            into = scores if len(terms) == 1 else np.zeros(self.size, dtype=np.float32)
            for column, weight in terms:
                entries = self._entries(column)
                documents, worth = self._documents[entries], self._impacts[entries] * np.float32(weight * self._says[column])
                into[documents] = into[documents] + worth if into is scores else np.maximum(into[documents], worth)
            if into is not scores:
                scores += into
        return scores / np.float32(query.total)

    def coverage(self, query: LookedUp, documents: Places) -> Column:
        """(2, documents) The share of the query's information that each of these holds, and the share outside its body, 0..1."""
        shares = np.zeros((2, len(documents)), dtype=np.float32)
        for terms in query.words:
            held = np.zeros_like(shares)
            for column, weight in terms:
                entries, rows = self._places_of(column, documents)
                held[0, rows] = np.maximum(held[0, rows], weight)
                held[1, rows] = np.maximum(held[1, rows], weight * self._prominent[entries])
            shares += max(self._says[column] for column, _ in terms) * held
        return shares / np.float32(query.total)

    def _entries(self, column: int) -> slice:
        """Where the postings of a term stand."""
        return slice(self._starts[column], self._starts[column + 1])

    def _places_of(self, column: int, documents: Places | Sequence[int]) -> tuple[Places, Places]:
        """The postings of a term in these documents: where each stands, and the row in `documents` it is about."""
        entries = self._entries(column)
        own = self._documents[entries]
        found = np.searchsorted(own, documents)
        rows = np.flatnonzero(own[np.minimum(found, len(own) - 1)] == documents)
        return found[rows] + entries.start, rows


def vocabulary(words: Iterable[str]) -> list[str]:
    """The words that may be completed, or meant by a misspelt one, in order."""
    return sorted(word for word in words if len(word) >= SHORTEST_KNOWN)


def compound_words(counts: Mapping[str, float]) -> list[str]:
    """The words of articles that a compound may be made of; `counts` is how often each stands there."""
    return [word for word, count in counts.items() if count and word.isalpha() and len(word) >= SHORTEST_KNOWN]


def term_of(word: str, known: Mapping[str, str], language: Language) -> str:
    """The term of a word or part of one: the one it is `known` by, otherwise what the language makes of it."""
    terms = language.terms(word)
    return known.get(word) or (terms[0] if terms else language.stem(word))
