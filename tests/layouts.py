"""Databases of earlier layouts with data in them: filled through the tables as they were, read back and compared."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, Table, insert, inspect, select
from sqlalchemy.types import JSON, Boolean, Date, DateTime, Float, Integer, LargeBinary

from triage.database.opening import MIGRATIONS

Row = Mapping[str, Any]

MOMENT = datetime(2026, 11, 23, 8, 41, tzinfo=UTC)
ARTICLE = {"audience": ["iedereen"], "keywords": [], "questions": [], "see_also": [], "ask": [], "sources": []}
CHECKED = {
    "request": "eerste-beheerder-aanvraag",
    "fields": [
        {"field": "brin", "value": "99AC", "status": "ok", "expected": None, "reason": "", "evidence": None},
        {"field": "bestuursnummer", "value": "99001", "status": "ok", "expected": None, "reason": "", "evidence": None},
        {"field": "beheerder_email", "value": "j.bos@zonnewijzer.example", "status": "ok", "expected": None, "reason": "", "evidence": None},
        {"field": "geen_actieve_beheerder", "value": None, "status": "twijfel", "expected": None, "reason": "Kijk dit na.", "evidence": None},
    ],
    "signature": {"kind": "digitaal", "intact": True, "trusted": True, "covers_whole_document": True, "changed_after_signing": False,
                  "signer": "A. de Vries", "reason": ""},
    "sender": {"address": "a.devries@zonnewijzer.example", "authenticated": True, "domain_matches": True, "reason": ""},
    "missing": [],
    "verdict": "compleet",
    "reasons": [],
    "obstacles": [],
}  # fmt: skip
SAID = {
    "intent": "eerste-beheerder-aanvraag",
    "confidence": 0.91,
    "decision": "auto",
    "alternatives": [],
    "reasons": ["‘aanvraag’"],
}

# Realistic rows by table. A column that a layout has not yet is left out, one that is not named here is filled by its type;
# a table that is not named here gets one row.
ROWS: dict[str, list[dict[str, Any]]] = {
    "article": [
        {"slug": "wachtwoord-vergeten", "title": "Ik ben mijn wachtwoord vergeten: wat nu?", "body": "Kies ‘Wachtwoord vergeten’.\n\nDan volgt een mail.\n",
         "category": "inloggen",
         "details": {**ARTICLE, "keywords": ["ww", "wachtwoord: kwijt", "'s ochtends"], "see_also": ["inloggen"], "summary_en": "Choose 'forgot'.",
                     "verified": False, "reviewed": "2026-10-01"}},
        {"slug": "inloggen", "title": "Hoe log ik in?", "body": "Ga naar de site.\n", "category": "algemeen",
         "details": {**ARTICLE, "summary_en": "", "verified": True, "reviewed": None}},
    ],
    "manuscript": [{"slug": "inloggen", "state": "gepubliceerd", "latest": 2, "published": 1, "planned": 2, "notes": "Let op"},
                   {"slug": "nieuw", "state": "concept", "latest": 0}],
    "article_revision": [{"slug": "inloggen", "number": 1, "source": "---\nslug: inloggen\n---\n", "saved_by": "noor"},
                         {"slug": "inloggen", "number": 2, "source": "---\r\nslug: inloggen\r\n---\r\n", "saved_by": "noor"}],
    "raw_mail": [{"id": 1, "sha256": "a" * 64, "fingerprint": "b" * 64, "raw": b"From: a@b.example\r\n\r\nBijlage", "state": "verwerkt"},
                 {"id": 2, "sha256": "c" * 64, "fingerprint": None, "raw": b"From: a@b.example\r\n\r\nNog iets", "state": "verwerkt"},
                 {"id": 3, "sha256": "d" * 64, "fingerprint": None, "raw": b"\x00\xff", "state": "apart", "problem": "Onleesbaar."}],
    "user_account": [{"id": 1, "name": "noor", "role": "agent"}, {"id": 2, "name": "Sem", "role": "senior"}],
    "incident": [{"id": 1, "intent": "storing", "words": ["eruit"], "notice": None}],
    "ticket": [{"id": 1, "mail_id": 1, "subject": "Aanvraag", "intent": "eerste-beheerder-aanvraag", "status": "open", "assignee_id": 1,
                "sender_address": "a.devries@zonnewijzer.example", "message_id": "<1@zonnewijzer.example>", "incident_id": None, "follows_id": None},
               {"id": 2, "mail_id": 2, "subject": "RE: Aanvraag", "intent": "eerste-beheerder-aanvraag", "status": "gesloten", "assignee_id": None,
                "message_id": "", "words": ["handtekening"], "incident_id": 1, "follows_id": 1}],
    "prediction": [{"ticket_id": 1, "content": SAID}, {"ticket_id": 2, "content": SAID}],
    "verification": [{"id": 1, "ticket_id": 1, "message_id": 1, "verdict": "onvolledig", "content": {**CHECKED, "verdict": "onvolledig", "missing": ["brin"]}},
                     {"id": 2, "ticket_id": 1, "message_id": 1, "verdict": "compleet", "content": CHECKED},
                     {"id": 3, "ticket_id": 2, "message_id": 2, "verdict": "compleet", "content": CHECKED}],
    "event": [
        {"ticket_id": 1, "actor": "wegwijzer", "action": "ontvangen", "detail": {"onderwerp": "Aanvraag", "regel": "verzoek"}},
        {"ticket_id": None, "actor": "wegwijzer", "action": "apart gezet", "detail": {"mail": 3}},
        {"ticket_id": 1, "actor": "noor", "action": "afgevinkt", "detail": {"veld": "geen_actieve_beheerder", "aan": True}},
        {"ticket_id": 2, "actor": "noor", "action": "afgevinkt", "detail": {"veld": "geen_actieve_beheerder", "aan": True}},
        {"ticket_id": 2, "actor": "Sem", "action": "afgevinkt", "detail": {"veld": "geen_actieve_beheerder", "aan": False}},
        {"ticket_id": 1, "actor": "noor", "action": "twijfel weggenomen", "detail": {"punt": "Kijk dit na.", "notitie": "Gebeld met school."}},
        {"ticket_id": 1, "actor": "noor", "action": "zelf gelezen", "detail": {"brin": "99AC"}},
        {"ticket_id": 1, "actor": "noor", "action": "akkoord gegeven", "detail": {}},
        {"ticket_id": 2, "actor": "noor", "action": "uit storing gehaald", "detail": {"storing": 1}},
        {"ticket_id": 1, "actor": "noor", "action": "dossier gemaakt", "detail": {"sha256": "e" * 64}},
    ],
    "message": [{"id": 1, "ticket_id": 1, "direction": "incoming", "mail_id": 1},
                {"id": 2, "ticket_id": 2, "direction": "incoming", "mail_id": 2}],
    "draft": [{"ticket_id": 1, "author_id": None, "citations": ["inloggen"]}, {"ticket_id": 1, "author_id": 1, "sent_how": "hand"}],
    "reading": [{"ticket_id": 1, "field": "brin", "value": "99AC"}],
    "lift": [{"verification_id": 1, "reason": "Kijk dit na."}],
    "approval": [{"verification_id": 2, "by_id": 1}],
    "ruling": [{"verification_id": 3, "outcome": "toegekend"}],
    "register_edition": [{"id": 1, "fictional": True, "sha256": "1" * 64, "edition_date": None},
                         {"id": 2, "fictional": False, "sha256": "2" * 64, "source": "schoolvestigingen-2026-08.csv"}],
    "register_school": [{"edition_id": 1, "brin": "99AC", "location": "00", "board_number": "99001"},
                        {"edition_id": 2, "brin": "00AB", "location": "00", "board_number": "30038"}],
    "register_board": [{"edition_id": 1, "number": "99001", "name": "Stichting De Zonnewijzer"}, {"edition_id": 2, "number": "30038", "phone": "030-1234567"}],
}  # fmt: skip

# What a migration takes away or changes on purpose, as "table" or "table.column", with the reason.
CHANGED: dict[str, str] = {
    "reading": "a reading hangs on each check that was made with it, no longer on the ticket",
    "outgoing_mail": "an answer is a message of its conversation",
    "mail_reference": "a message says which mails it answers, no longer its ticket (named_mail)",
    "ticket.follows_id": "the later mails of a request are messages of one ticket, and follow each other",
    "ticket.merged_into_id": "the number of a later mail's ticket leads to the ticket that holds the mail now",
    "message.ticket_id": "a later mail of a request is a message of the ticket that it goes on with",
    "verification.ticket_id": "a check is of a message",
    "read_mark.ticket_id": "what was read is a message",
    "ticket.status": "a ticket is open, waiting or closed",
    "user_account.key": "made anew: more names look alike than before",
    "verification.content": "'turned' is called 'turns', as the record calls it",
}


def revisions() -> list[str]:
    """All layouts there ever were, first to last."""
    return [script.revision for script in ScriptDirectory(str(MIGRATIONS)).walk_revisions()][::-1]


def ours(name: str | None, kind: str = "table", parents: object = None) -> bool:
    """Whether a table or an index is ours; FTS5 keeps tables of its own, and Alembic compares no index over an expression."""
    return not (name or "").removeprefix("ix_").startswith("ticket_index")


def tables(engine: Engine) -> list[Table]:
    """The tables of a database as it is, those that others refer to first."""
    found = MetaData()
    found.reflect(engine, only=lambda name, _: ours(name))
    return [table for table in found.sorted_tables if table.name != "alembic_version"]


def fill(engine: Engine) -> None:
    """Put rows in every table."""
    with engine.begin() as connection:
        for table in tables(engine):
            for number, row in enumerate(ROWS.get(table.name, [{}]), start=1):
                known = {name: value for name, value in row.items() if name in table.columns}
                rest = {c.name: _value(c, number) for c in table.columns if c.name not in row and not _left_to_the_database(c)}
                connection.execute(insert(table).values(known | rest))
            if (
                engine.dialect.name == "postgresql" and "id" in table.columns
            ):  # rows that bring their own number don't move the counter
                connection.exec_driver_sql(
                    f"select setval(pg_get_serial_sequence('{table.name}', 'id'), (select max(id) from {table.name}))"
                )


def _left_to_the_database(column: Column[Any]) -> bool:
    return column.primary_key and column.name == "id" and isinstance(column.type, Integer)


def _value(column: Column[Any], number: int) -> Any:
    """Something a column can hold, another one for each row."""
    for key in column.foreign_keys:
        if column.nullable:
            return None
        there = ROWS[key.column.table.name]
        return (number - 1) % len(there) + 1 if isinstance(column.type, Integer) else there[0][key.column.name]
    samples: list[tuple[type, Any]] = [
        (Boolean, True), (Integer, number), (Float, 0.5), (DateTime, MOMENT), (Date, date(2026, 11, 23)), (LargeBinary, b"\x00"), (JSON, ["één"]),
    ]  # fmt: skip
    for kind, value in samples:
        if isinstance(column.type, kind):
            return value
    return f"{number} één"[: getattr(column.type, "length", None) or 100]


def contents(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All rows by table, in an order that does not depend on the database."""
    with engine.connect() as connection:
        found = {table.name: [dict(row) for row in connection.execute(select(table)).mappings()] for table in tables(engine)}
    return {name: sorted(rows, key=_order) for name, rows in found.items()}


