"""The part of the signature check that opens the file. Runs in the sandbox; the answer is for JSON.

Validation is pyHanko's (ETSI EN 319 142 profiles), at the moment of checking and without network: revocation is known only from
lists in a configured folder and from what the signer put in the file (DSS, or Adobe's attribute).
"""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

MAX_OLD_LISTS = 4  # revocation lists out of date that are asked as of their last day
_BROKEN = (ValueError, KeyError, TypeError, AttributeError, IndexError, NotImplementedError, RecursionError, OverflowError)


def check_here(data: bytes, trust: str) -> list[dict[str, Any]]:
    """One answer for each signature, in the order they were set. `trust` is what trust.for_sandbox made."""
    import logging

    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    logging.disable(logging.CRITICAL)
    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            reader.decrypt(b"")
        signatures = reader.embedded_regular_signatures
    except (PdfError, *_BROKEN) as error:
        if b"/ByteRange" not in data:
            return []
        return [_unreadable(error)]
    places = json.loads(trust)
    return [_one(signature, reader, places) for signature in signatures]


def _unreadable(error: Exception, intact: bool | None = None) -> dict[str, Any]:
    reason = f"De handtekening kon niet worden gecontroleerd ({type(error).__name__}). Kijk zelf."
    if intact is False:
        reason = f"De handtekening is niet goed opgebouwd ({type(error).__name__}); zo maakt een gewoon programma hem niet."
    return {"kind": "digitaal", "intact": intact, "trusted": False, "covers_whole_document": False, "reason": reason}


def _one(signature: Any, reader: Any, places: dict[str, str]) -> dict[str, Any]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.errors import PathError
    from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO, CertRevTrustPolicy

    roots = _certificates(places["roots"])
    known = _revocation(signature, reader, places["crls"])

    def context(listed: str, **more: Any) -> Any:
        return ValidationContext(trust_roots=[*roots, *_certificates(listed)], allow_fetching=False, **known, **more)

    # Revocation is asked apart: pyHanko's lenient mode looks up only certificates that name a list, and then refuses old lists.
    lenient = CertRevTrustPolicy(NO_REVOCATION)

    try:
        status = validate_pdf_signature(
            signature,
            signer_validation_context=context(places["listed_authorities"], revinfo_policy=lenient),
            ts_validation_context=context(places["listed_clocks"], revinfo_policy=lenient),
        )
    except (SignatureValidationError, CMSExtractionError) as error:
        return _unreadable(error, intact=False)
    except (PathError, PdfError, *_BROKEN) as error:
        return _unreadable(error)
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    harmless = whole or status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    certificate = status.signing_cert
    names = certificate.subject.native
    answer = {
        "kind": "digitaal",
        "intact": bool(status.intact and status.valid),
        "trusted": bool(status.trusted),
        "covers_whole_document": whole,
        "changed_after_signing": not harmless,
        "signer": str(names.get("common_name") or "") or None,
        "field": str(signature.field_name or "")[:100],
        "only_signed_after": status.modification_level == ModificationLevel.FORM_FILLING and _only_signed(signature),
        "certificate_from": certificate.not_valid_before.isoformat(),
        "certificate_until": certificate.not_valid_after.isoformat(),
        "revoked": None,
    }
    if status.validation_path is not None:
        if any(known.values()):
            demanding = partial(context, places["listed_authorities"], revinfo_policy=CertRevTrustPolicy(REQUIRE_REVINFO))
            answer["revoked"], answer["revoked_at"] = _revocation_status(demanding, status.validation_path, known["crls"])
        answer["trusted"] = answer["trusted"] and not answer["revoked"]
        answer["chain"] = _chain(status.validation_path)
        answer["own_root"] = any(root.dump() == status.validation_path.first.dump() for root in roots)
    return {**answer, **_time(status, certificate)}


def _certificates(folder: str) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder

    files = sorted(str(path) for path in Path(folder).glob("*.pem")) if folder else []
    return list(load_certs_from_pemder(files))  # type: ignore[no-untyped-call]


