"""Forms whose text the page does not show, or whose fonts and marks say something else than they draw."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from request_parts import ADDRESS, INCOMPLETE, SUSPECT, Draw, Subject, Write, X, Y, drawn, form_page, rows_of, text_page

from tests.triage.documents import pages

NOT_OK = f"{INCOMPLETE} of {SUSPECT}"


def in_colour(red: float, green: float, blue: float) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.setFillColorRGB(red, green, blue)
        canvas.drawString(x, y, text)

    return write


def in_mode(mode: int) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.drawString(x, y, text, mode=mode)

    return write


def under_rectangle(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y, text)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(x - 2, y - 4, stringWidth(text, "Helvetica", 11) + 4, 16, stroke=0, fill=1)


def under_picture(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y, text)
    canvas.drawImage(ImageReader(Image.new("RGB", (30, 8), "white")), x - 2, y - 4, stringWidth(text, "Helvetica", 11) + 4, 16)


def under_other_text(canvas: Canvas, x: float, y: float, text: str) -> None:
    under_rectangle(canvas, x, y, text)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawString(x, y, "zie onze offerte")


def clipped(canvas: Canvas, x: float, y: float, text: str) -> None:
    pages.operators(canvas, "10 10 20 20 re W n")
    canvas.drawString(x, y, text)


def transparent(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(x, y, text)


def off_page(canvas: Canvas, _x: float, y: float, text: str) -> None:
    canvas.drawString(640, y, text)


def above_page(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y + 900, text)


def scaled(size: float) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)

    return write


def shrunk(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.translate(x, y)
    canvas.scale(0.1, 0.1)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(0, 0, text)


def squeezed(canvas: Canvas, x: float, y: float, text: str) -> None:
    line = canvas.beginText(x, y)
    line.setHorizScale(2)
    line.textOut(text)
    canvas.drawText(line)


HIDING: dict[str, Write] = {
    "white": in_colour(1, 1, 1), "almost white": in_colour(0.95, 0.95, 0.94), "yellow": in_colour(1, 1, 0.2),
    "drawn in no way": in_mode(3), "only a clipping path": in_mode(7), "under a rectangle": under_rectangle, "under a picture": under_picture,
    "under other words": under_other_text, "clipped away": clipped, "transparent": transparent, "off the page": off_page, "above the page": above_page,
    "under 5 points": scaled(4), "small by its matrix": shrunk, "squeezed": squeezed,
}  # fmt: skip


def quote(rows: list[tuple[str, str]], write: Write) -> Draw:
    """A photographer's quote that holds a request in some way that nobody sees."""

    def draw(canvas: Canvas) -> None:
        text_page("Offerte schoolfotograaf", "Portretten en groepsfoto's, 220 leerlingen", "Totaal: EUR 1.430,00", top=300)(
            canvas
        )
        for number, (label, value) in enumerate(rows):
            canvas.saveState()
            canvas.setFont("Helvetica", 11)
            write(canvas, 60, Y + 22 * (3 - number), f"{label}: {value}")
            canvas.restoreState()

    return draw


