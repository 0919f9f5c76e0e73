"""The one path in: every mail is kept before it is read, and becomes exactly one ticket, whatever happens on the way."""

from __future__ import annotations

import mailbox
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA, Settings
from tests.conftest import ROOT, SHARED, need
from tests.triage.letters import letter, letters
from triage.classify.stored_model import save_model
from triage.classify.training import Model
from triage.database.opening import open_database
from triage.database.tables import Event, RawMail, Ticket
from triage.intake import intake
from triage.intake.intake import Counts, ingest, process, process_waiting, receive, set_aside
from triage.intake.pipeline import Tools
from triage.intake.same_mail import fingerprint
from triage.mail import parse_message
from triage.routing.routing import load_routing
from triage.sources.files import RawBytes, read_source

UNREADABLE = b"\x89PNG\r\n\x1a\n\x00\x00\xff\xfe geen mail"


def mail(raw: bytes) -> RawBytes:
    return RawBytes("file", raw)


def take_in(engine: Engine, tools: Tools, *raws: bytes) -> Counts:
    return ingest(engine, [mail(raw) for raw in raws], tools)


def stored(engine: Engine) -> list[RawMail]:
    with Session(engine) as session:
        return list(session.scalars(select(RawMail).order_by(RawMail.id)))


def tickets(engine: Engine) -> int:
    with Session(engine) as session:
        return session.scalar(select(func.count()).select_from(Ticket)) or 0


def tickets_of(engine: Engine) -> Counter[bytes]:
    """How many tickets each stored mail has."""
    with Session(engine) as session:
        return Counter({mail.raw: int(mail.message is not None) for mail in session.scalars(select(RawMail))})


# --- one mail -------------------------------------------------------------------------------------------------------


def test_a_mail_becomes_a_ticket(engine: Engine, tools: Tools) -> None:
    assert take_in(engine, tools, letter()) == Counts(received=1, new=1)
    with Session(engine) as session:
        ticket = session.scalars(select(Ticket)).one()
        assert (ticket.subject, ticket.sender_name, ticket.sender_address, ticket.status) == (
            "Inloggen lukt niet",
            "Sanne de Wit",
            "s.dewit@obsdemeerpaal.example",
            "open",
        )


def test_a_ticket_has_a_prediction_a_route_and_a_draft(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, letter())

    with Session(engine) as session:
        ticket = session.scalars(select(Ticket)).one()
        (prediction,), (draft,) = ticket.predictions, ticket.drafts
        assert prediction.content["intent"] == ticket.intent
        assert prediction.model_version == tools.model.version
        assert ticket.queue in load_routing().queues
        assert draft.body.startswith("Beste Sanne de Wit,")


def test_the_arrival_of_a_mail_is_in_the_audit_trail(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, letter())

    with Session(engine) as session:
        (event,) = session.scalars(select(Event)).all()
        assert (event.actor, event.action, event.ticket_id) == ("wegwijzer", "ontvangen", 1)


def test_the_due_time_counts_from_receipt_not_from_the_date_the_sender_wrote(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, letter().replace(b"23 Nov 2026", b"23 Nov 1996"))

    with Session(engine) as session:
        ticket = session.scalars(select(Ticket)).one()
        assert ticket.due_at == load_routing().due(ticket.priority, ticket.mail.received_at)


def test_the_bytes_of_a_mail_are_kept_as_they_came(engine: Engine, tools: Tools) -> None:
    raw = letter().replace(b"\n", b"\r\n") + b"\x00\xff\n\n"

    take_in(engine, tools, raw)

    assert [row.raw for row in stored(engine)] == [raw]


def test_a_formal_request_is_verified_on_arrival(engine: Engine, tools: Tools) -> None:
    raw = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()

    take_in(engine, tools, raw)

    with Session(engine) as session:
        ticket = session.scalars(select(Ticket)).one()
        (verification,) = ticket.verifications
        assert (ticket.intent, verification.verdict) == ("eerste-beheerder-aanvraag", "onvolledig")


def test_an_automatic_mail_becomes_a_ticket_without_draft(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, letter(Auto_Submitted="auto-replied"))

    with Session(engine) as session:
        assert session.scalars(select(Ticket)).one().drafts == []


