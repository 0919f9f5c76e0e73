"""Which way the labels of a page point, seen over a whole column: to the value beside, below or above them.

A page is read so that every label has one value and no value serves two labels. A value that is the only one for the label above it
is no value of the label beside it, and captions stand under their values. What fits in two directions is never chosen in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile

from triage.verify.form.headings import LabelledSheet
from triage.verify.form.labels import ADMINISTRATOR, DIRECTOR, NUMBER, OTHER, Label, is_explanation, tells_how
from triage.verify.form.pieces import BLANK, Piece, is_note, is_sentence, looks_labelled
from triage.verify.form.sheet import middle, starts_with
from triage.verify.forms import PEOPLE_PARTS

FAR_BELOW = 3.2  # line heights between a label and a value below it
NEAR_ABOVE = 1.5  # line heights between a caption and the value above it
CLEARLY = 0.8  # times the one distance: the other one is clearly smaller
AS_FAR = 1.1  # times the one distance: the other one is no larger to the eye
LEAST_HEADS = 2  # of a table of people beside the first, and rows of it
LEAST_COLUMN = 2  # other labels of a column that must all point the same way
ONE_LINE = 1.2  # line heights between a label and the first of some lines of its value
HALF_ROW = 0.3  # times the distance of two labels: how much higher or lower a value may stand
_EXACT = {
    "brin": re.compile(r"[0-9]{2}\s?[A-Za-z]{2}(?:\s?[0-9]{2})?"),
    "bestuursnummer": re.compile(r"[0-9]{5}"),
    "vestigingscode": re.compile(r"[0-9]{1,2}"),
}
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class DirectedSheet(LabelledSheet):
    """A page of which it is known to whom a value belongs that could have two labels."""

    def _waiting(self) -> list[Piece]:
        """Labels that have no value yet."""
        return [
            one
            for one in self._pieces
            if one.label and not one.taken and not one.value and not one.empty and id(one) not in self._values
        ]

    def _people_tables(self) -> None:
        """A table of people: 'Functie', 'Naam', 'E-mailadres' over rows that each begin with whose they are."""
        for first in self._waiting():
            heads = [one for one in self._right_of(first) if _asks_of_anybody(one)]
            if len(heads) < LEAST_HEADS or not _asks_of_anybody(first) or self._left_of(first) is not None:
                continue
            column = [one for one in self._pieces if one.box[3] <= first.box[1] and starts_with(first, one)]
            rows = self._whole_rows(column, heads)
            about = [self._reader.section(one.text) or OTHER for one in rows]
            if len(rows) < LEAST_HEADS or ADMINISTRATOR not in about or any(one.asks or one.value for one in rows):
                continue
            cells = [
                (whose, head, cell)
                for one, whose in zip(rows, about, strict=True)
                for head in heads
                if (cell := self._cell(one, head))
            ]
            parts = {id(head): head.label.part for head in heads if head.label}
            for piece in (first, *heads, *rows):
                piece.label, piece.taken = None, True
            for whose, head, cell in cells:
                cell.label, cell.taken = None, True
                self._tabled.append((Label(whose if whose in (DIRECTOR, ADMINISTRATOR) else OTHER, parts[id(head)]), cell))

    def _whole_rows(self, column: Sequence[Piece], heads: Sequence[Piece]) -> list[Piece]:
        """What begins the rows under some heads, as far as every row has a cell under each of them."""
        return list(takewhile(lambda one: all(self._cell(one, head) is not None for head in heads), column))

    def _cell(self, row: Piece, head: Piece) -> Piece | None:
        """What stands in the row and under the head."""
        return next(
            (one for one in self._right_of(row) if starts_with(head, one) and not one.taken and not one.entry and not one.value),
            None,
        )

    def _captions(self) -> None:
        """Labels under their values, as on paper forms: in a column where each stands nearer to what is above it."""
        alone = [one for one in self._waiting() if one.row.page is not None and self._alone(one)]
        for column in _columns(alone):
            pointing = [(label, self._caption_of(label), self._points_below(label)) for label in column]
            up = [(label, above) for label, above, _ in pointing if above is not None]
            sure = ["@" in above.text or _is_exact(label) for label, above in up if self._clearly_above(label, above)]
            if not sure or sure == [False]:
                continue
            if not any(below for _, _, below in pointing):
                for label, above in up:
                    self._give(label, above)
            else:
                self._either += [(label, above) for label, above in up if _is_exact(label)]

    def _caption_of(self, label: Piece) -> Piece | None:
        """The value right above a label that may be its caption."""
        above = self._nearest_above(label)
        if above is None or not self._may_be_value(label, above) or self._reader.section(above.text) is not None:
            return None
        return above if above.box[1] - label.box[3] <= NEAR_ABOVE * above.height else None

    def _nearest_above(self, piece: Piece) -> Piece | None:
        above = [one for one in self._pieces if one.box[1] >= piece.box[3] - 0.3 * piece.height and starts_with(one, piece)]
        return min(above, key=lambda one: one.box[1], default=None)

    def _clearly_above(self, label: Piece, above: Piece) -> bool:
        below = next((one for one in self._under(label) if starts_with(label, one)), None)
        return below is None or _apart(above, label) < CLEARLY * _apart(label, below)

    def _points_below(self, label: Piece) -> bool:
        """Whether the value of a label stands under it, by the distances."""
        below, above = self._below_of(label), self._nearest_above(label)
        if below is None:
            return False
        free = above is not None and self._may_be_value(label, above)
        return not free or (above is not None and _apart(label, below) < CLEARLY * _apart(above, label))

    def _may_be_value(self, label: Piece, piece: Piece) -> bool:
        """Whether a free piece has the shape of a label's value."""
        if not piece.is_free or piece.entry or BLANK.match(piece.text) or is_note(piece.text):
            return False
        return (
            label.label is not None
            and not is_sentence(piece.text)
            and not looks_labelled(piece.text)
            and fits(label.label, piece.text)
        )

    def _below_of(self, label: Piece) -> Piece | None:
        """What stands right under a label and may be its value."""
        below = next((one for one in self._under(label) if starts_with(label, one)), None)
        if below is None or label.box[1] - below.box[3] > FAR_BELOW * label.height:
            return None
        function = label.label is not None and label.label.part == "functie"
        told = not function and (is_explanation(below.text) or tells_how(below.text))
        return below if not told and self._may_be_value(label, below) else None

    def _beside_of(self, label: Piece) -> Piece | None:
        beside = next(self._right_of(label), None)
        return beside if beside is not None and self._may_be_value(label, beside) else None

    def _claim(self) -> None:
        """What is the only value for the label above it belongs to that label, and a column of such labels points down."""
        waiting = [one for one in self._waiting() if one.row.page is not None]
        beside = {id(one): value for one in waiting if (value := self._beside_of(one)) is not None}
        below = {id(one): value for one in waiting if (value := self._below_of(one)) is not None}
        below = {id(one): below[id(one)] for one in waiting if id(one) in below and not self._may_be_answer(one, below)}
        turned = [0]
        while turned:
            claimed = {id(value): key for key, value in below.items() if key not in beside}
            turned = [key for key, value in beside.items() if id(value) in claimed and key in below]
            turned = turned or [key for key in beside if key in below and self._column_points_down(key, waiting, beside, below)]
            for key in turned:
                del beside[key]
        self._owners = {id(value): key for key, value in below.items() if key not in beside}
        self._downward = {key for key in below if key not in beside}

    def _may_be_answer(self, piece: Piece, below: dict[int, Piece]) -> bool:
        """Whether what reads as a label may be the value of the one before it, or a line of it: 'directeur', 'voorzitter college van' / 'bestuur'."""
        above = self._nearest_above(piece)
        first = above if above is not None and above.is_free and self._follows(above, piece) else piece
        return not piece.asks and any(
            one.label is not None
            and not one.value
            and not one.taken
            and id(one) not in below
            and one.box[2] <= line.box[0] + 3
            and abs(middle(one.box) - middle(line.box)) < ONE_LINE * line.height
            for line in (piece, first)
            for one in self._pieces
        )

    def _column_points_down(self, key: int, waiting: Sequence[Piece], beside: dict[int, Piece], below: dict[int, Piece]) -> bool:
        """Whether all other labels that begin where this one does have their value under them and nothing beside them."""
        label = next(one for one in waiting if id(one) == key)
        others = [one for one in waiting if one is not label and starts_with(one, label)]
        return len(others) >= LEAST_COLUMN and all(id(one) in below and id(one) not in beside for one in others)

    def _belongs_above(self, label: Piece, value: Piece) -> bool:
        """Whether a value beside a label is that of the label above it."""
        return self._owners.get(id(value), id(label)) != id(label)

    def _level_with(self, label: Piece) -> Piece | None:
        """The value beside a label that stands a little higher or lower, as in a cell whose label is in the middle."""
        rows = [
            abs(middle(one.box) - middle(label.box))
            for one in self._pieces
            if one.label and one is not label and starts_with(one, label)
        ]
        pitch = min((one for one in rows if one > 0), default=0.0)
        near = [
            one
            for one in self._pieces
            if one.is_free
            and not one.entry
            and one.box[0] >= label.box[2] - 3
            and abs(middle(one.box) - middle(label.box)) <= HALF_ROW * pitch
        ]
        first = min(near, key=lambda one: one.box[0], default=None)
        if first is None or sum(1 for one in near if starts_with(one, first)) > 1 or not self._may_be_value(label, first):
            return None
        return None if self._belongs_above(label, first) else first


