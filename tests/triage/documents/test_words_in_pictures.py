"""What OCR reads of the drawings and pictures on a signed form: words against the request, other values, another heading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from reportlab.pdfgen.canvas import Canvas

from kb.settings import Settings
from tests.forms import Identity, signed
from tests.triage.documents.drawings import outlines
from tests.triage.verify.form.test_whole_file import _in_this_process, form_lines, sheet
from triage.documents import ocr
from triage.documents.pdf import Cell, Row
from triage.register.register import Register
from triage.verify.model import Verdict, Verification
from triage.verify.verdict import verify_pdf

__all__ = ["_in_this_process"]  # no child process for each file
Read = Callable[..., Verification]


def drawn(canvas: Canvas) -> None:
    form_lines()(canvas)
    outlines(canvas, 60, 200, "iets dat getekend is", 30)


@pytest.fixture
def read(register: Register, trusting: Settings, director: Identity, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Verify a signed form with a drawing of which OCR reads these lines; None: it could not be read."""

    def verify(*lines: str, failed: bool = False, draw: Callable[[Canvas], None] = drawn) -> Verification:
        def picture(name: str, page: int, data: bytes) -> list[Row] | None:
            rows = [Row(name, page, (Cell(text, (60, -20.0 * n, 300, 12 - 20.0 * n)),)) for n, text in enumerate(lines)]
            return None if failed else rows

        monkeypatch.setattr(ocr, "installed", lambda: True)
        monkeypatch.setattr(ocr, "read_picture", picture)
        return verify_pdf("aanvraag.pdf", signed(sheet(draw), director), register, replace(trusting, ocr="auto"))

    return verify


@pytest.mark.parametrize(
    "words",
    [
        "NIETAKKOORD",
        "NIET AKKOORD met dit verzoek",
        "NIET AKKC",
        "Te verwijderen beheerder",
        "Beheerder: Pieter Zandstra",
        "E-mailadres beheerder: p.zandstra@elders.nl",
        "Nieuwe beheerder: PieterZandstra",
        "BRIN: 99ZZ",
    ],
)
def test_drawn_words_that_speak_against_a_request_are_quoted(read: Read, words: str) -> None:
    found = read(words)
    assert (found.verdict, words.split()[-1] in " ".join(found.reasons)) == (Verdict.INCOMPLETE, True)


@pytest.mark.parametrize(
    "words", ["OBS De Kluft", "Basispoort", "info@meerpaal.nl", "Aanvraag eerste beheerder", "samen leren", ""]
)
def test_a_logo_or_letterhead_is_no_doubt(read: Read, words: str) -> None:
    assert read(words).reasons == ()


def test_a_drawing_that_could_not_be_read_is_a_doubt_that_names_the_page(read: Read) -> None:
    assert "(bladzijde 1)" in " ".join(read(failed=True).reasons)


def test_a_form_without_drawings_is_never_given_to_ocr(read: Read) -> None:
    assert read("NIET AKKOORD", draw=form_lines()).reasons == ()


def test_the_settings_can_do_without_ocr(register: Register, trusting: Settings, director: Identity) -> None:
    assert verify_pdf("aanvraag.pdf", signed(sheet(drawn), director), register, trusting).reasons == ()
