"""How long the steps of the intake of a mail take, counted in the database: whoever watches asks the server, which is another process."""

from __future__ import annotations

import logging
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Engine
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kb.database_errors import where_it_failed
from triage.database.tables import StepTime

# Reading a mail and opening its files; what the desk knows besides; what it is about; the checks of a request; the draft; writing all that.
PARSE, BACKGROUND, CLASSIFY, VERIFY, ANSWER, STORE = STEPS = ("parse", "background", "classify", "verify", "answer", "store")
UP_TO = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0, float("inf"))  # seconds; a plain mail takes 0.2, a scanned form 10
STORE_EVERY = 5.0  # seconds between two times that a busy intake writes its counts down
_taken: ContextVar[dict[str, float] | None] = ContextVar("taken", default=None)
_log = logging.getLogger(__name__)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Measure a step for whoever asked with `measured`; for others it does nothing."""
    taken, began = _taken.get(), time.perf_counter()
    try:
        yield
    finally:
        if taken is not None:
            taken[name] = taken.get(name, 0.0) + time.perf_counter() - began


@contextmanager
def measured() -> Iterator[Mapping[str, float]]:
    """Seconds that each step took that is gone through meanwhile."""
    taken: dict[str, float] = {}
    token = _taken.set(taken)
    try:
        yield taken
    finally:
        _taken.reset(token)


class StepTimes:
    """Counts of how long steps took, until they are written down."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._mails: Counter[tuple[str, float]] = Counter()
        self._seconds: dict[tuple[str, float], float] = defaultdict(float)
        self._clock, self._stored = clock, clock()

    def add(self, taken: Mapping[str, float]) -> None:
        """Count the steps of one mail."""
        for name, seconds in taken.items():
            key = name, next(limit for limit in UP_TO if seconds <= limit)
            self._mails[key] += 1
            self._seconds[key] += seconds

    def store_now_and_then(self, engine: Engine) -> None:
        """Write the counts down when that was not done for a while."""
        if self._clock() - self._stored >= STORE_EVERY:
            self.store(engine)

    def store(self, engine: Engine) -> None:
        """Add the counts to those in the database. When it fails they are kept: a mail never waits for its measurements."""
        self._stored = self._clock()
        rows = [  # in one order, so that two processes never wait for each other
            {"step": name, "up_to": limit, "mails": count, "seconds": self._seconds[name, limit]}
            for (name, limit), count in sorted(self._mails.items())
        ]
        if not rows:
            return
        dialect = sqlite if engine.dialect.name == "sqlite" else postgresql
        insert = dialect.insert(StepTime)
        more = {one: getattr(StepTime, one) + getattr(insert.excluded, one) for one in ("mails", "seconds")}
        try:
            with Session(engine) as session, session.begin():
                session.execute(insert.on_conflict_do_update(index_elements=["step", "up_to"], set_=more), rows)
        except DBAPIError as error:
            _log.warning("how long the steps took is written down later: %s", where_it_failed(error))
            return
        self._mails.clear()
        self._seconds.clear()
