"""A BRIN that is not in the register of primary schools: special, closed, or never counted by DUO."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from kb.store import Base
from tests.conftest import SHARED, need
from triage.errors import RegisterError
from triage.register.pupils import Counted, import_pupils, load_pupils, read_pupils
from triage.register.register import Register
from triage.register.school import Board
from triage.verify.case import Case
from triage.verify.checks.checks import run_check
from triage.verify.forms import load_requests
from triage.verify.model import Evidence, FieldCheck, Found, SignatureReport, Status

REAL = SHARED / "duo" / "leerlingen-per-vestiging-1996-2025.csv"
SPECIAL = Counted("12AB", "De Ster", "SO", "99001", 2025, 2025)
CLOSED = Counted("12CD", "De Oude Eik", "BO", "99001", 2014, 2025)


@pytest.fixture
def engine() -> Engine:
    database = create_engine("sqlite://")
    Base.metadata.create_all(database)
    return database


def check(brin: str, register: Register, *counted: Counted, board: str = "99001") -> FieldCheck:
    known = Register(register.schools, [], counted={one.brin: one for one in counted})
    found = {
        name: [Found(name, value, Evidence("form", 1, value))] for name, value in (("brin", brin), ("bestuursnummer", board))
    }
    requests = load_requests()
    spec = requests.types["eerste-beheerder-aanvraag"].field("brin")
    assert spec is not None
    return run_check(spec, Case(found, known, requests, SignatureReport("geen"), "", check_dns=False))


def test_a_special_school_is_for_a_person_to_judge(register: Register) -> None:
    answer = check("12AB", register, SPECIAL)
    assert answer.status is Status.DOUBT
    assert "school voor speciaal onderwijs (De Ster" in answer.reason


def test_a_special_school_of_another_board_is_wrong(register: Register) -> None:
    assert check("12AB", register, SPECIAL, board="99002").status is Status.DIFFERS


def test_a_closed_school_is_said_with_its_last_year_and_never_ok(register: Register) -> None:
    answer = check("12CD", register, CLOSED)
    assert answer.status is Status.DIFFERS
    assert "voor het laatst leerlingen in 2014" in answer.reason


def test_a_brin_that_was_never_counted_is_probably_mistyped(register: Register) -> None:
    answer = check("12ZZ", register, CLOSED)
    assert answer.status is Status.DIFFERS
    assert "waarschijnlijk een tikfout" in answer.reason


def test_what_was_imported_last_counts(engine: Engine, tmp_path: Path) -> None:
    head = "INSTELLINGSCODE;VESTIGINGSCODE;NAAM_VESTIGING;SOORT_VESTIGING;BEVOEGD_GEZAG_NUMMER;LEERLINGEN_2024;LEERLINGEN_2025\n"
    file = tmp_path / "pupils.csv"
    with Session(engine) as session:
        for last in ("0", "12"):
            file.write_text(f'{head}12AB;12AB00;De "Ster;SO;99001;31;{last}\n', encoding="utf-8-sig")
            assert import_pupils(session, file) == 1
        assert load_pupils(session) == {"12AB": replace(SPECIAL, name='De "Ster')}


def test_another_file_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "boards.csv"
    file.write_text("A;B\n1;2\n")
    with pytest.raises(RegisterError, match=r"boards\.csv"):
        read_pupils(file)


def test_duos_own_file_is_read_whole() -> None:
    need(REAL.is_file(), "DUO's file of pupils in ../shared/data/duo")
    schools = {one.brin: one for one in read_pupils(REAL)}
    assert len(schools) > 8_500
    assert {one.kind for one in schools.values()} == {"BO", "SBO", "SO", "VSO", "SO/VSO"}
    assert (schools["00AO"].kind, schools["00AO"].closed) == ("VSO", False)


def test_a_board_is_called_at_its_own_number_before_its_schools(register: Register) -> None:
    school = replace(register.schools[0], phone="010-1234567")
    assert Register([school], []).phones(school.board_number) == [(school.name, "010-1234567")]
    board = Board(school.board_number, "Stichting", "", "010-7654321")
    assert Register([school], [board]).phones(school.board_number) == [("Stichting", "010-7654321")]
