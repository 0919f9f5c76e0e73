"""Only what the rendered page shows is read; what a file says besides is kept apart, with why nobody sees it."""

from __future__ import annotations

from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf.generic import NameObject, NumberObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from tests.triage.documents import pages
from tests.triage.documents.pages import LABEL, SIZE, VALUE, X, Y, page
from triage.documents.pdf import read_here
from triage.documents.unseen import DECEITFUL, DOUBTFUL, Unseen

WHITE = b"1 g 0 0 153 16 re f"
BUTTON = {"FT": NameObject("/Btn"), "Ff": NumberObject(1 << 16), "T": TextStringObject("knop")}
HIDDEN = {
    "drawn in no way": (page(pages.in_mode(3)), Unseen.INVISIBLE),
    "only a clipping path": (page(pages.in_mode(7)), Unseen.INVISIBLE),
    "transparent": (page(pages.transparent), Unseen.INVISIBLE),
    "white": (page(pages.in_colour(1, 1, 1)), Unseen.COLOUR),
    "almost white": (page(pages.in_colour(0.94, 0.94, 0.94)), Unseen.COLOUR),
    "yellow": (page(pages.in_colour(1, 1, 0)), Unseen.COLOUR),
    "white in a form XObject": (page(pages.in_form), Unseen.COLOUR),
    "white on a turned page": (pages.turned(page(pages.in_colour(1, 1, 1)), 90), Unseen.COLOUR),
    "under a rectangle": (page(pages.covered), Unseen.COVERED),
    "under a rectangle in a form XObject": (page(pages.covered_in_form), Unseen.COVERED),
    "under a small picture": (page(pages.covered_by_picture), Unseen.COVERED),
    "clipped away": (page(pages.clipped), Unseen.COVERED),
    "one letter covered": (page(pages.one_letter_covered), Unseen.COVERED),
    "on a layer that is off": (pages.on_a_layer_that_is_off(page(pages.write)), Unseen.COVERED),
    "under a button": (pages.annotated(page(pages.write), "/Widget", WHITE, **BUTTON), Unseen.COVERED),
    "under a stamp": (pages.annotated(page(pages.write), "/Stamp", WHITE), Unseen.STAMPED),
    "under a note": (pages.annotated(page(pages.write), "/Square", WHITE), Unseen.STAMPED),
    "off the page": (page(pages.outside), Unseen.OUTSIDE),
    "outside the crop box": (pages.cropped(page(pages.write)), Unseen.OUTSIDE),
    "small print": (page(pages.tiny), Unseen.SMALL),
    "squeezed to a line": (page(pages.squeezed), Unseen.OTHER),
    "a Type 3 font that draws other letters": (pages.type3("s.dewi@morfnl", "p.jans@umrfkt"), Unseen.OTHER),
    "a map that takes letters for others": (pages.with_map(page(pages.write), {"p": "b", "a": "o", "j": "y"}), Unseen.OTHER),
    "a map that takes digits for others": (
        pages.with_map(page(partial(pages.write, text="13XF 41858")), {"4": "9", "1": "7"}),
        Unseen.OTHER,
    ),
    "another encoding of Helvetica": (pages.with_differences(page(pages.write), {"a": "o", "p": "b"}), Unseen.OTHER),
}


def told(pdf: bytes) -> list[tuple[str, str]]:
    return [(text, hidden) for _, cells in read_here(pdf)["told"] for text, _, hidden in cells]


def seen(pdf: bytes) -> list[tuple[str, str]]:
    return [(text, hidden) for _, cells in read_here(pdf)["rows"] for text, _, hidden in cells]


@pytest.mark.parametrize("kind", HIDDEN)
def test_text_that_nobody_sees_is_no_row_and_says_why(kind: str) -> None:
    pdf, why = HIDDEN[kind]
    assert {reason for text, reason in told(pdf) if reason and text != LABEL} == {why}
    assert all("@" not in text and not text.startswith(("13", "73")) for text, _ in seen(pdf))


def test_half_a_letter_covered_is_a_doubt() -> None:
    reasons = [
        hidden
        for text, hidden in told(page(pages.half_a_letter_covered)) + seen(page(pages.half_a_letter_covered))
        if "@" in text
    ]
    assert all(reasons)


def test_one_letter_mapped_to_another_is_a_doubt() -> None:
    pdf = pages.with_map(page(partial(pages.write, text="p.jonsen@meerwerf.nl")), {"o": "a"})
    reasons = {hidden for text, hidden in seen(pdf) + told(pdf) if "@" in text}
    assert reasons <= DOUBTFUL | DECEITFUL
    assert reasons


def test_what_a_file_calls_the_actual_text_is_not_believed() -> None:
    assert ("s.dewit@meerwerf.nl", "") in seen(page(pages.with_actual_text))