def _revocation(signature: Any, reader: Any, folder: str) -> dict[str, Any]:
    """Every revocation list and status answer at hand; an unreadable list of our own folder is an error, one in the file is not."""
    from asn1crypto import pem
    from asn1crypto.crl import CertificateList
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    crls, ocsps = [], []
    for path in sorted(Path(folder).glob("*.crl")) if folder else []:
        raw = path.read_bytes()
        found = CertificateList.load(pem.unarmor(raw)[2] if pem.detect(raw) else raw, strict=True)
        found["tbs_cert_list"]["issuer"].native  # noqa: B018 - asn1crypto reads late; a file that is no list fails here
        crls.append(found)
    try:
        store = DocumentSecurityStore.read_dss(reader)
        embedded = store.as_validation_context({"trust_roots": [], "allow_fetching": False}).revinfo_manager
        crls += embedded.crls
        ocsps += embedded.ocsps
    except (NoDSSFoundError, PdfError, *_BROKEN):
        pass  # nothing usable in the file: then revocation stays unknown
    try:
        for attribute in signature.signer_info["signed_attrs"]:
            if attribute["type"].native == "adobe_revocation_info_archival":
                for archive in attribute["values"]:
                    crls += list(archive["crl"] or ())
                    ocsps += list(archive["ocsp"] or ())
    except (PdfError, *_BROKEN):
        pass  # as above
    return {"crls": crls, "ocsps": ocsps}


def _revocation_status(demanding: Callable[..., Any], path: Any, crls: Sequence[Any]) -> tuple[bool | None, str | None]:
    """Whether a chain is revoked, and since when (ISO 8601); None when there is no fresh word about every certificate below the root.

    A list that is out of date clears nobody, but who stands on it stays revoked: it is asked as of its last day.
    """
    import asyncio

    from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError
    from pyhanko_certvalidator.validate import async_validate_path

    now = datetime.now(UTC)
    last_days = sorted(
        {end - timedelta(seconds=2) for crl in crls if (end := crl["tbs_cert_list"]["next_update"].native) and end < now}
    )
    cleared = None
    for moment in [None, *last_days[-MAX_OLD_LISTS:]]:
        try:
            asyncio.run(async_validate_path(demanding(**({"moment": moment} if moment else {})), path))
        except RevokedError as error:
            return True, error.revocation_dt.isoformat()
        except (PathError, ValidationError):
            continue
        cleared = False if moment is None else cleared
    return cleared, None


def _only_signed(signature: Any) -> bool:
    """Whether all that came after this signature is another signature: a second board member who signs, for example.

    pyHanko's own analysis once more, with rules that let nothing pass but signatures and what keeps them checkable.
    """
    from pyhanko.sign.diff_analysis import (
        DEFAULT_DIFF_POLICY,
        DiffResult,
        FormUpdatingRule,
        SigFieldCreationRule,
        SigFieldModificationRule,
        StandardDiffPolicy,
    )

    form = FormUpdatingRule(field_rules=[SigFieldCreationRule(), SigFieldModificationRule()])  # type: ignore[no-untyped-call]
    strict = StandardDiffPolicy(global_rules=DEFAULT_DIFF_POLICY.global_rules, form_rule=form)
    return isinstance(signature.evaluate_modifications(strict), DiffResult)


def _chain(path: Any) -> list[str]:
    return [base64.b64encode(certificate.dump()).decode() for certificate in path]


def _time(status: Any, certificate: Any) -> dict[str, Any]:
    """When it was signed, who says so, and whether the certificate held then and holds now."""
    stamp = status.timestamp_validity
    proven = bool(stamp is not None and stamp.intact and stamp.valid and stamp.trusted)
    moment = stamp.timestamp if proven else status.signer_reported_dt
    if moment is not None and moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    start, end = certificate.not_valid_before, certificate.not_valid_after
    return {
        "signed_at": moment.isoformat() if moment else None,
        "time_proven": proven if moment else None,
        "expired_at_signing": None if moment is None else not start <= moment <= end,
        "expired_now": not start <= datetime.now(UTC) <= end,
    }
