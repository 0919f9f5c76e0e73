"""An intake that nothing stops: a busy database, an unreadable file, a mail that breaks the program, two intakes, a stop in between."""

from __future__ import annotations

import hashlib
import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb.settings import Settings
from kb.store import utc_now
from tests.conftest import ROOT
from tests.triage.letters import letter, letters
from triage.cli.taking_in import Intake
from triage.database.opening import open_database
from triage.database.tables import RawMail, Ticket
from triage.errors import SourceError
from triage.intake import intake
from triage.intake.claims import MOST_ATTEMPTS, claim
from triage.intake.intake import COPY, RECEIVED, SET_ASIDE, TRIAGED, Counts, ingest, process_waiting, receive
from triage.intake.pipeline import Tools
from triage.intake.same_mail import fingerprint_of_before
from triage.mail import parse_message
from triage.sources.files import read_source
from triage.sources.source import Bookmarks, PassedOver, RawBytes, Unreadable

GONE = f"{socket.gethostname()}:4194305"  # above the highest number a process of Linux can have


def mail(raw: bytes) -> RawBytes:
    return RawBytes("file", raw)


def states(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(RawMail.state).order_by(RawMail.id)))


def change(engine: Engine, **values: object) -> None:
    """Change all stored mails."""
    with engine.begin() as connection:
        connection.execute(update(RawMail).values(**values))


# --- the same mail --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["From", "Subject", "Date", "Content-Type"])
def test_the_same_message_id_and_body_with_another_header_are_two_mails(header: str, engine: Engine, tools: Tools) -> None:
    one = letter(body="Zie bijlage.")
    lines = [
        b"%s: anders <x@y.example>" % header.encode() if line.startswith(f"{header}:".encode()) else line
        for line in one.split(b"\n")
    ]
    assert ingest(engine, [mail(one), mail(b"\n".join(lines))], tools).new == 2


def test_a_copy_of_a_mail_that_was_stored_with_the_digest_of_before_is_known(engine: Engine, tools: Tools) -> None:
    ingest(engine, [mail(letter())], tools)
    change(engine, fingerprint=fingerprint_of_before(parse_message(letter()), letter()))

    assert ingest(engine, [mail(b"Received: from a by b\n" + letter())], tools).duplicate == 1
    assert states(engine) == [TRIAGED, COPY]


def test_a_copy_says_what_it_is_a_copy_of(engine: Engine, tools: Tools) -> None:
    ingest(engine, [mail(letter()), mail(b"Received: from a by b\n" + letter())], tools)
    with Session(engine) as session:
        assert list(session.scalars(select(RawMail.copy_of_id).order_by(RawMail.id))) == [None, 1]


# --- faults ---------------------------------------------------------------------------------------------------------


