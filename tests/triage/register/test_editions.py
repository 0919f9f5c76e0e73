"""New editions of the register: what changed, and fetching them without ever losing the one in use."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from kb import settings as settings_module
from tests.conftest import SHARED, need
from triage.cli.commands import app
from triage.database.opening import open_database
from triage.errors import RegisterError
from triage.register.editions import by_code, compare_editions, download, latest_changes
from triage.register.importing import import_register, read_schools
from triage.register.school import School
from triage.register.stored import load_register

DUO = SHARED / "duo"
HEADER = "INSTELLINGSCODE;VESTIGINGSCODE;VESTIGINGSNAAM;BEVOEGD GEZAG NUMMER\r\n"
BEFORE = HEADER + "99AA;99AA00;De Eik;99001\r\n99AB;99AB00;De Beuk;99001\r\n99AC;99AC00;De Es;99002\r\n"
AFTER = HEADER + "99AA;99AA00;De Grote Eik;99001\r\n99AC;99AC00;De Es;99001\r\n99AD;99AD00;De Linde;99002\r\n"
BOARDS = "BEVOEGD GEZAG NUMMER,BEVOEGD GEZAG NAAM,KVK-NUMMER\n99001,Stichting Bomen,12345678\n"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'test.db'}")


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="cp1252", newline="")
    return path


def test_the_real_editions_differ_as_counted_by_hand() -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    before, after = (by_code(read_schools(DUO / f"schoolvestigingen-basisonderwijs-2026-{month}.csv")) for month in ("04", "08"))

    changes = compare_editions(before, after)

    assert tuple(map(len, (changes.opened, changes.closed, changes.renamed, changes.moved))) == (17, 2, 26, 1)


def test_an_edition_that_did_not_change_has_no_changes() -> None:
    schools = by_code([School("99AA", "00", "De Eik", "99001")])

    assert compare_editions(schools, schools) == compare_editions({}, {})


def test_the_newest_two_editions_are_compared(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as session:
        import_register(session, written(tmp_path, "a.csv", BEFORE), None)
        import_register(session, written(tmp_path, "b.csv", AFTER), None)
        changes = latest_changes(session)

    assert [school.brin for school in changes.opened] == ["99AD"]
    assert [school.brin for school in changes.closed] == ["99AB"]
    assert [(old.name, new.name) for old, new in changes.renamed] == [("De Eik", "De Grote Eik")]
    assert [(old.board_number, new.board_number) for old, new in changes.moved] == [("99002", "99001")]


def test_one_edition_cannot_be_compared(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as session:
        import_register(session, written(tmp_path, "a.csv", BEFORE), None)
        with pytest.raises(RegisterError, match="no two editions"):
            latest_changes(session)


def test_an_edition_without_boards_keeps_the_boards_that_were_known(engine: Engine, tmp_path: Path) -> None:
    with Session(engine) as session:
        import_register(session, written(tmp_path, "a.csv", BEFORE), written(tmp_path, "boards.csv", BOARDS))
        import_register(session, written(tmp_path, "b.csv", AFTER), None)
        board = load_register(session).board("99001")

    assert board is not None
    assert board.name == "Stichting Bomen"


class Quiet(SimpleHTTPRequestHandler):
    """A file server that doesn't chat."""

    def log_message(self, format: str, *arguments: object) -> None:
        return


@pytest.fixture
def duo(tmp_path: Path) -> Iterator[str]:
    """A web server with an edition."""
    folder = tmp_path / "duo"
    folder.mkdir()
    written(folder, "schools.csv", AFTER)
    written(folder, "broken.csv", "niets;hier\n")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("WEGWIJZER_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("WEGWIJZER_ENCODER", "none")
    settings_module.settings.cache_clear()
    yield tmp_path
    settings_module.settings.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["register", *arguments])
    return result.exit_code, result.output + str(result.exception or "")


def test_a_fetched_edition_is_loaded_kept_and_compared(installation: Path, duo: str) -> None:
    assert run("import", str(written(installation, "a.csv", BEFORE)))[0] == 0

    code, said = run("fetch", "--schools", f"{duo}/schools.csv")

    assert (code, "3 school locations" in said) == (0, True)
    assert [path.read_text() for path in (installation / "var" / "register").iterdir()] == [AFTER.replace("\r\n", "\n")]
    assert "1 opened, 1 closed, 1 renamed, 1 moved." in run("diff")[1]
    assert run("fetch", "--schools", f"{duo}/schools.csv")[1].strip().endswith("this edition was imported already.")


@pytest.mark.parametrize("name", ["broken.csv", "nowhere.csv"])
def test_when_fetching_fails_the_register_stays_as_it_was(installation: Path, duo: str, name: str) -> None:
    run("import", str(written(installation, "a.csv", BEFORE)))

    assert run("fetch", "--schools", f"{duo}/{name}")[0] == 1

    with Session(open_database(settings_module.settings().database_url)) as session:
        assert {school.name for school in load_register(session).schools} == {"De Eik", "De Beuk", "De Es"}


def test_an_address_that_is_no_web_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RegisterError, match="https://"):
        download("file:///etc/passwd", tmp_path)