def test_an_empty_source_changes_nothing(engine: Engine, tools: Tools) -> None:
    assert (take_in(engine, tools), stored(engine)) == (Counts(), [])


# --- the same mail again --------------------------------------------------------------------------------------------


def test_the_same_mail_in_one_source_makes_one_ticket(engine: Engine, tools: Tools) -> None:
    counts = take_in(engine, tools, letter(), letter())

    assert (counts, tickets(engine)) == (Counts(received=2, new=1, duplicate=1), 1)


def test_the_same_mail_in_a_later_run_makes_no_second_ticket(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, letter())

    assert (take_in(engine, tools, letter()), tickets(engine)) == (Counts(received=1, duplicate=1), 1)


def test_the_same_message_id_with_another_body_makes_two_tickets(engine: Engine, tools: Tools) -> None:
    counts = take_in(engine, tools, letter(body="Ik kan niet inloggen."), letter(body="De tegel ontbreekt."))

    assert (counts.new, tickets(engine)) == (2, 2)


def test_the_same_words_in_two_mails_make_two_tickets(engine: Engine, tools: Tools) -> None:
    counts = take_in(engine, tools, letter(message_id="1@kei.example"), letter(message_id="2@kei.example"))

    assert (counts.new, tickets(engine)) == (2, 2)


def test_mails_without_message_id_are_the_same_only_when_every_byte_is(engine: Engine, tools: Tools) -> None:
    one, other = letter(message_id=None), letter(message_id=None, subject="Nog een keer")

    assert take_in(engine, tools, one, other, one) == Counts(received=3, new=2, duplicate=1)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda raw: b"Received: from a by b\nDelivered-To: help@basispoort.nl\n" + raw, id="headers-added"),
        pytest.param(lambda raw: raw.replace(b"\n", b"\r\n"), id="other-line-ends"),
        pytest.param(lambda raw: raw + b"\n\n", id="blank-lines-at-the-end"),
        pytest.param(lambda raw: raw.replace(b"\nFrom de", b"\n>From de"), id="from-quoted"),
    ],
)
def test_a_copy_that_servers_changed_on_the_way_makes_no_second_ticket(engine: Engine, tools: Tools, change: object) -> None:
    raw = letter(body="Hallo,\n\nFrom de directie een vraag.\n")
    assert callable(change)
    assert change(raw) != raw

    assert (take_in(engine, tools, raw, change(raw)), tickets(engine)) == (Counts(received=2, new=1, duplicate=1), 1)


def test_a_copy_keeps_its_own_bytes(engine: Engine, tools: Tools) -> None:
    copy = b"Received: from a by b\n" + letter()

    take_in(engine, tools, letter(), copy)

    assert [(row.raw, row.state) for row in stored(engine)] == [(letter(), "verwerkt"), (copy, "kopie")]


@pytest.mark.parametrize("order", [("folder", "mbox"), ("mbox", "folder")], ids=" then ".join)
def test_the_same_mail_from_an_mbox_and_an_eml_file_makes_one_ticket(
    engine: Engine, tools: Tools, tmp_path: Path, order: tuple[str, str]
) -> None:
    raw = letter(body="Hallo,\n\nFrom de directie een vraag.\n\nGroet")
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "vraag.eml").write_bytes(raw.replace(b"\n", b"\r\n"))
    box = mailbox.mbox(tmp_path / "mbox")
    box.add(raw)
    box.close()

    counts = [ingest(engine, read_source(str(tmp_path / name)), tools) for name in order]

    assert counts == [Counts(received=1, new=1), Counts(received=1, duplicate=1)]


def test_a_mail_without_message_id_has_no_fingerprint() -> None:
    raw = letter(message_id=None)

    assert fingerprint(parse_message(raw), raw) is None


# --- what cannot be read --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(UNREADABLE, id="a-picture"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"\x00" * 1000, id="zeros"),
        pytest.param(b"Subject: hoi\n\nzonder afzender", id="no-sender"),
        pytest.param(b"From: a@b.example\n\n", id="empty-mail"),
    ],
)
def test_bytes_that_are_no_mail_are_set_apart_and_kept(engine: Engine, tools: Tools, raw: bytes) -> None:
    counts = take_in(engine, tools, raw)
    (row,) = stored(engine)

    assert (counts, row.raw, row.state) == (Counts(received=1, quarantined=1), raw, "apart")


