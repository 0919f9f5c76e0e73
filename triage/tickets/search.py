"""Finding tickets: those that hold all words, in an order that is the same on every database, with the words around what was found."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup
from sqlalchemy import ColumnElement, Select, case, select
from sqlalchemy.orm import Session, selectinload

from kb.search.excerpt import marked
from triage.database.tables import Ticket, TicketWords
from triage.database.text_index import numbers_of
from triage.tickets.search_query import TicketQuery
from triage.tickets.view import TicketLine, line_of
from triage.tickets.words import Word, analysis

AROUND = 200  # characters that are shown around what was found
BEFORE = 60  # of those, before the first word


@dataclass(frozen=True, slots=True)
class FoundTicket:
    """A ticket that was found, as it is shown."""

    line: TicketLine
    # Its subject, and who wrote it: name and address; with the words marked, as everything below.
    subject: Markup
    sender: Markup
    # Name and place of its school, "" when that is not known.
    school: Markup
    # When its last message came in, went out or was written.
    last_at: datetime
    # incoming, outgoing or note: what the words around are of. "file" for the name of an attachment.
    kind: str
    # Name or address of who wrote that, or a colleague.
    author: str
    # The words around what was found; the beginning of the newest message when it was found by something else.
    around: Markup


@dataclass(frozen=True, slots=True)
class FoundTickets:
    """What a search gave."""

    tickets: tuple[FoundTicket, ...]
    # There are more than were asked for.
    more: bool
    # Of a search that found nothing: the words that no ticket holds.
    unknown: tuple[str, ...]


def find_tickets(session: Session, query: TicketQuery, most: int) -> FoundTickets:
    """The tickets that a search is for, the best first."""
    numbers = find_numbers(session, query, most + 1)
    shown = numbers[:most]
    options = (selectinload(Ticket.assignee), selectinload(Ticket.verifications), selectinload(Ticket.messages))
    tickets = {one.id: one for one in session.scalars(select(Ticket).where(Ticket.id.in_(shown)).options(*options))}
    rows = {row.ticket_id: row for row in session.scalars(select(TicketWords).where(TicketWords.ticket_id.in_(shown)))}
    found = tuple(_found(tickets[number], rows[number], query) for number in shown)
    return FoundTickets(found, len(numbers) > most, () if found else tuple(_unknown(session, query)))


def find_numbers(session: Session, query: TicketQuery, most: int) -> list[int]:
    """The numbers of the tickets that a search is for: the one with the number that was asked, then those for which holds what is
    rather found, then those to which something happened last."""
    rows = select(TicketWords.ticket_id).join(Ticket, Ticket.id == TicketWords.ticket_id)
    if query.wanted:
        rows = rows.where(TicketWords.ticket_id.in_(numbers_of(session, query.wanted)))
    rather: list[ColumnElement[bool]] = [TicketWords.ticket_id.in_(numbers_of(session, one)) for one in query.rather]
    if query.number is not None:
        rather.insert(0, TicketWords.ticket_id == query.number)
    first = [case((one, 0), else_=1) for one in rather]
    order = *first, TicketWords.last_at.desc(), TicketWords.ticket_id.desc()
    return list(session.scalars(_filtered(rows, query).order_by(*order).limit(most)))


def _filtered(rows: Select[int], query: TicketQuery) -> Select[int]:
    if query.state:
        rows = rows.where(Ticket.status == query.state)
    if query.queue:
        rows = rows.where(Ticket.queue == query.queue)
    if query.since:
        rows = rows.where(TicketWords.last_at >= query.since)
    if query.until:
        rows = rows.where(TicketWords.first_at < query.until)
    return rows


def _unknown(session: Session, query: TicketQuery) -> Iterator[str]:
    for one in query.words:
        if session.scalar(numbers_of(session, one.wanted).limit(1)) is None:
            yield one.written


def _found(ticket: Ticket, row: TicketWords, query: TicketQuery) -> FoundTicket:
    line = line_of(ticket)
    places = [*reversed(ticket.messages)]
    texts = [(one.direction, one.author, one.text or "") for one in places]
    texts += [("file", one.author, name) for one in places for name in one.files or ()]
    kind, author, text, hits = _best(texts, query)
    sender = ", ".join(dict.fromkeys((line.sender, line.address)))
    subject, who, school = (_marked(one, query) for one in (line.subject, sender, row.school))
    return FoundTicket(line, subject, who, school, row.last_at, kind, author, _around(text, hits))


def _best(texts: Iterable[tuple[str, str, str]], query: TicketQuery) -> tuple[str, str, str, list[Word]]:
    """Of texts with their kind and author the first that holds most words of the search, with those words."""
    best: tuple[str, str, str, list[Word]] = ("", "", "", [])
    most = -1
    for kind, author, text in texts:
        hits = _hits(text, query)
        held = len(query.marked.intersection(term for word in hits for term in (word.term, *word.parts)))
        if held > most:
            best, most = (kind, author, text, hits), held
        if held == len(query.marked):
            break
    return best


def _marked(text: str, query: TicketQuery) -> Markup:
    return marked(text, [(word.start, word.end) for word in _hits(text, query)])


def _hits(text: str, query: TicketQuery) -> list[Word]:
    """The words of a text that the search is for."""
    words = analysis().words(text) if query.marked else ()
    return [word for word in words if word.term in query.marked or not query.marked.isdisjoint(word.parts)]


def _around(text: str, hits: Sequence[Word]) -> Markup:
    """The part of a text in which most of the hits stand, escaped, with the words marked."""
    first = _densest(hits)
    start = max(0, first - BEFORE)
    if start:
        start = text.find(" ", start, first) + 1 or start
    shown = text[start : start + AROUND]
    if start + AROUND < len(text):
        shown = shown[: shown.rfind(" ")] if " " in shown else shown
    spans = [(one.start - start, one.end - start) for one in hits if start <= one.start and one.end - start <= len(shown)]
    return Markup("{}{}{}").format("… " if start else "", marked(shown, spans), " …" if start + len(shown) < len(text) else "")


def _densest(hits: Sequence[Word]) -> int:
    """Where the hit stands from which on most different words of the search follow nearby."""
    starts = [one.start for one in hits]
    reach = (bisect_left(starts, start + AROUND - BEFORE) for start in starts)
    counts = [len({one.term for one in hits[number:end]}) for number, end in enumerate(reach)]
    return starts[counts.index(max(counts))] if counts else 0
