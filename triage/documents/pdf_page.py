"""Reading the pages of a PDF one after another: what a reader sees, what the file says besides, and what form fields show.

Runs in the sandbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from triage.documents.pdf_beside import mark_beside, stand_in
from triage.documents.pdf_box import keep_box
from triage.documents.pdf_drawn import LETTERS, SCALE, Remains, remains_of
from triage.documents.pdf_fields import stored_buttons, stored_fields, user_units, why_not_shown
from triage.documents.pdf_look import Look, is_inked, look_at
from triage.documents.pdf_pictures import images_of
from triage.documents.pdf_text import Box, PageText, PlacedCell, Run, across, lines_of, page_text, placing, runs_of
from triage.documents.pdf_visible import LETTERS_SCALE, RenderComparison
from triage.documents.unseen import DOUBTFUL, Unseen

SCANNED = 0.5  # of a page that is images: a scan
_LIKE_SCANNED = 0.6  # of the hidden words that have ink of the picture where they stand
Line = tuple[int, list[PlacedCell]]  # page (1-based) and cells


class PageReader:
    """Reads pages and keeps what they held."""

    def __init__(self, data: bytes) -> None:
        self.rows: list[Line] = []
        self.told: list[Line] = []
        self.over_scan = False
        self.problem = ""
        self._comparison = RenderComparison()
        self._in_fields: dict[int, list[Run]] = {}
        self._places: dict[int, Callable[[float, float], tuple[float, float]]] = {}
        self._hides = False
        self._units = user_units(data)
        self._remains: dict[int, Remains] = {}

    def read(self, document: Any, number: int) -> None:
        """Read a page (counted from 0). Raises PdfiumError when it is damaged."""
        import pypdfium2.raw as raw

        page = document[number]
        small, images = look_at(page, SCALE), images_of(page)
        look = look_at(page, LETTERS_SCALE, self._units.get(number, 1.0), in_colour=small.shown.colours is not None)
        own = raw.FPDFPage_CountObjects(page)
        widgets, stamps, blank = annotated(page, document.formenv)
        keep_box(page)
        raw.FPDFPage_Flatten(page, raw.FLAT_NORMALDISPLAY)  # makes what stands in annotations a part of the page
        page = document[number]
        text = page_text(page)
        text.own, text.stamps = own, stamps
        runs = runs_of(text.letters)
        self._comparison.judge(page, look, text, runs)
        for run in runs:
            if any(across(run.box, box) for box in blank):
                run.hidden = run.hidden or Unseen.STAMPED
        self._remains[number + 1] = remains_of(page, small, text, runs)
        mark_beside(runs, self._remains[number + 1])
        if text.cut_off:
            self.problem = f"Op bladzijde {number + 1} staat meer tekst dan wij lezen."
        of_fields = [run for run in runs if _in_widget(run, text, widgets)]
        self._in_fields[number + 1], self._places[number + 1] = of_fields, placing(page)
        taken = {id(run) for run in of_fields}
        self._keep(number + 1, [run for run in runs if id(run) not in taken], look, images)

    def _keep(self, number: int, runs: list[Run], look: Look, images: Sequence[Box]) -> None:
        _recognise_scan(runs, look, images)
        for run in runs:
            if run.hidden == Unseen.SCAN:  # one doubt for the whole file, and none of its own for each value
                self.over_scan, run.hidden = True, ""
        seen = [run for run in runs if not run.hidden or run.hidden in DOUBTFUL]
        self._hides = self._hides or len(seen) < len(runs)
        self.rows += [(number, line) for line in lines_of(seen)]
        self.told += [(number, line) for line in lines_of(runs)]

    def all_told(self) -> list[Line]:
        """All that the pages say, [] when a reader sees all of it."""
        return self.told if self._hides else []

    def fields(self, data: bytes) -> list[tuple[str, str, str, str, int | None, Box | None]]:
        """Name, label, value, why it is not shown, page and place of each form field with a value."""
        found = []
        for entry in stored_fields(data, len(self._places)):
            places = [(page, self._placed(page, box)) for page, box in entry.places if page in self._places]
            first = places[0] if places else (None, None)
            hidden = why_not_shown(entry.value, places, self._in_fields)
            if any(stand_in(box, self._remains[page]) for page, box in places if page in self._remains):
                hidden = hidden or Unseen.NEXT
            found.append((entry.name, entry.label, entry.value, hidden, *first))
        return found

    def buttons(self, data: bytes) -> list[tuple[str, str, bool, int, Box]]:
        """Label, state, whether it is one of several, page and place of each box to tick."""
        return [
            (one.label, one.state, one.one_of_several, one.page, self._placed(one.page, one.box))
            for one in stored_buttons(data, len(self._places))
            if one.page in self._places
        ]

    def drawn(self) -> list[tuple[int, str]]:
        """The pages that show what may be words and is no text, and a picture of that (JPEG in base64)."""
        return [(page, remains.picture()) for page, remains in self._remains.items() if remains.may_be_words]

    def mute(self) -> list[int]:
        """The pages with letters that say nothing and draw something."""
        return [page for page, remains in self._remains.items() if len(remains.mute) >= LETTERS]

    def _placed(self, page: int, box: Box) -> Box:
        (x0, y0), (x1, y1) = self._places[page](box[0], box[1]), self._places[page](box[2], box[3])
        return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def annotated(page: Any, forms: Any) -> tuple[list[Box], list[Box], list[Box]]:
    """Where form fields stand, where other annotations, and where those whose look is left to the program that shows the file."""
    import pypdfium2.raw as raw

    widgets, stamps, blank = list[Box](), list[Box](), list[Box]()
    place = placing(page)
    for index in range(min(raw.FPDFPage_GetAnnotCount(page), 2_000)):
        annotation = raw.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        kind, rect = raw.FPDFAnnot_GetSubtype(annotation), raw.FS_RECTF()
        raw.FPDFAnnot_GetRect(annotation, rect)
        (x0, y0), (x1, y1) = place(rect.left, rect.bottom), place(rect.right, rect.top)
        box = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
        drawn = raw.FPDFAnnot_GetAP(annotation, raw.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None, 0) > 2
        if kind == raw.FPDF_ANNOT_WIDGET:
            widgets.append(box)
            across_page, up = (rect.left + rect.right) / 2, (rect.bottom + rect.top) / 2
            if drawn and (not forms or raw.FPDFPage_HasFormFieldAtPoint(forms, page, across_page, up) < 0):
                blank.append(box)  # of no field of the form
        elif kind not in (raw.FPDF_ANNOT_LINK, raw.FPDF_ANNOT_POPUP):
            stamps.append(box)
            if not drawn and kind in (raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_REDACT):
                blank.append(box)
        raw.FPDFPage_CloseAnnot(annotation)
    return widgets, stamps, blank


def _in_widget(run: Run, text: PageText, widgets: Sequence[Box]) -> bool:
    if text.tops.get(run.letters[0].item, -1) < text.own:
        return False
    box = run.box
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left - 2 <= x <= right + 2 and bottom - 2 <= y <= top + 2 for left, bottom, right, top in widgets)


def _recognise_scan(runs: Sequence[Run], look: Look, images: Sequence[Box]) -> None:
    """Unseen text over or under the picture of a page, where that picture has ink too, was laid there by a scanner."""
    height, width = look.seen.shape
    area = sum((box[2] - box[0]) * (box[3] - box[1]) for box in images) * look.scale**2
    if area < SCANNED * height * width:
        return
    hidden = [
        run for run in runs if run.hidden in (Unseen.INVISIBLE, Unseen.COVERED) and any(across(run.box, box) for box in images)
    ]
    if hidden and sum(is_inked(look, run.box) for run in hidden) >= _LIKE_SCANNED * len(hidden):
        for run in hidden:
            run.hidden = Unseen.SCAN
