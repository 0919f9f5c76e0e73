"""The part of the look at a signature in ink that opens the file. Runs in the sandbox; imports little, since each file starts anew."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

SCALE = 2.0  # 144 dots an inch
MARGIN = 20.0  # points at the right edge of the page
BOTTOM_SHARE = 0.45  # of the last page, when no label was found
_LINE = 40  # pixels: a straight stroke this long is a line of the form
_SPECK = 8  # pixels: smaller spots are dust of a scan
_MIN_WIDTH, _MIN_HEIGHT, _MIN_INK = 24, 10, 120  # pixels of what is left, to be called ink


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

    from triage.documents.pdf_box import shown_box

    document = pypdfium2.PdfDocument(data)
    document.init_forms()
    sheet = document[page - 1]
    scale = min(SCALE, (2_500_000 / max(sheet.get_width() * sheet.get_height(), 1.0)) ** 0.5)
    image = sheet.render(scale=scale, may_draw_forms=True).to_pil()
    if box is None or sheet.get_rotation():
        return image.crop((0, int(image.height * (1 - BOTTOM_SHARE)), image.width, image.height)), None
    origin = shown_box(sheet)
    x0, y0 = max(0, int((box[0] - origin[0]) * scale)), max(0, int((origin[3] - box[3]) * scale))
    x1 = min(image.width - int(MARGIN * scale), int((box[2] - origin[0]) * scale))
    y1 = min(image.height, int((origin[3] - box[1]) * scale))
    if x1 - x0 < 20 or y1 - y0 < 20:
        return image.crop((0, int(image.height * (1 - BOTTOM_SHARE)), image.width, image.height)), None

    def place(x: float, y: float) -> tuple[int, int]:
        return int((x - origin[0]) * scale) - x0, int((origin[3] - y) * scale) - y0

    return image.crop((x0, y0, x1, y1)), place
