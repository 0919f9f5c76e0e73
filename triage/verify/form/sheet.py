"""A page as pieces of text with their places: what stands beside, below and above a piece."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from triage.documents.pdf import Box, FormField, Row
from triage.verify.form.labels import Label, LabelReader
from triage.verify.form.pieces import Piece, pieces_of

SAME_LEFT = 4.0  # points: lines that begin together
NEXT_LINE = 1.7  # line heights from the middle of a line to the middle of the one that continues it
WIDE = 12  # pieces that are looked at beside or below one
MAX_PIECES = 3_000  # of one page


class Sheet:
    """One page, or the text of a mail or Word document."""

    def __init__(self, rows: Sequence[Row], fields: Sequence[FormField], reader: LabelReader, section: str | None) -> None:
        self._reader = reader
        self._before = section
        pieces = pieces_of(rows, reader)[:MAX_PIECES]
        if rows or fields:
            source = rows[0].source if rows else ""
            pieces += [Piece(f.value, f.box, Row(source, f.page, ()), entry=f) for f in fields if f.box]
        self._pieces = sorted(pieces, key=lambda piece: (-middle(piece.box), piece.box[0]))
        heights = sorted(piece.box[3] - piece.box[1] for piece in self._pieces if not piece.entry)
        self._line = heights[len(heights) * 4 // 5] if heights else 10.0  # height of a line with tall and hanging letters
        self._headings: list[tuple[Piece, str]] = []
        self._values: dict[int, list[Piece]] = {}  # by id of the label: its value, line by line
        self._owner: dict[int, Piece] = {}  # by id of a value: its label
        self._records: list[tuple[Piece, Piece]] = []  # label and a further value below it: a second record of a table
        self._either: list[tuple[Piece, Piece]] = []  # label and a value above it, where another may be meant
        self._tabled: list[tuple[Label, Piece]] = []  # cells of a table of people, with what each of them is
        self._owners: dict[int, int] = {}  # by id of a value: id of the label above it, which has no other
        self._downward: set[int] = set()  # ids of labels whose value is under them

    def _give(self, label: Piece, value: Piece) -> None:
        value.taken = True
        self._values[id(label)] = [value]
        self._owner[id(value)] = label

    def _right_of(self, piece: Piece) -> Iterator[Piece]:
        """What stands on the same lines behind a piece: nearest first, and of what begins in one place the highest."""
        beside = [
            other for other in self._pieces if other.box[0] >= piece.box[2] - 3 and other is not piece and same_line(piece, other)
        ]
        ordered: list[Piece] = []
        for other in sorted(beside, key=lambda one: one.box[0])[:WIDE]:
            if ordered and begins_with(ordered[-1], other):
                continue
            column = [one for one in beside if starts_with(one, other)]
            ordered.append(max(column, key=lambda one: one.box[3]))
        return iter(ordered)

    def _under(self, piece: Piece) -> Iterator[Piece]:
        """What stands below a piece and at least partly in its column, nearest first."""
        left, bottom, right, _ = piece.box
        slack = 5.0 if piece.row.page is not None else 0.0
        below = [
            other
            for other in self._pieces
            if other is not piece
            and other.box[3] <= bottom + 0.3 * piece.height
            and other.box[0] < right + slack
            and other.box[2] > left - slack
        ]
        nearest = sorted(below, key=lambda other: -other.box[3])[:WIDE]
        return iter(sorted(nearest, key=lambda other: (-round(other.box[3] / piece.height), abs(other.box[0] - left))))

    def _follows(self, one: Piece, other: Piece) -> bool:
        """Whether `other` stands on the next line below `one`, without the room that parts paragraphs."""
        apart = middle(one.box) - middle(other.box)
        if one.row.page is None:
            return 0.5 < apart < 1.5
        tallest = max(one.box[3] - one.box[1], other.box[3] - other.box[1], 0.9 * self._line)
        return 0.5 * min(one.height, other.height) < apart <= NEXT_LINE * min(tallest, 1.5 * self._line)

    def _next_line(self, piece: Piece) -> Piece | None:
        """The line that follows in the same cell."""
        below = next((one for one in self._under(piece) if starts_with(piece, one) and self._follows(piece, one)), None)
        return None if below is None or below.taken or below.entry else below

    def _line_above(self, piece: Piece) -> tuple[Piece, bool] | None:
        """The nearest piece above in the same column, and whether that is a heading or a label without its value."""
        above = [one for one in self._pieces if one.box[1] >= piece.box[3] - 2 and starts_with(one, piece)]
        nearest = min(above, key=lambda one: one.box[1], default=None)
        if nearest is None:
            return None
        heading = any(one is nearest for one, _ in self._headings)
        waiting = nearest.label is not None and not nearest.value and self._alone(nearest)
        return nearest, heading or waiting

    def _alone(self, piece: Piece) -> bool:
        """Nothing stands beside it that could be its value."""
        return next((one for one in self._right_of(piece) if not one.label), None) is None

    def _left_of(self, piece: Piece) -> Piece | None:
        beside = [one for one in self._pieces if one.box[2] <= piece.box[0] + 3 and one is not piece and same_line(one, piece)]
        return max(beside, key=lambda one: one.box[2], default=None)

    def _label_left_of(self, piece: Piece) -> bool:
        left = self._left_of(piece)
        return left is not None and left.label is not None

    def _is_full(self, line: Piece, following: Piece) -> bool:
        """Whether the next word no longer fitted on a line: then what follows belongs to it."""
        beside = [
            one.box[0]
            for one in self._pieces
            if one.box[0] > line.box[2] - 3 and abs(middle(one.box) - middle(line.box)) < 4 * line.height
        ]
        edge = min([*beside, max((one.box[2] for one in self._pieces), default=0.0)])
        word = following.text.split()[0]
        width = (following.box[2] - following.box[0]) * (len(word) + 1) / max(len(following.text), 1)
        return line.box[2] + width > edge - 2.5 * line.height


def middle(box: Box) -> float:
    """The height of the middle of a box."""
    return (box[1] + box[3]) / 2


def same_line(one: Piece, other: Piece) -> bool:
    """Whether two pieces stand on one line."""
    low, high = max(one.box[1], other.box[1]), min(one.box[3], other.box[3])
    return high - low > 0.4 * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def starts_with(one: Piece, other: Piece) -> bool:
    """Whether two pieces begin at the same place of their lines."""
    return abs(one.box[0] - other.box[0]) <= (SAME_LEFT if one.row.page is not None else 0.5)


def begins_with(one: Piece, other: Piece) -> bool:
    """Whether two lines stand in one cell: they begin together, or have the same middle."""
    middles = abs(one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2
    return starts_with(one, other) or (one.row.page is not None and middles <= 2.0)


def around(boxes: Iterable[Box]) -> Box:
    """The box around boxes."""
    sides = list(zip(*boxes, strict=True))
    return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
