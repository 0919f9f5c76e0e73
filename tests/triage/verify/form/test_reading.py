"""Whatever schools send is read, or refused with a reason; and no picture or Word document ever makes a request complete."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from email.message import EmailMessage

import docx
import numpy as np
import pypdfium2
import pytest
from PIL import Image, ImageEnhance

from kb.settings import Settings
from tests.conftest import need
from tests.forms import Identity, filled_form, own_form, signed
from tests.make_demo import MEERPAAL
from tests.triage.verify.test_verdict import INTENT
from triage.documents import ocr
from triage.documents.files import form_files
from triage.documents.opened_mail import open_mail
from triage.documents.pdf import Mark, render_page
from triage.mail import Attachment, parse_message
from triage.register.register import Register
from triage.verify.form.reading import OCR_DOUBT
from triage.verify.model import Status, Verdict, Verification
from triage.verify.verdict import verify_message, verify_pdf

ROWS = [
    ("Naam van het bestuur", MEERPAAL["naam_bestuur"]), ("Bestuursnummer", "99001"), ("Naam van de school", "OBS De Meerpaal"),
    ("BRIN", "99AC"), ("Vestigingscode", "00"), ("Naam bestuurder", "Marijke van den Berg"), ("Functie bestuurder", "voorzitter"),
    ("Beoogde beheerder", "Sanne de Wit"), ("E-mailadres beheerder", MEERPAAL["beheerder_email"]),
]  # fmt: skip
READ = ("bestuursnummer", "naam_school", "brin", "email_beheerder")


@pytest.fixture(scope="module")
def reading(trusting: Settings) -> Settings:
    """Settings of an installation that reads scans."""
    need(ocr.installed(), "OCR (pip install 'wegwijzer[ocr]')")
    from dataclasses import replace

    return replace(trusting, ocr="auto")


@pytest.fixture(scope="module")
def page() -> Image.Image:
    """A form of a school with a scribble, as a picture."""
    sheet = pypdfium2.PdfDocument(own_form(ROWS, "Aanvraag eerste beheerder", ink=True))[0]
    return sheet.render(scale=2.2).to_pil().convert("RGB")


def picture(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, format=kind, **options)
    return out.getvalue()


def mail(data: bytes, name: str, media: str = "application/octet-stream") -> bytes:
    message = EmailMessage()
    message["From"] = "Marijke van den Berg <m.vdberg@obsdemeerpaal.example>"
    message["To"], message["Subject"] = "help@basispoort.nl", "Aanvraag"
    message.set_content("Zie bijlage.")
    main, _, sub = media.partition("/")
    message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def verify(raw: bytes, register: Register, settings: Settings) -> Verification:
    found = verify_message(open_mail(parse_message(raw)), INTENT, register, settings)
    assert found is not None
    return found


def wrong(found: Verification, fields: Sequence[str] = READ) -> dict[str, tuple[str | None, str]]:
    return {
        check.field: (check.value, check.reason)
        for check in found.fields
        if check.field in fields and check.status is not Status.OK
    }


def test_a_photo_is_read_and_left_to_a_person(page: Image.Image, register: Register, reading: Settings) -> None:
    found = verify(mail(picture(page, quality=70), "IMG_0042.jpg", "image/jpeg"), register, reading)
    assert wrong(found) == {}
    assert (found.verdict, found.signature.kind) == (Verdict.INCOMPLETE, "nat")
    assert OCR_DOUBT in found.reasons


@pytest.mark.parametrize("degrees", [90, 180, 270, 2.5, -3])
def test_a_page_that_lies_on_its_side_or_askew_is_read(
    page: Image.Image, degrees: float, register: Register, reading: Settings
) -> None:
    turned = page.rotate(degrees, expand=True, fillcolor=(235, 235, 235))
    found = verify(mail(picture(turned, quality=70), "foto.jpg", "image/jpeg"), register, reading)
    assert wrong(found, READ[:3]) == {}  # of a bent page a letter of the address may be misread
    ((turn,),) = found.turns.values()
    assert abs((turn + degrees + 180) % 360 - 180) < 1


def test_a_pale_and_noisy_photo_is_read(page: Image.Image, register: Register, reading: Settings) -> None:
    pale = ImageEnhance.Contrast(page).enhance(0.35)
    noise = np.random.default_rng(4).normal(0, 6, (page.height, page.width, 3))
    noisy = Image.fromarray(np.clip(np.asarray(pale) + noise, 0, 255).astype(np.uint8))
    found = verify(mail(picture(noisy, quality=60), "foto.jpg", "image/jpeg"), register, reading)
    assert wrong(found) == {}


def test_the_camera_says_which_side_is_up(page: Image.Image, register: Register, reading: Settings) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: turn a quarter clockwise to see it upright (EXIF 2.32, 4.6.4)
    data = picture(page.rotate(90, expand=True), exif=exif.tobytes(), quality=70)
    found = verify(mail(data, "foto.jpg", "image/jpeg"), register, reading)
    assert wrong(found) == {}
    assert found.turns == {hashlib.sha256(data).hexdigest(): (0.0,)}


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_other_kinds_of_picture_are_known_by_their_content(page: Image.Image, kind: str) -> None:
    (file,) = form_files([Attachment("scan.dat", "application/octet-stream", picture(page, kind))])
    assert file.pdf.startswith(b"%PDF-")


def test_a_scan_of_two_pages_is_read_whole(page: Image.Image, register: Register, reading: Settings) -> None:
    white = Image.new("RGB", page.size, "white")
    out = io.BytesIO()
    white.save(out, format="PDF", save_all=True, append_images=[page], resolution=158)
    found = verify(mail(out.getvalue(), "scan.pdf", "application/pdf"), register, reading)
    assert wrong(found) == {}
    assert {check.evidence.page for check in found.fields if check.evidence} == {2}


def test_a_value_read_from_a_photo_is_marked_where_it_stands(page: Image.Image, register: Register, reading: Settings) -> None:
    found = verify(mail(picture(page), "foto.jpg", "image/jpeg"), register, reading)
    evidence = next(check.evidence for check in found.fields if check.field == "brin")
    assert evidence is not None
    assert evidence.box is not None
    (file,) = form_files([Attachment("foto.jpg", "image/jpeg", picture(page))])
    plain, marked = (
        np.asarray(Image.open(io.BytesIO(render_page(file.pdf, 1, marks=marks))).convert("RGB"), dtype=int)
        for marks in ((), (Mark(evidence.box, "4", "#1c6b35"),))
    )
    rows, columns = np.nonzero(np.abs(plain - marked).sum(axis=2) > 60)
    scale = marked.shape[1] / pypdfium2.PdfDocument(file.pdf)[0].get_width()
    middle = ((evidence.box[0] + evidence.box[2]) / 2 * scale, marked.shape[0] - (evidence.box[1] + evidence.box[3]) / 2 * scale)
    assert columns.min() < middle[0] < columns.max()
    assert rows.min() < middle[1] < rows.max()


def test_what_is_misread_is_for_a_person_and_no_sign_of_forgery(register: Register, reading: Settings) -> None:
    rows = [(label, value.replace("obsdemeerpaal.example", "obsdemeerpaai.example")) for label, value in ROWS]
    sheet = pypdfium2.PdfDocument(own_form(rows, "Aanvraag eerste beheerder", ink=True))[0]
    photo = picture(sheet.render(scale=2.2).to_pil().convert("RGB"))
    found = verify(mail(photo, "foto.jpg", "image/jpeg"), register, reading)
    assert found.verdict is Verdict.INCOMPLETE
    assert "misschien is het verkeerd gelezen" in wrong(found)["email_beheerder"][1]


def test_a_value_of_a_form_field_says_its_page_and_place(register: Register, trusting: Settings) -> None:
    found = verify_pdf("aanvraag.pdf", filled_form(MEERPAAL), register, trusting)
    evidence = next(check.evidence for check in found.fields if check.field == "brin")
    assert evidence is not None
    assert (evidence.page, evidence.box is not None) == (1, True)


def test_without_ocr_a_photo_asks_a_person_to_read(page: Image.Image, register: Register, trusting: Settings) -> None:
    found = verify(mail(picture(page), "foto.jpg", "image/jpeg"), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert any("niet automatisch is gelezen" in reason for reason in found.reasons)


def test_no_two_files_and_no_other_source_of_values_have_the_same_name() -> None:
    sent = ["a.pdf", "a.pdf", "a.pdf (2)", "mail", "medewerker", "mail"]
    files = form_files([Attachment(name, "application/pdf", b"%PDF-") for name in sent])
    names = {file.name for file in files}
    assert len(names) == len(sent)
    assert names.isdisjoint({"mail", "medewerker"})


def test_a_logo_under_a_mail_is_no_form() -> None:
    logo = picture(Image.new("RGB", (320, 90), "navy"), "PNG")
    assert form_files([Attachment("logo.png", "image/png", logo)]) == []


def word(tables: bool = False) -> bytes:
    document = docx.Document()
    document.add_heading("Aanvraag eerste beheerder")
    if tables:
        table = document.add_table(rows=0, cols=2)
        for label, value in ROWS:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = label, value
    else:
        for label, value in ROWS:
            document.add_paragraph(f"{label}:\t{value}")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("tables", [False, True])
def test_a_word_document_is_read_and_asks_for_a_signed_pdf(tables: bool, register: Register, trusting: Settings) -> None:
    found = verify(mail(word(tables), "aanvraag.docx"), register, trusting)
    assert wrong(found) == {}
    assert (found.verdict, found.missing) == (Verdict.INCOMPLETE, ("ondertekende_pdf",))


def test_a_word_document_beside_a_signed_form_changes_nothing_in_it(
    register: Register, trusting: Settings, director: Identity
) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "m.vdberg@obsdemeerpaal.example", "help@basispoort.nl"
    message.set_content("Zie bijlagen.")
    form = signed(filled_form({**MEERPAAL, "beheerder_email": ""}), director)
    message.add_attachment(form, maintype="application", subtype="pdf", filename="aanvraag.pdf")
    message.add_attachment(word(), maintype="application", subtype="octet-stream", filename="aanvraag.docx")
    found = verify(message.as_bytes(), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    email = next(check for check in found.fields if check.field == "email_beheerder")
    assert (email.status, email.evidence and email.evidence.source) == (Status.DOUBT, "aanvraag.docx")


def test_a_form_inside_a_forwarded_mail_is_read_and_the_forwarder_is_the_sender(
    register: Register, trusting: Settings, director: Identity
) -> None:
    inner = EmailMessage()
    inner["From"], inner["To"], inner["Subject"] = "directie@obsdemeerpaal.example", "administratie@elders.example", "Formulier"
    inner.set_content("Zie bijlage.")
    inner.add_attachment(signed(filled_form(MEERPAAL), director), maintype="application", subtype="pdf", filename="aanvraag.pdf")
    outer = EmailMessage()
    outer["From"], outer["To"], outer["Subject"] = "administratie@elders.example", "help@basispoort.nl", "Fwd: Formulier"
    outer.set_content("Hierbij.")
    outer.add_attachment(inner)
    found = verify(outer.as_bytes(), register, trusting)
    assert wrong(found) == {}
    assert (found.missing, found.sender.domain_matches, found.verdict) == ((), False, Verdict.INCOMPLETE)


def bomb() -> bytes:
    out = io.BytesIO(word())
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("word/media/groot.bin", b"\0" * 150 * 2**20)
    return out.getvalue()


def wide() -> bytes:
    """A PNG that says it is 60,000 by 60,000 pixels."""
    data = bytearray(picture(Image.new("L", (600, 600)), "PNG"))
    import struct
    import zlib

    data[16:24] = struct.pack(">II", 60_000, 60_000)
    data[29:33] = struct.pack(">I", zlib.crc32(bytes(data[12:29])))
    return bytes(data)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("kapot.jpg", b"\xff\xd8\xff\xe0" + b"x" * 5000),
        ("groot.png", wide()),
        ("bom.docx", bomb()),
        ("half.docx", word()[:3000]),
        ("oud.doc", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4000),
        ("map.zip", b"PK\x03\x04" + b"\0" * 400),
    ],
)
def test_what_can_not_be_read_is_said_and_never_complete(name: str, data: bytes, register: Register, trusting: Settings) -> None:
    found = verify(mail(data, name), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert any(word in " ".join(found.reasons) for word in ("Vraag een PDF", "beschadigd"))


def test_two_forms_in_one_pdf_are_named_with_their_pages(register: Register, trusting: Settings) -> None:
    both = pypdfium2.PdfDocument.new()
    for rows in (ROWS, [("BRIN", "99AD") if label == "BRIN" else (label, value) for label, value in ROWS]):
        both.import_pages(pypdfium2.PdfDocument(own_form(rows)))
    out = io.BytesIO()
    both.save(out)
    found = verify_pdf("aanvragen.pdf", out.getvalue(), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert any("2 formulieren (bladzijde 1, 2)" in reason for reason in found.reasons)
