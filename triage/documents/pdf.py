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

from triage.documents import sandbox
from triage.errors import UnsafeFileError

MAX_PAGES = 12
MAX_CELLS = 4_000  # runs of text on one page
MAX_PIXELS = 2_500_000  # of a rendered page
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cell:
    """A run of text on one line, apart from its neighbours."""

    text: str
    box: Box  # left, bottom, right, top; points of the page as it is seen, or characters and lines for a mail
    hidden: str = ""  # Dutch: why a reader of the page does not see it like this (triage.documents.unseen), "" when he does


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
    hidden: str = ""  # Dutch: why its own place on the page does not show that, "" when it does
    page: int | None = None  # 1-based; None when it stands nowhere
    box: Box | None = None

    @property
    def shown(self) -> bool:
        """Whether a reader sees on the page what the file stores."""
        return not self.hidden


@dataclass(frozen=True, slots=True)
class Button:
    """A box to tick on a form, or one of several to choose from."""

    label: str  # alternate name, "" when absent
    state: str  # what it is called when it is on; "" for one that is off
    one_of_several: bool
    page: int  # 1-based
    box: Box


@dataclass(frozen=True, slots=True)
class Drawing:
    """What a page shows that is no text and may be words."""

    page: int  # 1-based
    picture: bytes  # JPEG, cut out of the page without its text


@dataclass(frozen=True, slots=True)
class Document:
    """What could be read of a PDF."""

    name: str  # file name
    rows: tuple[Row, ...]  # what a reader of the pages sees
    fields: tuple[FormField, ...]
    pictures: tuple[Picture, ...]
    pages: int
    problem: str = ""  # Dutch: why nothing or not everything could be read
    turns: tuple[
        float, ...
    ] = ()  # of each scanned page: degrees counter-clockwise that set it straight; boxes are of the page as turned
    read_by_ocr: bool = False
    told: tuple[Row, ...] = ()  # all the file says, with what nobody sees; () when that is nothing more
    drawn: tuple[Drawing, ...] = ()
    mute: tuple[int, ...] = ()  # pages with letters that say nothing and draw something; 1-based
    buttons: tuple[Button, ...] = ()
    over_scan: bool = False  # the rows are text that a scanner laid over its picture, unseen

    @property
    def is_scan(self) -> bool:
        """A picture of a page instead of text."""
        if self.read_by_ocr or self.over_scan:
            return True
        words = sum(len(cell.text) for row in self.rows for cell in row.cells)
        return words < 40 and any(picture.page_share > 0.5 for picture in self.pictures)


def read_document(name: str, data: bytes) -> Document:
    """Read a PDF in the sandbox; a file that can't be read comes back empty with the reason."""
    try:
        answer = sandbox.run("read", data)
    except UnsafeFileError as error:
        return Document(name, (), (), (), 0, f"De PDF kon niet worden gelezen: {error}.")
    return Document(
        name,
        _rows(name, answer["rows"]),
        tuple(
            FormField(field, label, value, hidden, page, (box[0], box[1], box[2], box[3]) if box else None)
            for field, label, value, hidden, page, box in answer["fields"]
        ),
        tuple(Picture(page, tuple(box), share) for page, box, share in answer["pictures"]),
        answer["pages"],
        answer["problem"],
        told=_rows(name, answer["told"]),
        buttons=tuple(Button(label, state, several, page, tuple(box)) for label, state, several, page, box in answer["buttons"]),
        drawn=tuple(Drawing(page, base64.b64decode(picture)) for page, picture in answer["drawn"]),
        mute=tuple(answer["mute"]),
        over_scan=answer["over_scan"],
    )


def _rows(name: str, rows: Sequence[Any]) -> tuple[Row, ...]:
    return tuple(Row(name, page, tuple(Cell(text, tuple(box), hidden) for text, box, hidden in cells)) for page, cells in rows)


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

    from triage.documents.pdf_page import PageReader
    from triage.documents.pdf_pictures import pictures_of

    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return _nothing_of(error)
    document.init_forms()
    reader = PageReader(data)
    pictures: list[tuple[int, Box, float]] = []
    problem = ""
    for number in range(min(len(document), MAX_PAGES)):
        try:
            page = document[number]
            found = pictures_of(page)
            reader.read(document, number)
        except pypdfium2.PdfiumError:
            problem = f"Bladzijde {number + 1} is beschadigd."
            continue
        pictures += [(number + 1, box, share) for box, share in found]
    if len(document) > MAX_PAGES:
        problem = f"De PDF heeft {len(document)} bladzijden; alleen de eerste {MAX_PAGES} zijn gelezen."
    return {
        "rows": reader.rows,
        "told": reader.all_told(),
        "fields": reader.fields(data),
        "buttons": reader.buttons(data),
        "pictures": pictures,
        "pages": len(document),
        "problem": problem or reader.problem,
        "over_scan": reader.over_scan,
        "drawn": reader.drawn(),
        "mute": reader.mute(),
    }


def _nothing_of(error: Exception) -> dict[str, Any]:
    """What is read of a file that can't be opened."""
    locked = "password" in str(error).lower()
    problem = "De PDF is beveiligd met een wachtwoord." if locked else "De PDF is beschadigd of geen PDF."
    nothing: dict[str, Any] = {kind: [] for kind in ("rows", "told", "fields", "buttons", "pictures", "drawn", "mute")}
    return {**nothing, "pages": 0, "problem": problem, "over_scan": False}


def render_here(data: bytes, page: str, width: str, turn: str, marks: str) -> str:
    """A page as PNG in base64. Runs in the sandbox."""
    import pypdfium2
    from PIL import ImageDraw, ImageFont

    from triage.documents.pdf_box import upper_left

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    sheet = document[int(page) - 1]
    scale = int(width) / max(sheet.get_width(), 1.0)
    scale = min(scale, (MAX_PIXELS / max(sheet.get_width() * sheet.get_height(), 1.0)) ** 0.5)
    image = sheet.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")
    left, top = upper_left(sheet)
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
