"""How well formal requests are verified: requests built from the real school register, right ones, faulty ones and forgeries.

    python benchmarks/verify.py [--data ../shared/data/duo] [--schools 12]

Schools and boards are DUO's (CC BY 4.0); people, forms, keys and mails are made here and exist only while this runs. Each
kind of request is made for several schools. Printed: the verdicts, what matters most (a request that should not be complete
and comes out 'compleet'), precision and recall of the fields, and seconds a request by format.
"""

from __future__ import annotations

import argparse
import io
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

from pypdf import PdfReader, PdfWriter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kb.settings import read_settings
from tests.forms import (
    Identity,
    altered_after_signing,
    blank_form,
    filled_form,
    identity,
    own_form,
    pem,
    scanned,
    signed,
    stored_but_not_shown,
    under_a_picture,
)
from triage.mail import parse_message
from triage.verify.domains import web_domain
from triage.verify.editions import by_code
from triage.verify.model import Status, Verification
from triage.verify.names import compare_boards
from triage.verify.register import Board, Former, Register, School, read_boards, read_schools
from triage.verify.verdict import verify_message

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


def requests_for(s: Subject, all_schools: list[School], self_made: Identity, outsider: str) -> list[Request]:
    """Every kind of request for one school."""
    sign: Callable[[bytes], bytes] = lambda pdf: signed(pdf, s.signer)  # noqa: E731
    good = sign(acro(s))
    truth = {
        "naam_bestuur": s.board.name, "bestuursnummer": s.board.number, "naam_school": s.school.name, "brin": s.school.brin,
        "bestuurder": s.director, "beoogde_beheerder": s.administrator, "email_beheerder": s.values["beheerder_email"],
    }  # fmt: skip
    made: list[Request] = []

    def right(kind: str, form: str, raw: bytes) -> None:
        made.append(Request(kind, form, OK, raw, truth))

    def faulty(kind: str, pdf: bytes | None, *, form: str = "formulier", seen: bool = False, **more: str) -> None:
        made.append(Request(kind, form, INCOMPLETE, mail(s, pdf, **more), truth if seen else {}))  # type: ignore[arg-type]

    def forged(kind: str, pdf: bytes, **more: str) -> None:
        made.append(Request(kind, "formulier", SUSPECT, mail(s, pdf, **more)))  # type: ignore[arg-type]

    right("right: official form", "formulier", mail(s, good))
    right("right: form printed flat", "formulier, plat", mail(s, sign(flattened(acro(s)))))
    for number in range(3):
        right(f"right: own form, wording {number + 1}", "eigen formulier", mail(s, sign(typed(s, number))))
    right(
        "right: BRIN written ' 12 ab '",
        "formulier",
        mail(s, sign(acro(s, brin=f" {s.school.brin[:2]} {s.school.brin[2:].lower()} "))),
    )
    right(
        "right: location behind the BRIN",
        "formulier",
        mail(s, sign(acro(s, brin=s.school.brin + s.school.location, vestigingscode=""))),
    )
    right("right: board name abbreviated", "formulier", mail(s, sign(acro(s, naam_bestuur=abbreviated(s.board.name)))))
    right("right: mail forwarded by a colleague", "formulier", mail(s, good, sender=f"administratie@{s.domain}", name="Administratie", body="Zie bijlage.\n\n---------- Doorgestuurd bericht ----------\nVan: directie\nOnderwerp: formulier\n\nHierbij."))  # fmt: skip

    for name in (
        "naam_bestuur",
        "bestuursnummer",
        "naam_school",
        "brin",
        "bestuurder_naam",
        "beheerder_achternaam",
        "beheerder_email",
    ):
        faulty(f"fault: {name} missing", sign(acro(s, **{name: ""})))
    faulty("fault: not signed", acro(s), seen=True)
    faulty("fault: ink on own form", typed(s, ink=True), form="eigen formulier", seen=True)
    faulty("fault: scan", scanned(acro(s)), form="scan", seen=True)
    faulty("fault: certificate of one's own", signed(acro(s), self_made), seen=True)
    faulty("fault: signed by somebody else", signed(acro(s, bestuurder_naam="Pieter Zandstra"), s.signer))
    faulty("fault: KvK number as board number", sign(acro(s, bestuursnummer=s.board.kvk or "12345678")))
    faulty("fault: board number of another board", sign(acro(s, bestuursnummer=s.other.board_number)))
    faulty("fault: BRIN malformed", sign(acro(s, brin="A1B2")))
    faulty("fault: BRIN unknown", sign(acro(s, brin="00ZZ")))
    faulty("fault: BRIN of another school of the board or none", sign(acro(s, brin=_sister(s, all_schools))))
    faulty("fault: name of another school", sign(acro(s, naam_school=s.other.name)))
    faulty("fault: name of another board", sign(acro(s, naam_bestuur="Stichting Heel Iets Anders")))
    faulty("fault: location that is not there", sign(acro(s, vestigingscode="97")))
    faulty("fault: shared mailbox", sign(acro(s, beheerder_email=f"directie@{s.domain}")))
    faulty("fault: private address", sign(acro(s, beheerder_email="lotte.p@gmail.com")))
    faulty("fault: throw-away address", sign(acro(s, beheerder_email="beheer@mailinator.com")))
    faulty("fault: address malformed", sign(acro(s, beheerder_email=f"lotte@@{s.domain}")))
    faulty("fault: administrator is the signer", sign(acro(s, beheerder_voornaam=s.director.split()[0], beheerder_tussenvoegsel="", beheerder_achternaam=s.director.split(" ", 1)[1])))  # fmt: skip
    faulty("fault: signed by a teacher", sign(acro(s, bestuurder_functie="leerkracht")))
    faulty("fault: a letter of the name is lost in the font", sign(typed(s, bestuurder_naam="Ömer Yıldız")))
    faulty("fault: mail says another BRIN", good, body=f"BRIN: {s.other.brin}\nNaam school: {s.other.name}\n")
    faulty("fault: sent from a private address", good, sender="directie.school@gmail.com")
    faulty("fault: Word file", in_word(s), form="Word", seen=True, content_type=WORD)
    faulty("fault: broken Word file", b"PK\x03\x04" + b"\0" * 200, form="Word, kapot", content_type=WORD)
    faulty("fault: photo of a form with ink", photo(typed(s, ink=True)), form="foto", seen=True, content_type="image/jpeg")
    faulty(
        "fault: photo on its side", photo(typed(s, 1, ink=True), 90), form="foto, gedraaid", seen=True, content_type="image/jpeg"
    )
    faulty("fault: photo askew and pale", photo(typed(s, 2, ink=True), 2.0, pale=True), form="foto, scheef en bleek", seen=True, content_type="image/jpeg")  # fmt: skip
    faulty("fault: locked with a password", locked(acro(s)), form="beveiligd")
    faulty("fault: broken file", good[: len(good) // 3], form="kapot")
    faulty("fault: only in the mail", None, form="mailtekst", body=_as_text(s))
    faulty("fault: picture over the text", sign(under_a_picture(acro(s))))

    forged("forgery: administrator changed after signing", altered_after_signing(good, "beheerder_email", f"x.y@{outsider}"))
    forged("forgery: BRIN changed after signing", altered_after_signing(good, "brin", s.other.brin))
    forged("forgery: bytes changed", _flip(good))
    forged("forgery: sender with two letters swapped", good, sender=f"directie@{swap_letters(s.domain)}")
    faulty(
        "fault: sender at an unknown domain with the school's name in it",
        good,
        sender=f"directie@{s.domain.replace('.', '-school.', 1)}",
    )
    forged("forgery: sender with another ending", good, sender=f"directie@{s.domain.rpartition('.')[0]}.com")
    forged("forgery: answers go elsewhere", good, reply_to=f"directie@{outsider}")
    forged("forgery: name shows another address", good, sender=f"a@{outsider}", name=f"directie@{s.domain}")
    forged("forgery: administrator at a look-alike", sign(acro(s, beheerder_email=f"l.ploeg@{swap_letters(s.domain)}")))
    forged("forgery: another board's school, asked from outside", sign(acro(s, brin=s.other.brin, naam_school=s.other.name, beheerder_email=f"a.b@{outsider}")), sender=f"a@{outsider}")  # fmt: skip
    forged(
        "forgery: our server says the sender is false",
        good,
        headers=f"Authentication-Results: {OUR_SERVER}; dmarc=fail header.from={s.domain}\r\n",
    )
    made.append(Request("forgery: field shows something else than it holds", "formulier", INCOMPLETE, mail(s, sign(stored_but_not_shown(acro(s), "beheerder_email", f"x@{outsider}")))))  # fmt: skip
    made.append(Request("forgery: self-made 'passed' in the mail", "formulier", INCOMPLETE, mail(s, signed(acro(s), self_made), headers="Authentication-Results: evil.example; dmarc=pass\r\n")))  # fmt: skip
    return made


def changes_for(s: Subject, register: Register, outsider: str) -> list[Request]:
    """Mergers of the school with another of its board, right and not. Who may sign is always for a person: none is complete."""
    sister = next((one for one in register.schools_of(s.board.number) if one.brin != s.school.brin), None)
    if sister is None:
        return []
    august = f"1 augustus {datetime.now(UTC).year + 1}"
    right = {
        "Soort wijziging": "fusie", "Oude BRIN": sister.brin, "Nieuwe BRIN": s.school.brin, "Ingangsdatum": august,
        "Namen van de scholen": f"{sister.name} en {s.school.name}", "Bestuursnummer": s.board.number,
        "Contactpersoon": f"{s.director}, directeur, m.vdberg@{s.domain}",
    }  # fmt: skip
    made = []

    def merger(kind: str, expected: str = INCOMPLETE, ink: bool = False, unsigned: bool = False, **changed: str) -> None:
        sender = changed.pop("sender", "")
        rows = {**right, **{label.replace("_", " "): value for label, value in changed.items()}}
        pdf = own_form([(label, value) for label, value in rows.items() if value], "Melding fusie of opheffing", ink=ink)
        raw = mail(s, pdf if ink or unsigned else signed(pdf, s.signer), sender=sender)
        made.append(Request(f"merger: {kind}", "eigen formulier", expected, raw, intent=MERGER))

    merger("right", OK)
    merger("signed with ink", ink=True)
    merger("not signed", unsigned=True)
    merger("school of another board", Oude_BRIN=s.other.brin)
    merger("new BRIN of another board", Nieuwe_BRIN=s.other.brin)
    merger("unknown BRIN", Oude_BRIN="00ZZ")
    merger("names of other schools", Namen_van_de_scholen="De Blauwe Uil en De Rode Raaf")
    merger("no new BRIN", Nieuwe_BRIN="")
    merger("contact at a private address", Contactpersoon="Lotte Ploeg, lotte.p@gmail.com")
    merger("contact at a look-alike", SUSPECT, Contactpersoon=f"Lotte Ploeg, l.ploeg@{swap_letters(s.domain)}")
    merger("asked from outside", SUSPECT, Oude_BRIN=s.other.brin, Nieuwe_BRIN="", Soort_wijziging="opheffing", Contactpersoon=f"A B, a.b@{outsider}", sender=f"a@{outsider}")  # fmt: skip
    return made


def renamings(register: Register) -> list[Request]:
    """New names that the newest edition of the register has already, and what may be wrong with them."""
    made = []
    august = f"1 augustus {datetime.now(UTC).year + 1}"
    for school in register.schools:
        former = [one.school for one in register.former(school.brin, school.location) if one.school.name != school.name]
        domain = web_domain(school.website)
        if not former or not domain or domain not in register.domains(school.brin, None):
            continue
        right = {
            "Soort wijziging": "naam van de school", "BRIN": school.brin + school.location, "Oude naam": former[0].name, "Nieuwe naam": school.name,
            "Ingangsdatum": august, "Contactpersoon": f"Lotte van der Ploeg, directeur, l.vdploeg@{domain}",
        }  # fmt: skip
        for kind, expected, changed in (
            ("right", OK, {}),
            ("not with DUO yet", INCOMPLETE, {"Nieuwe naam": "De Blauwe Uil"}),
            ("another old name", INCOMPLETE, {"Oude naam": "De Rode Raaf"}),
            ("another school's BRIN", INCOMPLETE, {"BRIN": register.schools[0].brin}),
        ):
            message = EmailMessage()
            message["From"] = f"Lotte van der Ploeg <l.vdploeg@{domain}>"
            message["To"], message["Subject"] = "help@basispoort.nl", "Naamswijziging"
            message.set_content("Zie bijlage.")
            pdf = own_form(list({**right, **changed}.items()), "Melding bestuurswissel of naamswijziging")
            message.add_attachment(pdf, maintype="application", subtype="pdf", filename="melding.pdf")
            raw = proof(f"l.vdploeg@{domain}").encode() + message.as_bytes()
            made.append(Request(f"new name: {kind}", "eigen formulier", expected, raw, intent=CHANGE))
    return made


def _sister(s: Subject, schools: list[School]) -> str:
    return next(
        (
            one.brin
            for one in schools
            if one.board_number == s.board.number and one.brin != s.school.brin and one.name != s.school.name
        ),
        "00ZZ",
    )


def _as_text(s: Subject) -> str:
    v = s.values
    return f"Naam bestuur: {v['naam_bestuur']}\nBestuursnummer: {v['bestuursnummer']}\nNaam school: {v['naam_school']}\nBRIN: {v['brin']}\nNaam bestuurder: {s.director}\nNaam beheerder: {s.administrator}\nE-mailadres beheerder: {v['beheerder_email']}\n"


def _flip(pdf: bytes) -> bytes:
    at = pdf.index(b"stream") + 40
    return pdf[:at] + bytes([pdf[at] ^ 1]) + pdf[at + 1 :]


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


def both_editions(folder: Path, boards: list[Board]) -> Register:
    """DUO's newest edition that remembers the one before."""
    before, after = (
        by_code(read_schools(folder / f"schoolvestigingen-basisonderwijs-2026-{month}.csv")) for month in ("04", "08")
    )
    then = date(2026, 4, 1)
    former = [
        Former(school, then)
        for code, school in before.items()
        if code not in after or (after[code].name, after[code].board_number) != (school.name, school.board_number)
    ]
    return Register(after.values(), boards, former=former)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "duo")
    parser.add_argument("--schools", type=int, default=6)
    options = parser.parse_args()
    boards = read_boards(options.data / "besturen-basisonderwijs-extract.csv")
    register = both_editions(options.data, boards)
    authority, self_made = identity("Vertrouwensdienst"), identity("Marijke van den Berg")
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "ca.pem").write_bytes(pem(authority))
        settings = read_settings(
            {"WEGWIJZER_TRUST_ROOTS": folder, "WEGWIJZER_ENCODER": "none", "WEGWIJZER_AUTHSERV_ID": OUR_SERVER}
        )
        made = [
            request
            for subject in subjects(register, boards, options.schools, authority)
            for request in (
                *requests_for(subject, list(register.schools), self_made, "dienst-xyz.example"),
                *changes_for(subject, register, "dienst-xyz.example"),
            )
        ] + renamings(register)

        def work(request: Request) -> tuple[Request, Verification | None, float]:
            start = time.perf_counter()
            found = verify_message(parse_message(request.raw), request.intent, register, settings)
            return request, found, time.perf_counter() - start

        with ThreadPoolExecutor(2) as pool:
            outcomes = list(pool.map(work, made))
    report(outcomes)


