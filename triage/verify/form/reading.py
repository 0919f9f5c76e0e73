"""Reading a form, whatever kind of file it came as: its values, its signature and its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kb.settings import Settings
from triage.documents import ocr
from triage.documents.budget import current, reading
from triage.documents.drawn_words import NOTHING_DRAWN, Drawn, drawn_words
from triage.documents.files import PDF, TOO_HEAVY, WORD_SIGNATURE
from triage.documents.inside import Inside, look_inside
from triage.documents.opened_mail import OpenedFile
from triage.documents.pdf import MAX_PAGES, Document
from triage.verify.form.against import Text, is_placeholder, load_against
from triage.verify.form.extract import extract_document, recognise
from triage.verify.form.form_code import check_code
from triage.verify.form.hidden_text import hidden_labels, hidden_values, letters_that_lie
from triage.verify.forms import Requests, RequestType
from triage.verify.model import CodeReport, Found, SignatureReport
from triage.verify.signature.form_signature import signature_on
from triage.verify.signature.trust import trust_of

OCR_DOUBT = "De gegevens zijn gelezen van een scan of foto. Vergelijk ze met het plaatje, het e-mailadres letter voor letter."
OVER_SCAN = "De gegevens komen uit tekst die de scanner onzichtbaar over de scan legde. Vergelijk ze met het plaatje."
LONG_CELL = 200  # letters that count as one cell
SCAN_UNREAD = "Het formulier is een scan die niet automatisch is gelezen."


@dataclass(frozen=True, slots=True)
class Form:
    """A file that came with a request, read."""

    document: Document
    signature: SignatureReport
    found: tuple[Found, ...]
    code: CodeReport | None
    file: str = ""  # SHA-256 of the attachment, in hexadecimal
    inside: Inside | None = None  # all of a PDF, looked through; None for what is no PDF
    unseen: tuple[Found, ...] = ()  # values in text that a reader of the pages does not see
    drawn: Drawn = NOTHING_DRAWN  # words that its pages show and that are no text
    unseen_labels: str = ""  # Dutch: which words of the form he does not see

    @property
    def doubts(self) -> list[str]:
        """Dutch: what makes the reading itself doubtful."""
        doubts = [self.code.reason] if self.code and self.code.matches is False else []
        if self.document.read_by_ocr and self.found:
            doubts.append(OCR_DOUBT)
        if self.unseen_labels:
            doubts.append(self.unseen_labels)
        doubts += letters_that_lie(self.document)
        if self.document.over_scan and self.found:
            doubts.append(OVER_SCAN)
        forms = _headings(self.document)
        if len(forms) > 1:
            pages = ", ".join(str(page) for page in forms)
            doubts.append(
                f"In {self.document.name} staan {len(forms)} formulieren (bladzijde {pages}). Behandel elk formulier apart."
            )
        return doubts


def read_form(opened: OpenedFile, request: RequestType, requests: Requests, settings: Settings, now: datetime) -> Form:
    """Read a form for a request. OCR is used for scans and photos when it is installed and the settings allow it."""
    with reading(opened.file.name):
        return _read_form(opened, request, requests, settings, now)


def _read_form(opened: OpenedFile, request: RequestType, requests: Requests, settings: Settings, now: datetime) -> Form:
    file, document = opened.file, read_file(opened, settings)
    read = extract_document(document, request, requests)
    found = tuple(replace(entry, evidence=replace(entry.evidence, file=file.sha256)) for entry in read)
    if not file.pdf:
        reason = WORD_SIGNATURE if file.word else file.problem
        return Form(document, SignatureReport("geen", reason=reason), found, None, file.sha256)
    signature = signature_on(document, file.pdf, trust_of(settings), now)
    if signature.area:
        signature = replace(signature, area=replace(signature.area, file=file.sha256))
    code = check_code(document, file.pdf, found, request, requests)
    inside = look_inside(file.pdf) if file.kind == PDF else None
    hidden = hidden_values(document, found, request, requests)
    unseen = tuple(replace(entry, evidence=replace(entry.evidence, file=file.sha256)) for entry in hidden)
    labels = "" if unseen else hidden_labels(document, request, requests)
    drawn = NOTHING_DRAWN if signature.kind == "geen" else _drawn(document, settings)
    return Form(document, signature, found, code, file.sha256, inside, unseen, drawn, labels)


def _drawn(document: Document, settings: Settings) -> Drawn:
    """The words of pictures and drawings on the pages of a form; a scan is read as a whole."""
    if not document.drawn or document.is_scan or settings.ocr != "auto" or not ocr.installed():
        return NOTHING_DRAWN
    return drawn_words(document)


def read_file(opened: OpenedFile, settings: Settings) -> Document:
    """What stands in a file, by OCR when it is a picture of a page."""
    file, document = opened.file, opened.document
    if document.is_scan and settings.ocr == "auto" and ocr.installed() and (scan := ocr.read_scan(file.name, file.pdf)):
        document = replace(document, rows=scan.rows, turns=scan.turns, read_by_ocr=True, over_scan=False)
    return _within_budget(document)


def _within_budget(document: Document) -> Document:
    """A document with as much as the mail's budget has room for."""
    budget, texts = current(), [cell.text for row in document.rows for cell in row.cells]
    cells = sum(1 + len(text) // LONG_CELL for text in texts)
    if budget is None or budget.take(document.name, pages=min(document.pages, MAX_PAGES), cells=cells):
        return document
    return replace(document, rows=(), fields=(), problem=document.problem or TOO_HEAVY)


def request_of(document: Document, requests: Requests) -> RequestType | None:
    """The request whose form this is, by the words in its heading."""
    return recognise([row.text for row in (document.rows or document.told)[:15]], requests)


def unreadable(forms: Sequence[Form]) -> str:
    """Dutch: why nothing could be read, "" when there is no such reason."""
    for form in forms:
        if special := special_kind(form):
            return f"Het formulier is {special} en is niet te lezen."
        if form.document.problem:
            return form.document.problem
        if form.document.is_scan:
            return SCAN_UNREAD
    return ""


def special_kind(form: Form) -> str:
    """Dutch: what kind of form it is when its page shows nothing of what was filled in, "" when it is an ordinary one."""
    inside = form.inside
    if inside is None or form.found:
        return ""
    if inside.xfa == "dynamic":
        return "een dynamisch formulier (XFA) van Adobe"
    if is_placeholder([Text(line.page, line.text) for line in inside.lines], load_against()):
        return "een formulier dat alleen in Adobe te zien is"
    if inside.script:
        return "een formulier dat door een script wordt gevuld"
    return "een XFA-formulier van Adobe" if inside.xfa else ""


def _headings(document: Document) -> list[int]:
    """The pages that begin a form: those with its field for the BRIN, which every form asks once."""
    pages = [row.page for row in document.rows if row.page and any(_asks_brin(cell.text) for cell in row.cells)]
    return sorted(set(pages))


def _asks_brin(text: str) -> bool:
    words = text.lower().strip()
    return words.startswith("brin") and len(words) < 40 and not words.startswith(("brin nieuw", "brin oud"))
