"""What a page shows besides its text: letters drawn as lines, pictures of words, and letters that say nothing. Runs in the sandbox.

The page is drawn without the text that is what it says. Straight lines, boxes and flat fills are left out; what remains and stands
beside a value, or looks like words, is for a person, or for OCR (`triage.documents.drawn_words`).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.documents.pdf_look import FAINT, WEIGHTS, DrawnPage, Grey, Look, drawn
from triage.documents.pdf_marks import straight
from triage.documents.pdf_text import Box, Letter, PageText, Run, laid, upright
from triage.documents.unseen import Unseen

SCALE = 2.0  # pixels a point: 144 dots an inch
MAX_PIXELS = 4_000_000
STRAIGHT = 36  # pixels: a straight edge this long is of a line, a box or a fill
MAX_MARKS = 3_000  # of one page: more are a photo, that no words are looked for in
LETTERS = 3  # beside each other, that may be a word
# Of these a reader sees something else than they say: they stay in the picture.
UNTOLD = frozenset({Unseen.OTHER, Unseen.PERHAPS, Unseen.NOT_COMPARED, Unseen.MORE})
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Remains:
    """What a page shows without the text that is what it says."""

    look: Look  # the picture of it
    boxes: tuple[Box, ...]  # of its marks, in points
    sides: tuple[Box, ...]  # of boxes lower than STRAIGHT, as far as they are taller than the text beside them
    mute: tuple[Box, ...]  # of ink of text that no letter accounts for: letters that say spaces or nothing

    def picture(self) -> str:
        """What remains, cut out of the page: JPEG in base64."""
        from PIL import Image

        places = [self.look.window(box, 12) for box in (*self.boxes, *self.sides)]
        top, left = min(rows.start for rows, _ in places), min(columns.start for _, columns in places)
        bottom, right = max(rows.stop for rows, _ in places), max(columns.stop for _, columns in places)
        shown = self.look.seen.copy()
        for window in places if self.look.shown.colours is not None else ():
            shown[window] = self.look.shown.clearest(window)
        image = Image.fromarray((shown[top:bottom, left:right] * 255).astype(np.uint8))
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=90)
        return base64.b64encode(buffer.getvalue()).decode()

    @property
    def may_be_words(self) -> bool:
        """Whether some of it stands as letters do, a few of one height beside each other, or is large or long enough to be words."""
        marks = (*self.boxes, *self.sides)
        return any(_is_large(box) for box in marks) or any(len(group) >= LETTERS for group in _in_rows(marks))


def remains_of(page: Any, seen: Look, text: PageText, runs: Sequence[Run]) -> Remains:
    """Look at a page (annotations made part of it) without its text. `seen` is how it looked to a reader, at SCALE."""
    import pypdfium2.raw as raw

    for item in text.items.values():
        raw.FPDFPageObj_SetIsActive(item, False)
    bare = drawn(page, seen.scale, forms=False, in_colour=seen.shown.colours is not None)
    for item in text.items.values():
        raw.FPDFPageObj_SetIsActive(item, True)
    if bare.grey.shape != seen.seen.shape:
        return Remains(seen, (), (), ())
    without = _without(seen, bare, runs)
    spare = without.shown.apart(bare)
    for letter in (letter for run in runs if run.hidden in UNTOLD for letter in run.letters):
        spare[seen.window(_room(letter), 2)] = 0.0
    boxes, sides = _boxes(without)
    return Remains(without, boxes, sides, tuple(_spots(without, spare > 1.5 * FAINT)))


def _without(seen: Look, bare: DrawnPage, runs: Sequence[Run]) -> Look:
    """The page without the letters that are what they say."""
    grey = seen.seen.copy()
    colours = None if seen.shown.colours is None else seen.shown.colours.copy()
    for letter in (letter for run in runs if run.hidden not in UNTOLD for letter in run.letters if says_something(letter)):
        window = seen.window(_room(letter), 1)
        grey[window] = bare.grey[window]
        if colours is not None and bare.colours is not None:
            colours[window] = bare.colours[window]
    return replace(seen, shown=DrawnPage(grey, colours))


def says_something(letter: Letter) -> bool:
    """Whether a letter accounts for its ink. Punctuation and signs do for as much as they can draw; spaces for nothing."""
    words = letter.text.strip()
    if not words or any(one.isalnum() or one == "\ufffd" for one in words):
        return bool(words)
    left, bottom, right, top = upright(letter.box, letter.turn)
    small = min(right - left, top - bottom) < 0.5 * letter.size
    return small or words in "@&%€#?=+©®™…—–☐☑☒✓✔✗✘●○■□▪▫•"


def _room(letter: Letter) -> Box:
    """The letter with what sticks out of its box."""
    left, bottom, right, top = upright(letter.box, letter.turn)
    if right - left < 0.02 * letter.size or top - bottom < 0.02 * letter.size:
        left, _, right, _ = upright(letter.room, letter.turn)
        bottom, top = letter.base - 0.3 * letter.size, letter.base + 1.1 * letter.size
    return laid((left - 0.3, bottom - 0.3, right + 0.3, top + 0.3), letter.turn)


def _spots(look: Look, ink: Marks) -> Iterator[Box]:
    """Ink of text that no letter accounts for; pdfium leaves out spaces behind spaces, so letters can't be asked."""
    from scipy import ndimage

    if not ink.any():
        return
    spots, _ = ndimage.label(ink, np.ones((3, 3), dtype=bool))
    for rows, columns in ndimage.find_objects(spots)[:MAX_MARKS]:
        if rows.stop - rows.start >= 7 and columns.stop - columns.start >= 3:
            yield _in_points(look, columns.start, rows.start, columns.stop, rows.stop)


