"""The signature of a form, whatever its kind: digital when there is one, otherwise what can be said of ink."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from triage.documents.pdf import Document
from triage.verify.model import SignatureReport
from triage.verify.signature.signature import check_signature
from triage.verify.signature.trust import Trust
from triage.verify.signature.wet_signature import find_area, has_ink


def signature_on(document: Document, data: bytes, trust: Trust, now: datetime) -> SignatureReport:
    """Report on the signature of a PDF; one in ink is never more than something for a person to judge."""
    signature = check_signature(data, trust, now)
    if signature.kind != "geen":
        return signature
    ink = _wet(document, data) or _ink(document)
    if ink is None:
        return signature
    if signature.signatures and ink.kind == "geen":  # the form's publisher did sign; that says more than an empty box
        return replace(signature, area=ink.area, ink=ink.ink)
    return replace(ink, signatures=signature.signatures)


def is_tampered(signature: SignatureReport) -> bool:
    """Whether a digital signature gives the file away as changed; a second signature beneath the first is for a person to see."""
    return signature.intact is False or (bool(signature.changed_after_signing) and not signature.only_signed_after)


def _wet(document: Document, data: bytes) -> SignatureReport | None:
    """What can be said of a signature in ink where the form asks for one; a person judges whose it is."""
    area = find_area(document)
    if area is None:
        return None
    ink = has_ink(data, area, document)
    elsewhere = _ink(document)
    if ink:
        reason = (
            "In het vak voor de handtekening is iets getekend of geplakt. Kijk zelf of dat de handtekening van de bestuurder is."
        )
        return SignatureReport("nat", reason=reason, area=area, ink=True)
    if elsewhere is None:
        if ink is None:
            return None
        return SignatureReport("geen", reason="Het vak voor de handtekening is leeg.", area=area, ink=False)
    if ink is None:
        return replace(elsewhere, area=area)
    return replace(elsewhere, area=area, ink=False, reason=f"In het vak voor de handtekening zien wij niets. {elsewhere.reason}")


def _ink(document: Document) -> SignatureReport | None:
    """A scan or a picture may hold a signature in ink; that is for a person to see."""
    if any(picture.page_share > 0.5 for picture in document.pictures) and document.is_scan:
        return SignatureReport("nat", reason="Het formulier is een scan. Kijk zelf of de bestuurder heeft getekend.")
    if any(picture.page_share > 0.002 for picture in document.pictures):
        return SignatureReport(
            "nat", reason="Er staat een plaatje of pennenstreek in de PDF. Kijk zelf of dat de handtekening van de bestuurder is."
        )
    return None