def report(outcomes: list[tuple[Request, Verification | None, float]]) -> None:
    """Print the tables."""
    confusion: Counter[tuple[str, str]] = Counter()
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    expected: dict[str, str] = {}
    seconds: dict[str, list[float]] = defaultdict(list)
    fields: dict[str, Counter[str]] = defaultdict(Counter)
    for request, found, took in outcomes:
        verdict = found.verdict.value if found else "geen verzoek"
        confusion[request.expected, verdict] += 1
        by_kind[request.kind][verdict] += 1
        expected[request.kind] = request.expected
        seconds[request.form].append(took)
        for check in found.fields if found and request.truth else ():
            if check.field not in FIELDS:
                continue
            kind = "scan" if request.form.startswith(("scan", "foto")) else "tekst"
            fields[kind]["wanted"] += 1
            same = (
                "".join((check.value or "").split()).casefold()[: 4 if check.field == "brin" else None]
                == "".join(request.truth[check.field].split()).casefold()
            )
            same = same or (check.field == "naam_bestuur" and compare_boards(check.value or "", request.truth[check.field]).same)
            fields[kind]["read"] += check.value is not None
            fields[kind]["right"] += same
            fields[kind]["wrong and ok"] += check.status is Status.OK and not same
    print(f"{len(outcomes)} requests of {len(by_kind)} kinds\n")
    print(f"{'should be':12}" + "".join(f"{name:>14}" for name in (OK, INCOMPLETE, SUSPECT, "geen verzoek")))
    for row in (OK, INCOMPLETE, SUSPECT):
        print(f"{row:12}" + "".join(f"{confusion[row, name]:14}" for name in (OK, INCOMPLETE, SUSPECT, "geen verzoek")))
    honest = sum(count for (row, _), count in confusion.items() if row != SUSPECT)
    false_complete = sum(count for (row, name), count in confusion.items() if name == OK and row != OK)
    false_suspect = sum(count for (row, name), count in confusion.items() if name == SUSPECT and row != SUSPECT)
    print(f"\nfalse 'compleet': {false_complete}    false 'verdacht': {false_suspect} of {honest} ({false_suspect / honest:.1%})")
    for kind, count in sorted(fields.items(), reverse=True):
        precision, recall = count["right"] / max(count["read"], 1), count["right"] / max(count["wanted"], 1)
        print(
            f"fields, {kind}: precision {precision:.1%}, recall {recall:.1%} of {count['wanted']}; wrong value marked ok: {count['wrong and ok']}"
        )
    print()
    print("kinds that came out otherwise:")
    for kind, verdicts in by_kind.items():
        if set(verdicts) != {expected[kind]}:
            print(f"  {kind} (should be {expected[kind]}): {dict(verdicts)}")
    print("\nseconds a request, by format (two at a time):")
    for form, times in sorted(seconds.items()):
        print(f"  {form:18} median {sorted(times)[len(times) // 2]:.2f}   most {max(times):.2f}")


if __name__ == "__main__":
    main()
