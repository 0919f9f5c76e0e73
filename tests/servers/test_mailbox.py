"""Mail from a mailbox on a real IMAP server, over TLS."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.settings import Settings, SettingsError, read_settings
from tests.conftest import ROOT, free_port
from tests.servers.conftest import variables_for
from tests.servers.dovecot import HOST, Dovecot, write_certificate
from tests.triage.letters import letter, letters
from triage.cli.taking_in import Intake
from triage.cli.watching import SourceWatch
from triage.database.opening import open_database
from triage.database.tables import Event, RawMail, SourcePlace
from triage.errors import SourceError, SourceUnavailableError
from triage.intake.bookmarks import known_bookmarks
from triage.intake.intake import SET_ASIDE, Counts, receive_all
from triage.sources import imap
from triage.sources.opening import open_source

PATIENCE = 60.0  # seconds that something may take before a test gives up
DONE, QUARANTINE = "Verwerkt", "Apart"
WITHOUT_EXTENSIONS = "imap_capability = IMAP4rev1 LITERAL+ AUTH=PLAIN"
TIDY = [raw.replace(b"\n", b"\r\n") for raw in letters(3)]


def take(engine: Engine, url: str, settings: Settings) -> Counts:
    """What a new process would do: it knows nothing but what is in the database."""
    source = open_source(url, settings)
    try:
        return receive_all(engine, source.mails(known_bookmarks(engine, source.key)))
    finally:
        source.close()


def stored(engine: Engine) -> Counter[bytes]:
    with Session(engine) as session:
        return Counter(session.scalars(select(RawMail.raw)))


def until(true: Callable[[], bool]) -> None:
    """Wait for a state."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.05)


# --- what is taken, and what becomes of it --------------------------------------------------------------------------


