"""Which value belongs to which label, on pages of columns that are not level, captions under values and tables of people.

A reader sees whose address it is; the program reads that one, or shows both to a person. Never another one in silence.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest
from reportlab.pdfgen.canvas import Canvas

from triage.documents.pdf import read_document
from triage.verify.form.extract import extract_document
from triage.verify.forms import load_requests

HERS, HIS = "s.dewit@obsdemeerpaal.example", "k.bos@obsdemeerpaal.example"
REST = [("Naam bestuur", "Stichting Meerpaal"), ("Bestuursnummer", "99001"), ("Naam school", "OBS De Meerpaal"), ("BRIN", "99AC")]
Words = Sequence[tuple[float, float, str]]


def read(words: Words, size: float = 10.5, captions: Words = ()) -> dict[str, set[str]]:
    """By field all values that were read from a page with words at (x, y)."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    for height, texts in ((size, words), (8, captions)):
        canvas.setFont("Helvetica", height)
        for x, y, text in texts:
            canvas.drawString(x, y, text)
    canvas.save()
    requests = load_requests()
    found = extract_document(read_document("aanvraag.pdf", out.getvalue()), requests.types["eerste-beheerder-aanvraag"], requests)
    return {name: {entry.value for entry in found if entry.field == name} for name in {entry.field for entry in found}}


def beside(rows: Sequence[tuple[str, str]], x: float, y: float, pitch: float = 20, lower: float = 0) -> Words:
    """Labels with their values to the right."""
    return [
        word
        for n, (label, value) in enumerate(rows)
        for word in ((x, y - n * pitch, f"{label}:"), (x + 150, y - n * pitch - lower, value))
    ]


def below(rows: Sequence[tuple[str, str]], x: float, y: float, pitch: float = 40, gap: float = 15, colon: str = ":") -> Words:
    """Labels with their values under them."""
    return [
        word
        for n, (label, value) in enumerate(rows)
        for word in ((x, y - n * pitch, f"{label}{colon}"), (x, y - n * pitch - gap, value))
    ]


# Two columns, each with its values under the labels, whose values are level with the labels of the other.


@pytest.mark.parametrize("gap", [13, 17, 21, 25])
@pytest.mark.parametrize(
    ("other", "colon"), [("E-mailadres directeur", ":"), ("E-mail school", ":"), ("E-mailadres vorige beheerder", "")]
)
def test_a_value_under_its_label_is_not_that_of_the_label_beside_it(gap: float, other: str, colon: str) -> None:
    left = [*REST, ("E-mailadres beheerder", HERS)]
    words = [*below(left, 50, 780, 42, gap, colon), *below([(other, HIS)], 320, 780 - 4 * 42 + gap, gap=gap, colon=colon)]
    assert read(words)["email_beheerder"] == {HERS}


def test_the_columns_may_be_the_other_way_round() -> None:
    left = [("E-mailadres directeur", HIS), *REST]
    right = [("Naam beheerder", "Sanne de Wit"), ("E-mailadres beheerder", HERS)]
    found = read([*below(left, 50, 760, 44, 18), *below(right, 320, 760 + 18, 44, 18)])
    assert (found["email_beheerder"], found["beoogde_beheerder"]) == ({HERS}, {"Sanne de Wit"})


def test_the_parts_of_a_name_stay_in_their_column() -> None:
    names = [("Voornaam beheerder", "Sanne"), ("Achternaam beheerder", "Wit"), ("E-mailadres beheerder", HERS)]
    others = [("Voornaam directeur", "Karel"), ("Achternaam directeur", "Bos"), ("E-mailadres directeur", HIS)]
    found = read([*beside(REST, 50, 780), *below(names, 50, 660, 44, 20), *below(others, 330, 673, 44, 13)])
    assert (found["email_beheerder"], found["beoogde_beheerder"]) == ({HERS}, {"Sanne Wit"})


def test_a_label_without_a_value_takes_none_from_the_column_beside_it() -> None:
    words = [*beside(REST, 50, 780), (50, 660, "E-mailadres beheerder:"), *below([("E-mailadres directeur", HIS)], 320, 675)]
    assert "email_beheerder" not in read(words)


# Captions: the label stands under its value, as on paper forms.


@pytest.mark.parametrize("pitch", [26, 36, 50])
@pytest.mark.parametrize(
    "people", [("E-mailadres beheerder", "E-mailadres directeur"), ("E-mailadres beheerder", "E-mail school")]
)
def test_a_caption_is_that_of_the_value_above_it(pitch: float, people: tuple[str, str]) -> None:
    values = [(50, 640 - n * pitch, value) for n, value in enumerate((HERS, HIS))]
    captions = [(50, 630 - n * pitch, label) for n, label in enumerate(people)]
    assert read([*beside(REST, 50, 780), *values], captions=captions)["email_beheerder"] == {HERS}


def test_captions_stand_in_two_columns() -> None:
    values = [(50, 640, HERS), (320, 640, HIS), (50, 608, "post@obsdemeerpaal.example")]
    captions = [(50, 629, "E-mailadres beheerder"), (320, 629, "E-mailadres directeur"), (50, 597, "E-mailadres secretariaat")]
    assert read([*beside(REST, 50, 780), *values], captions=captions)["email_beheerder"] == {HERS}