def fits(label: Label, text: str) -> bool:
    """Whether a text may be what a label asks for, by its shape."""
    if label.is_other or label.also:
        return True
    if label.part == "email":
        return "@" in text
    if label.field in _EXACT or label.part == NUMBER:
        return any(char.isdigit() for char in text) and "@" not in text
    return "@" not in text


def is_exactly(field: str, text: str) -> bool:
    """Whether a text is nothing but a value of a field that has one shape: an address, BRIN or board number."""
    pattern = _ADDRESS if field == "email_beheerder" else _EXACT.get(field)
    return pattern is not None and pattern.fullmatch(text.strip()) is not None


def _asks_of_anybody(piece: Piece) -> bool:
    """Whether a label asks for a part of a person and does not say whose."""
    label = piece.label
    return (
        label is not None
        and not label.field
        and not label.also
        and label.part in PEOPLE_PARTS
        and not piece.asks
        and not piece.value
    )


def _is_exact(piece: Piece) -> bool:
    return piece.label is not None and (piece.label.part == "email" or piece.label.field in _EXACT)


def _apart(upper: Piece, lower: Piece) -> float:
    return middle(upper.box) - middle(lower.box)


def _columns(labels: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Labels that begin at the same place, together."""
    left = list(labels)
    while left:
        column = [one for one in left if starts_with(left[0], one)]
        yield column
        left = [one for one in left if not any(one is other for other in column)]