def test_letters_drawn_as_lines_in_a_gap_leave_no_whole_address() -> None:
    assert not [text for text, hidden in seen(page(pages.drawn_between)) if text.endswith("s.wit@meerwerf.nl") and not hidden]


def on_a_dark_bar(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(40, Y - 8, 500, 24, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    pages.write(canvas)


def in_a_coloured_cell(canvas: Canvas) -> None:
    canvas.setFillColorRGB(0.88, 0.94, 1)
    canvas.rect(X - 4, Y - 6, 160, 20, stroke=1, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    pages.write(canvas)


def before_a_letterhead(canvas: Canvas) -> None:
    from PIL import Image

    sheet = Image.linear_gradient("L").resize((595, 842)).point(lambda grey: 200 + grey // 5)
    canvas.drawImage(ImageReader(sheet), 0, 0, 595, 842)
    pages.write(canvas)


def spaced_out(canvas: Canvas) -> None:
    text = canvas.beginText(X, Y)
    text.setCharSpace(2.5)
    text.textOut(VALUE)
    canvas.drawText(text)


def twice_for_bold(canvas: Canvas) -> None:
    pages.write(canvas)
    canvas.drawString(X + 0.3, Y, VALUE)


def on_a_dotted_line(canvas: Canvas) -> None:
    pages.write(canvas)
    canvas.setDash(1, 2)
    canvas.line(X - 2, Y - 2, X + 200, Y - 2)


def over_a_watermark(canvas: Canvas) -> None:
    canvas.saveState()
    canvas.setFillGray(0.85)
    canvas.setFont("Helvetica-Bold", 80)
    canvas.translate(100, 600)
    canvas.rotate(20)
    canvas.drawString(0, 0, "OBS DE KLUFT")
    canvas.restoreState()
    pages.write(canvas)


def in_face(name: str, size: float = SIZE) -> pages.Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont(name, size)
        pages.write(canvas)

    return draw


HONEST = {
    "plain": page(pages.write),
    "white on a dark bar": page(on_a_dark_bar),
    "in a coloured cell": page(in_a_coloured_cell),
    "before a letterhead": page(before_a_letterhead),
    "spaced out": page(spaced_out),
    "twice for bold": page(twice_for_bold),
    "on a dotted line": page(on_a_dotted_line),
    "over a watermark": page(over_a_watermark),
    "filled and stroked": page(pages.in_mode(2)),
    "grey": page(pages.in_colour(0.6, 0.6, 0.6)),
    "light grey": page(pages.in_colour(0.75, 0.75, 0.75)),
    "red": page(pages.in_colour(0.8, 0, 0)),
    "six points": page(in_face("Helvetica", 6)),
    "in Type 3": pages.type3(VALUE, VALUE),
    "with a true map": pages.with_map(page(pages.write), {}),
    **{f"turned {degrees}": pages.turned(page(pages.write), degrees) for degrees in (90, 180, 270)},
    **{name: page(in_face(name)) for name in ("Helvetica-BoldOblique", "Times-Roman", "Times-Italic", "Courier", "Courier-Bold")},
}


@pytest.mark.parametrize("kind", HONEST)
def test_honest_text_is_read_without_a_doubt(kind: str) -> None:
    assert (VALUE, "") in seen(HONEST[kind])


def test_text_behind_which_a_scan_shows_the_same_is_read_as_of_a_scan() -> None:
    import pypdfium2

    picture = pypdfium2.PdfDocument(page(pages.write))[0].render(scale=2).to_pil()

    def layer(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(picture), 0, 0, 595, 842)
        pages.in_mode(3)(canvas)

    answer = read_here(page(layer, label=False))
    assert (answer["over_scan"], [text for _, cells in answer["rows"] for text, _, _ in cells]) == (True, [VALUE])


def test_past_its_time_nothing_passes_for_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.documents.pdf_visible.SECONDS", -1.0)
    assert {hidden for _, hidden in seen(HONEST["plain"])} == {Unseen.NOT_COMPARED}


@settings(max_examples=15)
@given(
    st.lists(
        st.sampled_from(["Yvonne Vos", "Tonny Tol", "AV To", "w.tol@avo-wv.nl", "P. van der Ploeg", "1 7"]),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.integers(-70, 140), min_size=20, max_size=20),
)
def test_text_drawn_with_any_kerning_reads_as_drawn(words: list[str], kerning: list[int]) -> None:
    def draw(canvas: Canvas) -> None:
        for line, text in enumerate(words):
            pairs = "".join(f"({letter}) {kerning[place % 20]} " for place, letter in enumerate(text))
            pages.operators(canvas, f"BT /F1 12 Tf 60 {650 - 30 * line} Td [{pairs}] TJ ET")

    assert [text for text, _ in seen(page(draw, label=False))] == words
