"""Whether a drawn shape is the letter that a file says it is: compared with the letters of common typefaces.

`letter_shapes.npz` holds them: for each letter of each face a picture of SIDE by SIDE grey values and where it stands on its line,
made by `benchmarks/letter_shapes.py`, where it was also measured how often an honest letter is taken for another, and the reverse.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SIDE = 16
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@.-_,:;()'&/+–áéíóúàèëïöüäçñâêîôûÁÉÍÓÚÀÈËÏÖÜÄÇÑ"
TOGETHER = ("ff", "fi", "fl", "ffi", "ffl", "ij", "IJ", "tt", "ti")  # drawn by one glyph in some faces
LOOK_ALIKE = (frozenset("lI1|"), frozenset("0Oo"), frozenset("-–_"), frozenset(",'"))
# Told apart in an address or code by the typeface of the letters around them; within LOOK_ALIKE they pass for each other.
TWINS = {"l": "1", "I": "1", "1": "l", "o": "0", "0": "o", "-": "_", "–": "_", "_": "-"}
_TELLING, _ENOUGH, _FACES = frozenset("abcdefghijkmnpqrstuvwxyzABDEFGHKMNPQRSTW"), 5, 5
_UNLIKE, _UNLIKE_AT_LEAST = 2.0, 0.02
_HEIGHT, _WIDTH = 0.15, 0.03  # weight of where a letter stands and of how wide it is, beside its picture
_BETTER = 1.25  # another letter fits this many times better: it can't be told
_CLEARLY = 1.6  # and this many times: it is that other letter
_CROWDED = 1.6  # the same for both, of a letter with ink of its neighbours in its box
_NEAR = 0.05  # an own letter nearer than this is never said to be another
_TOO_FAR = 0.2  # farther from every face: not a letter that can be compared
_PALE = 0.25  # of the darkest ink: lighter is the edge of a stroke
Ink = NDArray[np.float32]
FILE = Path(__file__).parent / "letter_shapes.npz"


class ShapeLikeness(Enum):
    """What a comparison tells."""

    SAME = "same"
    OTHER = "other"  # it looks like another letter
    UNKNOWN = "unknown"  # it can't be told


@dataclass(frozen=True, slots=True)
class Shape:
    """A letter without its size."""

    picture: Ink  # SIDE * SIDE values 0..1
    top: float  # above the baseline, in sizes of the type
    bottom: float
    width: float


def shape_of(ink: Ink, baseline: float, size: float) -> Shape | None:
    """The shape in a picture of ink (0..1); `baseline` is its row and `size` that of the type in pixels. None without ink."""
    dark = ink > _PALE * max(float(ink.max(initial=0.0)), 0.2)
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    if not len(rows):
        return None
    y0, y1, x0, x1 = int(rows[0]), int(rows[-1]) + 1, int(columns[0]), int(columns[-1]) + 1
    part = ink[y0:y1, x0:x1]
    part = part / np.float32(max(float(part.max()), 1e-6))
    small: Ink = (_averages(y1 - y0) @ part @ _averages(x1 - x0).T).astype(np.float32)
    return Shape(small.reshape(-1), (baseline - y0) / size, (baseline - y1) / size, (x1 - x0) / size)


@lru_cache(maxsize=512)
def _averages(length: int) -> Ink:
    """The matrix that averages `length` values to SIDE."""
    edges = np.linspace(0, length, SIDE + 1)
    places = np.arange(length)
    share = np.minimum(edges[1:, None], places + 1) - np.maximum(edges[:-1, None], places)
    share = np.maximum(share, 0.0)
    averages: Ink = (share / share.sum(axis=1, keepdims=True)).astype(np.float32)
    return averages


@dataclass(frozen=True, slots=True)
class _Known:
    """The letters of all faces."""

    names: NDArray[np.str_]
    pictures: Ink  # one a row
    tops: Ink
    bottoms: Ink
    widths: Ink
    squares: Ink  # of each row of pictures
    order: tuple[str, ...]  # the different names
    starts: NDArray[np.intp]  # where each begins; names stand together


@cache
def _known() -> _Known:
    with np.load(FILE) as stored:
        pictures = stored["pictures"].astype(np.float32) / 15
        names, places = stored["names"], stored["places"].astype(np.float32)
    order, starts = np.unique(names, return_index=True)
    tops, bottoms, widths = places.T
    squares: Ink = (pictures**2).sum(axis=1)
    return _Known(names, pictures, tops, bottoms, widths, squares, tuple(map(str, order)), starts)


def load_letters() -> None:
    """Read the table of letters ahead of the first comparison."""
    for name in _known().order:
        usual_height(name)
        _alike(name, _known().order)
    _single(_known().order)


def is_known(text: str) -> bool:
    """Whether this letter, or these letters drawn together, can be compared."""
    return text in _known().order


@cache
def usual_height(text: str) -> float | None:
    """How tall the ink of this letter is on average, in sizes of the type."""
    known = _known()
    if text not in known.order:
        return None
    mine = known.names == text
    return float((known.tops[mine] - known.bottoms[mine]).mean())


def compare(said: list[str], shapes: list[Shape], crowded: bool = False) -> list[ShapeLikeness]:
    """Whether each shape is the letter it is said to be. `crowded`: ink of the letters beside them may have crept in, as in italics."""
    if not shapes:
        return []
    nearest = _distances(shapes)
    order = _known().order
    return [_likeness(text, row, order, crowded) for text, row in zip(said, nearest, strict=True)]


def unlike_twins(said: list[str], shapes: list[Shape]) -> list[bool]:
    """Whether each letter is its twin in a typeface like that of the others: a '1' that is said to be an 'l'.

    In some face or other they are alike; in one face hardly ever. The faces are those that the other letters are most like.
    """
    kept = [letter in TWINS for letter in said]
    others = {letter: shape for letter, shape in zip(said, shapes, strict=True) if letter in _TELLING}
    if not any(kept) or len(others) < _ENOUGH:
        return [False] * len(said)
    faces = np.argsort(sum(_to_faces(letter, [shape])[0] for letter, shape in others.items()))[:_FACES]
    unlike = []
    for letter, shape in zip(said, shapes, strict=True):
        if letter not in TWINS:
            unlike.append(False)
            continue
        if letter in "-–_":  # their pictures are alike, not where they stand
            unlike.append(shape.bottom > 0.05 if letter == "_" else shape.top < 0)
            continue
        own, twin = (float(_to_faces(name, [shape])[0][faces].min()) for name in (letter, TWINS[letter]))
        unlike.append(own > _UNLIKE * twin and own > _UNLIKE_AT_LEAST)
    return unlike


def _to_faces(letter: str, shapes: list[Shape]) -> Ink:
    """From each shape to this letter in each face; the faces stand in the same order for every letter."""
    known = _known()
    start = int(known.starts[known.order.index(letter)])
    return _apart(shapes, slice(start, start + int((known.names == letter).sum())))


def _distances(shapes: list[Shape]) -> Ink:
    """From each shape (a row) to the nearest face of each letter (a column, in the order of the names)."""
    nearest: Ink = np.minimum.reduceat(_apart(shapes, slice(None)), _known().starts, axis=1)
    return nearest


def _apart(shapes: list[Shape], rows: slice) -> Ink:
    """From each shape (a row) to the known ones (columns)."""
    known = _known()
    tops, bottoms, widths = known.tops[rows], known.bottoms[rows], known.widths[rows]
    pictures = np.stack([shape.picture for shape in shapes])
    apart = (pictures**2).sum(axis=1)[:, None] + known.squares[rows][None] - 2 * pictures @ known.pictures[rows].T
    distance = apart / (SIDE * SIDE)
    top, bottom, width = (
        np.array([getattr(shape, side) for shape in shapes], dtype=np.float32)[:, None] for side in ("top", "bottom", "width")
    )
    heights = np.maximum(top - bottom, 0.02), np.maximum(tops - bottoms, 0.02)
    slimmer = np.abs(np.log(np.maximum(widths, 0.02) / heights[1]) - np.log(np.maximum(width, 0.02) / heights[0]))
    distance += _WIDTH * np.minimum(slimmer, 2.0)
    distance += _HEIGHT * (np.abs(tops - top) + np.abs(bottoms - bottom))
    return np.asarray(distance, dtype=np.float32)


def _likeness(said: str, nearest: Ink, order: tuple[str, ...], crowded: bool) -> ShapeLikeness:
    same = _alike(said, order)
    if not same.any():
        return ShapeLikeness.UNKNOWN
    rivals = ~same & _single(order) if crowded else ~same  # with a part of its neighbour a letter looks like the two together
    own, other = float(nearest[same].min()), float(nearest[rivals].min())
    if own > other * (_CROWDED if crowded else _CLEARLY) and own > _NEAR:
        return ShapeLikeness.OTHER
    return ShapeLikeness.UNKNOWN if own > min(_TOO_FAR, other * (_CROWDED if crowded else _BETTER)) else ShapeLikeness.SAME


@lru_cache(maxsize=2)
def _single(order: tuple[str, ...]) -> NDArray[np.bool_]:
    return np.array([len(name) == 1 for name in order])


@lru_cache(maxsize=512)
def _alike(said: str, order: tuple[str, ...]) -> NDArray[np.bool_]:
    """Which names nobody would tell from what is said: the same letter, large or small and with or without accent, and twins."""
    twins = set().union(*(group for group in LOOK_ALIKE if said in group))
    if said == "i":  # a capital would let every stroke pass for it
        return np.array([_plain(name) == said and name[0].islower() for name in order])
    return np.array([name in twins or _plain(name) == _plain(said) for name in order])


def _plain(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFD", text).casefold() if not unicodedata.combining(one))
