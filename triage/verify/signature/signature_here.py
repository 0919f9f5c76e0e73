"""The part of the signature check that opens the file. Runs in the sandbox; the answer is for JSON.

Validation is pyHanko's (ETSI EN 319 142 profiles), at the moment of checking and without network: revocation is known only from
lists in a configured folder and from what the signer put in the file (DSS, or Adobe's attribute).
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from triage.documents.put_together_wrong import PUT_TOGETHER_WRONG
from triage.verify.signature.certificate_here import describe
from triage.verify.signature.later_here import filled_in, looks_the_same, same_pages
from triage.verify.signature.revocation_here import lists_in, revocation, revocation_known

MAX_STATED = 200  # characters of what a signature says of itself


def check_here(data: bytes, trust: str, now: str) -> list[dict[str, Any]]:
    """One answer for each signature, in the order they were set.

    `trust` is what trust.for_sandbox made, `now` the moment of the check (ISO 8601).
    """
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(io.BytesIO(data), strict=False)
        if reader.encrypted:
            reader.decrypt(b"")
        signatures = reader.embedded_regular_signatures
    except (PdfError, *PUT_TOGETHER_WRONG) as error:
        if b"/ByteRange" not in data:
            return []
        return [_unreadable(error)]
    places, moment = json.loads(trust), datetime.fromisoformat(now)
    return [_one(signature, reader, places, moment, data) for signature in signatures]


def _unreadable(error: Exception, intact: bool | None = None) -> dict[str, Any]:
    reason = f"De handtekening kon niet worden gecontroleerd ({type(error).__name__}). Kijk zelf."
    if intact is False:
        reason = f"De handtekening is niet goed opgebouwd ({type(error).__name__}); zo maakt een gewoon programma hem niet."
    return {"kind": "digitaal", "intact": intact, "trusted": False, "covers_whole_document": False, "reason": reason}


def _one(signature: Any, reader: Any, places: dict[str, str], now: datetime, data: bytes) -> dict[str, Any]:
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.general import CMSExtractionError
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.errors import SignatureValidationError
    from pyhanko_certvalidator.errors import PathError
    from pyhanko_certvalidator.policy_decl import NO_REVOCATION, REQUIRE_REVINFO

    roots = _certificates(places["roots"])
    own_lists = lists_in(places["crls"])
    known = revocation_known(signature, reader, own_lists)
    signers, clocks = (
        partial(_context, [*roots, *_certificates(places[listed])], known, moment=now)
        for listed in ("listed_authorities", "listed_clocks")
    )
    try:
        # Revocation is asked apart: pyHanko's lenient mode looks up only certificates that name a list, and then refuses old lists.
        status = validate_pdf_signature(signature, signers(NO_REVOCATION), clocks(NO_REVOCATION))
        changes = _changes(signature, status, data)
    except (SignatureValidationError, CMSExtractionError) as error:
        return _unreadable(error, intact=False)
    except (PathError, PdfError, *PUT_TOGETHER_WRONG) as error:
        return _unreadable(error)
    answer = {**_found(signature, status), **changes, **describe(status.signing_cert)}
    if status.validation_path is not None:
        answer.update(revocation(partial(signers, REQUIRE_REVINFO), status.validation_path, known, own_lists, now))
        answer["trusted"] = answer["trusted"] and not answer["revoked"]
        answer["chain"] = _chain(status.validation_path)
        answer["own_root"] = any(root.dump() == status.validation_path.first.dump() for root in roots)
    return {**answer, **_time(status, status.signing_cert, now)}


def _context(trusted: list[Any], known: dict[str, Any], rule: Any, *, moment: datetime) -> Any:
    """What a chain is validated with: trusted roots, what is known of revocation and the rule about it, as of a moment."""
    from pyhanko_certvalidator import ValidationContext
    from pyhanko_certvalidator.policy_decl import CertRevTrustPolicy

    policy = CertRevTrustPolicy(rule)
    return ValidationContext(trust_roots=trusted, allow_fetching=False, moment=moment, revinfo_policy=policy, **known)


def _found(signature: Any, status: Any) -> dict[str, Any]:
    certificate = status.signing_cert
    return {
        "kind": "digitaal",
        "intact": bool(status.intact and status.valid),
        "trusted": bool(status.trusted) and _issued_by_an_issuer(status.validation_path),
        "field": str(signature.field_name or "")[:100],
        "certificate_from": certificate.not_valid_before.isoformat(),
        "certificate_until": certificate.not_valid_after.isoformat(),
        "revoked": None,
        "stated_reason": _stated(signature, "/Reason"),
        "stated_name": _stated(signature, "/Name"),
        "commitments": _commitments(signature),
    }


def _stated(signature: Any, entry: str) -> str:
    return str(signature.sig_object.get(entry) or "")[:MAX_STATED]


def _commitments(signature: Any) -> list[str]:
    """What the signature is said to stand for; [] when it says nothing of that."""
    import pyhanko.sign.ades.cades_asn1  # noqa: F401 - teaches asn1crypto the attribute

    attributes = (one for one in signature.signer_info["signed_attrs"] if one["type"].native == "commitment_type")
    return [str(value["commitment_type_id"].native)[:MAX_STATED] for one in attributes for value in one["values"]]


def _issued_by_an_issuer(path: Any) -> bool:
    """Whether the root of a chain may issue certificates; one of a person in the folder of roots counts for that person alone."""
    if path is None or len(path) == 1:
        return True
    return bool(path.first.ca)


def _changes(signature: Any, status: Any, data: bytes) -> dict[str, Any]:
    """What the signature covers, and what was done to the file afterwards.

    Validation data that was added and changes nothing (ISO 32000-2, 12.8.4.3, and document timestamps) leaves it covering the file.
    """
    from pyhanko.sign.diff_analysis import ModificationLevel
    from pyhanko.sign.validation.status import SignatureCoverageLevel

    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    start, length, other, last = (int(number) for number in signature.byte_range)
    only_lasting = status.modification_level in (ModificationLevel.NONE, ModificationLevel.LTA_UPDATES)
    # Bytes behind the end that are no update at all may mean something to another program: those a person looks at.
    lasting = status.modification_level == ModificationLevel.LTA_UPDATES
    covers = whole or (lasting and looks_the_same(data[: other + last], data))
    filling = status.modification_level == ModificationLevel.FORM_FILLING
    certifies = _certifies(signature)
    only_filled = False
    if certifies and not whole and not only_lasting:
        then, at_last = (
            signature.reader.get_historical_root(n)
            for n in (signature.signed_revision, signature.reader.xrefs.total_revisions - 1)
        )
        filled, changed = filled_in(then, at_last)
        only_filled = filled and not changed and same_pages(data[: other + last], data)
    return {
        "covers_whole_document": covers,
        "changed_after_signing": not (whole or only_lasting),
        "only_signed_after": filling and _only_signed(signature),
        "certifies": certifies,
        "only_filled_after": only_filled,
        "signed_bytes": hashlib.sha256(data[start : start + length] + data[other : other + last]).hexdigest(),
    }


def _certifies(signature: Any) -> bool:
    """Whether a signature is one that certifies (ISO 32000-2, 12.8.2.2): the first of the file, that says what may change."""
    if signature.signed_revision != signature.reader.embedded_regular_signatures[0].signed_revision:
        return False
    references = signature.sig_object.get("/Reference", ())
    return any(str(one.get_object().get("/TransformMethod")) == "/DocMDP" for one in references)


def _certificates(folder: str) -> list[Any]:
    from pyhanko.keys import load_certs_from_pemder

    files = sorted(str(path) for path in Path(folder).glob("*.pem")) if folder else []
    return list(load_certs_from_pemder(files))  # type: ignore[no-untyped-call]


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


def _time(status: Any, certificate: Any, now: datetime) -> dict[str, Any]:
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
        "expired_now": not start <= now <= end,
    }
