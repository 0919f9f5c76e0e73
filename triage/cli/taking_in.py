"""Running an intake from the command line: what is stored first, when it stops, and what it remembers."""

from __future__ import annotations

import logging
import signal
import threading
from collections.abc import Callable
from functools import cached_property
from types import FrameType

from sqlalchemy import Engine

from kb.settings import settings
from triage.cli.console import database, installation
from triage.installation.installation import Installation
from triage.intake.bookmarks import known_bookmarks
from triage.intake.intake import Counts, ingest, receive_all
from triage.intake.parsed_mails import ParsedMails
from triage.logs import JSON, start_logging
from triage.sources.opening import open_source
from triage.sources.source import Bookmarks, Source


def until_stopped() -> threading.Event:
    """An event that is set when somebody asks this process to end (SIGTERM, or SIGINT: Ctrl+C)."""
    asked = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        asked.set()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, ask)
    return asked


def log_what_happens(goes_on: bool) -> None:
    """Log each mail of an intake that `goes_on`, or for a program that reads the lines; otherwise a person sees what went wrong."""
    form = settings().log
    start_logging(form, logging.INFO if goes_on or form == JSON else logging.WARNING)


class Intake:
    """One run of `wegwijzer ingest`."""

    def __init__(self, receive_only: bool, asked_to_stop: threading.Event) -> None:
        self._receive_only = receive_only
        self.asked = asked_to_stop
        self._opening = threading.Lock()  # of several sources, the first opens the database
        self._known: dict[str, Bookmarks] = {}  # by the key of a source
        # Whether the mails of the source at hand are stored: from then on a failure loses nothing, and nobody need send them again.
        self.stored = False

    @property
    def stop(self) -> Callable[[], bool]:
        """Whether this process was asked to end."""
        return self.asked.is_set

    @cached_property
    def _engine(self) -> Engine:
        return database()

    @cached_property
    def _installation(self) -> Installation:
        """What triage needs: a new installation trains a model first, so mails are stored before anybody asks for it."""
        here = installation()
        here.current()
        return here

    def take(self, name: str) -> Counts:
        """Store the mails of a source, then triage what waits. Raises SourceError, SettingsError, LayoutError and what the database
        says."""
        parsed, self.stored = ParsedMails(), False
        source = open_source(name, settings())
        try:
            counts = self.receive(source, parsed)
        finally:
            source.close()
        self.stored = True
        self.triage(counts, parsed)
        return counts

    def receive(self, source: Source, parsed: ParsedMails) -> Counts:
        """Store what a source has since it was read last, now or in an earlier run. Raises as `take` does."""
        with self._opening:
            engine = self._engine
            if source.key not in self._known:
                self._known[source.key] = known_bookmarks(engine, source.key)
        return receive_all(engine, source.mails(self._known[source.key]), parsed, self.stop)

    def triage(self, counts: Counts, parsed: ParsedMails) -> None:
        """Triage what waits, unless that is left to others, and add what became of it to `counts`."""
        if self._receive_only or self.stop():
            return
        done = ingest(self._engine, (), self._installation, self.stop, parsed)
        counts.new += done.new
        counts.quarantined += done.quarantined
        counts.waiting = done.waiting
