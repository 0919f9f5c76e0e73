"""What a signed form shows in pictures and drawings and does not say in text: another value, or words about an administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rapidfuzz.fuzz import partial_ratio

from kb.search.language import fold
from triage.documents.pdf import Row
from triage.verify.form.against import load_against
from triage.verify.form.extract import extract_rows
from triage.verify.form.reading import Form
from triage.verify.forms import Requests, RequestType, normal
from triage.verify.model import Found, Obstacle, Weight

ADMINISTRATOR = "beoogde_beheerder"
TELLING = frozenset({"brin", "bestuursnummer", ADMINISTRATOR, "email_beheerder", "bestuurder"})
ALIKE = 90  # of 100: OCR takes letters for others
CUT, NEARLY = 8, 85  # letters of a refusal that tell it, and how alike they are of 100
LONGEST, SHOWN = 90, 4  # letters of a quote, quotes
_ADDRESS = re.compile(r"\S+@\S+")


def drawn_elsewhere(form: Form, request: RequestType, requests: Requests) -> Iterator[Obstacle]:
    """Doubts about what is drawn on a form; what speaks against the request is looked for with its other words."""
    name, rows = form.document.name, form.drawn.rows
    if form.drawn.unread:
        pages = ", ".join(map(str, form.drawn.unread))
        yield _doubt(f"Niet alles is gelezen: in {name} staan plaatjes of tekeningen (bladzijde {pages}). Kijk zelf.", "not_read")
    quotes = dict.fromkeys([*_other_values(form, request, requests), *_about_people(form, request, requests), *_refusals(form)])
    if rows and quotes:
        said = ", ".join(list(quotes)[:SHOWN])
        yield _doubt(
            f"In {name} staat als plaatje of tekening, niet als tekst: {said}. Kijk zelf of dat bij dit verzoek past.",
            "drawn_words",
        )


def _doubt(reason: str, kind: str) -> Obstacle:
    return Obstacle(Weight.DOUBT, reason, kind=kind)


def _other_values(form: Form, request: RequestType, requests: Requests) -> Iterator[str]:
    """Values with a label of the form that are not those in its text."""
    for entry in extract_rows(form.drawn.rows, request, requests):
        known = [one.value for one in form.found if one.field == entry.field]
        if entry.field in TELLING and not any(_same(entry, value) for value in known):
            yield f"‘{entry.value[:LONGEST]}’ (bladzijde {entry.evidence.page})"


def _same(entry: Found, value: str) -> bool:
    one, other = _plain(entry.value), _plain(value)
    return bool(one) and partial_ratio(one, other) >= ALIKE and len(one) <= len(other) + 3


def _about_people(form: Form, request: RequestType, requests: Requests) -> Iterator[str]:
    """Words about an administrator, and an address with other words, that no text of the form says."""
    roles = [_plain(name) for name in requests.roles[ADMINISTRATOR] if name != "gebruiker" and len(name) > 6]
    titles = [_plain(words) for words in (*request.recognise, request.title)]
    text = _plain(" ".join(row.text for row in form.document.rows))
    for row in form.drawn.rows:
        words = _plain(row.text)
        if any(title in words for title in titles) and not normal(row.text).startswith(("te ", "vorige", "oude")):
            continue
        if any(role in words for role in roles) and words not in text:
            yield _quote(row)


def _refusals(form: Form) -> Iterator[str]:
    """Words that may be a refusal of which OCR lost a letter, or the page a part."""
    against = load_against()
    phrases = [_plain(words) for words in (*against.refusals, *against.states) if "..." not in words]
    phrases = [words for words in phrases if len(words) >= CUT]
    for row in form.drawn.rows:
        for cell in row.cells:
            words = _plain(cell.text)
            if CUT <= len(words) <= 3 * CUT and any(partial_ratio(words, phrase) >= NEARLY for phrase in phrases):
                yield _quote(row)


def _quote(row: Row) -> str:
    return f"‘{row.text[:LONGEST]}’ (bladzijde {row.page})"


def _plain(text: str) -> str:
    return "".join(re.findall(r"[a-z0-9@]+", fold(text)))
