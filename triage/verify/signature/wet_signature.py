"""Signatures in ink: where on the form they belong, and whether something is drawn there. Whose they are is for a person to see.

The place is beside and under the word 'Handtekening'; text and straight lines in it (the form's own) are no ink.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable

from triage.documents import sandbox
from triage.documents.pdf import Box, Cell, Document
from triage.errors import UnsafeFileError
from triage.verify.forms import normal
from triage.verify.model import SignatureArea

ABOVE, BELOW, AROUND = 42.0, 92.0, 8.0  # points: how far a signature may stand from its label
LABELS = ("handtekening", "ondertekening", "voor akkoord", "getekend")
MAX_LABEL = 60  # letters; longer is a sentence about signing


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
        answer = sandbox.run("ink", data, str(area.page), json.dumps({"area": area.box, "text": text}))
    except UnsafeFileError:
        return None
    return None if answer is None else bool(answer)


def crop(data: bytes, page: int, box: Box | None) -> bytes:
    """PNG of the area, or of the lower part of the page. Raises UnsafeFileError."""
    return base64.b64decode(sandbox.run("crop", data, str(page), json.dumps(box)))
