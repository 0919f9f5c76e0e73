"""What reading the files of one mail may cost in all, and which files were left unread when that was used up.

The limits of one file are in the sandbox. A mail with thirty heavy files would keep the intake for as many times as long; past its
budget the rest is left unread, named, and waits for a person.
"""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

SECONDS = 100.0  # of processor time in child processes; wall time where a child had to be stopped
WALL_SECONDS = 240.0  # since the first file, whatever else the machine is doing
MAX_FILES = 20  # that may hold a form
MAX_PAGES = 60  # of all files together
MAX_CELLS = 8_000  # runs of text of all files together; a form has about a hundred
MAX_PIXELS = 400_000_000  # of all photos and scans together
MAX_NAMED = 5  # files named in a sentence


@dataclass(slots=True)
class Budget:
    """What is left for one mail. It is spent by the sandbox and by whoever takes pages, cells or pixels."""

    mail: str = ""  # SHA-256 of the mail it is for
    seconds: float = SECONDS
    until: float = field(default_factory=lambda: time.monotonic() + WALL_SECONDS)  # on the clock of time.monotonic
    pages: int = MAX_PAGES
    cells: int = MAX_CELLS
    pixels: int = MAX_PIXELS
    file: str = ""  # that is being read
    unread: list[str] = field(default_factory=list)  # files that were not read, or not wholly
    taken: set[Hashable] = field(default_factory=set)  # what was counted: a mail is read more than once
    refused: set[Hashable] = field(default_factory=set)  # of those, what there was no room for
    shared: bool = False  # whatever mail is read meanwhile spends from it too

    @property
    def waits(self) -> float:
        """Seconds of wall time that may still be waited; 0 when either time is used up."""
        return max(0.0, self.until - time.monotonic()) if self.seconds > 0 else 0.0

    def refuse(self, name: str = "") -> None:
        """Note that a file, or the one being read, is not read or not wholly."""
        name = name or self.file
        if name not in self.unread:
            self.unread.append(name)

    def take(self, what: Hashable, *, pages: int = 0, cells: int = 0, pixels: int = 0) -> bool:
        """Take once what a file holds; False, and the file is noted as unread, when there is no room for it."""
        if what not in self.taken:
            self.taken.add(what)
            self.pages, self.cells, self.pixels = self.pages - pages, self.cells - cells, self.pixels - pixels
            if min(self.pages, self.cells, self.pixels) < 0:
                self.refused.add(what)
        if what in self.refused:
            self.refuse()
        return what not in self.refused

    @property
    def doubts(self) -> Sequence[str]:
        """Dutch: what a person must look at because the budget was used up."""
        if not self.unread:
            return []
        named = ", ".join(f"‘{name[:60]}’" if name else "een bestand" for name in self.unread[:MAX_NAMED])
        more = f" en {len(self.unread) - MAX_NAMED} andere" if len(self.unread) > MAX_NAMED else ""
        return [f"De mail is te zwaar om helemaal te lezen. Niet (helemaal) gelezen: {named}{more}. Bekijk die zelf."]


_current: ContextVar[Budget | None] = ContextVar("budget", default=None)


def current() -> Budget | None:
    """The budget of the mail whose files are being read, if any."""
    return _current.get()


@contextmanager
def budget_of(mail: str) -> Iterator[Budget]:
    """Spend from the budget of a mail, by its SHA-256: the one in use when it is of that mail or shared, otherwise a new one."""
    using = _current.get()
    if using is not None and (using.shared or (mail and using.mail == mail)):
        yield using
        return
    with spending(Budget(mail)) as budget:
        yield budget


@contextmanager
def one_budget() -> Iterator[Budget]:
    """Spend from one new budget whatever mails are read meanwhile."""
    with spending(Budget(shared=True)) as budget:
        yield budget


@contextmanager
def spending(budget: Budget) -> Iterator[Budget]:
    """Spend from a budget."""
    token = _current.set(budget)
    try:
        yield budget
    finally:
        _current.reset(token)


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Say which file is being read, so that it can be named when the budget is used up."""
    budget = _current.get()
    if budget is None:
        yield
        return
    before, budget.file = budget.file, name
    try:
        yield
    finally:
        budget.file = before