def test_a_database_that_fails_for_a_while_sets_no_mail_apart(
    engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:

        def locked(*arguments: object) -> None:
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

        patch.setattr(intake, "_triage", locked)
        assert ingest(engine, map(mail, letters(2)), tools) == Counts(received=2, waiting=2)
    assert states(engine) == [RECEIVED, RECEIVED]

    change(engine, claimed_until=utc_now() - timedelta(seconds=1))
    assert process_waiting(engine, tools).new == 2


def test_a_fault_that_nobody_foresaw_stops_no_other_mail(engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    really = intake.triage_message

    def breaks(opened: object, *arguments: object, **named: object) -> object:
        if "mail 1." in str(opened):
            raise AssertionError
        return really(opened, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(intake, "triage_message", breaks)
    assert ingest(engine, map(mail, letters(3)), tools) == Counts(received=3, new=2, quarantined=1)
    assert states(engine) == [TRIAGED, SET_ASIDE, TRIAGED]


def test_a_mail_that_ends_the_program_each_time_is_set_apart_in_the_end(engine: Engine, tools: Tools) -> None:
    number = receive(engine, mail(letter()))
    assert number is not None
    for _ in range(MOST_ATTEMPTS):
        assert claim(engine, number, RECEIVED) is not None
        change(engine, claimed_by=GONE)

    assert process_waiting(engine, tools) == Counts(quarantined=1)


@pytest.mark.parametrize(("by", "done"), [(f"{socket.gethostname()}:{os.getppid()}", 0), ("elders:1", 0), (GONE, 1)])
def test_a_mail_that_another_process_has_is_left_to_it_while_it_lives(by: str, done: int, engine: Engine, tools: Tools) -> None:
    receive(engine, mail(letter()))
    change(engine, claimed_by=by, claimed_until=utc_now() + timedelta(minutes=5))

    assert process_waiting(engine, tools).new == done


def test_a_claim_runs_out(engine: Engine, tools: Tools) -> None:
    receive(engine, mail(letter()))
    change(engine, claimed_by="elders:1", claimed_until=utc_now() - timedelta(seconds=1))

    assert process_waiting(engine, tools).new == 1


# --- sources --------------------------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_read_stops_no_other(engine: Engine, tools: Tools, tmp_path: Path) -> None:
    for name, raw in zip("ac", letters(2), strict=True):
        (tmp_path / f"{name}.eml").write_bytes(raw)
    (tmp_path / "b.eml").symlink_to("/proc/self/mem")  # is there, and gives an error when it is read

    assert ingest(engine, read_source(str(tmp_path)), tools) == Counts(received=2, new=2, unreadable=1)
    assert [one.place for one in read_source(str(tmp_path)) if isinstance(one, Unreadable)] == [
        f"a file in {tmp_path}"
    ]  # the name of a file may be the subject of a mail


@pytest.mark.parametrize("kind", ["folder", "maildir", "mbox", "file"])
def test_what_was_read_is_read_again_only_when_it_changed(kind: str, tmp_path: Path) -> None:
    known: Bookmarks = {}
    source = tmp_path / "source"
    file = {"folder": source / "a.eml", "maildir": source / "cur" / "1:2,S"}.get(kind, source)
    file.parent.mkdir(parents=True, exist_ok=True)
    raw = b"From x@y.example Mon Nov 23 09:12:00 2026\n" * (kind == "mbox") + letter()
    file.write_bytes(raw)

    assert [type(one) for _ in range(2) for one in read_source(str(source), known)] == [RawBytes, PassedOver]
    file.write_bytes(raw + b"meer")
    assert [type(one) for one in read_source(str(source), known)] == [RawBytes]


# --- the command ----------------------------------------------------------------------------------------------------


def run(var: Path, *arguments: str, stdin: bytes = b"", **extra: str) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("WEGWIJZER_")}
    environment |= {"WEGWIJZER_VAR_DIR": str(var), "WEGWIJZER_ENCODER": "none", "PYTHONPATH": str(ROOT), **extra}
    return subprocess.run(
        [sys.executable, "-m", "triage.cli", "ingest", *arguments],
        input=stdin,
        capture_output=True,
        cwd=var,
        env=environment,
        timeout=120,
    )


def test_a_mail_that_could_not_be_stored_is_for_the_mail_server_to_send_again(tmp_path: Path) -> None:
    nobody = "postgresql+psycopg://wegwijzer@127.0.0.1:1/wegwijzer"
    done = run(tmp_path, "-", stdin=letter(), WEGWIJZER_DATABASE_URL=nobody)
    assert (done.returncode, len(done.stderr.decode().strip().splitlines())) == (75, 1)


def test_a_mail_that_could_not_be_stored_is_asked_again_though_another_source_was(settings: Settings, tmp_path: Path) -> None:
    taking = Intake(receive_only=True, asked_to_stop=threading.Event())
    (tmp_path / "1.eml").write_bytes(letter())
    taking._engine = open_database(settings.database_url)
    taking.take(str(tmp_path / "1.eml"))
    assert taking.stored
    with pytest.raises(SourceError):
        taking.take(str(tmp_path / "weg.eml"))
    assert not taking.stored


def test_receiving_only_stores_and_needs_no_model(engine: Engine, settings: Settings) -> None:
    done = run(settings.var_dir, "--receive-only", "-", stdin=letter())
    assert (done.returncode, done.stdout) == (0, b"-: 1 received, 0 new, 0 duplicate, 0 quarantined\n")
    assert states(engine) == [RECEIVED]
    assert not settings.model_path.exists()


def test_the_same_bytes_use_up_no_number(engine: Engine) -> None:
    digest = hashlib.sha256(letter()).hexdigest()
    for raw in (letter(), letter(), letter(message_id="2@x.example")):
        receive(engine, mail(raw))
    with Session(engine) as session:
        assert [row.sha256 == digest for row in session.scalars(select(RawMail))] == [True, False]


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_who_watches_stops_between_two_mails_when_asked(
    asked: signal.Signals, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    folder = tmp_path / "mails"
    folder.mkdir()
    (folder / "1.eml").write_bytes(letter())
    environment = os.environ | {"WEGWIJZER_VAR_DIR": str(settings.var_dir), "WEGWIJZER_ENCODER": "none", "PYTHONPATH": str(ROOT)}
    watching = subprocess.Popen(
        [sys.executable, "-u", "-m", "triage.cli", "ingest", "--watch", "--receive-only", str(folder)],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=tmp_path,
    )
    assert watching.stdout is not None
    assert b"1 received" in watching.stdout.readline()
    watching.send_signal(asked)
    assert watching.wait(timeout=60) == 0
    with Session(engine) as session:
        assert session.scalars(select(Ticket)).all() == []
