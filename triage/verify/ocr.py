"""Reading scans: the `ocr` extra (rapidocr), run in the sandbox.

OCR loses accents and some spaces; labels and names are matched in a way that forgives this, codes are not.
"""

from __future__ import annotations

import importlib.util
import io
from typing import Any

from triage.errors import UnsafeFileError
from triage.verify import sandbox
from triage.verify.pdf import Cell, Row

TIMEOUT = 60.0  # seconds for the pages of one scan
MAX_PAGES = 3
SCALE = 2.0  # 144 dots an inch


def installed() -> bool:
    """Whether the `ocr` extra is installed."""
    return importlib.util.find_spec("rapidocr_onnxruntime") is not None


def read_scan(name: str, data: bytes) -> tuple[Row, ...]:
    """The words of a scanned PDF as rows; () when they can't be read within the limits."""
    try:
        rows = sandbox.run("ocr", data, timeout=TIMEOUT)
    except UnsafeFileError:
        return ()
    return tuple(Row(name, page, tuple(Cell(text, tuple(box)) for text, box in cells)) for page, cells in rows)


def read_here(data: bytes) -> list[tuple[int, list[tuple[str, tuple[float, float, float, float]]]]]:
    """Recognise the first pages, for JSON. Runs in the sandbox."""
    import numpy as np
    import pypdfium2
    from rapidocr_onnxruntime import RapidOCR

    engine: Any = RapidOCR()
    rows = []
    document = pypdfium2.PdfDocument(io.BytesIO(data))
    for number in range(min(len(document), MAX_PAGES)):
        page = document[number]
        result, _ = engine(np.asarray(page.render(scale=SCALE).to_pil().convert("RGB")))
        height = page.get_height()
        cells = []
        for corners, text, _score in result or []:
            xs, ys = [x / SCALE for x, _ in corners], [height - y / SCALE for _, y in corners]
            cells.append((str(text), (float(min(xs)), float(min(ys)), float(max(xs)), float(max(ys)))))
        rows += [(number + 1, line) for line in _lines(cells)]
    return rows


def _lines(
    cells: list[tuple[str, tuple[float, float, float, float]]],
) -> list[list[tuple[str, tuple[float, float, float, float]]]]:
    cells.sort(key=lambda cell: -(cell[1][1] + cell[1][3]))
    lines: list[list[tuple[str, tuple[float, float, float, float]]]] = []
    for cell in cells:
        middle = (cell[1][1] + cell[1][3]) / 2
        if lines and lines[-1][-1][1][1] < middle < lines[-1][-1][1][3]:
            lines[-1].append(cell)
        else:
            lines.append([cell])
    return [sorted(line, key=lambda cell: cell[1][0]) for line in lines]
