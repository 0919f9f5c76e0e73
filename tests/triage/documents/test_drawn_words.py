"""What a page shows besides its text: words as drawings or pictures, strokes through values, letters that say nothing."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.triage.documents import drawings, pages
from tests.triage.documents.drawings import END, beside, outlines, picture, stroke
from tests.triage.documents.pages import SIZE, X, Y, page
from triage.documents.inside import look_inside
from triage.documents.inside_here import look_here
from triage.documents.pdf import Document, read_here
from triage.documents.shown_otherwise import BLENDING, LAYERS
from triage.documents.unseen import DOUBTFUL, Unseen
from triage.verify.form.hidden_text import letters_that_lie


def reasons(pdf: bytes) -> set[str]:
    answer = read_here(pdf)
    return {hidden for _, cells in answer["rows"] + answer["told"] for text, _, hidden in cells if hidden}


BESIDE = {
    "outlines behind the address": page(beside(outlines, ".elders.nl", END + 0.3)),
    "a picture behind the address": page(beside(picture, ".elders.nl", END + 0.3)),
    "outlines before the address": page(beside(outlines, "piet.", X - 18)),
    "a word as outlines before the label": page(beside(outlines, "Oude", 26)),
    "one letter that touches the address": page(beside(outlines, "x", X - 6.5)),
    "letters that say spaces": drawings.in_a_font_that_says(" ", ".elders.nl", END, Y),
    "letters that say nothing": drawings.in_a_font_that_says("\u200b", "@elders.nl", END + 3, Y),
}


@pytest.mark.parametrize("kind", BESIDE)
def test_letters_beside_a_value_that_are_no_text_are_a_doubt(kind: str) -> None:
    assert reasons(BESIDE[kind]) == {Unseen.NEXT}


STRUCK = {
    "a line": page(stroke(3.5)),
    "a thick line": page(stroke(4, width=1.6)),
    "a line that slopes": page(stroke(2.6, slope=2)),
    "a thin bar": page(drawings.thin_bar),
}


@pytest.mark.parametrize("kind", STRUCK)
def test_a_value_with_a_stroke_through_it_is_a_doubt(kind: str) -> None:
    found = reasons(STRUCK[kind])
    assert found
    assert found <= DOUBTFUL


@pytest.mark.parametrize(
    ("face", "drawn", "said"),
    [
        *((face, *pair) for face in ("Courier", "Helvetica-Bold", "Times-Roman") for pair in ("_-", "0o")),
        *((face, "1", "l") for face in ("Helvetica", "Helvetica-Bold", "Courier")),  # of Times they can't be told
    ],
)
def test_twins_in_an_address_are_told_apart(face: str, drawn: str, said: str) -> None:
    def write(canvas: Canvas) -> None:
        canvas.setFont(face, SIZE)
        pages.write(canvas, f"pim{drawn}jansen@meerwerf.nl")

    assert reasons(pages.with_map(page(write, label=False), {drawn: said}, face)) == {Unseen.PERHAPS}


OTHER_DOUBTS = {
    "5.3 points": (page(lambda canvas: (canvas.setFont("Helvetica", 5.3), pages.write(canvas))), Unseen.PALE),  # type: ignore[arg-type,func-returns-value]
    "Wingdings": (
        drawings.as_font(page(lambda canvas: (canvas.setFont("Courier", 11), pages.write(canvas))), "/Wingdings"),  # type: ignore[arg-type,func-returns-value]
        Unseen.SYMBOLS,
    ),
    "a unit of 0.2": (drawings.in_unit(page(pages.write), 0.2), Unseen.SMALL),
}


@pytest.mark.parametrize("kind", OTHER_DOUBTS)
def test_text_that_is_hardly_seen_says_why(kind: str) -> None:
    pdf, why = OTHER_DOUBTS[kind]
    assert why in reasons(pdf)


HONEST = {
    "plain": page(pages.write),
    "a letterhead and an icon": page(drawings.logo),
    "a ticked box": page(drawings.ticked),
    "a table with rules": page(drawings.ruled),
    "ink below it": page(drawings.signed_by_hand),
    "underlined": page(stroke(-1.5)),
    "on a line": page(stroke(0)),
    "a unit of 2": drawings.in_unit(page(pages.write), 2.0),
}


@pytest.mark.parametrize("kind", HONEST)
def test_what_stands_around_an_honest_value_is_no_doubt(kind: str) -> None:
    assert reasons(HONEST[kind]) == set()


STANDARD = [f"{face}{style}" for face in ("Helvetica", "Courier") for style in ("", "-Bold", "-Oblique", "-BoldOblique")]
STANDARD += [f"Times-{style}" for style in ("Roman", "Bold", "Italic", "BoldItalic")]


@pytest.mark.parametrize("face", STANDARD)
def test_the_standard_faces_are_read_without_a_doubt(face: str) -> None:
    def write(canvas: Canvas) -> None:
        for size, y in ((8, 760), (9.5, 680), (11, 600)):
            canvas.setFont(face, size)
            canvas.drawString(40, y, "Stichting Christelijke Kindcentra Drenthe, 03WU 41858")
            canvas.drawString(40, y - 25, "f.van.der-ploeg_l1@obs-kluft.nl, Fatima Yildiz, Gijs IJsbrand Quirijn")

    assert reasons(page(write, label=False)) == set()


REFUSAL = "NIET AKKOORD"
REFUSALS = {
    "outlines": page(lambda canvas: outlines(canvas, 60, 330, REFUSAL, 40)),
    "small outlines": page(lambda canvas: outlines(canvas, 60, 330, REFUSAL, 12)),
    "a picture": page(lambda canvas: picture(canvas, 60, 330, REFUSAL, 40)),
    "a stamp": drawings.with_annotation(page(pages.write), "/Stamp", REFUSAL),
    "an ink annotation": drawings.with_annotation(page(pages.write), "/Ink", REFUSAL),
    "letters that say spaces": drawings.in_a_font_that_says(" ", REFUSAL, 60, 330, 30),
    "letters that say something else": drawings.in_a_font_that_says("basi poortsx", REFUSAL, 60, 330, 30),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_drawn_words_are_kept_as_a_picture(kind: str) -> None:
    answer = read_here(REFUSALS[kind])
    assert [number for number, _ in answer["drawn"]] == [1]


@pytest.mark.parametrize("kind", ["plain", "a table with rules", "a ticked box", "underlined"])
def test_of_a_page_of_text_rules_and_boxes_nothing_is_kept(kind: str) -> None:
    assert read_here(HONEST[kind])["drawn"] == []


def test_letters_that_show_something_else_are_a_doubt_also_where_no_value_stands() -> None:
    answer = read_here(REFUSALS["letters that say spaces"])
    said = letters_that_lie(Document("a.pdf", (), (), (), 1, mute=tuple(answer["mute"])))
    assert answer["mute"] == [1]
    assert "bladzijde 1" in said[0]


@pytest.mark.parametrize(
    ("pdf", "found"),
    [
        (drawings.with_layer(page(pages.write), Zoom=pages.names()), [LAYERS]),
        (drawings.mixed(page, "/Lighten"), [BLENDING]),
        (drawings.mixed(page, "/Difference"), [BLENDING]),
        (drawings.mixed(page, "/Multiply"), []),
        (page(pages.write), []),
    ],
)
def test_what_looks_different_elsewhere_is_known(pdf: bytes, found: list[str]) -> None:
    assert look_here(pdf)["otherwise"] == found


def test_a_file_that_belongs_to_a_page_is_inside() -> None:
    assert [file.name for file in look_inside(drawings.with_associated_file(page(pages.write))).files] == ["formulier2.pdf"]
