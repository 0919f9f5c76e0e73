"""What the ticket page shows of a request's signature and sender: the sentences, and the place of a signature in ink."""

from __future__ import annotations

import streamlit as st
from markupsafe import Markup

from kb.pages.words import t
from triage.documents.pdf import Box
from triage.errors import TriageError
from triage.tickets.view import TicketView
from triage.verify.model import SignatureReport, Verification
from triage.verify.signature.wet_signature import crop
from triage.web.pages.evidence import figure, forms_of
from triage.web.templates import render


def signature_words(checked: Verification) -> Markup:
    """What was found of the signature and of the sender."""
    return render("signatures.html", "found", signature=checked.signature, sender=checked.sender)


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