def test_a_whole_form_has_captions() -> None:
    rows = [
        *REST,
        ("Naam directeur", "Karel Bos"),
        ("E-mailadres directeur", HIS),
        ("Naam beheerder", "Sanne de Wit"),
        ("E-mailadres beheerder", HERS),
    ]
    values = [(50, 780 - n * 30, value) for n, (_, value) in enumerate(rows)]
    found = read(values, captions=[(50, 770 - n * 30, label) for n, (label, _) in enumerate(rows)])
    assert (found["email_beheerder"], found["beoogde_beheerder"], found["brin"]) == ({HERS}, {"Sanne de Wit"}, {"99AC"})


# What fits in two directions, or belongs to nobody while another was read, is shown beside it.


@pytest.mark.parametrize("gap", [13, 18, 24])
def test_an_address_beside_a_label_and_one_below_it_are_both_seen(gap: float) -> None:
    words = [*beside([*REST, ("E-mailadres beheerder", HIS)], 50, 780), (50, 700 - gap, HERS)]
    assert all(address in " ".join(read(words)["email_beheerder"]) for address in (HERS, HIS))


@pytest.mark.parametrize(("field", "text"), [("email_beheerder", HIS), ("brin", "99AD"), ("bestuursnummer", "99002")])
def test_a_loose_value_is_seen_beside_the_one_that_was_read(field: str, text: str) -> None:
    found = read([*beside([*REST, ("E-mailadres beheerder", HERS)], 50, 780), (330, 560, text)])
    assert text in found[field]
    assert len(found[field]) == 2


def test_a_name_left_under_the_label_of_another_is_seen() -> None:
    words = [*beside([*REST, ("Naam beheerder", "Karel Bos")], 50, 780), (50, 682, "Sanne de Wit")]
    assert all(name in " ".join(read(words)["beoogde_beheerder"]) for name in ("Sanne de Wit", "Karel Bos"))


@pytest.mark.parametrize("text", ["info@obsdemeerpaal.example", "99AC", HERS])
def test_a_letterhead_that_says_the_same_or_names_the_office_changes_nothing(text: str) -> None:
    found = read([*beside([*REST, ("E-mailadres beheerder", HERS)], 50, 780), (330, 820, text)])
    assert (found["email_beheerder"], found["brin"]) == ({HERS}, {"99AC"})


# Honest pages that are a little out of line.


@pytest.mark.parametrize("lower", [-6, -5, 5, 6])
def test_a_value_stands_a_little_higher_or_lower_than_its_label(lower: float) -> None:
    found = read(beside([*REST, ("Naam beheerder", "Sanne de Wit"), ("E-mailadres beheerder", HERS)], 50, 760, 30, lower))
    assert (found["email_beheerder"], found["brin"], found["bestuursnummer"]) == ({HERS}, {"99AC"}, {"99001"})


def test_a_table_has_two_heads() -> None:
    table = [(60, 640, "Naam beheerder E-mailadres beheerder"), (58, 620, "Sanne de Wit"), (140, 620, HERS)]
    found = read([*beside(REST, 50, 780), *table])
    assert (found["email_beheerder"], found["beoogde_beheerder"]) == ({HERS}, {"Sanne de Wit"})


def test_a_name_of_a_school_runs_on_in_a_table_with_heads() -> None:
    heads = [(50, 700, "Bestuur"), (220, 700, "Bestuursnummer"), (330, 700, "School"), (450, 700, "BRIN")]
    values = [
        (50, 680, "Stichting Meerpaal"),
        (220, 680, "99001"),
        (330, 680, "Kindcentrum De"),
        (450, 680, "99AC"),
        (330, 667, "Meerpaal"),
    ]
    found = read([*heads, *values, *beside([("E-mailadres beheerder", HERS)], 50, 600)])
    assert (found["naam_school"], found["brin"]) == ({"Kindcentrum De Meerpaal"}, {"99AC"})


@pytest.mark.parametrize("member", ["P. Zandstra (voorzitter)", "K. de Haan, secretaris", "drs. A. van der Berg (lid)"])
def test_a_letterhead_with_members_of_the_board_is_no_name_of_the_board(member: str) -> None:
    found = read(beside([*REST, ("E-mailadres beheerder", HERS)], 50, 760), captions=[(430, 820, "Bestuur:"), (430, 811, member)])
    assert found["naam_bestuur"] == {"Stichting Meerpaal"}


def test_another_board_in_a_letterhead_is_seen() -> None:
    words = beside([*REST, ("E-mailadres beheerder", HERS)], 50, 760)
    found = read(words, captions=[(430, 820, "Bestuur:"), (430, 811, "Stichting Elders")])
    assert found["naam_bestuur"] == {"Stichting Meerpaal", "Stichting Elders"}


@pytest.mark.parametrize("turn", [1, -1])
@pytest.mark.parametrize("role", ["Directeur", "Secretaris"])
def test_a_table_of_people_says_in_each_row_whose_it_is(turn: int, role: str) -> None:
    people = [(role, "Karel Bos", HIS), ("Beheerder", "Sanne de Wit", HERS)][::turn]
    table = [("Functie", "Naam", "E-mailadres"), *people]
    cells = [(x, 640 - 18 * n, text) for n, row in enumerate(table) for x, text in zip((50, 200, 380), row, strict=True)]
    found = read([*beside(REST, 50, 780), *cells])
    assert (found["email_beheerder"], found["beoogde_beheerder"]) == ({HERS}, {"Sanne de Wit"})
