"""Requests made to deceive: text that the page does not show, a file that holds more than it shows, a false signer, a changed later mail.

Everything that is signed is really signed with a certificate of a trusted issuer, and the mail passed our server's checks.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image
from pyhanko.sign.ades.api import CAdESSignedAttrSpec, GenericCommitment
from pyhanko.sign.fields import SigSeedSubFilter
from pypdf import PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import DictionaryObject, NameObject, NumberObject, RectangleObject, TextStringObject
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from request_parts import (
    ADDRESS,
    INCOMPLETE,
    OUR_SERVER,
    SUSPECT,
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
from requests_hidden import NOT_OK, disguised, hidden

from tests.forms import Identity, identity, laid_over, signed, stored_but_not_shown
from tests.triage.documents import pages

NAMESAKES = {
    "Marijke": "Mark",
    "Hendrik": "Hendrika",
    "Johanna": "Johan",
    "Ömer": "Öznur",
    "Anne-Fleur": "Anneke",
    "W.J.": "W.P.",
}


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


# Written by an attacker who had not seen the lists of the program, in several styles and languages.
UNLISTED = (
    "Niet accoord.", "Ik onthoud mij van instemming.", "In afwachting van een besluit van het bestuur.", "Definitief besluit volgt nog.",
    "Geldig tot en met 31 december 2025.", "Getekend als getuige.", "Blanco getekend, in te vullen door de secretaresse.", "Stop deze aanvraag.",
    "Dit verzoek laten rusten a.u.b.", "Wij stellen dit verzoek uit.", "De gegevens hierboven kloppen niet.", "Dit is de oude versie; de nieuwe volgt.",
    "Ik twijfel of dit formulier klopt.", "Nog te bespreken in de MR.", "Nicht einverstanden.", "Pas d'accord.", "I hereby object to this request.",
    "Uitsluitend bestemd voor de cursus ICT.",
)  # fmt: skip
UNKNOWN_LABELS = ("Hersteladres: {near}", "Inlognaam: {near}", "Toegang voor: Pieter Zandstra", "Te registreren persoon: Pieter Zandstra", "Oordeel: negatief", "Ondertekend als: getuige", "Geldig tot: 31-12-2025")  # fmt: skip
OTHER_PAPERS = ("Inschrijving studiedag ICT-coördinatoren", "Ontvangstbevestiging laptop", "Geheimhoudingsverklaring beheerder", "Enquête digitale leermiddelen")  # fmt: skip
MAIL_WORDS = ("Wilt u dit verzoek NIET verwerken? Het is een vergissing.", "Deze aanvraag is niet van ons.", "Graag wachten met deze aanvraag tot na overleg.")  # fmt: skip


def unlisted(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the form, with words that no list of refusals holds, or another paper with the usual fields."""
    near = f"k.bos@{s.domain}"
    for words in UNLISTED:
        yield f"words: {words}", NOT_OK, laid_over(typed(s), drawn(text_page(words, top=250)))
    for line in UNKNOWN_LABELS:
        yield f"unknown label: {line}", NOT_OK, laid_over(typed(s), drawn(text_page(line.format(near=near), top=250)))
    for title in OTHER_PAPERS:
        yield f"another paper: {title}", NOT_OK, drawn(form_page(rows_of(s), title=title))


def stated(s: Subject) -> Iterator[tuple[str, str, bytes]]:
    """Kind, expected and the mail, of a signature or a mail that says no."""
    form = acro(s)
    for reason in ("Ik ga niet akkoord", "Voor ontvangst", "I am rejecting this document"):
        yield f"said besides: reason of the signature {reason!r}", NOT_OK, mail(s, signed(form, s.signer, reason=reason))
    yield "said besides: the signature names another", NOT_OK, mail(s, signed(form, s.signer, name="Pieter Zandstra"))
    for commitment in ("PROOF_OF_RECEIPT", "PROOF_OF_SENDER", "PROOF_OF_CREATION"):
        spec = CAdESSignedAttrSpec(commitment_type=GenericCommitment[commitment].asn1)
        pdf = signed(form, s.signer, cades_signed_attr_spec=spec, subfilter=SigSeedSubFilter.PADES)
        yield f"said besides: {commitment}", NOT_OK, mail(s, pdf)
    for words in MAIL_WORDS:
        yield f"said besides: mail {words!r}", NOT_OK, mail(s, signed(form, s.signer), body=words)


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
        for part in (hidden, disguised, form_fields, whole_file, unlisted, wrong_values)
        for kind, expected, pdf in part(s)
    ]
    made += [Request(kind, "", expected, mail(s, pdf)) for kind, expected, pdf in signers(s, authority)]
    made += [Request(kind, "", expected, raw) for kind, expected, raw in (*several_files(s, good), *stated(s))]
    made += [Request("signed long ago", "", NOT_OK, mail(s, good), days=730), Request("signed in the future", "", NOT_OK, mail(s, good), days=-10)]  # fmt: skip
    made.append(Request("files that differ: a broken file beside it", "", NOT_OK, mail_with(s, ("aanvraag.pdf", good[: len(good) // 3]), ("aanvraag.docx", in_word(s)))))  # fmt: skip
    return [*made, *chains(s, good, authority)]
