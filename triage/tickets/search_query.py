"""What somebody looks for among the tickets: words, and filters that are words too (`van:`, `school:`, `status:` …)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from kb.search.language import fold
from kb.settings import organisation
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.text_index import AllOf, AnyOf, Beginning, Term, Wanted
from triage.errors import SearchError
from triage.register.codes import split_brin
from triage.routing.routing import load_routing
from triage.tickets.words import HEAD, LITERAL, NEXT, NUMBER, SCHOOL, SENDER, Word, address_in, analysis

LONGEST = 400  # characters of a search; longer ones are a pasted mail
MOST_WORDS = 32
LEAST_BEGINNING = 2  # letters before a `*`
STATES = {
    "open": OPEN, "wachtend": WAITING, "wacht": WAITING, "waiting": WAITING,
    "gesloten": CLOSED, "dicht": CLOSED, "closed": CLOSED,
}  # fmt: skip
NAMES = {
    "van": "van", "from": "van", "school": "school", "brin": "brin", "status": "status", "wachtrij": "wachtrij", "queue": "wachtrij",
    "na": "na", "after": "na", "voor": "voor", "before": "voor",
}  # fmt: skip
_WORKS = "Deze filters werken: van:, school:, brin:, status:, wachtrij:, na: en voor:."
_DATES = "Schrijf een datum als 1-9-2026 of 2026-09-01."
_CHUNK = re.compile(r'(?:(?P<name>[^\W\d_]{2,20}):)?(?:"(?P<quoted>[^"]*)"?|(?P<bare>[^\s"]+))|(?P<lone>[^\W\d_]{2,20}):(?=\s|$)')
_DAY = re.compile(r"(\d{1,2})[-/.](\d{1,2})(?:[-/.](\d{4}))?|(\d{4})-(\d{1,2})-(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Looked:
    """One word or phrase of a search: as it was written, and which tickets hold it."""

    written: str
    wanted: Wanted


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """A search, read."""

    # All of these must be there.
    words: tuple[Looked, ...] = ()
    # Of two tickets that hold all words the one for which the first of these holds comes first, then the second.
    rather: tuple[Wanted, ...] = ()
    # Terms whose words are marked in what is shown.
    marked: frozenset[str] = frozenset()
    # The number, when nothing but one was asked.
    number: int | None = None
    state: str | None = None
    queue: str | None = None
    # From this moment on, and until that one.
    since: datetime | None = None
    until: datetime | None = None

    @property
    def wanted(self) -> Wanted | None:
        """Which tickets hold all words; None when the search has filters alone."""
        return AllOf(tuple(one.wanted for one in self.words)) if self.words else None


@dataclass(slots=True)
class _Reading:
    """A search while it is read."""

    now: datetime
    query: TicketQuery = field(default_factory=TicketQuery)
    loose: list[str] = field(default_factory=list)
    filters: int = 0

    def add(self, written: str, wanted: Wanted, marked: Sequence[Word] = ()) -> None:
        terms = {term for word in marked for term in (word.term, *word.parts)}
        words = (*self.query.words, Looked(written, wanted))
        self.query = replace(self.query, words=words, marked=self.query.marked | terms)


def read_query(text: str, now: datetime) -> TicketQuery:
    """Read a search. Raises SearchError, which says what is wrong and what works, in Dutch."""
    text = " ".join(text.split())
    if not text:
        raise SearchError("Schrijf eerst waar u naar zoekt.")
    if len(text) > LONGEST:
        raise SearchError(f"Deze zoekvraag is te lang. Zoek met hooguit {LONGEST} tekens.")
    reading = _Reading(now)
    if match := re.fullmatch(r"#?(\d{1,9})", text):
        reading.query = replace(reading.query, number=int(match[1]))
    for name, value, quoted in _chunks(text):
        if name:
            FILTERS[_filter_of(name, value)](reading, value)
            reading.filters += 1
        else:
            _add_free(reading, value, quoted=quoted)
    _add_loose(reading)
    query = reading.query
    if not query.words and not reading.filters:
        raise SearchError("Deze woorden staan in bijna elke vraag. Zoek met een ander woord.")
    if len(query.words) > MOST_WORDS:
        raise SearchError(f"Dit zijn te veel woorden. Zoek met hooguit {MOST_WORDS} woorden.")
    return query


def _chunks(text: str) -> list[tuple[str, str, bool]]:
    """(name of a filter or "", value, whether it was quoted). What follows a known filter after a space is its value too: `van: Ellen`."""
    found, asked = [], ""
    for match in _CHUNK.finditer(text):
        name, value = match["name"] or "", match["quoted"] if match["quoted"] is not None else match["bare"] or ""
        if match["lone"] or (value.endswith(":") and not name and fold(value[:-1]) in NAMES):
            lone = match["lone"] or value[:-1]
            if fold(lone) in NAMES:
                asked = lone
            else:
                found.append(("", lone, False))
            continue
        if name and value.startswith("//"):  # a web address
            name, value = "", f"{name}:{value}"
        if asked and not name:
            name, asked = asked, ""
        found.append((name, value, match["quoted"] is not None))
    if asked:
        raise SearchError(f"Achter ‘{asked}:’ staat niets. {_WORKS}")
    return found


def _filter_of(name: str, value: str) -> str:
    known = NAMES.get(fold(name))
    if known is None:
        raise SearchError(f"‘{name}:’ is geen filter. {_WORKS} Zoekt u de tekst zelf? Zet die tussen aanhalingstekens.")
    if not value.strip():
        raise SearchError(f"Achter ‘{name}:’ staat niets. {_WORKS}")
    return known


def _add_free(reading: _Reading, value: str, *, quoted: bool) -> None:
    """A word of what is looked for; a phrase or a mail address stands there as it is, a `*` makes it the beginning of words."""
    if value.startswith("#") and value[1:].isdigit():
        reading.add(value, Term(f"{NUMBER}{int(value[1:])}"))
    elif value.endswith("*") and not quoted:
        reading.add(value, _beginning(value))
    elif quoted or "@" in value:
        words, address = analysis().words(value), address_in(value)
        if words or address:
            reading.add(value, Term(address) if address else _in_a_row(words), words)
    else:
        reading.loose.append(value)


def _add_loose(reading: _Reading) -> None:
    """The loose words, read together: several may be one to us, such as the name of a system."""
    words = analysis().words(" ".join(reading.loose))
    text = " ".join(reading.loose)
    literal, prominent = [], []
    for word in words:
        wanted = _wanted(word)
        if reading.query.number is not None:
            wanted = AnyOf((wanted, Term(f"{NUMBER}{reading.query.number}")))
        reading.add(text[word.start : word.end], wanted, [word])
        literal.append(Term(word.term if word.literal == word.term else LITERAL + word.literal))
        prominent.append(_wanted(word, HEAD))
    if any(word.parts or word.literal != word.term for word in words):
        reading.query = replace(reading.query, rather=(AllOf(tuple(literal)),))
    if words:
        reading.query = replace(reading.query, rather=(*reading.query.rather, AllOf(tuple(prominent))))


def _wanted(word: Word, place: str = "") -> Wanted:
    """The tickets that hold a word, or all words it is made of; `place` is the beginning of the terms of a certain place."""
    whole = Term(place + word.term)
    return AnyOf((whole, AllOf(tuple(Term(place + part) for part in word.parts)))) if word.parts else whole


def _in_a_row(words: Sequence[Word]) -> Wanted:
    pairs = tuple(Term(one.term + NEXT + other.term) for one, other in pairwise(words))
    return AllOf(pairs) if pairs else Term(words[0].term)


def _beginning(value: str) -> Wanted:
    start = re.sub(r"[^a-z0-9]", "", fold(value))
    if len(start) < LEAST_BEGINNING:
        raise SearchError(f"Zet voor een ‘*’ minstens {LEAST_BEGINNING} letters.")
    return AnyOf((Beginning(start), Beginning(LITERAL + start), Term(analysis().stem(start))))


def _of_place(place: str) -> Callable[[_Reading, str], None]:
    def add(reading: _Reading, value: str) -> None:
        words = analysis().words(value)
        terms = [Term(place + word.term) for word in words]
        if address := address_in(value):
            terms.append(Term(address))
        if not terms:
            raise SearchError(f"‘{value}’ zegt te weinig om op te zoeken. Gebruik een ander woord.")
        reading.add(value, AllOf(tuple(terms)), words)

    return add


def _add_brin(reading: _Reading, value: str) -> None:
    brin, _ = split_brin(value)
    if brin is None:
        raise SearchError(f"‘{value}’ is geen BRIN. Een BRIN heeft twee cijfers en twee letters, zoals 99AC.")
    reading.add(value, AnyOf((Term(SCHOOL + brin.lower()), Term(brin.lower()))))


def _add_state(reading: _Reading, value: str) -> None:
    state = STATES.get(fold(value))
    if state is None:
        raise SearchError(f"‘{value}’ is geen status. Kies uit: open, wachtend of gesloten.")
    reading.query = replace(reading.query, state=state)


def _add_queue(reading: _Reading, value: str) -> None:
    queues = load_routing().queues
    wanted = re.sub(r"[\s_-]", "", fold(value))
    known = {re.sub(r"[\s_-]", "", fold(called)): name for name, titles in queues.items() for called in (name, *titles.values())}
    if wanted not in known:
        raise SearchError(f"‘{value}’ is geen wachtrij. Kies uit: {', '.join(queues)}.")
    reading.query = replace(reading.query, queue=known[wanted])


def _add_since(reading: _Reading, value: str) -> None:
    reading.query = replace(reading.query, since=_moment(value, reading.now))


def _add_until(reading: _Reading, value: str) -> None:
    reading.query = replace(reading.query, until=_moment(value, reading.now))


def _moment(value: str, now: datetime) -> datetime:
    """The beginning of a day by the clock of the organisation."""
    return datetime.combine(_day(value, now.astimezone(organisation().zone).date()), time(), organisation().zone)


def _day(value: str, today: date) -> date:
    """A day as people write it; without a year the last one that was. Raises SearchError."""
    near = {"vandaag": 0, "today": 0, "gisteren": 1, "yesterday": 1}.get(fold(value))
    if near is not None:
        return today - timedelta(days=near)
    match = _DAY.fullmatch(value)
    if match is None:
        raise SearchError(f"‘{value}’ is geen datum. {_DATES}")
    day, month, year = (match[6], match[5], match[4]) if match[4] else (match[1], match[2], match[3])
    try:
        found = date(int(year) if year else today.year, int(month), int(day))
        return found if year or found <= today else found.replace(year=today.year - 1)
    except ValueError as error:
        raise SearchError(f"De datum ‘{value}’ bestaat niet. {_DATES}") from error


FILTERS: Mapping[str, Callable[[_Reading, str], None]] = {
    "van": _of_place(SENDER),
    "school": _of_place(SCHOOL),
    "brin": _add_brin,
    "status": _add_state,
    "wachtrij": _add_queue,
    "na": _add_since,
    "voor": _add_until,
}
