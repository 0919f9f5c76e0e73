"""Reading scans and photos: the `ocr` extra (rapidocr), run in the sandbox.

A page that lies on its side, upside down or askew is turned first; what is read is placed on the page as turned. OCR loses accents
and some spaces; labels and names are matched in a way that forgives this, codes are not.
"""

from __future__ import annotations

import importlib.util
import io
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from triage.documents import sandbox
from triage.documents.pdf import Box, Cell, Row
from triage.errors import UnsafeFileError

TIMEOUT = 180.0  # seconds of wall time for the pages of one scan; the sandbox bounds its processor time, also on a busy machine
MAX_PAGES = 3
LONGEST = 1_700  # pixels of the longer side of a page: 144 dots an inch on A4
SURE = 0.82  # mean certainty (0..1) from which a page need not be turned to be read better
ENOUGH = 80.0  # letters: upside down, a few strokes still look like digits
PICTURE_SCALE, EDGE = 2.0, 20  # pixels a point of a picture cut out of a page, and of white around it
READ = 0.55  # certainty (0..1) of a line in it: of logos and photos other things are read
ASKEW = 0.4  # degrees: less is left as it is
# For each step of reading. A second thread waits for the first most of the time, awake: it took 1.7 times the processor time, of
# which a scan has a limit, and everything else on the machine was kept waiting.
THREADS = 1


@dataclass(frozen=True, slots=True)
class Scan:
    """What was read of a scan."""

    rows: tuple[Row, ...]
    turns: tuple[float, ...]  # of each page: degrees counter-clockwise that set it straight


def installed() -> bool:
    """Whether the `ocr` extra is installed."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def read_scan(name: str, data: bytes) -> Scan | None:
    """The words of a scanned PDF as rows; None when they can't be read within the limits."""
    try:
        pages = _pages(data)
    except UnsafeFileError:
        return None
    rows = [
        Row(name, number, tuple(Cell(text, tuple(box)) for text, box in cells))
        for number, page in enumerate(pages, start=1)
        for cells in page["rows"]
    ]
    return Scan(tuple(rows), tuple(page["turn"] for page in pages))


@lru_cache(maxsize=4)  # a mail is verified more than once, and nothing costs more
def _pages(data: bytes) -> list[dict[str, Any]]:
    pages: list[dict[str, Any]] = sandbox.run("ocr", data, timeout=TIMEOUT)
    return pages


def read_picture(name: str, page: int, picture: bytes) -> list[Row] | None:
    """The words in a picture cut out of a page; None when they can't be read within the limits."""
    try:
        lines = sandbox.run("words", picture, timeout=TIMEOUT)
    except UnsafeFileError:
        return None
    return [Row(name, page, tuple(Cell(text, tuple(box)) for text, box in cells)) for cells in lines]


def words_here(data: bytes) -> list[list[tuple[str, Box]]]:
    """The lines of words in a picture of PICTURE_SCALE pixels a point, for JSON. Runs in the sandbox."""
    from PIL import Image, ImageOps
    from rapidocr_onnxruntime import RapidOCR

    with Image.open(io.BytesIO(data)) as opened:
        image = ImageOps.expand(ImageOps.autocontrast(opened.convert("L"), cutoff=1), EDGE, fill=255)
    # As large as it is: made larger, as the engine does by itself with small pictures, a line takes 20 seconds.
    engine = RapidOCR(intra_op_num_threads=THREADS, det_limit_type="max", det_limit_side_len=LONGEST, width_height_ratio=-1)
    found = [line for line in _recognise(engine, image) if float(line[2]) > READ]
    return _lines([(text, _points(corners, image.height, PICTURE_SCALE)) for corners, text, _ in found])


def read_here(data: bytes) -> list[dict[str, Any]]:
    """Recognise the first pages, for JSON. Runs in the sandbox."""
    import pypdfium2
    from PIL import ImageOps
    from rapidocr_onnxruntime import RapidOCR

    engine = RapidOCR(intra_op_num_threads=THREADS)
    pages = []
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        scale = LONGEST / max(page.get_width(), page.get_height(), 1.0)
        image = ImageOps.autocontrast(page.render(scale=scale).to_pil().convert("L"), cutoff=1)
        turn, image, found = _straight(engine, image)
        cells = [(text, _points(corners, image.height, scale)) for corners, text, _ in found]
        pages.append({"turn": turn, "rows": _lines(cells)})
    return pages


def _straight(engine: Any, image: Any) -> tuple[float, Any, list[Any]]:
    """The page as it reads best: degrees it was turned, the turned page, and what stands on it."""
    best = (0.0, image, _recognise(engine, image))
    for quarter in (90.0, 270.0, 180.0):
        if _certainty(best[2]) >= SURE and _weight(best[2]) >= ENOUGH:
            break
        turned = image.rotate(quarter, expand=True, fillcolor=255)
        found = _recognise(engine, turned)
        if _weight(found) > _weight(best[2]):
            best = (quarter, turned, found)
    skew = _skew(best[2])
    if abs(skew) < ASKEW:
        return best
    turned = best[1].rotate(skew, expand=True, fillcolor=255)
    return best[0] + skew, turned, _recognise(engine, turned)


def _recognise(engine: Any, image: Any) -> list[Any]:
    import numpy as np

    # Without its own turning of single lines: upside down they would be read, but in the wrong order.
    result, _ = engine(np.asarray(image.convert("RGB")), use_cls=False)
    return [line for line in result or [] if str(line[1]).strip()]


def _weight(found: list[Any]) -> float:
    """How many letters were read, each as sure as it is; none when the lines run up or down the page."""
    tall = sum(1 for corners, text, _ in found if len(text) > 3 and _height(corners) > _width(corners))
    if tall * 2 > sum(1 for _, text, _ in found if len(text) > 3):
        return 0.0
    return sum(float(score) * len(text) for _, text, score in found if float(score) > 0.5)


def _certainty(found: list[Any]) -> float:
    return _weight(found) / max(1, sum(len(text) for _, text, _ in found))


def _width(corners: Any) -> float:
    return math.dist(corners[0], corners[1])


def _height(corners: Any) -> float:
    return math.dist(corners[1], corners[2])


def _skew(found: list[Any]) -> float:
    """Degrees counter-clockwise that set the lines level: the median slope of the long ones."""
    import numpy as np

    long = [corners for corners, text, _ in found if _width(corners) > 6 * max(_height(corners), 1.0)]
    slopes = [math.degrees(math.atan2(c[1][1] - c[0][1], c[1][0] - c[0][0])) for c in long]
    return float(np.median(slopes)) if len(slopes) >= 3 else 0.0


def _points(corners: Any, height: int, scale: float) -> Box:
    xs, ys = [x / scale for x, _ in corners], [(height - y) / scale for _, y in corners]
    return float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys))


def _lines(cells: list[tuple[str, Box]]) -> list[list[tuple[str, Box]]]:
    cells.sort(key=lambda cell: -(cell[1][1] + cell[1][3]))
    lines: list[list[tuple[str, Box]]] = []
    for cell in cells:
        middle = (cell[1][1] + cell[1][3]) / 2
        if lines and lines[-1][-1][1][1] < middle < lines[-1][-1][1][3]:
            lines[-1].append(cell)
        else:
            lines.append([cell])
    return [sorted(line, key=lambda cell: cell[1][0]) for line in lines]
