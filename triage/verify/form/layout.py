"""Which value belongs to which label on a page: beside it, below it, in its column, or on the lines that follow.

Only places count. A value beside a label goes before one below it; what could belong to two labels belongs to none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from triage.documents.pdf import Box, FormField, Row
from triage.documents.unseen import Unseen
from triage.verify.form.directions import FAR_BELOW, DirectedSheet
from triage.verify.form.labels import (
    ADMINISTRATOR,
    DIRECTOR,
    IGNORED,
    Label,
    LabelReader,
    is_explanation,
    tells_how,
)
from triage.verify.form.pieces import BLANK, Piece, chosen, is_note, is_sentence, looks_labelled
from triage.verify.form.sheet import (
    SAME_LEFT,
    WIDE,
    around,
    begins_with,
    middle,
    same_line,
    starts_with,
)

SMALLER = 0.85  # times the height of an answer: an explanation in smaller letters
_CODE = re.compile(r"[0-9]{2}\s?[A-Za-z]{2}(?:\s?[0-9]{2})?|[0-9]{5}|\S+@\S+\.\S+")  # what does not run on from a line above
_NAME = re.compile(r"[A-ZÀ-Þ][\w'’.-]*(?: (?:[a-z]{2,4} ){0,3}[A-ZÀ-Þ][\w'’-]+)*")  # 'Fatima', 'Sanne de Wit'
_MEMBER = re.compile(
    r"(?:[a-z]+\.\s)*[A-ZÀ-Þ][\w'’.-]*(?:\s[\w'’.-]+){1,5}(?:,\s|\s\()(?:vice-?)?(?:voorzitter|secretaris|penningmeester|(?:bestuurs)?lid|bestuurder)\)?"
)


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


class _Sheet(DirectedSheet):
    """A page of which each label gets its values."""

    @property
    def loose(self) -> list[Piece]:
        """What was read neither as a label nor as a value."""
        return [piece for piece in self._pieces if piece.is_free and not piece.entry]

    def read(self) -> list[Pair]:
        """Labels with their values, in reading order."""
        self._wrapped_labels()
        self._people_tables()
        self._captions()
        self._find_headings()
        self._header_rows()
        self._claim()
        self._beside()
        self._unlabel_columns()
        self._below()
        self._continued()
        self._names_below()
        self._letterheads()
        return list(self._pairs())

    def _letterheads(self) -> None:
        """'Bestuur: P. Zandstra (voorzitter)' in small letters at the margin: a board is asked for by name elsewhere on the page."""
        boards = [
            one
            for one in self._pieces
            if one.label and one.label.field == "naam_bestuur" and (one.value or id(one) in self._values)
        ]
        formal = [one for one in boards if not self._names_a_person(one)]
        for label in boards:
            small = any(
                label.box[3] - label.box[1] < SMALLER * (one.box[3] - one.box[1]) and label.box[1] > one.box[3] for one in formal
            )
            if small and self._names_a_person(label):
                label.label = IGNORED

    def _names_a_person(self, label: Piece) -> bool:
        """Whether the value of a label is a person with what he is: 'P. Zandstra (voorzitter)', 'K. de Haan, lid'."""
        value = label.value or self._values[id(label)][0].text
        return _MEMBER.fullmatch(value) is not None

    def _names_below(self) -> None:
        """A name that was left over right under the label of another one: both are seen."""
        for label in self._pieces:
            if not label.label or label.label.field not in (ADMINISTRATOR, DIRECTOR) or id(label) not in self._values:
                continue
            below = self._below_of(label) if label.label.part != "email" and label.row.page is not None else None
            if below is not None and _NAME.fullmatch(below.text):
                below.taken = True
                self._records.append((label, below))

    def _header_rows(self) -> None:
        """A row of nothing but labels, with values below them."""
        for _, group in groupby(self._pieces, key=lambda piece: round(middle(piece.box) / (0.6 * self._line))):
            row = list(group)
            labels = [piece for piece in row if any(piece is one for one in self._waiting()) and not piece.asks]
            if (
                sum(1 for piece in labels if piece.label and not piece.label.is_other) < 2
                or len(labels) < 3
                or any(piece.is_free for piece in row)
            ):
                continue
            found = [(label, value) for label in labels if (value := self._value_below(label)) is not None]
            if len(found) * 2 > len(labels):
                found += [(label, value) for label in labels if (value := self._like_a_label(label, found)) is not None]
                for label, value in found:
                    value.label = None
                    self._give(label, value)
                    self._unlabel_lines(value)

    def _like_a_label(self, head: Piece, found: Sequence[tuple[Piece, Piece]]) -> Piece | None:
        """What stands under a head in the row of values and by chance reads as a label: 'Kindcentrum De'."""
        below = next(self._under(head), None)
        if below is None or not below.label or below.asks or below.value or below.taken:
            return None
        return below if any(same_line(below, value) for _, value in found) else None

    def _unlabel_lines(self, value: Piece) -> None:
        """Lines of a value that by chance read as a label: 'Openbare' with 'basisschool De' below it."""
        line = value
        while below := next((one for one in self._pieces if self._follows(line, one) and begins_with(line, one)), None):
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
            beside = next(self._right_of(piece), None) or self._around_line(piece) or self._level_with(piece)
            if beside is None or beside.taken or self._belongs_above(piece, beside) or id(piece) in self._downward:
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
        near = [one for one in beside if abs(middle(one.box) - middle(piece.box)) < 1.1 * piece.height]
        above = next((one for one in near if middle(one.box) > middle(piece.box)), None)
        below = next((one for one in near if above is not None and starts_with(above, one) and self._follows(above, one)), None)
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
                    if one.is_free and not one.entry and self._follows(one, first) and begins_with(one, first)
                ),
                None,
            )
            if above is None or self._label_left_of(above) or looks_labelled(above.text):
                return
            before = next((one for one in self._pieces if self._follows(one, above) and begins_with(one, above)), None)
            if before is not None and before.box[1] - above.box[3] < 0.8 * (above.box[1] - first.box[3]):
                return  # it belongs to what stands above it
            low = self._lowest_line(first)
            now, then = (abs((top + low) / 2 - middle(label.box)) for top in (first.box[3], above.box[3]))
            if then >= now:
                return
            above.taken = True
            lines.insert(0, above)
            self._owner[id(above)] = label

    def _lowest_line(self, first: Piece) -> float:
        """The bottom of the lines that run on below a line of a value."""
        line = first
        while below := next(
            (one for one in self._pieces if one.label is None and self._follows(line, one) and begins_with(line, one)), None
        ):
            line = below
        return line.box[1]

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
            if other.label or other.taken or is_note(other.text) or other.entry or first.entry or not same_line(first, other):
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
        answer = next((one for one in self._under(below) if starts_with(below, one)), None)
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
            sorted(headed, key=lambda pair: -pair[0].box[1]), key=lambda pair: round(middle(pair[0].box) / 4)
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
            if (label := self._owner.get(id(one))) is not None and begins_with(one, piece):
                return (label, self._values.get(id(label), label.below)) if not one.entry else None
            if one.label and one.value and not one.taken and one.box[0] - SAME_LEFT <= piece.box[0] < one.box[2]:
                return one, one.below
            beside = self._values.get(id(one))
            plain = not is_note(piece.text) and not is_explanation(piece.text)
            if beside and not beside[0].entry and starts_with(one, piece) and plain and self._is_full(beside[-1], piece):
                return one, beside
        return None

    def _pairs(self) -> Iterator[Pair]:
        for label, cell in self._tabled:
            yield _pair(label, cell, cell, [cell.text], [cell])
        for piece in self._pieces:
            if not piece.label or (piece.taken and id(piece) not in self._values):
                continue
            label = self._meaning(piece)
            lines = self._values.get(id(piece), [])
            if piece.value:
                yield _pair(label, piece, piece, [piece.value, *(line.text for line in piece.below)], [piece, *piece.below])
            elif lines:
                yield _pair(label, piece, lines[0], [line.text for line in lines], lines)
            for owner, other in (*self._records, *self._either):
                if owner is piece:
                    yield _pair(label, piece, other, [other.text], [other])


def _pair(label: Label, owner: Piece, piece: Piece, texts: Sequence[str], lines: Sequence[Piece]) -> Pair:
    first, *rest = (chosen(text) for text in texts)
    # One kind of letter that may be another (an 'i' in small capitals) makes no other label of it, and says nothing of the value.
    of_label = "" if owner.hidden == Unseen.PERHAPS else owner.hidden
    hidden = of_label or next((line.hidden for line in lines if line.hidden), "")
    return Pair(label, first, tuple(rest), piece, around(line.box for line in lines), hidden)


def _count(lefts: Iterable[float], left: float) -> int:
    return sum(1 for one in lefts if abs(one - left) <= SAME_LEFT)
