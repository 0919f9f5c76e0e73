"""What requests are made of: real schools with people that don't exist, forms in several shapes, and the mail around them."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.forms import Identity, blank_form, filled_form, identity, own_form
from triage.register.domains import web_domain
from triage.register.names import compare_boards
from triage.register.register import Register
from triage.register.school import Board, School

OK, INCOMPLETE, SUSPECT = "compleet", "onvolledig", "verdacht"
INTENT, MERGER, CHANGE = "eerste-beheerder-aanvraag", "fusie-of-opheffing", "bestuurswissel-of-naamswijziging"
PEOPLE = [
    ("Marijke van den Berg", "Sanne", "de", "Wit"), ("Hendrik Postma", "Fatima", "", "Amrani"), ("Johanna Maessen", "Pim", "", "Janssen"),
    ("Ömer Yildiz", "Lotte", "van der", "Ploeg"), ("Anne-Fleur Óconnor", "Jan Willem", "", "Brouwer"), ("W.J. ter Horst", "Chaimae", "el", "Idrissi"),
]  # fmt: skip
LABELS = [
    ("Naam schoolbestuur", "Bestuursnummer", "Naam school", "BRIN-nummer", "Locatiecode", "Naam wettig bestuurder", "Functie bestuurder", "Naam beoogde beheerder", "E-mailadres beheerder"),
    ("Bevoegd gezag", "Nummer bevoegd gezag", "Schoolnaam", "Instellingscode", "Vestiging", "Bestuurder", "Functie bestuurder", "Beheerder", "E-mail beheerder"),
    ("Naam stichting", "Bestuursnr", "Basisschool", "BRIN", "Vestigingsnummer", "Tekenbevoegde", "Functie tekenbevoegde", "ICT-coördinator", "E-mailadres ICT-coördinator"),
]  # fmt: skip
FIELDS = ("naam_bestuur", "bestuursnummer", "naam_school", "brin", "bestuurder", "beoogde_beheerder", "email_beheerder")


@dataclass(frozen=True)
class Subject:
    """A school, its board and two people that do not exist."""

    school: School
    board: Board
    other: School  # of another board
    director: str
    first: str
    infix: str
    last: str
    signer: Identity

    @property
    def domain(self) -> str:
        return web_domain(self.school.website)

    @property
    def administrator(self) -> str:
        return " ".join(part for part in (self.first, self.infix, self.last) if part)

    @property
    def values(self) -> dict[str, str]:
        return {
            "naam_bestuur": self.board.name, "bestuursnummer": self.board.number, "naam_school": self.school.name,
            "brin": self.school.brin, "vestigingscode": self.school.location, "bestuurder_naam": self.director,
            "bestuurder_functie": "voorzitter college van bestuur", "beheerder_voornaam": self.first, "beheerder_tussenvoegsel": self.infix,
            "beheerder_achternaam": self.last, "beheerder_email": f"{self.first[0].lower()}.{self.last.lower()}@{self.domain}",
        }  # fmt: skip


@dataclass(frozen=True)
class Request:
    """A mail with what should come of it."""

    kind: str
    form: str  # how the request is written down
    expected: str
    raw: bytes
    truth: dict[str, str] = field(default_factory=dict)  # values a person would read; only where all should be read
    intent: str = INTENT
    earlier: tuple[bytes, ...] = ()  # mails of the same request that came before, oldest first
    days: int = 0  # how many after today it is verified


BLANK = blank_form()
OUR_SERVER = "mx.help.example"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def mail(subject: Subject, pdf: bytes | None, *, sender: str = "", name: str = "", body: str = "", reply_to: str = "", content_type: str = "application/pdf", headers: str = "") -> bytes:  # fmt: skip
    message = EmailMessage()
    message["From"] = f'"{name or subject.director}" <{sender or f"directie@{subject.domain}"}>'
    message["To"] = "help@basispoort.nl"
    message["Subject"] = "Aanvraag eerste beheerder"
    message["Message-ID"] = f"<{abs(hash((subject.school.brin, sender, body, pdf)))}@{subject.domain}>"
    if reply_to:
        message["Reply-To"] = reply_to
    message.set_content(body or "Goedemorgen,\n\nIn de bijlage ons verzoek.\n\nMet vriendelijke groet")
    if pdf is not None:
        main, _, sub = content_type.partition("/")
        message.add_attachment(
            pdf, maintype=main, subtype=sub, filename=f"aanvraag.{ {'pdf': 'pdf', 'jpeg': 'jpg'}.get(sub, 'docx') }"
        )
    return (headers or proof(message["From"])).encode() + message.as_bytes()


def mail_with(subject: Subject, *files: tuple[str, bytes], body: str = "") -> bytes:
    """The mail of a school with several files, in that order."""
    message = EmailMessage()
    message["From"] = f'"{subject.director}" <directie@{subject.domain}>'
    message["To"], message["Subject"] = "help@basispoort.nl", "Aanvraag eerste beheerder"
    message.set_content(body or "Goedemorgen,\n\nIn de bijlagen ons verzoek.\n\nMet vriendelijke groet")
    for name, data in files:
        kind = {"pdf": "application/pdf", "docx": WORD, "png": "image/png"}.get(name.rpartition(".")[2].lower(), "text/plain")
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return proof(message["From"]).encode() + message.as_bytes()


def proof(sender: str) -> str:
    """What our server records of an honest mail."""
    return f"Authentication-Results: {OUR_SERVER}; dmarc=pass header.from={sender.rpartition('@')[2].strip(' <>')}\r\n"


def acro(subject: Subject, **changes: str) -> bytes:
    return filled_form({**subject.values, **changes}, BLANK)


def typed(subject: Subject, labels: int = 0, ink: bool = False, **changes: str) -> bytes:
    v = {**subject.values, **changes}
    administrator = " ".join(
        part for part in (v["beheerder_voornaam"], v["beheerder_tussenvoegsel"], v["beheerder_achternaam"]) if part
    )
    parts = (v["naam_bestuur"], v["bestuursnummer"], v["naam_school"], v["brin"], v["vestigingscode"], v["bestuurder_naam"], v["bestuurder_functie"], administrator, v["beheerder_email"])  # fmt: skip
    return own_form([(label, value) for label, value in zip(LABELS[labels], parts, strict=True) if value], ink=ink)


Write = Callable[[Canvas, float, float, str], None]
Draw = Callable[[Canvas], None]
X, Y, STEP = 220.0, 700.0, 22.0  # where the administrator's address stands on a drawn form (tests/triage/documents/pages.py, BOX)
ADDRESS = "E-mailadres beheerder"


def plainly(canvas: Canvas, x: float, y: float, text: str) -> None:
    """Write text as anybody does."""
    canvas.drawString(x, y, text)


def rows_of(s: Subject, **changes: str) -> list[tuple[str, str]]:
    """Labels and values of a form of one's own, with the administrator before the school."""
    v = {**s.values, **changes}
    person = " ".join(filter(None, (v["beheerder_voornaam"], v["beheerder_tussenvoegsel"], v["beheerder_achternaam"])))
    values = (v["naam_bestuur"], v["bestuursnummer"], v["naam_school"], v["brin"], v["vestigingscode"], v["bestuurder_naam"], v["bestuurder_functie"], person, v["beheerder_email"])  # fmt: skip
    pairs = list(zip(LABELS[0], values, strict=True))
    return [*pairs[:2], *pairs[7:], *pairs[2:7]]


