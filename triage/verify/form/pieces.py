"""The pieces of a page: labels, values and headings, each with its place, before anybody knows which belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from triage.documents.pdf import Box, Cell, FormField, Row
from triage.verify.form.labels import LONGEST, TWO_PEOPLE, Label, LabelReader, is_explanation
from triage.verify.forms import PEOPLE_PARTS

BLANK = re.compile(r"^[\s._…:\-–—/|]*$|^(?:n\.?\s?v\.?\s?t\.?|niet van toepassing|-)$", re.IGNORECASE)
MIN_COLUMNS = 3  # heads that stand in one cell
MAX_WORDS = 10  # of a label that stands behind the value of another
_NO_BEGINNING = re.compile(
    r"(?:van|der|den|de|het|een|of|en|voor|ter|ten)$|[^\W\d_]\.", re.IGNORECASE
)  # of a label: a name may end so
_LEADER = re.compile(r"\s*(?:\.{3,}|…+|_{3,}|(?:\. ){3,}\.?|-{4,})\s*")
_EXAMPLE = re.compile(
    r"\b(?:voorbeeld(?:\s+(?:van|voor))?|bijvoorbeeld|bijv\.?|b\.v\.|bv\.?|example)(?:\s+(?:een|de|het|is|an?))*\s*[:,]?\s*$",
    re.IGNORECASE,
)
_SIGN = re.compile(r"\s+(?:=|-|–|—|→|->|=>)\s+")
_SENTENCE = frozenset(
    [
        "is",
        "zijn",
        "wordt",
        "worden",
        "verklaar",
        "verklaart",
        "verklaren",
        "vraagt",
        "vragen",
        "vul",
        "stuur",
        "wij",
        "ik",
        "dat",
        "hierbij",
        "dient",
        "moet",
        "heeft",
        "hebben",
        "kunt",
        "kan",
        "u",
        "uw",
    ]
)


@dataclass(slots=True)
class Piece:
    """A run of text with one role: a label, a value, both ('BRIN: 99AC'), or neither."""

    text: str  # the value of an inline label stands in `value`
    box: Box
    row: Row
    label: Label | None = None
    value: str = ""  # behind the label in the same run
    asks: bool = False  # ends as a label does, with a colon or question mark: what follows is its value
    empty: bool = False  # behind the label stands only room to write
    entry: FormField | None = None  # the form field that stands here; its value is `text`
    taken: bool = False  # part of a label or a value of another piece
    below: list[Piece] = field(default_factory=list)  # lines that continue it
    hidden: str = ""  # Dutch: why a reader does not see it on the page, "" when he does

    @property
    def is_free(self) -> bool:
        """Whether this may be somebody's value."""
        return self.label is None and not self.taken

    @property
    def height(self) -> float:
        """Of a line; capitals alone are lower than the line they stand on."""
        return max(self.box[3] - self.box[1], 7.0 if self.row.page is not None else 1.0)


def pieces_of(rows: Sequence[Row], reader: LabelReader) -> list[Piece]:
    """The cells of some rows, each cut where another label begins."""
    return [
        replace(piece, hidden=cell.hidden)
        for number, row in enumerate(rows)
        for cell in row.cells
        for piece in _cell_pieces(cell.text, cell.box, row, reader, _heads(cell, rows[number + 1 : number + 2], reader))
    ]


def _heads(cell: Cell, below: Sequence[Row], reader: LabelReader) -> list[int]:
    """Where the heads of columns begin in a cell that holds more than one, [] when it does not."""
    words = [word.start() for word in re.finditer(r"\S+", cell.text)]
    if _is_header(cell, below, reader):
        return words
    if any(sign in cell.text for sign in ":/,(") or len(cell.text) > LONGEST:
        return []
    left, right = cell.box[0], cell.box[2]
    columns = [one for row in below for one in row.cells if left - 5 <= one.box[0] < right]
    parted = [
        start for start in words[1:] if _are_heads(reader.read_exactly(cell.text[:start]), reader.read_exactly(cell.text[start:]))
    ]
    return [0, *parted] if len(parted) == 1 and len(columns) == len(parted) + 1 else []


def _are_heads(one: Label | None, other: Label | None) -> bool:
    """Whether two labels each say by themselves what they ask: 'Naam beheerder' and 'E-mailadres beheerder'."""
    return bool(one and other and one.field and other.field and one != other and not one.also and not other.also)


def _is_header(cell: Cell, below: Sequence[Row], reader: LabelReader) -> bool:
    """Whether a cell holds the heads of several columns: 'Voornaam Tussenvoegsel Achternaam' above three cells."""
    words = cell.text.split()
    if len(words) < MIN_COLUMNS or any(sign in cell.text for sign in ":/,("):
        return False
    left, right = cell.box[0], cell.box[2]
    columns = [one for row in below for one in row.cells if left - 5 <= one.box[0] < right]
    labels = [reader.read_exactly(word) for word in words]
    parts = {label.part for label in labels if label and not label.field and label.part in PEOPLE_PARTS}
    return len(parts) == len(words) and len(columns) >= MIN_COLUMNS - 1


