"""Log and command line hold no word of a mail when something fails."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.conftest import ROOT
from tests.triage.letters import letter
from triage.database.opening import open_database
from triage.intake import intake
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes
from triage.web import server

ADDRESS = "e.bosma@pcbdevuurtoren.example"
REFUSE = "create trigger refuse before insert on {table} begin insert into nowhere values (new.id); end"


def take_in(engine: Engine, tools: Tools) -> None:
    counts = ingest(engine, [RawBytes("file", letter(sender=f"Ellen <{ADDRESS}>"))], tools)
    assert counts.quarantined + counts.waiting == 1


def test_a_mail_that_cannot_be_triaged_leaves_no_word_in_the_log(
    engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(message: object, *_: object, **__: object) -> None:
        raise ValueError(f"what is {ADDRESS}?")

    monkeypatch.setattr(intake, "triage_message", broken)
    take_in(engine, tools)
    assert ADDRESS not in caplog.text
    assert "ValueError at intake.py" in caplog.text


def test_a_ticket_that_cannot_be_stored_leaves_no_word_in_the_log(
    engine: Engine, tools: Tools, caplog: pytest.LogCaptureFixture
) -> None:
    with engine.begin() as connection:
        connection.execute(text(REFUSE.format(table="ticket")))
    take_in(engine, tools)
    assert ADDRESS not in caplog.text
    assert "no such table" in caplog.text


def test_a_page_that_fails_leaves_no_word_in_the_log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "say", lambda words, style: None)
    with caplog.at_level(logging.ERROR):
        server.say_sorry(KeyError(ADDRESS))
    assert ADDRESS not in caplog.text
    assert "KeyError" in caplog.text


def test_a_command_that_fails_prints_no_value(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'een.db'}"
    with open_database(url).begin() as connection:
        connection.execute(text(REFUSE.format(table="user_account")))
    environment = os.environ | {
        "WEGWIJZER_DATABASE_URL": url, "WEGWIJZER_NEW_PASSWORD": "een-lang-wachtwoord", "PYTHONPATH": str(ROOT)
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "triage.cli", "user", "add", ADDRESS],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    printed = (done.stdout + done.stderr).decode()
    assert done.returncode == 1
    assert "no such table" in printed
    assert ADDRESS not in printed
