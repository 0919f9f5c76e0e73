"""The pages of the forms beside the checklist, with the place of each value marked by the number it has in the list."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import Any

import streamlit as st

from kb.pages.words import t
from triage.errors import TriageError
from triage.ticket_view import TicketView
from triage.verify.files import FormFile, form_files
from triage.verify.forms import load_requests
from triage.verify.pdf import Mark, render_page

STATUS_COLOUR = {"ok": "#1c6b35", "twijfel": "#8a5a00"}  # others: WRONG
WRONG = "#a3231a"


def numbers(checked: dict[str, Any]) -> dict[str, int]:
    """The number each field has in the checklist."""
    specs = load_requests().types[checked["request"]].fields
    return {spec.name: place for place, spec in enumerate((one for one in specs if not one.by_agent), start=1)}


def form_pages(view: TicketView, checked: dict[str, Any]) -> None:
    """Show the pages of every form, a page at a time."""
    for place, file in enumerate(form_files(view.message.attachments)):
        if not file.pdf:
            st.html(f'<p class="ww-note">{escape(file.problem or t("no_pages", name=file.name))}</p>')
            continue
        pages = _page_count(file)
        page = int(st.number_input(t("page_choice"), 1, pages, 1, key=f"page-{place}")) if pages > 1 else 1
        turns = checked.get("turned", {}).get(file.name, [])  # absent in checks of earlier versions
        turn = float(turns[page - 1]) if page <= len(turns) else 0.0
        marks = _marks(checked, file.name, page)
        image = _page_image(file.pdf, page, turn, tuple(marks)) if pages else None
        if image is None:
            st.html(f'<p class="ww-note">{escape(t("page_unreadable"))}</p>')
            continue
        caption = t("form_page", page=page, name=file.name)
        figure(image, caption, f"{caption} {t('form_marks')}" if marks else caption)


def figure(png: bytes, alt: str, caption: str) -> None:
    """A picture with the words that stand in its place for who can't see it (Streamlit's own has none)."""
    encoded = base64.b64encode(png).decode()
    st.html(
        f'<figure style="margin:0"><img src="data:image/png;base64,{encoded}" alt="{escape(alt)}" '
        f'style="max-width:100%;border:1px solid #c9d5d9;border-radius:6px"><figcaption class="ww-meta">{escape(caption)}</figcaption></figure>'
    )


def _marks(checked: dict[str, Any], name: str, page: int) -> Sequence[Mark]:
    """The values that stand on a page."""
    number = numbers(checked)
    found = []
    for field in checked["fields"]:
        evidence = field["evidence"]
        if field["field"] in number and evidence and evidence["source"] == name and evidence["page"] == page and evidence["box"]:
            left, bottom, right, top = evidence["box"]
            colour = STATUS_COLOUR.get(field["status"], WRONG)
            found.append(Mark((left, bottom, right, top), str(number[field["field"]]), colour))
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
