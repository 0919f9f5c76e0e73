"""Signatures in ink: found, looked at and shown; never judged."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from kb.settings import Settings
from tests.forms import laid_over, own_form, scanned
from tests.triage.verify.test_verdict import mail, status, verify
from triage.documents.pdf import Cell, Document, Row, read_document
from triage.errors import UnsafeFileError
from triage.register.register import Register
from triage.verify.model import Status, Verdict
from triage.verify.signature.wet_signature import crop, find_area, has_ink

ROWS = [("BRIN", "99AC"), ("Naam school", "OBS De Meerpaal")]


def ink_of(pdf: bytes, rows_of: bytes | None = None) -> bool | None:
    """Whether ink is seen; `rows_of`: where the words are read, as OCR reads them for a scan."""
    document = read_document("a.pdf", rows_of or pdf)
    area = find_area(document)
    assert area is not None
    return has_ink(pdf, area, document)


def inked(pdf: bytes, at: tuple[float, float] = (250, 95)) -> bytes:
    """The first page with a scribble at a place, as somebody draws it in a PDF program."""
    from reportlab.pdfgen.canvas import Canvas

    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    path = canvas.beginPath()
    x, y = at
    path.moveTo(x, y)
    for step in range(9):
        path.curveTo(x + 5 + 9 * step, y + 25, x - 4 + 10 * step, y - 18, x + 14 + 10 * step, y + 6)
    canvas.drawPath(path)
    canvas.save()
    return laid_over(pdf, buffer.getvalue())


def box_of(pdf: bytes) -> tuple[float, float, float, float]:
    area = find_area(read_document("a.pdf", pdf))
    assert area is not None
    assert area.box is not None
    return area.box


def middle_of(pdf: bytes) -> tuple[float, float]:
    left, bottom, _, top = box_of(pdf)
    return left + 200, (bottom + top) / 2


def test_ink_beside_the_label_of_an_own_form_is_seen() -> None:
    assert (ink_of(own_form(ROWS, ink=True)), ink_of(own_form(ROWS))) == (True, False)


def test_an_empty_official_form_has_no_ink_though_it_has_a_box_and_words(full: bytes) -> None:
    assert ink_of(full) is False


def test_ink_in_the_box_of_the_official_form_is_seen(full: bytes) -> None:
    assert ink_of(inked(full, middle_of(full))) is True


def test_a_drawing_elsewhere_is_not_in_the_area(full: bytes) -> None:
    assert ink_of(inked(full, (300, 790))) is False


@pytest.mark.parametrize("drawn", [False, True])
def test_a_skewed_scan_is_looked_at_where_the_words_say(drawn: bool, full: bytes) -> None:
    page = inked(full, middle_of(full)) if drawn else full
    assert ink_of(scanned(page), rows_of=full) is drawn


def test_a_sentence_about_signing_is_no_label() -> None:
    sentence = Cell("Handtekening en naam van de bestuurder zijn verplicht; stuur het formulier daarna op.", (50, 50, 400, 60))
    area = find_area(Document("a.pdf", (Row("a.pdf", 1, (sentence,)),), (), (), 2))
    assert area is not None
    assert (area.page, area.box) == (2, None)


def test_without_pages_there_is_no_area() -> None:
    assert find_area(Document("a.pdf", (), (), (), 0)) is None


def test_the_crop_is_a_picture_of_the_area_and_not_of_the_page(full: bytes) -> None:
    with Image.open(io.BytesIO(crop(full, 1, box_of(full)))) as image:
        assert (image.format, image.height < 350, image.width > 600) == ("PNG", True, True)


def test_without_a_place_the_lower_part_of_the_page_is_shown(full: bytes) -> None:
    with Image.open(io.BytesIO(crop(full, 1, None))) as image:
        assert 600 < image.height < 900


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4 kapot"])
def test_a_broken_file_gives_no_crop(data: bytes) -> None:
    with pytest.raises(UnsafeFileError):
        crop(data, 1, None)


def test_ink_alone_never_makes_the_field_ok(full: bytes, register: Register, trusting: Settings) -> None:
    found = verify(mail(inked(full, middle_of(full))), register, trusting)
    assert (found.signature.kind, found.signature.ink, found.verdict) == ("nat", True, Verdict.INCOMPLETE)
    assert status(found, "ondertekende_pdf") is Status.DOUBT


def test_an_empty_box_is_said_to_be_empty(full: bytes, register: Register, trusting: Settings) -> None:
    found = verify(mail(full), register, trusting)
    assert (found.signature.kind, found.signature.ink) == ("geen", False)
    assert "Het vak voor de handtekening is leeg." in found.signature.reason
    assert found.signature.area is not None
    assert found.signature.area.source == "aanvraag.pdf"


def test_a_scan_without_words_shows_the_lower_part_and_says_nothing_about_ink(
    full: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(mail(scanned(full)), register, trusting)
    assert (found.signature.kind, found.signature.ink) == ("nat", None)
    assert found.signature.area is not None
    assert found.signature.area.box is None