def _order(row: Row) -> str:
    return json.dumps({name: str(value) for name, value in sorted(row.items())})


def losses(before: Mapping[str, list[dict[str, Any]]], after: Mapping[str, list[dict[str, Any]]]) -> Iterator[str]:
    """What became of rows that are no longer there as they were, one sentence each."""
    for name in before.keys() - CHANGED.keys():
        if len(before[name]) != len(after.get(name, [])):
            yield f"{name}: {len(before[name])} rows became {len(after.get(name, []))}"
            continue
        columns = {column for column in before[name][0] if f"{name}.{column}" not in CHANGED}
        yield from (f"{name}.{column} is gone" for column in columns - after[name][0].keys())
        old, new = (_rows_of(rows, columns & after[name][0].keys()) for rows in (before[name], after[name]))
        yield from (f"{name}: {was} became {now}" for was, now in zip(old, new, strict=True) if was != now)


def _rows_of(rows: list[dict[str, Any]], columns: set[str]) -> list[dict[str, Any]]:
    return sorted(({name: value for name, value in row.items() if name in columns} for row in rows), key=_order)


def orphans(engine: Engine) -> Iterator[str]:
    """Rows that refer to a row that is not there."""
    with engine.connect() as connection:
        for table in tables(engine):
            for column in table.columns:
                for key in column.foreign_keys:
                    there = select(key.column)
                    for row in connection.execute(select(column).where(column.is_not(None), column.not_in(there))):
                        yield f"{table.name}.{column.name} refers to {row[0]}, which is not in {key.column.table.name}"


def references(engine: Engine) -> set[tuple[str, ...]]:
    """The foreign keys of a database, as (table, columns, table referred to, its columns, what happens on deletion)."""
    found = inspect(engine)
    return {
        (name, *key["constrained_columns"], key["referred_table"], *key["referred_columns"], key["options"].get("ondelete", ""))
        for name in found.get_table_names()
        for key in found.get_foreign_keys(name)
    }
