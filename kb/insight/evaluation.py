"""How good the search is, on queries of which a person said what the answer is."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.errors import ExplainedError
from kb.search.search import KnowledgeBase

DEPTH = 10  # results looked at for each query


class JudgedError(ExplainedError):
    """A file with judged queries can't be read; the message names the file, the line and what is wrong."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A query and what answers it."""

    query: str  # as a visitor would type it
    slugs: tuple[str, ...]  # articles that answer it, the best first; () when none does


@dataclass(frozen=True, slots=True)
class SearchReport:
    """What was measured."""

    queries: int  # answerable queries
    first: float  # share of them with a right article first
    first_three: float  # share with a right article among the first three
    reciprocal_rank: float  # mean of 1 / place of the first right article (MRR)
    lost: float  # share that got no article at all
    off_topic: int  # queries that no article answers
    false_answers: float  # share of those that got an article all the same
    median_ms: float  # time of one search
    missed: tuple[tuple[str, str, tuple[str, ...]], ...]  # (query, wanted, first three) where it was not among the first three


def read_judged(path: Path) -> list[Judged]:
    """Read a file with a heading line and `query<TAB>slug,slug` lines; no slugs means that nothing answers it.

    Raises JudgedError when the file is missing or a line has no query.
    """
    if not path.is_file():
        raise JudgedError(f"{path} does not exist; give a file with a heading and lines of query, tab, slugs.")
    judged = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        query, _, slugs = line.partition("\t")
        if number == 1 or not line.strip():
            continue
        if not query.strip():
            raise JudgedError(f"{path}, line {number}: no query before the tab.")
        judged.append(Judged(query, tuple(slug.strip() for slug in slugs.split(",") if slug.strip())))
    return judged


def judge(books: KnowledgeBase, judged: Iterable[Judged]) -> SearchReport:
    """Search every query and compare with what was wanted."""
    places: list[float] = []
    times: list[float] = []
    missed = []
    lost = false = off_topic = 0
    for one in judged:
        start = time.perf_counter()
        found = [hit.article.slug for hit in books.search(one.query, DEPTH)]
        times.append(1000 * (time.perf_counter() - start))
        if not one.slugs:
            off_topic += 1
            false += bool(found)
            continue
        lost += not found
        places.append(next((place for place, slug in enumerate(found, start=1) if slug in one.slugs), float("inf")))
        if places[-1] > 3:
            missed.append((one.query, one.slugs[0], tuple(found[:3])))
    return SearchReport(
        queries=len(places),
        first=_share(place == 1 for place in places),
        first_three=_share(place <= 3 for place in places),
        reciprocal_rank=_share(1 / place for place in places),
        lost=lost / (len(places) or 1),
        off_topic=off_topic,
        false_answers=false / (off_topic or 1),
        median_ms=statistics.median(times) if times else 0.0,
        missed=tuple(missed),
    )


def _share(values: Iterable[float]) -> float:
    listed: Sequence[float] = list(values)
    return sum(listed) / len(listed) if listed else 0.0