def _cell_pieces(text: str, box: Box, row: Row, reader: LabelReader, heads: Sequence[int] = ()) -> Iterator[Piece]:
    text, asked = (text[1:].strip(), True) if text.lstrip().startswith(":") else (text, False)
    starts = list(heads) or _starts(text, reader)
    width = (box[2] - box[0]) / max(len(text), 1)
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        part = text[start:end].strip()
        if part:
            last = start + len(part) if heads else end
            yield _piece(part, (box[0] + start * width, box[1], box[0] + last * width, box[3]), row, reader, asked)


def _starts(text: str, reader: LabelReader) -> list[int]:
    """Where a cell must be cut: before every label with a colon that stands behind the value of another."""
    starts, last = [0], 0
    for colon in re.finditer(r":(?!//)", text):
        words = list(re.finditer(r"\S+", text[last : colon.start()]))
        inside = [word for word in words[1:][-MAX_WORDS:] if not _NO_BEGINNING.match(word.group())]
        begins = [word.start() for word in [*words[:1], *inside] if word.group()[0] not in "(["]
        labels = {start: reader.read_exactly(text[last + start : colon.start()]) for start in begins}
        known = [start for start, label in labels.items() if label and (label != TWO_PEOPLE or not last)]
        if known and known[0] and not is_example(text[last : last + known[0]]):
            starts.append(last + known[0])
        last = colon.end()
    return starts


def is_example(before: str) -> bool:
    """Whether what follows is an example: 'Voorbeeld van een BRIN: 12AB', 'bijv. BRIN 12AB'."""
    return _EXAMPLE.search(before) is not None


def _piece(text: str, box: Box, row: Row, reader: LabelReader, asked: bool) -> Piece:
    """One label, one value, or one label with its value."""
    if asked:
        return Piece(text, box, row)
    head, colon, tail = text.partition(":")
    if colon and not tail.startswith("//") and (label := reader.read(head)):
        if is_sentence(tail) and not any(char.isdigit() or char == "@" for char in tail):
            return Piece(text, box, row, label, asks=True)  # an explanation behind the colon
        return _inline(text, box, row, label, tail)
    if colon and not tail.strip() and len(head.split()) <= 8:
        return Piece(text, box, row, reader.read(head) or Label("-"), asks=True)
    leader = _LEADER.search(text)
    if leader and leader.start() and (label := reader.read(text[: leader.start()])):
        return _inline(text, box, row, label, text[leader.end() :])
    sign = _SIGN.search(text)
    if sign and (label := reader.read(text[: sign.start()])) and label.field:
        tail = text[sign.end() :]
        if (
            label.part == "functie"
            or not re.search(r"\s[-–—]\s", sign.group())
            or (not is_explanation(tail) and not reader.read(tail))
        ):
            return _inline(text, box, row, label, tail)
    if label := reader.read(text):
        return Piece(text, box, row, label, asks=text.rstrip(" *").endswith("?"))
    question, mark, tail = text.partition("?")
    if mark and tail.strip() and (label := reader.read(question)):
        return _inline(text, box, row, label, tail)
    return Piece(text, box, row)


def _inline(text: str, box: Box, row: Row, label: Label, tail: str) -> Piece:
    value = chosen(_LEADER.sub(" ", tail)).strip(" :_…")
    filler = bool(_LEADER.search(tail) or "__" in tail or ".." in tail or "☐" in tail)
    return Piece(text, box, row, label, "" if BLANK.match(value) else value, asks=True, empty=filler and not value.strip())


def chosen(text: str) -> str:
    """Of boxes to tick the options that are ticked; another text as it is."""
    parts = re.split(r"([☐☒☑✓✔□■▢⬜]|\[\s?[xXvV✓]?\s?\]|\(\s?[xX]?\s?\))", text)
    marks = list(parts[1::2])
    if not marks:
        return text
    ticked = [words.strip(" ,;") for mark, words in zip(marks, parts[2::2], strict=True) if re.search(r"[☒☑✓✔■xXvV]", mark)]
    return " ".join([parts[0].strip(), *ticked]).strip()


def without_refused(text: str) -> str:
    """Of boxes of which some are ticked only those; boxes that are all empty may be bullets, and say what stands behind them."""
    return chosen(text) if re.search(r"[☒☑✓✔■]|[\[(]\s?[xXvV✓]\s?[\])]", text) else text


def looks_labelled(text: str) -> bool:
    """Whether a text has the form of a label, known or not, with or without its value."""
    head, colon, _ = text.partition(":")
    return (
        text.rstrip().endswith("?") or " = " in text or (bool(colon) and len(head.split()) <= 8 and "mailto" not in head.lower())
    )


def is_sentence(text: str) -> bool:
    """Whether a text is a sentence about the form rather than a value on it."""
    words = re.findall(r"[^\W\d_]+", text)
    return (len(words) >= 4 and any(word in _SENTENCE for word in words)) or len(words) > 16


def is_note(text: str) -> bool:
    """Whether a text is a remark in brackets."""
    return bool(re.fullmatch(r"[(\[*].*[)\]]?\.?", text.strip())) and chosen(text) == text