def _boxes(look: Look) -> tuple[tuple[Box, ...], tuple[Box, ...]]:
    """The marks on a picture without straight lines and boxes, and those that are sides of low boxes."""
    from scipy import ndimage

    marks, level = _edges(look.shown)
    if not marks.any():
        return (), ()
    spots, count = ndimage.label(ndimage.binary_dilation(marks, np.ones((2, 2), dtype=bool)), np.ones((3, 3), dtype=bool))
    if count > MAX_MARKS * 4:
        spots, count = ndimage.label(ndimage.binary_dilation(marks, np.ones((9, 9), dtype=bool)))
    found: list[Box] = []
    sides: list[Box] = []
    for number, (rows, columns) in enumerate(ndimage.find_objects(spots), start=1):
        if max(rows.stop - rows.start, columns.stop - columns.start) < 5 or _is_box(spots[rows, columns] == number):
            continue
        if _is_step(look.shown, rows, columns):
            continue
        kind = sides if _is_side(level, rows, columns) else found
        kind.append(_in_points(look, columns.start, rows.start, columns.stop, rows.stop))
    return tuple(found[:MAX_MARKS]), tuple(sides[:MAX_MARKS])


def _is_side(level: Marks, rows: slice, columns: slice) -> bool:
    """Whether an upright mark runs from one level line to another: the side of a box."""
    high, wide = rows.stop - rows.start, columns.stop - columns.start
    near = slice(max(0, columns.start - 3), columns.stop + 3)
    upper, lower = slice(max(0, rows.start - 3), rows.start + 4), slice(max(0, rows.stop - 4), rows.stop + 3)
    return wide <= 0.6 * high and bool(level[upper, near].any() and level[lower, near].any())


def _is_step(shown: DrawnPage, rows: slice, columns: slice) -> bool:
    """Whether a thin upright mark is where one colour ends and another begins: the edge of a fill."""
    wide, left, right = columns.stop - columns.start, columns.start - 2, columns.stop + 1
    if wide > 4 or left < 0 or right >= shown.grey.shape[1]:
        return False
    aside = DrawnPage(
        shown.grey[rows, left : right + 1], None if shown.colours is None else shown.colours[rows, left : right + 1]
    )
    apart = aside.against((slice(None), slice(-1, None)), (slice(None), slice(0, 1)))
    return float(np.median(apart)) > FAINT


def _in_points(look: Look, x0: int, y0: int, x1: int, y1: int) -> Box:
    return look.left + x0 / look.scale, look.top - y1 / look.scale, look.left + x1 / look.scale, look.top - y0 / look.scale


def _edges(shown: DrawnPage) -> tuple[Marks, Marks]:
    """Where brightness or a colour changes within two pixels, save along straight lines; and along those that are level."""
    marks = np.zeros(shown.grey.shape, dtype=bool)
    down, aside = _changes(shown.grey, FAINT)
    for channel, weight in enumerate(WEIGHTS if shown.colours is not None else ()):
        more = _changes(shown.colours[..., channel].astype(np.int16), FAINT * 255 / weight)  # type: ignore[index]
        down, aside = down | more[0], aside | more[1]
    level = np.zeros(shown.grey.shape, dtype=bool)
    level[1:-1] = straight(down.T, STRAIGHT).T
    marks[1:-1] |= down & ~level[1:-1]
    marks[:, 1:-1] |= aside & ~straight(aside, STRAIGHT)
    return marks, level


def _changes(level: Grey | NDArray[np.int16], least: float) -> tuple[Marks, Marks]:
    return np.abs(level[2:] - level[:-2]) > least, np.abs(level[:, 2:] - level[:, :-2]) > least


def _is_box(spot: Marks) -> bool:
    """Whether a mark is the rim of a box to tick or a corner of a larger one."""
    high, wide = spot.shape
    if min(high, wide) < 9:
        return False
    inner = spot[4:-4, 4:-4]
    return not inner.any() and bool(spot[:4].mean() > 0.4 and spot[-4:].mean() > 0.4)


def _is_large(box: Box) -> bool:
    """A picture, or letters that touch each other."""
    wide, high = box[2] - box[0], box[3] - box[1]
    return min(wide, high) > 20 or (min(wide, high) >= 4 and max(wide, high) > 2.2 * min(wide, high) and max(wide, high) > 14)


def _in_rows(boxes: Sequence[Box]) -> Iterator[list[Box]]:
    """Marks of about one height that stand close beside each other."""
    letters = sorted((box for box in boxes if box[3] - box[1] >= 3.5), key=lambda box: box[0])
    open_groups: list[list[Box]] = []
    for box in letters[:MAX_MARKS]:
        for group in open_groups:
            last = group[-1]
            tall = max(last[3] - last[1], box[3] - box[1])
            level = min(last[3], box[3]) - max(last[1], box[1]) > 0.4 * tall
            if level and -0.2 * tall < box[0] - last[2] < 0.6 * tall and box[2] - box[0] < 6 * tall:
                group.append(box)
                break
        else:
            open_groups.append([box])
        open_groups = [group for group in open_groups if box[0] - group[-1][2] < 60]
        if group_done := [group for group in open_groups if len(group) >= LETTERS]:
            yield group_done[0]
            return
    yield from open_groups
