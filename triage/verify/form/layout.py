"""Which value belongs to which label on a page: beside it, below it, in its column, or on the lines that follow.

Only places count. A value beside a label goes before one below it; what could belong to two labels belongs to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from triage.documents.pdf import Box, FormField, Row
from triage.verify.form.labels import (
    ADMINISTRATOR,
    ALSO_ASKED,
    DIRECTOR,
    IGNORED,
    NUMBER,
    OTHER,
    TURNED,
    Label,
    LabelReader,
    is_explanation,
    resolved,
    tells_how,
)
from triage.verify.form.pieces import BLANK, Piece, chosen, is_note, is_sentence, looks_labelled, pieces_of

SAME_LEFT = 4.0  # points: lines that begin together
NEXT_LINE = 1.7  # line heights from the middle of a line to the middle of the one that continues it
FAR_BELOW = 3.2  # line heights between a label and a value below it
MAX_LABEL_LINES = 3  # below the first
SMALLER = 0.85  # times the height of an answer: an explanation in smaller letters
SIGNED_WITHIN = 12  # line heights between the name of who signs and the room to sign
WIDE = 12  # pieces that are looked at beside or below one
MAX_PIECES = 3_000  # of one page


_CODE = re.compile(r"[0-9]{2}\s?[A-Za-z]{2}(?:\s?[0-9]{2})?|[0-9]{5}|\S+@\S+\.\S+")  # what does not run on from a line above


_INTENDED = re.compile(r"\b(?:nieuwe?|beoogde?|toekomstige?)\b", re.IGNORECASE)
_RUNS_ON = re.compile(r"(?:\b(?:van|de|het|der|den|een|uw|voor|of|en|bij|door)|[/\-–(,])\s*$", re.IGNORECASE)
_CONTINUES = re.compile(r"^(?:(?:van|voor(?!-)|of|en|bij|door|die)\s|/|\()", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Pair:
    """A label with its value, and the rest of the line that may be another value of the same label."""

    label: Label
    value: str
    rest: tuple[str, ...]  # more lines of the value
    piece: Piece  # where the value begins
    box: Box  # around all of the value
    hidden: str = ""  # Dutch: why a reader does not see the label or the value, "" when he sees both

    @property
    def evidence_words(self) -> str:
        """The words around the value."""
        return self.piece.row.text[:200]


def pairs_of(rows: Sequence[Row], fields: Sequence[FormField], reader: LabelReader) -> tuple[list[Pair], list[Piece]]:
    """Read labels and values from rows of one source and the form fields that stand among them; and what is neither."""
    found: list[Pair] = []
    loose: list[Piece] = []
    section: str | None = None
    pages = sorted({row.page or 0 for row in rows} | {field.page for field in fields if field.page and field.box})
    for page in pages:
        sheet = _Sheet([row for row in rows if (row.page or 0) == page], [f for f in fields if f.page == page], reader, section)
        found += sheet.read()
        loose += sheet.loose
        section = sheet.last_section
    return found, loose


class _Sheet:
    """One page, or the text of a mail or Word document."""

    def __init__(self, rows: Sequence[Row], fields: Sequence[FormField], reader: LabelReader, section: str | None) -> None:
        self._reader = reader
        self._before = section
        pieces = pieces_of(rows, reader)[:MAX_PIECES]
        if rows or fields:
            source = rows[0].source if rows else ""
            pieces += [Piece(f.value, f.box, Row(source, f.page, ()), entry=f) for f in fields if f.box]
        self._pieces = sorted(pieces, key=lambda piece: (-_middle(piece.box), piece.box[0]))
        heights = sorted(piece.box[3] - piece.box[1] for piece in self._pieces if not piece.entry)
        self._line = heights[len(heights) * 4 // 5] if heights else 10.0  # height of a line with tall and hanging letters
        self._headings: list[tuple[Piece, str]] = []
        self._values: dict[int, list[Piece]] = {}  # by id of the label: its value, line by line
        self._owner: dict[int, Piece] = {}  # by id of a value: its label
        self._records: list[tuple[Piece, Piece]] = []  # label and a further value below it: a second record of a table

    @property
    def last_section(self) -> str | None:
        """What the last heading is about."""
        return self._headings[-1][1] if self._headings else self._before

    @property
    def loose(self) -> list[Piece]:
        """What was read neither as a label nor as a value."""
        return [piece for piece in self._pieces if piece.is_free and not piece.entry]

    def read(self) -> list[Pair]:
        """Labels with their values, in reading order."""
        self._wrapped_labels()
        self._find_headings()
        self._header_rows()
        self._beside()
        self._unlabel_columns()
        self._below()
        self._continued()
        return list(self._pairs())

    # places

    def _right_of(self, piece: Piece) -> Iterator[Piece]:
        """What stands on the same lines behind a piece: nearest first, and of what begins in one place the highest."""
        beside = [
            other
            for other in self._pieces
            if other.box[0] >= piece.box[2] - 3 and other is not piece and _same_line(piece, other)
        ]
        ordered: list[Piece] = []
        for other in sorted(beside, key=lambda one: one.box[0])[:WIDE]:
            if ordered and _begins_with(ordered[-1], other):
                continue
            column = [one for one in beside if _starts_with(one, other)]
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
        apart = _middle(one.box) - _middle(other.box)
        if one.row.page is None:
            return 0.5 < apart < 1.5
        tallest = max(one.box[3] - one.box[1], other.box[3] - other.box[1], 0.9 * self._line)
        return 0.5 * min(one.height, other.height) < apart <= NEXT_LINE * min(tallest, 1.5 * self._line)

    # labels that take more than one line

    def _wrapped_labels(self) -> None:
        for piece in self._pieces:
            if not (piece.taken or piece.entry or piece.value or piece.asks or is_sentence(piece.text)):
                self._join_label(piece)
            if piece.label and not piece.taken and not piece.value and self._has_beside(piece):
                self._join_explanation(piece)
        for piece in self._pieces:
            if piece.label and not piece.value and not piece.asks and not piece.taken and _CONTINUES.match(piece.text):
                piece.label = None  # 'van bestuur': the end of something

    def _join_label(self, piece: Piece) -> None:
        """'Voor- en achternaam' with 'van de beoogde' and 'beheerder' on the next lines: the longest label that they make."""
        text, last = piece.text, piece
        lines: list[Piece] = []
        while len(lines) < MAX_LABEL_LINES and (below := self._next_line(last)) is not None:
            head, colon, tail = below.text.partition(":")
            text, last = f"{text} {head}", below
            lines.append(below)
            label = self._reader.read_exactly(text)
            tied = not piece.label or (label is not None and _narrower(label, piece.label))
            if label is not None and tied and not self._has_own_value(below, piece):
                for line in lines:
                    line.taken = True
                lines = []
                piece.label, piece.asks = label, bool(colon) or text.rstrip().endswith("?")
                piece.value = "" if BLANK.match(tail) else chosen(tail).strip()
                piece.text, piece.box = f"{text}{colon}{tail}", _around([piece.box, below.box])
            if colon:
                return

    def _join_explanation(self, piece: Piece) -> None:
        """What a label with something beside it explains below itself: '(vier tekens)', 'zoals bij DUO bekend'."""
        last = piece
        while (below := self._next_line(last)) is not None and below.label is None:
            within = piece.text.count("(") > piece.text.count(")")
            if not (is_note(below.text) or is_explanation(below.text) or within):
                return
            piece.text = f"{piece.text} {below.text}"
            below.taken, last = True, below
            piece.box = _around([piece.box, below.box])

    def _next_line(self, piece: Piece) -> Piece | None:
        """The line that follows in the same cell."""
        below = next((one for one in self._under(piece) if _starts_with(piece, one) and self._follows(piece, one)), None)
        return None if below is None or below.taken or below.entry else below

    def _has_own_value(self, below: Piece, piece: Piece) -> bool:
        """Whether the second line is a label of its own: something stands beside it that does not stand beside the first."""
        if (
            below.label is None
            or piece.label is None
            or (below.asks and not piece.asks)
            or _RUNS_ON.search(piece.text)
            or _CONTINUES.match(below.text)
        ):
            return False
        beside = next(self._right_of(below), None)
        return bool(below.value) or (beside is not None and not any(one is beside for one in self._right_of(piece)))

    def _has_beside(self, piece: Piece) -> bool:
        """Whether a value may stand in the cell beside a label, be it a line higher or lower."""
        low, high = piece.box[1] - 1.2 * piece.height, piece.box[3] + 1.2 * piece.height
        beside = (one for one in self._pieces if one.is_free and one.box[0] >= piece.box[2] - 3)
        return any(one.box[3] > low and one.box[1] < high for one in beside)

    # headings

    def _find_headings(self) -> None:
        """Headings tell whose 'Naam' follows. One that nobody knows ends the section: what follows is nobody's."""
        for piece in self._pieces:
            if piece.taken or piece.entry or piece.value or len(piece.text) > 80:
                continue
            about = self._reader.section(piece.text)
            if about is None and piece.label is None and self._is_unknown_heading(piece):
                about = OTHER
            if about is None or self._is_filled_in(piece, about):
                continue
            self._headings.append((piece, about))
            piece.label, piece.taken = None, True

    def _is_unknown_heading(self, piece: Piece) -> bool:
        if is_sentence(piece.text) or is_note(piece.text) or len(piece.text.split()) > 6 or any(c.isdigit() for c in piece.text):
            return False
        if self._alone(piece) is False or (above := self._line_above(piece)) is None or above[1]:
            return False
        if above[0].value and self._follows(above[0], piece) and self._is_full(above[0], piece):
            return False  # the value above runs on
        below = next(self._under(piece), None)
        return below is not None and below.label is not None and not below.label.field and _starts_with(piece, below)

    def _line_above(self, piece: Piece) -> tuple[Piece, bool] | None:
        """The nearest piece above in the same column, and whether that is a heading or a label without its value."""
        above = [one for one in self._pieces if one.box[1] >= piece.box[3] - 2 and _starts_with(one, piece)]
        nearest = min(above, key=lambda one: one.box[1], default=None)
        if nearest is None:
            return None
        heading = any(one is nearest for one, _ in self._headings)
        waiting = nearest.label is not None and not nearest.value and self._alone(nearest)
        return nearest, heading or waiting

    def _alone(self, piece: Piece) -> bool:
        """Nothing stands beside it that could be its value."""
        return next((one for one in self._right_of(piece) if not one.label), None) is None

    def _is_filled_in(self, piece: Piece, about: str) -> bool:
        """Whether what could be a heading is a label with a value, or the value of another label."""
        left = self._left_of(piece)
        if left is not None and left.label is not None and not left.value and (left.asks or left.label.part == "functie"):
            return True
        beside = next(self._right_of(piece), None)
        if beside is not None and not beside.label and self._reader.section(beside.text) is None:
            return True
        if piece.label is None:
            return False
        below = next((one for one in self._under(piece) if not is_sentence(one.text)), None)
        if below is None or not below.label:
            return below is not None
        return not self._is_part_of(below, about)

    def _is_part_of(self, below: Piece, about: str) -> bool:
        """Whether a label fits below a heading: a bare 'Naam', or a label about the same."""
        label = below.label
        if label is None:
            return False
        if label == ALSO_ASKED or about == TURNED:
            return label.field in ("", ADMINISTRATOR) or label == ALSO_ASKED
        field = resolved(label, about)
        own = {"bestuur": ("naam_bestuur", "bestuursnummer"), "school": ("naam_school", "brin", "vestigingscode")}
        return not label.field or field.field in own.get(about, (about,))

    def _left_of(self, piece: Piece) -> Piece | None:
        beside = [one for one in self._pieces if one.box[2] <= piece.box[0] + 3 and one is not piece and _same_line(one, piece)]
        return max(beside, key=lambda one: one.box[2], default=None)

    def _section_of(self, piece: Piece) -> str | None:
        """What the heading above a piece is about: the lowest in its own column, or of the whole page."""
        above = [(one, about) for one, about in self._headings if one.box[1] >= piece.box[3] - 0.5 * piece.height]
        fitting = [(one, about) for one, about in above if one.box[0] <= piece.box[0] + SAME_LEFT]
        if not fitting:
            return self._before if not above else None
        lowest = min(fitting, key=lambda entry: (entry[0].box[1], -entry[0].box[0]))
        beside = [about for one, about in fitting if _same_line(one, lowest[0])]
        own = max((entry for entry in fitting if _same_line(entry[0], lowest[0])), key=lambda entry: entry[0].box[0])
        columns = [(one, about) for one, about in fitting if abs(one.box[0] - piece.box[0]) <= 4 * SAME_LEFT]
        nearest = min(columns, key=lambda entry: entry[0].box[1], default=own)
        if nearest[0] is own[0] or len(beside) > 1:
            return own[1]
        return own[1] if not self._stands_beside_another(nearest[0]) else None

    def _stands_beside_another(self, heading: Piece) -> bool:
        return any(one is not heading and _same_line(one, heading) for one, _ in self._headings)

    def _meaning(self, piece: Piece) -> Label:
        """The label of a piece, a bare one with the sense of the heading above it or of the label before it."""
        assert piece.label is not None
        if piece.label.field:
            turned = piece.label.field == ADMINISTRATOR and self._section_of(piece) == TURNED
            return IGNORED if turned and not _INTENDED.search(piece.text) else piece.label
        section, person = self._section_of(piece), self._person_before(piece)
        if section is None and person is None and self._stands_above_signature(piece):
            return resolved(piece.label, DIRECTOR)
        if person is None or person == section:
            return resolved(piece.label, section)
        return resolved(piece.label, person) if section is None else IGNORED

    def _stands_above_signature(self, piece: Piece) -> bool:
        """Whether the room to sign follows, with no other heading between: 'Naam', 'Functie', 'Handtekening'."""
        below = [(one, about) for one, about in self._headings if one.box[3] <= piece.box[3]]
        nearest = max(below, key=lambda entry: entry[0].box[3], default=None)
        if nearest is None or nearest[1] != DIRECTOR or "tekening" not in nearest[0].text.lower():
            return False
        return piece.box[1] - nearest[0].box[3] <= SIGNED_WITHIN * self._line

    def _person_before(self, piece: Piece, depth: int = 0) -> str | None:
        """Whose 'Functie' or 'E-mail' this is when the label just before it asks for a person: 'Bestuurder: …', 'Functie: …'."""
        before = self._label_before(piece)
        if before is None or before.label is None or depth > 8:
            return None
        if before.label.field in (DIRECTOR, ADMINISTRATOR):
            return before.label.field
        return self._person_before(before, depth + 1) if not before.label.field or before.label == ALSO_ASKED else None

    def _label_before(self, piece: Piece) -> Piece | None:
        """The label to the left on the same line, or else the nearest one above in the same column, with no heading between."""
        labels = [one for one in self._pieces if one.label and one is not piece and (not one.taken or id(one) in self._values)]
        left = [one for one in labels if one.box[0] < piece.box[0] and _same_line(one, piece)]
        if left:
            return max(left, key=lambda one: one.box[0])
        above = [one for one in labels if one.box[1] >= piece.box[3] - 0.5 * piece.height and _starts_with(one, piece)]
        nearest = min(above, key=lambda one: one.box[1], default=None)
        parted = nearest is not None and any(piece.box[3] <= one.box[3] <= nearest.box[1] for one, _ in self._headings)
        return None if parted else nearest

    # values

    def _header_rows(self) -> None:
        """A row of nothing but labels, with values below them."""
        for _, group in groupby(self._pieces, key=lambda piece: round(_middle(piece.box) / (0.6 * self._line))):
            row = list(group)
            labels = [piece for piece in row if piece.label and not piece.value and not piece.asks and not piece.taken]
            if (
                sum(1 for piece in labels if piece.label and not piece.label.is_other) < 2
                or len(labels) < 3
                or any(piece.is_free for piece in row)
            ):
                continue
            found = [(label, value) for label in labels if (value := self._value_below(label)) is not None]
            if len(found) * 2 > len(labels):
                for label, value in found:
                    value.label = None
                    self._give(label, value)
                    self._unlabel_lines(value)

    def _unlabel_lines(self, value: Piece) -> None:
        """Lines of a value that by chance read as a label: 'Openbare' with 'basisschool De' below it."""
        line = value
        while below := next((one for one in self._pieces if self._follows(line, one) and _begins_with(line, one)), None):
            if below.label and not below.asks and not below.value and not below.taken:
                below.label = None
            line = below

    def _unlabel_columns(self) -> None:
        """The same where values stand beside their labels: in a column of values nothing is a label."""
        given = [lines[0].box[0] for lines in self._values.values()]
        asking = [
            piece.box[0] for piece in self._pieces if piece.label and (piece.asks or piece.value or id(piece) in self._values)
        ]
        for piece in self._pieces:
            alone = piece.label and not piece.asks and not piece.value and not piece.taken and id(piece) not in self._values
            if alone and _count(given, piece.box[0]) > 1 and not _count(asking, piece.box[0]):
                piece.label = None

    def _beside(self) -> None:
        columns = [piece.box[0] for piece in self._pieces if piece.label and not piece.taken and (piece.asks or piece.value)]
        values = [piece.box[0] for piece in self._pieces if piece.is_free]
        for piece in self._pieces:
            if not piece.label or piece.taken or piece.value or id(piece) in self._values:
                continue
            beside = next(self._right_of(piece), None) or self._around_line(piece)
            if beside is None or beside.taken:
                continue
            if beside.label and not self._is_value_after_all(piece, beside):
                continue
            if beside.is_free and not beside.entry and _count(columns, beside.box[0]) > _count(values, beside.box[0]):
                continue  # it stands where the labels of the next column begin
            beside.label = None
            self._give(piece, beside)
            self._give_more(piece, beside)
            self._give_lines_above(piece, beside)

    def _around_line(self, piece: Piece) -> Piece | None:
        """The first of two lines beside a label that stands in the middle of its cell, between them."""
        beside = [one for one in self._pieces if one.is_free and not one.entry and one.box[0] >= piece.box[2] - 3]
        near = [one for one in beside if abs(_middle(one.box) - _middle(piece.box)) < 1.1 * piece.height]
        above = next((one for one in near if _middle(one.box) > _middle(piece.box)), None)
        below = next((one for one in near if above is not None and _starts_with(above, one) and self._follows(above, one)), None)
        return above if below is not None else None

    def _give_lines_above(self, label: Piece, value: Piece) -> None:
        """The first lines of a value that stands in the middle of its cell, higher than its label."""
        lines = self._values[id(label)]
        while not value.entry:
            first = lines[0]
            above = next(
                (
                    one
                    for one in self._pieces
                    if one.is_free and not one.entry and self._follows(one, first) and _begins_with(one, first)
                ),
                None,
            )
            if above is None or self._label_left_of(above) or looks_labelled(above.text):
                return
            before = next((one for one in self._pieces if self._follows(one, above) and _begins_with(one, above)), None)
            if before is not None and before.box[1] - above.box[3] < 0.8 * (above.box[1] - first.box[3]):
                return  # it belongs to what stands above it
            low = self._lowest_line(first)
            now, then = (abs((top + low) / 2 - _middle(label.box)) for top in (first.box[3], above.box[3]))
            if then >= now:
                return
            above.taken = True
            lines.insert(0, above)
            self._owner[id(above)] = label

    def _lowest_line(self, first: Piece) -> float:
        """The bottom of the lines that run on below a line of a value."""
        line = first
        while below := next(
            (one for one in self._pieces if one.label is None and self._follows(line, one) and _begins_with(line, one)), None
        ):
            line = below
        return line.box[1]

    def _label_left_of(self, piece: Piece) -> bool:
        left = self._left_of(piece)
        return left is not None and left.label is not None

    def _is_value_after_all(self, piece: Piece, beside: Piece) -> bool:
        """A word that is both: 'Functie: bestuurder'. Behind a colon it is a value; without one the line below tells."""
        if beside.asks or beside.value or beside.label is None:
            return False
        if piece.asks:
            return True
        if (
            piece.label is None
            or piece.label.part != "functie"
            or self._reader.section(beside.text) not in (DIRECTOR, ADMINISTRATOR)
        ):
            return False
        below = next(self._under(piece), None)
        return below is None or below.label is not None or below.box[3] < piece.box[1] - FAR_BELOW * piece.height

    def _give_more(self, piece: Piece, first: Piece) -> None:
        """Further cells on the line: boxes with one letter each, the rest of the value, or a second value."""
        last = first
        for other in self._right_of(first):
            if other.label or other.taken or is_note(other.text) or other.entry or first.entry or not _same_line(first, other):
                return
            gap = (other.box[0] - last.box[2]) / first.height
            column = _count((one.box[0] for one in self._pieces), other.box[0]) > 2
            if len(last.text) <= 2 and len(other.text) <= 2 and gap < 6:
                first.text += other.text
            elif gap < 2 and not column and piece.row.page is not None:
                first.text += f" {other.text}"
            elif (not column and not is_sentence(other.text) and re.search(r"^[^\W\d_a-z]|[\d@]", other.text)) or (
                column and self._is_answers(other)
            ):
                self._records.append((piece, other))
            else:
                return
            other.taken = True
            last = Piece(other.text if len(other.text) <= 2 else first.text, other.box, other.row)

    def _is_answers(self, piece: Piece) -> bool:
        """Whether a further column holds values of its own rather than remarks: codes or addresses stand in it, or no header says 'toelichting'."""
        column = [one for one in self._pieces if abs(one.box[0] - piece.box[0]) <= SAME_LEFT]
        if any(one.label and (not one.label.is_other or one.asks or one.value) for one in column) or any(
            abs(one.box[0] - piece.box[0]) <= SAME_LEFT for one, _ in self._headings
        ):
            return False  # the next column of labels
        remarks = any(one.label and one.label.is_other for one in column)
        return not remarks and any(_CODE.fullmatch(one.text) for one in column)

    def _below(self) -> None:
        for piece in self._pieces:
            if not piece.label or piece.taken or piece.value or piece.empty or id(piece) in self._values:
                continue
            value = self._value_below(piece)
            if value is not None:
                value.label = None
                self._give(piece, value)
        self._more_records()

    def _value_below(self, piece: Piece) -> Piece | None:
        for below in self._under(piece):
            gap = piece.box[1] - below.box[3]
            limit = FAR_BELOW * piece.height if piece.row.page is not None else 1.5
            if gap > limit:
                return None
            if not below.label and (is_note(below.text) or self._explains(piece, below)):
                continue
            functie = piece.label is not None and piece.label.part == "functie"
            if below.label and functie and not below.asks and not below.value and below.label.part == "naam" and not below.taken:
                deeper = next(self._under(below), None)  # 'Functie bestuurder' and below it 'bestuurder'
                return below if deeper is None or deeper.label is not None else None
            if below.taken or below.label or (BLANK.match(below.text) and not below.entry) or is_sentence(below.text):
                return None
            return None if looks_labelled(below.text) else below
        return None

    def _explains(self, label: Piece, below: Piece) -> bool:
        """Whether a line under a label tells how to answer, and the answer stands under it: 'vijf cijfers', 'zoals bij DUO bekend'."""
        if (
            below.entry
            or below.taken
            or label.row.page is None
            or not below.text[:1].islower()
            or any(c.isdigit() for c in below.text)
        ):
            return False
        answer = next((one for one in self._under(below) if _starts_with(below, one)), None)
        if answer is None or answer.label or answer.taken or below.box[1] - answer.box[3] > FAR_BELOW * below.height:
            return False
        smaller = below.box[3] - below.box[1] < SMALLER * (answer.box[3] - answer.box[1])
        return tells_how(below.text) or (smaller and is_explanation(below.text))

    def _more_records(self) -> None:
        """A table with a header row and more than one row below it: every row is a value of its own."""
        firsts = [
            (label, lines[0]) for label, lines in ((self._label_of(key), lines) for key, lines in self._values.items()) if label
        ]
        headed = [(label, value) for label, value in firsts if value.box[3] <= label.box[1] + 0.3 * label.height]
        for _, group in groupby(
            sorted(headed, key=lambda pair: -pair[0].box[1]), key=lambda pair: round(_middle(pair[0].box) / 4)
        ):
            row = list(group)
            found = [(label, below) for label, value in row if (below := self._next_record(value)) is not None]
            if len(row) > 2 and len(found) * 5 >= len(row) * 3 and any(_CODE.fullmatch(below.text) for _, below in found):
                for label, below in found:
                    below.taken = True
                    self._records.append((label, below))

    def _next_record(self, value: Piece) -> Piece | None:
        below = next((one for one in self._under(value)), None)
        near = below is not None and value.box[1] - below.box[3] <= FAR_BELOW * value.height
        return below if below is not None and near and below.is_free and abs(below.box[0] - value.box[0]) < 40 else None

    def _label_of(self, key: int) -> Piece | None:
        return next((piece for piece in self._pieces if id(piece) == key), None)

    def _give(self, label: Piece, value: Piece) -> None:
        value.taken = True
        self._values[id(label)] = [value]
        self._owner[id(value)] = label

    # lines that follow

    def _continued(self) -> None:
        for piece in self._pieces:
            if not piece.is_free or piece.entry or is_sentence(piece.text) or looks_labelled(piece.text):
                continue
            if (found := self._continues(piece)) is not None:
                label, lines = found
                piece.taken = True
                lines.append(piece)
                self._owner[id(piece)] = label

    def _continues(self, piece: Piece) -> tuple[Piece, list[Piece]] | None:
        above = [one for one in self._pieces if one is not piece and one.box[1] >= piece.box[3] - 0.3 * piece.height]
        for one in sorted(above, key=lambda other: other.box[1])[:WIDE]:
            if not self._follows(one, piece):
                continue
            if (label := self._owner.get(id(one))) is not None and _begins_with(one, piece):
                return (label, self._values.get(id(label), label.below)) if not one.entry else None
            if one.label and one.value and not one.taken and one.box[0] - SAME_LEFT <= piece.box[0] < one.box[2]:
                return one, one.below
            beside = self._values.get(id(one))
            plain = not is_note(piece.text) and not is_explanation(piece.text)
            if beside and not beside[0].entry and _starts_with(one, piece) and plain and self._is_full(beside[-1], piece):
                return one, beside
        return None

    def _is_full(self, line: Piece, following: Piece) -> bool:
        """Whether the next word no longer fitted on a line: then what follows belongs to it."""
        beside = [
            one.box[0]
            for one in self._pieces
            if one.box[0] > line.box[2] - 3 and abs(_middle(one.box) - _middle(line.box)) < 4 * line.height
        ]
        edge = min([*beside, max((one.box[2] for one in self._pieces), default=0.0)])
        word = following.text.split()[0]
        width = (following.box[2] - following.box[0]) * (len(word) + 1) / max(len(following.text), 1)
        return line.box[2] + width > edge - 2.5 * line.height

    # results

    def _pairs(self) -> Iterator[Pair]:
        for piece in self._pieces:
            if not piece.label or (piece.taken and id(piece) not in self._values):
                continue
            label = self._meaning(piece)
            lines = self._values.get(id(piece), [])
            if piece.value:
                yield _pair(label, piece, piece, [piece.value, *(line.text for line in piece.below)], [piece, *piece.below])
            elif lines:
                yield _pair(label, piece, lines[0], [line.text for line in lines], lines)
            for owner, other in self._records:
                if owner is piece:
                    yield _pair(label, piece, other, [other.text], [other])


