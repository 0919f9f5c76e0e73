"""Failures without the values that were to be stored or read: those are words of mails, and belong in no log."""

from __future__ import annotations

import traceback
from pathlib import Path

from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

DATA_EXCEPTION = "22"  # class of SQLSTATE (PostgreSQL, appendix A) whose first line quotes the value itself


def leave_values_out(context: ExceptionContext) -> None:
    """A listener for the event `handle_error` of an engine: cuts the values from the error before anybody can print it.

    PostgreSQL quotes them in lines after the first (`DETAIL:  Key (name)=(...) already exists.`, `CONTEXT: ...`); SQLAlchemy
    repeats the whole text in its own error. The parameters themselves are hidden by `create_engine(hide_parameters=True)`.
    """
    original = context.original_exception
    told = str(original)
    kept = _first_line(told, getattr(original, "sqlstate", None) or "")
    if kept == told:
        return
    for error in (original, context.sqlalchemy_exception):
        if error is not None and error.args:
            error.args = tuple(one.replace(told, kept) if isinstance(one, str) else one for one in error.args)


def _first_line(told: str, sqlstate: str) -> str:
    first = told.split("\n", 1)[0]
    if sqlstate.startswith(DATA_EXCEPTION):
        return first.split('"', 1)[0].split(":", 1)[0].strip()
    return first


def where_it_failed(error: BaseException) -> str:
    """An error for the log: its kind and the places it came through, without its words, which may be those of a mail.

    What a database says stays: no values are left in it.
    """
    frames = traceback.extract_tb(error.__traceback__)
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    told = f" ({error.orig})" if isinstance(error, DBAPIError) else ""
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = f"; after {where_it_failed(cause)}" if cause else ""
    return f"{type(error).__name__}{told} at {places or 'no place'}{before}"
