"""Log lines: what happened, and the numbers of the mail, ticket and answer it is about; never a word of a mail.

Whoever follows a mail looks for its number: each line about it bears it, from the intake to the answer, in whatever process.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path

JSON = "json"  # the value of WEGWIJZER_LOG for a line of JSON each
OURS = ("kb", "triage")
# Other loggers whose messages say how the server runs. What else a library says may quote the mail it reads: only the place is told.
OF_THE_SERVER = ("alembic", "streamlit", "uvicorn")
REQUESTS = "uvicorn.access"  # is silenced: its lines hold addresses of visitors, and what they typed
_NOTHING: Mapping[str, int] = {}
_about: ContextVar[Mapping[str, int]] = ContextVar("about", default=_NOTHING)


@contextmanager
def about(**numbers: int) -> Iterator[None]:
    """Every line that is logged meanwhile bears these numbers: `mail` (as stored), `ticket`, `answer`."""
    token = _about.set({**_about.get(), **numbers})
    try:
        yield
    finally:
        _about.reset(token)


class ReadableLines(logging.Formatter):
    """Lines for a person: '2026-12-01 09:00:00 WARNING triage.intake.intake: mail 12 waits [mail 12]'."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, whatever the message holds."""
        numbers = ", ".join(f"{name} {number}" for name, number in _about.get().items())
        failed = f" ({_failure(record)})" if _failure(record) else ""
        at = _moment(record).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        return f"{at} {record.levelname} {record.name}: {_words(record)}{failed}" + (f" [{numbers}]" if numbers else "")


class JsonLines(logging.Formatter):
    """Lines for a program: {"time", "level", "logger", "message", "mail"?, "ticket"?, "answer"?, "error"?}."""

    def format(self, record: logging.LogRecord) -> str:
        """One JSON document on one line."""
        told = {
            "time": _moment(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _words(record),
            **_about.get(),
        }
        if failure := _failure(record):
            told["error"] = failure
        return json.dumps(told, ensure_ascii=False)


def start_logging(form: str, level: int) -> None:
    """Log to standard error, as JSON or readable, from this level on; other libraries only what is wrong. Safe to repeat."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines() if form == JSON else ReadableLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)


def log_for_the_server_too() -> None:
    """Let Streamlit and uvicorn, which print lines of their own, log as everything else does; requests are not logged."""
    logging.getLogger(REQUESTS).disabled = True
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] in OF_THE_SERVER:
            logger = logging.getLogger(name)
            logger.handlers[:] = []
            logger.propagate = True
            logger.setLevel(logging.WARNING)


def _moment(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, UTC)


def _words(record: logging.LogRecord) -> str:
    if record.name.partition(".")[0] in (*OURS, *OF_THE_SERVER):
        return " ".join(record.getMessage().split())
    return f"said at {Path(record.pathname).name}:{record.lineno}"


def _failure(record: logging.LogRecord) -> str:
    """Where something failed, without the words of the error."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    from kb.database_errors import where_it_failed  # loads SQLAlchemy, which not every command needs

    return where_it_failed(record.exc_info[1])
