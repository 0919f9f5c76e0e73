"""The inner loops of a search, compiled: plain loops over arrays that Python would be too slow for.

Compiled by numba on first use and kept on disk; see docs/decisions/0010. The arrays are those of compressed sparse
matrices: the entries of row (or column) n stand at ``starts[n]:starts[n + 1]``. Places are unsigned, so that no loop has to ask
whether one counts from the end; that makes them more than twice as fast.
"""

from __future__ import annotations

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
    starts: Places, documents: Numbers, impacts: Floats, information: Floats,
    columns: Places, weights: Floats, words: Places, total: float, size: int,
) -> Any:  # fmt: skip
    """The BM25F score of every document for looked-up terms, as a share of `total`, the information of the whole query.

    For each term its column in the postings, how much it counts and its information (idf). Terms of the same word (consecutive
    equal `words`) count once, the best of them.
    """
    share = np.float32(1 / total)
    scores = np.zeros(size, dtype=np.float32)
    choices = len(columns) > 0 and len(columns) > len(np.unique(words))
    best = np.zeros(size if choices else 0, dtype=np.float32)
    first = 0
    while first < len(columns):
        last = first + 1
        while last < len(columns) and words[last] == words[first]:
            last += 1
        if last == first + 1:  # nothing to choose from
            column = columns[first]
            worth = weights[first] * information[column] * share
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                scores[documents[entry]] += impacts[entry] * worth
            first = last
            continue
        for number in range(first, last):
            column = columns[number]
            worth = weights[number] * information[column] * share
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                document = documents[entry]
                best[document] = max(best[document], impacts[entry] * worth)
        for number in range(first, last):
            column = columns[number]
            for entry in range(starts[column], starts[column + np.uint64(1)]):
                document = documents[entry]
                scores[document] += best[document]
                best[document] = 0
        first = last
    return scores


@_compiled()
def cover(
    starts: Places, documents: Numbers, prominent: NDArray[np.bool_], information: Floats,
    columns: Places, weights: Floats, words: Places, total: float, wanted: Places,
) -> Any:  # fmt: skip
    """Which share of the information of a query each of the wanted documents holds, and which share outside its body: (2, wanted).

    The terms are given as for `add_up`; `prominent` says of each posting whether the term also stands outside the body.
    """
    shares = np.zeros((2, len(wanted)), dtype=np.float32)
    for place in range(len(wanted)):
        first = 0
        while first < len(columns):
            says, held, outside = np.float32(0.0), np.float32(0.0), np.float32(0.0)
            last = first
            while last < len(columns) and words[last] == words[first]:
                column, weight = columns[last], weights[last]
                says = max(says, information[column])
                start, end = starts[column], starts[column + np.uint64(1)]
                entry = start + np.uint64(np.searchsorted(documents[start:end], wanted[place]))
                if entry < end and documents[entry] == wanted[place]:
                    held = max(held, weight)
                    outside = max(outside, weight * prominent[entry])
                last += 1
            shares[0, place] += says * held
            shares[1, place] += says * outside
            first = last
    return shares / np.float32(total)


LANES = 256  # groups of every so many-th score, of which only the highest is looked at first


@_compiled()
def highest(scores: Floats, count: int) -> Any:
    """The numbers of the `count` highest scores, in rising order; of equal scores the first."""
    count, lanes = min(count, len(scores)), min(max(LANES, count), len(scores))
    tops = scores[:lanes].copy()
    for start in range(lanes, len(scores), lanes):
        part = scores[start : start + lanes]
        for lane in range(len(part)):
            tops[lane] = part[lane] if part[lane] > tops[lane] else tops[lane]
    least = np.sort(tops)[lanes - count]  # no lower score is wanted: so many are as high
    above = [n for lane in range(lanes) if tops[lane] > least for n in range(lane, len(scores), lanes) if scores[n] > least]
    if len(above) > count:
        least = np.sort(np.array([scores[number] for number in above]))[len(above) - count]
        above = [number for number in above if scores[number] > least]
    number = 0
    while len(above) < count:
        if scores[number] == least:
            above.append(number)
        number += 1
    return np.sort(np.array(above, dtype=np.int64))


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
def holds(starts: Places, documents: Numbers, columns: Places, wanted: int) -> Any:
    """Whether a document has each of these terms: (columns,)."""
    found = np.zeros(len(columns), dtype=np.bool_)
    for number in range(len(columns)):
        own = documents[starts[columns[number]] : starts[columns[number] + np.uint64(1)]]
        entry = np.searchsorted(own, wanted)
        found[number] = entry < len(own) and own[entry] == wanted
    return found
