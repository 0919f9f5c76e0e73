"""Pages that show something else than their text says, and honest ones that look odd; each made in one way."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image
from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    RectangleObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

LABEL = "E-mailadres beheerder:"
VALUE = "p.jansen@meerwerf.nl"
X, Y, SIZE = 220.0, 700.0, 11.0
BOX = (X - 3, Y - 4, X + 150, Y + 12)
Draw = Callable[[Canvas], None]


def page(draw: Draw, size: tuple[float, float] = (595, 842), label: bool = True) -> bytes:
    """A page with the label of an address, and whatever is drawn."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, pageCompression=0)
    canvas.setFont("Helvetica", SIZE)
    if label:
        canvas.drawString(60, Y, LABEL)
    draw(canvas)
    canvas.save()
    return buffer.getvalue()


def write(canvas: Canvas, text: str = VALUE) -> None:
    """The value, as any form has it."""
    canvas.drawString(X, Y, text)


def operators(canvas: Canvas, code: str) -> None:
    """Operators of a content stream (ISO 32000-2, annex A) as they are."""
    canvas._code.append(code)


def in_mode(mode: int) -> Draw:
    def draw(canvas: Canvas) -> None:
        operators(canvas, f"BT /F1 {SIZE} Tf {mode} Tr 0.3 w {X} {Y} Td ({VALUE}) Tj 0 Tr ET")

    return draw


