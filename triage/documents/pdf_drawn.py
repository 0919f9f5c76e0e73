"""What a page shows besides its text: letters drawn as lines, pictures of words, and letters that say nothing. Runs in the sandbox.

The page is drawn without the text that is what it says. Straight lines, boxes and flat fills are left out; what remains and stands
beside a value, or looks like words, is for a person, or for OCR (`triage.documents.drawn_words`).
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.documents.pdf_text import Box, Letter, PageText, Run, laid, upright
from triage.documents.pdf_visible import FAINT, Grey, Look, drawn
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
    mute: tuple[Box, ...]  # of ink of text that no letter accounts for: letters that say spaces or nothing

    def picture(self) -> str:
        """What remains, cut out of the page: JPEG in base64."""
        from PIL import Image

        places = [self.look.window(box, 12) for box in self.boxes]
        top, left = min(rows.start for rows, _ in places), min(columns.start for _, columns in places)
        bottom, right = max(rows.stop for rows, _ in places), max(columns.stop for _, columns in places)
        image = Image.fromarray((self.look.seen[top:bottom, left:right] * 255).astype(np.uint8))
        buffer = io.BytesIO()
        image.save(buffer, format="JPEG", quality=90)
        return base64.b64encode(buffer.getvalue()).decode()

    @property
    def may_be_words(self) -> bool:
        """Whether some of it stands as letters do, a few of one height beside each other, or is large or long enough to be words."""
        return any(_is_large(box) for box in self.boxes) or any(len(group) >= LETTERS for group in _in_rows(self.boxes))


def remains_of(page: Any, seen: Look, text: PageText, runs: Sequence[Run]) -> Remains:
    """Look at a page (annotations made part of it) without its text. `seen` is how it looked to a reader, at SCALE."""
    import pypdfium2.raw as raw

    for item in text.items.values():
        raw.FPDFPageObj_SetIsActive(item, False)
    bare = drawn(page, seen.scale, forms=False)
    for item in text.items.values():
        raw.FPDFPageObj_SetIsActive(item, True)
    if bare.shape != seen.seen.shape:
        return Remains(seen, (), ())
    without = seen.seen.copy()
    for run in runs:
        if run.hidden not in UNTOLD:
            for letter in run.letters:
                if says_something(letter):
                    window = seen.window(_room(letter), 1)
                    without[window] = bare[window]
    look = Look(without, seen.scale, seen.left, seen.top)
    spare = np.abs(without - bare)
    for run in runs:
        if run.hidden in UNTOLD:
            for letter in run.letters:
                spare[seen.window(_room(letter), 2)] = 0.0
    return Remains(look, tuple(_boxes(look)), tuple(_spots(look, spare > 1.5 * FAINT)))


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


def _boxes(look: Look) -> Iterator[Box]:
    """The marks on a picture, without straight lines and boxes."""
    from scipy import ndimage

    marks = _edges(look.seen)
    if not marks.any():
        return
    spots, count = ndimage.label(ndimage.binary_dilation(marks, np.ones((2, 2), dtype=bool)), np.ones((3, 3), dtype=bool))
    if count > MAX_MARKS * 4:
        spots, count = ndimage.label(ndimage.binary_dilation(marks, np.ones((9, 9), dtype=bool)))
    found = []
    for number, place in enumerate(ndimage.find_objects(spots), start=1):
        rows, columns = place
        high, wide = rows.stop - rows.start, columns.stop - columns.start
        if max(high, wide) >= 5 and not _is_box(spots[place] == number):
            found.append((columns.start, rows.start, columns.stop, rows.stop))
    for x0, y0, x1, y1 in found[:MAX_MARKS]:
        yield _in_points(look, x0, y0, x1, y1)


def _in_points(look: Look, x0: int, y0: int, x1: int, y1: int) -> Box:
    return look.left + x0 / look.scale, look.top - y1 / look.scale, look.left + x1 / look.scale, look.top - y0 / look.scale


def _edges(grey: Grey) -> Marks:
    """Where brightness changes within two pixels, save along straight lines."""
    marks = np.zeros(grey.shape, dtype=bool)
    down, aside = np.abs(grey[2:] - grey[:-2]) > FAINT, np.abs(grey[:, 2:] - grey[:, :-2]) > FAINT
    marks[1:-1] |= _without_runs(down.T).T
    marks[:, 1:-1] |= _without_runs_down(aside)
    return marks


def _without_runs(edges: Marks) -> Marks:
    """Edges without those that run on along the first axis."""
    return _without_runs_down(edges)


def _without_runs_down(edges: Marks) -> Marks:
    """Without what goes on straight down for STRAIGHT pixels."""
    if edges.shape[0] < STRAIGHT or not edges.any():
        return edges
    total = np.vstack([np.zeros((1, edges.shape[1]), dtype=np.int32), np.cumsum(edges, axis=0, dtype=np.int32)])
    full = total[STRAIGHT:] - total[:-STRAIGHT] == STRAIGHT  # a run begins here
    if not full.any():
        return edges
    change = np.zeros((edges.shape[0] + 1, edges.shape[1]), dtype=np.int32)
    change[: full.shape[0]] += full
    change[STRAIGHT : STRAIGHT + full.shape[0]] -= full
    return edges & ~(np.cumsum(change, axis=0)[:-1] > 0)


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
