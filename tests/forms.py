"""Makes the PDFs that schools send: the official form filled in, forms of their own, scans, signed and tampered ones."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType
from typing import Any

import pypdfium2
from asn1crypto import crl as asn1_crl
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, append_signature_field
from pyhanko.sign.timestamps.dummy_client import DummyTimeStamper
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

FORM_FIELDS = (
    ("Gegevens van het bestuur", None),
    ("naam_bestuur", "Naam van het bestuur"),
    ("bestuursnummer", "Bestuursnummer (vijf cijfers)"),
    ("Gegevens van de school", None),
    ("naam_school", "Naam van de school"),
    ("brin", "BRIN (twee cijfers, twee letters)"),
    ("vestigingscode", "Vestigingscode (twee cijfers)"),
    ("Wettig bestuurder", None),
    ("bestuurder_naam", "Voor- en achternaam"),
    ("bestuurder_functie", "Functie"),
    ("Beoogde beheerder", None),
    ("beheerder_voornaam", "Voornaam"),
    ("beheerder_tussenvoegsel", "Tussenvoegsel"),
    ("beheerder_achternaam", "Achternaam"),
    ("beheerder_email", "E-mailadres"),
)
INK = HexColor("#1d2733")
SOFT = HexColor("#5b6673")
LINE = HexColor("#b9c2cc")


@cache  # schools fill in one and the same file; made again it has another date inside
def blank_form(title: str = "Aanvraag eerste beheerder") -> bytes:
    """The form as schools download it: an AcroForm with a signature field."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setTitle(title)
    canvas.setAuthor("Helpdesk")
    canvas.setFillColor(INK)
    canvas.setFont("Helvetica-Bold", 20)
    canvas.drawString(56, 778, title)
    canvas.setFont("Helvetica", 9.5)
    canvas.setFillColor(SOFT)
    canvas.drawString(56, 758, "Vul alle velden in. Laat de wettig bestuurder het formulier ondertekenen, het liefst digitaal.")
    canvas.drawString(
        56, 745, "Stuur het als PDF naar help@basispoort.nl. Stuur nooit wachtwoorden of gegevens van leerlingen mee."
    )
    y = 716
    for name, label in FORM_FIELDS:
        if label is None:
            canvas.setFillColor(INK)
            canvas.setFont("Helvetica-Bold", 11.5)
            canvas.drawString(56, y - 8, name)
            y -= 30
            continue
        canvas.setFillColor(SOFT)
        canvas.setFont("Helvetica", 10)
        canvas.drawString(56, y - 2, f"{label}:")
        canvas.acroForm.textfield(
            name=name, tooltip=label, x=230, y=y - 9, width=309, height=22, fontSize=10, borderWidth=0.7,
            borderColor=LINE, fillColor=None, textColor=INK, forceBorder=True, maxlen=120,
        )  # fmt: skip
        y -= 31
    canvas.setFont("Helvetica-Bold", 11.5)
    canvas.setFillColor(INK)
    canvas.drawString(56, y - 8, "Ondertekening door de wettig bestuurder")
    canvas.setFont("Helvetica", 9.5)
    canvas.setFillColor(SOFT)
    canvas.drawString(
        56, y - 26, "Ik verklaar dat ik bevoegd ben het bestuur te vertegenwoordigen en dat de school nog geen ICT-coördinator"
    )
    canvas.drawString(56, y - 38, "heeft in Basispoort.")
    canvas.setStrokeColor(LINE)
    canvas.rect(230, y - 112, 309, 62)
    canvas.drawString(56, y - 84, "Handtekening:")
    canvas.save()
    writer = IncrementalPdfFileWriter(io.BytesIO(buffer.getvalue()))
    append_signature_field(writer, SigFieldSpec("handtekening", box=(230, y - 112, 539, y - 50)))
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def filled_form(values: Mapping[str, str], form: bytes | None = None) -> bytes:
    """The official form with its fields filled in."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(form or blank_form())))
    writer.update_page_form_field_values(writer.pages[0], dict(values), auto_regenerate=False)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def own_form(rows: list[tuple[str, str]], title: str = "Verzoek eerste beheerder Basispoort", ink: bool = False) -> bytes:
    """A form as a school types it itself: labels and values as text; with `ink`, a scribble at the bottom."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.setFont("Helvetica-Bold", 15)
    canvas.drawString(60, 780, title)
    canvas.setFont("Helvetica", 11)
    y = 740
    for label, value in rows:
        canvas.drawString(60, y, f"{label}:" if value else label)
        canvas.drawString(230, y, value)
        y -= 22
    canvas.drawString(60, y - 30, "Handtekening bestuurder")
    if ink:
        path = canvas.beginPath()
        path.moveTo(235, y - 32)
        for step in range(14):
            path.curveTo(240 + 9 * step, y - 5, 228 + 10 * step, y - 60, 246 + 10 * step, y - 25)
        canvas.drawPath(path)
    canvas.save()
    return buffer.getvalue()


