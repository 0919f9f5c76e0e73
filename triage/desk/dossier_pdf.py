"""A dossier on paper: what was asked, found, judged and decided, with the pages of the forms; the JSON is attached to the PDF."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from xml.sax.saxutils import escape

from pypdf import PdfReader, PdfWriter
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.platypus import Image, KeepTogether, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from kb.settings import organisation
from triage.documents.house_font import BOLD, PLAIN, load_fonts
from triage.verify.forms import load_requests

INK, SOFT, RULE, HOUSE = (HexColor(colour) for colour in ("#16242b", "#4a5d66", "#c9d5d9", "#0b5c6b"))
TEXT = ParagraphStyle("text", fontName=PLAIN, fontSize=9, leading=12, textColor=INK, alignment=TA_LEFT)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=7.5, leading=10, textColor=SOFT)
STRONG = ParagraphStyle("strong", parent=TEXT, fontName=BOLD)
TITLE = ParagraphStyle("title", parent=TEXT, fontName=BOLD, fontSize=19, leading=24)
HEAD = ParagraphStyle("head", parent=TEXT, fontName=BOLD, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4, textColor=HOUSE)
MARGIN = 50.0  # points
WIDTH = A4[0] - 2 * MARGIN - 12  # ReportLab keeps 6 points free on both sides of the text
STATUS = {"ok": "in orde", "ontbreekt": "ontbreekt", "ongeldig": "ongeldig", "wijkt-af": "wijkt af", "twijfel": "zelf bekijken"}
Flow = list[Any]  # of ReportLab's flowables


def dossier_pdf(dossier: Mapping[str, Any], pages: Iterable[tuple[str, bytes]]) -> bytes:
    """The dossier as a PDF; `pages` are the pages of the forms as (caption, PNG)."""
    load_fonts()
    request = load_requests().types[dossier["aanvraag"]]
    titles = {spec.name: spec.title for spec in request.fields}
    story = [*_decided(dossier, request.title), *_checked(dossier["controle"], titles)]
    for heading, lines in _lists(dossier, titles).items():
        if lines:
            story += [Paragraph(heading, HEAD), *[_line(f"• {line}") for line in lines]]
    for caption, png in pages:
        story += [PageBreak(), KeepTogether([Paragraph(escape(caption), HEAD), _picture(png)])]
    buffer = io.BytesIO()
    words = f"Vraag {dossier['vraag']} · SHA-256 {dossier['sha256']}"
    SimpleDocTemplate(
        buffer, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=46, bottomMargin=46, title=f"Dossier vraag {dossier['vraag']}",
        author="Wegwijzer", lang="nl",
    ).build(story, onFirstPage=_foot(words), onLaterPages=_foot(words))  # fmt: skip
    return _attached(buffer.getvalue(), dossier)


def _decided(dossier: Mapping[str, Any], title: str) -> Flow:
    return [
        Paragraph(escape(f"Dossier: {title}"), TITLE),
        _line(f"Vraag {dossier['vraag']}. Gemaakt op {_moment(dossier['gemaakt'])} met {dossier['programma']}."),
        Paragraph("Besluit", HEAD),
        Paragraph(escape(_decision(dossier["uitkomst"])), STRONG),
        *[_line(f"Akkoord: {one['door']}, {_moment(one['op'])}.") for one in dossier["akkoord"]],
    ]


def _checked(checked: Mapping[str, Any], titles: Mapping[str, str]) -> Flow:
    rows = [
        (titles[one["field"]], STATUS[one["status"]], one["value"] or "–", f"{one['reason']} {_place(one['evidence'])}".strip())
        for one in checked["fields"]
        if one["field"] in titles
    ]
    return [
        Paragraph(f"Controle: {escape(checked['verdict'])}", HEAD),
        _line(_register(checked)),
        _table(("Veld", "Status", "Gelezen", "Toelichting"), rows, (0.2, 0.12, 0.26, 0.42)),
        Spacer(1, 6),
        _line(f"Handtekening: {checked['signature']['reason']}"),
        _line(f"Afzender: {checked['sender']['address'] or '–'}. {checked['sender']['reason']}"),
    ]


def _lists(dossier: Mapping[str, Any], titles: Mapping[str, str]) -> dict[str, list[str]]:
    """What people did, and what came in, by heading."""

    def by(one: Mapping[str, Any]) -> str:
        return f"({one['door']}, {_moment(one['op'])})"

    def said(one: Mapping[str, Any]) -> str:
        return f"{titles[one['veld']]}: {one['waarde']}"

    return {
        "Staat nog open": [f"{one['zwaarte']}: {one['punt']}" for one in dossier["staat_open"]],
        "Weggenomen door een medewerker": [f"{one['punt']} – {one['uitleg']} {by(one)}" for one in dossier["weggenomen"]],
        "Gelezen door een medewerker": [f"{said(one)} {by(one)}" for one in dossier["zelf_gelezen"]],
        "Bevoegdheid van de ondertekenaar": [_authority(one) for one in dossier["bevoegdheid"]],
        "Gekozen door een medewerker": [f"{said(one)} – {one['uitleg']} {by(one)}" for one in dossier["gekozen"]],
        "Zelf bekeken": [f"{titles.get(one['veld'], one['veld'])} {by(one)}" for one in dossier["aangevinkt"]],
        "Antwoorden die zijn gelezen": [
            f"Mail van {one['van']} (vraag {one['vraag']}) {by(one)}" for one in dossier["antwoorden_gelezen"]
        ],
        "Mails": [_mail(one) for one in dossier["mails"]],
        "Verloop": [f"{_moment(one['op'])} {one['door']}: {one['wat']}" for one in dossier["verloop"]],
    }


def _authority(one: Mapping[str, Any]) -> str:
    """Where it was looked up who may sign."""
    of = f", van {date.fromisoformat(one['datum']):%d-%m-%Y}" if one["datum"] else ""
    return f"{one['ondertekenaar']} mag tekenen voor bestuur {one['bestuur'] or '–'}: {one['waar']}{of} ({one['door']}, {_moment(one['op'])})"


def read_dossier(data: bytes) -> dict[str, Any]:
    """The dossier in a PDF of ours or in a JSON file. Raises ValueError when it is neither."""
    if data.startswith(b"%PDF-"):
        files = PdfReader(io.BytesIO(data)).attachments
        data = next((bytes(content) for contents in files.values() for content in contents), b"")
    content = json.loads(data.decode("utf-8"))
    if not isinstance(content, dict):
        raise ValueError("no dossier")
    return content


def _attached(pdf: bytes, dossier: Mapping[str, Any]) -> bytes:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    writer.add_attachment(f"dossier-{dossier['vraag']}.json", json.dumps(dossier, ensure_ascii=False, indent=2).encode())
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _line(words: str) -> Paragraph:
    return Paragraph(escape(words), TEXT)


def _moment(written: str) -> str:
    return organisation().local(datetime.fromisoformat(written)).strftime("%d-%m-%Y %H:%M")


def _decision(outcome: Mapping[str, str]) -> str:
    if "door" not in outcome:
        return "Er is nog geen besluit genomen."
    note = f" {outcome['uitleg']}" if outcome["uitleg"] else ""
    return f"{outcome['besluit'].capitalize()} door {outcome['door']} op {_moment(outcome['op'])}.{note}"


def _register(checked: Mapping[str, Any]) -> str:
    done, edition = f"Gedaan op {_moment(checked['gedaan'])}", checked["register"]
    return (
        f"{done}, met {edition['bestand']} (ingelezen op {_moment(edition['ingelezen'])})."
        if edition
        else f"{done}, zonder register."
    )


def _place(evidence: Mapping[str, Any] | None) -> str:
    if not evidence:
        return ""
    page = f", bladzijde {evidence['page']}" if evidence["page"] else ""
    return f"({evidence['source']}{page})"


def _mail(mail: Mapping[str, Any]) -> str:
    files = "".join(f"; {one['naam']} ({one['bytes']} bytes, SHA-256 {one['sha256']})" for one in mail["bijlagen"])
    return f"{_moment(mail['ontvangen'])} van {mail['afzender']}: {mail['onderwerp']} (SHA-256 {mail['sha256']}){files}"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], shares: Sequence[float]) -> Table:
    cells = [[Paragraph(escape(head), STRONG) for head in heads]]
    cells += [[Paragraph(escape(cell), TEXT) for cell in row] for row in rows]
    table = Table(cells, colWidths=[share * WIDTH for share in shares], repeatRows=1)
    table.setStyle(
        TableStyle(
            [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE), ("LEFTPADDING", (0, 0), (0, -1), 0)]
        )
    )
    return table


def _picture(png: bytes) -> Image:
    image = Image(io.BytesIO(png))
    scale = min(WIDTH / image.imageWidth, (A4[1] - 170) / image.imageHeight)
    image.drawWidth, image.drawHeight = image.imageWidth * scale, image.imageHeight * scale
    return image


def _foot(words: str) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont(PLAIN, 7)
        canvas.setFillColor(SOFT)
        canvas.drawString(MARGIN, 26, words)
        canvas.drawRightString(A4[0] - MARGIN, 26, f"Bladzijde {document.page}")

    return draw
