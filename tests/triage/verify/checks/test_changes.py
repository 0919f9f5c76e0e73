"""Mergers, and changes of board or name: the register has the last word, earlier editions tell what was."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA, Settings
from tests.conftest import SHARED, need
from tests.forms import Identity, own_form, signed
from tests.triage.verify.test_verdict import mail
from triage.database.opening import open_database
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.codes import brins_in
from triage.register.history import Former, History
from triage.register.importing import import_register
from triage.register.register import Register
from triage.register.school import School
from triage.register.stored import load_register
from triage.verify.forms import load_requests
from triage.verify.model import FieldCheck, Status, Verdict, Verification
from triage.verify.verdict import verify_message

DUO = SHARED / "duo"
NEXT_AUGUST = f"1 augustus {datetime.now(UTC).year + 1}"
CONTACT = "Sanne de Wit, ICT-coördinator, s.dewit@obsdemeerpaal.example"
MERGER = {
    "Soort wijziging": "fusie",
    "Oude BRIN": "99AD",
    "Nieuwe BRIN": "99AC",
    "Ingangsdatum": NEXT_AUGUST,
    "Namen van de scholen": "Kindcentrum Het Kompas en OBS De Meerpaal",
    "Bestuursnummer": "99001",
    "Contactpersoon": CONTACT,
}
CHANGE = {
    "Soort wijziging": "naam van de school",
    "BRIN": "99AC",
    "Oude naam": "OBS De Waterkant",
    "Nieuwe naam": "OBS De Meerpaal",
    "Ingangsdatum": NEXT_AUGUST,
    "Contactpersoon": CONTACT,
}
TAKEOVER = {
    **CHANGE,
    "Soort wijziging": "ander bestuur",
    "Oude naam": "Vereniging voor Protestants-Christelijk Onderwijs Fictiehaven (fictief)",
    "Nieuwe naam": "Stichting Openbaar Primair Onderwijs Voorbeeldstad (fictief)",
    "Oud bestuursnummer": "99002",
    "Nieuw bestuursnummer": "99001",
}


@pytest.fixture(scope="module")
def known(register: Register) -> Register:
    """The demo register, with what it was a year ago: 99AC had another name and another board, 99AE was still there."""
    meerpaal = next(school for school in register.schools if school.brin == "99AC")
    then = date(2026, 4, 1)
    former = [
        Former(replace(meerpaal, name="OBS De Waterkant", board_number="99002"), then),
        Former(School("99AE", "00", "OBS De Eik", "99001", "VOORBEELDSTAD"), then),
    ]
    boards = [register.board(f"9900{number}") for number in range(1, 6)]
    return Register(register.schools, [b for b in boards if b], history=History(former, {"99001": ["Stichting Oud (fictief)"]}))


def asked(
    rows: dict[str, str], intent: str, known: Register, settings: Settings, signer: Identity | None, **changed: str
) -> Verification:
    """The verification of a form with these rows; a changed row that is empty is left out."""
    rows = {**rows, **{label.replace("_", " "): value for label, value in changed.items()}}
    pdf = own_form([(label, value) for label, value in rows.items() if value], load_requests().types[intent].title)
    found = verify_message(
        open_mail(parse_message(mail(signed(pdf, signer, "Signature1") if signer else pdf))), intent, known, settings
    )
    assert found is not None
    return found


@pytest.fixture
def merger(known: Register, trusting: Settings, director: Identity):  # type: ignore[no-untyped-def]
    return lambda **changed: asked(MERGER, "fusie-of-opheffing", known, trusting, director, **changed)


@pytest.fixture
def renaming(known: Register, trusting: Settings):  # type: ignore[no-untyped-def]
    return lambda **changed: asked(CHANGE, "bestuurswissel-of-naamswijziging", known, trusting, None, **changed)


@pytest.fixture
def takeover(known: Register, trusting: Settings, director: Identity):  # type: ignore[no-untyped-def]
    return lambda **changed: asked(TAKEOVER, "bestuurswissel-of-naamswijziging", known, trusting, director, **changed)


def check_of(found: Verification, field: str) -> FieldCheck:
    return next(check for check in found.fields if check.field == field)


def not_ok(found: Verification) -> dict[str, Status]:
    return {check.field: check.status for check in found.fields if check.status is not Status.OK}


def test_of_a_right_merger_only_the_right_to_sign_is_left_for_a_person(merger) -> None:  # type: ignore[no-untyped-def]
    found = merger()
    assert not_ok(found) == {"tekenbevoegd": Status.DOUBT}
    assert found.verdict is Verdict.COMPLETE
    assert "KvK" in check_of(found, "tekenbevoegd").reason


def test_a_name_that_the_register_has_already_needs_no_signature(renaming) -> None:  # type: ignore[no-untyped-def]
    found = renaming()
    assert (found.verdict, not_ok(found)) == (Verdict.COMPLETE, {})
    assert "tekenbevoegd" not in {check.field for check in found.fields}  # nobody signs, so nobody's right to sign is asked


def test_of_a_takeover_that_the_register_shows_only_the_right_to_sign_is_left(takeover) -> None:  # type: ignore[no-untyped-def]
    found = takeover()
    assert not_ok(found) == {"tekenbevoegd": Status.DOUBT}
    assert "bestuur 99001" in check_of(found, "tekenbevoegd").reason  # the new board signs


@pytest.mark.parametrize(
    ("changed", "field", "status"),
    [
        ({"Soort_wijziging": "verhuizing"}, "soort", Status.INVALID),
        ({"Soort_wijziging": "fusie of opheffing"}, "soort", Status.INVALID),
        ({"Oude_BRIN": ""}, "brin_oud", Status.MISSING),
        ({"Oude_BRIN": "de Kompas"}, "brin_oud", Status.INVALID),
        ({"Oude_BRIN": "99BA"}, "brin_oud", Status.DOUBT),  # of another board, which must agree
        ({"Oude_BRIN": "99BA", "Nieuwe_BRIN": "99BC"}, "brin_oud", Status.DIFFERS),  # this board has nothing to say about it
        ({"Oude_BRIN": "00ZZ"}, "brin_oud", Status.DOUBT),
        ({"Nieuwe_BRIN": ""}, "brin_nieuw", Status.MISSING),
        ({"Nieuwe_BRIN": "99AD"}, "brin_nieuw", Status.INVALID),
        ({"Nieuwe_BRIN": "99BA"}, "brin_nieuw", Status.DOUBT),
        ({"Nieuwe_BRIN": "99AE"}, "brin_nieuw", Status.DOUBT),  # closed
        ({"Namen_van_de_scholen": "De Uil en De Raaf"}, "naam_scholen", Status.DIFFERS),
        ({"Namen_van_de_scholen": "OBS De Meerpaal"}, "naam_scholen", Status.DOUBT),
        ({"Namen_van_de_scholen": "Het Kompas, De Meerpaal en De Uil"}, "naam_scholen", Status.DOUBT),
        ({"Oude_BRIN": "99AD en De Zonnewijzer"}, "brin_oud", Status.DOUBT),
        ({"Oude_BRIN": "99AD, 9XBA"}, "brin_oud", Status.DOUBT),
        ({"Nieuwe_BRIN": "99AC, 99AB"}, "brin_nieuw", Status.DOUBT),
        ({"Oude_BRIN": "99AC00"}, "brin_nieuw", Status.INVALID),
        ({"Contactpersoon": "Sanne de Wit, s.dewit@obsdemeerpaal.example, x@dienst.example"}, "contactpersoon", Status.DOUBT),
        ({"Contactpersoon": "Sanne de Wit (x[at]dienst.example), s.dewit@obsdemeerpaal.example"}, "contactpersoon", Status.DOUBT),
        ({"Bestuursnummer": "12345678"}, "bestuursnummer", Status.INVALID),
        ({"Bestuursnummer": "88888"}, "bestuursnummer", Status.DIFFERS),
        ({"Ingangsdatum": "1 augustus 2019"}, "ingangsdatum", Status.DOUBT),
        ({"Ingangsdatum": "binnenkort"}, "ingangsdatum", Status.INVALID),
        ({"Contactpersoon": "Sanne de Wit"}, "contactpersoon", Status.INVALID),
        ({"Contactpersoon": "s.dewit@obsdemeerpaal.example"}, "contactpersoon", Status.INVALID),
        ({"Contactpersoon": "Sanne de Wit, s.dewit@gmail.com"}, "contactpersoon", Status.DOUBT),
        ({"Contactpersoon": "Sanne de Wit, s.dewit@obsdemeerpaa1.example"}, "contactpersoon", Status.DIFFERS),
    ],
)
def test_what_is_wrong_with_a_merger_is_seen(merger, changed: dict[str, str], field: str, status: Status) -> None:  # type: ignore[no-untyped-def]
    found = merger(**changed)
    assert check_of(found, field).status is status
    assert found.verdict is not Verdict.COMPLETE


@pytest.mark.parametrize(
    "changed",
    [
        {"Soort_wijziging": "opheffing", "Nieuwe_BRIN": "", "Namen_van_de_scholen": "Het Kompas"},
        {"Oude_BRIN": "99AD en 99 ab 01", "Namen_van_de_scholen": "Het Kompas, De Wilgenhoek locatie Zuid en De Meerpaal"},
        {"Oude_BRIN": "99AE", "Namen_van_de_scholen": "De Eik (Voorbeeldstad) gaat samen met De Meerpaal"},  # closed by now
        {"Namen_van_de_scholen": "Het Kompas en De Waterkant"},  # as 99AC was called
        {"Oude_BRIN": "99AD (Kindcentrum Het Kompas, hoofdvestiging)"},
        {
            "Soort_wijziging": "splitsing",
            "Oude_BRIN": "99AB",
            "Nieuwe_BRIN": "99AC en 99AD",
            "Namen_van_de_scholen": "De Wilgenhoek, Het Kompas en De Meerpaal",
        },
        {"Contactpersoon": "dhr. J.P.de Wit, directeur, jp.dewit@obsdemeerpaal.example"},
        {"Contactpersoon": "Sanne de Wit (ICT-coördinator) <s.dewit@obsdemeerpaal.example>"},
    ],
)
def test_a_right_merger_is_right_in_other_words_too(merger, changed: dict[str, str]) -> None:  # type: ignore[no-untyped-def]
    assert not_ok(merger(**changed)) == {"tekenbevoegd": Status.DOUBT}


def test_a_merger_that_is_not_signed_misses_its_signature(known: Register, trusting: Settings) -> None:
    found = asked(MERGER, "fusie-of-opheffing", known, trusting, None)
    assert found.missing == ("ondertekening",)


def test_a_contact_at_a_look_alike_domain_makes_a_merger_suspect(merger) -> None:  # type: ignore[no-untyped-def]
    assert merger(Contactpersoon="Sanne de Wit, s.dewit@obsdemeerpaa1.example").verdict is Verdict.SUSPECT


def test_somebody_elses_school_merged_from_outside_is_suspect(known: Register, trusting: Settings, director: Identity) -> None:
    rows = {**MERGER, "Oude BRIN": "99BA", "Nieuwe BRIN": "99BC", "Contactpersoon": "Jan Jansen, jan@dienst-xyz.example"}
    pdf = signed(own_form(list(rows.items()), "Melding fusie of opheffing"), director, "Signature1")
    message = parse_message(mail(pdf, sender="Jan <jan@dienst-xyz.example>"))
    found = verify_message(open_mail(message), "fusie-of-opheffing", known, trusting)
    assert found is not None
    assert found.verdict is Verdict.SUSPECT


@pytest.mark.parametrize(
    ("changed", "field", "status"),
    [
        ({"Nieuwe_naam": "OBS De Nieuwe Naam"}, "naam_nieuw", Status.DOUBT),  # not with DUO yet
        ({"Nieuwe_naam": "OBS de Waterkant"}, "naam_nieuw", Status.INVALID),
        ({"Nieuwe_naam": ""}, "naam_nieuw", Status.MISSING),
        ({"Nieuwe_naam": "CBS De Meerpaal"}, "naam_nieuw", Status.DOUBT),  # another kind of school is another name here
        ({"Oude_naam": "OBS De Uil"}, "naam_oud", Status.DOUBT),
        ({"BRIN": "00ZZ"}, "naam_nieuw", Status.DOUBT),
        ({"BRIN": "00ZZ"}, "brin", Status.DIFFERS),
        ({"Soort_wijziging": "iets anders"}, "naam_nieuw", Status.DOUBT),
        ({"Oud_bestuursnummer": "99003"}, "bestuursnummer_oud", Status.DIFFERS),
    ],
)
def test_what_is_wrong_with_a_new_name_is_seen(renaming, changed: dict[str, str], field: str, status: Status) -> None:  # type: ignore[no-untyped-def]
    found = renaming(**changed)
    assert check_of(found, field).status is status
    assert found.verdict is not Verdict.COMPLETE


@pytest.mark.parametrize(
    ("changed", "field", "status"),
    [
        ({"Oud_bestuursnummer": ""}, "bestuursnummer_oud", Status.MISSING),
        ({"Nieuw_bestuursnummer": ""}, "bestuursnummer_nieuw", Status.MISSING),
        ({"Nieuw_bestuursnummer": "99002"}, "bestuursnummer_nieuw", Status.INVALID),
        ({"Oud_bestuursnummer": "99003"}, "bestuursnummer_oud", Status.DIFFERS),
        ({"Oud_bestuursnummer": "99001", "Nieuw_bestuursnummer": "99003"}, "bestuursnummer_nieuw", Status.DOUBT),  # DUO first
        ({"Oud_bestuursnummer": "99001", "Nieuw_bestuursnummer": "77777"}, "bestuursnummer_nieuw", Status.DOUBT),
        ({"Nieuwe_naam": "Stichting Heel Anders"}, "naam_nieuw", Status.DOUBT),
    ],
)
def test_what_is_wrong_with_a_takeover_is_seen(takeover, changed: dict[str, str], field: str, status: Status) -> None:  # type: ignore[no-untyped-def]
    found = takeover(**changed)
    assert check_of(found, field).status is status
    assert found.verdict is not Verdict.COMPLETE


def test_a_takeover_that_is_not_signed_misses_its_signature(known: Register, trusting: Settings) -> None:
    found = asked(TAKEOVER, "bestuurswissel-of-naamswijziging", known, trusting, None)
    assert found.missing == ("ondertekening",)


def test_a_school_that_becomes_another_kind_of_school_has_a_new_name(renaming, known: Register) -> None:  # type: ignore[no-untyped-def]
    found = renaming(Oude_naam="Basisschool De Meerpaal")
    assert check_of(found, "naam_nieuw").status is Status.OK


def test_a_board_is_renamed_as_the_register_has_it(renaming) -> None:  # type: ignore[no-untyped-def]
    names = {"Oude_naam": "Stichting Oud (fictief)", "Nieuwe_naam": "Stg. Openb. Prim. Onderw. Voorbeeldstad (fictief)"}
    assert not_ok(renaming(Soort_wijziging="naam van het bestuur", **names)) == {}


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("99AB", [("99AB", None)]),
        ("99 ab 01 en 99.AC", [("99AB", "01"), ("99AC", None)]),
        ("99AB00/99AC00", [("99AB", "00"), ("99AC", "00")]),
        ("99AB, 99AB", [("99AB", None)]),
        ("geen", []),
    ],
)
def test_every_brin_of_a_text_is_read_once(text: str, codes: list[tuple[str, str | None]]) -> None:
    assert brins_in(text) == codes


@given(st.text(max_size=40))
def test_any_text_is_read_for_brins(text: str) -> None:
    assert all(len(brin) == 4 and (location is None or len(location) == 2) for brin, location in brins_in(text))


def test_the_register_remembers_what_earlier_editions_had(tmp_path: Path) -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        for month in ("04", "08"):
            import_register(session, DUO / f"schoolvestigingen-basisonderwijs-2026-{month}.csv", None)
        register = load_register(session)
    former = [one for school in register.schools for one in register.history.schools(school.brin, school.location)]
    renamed = [
        one for one in former if (now := register.school(one.school.brin, one.school.location)) and now.name != one.school.name
    ]
    assert len(renamed) == 26
    assert {one.until for one in former} == {date(2026, 4, 1)}


def test_the_demo_register_is_no_history_of_the_real_one(tmp_path: Path) -> None:
    need(DUO.is_dir(), "DUO's files in ../shared/data/duo")
    demo = SHIPPED_DATA / "demo"
    with Session(open_database(f"sqlite:///{tmp_path / 'db.sqlite'}")) as session:
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
        import_register(session, DUO / "schoolvestigingen-basisonderwijs-2026-08.csv", None)
        assert load_register(session).history.schools("99AC", None) == []