def scanned(pdf: bytes, scale: float = 1.7) -> bytes:
    """The first page as a picture in a PDF, as a scanner makes it."""
    document = pypdfium2.PdfDocument(pdf)
    document.init_forms()
    image = document[0].render(scale=scale, may_draw_forms=True).to_pil().convert("L").rotate(0.6, fillcolor=255)
    out = io.BytesIO()
    image.save(out, format="PDF", resolution=72 * scale, quality=60)
    return out.getvalue()


@dataclass(frozen=True)
class Identity:
    """A certificate with its key."""

    signer: signers.SimpleSigner
    certificate: x509.Certificate
    key: rsa.RSAPrivateKey


RESERVED = 32_768  # hexadecimal digits for a signature; without it everything is signed twice, to see how many it takes
QC_STATEMENTS = x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3")  # RFC 3739, 3.2.6
QUALIFIED = bytes.fromhex(
    "301f 3008 060604008e460101 3013 060604008e460106 3009 060704008e46010601"
)  # QcCompliance, QcType esign


def identity(
    common_name: str,
    issuer: Identity | None = None,
    years: int = 30,
    stamps_time: bool = False,
    qualified: bool = False,
    subject: Mapping[x509.ObjectIdentifier, str] = MappingProxyType({}),
    commits: bool = True,
    purposes: Sequence[x509.ObjectIdentifier] = (),
) -> Identity:
    """A signing identity, issued by another one or by itself, for `years` from the first of 2025.

    `stamps_time`: of a time-stamping service; `qualified`: says of itself that it is qualified for signing (ETSI EN 319 412-5);
    `subject`: what else the certificate says of its holder; `commits`: its key may be used for non-repudiation; `purposes`: its
    extended key usage.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "NL"),
            *(x509.NameAttribute(oid, value) for oid, value in subject.items()),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )
    start = datetime.datetime(2025, 1, 1)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer.certificate.subject if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True,
                content_commitment=commits,
                key_cert_sign=issuer is None,
                crl_sign=issuer is None,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )
    if stamps_time:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if qualified:
        builder = builder.add_extension(x509.UnrecognizedExtension(QC_STATEMENTS, QUALIFIED), critical=False)
    certificate = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    store = SimpleCertificateStore()
    if issuer:
        store.register(asn1_x509.Certificate.load(issuer.certificate.public_bytes(serialization.Encoding.DER)))
    private = key.private_bytes(serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    signer = signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(certificate.public_bytes(serialization.Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )
    return Identity(signer, certificate, key)


def pem(who: Identity) -> bytes:
    """The certificate as PEM."""
    return who.certificate.public_bytes(serialization.Encoding.PEM)


def revocation_list(issuer: Identity, revoked: Sequence[Identity], days_old: int = 1) -> bytes:
    """The issuer's list of revoked certificates (DER), good for thirty days."""
    made = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days_old)
    builder = x509.CertificateRevocationListBuilder().issuer_name(issuer.certificate.subject)
    builder = builder.last_update(made).next_update(made + datetime.timedelta(days=30))
    for who in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(who.certificate.serial_number).revocation_date(made)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(issuer.key, hashes.SHA256()).public_bytes(serialization.Encoding.DER)


class _ListEnclosed(signers.SimpleSigner):
    """Signs with a revocation list in Adobe's attribute, whatever that list says."""

    enclosed: asn1_crl.CertificateList

    async def signed_attrs(self, data_digest: bytes, digest_algorithm: str, attr_settings: Any = None, **more: Any) -> Any:
        archive = signers.Signer.format_revinfo(ocsp_responses=[], crls=[self.enclosed])
        return await super().signed_attrs(
            data_digest, digest_algorithm, attr_settings=replace(attr_settings, adobe_revinfo_attr=archive), **more
        )


