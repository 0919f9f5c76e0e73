"""The fields of a PDF form (AcroForm): what the file stores, and whether their own place on the page shows it. Runs in the sandbox."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from triage.documents.pdf_text import Box, Run, upright
from triage.documents.unseen import Unseen

MAX_FIELDS = 500
MAX_PAGES = 12  # that are looked at for their unit
MAX_WIDGETS = 4_000  # of one page
DEEPEST = 20  # fields inside each other
MAX_VALUE = 20_000  # bytes of a value that is a stream
RADIO, PUSHBUTTON = 1 << 15, 1 << 16  # flags of a field (ISO 32000-2, table 229)
_SLACK = 2.0  # points that letters may stand outside the box of their field


@dataclass(frozen=True, slots=True)
class StoredField:
    """A field as the file stores it."""

    name: str  # full name
    label: str  # alternate name, "" when absent
    value: str  # of a choice: what the form shows for it
    places: tuple[tuple[int, Box], ...]  # of its widgets: page (1-based) and box in the coordinates of the file


def stored_fields(data: bytes, pages: int) -> list[StoredField]:
    """The text and choice fields with a value, with their widgets on the first `pages` pages."""
    import pypdf
    from pypdf.errors import PyPdfError

    try:
        reader = pypdf.PdfReader(io.BytesIO(data), strict=False)
        entries, places = reader.get_fields() or {}, _widgets(reader, pages)
        found = []
        for name, entry in list(entries.items())[:MAX_FIELDS]:
            value = _value(entry) if entry.get("/FT") in ("/Tx", "/Ch") else None
            if value is not None:
                found.append(StoredField(str(name), str(entry.get("/TU") or ""), value, tuple(places.get(str(name), ()))))
        return found
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return []  # pypdf reads fewer broken files than pdfium; the text of the page still counts


@dataclass(frozen=True, slots=True)
class StoredButton:
    """A box to tick or one of several to choose from, as the file stores it."""

    label: str  # alternate name of its field, "" when absent
    state: str  # what it is called when it is on, e.g. "Ja"; "" for one that is off
    one_of_several: bool  # a radio button
    page: int  # 1-based
    box: Box  # in the coordinates of the file


def stored_buttons(data: bytes, pages: int) -> list[StoredButton]:
    """The boxes of a form on the first `pages` pages (ISO 32000-2, 12.7.5.2); what only starts something (a pushbutton) is none."""
    import pypdf
    from pypdf.errors import PyPdfError

    found: list[StoredButton] = []
    try:
        for number, page in enumerate(pypdf.PdfReader(io.BytesIO(data), strict=False).pages[:pages], start=1):
            for reference in (page.get("/Annots") or [])[:MAX_WIDGETS]:
                widget = reference.get_object()
                flags = int(_inherited(widget, "/Ff") or 0)
                if _inherited(widget, "/FT") != "/Btn" or flags & PUSHBUTTON or "/Rect" not in widget:
                    continue
                state = str(widget.get("/AS") or "/Off").lstrip("/")
                left, bottom, right, top = (float(side) for side in widget["/Rect"])
                box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
                label = str(_inherited(widget, "/TU") or "")
                found.append(StoredButton(label, "" if state == "Off" else state, bool(flags & RADIO), number, box))
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return found  # what is broken is told by whoever looks the file through (inside_here.py)
    return found[:MAX_FIELDS]


def _inherited(widget: Any, key: str) -> Any:
    """An entry of a field, which its widgets inherit (ISO 32000-2, 12.7.4)."""
    part, depth = widget, 0
    while part is not None and depth < DEEPEST:
        if key in part:
            return part[key]
        part, depth = (part["/Parent"].get_object() if "/Parent" in part else None), depth + 1
    return None


def user_units(data: bytes) -> dict[int, float]:
    """By page (counted from 0), how many points of paper a point of it is, where that is not one."""
    import pypdf
    from pypdf.errors import PyPdfError

    if b"/UserUnit" not in data and b"/ObjStm" not in data:
        return {}
    try:
        pages = pypdf.PdfReader(io.BytesIO(data), strict=False).pages[:MAX_PAGES]
        return {number: float(str(page["/UserUnit"])) for number, page in enumerate(pages) if "/UserUnit" in page}
    except (PyPdfError, ValueError, TypeError, KeyError, AttributeError, RecursionError, IndexError):
        return {}


def _value(entry: Any) -> str | None:
    """ISO 32000-2, 12.7.5.3: a text string or a text stream; of a choice, what is shown for the value (/Opt)."""
    from pypdf.generic import StreamObject, create_string_object

    value = entry.get("/V")
    value = value.get_object() if hasattr(value, "get_object") else value
    if isinstance(value, StreamObject):
        value = create_string_object(value.get_data()[:MAX_VALUE])
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return None
    for option in entry.get("/Opt") or []:
        pair = option.get_object()
        if isinstance(pair, list) and len(pair) == 2 and str(pair[0]) == value:
            value = str(pair[1])
            break
    return " ".join(value.split())


def _widgets(reader: Any, pages: int) -> dict[str, list[tuple[int, Box]]]:
    """Where each form field stands: pages and boxes, by its full name (ISO 32000-2, 12.7.4.2)."""
    places: dict[str, list[tuple[int, Box]]] = defaultdict(list)
    for number, page in enumerate(reader.pages[:pages], start=1):
        for reference in (page.get("/Annots") or [])[:MAX_WIDGETS]:
            widget = reference.get_object()
            names: list[str] = []
            part, depth = widget, 0
            while part is not None and depth < DEEPEST:
                if "/T" in part:
                    names.append(str(part["/T"]))
                part, depth = (part["/Parent"].get_object() if "/Parent" in part else None), depth + 1
            if names and "/Rect" in widget:
                left, bottom, right, top = (float(side) for side in widget["/Rect"])
                box = (min(left, right), min(bottom, top), max(left, right), max(bottom, top))
                places[".".join(reversed(names))].append((number, box))
    return places


def why_not_shown(value: str, places: Iterable[tuple[int, Box]], drawn: Mapping[int, Sequence[Run]]) -> str:
    """Why a reader does not see the value in the field's own place, "" when it is there and nothing else is.

    `drawn`: by page, the runs that stand in form fields. Every place that shows anything must show this value.
    """
    told = []
    for page, box in places:
        runs = [run for run in drawn.get(page, ()) if _stands_in(run.box, box)]
        hidden = next((run.hidden for run in runs if run.hidden), "")
        if hidden in (Unseen.COVERED, Unseen.OUTSIDE):
            hidden = Unseen.CUT  # a long value does not fit in its field: no sign of anything
        if runs:
            told.append(hidden or ("" if _same(value, runs) else Unseen.FIELD))
    return next(filter(None, told), "") if told else Unseen.NO_PLACE


def _stands_in(box: Box, field: Box) -> bool:
    across, up = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return field[0] - _SLACK <= across <= field[2] + _SLACK and field[1] - _SLACK <= up <= field[3] + _SLACK


def _same(value: str, runs: Sequence[Run]) -> bool:
    lines = sorted(runs, key=lambda run: (-round(run.letters[0].base / 4), upright(run.box, run.letters[0].turn)[0]))
    return _squeezed("".join(run.text for run in lines)) == _squeezed(value)


def _squeezed(text: str) -> str:
    return "".join(text.split())
