"""A signed form that asks for something else besides: another request, another school, another administrator in running text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from statistics import median

from kb.search.language import fold
from triage.documents.inside import Inside
from triage.register.codes import brins_in
from triage.register.register import Register
from triage.verify.form.extract import extract_rows, recognise
from triage.verify.form.reading import Form
from triage.verify.forms import Requests, RequestType, normal
from triage.verify.model import Found

TELLING = frozenset(
    {"brin_oud", "brin_nieuw", "bestuursnummer_oud", "bestuursnummer_nieuw", "naam_oud", "naam_nieuw", "naam_scholen"}
)
HEADING = 1.25  # times the usual height of a line
LONGEST = 60  # characters of a heading
KINDS_OF_PAPER = ("aanvraag", "melding", "verzoek", "formulier")
ADMINISTRATOR = "beoogde_beheerder"
_BRIN = re.compile(r"\b[0-9]{2}[A-Z]{2}\b")
_ADDRESS = re.compile(r"[^\s<>()\[\],;:]+@[^\s<>()\[\],;:]+\w")
_NAME = r"[A-Z][\w.'’-]*(?: (?:van|de|der|den|ten|ter|het|'t|el|la|le|op|in))* [A-Z][\w'’-]+"
_BECOMES = r"(?:wordt|is|blijft|worde|zal zijn|mag zijn)"


def other_requests(form: Form, request: RequestType, requests: Requests) -> Iterator[str]:
    """Dutch: what else a form asks for: a heading of another request, or fields that only another request has."""
    document = form.document
    usual = median([cell.box[3] - cell.box[1] for row in document.rows for cell in row.cells] or [0.0])
    for row in document.rows:
        large = row.page is not None and row.cells[0].box[3] - row.cells[0].box[1] > HEADING * usual
        if len(row.cells) == 1 and large and (title := _other_heading(row.text, request, requests)):
            yield f"In {document.name} staat ook het formulier ‘{title}’ (bladzijde {row.page}). Behandel elk formulier apart."
    if request.field("soort"):
        return
    for other in requests.types.values():
        if other.field("soort"):
            fields = {entry.field for entry in extract_rows(document.rows, other, requests)} & TELLING
            if len(fields) > 1:
                yield f"In {document.name} staat ook een ‘{other.title}’. Behandel elk formulier apart."


def _other_heading(text: str, request: RequestType, requests: Requests) -> str:
    """The title of another request whose form begins with this line, "" when none does."""
    words = normal(text)
    if len(text) > LONGEST or not words.startswith(KINDS_OF_PAPER) or any(normal(own) in words for own in request.recognise):
        return ""
    other = recognise([text], requests)
    return other.title if other else ""


def named_elsewhere(form: Form, request: RequestType, requests: Requests, register: Register) -> Iterator[str]:
    """Dutch: another school or administrator than the form's, in the words around it."""
    if form.inside is None or request.field("soort"):  # a merger names schools and people that change
        return
    found = form.found
    own = {brin for entry in found if entry.field == "brin" for brin, _ in brins_in(entry.value)}
    if own:
        lines = [*((line.page, line.text) for line in form.inside.lines), *((row.page or 1, row.text) for row in form.drawn.rows)]
        others = {(code, page) for page, text in lines for code in _BRIN.findall(text) if code not in own}
        for code, page in sorted(others):
            if schools := register.locations(code):
                yield (
                    f"In {form.document.name} staat ook BRIN {code} van {schools[0].name} (bladzijde {page}). "
                    "Kijk zelf voor welke school is getekend."
                )
    if any(entry.field == ADMINISTRATOR for entry in found):
        for page, words in _other_administrators(form.inside, found, requests):
            yield (
                f"In {form.document.name} staat ook ‘{words}’ (bladzijde {page}): een andere beheerder dan in de velden. "
                "Kijk zelf wie er is bedoeld."
            )


def _other_administrators(inside: Inside, found: tuple[Found, ...], requests: Requests) -> Iterator[tuple[int, str]]:
    roles = "|".join(re.escape(fold(name)) for name in requests.roles[ADMINISTRATOR] if name != "gebruiker")
    role = re.compile(rf"\b(?:{roles})\b")
    known = {address.casefold() for entry in found for address in _ADDRESS.findall(entry.value)}
    for line in inside.lines:
        addresses = (address.casefold() for address in _ADDRESS.findall(line.text))  # one that is wrapped stands there in part
        if "..." in line.text:  # words over a dotted line: its dots stand between them
            known |= {one.replace(".", "") for one in known}
            addresses = (address.casefold().replace(".", "") for address in _ADDRESS.findall(line.text))
        others = [address for address in addresses if not any(address in one or one in address for one in known)]
        if known and others and role.search(fold(_ADDRESS.sub(" ", line.text))):
            yield line.page, line.text[:90]
    named = re.compile(
        rf"(?:(?i:\b(?:{roles})) (?i:{_BECOMES}) (?P<after>{_NAME}))|(?P<before>{_NAME}) (?i:{_BECOMES}) (?:\w+ ){{0,3}}(?i:{roles})\b"
    )
    for page in sorted({line.page for line in inside.lines}):
        text = " ".join(line.text for line in inside.lines if line.page == page).replace("ö", "o")
        for match in named.finditer(text):
            if not any(_same_name(match["after"] or match["before"], entry.value) for entry in found):
                yield page, match.group()[:90]


def _same_name(name: str, value: str) -> bool:
    """Whether a name can be of the person in a value: the same surname and the same first letter."""
    words, others = re.findall(r"[a-z]+", fold(name)), re.findall(r"[a-z]+", fold(value))
    return bool(words and others) and words[-1] in others and any(word[0] == words[0][0] for word in others)
