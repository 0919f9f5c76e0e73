"""From rows of text, form fields and mail text to values for the fields of a request.

A value stands after its label on the same line ('BRIN: 99AB'), in the next cell, or under it. The order of labels is free.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from triage.verify.forms import PEOPLE_PARTS, FieldSpec, Label, Requests, RequestType, normal
from triage.verify.model import Evidence, Found
from triage.verify.pdf import Cell, Document, Row

MAX_GAP = 1.8  # a value below its label stands at most this many line heights away
MAX_CODES, BEFORE_CODE = 25, 120  # codes looked at in one cell, and letters before each: a hostile line holds thousands
_BLANK = re.compile(r"^[\s._…:\-–—/]*$")
_CODES = re.compile(r"\b[0-9]{2}\s?[.\-]?\s?[A-Za-z]{2}(?:\s?[0-9]{2})?\b|\b[0-9]{2,8}\b")
_CODE_FIELDS = frozenset(
    {"brin", "bestuursnummer", "vestigingscode", "brin_oud", "brin_nieuw", "bestuursnummer_oud", "bestuursnummer_nieuw"}
)


@dataclass
class _Person:
    """The parts of a person's name that stood apart on a form."""

    parts: dict[str, str] = field(default_factory=dict)
    evidence: Evidence | None = None


def mail_rows(text: str) -> list[Row]:
    """The lines of a mail as rows; tabs, pipes and wide gaps separate cells."""
    rows = []
    for number, line in enumerate(text.splitlines()):
        cells, position = [], 0
        for part in re.split(r"(\t+|\s{3,}|\s*\|\s*)", line):
            if part.strip(" \t|"):
                left, clean = position, part.strip()
                cells.append(Cell(clean, (float(left), -number - 1.0, float(left + len(clean)), -number * 1.0)))
            position += len(part)
        if cells:
            rows.append(Row("mail", None, tuple(cells)))
    return rows


def extract_rows(rows: Sequence[Row], request: RequestType, requests: Requests) -> list[Found]:
    """Read the values for a request from rows of text, in the order they stand there."""
    reader = _Reader(rows, request, requests)
    return reader.read()


def extract_form_fields(document: Document, request: RequestType, requests: Requests) -> list[Found]:
    """Read the values of an AcroForm; a field is known by its name or by the label the form shows for it."""
    people: dict[tuple[str, str], _Person] = {}
    found: list[Found] = []
    for entry in document.fields:
        label = _form_label(entry.name, request, requests) or _form_label(entry.label, request, requests)
        if label is None or _BLANK.match(entry.value):
            continue
        words = f"formulierveld ‘{entry.label or entry.name}’: {entry.value}"
        evidence = Evidence(document.name, entry.page, words, entry.box, entry.shown)
        found += _place(label, entry.value, evidence, request, people)
    return [*found, *_people(people)]


def _form_label(name: str, request: RequestType, requests: Requests) -> Label | None:
    """Names of form fields are written in many ways: 'beheerder_voornaam', 'BeheerderVoornaam', 'form1[0].brin[0]'."""
    last = re.sub(r"\[\d+\]", "", name).rsplit(".", 1)[-1]
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).replace("_", " ")
    return requests.label(spaced, request, None)


def _place(
    label: Label, value: str, evidence: Evidence, request: RequestType, people: dict[tuple[str, str], _Person]
) -> list[Found]:
    """Turn a labelled value into a Found, or keep it until the other parts of the name are there."""
    value = " ".join(value.split()).strip(" ._…")
    if not value:
        return []
    if label.part in PEOPLE_PARTS:
        if label.part == "email":
            name = "email_beheerder" if label.field == "beoogde_beheerder" else ""
            return [Found(name, value, evidence)] if name and request.field(name) else []
        if request.field(label.field) is None:
            return []
        person = people.setdefault((label.field, evidence.source), _Person())
        if label.part in person.parts and person.parts[label.part].casefold() != value.casefold():
            return [Found(label.field, value, evidence)]  # a second, other name: let the check see both
        person.parts.setdefault(label.part, value)
        person.evidence = person.evidence or evidence
        return []
    return [Found(label.field, value, evidence)] if request.field(label.field) else []


def _people(people: dict[tuple[str, str], _Person]) -> Iterable[Found]:
    for (name, _), person in people.items():
        parts = person.parts
        full = parts.get("naam") or " ".join(parts[part] for part in ("voornaam", "tussenvoegsel", "achternaam") if part in parts)
        if full and person.evidence:
            yield Found(name, full, replace(person.evidence, parts=dict(parts)))


