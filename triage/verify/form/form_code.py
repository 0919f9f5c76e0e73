"""The code on a form that was filled in on our own page: what it says, and whether the form still says the same.

The code proves nothing about who filled the form in: the page is public and anybody can make a form with a right code. So it
never makes a request better than it is without one; a form that no longer fits its code is doubtful.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.search.language import fold
from triage.documents import sandbox
from triage.documents.pdf import Document
from triage.errors import UnsafeFileError
from triage.register.codes import split_brin
from triage.verify.form.reference import read_reference, show_reference
from triage.verify.forms import Requests, RequestType
from triage.verify.model import CodeReport, Found

VERSION = "WW1"
DIGEST = 32  # hexadecimal digits of SHA-256: 16 bytes
_STATEMENT = re.compile(
    rf"{VERSION}:(?P<reference>[0-9A-Z]{{8}}):(?P<request>[A-Z-]+):(?P<school>[0-9A-Z]*):(?P<board>[0-9]*):(?P<digest>[0-9A-F]{{{DIGEST}}})"
)
_PRINTED = re.compile(r"\bformulierkenmerk\s*:?\s*([0-9a-z]{4}\s?[-–]?\s?[0-9a-z]{4})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """What the code on a form says, without names or addresses of people."""

    reference: str  # eight characters
    request: str  # intent, e.g. "eerste-beheerder-aanvraag"
    school: str  # BRIN and location code together, as far as the form has them
    board: str  # board number
    digest: str  # of all that was filled in

    @property
    def text(self) -> str:
        """As it stands in the code; capitals and digits keep a QR code small (ISO/IEC 18004, alphanumeric mode)."""
        return ":".join((VERSION, self.reference, self.request.upper(), self.school, self.board, self.digest))


def make_statement(reference: str, request: RequestType, values: Mapping[str, str]) -> Statement:
    """The statement for a form with these values, by field name ('brin') or field and part ('bestuurder.naam')."""
    plain = {name: _plain(value) for name, value in values.items() if _plain(value)}
    brin, behind = split_brin(plain.get("brin") or plain.get("brin_oud") or "")
    school = f"{brin or ''}{plain.get('vestigingscode') or behind or ''}".upper()
    board = plain.get("bestuursnummer") or plain.get("bestuursnummer_oud") or ""
    head = [VERSION, reference, request.intent, school, board]
    told = "\n".join([*head, *(f"{name}={plain[name]}" for name in sorted(plain))])
    digest = hashlib.sha256(told.encode()).hexdigest()[:DIGEST].upper()
    return Statement(
        reference, request.intent, re.sub(r"[^0-9A-Z]", "", school), re.sub(r"[^0-9]", "", board, flags=re.ASCII), digest
    )


def parse_statement(text: str) -> Statement | None:
    """The statement in a code, or None when it is no statement of this version."""
    match = _STATEMENT.fullmatch(text)
    if match is None or read_reference(match["reference"]) != match["reference"]:
        return None
    return Statement(match["reference"], match["request"].lower(), match["school"], match["board"], match["digest"])


def values_of(found: Sequence[Found]) -> dict[str, str]:
    """What was read from one form, named as in `make_statement`; different values for one field stand together."""
    values: dict[str, list[str]] = {}
    for entry in found:
        parts = {f"{entry.field}.{part}": value for part, value in entry.evidence.parts.items()} or {entry.field: entry.value}
        for name, value in parts.items():
            values.setdefault(name, []).append(value)
    return {name: " | ".join(sorted({_plain(value): value for value in entries}.values())) for name, entries in values.items()}


def same_value(read: str, filled: str) -> bool:
    """Whether a value that was read is the one that was filled in."""
    return _plain(read) == _plain(filled)


def _plain(value: str) -> str:
    """A value without what printing and reading may change: case, accents, spaces, dots at the ends."""
    return "".join(fold(value).split()).strip("._…")


def check_code(
    document: Document, data: bytes, found: Sequence[Found], request: RequestType, requests: Requests
) -> CodeReport | None:
    """Compare a form with the code on it; None when it carries neither a code of ours nor a reference."""
    printed = _printed_references(document)
    if not printed and not document.pictures:
        return None  # on a form of ours the code stands above its reference; without one it is in a picture or not there
    texts = read_codes(data)
    if not texts:
        reason = "Op het formulier staat een kenmerk, maar de code erbij is niet te lezen. Vraag het formulier opnieuw."
        return CodeReport(printed[0], False, reason) if printed else None
    statements = {parse_statement(text) for text in texts}
    statement = statements.pop()
    if statement is None or statements or any(other != statement.reference for other in printed):
        return CodeReport("", False, "De code op het formulier hoort niet bij dit formulier. Vraag het formulier opnieuw.")
    shown = show_reference(statement.reference)
    if statement.request != request.intent:
        other = requests.types.get(statement.request)
        title = other.title if other else "een andere aanvraag"
        return CodeReport(statement.reference, False, f"De code (kenmerk {shown}) hoort bij ‘{title}’, niet bij deze aanvraag.")
    if not found:
        reason = (
            f"Het formulier heeft kenmerk {shown}. Of er niets is veranderd, is niet te zien: het is niet automatisch gelezen."
        )
        return CodeReport(statement.reference, None, reason)
    if make_statement(statement.reference, request, values_of(found)) == statement:
        return CodeReport(
            statement.reference, True, f"Het formulier komt overeen met wat de school heeft ingevuld (kenmerk {shown})."
        )
    scan = any(picture.page_share > 0.5 for picture in document.pictures)
    how = " Het is een scan: misschien is iets verkeerd gelezen." if scan else ""
    reason = f"Op het formulier staat iets anders dan bij het invullen (kenmerk {shown}).{how} Kijk zelf wat er is veranderd."
    return CodeReport(statement.reference, False, reason)


def _printed_references(document: Document) -> list[str]:
    """References in the text of a form, in the order they stand there."""
    texts = [cell.text for row in document.rows for cell in row.cells]
    candidates = [match[1] for text in texts for match in _PRINTED.finditer(text)]
    return [reference for text in candidates if (reference := read_reference(text))]


def read_codes(data: bytes) -> list[str]:
    """The texts of the QR codes of ours in a PDF, read in the sandbox; [] when there are none or the pages can't be read."""
    try:
        return [str(text) for text in sandbox.run("code", data)]
    except UnsafeFileError:
        return []  # the same file was read, or refused with a reason, as a document
