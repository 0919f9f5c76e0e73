"""The text index: which tickets hold which terms. FTS5 on SQLite, a GIN index over tsvector on PostgreSQL.

A ticket is a set of terms that we make (triage.tickets.words) and store in `ticket_words`; the engine looks sets up and does nothing else.
It splits, stems and ranks nothing, so that both give the same answers. FTS5 follows the table by triggers, the GIN index by itself
(migration 0013).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import Select, cast, column, func, literal_column, select, table
from sqlalchemy.dialects.postgresql import TSQUERY
from sqlalchemy.orm import Session

from triage.database.tables import TicketWords

_TERM = re.compile(r"[a-z0-9_]{1,200}")  # what neither engine takes apart or reads as an operator


@dataclass(frozen=True, slots=True)
class Term:
    """A ticket holds this term."""

    term: str

    def __post_init__(self) -> None:
        """Raises ValueError for what is no term."""
        if not _TERM.fullmatch(self.term):
            raise ValueError("A term is lower case letters, digits and underscores.")


@dataclass(frozen=True, slots=True)
class Beginning(Term):
    """A ticket holds a term that begins so."""


@dataclass(frozen=True, slots=True)
class AllOf:
    """All of these hold; at least one of them is named."""

    parts: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of these holds; at least one of them is named."""

    parts: tuple[Wanted, ...]


Wanted = Term | Beginning | AllOf | AnyOf


def numbers_of(session: Session, wanted: Wanted) -> Select[int]:
    """The numbers of the tickets that hold what is wanted, in no order; made for the database of the session."""
    if session.get_bind().dialect.name == "sqlite":
        index = table("ticket_index", column("rowid"))
        return select(index.c.rowid).where(literal_column("ticket_index").op("MATCH")(_for_fts5(wanted)))
    words = func.ticket_terms(TicketWords.terms)  # as the index is made
    holding = select(TicketWords.ticket_id).where(words.op("@@")(cast(_for_tsquery(wanted), TSQUERY)))
    # Looked up apart: for the newest few the planner would otherwise read the sets of all tickets, newest first, until it has enough.
    return select(holding.cte().prefix_with("MATERIALIZED").c.ticket_id)


def _for_fts5(wanted: Wanted) -> str:
    """https://sqlite.org/fts5.html#full_text_query_syntax."""
    match wanted:
        case Beginning():
            return f'"{wanted.term}" *'
        case Term():
            return f'"{wanted.term}"'
        case AllOf():
            return f"({' AND '.join(map(_for_fts5, wanted.parts))})"
        case AnyOf():
            return f"({' OR '.join(map(_for_fts5, wanted.parts))})"


def _for_tsquery(wanted: Wanted) -> str:
    """https://www.postgresql.org/docs/current/datatype-textsearch.html#DATATYPE-TSQUERY."""
    match wanted:
        case Beginning():
            return f"'{wanted.term}':*"
        case Term():
            return f"'{wanted.term}'"
        case AllOf():
            return f"({' & '.join(map(_for_tsquery, wanted.parts))})"
        case AnyOf():
            return f"({' | '.join(map(_for_tsquery, wanted.parts))})"
