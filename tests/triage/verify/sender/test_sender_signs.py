"""Sender, form and register side by side: when an unknown domain is only a doubt, and when it is a sign of forgery."""

from __future__ import annotations

import pytest

from kb.settings import Settings, read_settings
from tests.conftest import SHARED, need
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.importing import read_boards, read_schools
from triage.register.register import Register
from triage.register.school import Board, School
from triage.verify.model import Status, Verification, Weight
from triage.verify.verdict import verify_message

INTENT = "eerste-beheerder-aanvraag"
OWN, OTHER = "obsdemeerpaal.example", "cbsdezonnewijzer.example"
REGISTER = Register(
    [
        School("99AC", "00", "OBS De Meerpaal", "99001", "Voorbeeldstad", f"www.{OWN}", "", "Midden"),
        School("99AC", "01", "OBS De Meerpaal Zuid", "99001", "Voorbeeldstad", f"www.{OWN}", "", "Midden"),
        School("99BA", "00", "CBS De Zonnewijzer", "99002", "Testdorp", f"www.{OTHER}", "", "Noord"),
        School("99CA", "00", "De Handreiking", "99003", "Proefmeer", "www.handreiking.dse.nl", "", "Zuid"),
    ],
    [Board("99001", "Stichting Voorbeeld")],
)
VALUES = {
    "Naam bestuur": "Stichting Voorbeeld",
    "BRIN": "99AC", "Vestigingscode": "00", "Bestuursnummer": "99001", "Naam school": "OBS De Meerpaal", "E-mailadres beheerder": f"s.dewit@{OWN}",
}  # fmt: skip


def request(sender: str = f"directie@{OWN}", **changes: str) -> Verification:
    """A request typed in a mail; the signature is missing, the rest is read."""
    values = {**VALUES, **{label.replace("_", " "): value for label, value in changes.items()}}
    body = "".join(f"{label}: {value}\r\n" for label, value in values.items())
    raw = f"From: Directie <{sender}>\r\nTo: help@ons.example\r\nSubject: Aanvraag\r\n\r\n{body}"
    found = verify_message(open_mail(parse_message(raw.encode())), INTENT, REGISTER, read_settings({}))
    assert found is not None
    return found


def signs(found: Verification) -> set[str]:
    return {one.kind for one in found.obstacles if one.weight is Weight.FORGERY}


def status(found: Verification, field: str) -> Status:
    return next(check.status for check in found.fields if check.field == field)


# Domains that a board's office, a renamed or a merged school may well have, and that the register lacks.
OFFICES = [
    "bestuurobsdemeerpaal.example", "obsdemeerpaal-bestuur.example", "stichting-voorbeeld.example", "ikcdemeerpaal.example", "kindcentrum-x.example",
    "voorbeeldscholen.example",
]  # fmt: skip


@pytest.mark.parametrize("domain", OFFICES)
def test_a_domain_that_the_register_lacks_is_a_doubt_and_not_suspect(domain: str) -> None:
    found = request(f"secretariaat@{domain}")
    assert signs(found) == set()
    assert "sender_domain" in {one.kind for one in found.obstacles}


@pytest.mark.parametrize("domain", OFFICES)
def test_an_administrator_alone_at_such_a_domain_is_a_doubt(domain: str) -> None:
    found = request(**{"E-mailadres beheerder": f"s.dewit@{domain}"})
    assert (signs(found), status(found, "email_beheerder")) == (set(), Status.DOUBT)


@pytest.mark.parametrize("domain", ["obsdemeerpaal-bestuur.example", "bestuurobsdemeerpaal.example", "obsdemeerpaalscholen.nl"])
def test_sender_and_administrator_at_a_domain_with_the_schools_whole_name_are_suspect(domain: str) -> None:
    assert signs(request(f"directie@{domain}", **{"E-mailadres beheerder": f"s.dewit@{domain}"})) == {"made_up_domain"}


def test_sender_and_administrator_at_a_domain_that_resembles_nothing_are_not_suspect() -> None:
    found = request("directie@stichting-voorbeeld.example", **{"E-mailadres beheerder": "s.dewit@stichting-voorbeeld.example"})
    assert signs(found) == set()


@pytest.mark.parametrize(
    "domain", ["obsdemeerpael.example", "obsdemeerpaal.nl", "obs-de-meerpaal.example", "0bsdemeerpaal.example"]
)
def test_altered_letters_or_ending_are_suspect(domain: str) -> None:
    assert signs(request(f"directie@{domain}")) == {"lookalike"}
    assert signs(request(**{"E-mailadres beheerder": f"s.dewit@{domain}"})) == {"lookalike"}


def test_asking_for_the_school_of_another_board_from_outside_is_suspect() -> None:
    outside = {"BRIN": "99BA", "Naam school": "CBS De Zonnewijzer", "E-mailadres beheerder": "a@elders.example"}
    assert signs(request("x@buiten.example", **outside)) == {"asked_from_outside"}


