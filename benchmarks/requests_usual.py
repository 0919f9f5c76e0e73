"""The usual requests: right ones, ones with a fault, and forgeries of what was signed or of who sends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage

from request_parts import (
    CHANGE,
    INCOMPLETE,
    MERGER,
    OK,
    OUR_SERVER,
    SUSPECT,
    WORD,
    Request,
    Subject,
    abbreviated,
    acro,
    flattened,
    in_word,
    locked,
    mail,
    photo,
    proof,
    swap_letters,
    typed,
)  # fmt: skip

from tests.forms import Identity, altered_after_signing, own_form, scanned, signed, stored_but_not_shown, under_a_picture
from triage.register.domains import web_domain
from triage.register.register import Register
from triage.register.school import School


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
        former = [one.school for one in register.history.schools(school.brin, school.location) if one.school.name != school.name]
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
