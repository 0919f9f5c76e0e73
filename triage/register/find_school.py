"""Finding a school in the register while somebody types: by name, place, board or BRIN, in any order."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import nsmallest
from itertools import pairwise

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.search.language import fold
from kb.search.spelling import Spellings
from triage.database.tables import SchoolRow
from triage.register.codes import split_brin
from triage.register.names import EVERYDAY_PLACES, SCHOOL_KINDS
from triage.register.register import Register
from triage.register.school import School

MIN_QUERY = 2  # letters or digits before anything is looked for
_ARTICLES = frozenset(["de", "het", "een", "t"])
_SMALL_IN_PLACES = frozenset(
    ["aan", "bij", "de", "den", "der", "en", "het", "in", "op", "te", "ten", "ter", "van", "a/d", "'s", "'t"]
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A school with its words made comparable."""

    school: School
    name: frozenset[str]
    words: frozenset[str]  # of name, place and board, and its codes


@dataclass(frozen=True, slots=True)
class FoundSchools:
    """The best schools for a query, and how many fit it in all."""

    schools: tuple[School, ...]
    total: int


class SchoolFinder:
    """The schools of a register, ready to be searched: each word knows its schools, each misspelt beginning its words."""

    def __init__(self, register: Register) -> None:
        self._entries = [_entry(school, register) for school in register.schools]
        self._having: dict[str, set[int]] = defaultdict(set)
        for number, entry in enumerate(self._entries):
            for word in entry.words:
                self._having[word].add(number)
        self._vocabulary = sorted(self._having)
        beginnings = {word[:length] for word in self._vocabulary if word.isalpha() for length in range(4, len(word) + 1)}
        self._beginnings = Spellings(sorted(beginnings))

    def find(self, query: str, limit: int) -> FoundSchools:
        """The schools that fit every word typed so far, best first; a word is taken for misspelt only when nothing fits otherwise.

        The kind of school ('basisschool', 'obs') narrows nothing down: schools write it in their own way.
        """
        brin, location = split_brin(query)
        wanted = [f"{brin}{location or ''}".lower()] if brin else _words(query)
        wanted = [word for word in wanted if word not in SCHOOL_KINDS | _ARTICLES] or wanted
        if sum(map(len, wanted)) < MIN_QUERY:
            return FoundSchools((), 0)
        readings = [self._beginning] if brin else [self._beginning, self._known_or_resembling, self._resembling]
        fitting = next(filter(None, (self._fitting(wanted, reading) for reading in readings)), set())
        best = nsmallest(limit, (self._entries[number] for number in fitting), key=lambda entry: _order(wanted, entry))
        return FoundSchools(tuple(entry.school for entry in best), len(fitting))

    def _fitting(self, wanted: Sequence[str], words_for: Callable[[str], Iterable[str]]) -> set[int]:
        """The schools that have, for each word wanted, one of the words it may stand for."""
        having = (
            set().union(*(self._having[known] for known in words_for(word))) for word in sorted(wanted, key=len, reverse=True)
        )
        fitting = next(having)
        for schools in having:
            fitting &= schools
        return fitting

    def _beginning(self, wanted: str) -> list[str]:
        start = bisect_left(self._vocabulary, wanted)
        return self._vocabulary[start : bisect_left(self._vocabulary, wanted + "\uffff", lo=start)]

    def _known_or_resembling(self, wanted: str) -> Iterable[str]:
        return self._beginning(wanted) or self._resembling(wanted)

    def _resembling(self, wanted: str) -> set[str]:
        return {
            word for begin in [wanted, *(near for near, _ in self._beginnings.near(wanted))] for word in self._beginning(begin)
        }


def looks_like_brin(query: str) -> str | None:
    """The BRIN somebody typed, or None when it is something else."""
    return split_brin(query)[0]


def was_school(engine: Engine, brin: str) -> str | None:
    """The name a BRIN had in the last edition of the register that held it, None when no edition did."""
    with Session(engine) as session:
        return session.scalars(
            select(SchoolRow.name).where(SchoolRow.brin == brin).order_by(SchoolRow.edition_id.desc()).limit(1)
        ).first()


def place_name(registered: str) -> str:
    """A place as people write it: 'BERGEN OP ZOOM' -> 'Bergen op Zoom', ''S-GRAVENHAGE' -> ''s-Gravenhage'."""
    parts = re.split(r"([ \-])", registered.lower())
    written = [part if part in _SMALL_IN_PLACES and number else part[:1].upper() + part[1:] for number, part in enumerate(parts)]
    if parts[0] in ("'s", "'t"):
        written[0] = parts[0]
    return re.sub(r"\bIj", "IJ", "".join(written))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", fold(text).replace("'", ""))


def _entry(school: School, register: Register) -> _Entry:
    board = register.board(school.board_number)
    name, place = _words(school.name), _words(school.place)
    codes = [school.brin.lower(), (school.brin + school.location).lower(), school.board_number, board.kvk if board else ""]
    everyday = [word for part in place for word in EVERYDAY_PLACES.get(part, ())]
    joined = [left + right for left, right in pairwise(name)]  # 'Weg Wijzer' for who types 'wegwijzer'
    words = frozenset([*name, *joined, *place, *everyday, *_words(board.name if board else ""), *codes])
    return _Entry(school, frozenset(name), words - {""})


def _order(wanted: Sequence[str], entry: _Entry) -> tuple[float, str, str, str, str]:
    """Words of its name count more than those of place or board, whole words more than beginnings, a short name more than a long one."""
    told = sum(
        2.0
        if word in entry.name
        else 1.2
        if any(own.startswith(word) for own in entry.name)
        else 1.0
        if word in entry.words
        else 0.5
        for word in wanted
    )
    school = entry.school
    return 0.05 * len(entry.name) - told, school.name, school.place, school.brin, school.location
