"""The form of a request as one page to sign: what the school filled in, a reference, a code, and room for ink or a digital signature.

The page must read back without fault: each label stands in one run of text with its value ('BRIN: 99AC'), and nothing is drawn with
curves, because a curve counts as ink when the form comes back.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date

from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec, append_signature_field
from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from kb.settings import organisation
from triage.documents.house_font import BOLD, PLAIN, load_fonts
from triage.documents.pdf import read_document
from triage.errors import UnsafeFileError
from triage.verify.form.extract import extract_rows
from triage.verify.form.form_code import check_code, make_statement, same_value, values_of
from triage.verify.form.reference import show_reference
from triage.verify.forms import RequestType, load_requests
from triage.verify.online.filling import form_lines

SIGNATURE_FIELD = "handtekening"
WIDTH, HEIGHT = A4
MARGIN = 52.0  # points, left and right
EDGE = 176.0  # where labels end; their values begin a small gap further, so that both read as one phrase
GAP = 4.5
SIZE, SMALLEST = 11.0, 7.0  # of a value, in points; a long one is made smaller
LINE = 20.0  # between fields
CODE = 88.0  # width of the code with its white border: 31 mm
INK, SOFT, RULE, TINT, HOUSE = (HexColor(colour) for colour in ("#16242b", "#4a5d66", "#c9d5d9", "#f2f6f7", "#0b5c6b"))


def make_form(request: RequestType, values: Mapping[str, str], reference: str, help_address: str, today: date) -> bytes:
    """A PDF of one page with these values (as `filling.form_values` gives them) and an empty signature field."""
    load_fonts()
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, lang="nl")
    canvas.setTitle(f"{request.title} {show_reference(reference)}")
    canvas.setAuthor("Wegwijzer")
    _head(canvas, request, reference, make_statement(reference, request, values).text, today)
    below = _fields(canvas, form_lines(request, values))
    box = _signature(canvas, request, values, below)
    _foot(canvas, help_address)
    canvas.save()
    writer = IncrementalPdfFileWriter(io.BytesIO(buffer.getvalue()))
    append_signature_field(writer, SigFieldSpec(SIGNATURE_FIELD, box=box))
    out = io.BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]
    return out.getvalue()


def misread(pdf: bytes, request: RequestType, values: Mapping[str, str]) -> list[str]:
    """Titles of the fields that don't fit on the form or don't read back as they were filled in; [] when all is well.

    Raises UnsafeFileError when the form can't be read at all just now (a busy machine).
    """
    document = read_document("formulier", pdf)
    if document.problem or not document.rows:
        raise UnsafeFileError(document.problem or "no text")
    requests = load_requests()
    found = extract_rows(document.rows, request, requests)
    read = values_of(found)
    lines = form_lines(request, values)
    wide = [label for _, label, value in lines if stringWidth(value, BOLD, SMALLEST) > WIDTH - MARGIN - EDGE - GAP]
    fields = [name.partition(".")[0] for name, value in values.items() if not same_value(read.get(name, ""), value)]
    titles = [spec.title for spec in request.fields if spec.name in fields]
    code = check_code(document, pdf, found, request, requests)
    if not wide and not titles and (code is None or not code.matches):
        raise UnsafeFileError("the code can't be read")
    return list(dict.fromkeys([*wide, *titles]))


def file_name(request: RequestType, reference: str) -> str:
    """A name without personal data."""
    return f"{request.intent}-{show_reference(reference)}.pdf"


def _head(canvas: Canvas, request: RequestType, reference: str, code: str, today: date) -> None:
    canvas.setFillColor(HOUSE)
    canvas.rect(0, HEIGHT - 8, WIDTH, 8, stroke=0, fill=1)
    _text(canvas, MARGIN, HEIGHT - 46, "Wegwijzer", BOLD, 12, HOUSE)
    own = organisation()
    _text(
        canvas,
        MARGIN + stringWidth("Wegwijzer", BOLD, 12) + 16,
        HEIGHT - 46,
        own.tagline[own.language],
        PLAIN,
        10,
        SOFT,
    )
    size = _fitting(request.title, 25, 14, WIDTH - 2 * MARGIN - CODE - 16)
    _text(canvas, MARGIN, HEIGHT - 92, request.title, BOLD, size, INK)
    drawing = Drawing(CODE, CODE)
    drawing.add(QrCodeWidget(code, barWidth=CODE, barHeight=CODE, barBorder=4, barLevel="M", barFillColor=INK))
    quiet = CODE * 4 / 45  # the white border inside the drawing, so that the code itself ends at the margin
    renderPDF.draw(drawing, canvas, WIDTH - MARGIN - CODE + quiet, HEIGHT - 26 - CODE)
    words = f"Formulierkenmerk {show_reference(reference)}"
    _text(canvas, WIDTH - MARGIN - stringWidth(words, BOLD, 9.5), HEIGHT - 122, words, BOLD, 9.5, INK)
    _text(
        canvas,
        MARGIN,
        HEIGHT - 122,
        f"Gemaakt op {today:%d-%m-%Y}. Alleen geldig met de handtekening van een wettig bestuurder.",
        PLAIN,
        9.5,
        SOFT,
    )


def _fields(canvas: Canvas, lines: list[tuple[str, str, str]]) -> float:
    y: float = HEIGHT - 138
    section = ""
    for heading, label, value in lines:
        if heading != section:
            section = heading
            y -= 30
            _text(canvas, MARGIN, y, section, BOLD, 11.5, HOUSE)
            canvas.setStrokeColor(RULE)
            canvas.setLineWidth(0.8)
            canvas.line(MARGIN, y - 6, WIDTH - MARGIN, y - 6)
            y -= 4
        y -= LINE
        _text(canvas, EDGE - stringWidth(f"{label}:", PLAIN, 10), y, f"{label}:", PLAIN, 10, SOFT)
        _text(canvas, EDGE + GAP, y, value, BOLD, _fitting(value, SIZE, SMALLEST, WIDTH - MARGIN - EDGE - GAP), INK)
    return y


def _fitting(words: str, largest: float, smallest: float, room: float) -> float:
    """The size at which words fit on one line of `room` points."""
    width: float = stringWidth(words, BOLD, largest)
    return max(smallest, min(largest, largest * room / max(width, 1.0)))


def _signature(canvas: Canvas, request: RequestType, values: Mapping[str, str], below: float) -> tuple[int, int, int, int]:
    """The declaration with room to sign; returns the place of the signature."""
    top, height = min(below - 24, 292.0), 176.0
    canvas.setFillColor(TINT)
    canvas.rect(MARGIN - 14, top - height, WIDTH - 2 * MARGIN + 28, height, stroke=0, fill=1)
    _text(canvas, MARGIN, top - 22, "Ondertekening door de wettig bestuurder", BOLD, 11.5, HOUSE)
    y = top - 40
    for line in simpleSplit(request.declaration, PLAIN, 10.5, WIDTH - 2 * MARGIN):
        _text(canvas, MARGIN, y, line, PLAIN, 10.5, INK)
        y -= 14
    name = "Naam in blokletters" if "bestuurder.naam" in values else "Naam en functie in blokletters"
    canvas.setStrokeColor(SOFT)
    canvas.setLineWidth(0.6)
    middle = MARGIN + 222
    for number, words in enumerate((name, "Plaats en datum")):
        line = top - 106 - 50 * number
        canvas.line(MARGIN, line, middle - 20, line)
        _text(canvas, MARGIN, line - 11, words, PLAIN, 8.5, SOFT)
    canvas.setFillColor(HexColor("#ffffff"))
    canvas.rect(middle, top - 156, WIDTH - MARGIN - middle, 82, stroke=1, fill=1)
    _text(canvas, middle, top - 167, "Handtekening (met pen, of klik in het vak om digitaal te tekenen)", PLAIN, 8.5, SOFT)
    return (round(middle) + 1, round(top) - 155, round(WIDTH - MARGIN) - 1, round(top) - 75)


def _foot(canvas: Canvas, help_address: str) -> None:
    lines = (
        f"Mail het ondertekende formulier als PDF naar {help_address}, vanaf een adres van de school of het bestuur.",
        "Verander niets op het formulier: de code rechtsboven hoort bij wat er is ingevuld. Klopt er iets niet, maak dan een nieuw formulier.",
    )
    for number, line in enumerate(lines):
        _text(canvas, MARGIN, 62 - 13 * number, line, PLAIN, 9, SOFT)


def _text(canvas: Canvas, x: float, y: float, words: str, font: str, size: float, colour: HexColor) -> None:
    canvas.setFont(font, size)
    canvas.setFillColor(colour)
    canvas.drawString(x, y, words)
