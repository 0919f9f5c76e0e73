"""Log lines follow a mail by its number from the intake to the answer, and hold no word of it."""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from kb.settings import SHIPPED_DATA, SettingsError, read_settings
from kb.store import utc_now
from tests.conftest import ROOT
from tests.triage.conftest import Postbox
from tests.triage.desks import desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.states import OPEN
from triage.desk.snooze import SnoozeDesk, wake_due
from triage.intake import intake
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.logs import JsonLines, ReadableLines, about, log_for_the_server_too, start_logging
from triage.outbox.sender import Tried, send_due
from triage.sources.files import RawBytes, read_source

ADDRESS, NAME, SUBJECT, BODY = "e.bosma@pcbdevuurtoren.example", "Ellentje Bosma", "Geheim onderwerp", "Mijn kat Poekie zit erop"
WORDS = (ADDRESS, "bosma", "pcbdevuurtoren", NAME, "Ellentje", SUBJECT, "Geheim", "Poekie")
MAIL = letter(BODY, SUBJECT, f"{NAME} <{ADDRESS}>")
REQUEST = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()
FormatterOf = type[logging.Formatter]


@pytest.fixture(params=[JsonLines, ReadableLines])
def written(request: pytest.FixtureRequest) -> Iterator[io.StringIO]:
    """All that is logged from DEBUG on, in each form."""
    yield from capture(request.param)


@pytest.fixture
def lines() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """The lines of JSON that were logged from INFO on."""
    for written in capture(JsonLines, logging.INFO):
        yield lambda: [json.loads(line) for line in written.getvalue().splitlines()]  # noqa: B023 - there is one


def capture(form: FormatterOf, level: int = logging.DEBUG) -> Iterator[io.StringIO]:
    written, root = io.StringIO(), logging.getLogger()
    handler, before = logging.StreamHandler(written), root.level
    handler.setFormatter(form())
    handler.addFilter(lambda record: record.name != "mail.log")  # the test's own mail server, which tells all it hears
    root.addHandler(handler)
    root.setLevel(level)
    yield written
    root.removeHandler(handler)
    root.setLevel(before)


def told(written: io.StringIO) -> list[str]:
    """The words of the mail that stand in the log."""
    assert written.getvalue()
    return [word for word in WORDS if word.lower() in written.getvalue().lower()]


