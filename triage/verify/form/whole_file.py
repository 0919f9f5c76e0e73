"""Everything that was signed is looked at: pages that were not read, a second form, words that speak against it, files inside.

What is found is for a person: each becomes an obstacle that names the file, the page and the words.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from triage.documents.inside import Inside
from triage.documents.pdf import MAX_PAGES, Cell, Row
from triage.documents.shown_otherwise import BLENDING, LAYERS
from triage.register.codes import brins_in
from triage.register.register import Register
from triage.verify.form.against import Said, Text, load_against, speaks_against
from triage.verify.form.against_words import plain_words
from triage.verify.form.beside_text import drawn_elsewhere
from triage.verify.form.choosing import Chosen
from triage.verify.form.elsewhere import ADMINISTRATOR, LONGEST, TELLING, named_elsewhere, other_requests
from triage.verify.form.extract import extract_rows
from triage.verify.form.labels import LabelReader
from triage.verify.form.layout import pairs_of
from triage.verify.form.reading import Form, special_kind
from triage.verify.form.running_text import others_in_text
from triage.verify.form.understood import Line, load_ordinary, not_understood
from triage.verify.forms import Requests, RequestType, load_requests
from triage.verify.model import Obstacle, Weight

PRINT = "Vraag de school om het formulier af te drukken als PDF (Afdrukken, printer ‘Opslaan als PDF’), die PDF te ondertekenen en te sturen."
OTHERWISE = {
    LAYERS: "heeft lagen die alleen bij een bepaalde vergroting of alleen op het scherm of op papier te zien zijn",
    BLENDING: "heeft tekst die zich mengt met wat eronder ligt en in een ander programma onzichtbaar kan zijn",
}
NAMES = frozenset(
    {"naam_school", "naam_bestuur", "naam_scholen", "naam_oud", "naam_nieuw"}
)  # the register knows them word for word
KEYS = frozenset({"brin", "beoogde_beheerder", "email_beheerder"})  # one of these makes a page a form
_PLACE_AND_DATE = re.compile(r"(\w[\w'’ .-]*?), (?:d\.d\. |de )?\d{1,2}(?: [^\W\d_]+ |[-/.]\d{1,2}[-/.])\d{4}\.?")
APPENDIX = 80  # words of a page of terms
SHOWN = 5  # quotes and names in one sentence


def whole_file(
    form: Form, chosen: Chosen, request: RequestType, register: Register, domains: Iterable[str] = ()
) -> list[Obstacle]:
    """What stands in a file besides the values that were read; of a file that nobody signed only what speaks against the request.

    `domains` are those at which people of the school, the board, the sender and the help desk have their addresses.
    """
    requests = load_requests()
    signed, said = form.signature.kind != "geen", _said(form, requests)
    if not signed and chosen.signed:
        portfolio = [obstacle for obstacle in _kinds(form) if obstacle.kind == "portfolio"]
        return [*portfolio, *_against(form, [one for one in said if one.refusal])]
    reader = LabelReader(requests, request)
    besides = [line for line in _besides(form, reader) if not _is_place_and_date(line[0], register)]
    loose = pairs_of(form.document.rows, form.document.fields, reader)[1]
    running = list(
        dict.fromkeys([*((piece.text, piece.row.page) for piece in loose), *(line for line in besides if ":" in line[0])])
    )
    names = _names(form, register)
    return [
        *_kinds(form),
        *_against(form, said),
        *_strange(form, besides, [*names, *_labels(request), *_functions(requests)], {one.quote for one in said}),
        *_not_read(form, request, requests),
        *_enclosed(form),
        *drawn_elsewhere(form, request, requests),
        *(_doubt(reason, "second_form") for reason in other_requests(form, request, requests)),
        *(_doubt(reason, "second_form") for reason in named_elsewhere(form, request, requests, register)),
        *(_doubt(reason, "against") for reason in _others(form, request, running, domains, names)),
    ]


def _names(form: Form, register: Register) -> list[str]:
    """Names and places of the schools on the form, as the register has them."""
    brins = [brin for entry in form.found if entry.field == "brin" for brin, _ in brins_in(entry.value)]
    return [name for brin in brins for school in register.locations(brin) for name in (school.name, school.place)]


def _others(
    form: Form, request: RequestType, running: Sequence[Line], domains: Iterable[str], names: Sequence[str]
) -> Iterator[str]:
    """Other people in the running text of a form for one school; a merger names people and schools that change."""
    if request.field("soort") or form.document.read_by_ocr or not any(entry.field == ADMINISTRATOR for entry in form.found):
        return
    yield from others_in_text(form, running, domains, names)


def _doubt(reason: str, kind: str) -> Obstacle:
    return Obstacle(Weight.DOUBT, reason, kind=kind)


def _kinds(form: Form) -> Iterator[Obstacle]:
    """Forms of another kind than a page to read, and how to send them instead."""
    inside, name = form.inside, form.document.name
    if inside is None:
        return
    if inside.portfolio:
        files = _listed(file.name for file in inside.files) or "niets"
        yield _doubt(
            f"{name} is een PDF-portfolio: een map met bestanden ({files}). Formulieren erin zijn apart gelezen. "
            "Vraag de school om het formulier zelf te sturen, als gewone PDF, wanneer er iets ontbreekt.",
            "portfolio",
        )
    for kind in inside.otherwise:
        yield _doubt(f"{name} {OTHERWISE[kind]}. Bekijk het bestand zelf, op het scherm en in de afdruk.", "shown_otherwise")
    if special := special_kind(form):
        yield Obstacle(
            Weight.SHORTFALL, f"{name} is {special}: wat is ingevuld, staat niet op de bladzijde. {PRINT}", kind="special_form"
        )
    elif inside.xfa == "dynamic" or (inside.xfa and _hidden_values(form)):
        yield _doubt(f"{name} is ook een XFA-formulier: Adobe kan iets anders tonen dan hier is gelezen. {PRINT}", "special_form")
    elif inside.script:
        yield _doubt(f"In {name} staat een script dat het formulier bij het openen verandert. {PRINT}", "special_form")


def _hidden_values(form: Form) -> bool:
    """Whether the XFA part of a form holds something that its pages and fields do not."""
    inside = form.inside or Inside()
    seen = "".join("".join(line.text for line in inside.lines).split()) + "".join(field.value for field in form.document.fields)
    return any("".join(value.split()) not in "".join(seen.split()) for value in inside.xfa_values)


def _said(form: Form, requests: Requests) -> list[Said]:
    known = [entry.value for entry in form.found if entry.field in NAMES]
    known += [label for one in requests.types.values() for spec in one.fields for label in spec.labels if spec.name in TELLING]
    people = [entry.value for entry in form.found if entry.field == ADMINISTRATOR]
    names = [plain_words(entry.value) for entry in form.found if entry.field in NAMES]
    texts = [text for text in _texts(form) if text.aslant or not _is_part(plain_words(text.text), names)]
    return speaks_against(texts, known, load_against(), people)


def _is_part(plain: str, names: Sequence[str]) -> bool:
    """Whether a line is no more than a part of a name that goes on over lines: 'Voorbeeldstad (fictief)'."""
    return bool(plain) and any(f" {plain} " in f" {name} " and plain != name for name in names)


def _against(form: Form, said: Sequence[Said]) -> Iterator[Obstacle]:
    if said:
        quotes = _listed(f"‘{one.quote}’ ({_page(one.page)})" if one.page else f"‘{one.quote}’" for one in said)
        yield _doubt(f"In {form.document.name} staat {quotes}. Kijk zelf of de ondertekenaar dit verzoek wel wil.", "against")


def _strange(form: Form, besides: Sequence[Line], known: Sequence[str], told: set[str]) -> Iterator[Obstacle]:
    """What else the signer signed and the program does not understand, besides what is told; a scan is read by a person anyway."""
    if form.document.read_by_ocr:
        return
    appendices = _appendices(form)
    lines = [line for line in besides if line[1] not in appendices]
    lines += [(note.text, note.page) for note in (form.inside or Inside()).notes]
    understood = [*known, *(entry.value for entry in form.found)]
    strange = not_understood(lines, understood, load_ordinary(), load_against())
    if found := dict.fromkeys(one for one in strange if one[0] not in told):
        quotes = _listed(f"‘{quote}’ ({_page(page)})" if page else f"‘{quote}’" for quote, page in found)
        yield _doubt(
            f"In {form.document.name} staat ook {quotes}. De bot begrijpt niet of dat iets aan het verzoek verandert. Lees het zelf.",
            "not_understood",
        )


def _besides(form: Form, reader: LabelReader) -> Iterator[Line]:
    """What stands in the cells of a file besides labels that are known and the values that were read."""
    values = {plain_words(part) for entry in form.found for part in (entry.value, *entry.value.split())} - {""}
    addresses = [entry.value.casefold() for entry in form.found if "@" in entry.value]
    for row in form.document.rows:
        waiting = ""  # a label that is not known goes with what stands behind it
        for cell in row.cells:
            label, colon, tail = cell.text.partition(":")
            text = tail if colon and reader.read(label) else cell.text
            plain = plain_words(text)
            is_label = not waiting and reader.read(cell.text) is not None
            rest = text.strip().casefold()  # of an address that goes on over lines
            if is_label or not rest or plain in values or any(len(one) > 3 and one in plain for one in values):
                continue
            if len(rest) > 2 and any(address.endswith(rest) for address in addresses):
                continue
            waiting = f"{waiting} {text}".strip()
            if not waiting.endswith(":"):
                yield waiting, row.page
                waiting = ""
        if waiting:
            yield waiting, row.page


def _is_place_and_date(text: str, register: Register) -> bool:
    """Whether a line is the one above a letter: 'Assen, 12 november 2026'."""
    match = _PLACE_AND_DATE.fullmatch(text.strip())
    return match is not None and register.sites.is_place(match[1])


def _appendices(form: Form) -> set[int | None]:
    """Pages of terms and the like: long texts on a page without a value, of which only what is against the request is quoted."""
    filled = {entry.evidence.page for entry in form.found if entry.evidence}
    lengths: Counter[int | None] = Counter()
    for row in form.document.rows:
        lengths[row.page] += len(row.text.split())
    return {page for page, words in lengths.items() if words >= APPENDIX and page not in filled}


def _functions(requests: Requests) -> Iterator[str]:
    """Words of what signers are called."""
    for function in (*requests.board_functions, *requests.municipal_functions):
        yield from function
    yield from requests.beside_a_function


def _labels(request: RequestType) -> Iterator[str]:
    yield request.title
    for spec in request.fields:
        yield from spec.labels


def _texts(form: Form) -> list[Text]:
    """All words of a file: its pages with notes and fields, or its cells."""
    inside, document = form.inside, form.document
    if inside is None or document.read_by_ocr:
        cells = [
            Text(row.page, cell.text, by_ocr=document.read_by_ocr, height=_height(row, cell))
            for row in document.rows
            for cell in row.cells
        ]
    else:
        cells = []
    cells += [
        Text(row.page, row.text, by_ocr=True, height=max(_height(row, cell) for cell in row.cells)) for row in form.drawn.rows
    ]
    if inside is None:
        return cells
    shown = "".join("".join(line.text for line in inside.lines).split())
    fields = [Text(field.page, field.value) for field in document.fields if "".join(field.value.split()) not in shown]
    return [
        *(Text(line.page, line.text, line.height, line.aslant) for line in inside.lines),
        *cells,
        *fields,
        *(Text(note.page, note.text) for note in inside.notes),
        *(Text(None, value) for value in inside.xfa_values),
    ]


def _height(row: Row, cell: Cell) -> float:
    return cell.box[3] - cell.box[1] if row.page else 0.0


def _not_read(form: Form, request: RequestType, requests: Requests) -> Iterator[Obstacle]:
    """Pages that hold, or may hold, something that was not read."""
    inside, document = form.inside or Inside(), form.document
    if document.is_scan:
        read = len(document.turns)
        unread = list(range(read + 1, document.pages + 1)) if read else []
    elif inside.pages:
        unread = list(inside.unread)
    else:
        unread = list(range(MAX_PAGES + 1, document.pages + 1))
    if unread:
        yield _doubt(f"Niet alles is gelezen: van {document.name} {_pages(unread)} niet. Kijk zelf wat daar staat.", "not_read")
    elif not inside.whole and form.found:
        yield _doubt(
            f"Niet alles is gelezen: de opbouw van {document.name} is niet helemaal te lezen. Kijk zelf of er meer in zit.",
            "not_read",
        )
    if forms := [page for page in _form_pages(form, request, requests) if page not in unread]:
        where = _pages(forms)
        yield _doubt(
            f"Niet alles is gelezen: in {document.name} staat op {where} nog een formulier. Kijk zelf wat daar staat.", "not_read"
        )


def _form_pages(form: Form, request: RequestType, requests: Requests) -> Iterator[int]:
    """Pages past those that are read on which a form was filled in."""
    lines = [line for line in (form.inside or Inside()).lines if line.page > MAX_PAGES]
    for page, group in groupby(lines, key=lambda line: line.page):
        rows = [
            Row(form.document.name, page, (Cell(line.text, (0.0, -number - 1.0, float(len(line.text)), -float(number))),))
            for number, line in enumerate(group)
            if len(line.text) <= LONGEST
        ]
        fields = {entry.field for entry in extract_rows(rows, request, requests)}
        if len(fields) > 1 or fields & KEYS:
            yield page


def _enclosed(form: Form) -> Iterator[Obstacle]:
    """Files inside a PDF that is no portfolio: they were signed along, and nobody read them."""
    inside = form.inside
    if inside and inside.files and not inside.portfolio:
        files = _listed(file.name for file in inside.files)
        yield _doubt(
            f"In {form.document.name} zitten andere bestanden, die niet zijn gelezen: {files}. Kijk zelf wat erin staat.",
            "enclosed",
        )


def _listed(parts: Iterable[str]) -> str:
    shown = list(dict.fromkeys(parts))
    return ", ".join(shown[:SHOWN]) + (f" en nog {len(shown) - SHOWN}" if len(shown) > SHOWN else "")


def _page(page: int) -> str:
    return f"bladzijde {page}"


def _pages(pages: Sequence[int]) -> str:
    """'bladzijde 3', 'bladzijde 3 en 5', 'bladzijde 3 tot en met 7 en 9'."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    words = [str(run[0]) if len(run) == 1 else f"{run[0]} {'en' if len(run) == 2 else 'tot en met'} {run[-1]}" for run in runs]
    return "bladzijde " + " en ".join(filter(None, (", ".join(words[:-1]), words[-1])))
