"""Watching several sources at once. Each has a thread that stores its mails as they come; one thread, the main one, triages them."""

from __future__ import annotations

import queue
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from functools import partial

from triage.cli.console import complain, debugging, told
from triage.cli.taking_in import Intake
from triage.intake.intake import Counts
from triage.intake.parsed_mails import ParsedMails
from triage.sources.source import Source

FIRST_SECONDS, LONGEST_SECONDS = 2.0, 300.0  # that a source which fails is left alone: twice as long after each failure
ROUND_SECONDS = 10.0  # between two looks at what waits, also when no mail came
LAST_SECONDS = 10.0  # that sources get to finish what they are at


class SourceWatch:
    """Takes mail in from sources until it is asked to stop; `report` is called for each time that a source was read."""

    def __init__(self, taking: Intake, sources: Sequence[Source], report: Callable[[str, Counts], None]) -> None:
        self._taking, self._sources, self._report = taking, sources, report
        self._besides = Counts()  # what was triaged between two reports
        self._received: queue.Queue[tuple[str, Counts, ParsedMails]] = queue.Queue()

    def run(self) -> None:
        """Watch until asked to stop."""
        threads = [threading.Thread(target=self._follow, args=(source,), daemon=True) for source in self._sources]
        for thread in threads:
            thread.start()
        while not self._taking.stop():
            self._triage_round()
        end = time.monotonic() + LAST_SECONDS
        for thread in threads:
            thread.join(max(0.0, end - time.monotonic()))
        while not self._received.empty():
            name, counts, _ = self._received.get()
            self._report(name, counts)

    def _triage_round(self) -> None:
        """Triage what comes in during a round, and at its end what waits besides."""
        end = time.monotonic() + ROUND_SECONDS
        while not self._taking.stop() and time.monotonic() < end:
            try:
                name, counts, parsed = self._received.get(timeout=1)
            except queue.Empty:
                continue
            if counts.received > counts.duplicate:
                counts.new, self._besides.new = counts.new + self._besides.new, 0
                counts.quarantined, self._besides.quarantined = counts.quarantined + self._besides.quarantined, 0
                self._tried(partial(self._taking.triage, counts, parsed), "wegwijzer")
            self._report(name, counts)
        self._tried(partial(self._taking.triage, self._besides, ParsedMails()), "wegwijzer")

    def _follow(self, source: Source) -> None:
        """Read a source, wait for more, and so on; one that fails is tried again later and later, which is said once."""
        failures, said = 0, ""
        while not self._taking.stop():
            problem = self._tried(partial(self._once, source), source.name, said)
            if problem is None:
                failures, said = 0, ""
                continue
            failures, said = failures + 1, problem
            self._taking.asked.wait(min(LONGEST_SECONDS, FIRST_SECONDS * 2 ** (failures - 1)))
        source.close()

    def _once(self, source: Source) -> None:
        parsed = ParsedMails()
        self._received.put((source.name, self._taking.receive(source, parsed), parsed))
        source.wait(self._taking.asked)

    def _tried(self, work: Callable[[], None], about: str, said: str = "") -> str | None:
        """Do something that may fail, and say so unless that was `said` already; returns what went wrong, None when nothing did."""
        try:
            work()
        except Exception as error:  # noqa: BLE001 - one source stops no other, whatever nobody foresaw; it is told
            if debugging():
                traceback.print_exc()
            if (problem := told(error, about)) != said:
                complain(problem)
            return problem
        return None
