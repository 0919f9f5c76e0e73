"""From rows of text, form fields and mail text to values for the fields of a request.

Which value belongs to which label is found in layout.py; here it becomes a value of one field, or a part of a person's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from kb.search.language import fold
from triage.documents.pdf import Cell, Document, FormField, Row
from triage.verify.form.directions import is_exactly
from triage.verify.form.labels import Label, LabelReader, resolved
from triage.verify.form.layout import Pair, pairs_of
from triage.verify.form.person_names import is_infix
from triage.verify.form.pieces import BLANK, Piece, is_example
from triage.verify.form.written_address import read_address
from triage.verify.forms import PEOPLE_PARTS, FieldSpec, Requests, RequestType, normal
from triage.verify.model import Evidence, Found

MAX_CODES, BEFORE_CODE = 25, 120  # codes looked at in one cell, and letters before each: a hostile line holds thousands
_CODES = re.compile(r"\b[0-9]{2}\s?[.\-]?\s?[A-Za-z]{2}(?:\s?[0-9]{2})?\b|\b[0-9]{2,8}\b")
_BRIN = re.compile(r"\b[0-9]{2}\s?[A-Za-z]{2}(?:\s?[0-9]{2})?\b")
_CODE_FIELDS = frozenset(
    {"brin", "bestuursnummer", "vestigingscode", "brin_oud", "brin_nieuw", "bestuursnummer_oud", "bestuursnummer_nieuw"}
)
_REMARKS = frozenset(
    ["werk", "school", "prive", "zakelijk", "persoonlijk", "schoolmail", "werkmail"]
)  # that stand alone below an address
_NOTHING = frozenset(["geen", "nvt", "n.v.t.", "n.v.t", "-", "onbekend", "niet van toepassing", "hoofdvestiging", "hoofdlocatie"])


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
    return _Values(request, requests).of_page(rows, ())


def extract_document(document: Document, request: RequestType, requests: Requests) -> list[Found]:
    """Read the values of a document: what its form fields hold, and what stands in its text."""
    return _Values(request, requests).of_page(document.rows, document.fields, document.name)


class _Values:
    """Turns labels with values into what was found for the fields of a request."""

    def __init__(self, request: RequestType, requests: Requests) -> None:
        self._request = request
        self._requests = requests
        self._reader = LabelReader(requests, request)
        self._people: dict[tuple[str, str], _Person] = {}

    def of_page(self, rows: Sequence[Row], fields: Sequence[FormField], source: str = "") -> list[Found]:
        pairs, loose = pairs_of(rows, fields, self._reader)
        printed = {id(pair.piece.entry): pair.label for pair in pairs if pair.piece.entry}
        found: list[Found] = []
        for entry in fields:
            found += self._of_field(entry, printed.get(id(entry)), source)
        for pair in pairs:
            if not pair.piece.entry and not pair.label.is_other:
                found += self._of_pair(pair)
        for piece in loose:
            found += self._of_running_text(piece)
        return [*found, *self._left_over(loose, found), *_people(self._people)]

    def _left_over(self, loose: Sequence[Piece], found: Sequence[Found]) -> list[Found]:
        """An address, BRIN or board number that belongs to no label, where the page has another one: which of them is meant is not seen."""
        more: list[Found] = []
        for name in ("email_beheerder", "brin", "bestuursnummer"):
            known = [normal(entry.value) for entry in found if entry.field == name]
            for piece in loose if known else ():
                text = piece.text.strip(" .,;<>()")
                if (
                    piece.row.page is None
                    or piece.hidden
                    or not is_exactly(name, text)
                    or any(normal(text) in one for one in known)
                ):
                    continue
                if fold(text.partition("@")[0]) not in self._requests.shared_mailboxes:
                    more.append(Found(name, text, Evidence(piece.row.source, piece.row.page, piece.row.text[:200], piece.box)))
        return more

    def _of_field(self, entry: FormField, printed: Label | None, source: str) -> list[Found]:
        """A form field is known by its name, by the label it carries, or by the one printed beside it; these may not differ."""
        if BLANK.match(entry.value) or (printed and printed.is_other):
            return []
        named = next(
            (label for text in (_spaced(entry.name), entry.label) if (label := self._reader.read(text)) and label.field), None
        )
        words = f"formulierveld ‘{entry.label or entry.name}’: {entry.value}"
        evidence = Evidence(source, entry.page, words, entry.box, hidden=entry.hidden)
        labels = dict.fromkeys(label for label in (named, printed) if label and not label.is_other)
        return [found for label in labels for found in self._place(label, entry.value, evidence)]

    def _of_pair(self, pair: Pair) -> list[Found]:
        box = pair.box if pair.piece.row.page is not None else None
        evidence = Evidence(pair.piece.row.source, pair.piece.row.page, pair.piece.row.text[:200], box, hidden=pair.hidden)
        return self._place(pair.label, self._joined(pair), evidence)

    def _joined(self, pair: Pair) -> str:
        """The lines of a value as one text."""
        value = pair.value
        for line in pair.rest:
            if pair.label.field in _CODE_FIELDS:
                return value
            if pair.label.part == "email":
                value = _longer_address(value, line)
            elif pair.label.part == "naam":
                value = self._longer_name(value, line)
            else:
                value = f"{value}{'' if value.endswith('-') else ' '}{line}"
        return value

    def _longer_name(self, value: str, line: str) -> str:
        """A name that runs on; behind a whole name the next line is a remark, or another name that only a person can place."""
        words = [word for word in value.split() if not is_infix(word)]
        if is_infix(value.split()[-1]) or value.endswith("-") or len(words) < 2 or line.startswith("("):
            return f"{value} {line}"
        function = any(word in self._requests.functions for word in re.findall(r"[a-z]+", fold(line)))
        return f"{value}, {line}" if function else f"{value} / {line}"

    def _of_running_text(self, piece: Piece) -> list[Found]:
        """'BRIN 99AB' or 'bestuursnummer is 99001': a label and its code in running text."""
        found: list[Found] = []
        text = piece.text
        for match in islice(_CODES.finditer(text), MAX_CODES):
            words = re.findall(r"[\w-]+", text[max(0, match.start() - BEFORE_CODE) : match.start()])
            before = [word for word in words if word.lower() not in ("is", "nr", "nummer", "ons", "onze", "de", "het")]
            for size in (3, 2, 1):
                label = self._reader.read(" ".join(before[-size:])) if len(before) >= size else None
                told = label is not None and resolved(label, None).field in _CODE_FIELDS
                if label and told and not (is_example(" ".join(before[:-size])) or is_example(" ".join(words))):
                    box = piece.box if piece.row.page is not None else None
                    evidence = Evidence(piece.row.source, piece.row.page, piece.row.text[:200], box, hidden=piece.hidden)
                    found += self._place(label, match.group(), evidence)
                    break
        return found

    def _place(self, label: Label, value: str, evidence: Evidence) -> list[Found]:
        """Turn a labelled value into a Found, or keep it until the other parts of the name are there."""
        value = " ".join(value.split()).strip(" ._…")
        if not value or BLANK.match(value):
            return []
        if label.also:
            return self._place_several(label, value, evidence)
        if label.part in PEOPLE_PARTS:
            return self._place_person(label, value, evidence)
        if label.field == "vestigingscode" and (fold(value) in _NOTHING or not any(char.isdigit() for char in value)):
            return []  # the name of a location, or nothing
        return [Found(label.field, value, evidence)] if self._request.field(label.field) else []

    def _place_several(self, label: Label, value: str, evidence: Evidence) -> list[Found]:
        """'Naam en e-mailadres: Sanne de Wit, s.dewit@…': what is recognised by its form is taken out, the rest is the name."""
        found: list[Found] = []
        rest, name = value, label
        for one in (label, *label.also):
            pattern = {"brin": _BRIN, "bestuursnummer": re.compile(r"\b[0-9]{5}\b")}.get(one.field)
            taken = ""
            if one.part == "email":
                taken = next(iter(read_address(rest).addresses), "")
            elif pattern and (match := pattern.search(rest)):
                taken = match.group()
            elif not pattern:
                name = one
            if taken:
                rest = rest.replace(taken, " ")
                found += self._place(replace(one, also=()), taken, evidence)
        rest = re.sub(r"[<>()\[\]]|\bmailto:", " ", rest).strip(" ,;/|-–:")
        return [*found, *self._place(replace(name, also=()), rest, evidence)]

    def _place_person(self, label: Label, value: str, evidence: Evidence) -> list[Found]:
        if label.part == "email":
            name = "email_beheerder" if label.field == "beoogde_beheerder" else ""
            return [Found(name, value, evidence)] if name and self._request.field(name) else []
        if self._request.field(label.field) is None or (label.part == "tussenvoegsel" and fold(value) in _NOTHING):
            return []
        person = self._people.setdefault((label.field, evidence.source), _Person())
        if label.part in person.parts and person.parts[label.part].casefold() != value.casefold():
            return [Found(label.field, value, evidence)]  # a second, other name: let the check see both
        person.parts.setdefault(label.part, value)
        person.evidence = person.evidence or evidence
        if evidence.hidden:  # of any part of the name
            person.evidence = replace(person.evidence, hidden=person.evidence.hidden or evidence.hidden)
        return []


def _spaced(name: str) -> str:
    """Names of form fields are written in many ways: 'beheerder_voornaam', 'BeheerderVoornaam', 'form1[0].brin[0]'."""
    last = re.sub(r"\[\d+\]", "", name).rsplit(".", 1)[-1]
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", last).replace("_", " ")


def _longer_address(value: str, line: str) -> str:
    """An address that was broken over two lines, or an address with a remark below it."""
    broken = re.fullmatch(r"[\w.@+-]+", line) and fold(line) not in _REMARKS and (value.count("@") + line.count("@") == 1)
    return f"{value}{line}" if broken else f"{value} {line}"


def _people(people: dict[tuple[str, str], _Person]) -> Iterable[Found]:
    for (name, _), person in people.items():
        for full in _full_names(person.parts):
            if person.evidence:
                yield Found(name, full, replace(person.evidence, parts=dict(person.parts)))


def _full_names(parts: dict[str, str]) -> list[str]:
    """The name that the parts make; two when they speak against each other."""
    given = parts.get("voornaam") or parts.get("voorletters") or ""
    surname, whole = parts.get("achternaam", ""), parts.get("naam", "")
    if whole and given and not surname and not _holds(whole, given):
        surname, whole = whole, ""  # 'Naam' beside 'Voornaam' is the surname
    made = " ".join(filter(None, (given, parts.get("tussenvoegsel"), surname)))
    if not whole:
        return [made] if made else []
    return [whole] if not surname or _holds(whole, surname) else [whole, made]


def _holds(name: str, words: str) -> bool:
    known = set(re.findall(r"[a-z]+", fold(name)))
    asked = re.findall(r"[a-z]+", fold(words))
    initials = {word[0] for word in known}
    return all(word in known or (len(word) == 1 and word in initials) for word in asked)


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