def signed(
    pdf: bytes,
    who: Identity,
    field: str = "handtekening",
    clock: Identity | None = None,
    at: datetime.datetime | None = None,
    enclosed: bytes | None = None,
    **stated: Any,
) -> bytes:
    """The PDF with a digital signature; `stated` is what it says of itself (`reason`, `name`, `cades_signed_attr_spec`).

    `clock` and `at`: with a timestamp of that service and moment. `enclosed`: a revocation list (DER) that the signer put in
    Adobe's attribute.
    """
    stamper = None
    if clock:
        stamper = DummyTimeStamper(
            clock.signer.signing_cert, clock.signer.signing_key, certs_to_embed=clock.signer.cert_registry, fixed_dt=at
        )
    signer = who.signer
    if enclosed:
        signer = _ListEnclosed(who.signer.signing_cert, who.signer.signing_key, who.signer.cert_registry)
        signer.enclosed = asn1_crl.CertificateList.load(enclosed)
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    out = signers.sign_pdf(
        writer,
        signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", **stated),
        signer=signer,
        timestamper=stamper,
        existing_fields_only=False,
        bytes_reserved=RESERVED,
    )
    return bytes(out.getvalue())


def with_security_store(pdf: bytes, crl: bytes) -> bytes:
    """A signed PDF with a revocation list (DER) in its Document Security Store (ISO 32000-2, 12.8.4.3)."""
    out = io.BytesIO(pdf)
    DocumentSecurityStore.add_dss(out, None, crls=[asn1_crl.CertificateList.load(crl)])
    return out.getvalue()


def with_document_timestamp(pdf: bytes, clock: Identity) -> bytes:
    """A signed PDF with a timestamp over the whole document (ISO 32000-2, 12.8.5), as archives add it."""
    stamper = DummyTimeStamper(clock.signer.signing_cert, clock.signer.signing_key, certs_to_embed=clock.signer.cert_registry)
    out = signers.PdfTimeStamper(stamper).timestamp_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False), "sha256")
    return bytes(out.getvalue())


def certified(pdf: bytes, who: Identity, field: str = "Uitgever", level: MDPPerm = MDPPerm.FILL_FORMS) -> bytes:
    """The PDF with a certification signature, as the publisher of a form sets it: it says what may change afterwards."""
    out = signers.sign_pdf(
        IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False),
        signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256", certify=True, docmdp_permissions=level),
        signer=who.signer,
        existing_fields_only=False,
    )
    return bytes(out.getvalue())


def filled_later(pdf: bytes, values: Mapping[str, str]) -> bytes:
    """The form with fields filled in by an incremental update, as a program does that leaves an earlier signature whole."""
    for field, value in values.items():
        pdf = altered_after_signing(pdf, field, value)
    return pdf


def with_words_on_the_page(pdf: bytes, words: str) -> bytes:
    """The PDF with words added to its first page by an incremental update."""
    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.generic import DictionaryObject, pdf_name

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    font = {"/Type": pdf_name("/Font"), "/Subtype": pdf_name("/Type1"), "/BaseFont": pdf_name("/Helvetica")}
    fonts = DictionaryObject({pdf_name("/FX"): writer.add_object(DictionaryObject({pdf_name(k): v for k, v in font.items()}))})
    resources = DictionaryObject({pdf_name("/Font"): fonts})
    drawn = generic.StreamObject(stream_data=f"BT /FX 14 Tf 60 60 Td ({words}) Tj ET".encode())
    writer.add_stream_to_page(0, writer.add_object(drawn), resources=resources)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def altered_after_signing(pdf: bytes, field: str, value: str) -> bytes:
    """Change a form field of a signed PDF in an incremental update, as a forger would to keep the signature intact."""
    from pyhanko.pdf_utils import generic

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
    for reference in writer.root["/AcroForm"]["/Fields"]:
        entry = reference.get_object()
        if str(entry.get("/T")) == field:
            entry["/V"] = generic.TextStringObject(value)
            entry.pop("/AP", None)
            writer.update_container(entry)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def stored_but_not_shown(pdf: bytes, field: str, value: str) -> bytes:
    """A filled form whose field stores another value than the page shows: what the board member sees is not what is read."""
    from pypdf.generic import NameObject, TextStringObject

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    for annotation in writer.pages[0]["/Annots"]:  # type: ignore[union-attr]
        entry = annotation.get_object()
        if str(entry.get("/T")) == field:
            entry[NameObject("/V")] = TextStringObject(value)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def under_a_picture(pdf: bytes) -> bytes:
    """The first page with a picture over all of it."""
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    canvas.drawImage(ImageReader(Image.new("RGB", (60, 84), "white")), 0, 0, *A4)
    canvas.save()
    return laid_over(pdf, buffer.getvalue())


def laid_over(pdf: bytes, sheet: bytes) -> bytes:
    """The PDF with the page of another laid over its first page."""
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.pages[0].merge_page(PdfReader(io.BytesIO(sheet)).pages[0])
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
