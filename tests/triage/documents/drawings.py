"""Things that a page shows and its text does not say: words as outlines and pictures, strokes, and letters that say nothing."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from pypdf.generic import ArrayObject, FloatObject, NameObject, NumberObject, RectangleObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from tests.triage.documents import pages
from tests.triage.documents.pages import SIZE, VALUE, X, Y

Draw = Callable[[Canvas], None]
END = X + stringWidth(VALUE, "Helvetica", SIZE)


def words_image(text: str, size: int = 44, colour: str = "black") -> Image.Image:
    """A picture of words."""
    font = ImageFont.load_default(size=size)
    right = int(font.getbbox(text)[2])
    image = Image.new("RGB", (right + 6, size + 16), "white")
    ImageDraw.Draw(image).text((2, 2), text, fill=colour, font=font)
    return image


def picture(canvas: Canvas, x: float, y: float, text: str, height: float = 13.0) -> None:
    image = words_image(text)
    canvas.drawImage(ImageReader(image), x, y - 0.25 * height, height * image.width / image.height, height)


def outline(x: float, y: float, text: str, height: float = 13.0) -> str:
    """Operators that draw words as one filled path."""
    image = words_image(text, 30).convert("L")
    step, path = height / image.height, []
    for row in range(image.height):
        column = 0
        while column < image.width:
            begin = column
            while column < image.width and image.getpixel((column, row)) < 128:  # type: ignore[operator]
                column += 1
            if column > begin:
                bottom = y - 0.25 * height + (image.height - row - 1) * step
                path.append(f"{x + begin * step:.2f} {bottom:.2f} {(column - begin) * step:.2f} {step * 1.05:.2f} re")
            column += 1
    return " ".join(path) + " f"


def outlines(canvas: Canvas, x: float, y: float, text: str, height: float = 13.0) -> None:
    canvas.setFillColorRGB(0, 0, 0)
    pages.operators(canvas, outline(x, y, text, height))


def beside(draw: Callable[..., None], text: str, x: float) -> Draw:
    """The value, and something drawn on its line."""

    def both(canvas: Canvas) -> None:
        pages.write(canvas)
        draw(canvas, x, Y, text)

    return both


def in_a_font_that_says(said: str, drawn: str, x: float, y: float, size: float = SIZE) -> bytes:
    """A page with the value, and words in Courier of which each letter says something else."""

    def both(canvas: Canvas) -> None:
        pages.write(canvas)
        canvas.setFont("Courier", size)
        canvas.drawString(x, y, drawn)

    told = dict(zip(drawn, said, strict=True)) if len(said) == len(drawn) else dict.fromkeys(drawn, said)
    return pages.with_map(pages.page(both), told, "Courier")


def stroke(height: float, slope: float = 0.0, width: float = 1.0) -> Draw:
    """A line over the whole value, so high above its baseline."""

    def both(canvas: Canvas) -> None:
        pages.write(canvas)
        canvas.setLineWidth(width)
        canvas.line(X - 2, Y + height, END + 2, Y + height + slope)

    return both


def thin_bar(canvas: Canvas) -> None:
    pages.write(canvas)
    canvas.rect(X, Y + 3, END - X, 0.8, stroke=0, fill=1)


def with_layer(pdf: bytes, **usage: Any) -> bytes:
    """The page's text belongs to a layer that says when it is shown."""

    def change(writer: Any, sheet: Any) -> None:
        group = writer._add_object(
            pages.names(Type=NameObject("/OCG"), Name=TextStringObject("laag"), Usage=pages.names(**usage))
        )
        writer._root_object[NameObject("/OCProperties")] = pages.names(OCGs=ArrayObject([group]), D=pages.names())

    return pages.edited(pdf, change)


def in_unit(pdf: bytes, unit: float) -> bytes:
    return pages.edited(pdf, lambda writer, sheet: sheet.__setitem__(NameObject("/UserUnit"), FloatObject(unit)))


