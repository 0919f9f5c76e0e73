"""A text as words, word pairs and runs of letters, weighed by TF-IDF.

Fitting is scikit-learn's (fitting.py). Weighing is done here and gives the same numbers (tests/triage/classify/test_terms.py). By
scikit-learn's vectorizer a mail would take 2.1 ms instead of 1.3, which could be borne; but whoever classifies one mail would wait another
second for scikit-learn to load (processor time, median of 200 development mails).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kb.search.kept import packed, unpacked
from kb.search.language import fold
from triage.classify.mail_text import said

RUNS = 2, 5  # shortest and longest run of letters that is a feature
REMEMBERED = 20_000  # words whose runs are kept: words come again and again


class Terms:
    """The terms that are known, with their inverse document frequencies.

    The terms of a text are counted as 1 + log(count), times their inverse document frequency; rows have unit length.
    """

    def __init__(self, cut: Callable[[str], list[str]], terms: Sequence[str], idf: NDArray[Any]) -> None:
        """`cut` gives the terms of a text; `terms` are those that count, each with its `idf`."""
        self._cut, self.terms, self.idf = cut, terms, idf
        self.vocabulary = {term: number for number, term in enumerate(terms)}

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """The weights of the known terms of texts, (texts, terms). Raises ValueError for one text that is in no list."""
        if isinstance(texts, str):
            raise ValueError("Give a list of texts; one string object received.")
        number, weight = self.vocabulary.get, self.idf
        rows, columns, starts = [np.zeros(0)], [np.zeros(0, dtype=np.int32)], [0]
        for text in texts:
            known = [place for place in map(number, self._cut(text)) if place is not None]
            places, counts = np.unique(np.array(known, dtype=np.int32), return_counts=True)
            weights = (1 + np.log(counts)) * weight[places]
            rows.append(weights / max(float(np.linalg.norm(weights)), 1e-9))
            columns.append(places)
            starts.append(starts[-1] + len(places))
        shape = (len(starts) - 1, len(weight))
        return csr_matrix((np.concatenate(rows).astype(np.float32), np.concatenate(columns), np.array(starts, np.int32)), shape)

    def arrays(self, name: str) -> dict[str, NDArray[Any]]:
        """What it takes to make them again, as plain arrays whose names begin with `name`."""
        return {f"{name}_terms": packed(self.terms), f"{name}_idf": self.idf}


def stored_terms(cut: Callable[[str], list[str]], name: str, arrays: Mapping[str, NDArray[Any]]) -> Terms:
    """The reverse of Terms.arrays. Raises KeyError and UnicodeDecodeError."""
    return Terms(cut, unpacked(arrays[f"{name}_terms"]), arrays[f"{name}_idf"])


def words_and_pairs(text: str) -> list[str]:
    """Words and pairs of words, with what comes along with a mail."""
    words = re.findall(r"\w+", fold(text))
    return [*words, *map(" ".join, itertools.pairwise(words))]


def runs(text: str) -> list[str]:
    """Runs of letters inside words, of what is said: what typos and parts of compounds still share."""
    return [run for word in fold(said(text)).split() for run in _runs_of(word)]


@lru_cache(maxsize=REMEMBERED)
def _runs_of(word: str) -> tuple[str, ...]:
    """As scikit-learn's char_wb: the edges of a word are spaces, and a word shorter than a run is one run."""
    marked = f" {word} "
    lengths = range(RUNS[0], min(RUNS[1], len(marked)) + 1)
    return tuple(marked[start : start + length] for length in lengths for start in range(len(marked) - length + 1))