def test_an_intake_logs_no_word_of_a_mail(written: io.StringIO, engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", MAIL), RawBytes("file", MAIL + b"\r\n")], tools)
    assert told(written) == []


def test_the_intake_of_a_formal_request_logs_no_word_of_it(written: io.StringIO, engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", REQUEST)], tools)
    mail = desks(engine).inbox.ticket(1).message
    names = [mail.sender.address, mail.sender.name, mail.subject, *(one.filename for one in mail.attachments)]
    assert [name for name in names if name and name in written.getvalue()] == []


def test_a_triage_that_fails_logs_no_word_of_a_mail(
    written: io.StringIO, engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(mail: Any, *_: object, **__: object) -> None:
        raise ValueError(f"what is {mail.message.sender} about {mail.subject}?")

    monkeypatch.setattr(intake, "triage_message", broken)
    assert ingest(engine, [RawBytes("file", MAIL)], tools).quarantined == 1
    assert told(written) == []


def test_sending_logs_no_word_of_a_mail_whatever_the_server_says(
    written: io.StringIO,
    engine: Engine,
    tools: Tools,
    agent: Person,
    smtp_url: str,
    postbox: Postbox,
    send_mail: Callable[[], Tried],
) -> None:
    ingest(engine, [RawBytes("file", MAIL)], tools)
    desk = desks(engine, smtp_url)
    for hour, refusal in enumerate((f"451 {ADDRESS} later", f"550 no such user {ADDRESS}", ""), 1):
        postbox.refusal = refusal
        if desk.inbox.ticket(1).line.status == OPEN:
            desk.answers.approve(1, f"Re: {SUBJECT}", f"Beste {NAME}, {refusal}", agent)
        send_due(engine, smtp_url, "help@basispoort.nl", lambda hour=hour: utc_now() + timedelta(hours=hour))  # type: ignore[misc]
    assert len(postbox.received) == 1
    assert told(written) == []


def test_a_file_that_cannot_be_read_is_not_named_since_its_name_may_be_a_subject(
    written: io.StringIO, engine: Engine, tmp_path: Path
) -> None:
    (tmp_path / f"{SUBJECT} van {NAME}.eml").symlink_to("/proc/self/mem")  # is there, and gives an error when it is read
    assert intake.receive_all(engine, read_source(str(tmp_path))).unreadable == 1
    assert told(written) == []
    assert str(tmp_path) in written.getvalue()


def test_each_line_about_a_mail_bears_its_number_from_the_intake_to_the_answer(
    lines: Callable[[], list[dict[str, Any]]],
    engine: Engine,
    tools: Tools,
    agent: Person,
    smtp_url: str,
    send_mail: Callable[[], Tried],
) -> None:
    ingest(engine, [RawBytes("file", letter("Eerst.", message_id="0@x.example")), RawBytes("file", MAIL)], tools)
    desks(engine, smtp_url).answers.approve(2, "Re: hoi", "Beste Ellen", agent)
    assert send_mail() == Tried(sent=1)

    of_second = [(line["message"], line.get("ticket"), line.get("answer")) for line in lines() if line.get("mail") == 2]
    assert of_second == [
        ("mail 2 is stored", None, None),
        ("mail 2 is in ticket 2", 2, None),
        ("answer 3 was taken by the mail server", 2, 3),
    ]
    assert [line for line in lines() if line["logger"].startswith("triage.intake") and "mail" not in line] == []


def test_a_mail_that_is_set_apart_says_where_it_failed_under_its_number(
    lines: Callable[[], list[dict[str, Any]]], engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError

    monkeypatch.setattr(intake, "triage_message", broken)
    ingest(engine, [RawBytes("file", MAIL)], tools)
    assert [(line["level"], line["mail"]) for line in lines()] == [("info", 1), ("error", 1), ("warning", 1)]
    assert "ValueError at intake.py" in lines()[1]["message"]


def test_a_ticket_whose_moment_came_is_told_by_its_number(
    lines: Callable[[], list[dict[str, Any]]], engine: Engine, tools: Tools, agent: Person
) -> None:
    ingest(engine, [RawBytes("file", MAIL)], tools)
    SnoozeDesk(engine).wait_until(1, utc_now() + timedelta(minutes=1), agent)
    wake_due(engine, lambda: utc_now() + timedelta(minutes=1))
    assert (lines()[-1]["ticket"], lines()[-1]["message"]) == (1, "ticket 1 is open again: its moment came")


def test_the_words_of_other_libraries_and_of_errors_are_left_out(written: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("uvicorn", "uvicorn.error"):  # as in a process in which no server of another test ran
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
        monkeypatch.setattr(logging.getLogger(name), "disabled", False)
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
        monkeypatch.setattr(logging.getLogger(name), "handlers", [])
    logging.getLogger("pypdf._reader").warning("odd value %s", ADDRESS)
    logging.getLogger("asyncio").error(f"Task exception was never retrieved: ValueError('{ADDRESS}')")
    try:
        raise KeyError(ADDRESS)
    except KeyError:
        logging.getLogger("uvicorn.error").exception("Exception in ASGI application")
    assert told(written) == []
    assert "test_logs.py" in written.getvalue()
    assert "KeyError at test_logs.py" in written.getvalue()


def test_numbers_hold_inside_their_block_and_no_longer(lines: Callable[[], list[dict[str, Any]]]) -> None:
    log = logging.getLogger("triage.test")
    with about(mail=1):
        with about(ticket=2):
            log.warning("inside")
        log.warning("between")
    log.warning("after")
    assert [(line.get("mail"), line.get("ticket")) for line in lines()] == [(1, 2), (1, None), (None, None)]


def test_a_message_of_several_lines_is_one_line(written: io.StringIO) -> None:
    logging.getLogger("triage.test").warning("one\ntwo\r\n2026-01-01 ERROR three")
    assert written.getvalue().count("\n") == 1


@pytest.fixture
def own_logging() -> Iterator[None]:
    """Puts the logging of this process back as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    logging.getLogger("uvicorn.access").disabled = False
    for name in ("kb", "triage"):
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.usefixtures("own_logging")
def test_warnings_and_lines_of_the_server_come_in_the_same_form(capsys: pytest.CaptureFixture[str]) -> None:
    start_logging("json", logging.INFO)
    server = logging.getLogger("uvicorn.test")
    server.propagate = False
    server.addHandler(logging.StreamHandler(sys.stdout))
    log_for_the_server_too()
    server.warning("started")
    logging.getLogger("uvicorn.access").warning("127.0.0.1 - GET /?q=%s", ADDRESS)
    warnings.warn(f"what is {ADDRESS}?", UserWarning, stacklevel=1)
    printed = capsys.readouterr()
    assert printed.out == ""
    assert [json.loads(line)["logger"] for line in printed.err.splitlines()] == ["uvicorn.test", "py.warnings"]
    assert ADDRESS not in printed.err


def test_an_intake_by_command_prints_json_lines_and_nothing_else_on_standard_error(tmp_path: Path, first_model: Path) -> None:
    (tmp_path / "een.eml").write_bytes(MAIL)
    (tmp_path / "twee.eml").write_bytes(b"\x00")
    environment = os.environ | {
        "WEGWIJZER_VAR_DIR": str(first_model.parent), "WEGWIJZER_DATABASE_URL": f"sqlite:///{tmp_path / 'x.db'}",
        "WEGWIJZER_ENCODER": "none", "WEGWIJZER_LOG": "json", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "triage.cli", "ingest", str(tmp_path)],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    printed = [json.loads(line) for line in done.stderr.decode().splitlines()]
    assert {line["mail"] for line in printed if line["logger"].startswith("triage.intake")} == {1, 2}
    assert [word for word in WORDS if word.encode() in done.stderr] == []


def test_another_form_of_log_is_refused() -> None:
    with pytest.raises(SettingsError, match="WEGWIJZER_LOG"):
        read_settings({"WEGWIJZER_LOG": "xml"})
