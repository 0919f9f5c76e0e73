"""The pages of the forms beside the checklist, with the place of each value marked by the number it has in the list."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import t
from triage.documents.files import FormFile, form_files
from triage.documents.pdf import Mark, render_page
from triage.errors import TriageError
from triage.tickets.view import TicketView
from triage.verify.forms import load_requests
from triage.verify.model import Verification
from triage.web.templates import show

STATUS_COLOUR = {"ok": "#1c6b35", "twijfel": "#8a5a00"}  # others: WRONG
WRONG = "#a3231a"
SIDE_BY_SIDE = 2  # forms


def numbers(checked: Verification) -> dict[str, int]:
    """The number each field has in the checklist."""
    specs = load_requests().types[checked.request].fields
    return {spec.name: place for place, spec in enumerate((one for one in specs if not one.by_agent), start=1)}


def forms_of(view: TicketView) -> list[tuple[int, FormFile]]:
    """Every form of a request, of all its mails, with the number of the ticket it came with; oldest first, each once."""
    found: dict[str, tuple[int, FormFile]] = {}
    for number, message in view.request_mails:
        for file in form_files(message.attachments):
            found.setdefault(file.sha256, (number, file))
    return list(found.values())


def show_forms(view: TicketView, checked: Verification) -> None:
    """Show the pages of every form, a page at a time; several forms stand side by side."""
    forms = forms_of(view)
    for first in range(0, len(forms), SIDE_BY_SIDE):
        row = forms[first : first + SIDE_BY_SIDE]
        columns = st.columns(len(row), gap="large") if len(row) > 1 else [st.container()]
        for place, (column, (number, file)) in enumerate(zip(columns, row, strict=True), start=first):
            with column:
                if number != view.line.id:
                    show(SHARED, "meta", words=t("form_of_ticket", number=number))
                _form(file, place, checked)


def _form(file: FormFile, place: int, checked: Verification) -> None:
    if not file.pdf:
        show(SHARED, "note", words=file.problem or t("no_pages", name=file.name))
        return
    pages = _page_count(file)
    page = int(st.number_input(t("page_choice"), 1, pages, 1, key=f"page-{place}")) if pages > 1 else 1
    turns = checked.turns.get(file.sha256, ())
    turn = turns[page - 1] if page <= len(turns) else 0.0
    marks = _marks(checked, file.sha256, page)
    image = _page_image(file.pdf, page, turn, tuple(marks)) if pages else None
    if image is None:
        show(SHARED, "note", words=t("page_unreadable"))
        return
    caption = t("form_page", page=page, name=file.name)
    figure(image, caption, f"{caption} {t('form_marks')}" if marks else caption)


def figure(png: bytes, alt: str, caption: str) -> None:
    """A picture with the words that stand in its place for who can't see it (Streamlit's own has none)."""
    show("evidence.html", "figure", png=base64.b64encode(png).decode(), alt=alt, caption=caption)


def _marks(checked: Verification, file: str, page: int) -> Sequence[Mark]:
    """The values that stand on a page of a file, which is known by its SHA-256."""
    number = numbers(checked)
    found = []
    for check in checked.fields:
        evidence = check.evidence
        if check.field in number and evidence and evidence.file == file and evidence.page == page and evidence.box:
            found.append(Mark(evidence.box, str(number[check.field]), STATUS_COLOUR.get(check.status, WRONG)))
    return found


@st.cache_data(max_entries=64, show_spinner=False)
def _page_image(data: bytes, page: int, turn: float, marks: tuple[Mark, ...]) -> bytes | None:
    try:
        return render_page(data, page, turn=turn, marks=marks)
    except TriageError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def _page_count(file: FormFile) -> int:
    return file.read().pages
