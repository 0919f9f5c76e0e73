"""Sources remember where they were, also when the process that read them was killed."""

from __future__ import annotations

import mailbox
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from kb.settings import Settings
from tests.conftest import ROOT
from tests.triage.letters import letter, letters
from triage.cli.taking_in import Intake
from triage.database.opening import open_database
from triage.database.tables import RawMail, SourcePlace
from triage.intake.intake import Counts

MAILS = 6


@pytest.fixture(params=["folder", "maildir", "mbox"])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A source of six mails."""
    path = tmp_path / "source"
    if request.param == "folder":
        path.mkdir()
        for number, raw in enumerate(letters(MAILS)):
            (path / f"{number}.eml").write_bytes(raw)
        return path
    box = {"maildir": mailbox.Maildir, "mbox": mailbox.mbox}[request.param](path)
    for raw in letters(MAILS):
        box.add(raw)
    box.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, settings: Settings, engine: Engine) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return settings.database_url
    new_postgres: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new_postgres()


def take(engine: Engine, source: Path) -> Counts:
    """What a new process would do: it knows nothing but what is in the database."""
    taking = Intake(receive_only=True, asked_to_stop=threading.Event())
    taking._engine = engine
    return taking.take(str(source))


def stored(engine: Engine) -> Counter[bytes]:
    with Session(engine) as session:
        return Counter(session.scalars(select(RawMail.raw)))


def parts(engine: Engine) -> set[str]:
    with Session(engine) as session:
        return set(session.scalars(select(SourcePlace.part)))


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that are read from now on, mails of an mbox as its name."""
    seen: list[str] = []
    read, get = Path.read_bytes, mailbox.mbox.get_bytes

    def told_read(path: Path) -> bytes:
        seen.append(path.name)
        return read(path)

    def told_get(box: mailbox.mbox, key: str, from_: bool = False) -> bytes:
        seen.append("source")
        return get(box, key, from_)

    monkeypatch.setattr(Path, "read_bytes", told_read)
    monkeypatch.setattr(mailbox.mbox, "get_bytes", told_get)
    return seen


def test_what_was_read_is_not_read_again_by_the_next_process(source: Path, engine: Engine, reads: list[str]) -> None:
    assert take(engine, source) == Counts(received=MAILS)
    assert len(reads) == MAILS

    assert take(engine, source) == Counts(received=MAILS, duplicate=MAILS)
    assert len(reads) == MAILS


def test_what_comes_later_is_read(source: Path, engine: Engine, reads: list[str]) -> None:
    take(engine, source)
    new = letter(message_id="nieuw@school.example")
    if source.is_file():
        box = mailbox.mbox(source)
        box.add(new)
        box.close()
    else:
        (source / "cur" / "nieuw" if (source / "cur").is_dir() else source / "nieuw.eml").write_bytes(new)
    reads.clear()

    assert take(engine, source) == Counts(received=MAILS + 1, duplicate=MAILS)
    assert len(reads) == (MAILS + 1 if source.is_file() else 1)  # an mbox that changed is read from its beginning


def test_a_source_that_another_one_took_the_place_of_is_read_again(source: Path, engine: Engine, reads: list[str]) -> None:
    take(engine, source)
    shutil.move(source, other := source.with_name("oud"))
    (shutil.copytree if other.is_dir() else shutil.copy2)(other, source)  # the same names, sizes and times
    reads.clear()

    assert take(engine, source) == Counts(received=MAILS, duplicate=MAILS)
    assert len(reads) == MAILS


def test_an_mbox_that_was_cut_is_read_again(tmp_path: Path, engine: Engine, reads: list[str]) -> None:
    source = tmp_path / "source"
    box = mailbox.mbox(source)
    for raw in letters(2):
        box.add(raw)
    box.close()
    take(engine, source)
    box = mailbox.mbox(source)
    box.remove(0)
    box.close()
    reads.clear()

    assert take(engine, source) == Counts(received=1, duplicate=1)
    assert reads == ["source"]


def test_a_mail_in_a_maildir_that_somebody_opened_is_not_read_again(tmp_path: Path, engine: Engine, reads: list[str]) -> None:
    box = mailbox.Maildir(tmp_path / "source")
    box.add(letter())
    take(engine, tmp_path / "source")
    (file,) = (tmp_path / "source" / "new").iterdir()
    file.rename(tmp_path / "source" / "cur" / f"{file.name}:2,S")
    reads.clear()

    assert take(engine, tmp_path / "source") == Counts(received=1, duplicate=1)
    assert reads == []


def test_a_file_that_is_gone_leaves_no_trace(tmp_path: Path, engine: Engine) -> None:
    for name, raw in zip("ab", letters(2), strict=True):
        (tmp_path / f"{name}.eml").write_bytes(raw)
    take(engine, tmp_path)
    (tmp_path / "a.eml").unlink()
    take(engine, tmp_path)

    assert parts(engine) == {"b.eml"}


def test_a_name_that_is_no_text_is_remembered_too(tmp_path: Path, engine: Engine, reads: list[str]) -> None:
    (tmp_path / os.fsdecode(b"vraag-\xe9\xe9n.eml")).write_bytes(letter())
    take(engine, tmp_path)
    reads.clear()

    assert take(engine, tmp_path) == Counts(received=1, duplicate=1)
    assert reads == []


@pytest.fixture
def refusing(engine: Engine) -> Iterator[None]:
    """A database that refuses bookmarks."""

    def refuse(connection: object, cursor: object, sql: str, *more: object) -> None:
        if sql.startswith("INSERT INTO source_place"):
            raise OperationalError(sql, {}, Exception("disk full"))

    event.listen(engine, "before_cursor_execute", refuse)
    yield
    event.remove(engine, "before_cursor_execute", refuse)


@pytest.mark.usefixtures("refusing")
def test_bytes_and_bookmark_are_stored_together_or_not_at_all(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "a.eml").write_bytes(letter())
    with pytest.raises(OperationalError):
        take(engine, tmp_path)

    assert stored(engine) == Counter()


# Takes a source in, and kills itself (SIGKILL: no clean-up of any kind) just before a statement runs for the n-th time.
TAKE_UNTIL_KILLED = """
import os, signal, sys, threading
from sqlalchemy import Engine, event
from triage.cli.taking_in import Intake

source, statement, number = sys.argv[1], sys.argv[2], int(sys.argv[3])
seen = 0

def kill(*arguments):
    global seen
    seen += statement == "COMMIT" or arguments[2].startswith(statement)
    if seen == number:
        os.kill(os.getpid(), signal.SIGKILL)

event.listen(Engine, "commit" if statement == "COMMIT" else "before_cursor_execute", kill)
Intake(receive_only=True, asked_to_stop=threading.Event()).take(source)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize("source", ["folder", "mbox"], indirect=True)
@pytest.mark.parametrize(("statement", "number"), [("INSERT INTO raw_mail", 4), ("COMMIT", 3)])
def test_a_source_that_was_killed_halfway_is_read_to_its_end(
    statement: str, number: int, source: Path, settings: Settings, database_url: str
) -> None:
    killed = subprocess.run(
        [sys.executable, "-c", TAKE_UNTIL_KILLED, str(source), statement, str(number)],
        env=os.environ | {"WEGWIJZER_VAR_DIR": str(settings.var_dir), "WEGWIJZER_DATABASE_URL": database_url},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    engine = open_database(database_url)
    assert sum(stored(engine).values()) < MAILS

    take(engine, source)
    assert stored(engine) == Counter(letters(MAILS))
    assert take(engine, source) == Counts(received=MAILS, duplicate=MAILS)
    engine.dispose()
