"""The term index: which articles hold which terms, how much that says, and what a misspelt word may have meant.

Scores follow BM25F (Robertson, Zaragoza & Taylor, 'Simple BM25 extension to multiple weighted fields', CIKM 2004): term
frequencies are weighted and length-normalised per field, summed, and only then saturated.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from kb.search.language import Compounds, Language, everyday_words
from kb.search.spelling import Spellings

FIELDS: Mapping[str, tuple[float, float]] = {  # field -> (weight, length normalisation b)
    "title": (3.0, 0.4),
    "questions": (2.0, 0.5),
    "keywords": (2.5, 0.4),
    "body": (1.0, 0.7),
}
SATURATION = 1.4  # k1 of BM25
PART_WEIGHT = 0.6  # a part of a compound counts for less than the whole word
LOOSE_PART_WEIGHT = 0.9  # a part of a compound that is unknown as a whole
TYPO_WEIGHT = 0.8  # per edit
PREFIX_WEIGHT = 0.7
LEAST_LETTERS, USUAL = 6, 10  # of a word that an article misspells, and how often the right one must stand in the articles

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
    """An inverted index over documents that are mappings of field name to the words of that field."""

    def __init__(self, documents: Iterable[Mapping[str, Words]], language: Language) -> None:
        self._language = language
        counts, words = _count_words(documents)
        self.size = counts["title"].shape[0]
        names = [word for word, _ in words]
        totals = sum((np.asarray(matrix.sum(axis=0)).ravel() for matrix in counts.values()), np.zeros(len(words)))
        used = set(dict(words).values())
        self._term_of = {word: term for word, term in language.synonyms.items() if term in used} | dict(words)
        self._word_count = Counter(dict(zip(names, totals.tolist(), strict=True)))
        self._vocabulary = sorted(word for word in self._term_of if len(word) >= 3)
        self._spellings = Spellings(self._vocabulary)
        self._term_of |= {word: self._term_of[meant] for word in names if (meant := self._misspelt(word))}
        self._compounds = Compounds(word for word in names if word.isalpha() and len(word) >= 3)
        expansion = self._expansion([(word, self._term_of[word]) for word in names])
        self._build({field: matrix @ expansion for field, matrix in counts.items()})

    def _misspelt(self, word: str) -> str:
        """The word that an article misspells as visitors do: one edit from a rare and unknown word, and usual here; "" for none."""
        if self._word_count[word] > 1 or len(word) < LEAST_LETTERS or word in everyday_words():
            return ""
        near = [known for known, cost in self._spellings.near(word) if cost == 1 and self._word_count[known] >= USUAL]
        return max(near, key=self._word_count.__getitem__, default="")

    def _expansion(self, words: Sequence[tuple[str, str]]) -> sparse.csr_matrix:
        """(words, terms): how much one occurrence of a word counts for each term."""
        self._columns: dict[str, int] = {}
        entries = []
        for number, (word, term) in enumerate(words):
            entries.append((number, self._columns.setdefault(term, len(self._columns)), 1.0))
            for part in self._compounds.split(word):
                entries.append((number, self._columns.setdefault(self._term(part), len(self._columns)), PART_WEIGHT))
        rows = np.array([row for row, _, _ in entries], dtype=np.int32)
        columns = np.array([column for _, column, _ in entries], dtype=np.int32)
        weights = np.array([weight for _, _, weight in entries], dtype=np.float32)
        return sparse.csr_matrix((weights, (rows, columns)), shape=(len(words), len(self._columns)))

    def _term(self, word: str) -> str:
        terms = self._language.terms(word)
        return self._term_of.get(word) or (terms[0] if terms else self._language.stem(word))

    def _build(self, frequencies: Mapping[str, sparse.csr_matrix]) -> None:
        shape: Any = (self.size, len(self._columns))
        weighted = sparse.csr_matrix(shape, dtype=np.float32)
        for field, (weight, b) in FIELDS.items():
            lengths = np.asarray(frequencies[field].sum(axis=1), dtype=np.float32).ravel()
            average = float(lengths.mean()) if self.size else 0.0
            norm = 1 - b + b * lengths / (average or 1.0)
            weighted = weighted + sparse.diags(weight / norm, dtype=np.float32) @ frequencies[field]
        postings = weighted.tocsc()
        postings.sort_indices()
        postings.data = postings.data / (SATURATION + postings.data)
        found = np.diff(postings.indptr)
        self._information = np.log(1 + (self.size - found + 0.5) / (found + 0.5)).astype(np.float32)
        self._says: list[float] = self._information.tolist()
        self._starts: list[int] = postings.indptr.tolist()
        self._documents, self._impacts = postings.indices, postings.data.astype(np.float32)
        prominent = sum((frequencies[field] for field in FIELDS if field != "body"), sparse.csr_matrix(shape)).tocsc()
        self._prominent = np.isin(_places(postings), _places(prominent), assume_unique=True)

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
            how = "elsewhere" if word in everyday_words() else how
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


def _places(matrix: sparse.csc_matrix) -> Places:
    """A number for each entry that says where it stands: column by column, rows in order."""
    matrix.sort_indices()
    columns = np.repeat(np.arange(matrix.shape[1], dtype=np.int64), np.diff(matrix.indptr))
    places: Places = columns * matrix.shape[0] + matrix.indices
    return places


def _count_words(
    documents: Iterable[Mapping[str, Words]],
) -> tuple[dict[str, sparse.csr_matrix], list[tuple[str, str]]]:
    """Per field a matrix (documents, words) of counts, and each word with its term."""
    numbers: dict[str, int] = {}
    words: list[tuple[str, str]] = []
    columns = {field: array("i") for field in FIELDS}
    counts = {field: array("f") for field in FIELDS}
    ends = {field: array("q", [0]) for field in FIELDS}
    for document in documents:
        for field in FIELDS:
            for pair, count in Counter(document.get(field, ())).items():
                if (number := numbers.get(pair[0])) is None:
                    number = numbers[pair[0]] = len(words)
                    words.append(pair)
                columns[field].append(number)
                counts[field].append(count)
            ends[field].append(len(columns[field]))
    size = len(ends["title"]) - 1
    matrices = {
        field: sparse.csr_matrix(
            (np.array(counts[field], dtype=np.float32), np.array(columns[field], dtype=np.int32), np.array(ends[field])),
            shape=(size, len(words)),
        )
        for field in FIELDS
    }
    return matrices, words
