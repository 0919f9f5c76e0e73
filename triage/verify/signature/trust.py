"""Whom this installation trusts: folders with root certificates and revocation lists, and an EU trusted list.

A trusted list (ETSI TS 119 612) is read by pyHanko from the file the administrator put there. Its own XML signature is not
checked: like the folder of roots, the file is as trustworthy as whoever may write it. The list is read once for each version
of the file; the sandbox gets the certificates of the services that are granted today.
"""

from __future__ import annotations

import base64
import functools
import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

from asn1crypto import pem, x509

from kb.settings import Settings
from kb.store import utc_now
from triage.errors import TrustError


@dataclass(frozen=True, slots=True)
class Trust:
    """Where trust comes from; all empty: nothing is trusted."""

    roots: Path | None = None  # folder of PEM certificates
    revocation_lists: Path | None = None  # folder of .crl files, DER or PEM
    trusted_list: Path | None = None  # XML of an EU trusted list


def trust_of(settings: Settings) -> Trust:
    """The trust that an installation's settings name."""
    return Trust(settings.trust_roots, settings.revocation_lists, settings.trusted_list)


def for_sandbox(trust: Trust, now: datetime) -> str:
    """The places as JSON, for the child process. Raises TrustError when the trusted list can't be read."""
    listed = read_trusted_list(trust.trusted_list, now) if trust.trusted_list else None
    return json.dumps(
        {
            "roots": str(trust.roots or ""),
            "crls": str(trust.revocation_lists or ""),
            "listed_authorities": listed.authorities if listed else "",
            "listed_clocks": listed.clocks if listed else "",
        }
    )


@dataclass(frozen=True, slots=True)
class TrustedList:
    """The services of a trusted list that were granted on the day it was read for."""

    registry: Any  # pyHanko's TSPRegistry
    authorities: str  # folder with certificates of issuers of qualified certificates
    clocks: str  # folder with certificates of qualified time-stamping services
    folder: tempfile.TemporaryDirectory[str]  # kept so that both folders live as long as this

    def qualified(self, chain: Sequence[str], now: datetime) -> bool:
        """Whether a chain (DER in base64, anchor first) ends in a certificate qualified for signing (eIDAS, art. 28 and 38).

        Raises ValueError when the chain isn't one of certificates.
        """
        from pyhanko.sign.validation.qualified.assess import QualificationAssessor
        from pyhanko.sign.validation.qualified.tsp import QcCertType
        from pyhanko_certvalidator.authority import AuthorityWithCert, TrustAnchor
        from pyhanko_certvalidator.path import ValidationPath

        certificates = [x509.Certificate.load(base64.b64decode(der)) for der in chain]
        if len(certificates) < 2:
            return False  # the certificate of a service itself is nobody's signing certificate
        path = ValidationPath(TrustAnchor(AuthorityWithCert(certificates[0])), certificates[1:-1], certificates[-1])
        status = QualificationAssessor(self.registry).check_entity_cert_qualified(path, now).status
        return bool(status.qualified and status.qc_type in (QcCertType.QC_ESIGN, QcCertType.QC_ESEAL))


def read_trusted_list(path: Path, now: datetime | None = None) -> TrustedList:
    """Read a trusted list as of a day (today by default), or take it from memory when file and day are the same. Raises TrustError."""
    now = now or utc_now()
    try:
        stamp = path.stat()
    except OSError as error:
        raise TrustError(f"De vertrouwenslijst {path.name} kan niet worden gelezen.") from error
    return _read(path, datetime.combine(now.date(), time(12), UTC), stamp.st_mtime_ns, stamp.st_size)


@functools.lru_cache(maxsize=2)
def _read(path: Path, now: datetime, _changed: int, _size: int) -> TrustedList:
    from lxml.etree import LxmlError
    from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry_unsafe
    from pyhanko_certvalidator.authority import AuthorityWithCert
    from xsdata.exceptions import ConverterError, ParserError

    try:
        registry, _ = trust_list_to_registry_unsafe(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError, AttributeError, ParserError, ConverterError, LxmlError) as error:
        raise TrustError(f"De vertrouwenslijst {path.name} is geen lijst volgens ETSI TS 119 612.") from error
    folder = tempfile.TemporaryDirectory(prefix="wegwijzer-trust-")
    places = {}
    for name, authorities in (
        ("authorities", registry.known_certificate_authorities),
        ("clocks", registry.known_timestamp_authorities),
    ):
        granted = [
            authority.certificate
            for authority in authorities
            if isinstance(authority, AuthorityWithCert) and any(registry.applicable_service_definitions(authority, now))
        ]
        place = Path(folder.name) / name
        place.mkdir()
        if granted:
            (place / "granted.pem").write_bytes(b"".join(pem.armor("CERTIFICATE", cert.dump()) for cert in granted))
        places[name] = str(place)
    return TrustedList(registry, places["authorities"], places["clocks"], folder)
