"""One installation notices what another process changes: a new edition, a changed article, a new model, a correction."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select
from sqlalchemy.orm import Session

from kb import Article, load_articles
from kb.settings import SHIPPED_DATA, Settings
from kb.settings import settings as configured
from kb.store import ArticleRow, Manuscript, put_articles
from tests import command
from tests.conftest import ROOT
from triage.classify.running import promote
from triage.classify.training import Model
from triage.database.opening import open_database
from triage.database.tables import Correction, RawMail, Ticket, VerificationRow
from triage.installation.installation import CHECK_EVERY, Current, Installation, articles_version
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.register.importing import import_register
from triage.sources.files import RawBytes

DEMO = SHIPPED_DATA / "demo"
NOTICED_IN = 5.0  # seconds, as promised
PATIENCE = 240  # seconds that another process may take on a busy machine
ARTICLES = [Article("a", "Wachtwoord vergeten", "Kies een nieuw wachtwoord."), Article("b", "Pincode kwijt", "Vraag een nieuwe.")]


class Clock:
    """Time that passes when the test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_a_look(self) -> None:
        self.now += CHECK_EVERY


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def here(engine: Engine, settings: Settings, model: Model, clock: Clock) -> Installation:
    """An installation with a model, two articles and the demo register."""
    promote(model, settings)
    with Session(engine) as session, session.begin():
        put_articles(session, ARTICLES)
        import_register(session, DEMO / "schools.csv", DEMO / "boards.csv", fictional=True)
    return Installation(settings, engine, clock=clock)


@contextmanager
def elsewhere(settings: Settings) -> Iterator[Session]:
    """A transaction as another process has it."""
    engine = open_database(settings.database_url)
    with Session(engine) as session, session.begin():
        yield session
    engine.dispose()


