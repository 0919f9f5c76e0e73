"""What a Prometheus server scrapes: counts of the database, which all processes together make, and this process itself."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import accumulate

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from kb.store import utc_now
from triage.desk.quarantine import THROWN_AWAY
from triage.installation.numbers import Numbers, Took, numbers_of
from triage.installation.readiness import Readiness
from triage.intake.intake import COPY, RECEIVED, SET_ASIDE, STORED, TRIAGED
from triage.intake.steps import STEPS, UP_TO

KEEP = 5.0  # seconds that counts are handed out again: several scrapers cost the database no more than one
OUTCOMES = {
    STORED: "stored",
    RECEIVED: "received",
    TRIAGED: "triaged",
    SET_ASIDE: "quarantined",
    COPY: "copy",
    THROWN_AWAY: "discarded",
}
NEVER = Took({}, 0.0)


class DeskNumbers(Collector):
    """The counts of the help desk."""

    def __init__(
        self,
        engine: Callable[[], Engine],
        now: Callable[[], datetime] = utc_now,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._engine, self._now, self._clock = engine, now, clock
        self._lock = threading.Lock()
        self._kept: Numbers | None = None
        self._counted = float("-inf")

    def describe(self) -> Iterator[Metric]:
        """Nothing: the database is not asked when this is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """The counts as they are, at most KEEP seconds old; none when the database does not answer, which /readyz says."""
        found = self._numbers()
        if found is not None:
            yield from _mails(found)
            yield from _answers(found)
            yield _steps(found)

    def _numbers(self) -> Numbers | None:
        with self._lock:
            if self._clock() - self._counted >= KEEP:
                try:
                    self._kept = numbers_of(self._engine(), self._now())
                except SQLAlchemyError:
                    self._kept = None
                self._counted = self._clock()
            return self._kept


class Checks(Collector):
    """What /readyz says, so that an alert needs no second probe."""

    def __init__(self, look: Callable[[], Readiness]) -> None:
        self._look = look

    def describe(self) -> Iterator[Metric]:
        """Nothing: nothing is looked at when this is registered."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """1 for each check that is fine, otherwise 0."""
        gauge = GaugeMetricFamily("wegwijzer_check_ok", "Whether a check of /readyz is fine", labels=["check"])
        for name, check in self._look().checks.items():
            gauge.add_metric([name], float(check.ok))
        yield gauge


def registry_of(*collectors: Collector) -> CollectorRegistry:
    """A registry of these and of this process (memory, processor time, open files); nothing of another library is in it."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    for collector in collectors:
        registry.register(collector)
    return registry


def _mails(found: Numbers) -> Iterator[Metric]:
    mails = GaugeMetricFamily(
        "wegwijzer_mails", "Mails that are kept, by kind of source and outcome", labels=["source", "outcome"]
    )
    for (source, state), count in sorted(found.mails.items()):
        mails.add_metric([source, OUTCOMES[state]], count)
    yield mails
    yield GaugeMetricFamily("wegwijzer_mails_untriaged", "Mails that are stored and wait for triage", found.untriaged)
    yield GaugeMetricFamily(
        "wegwijzer_mails_untriaged_oldest_seconds",
        "Age of the oldest mail that waits for triage, 0 when none does",
        found.oldest_untriaged.total_seconds(),
    )
    tickets = GaugeMetricFamily("wegwijzer_tickets", "Tickets by state", labels=["state"])
    for state, count in sorted(found.tickets.items()):
        tickets.add_metric([state], count)
    yield tickets
    yield GaugeMetricFamily("wegwijzer_tickets_late", "Open tickets whose time to answer has passed", found.late)


def _answers(found: Numbers) -> Iterator[Metric]:
    outbox = GaugeMetricFamily("wegwijzer_outbox", "Approved answers by state", labels=["state"])
    for state, count in sorted(found.outbox.items()):
        outbox.add_metric([state], count)
    yield outbox
    yield GaugeMetricFamily(
        "wegwijzer_outbox_oldest_seconds",
        "Time since the approval of the answer that waits longest to be sent, 0 when none does",
        found.oldest_answer.total_seconds(),
    )


def _steps(found: Numbers) -> Metric:
    steps = HistogramMetricFamily(
        "wegwijzer_intake_step_seconds", "Seconds per mail in a step of the intake, in all processes together", labels=["step"]
    )
    for name in STEPS:
        took = found.steps.get(name, NEVER)
        reached = accumulate(took.mails.get(limit, 0) for limit in UP_TO)
        buckets = [(_bound(limit), count) for limit, count in zip(UP_TO, reached, strict=True)]
        steps.add_metric([name], buckets, took.seconds)
    return steps


def _bound(limit: float) -> str:
    return "+Inf" if limit == math.inf else str(limit)
