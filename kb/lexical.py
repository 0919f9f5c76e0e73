"""The term index: which articles hold which terms, how much that says, and what a misspelt word may have meant.

Scores follow BM25F (Robertson, Zaragoza & Taylor, 'Simple BM25 extension to multiple weighted fields', CIKM 2004): term
frequencies are weighted and length-normalised per field, summed, and only then saturated.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import process
from rapidfuzz.distance import OSA
from sklearn.feature_extraction.text import TfidfVectorizer

from kb.language import Compounds, Language, Token, fold, stem

FIELDS: Mapping[str, tuple[float, float]] = {  # field -> (weight, length normalisation b)
    "title": (3.0, 0.4),
    "questions": (2.0, 0.5),
    "keywords": (2.5, 0.4),
    "body": (1.0, 0.7),
}
SATURATION = 1.4  # k1 of BM25
PART_WEIGHT = 0.6  # a part of a compound counts for less than the whole word
TYPO_WEIGHT = 0.8  # per edit
PREFIX_WEIGHT = 0.7


@dataclass(frozen=True, slots=True)
class Match:
    """How one word of a query is looked up."""

    word: str  # as the visitor typed it, folded
    terms: Mapping[str, float]  # index terms it stands for, with how much they count (1 = the word itself)
    how: str  # "exact", "typo", "prefix", "compound" or "unknown"


@dataclass(frozen=True, slots=True)
class LexicalScores:
    """What the term index says about every article for one query."""

    matches: tuple[Match, ...]  # one for each word of the query
    bm25: NDArray[np.float32]  # (articles,) BM25F score
    coverage: NDArray[np.float32]  # (articles,) share of the query's information (idf) that the article holds, 0..1
    title: NDArray[np.float32]  # (articles,) the same for title, keywords and questions alone


class TermIndex:
    """An inverted index over documents that are mappings of field name to text."""

    def __init__(self, documents: Sequence[Mapping[str, str]], language: Language) -> None:
        self._language = language
        self.size = len(documents)
        tokens = [{field: language.tokens(document.get(field, "")) for field in FIELDS} for document in documents]
        words = Counter(token.word for document in tokens for field in document.values() for token in field)
        self._term_of = {token.word: token.term for document in tokens for field in document.values() for token in field}
        self._word_count = words
        self._compounds = Compounds(word for word in words if word.isalpha() and len(word) >= 3)
        counts = [{field: self._count(found) for field, found in document.items()} for document in tokens]
        self._postings = self._build(counts)
        self._prominent = self._prominence(counts)
        self._vocabulary = sorted(word for word in words if len(word) >= 3)

    def _count(self, tokens: Sequence[Token]) -> dict[str, float]:
        counts: dict[str, float] = defaultdict(float)
        for token in tokens:
            counts[token.term] += 1
            for part in self._compounds.split(token.word):
                counts[self._term(part)] += PART_WEIGHT
        return counts

    def _term(self, word: str) -> str:
        terms = self._language.terms(word)
        return self._term_of.get(word) or (terms[0] if terms else stem(word))

    def _build(
        self, counts: Sequence[Mapping[str, Mapping[str, float]]]
    ) -> dict[str, tuple[NDArray[np.int32], NDArray[np.float32]]]:
        lengths = {field: [sum(document[field].values()) for document in counts] for field in FIELDS}
        average = {field: (sum(values) / len(values) if values else 0.0) or 1.0 for field, values in lengths.items()}
        postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, document in enumerate(counts):
            weighted: dict[str, float] = defaultdict(float)
            for field, (weight, b) in FIELDS.items():
                norm = 1 - b + b * lengths[field][number] / average[field]
                for term, count in document[field].items():
                    weighted[term] += weight * count / norm
            for term, frequency in weighted.items():
                postings[term].append((number, frequency / (SATURATION + frequency)))
        self.idf = {term: math.log(1 + (self.size - len(rows) + 0.5) / (len(rows) + 0.5)) for term, rows in postings.items()}
        return {
            term: (np.array([n for n, _ in rows], dtype=np.int32), np.array([v for _, v in rows], dtype=np.float32))
            for term, rows in postings.items()
        }

    @staticmethod
    def _prominence(counts: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, NDArray[np.int32]]:
        """For each term, the articles that have it outside the body."""
        found: dict[str, list[int]] = defaultdict(list)
        for number, document in enumerate(counts):
            for term in set().union(*(document[field] for field in FIELDS if field != "body")):
                found[term].append(number)
        return {term: np.array(rows, dtype=np.int32) for term, rows in found.items()}

    def match(self, query: str, unfinished: bool = False) -> tuple[Match, ...]:
        """Look up each word of a query; with `unfinished`, the last word may be the beginning of a word."""
        tokens = self._language.tokens(query)
        last = len(tokens) - 1
        return tuple(self._match(token.word, token.term, unfinished and number == last) for number, token in enumerate(tokens))

    def _match(self, word: str, term: str, unfinished: bool) -> Match:
        terms: dict[str, float] = {}
        how = "unknown"
        if term in self._postings:
            terms[term], how = 1.0, "exact"
        parts = [self._term(part) for part in self._compounds.split(word)]
        for part in parts:
            if part in self._postings:
                terms.setdefault(part, PART_WEIGHT if how == "exact" else 0.9)
                how = "compound" if how == "unknown" else how
        if unfinished and how != "exact" and (found := self._beginning_with(word)):
            for candidate in found:
                terms.setdefault(self._term_of[candidate], PREFIX_WEIGHT)
            how = "prefix"
        if how == "unknown":
            for candidate, weight in self._like(word):
                terms[self._term_of[candidate]] = max(weight, terms.get(self._term_of[candidate], 0.0))
                how = "typo"
        return Match(word, terms, how)

    def _beginning_with(self, word: str, most: int = 8) -> list[str]:
        if len(word) < 2:
            return []
        found = [candidate for candidate in self._vocabulary if candidate.startswith(word)]
        return sorted(found, key=lambda candidate: -self._word_count[candidate])[:most]

    def _like(self, word: str, most: int = 4) -> list[tuple[str, float]]:
        """Known words within one edit (4-6 letters) or two (7 and more); a wrong first letter costs an edit extra."""
        allowed = 0 if len(word) < 4 or any(c.isdigit() for c in word) else 1 if len(word) < 7 else 2 if len(word) < 13 else 3
        if not allowed:
            return []
        near = process.extract(word, self._vocabulary, scorer=OSA.distance, score_cutoff=allowed, limit=30)
        ranked = []
        for candidate, distance, _ in near:
            cost = distance + (candidate[0] != word[0])
            if cost <= allowed and len(candidate) >= 4:
                ranked.append((candidate, TYPO_WEIGHT**cost))
        ranked.sort(key=lambda pair: (-pair[1], -self._word_count[pair[0]], pair[0]))
        return ranked[:most]

    def score(self, query: str, unfinished: bool = False) -> LexicalScores:
        """Score every document for a query."""
        matches = self.match(query, unfinished)
        bm25 = np.zeros(self.size, dtype=np.float32)
        covered = np.zeros(self.size, dtype=np.float32)
        prominent = np.zeros(self.size, dtype=np.float32)
        total = 0.0
        unknown_idf = math.log(1 + (self.size + 0.5) / 0.5)
        for match in matches:
            if not match.terms:
                total += unknown_idf
                continue
            best = np.zeros(self.size, dtype=np.float32)
            held = np.zeros(self.size, dtype=np.float32)
            shown = np.zeros(self.size, dtype=np.float32)
            for term, weight in match.terms.items():
                rows, impacts = self._postings[term]
                np.maximum.at(best, rows, weight * self.idf[term] * impacts)
                np.maximum.at(held, rows, np.float32(weight))
                if term in self._prominent:
                    np.maximum.at(shown, self._prominent[term], np.float32(weight))
            information = max(self.idf[term] for term in match.terms)
            total += information
            bm25 += best
            covered += information * held
            prominent += information * shown
        if total:
            covered /= total
            prominent /= total
        return LexicalScores(matches, bm25, covered, prominent)


class CharacterIndex:
    """Likeness of spelling: TF-IDF over runs of three and four letters, which forgives typos, joins and endings."""

    def __init__(self, passages: Sequence[Sequence[str]]) -> None:
        texts = [fold(text) for document in passages for text in document]
        self._vectorizer = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 4), sublinear_tf=True, dtype=np.float32)
        self._columns = self._vectorizer.fit_transform(texts).T.tocsr()
        self._owner = np.repeat(np.arange(len(passages)), [len(document) for document in passages])
        self._size = len(passages)

    def score(self, query: str) -> NDArray[np.float32]:
        """For each document the cosine similarity (0..1) of its most alike passage."""
        likeness = (self._vectorizer.transform([fold(query)]) @ self._columns).tocoo()
        best = np.zeros(self._size, dtype=np.float32)
        np.maximum.at(best, self._owner[likeness.coords[1]], likeness.data)
        return best
