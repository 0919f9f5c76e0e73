"""Everything that was signed is looked at: every page, every note and field, every file inside, and forms of another kind."""

from __future__ import annotations

import importlib
import io
import json
import textwrap
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Text
from pypdf.generic import (
    ArrayObject,
    BooleanObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from kb.settings import SHIPPED_DATA, Settings
from tests.conftest import need
from tests.forms import Identity, filled_form, own_form, signed
from tests.make_demo import MEERPAAL
from tests.triage.verify.form.test_reading import ROWS
from triage.documents import sandbox
from triage.documents.child import TASKS
from triage.documents.inside import look_inside
from triage.register.register import Register
from triage.verify.forms import load_requests
from triage.verify.model import Obstacle, Status, Verdict, Verification, Weight
from triage.verify.online.request_form import make_form
from triage.verify.verdict import verify_pdf

TITLE = "Aanvraag eerste beheerder"
Draw = Callable[[Canvas], None]


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """What runs in the sandbox runs here: what is found is the matter of these tests, and a process for each takes long."""

    def run(task: str, data: bytes, *arguments: str, timeout: float = 0.0) -> object:
        module, function = TASKS[task].split(":")
        return json.loads(json.dumps(getattr(importlib.import_module(module), function)(data, *arguments)))

    monkeypatch.setattr(sandbox, "run", run)


def sheet(*draw: Draw) -> bytes:
    """A PDF with a page for each drawing."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=A4)
    for one in draw:
        one(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def lines(*texts: str, size: float = 11.0, top: float = 780.0) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        for number, text in enumerate(texts):
            canvas.drawString(60, top - 2 * size * number, text)

    return draw


def form_lines(**other: str) -> Draw:
    rows = [(label, other.get(label.split()[0].lower(), value)) for label, value in ROWS]
    return lines(TITLE, *(f"{label}: {value}" for label, value in rows), "Handtekening bestuurder:")


def bound(*files: bytes) -> PdfWriter:
    """The pages of all files in one."""
    writer = PdfWriter()
    for file in files:
        writer.append(io.BytesIO(file))
    return writer


def as_bytes(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def check(register: Register, trusting: Settings, director: Identity) -> Callable[[bytes], Verification]:
    """Sign a PDF as the board member, and verify it."""

    def verify(pdf: bytes) -> Verification:
        return verify_pdf("aanvraag.pdf", signed(pdf, director), register, trusting)

    return verify


def about(found: Verification, kind: str) -> list[Obstacle]:
    return [obstacle for obstacle in found.obstacles if obstacle.kind == kind]


# --- pages ---------------------------------------------------------------------------------------------------------------


def privacy(number: int) -> Draw:
    return lines(
        f"Privacyverklaring, deel {number}",
        "Wij verwerken uw gegevens zorgvuldig. U kunt uw toestemming op elk moment intrekken. Als u niet",
        "akkoord gaat met deze verklaring, dan kunt u ons dat laten weten.",
    )


def test_a_long_honest_appendix_is_no_doubt(check: Callable[[bytes], Verification]) -> None:
    assert check(sheet(form_lines(), *(privacy(number) for number in range(14)))).obstacles == ()


@pytest.mark.parametrize("page", [13, 14, 30])
def test_another_form_past_the_pages_that_are_read_is_told(check: Callable[[bytes], Verification], page: int) -> None:
    found = check(sheet(form_lines(), *(privacy(number) for number in range(page - 2)), form_lines(beoogde="Pim Jansen")))
    (doubt, *_) = about(found, "not_read")
    assert (found.verdict, doubt.weight) == (Verdict.INCOMPLETE, Weight.DOUBT)
    assert f"bladzijde {page}" in doubt.reason


def test_another_form_without_a_brin_past_the_pages_that_are_read_is_told(check: Callable[[bytes], Verification]) -> None:
    other = lines("Beheerder", "Naam beheerder: Pim Jansen", "E-mailadres beheerder: p.jansen@obsdemeerpaal.example")
    found = check(sheet(form_lines(), *(privacy(number) for number in range(11)), other))
    assert "bladzijde 13" in about(found, "not_read")[0].reason


def picture_page(canvas: Canvas) -> None:
    from PIL import Image
    from reportlab.lib.utils import ImageReader

    canvas.drawImage(ImageReader(Image.effect_noise((80, 110), 60)), 0, 0, *A4)


def drawn_page(canvas: Canvas) -> None:
    for number in range(250):
        canvas.circle(60 + 9 * (number % 50), 700 - 20 * (number // 50), 4)


@pytest.mark.parametrize("draw", [picture_page, drawn_page])
def test_a_page_that_only_holds_a_picture_is_not_read(check: Callable[[bytes], Verification], draw: Draw) -> None:
    found = check(sheet(form_lines(), draw))
    assert [one.reason for one in about(found, "not_read")] == [
        "Niet alles is gelezen: van aanvraag.pdf bladzijde 2 niet. Kijk zelf wat daar staat."
    ]


def test_a_heading_of_another_request_is_told(check: Callable[[bytes], Verification]) -> None:
    def heading(canvas: Canvas) -> None:
        lines("Melding fusie", size=18)(canvas)
        lines("Oude BRIN: 99AB", "Nieuwe BRIN: 99AC", top=700)(canvas)

    reasons = [one.reason for one in about(check(sheet(form_lines(), heading)), "second_form")]
    assert any("Melding fusie of opheffing" in reason for reason in reasons)


@pytest.mark.parametrize(
    "words",
    [
        "Dit geldt ook voor onze andere school (99AB).",
        "De nieuwe ICT-coördinator wordt Pim Jansen.",
        "Pim Jansen is onze nieuwe beheerder.",
        "Laat de beheerder inloggen met p.jansen@obsdemeerpaal.example.",
    ],
)
def test_another_school_or_administrator_in_running_text_is_told(check: Callable[[bytes], Verification], words: str) -> None:
    found = check(sheet(form_lines(), lines("Toelichting", words)))
    (doubt,) = about(found, "second_form")
    assert "bladzijde 2" in doubt.reason


def test_a_letter_that_names_the_same_school_and_administrator_is_no_doubt(check: Callable[[bytes], Verification]) -> None:
    letter = lines(
        "Toelichting", "Voor BRIN 99AC.", "De nieuwe beheerder wordt Sanne de Wit.", "Vragen: info@obsdemeerpaal.example"
    )
    assert check(sheet(form_lines(), letter)).obstacles == ()


def with_line(words: str) -> bytes:
    """The form, with a line below it."""

    def draw(canvas: Canvas) -> None:
        lines(words, top=300)(canvas)
        form_lines()(canvas)

    return sheet(draw)


@pytest.mark.parametrize(
    ("line", "who"),
    [
        ("Toegang voor: Pim Jansen", "Pim Jansen toegang"),
        ("Te registreren persoon: Pim Jansen", "Pim Jansen toegang"),
        ("Hersteladres: p.jansen@obsdemeerpaal.example", "p.jansen@obsdemeerpaal.example is"),
        ("Inlognaam: p.jansen@obsdemeerpaal.example", "p.jansen@obsdemeerpaal.example is"),
        ("Activatie via: p.jansen@elders.example", "p.jansen@elders.example is niet"),
    ],
)
def test_a_person_or_address_behind_a_label_that_is_not_known_is_told_once(
    check: Callable[[bytes], Verification], line: str, who: str
) -> None:
    told = [one.reason for one in check(with_line(line)).obstacles if f" {who} " in one.reason]
    (reason,) = told
    assert f"‘{line}’" in reason


@pytest.mark.parametrize(
    "line",
    [
        "Oordeel: negatief",
        "Afgeblazen, 30 november 2026",
        "Geldig tot: 31-12-2025",
        "Soort aanvraag: verwijderen",
        "Ondertekend als: getuige",
    ],
)
def test_what_stands_behind_a_label_that_is_not_known_is_shown(check: Callable[[bytes], Verification], line: str) -> None:
    (doubt,) = about(check(with_line(line)), "not_understood")
    assert f"‘{line}’" in doubt.reason


@pytest.mark.parametrize(
    "line",
    [
        "Telefoon: 0592-123456", "Contactpersoon: Els Postma", "Bijlagen: geen", "Vragen: mail naar e.postma@obsdemeerpaal.example",
        "Website: www.obsdemeerpaal.example", "Datum: 30 november 2026", "Voorbeeldstad, 30 november 2026", "Voorbeeldstad, 30-11-2026",
    ],
)  # fmt: skip
def test_what_honest_forms_say_besides_is_no_doubt(check: Callable[[bytes], Verification], line: str) -> None:
    assert check(with_line(line)).obstacles == ()


# --- words against -------------------------------------------------------------------------------------------------------


def stamp(words: str, angle: float) -> Draw:
    def draw(canvas: Canvas) -> None:
        form_lines()(canvas)
        canvas.translate(150, 250)
        canvas.rotate(angle)
        canvas.setFont("Helvetica-Bold", 48)
        canvas.drawString(0, 0, words)

    return draw


@pytest.mark.parametrize("words", ["NIET AKKOORD", "CONCEPT", "O N G E L D I G", "VOORBEELD"])
@pytest.mark.parametrize("angle", [0, 45, 90])
def test_a_stamp_drawn_on_the_form_is_quoted(check: Callable[[bytes], Verification], words: str, angle: float) -> None:
    (doubt,) = about(check(sheet(stamp(words, angle))), "against")
    assert f"‘{words}’ (bladzijde 1)" in doubt.reason


def with_note(note: DictionaryObject) -> bytes:
    writer = bound(sheet(form_lines()))
    writer.add_annotation(0, note)
    return as_bytes(writer)


NOTES = {
    "free text": FreeText(text="Niet akkoord", rect=(60, 200, 300, 240)),
    "sticky note": Text(text="Wij trekken dit verzoek in", rect=(60, 200, 80, 220)),
    "stamp": DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Stamp"),
            NameObject("/Name"): NameObject("/SBNotApproved"),
            NameObject("/Rect"): ArrayObject([NumberObject(side) for side in (60, 200, 300, 240)]),
        }
    ),
}


@pytest.mark.parametrize("note", list(NOTES))
def test_a_note_or_stamp_that_refuses_is_quoted(check: Callable[[bytes], Verification], note: str) -> None:
    assert about(check(with_note(NOTES[note])), "against")


def test_a_note_that_says_nothing_against_it_is_no_doubt(check: Callable[[bytes], Verification]) -> None:
    assert about(check(with_note(Text(text="Graag voor 1 december regelen", rect=(60, 200, 80, 220)))), "against") == []


def test_a_remark_in_a_field_that_is_no_part_of_the_request_is_read(check: Callable[[bytes], Verification]) -> None:
    def remark(canvas: Canvas) -> None:
        form_lines()(canvas)
        canvas.acroForm.textfield(name="opmerkingen", x=60, y=200, width=400, height=24)

    pdf = sheet(remark)
    assert about(check(filled_form({"opmerkingen": "Wij trekken dit verzoek in"}, pdf)), "against")
    assert check(filled_form({"opmerkingen": "De vorige beheerder is met pensioen"}, pdf)).obstacles == ()


def test_a_school_that_is_called_like_a_mark_is_no_doubt(check: Callable[[bytes], Verification]) -> None:
    found = check(own_form([(label, "OBS De Proef" if label == "Naam van de school" else value) for label, value in ROWS], TITLE))
    assert about(found, "against") == []


@pytest.mark.parametrize("intent", list(load_requests().types))
def test_our_own_forms_hold_nothing_against_a_request(
    intent: str, register: Register, trusting: Settings, director: Identity
) -> None:
    from datetime import date

    request = load_requests().types[intent]
    made = make_form(
        request, {"brin": "99AC", "naam_school": "OBS De Meerpaal"}, "ABCD2345", "help@basispoort.nl", date(2026, 11, 30)
    )
    found = verify_pdf("formulier.pdf", signed(made, director), register, trusting)
    assert about(found, "against") + about(found, "not_understood") == []


@pytest.mark.parametrize("form", sorted((SHIPPED_DATA / "forms").glob("*.pdf")), ids=lambda path: path.stem)
def test_the_forms_that_schools_download_hold_nothing_against_a_request(
    form: object, register: Register, trusting: Settings
) -> None:
    data = form.read_bytes()  # type: ignore[attr-defined]
    found = verify_pdf("formulier.pdf", data, register, trusting)
    assert {one.kind for one in found.obstacles} <= {""}


@pytest.mark.parametrize("form", sorted((SHIPPED_DATA / "forms").glob("*.pdf")), ids=lambda path: path.stem)
def test_the_forms_that_schools_download_are_understood_when_they_are_signed(
    form: object, register: Register, trusting: Settings, director: Identity
) -> None:
    found = verify_pdf("formulier.pdf", signed(form.read_bytes(), director), register, trusting)  # type: ignore[attr-defined]
    assert about(found, "not_understood") == []


# --- files inside, and other kinds of forms --------------------------------------------------------------------------------


def test_a_file_inside_a_signed_form_is_named(check: Callable[[bytes], Verification]) -> None:
    writer = bound(sheet(form_lines()))
    writer.add_attachment("overeenkomst.pdf", sheet(lines("Andere afspraak")))
    (doubt,) = about(check(as_bytes(writer)), "enclosed")
    assert "overeenkomst.pdf" in doubt.reason


def test_a_file_that_hangs_on_a_note_is_named(check: Callable[[bytes], Verification]) -> None:
    writer = bound(sheet(form_lines()))
    writer.add_attachment("bijlage.docx", b"PK")
    names = writer.root_object["/Names"]["/EmbeddedFiles"]["/Names"]  # type: ignore[index]
    spec = names[1]
    del writer.root_object["/Names"]
    note = DictionaryObject({NameObject("/Subtype"): NameObject("/FileAttachment"), NameObject("/FS"): spec})
    note[NameObject("/Rect")] = ArrayObject([NumberObject(side) for side in (60, 200, 80, 220)])
    writer.add_annotation(0, note)
    assert "bijlage.docx" in about(check(as_bytes(writer)), "enclosed")[0].reason


def portfolio(*files: tuple[str, bytes]) -> bytes:
    writer = bound(sheet(lines("Portfolio", "Zie de bijlage in deze PDF")))
    for name, data in files:
        writer.add_attachment(name, data)
    writer.root_object[NameObject("/Collection")] = DictionaryObject({NameObject("/View"): NameObject("/D")})
    return as_bytes(writer)


def test_the_form_in_a_portfolio_is_read_and_its_signature_checked(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify_pdf("map.pdf", portfolio(("aanvraag.pdf", signed_form)), register, trusting)
    read = {check.field: check for check in found.fields}
    assert (found.missing, found.signature.trusted) == ((), True)
    assert read["brin"].evidence
    assert read["brin"].evidence.source == "map.pdf › aanvraag.pdf"
    assert [one.kind for one in found.obstacles] == ["portfolio"]


def test_forms_with_different_values_in_a_portfolio_are_a_conflict(
    signed_form: bytes, director: Identity, form: bytes, register: Register, trusting: Settings
) -> None:
    other = signed(filled_form({**MEERPAAL, "beheerder_email": "p.jansen@obsdemeerpaal.example"}, form), director)
    found = verify_pdf("map.pdf", portfolio(("a.pdf", signed_form), ("b.pdf", other)), register, trusting)
    assert next(one.status for one in found.fields if one.field == "email_beheerder") is Status.DOUBT


def xfa(*fields: str, needs_rendering: bool = False) -> bytes:
    """A PDF whose form is XML that only Adobe shows; `fields` are filled in."""
    writer = bound(
        sheet(lines("Please wait...", "If this message is not eventually replaced by the proper contents of the document"))
    )
    data = "".join(f"<f{number}>{value}</f{number}>" for number, value in enumerate(fields))
    stream = StreamObject()
    stream.set_data(
        f'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data>{data}</xfa:data></xfa:datasets>'.encode()
    )
    packets = ArrayObject([TextStringObject("datasets"), writer._add_object(stream)])
    form = DictionaryObject({NameObject("/Fields"): ArrayObject(), NameObject("/XFA"): packets})
    writer.root_object[NameObject("/AcroForm")] = form
    if needs_rendering:
        writer.root_object[NameObject("/NeedsRendering")] = BooleanObject(True)
    return as_bytes(writer)


def opens_with(script: str, page: bytes) -> bytes:
    writer = bound(page)
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(script)}
    )
    return as_bytes(writer)


UNREADABLE = {
    "dynamic XFA": xfa("99AC", "99001"),
    "XFA that says so": xfa("99AC", needs_rendering=True),
    "printed without Adobe": sheet(lines("Please wait...", "If this message is not eventually replaced by the proper contents")),
    "filled by a script": opens_with("this.getField('brin').value = '99AC';", sheet(lines("Formulier"))),
}


@pytest.mark.parametrize("kind", list(UNREADABLE))
def test_a_form_that_only_adobe_shows_says_so_once_and_how_to_send_it(kind: str, register: Register, trusting: Settings) -> None:
    found = verify_pdf("aanvraag.pdf", UNREADABLE[kind], register, trusting)
    (told,) = about(found, "special_form")
    assert "af te drukken als PDF" in told.reason
    read = [check for check in found.fields if check.field not in ("ondertekende_pdf", "vestigingscode", "land")]
    assert {check.status for check in read} == {Status.DOUBT}


@pytest.mark.parametrize(
    ("script", "doubtful"),
    [
        ("this.getField('email').value = 'x@y.example';", True),
        ("eval(unescape('%74'));", True),
        ("this.getOCGs()[0].state = true;", True),
        ("this.print(true);", False),
        ("app.alert('Vergeet niet te tekenen');", False),
    ],
)
def test_a_script_that_changes_a_form_when_it_opens_is_a_doubt(
    check: Callable[[bytes], Verification], script: str, doubtful: bool
) -> None:
    assert bool(about(check(opens_with(script, sheet(form_lines()))), "special_form")) is doubtful


@pytest.mark.parametrize(("trigger", "doubtful"), [("/E", True), ("/PV", True), ("/Fo", True), ("/K", False), ("/F", False)])
def test_a_script_that_runs_in_passing_is_a_doubt_and_one_that_formats_what_is_typed_is_none(
    check: Callable[[bytes], Verification], full: bytes, trigger: str, doubtful: bool
) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(full)))
    script = DictionaryObject(
        {NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("this.getField('brin').value = '1';")}
    )
    writer.pages[0]["/Annots"][0].get_object()[NameObject("/AA")] = DictionaryObject({NameObject(trigger): script})  # type: ignore[index]
    assert bool(about(check(as_bytes(writer)), "special_form")) is doubtful


def test_hiding_a_field_at_opening_is_a_doubt_as_a_script_is(check: Callable[[bytes], Verification]) -> None:
    writer = bound(sheet(form_lines()))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject(
        {NameObject("/S"): NameObject("/Hide"), NameObject("/T"): TextStringObject("brin")}
    )
    assert about(check(as_bytes(writer)), "special_form")


def in_two_columns(*rows: tuple[str, str]) -> Draw:
    """Labels at the left and values beside them, a long value on lines below each other."""

    def draw(canvas: Canvas) -> None:
        y = 760.0
        for label, value in rows:
            canvas.drawString(60, y, f"{label}:")
            for line in textwrap.wrap(value, 36):
                canvas.drawString(260, y, line)
                y -= 14
            y -= 12

    return draw


def test_a_name_that_goes_on_over_lines_is_no_mark(check: Callable[[bytes], Verification]) -> None:
    found = check(sheet(lines(TITLE), in_two_columns(*ROWS), lines("Handtekening bestuurder:")))
    assert "(fictief)" in (found.value("naam_bestuur") or "")
    assert about(found, "against") == []


def test_the_same_word_as_a_mark_is_one(check: Callable[[bytes], Verification]) -> None:
    assert about(check(sheet(form_lines(), lines("FICTIEVE AANVRAAG"))), "against")


# --- boxes to tick --------------------------------------------------------------------------------------------------------


def boxes(*options: tuple[str, bool], radio: bool = False) -> Draw:
    """Boxes with words behind them, ticked or not."""

    def draw(canvas: Canvas) -> None:
        for number, (words, ticked) in enumerate(options):
            x, y = 60 + 160 * number, 400
            if radio:
                canvas.acroForm.radio(name="keuze", value=f"c{number}", selected=ticked, x=x, y=y - 4, size=16)
            else:
                canvas.acroForm.checkbox(name=f"vak{number}", checked=ticked, x=x, y=y - 4, size=16)
            canvas.drawString(x + 22, y, words)

    return draw


@pytest.mark.parametrize(
    "page",
    [
        boxes(("Ik ga akkoord", False), ("Ik ga niet akkoord", True)),
        boxes(("Ja", False), ("Nee", True), radio=True),
        boxes(("Ik trek deze aanvraag in", True)),
        boxes(("Ik verklaar dat ik bevoegd ben", False)),
    ],
)
def test_a_box_that_says_no_and_a_declaration_that_is_not_ticked_are_doubts(
    check: Callable[[bytes], Verification], page: Draw
) -> None:
    assert any("aangekruist" in one.reason for one in about(check(sheet(form_lines(), page)), "against"))


@pytest.mark.parametrize(
    "page",
    [
        boxes(("Ik ga akkoord", True)),
        boxes(("Ja", True), ("Nee", False), radio=True),
        boxes(("Ik verklaar dat ik bevoegd ben", True)),
        boxes(("Stuur mij de nieuwsbrief", False)),
    ],
)
def test_a_box_that_says_yes_is_no_doubt(check: Callable[[bytes], Verification], page: Draw) -> None:
    assert [one for one in about(check(sheet(form_lines(), page)), "against") if "aangekruist" in one.reason] == []


# --- another paper, or one of years ago ---------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Aanmelding nieuwsbrief", "Sleutelverklaring", "Inschrijving schoolfotograaf", "Gegevens"])
def test_a_paper_that_names_no_request_of_ours_is_a_doubt(check: Callable[[bytes], Verification], title: str) -> None:
    found = check(sheet(lines(title, *(f"{label}: {value}" for label, value in ROWS), "Handtekening bestuurder:")))
    assert about(found, "another_paper")


@pytest.mark.parametrize("title", ["Verzoek aan Basispoort", "Verzoek eerste beheerder", "Aanvraag ICT-coördinator"])
def test_a_title_in_other_words_is_no_doubt(check: Callable[[bytes], Verification], title: str) -> None:
    found = check(sheet(lines(title, *(f"{label}: {value}" for label, value in ROWS), "Handtekening bestuurder:")))
    assert about(found, "another_paper") == []


@pytest.mark.parametrize(
    "said", ["Datum: 3 maart 2019", "Plaats en datum: Assen, 03-03-19", "Schooljaar: 2018-2019", "Getekend op 2020-01-31"]
)
def test_a_form_of_years_ago_is_a_doubt_that_quotes_its_date(check: Callable[[bytes], Verification], said: str) -> None:
    assert said in about(check(sheet(form_lines(), lines(said))), "long_ago")[0].reason


@pytest.mark.parametrize(
    "said", ["Versiedatum: januari 2015", "Datum: 2011 AB Haarlem, {year}", "Schooljaar: {before}-{year}", "Statuten van 2009"]
)
def test_other_years_on_a_form_are_no_doubt(check: Callable[[bytes], Verification], said: str) -> None:
    year = datetime.now(UTC).year
    assert about(check(sheet(form_lines(), lines(said.format(year=year, before=year - 1)))), "long_ago") == []


def test_xfa_beside_ordinary_fields_is_a_doubt_only_when_it_says_something_else(full: bytes) -> None:
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(full)))
    stream = StreamObject()
    stream.set_data(
        b'<xfa:datasets xmlns:xfa="http://www.xfa.org/schema/xfa-data/1.0/"><xfa:data><b>99AC</b></xfa:data></xfa:datasets>'
    )
    writer.root_object["/AcroForm"][NameObject("/XFA")] = writer._add_object(stream)  # type: ignore[index]
    inside = look_inside(as_bytes(writer))
    assert (inside.xfa, inside.xfa_values) == ("static", ("99AC",))


@pytest.mark.ocr
def test_a_scan_is_read_as_far_as_ocr_goes_and_says_what_it_left(
    director: Identity, register: Register, trusting: Settings
) -> None:
    from triage.documents import ocr

    need(ocr.installed(), "OCR (pip install 'wegwijzer[ocr]')")
    scans = bound(*(sheet(picture_page) for _ in range(4)))
    found = verify_pdf("scan.pdf", as_bytes(scans), register, replace(trusting, ocr="auto"))
    assert [one.reason for one in about(found, "not_read")] == [
        "Niet alles is gelezen: van scan.pdf bladzijde 4 niet. Kijk zelf wat daar staat."
    ]
