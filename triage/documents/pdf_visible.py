"""Whether a reader sees the text of a PDF page as the file says it. Runs in the sandbox.

The page is drawn as a reader sees it, and again without its text: where both are alike, text is not seen (invisible, in the colour of
the paper, under something, clipped, transparent, on a layer that is off, in empty glyphs). What the text does change there is
compared with the letters it should be: a file may map a drawn letter to any other (ToUnicode).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.documents.letter_shapes import TWINS, Shape, ShapeLikeness, compare, shape_of, unlike_twins, usual_height
from triage.documents.pdf_look import FAINT, DrawnPage, Grey, Look, drawn
from triage.documents.pdf_marks import marked
from triage.documents.pdf_text import Box, Letter, PageText, Run, across, how_drawn, is_of_symbols, laid, upright
from triage.documents.unseen import Unseen

LETTERS_SCALE = 5.0  # pixels a point: letters of 8 points are as large as those in letter_shapes.npz
SECONDS = 2.5  # of processor time for all pages together; child.CPU_TIME is twice this
LAYERS = 4  # texts that lie over each other and are looked at apart
SMALLEST = 5.0  # points: smaller text is not read by anybody
SMALL, LITTLE = 5.8, 8.0  # points: what is smaller, or pale and smaller, is hardly read
PALE = 0.2  # difference in brightness: below this, small letters are hardly seen
READABLE = 20.0  # pixels: of smaller type the letters can't be told apart
MOST_TWINS = 300  # letters of one font that are told from their twins
LIES = 2  # different letters of a font that are others: one may be a letter of an odd face
STRUCK = (0.16, 0.56)  # of the letter size above its line: where a stroke through the letters runs
CROSSED = 0.6  # of the width
_MARGIN, _SPILL = 1, 2  # pixels around the box of a letter: of its own ink, and of its edges
_DOT = 0.008  # of the size of the type, squared: about the ink of a dot
Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Seen:
    """A letter that changes the page."""

    run: Run
    letter: Letter
    part: Grey  # the change where it stands, 0..1


class RenderComparison:
    """Compares the text of the pages of one file with how they look, within its time."""

    def __init__(self) -> None:
        self._until = time.process_time() + SECONDS

    def judge(self, page: Any, look: Look, text: PageText, runs: Sequence[Run]) -> None:
        """Say of each run why it is not seen as it says. `page` has its annotations made part of it (flattened)."""
        if time.process_time() > self._until:
            for run in runs:
                run.hidden = Unseen.NOT_COMPARED
            return
        layers = _layers(runs)
        for layer in layers[:LAYERS]:
            bare = _without(page, look, text, layer)
            _judge_layer(look, bare, layer, text)
        for run in (run for layer in layers[LAYERS:] for run in layer):
            run.hidden = Unseen.COVERED


def _layers(runs: Sequence[Run]) -> list[list[Run]]:
    """Runs that can be looked at together: in no layer does one lie over another."""
    layers: list[list[Run]] = [[]]
    taken: list[list[tuple[Box, int]]] = [[]]
    for run in runs:
        box = run.box
        place = next((number for number, boxes in enumerate(taken) if not _overlaps(box, run.letters[0].item, boxes)), None)
        if place is None:
            layers.append([])
            taken.append([])
            place = len(layers) - 1
        layers[place].append(run)
        taken[place].append((box, run.letters[0].item))
    return layers


def _overlaps(box: Box, item: int, others: Iterable[tuple[Box, int]]) -> bool:
    """By more than the edges: at least a third of the smaller one, in both directions."""
    for other, owner in others:
        across = min(box[2], other[2]) - max(box[0], other[0])
        along = min(box[3], other[3]) - max(box[1], other[1])
        if owner == item or across <= 0 or along <= 0:
            continue
        if across > 0.3 * min(box[2] - box[0], other[2] - other[0]) and along > 0.3 * min(box[3] - box[1], other[3] - other[1]):
            return True
    return False


def _without(page: Any, look: Look, text: PageText, layer: Sequence[Run]) -> DrawnPage:
    """The page without the text of a layer, and without text that no letters are read of (the second stroke of false bold)."""
    import pypdfium2.raw as raw

    mine = {letter.item for run in layer for letter in run.letters}
    read = {letter.item for letter in text.letters if letter is not None}
    away = [item for address, item in text.items.items() if address in mine or address not in read]
    for item in away:
        raw.FPDFPageObj_SetIsActive(item, False)
    bare = drawn(page, look.scale, forms=False, in_colour=look.shown.colours is not None)
    for item in away:
        raw.FPDFPageObj_SetIsActive(item, True)
    return bare


def _judge_layer(look: Look, bare: DrawnPage, layer: Sequence[Run], text: PageText) -> None:
    if bare.grey.shape != look.seen.shape:
        for run in layer:
            run.hidden = Unseen.NOT_COMPARED
        return
    ink = np.abs(look.seen - bare.grey)
    by_font: dict[tuple[int, float, int | None], list[Run]] = defaultdict(list)
    for run in layer:
        by_font[run.letters[0].font, round(run.letters[0].size, 1), run.letters[0].turn].append(run)
    for runs in by_font.values():
        _judge_font(look, ink, bare.grey, runs, text)
    accounted = np.zeros(ink.shape, dtype=bool)
    for letter in (letter for run in layer for letter in run.letters if letter.text.strip()):
        accounted[look.window(_room(letter), _SPILL)] = True
    for run in layer:
        run.hidden = run.hidden or _beside(look, bare, accounted, run)
    for run in marked(look, bare, [run for run in layer if not run.hidden]):
        run.hidden = Unseen.DRAWN
    for run in layer:
        if any(letter.text.isalnum() for letter in run.letters) and is_of_symbols(text.items.get(run.letters[0].item)):
            run.hidden = run.hidden or Unseen.SYMBOLS


def _judge_font(look: Look, ink: Grey, bare: Grey, runs: Sequence[Run], text: PageText) -> None:
    """Judge the letters of one font and size: how large it is really drawn is known from all of them together."""
    seen: list[Seen] = []
    for run in runs:
        for letter in run.letters:
            if not letter.text.strip():
                continue
            part = ink[look.window(_room(letter), _MARGIN)]
            if not part.size or float(part.max()) < FAINT:
                run.hidden = run.hidden or _why_unseen(look, bare, letter, text)
            else:
                seen.append(Seen(run, letter, part))
    size = _drawn_size(look, seen)
    drawn_at = size / look.scale * look.unit
    for one in seen:
        if one.letter.text.isalnum() and not one.run.hidden and drawn_at < LITTLE:
            pale = float(one.part.max()) < PALE
            small = Unseen.SMALL if drawn_at < SMALLEST else Unseen.PALE if pale or drawn_at < SMALL else ""
            one.run.hidden = small
    _compare(look, seen, size)
    _tell_twins(look, seen, size)


def _tell_twins(look: Look, seen: Sequence[Seen], size: float) -> None:
    """In addresses and codes a '1' is no 'l': compared with the typeface of the other letters."""
    exact = {id(one.run) for one in seen if one.letter.text == "@" or one.letter.text.isdigit()}
    wanted = [one for one in seen if id(one.run) in exact and one.letter.text in TWINS and not one.run.hidden]
    if not wanted or seen[0].letter.turn is None:
        return
    first = {one.letter.text: one for one in reversed(seen) if one.letter.text not in TWINS}
    shaped = [(one, _shape(look, one.letter, _alone(one), size)) for one in (*wanted[:MOST_TWINS], *first.values())]
    told = [(one, shape) for one, shape in shaped if shape is not None]
    for (one, _), unlike in zip(
        told, unlike_twins([one.letter.text for one, _ in told], [shape for _, shape in told]), strict=True
    ):
        if unlike:
            one.run.hidden = one.run.hidden or Unseen.PERHAPS


def _room(letter: Letter) -> Box:
    """Where the ink of a letter must be: what the font says of it, or the whole line where it says nothing."""
    left, bottom, right, top = letter.box
    if right - left > 0.02 * letter.size and top - bottom > 0.02 * letter.size:
        return letter.box
    left, bottom, right, top = upright(letter.room, letter.turn)
    return laid((left, letter.base - 0.3 * letter.size, right, letter.base + 1.1 * letter.size), letter.turn)


def _why_unseen(look: Look, bare: Grey, letter: Letter, text: PageText) -> Unseen:
    left, top, right, bottom = look.pixels(_room(letter))
    height, width = look.seen.shape
    if right <= 0 or bottom <= 0 or left >= width or top >= height:
        return Unseen.OUTSIDE
    mode, (red, green, blue, opaque) = how_drawn(text.items.get(letter.item))
    if mode in (3, 7) or opaque < 40:
        return Unseen.INVISIBLE
    if any(across(_room(letter), box) for box in text.stamps) and text.tops.get(letter.item, 0) < text.own:
        return Unseen.STAMPED
    behind = bare[look.window(_room(letter), 0)]
    if behind.size and abs(float(np.median(behind)) - (0.299 * red + 0.587 * green + 0.114 * blue) / 255) < 2 * FAINT:
        return Unseen.COLOUR
    return Unseen.COVERED


def _drawn_size(look: Look, seen: Sequence[Seen]) -> float:
    """The size of the type in pixels: a file may say 11 points of letters drawn at one."""
    told = seen[0].letter.size * look.scale if seen else 1.0
    sizes = []
    for one in seen[:300]:
        usual = usual_height(one.letter.text) if one.letter.text.isalnum() else None
        if usual:
            dark = one.part > 0.3 * float(one.part.max())
            rows = np.flatnonzero(dark.any(axis=0 if one.letter.turn in (1, 3) else 1))
            sizes.append((int(rows[-1]) + 1 - int(rows[0])) / usual)
    return max(float(np.median(sizes)), 1.0) if len(sizes) >= 3 else max(told, 1.0)


def _compare(look: Look, seen: Sequence[Seen], size: float) -> None:
    """Compare letters with what they are said to be; what fails is looked at again without the ink of its neighbours."""
    again = _doubted(look, [one for one in seen if not one.run.hidden and _tells(one.letter.text)], size)
    close = [_is_close(one) for one, _ in again]
    crowded = [replace(one, part=_alone(one)) for (one, _), near in zip(again, close, strict=True) if near]
    again = _doubted(
        look, [replace(one, part=_alone(one)) for (one, _), near in zip(again, close, strict=True) if not near], size
    ) + _doubted(look, crowded, size, crowded=True)
    others = {one.letter.text for one, likeness in again if likeness is ShapeLikeness.OTHER and size >= READABLE}
    for one, likeness in again:
        if likeness is ShapeLikeness.OTHER and len(others) >= LIES:
            one.run.hidden = Unseen.OTHER
        else:
            one.run.hidden = one.run.hidden or (Unseen.PERHAPS if one.letter.text in others else Unseen.NOT_COMPARED)


def _is_close(one: Seen) -> bool:
    """Whether the letters beside it reach into its box, as in italics."""
    letters, box = one.run.letters, upright(one.letter.box, one.letter.turn)
    place = next((number for number, letter in enumerate(letters) if letter is one.letter), 0)
    sides = [upright(letter.box, letter.turn) for letter in letters[max(0, place - 1) : place + 2] if letter is not one.letter]
    gap = 0.0 * one.letter.size
    return any(side[0] < box[2] + gap and box[0] - gap < side[2] for side in sides)


def _doubted(look: Look, seen: Sequence[Seen], size: float, crowded: bool = False) -> list[tuple[Seen, ShapeLikeness]]:
    """The letters that are not what they are said to be, and what they are."""
    shapes = [None if one.letter.turn is None else _shape(look, one.letter, one.part, size) for one in seen]
    told = [(one, shape) for one, shape in zip(seen, shapes, strict=True) if shape is not None]
    likenesses = compare([one.letter.text for one, _ in told], [shape for _, shape in told], crowded)
    without = [(one, ShapeLikeness.UNKNOWN) for one, shape in zip(seen, shapes, strict=True) if shape is None]
    return without + [
        (one, likeness) for (one, _), likeness in zip(told, likenesses, strict=True) if likeness is not ShapeLikeness.SAME
    ]


def _alone(one: Seen) -> Grey:
    """The ink of a letter without what sticks out of the letters beside it, as in italics."""
    from scipy import ndimage

    dark = one.part > 0.25 * float(one.part.max())
    marks, count = ndimage.label(dark, np.ones((3, 3), dtype=bool))
    if count < 2:
        return one.part
    level = marks if one.letter.turn in (0, 2) else marks.T
    edges = {int(mark) for mark in (*level[:, 0], *level[:, -1])}
    sizes = np.bincount(marks.ravel(), minlength=count + 1)
    largest = int(np.argmax(sizes[1:])) + 1
    stray = [mark for mark in edges if mark and mark != largest and sizes[mark] < 0.35 * sizes[largest]]
    return np.where(np.isin(marks, stray), np.float32(0), one.part)


def _tells(text: str) -> bool:
    """Whether a value depends on it: letters, digits and the signs of an address, but no bullets and boxes."""
    return any(one.isalnum() or one in "@.-_\ufffd" for one in text)


def _shape(look: Look, letter: Letter, part: Grey, size: float) -> Shape | None:
    """The shape of a letter as it stands when its line is level."""
    rows, columns = look.window(_room(letter), _MARGIN)
    (x, y, _, _) = laid((0.0, letter.base, 0.0, letter.base), letter.turn)
    across_page = (x - look.left) * look.scale - columns.start
    down_page = (look.top - y) * look.scale - rows.start
    height, width = part.shape
    baseline = {1: across_page, 2: height - down_page, 3: width - across_page}.get(letter.turn or 0, down_page)
    return shape_of(np.rot90(part, -(letter.turn or 0)), baseline, size)


def _beside(look: Look, bare: DrawnPage, accounted: Marks, run: Run) -> str:
    """Why there is more to see than the letters say: other text without letters, or a stroke through them."""
    size = max(run.letters[0].size, 1.0) * look.scale
    window = look.window(run.box, 0.3 * size)
    ink = look.shown.apart(bare, window)
    spare = ink[~accounted[window]]
    if int((spare > max(0.4 * float(ink.max(initial=0.0)), FAINT)).sum()) > _DOT * size * size:
        return Unseen.MORE
    return Unseen.STRUCK if _is_struck(look, bare, run) else ""


def _is_struck(look: Look, bare: DrawnPage, run: Run) -> bool:
    """Whether a line runs through the middle of the letters; what lies under them, and fills behind them, do not count."""
    first = run.letters[0]
    if first.turn is None:
        return False
    left, _, right, _ = upright(run.box, first.turn)
    low, high = (first.base + part * first.size for part in STRUCK)
    band = look.window(laid((left, low, right, high), first.turn), 0)
    if right - left < first.size or bare.spread(band) <= FAINT:
        return False
    part = bare.against(band, band)
    dark = (part if first.turn in (0, 2) else part.T) > FAINT
    thick = dark.sum(axis=0)
    return float(((thick > 0) & (thick < 0.6 * dark.shape[0])).mean()) >= CROSSED
