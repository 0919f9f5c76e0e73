"""What the labels and headings of a page mean: wrapped labels, sections, and whose part of the form a label stands in."""

from __future__ import annotations

import re

from triage.verify.form.labels import (
    ADMINISTRATOR,
    ALSO_ASKED,
    DIRECTOR,
    IGNORED,
    NUMBER,
    OTHER,
    TURNED,
    Label,
    is_explanation,
    resolved,
)
from triage.verify.form.pieces import BLANK, Piece, chosen, is_note, is_sentence
from triage.verify.form.sheet import (
    SAME_LEFT,
    Sheet,
    around,
    same_line,
    starts_with,
)

MIN_HEADS = 2  # beside one that is doubtful: heads of columns with values under them
MAX_LABEL_LINES = 3  # below the first
SIGNED_WITHIN = 12  # line heights between the name of who signs and the room to sign
_INTENDED = re.compile(r"\b(?:nieuwe?|beoogde?|toekomstige?)\b", re.IGNORECASE)
_RUNS_ON = re.compile(r"(?:\b(?:van|de|het|der|den|een|uw|voor|of|en|bij|door)|[/\-–(,])\s*$", re.IGNORECASE)
_CONTINUES = re.compile(r"^(?:(?:van|voor(?!-)|of|en|bij|door|die)\s|/|\()", re.IGNORECASE)


class LabelledSheet(Sheet):
    """A page of which it is known what its labels and headings mean."""

    @property
    def last_section(self) -> str | None:
        """What the last heading is about."""
        return self._headings[-1][1] if self._headings else self._before

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
                piece.text, piece.box = f"{text}{colon}{tail}", around([piece.box, below.box])
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
            piece.box = around([piece.box, below.box])

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

    def _find_headings(self) -> None:
        """Headings tell whose 'Naam' follows. One that nobody knows ends the section: what follows is nobody's."""
        for piece in self._pieces:
            if piece.taken or piece.entry or piece.value or len(piece.text) > 80 or id(piece) in self._values:
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
        return below is not None and below.label is not None and not below.label.field and starts_with(piece, below)

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
        return self._is_head(piece, below) or not self._is_part_of(below, about)

    def _is_head(self, piece: Piece, below: Piece) -> bool:
        """Whether it is one of the heads of a table, and what reads as a label under it a value: 'Kindcentrum De' under 'School'."""
        row = [
            one
            for one in self._pieces
            if one.label and one is not piece and not one.asks and not one.value and same_line(one, piece)
        ]
        values = [under for one in row if (under := next(self._under(one), None)) is not None and under.is_free]
        return not below.asks and sum(1 for one in values if same_line(one, below)) >= MIN_HEADS

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

    def _section_of(self, piece: Piece) -> str | None:
        """What the heading above a piece is about: the lowest in its own column, or of the whole page."""
        above = [(one, about) for one, about in self._headings if one.box[1] >= piece.box[3] - 0.5 * piece.height]
        fitting = [(one, about) for one, about in above if one.box[0] <= piece.box[0] + SAME_LEFT]
        if not fitting:
            return self._before if not above else None
        lowest = min(fitting, key=lambda entry: (entry[0].box[1], -entry[0].box[0]))
        beside = [about for one, about in fitting if same_line(one, lowest[0])]
        own = max((entry for entry in fitting if same_line(entry[0], lowest[0])), key=lambda entry: entry[0].box[0])
        columns = [(one, about) for one, about in fitting if abs(one.box[0] - piece.box[0]) <= 4 * SAME_LEFT]
        nearest = min(columns, key=lambda entry: entry[0].box[1], default=own)
        if nearest[0] is own[0] or len(beside) > 1:
            return own[1]
        return own[1] if not self._stands_beside_another(nearest[0]) else None

    def _stands_beside_another(self, heading: Piece) -> bool:
        return any(one is not heading and same_line(one, heading) for one, _ in self._headings)

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
        left = [one for one in labels if one.box[0] < piece.box[0] and same_line(one, piece)]
        if left:
            return max(left, key=lambda one: one.box[0])
        above = [one for one in labels if one.box[1] >= piece.box[3] - 0.5 * piece.height and starts_with(one, piece)]
        nearest = min(above, key=lambda one: one.box[1], default=None)
        parted = nearest is not None and any(piece.box[3] <= one.box[3] <= nearest.box[1] for one, _ in self._headings)
        return None if parted else nearest


def _narrower(label: Label, alone: Label) -> bool:
    """Whether two lines together say more than the first alone: 'E-mailadres' and 'beheerder'."""
    same = label.part == alone.part or label.field.startswith(f"{alone.part}_") or alone.part == NUMBER
    return not alone.field and bool(label.field) and same and not label.is_other
