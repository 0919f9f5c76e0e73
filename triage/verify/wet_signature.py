"""Signatures in ink: where on the form they belong, and whether something is drawn there. Whose they are is for a person to see.

The place is beside and under the word 'Handtekening'; text and straight lines in it (the form's own) are no ink.
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Iterable
from typing import Any

from triage.errors import UnsafeFileError
from triage.verify import sandbox
from triage.verify.forms import normal
from triage.verify.model import SignatureArea
from triage.verify.pdf import Box, Cell, Document

TIMEOUT = 10.0  # seconds
SCALE = 2.0  # 144 dots an inch
ABOVE, BELOW, AROUND = 42.0, 92.0, 8.0  # points: how far a signature may stand from its label
MARGIN = 20.0  # points at the right edge of the page
BOTTOM_SHARE = 0.45  # of the last page, when no label was found
LABELS = ("handtekening", "ondertekening", "voor akkoord", "getekend")
MAX_LABEL = 60  # letters; longer is a sentence about signing
_LINE = 40  # pixels: a straight stroke this long is a line of the form
_SPECK = 8  # pixels: smaller spots are dust of a scan
_MIN_WIDTH, _MIN_HEIGHT, _MIN_INK = 24, 10, 120  # pixels of what is left, to be called ink


def find_area(document: Document) -> SignatureArea | None:
    """Where the form asks for a signature; the lower part of the last page when it does not say, None without pages."""
    if not document.pages:
        return None
    found = [
        (_rank(cell.text), row.page, cell)
        for row in document.rows
        for cell in row.cells
        if row.page and _rank(cell.text) is not None
    ]
    if not found or any(document.turns):
        return SignatureArea(document.name, document.pages, None)
    _, page, label = min(found, key=lambda entry: (entry[0], -(entry[1] or 0), entry[2].box[1]))
    return SignatureArea(document.name, page or 1, _around(label, [c for r in document.rows if r.page == page for c in r.cells]))


def _rank(text: str) -> int | None:
    """How much a text is the label of a signature, 0 best; None when it is none."""
    words = normal(text)
    if len(words) > MAX_LABEL:
        return None
    rank = next((number for number, label in enumerate(LABELS) if words.startswith(label)), None)
    return None if rank is None else 2 * rank + ("bestuur" not in words)


def _around(label: Cell, cells: Iterable[Cell]) -> Box:
    """The room beside and under a label, up to the lines of text above and below it."""
    left, bottom, right, top = label.box
    above = [cell.box[1] for cell in cells if cell.box[1] >= top and cell.box[0] < right + 60]
    below = [cell.box[3] for cell in cells if cell.box[3] <= bottom - AROUND and cell.box[0] < right + 60]
    return (
        left - AROUND,
        max(bottom - BELOW, max(below, default=0.0) + 1, 0.0),
        10_000.0,  # the page's own right edge; only the sandbox knows it
        min(top + ABOVE, min(above, default=10_000.0) - 1),
    )


def has_ink(data: bytes, area: SignatureArea, document: Document) -> bool | None:
    """Whether something is drawn in the area; None when its place is not known or it could not be looked at."""
    if area.box is None:
        return None
    left, bottom, right, top = area.box
    text = [
        cell.box
        for row in document.rows
        if row.page == area.page
        for cell in row.cells
        if cell.box[2] > left and cell.box[0] < right and cell.box[3] > bottom and cell.box[1] < top
    ][:200]
    try:
        answer = sandbox.run("ink", data, str(area.page), json.dumps({"area": area.box, "text": text}), timeout=TIMEOUT)
    except UnsafeFileError:
        return None
    return None if answer is None else bool(answer)


def crop(data: bytes, page: int, box: Box | None) -> bytes:
    """PNG of the area, or of the lower part of the page. Raises UnsafeFileError."""
    return base64.b64decode(sandbox.run("crop", data, str(page), json.dumps(box), timeout=TIMEOUT))


def crop_here(data: bytes, page: str, box: str) -> str:
    """The area as PNG in base64. Runs in the sandbox."""
    image, _ = _render(data, int(page), json.loads(box))
    buffer = io.BytesIO()
    image.save(buffer, format="PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def ink_here(data: bytes, page: str, places: str) -> bool | None:
    """Whether anything but text and straight lines stands in the area. Runs in the sandbox."""
    import numpy as np
    from scipy import ndimage

    asked = json.loads(places)
    image, place = _render(data, int(page), asked["area"])
    if place is None:
        return None
    grey = np.asarray(image.convert("L"), dtype=np.int16)
    dark = grey < int(np.median(grey)) - 60
    for left, bottom, right, top in asked["text"]:
        x0, y0, x1, y1 = (
            place(left, top)[0] - 3,
            place(left, top)[1] - 3,
            place(right, bottom)[0] + 3,
            place(right, bottom)[1] + 3,
        )
        dark[max(0, y0) : max(0, y1), max(0, x0) : max(0, x1)] = False
    for shape in ((1, _LINE), (_LINE, 1)):
        lines = ndimage.binary_opening(dark, np.ones(shape, dtype=bool))
        dark &= ~ndimage.binary_dilation(lines, np.ones((7, 7), dtype=bool))
    spots, count = ndimage.label(dark, np.ones((3, 3), dtype=bool))
    if not count:
        return False
    sizes = np.bincount(spots.ravel())[1:]
    ys, xs = np.nonzero(np.isin(spots, 1 + np.nonzero(sizes >= _SPECK)[0]))
    return len(xs) >= _MIN_INK and int(np.ptp(xs)) >= _MIN_WIDTH and int(np.ptp(ys)) >= _MIN_HEIGHT


def _render(data: bytes, page: int, box: Any) -> tuple[Any, Any]:
    """The area of a page as a picture, and how points become its pixels; None for those when the page is turned."""
    import pypdfium2

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    sheet = document[page - 1]
    scale = min(SCALE, (2_500_000 / max(sheet.get_width() * sheet.get_height(), 1.0)) ** 0.5)
    image = sheet.render(scale=scale, may_draw_forms=True).to_pil()
    if box is None or sheet.get_rotation():
        return image.crop((0, int(image.height * (1 - BOTTOM_SHARE)), image.width, image.height)), None
    origin = sheet.get_cropbox()
    x0, y0 = max(0, int((box[0] - origin[0]) * scale)), max(0, int((origin[3] - box[3]) * scale))
    x1 = min(image.width - int(MARGIN * scale), int((box[2] - origin[0]) * scale))
    y1 = min(image.height, int((origin[3] - box[1]) * scale))
    if x1 - x0 < 20 or y1 - y0 < 20:
        return image.crop((0, int(image.height * (1 - BOTTOM_SHARE)), image.width, image.height)), None

    def place(x: float, y: float) -> tuple[int, int]:
        return int((x - origin[0]) * scale) - x0, int((origin[3] - y) * scale) - y0

    return image.crop((x0, y0, x1, y1)), place