def in_colour(*grey: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFillColorRGB(*grey)
        write(canvas)

    return draw


def covered(canvas: Canvas) -> None:
    write(canvas)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(X - 3, Y - 4, 150, 16, stroke=0, fill=1)


def covered_in_form(canvas: Canvas) -> None:
    write(canvas)
    canvas.beginForm("veeg")
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(X - 3, Y - 4, 150, 16, stroke=0, fill=1)
    canvas.endForm()
    canvas.doForm("veeg")


def in_form(canvas: Canvas) -> None:
    canvas.beginForm("tekst")
    canvas.setFont("Helvetica", SIZE)
    canvas.setFillColorRGB(1, 1, 1)
    write(canvas)
    canvas.endForm()
    canvas.doForm("tekst")


def covered_by_picture(canvas: Canvas) -> None:
    write(canvas)
    canvas.drawImage(ImageReader(Image.new("RGB", (30, 8), "white")), X - 3, Y - 4, 150, 16)


def clipped(canvas: Canvas) -> None:
    operators(canvas, "q 10 10 20 20 re W n")
    write(canvas)
    operators(canvas, "Q")


def transparent(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    write(canvas)


def outside(canvas: Canvas) -> None:
    canvas.drawString(700, Y, f"{LABEL} {VALUE}")


def tiny(canvas: Canvas) -> None:
    operators(canvas, f"q 0.1 0 0 0.1 {X} {Y} cm BT /F1 30 Tf 0 0 Td ({VALUE}) Tj ET Q")


def squeezed(canvas: Canvas) -> None:
    operators(canvas, f"BT /F1 {SIZE} Tf 1 Tz {X} {Y} Td ({VALUE}) Tj 100 Tz ET")


def one_letter_covered(canvas: Canvas) -> None:
    write(canvas, "s.dewit@meerwerf.nl")
    left = X + stringWidth("s.", "Helvetica", SIZE)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(left, Y - 3, stringWidth("de", "Helvetica", SIZE), 13, stroke=0, fill=1)


def half_a_letter_covered(canvas: Canvas) -> None:
    """The tail of the q: the page shows an o."""
    write(canvas, "s.qwit@meerwerf.nl")
    left = X + stringWidth("s.", "Helvetica", SIZE)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(left, Y - 4, stringWidth("q", "Helvetica", SIZE), 3.8, stroke=0, fill=1)


def drawn_between(canvas: Canvas) -> None:
    """Letters drawn as lines stand in a gap of the text."""
    left = X + stringWidth("s.", "Helvetica", SIZE)
    canvas.drawString(X, Y, "s.")
    canvas.drawString(left + 14, Y, "wit@meerwerf.nl")
    canvas.setLineWidth(1.1)
    canvas.line(left + 5.5, Y, left + 5.5, Y + 8)
    canvas.circle(left + 3, Y + 3, 2.4)
    canvas.line(left + 7, Y + 3, left + 12, Y + 3)
    canvas.arc(left + 7, Y, left + 12, Y + 6, 0, 300)


def edited(pdf: bytes, change: Callable[[PdfWriter, Any], None]) -> bytes:
    """The PDF with something changed in its objects; the change gets the writer and the page."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    change(writer, writer.pages[0])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def stream(data: bytes, **entries: Any) -> StreamObject:
    """A stream with entries of its dictionary."""
    made = DecodedStreamObject()
    made.set_data(data)
    for name, value in entries.items():
        made[NameObject(f"/{name}")] = value
    return made


def names(**entries: Any) -> DictionaryObject:
    """A dictionary."""
    return DictionaryObject({NameObject(f"/{name}"): value for name, value in entries.items()})


def annotated(pdf: bytes, kind: str, look: bytes | None, **entries: Any) -> bytes:
    """The PDF with an annotation over the value; `look` is its appearance stream."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        note = names(
            Type=NameObject("/Annot"), Subtype=NameObject(kind), Rect=RectangleObject(BOX), F=NumberObject(4), **entries
        )  # fmt: skip
        if look is not None:
            box = ArrayObject([FloatObject(side) for side in (0, 0, BOX[2] - BOX[0], BOX[3] - BOX[1])])
            form = stream(look, Type=NameObject("/XObject"), Subtype=NameObject("/Form"), BBox=box)
            note[NameObject("/AP")] = names(N=writer._add_object(form))
        sheet[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
        if kind == "/Widget":
            writer._root_object[NameObject("/AcroForm")] = names(Fields=ArrayObject(list(list.__iter__(sheet["/Annots"]))))

    return edited(pdf, change)


def on_a_layer_that_is_off(pdf: bytes) -> bytes:
    """The page's text belongs to an optional content group that is off (ISO 32000-2, 8.11)."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        group = writer._add_object(names(Type=NameObject("/OCG"), Name=TextStringObject("laag")))
        writer._root_object[NameObject("/OCProperties")] = names(
            OCGs=ArrayObject([group]), D=names(OFF=ArrayObject([group]), Order=ArrayObject([group]))
        )
        sheet["/Resources"][NameObject("/Properties")] = names(L1=group)
        content = sheet.get_contents().get_data()
        sheet[NameObject("/Contents")] = writer._add_object(stream(b"/OC /L1 BDC " + content + b" EMC"))

    return edited(pdf, change)


def with_map(pdf: bytes, told: dict[str, str], face: str = "") -> bytes:
    """The PDF whose fonts (of that face) say that a drawn letter is another: a ToUnicode map (ISO 32000-2, 9.10.3)."""
    lines = "\n".join(f"<{ord(drawn):02X}> <{ord(said):04X}>" for drawn, said in told.items())
    rest = "\n".join(f"<{code:02X}> <{code:04X}>" for code in range(32, 127) if chr(code) not in told)
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def /CMapType 2 def\n"
        "1 begincodespacerange <00> <FF> endcodespacerange\n"
        f"95 beginbfchar\n{lines}\n{rest}\nendbfchar\nendcmap end end"
    )

    def change(writer: PdfWriter, sheet: Any) -> None:
        fonts = [font.get_object() for font in sheet["/Resources"]["/Font"].values()]
        for font in (font for font in fonts if face in font["/BaseFont"]):
            font[NameObject("/ToUnicode")] = writer._add_object(stream(cmap.encode()))

    return edited(pdf, change)


def with_differences(pdf: bytes, drawn: dict[str, str]) -> bytes:
    """The PDF whose font is said to be Helvetica, draws other letters for its codes, and has a map that hides it."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        changes = ArrayObject()
        for code, name in drawn.items():
            changes += [NumberObject(ord(code)), NameObject(f"/{name}")]
        for font in sheet["/Resources"]["/Font"].values():
            font.get_object()[NameObject("/Encoding")] = names(
                Type=NameObject("/Encoding"), BaseEncoding=NameObject("/WinAnsiEncoding"), Differences=changes
            )

    return with_map(edited(pdf, change), {})


def with_actual_text(canvas: Canvas) -> None:
    """What is drawn is said to be something else (ISO 32000-2, 14.9.4)."""
    operators(canvas, f"/Span << /ActualText ({VALUE}) >> BDC BT /F1 {SIZE} Tf {X} {Y} Td (s.dewit@meerwerf.nl) Tj ET EMC")


def type3(drawn: str, said: str) -> bytes:
    """Letters of a Type 3 font (ISO 32000-2, 9.6.4) that draw `drawn` in Helvetica and are mapped to `said`."""
    pdf = page(lambda canvas: None)

    def change(writer: PdfWriter, sheet: Any) -> None:
        codes = {letter: 65 + number for number, letter in enumerate(dict.fromkeys(drawn))}
        told = dict(zip(drawn, said, strict=True))
        plain = sheet["/Resources"]["/Font"]
        procs = DictionaryObject()
        for letter, code in codes.items():
            width = stringWidth(letter, "Helvetica", 1000)
            mark = f"{width} 0 d0 BT /F1 1000 Tf ({letter}) Tj ET"
            procs[NameObject(f"/g{code}")] = writer._add_object(stream(mark.encode()))
        lines = "\n".join(f"<{code:02X}> <{ord(told[letter]):04X}>" for letter, code in codes.items())
        cmap = f"begincmap 1 begincodespacerange <00> <FF> endcodespacerange {len(codes)} beginbfchar\n{lines}\nendbfchar endcmap"
        differences = ArrayObject([NumberObject(65), *(NameObject(f"/g{code}") for code in codes.values())])
        font = names(
            Type=NameObject("/Font"), Subtype=NameObject("/Type3"), FontBBox=ArrayObject([NumberObject(0)] * 4),
            FontMatrix=ArrayObject([FloatObject(part) for part in (0.001, 0, 0, 0.001, 0, 0)]),
            CharProcs=procs, Encoding=names(Type=NameObject("/Encoding"), Differences=differences),
            FirstChar=NumberObject(65), LastChar=NumberObject(64 + len(codes)),
            Widths=ArrayObject([FloatObject(stringWidth(letter, "Helvetica", 1000)) for letter in codes]),
            Resources=names(Font=plain), ToUnicode=writer._add_object(stream(cmap.encode())),
        )  # fmt: skip
        plain[NameObject("/T3")] = writer._add_object(font)
        text = "".join(f"{codes[letter]:02X}" for letter in drawn)
        content = sheet.get_contents().get_data() + f" BT /T3 {SIZE} Tf {X} {Y} Td <{text}> Tj ET".encode()
        sheet[NameObject("/Contents")] = writer._add_object(stream(content))

    return edited(pdf, change)


def cropped(pdf: bytes) -> bytes:
    """Only the left part of the page is shown."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        sheet[NameObject("/CropBox")] = RectangleObject((0, 0, X - 5, 842))

    return edited(pdf, change)


def turned(pdf: bytes, degrees: int) -> bytes:
    """The page is shown turned."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        sheet[NameObject("/Rotate")] = NumberObject(degrees)

    return edited(pdf, change)


def typeface(path: str) -> str:
    """The name under which a TrueType file can be used."""
    name = path.rpartition("/")[2]
    registerFont(TTFont(name, path))
    return name