def test_bytes_are_stored_as_they_came(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    odd = [
        b"From: a@b.example\r\nSubject: \xff\xe9\r\n\r\n" + bytes({*range(1, 256)} - {10, 13}) + b"\r\n",
        b"\r\n",
        b"geen mail\r\n.\r\n\r\n",
    ]
    dovecot.deliver(*odd, *TIDY)

    assert take(engine, dovecot.url(), settings).received == 6
    assert stored(engine) == Counter([*odd, *TIDY])


def test_a_mail_goes_to_the_folder_for_what_is_done(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    dovecot.deliver(*TIDY)
    assert take(engine, dovecot.url(), settings) == Counts(received=3)
    assert (dovecot.mails(), dovecot.mails(DONE)) == ([], TIDY)


def test_a_mail_is_not_marked_as_read(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    dovecot.deliver(letter())
    take(engine, dovecot.url(), settings)
    with dovecot.client(DONE) as client:
        assert client.search("UNSEEN") == [1]


def test_a_mail_that_is_not_stored_stays_where_it_is(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    dovecot.deliver(*TIDY)
    source = open_source(dovecot.url(), settings)
    found = source.mails({})
    next(found)
    next(found)  # says that the first is stored
    found.close()  # type: ignore[attr-defined]
    source.close()
    assert (dovecot.mails(), dovecot.mails(DONE)) == (TIDY[1:], TIDY[:1])


def test_folders_may_have_names_in_any_letters_and_lie_in_others(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with dovecot.client() as client:
        client.create_folder("Vragen.Één & ander")
    dovecot.deliver(letter(), folder="Vragen.Één & ander")

    own = replace(settings, imap_done="Archief/Geënt")
    assert take(engine, dovecot.url("Vragen/%C3%89%C3%A9n%20&%20ander"), own).received == 1
    assert len(dovecot.mails("Archief.Geënt")) == 1


def test_a_server_with_nothing_but_the_base_protocol_serves_too(
    start_dovecot: Callable[..., Dovecot], tmp_path: Path, engine: Engine
) -> None:
    server = start_dovecot(WITHOUT_EXTENSIONS)
    server.deliver(*TIDY)
    assert take(engine, server.url(), read_settings(variables_for(server, tmp_path))).received == 3
    assert (server.mails(), server.mails(DONE)) == ([], TIDY)


def test_a_mail_that_is_too_large_is_set_apart_with_the_reason(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    large = letter(subject="Bijlagen", body="x" * 75 + "\n" + ("y" * 75 + "\n") * 30_000).replace(b"\n", b"\r\n")
    dovecot.deliver(TIDY[0], large, TIDY[1])

    assert take(engine, dovecot.url(), replace(settings, imap_megabytes=1)) == Counts(received=3, quarantined=1)
    assert (dovecot.mails(), dovecot.mails(DONE), dovecot.mails(QUARANTINE)) == ([], TIDY[:2], [large])
    with Session(engine) as session:
        (row,) = session.scalars(select(RawMail).where(RawMail.state == SET_ASIDE))
        assert b"Subject: Bijlagen" in row.raw
        assert len(row.raw) < 1000
        assert "2 MB" in row.problem
        assert "map ‘Apart’" in row.problem
        assert session.scalars(select(Event.action)).all() == ["apart gezet"]


def test_a_mail_that_is_too_large_stays_where_nothing_may_change(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    large = letter(body=("y" * 75 + "\n") * 30_000).replace(b"\n", b"\r\n")
    dovecot.deliver(large, TIDY[0])
    own = replace(settings, imap_megabytes=1, imap_done=None)

    assert take(engine, dovecot.url(), own) == Counts(received=2, quarantined=1)
    assert take(engine, dovecot.url(), own) == Counts()
    assert dovecot.mails() == [large, TIDY[0]]


def test_a_folder_that_cannot_be_made_stops_no_mail(
    dovecot: Dovecot, engine: Engine, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    dovecot.deliver(*TIDY)
    impossible = replace(settings, imap_done="x" * 300)

    assert take(engine, dovecot.url(), impossible) == Counts(received=3, unreadable=3)
    assert dovecot.mails() == TIDY
    assert "can't be moved" in caplog.text
    assert take(engine, dovecot.url(), settings) == Counts(received=3, duplicate=3)
    assert dovecot.mails(DONE) == TIDY


# --- where it was ---------------------------------------------------------------------------------------------------


@pytest.fixture
def staying(settings: Settings) -> Settings:
    """The settings of an installation that changes nothing in the mailbox."""
    return replace(settings, imap_done=None)


def test_mails_that_stay_where_they_are_are_taken_once(dovecot: Dovecot, engine: Engine, staying: Settings) -> None:
    dovecot.deliver(*TIDY[:2])
    assert take(engine, dovecot.url(), staying) == Counts(received=2)
    dovecot.deliver(TIDY[2])

    assert take(engine, dovecot.url(), staying) == Counts(received=1)
    assert dovecot.mails() == TIDY
    with dovecot.client() as client:
        assert client.search("UNSEEN") == [1, 2, 3]


def test_a_folder_that_was_made_anew_is_read_from_its_beginning(dovecot: Dovecot, engine: Engine, staying: Settings) -> None:
    url = dovecot.url("Vragen")
    with dovecot.client() as client:
        client.create_folder("Vragen")
    dovecot.deliver(*TIDY[:2], folder="Vragen")
    take(engine, url, staying)
    with dovecot.client() as client:
        client.delete_folder("Vragen")
        client.create_folder("Vragen")  # with another UIDVALIDITY, and UIDs from 1 on
    dovecot.deliver(TIDY[2], TIDY[0], folder="Vragen")

    assert take(engine, url, staying) == Counts(received=2, duplicate=1)
    assert stored(engine) == Counter(TIDY)


def test_a_mailbox_that_was_put_back_to_an_earlier_state_is_read_from_its_beginning(
    dovecot: Dovecot, engine: Engine, staying: Settings
) -> None:
    dovecot.deliver(TIDY[0])
    dovecot.stop()
    before = shutil.copytree(dovecot.folder / "mail", dovecot.folder / "backup")
    dovecot.start()
    dovecot.deliver(TIDY[1])
    take(engine, dovecot.url(), staying)
    dovecot.stop()
    shutil.rmtree(dovecot.folder / "mail")
    before.rename(dovecot.folder / "mail")
    dovecot.start()

    assert take(engine, dovecot.url(), staying) == Counts(received=1, duplicate=1)
    dovecot.deliver(TIDY[2])
    assert take(engine, dovecot.url(), staying) == Counts(received=1)


# --- killed ---------------------------------------------------------------------------------------------------------

# Takes a mailbox in, and kills itself (SIGKILL: no clean-up of any kind) at a point that it comes to for the second time.
TAKE_UNTIL_KILLED = """
import os, signal, sys, threading
from sqlalchemy import Engine, event
from triage.cli.taking_in import Intake
from triage.sources.imap import Mailbox

url, point = sys.argv[1:]
seen = 0

def kill(*arguments):
    global seen
    seen += 1
    if seen == 2:
        os.kill(os.getpid(), signal.SIGKILL)

move = Mailbox._move
def moved(*arguments):
    if point == "stored":
        kill()
    move(*arguments)
    if point == "moved":
        kill()
Mailbox._move = moved
if point == "fetched":
    event.listen(Engine, "before_cursor_execute", lambda *a: a[2].startswith("INSERT INTO raw_mail") and kill())
Intake(receive_only=True, asked_to_stop=threading.Event()).take(url)
"""


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, settings: Settings) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return settings.database_url
    new_postgres: Callable[[], str] = request.getfixturevalue("new_postgres")
    return new_postgres()


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
@pytest.mark.parametrize(("point", "kept", "left"), [("fetched", 1, 2), ("stored", 2, 2), ("moved", 2, 1)])
def test_a_process_that_is_killed_loses_and_doubles_nothing(
    point: str, kept: int, left: int, dovecot: Dovecot, variables: dict[str, str], settings: Settings, database_url: str
) -> None:
    dovecot.deliver(*TIDY)
    killed = subprocess.run(
        [sys.executable, "-c", TAKE_UNTIL_KILLED, dovecot.url(), point],
        env=os.environ | variables | {"WEGWIJZER_DATABASE_URL": database_url},
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    engine = open_database(database_url)
    assert (sum(stored(engine).values()), len(dovecot.mails())) == (kept, left)

    take(engine, dovecot.url(), settings)
    assert stored(engine) == Counter(TIDY)
    assert (dovecot.mails(), Counter(dovecot.mails(DONE))) == ([], Counter(TIDY))
    engine.dispose()


# --- watching -------------------------------------------------------------------------------------------------------


@pytest.fixture
def watch(engine: Engine, settings: Settings) -> Iterator[Callable[..., None]]:
    """Watches mailboxes in a thread, without triage; stops when the test is over."""
    stop, threads = threading.Event(), []

    def start(*urls: str, with_settings: Settings = settings) -> None:
        taking = Intake(receive_only=True, asked_to_stop=stop)
        taking._engine = engine
        watching = SourceWatch(taking, [open_source(url, with_settings) for url in urls], lambda name, counts: None)
        threads.append(threading.Thread(target=watching.run))
        threads[-1].start()

    yield start
    stop.set()
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_new_mail_is_taken_as_soon_as_the_server_says_so(
    dovecot: Dovecot, engine: Engine, watch: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    idle = threading.Event()
    begin = imap.IMAPClient.idle
    monkeypatch.setattr(imap.IMAPClient, "idle", lambda client: (begin(client), idle.set())[0])
    monkeypatch.setattr(imap, "IDLE_SECONDS", 10_000.0)
    watch(dovecot.url())
    assert idle.wait(PATIENCE)
    dovecot.deliver(TIDY[0])

    until(lambda: stored(engine) == Counter(TIDY[:1]))
    until(lambda: dovecot.mails(DONE) == TIDY[:1])


def test_a_mail_that_comes_while_others_are_taken_is_taken_at_once(
    dovecot: Dovecot, engine: Engine, watch: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    move, late = imap.Mailbox._move, TIDY[1:]

    def deliver_and_move(*arguments: object) -> None:
        if late:
            dovecot.deliver(late.pop())
        move(*arguments)  # type: ignore[arg-type]  # whose answer tells of the new mail, which IDLE then does not

    monkeypatch.setattr(imap.Mailbox, "_move", deliver_and_move)
    monkeypatch.setattr(imap, "IDLE_SECONDS", 10_000.0)
    dovecot.deliver(TIDY[0])
    watch(dovecot.url())

    until(lambda: stored(engine) == Counter(TIDY))


def test_idle_is_begun_anew_in_time(dovecot: Dovecot, watch: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[float] = []
    begin = imap.IMAPClient.idle
    monkeypatch.setattr(imap.IMAPClient, "idle", lambda client: (begin(client), begun.append(time.monotonic()))[0])
    assert imap.IDLE_SECONDS < 29 * 60
    monkeypatch.setattr(imap, "IDLE_SECONDS", 1.0)
    watch(dovecot.url())

    until(lambda: len(begun) >= 3)


def test_a_server_without_idle_is_asked_again_and_again(
    start_dovecot: Callable[..., Dovecot],
    tmp_path: Path,
    engine: Engine,
    watch: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap, "POLL_SECONDS", 0.1)
    server = start_dovecot(WITHOUT_EXTENSIONS)
    server.deliver(TIDY[0])
    watch(server.url(), with_settings=read_settings(variables_for(server, tmp_path)))
    until(lambda: server.mails(DONE) == TIDY[:1])
    server.deliver(TIDY[1])

    until(lambda: stored(engine) == Counter(TIDY[:2]))


def test_a_server_that_was_away_is_found_again(
    dovecot: Dovecot, engine: Engine, watch: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    dovecot.deliver(TIDY[0])
    watch(dovecot.url())
    until(lambda: stored(engine) == Counter(TIDY[:1]))
    dovecot.stop()
    told = ""

    def complains() -> bool:
        nonlocal told
        told += capfd.readouterr().err
        return HOST in told

    until(complains)
    dovecot.start()
    dovecot.deliver(TIDY[1])

    until(lambda: stored(engine) == Counter(TIDY[:2]))


def test_two_mailboxes_are_watched_at_once(dovecot: Dovecot, engine: Engine, watch: Callable[..., None]) -> None:
    watch(dovecot.url(), dovecot.url(user="info"))
    for number, user in enumerate(("help", "info")):
        dovecot.deliver(TIDY[number], user=user)
        until(lambda user=user, number=number: dovecot.mails(DONE, user=user) == [TIDY[number]])

    assert stored(engine) == Counter(TIDY[:2])
    with Session(engine) as session:
        assert len(set(session.scalars(select(SourcePlace.source)))) == 2


def test_a_mailbox_that_cannot_be_reached_holds_up_no_other(dovecot: Dovecot, engine: Engine, watch: Callable[..., None]) -> None:
    dovecot.deliver(TIDY[0])
    watch(f"imaps://help@{HOST}:{free_port()}/INBOX", dovecot.url())

    until(lambda: stored(engine) == Counter(TIDY[:1]))


# --- what goes wrong ------------------------------------------------------------------------------------------------


def with_password(settings: Settings, password: str) -> Settings:
    return replace(settings, imap_passwords=(("WEGWIJZER_IMAP_PASSWORD", password),))


def test_a_wrong_password_is_told_without_it(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with pytest.raises(SourceError, match=r"does not let help in .*WEGWIJZER_IMAP_PASSWORD") as told:
        take(engine, dovecot.url(), with_password(settings, "verkeerd-geheim"))
    assert not isinstance(told.value, SourceUnavailableError)
    assert "verkeerd-geheim" not in str(told.value)


def test_a_folder_that_is_not_there_is_told_with_those_that_are(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with pytest.raises(SourceError, match="there is no folder 'Vraagen' in this mailbox; there are: INBOX"):
        take(engine, dovecot.url("Vraagen"), settings)


def test_a_server_that_nobody_vouches_for_gets_no_password(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with pytest.raises(SourceError, match=r"certificate of 127\.0\.0\.1 is not trusted .*WEGWIJZER_IMAP_CA"):
        take(engine, dovecot.url(), replace(settings, imap_ca=None))
    assert "Login" not in dovecot.log()


def test_a_server_with_somebody_elses_certificate_gets_no_password(
    dovecot: Dovecot, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    other = write_certificate(tmp_path / "other")
    with pytest.raises(SourceError, match="is not trusted"):
        take(engine, dovecot.url(), replace(settings, imap_ca=other))


def test_a_certificate_for_another_name_is_not_trusted(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with pytest.raises(SourceError, match=r"certificate of localhost is not trusted .*localhost"):
        take(engine, dovecot.url().replace(HOST, "localhost"), settings)


def test_a_server_that_is_not_there_may_come_back(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    dovecot.stop()
    with pytest.raises(SourceUnavailableError, match="no connection with"):
        take(engine, dovecot.url(), settings)


def test_a_file_of_authorities_without_one_is_told(dovecot: Dovecot, engine: Engine, settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "leeg.pem").write_text("geen certificaat")
    with pytest.raises(SettingsError, match="WEGWIJZER_IMAP_CA"):
        take(engine, dovecot.url(), replace(settings, imap_ca=tmp_path / "leeg.pem"))


def test_mail_is_not_taken_from_the_folder_where_it_goes(dovecot: Dovecot, engine: Engine, settings: Settings) -> None:
    with pytest.raises(SourceError, match="WEGWIJZER_IMAP_DONE"):
        take(engine, dovecot.url(DONE), settings)


# --- the command ----------------------------------------------------------------------------------------------------


def ingest(variables: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "triage.cli", "ingest", "--receive-only", *arguments],
        env=os.environ | variables | {"PYTHONPATH": str(ROOT)},
        cwd=variables["WEGWIJZER_VAR_DIR"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_command_takes_several_mailboxes(dovecot: Dovecot, variables: dict[str, str]) -> None:
    dovecot.deliver(TIDY[0])
    dovecot.deliver(TIDY[1], user="info")
    done = ingest(variables, dovecot.url(), dovecot.url(user="info"))
    assert (done.returncode, done.stdout.count("1 received")) == (0, 2), done.stderr


def test_the_command_asks_to_try_later_only_where_that_helps(dovecot: Dovecot, variables: dict[str, str]) -> None:
    away = f"imaps://help@{HOST}:{free_port()}/INBOX"
    codes = [ingest(variables, *sources).returncode for sources in ([away, dovecot.url()], [away, dovecot.url("Weg")])]
    assert codes == [75, 1]


def test_a_password_in_the_address_is_refused_and_not_repeated(dovecot: Dovecot, variables: dict[str, str]) -> None:
    done = ingest(variables, dovecot.url().replace("help@", "help:zeer-geheim@"))
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "WEGWIJZER_IMAP_PASSWORD" in done.stderr
    assert "zeer-geheim" not in done.stderr + done.stdout


def test_a_watching_command_stops_when_asked(dovecot: Dovecot, variables: dict[str, str]) -> None:
    dovecot.deliver(TIDY[0])
    watching = subprocess.Popen(
        [sys.executable, "-u", "-m", "triage.cli", "ingest", "--watch", "--receive-only", dovecot.url()],
        stdout=subprocess.PIPE,
        env=os.environ | variables | {"PYTHONPATH": str(ROOT)},
        cwd=variables["WEGWIJZER_VAR_DIR"],
    )
    assert watching.stdout is not None
    assert b"1 received" in watching.stdout.readline()
    watching.send_signal(signal.SIGTERM)
    assert watching.wait(timeout=60) == 0
    watching.stdout.close()
