"""Running an intake from the command line: what is stored first, when it stops, and what it remembers between two rounds."""

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
from triage.intake.intake import Counts, ingest, receive_all
from triage.intake.parsed_mails import ParsedMails
from triage.logs import JSON, start_logging
from triage.sources.files import Known, read_source


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
        self._asked = asked_to_stop
        self._known: Known = {}
        # Whether the mails of the source at hand are stored: from then on a failure loses nothing, and nobody need send them again.
        self.stored = False

    @property
    def stop(self) -> Callable[[], bool]:
        """Whether this process was asked to end."""
        return self._asked.is_set

    @cached_property
    def _engine(self) -> Engine:
        return database()

    @cached_property
    def _installation(self) -> Installation:
        """What triage needs: a new installation trains a model first, so mails are stored before anybody asks for it."""
        here = installation()
        here.current()
        return here

    def take(self, source: str) -> Counts:
        """Store the mails of a source, then triage what waits. Raises SourceError, LayoutError and what the database says."""
        parsed, self.stored = ParsedMails(), False
        counts = receive_all(self._engine, read_source(source, self._known), parsed, self.stop)
        self.stored = True
        if not self._receive_only and not self.stop():
            done = ingest(self._engine, (), self._installation, self.stop, parsed)
            counts.new, counts.quarantined, counts.waiting = done.new, done.quarantined, done.waiting
        return counts

    def pause(self, seconds: float) -> None:
        """Wait, no longer than until somebody asks to stop."""
        self._asked.wait(seconds)
