"""Reading a form, whatever kind of file it came as: its values, its signature and its code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from kb.settings import Settings
from triage.verify import ocr
from triage.verify.extract import extract_form_fields, extract_rows, recognise
from triage.verify.files import WORD_SIGNATURE, FormFile
from triage.verify.form_code import check_code
from triage.verify.form_signature import signature_on
from triage.verify.forms import Requests, RequestType
from triage.verify.hidden_text import hidden_labels, hidden_values
from triage.verify.model import CodeReport, Found, SignatureReport
from triage.verify.pdf import Document
from triage.verify.trust import trust_of

OCR_DOUBT = "De gegevens zijn gelezen van een scan of foto. Vergelijk ze met het plaatje, het e-mailadres letter voor letter."
OVER_SCAN = "De gegevens komen uit tekst die de scanner onzichtbaar over de scan legde. Vergelijk ze met het plaatje."
SCAN_UNREAD = "Het formulier is een scan die niet automatisch is gelezen."


@dataclass(frozen=True, slots=True)
class Form:
    """A file that came with a request, read."""

    document: Document
    signature: SignatureReport
    found: tuple[Found, ...]
    code: CodeReport | None
    unseen: tuple[Found, ...] = ()  # values in text that a reader of the pages does not see
    unseen_labels: str = ""  # Dutch: which words of the form he does not see

    @property
    def doubts(self) -> list[str]:
        """Dutch: what makes the reading itself doubtful."""
        doubts = [self.code.reason] if self.code and self.code.matches is False else []
        if self.document.read_by_ocr and self.found:
            doubts.append(OCR_DOUBT)
        if self.unseen_labels:
            doubts.append(self.unseen_labels)
        if self.document.over_scan and self.found:
            doubts.append(OVER_SCAN)
        forms = _headings(self.document)
        if len(forms) > 1:
            pages = ", ".join(str(page) for page in forms)
            doubts.append(
                f"In {self.document.name} staan {len(forms)} formulieren (bladzijde {pages}). Behandel elk formulier apart."
            )
        return doubts


def read_form(file: FormFile, request: RequestType, requests: Requests, settings: Settings) -> Form:
    """Read a form for a request. OCR is used for scans and photos when it is installed and the settings allow it."""
    document = read_file(file, settings)
    found = extract_form_fields(document, request, requests)
    found += extract_rows(document.rows, request, requests)
    if not file.pdf:
        reason = WORD_SIGNATURE if file.word else file.problem
        return Form(document, SignatureReport("geen", reason=reason), tuple(found), None)
    signature = signature_on(document, file.pdf, trust_of(settings))
    code = check_code(document, file.pdf, found, request, requests)
    unseen = tuple(hidden_values(document, found, request, requests))
    return Form(document, signature, tuple(found), code, unseen, "" if unseen else hidden_labels(document, request, requests))


def read_file(file: FormFile, settings: Settings) -> Document:
    """What stands in a file, by OCR when it is a picture of a page."""
    document = file.read()
    if document.is_scan and settings.ocr == "auto" and ocr.installed() and (scan := ocr.read_scan(file.name, file.pdf)):
        return replace(document, rows=scan.rows, turns=scan.turns, read_by_ocr=True, over_scan=False)
    return document


def request_of(document: Document, requests: Requests) -> RequestType | None:
    """The request whose form this is, by the words in its heading."""
    return recognise([row.text for row in (document.rows or document.told)[:15]], requests)


def unreadable(forms: Sequence[Form]) -> str:
    """Dutch: why nothing could be read, "" when there is no such reason."""
    for form in forms:
        if form.document.problem:
            return form.document.problem
        if form.document.is_scan:
            return SCAN_UNREAD
    return ""


def _headings(document: Document) -> list[int]:
    """The pages that begin a form: those with its field for the BRIN, which every form asks once."""
    pages = [row.page for row in document.rows if row.page and any(_asks_brin(cell.text) for cell in row.cells)]
    return sorted(set(pages))


def _asks_brin(text: str) -> bool:
    words = text.lower().strip()
    return words.startswith("brin") and len(words) < 40 and not words.startswith(("brin nieuw", "brin oud"))
