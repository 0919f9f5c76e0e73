"""Whether a certificate was revoked, as far as can be known without network. Runs in the sandbox; the answer is for JSON.

Known from lists in a configured folder, and from what the signer put in the file (DSS, or Adobe's attribute).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from triage.documents.put_together_wrong import PUT_TOGETHER_WRONG

MAX_OLD_LISTS = 4  # revocation lists out of date that are asked as of their last day


def lists_in(folder: str) -> list[Any]:
    """The revocation lists of our own folder. Raises ValueError when a file is no such list."""
    from asn1crypto import pem
    from asn1crypto.crl import CertificateList

    found = []
    for path in sorted(Path(folder).glob("*.crl")) if folder else []:
        raw = path.read_bytes()
        crl = CertificateList.load(pem.unarmor(raw)[2] if pem.detect(raw) else raw, strict=True)
        crl["tbs_cert_list"]["issuer"].native  # noqa: B018 - asn1crypto reads late; a file that is no list fails here
        found.append(crl)
    return found


def revocation(
    demanding: Callable[..., Any], path: Any, known: dict[str, Any], own_lists: Sequence[Any], now: datetime
) -> dict[str, Any]:
    """The fields of SignatureReport about revocation, for a chain of certificates."""
    revoked, since = _status(demanding, path, known["crls"], now) if any(known.values()) else (None, None)
    outdated = None if revoked is not None else _outdated(path, own_lists, now)
    return {
        "revoked": revoked,
        "revoked_at": since,
        "revocation_checked": revoked is not None,
        "revocation_outdated": outdated.isoformat() if outdated else None,
    }


def _outdated(path: Any, own_lists: Sequence[Any], now: datetime) -> datetime | None:
    """Until when the newest list in our folder was good, of an issuer of this chain that has no list there that still is."""
    ends = []
    for certificate in list(path)[1:]:
        of_issuer = [crl["tbs_cert_list"] for crl in own_lists if crl["tbs_cert_list"]["issuer"] == certificate.issuer]
        until = [crl["next_update"].native or crl["this_update"].native for crl in of_issuer]
        ends += [max(until)] if until else []
    old = [end for end in ends if end < now]
    return min(old) if old else None


def revocation_known(signature: Any, reader: Any, own_lists: Sequence[Any]) -> dict[str, Any]:
    """Every revocation list and status answer at hand; what can't be read in the file tells nothing."""
    from pyhanko.pdf_utils.misc import PdfError
    from pyhanko.sign.validation.dss import DocumentSecurityStore
    from pyhanko.sign.validation.errors import NoDSSFoundError

    crls, ocsps = list(own_lists), []
    try:
        store = DocumentSecurityStore.read_dss(reader)
        embedded = store.as_validation_context({"trust_roots": [], "allow_fetching": False}).revinfo_manager
        crls += embedded.crls
        ocsps += embedded.ocsps
    except (NoDSSFoundError, PdfError, *PUT_TOGETHER_WRONG):
        pass  # nothing usable in the file: then revocation stays unknown
    try:
        for attribute in signature.signer_info["signed_attrs"]:
            if attribute["type"].native == "adobe_revocation_info_archival":
                for archive in attribute["values"]:
                    crls += list(archive["crl"] or ())
                    ocsps += list(archive["ocsp"] or ())
    except (PdfError, *PUT_TOGETHER_WRONG):
        pass  # as above
    return {"crls": crls, "ocsps": ocsps}


def _status(demanding: Callable[..., Any], path: Any, crls: Sequence[Any], now: datetime) -> tuple[bool | None, str | None]:
    """Whether a chain is revoked, and since when (ISO 8601); None when there is no fresh word about every certificate below the root.

    A list that is out of date clears nobody, but who stands on it stays revoked: it is asked as of its last day.
    """
    import asyncio

    from pyhanko_certvalidator.errors import PathError, RevokedError, ValidationError
    from pyhanko_certvalidator.validate import async_validate_path

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
