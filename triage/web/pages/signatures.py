"""What the ticket page shows of a request's signature and sender: the sentences, and the place of a signature in ink."""

from __future__ import annotations

from html import escape

import streamlit as st

from kb.pages.words import t
from triage.documents.pdf import Box
from triage.errors import TriageError
from triage.tickets.view import TicketView
from triage.verify.model import SignatureReport, Verification
from triage.verify.signature.wet_signature import crop
from triage.web.pages.evidence import figure, forms_of


def signature_words(checked: Verification) -> str:
    """HTML: what was found of the signature and of the sender."""
    signature, sender = checked.signature, checked.sender

    def word(value: bool | None) -> str:
        return t("unknown") if value is None else t("yes") if value else t("no")

    answers = ""
    if signature.kind == "digitaal":
        told = {
            "sig_intact": signature.intact,
            "sig_trusted": signature.trusted,
            "sig_covers_whole_document": signature.covers_whole_document,
            "sig_changed_after_signing": signature.changed_after_signing,
        }
        answers = " · ".join(f"{escape(t(name))}: <b>{escape(word(value))}</b>" for name, value in told.items())
        each = signature.signatures
        listed = "".join(f"<li>{escape(one.reason)}</li>" for one in each) if len(each) > 1 else ""
        answers = f'<br><span class="ww-meta">{answers}</span>' + (f'<ul class="ww-list">{listed}</ul>' if listed else "")
    return (
        f"<div><b>{escape(t('signature'))}</b>: {escape(signature.reason)}{answers}</div>"
        f"<p><b>{escape(t('sender_check'))}</b>: {escape(sender.address or '')} – {escape(sender.reason)}</p>"
    )


def signature_area(view: TicketView, signature: SignatureReport) -> None:
    """The place of a signature in ink, large enough to look at: of the very file that was checked, whatever others are called."""
    area = signature.area
    if area is None:
        return
    pdf = next((file.pdf for _, file in forms_of(view) if file.sha256 == area.file), b"")
    image = _crop(pdf, area.page, area.box) if pdf else None
    if image is None:
        return
    words = t("signature_area" if area.box else "signature_area_unknown", page=area.page)
    seen = {True: t("signature_ink"), False: t("signature_no_ink")}.get(signature.ink, "") if signature.ink is not None else ""
    figure(image, f"{words} {seen}".strip(), words)


@st.cache_data(max_entries=64, show_spinner=False)
def _crop(data: bytes, page: int, box: Box | None) -> bytes | None:
    try:
        return crop(data, page, box)
    except TriageError:
        return None
