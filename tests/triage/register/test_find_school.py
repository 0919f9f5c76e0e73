"""Finding a school while somebody types."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.conftest import SHARED, need
from triage.register.find_school import SchoolFinder, place_name
from triage.register.importing import read_schools
from triage.register.register import Register
from triage.register.school import Board, School

DUO = SHARED / "duo" / "schoolvestigingen-basisonderwijs-2026-08.csv"
SCHOOLS = [
    School("99AA", "00", "OBS De Meerpaal", "99001", "'S-GRAVENHAGE"),
    School("99AB", "00", "CBS De Weg Wijzer", "99002", "ZWOLLE"),
    School("99AB", "01", "CBS De Weg Wijzer, locatie Zuid", "99002", "ZWOLLE"),
    School("99AC", "00", "Basisschool 't Hofje", "99002", "BERGEN OP ZOOM"),
    School("99AD", "00", "De Meerkoet", "99001", "MEPPEL"),
]
BOARDS = [Board("99001", "Stichting Openbaar Onderwijs Delfland", "12345678"), Board("99002", "Vereniging Het Anker")]


@pytest.fixture(scope="module")
def finder() -> SchoolFinder:
    return SchoolFinder(Register(SCHOOLS, BOARDS))


@pytest.fixture(scope="module")
def real() -> SchoolFinder:
    need(DUO.is_file(), "DUO's register in ../shared/data/duo")
    return SchoolFinder(Register(read_schools(DUO), []))


def codes(finder: SchoolFinder, query: str) -> list[str]:
    return [school.brin + school.location for school in finder.find(query, 10).schools]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("99ab", "99AB00"),
        ("99AB01", "99AB01"),
        ("meerpaal", "99AA00"),
        ("obs de meerpaal den haag", "99AA00"),
        ("den haag", "99AA00"),
        ("hofje bergen", "99AC00"),
        ("zuid zwolle", "99AB01"),
        ("delfland meppel", "99AD00"),
        ("12345678", "99AD00"),
        ("wegwijzer", "99AB00"),
        ("meerpal", "99AA00"),
        ("meerkoed", "99AD00"),
        ("meerkoe", "99AD00"),
        ("wegwijser zwole", "99AB00"),
    ],
)
def test_a_school_is_found_by_what_people_call_it(finder: SchoolFinder, query: str, first: str) -> None:
    assert codes(finder, query)[0] == first


@pytest.mark.parametrize("query", ["", "m", "!!", "amsterdam", "99ZZ", "meerpaal zwolle", "xyzzy qwerty"])
def test_what_fits_no_school_finds_none(finder: SchoolFinder, query: str) -> None:
    assert finder.find(query, 10).total == 0


def test_a_misspelling_counts_only_when_nothing_is_spelt_like_it(finder: SchoolFinder) -> None:
    assert codes(finder, "meerpaal") == ["99AA00"]


def test_all_that_fit_are_counted_though_few_are_shown(finder: SchoolFinder) -> None:
    found = finder.find("anker", 2)
    assert (len(found.schools), found.total) == (2, 3)


@given(st.text(max_size=60))
def test_any_text_is_an_answerable_query(finder: SchoolFinder, query: str) -> None:
    found = finder.find(query, 3)
    assert len(found.schools) == min(3, found.total)


def test_every_school_of_the_real_register_is_found_by_its_code(real: SchoolFinder) -> None:
    schools = read_schools(DUO)
    assert [school for school in schools if codes(real, school.brin + school.location) != [school.brin + school.location]] == []


def test_schools_of_the_real_register_are_found_by_their_name_and_place_with_a_typing_error(real: SchoolFinder) -> None:
    draw = random.Random(5)
    lost = []
    for school in draw.sample(read_schools(DUO), 300):
        word = max((word for word in school.name.lower().split() if word.isascii() and word.isalpha()), key=len, default="")
        if len(word) < 6:
            continue
        at = draw.randrange(2, len(word) - 1)
        query = f"{school.name.lower().replace(word, word[:at] + word[at + 1 :])} {school.place.lower()}"
        if school.brin + school.location not in codes(real, query):
            lost.append(query)
    assert lost == []


@pytest.mark.parametrize(
    ("registered", "written"),
    [("BERGEN OP ZOOM", "Bergen op Zoom"), ("'S-GRAVENHAGE", "'s-Gravenhage"), ("IJMUIDEN", "IJmuiden"), ("DE LIER", "De Lier")],
)
def test_places_are_written_as_people_write_them(registered: str, written: str) -> None:
    assert place_name(registered) == written
