"""Small marks drawn at the letters of a text, that change what it says: a dot, a hyphen, the stem that makes an 'a' a 'd'.

They are looked for on the page without that text, where its letters stand, in the gaps to the next text of its line and as low as the
tail of a 'q'. Lines, boxes and fills of a form are measured beyond the text: a line of a form goes on where a letter ends.
Runs in the sandbox.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.documents.pdf_look import DrawnPage, Look, Window
from triage.documents.pdf_text import Box, Run, laid, upright

DRAWN = 60 / 255  # difference with the paper: of a drawing that could be part of a letter
LEAST = 0.005  # of the size of the type, squared: half a full stop
# All of the size of the type:
LOW, HIGH = -0.3, 0.95  # how far letters reach below and above their line
ENDS, GAP = 0.2, 0.8  # how far before and behind the text is looked; the widest gap to other text of the same words
AROUND, ABOVE = 3.0, 1.5  # how far beyond the text lines are followed
LONG = 2.5  # a straight line: no hyphen or underscore is as long
TALL = 1.1  # an upright line: no letter is as tall
SOLID = 0.5  # a fill: no stroke of a letter is as thick
THICK = 0.15  # a dotted line
DOTS = 6  # dashes or dots of a dotted line
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where to look, level: left, bottom, right and top, in points of the page turned so that the line runs to the right."""

    zone: Box  # where a mark would be read with the letters
    inner: tuple[float, float]  # its left and right without the ends: marks there are letters' own
    words: float  # the width of the text with what stands close to it


def marked(look: Look, bare: DrawnPage, runs: Sequence[Run]) -> list[Run]:
    """The runs at whose letters something is drawn. `bare` is the page without them."""
    return [run for run, place in zip(runs, _places(runs), strict=True) if place and _has_marks(look, bare, run, place)]


def _places(runs: Sequence[Run]) -> list[_Place | None]:
    lines: dict[int | None, list[tuple[Box, Run]]] = {}
    for run in runs:
        lines.setdefault(run.letters[0].turn, []).append((upright(run.box, run.letters[0].turn), run))
    return [_place(run, lines[run.letters[0].turn]) for run in runs]


def _place(run: Run, others: Sequence[tuple[Box, Run]]) -> _Place | None:
    first = run.letters[0]
    size = max(first.size, 1.0)
    left, bottom, right, top = upright(run.box, first.turn)
    if first.turn is None:
        return _Place((left, bottom, right, top), (left, right), right - left)
    level = [box for box, other in others if other is not run and abs(other.letters[0].base - first.base) < 0.5 * size]
    before = max((box[2] for box in level if box[0] < left and left - GAP * size < box[2]), default=None)
    behind = min((box[0] for box in level if box[2] > right and box[0] < right + GAP * size), default=None)
    inner = left if before is None else min(before, left), right if behind is None else max(behind, right)
    ends = inner[0] - (ENDS * size if before is None else 0), inner[1] + (ENDS * size if behind is None else 0)
    zone = (ends[0], first.base + LOW * size, ends[1], first.base + HIGH * size)
    return _Place(zone, inner, right - left)


def _has_marks(look: Look, bare: DrawnPage, run: Run, place: _Place) -> bool:
    turn, size = run.letters[0].turn, max(run.letters[0].size, 1.0)
    zone, usual = look.window(laid(place.zone, turn), 0), look.window(run.box, 0)
    if bare.spread(zone) <= DRAWN or not bare.grey[usual].size or not (bare.against(zone, usual) > DRAWN).any():
        return False
    left, bottom, right, top = place.zone
    around = (left - AROUND * size, bottom - ABOVE * size, right + AROUND * size, top + ABOVE * size)
    window = look.window(laid(around, turn), 0)
    level = np.rot90(bare.against(window, usual) > DRAWN, -(turn or 0))
    begin, _, _, high = upright(_in_points(look, window), turn)
    inside = tuple(round((x - begin) * look.scale) for x in (left, *place.inner, right))
    rows = tuple(round((high - y) * look.scale) for y in (top, run.letters[0].base, bottom))
    return _ink(level, _Pixels(inside, rows, size * look.scale, place.words * look.scale)) > LEAST * (size * look.scale) ** 2


def _in_points(look: Look, window: Window) -> Box:
    rows, columns = window
    left, right = (look.left + column / look.scale for column in (columns.start, columns.stop))
    top, bottom = (look.top - row / look.scale for row in (rows.start, rows.stop))
    return left, bottom, right, top