def hidden(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, of text that is not shown."""
    rows = rows_of(s)
    for name, write in HIDING.items():
        yield f"hidden text: the address, {name}", NOT_OK, drawn(form_page(rows, write, ADDRESS))
        yield f"hidden text: a whole request, {name}", NOT_OK, drawn(quote(rows, write))
    plain = drawn(form_page(rows))
    for kind in ("/Stamp", "/Square", "/FreeText"):
        yield f"hidden text: the address, under {kind[1:]}", NOT_OK, pages.annotated(plain, kind, b"1 g 0 0 153 16 re f")
    button = {"FT": NameObject("/Btn"), "Ff": NumberObject(1 << 16), "T": TextStringObject("knop")}
    yield "hidden text: the address, under a button", NOT_OK, pages.annotated(plain, "/Widget", b"1 g 0 0 153 16 re f", **button)
    yield "hidden text: all values, outside the crop box", NOT_OK, pages.cropped(plain)
    yield "hidden text: a whole request, on a layer that is off", NOT_OK, pages.on_a_layer_that_is_off(plain)


def disguised(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Fonts and marks that say something else than they show; what the page shows is of another school or domain."""
    shift = {str(digit): str((digit + 3) % 10) for digit in range(10)}  # drawn -> said
    back = str.maketrans({said: shown for shown, said in shift.items()})
    shown = [
        (label, value.translate(back) if label in ("Bestuursnummer", "BRIN-nummer") else value) for label, value in rows_of(s)
    ]
    for label in ("Bestuursnummer", "BRIN-nummer"):
        pdf = drawn(form_page([(name, shown_value(name, shown, s, label)) for name, _ in shown], only=label, face="Courier"))
        yield f"text that lies: ToUnicode, {label}", NOT_OK, pages.with_map(pdf, shift, "Courier")
    letters = {"x": "e", "q": "a", "z": "i"}  # drawn -> said
    address = s.values["beheerder_email"]
    lied = address.translate(str.maketrans({said: drawn_ for drawn_, said in letters.items()}))
    pdf = drawn(form_page(rows_of(s, beheerder_email=lied), only=ADDRESS, face="Courier"))
    yield "text that lies: ToUnicode, the address", NOT_OK, pages.with_map(pdf, letters, "Courier")
    outside = rows_of(s, beheerder_email="s.dewit@dienst-xyz.example")
    yield "text that lies: ActualText", NOT_OK, drawn(form_page(outside, partial(with_actual_text, said=address), ADDRESS))
    for name, glyphs in (("empty", ""), ("of another address", "s.dewit@dienst-xyz.example")):
        yield f"text that lies: Type 3 glyphs, {name}", NOT_OK, in_type3(drawn(form_page(rows_of(s, beheerder_email=" "))), address, glyphs)  # fmt: skip


def shown_value(name: str, shown: list[tuple[str, str]], s: Subject, label: str) -> str:
    """The value under a label: the false one for that label, the right one for the others."""
    return dict(shown)[name] if name == label else dict(rows_of(s))[name]


def with_actual_text(canvas: Canvas, x: float, y: float, text: str, said: str) -> None:
    pages.operators(canvas, f"/Span << /ActualText ({said}) >> BDC")
    canvas.drawString(x, y, text)
    pages.operators(canvas, "EMC")


def in_type3(pdf: bytes, said: str, glyphs: str) -> bytes:
    """The PDF with text at the address in a Type 3 font: each letter of `said` draws the one of `glyphs`, or nothing."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        plain = sheet["/Resources"]["/Font"]
        procs, codes, lines = DictionaryObject(), [], []
        for place, letter in enumerate(said):  # a glyph for each place
            mark = glyphs[place : place + 1]
            code = 40 + place
            codes.append(code)
            lines.append(f"<{code:02X}> <{ord(letter):04X}>")
            draws = f"BT /F1 1000 Tf ({mark}) Tj ET" if mark else ""
            procs[NameObject(f"/g{code}")] = writer._add_object(pages.stream(f"600 0 d0 {draws}".encode()))
        cmap = f"begincmap 1 begincodespacerange <00> <FF> endcodespacerange {len(codes)} beginbfchar\n{chr(10).join(lines)}\nendbfchar endcmap"
        font = pages.names(
            Type=NameObject("/Font"), Subtype=NameObject("/Type3"), FontBBox=ArrayObject([NumberObject(0)] * 4),
            FontMatrix=ArrayObject([FloatObject(part) for part in (0.001, 0, 0, 0.001, 0, 0)]), CharProcs=procs,
            Encoding=pages.names(Type=NameObject("/Encoding"), Differences=ArrayObject([NumberObject(codes[0]), *(NameObject(f"/g{code}") for code in codes)])),
            FirstChar=NumberObject(codes[0]), LastChar=NumberObject(codes[-1]), Widths=ArrayObject([NumberObject(600)] * len(codes)),
            Resources=pages.names(Font=plain), ToUnicode=writer._add_object(pages.stream(cmap.encode())),
        )  # fmt: skip
        plain[NameObject("/T3")] = writer._add_object(font)
        text = "".join(f"{code:02X}" for code in codes)
        content = sheet.get_contents().get_data() + f" BT /T3 11 Tf {X} {Y} Td <{text}> Tj ET".encode()
        sheet[NameObject("/Contents")] = writer._add_object(pages.stream(content))

    return pages.edited(pdf, change)