def drawn(*draw: Draw) -> bytes:
    """A PDF with a page for each drawing."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4, pageCompression=0)
    for one in draw:
        canvas.setFont("Helvetica", 11)
        one(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


TITLE = "Aanvraag eerste beheerder Basispoort"


def form_page(rows: Sequence[tuple[str, str]], write: Write = plainly, only: str = "", face: str = "Helvetica", title: str = TITLE) -> Draw:  # fmt: skip
    """A form whose values are written in some way: all of them, or that behind the label `only`, in a typeface."""

    def draw(canvas: Canvas) -> None:
        canvas.drawString(60, 800, title)
        for number, (label, value) in enumerate(rows):
            y = Y + STEP * (3 - number)
            canvas.setFont("Helvetica", 11)
            canvas.drawString(60, y, f"{label}:")
            canvas.saveState()
            used = face if only in ("", label) else "Helvetica"
            canvas.setFont(used, min(11.0, (A4[0] - X - 20) / max(stringWidth(value, used, 1), 1.0)))
            (write if only in ("", label) else plainly)(canvas, X, y, value)
            canvas.restoreState()
        canvas.drawString(60, Y - STEP * len(rows), "Handtekening bestuurder")

    return draw


def text_page(*lines: str, size: float = 11, top: float = 780) -> Draw:
    """A page with lines of text."""

    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for number, text in enumerate(lines):
            canvas.drawString(60, top - 2 * size * number, text)

    return draw


def photo(pdf: bytes, degrees: float = 0.0, *, pale: bool = False) -> bytes:
    """The first page as a phone takes it: turned, perhaps pale, and compressed."""
    import pypdfium2
    from PIL import ImageEnhance

    image = pypdfium2.PdfDocument(pdf)[0].render(scale=2.4).to_pil().convert("RGB")
    if pale:
        image = ImageEnhance.Contrast(image).enhance(0.4)
    out = io.BytesIO()
    image.rotate(degrees, expand=True, fillcolor=(225, 225, 220)).save(out, format="JPEG", quality=65)
    return out.getvalue()


def in_word(subject: Subject) -> bytes:
    """The request as a table in a Word document."""
    import docx

    v = subject.values
    document = docx.Document()
    document.add_heading("Aanvraag eerste beheerder")
    table = document.add_table(rows=0, cols=2)
    people = {"bestuurder_naam": "Naam bestuurder", "bestuurder_functie": "Functie bestuurder", "beheerder_voornaam": "Voornaam beheerder", "beheerder_tussenvoegsel": "Tussenvoegsel beheerder", "beheerder_achternaam": "Achternaam beheerder", "beheerder_email": "E-mailadres beheerder"}  # fmt: skip
    labels = {"naam_bestuur": "Naam van het bestuur", "bestuursnummer": "Bestuursnummer", "naam_school": "Naam van de school", "brin": "BRIN", "vestigingscode": "Vestigingscode", **people}  # fmt: skip
    for name, label in labels.items():
        cells = table.add_row().cells
        cells[0].text, cells[1].text = label, v[name]
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def flattened(pdf: bytes) -> bytes:
    """The form with its fields printed on the page, as 'print to PDF' does."""
    import pypdfium2
    import pypdfium2.raw as raw

    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    for number in range(len(document)):
        raw.FPDFPage_Flatten(document[number], raw.FLAT_PRINT)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def locked(pdf: bytes) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.encrypt("geheim", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def swap_letters(domain: str) -> str:
    name, _, ending = domain.rpartition(".")
    middle = len(name) // 2
    return f"{name[: middle - 1]}{name[middle]}{name[middle - 1]}{name[middle + 1 :]}.{ending}"


def abbreviated(name: str) -> str:
    for long, short in (("Stichting", "Stg."), ("Vereniging", "Ver."), ("Openbaar", "Openb."), ("Primair", "Prim."), ("Onderwijs", "Onderw."), ("Katholiek", "Kath.")):  # fmt: skip
        name = name.replace(long, short)
    return name


def subjects(register: Register, boards: list[Board], count: int, authority: Identity) -> list[Subject]:
    """Schools with a web site of their own whose board is in the list of boards, spread over boards."""
    by_number = {board.number: board for board in boards}
    seen: set[str] = set()
    chosen: list[Subject] = []
    signers = {person[0]: identity(person[0], authority) for person in PEOPLE}
    for school in register.schools:
        usable = web_domain(school.website) and school.board_number in by_number and school.board_number not in seen
        board = by_number.get(school.board_number)
        if not usable or board is None or len(register.boards_named(board.name)) > 1 or len(register.locations(school.brin)) > 1:
            continue
        other = next(
            one for one in register.schools[len(chosen) * 37 :]
            if one.board_number != school.board_number and one.website and web_domain(one.website) != web_domain(school.website)
            and one.board_number in by_number and not compare_boards(by_number[one.board_number].name, board.name).same and one.name != school.name
        )  # fmt: skip
        director, first, infix, last = PEOPLE[len(chosen) % len(PEOPLE)]
        chosen.append(Subject(school, board, other, director, first, infix, last, signers[director]))
        seen.add(school.board_number)
        if len(chosen) == count:
            break
    return chosen
