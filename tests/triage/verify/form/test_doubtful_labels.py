"""What a label looks like says nothing of the value beside it, as long as it can be no other label."""

from __future__ import annotations

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.triage.documents import drawings, pages
from tests.triage.documents.pages import SIZE, Y
from triage.documents.pdf import read_document
from triage.documents.unseen import Unseen
from triage.verify.form.extract import extract_rows
from triage.verify.forms import load_requests


def doubt_on_the_address(pdf: bytes) -> str:
    """Why the value behind 'E-mailadres beheerder' is doubted, "" when it is not."""
    requests = load_requests()
    rows = read_document("a.pdf", pdf).rows
    found = [one for one in extract_rows(rows, next(iter(requests.types.values())), requests) if one.field == "email_beheerder"]
    assert [one.value for one in found] == [pages.VALUE]
    return found[0].evidence.hidden


def labelled(drawn: str, said: dict[str, str]) -> bytes:
    """The value behind a label in Courier, of which some letters say something else."""

    def draw(canvas: Canvas) -> None:
        pages.write(canvas)
        canvas.setFont("Courier", SIZE)
        canvas.drawString(60, Y, drawn)

    return pages.with_map(pages.page(draw, label=False), said, "Courier")


@pytest.mark.parametrize(
    ("drawn", "said"),
    [
        ("E-maIladres beheerder:", {"I": "i"}),  # as in small capitals
        ("E-maxladres beheerder:", {"x": "i"}),
    ],
)
def test_one_odd_letter_of_a_label_is_no_doubt_on_its_value(drawn: str, said: dict[str, str]) -> None:
    pdf = labelled(drawn, said)
    assert Unseen.PERHAPS in {cell.hidden for row in read_document("a.pdf", pdf).rows for cell in row.cells}
    assert not doubt_on_the_address(pdf)


def test_a_drawn_word_before_a_label_still_is() -> None:
    def draw(canvas: Canvas) -> None:
        pages.write(canvas)
        drawings.outlines(canvas, 26, Y, "Oude")
