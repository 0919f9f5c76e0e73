"""Requests made to deceive: text that the page does not show, a file that holds more than it shows, a false signer, a changed later mail.

Everything that is signed is really signed with a certificate of a trusted issuer, and the mail passed our server's checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, NumberObject, RectangleObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from request_parts import (
    ADDRESS,
    INCOMPLETE,
    OUR_SERVER,
    SUSPECT,
    Draw,
    Request,
    Subject,
    Write,
    X,
    Y,
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

from tests.forms import Identity, identity, laid_over, signed, stored_but_not_shown
from tests.verify import pages

NOT_OK = f"{INCOMPLETE} of {SUSPECT}"
NAMESAKES = {
    "Marijke": "Mark",
    "Hendrik": "Hendrika",
    "Johanna": "Johan",
    "Ömer": "Öznur",
    "Anne-Fleur": "Anneke",
    "W.J.": "W.P.",
}


# --- text that the page does not show -------------------------------------------------------------------------------------


def in_colour(red: float, green: float, blue: float) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.setFillColorRGB(red, green, blue)
        canvas.drawString(x, y, text)

    return write


def in_mode(mode: int) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.drawString(x, y, text, mode=mode)

    return write


def under_rectangle(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y, text)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.rect(x - 2, y - 4, stringWidth(text, "Helvetica", 11) + 4, 16, stroke=0, fill=1)


def under_picture(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y, text)
    canvas.drawImage(ImageReader(Image.new("RGB", (30, 8), "white")), x - 2, y - 4, stringWidth(text, "Helvetica", 11) + 4, 16)


def under_other_text(canvas: Canvas, x: float, y: float, text: str) -> None:
    under_rectangle(canvas, x, y, text)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.drawString(x, y, "zie onze offerte")


def clipped(canvas: Canvas, x: float, y: float, text: str) -> None:
    pages.operators(canvas, "10 10 20 20 re W n")
    canvas.drawString(x, y, text)


def transparent(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(x, y, text)


def off_page(canvas: Canvas, _x: float, y: float, text: str) -> None:
    canvas.drawString(640, y, text)


def above_page(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.drawString(x, y + 900, text)


def scaled(size: float) -> Write:
    def write(canvas: Canvas, x: float, y: float, text: str) -> None:
        canvas.setFont("Helvetica", size)
        canvas.drawString(x, y, text)

    return write


def shrunk(canvas: Canvas, x: float, y: float, text: str) -> None:
    canvas.translate(x, y)
    canvas.scale(0.1, 0.1)
    canvas.setFont("Helvetica", 30)
    canvas.drawString(0, 0, text)


def squeezed(canvas: Canvas, x: float, y: float, text: str) -> None:
    line = canvas.beginText(x, y)
    line.setHorizScale(2)
    line.textOut(text)
    canvas.drawText(line)


HIDING: dict[str, Write] = {
    "white": in_colour(1, 1, 1), "almost white": in_colour(0.95, 0.95, 0.94), "yellow": in_colour(1, 1, 0.2),
    "drawn in no way": in_mode(3), "only a clipping path": in_mode(7), "under a rectangle": under_rectangle, "under a picture": under_picture,
    "under other words": under_other_text, "clipped away": clipped, "transparent": transparent, "off the page": off_page, "above the page": above_page,
    "under 5 points": scaled(4), "small by its matrix": shrunk, "squeezed": squeezed,
}  # fmt: skip


def quote(rows: list[tuple[str, str]], write: Write) -> Draw:
    """A photographer's quote that holds a request in some way that nobody sees."""

    def draw(canvas: Canvas) -> None:
        text_page("Offerte schoolfotograaf", "Portretten en groepsfoto's, 220 leerlingen", "Totaal: EUR 1.430,00", top=300)(
            canvas
        )
        for number, (label, value) in enumerate(rows):
            canvas.saveState()
            canvas.setFont("Helvetica", 11)
            write(canvas, 60, Y + 22 * (3 - number), f"{label}: {value}")
            canvas.restoreState()

    return draw


