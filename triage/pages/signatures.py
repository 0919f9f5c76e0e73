"""What the ticket page shows of a request's signature and sender: the sentences, and the place of a signature in ink."""

from __future__ import annotations

from html import escape
from typing import Any

import streamlit as st

from kb.pages.words import t
from triage.errors import TriageError
from triage.pages.evidence import figure
from triage.ticket_view import TicketView
from triage.verify.files import form_files
from triage.verify.wet_signature import crop


def signature_words(checked: dict[str, Any]) -> str:
    """HTML: what was found of the signature and of the sender."""
    signature, sender = checked["signature"], checked["sender"]

    def word(value: bool | None) -> str:
        return t("unknown") if value is None else t("yes") if value else t("no")

    answers = ""
    if signature["kind"] == "digitaal":
        names = ("intact", "trusted", "covers_whole_document", "changed_after_signing")
        answers = " · ".join(f"{escape(t(f'sig_{name}'))}: <b>{escape(word(signature[name]))}</b>" for name in names)
        each = signature.get("signatures", [])  # absent in verifications of earlier versions
        listed = "".join(f"<li>{escape(one['reason'])}</li>" for one in each) if len(each) > 1 else ""
        answers = f'<br><span class="ww-meta">{answers}</span>' + (f'<ul class="ww-list">{listed}</ul>' if listed else "")
    return (
        f"<div><b>{escape(t('signature'))}</b>: {escape(signature['reason'])}{answers}</div>"
        f"<p><b>{escape(t('sender_check'))}</b>: {escape(sender['address'] or '')} – {escape(sender['reason'])}</p>"
    )


def signature_area(view: TicketView, signature: dict[str, Any]) -> None:
    """The place of a signature in ink, large enough to look at."""
    area = signature.get("area")  # absent in verifications of earlier versions
    files = form_files(view.message.attachments)
    pdf = next((file.pdf for file in files if area and file.name == area["source"]), b"")
    image = _crop(pdf, area["page"], area["box"]) if area and pdf else None
    if area is None or image is None:
        return
    words = t("signature_area" if area["box"] else "signature_area_unknown", page=area["page"])
    seen = {True: t("signature_ink"), False: t("signature_no_ink")}.get(signature["ink"], "")
    figure(image, f"{words} {seen}".strip(), words)


@st.cache_data(max_entries=64, show_spinner=False)
def _crop(data: bytes, page: int, box: list[float] | None) -> bytes | None:
    try:
        return crop(data, page, (box[0], box[1], box[2], box[3]) if box else None)
    except TriageError:
        return None
