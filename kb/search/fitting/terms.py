"""Fitting the term index: from the words of articles to postings.

Scores follow BM25F (Robertson, Zaragoza & Taylor, 'Simple BM25 extension to multiple weighted fields', CIKM 2004): term
frequencies are weighted and length-normalised per field, summed, and only then saturated.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from kb.search.kept import Arrays, packed
from kb.search.language import Compounds, Language, everyday_words
from kb.search.lexical import FIELDS, PART_WEIGHT, SATURATION, Places, Words, compound_words, term_of, vocabulary
from kb.search.spelling import Spellings

LEAST_LETTERS, USUAL = 6, 10  # of a word that an article misspells, and how often the right one must stand in the articles


def fit_terms(documents: Iterable[Mapping[str, Words]], language: Language) -> Arrays:
    """The arrays of a TermIndex over documents that are mappings of field name to the words of that field."""
    counts, words = _count_words(documents)
    totals = sum((np.asarray(matrix.sum(axis=0)).ravel() for matrix in counts.values()), np.zeros(len(words)))
    count = dict(zip((word for word, _ in words), totals.tolist(), strict=True))
    used = set(dict(words).values())
    known = {word: term for word, term in language.synonyms.items() if term in used} | dict(words)
    spellings = Spellings(vocabulary(known))
    known |= {word: known[meant] for word in count if (meant := _misspelt(word, count, spellings))}
    columns, expansion = _expansion(count, known, language)
    size = counts["title"].shape[0]
    return {
        "size": np.array(size),
        "words": packed(known),
        "terms": packed(known.values()),
        "counts": np.array([count.get(word, 0.0) for word in known]),
        "columns": packed(columns),
        "everyday": packed(sorted(everyday_words())),
        **_postings({field: matrix @ expansion for field, matrix in counts.items()}, (size, len(columns))),
    }


def _misspelt(word: str, count: Mapping[str, float], spellings: Spellings) -> str:
    """The word that an article misspells as visitors do: one edit from a rare and unknown word, and usual here; "" for none."""
    if count[word] > 1 or len(word) < LEAST_LETTERS or word in everyday_words():
        return ""
    near = [known for known, cost in spellings.near(word) if cost == 1 and count.get(known, 0.0) >= USUAL]
    return max(near, key=count.__getitem__, default="")


def _expansion(
    count: Mapping[str, float], known: Mapping[str, str], language: Language
) -> tuple[Sequence[str], sparse.csr_matrix]:
    """The terms, and (words, terms): how much one occurrence of a word counts for each."""
    compounds = Compounds(compound_words(count))
    columns: dict[str, int] = {}
    entries = []
    for number, word in enumerate(count):
        entries.append((number, columns.setdefault(known[word], len(columns)), 1.0))
        for part in compounds.split(word):
            entries.append((number, columns.setdefault(term_of(part, known, language), len(columns)), PART_WEIGHT))
    rows = np.array([row for row, _, _ in entries], dtype=np.int32)
    places = np.array([column for _, column, _ in entries], dtype=np.int32)
    weights = np.array([weight for _, _, weight in entries], dtype=np.float32)
    return list(columns), sparse.csr_matrix((weights, (rows, places)), shape=(len(count), len(columns)))


def _postings(frequencies: Mapping[str, sparse.csr_matrix], shape: Any) -> Arrays:
    size = shape[0]
    weighted = sparse.csr_matrix(shape, dtype=np.float32)
    for field, (weight, b) in FIELDS.items():
        lengths = np.asarray(frequencies[field].sum(axis=1), dtype=np.float32).ravel()
        average = float(lengths.mean()) if size else 0.0
        norm = 1 - b + b * lengths / (average or 1.0)
        weighted = weighted + sparse.diags(weight / norm, dtype=np.float32) @ frequencies[field]
    postings = weighted.tocsc()
    postings.sort_indices()
    postings.data = postings.data / (SATURATION + postings.data)
    found = np.diff(postings.indptr)
    prominent = sum((frequencies[field] for field in FIELDS if field != "body"), sparse.csr_matrix(shape)).tocsc()
    return {
        "information": np.log(1 + (size - found + 0.5) / (found + 0.5)).astype(np.float32),
        "starts": postings.indptr,
        "documents": postings.indices,
        "impacts": postings.data.astype(np.float32),
        "prominent": np.isin(_places(postings), _places(prominent), assume_unique=True),
    }


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