def test_what_was_set_apart_says_why(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, UNREADABLE)

    with Session(engine) as session:
        assert [row.problem for row in set_aside(session)] == ["Deze mail heeft geen leesbare afzender of inhoud."]


def test_what_was_set_apart_is_listed_newest_first(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, UNREADABLE, letter(), b"")

    with Session(engine) as session:
        assert [row.raw for row in set_aside(session)] == [b"", UNREADABLE]


def test_setting_apart_is_in_the_audit_trail(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, UNREADABLE)

    with Session(engine) as session:
        (event,) = session.scalars(select(Event)).all()
        assert (event.actor, event.action, event.detail) == ("wegwijzer", "apart gezet", {"mail": 1})


def test_what_was_set_apart_is_not_tried_again_and_again(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, UNREADABLE)

    assert take_in(engine, tools, UNREADABLE) == Counts(received=1, duplicate=1)


def test_a_mail_that_cannot_be_read_does_not_stop_the_others(engine: Engine, tools: Tools) -> None:
    counts = take_in(engine, tools, letter(message_id="1@x"), UNREADABLE, letter(message_id="2@x"))

    assert counts == Counts(received=3, new=2, quarantined=1)


# --- cut off half-way -----------------------------------------------------------------------------------------------


def test_a_mail_that_was_only_received_is_kept_and_waits(engine: Engine) -> None:
    number = receive(engine, mail(letter()))

    assert [(row.id, row.raw, row.state) for row in stored(engine)] == [(number, letter(), "ontvangen")]


def test_receiving_a_mail_again_says_it_is_there_already(engine: Engine) -> None:
    receive(engine, mail(letter()))

    assert receive(engine, mail(letter())) is None


def test_a_second_run_finishes_what_was_only_received(engine: Engine, tools: Tools) -> None:
    for raw in letters(5):
        receive(engine, mail(raw))

    assert process_waiting(engine, tools) == Counts(new=5)
    assert tickets_of(engine) == Counter(letters(5))


def test_a_second_run_with_the_same_source_finishes_the_work_once(engine: Engine, tools: Tools) -> None:
    for raw in letters(3):
        receive(engine, mail(raw))

    assert take_in(engine, tools, *letters(5)) == Counts(received=5, new=5, duplicate=3)
    assert tickets_of(engine) == Counter(letters(5))


def test_a_second_run_reads_what_was_stored_but_not_yet_looked_at(engine: Engine, tools: Tools) -> None:
    copy = b"Received: from a by b\n" + letter()
    with Session(engine) as session, session.begin():
        for raw in (letter(), copy):
            session.add(RawMail(sha256=parse_message(raw).sha256, raw=raw, source="file"))

    assert process_waiting(engine, tools) == Counts(new=1)
    assert [row.state for row in stored(engine)] == ["verwerkt", "kopie"]


def test_processing_a_mail_twice_makes_one_ticket(engine: Engine, tools: Tools) -> None:
    number = receive(engine, mail(letter()))
    assert number is not None

    assert [process(engine, number, tools), process(engine, number, tools)] == [True, True]
    assert tickets(engine) == 1


def test_processing_what_was_set_apart_says_so_again(engine: Engine, tools: Tools) -> None:
    number = receive(engine, mail(UNREADABLE))
    assert number is not None

    assert [process(engine, number, tools), process(engine, number, tools)] == [False, False]


def test_processing_what_was_set_apart_again_adds_nothing_to_the_audit_trail(engine: Engine, tools: Tools) -> None:
    number = receive(engine, mail(UNREADABLE))
    assert number is not None
    process(engine, number, tools)
    process(engine, number, tools)

    with Session(engine) as session:
        assert len(session.scalars(select(Event)).all()) == 1


def test_two_runs_at_the_same_time_make_one_ticket_a_mail(engine: Engine, settings: Settings, tools: Tools) -> None:
    def run(_: int) -> None:
        own = open_database(settings.database_url)
        ingest(own, [mail(raw) for raw in letters(12)], tools)
        own.dispose()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, range(2)))

    assert tickets_of(engine) == Counter(letters(12))


