"""A text as words, word pairs and runs of letters, weighed by TF-IDF."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

from kb.search.language import fold
from triage.classify.mail_text import said

RUNS = 2, 5  # shortest and longest run of letters that is a feature
MOST_RUNS = 100_000  # features
REMEMBERED = 20_000  # words whose runs are kept: words come again and again


class Terms(TfidfVectorizer):  # type: ignore[misc]
    """scikit-learn's TF-IDF, with a transform that gives the same numbers for one short text in a third of the time.

    The terms of a text are counted as 1 + log(count), times their inverse document frequency; rows have unit length. Made by
    `word_terms` and `letter_terms`.
    """

    @cached_property
    def _cut(self) -> Callable[[str], list[str]]:
        cut: Callable[[str], list[str]] = self.build_analyzer()
        return cut

    def transform(self, texts: Iterable[str]) -> csr_matrix:
        """The weights of the known terms of texts, (texts, terms). Raises ValueError for one text that is in no list."""
        if isinstance(texts, str):
            raise ValueError("Give a list of texts; one string object received.")
        number, weight = self.vocabulary_.get, self.idf_
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


def word_terms() -> Terms:
    """Words and pairs of words, with what comes along with a mail."""
    return Terms(analyzer=_words_and_pairs, sublinear_tf=True, dtype=np.float32)


def letter_terms() -> Terms:
    """Runs of letters inside words, of what is said: what typos and parts of compounds still share."""
    return Terms(analyzer=_runs, sublinear_tf=True, dtype=np.float32, max_features=MOST_RUNS)


def _words_and_pairs(text: str) -> list[str]:
    words = re.findall(r"\w+", fold(text))
    return [*words, *map(" ".join, itertools.pairwise(words))]


def _runs(text: str) -> list[str]:
    return [run for word in fold(said(text)).split() for run in _runs_of(word)]


@lru_cache(maxsize=REMEMBERED)
def _runs_of(word: str) -> tuple[str, ...]:
    """As scikit-learn's char_wb: the edges of a word are spaces, and a word shorter than a run is one run."""
    marked = f" {word} "
    lengths = range(RUNS[0], min(RUNS[1], len(marked)) + 1)
    return tuple(marked[start : start + length] for length in lengths for start in range(len(marked) - length + 1))


def vocabulary(terms: Iterable[str]) -> dict[str, int]:
    """The place of each term."""
    return {term: number for number, term in enumerate(terms)}


def packed(texts: Iterable[str]) -> NDArray[np.uint8]:
    """Texts without line breaks as bytes: an array of strings takes four bytes for each letter of the longest."""
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def unpacked(array: NDArray[np.uint8]) -> list[str]:
    """The reverse of `packed`. Raises UnicodeDecodeError."""
    text = array.tobytes().decode()
    return text.split("\n") if text else []
