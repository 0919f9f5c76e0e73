"""The school register in memory: the lookups that verification needs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import TypeVar

from triage.register.history import NO_HISTORY, History
from triage.register.names import board_key, school_key
from triage.register.pupils import Counted
from triage.register.school import Board, School
from triage.register.sites import SchoolSites

OLD_AFTER = 45  # days; DUO publishes a new edition every month

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Edition:
    """Which edition of the register this is; that of one that was never imported has no number."""

    number: int | None = None  # in the database
    sha256: str = ""  # of its files
    imported_at: datetime | None = None
    fictional: bool = False

    def age(self, now: datetime) -> int | None:
        """Days since it was imported, None for one that was not."""
        return (now - self.imported_at).days if self.imported_at else None


NEVER_IMPORTED = Edition()


class Register:
    """An edition of the register in memory, with its lookups."""

    def __init__(
        self,
        schools: Iterable[School],
        boards: Iterable[Board],
        edition: Edition = NEVER_IMPORTED,
        *,
        counted: Mapping[str, Counted] = MappingProxyType({}),
        history: History = NO_HISTORY,
    ) -> None:
        """`counted` is what DUO's counts of pupils know of a BRIN, special and closed schools included; empty when they were not
        imported."""
        self.edition = edition
        self.schools = tuple(schools)
        self.counted = counted
        self.history = history
        self.sites = SchoolSites(self.schools)
        self._by_brin: dict[str, list[School]] = defaultdict(list)
        self._by_board: dict[str, list[School]] = defaultdict(list)
        for school in self.schools:
            self._by_brin[school.brin].append(school)
            self._by_board[school.board_number].append(school)
        self._boards = {board.number: board for board in boards}

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check against."""
        return not self.schools

    def locations(self, brin: str) -> list[School]:
        """All locations of a BRIN; [] when it is not in the register."""
        return self._by_brin.get(brin, [])

    def school(self, brin: str | None, location: str | None) -> School | None:
        """One location; without a location code the main one, or the only one."""
        found = self.locations(brin or "")
        if location is not None:
            return next((school for school in found if school.location == location), None)
        return next((school for school in found if school.location == "00"), found[0] if found else None)

    def phones(self, board_number: str) -> list[tuple[str, str]]:
        """Whom to call about a board, as (name, number): the board itself, otherwise its schools."""
        board = self.board(board_number)
        if board and board.phone:
            return [(board.name, board.phone)]
        return [(school.name, school.phone) for school in self.schools_of(board_number) if school.phone]

    def knows_board(self, number: str) -> bool:
        """Whether any school or the list of boards has this number."""
        return number in self._by_board or number in self._boards

    def board(self, number: str) -> Board | None:
        """The board with this number, when its name is known."""
        return self._boards.get(number)

    def schools_of(self, board_number: str) -> list[School]:
        """All school locations of a board."""
        return self._by_board.get(board_number, [])

    def boards_named(self, name: str) -> list[Board]:
        """Boards whose registered name is the same once written out in full."""
        return self._named_boards.get(board_key(name), [])

    def schools_named(self, name: str, board_number: str | None = None) -> list[School]:
        """Schools whose registered name is the same, of one board or of all."""
        found = self._named_schools.get(school_key(name), [])
        return [school for school in found if board_number in (None, school.board_number)]

    @cached_property
    def _named_boards(self) -> Mapping[tuple[str, ...], list[Board]]:
        return _grouped(self._boards.values(), lambda board: board_key(board.name))

    @cached_property
    def _named_schools(self) -> Mapping[tuple[str, ...], list[School]]:
        return _grouped(self.schools, lambda school: school_key(school.name))

    def domains(self, brin: str | None, board_number: str | None) -> frozenset[str]:
        """Web domains of a school and of the other schools of its board, without those where anybody gets a page or an address."""
        return self.sites.domains_of(self.locations(brin or "") + self.schools_of(board_number or ""))


def _grouped(things: Iterable[T], key: Callable[[T], tuple[str, ...]]) -> Mapping[tuple[str, ...], list[T]]:
    """Things by key; what has no key is left out."""
    groups: dict[tuple[str, ...], list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    groups.pop((), None)
    return groups