# Ingests a folder, and kills itself (SIGKILL: no clean-up of any kind) just before a statement runs for the n-th time.
INGEST_UNTIL_KILLED = """
import os, signal, sys
from sqlalchemy import Engine, event
from kb.settings import settings
from triage.intake.intake import ingest
from triage.sources.files import read_source
from triage.installation.installation import Installation
from triage.database.opening import open_database

folder, statement, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
seen = 0

@event.listens_for(Engine, "before_cursor_execute")
def kill(connection, cursor, sql, parameters, context, executemany):
    global seen
    seen += sql.startswith(statement)
    if seen == number:
        os.kill(os.getpid(), signal.SIGKILL)

engine = open_database(settings().database_url)
ingest(engine, read_source(folder), Installation(settings(), engine))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(
    ("statement", "number", "done_before"),
    [
        pytest.param("UPDATE raw_mail", 17, (17, 0), id="between-storing-and-reading-the-17th-mail"),
        pytest.param("INSERT INTO ticket (", 12, (30, 11), id="before-the-12th-ticket"),
        pytest.param("INSERT INTO event", 12, (30, 11), id="in-the-middle-of-writing-the-12th-ticket"),
    ],
)
def test_a_run_that_is_killed_loses_nothing_and_the_next_one_finishes_it(
    statement: str,
    number: int,
    done_before: tuple[int, int],
    engine: Engine,
    tools: Tools,
    settings: Settings,
    model: Model,
    tmp_path: Path,
) -> None:
    raws = letters(30)
    folder = tmp_path / "mails"
    folder.mkdir()
    for position, raw in enumerate(raws):
        (folder / f"{position:02}.eml").write_bytes(raw)
    save_model(model, settings.model_path)

    killed = subprocess.run(
        [sys.executable, "-c", INGEST_UNTIL_KILLED, str(folder), statement, str(number)],
        env={**os.environ, "WEGWIJZER_VAR_DIR": str(settings.var_dir), "WEGWIJZER_ENCODER": "none"},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert (len(stored(engine)), tickets(engine)) == done_before

    counts = ingest(engine, read_source(str(folder)), tools)

    assert (counts.received, counts.quarantined) == (30, 0)
    assert tickets_of(engine) == Counter(raws)
    assert {row.state for row in stored(engine)} == {"verwerkt"}


# --- real mails -----------------------------------------------------------------------------------------------------


def test_every_real_mail_is_parsed_and_taken_in(engine: Engine, tools: Tools) -> None:
    folder = SHARED / "mail"
    need(folder.is_dir(), f"{folder} is not here: real mails are not part of the project")
    raws = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    messages = [parse_message(raw) for raw in raws]

    counts = take_in(engine, tools, *raws)

    unique = len({message.sha256 for message in messages})
    assert counts.received == len(raws)
    assert counts.new + counts.quarantined + counts.duplicate == len(raws)
    assert len(stored(engine)) == unique
    assert counts.quarantined == sum(not message.readable for message in messages)


def test_a_forwarded_request_is_found_in_the_mail_inside(engine: Engine, tools: Tools) -> None:
    outer = EmailMessage()
    outer["From"] = "Secretariaat <info@obsdemeerpaal.example>"
    outer["Subject"] = "Fwd: aanvraag"
    outer.set_content("Zie hieronder.")
    inner = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()
    raw = outer.as_bytes().replace(b"Content-Type: text/plain", b"Content-Type: message/rfc822", 1)
    head = raw.split(b"\n\n", 1)[0].replace(b"Content-Transfer-Encoding: 7bit", b"Content-Transfer-Encoding: 8bit")

    take_in(engine, tools, head + b"\n\n" + inner)

    with Session(engine) as session:
        assert session.scalars(select(Ticket)).one().intent == "eerste-beheerder-aanvraag"


def test_only_a_ticket_that_is_there_means_that_another_process_made_it(
    engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = intake.ticket_of

    def broken(*arguments: Any) -> Ticket:
        ticket = make(*arguments)
        ticket.intent = None  # type: ignore[assignment]  # breaks another rule of the table
        return ticket

    monkeypatch.setattr(intake, "ticket_of", broken)
    number = receive(engine, RawBytes("file", letter()))
    assert number is not None
    assert not process(engine, number, tools)
    with Session(engine) as session:
        assert [mail.id for mail in set_aside(session)] == [number]