def as_font(pdf: bytes, name: str) -> bytes:
    """The Courier of a page is said to be another font, which is not in the file."""

    def change(writer: Any, sheet: Any) -> None:
        for font in sheet["/Resources"]["/Font"].values():
            if "Courier" in font.get_object()["/BaseFont"]:
                font.get_object()[NameObject("/BaseFont")] = NameObject(name)

    return pages.with_map(pages.edited(pdf, change), {}, name[1:])


def with_annotation(pdf: bytes, kind: str, text: str) -> bytes:
    """Words as outlines in an annotation."""

    def change(writer: Any, sheet: Any) -> None:
        box = ArrayObject([NumberObject(side) for side in (0, 0, 400, 50)])
        look = pages.stream(
            f"0 g {outline(0, 12, text, 40)}".encode(), Type=NameObject("/XObject"), Subtype=NameObject("/Form"), BBox=box
        )
        note = pages.names(
            Type=NameObject("/Annot"), Subtype=NameObject(kind), Rect=RectangleObject((60, 300, 460, 350)), F=NumberObject(4)
        )
        note[NameObject("/AP")] = pages.names(N=writer._add_object(look))
        sheet[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])

    return pages.edited(pdf, change)


def with_associated_file(pdf: bytes) -> bytes:
    """A file that belongs to the page (ISO 32000-2, 14.13)."""

    def change(writer: Any, sheet: Any) -> None:
        held = pages.names(F=writer._add_object(pages.stream(b"%PDF-1.7", Type=NameObject("/EmbeddedFile"))))
        spec = pages.names(Type=NameObject("/Filespec"), UF=TextStringObject("formulier2.pdf"), EF=held)
        sheet[NameObject("/AF")] = ArrayObject([writer._add_object(spec)])

    return pages.edited(pdf, change)


def mixed(pdf_of: Callable[[Draw], bytes], mode: str) -> bytes:
    """The value in a blend mode."""

    def write(canvas: Canvas) -> None:
        pages.operators(canvas, "q /GSX gs")
        pages.write(canvas)
        pages.operators(canvas, "Q")

    def change(writer: Any, sheet: Any) -> None:
        sheet["/Resources"][NameObject("/ExtGState")] = pages.names(GSX=pages.names(BM=NameObject(mode)))

    return pages.edited(pdf_of(write), change)


def logo(canvas: Canvas) -> None:
    """A letterhead: a round mark and a name as a picture at the top, and an icon before the label."""
    pages.write(canvas)
    canvas.circle(80, 800, 20, stroke=0, fill=1)
    picture(canvas, 110, 790, "OBS De Kluft", 24)
    canvas.setFillColorRGB(0.2, 0.4, 0.8)
    canvas.circle(50, Y + 4, 3, stroke=0, fill=1)


def ticked(canvas: Canvas) -> None:
    """A box to tick before the label, ticked."""
    pages.write(canvas)
    canvas.rect(46, Y - 1, 9, 9)
    canvas.line(47, Y, 54, Y + 7)
    canvas.line(47, Y + 7, 54, Y)


def ruled(canvas: Canvas) -> None:
    """A table with thin rules close to the text, and one below it."""
    pages.write(canvas)
    canvas.grid([55, X - 3, X + 200], [Y - 4, Y + 11])
    canvas.line(X, Y - 1.5, END, Y - 1.5)


def signed_by_hand(canvas: Canvas) -> None:
    """Ink below the value."""
    pages.write(canvas)
    canvas.bezier(X, Y - 60, X + 20, Y - 20, X + 30, Y - 80, X + 60, Y - 30)
    canvas.bezier(X + 60, Y - 30, X + 70, Y - 90, X + 90, Y - 10, X + 140, Y - 55)


def jpeg_of(answer: dict[str, Any]) -> list[Image.Image]:
    """The pictures of what remains of pages."""
    import base64

    return [Image.open(io.BytesIO(base64.b64decode(picture))) for _, picture in answer["drawn"]]