def hidden(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, of text that is not shown."""
    rows = rows_of(s)
    for name, write in HIDING.items():
        yield f"hidden text: the address, {name}", NOT_OK, drawn(form_page(rows, write, ADDRESS))
        yield f"hidden text: a whole request, {name}", NOT_OK, drawn(quote(rows, write))
    plain = drawn(form_page(rows))
    for kind in ("/Stamp", "/Square", "/FreeText"):
        yield f"hidden text: the address, under {kind[1:]}", NOT_OK, pages.annotated(plain, kind, b"1 g 0 0 153 16 re f")
    button = {"FT": NameObject("/Btn"), "Ff": NumberObject(1 << 16), "T": TextStringObject("knop")}
    yield "hidden text: the address, under a button", NOT_OK, pages.annotated(plain, "/Widget", b"1 g 0 0 153 16 re f", **button)
    yield "hidden text: all values, outside the crop box", NOT_OK, pages.cropped(plain)
    yield "hidden text: a whole request, on a layer that is off", NOT_OK, pages.on_a_layer_that_is_off(plain)


def disguised(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Fonts and marks that say something else than they show; what the page shows is of another school or domain."""
    shift = {str(digit): str((digit + 3) % 10) for digit in range(10)}  # drawn -> said
    back = str.maketrans({said: shown for shown, said in shift.items()})
    shown = [
        (label, value.translate(back) if label in ("Bestuursnummer", "BRIN-nummer") else value) for label, value in rows_of(s)
    ]
    only = {"Bestuursnummer", "BRIN-nummer"}
    for label in only:
        pdf = drawn(form_page([(name, shown_value(name, shown, s, label)) for name, _ in shown], only=label, face="Courier"))
        yield f"text that lies: ToUnicode, {label}", NOT_OK, pages.with_map(pdf, shift, "Courier")
    letters = {"x": "e", "q": "a", "z": "i"}  # drawn -> said
    address = s.values["beheerder_email"]
    lied = address.translate(str.maketrans({said: drawn_ for drawn_, said in letters.items()}))
    pdf = drawn(form_page(rows_of(s, beheerder_email=lied), only=ADDRESS, face="Courier"))
    yield "text that lies: ToUnicode, the address", NOT_OK, pages.with_map(pdf, letters, "Courier")
    outside = rows_of(s, beheerder_email="s.dewit@dienst-xyz.example")
    yield "text that lies: ActualText", NOT_OK, drawn(form_page(outside, partial(with_actual_text, said=address), ADDRESS))
    for name, glyphs in (("empty", ""), ("of another address", "s.dewit@dienst-xyz.example")):
        yield f"text that lies: Type 3 glyphs, {name}", NOT_OK, in_type3(drawn(form_page(rows_of(s, beheerder_email=" "))), address, glyphs)  # fmt: skip


def shown_value(name: str, shown: list[tuple[str, str]], s: Subject, label: str) -> str:
    """The value under a label: the false one for that label, the right one for the others."""
    return dict(shown)[name] if name == label else dict(rows_of(s))[name]


def with_actual_text(canvas: Canvas, x: float, y: float, text: str, said: str) -> None:
    pages.operators(canvas, f"/Span << /ActualText ({said}) >> BDC")
    canvas.drawString(x, y, text)
    pages.operators(canvas, "EMC")


def in_type3(pdf: bytes, said: str, glyphs: str) -> bytes:
    """The PDF with text at the address in a Type 3 font: each letter of `said` draws the one of `glyphs`, or nothing."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        plain = sheet["/Resources"]["/Font"]
        procs, codes, lines = DictionaryObject(), [], []
        for place, letter in enumerate(said):  # a glyph for each place
            mark = glyphs[place : place + 1]
            code = 40 + place
            codes.append(code)
            lines.append(f"<{code:02X}> <{ord(letter):04X}>")
            draws = f"BT /F1 1000 Tf ({mark}) Tj ET" if mark else ""
            procs[NameObject(f"/g{code}")] = writer._add_object(pages.stream(f"600 0 d0 {draws}".encode()))
        cmap = f"begincmap 1 begincodespacerange <00> <FF> endcodespacerange {len(codes)} beginbfchar\n{chr(10).join(lines)}\nendbfchar endcmap"
        font = pages.names(
            Type=NameObject("/Font"), Subtype=NameObject("/Type3"), FontBBox=ArrayObject([NumberObject(0)] * 4),
            FontMatrix=ArrayObject([FloatObject(part) for part in (0.001, 0, 0, 0.001, 0, 0)]), CharProcs=procs,
            Encoding=pages.names(Type=NameObject("/Encoding"), Differences=ArrayObject([NumberObject(codes[0]), *(NameObject(f"/g{code}") for code in codes)])),
            FirstChar=NumberObject(codes[0]), LastChar=NumberObject(codes[-1]), Widths=ArrayObject([NumberObject(600)] * len(codes)),
            Resources=pages.names(Font=plain), ToUnicode=writer._add_object(pages.stream(cmap.encode())),
        )  # fmt: skip
        plain[NameObject("/T3")] = writer._add_object(font)
        text = "".join(f"{code:02X}" for code in codes)
        content = sheet.get_contents().get_data() + f" BT /T3 11 Tf {X} {Y} Td <{text}> Tj ET".encode()
        sheet[NameObject("/Contents")] = writer._add_object(pages.stream(content))

    return pages.edited(pdf, change)


# --- form fields ----------------------------------------------------------------------------------------------------------


def field_changed(pdf: bytes, name: str, **entries: Any) -> bytes:
    """The form with entries of a field's dictionary set."""

    def change(_: PdfWriter, sheet: Any) -> None:
        for note in (note.get_object() for note in sheet["/Annots"]):
            if note.get("/T") == name:
                note.update({NameObject(f"/{key}"): value for key, value in entries.items()})

    return pages.edited(pdf, change)


def field_shows(pdf: bytes, name: str, look: str) -> bytes:
    """The form with a field that is drawn by other operators."""

    def change(writer: PdfWriter, sheet: Any) -> None:
        for note in (note.get_object() for note in sheet["/Annots"]):
            if note.get("/T") == name:
                old = note["/AP"]["/N"].get_object()
                made = pages.stream(
                    look.encode(), **{key[1:]: old[key] for key in ("/Type", "/Subtype", "/BBox", "/Resources") if key in old}
                )
                note["/AP"][NameObject("/N")] = writer._add_object(made)

    return pages.edited(pdf, change)


def form_fields(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, of fields that hold something else than the page shows."""
    full, address = acro(s), s.values["beheerder_email"]
    for name, flag in (("hidden", 2), ("not for viewing", 32), ("hidden and printed", 6)):
        yield f"form fields: the address {name}", NOT_OK, field_changed(full, "beheerder_email", F=NumberObject(flag))
    yield "form fields: the BRIN hidden", NOT_OK, field_changed(full, "brin", F=NumberObject(2))
    cc = drawn(text_page(f"cc: {address}", size=9, top=30))
    yield "form fields: the address hidden, and in a line below", NOT_OK, laid_over(field_changed(full, "beheerder_email", F=NumberObject(2)), cc)  # fmt: skip
    yield "form fields: the address off the page", NOT_OK, field_changed(full, "beheerder_email", Rect=RectangleObject((900, 300, 1200, 322)))  # fmt: skip
    yield "form fields: the address in a field without a size", NOT_OK, field_changed(full, "beheerder_email", Rect=RectangleObject((230, 300, 230, 300)))  # fmt: skip
    yield "form fields: the address drawn empty", NOT_OK, field_shows(full, "beheerder_email", "/Tx BMC EMC")
    yield "form fields: the address drawn white", NOT_OK, field_shows(full, "beheerder_email", f"/Tx BMC q BT 1 g /Helv 10 Tf 2 7 Td ({address}) Tj ET Q EMC")  # fmt: skip
    yield "form fields: the address drawn small", NOT_OK, field_shows(full, "beheerder_email", f"/Tx BMC q BT 0 g /Helv 3 Tf 2 7 Td ({address}) Tj ET Q EMC")  # fmt: skip
    lies = {"beheerder_email": f"p.zandstra@{s.domain}", "beheerder_achternaam": "Zandstra", "beheerder_voornaam": "Pieter", "brin": s.other.brin, "bestuursnummer": s.other.board_number, "naam_school": s.other.name, "bestuurder_naam": "Pieter Zandstra"}  # fmt: skip
    for name, shown in lies.items():
        yield f"form fields: {name} shows another value", NOT_OK, stored_but_not_shown(acro(s, **{name: shown}), name, s.values[name])  # fmt: skip


# --- everything that was signed -------------------------------------------------------------------------------------------


def with_note(pdf: bytes, note: DictionaryObject) -> bytes:
    def change(writer: PdfWriter, _: Any) -> None:
        writer.add_annotation(0, note)

    return pages.edited(pdf, change)


def picture_page(canvas: Canvas) -> None:
    canvas.drawImage(ImageReader(Image.effect_noise((80, 110), 60)), 0, 0, 595, 842)


def whole_file(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, of a file that holds more than the request."""
    form = form_page(rows_of(s))
    false = form_page(rows_of(s, beheerder_voornaam="Pieter", beheerder_tussenvoegsel="", beheerder_achternaam="Zandstra", beheerder_email=f"p.zandstra@{s.domain}"))  # fmt: skip
    notice = text_page("Privacyverklaring", "Wij verwerken uw gegevens zorgvuldig.")
    for page in (2, 13, 20):
        yield f"more than the request: another form on page {page}", NOT_OK, drawn(form, *[notice] * (page - 2), false)
    yield "more than the request: a page that is a picture", NOT_OK, drawn(form, picture_page)
    refusal = {"NIET AKKOORD": 40, "Niet akkoord. Deze persoon mag geen beheerder worden.": 14, "ONGELDIG": 40, "CONCEPT": 40}
    for words, size in refusal.items():
        yield f"more than the request: {words!r}", NOT_OK, laid_over(typed(s), drawn(text_page(words, size=size, top=250)))
        yield f"more than the request: {words!r} on the official form", NOT_OK, laid_over(acro(s), drawn(text_page(words, size=min(size, 24), top=70)))  # fmt: skip
    plain = drawn(form)
    yield "more than the request: a refusal in a note", NOT_OK, with_note(plain, Text(text="Niet akkoord", rect=(60, 200, 80, 220)))  # fmt: skip
    yield "more than the request: a refusal typed over it", NOT_OK, with_note(plain, FreeText(text="Niet akkoord", rect=(60, 200, 300, 240)))  # fmt: skip
    local, _, host = s.values["beheerder_email"].partition("@")
    near = f"{local}1@{host}"
    yield "more than the request: two addresses", NOT_OK, drawn(form_page([*rows_of(s), (ADDRESS, near)]))
    yield "more than the request: two addresses in a row", NOT_OK, drawn(form_page(rows_of(s, beheerder_email=f"{local}@{host} / {near}")))  # fmt: skip
    yield "more than the request: another address in a line", NOT_OK, drawn(form, text_page("Toelichting", f"Laat de beheerder inloggen met {near}."))  # fmt: skip
    yield "more than the request: another administrator in a line", NOT_OK, drawn(form, text_page("Toelichting", "De nieuwe ICT-coördinator wordt Pieter Zandstra."))  # fmt: skip
    yield "more than the request: another school in a line", NOT_OK, drawn(form, text_page("Toelichting", f"Dit geldt ook voor onze andere school ({s.other.brin})."))  # fmt: skip

    def enclose(writer: PdfWriter, _: Any) -> None:
        writer.add_attachment("overeenkomst.pdf", drawn(false))

    def script(writer: PdfWriter, _: Any) -> None:
        writer.root_object[NameObject("/OpenAction")] = pages.names(S=NameObject("/JavaScript"), JS=TextStringObject("this.getField('beheerder_email').value = 'x@y.example';"))  # fmt: skip

    yield "more than the request: a file inside", NOT_OK, pages.edited(plain, enclose)
    yield "more than the request: a script that fills in", NOT_OK, pages.edited(acro(s), script)


# --- who signs, for which school ------------------------------------------------------------------------------------------


def signers(s: Subject, authority: Identity) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the signed form, of certificates and functions that are not those of the board member."""
    form, (first, _, rest) = acro(s), s.director.partition(" ")
    make = partial(identity, issuer=authority)
    others = {
        "another organisation": make(s.director, subject={NameOID.ORGANIZATION_NAME: "Fietsenwinkel Bakker BV"}),
        "another board": make(s.director, subject={NameOID.ORGANIZATION_NAME: "Stichting Onderwijs Elders"}),
        "a pseudonym": make(s.director, subject={NameOID.PSEUDONYM: s.director}),
        "a pseudonym in the name": make(f"{s.director}:PN"),
        "a server": make(s.director, purposes=[ExtendedKeyUsageOID.SERVER_AUTH]),
        "no non-repudiation": make(s.director, commits=False),
        "a namesake": make(f"{NAMESAKES[first]} {rest}"),
        "other initials": make(f"Q. {rest}"),
        "another surname": make(f"{first} Zandstra"),
        "a company": make("Ondertekendienst B.V."),
        "an issuer nobody trusts": identity(s.director),
    }
    for name, who in others.items():
        yield f"false signer: {name}", NOT_OK, signed(form, who)
    for role in (
        "namens Piet Jansen",
        "bestuurder i.o.",
        "oud-bestuurder",
        "bestuurder bij volmacht",
        "directeur",
        "bestuurssecretaris",
    ):
        yield f"false signer: {role!r}", NOT_OK, signed(acro(s, bestuurder_functie=role), s.signer)
    yield "false signer: 'namens' before the name", NOT_OK, signed(typed(s, bestuurder_naam=f"namens {s.director}"), s.signer)


def wrong_values(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, of another school's codes and administrators who are no person."""
    yield "false values: location of another BRIN", NOT_OK, acro(s, vestigingscode=s.other.brin + s.other.location)
    yield "false values: location of another BRIN, own form", NOT_OK, typed(s, vestigingscode=s.other.brin + s.other.location)
    yield "false values: board number of another board", NOT_OK, typed(s, 1, bestuursnummer=s.other.board_number)
    for first, last in (("ICT", "beheer"), ("Heutink ICT", "B.V."), ("Sanne", "")):
        yield f"false values: administrator '{first} {last}'", NOT_OK, acro(s, beheerder_voornaam=first, beheerder_tussenvoegsel="", beheerder_achternaam=last)  # fmt: skip


def several_files(s: Subject, good: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the mail, of files beside each other that differ."""
    changes = {
        "the address": {"beheerder_email": f"p.zandstra@{s.domain}"}, "the BRIN": {"brin": s.other.brin},
        "the administrator": {"beheerder_voornaam": "Pieter", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Zandstra"},
    }  # fmt: skip
    for name, change in changes.items():
        other = signed(acro(s, **change), s.signer)
        yield f"files that differ: {name}", NOT_OK, mail_with(s, ("aanvraag.pdf", good), ("aanvraag-2.pdf", other))
        yield f"files that differ: {name}, other order", NOT_OK, mail_with(s, ("aanvraag.pdf", other), ("aanvraag-2.pdf", good))


# --- later mails ----------------------------------------------------------------------------------------------------------


def chains(s: Subject, good: bytes, authority: Identity) -> Iterator[Request]:
    """An honest mail and what came after it."""
    first = mail(s, good)
    other, own = identity("Pieter Zandstra", authority), identity(s.director, authority)
    person = {"beheerder_voornaam": "Pim", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Jansen"}
    address = {"beheerder_email": f"p.jansen@{s.domain}"}
    later = {
        "another certificate": (INCOMPLETE, signed(acro(s), own)),
        "another administrator": (INCOMPLETE, signed(acro(s, **person), s.signer)),
        "another address": (INCOMPLETE, signed(acro(s, **address), s.signer)),
        "another signer": (INCOMPLETE, signed(acro(s, bestuurder_naam="Pieter Zandstra"), other)),
        "another signer and administrator": (SUSPECT, signed(acro(s, bestuurder_naam="Pieter Zandstra", **person, **address), other)),
        "another signer and address": (SUSPECT, signed(acro(s, bestuurder_naam="Pieter Zandstra", **address), other)),
        "another address, not signed": (INCOMPLETE, acro(s, **address)),
    }  # fmt: skip
    for name, (expected, pdf) in later.items():
        yield Request(f"later mail: {name}", "keten", expected, mail(s, pdf, body="Hierbij het formulier."), earlier=(first,))
    fails = f"Authentication-Results: {OUR_SERVER}; dmarc=fail header.from={s.domain}\r\n"
    forged = mail(s, signed(acro(s, bestuurder_naam="Pieter Zandstra", **person, **address), other), headers=fails)
    yield Request("later mail: forged", "keten", SUSPECT, forged, earlier=(first,))
    yield Request("later mail: honest, after a forged one", "keten", INCOMPLETE, mail(s, good, body="Nogmaals."), earlier=(forged,))  # fmt: skip


def deceitful(s: Subject, authority: Identity) -> list[Request]:
    """Every deceitful request for one school."""
    good = signed(acro(s), s.signer)
    made = [
        Request(kind, "", expected, mail(s, signed(pdf, s.signer)))
        for part in (hidden, disguised, form_fields, whole_file, wrong_values)
        for kind, expected, pdf in part(s)
    ]
    made += [Request(kind, "", expected, mail(s, pdf)) for kind, expected, pdf in signers(s, authority)]
    made += [Request(kind, "", expected, raw) for kind, expected, raw in several_files(s, good)]
    made += [Request("signed long ago", "", NOT_OK, mail(s, good), days=730), Request("signed in the future", "", NOT_OK, mail(s, good), days=-10)]  # fmt: skip
    made.append(Request("files that differ: a broken file beside it", "", NOT_OK, mail_with(s, ("aanvraag.pdf", good[: len(good) // 3]), ("aanvraag.docx", in_word(s)))))  # fmt: skip
    return [*made, *chains(s, good, authority)]
