"""Requests as honest schools send them: other layouts, orders of names, addresses with a name, several files, tools that add to a PDF.

All are signed by the board member, all values are right, and the mail passed our server's checks: each should be 'compleet'.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from request_parts import (
    BLANK,
    OK,
    OUR_SERVER,
    Draw,
    Request,
    Subject,
    acro,
    drawn,
    form_page,
    in_word,
    mail,
    mail_with,
    rows_of,
    text_page,
    typed,
)  # fmt: skip

from tests.forms import (
    Identity,
    certified,
    filled_later,
    identity,
    laid_over,
    revocation_list,
    signed,
    with_document_timestamp,
    with_security_store,
)  # fmt: skip
from tests.triage.documents import pages
from tests.triage.verify.form.honest_forms import LAYOUTS, Asked

DEJAVU = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
OF_THE_DEMO = frozenset({"other_details_between"})  # names addresses of a school of the demo


def asked(s: Subject) -> Asked:
    """What the school fills in, for the layouts of the tests."""
    v = s.values
    return Asked(s.board.name, s.board.number, s.school.name, s.school.brin, s.school.location, s.director, v["bestuurder_functie"], s.first, s.infix, s.last, v["beheerder_email"])  # fmt: skip


def layouts(s: Subject) -> Iterator[tuple[str, bytes]]:
    """Kind and form, label and value laid out in every way that a PDF may have."""
    for name, made in LAYOUTS.items():
        page = made(asked(s))
        if isinstance(page, bytes) and page.startswith(b"%PDF") and name not in OF_THE_DEMO:
            yield f"layout: {name.replace('_', ' ')}", page


def parts_of(name: str) -> tuple[str, str, str]:
    """First name, tussenvoegsel and surname of a board member in PEOPLE."""
    first, *rest = name.split()
    return first, " ".join(rest[:-1]), rest[-1]


def names(s: Subject) -> Iterator[tuple[str, bytes]]:
    """Kind and form, names in the orders in which Dutch people write them."""
    first, infix, last = parts_of(s.director)
    directors = {
        "surname, first": f"{last}, {first} {infix}".strip(), "surname, infix, first": ", ".join(filter(None, (last, infix, first))),
        "infix surname, first": f"{infix} {last}, {first}".strip(), "surname, initial infix": f"{last}, {first[0]}. {infix}".strip(),
        "in capitals": s.director.upper(), "title before": f"mevr. drs. {s.director}", "title behind": f"{s.director} MSc",
        "initial": f"{first[0]}. {infix} {last}".replace("  ", " "), "Dhr./mevr.": f"Dhr./mevr. {s.director}",
    }  # fmt: skip
    for kind, name in directors.items():
        yield f"name of the board member: {kind}", typed(s, bestuurder_naam=name)
    last_first = f"{s.last}, {s.first} {s.infix}".strip()
    administrators = {
        "surname, first": last_first, "surname, infix, first": ", ".join(filter(None, (s.last, s.infix, s.first))),
        "infix surname, first": f"{s.infix} {s.last}, {s.first}".strip(), "in capitals": s.administrator.upper(), "mevr.": f"mevr. {s.administrator}",
        "function behind": f"{s.administrator} (leerkracht groep 8)",
    }  # fmt: skip
    for kind, name in administrators.items():
        yield f"name of the administrator: {kind}", typed(s, 2, beheerder_voornaam=name, beheerder_tussenvoegsel="", beheerder_achternaam="")  # fmt: skip


def addresses_and_schools(s: Subject) -> Iterator[tuple[str, bytes]]:
    """Kind and form, the address with more around it, and the school's name with its place."""
    address, place = s.values["beheerder_email"], s.school.place.title()
    written = {
        "with a name": f"{s.administrator} <{address}>", "mailto": f"mailto:{address}", "in angle brackets": f"<{address}>", "with a remark": f"{address} (werk)",
        "first letter large": address.capitalize(), "semicolon behind": f"{address};", "host in capitals": f"{address.partition('@')[0]}@{s.domain.upper()}",
    }  # fmt: skip
    for kind, text in written.items():
        yield f"address: {kind}", typed(s, beheerder_email=text)
        yield f"address: {kind}, official form", acro(s, beheerder_email=text)
    called = {
        "with its place": f"{s.school.name}, {place}", "place in brackets": f"{s.school.name} ({place})", "'te' and its place": f"{s.school.name} te {place}",
        "place behind": f"{s.school.name} {place}", "in capitals": s.school.name.upper(), "in quotes": f"'{s.school.name}'",
    }  # fmt: skip
    for kind, text in called.items():
        yield f"school: {kind}", typed(s, naam_school=text)
    yield "school: BRIN with location '12AB-00'", acro(s, brin=f"{s.school.brin}-{s.school.location}", vestigingscode="")


# --- how it was drawn -----------------------------------------------------------------------------------------------------


