"""Finding a school in the register while somebody types: by name, place, board or BRIN, in any order."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.language import fold
from triage.store import SchoolRow
from triage.verify.case import split_brin
from triage.verify.names import SCHOOL_KINDS
from triage.verify.register import Register, School

MIN_QUERY = 2  # letters or digits before anything is looked for
ALIKE = 80  # rapidfuzz ratio above which a misspelt word still counts
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


class SchoolFinder:
    """The schools of a register, ready to be searched."""

    def __init__(self, register: Register) -> None:
        self._entries = []
        for school in register.schools:
            board = register.board(school.board_number)
            name, codes = _words(school.name), {school.brin.lower(), (school.brin + school.location).lower(), school.board_number}
            rest = _words(school.place) + _words(board.name if board else "")
            self._entries.append(_Entry(school, frozenset(name), frozenset([*name, *rest, *codes])))

    def find(self, query: str) -> list[School]:
        """The schools that fit every word typed so far, best first; misspelt words count only when nothing fits otherwise.

        The kind of school ('basisschool', 'obs') narrows nothing down: schools write it in their own way.
        """
        brin, location = split_brin(query)
        wanted = [f"{brin}{location or ''}".lower()] if brin else _words(query)
        wanted = [word for word in wanted if word not in SCHOOL_KINDS | _ARTICLES] or wanted
        if sum(map(len, wanted)) < MIN_QUERY:
            return []
        fitting = [entry for entry in self._entries if all(_begins(word, entry.words) for word in wanted)]
        if not fitting and not brin:
            long = [word for word in wanted if len(word) >= 4]
            exact = [word for word in wanted if len(word) < 4]
            fitting = [
                entry
                for entry in self._entries
                if long
                and all(_begins(word, entry.words) for word in exact)
                and all(_resembles(word, entry.words) for word in long)
            ]
        fitting.sort(
            key=lambda entry: (
                -_fit(wanted, entry),
                entry.school.name,
                entry.school.place,
                entry.school.brin,
                entry.school.location,
            )
        )
        return [entry.school for entry in fitting]


def looks_like_brin(query: str) -> str | None:
    """The BRIN somebody typed, or None when it is something else."""
    return split_brin(query)[0]


def was_school(session: Session, brin: str) -> str | None:
    """The name a BRIN had in the last edition of the register that held it, None when no edition did."""
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


def _begins(wanted: str, words: frozenset[str]) -> bool:
    return wanted in words or any(word.startswith(wanted) for word in words)


def _resembles(wanted: str, words: frozenset[str]) -> bool:
    return _begins(wanted, words) or any(fuzz.ratio(wanted, word[: len(wanted) + 1]) >= ALIKE for word in words)


def _fit(wanted: Sequence[str], entry: _Entry) -> float:
    """How well a school fits: words of its name count more than those of place or board, whole words more than beginnings."""
    told = sum(
        (2.0 if word in entry.name else 1.2 if _begins(word, entry.name) else 1.0 if word in entry.words else 0.5)
        for word in wanted
    )
    return told - 0.05 * len(entry.name)