def without(brin: str, folder: Path) -> Path:
    """The schools of the demo register, less one."""
    lines = (DEMO / "schools.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path = folder / "schools-newer.csv"
    path.write_text("".join(line for line in lines if f";{brin};" not in line), encoding="utf-8")
    return path


# --- what changes, and what does not ----------------------------------------------------------------------------------


def test_as_long_as_nothing_changes_the_tools_are_the_same_value(here: Installation, clock: Clock) -> None:
    before = here.current()
    clock.pass_a_look()

    assert here.current() is before


def test_between_two_looks_the_database_is_left_alone(here: Installation, clock: Clock) -> None:
    here.current()
    clock.now += CHECK_EVERY / 2
    asked: list[str] = []
    event.listen(here.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    here.current()

    assert asked == []


def test_a_look_asks_little(here: Installation, clock: Clock) -> None:
    here.current()
    clock.pass_a_look()
    asked: list[str] = []
    event.listen(here.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
    here.current()

    assert 1 <= len(asked) <= 6
    assert not [sql for sql in asked if "article.body" in sql or "register_school" in sql]


def test_a_new_edition_is_noticed_at_the_next_look(here: Installation, clock: Clock, settings: Settings, tmp_path: Path) -> None:
    before = here.current()
    with elsewhere(settings) as session:
        import_register(session, without("99AC", tmp_path), None, fictional=True)
    clock.pass_a_look()
    after = here.current()

    assert (bool(before.register.locations("99AC")), bool(after.register.locations("99AC"))) == (True, False)
    assert (before.versions.edition, after.versions.edition) == (1, 2)
    assert before.versions.edition_sha256 != after.versions.edition_sha256 != ""
    assert after.model is before.model
    assert after.knowledge is before.knowledge


def add(session: Session) -> None:
    put_articles(session, [Article("c", "Scherm blijft zwart", "Zet het aan.")])


def change(session: Session) -> None:
    put_articles(session, [replace(ARTICLES[0], body="Kies een ander wachtwoord.")])


def remove(session: Session) -> None:
    session.delete(session.get_one(ArticleRow, "b"))


def swap_by_a_slow_clock(session: Session) -> None:
    """One goes and one comes, on a machine whose clock is behind: neither their number nor the newest moment changes."""
    remove(session)
    session.get_one(Manuscript, "b").published = None
    newest = session.get_one(ArticleRow, "a").updated_at
    add(session)
    change(session)
    for slug in ("a", "c"):
        session.get_one(ArticleRow, slug).updated_at = newest


@pytest.mark.parametrize("act", [add, change, remove, swap_by_a_slow_clock], ids=lambda act: act.__name__)
def test_a_change_of_the_articles_is_noticed_at_the_next_look(
    here: Installation, clock: Clock, settings: Settings, act: Callable[[Session], None]
) -> None:
    before = here.current()
    with elsewhere(settings) as session:
        act(session)
    clock.pass_a_look()
    after = here.current()

    assert after.knowledge.articles != before.knowledge.articles
    assert after.versions.articles != before.versions.articles
    assert after.register is before.register


def test_articles_that_are_put_back_have_their_version_back() -> None:
    assert articles_version(ARTICLES) == articles_version(reversed(ARTICLES))
    assert articles_version([*ARTICLES, Article("c", "Iets", "Anders.")]) != articles_version(ARTICLES)


def test_a_correction_is_remembered_at_the_next_look_without_reading_the_model_again(
    here: Installation, clock: Clock, settings: Settings, tools: Tools
) -> None:
    ingest(here.engine, [RawBytes("file", b"From: a@b.example\r\nSubject: x\r\n\r\nMijn scherm doet het niet.\r\n")], tools)
    before = here.current()
    with elsewhere(settings) as session:
        session.add(
            Correction(ticket=session.scalars(select(Ticket)).one(), text="Vioolles", was="overig", intent="storing", by="noor")
        )
    clock.pass_a_look()
    after = here.current()

    assert [one.text for one in after.model.memory.corrections] == ["Vioolles"]
    assert after.model.classifier is before.model.classifier
    assert after.versions.model.startswith(f"{before.versions.model}+")


def test_a_model_that_another_process_trained_runs_from_the_next_look(
    here: Installation, clock: Clock, settings: Settings, model: Model
) -> None:
    before = here.current()
    promote(replace(model, version="0123456789ab"), settings)
    clock.pass_a_look()
    after = here.current()

    assert (before.versions.model, after.versions.model) == (model.version, "0123456789ab")


def test_tools_made_by_hand_have_no_versions_and_stay_as_they_are(tools: Tools) -> None:
    assert tools.current() is tools
    assert (tools.versions.model, tools.versions.articles, tools.register.edition.number) == ("", "", None)


# --- one value, many threads ------------------------------------------------------------------------------------------


def test_of_many_threads_that_ask_at_once_one_makes_the_value() -> None:
    made: list[object] = []
    start = threading.Barrier(8)

    def make() -> object:
        time.sleep(0.05)
        made.append(object())
        return made[-1]

    current, got = Current(lambda: 1, make, Clock()), []

    def ask() -> None:
        start.wait()
        got.append(current.get())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), got) == (1, made * 8)


def test_what_changes_while_a_value_is_made_is_found_at_the_next_look(clock: Clock) -> None:
    stamp = [1]

    def make() -> int:
        seen = stamp[0]
        stamp[0] = 2
        return seen

    current = Current(lambda: stamp[0], make, clock)
    assert current.get() == 1
    clock.pass_a_look()
    assert current.get() == 2


def test_a_value_that_could_not_be_made_is_tried_again(clock: Clock) -> None:
    tries: list[int] = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("no such file")
        return 7

    current = Current(lambda: 1, make, clock)
    with pytest.raises(OSError, match="no such file"):
        current.get()
    assert current.get() == 7


# --- real processes ---------------------------------------------------------------------------------------------------


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return os.environ | {
        "WEGWIJZER_VAR_DIR": str(tmp_path), "WEGWIJZER_ENCODER": "none", "WEGWIJZER_OCR": "none", "PYTHONPATH": str(ROOT),
        "WEGWIJZER_TRUST_ROOTS": str(DEMO / "trust"),
    }  # fmt: skip


def until(found: Callable[[], Any]) -> Any:
    """What is found in the end."""
    last = time.monotonic() + PATIENCE
    while not (answer := found()):
        assert time.monotonic() < last, "it never came"
        time.sleep(0.2)
    return answer


def import_edition(schools: Path, environment: dict[str, str]) -> None:
    command.run(schools.parent, "register", "import", str(schools), **environment).check_returncode()


@contextmanager
def watching(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """`wegwijzer ingest --watch` in a process of its own."""
    process = subprocess.Popen([sys.executable, "-m", "triage.cli", "ingest", "--watch", str(folder)], env=environment, cwd=ROOT)
    try:
        yield
        assert process.poll() is None
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(("gone", "known"), [("99AC", False), ("99AD", True)])
def test_a_running_intake_checks_a_request_against_the_edition_of_that_moment(
    here: Installation, settings: Settings, tmp_path: Path, environment: dict[str, str], gone: str, known: bool
) -> None:
    box = tmp_path / "box"
    box.mkdir()
    (box / "1.eml").write_bytes(
        b"From: Ellen <e@school.example>\r\nSubject: ww\r\nMessage-ID: <1@x>\r\n\r\nWachtwoord vergeten.\r\n"
    )

    def stored(kind: type[Any]) -> list[Any]:
        with Session(here.engine) as session:
            return list(session.scalars(select(kind)))

    with watching(box, environment):
        until(lambda: stored(Ticket))
        import_edition(without(gone, tmp_path), environment)
        time.sleep(NOTICED_IN)
        shutil.copy(DEMO / "mail" / "80-aanvraag-compleet.eml", box / "2.eml")
        (check,) = until(lambda: stored(VerificationRow))

    brin = next(field for field in check.content["fields"] if field["field"] == "brin")
    assert (brin["value"], brin["status"] == "ok") == ("99AC", known)
    assert known or check.verdict != "compleet"


def test_mails_of_one_long_run_are_checked_against_the_edition_of_their_moment(
    here: Installation, clock: Clock, settings: Settings, tmp_path: Path
) -> None:
    """The edition comes in while the first of two mails is at work."""
    request = (DEMO / "mail" / "80-aanvraag-compleet.eml").read_bytes()
    mails = [RawBytes("file", b"From: a@b.example\r\nSubject: x\r\n\r\nInloggen lukt niet.\r\n"), RawBytes("file", request)]

    class Meanwhile:
        """The installation, with another process that imports after the first mail."""

        asked = 0

        def current(self) -> Tools:
            self.asked += 1
            if self.asked == 2:
                with elsewhere(settings) as session:
                    import_register(session, without("99AC", tmp_path), None, fictional=True)
                clock.pass_a_look()
            return here.current()

    ingest(here.engine, mails, Meanwhile())
    with Session(here.engine) as session:
        assert session.query(RawMail).count() == 2
        check = session.scalars(select(VerificationRow)).one()
        assert next(field["status"] for field in check.content["fields"] if field["field"] == "brin") != "ok"


def test_a_page_notices_an_edition_that_a_command_imported(
    here: Installation, tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from kb.pages import shelf
    from triage.web.pages import room

    for name in ("WEGWIJZER_VAR_DIR", "WEGWIJZER_ENCODER"):
        monkeypatch.setenv(name, environment[name])
    configured.cache_clear()
    kept = [room.installation, shelf.engine, shelf.library]
    for one in kept:
        one.clear()
    assert room.tools().register.locations("99AC")
    import_edition(without("99AC", tmp_path), environment)
    time.sleep(NOTICED_IN)

    assert not room.tools().register.locations("99AC")
    assert room.tools().knowledge.articles == tuple(sorted(ARTICLES, key=lambda one: one.slug))
    room.engine().dispose()
    for one in kept:
        one.clear()


def test_the_process_of_the_pages_has_one_engine() -> None:
    from kb.pages import shelf
    from triage.web.pages import room

    assert room.engine() is shelf.engine()
    shelf.engine().dispose()
    for one in (room.installation, shelf.engine, shelf.library):
        one.clear()


def test_an_installation_with_the_shipped_articles_knows_their_version(here: Installation) -> None:
    shipped = load_articles(SHIPPED_DATA / "faq")
    with Session(here.engine) as session, session.begin():
        for row in session.scalars(select(ArticleRow)):
            session.delete(row)
        put_articles(session, shipped)

    assert here.current().versions.articles == articles_version(shipped)