def kerned(canvas: Canvas, x: float, y: float, text: str) -> None:
    """Each letter moved a little, as a browser prints to PDF."""
    pairs = "".join(f"(\\{byte:03o}) {(place * 37) % 90 - 20} " for place, byte in enumerate(text.encode("cp1252")))
    pages.operators(canvas, f"BT /F1 11 Tf {x} {y} Td [{pairs}] TJ ET")


def pair_by_pair(canvas: Canvas, x: float, y: float, text: str) -> None:
    """Two letters at a time, each pair placed by itself."""
    for at in range(0, len(text), 2):
        canvas.drawString(x, y, text[at : at + 2])
        x += canvas.stringWidth(text[at : at + 2]) - 0.6


def spaced_out(canvas: Canvas, x: float, y: float, text: str) -> None:
    line = canvas.beginText(x, y)
    line.setCharSpace(1.2)
    line.textOut(text)
    canvas.drawText(line)


def twice(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y, text)
    canvas.drawString(x + 0.3, y, text)


def on_a_bar(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(x - 4, y - 6, 330, 19, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(x, y, text)


def in_a_cell(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.setFillColorRGB(0.88, 0.94, 1)
    canvas.rect(x - 4, y - 6, 330, 19, stroke=1, fill=1)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawString(x, y, text)


def letterhead(canvas: Canvas) -> None:
    """A picture over the whole page, pale, with a dark logo."""
    sheet = Image.linear_gradient("L").resize((595, 842)).point(lambda grey: 205 + grey // 6)
    sheet.paste(60, (430, 20, 560, 60))
    canvas.drawImage(ImageReader(sheet), 0, 0, 595, 842)


def watermark(canvas: Canvas) -> None:
    canvas.setFillGray(0.88)
    canvas.setFont("Helvetica-Bold", 60)
    canvas.translate(90, 500)
    canvas.rotate(25)
    canvas.drawString(0, 0, "ONZE SCHOOL")


def small(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.setFont("Helvetica", 6.5)
    canvas.drawString(x, y, text)


def drawings(s: Subject) -> Iterator[tuple[str, bytes]]:
    """Kind and form, text drawn in other honest ways."""
    rows = rows_of(s)
    ways = {"kerned": kerned, "pair by pair": pair_by_pair, "spaced out": spaced_out, "twice for bold": twice, "on a dark bar": on_a_bar, "in a coloured cell": in_a_cell, "6.5 points": small}  # fmt: skip
    for name, write in ways.items():
        yield f"drawn: {name}", drawn(form_page(rows, write))
    faces = ["Times-Roman", "Courier", "Helvetica-BoldOblique", *([pages.typeface(str(DEJAVU))] if DEJAVU.is_file() else [])]
    for face in faces:
        yield f"drawn: in {face}", drawn(form_page(rows, face=face))
    form = drawn(form_page(rows))
    yield "drawn: letterhead behind the text", laid_over(drawn(letterhead), form)
    yield "drawn: letterhead behind the official form", laid_over(drawn(letterhead), drawn(form_page(rows, face="Times-Roman")))
    yield "drawn: over a watermark", laid_over(drawn(watermark), form)
    yield "drawn: on a page that is turned", pages.turned(form, 90)
    notice = text_page("Privacyverklaring", "Wij verwerken uw gegevens zorgvuldig. Als u niet", "akkoord gaat, dan kunt u ons dat laten weten.")  # fmt: skip
    yield "drawn: with a long appendix", drawn(form_page(rows), *[notice] * 14)
    yield "drawn: value on two lines", drawn(two_lines(s))


def two_lines(s: Subject) -> Draw:
    """The board's name goes on below itself."""

    def draw(canvas: Canvas) -> None:
        rows = rows_of(s)
        words = s.board.name.split()
        half = (len(words) + 1) // 2
        form_page([(rows[0][0], " ".join(words[:half]))])(canvas)
        canvas.drawString(220, 753, " ".join(words[half:]))
        canvas.translate(0, -40)
        for number, (label, value) in enumerate(rows[1:]):
            canvas.drawString(60, 770 - 22 * number, f"{label}:")
            canvas.drawString(220, 770 - 22 * number, value)

    return draw


# --- files, tools and mails -----------------------------------------------------------------------------------------------


def tools(s: Subject, good: bytes, authority: Identity) -> Iterator[tuple[str, bytes]]:
    """Kind and the signed form, with what tools add before and after the signature."""
    clock = identity("Tijdstempeldienst", authority, stamps_time=True)
    values = {name: value for name, value in s.values.items() if value}
    publisher = identity("Uitgever van formulieren")
    revoked = revocation_list(authority, [])
    filled = signed(filled_later(certified(BLANK, publisher), values), s.signer)
    yield "tool: validation data added", with_security_store(good, revoked)
    yield "tool: document timestamp added", with_document_timestamp(good, clock)
    yield "tool: validation data and timestamp added", with_document_timestamp(with_security_store(good, revoked), clock)
    yield "tool: signed with a timestamp", signed(acro(s), s.signer, clock=clock)
    yield "tool: certified form filled in", filled
    yield "tool: certified form filled in, validation data", with_security_store(filled, revoked)
    yield "tool: signed on an own form", signed(typed(s), s.signer)
    first, infix, last = parts_of(s.director)
    for kind, name in {"capitals": f"{last}, {first} {infix}".strip().upper(), "initial": f"{first[0]}. {infix} {last}".replace("  ", " "), "title": f"drs. {s.director}"}.items():  # fmt: skip
        yield f"tool: certificate with {kind}", signed(acro(s), identity(name, authority))


def several_files(s: Subject, good: bytes) -> Iterator[tuple[str, bytes]]:
    """Kind and mail, of files that say the same or nothing of the request."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((120, 40)).save(out, format="PNG")
    form, word = ("aanvraag.pdf", good), ("aanvraag.docx", in_word(s))
    yield "files: Word before the signed PDF", mail_with(s, word, form)
    yield "files: Word after the signed PDF", mail_with(s, form, word)
    yield "files: not signed before signed", mail_with(s, ("leeg.pdf", acro(s)), form)
    yield "files: not signed after signed", mail_with(s, form, ("leeg.pdf", acro(s)))
    yield "files: a logo before it", mail_with(s, ("logo.png", out.getvalue()), form)
    yield "files: a letter beside it", mail_with(s, form, ("brief.pdf", drawn(text_page("Geachte helpdesk,", "Hierbij onze aanvraag."))))  # fmt: skip
    yield "files: name in capitals", mail_with(s, ("AANVRAAG.PDF", good))
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = f"directie@{s.domain}", "help@basispoort.nl", "FW: Aanvraag"
    outer.set_content("Zie de mail in de bijlage.")
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = f"directie@{s.domain}", f"bestuur@{s.domain}", "Aanvraag eerste beheerder"
    inner.set_content("Getekend retour.")
    inner.add_attachment(good, maintype="application", subtype="pdf", filename="aanvraag.pdf")
    outer.add_attachment(inner)
    yield "files: in an attached mail", f"Authentication-Results: {OUR_SERVER}; dmarc=pass header.from={s.domain}\r\n".encode() + outer.as_bytes()  # fmt: skip


def mails(s: Subject, good: bytes) -> Iterator[tuple[str, bytes]]:
    """Kind and mail, of headers that honest mails have (benchmarks/senders.py holds more)."""
    ours = f"Authentication-Results: {OUR_SERVER};"
    heads = {
        "no DMARC record, SPF aligned": f"{ours} spf=pass smtp.mailfrom={s.domain}; dkim=none; dmarc=none header.from={s.domain}",
        "no DMARC record, DKIM aligned": f"{ours} spf=none; dkim=pass header.d={s.domain}; dmarc=none header.from={s.domain}",
        "our DNS down": f"{ours} dkim=pass header.d={s.domain}; spf=temperror smtp.mailfrom={s.domain}; dmarc=temperror header.from={s.domain}",
        "dmarc permerror": f"{ours} dkim=pass header.d={s.domain}; dmarc=permerror header.from={s.domain}",
        "bestguesspass": f"{ours} spf=pass smtp.mailfrom={s.domain}; dkim=none; dmarc=bestguesspass action=none header.from={s.domain}",
    }  # fmt: skip
    for kind, head in heads.items():
        yield f"mail: {kind}", mail(s, good, headers=head + "\r\n")
    first, infix, last = parts_of(s.director)
    yield "mail: surname, first name", mail(s, good, name=f"{last}, {first} {infix}".strip())
    yield "mail: sent by the office", mail(s, good, sender=f"administratie@{s.domain}", name="Administratie")


def chains(s: Subject, good: bytes) -> Iterator[Request]:
    """Mails of one request that say the same, or complete it."""
    yield Request("later mail: the same again", "", OK, mail(s, good, body="Nogmaals het formulier."), earlier=(mail(s, good),))
    yield Request("later mail: signed now", "", OK, mail(s, good, body="Nu getekend."), earlier=(mail(s, acro(s)),))
    part = mail(s, signed(acro(s, brin=""), s.signer))
    yield Request("later mail: with the BRIN", "", OK, mail(s, good, body="Nu met BRIN."), earlier=(part,))


def honest(s: Subject, authority: Identity) -> list[Request]:
    """Every honest request for one school."""
    good = signed(acro(s), s.signer)
    made = [
        Request(kind, "", OK, mail(s, signed(pdf, s.signer)))
        for part in (layouts, names, addresses_and_schools, drawings)
        for kind, pdf in part(s)
    ]
    made += [Request(kind, "", OK, mail(s, pdf)) for kind, pdf in tools(s, good, authority)]
    made += [Request(kind, "", OK, raw) for part in (several_files, mails) for kind, raw in part(s, good)]
    return [*made, *chains(s, good)]
