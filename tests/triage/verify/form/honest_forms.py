"""Forms as honest schools lay them out: municipal forms, letters, Word tables, printed sheets, exports of web forms, plain mail.

Each layout takes what a school fills in and gives a PDF, a Word document or the text of a mail.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import docx
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

PLAIN = ParagraphStyle("plain", fontName="Helvetica", fontSize=10.5, leading=13)
SMALL = ParagraphStyle("small", fontName="Helvetica", fontSize=8, leading=9.5)
BOLD = ParagraphStyle("bold", fontName="Helvetica-Bold", fontSize=10.5, leading=13)
HEAD = ParagraphStyle("head", fontName="Helvetica-Bold", fontSize=15, leading=20, spaceAfter=10)
DECLARED = "Ik verklaar dat ik bevoegd ben het bestuur te vertegenwoordigen en dat de school nog geen ICT-coördinator heeft in Basispoort."


@dataclass(frozen=True)
class Asked:
    """What a school fills in."""

    board: str
    number: str
    school: str
    brin: str
    location: str
    director: str  # as written
    function: str
    first: str
    infix: str
    last: str
    email: str

    @property
    def administrator(self) -> str:
        """The name in one line."""
        return " ".join(filter(None, (self.first, self.infix, self.last)))


Layout = Callable[[Asked], "bytes | str"]
LAYOUTS: dict[str, Layout] = {}


def layout(made: Layout) -> Layout:
    """Add a layout to the list."""
    LAYOUTS[made.__name__] = made
    return made


def pdf(story: Sequence[Flowable], size: tuple[float, float] = A4) -> bytes:
    out = io.BytesIO()
    margin = 2 * cm
    SimpleDocTemplate(out, pagesize=size, leftMargin=margin, rightMargin=margin, topMargin=margin, bottomMargin=margin).build(
        [Paragraph("Aanvraag eerste beheerder Basispoort", HEAD), *story]
    )
    return out.getvalue()


def lines(pairs: Sequence[tuple[str, str]], between: str = ": ", space: float = 5) -> list[Flowable]:
    return [part for label, value in pairs for part in (Paragraph(f"{label}{between}{value}", PLAIN), Spacer(1, space))]


def table(
    rows: Sequence[Sequence[str]], widths: Sequence[float], align: str = "TOP", grid: bool = True, style: Any = PLAIN
) -> Table:
    cells = [[Paragraph(cell, style) for cell in row] for row in rows]
    look = [("VALIGN", (0, 0), (-1, -1), align)] + ([("GRID", (0, 0), (-1, -1), 0.5, "grey")] if grid else [])
    return Table(cells, colWidths=[width * cm for width in widths], style=TableStyle(look), hAlign="LEFT")


def plain(a: Asked, labels: Sequence[str]) -> list[tuple[str, str]]:
    """Labels for board, number, school, BRIN, director, function, administrator and address, with their values."""
    values = (a.board, a.number, a.school, a.brin, a.director, a.function, a.administrator, a.email)
    return [(label, value) for label, value in zip(labels, values, strict=True) if label]


USUAL = (
    "Naam bestuur",
    "Bestuursnummer",
    "Naam school",
    "BRIN",
    "Naam bestuurder",
    "Functie bestuurder",
    "Naam beheerder",
    "E-mailadres beheerder",
)
OFFICIAL = (
    "Naam van het bevoegd gezag (zoals bij DUO)", "Bestuursnummer / nummer bevoegd gezag", "Naam van de school, zoals bij DUO bekend", "BRIN / instellingscode",
    "Naam van de wettelijk vertegenwoordiger", "Functie van de wettelijk vertegenwoordiger", "Voor- en achternaam van de beoogde beheerder", "E-mail of mailadres van de beheerder",
)  # fmt: skip
ASKING = (
    "Wat is de naam van uw bestuur?", "Wat is het bestuursnummer?", "Hoe heet de school?", "Wat is de BRIN van de school?",
    "Wie is de bestuurder die tekent?", "Wat is de functie van de bestuurder?", "Wie wordt de beheerder?", "Wat is het e-mailadres van de beheerder?",
)  # fmt: skip
ENGLISH = (
    "School board",
    "Board number",
    "School name",
    "BRIN code",
    "Board member",
    "Position of the board member",
    "Administrator",
    "E-mail address of the administrator",
)
SHORT = (
    "Bestuur",
    "Bestuursnr.",
    "School",
    "BRIN-nr",
    "Bestuurder",
    "Functie bestuurder",
    "ICT-coördinator",
    "Mail ICT-coördinator",
)
STAGED = (
    "Officiële naam van de stichting of vereniging", "Nummer van het bestuur (vijf cijfers)", "Naam basisschool", "BRIN – vier tekens",
    "Naam bevoegd bestuurder", "Hoedanigheid bestuurder", "Volledige naam van de nieuwe ICT-coördinator", "Zakelijk e-mailadres van de nieuwe ICT-coördinator",
)  # fmt: skip


@layout
def typed_lines(a: Asked) -> bytes:
    return pdf(lines(plain(a, USUAL)))


@layout
def official_lines(a: Asked) -> bytes:
    return pdf(lines(plain(a, OFFICIAL)))


@layout
def staged_lines(a: Asked) -> bytes:
    return pdf(lines(plain(a, STAGED)))


@layout
def short_lines(a: Asked) -> bytes:
    return pdf(lines(plain(a, SHORT)))


@layout
def english_lines(a: Asked) -> bytes:
    return pdf(lines(plain(a, ENGLISH)))


@layout
def space_before_colon(a: Asked) -> bytes:
    return pdf(lines(plain(a, USUAL), " : "))


@layout
def dash_between(a: Asked) -> bytes:
    return pdf(lines(plain(a, USUAL), " – "))


@layout
def equals_between(a: Asked) -> bytes:
    return pdf(lines(plain(a, USUAL), " = "))


@layout
def numbered_lines(a: Asked) -> bytes:
    return pdf(lines([(f"{number}. {label}", value) for number, (label, value) in enumerate(plain(a, OFFICIAL), 1)]))


@layout
def lettered_lines(a: Asked) -> bytes:
    return pdf(lines([(f"{letter}) {label}", value) for letter, (label, value) in zip("abcdefgh", plain(a, USUAL), strict=True)]))


@layout
def bulleted_lines(a: Asked) -> bytes:
    return pdf(lines([(f"• {label}", value) for label, value in plain(a, USUAL)]))


@layout
def dotted_leaders(a: Asked) -> bytes:
    return pdf(lines(plain(a, USUAL), " ............ "))


@layout
def underscored(a: Asked) -> bytes:
    return pdf(lines([(label, f"__{value}__") for label, value in plain(a, USUAL)]))


@layout
def questions_and_answers(a: Asked) -> bytes:
    return pdf(
        [part for label, value in plain(a, ASKING) for part in (Paragraph(label, BOLD), Paragraph(value, PLAIN), Spacer(1, 9))]
    )


@layout
def web_form_export(a: Asked) -> bytes:
    pairs = plain(a, [f"{label} *" for label in OFFICIAL])
    return pdf(
        [
            part
            for label, value in pairs
            for part in (Paragraph(label, SMALL), Spacer(1, 4), Paragraph(value, PLAIN), Spacer(1, 12))
        ]
    )


@layout
def numbered_questions(a: Asked) -> bytes:
    pairs = [(f"{number}. {label}", value) for number, (label, value) in enumerate(plain(a, ASKING), 1)]
    return pdf([part for label, value in pairs for part in (Paragraph(label, BOLD), Paragraph(value, PLAIN), Spacer(1, 9))])


@layout
def question_on_one_line(a: Asked) -> bytes:
    return pdf(lines(plain(a, ASKING), " "))


@layout
def value_under_label(a: Asked) -> bytes:
    return pdf(
        [
            part
            for label, value in plain(a, USUAL)
            for part in (Paragraph(f"{label}:", BOLD), Paragraph(value, PLAIN), Spacer(1, 10))
        ]
    )


@layout
def two_columns_of_a_table(a: Asked) -> bytes:
    return pdf([table(plain(a, USUAL), (6, 9))])


@layout
def narrow_table(a: Asked) -> bytes:
    return pdf([table(plain(a, OFFICIAL), (4, 5))])


@layout
def narrow_table_in_the_middle(a: Asked) -> bytes:
    return pdf([table(plain(a, OFFICIAL), (4.2, 5), "MIDDLE")])


@layout
def narrow_table_with_colons(a: Asked) -> bytes:
    return pdf([table([(f"{label}:", value) for label, value in plain(a, STAGED)], (4.5, 4.5), grid=False)])


@layout
def explained_table(a: Asked) -> bytes:
    notes = (
        "zoals bij KvK",
        "vijf cijfers",
        "zoals bij DUO",
        "twee cijfers en twee letters",
        "",
        "",
        "",
        "persoonlijk adres van de school",
    )
    rows = [(label, value, note) for (label, value), note in zip(plain(a, USUAL), notes, strict=True)]
    return pdf([table([("Gegeven", "Antwoord", "Toelichting"), *rows], (4.5, 7, 5))])


@layout
def small_print_below_labels(a: Asked) -> bytes:
    rows = [(f"{label}<br/><font size=7>(verplicht)</font>", value) for label, value in plain(a, USUAL)]
    return pdf([table(rows, (5.5, 9))])


@layout
def numbered_table(a: Asked) -> bytes:
    return pdf([table([(str(number), label, value) for number, (label, value) in enumerate(plain(a, USUAL), 1)], (1, 6, 9))])


@layout
def header_row(a: Asked) -> bytes:
    labels = ("Bestuur", "Bestuursnr", "School", "BRIN", "Bestuurder", "", "Beheerder", "E-mail beheerder")
    rows = list(zip(*plain(a, labels), strict=True))
    return pdf([table(rows, (6, 2, 4, 1.6, 4, 3.6, 5.2), style=SMALL)], landscape(A4))


@layout
def header_row_with_wrapped_cells(a: Asked) -> bytes:
    labels = (
        "Naam bestuur",
        "Bestuursnr",
        "Naam school",
        "BRIN",
        "Naam bestuurder",
        "Functie bestuurder",
        "Naam beheerder",
        "E-mailadres beheerder",
    )
    rows = list(zip(*plain(a, labels), strict=True))
    return pdf([table(rows, (3.6, 2, 2.8, 1.4, 2.6, 3, 3.2, 6.2), style=SMALL)], landscape(A4))


@layout
def four_columns(a: Asked) -> bytes:
    rows = [
        ("Bestuur", a.board, "Bestuursnummer", a.number), ("School", a.school, "BRIN", a.brin), ("Bestuurder", a.director, "Functie", a.function),
        ("Beheerder", a.administrator, "E-mail beheerder", a.email),
    ]  # fmt: skip
    return pdf([table(rows, (2.5, 5.5, 3.3, 6))])


def sections(a: Asked) -> list[tuple[str, list[tuple[str, str]]]]:
    return [
        ("Bestuur", [("Naam", a.board), ("Nummer", a.number)]),
        ("School", [("Naam", a.school), ("BRIN", a.brin), ("Plaats", "Voorbeeldstad")]),
        ("Bestuurder", [("Naam", a.director), ("Functie", a.function), ("Telefoon", "0101234567")]),
        ("Beoogde beheerder", [("Naam", a.administrator), ("E-mail", a.email)]),
    ]


@layout
def sections_of_lines(a: Asked) -> bytes:
    return pdf([part for head, pairs in sections(a) for part in (Paragraph(head, BOLD), *lines(pairs))])


@layout
def numbered_sections(a: Asked) -> bytes:
    found = enumerate(sections(a), 1)
    return pdf(
        [
            part
            for number, (head, pairs) in found
            for part in (Paragraph(f"{number}. Gegevens {head.lower()}", BOLD), *lines(pairs))
        ]
    )


@layout
def sections_in_capitals_with_tables(a: Asked) -> bytes:
    return pdf(
        [
            part
            for head, pairs in sections(a)
            for part in (Paragraph(f"GEGEVENS VAN DE {head.upper()}", BOLD), table(pairs, (4, 10)), Spacer(1, 8))
        ]
    )


@layout
def sections_with_an_explanation(a: Asked) -> bytes:
    notes = (
        "Zoals ingeschreven bij KvK.",
        "De school waarvoor u aanvraagt.",
        "Degene die dit formulier tekent.",
        "Deze persoon wordt ICT-coördinator van de school.",
    )
    story: list[Flowable] = []
    for (head, pairs), note in zip(sections(a), notes, strict=True):
        story += [Paragraph(f"Gegevens {head.lower()}", BOLD), Paragraph(note, SMALL), Spacer(1, 4), *lines(pairs)]
    return pdf(story)


@layout
def sections_side_by_side(a: Asked) -> bytes:
    found = sections(a)

    def block(head: str, pairs: list[tuple[str, str]]) -> list[Flowable]:
        return [Paragraph(head, BOLD), Spacer(1, 4), *lines(pairs)]

    look = TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP")])
    return pdf(
        [
            Table(
                [[block(*found[0]), block(*found[1])], [block(*found[2]), block(*found[3])]], colWidths=[8.3 * cm] * 2, style=look
            )
        ]
    )


@layout
def name_in_parts(a: Asked) -> bytes:
    pairs = [*plain(a, USUAL)[:6]]
    person = [("Voornaam", a.first), ("Tussenvoegsel", a.infix), ("Achternaam", a.last), ("E-mailadres", a.email)]
    return pdf([*lines(pairs), Paragraph("Gegevens beoogde beheerder", BOLD), *lines(person)])


@layout
def name_in_parts_side_by_side(a: Asked) -> bytes:
    rows = [("Voornaam beheerder", "Tussenvoegsel beheerder", "Achternaam beheerder"), (a.first, a.infix, a.last)]
    return pdf([*lines(plain(a, USUAL)[:6]), table(rows, (5, 5, 5), grid=False), Spacer(1, 8), *lines(plain(a, USUAL)[7:])])


@layout
def letter(a: Asked) -> bytes:
    start = ["Geachte helpdesk,", "Hierbij vragen wij een eerste beheerder aan voor onze school. De gegevens staan hieronder."]
    return pdf([
        Paragraph("Voorbeeldstad, 30 november 2026", PLAIN), Spacer(1, 14), *[Paragraph(words, PLAIN) for words in start], Spacer(1, 10), *lines(plain(a, USUAL), space=0),
        Spacer(1, 10), Paragraph(DECLARED, PLAIN), Spacer(1, 14), Paragraph("Met vriendelijke groet,", PLAIN), Spacer(1, 30), Paragraph(a.director, PLAIN),
    ])  # fmt: skip


@layout
def with_signature_block(a: Asked) -> bytes:
    rows = [("Naam", a.director), ("Plaats en datum", "Voorbeeldstad, 30-11-2026"), ("Handtekening", "")]
    return pdf(
        [
            *lines(plain(a, USUAL)),
            Spacer(1, 10),
            Paragraph("Ondertekening door de wettig bestuurder", BOLD),
            Paragraph(DECLARED, PLAIN),
            table(rows, (5, 9)),
        ]
    )


@layout
def function_behind_the_name(a: Asked) -> bytes:
    labels = (*USUAL[:4], "Naam en functie bestuurder", "", *USUAL[6:])
    return pdf(lines([(label, f"{value}, {a.function}" if "functie" in label else value) for label, value in plain(a, labels)]))


@layout
def function_below_the_name(a: Asked) -> bytes:
    labels = (*USUAL[:4], "Wettig bestuurder", "Functie", *USUAL[6:])
    return pdf([table(plain(a, labels), (5, 9))])


@layout
def name_and_address_together(a: Asked) -> bytes:
    pairs = plain(a, (*USUAL[:6], "Naam en e-mailadres beheerder", ""))
    return pdf(lines([(label, f"{value}, {a.email}" if "e-mailadres" in label else value) for label, value in pairs]))


@layout
def codes_behind_names(a: Asked) -> bytes:
    pairs = [
        ("Naam en nummer bestuur", f"{a.board} ({a.number})"),
        ("School en BRIN", f"{a.school}, {a.brin}"),
        *plain(a, USUAL)[4:],
    ]
    return pdf(lines(pairs))


@layout
def two_labels_on_a_line(a: Asked) -> bytes:
    pairs = plain(a, USUAL)
    return pdf(
        [
            Paragraph("&nbsp;&nbsp;".join(f"{label}: {value}" for label, value in pairs[at : at + 2]), PLAIN)
            for at in (0, 2, 4, 6)
        ],
        landscape(A4),
    )


@layout
def other_details_between(a: Asked) -> bytes:
    pairs = plain(a, USUAL)
    more = [
        ("Adres school", "Dorpsstraat 1"),
        ("Postcode en plaats", "1234 AB Voorbeeldstad"),
        ("E-mailadres school", "info@obsdemeerpaal.example"),
        ("Telefoonnummer bestuurder", "0612345678"),
        ("E-mail bestuurder", "bestuur@obsdemeerpaal.example"),
        ("KvK-nummer", "34105740"),
    ]
    return pdf(lines([*pairs[:4], *more[:3], *pairs[4:6], *more[3:], *pairs[6:]]))


@layout
def tabbed_canvas(a: Asked) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, "Aanvraag eerste beheerder")
    for number, (label, value) in enumerate(plain(a, USUAL)):
        canvas.drawString(60, 740 - 22 * number, label)
        canvas.drawString(215, 740 - 22 * number, f":  {value}")
    canvas.save()
    return out.getvalue()


@layout
def values_right_aligned_labels(a: Asked) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 780, "Aanvraag eerste beheerder")
    for number, (label, value) in enumerate(plain(a, OFFICIAL)):
        canvas.drawRightString(290, 740 - 20 * number, label)
        canvas.drawString(310, 740 - 20 * number, value)
    canvas.save()
    return out.getvalue()


@layout
def one_letter_in_each_box(a: Asked) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 11)
    canvas.drawString(60, 780, "Aanvraag eerste beheerder")
    for number, (label, value) in enumerate(plain(a, USUAL)):
        y = 740 - 26 * number
        canvas.drawString(60, y, f"{label}:")
        if label in ("BRIN", "Bestuursnummer"):
            for place, letter_ in enumerate(value):
                canvas.drawString(230 + 19 * place, y, letter_)
        else:
            canvas.drawString(230, y, value)
    canvas.save()
    return out.getvalue()


@layout
def unnamed_form_fields(a: Asked) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 790, "Aanvraag eerste beheerder")
    for number, (label, value) in enumerate(plain(a, OFFICIAL)):
        y = 740 - 34 * number
        canvas.drawString(60, y + 6, f"{label}:")
        canvas.acroForm.textfield(name=f"Text{number}", value=value, x=300, y=y, width=260, height=20, fontSize=7.5)
    canvas.save()
    return out.getvalue()


@layout
def unnamed_form_fields_below_their_labels(a: Asked) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 10)
    canvas.drawString(60, 790, "Aanvraag eerste beheerder")
    y = 750
    for number, (head, pairs) in enumerate(sections(a)):
        canvas.drawString(60, y, head)
        for place, (label, value) in enumerate(pairs):
            canvas.drawString(60 + 165 * place, y - 18, label)
            canvas.acroForm.textfield(
                name=f"Veld {number}.{place}", value=value, x=60 + 165 * place, y=y - 44, width=155, height=20, fontSize=8
            )
        y -= 80
    canvas.save()
    return out.getvalue()


def word(fill: Callable[[Any], None]) -> bytes:
    document = docx.Document()
    document.add_heading("Aanvraag eerste beheerder")
    fill(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@layout
def word_paragraphs(a: Asked) -> bytes:
    return word(lambda document: [document.add_paragraph(f"{label}:\t{value}") for label, value in plain(a, OFFICIAL)])


@layout
def word_value_under_label(a: Asked) -> bytes:
    return word(lambda document: [document.add_paragraph(words) for pair in plain(a, USUAL) for words in pair])


def _word_table(document: Any, rows: Sequence[Sequence[str]]) -> None:
    made = document.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, words in zip(made.add_row().cells, row, strict=True):
            cell.text = words


@layout
def word_table(a: Asked) -> bytes:
    return word(lambda document: _word_table(document, plain(a, OFFICIAL)))


@layout
def word_label_and_value_in_one_cell(a: Asked) -> bytes:
    pairs = [f"{label}\n{value}" for label, value in plain(a, USUAL)]
    return word(lambda document: _word_table(document, [pairs[at : at + 2] for at in range(0, 8, 2)]))


@layout
def word_header_row(a: Asked) -> bytes:
    return word(lambda document: _word_table(document, list(zip(*plain(a, USUAL), strict=True))))


@layout
def word_sections(a: Asked) -> bytes:
    def fill(document: Any) -> None:
        for head, pairs in sections(a):
            document.add_heading(head, 2)
            _word_table(document, pairs)

    return word(fill)


@layout
def mail_lines(a: Asked) -> str:
    return (
        "Beste helpdesk,\n\nGraag een eerste beheerder.\n\n"
        + "\n".join(f"{label}: {value}" for label, value in plain(a, OFFICIAL))
        + "\n\nGroet,\nMarijke\n"
    )


@layout
def mail_bullets(a: Asked) -> str:
    return "Beste helpdesk,\n\n" + "\n".join(f"- {label}: {value}" for label, value in plain(a, USUAL))


@layout
def mail_values_below(a: Asked) -> str:
    return "\n\n".join(f"{label}\n{value}" for label, value in plain(a, ASKING))


@layout
def mail_sections(a: Asked) -> str:
    return "\n\n".join(f"{head}\n" + "\n".join(f"{label}: {value}" for label, value in pairs) for head, pairs in sections(a))


@layout
def mail_aligned(a: Asked) -> str:
    return "\n".join(f"{label:<60}{value}" for label, value in plain(a, OFFICIAL))
