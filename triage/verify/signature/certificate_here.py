"""What a certificate says of its holder and of what it may be used for. Runs in the sandbox; the answer is for JSON."""

from __future__ import annotations

import hashlib
import re
from typing import Any

_PSEUDONYM = "2.5.4.65"  # X.520 pseudonym, as ETSI EN 319 412-2 (4.2.4) uses it
_PSEUDONYM_MARK = re.compile(r"(?::|\()\s*(?:PN|pseudoniem|pseudonym)\)?\s*$", re.IGNORECASE)
_FOR_DOCUMENTS = frozenset(  # extended key usages that a document may be signed with
    [
        "any_extended_key_usage",
        "email_protection",
        "1.3.6.1.5.5.7.3.36",  # document signing, RFC 9336
        "1.3.6.1.4.1.311.10.3.12",  # document signing, Microsoft
        "1.2.840.113583.1.1.5",  # authentic documents, Adobe
        "microsoft_document_signing",
        "adobe_authentic_documents_trust",
    ]
)
_COMPANY = re.compile(
    r"\b(?:b\.?v|n\.?v|v\.?o\.?f|gmbh|ltd|inc|llc|plc|s\.?a|stichting|stg|vereniging|gemeente|group|groep|holding|services?|solutions"
    r"|seal|zegel|signing|server|cloud|platform)\b\.?",
    re.IGNORECASE,
)


def describe(certificate: Any) -> dict[str, Any]:
    """The fields of SignatureReport that a certificate (asn1crypto) tells."""
    subject, issuer = certificate.subject.native, certificate.issuer.native
    given, surname = _text(subject, "given_name"), _text(subject, "surname")
    signer = _text(subject, "common_name") or " ".join(filter(None, (given, surname)))
    organisation = _text(subject, "organization_name")
    return {
        "signer": signer or _text(subject, "pseudonym") or None,
        "certificate": hashlib.sha256(certificate.dump()).hexdigest(),
        "holder": hashlib.sha256(certificate.issuer.dump() + certificate.subject.dump()).hexdigest(),
        "issuer": ", ".join(dict.fromkeys(filter(None, (_text(issuer, "common_name"), _text(issuer, "organization_name")))))
        or None,
        "organisation": organisation or None,
        "pseudonym": bool(subject.get("pseudonym") or subject.get(_PSEUDONYM) or _PSEUDONYM_MARK.search(signer)),
        "personal": bool(given and surname) or _names_person(signer, organisation),
        "usage_ok": _may_sign(certificate),
    }


def _text(names: Any, key: str) -> str:
    value = names.get(key)
    return " ".join(value if isinstance(value, list) else [value])[:300] if value else ""


def _names_person(signer: str, organisation: str) -> bool:
    words = re.findall(r"[^\W\d_]+", signer)
    alike = signer.casefold().strip(" .") == organisation.casefold().strip(" .")
    return len(words) > 1 and not alike and not _COMPANY.search(signer)


def _may_sign(certificate: Any) -> bool:
    """Whether it was made for signatures of a person: RFC 5280, 4.2.1.3 (content commitment) and 4.2.1.12.

    A key that also serves for logging in to a network (clientAuth) is common on Dutch smart cards; a server's is not a person's.
    """
    usage = certificate.key_usage_value
    if usage is None or "non_repudiation" not in usage.native:
        return False
    extended = certificate.extended_key_usage_value
    purposes = set(extended.native) if extended is not None else set()
    return not purposes or bool(purposes & _FOR_DOCUMENTS) or ("client_auth" in purposes and "server_auth" not in purposes)
