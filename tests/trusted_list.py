"""Makes small EU trusted lists (ETSI TS 119 612) of fictional services."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from cryptography.hazmat.primitives import serialization

from tests.forms import Identity

_STATUS = "http://uri.etsi.org/TrstSvc/TrustedList/Svcstatus"
_LIST = """<?xml version="1.0" encoding="UTF-8"?>
<TrustServiceStatusList xmlns="http://uri.etsi.org/02231/v2#" TSLTag="http://uri.etsi.org/19612/TSLTag">
  <SchemeInformation>
    <TSLVersionIdentifier>5</TSLVersionIdentifier><TSLSequenceNumber>1</TSLSequenceNumber>
    <TSLType>http://uri.etsi.org/TrstSvc/TrustedList/TSLType/EUgeneric</TSLType>
    <SchemeOperatorName><Name xml:lang="en">Fictional operator</Name></SchemeOperatorName>
    <SchemeTerritory>NL</SchemeTerritory>
    <ListIssueDateTime>2025-01-01T00:00:00Z</ListIssueDateTime>
  </SchemeInformation>
  <TrustServiceProviderList>
    <TrustServiceProvider>
      <TSPInformation><TSPName><Name xml:lang="en">Fictional provider</Name></TSPName></TSPInformation>
      <TSPServices>{services}</TSPServices>
    </TrustServiceProvider>
  </TrustServiceProviderList>
</TrustServiceStatusList>
"""
_SERVICE = """
<TSPService><ServiceInformation>
  <ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier>
  <ServiceName><Name xml:lang="en">Fictional service</Name></ServiceName>
  <ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>
  <ServiceStatus>{status}</ServiceStatus>
  <StatusStartingTime>{since}</StatusStartingTime>
</ServiceInformation>{history}</TSPService>"""
_HISTORY = """<ServiceHistory><ServiceHistoryInstance>
  <ServiceTypeIdentifier>http://uri.etsi.org/TrstSvc/Svctype/{kind}</ServiceTypeIdentifier>
  <ServiceName><Name xml:lang="en">Fictional service</Name></ServiceName>
  <ServiceDigitalIdentity><DigitalId><X509Certificate>{certificate}</X509Certificate></DigitalId></ServiceDigitalIdentity>
  <ServiceStatus>{status}</ServiceStatus>
  <StatusStartingTime>2025-01-01T00:00:00Z</StatusStartingTime>
</ServiceHistoryInstance></ServiceHistory>"""


def trusted_list(issuers: Sequence[Identity], clocks: Sequence[Identity] = (), withdrawn: bool = False) -> str:
    """The XML of a list with issuers of qualified certificates and time-stamping services; `withdrawn`: granted until last spring."""
    services = [_service("CA/QC", who, withdrawn) for who in issuers] + [_service("TSA/QTST", who, withdrawn) for who in clocks]
    return _LIST.format(services="".join(services))


def _service(kind: str, who: Identity, withdrawn: bool) -> str:
    certificate = base64.b64encode(who.certificate.public_bytes(serialization.Encoding.DER)).decode()
    history = _HISTORY.format(kind=kind, certificate=certificate, status=f"{_STATUS}/granted") if withdrawn else ""
    return _SERVICE.format(
        kind=kind, certificate=certificate, history=history,
        status=f"{_STATUS}/{'withdrawn' if withdrawn else 'granted'}",
        since="2026-03-01T00:00:00Z" if withdrawn else "2025-01-01T00:00:00Z",
    )  # fmt: skip
