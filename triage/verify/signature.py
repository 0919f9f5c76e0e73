"""Digital signatures in a PDF: intact, trusted, covering the whole file, changed afterwards - four separate answers.

Validation is pyHanko's (ETSI EN 319 142 profiles). Text added after signing leaves a signature intact, valid and trusted;
only coverage and the difference analysis betray it, so those two are answers of their own.
"""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from typing import Any

from triage.errors import UnsafeFileError
from triage.verify import sandbox
from triage.verify.model import SignatureReport


def check_signature(data: bytes, trust_roots: Path | None) -> SignatureReport:
    """Check the digital signatures of a PDF in the sandbox.

    With several signatures, the report is of the weakest. When the check itself broke down, `intact` is None.
    """
    if b"/ByteRange" not in data and b"/Sig" not in data and b"/ObjStm" not in data:
        return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening.")
    try:
        answers = sandbox.run("signature", data, str(trust_roots or ""))
    except UnsafeFileError as error:
        if b"/ByteRange" not in data:
            return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening die gelezen kan worden.")
        return SignatureReport("digitaal", reason=f"De handtekening kon niet worden gecontroleerd: {error}.")
    reports = [SignatureReport(**answer) for answer in answers]
    if not reports:
        return SignatureReport("geen", reason="De PDF heeft geen digitale handtekening.")
    weakest = min(
        reports, key=lambda r: (bool(r.intact), not r.changed_after_signing, bool(r.covers_whole_document), bool(r.trusted))
    )
    return replace(weakest, reason=explain(weakest))


def explain(report: SignatureReport) -> str:
    """One Dutch sentence about a digital signature."""
    if report.reason:
        return report.reason
    who = f"van {report.signer}" if report.signer else "zonder naam"
    if not report.intact:
        return f"De digitale handtekening {who} klopt niet met de inhoud: de ondertekende tekst is veranderd."
    if report.changed_after_signing:
        return f"Na de digitale handtekening {who} is er iets in de PDF veranderd of toegevoegd."
    if not report.covers_whole_document:
        return f"De digitale handtekening {who} dekt niet de hele PDF."
    if not report.trusted:
        return f"De digitale handtekening {who} is heel, maar het certificaat staat niet op de lijst van vertrouwde uitgevers."
    return f"De digitale handtekening {who} is heel, dekt de hele PDF en komt van een vertrouwde uitgever."


def check_here(data: bytes, trust_roots: str) -> list[dict[str, Any]]:
    """One answer for each signature, for JSON. Runs in the sandbox."""
    import logging

    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    logging.disable(logging.CRITICAL)
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            reader.decrypt(b"")
        signatures = reader.embedded_regular_signatures
    except (PdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        if b"/ByteRange" not in data:
            return []
        return [_unreadable(error)]
    return [_one(signature, trust_roots) for signature in signatures]


def _unreadable(error: Exception) -> dict[str, Any]:
    reason = f"De handtekening kon niet worden gecontroleerd ({type(error).__name__})."
    return {"kind": "digitaal", "intact": False, "trusted": False, "covers_whole_document": False, "reason": reason}


def _one(signature: Any, trust_roots: str) -> dict[str, Any]:
    from pyhanko.keys import load_certs_from_pemder
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.errors import PathError

    files = sorted(str(path) for path in Path(trust_roots).glob("*.pem")) if trust_roots else []
    context = ValidationContext(
        trust_roots=list(load_certs_from_pemder(files)),  # type: ignore[no-untyped-call]
        allow_fetching=False,
    )
    try:
        status = validate_pdf_signature(signature, signer_validation_context=context)
    except (
        SignatureValidationError, CMSExtractionError, PathError, PdfError,
        ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError, RecursionError,
    ) as error:  # fmt: skip
        return _unreadable(error)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    harmless = whole or status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    names = status.signing_cert.subject.native
    return {
        "kind": "digitaal",
        "intact": bool(status.intact and status.valid),
        "trusted": bool(status.trusted),
        "covers_whole_document": whole,
        "changed_after_signing": not harmless,
        "signer": str(names.get("common_name") or "") or None,
    }
