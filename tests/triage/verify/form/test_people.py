"""Whether two names can be one person's: given names, initials, surnames; and where a name ends and a function begins."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.verify.form.people import alike, difference, readings, same_person, split_role

SAME = [
    ("M. van den Berg", "Marijke van den Berg"),
    ("M. van den Berg", "Mark van den Berg"),
    ("Berg, M. van den", "Marijke van den Berg"),
    ("Berg, van den, Marijke", "M. van den Berg"),
    ("Van den Berg, Marijke", "Marijke van den Berg"),
    ("MARIJKE VAN DEN BERG", "Marijke van den Berg"),
    ("M.J. v.d. Berg", "Marijke Johanna van den Berg"),
    ("M v/d Berg", "Marijke van der Berg"),
    ("Marijke Vandenberg", "Marijke van den Berg"),
    ("Marijke van den Berg - Stichting De Brug", "Marijke van den Berg"),
    ("Marijke van den Berg 123456789", "Marijke van den Berg"),
    ("dr. M. van den Berg MSc", "mevrouw Marijke van den Berg"),
    ("M. Jansen-de Wit", "Marijke de Wit-Jansen"),
    ("J.W. Vos", "Jan-Willem Vos"),
    ("JW Vos", "Jan-Willem Vos"),
    ("Annemarie Vos", "Anne-Marie Vos"),
    ("Maria Johanna Marijke Vos", "Marijke Vos"),
    ("M.J. (Marijke) Vos", "Marijke Vos"),
    ("Jürgen Müller", "Juergen Mueller"),
    ("Jürgen Müller", "Jurgen Muller"),
    ("Søren Ødegård", "Soren Odegard"),
    ("Th. de Boer", "Theo de Boer"),
    ("Y. in 't Veld", "Yvonne in ’t Veld"),
    ("Mohammed El Idrissi", "M. el Idrissi"),
]
OTHERS = [
    ("Mark van den Berg", "Marijke van den Berg"),
    ("Marijke van den Broek", "Marijke van den Berg"),  # a tussenvoegsel is no surname
    ("Marijke van der Berg", "Marijke van den Berg"),
    ("Jan Bakker", "Johannes Bakker"),  # a short form may be another person
    ("Jan Vos", "Jan-Willem Vos"),
    ("Marijke Jansen", "Marijke Jansen-de Wit"),
    ("M. de Wit", "Marijke Jansen-de Wit"),
    ("M.A. Vos", "M.B. Vos"),
    ("M.J. Vos", "Marijke Anna Vos"),
    ("van den Berg", "Marijke van den Berg"),
    ("Den Berg", "Marijke van den Berg"),
    ("Маrijke van den Berg", "Marijke van den Berg"),  # Cyrillic capitals
    ("Marijke", "Marijke"),
    ("", "Marijke van den Berg"),
    ("Piet Vos, Marijke van den Berg", "Marijke van den Berg"),
    ("Marijke van den Berg en Piet Vos", "Marijke van den Berg"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_these_names_can_be_of_one_person(one: str, other: str) -> None:
    assert (difference(one, other), difference(other, one)) == ("", "")


@pytest.mark.parametrize("printed", ["Dhr./mevr.", "De heer / mevrouw:", "Mw. of dhr."])
def test_the_forms_of_address_that_a_form_prints_are_no_name(printed: str) -> None:
    assert same_person("Marijke van den Berg", f"{printed} Marijke van den Berg")


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_these_names_are_for_a_person_to_compare(one: str, other: str) -> None:
    assert difference(one, other)
    assert difference(other, one)


def test_the_reason_says_which_part_differs() -> None:
    assert "voornamen" in difference("Mark van den Berg", "Marijke van den Berg")
    assert "voor een deel" in difference("M. de Wit", "Marijke Jansen-de Wit")
    assert "achternamen zijn verschillend" in difference("Marijke van den Broek", "Marijke van den Berg")


@given(st.text(max_size=200), st.text(max_size=200))
def test_whatever_is_written_comparing_answers_alike_both_ways(one: str, other: str) -> None:
    assert same_person(one, other) == same_person(other, one)
    assert alike(one, other) or not same_person(one, other)


@given(
    st.sampled_from(["Marijke", "Jan-Willem", "Ömer", "M.", "A.B."]), st.sampled_from(["", "van den", "de", "'t", "v.d."]),
    st.sampled_from(["Berg", "Wit-Jansen", "Yıldız"]),
)  # fmt: skip
def test_every_full_name_fits_itself_in_both_orders(first: str, infix: str, surname: str) -> None:
    natural = f"{first} {infix} {surname}".replace("  ", " ")
    swapped = f"{surname}, {infix}, {first}" if infix else f"{surname}, {first}"
    assert same_person(natural, natural)
    assert same_person(natural, swapped)


@pytest.mark.parametrize(
    ("raw", "name", "role"),
    [
        ("Marijke van den Berg, bestuurder", "Marijke van den Berg", "bestuurder"),
        ("Marijke van den Berg (oud-bestuurder)", "Marijke van den Berg", "oud-bestuurder"),
        ("Berg, van den, Marijke", "Berg, van den, Marijke", ""),
        ("Berg, van den, Marijke, leerkracht", "Berg, van den, Marijke", "leerkracht"),
        ("M.J. (Marijke) van den Berg - directeur", "M.J. (Marijke) van den Berg", "directeur"),
        ("Wit, Sanne de", "Wit, Sanne de", ""),
        ("Sanne", "Sanne", ""),
    ],
)
def test_a_function_stands_behind_the_name(raw: str, name: str, role: str) -> None:
    assert split_role(raw) == (name, role)


def test_a_long_text_is_no_name_and_takes_no_time() -> None:
    assert readings("van den " * 100_000) == []
