"""What stands in a PDF: rows of text with their place, form fields, pictures, and page images.

Functions ending in ``_here`` run inside the sandbox; the others call them there.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from triage.errors import UnsafeFileError
from triage.verify import sandbox

MAX_PAGES = 12
MAX_CELLS = 4_000  # runs of text on one page
MAX_PIXELS = 2_500_000  # of a rendered page
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text on one line, apart from its neighbours."""

    text: str
    box: Box  # left, bottom, right, top; PDF points, or characters and lines for a mail


@dataclass(frozen=True, slots=True)
class Row:
    """The cells that stand on one line, left to right."""

    source: str  # name of the attachment or "mail"
    page: int | None  # 1-based
    cells: tuple[Cell, ...]

    @property
    def text(self) -> str:
        """The whole line."""
        return "  ".join(cell.text for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Picture:
    """An image or drawing on a page."""

    page: int  # 1-based
    box: Box
    page_share: float  # share of the page it covers, 0..1


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of an AcroForm."""

    name: str  # full name
    label: str  # what the form shows beside it (alternate name), "" when absent
    value: str  # what the file stores
    shown: bool  # whether that is also what a reader sees on the page
    page: int | None = None  # 1-based; None when it stands nowhere
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of a PDF."""

    name: str  # file name
    rows: tuple[Row, ...]
    fields: tuple[FormField, ...]
    pictures: tuple[Picture, ...]
    pages: int
    problem: str = ""  # Dutch: why nothing or not everything could be read
    turns: tuple[
        float, ...
    ] = ()  # of each scanned page: degrees counter-clockwise that set it straight; boxes are of the page as turned
    read_by_ocr: bool = False

    @property
    def text_under_picture(self) -> bool:
        """Text on a page that a picture covers: what a person sees need not be what stands in the text."""
        return bool(self.rows) and any(picture.page_share > 0.5 for picture in self.pictures)

    @property
    def is_scan(self) -> bool:
        """A picture of a page instead of text."""
        if self.read_by_ocr:
            return True
        words = sum(len(cell.text) for row in self.rows for cell in row.cells)
        return words < 40 and any(picture.page_share > 0.5 for picture in self.pictures)


def read_document(name: str, data: bytes) -> Document:
    """Read a PDF in the sandbox; a file that can't be read comes back empty with the reason."""
    try:
        answer = sandbox.run("read", data)
    except UnsafeFileError as error:
        return Document(name, (), (), (), 0, f"De PDF kon niet worden gelezen: {error}.")
    rows = tuple(Row(name, page, tuple(Cell(text, tuple(box)) for text, box in cells)) for page, cells in answer["rows"])
    return Document(
        name,
        rows,
        tuple(
            FormField(field, label, value, shown, page, (box[0], box[1], box[2], box[3]) if box else None)
            for field, label, value, shown, page, box in answer["fields"]
        ),
        tuple(Picture(page, tuple(box), share) for page, box, share in answer["pictures"]),
        answer["pages"],
        answer["problem"],
    )


@dataclass(frozen=True, slots=True)
class Mark:
    """A place to point out on a page."""

    box: Box  # in points of the page as it was read
    label: str  # one or two characters
    colour: str  # '#rrggbb'


def render_page(data: bytes, page: int, width: int = 1000, turn: float = 0.0, marks: Sequence[Mark] = ()) -> bytes:
    """PNG of a page (1-based), turned and with places marked, about `width` pixels wide. Raises UnsafeFileError."""
    told = json.dumps([(mark.box, mark.label, mark.colour) for mark in marks])
    return base64.b64decode(sandbox.run("render", data, str(page), str(width), str(turn), told))


def read_here(data: bytes) -> dict[str, Any]:
    """Text rows, form fields and pictures, for JSON. Runs in the sandbox."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = "password" in str(error).lower()
        problem = "De PDF is beveiligd met een wachtwoord." if locked else "De PDF is beschadigd of geen PDF."
        return {"rows": [], "fields": [], "pictures": [], "pages": 0, "problem": problem}
    rows: list[tuple[int, list[tuple[str, Box]]]] = []
    pictures: list[tuple[int, Box, float]] = []
    problem = ""
    for number in range(min(len(document), MAX_PAGES)):
        try:
            page = document[number]
        except pypdfium2.PdfiumError:
            problem = f"Bladzijde {number + 1} is beschadigd."
            continue
        rows += [(number + 1, cells) for cells in _rows(page)]
        pictures += [(number + 1, box, share) for box, share in _pictures(page)]
    seen = _squeeze(_visible_text(data))
    if len(document) > MAX_PAGES:
        problem = f"De PDF heeft {len(document)} bladzijden; alleen de eerste {MAX_PAGES} zijn gelezen."
    return {
        "rows": rows,
        "fields": [
            (name, label, value, _squeeze(value) in seen, page, box) for name, label, value, page, box in _form_fields(data)
        ],
        "pictures": pictures,
        "pages": len(document),
        "problem": problem,
    }


def _rows(page: Any) -> list[list[tuple[str, Box]]]:
    text = page.get_textpage()
    cells: list[tuple[str, Box]] = []
    for index in range(min(text.count_rects(), MAX_CELLS)):
        box = text.get_rect(index)
        words = " ".join(text.get_text_bounded(*box).split())
        if words:
            cells.append((words, box))
    cells.sort(key=lambda cell: (-(cell[1][1] + cell[1][3]) / 2, cell[1][0]))
    lines: list[list[tuple[str, Box]]] = []
    for cell in cells:
        if lines and _same_line(lines[-1][-1][1], cell[1]):
            lines[-1].append(cell)
        else:
            lines.append([cell])
    return [_join(sorted(line, key=lambda cell: cell[1][0])) for line in lines]


def _same_line(box: Box, other: Box) -> bool:
    middle, height = (other[1] + other[3]) / 2, max(box[3] - box[1], 1.0)
    return abs((box[1] + box[3]) / 2 - middle) < 0.6 * height


def _join(cells: list[tuple[str, Box]]) -> list[tuple[str, Box]]:
    """Put runs together that stand closer than about two letters: they are one phrase."""
    joined = cells[:1]
    for text, box in cells[1:]:
        last_text, last = joined[-1]
        gap, height = box[0] - last[2], max(last[3] - last[1], 6.0)
        if gap < 1.1 * height:
            merged = (min(last[0], box[0]), min(last[1], box[1]), max(last[2], box[2]), max(last[3], box[3]))
            joined[-1] = (f"{last_text}{' ' if gap > 0.1 * height else ''}{text}", merged)
        else:
            joined.append((text, box))
    return joined


def _pictures(page: Any) -> list[tuple[Box, float]]:
    import pypdfium2.raw as raw

    area = max(page.get_width() * page.get_height(), 1.0)
    found = []
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_PATH], max_depth=4):
        left, bottom, right, top = item.get_bounds()
        if item.type == raw.FPDF_PAGEOBJ_PATH and (top - bottom < 6 or right - left < 12 or _is_rectangle(item)):
            continue  # lines and boxes of the form itself
        found.append(((left, bottom, right, top), max(0.0, (right - left) * (top - bottom) / area)))
        if len(found) >= 500:
            break
    return found


def _is_rectangle(item: Any) -> bool:
    import pypdfium2.raw as raw

    return int(raw.FPDFPath_CountSegments(item)) <= 6


def _visible_text(data: bytes) -> str:
    """The text of all pages with the form fields printed on them, as a reader sees them."""
    import pypdfium2
    import pypdfium2.raw as raw

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    shown = []
    for number in range(min(len(document), MAX_PAGES)):
        try:
            page = document[number]
            raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)
            shown.append(document[number].get_textpage().get_text_range())
        except pypdfium2.PdfiumError:
            continue  # the page was reported as damaged already
    return "".join(shown)


def _squeeze(text: str) -> str:
    return "".join(text.split())


def _form_fields(data: bytes) -> list[tuple[str, str, str, int | None, Box | None]]:
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        fields, places = reader.get_fields() or {}, _widgets(reader)
        found = []
        for name, entry in list(fields.items())[:500]:
            value = entry.get("/V")
            if isinstance(value, str) and entry.get("/FT") in ("/Tx", "/Ch"):
                found.append(
                    (str(name), str(entry.get("/TU") or ""), " ".join(str(value).split()), *places.get(str(name), (None, None)))
                )
        return found
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return []  # pypdf reads fewer broken files than pdfium; the text above still counts


def _widgets(reader: Any) -> dict[str, tuple[int, Box]]:
    """Where each form field stands: page and box, by its full name (ISO 32000-2, 12.7.4.2)."""
    places: dict[str, tuple[int, Box]] = {}
    for number, page in enumerate(reader.pages[:MAX_PAGES], start=1):
        for reference in (page.get("/Annots") or [])[:MAX_CELLS]:
            widget = reference.get_object()
            names: list[str] = []
            part = widget
            while part is not None and len(names) < 20:
                if "/T" in part:
                    names.append(str(part["/T"]))
                part = part["/Parent"].get_object() if "/Parent" in part else None
            if names and "/Rect" in widget:
                left, bottom, right, top = (float(side) for side in widget["/Rect"])
                box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
                places.setdefault(".".join(reversed(names)), (number, box))
    return places


def render_here(data: bytes, page: str, width: str, turn: str, marks: str) -> str:
    """A page as PNG in base64. Runs in the sandbox."""
    import pypdfium2
    from PIL import ImageDraw, ImageFont

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    sheet = document[int(page) - 1]
    scale = int(width) / max(sheet.get_width(), 1.0)
    scale = min(scale, (MAX_PIXELS / max(sheet.get_width() * sheet.get_height(), 1.0)) ** 0.5)
    image = sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    left, _, _, top = sheet.get_cropbox()
    if float(turn):
        image = image.rotate(float(turn), expand=True, fillcolor="white")
        left, top = 0.0, image.height / scale  # OCR measures from the corner of the picture
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size=max(11.0, 10 * scale))
    for box, label, colour in json.loads(marks):
        x0, y0, x1, y1 = (
            (box[0] - left) * scale - 3,
            (top - box[3]) * scale - 3,
            (box[2] - left) * scale + 3,
            (top - box[1]) * scale + 3,
        )
        draw.rectangle((x0, y0, x1, y1), outline=colour, width=max(2, round(1.2 * scale)))
        room = draw.textbbox((0, 0), label, font=font)
        tag = (x1, y0, x1 + room[2] + 8, y0 + room[3] + 6)
        draw.rectangle(tag, fill=colour)
        draw.text((tag[0] + 4, tag[1] + 2), label, fill="white", font=font)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=False)
    return base64.b64encode(buffer.getvalue()).decode()
