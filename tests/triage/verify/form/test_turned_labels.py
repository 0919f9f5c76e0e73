"""Headings and labels that turn the meaning of 'beheerder', explanations that are no values, and names above the room to sign."""

from __future__ import annotations

import pytest

from triage.verify.form.extract import extract_rows, mail_rows
from triage.verify.form.labels import DIRECTOR, TURNED, LabelReader
from triage.verify.forms import load_requests

REQUESTS = load_requests()
REQUEST = REQUESTS.types["eerste-beheerder-aanvraag"]
READER = LabelReader(REQUESTS, REQUEST)


@pytest.mark.parametrize(
    "heading",
    [
        "Te verwijderen beheerder",
        "Vertrekkende beheerder",
        "Af te melden account",
        "Huidige beheerder (gaat weg)",
        "Beheerder (uit dienst)",
    ],
)
def test_a_heading_can_be_about_one_who_goes(heading: str) -> None:
    assert READER.section(heading) == TURNED


@pytest.mark.parametrize("label", ["Naam te verwijderen beheerder", "Naam beheerder (gaat weg)", "E-mailadres beheerder (oud)"])
def test_a_label_can_be_about_one_who_goes(label: str) -> None:
    found = READER.read(label)
    assert found is not None
    assert found.is_other


@pytest.mark.parametrize("heading", ["Ondertekening", "Handtekening", "Ondertekening namens het bestuur"])
def test_a_heading_above_who_signs_is_of_the_board_member(heading: str) -> None:
    assert READER.section(heading) == DIRECTOR


def test_values_below_a_heading_of_one_who_goes_are_not_the_administrators() -> None:
    text = "BRIN: 13XF\n\nVertrekkende beheerder\nNaam beheerder: Sanne de Wit\nE-mailadres beheerder: s.dewit@school.example"
    assert {entry.field for entry in extract_rows(mail_rows(text), REQUEST, REQUESTS)} == {"brin"}


def test_an_example_is_no_value() -> None:
    text = "Stuur geen kopie mee. Voorbeeld van een BRIN: 12AB.\nBRIN: 13XF"
    assert [entry.value for entry in extract_rows(mail_rows(text), REQUEST, REQUESTS)] == ["13XF"]
