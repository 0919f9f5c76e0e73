"""The inner loops of a search, compiled: plain loops over arrays that Python would be too slow for.

Compiled by numba on first use and kept on disk; see docs/decisions/0010. The arrays are those of compressed sparse
matrices: the entries of row (or column) n stand at ``starts[n]:starts[n + 1]``. Places are unsigned, so that no loop has to ask
whether one counts from the end; that makes them more than twice as fast.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
Numbers = NDArray[np.uint32]
Places = NDArray[np.uint64]
Loop = Callable[..., Any]


def _compiled(**options: Any) -> Callable[[Loop], Loop]:
    """Compile a function on first use and keep it on disk; where nothing can be written, compile it at every start."""

    def compile_(function: Loop) -> Loop:
        compiled: Loop
        try:
            compiled = njit(cache=True, nogil=True, **options)(function)
        except (RuntimeError, OSError) as error:
            _log.warning("The loops of the search can't be kept (%s): the first search of each start takes some seconds.", error)
            compiled = njit(nogil=True, **options)(function)
        return compiled

    return compile_


@_compiled()
def add_up(
    starts: Places, documents: Numbers, impacts: Floats, prominent: NDArray[np.bool_], information: Floats,
    columns: Places, weights: Floats, words: Places, total: float, size: int,
) -> Any:  # fmt: skip
    """Score every document for looked-up terms; terms of the same word (consecutive equal `words`) count once, the best of them.

    For each term its column in the postings, how much it counts and its information (idf); `total` is the information of the whole
    query. Returns an array (3, size) of shares of that: the BM25F score; the information of the words a document holds; the
    same for words outside the body.
    """
    share = np.float32(1 / total)
    scores = np.zeros((3, size), dtype=np.float32)
    choices = len(columns) > 0 and len(columns) > len(np.unique(words))
    best = np.zeros((3, size if choices else 0), dtype=np.float32)
    first = 0
    while first < len(columns):
        last = first
        says = np.float32(0.0)
        while last < len(columns) and words[last] == words[first]:
            says = max(says, information[columns[last]] * share)
            last += 1
        if last == first + 1:  # nothing to choose from
            column, held = columns[first], weights[first] * says
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                document = documents[entry]
                scores[0, document] += impacts[entry] * held
                scores[1, document] += held
                scores[2, document] += held * prominent[entry]
            first = last
            continue
        for number in range(first, last):
            column, weight = columns[number], weights[number]
            worth = weight * information[column] * share
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                document = documents[entry]
                best[0, document] = max(best[0, document], impacts[entry] * worth)
                best[1, document] = max(best[1, document], weight)
                best[2, document] = max(best[2, document], weight * prominent[entry])
        for number in range(first, last):
            column = columns[number]
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                document = documents[entry]
                scores[0, document] += best[0, document]
                scores[1, document] += says * best[1, document]
                scores[2, document] += says * best[2, document]
                best[:, document] = 0
        first = last
    return scores


@_compiled()
def highest(scores: Floats, count: int) -> Any:
    """The numbers of the `count` highest scores, in rising order; of equal scores the first."""
    count = min(count, len(scores))
    heap = list(scores[:count])
    heapq.heapify(heap)
    least = heap[0]
    for score in scores[count:]:
        if score > least:
            heapq.heapreplace(heap, score)
            least = heap[0]
    equal = 0
    for score in heap:
        equal += score == least
    found = np.empty(count, dtype=np.int64)
    place = 0
    for number in range(len(scores)):
        if scores[number] > least or (equal > 0 and scores[number] == least):
            equal -= scores[number] == least
            found[place] = number
            place += 1
    return found


@_compiled(fastmath={"reassoc", "contract"})  # a sum may be taken in any order: several at a time
def best_cosines(
    starts: Places, columns: Numbers, lengths: Floats, first_row: Places, idf: Floats,
    terms: Places, documents: Places, wanted: Floats,
) -> Any:  # fmt: skip
    """The cosine similarity of a query with the row most like it of each of these documents.

    Rows and query are sets of terms; each term weighs its idf. The rows of document d are ``first_row[d]:first_row[d + 1]``,
    `lengths` their Euclidean lengths. `wanted` is room for a number a term, all zero, and is left so.
    """
    length = np.float32(0.0)
    for term in terms:
        wanted[term] = idf[term] ** 2
        length += wanted[term]
    best = np.zeros(len(documents), dtype=np.float32)
    for place in range(len(documents)):
        document = documents[place]
        for row in range(first_row[document], first_row[document + np.uint64(1)]):
            product = np.float32(0.0)
            for entry in range(starts[row], starts[row + np.uint64(1)]):
                product += wanted[columns[entry]]
            best[place] = max(best[place], product / lengths[row])
    for term in terms:
        wanted[term] = 0
    return best / np.sqrt(length)


@_compiled()
def nearest_cosine(starts: Places, rows: Numbers, impacts: Floats, idf: Floats, columns: Places, size: int) -> Any:
    """The cosine similarity of a query, whose terms weigh their idf, with the row most like it of `size` rows.

    `impacts` are what each term (column) is worth in each row; the rows are of length 1.
    """
    products = np.zeros(size, dtype=np.float32)
    length = np.float32(0.0)
    for column in columns:
        length += idf[column] ** 2
        for entry in range(starts[column], starts[column + np.uint64(1)]):
            products[rows[entry]] += impacts[entry] * idf[column]
    return products.max() / np.sqrt(length)


@_compiled()
def holds(starts: Places, documents: Numbers, columns: Places, wanted: Places) -> Any:
    """Whether each of the wanted documents has each of these terms: (wanted, columns)."""
    found = np.zeros((len(wanted), len(columns)), dtype=np.bool_)
    for number in range(len(columns)):
        own = documents[starts[columns[number]] : starts[columns[number] + np.uint64(1)]]
        for place in range(len(wanted)):
            entry = np.searchsorted(own, wanted[place])
            found[place, number] = entry < len(own) and own[entry] == wanted[place]
    return found
