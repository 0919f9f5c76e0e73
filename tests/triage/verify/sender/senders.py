"""Mails of a school, the keys that sign them, and what a sender is weighed against."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.verify.model import SenderReport
from triage.verify.sender.sender import Known, check_sender

SCHOOL = "obsdemeerpaal.example"


class Signer:
    """A domain with a key, and the DNS that publishes it."""

    def __init__(self, domain: str) -> None:
        self.domain = domain
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = self._key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.records = {f"s1._domainkey.{domain}": b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)}

    @property
    def pem(self) -> bytes:
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        )

    def sign(self, raw: bytes, **more: object) -> bytes:
        return bytes(dkim.sign(raw, b"s1", self.domain.encode(), self.pem, **more)) + raw

    def seal(self, raw: bytes, authserv_id: str) -> bytes:
        sealed = dkim.arc_sign(raw, b"s1", self.domain.encode(), self.pem, authserv_id.encode(), linesep=b"\r\n")
        return b"".join(sealed) + raw


def dns_of(*signers: Signer) -> Callable[[str], bytes | None]:
    records = {name: record for signer in signers for name, record in signer.records.items()}
    return lambda name: records.get(name.rstrip("."))


def mail(sender: str = f"Directie <directie@{SCHOOL}>", extra: str = "", body: str = "Beste helpdesk, zie bijlage.") -> bytes:
    head = f"From: {sender}\nTo: help@basispoort.nl\nSubject: Aanvraag\nMessage-ID: <1@{SCHOOL}>\nDate: Mon, 2 Nov 2026 10:00:00 +0100\n"
    return f"{head}{extra}\n{body}\n".replace("\n", "\r\n").encode()


def known(**more: object) -> Known:
    plain = Known(
        frozenset({SCHOOL}), frozenset({"gmail.com"}), frozenset({"weg.example"}), frozenset({"helpdesk basispoort"}),
        "basispoort.nl", None, frozenset(), None, None,
    )  # fmt: skip
    return replace(plain, **more)  # type: ignore[arg-type]


def check(raw: bytes, **more: object) -> SenderReport:
    return check_sender(read_mail(parse_message(raw)), known(**more))