class _Reader:
    """Walks over rows and remembers under which heading they stand."""

    def __init__(self, rows: Sequence[Row], request: RequestType, requests: Requests) -> None:
        self._rows = rows
        self._request = request
        self._requests = requests
        self._people: dict[tuple[str, str], _Person] = {}
        self._section: str | None = None
        self._used: set[tuple[int, int]] = set()

    def read(self) -> list[Found]:
        found: list[Found] = []
        for number, row in enumerate(self._rows):
            for position in range(len(row.cells)):
                if (number, position) not in self._used:
                    found += self._cell(number, position)
        return [*found, *_people(self._people)]

    def _label(self, text: str) -> Label | None:
        return self._requests.label(text, self._request, self._section)

    def _cell(self, number: int, position: int) -> list[Found]:
        row = self._rows[number]
        text = row.cells[position].text
        head, colon, tail = text.partition(":")
        if colon and (label := self._label(head)):
            if not _BLANK.match(tail):
                return self._found(label, tail + self._continued(number, position), number, position)
            return self._value_of(label, number, position)
        if label := self._label(text.rstrip(" :._…")):
            if len(row.cells) == 1 and self._is_heading(number, text):
                return []
            return self._value_of(label, number, position)
        if len(row.cells) == 1 and (role := self._requests.section(text.rstrip(" :"))):
            self._section = role
            return []
        return self._glued(text, number, position)

    def _is_heading(self, number: int, text: str) -> bool:
        """'Bestuurder' alone on a line, with labels below it, is a heading and not a label."""
        role = self._requests.section(text.rstrip(" :"))
        if role is None:
            return False
        following = self._rows[number + 1].cells[0].text if number + 1 < len(self._rows) else ""
        first = following.partition(":")[0]
        if self._requests.label(first, self._request, role) is None:
            return False
        self._section = role
        return True

    def _value_of(self, label: Label, number: int, position: int) -> list[Found]:
        """The value of a label that stands alone: in the next cell, or else below it."""
        row = self._rows[number]
        if position + 1 < len(row.cells):
            beside = row.cells[position + 1]
            if self._label(beside.text.partition(":")[0]) is None:
                if _BLANK.match(beside.text):
                    return []
                self._used.add((number, position + 1))
                return self._found(label, beside.text + self._continued(number, position + 1), number, position + 1)
        return self._below(label, number, position)

    def _below(self, label: Label, number: int, position: int) -> list[Found]:
        if number + 1 >= len(self._rows) or self._rows[number + 1].source != self._rows[number].source:
            return []
        left, bottom, right, top = self._rows[number].cells[position].box
        for index, cell in enumerate(self._rows[number + 1].cells):
            overlaps = cell.box[0] < right + 5 and cell.box[2] > left - 5
            near = bottom - cell.box[3] <= MAX_GAP * (top - bottom)
            if not (overlaps and near) or (number + 1, index) in self._used:
                continue
            if self._label(cell.text.partition(":")[0].rstrip(" ._…")) or _BLANK.match(cell.text) or ":" in cell.text:
                return []
            if self._requests.section(cell.text):
                return []
            self._used.add((number + 1, index))
            return self._found(label, cell.text, number + 1, index)
        return []

    def _continued(self, number: int, position: int) -> str:
        """A value that runs on: the only cell of the next line, straight below the value and away from the labels."""
        if number + 1 >= len(self._rows) or position == 0:
            return ""
        below = self._rows[number + 1]
        value = self._rows[number].cells[position]
        if len(below.cells) != 1 or abs(below.cells[0].box[0] - value.box[0]) > 4 or self._rows[number].source == "mail":
            return ""
        text = below.cells[0].text
        if ":" in text or self._label(text):
            return ""
        self._used.add((number + 1, 0))
        return f" {text}"

    def _glued(self, text: str, number: int, position: int) -> list[Found]:
        """'BRIN 99AB' or 'bestuursnummer is 99001': a label and its code in running text."""
        found = []
        for match in islice(_CODES.finditer(text), MAX_CODES):
            words = re.findall(r"[\w-]+", text[max(0, match.start() - BEFORE_CODE) : match.start()])
            for size in (3, 2, 1):
                before = [word for word in words if word.lower() not in ("is", "nr", "nummer:", "ons", "onze", "de", "het")][
                    -size:
                ]
                label = self._label(" ".join(before)) if len(before) == size else None
                if label and label.field in _CODE_FIELDS:
                    found += self._found(label, match.group(), number, position)
                    break
        return found

    def _found(self, label: Label, value: str, number: int, position: int) -> list[Found]:
        row = self._rows[number]
        box = row.cells[position].box if row.page is not None else None
        return _place(label, value, Evidence(row.source, row.page, row.text[:200], box), self._request, self._people)


def recognise(texts: Sequence[str], requests: Requests) -> RequestType | None:
    """The request a form is for, by the words in its heading; None when it is no form we know."""
    heading = normal(" ".join(texts))
    best: tuple[int, RequestType] | None = None
    for request in requests.types.values():
        for words in request.recognise:
            at = heading.find(normal(words))
            if at >= 0 and (best is None or at < best[0]):
                best = (at, request)
    return best[1] if best else None


def values_of(found: Sequence[Found], spec: FieldSpec) -> list[Found]:
    """Everything that was read for one field."""
    return [entry for entry in found if entry.field == spec.name]