def _pair(label: Label, owner: Piece, piece: Piece, texts: Sequence[str], lines: Sequence[Piece]) -> Pair:
    first, *rest = (chosen(text) for text in texts)
    hidden = next((one.hidden for one in (owner, *lines) if one.hidden), "")
    return Pair(label, first, tuple(rest), piece, _around(line.box for line in lines), hidden)


def _middle(box: Box) -> float:
    return (box[1] + box[3]) / 2


def _same_line(one: Piece, other: Piece) -> bool:
    low, high = max(one.box[1], other.box[1]), min(one.box[3], other.box[3])
    return high - low > 0.4 * min(one.box[3] - one.box[1], other.box[3] - other.box[1])


def _starts_with(one: Piece, other: Piece) -> bool:
    return abs(one.box[0] - other.box[0]) <= (SAME_LEFT if one.row.page is not None else 0.5)


def _begins_with(one: Piece, other: Piece) -> bool:
    """Whether two lines stand in one cell: they begin together, or have the same middle."""
    middles = abs(one.box[0] + one.box[2] - other.box[0] - other.box[2]) / 2
    return _starts_with(one, other) or (one.row.page is not None and middles <= 2.0)


def _narrower(label: Label, alone: Label) -> bool:
    """Whether two lines together say more than the first alone: 'E-mailadres' and 'beheerder'."""
    same = label.part == alone.part or label.field.startswith(f"{alone.part}_") or alone.part == NUMBER
    return not alone.field and bool(label.field) and same and not label.is_other


def _count(lefts: Iterable[float], left: float) -> int:
    return sum(1 for one in lefts if abs(one - left) <= SAME_LEFT)


def _around(boxes: Iterable[Box]) -> Box:
    sides = list(zip(*boxes, strict=True))
    return min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3])
