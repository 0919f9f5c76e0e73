"""DUO's files, both vintages, and the lookups over them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from tests.conftest import SHARED, need
from triage.database.opening import open_database
from triage.errors import RegisterError
from triage.register.importing import import_register, read_boards, read_schools
from triage.register.register import Register
from triage.register.stored import load_register, newest_edition

DUO = SHARED / "duo"
OLD_HEADER = "PROVINCIE;BEVOEGD GEZAG NUMMER;BRIN NUMMER;VESTIGINGSNUMMER;VESTIGINGSNAAM;PLAATSNAAM\r\n"


def test_both_editions_of_duo_are_read_with_every_location() -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    april = read_schools(DUO / "schoolvestigingen-basisonderwijs-2026-04.csv")
    august = read_schools(DUO / "schoolvestigingen-basisonderwijs-2026-08.csv")
    assert (len(april), len(august)) == (6107, 6122)
    assert len({school.board_number for school in august}) == 749


def test_accents_survive_the_windows_encoding_of_duo() -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    names = {school.name for school in read_schools(DUO / "schoolvestigingen-basisonderwijs-2026-08.csv")}
    assert any("ë" in name for name in names)
    assert not any("�" in name for name in names)


def test_the_extract_of_boards_is_read() -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    boards = read_boards(DUO / "besturen-basisonderwijs-extract.csv")
    assert len(boards) == 44
    assert boards[0].kvk == "34105740"


def test_the_older_column_names_are_read_too(tmp_path: Path) -> None:
    old = tmp_path / "oud.csv"
    old.write_bytes((OLD_HEADER + "Drenthe;20091;32JK;32JK00;Café de École;ALTEVEER\r\n").encode("cp1252"))
    (school,) = read_schools(old)
    assert (school.brin, school.location, school.name, school.website) == ("32JK", "00", "Café de École", "")


def test_a_file_without_the_needed_columns_is_refused_by_name(tmp_path: Path) -> None:
    wrong = tmp_path / "iets.csv"
    wrong.write_text("naam;plaats\nDe Eik;Assen\n")
    with pytest.raises(RegisterError, match=r"iets\.csv: no column INSTELLINGSCODE"):
        read_schools(wrong)


def test_a_malformed_line_is_named_by_its_number(tmp_path: Path) -> None:
    wrong = tmp_path / "fout.csv"
    wrong.write_text(OLD_HEADER + "Drenthe;20091;32JK;32JK00;Goed;A\nDrenthe;2009;32J;32JK00;Fout;A\n")
    with pytest.raises(RegisterError, match=r"fout\.csv, line 3"):
        read_schools(wrong)


def test_special_and_caribbean_schools_come_from_files_of_their_own(tmp_path: Path) -> None:
    demo, special, island = SHIPPED_DATA / "demo", tmp_path / "so.csv", tmp_path / "caribisch.csv"
    special.write_text(OLD_HEADER + "X;99001;99ZS;99ZS00;SBO De Wissel;TESTDORP\n")
    island.write_text(OLD_HEADER + "X;99009;99ZC;99ZC00;Skol Fiktisio;KRALENDIJK\nX;99001;99AC;99AC00;Oude naam;X\n")
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        result = import_register(session, demo / "schools.csv", demo / "boards.csv", [special, island])
        again = import_register(session, demo / "schools.csv", demo / "boards.csv", [special, island])
        register = load_register(session)
    assert (result.schools, result.new, again.new) == (14, True, False)
    names = [school.name for brin in ("99ZS", "99ZC", "99AC") for school in register.locations(brin)]
    assert names == ["SBO De Wissel", "Skol Fiktisio", "OBS De Meerpaal"]  # the file of primary schools has the last word


def test_importing_the_same_edition_twice_adds_nothing(tmp_path: Path) -> None:
    demo = SHIPPED_DATA / "demo"
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        first = import_register(session, demo / "schools.csv", demo / "boards.csv")
        second = import_register(session, demo / "schools.csv", demo / "boards.csv")
        assert (first.new, second.new) == (True, False)
        assert len(load_register(session).schools) == first.schools == 12


def test_a_new_edition_takes_over_and_the_old_one_stays(tmp_path: Path) -> None:
    demo = SHIPPED_DATA / "demo"
    changed = tmp_path / "schools-2026-09.csv"
    changed.write_text((demo / "schools.csv").read_text().replace("OBS De Meerpaal", "OBS De Nieuwe Meerpaal"))
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
        import_register(session, changed, demo / "boards.csv")
        register = load_register(session)
        newest = newest_edition(session)
        assert newest is not None
        assert newest.id == 2
        assert register.school("99AC", "00").name == "OBS De Nieuwe Meerpaal"  # type: ignore[union-attr]


def test_school_names_are_not_unique_and_all_bearers_are_found(register: Register) -> None:
    assert {school.brin for school in register.schools_named("De Regenboog")} == {"99DB", "99EA"}


def test_a_brin_without_location_code_means_the_main_location(register: Register) -> None:
    assert register.school("99AB", None).location == "00"  # type: ignore[union-attr]