@pytest.mark.parametrize(
    ("sender", "changes"),
    [
        ("x@buiten.example", {"BRIN": "99BA", "E-mailadres beheerder": "a@buiten.example"}),
        (f"directie@{OWN}", {"BRIN": "99BA", "Naam school": "CBS De Zonnewijzer", "E-mailadres beheerder": "a@elders.example"}),
        ("x@buiten.example", {"BRIN": "99BA", "Naam school": "CBS De Zonnewijzer", "E-mailadres beheerder": f"a@{OWN}"}),
        (f"directie@{OTHER}", {"BRIN": "99BA", "Naam school": "CBS De Zonnewijzer", "E-mailadres beheerder": "a@elders.example"}),
    ],
    ids=["the name is of the own school: a typing error", "sent by the board that is named", "for its own staff", "sent by that school"],
)  # fmt: skip
def test_a_mistaken_brin_of_somebody_who_belongs_there_is_not(sender: str, changes: dict[str, str]) -> None:
    assert signs(request(sender, **changes)) == set()


def test_a_mail_from_the_school_of_another_board_is_no_imitation() -> None:
    found = request(f"directie@{OTHER}")
    assert (signs(found), found.sender.domain_matches) == (set(), False)


# --- location and BRIN ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("brin", "location", "expected"),
    [
        ("99AC", "00", Status.OK),
        ("99AC", "99AC01", Status.OK),
        ("99AC01", "01", Status.OK),
        ("99AC", "99BA00", Status.DIFFERS),
        ("99AC", "99BA 00", Status.DIFFERS),
        ("99AC", "99ba-00", Status.DIFFERS),
        ("99AC", "99BA", Status.DIFFERS),
        ("99AC01", "00", Status.DIFFERS),
        ("99AC", "07", Status.DIFFERS),
    ],
)
def test_location_code_and_brin_belong_together(brin: str, location: str, expected: Status) -> None:
    assert status(request(BRIN=brin, Vestigingscode=location), "vestigingscode") is expected


# --- seen before ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real() -> Register:
    need((SHARED / "forged").is_dir(), "deceitful requests in ../shared/data/forged")
    duo = SHARED / "duo"
    return Register(
        read_schools(duo / "schoolvestigingen-basisonderwijs-2026-08.csv"),
        read_boards(duo / "besturen-basisonderwijs-extract.csv"),
    )


def seen(name: str, register: Register, server: str = "") -> Verification:
    folder, _, file = name.partition("/")
    trust = {"WEGWIJZER_TRUST_ROOTS": str(SHARED / folder / "trust"), "WEGWIJZER_OCR": "none", "WEGWIJZER_AUTHSERV_ID": server}
    settings: Settings = read_settings(trust)
    (path,) = (SHARED / folder).glob(f"{file}*.eml")
    found = verify_message(open_mail(parse_message(path.read_bytes())), INTENT, register, settings)
    assert found is not None
    return found


OUR_SERVER = "mx.basispoort.nl"


@pytest.mark.parametrize(
    ("name", "server", "kind"),
    [
        ("forged/D01", OUR_SERVER, "sender_unproven"),
        ("forged/D07", OUR_SERVER, "sender_unproven"),
        ("forged/D10", OUR_SERVER, "sender_unproven"),
        ("forged/D30", "", "from"),
        ("forged/D46", "", "reply_to"),
        ("forged/D49", "", "sender_header"),
        ("forged/D60", "", "sender_domain"),
        ("forged/H-42", "", "sender_domain"),
        ("reports/11-08", OUR_SERVER, "sender_unproven"),
        ("reports/11-11", OUR_SERVER, "from"),
    ],
)
def test_a_sender_that_came_out_complete_or_suspect_is_a_doubt(name: str, server: str, kind: str, real: Register) -> None:
    found = seen(name, real, server)
    assert kind in {one.kind for one in found.obstacles}
    assert signs(found) == set()


@pytest.mark.parametrize(
    ("name", "field", "expected"),
    [
        ("forged/D60", "email_beheerder", Status.DOUBT),
        ("forged/G01", "vestigingscode", Status.DIFFERS),
        ("forged/G12", "email_beheerder", Status.DOUBT),
        ("forged/G17", "email_beheerder", Status.DOUBT),
    ],
)
def test_an_address_or_location_that_came_out_ok_is_not(name: str, field: str, expected: Status, real: Register) -> None:
    assert status(seen(name, real), field) is expected


@pytest.mark.parametrize(
    ("name", "server"),
    [
        ("forged/00-control-honest", ""),
        ("forged/H-AR-dkim", OUR_SERVER),
        ("forged/H-AR-dmarc", OUR_SERVER),
        ("reports/11-02", OUR_SERVER),
        ("reports/11-04", OUR_SERVER),
    ],
)
def test_an_honest_sender_stands_in_nobodys_way(name: str, server: str, real: Register) -> None:
    assert seen(name, real, server).sender.obstacles == ()