@dataclass(frozen=True, slots=True)
class _Pixels:
    """The same place in pixels of a picture that is level."""

    columns: tuple[int, ...]  # where the zone begins, its letters begin and end, and it ends
    rows: tuple[int, ...]  # its top, the baseline, and its bottom
    size: float
    words: float


def _ink(dark: Marks, at: _Pixels) -> int:
    """How much of a mark stands at letters, or by itself just before or behind them."""
    from scipy import ndimage

    first, begin, end, last = (max(0, column) for column in at.columns)
    rows = slice(max(0, at.rows[0]), max(0, at.rows[2]))
    marks = dark & ~_lines(dark, at)
    ink = int(marks[rows, begin:end].sum())
    if not (marks[rows, first:begin].any() or marks[rows, end:last].any()):
        return ink
    spots, _ = ndimage.label(dark, np.ones((3, 3), dtype=bool))
    for number, (down, aside) in enumerate(ndimage.find_objects(spots), start=1):
        small = down.stop - down.start < 0.35 * at.size and aside.stop - aside.start < 0.7 * at.size
        if small and first < aside.stop and aside.start < last and not (aside.start >= begin and aside.stop <= end):
            ink += int(((spots == number) & marks)[rows, first:last].sum())
    return ink


def _lines(dark: Marks, at: _Pixels) -> Marks:
    """The straight lines, dotted lines and fills of a form."""
    from scipy import ndimage

    long = max(at.size, min(0.9 * at.words, LONG * at.size))
    level = _but_strokes(straight(dark.T, round(long)).T, at)
    solid = ndimage.minimum_filter(dark, round(SOLID * at.size))
    lines = (
        level | straight(dark, round(TALL * at.size)) | ndimage.maximum_filter(solid, round(SOLID * at.size)) | _dotted(dark, at)
    )
    wide: Marks = ndimage.binary_dilation(lines, np.ones((3, 3), dtype=bool), iterations=2)
    return wide


def straight(marks: Marks, length: int) -> Marks:
    """What goes on straight down for so many pixels."""
    found: Marks = np.zeros_like(marks)
    columns = np.flatnonzero(np.count_nonzero(marks, axis=0) >= length)  # in most there is too little for a line
    if not len(columns) or marks.shape[0] < length:
        return found
    part = marks[:, columns]
    total = np.vstack([np.zeros((1, len(columns)), dtype=np.int32), np.cumsum(part, axis=0, dtype=np.int32)])
    full = total[length:] - total[:-length] == length  # a stretch begins here
    change = np.zeros((part.shape[0] + 1, len(columns)), dtype=np.int32)
    change[: full.shape[0]] += full
    change[length : length + full.shape[0]] -= full
    found[:, columns] = np.cumsum(change, axis=0)[:-1] > 0
    return found


def _but_strokes(level: Marks, at: _Pixels) -> Marks:
    """Level lines without a thin one amid the letters that ends where they do: that is a stroke or a dash."""
    from scipy import ndimage

    high, low = at.rows[1] - 0.6 * at.size, at.rows[1] - 0.1 * at.size
    if not level[max(0, int(high)) : max(0, int(low))].any():
        return level
    spots, _ = ndimage.label(level)
    kept = level.copy()
    for place in ndimage.find_objects(spots):
        down, aside = place
        amid = high <= down.start and down.stop <= low and down.stop - down.start < 0.2 * at.size
        if amid and aside.stop - aside.start < at.columns[3] - at.columns[0] + at.size:
            kept[place] = False
    return kept


def _dotted(dark: Marks, at: _Pixels) -> Marks:
    """Rows of dots or dashes to write on: under the letters, or going on beyond them."""
    found = np.zeros_like(dark)
    begins = np.diff(dark.astype(np.int8), axis=1, prepend=0) == 1
    outside = begins[:, : max(0, at.columns[0])].sum(axis=1) + begins[:, max(0, at.columns[3]) :].sum(axis=1)
    often = np.flatnonzero((begins.sum(axis=1) >= DOTS) & (dark.mean(axis=1) > 0.1))
    for rows in np.split(often, np.flatnonzero(np.diff(often) > 1) + 1):
        if len(rows) and len(rows) <= THICK * at.size and (rows[0] > at.rows[1] or outside[rows].max() >= DOTS / 2):
            found[rows] = dark[rows]
    return found
