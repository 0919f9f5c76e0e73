"""Signatures of mail servers, checked again from the raw bytes: DKIM (RFC 6376) and ARC (RFC 8617), by dkimpy.

A signature counts only when it says something about the sender that is shown: its domain is aligned with that of From, it signs
From, it covers the whole body, and the mail has exactly one From header. A signature that fails is no accusation: mail servers
and lists rewrite mail, and keys are replaced.
"""

from __future__ import annotations

import binascii
import logging
import re
from enum import Enum

import dkim

from triage.mail import Message
from triage.register.domains import web_domain
from triage.verify.model import Recorded
from triage.verify.sender.authentication import judge
from triage.verify.sender.dns_text import TextLookup
from triage.verify.sender.results import read_results

MAX_SIGNATURES = 5  # DKIM signatures of a mail that are tried
MAX_SEALS = 10  # hops of a forwarded mail; more and it is not checked
MAX_BYTES = 40 * 2**20
_BROKEN = (
    dkim.DKIMException, dkim.InvalidTagValueList, dkim.UnparsableKeyError, dkim.InvalidCanonicalizationPolicyError,
    dkim.DigestTooLargeError, binascii.Error, ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError,
)  # fmt: skip
_silent = logging.getLogger("triage.verify.sender.dkim")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False  # dkimpy's messages hold addresses


class DkimOutcome(Enum):
    """What a mail server's signature tells."""

    PASSED = "passed"  # the domain of From vouches for this mail as it is
    FAILED = "failed"  # there is such a signature and its key, and they don't fit the mail
    UNKNOWN = "unknown"  # no such signature, or no key to be had


def check_dkim(message: Message, lookup: TextLookup) -> DkimOutcome:
    """Whether one of the mail's DKIM signatures proves the domain of From (relaxed alignment, RFC 7489, 3.1.1)."""
    if not _plain_headers(message):
        return DkimOutcome.UNKNOWN
    outcome = DkimOutcome.UNKNOWN
    for number in range(min(len(message.header("DKIM-Signature")), MAX_SIGNATURES)):
        found = _one(message, number, lookup)
        if found is DkimOutcome.PASSED:
            return found
        outcome = found if found is DkimOutcome.FAILED else outcome
    return outcome


def _one(message: Message, number: int, lookup: TextLookup) -> DkimOutcome:
    answered = []

    def ask(name: bytes, timeout: float = 0) -> bytes | None:
        record = lookup(name.decode("ascii", "replace"))
        answered.append(record is not None)
        return record

    try:
        checker = dkim.DKIM(message.raw, logger=_silent)
        prepared = checker.verify_headerprep(number)
        if not prepared:
            return DkimOutcome.UNKNOWN
        fields, signed, headers = prepared
        aligned = web_domain(_text(fields[b"d"])) == web_domain(message.sender.domain) != ""
        if not aligned or b"from" not in signed or b"l" in fields:
            return DkimOutcome.UNKNOWN
        if checker.verify_sig(fields, signed, headers[number], ask):
            return DkimOutcome.PASSED
    except _BROKEN:
        pass  # a signature we can't read or a key we can't use is judged below, like one that does not fit
    return DkimOutcome.FAILED if any(answered) else DkimOutcome.UNKNOWN


def check_arc(message: Message, lookup: TextLookup, sealers: frozenset[str]) -> bool:
    """Whether a chain of seals, every one of a sealer we trust, says that From was authenticated before the mail was forwarded."""
    seals = message.header("ARC-Seal")
    if not sealers or not 0 < len(seals) <= MAX_SEALS or not _plain_headers(message):
        return False

    def ask(name: bytes, timeout: float = 0) -> bytes | None:
        host = name.decode("ascii", "replace").rstrip(".").lower()
        return lookup(host) if host.partition("._domainkey.")[2] in sealers else None

    try:
        verdict, instances, _ = dkim.ARC(message.raw, logger=_silent).verify(dnsfunc=ask)
    except _BROKEN:
        return False
    if verdict != dkim.CV_Pass:
        return False
    domains = {_text(one[key]).lower() for one in instances for key in ("as-domain", "ams-domain")}
    first = next((one for one in instances if one["instance"] == 1), None)
    return domains <= sealers and first is not None and _said_pass(_text(first["aar-value"]), message.sender.domain)


def _said_pass(value: str, domain: str) -> bool:
    """Whether the results that the first sealer wrote down (RFC 8617, 4.1.1) vouch for the domain of From."""
    results = read_results(re.sub(r"^\s*i=1\s*;\s*", "", re.sub(r"\r?\n", "", value)))
    return results is not None and judge(results, domain) is Recorded.PASSED


def _plain_headers(message: Message) -> bool:
    """Whether all programs see the same From: exactly one, and no line ends that only some of them take for one."""
    head = re.split(rb"\r?\n\r?\n", message.raw, maxsplit=1)[0]
    odd = re.search(rb"\r(?!\n)|[\0\x0b\x0c]", head)
    return bool(message.raw) and len(message.raw) <= MAX_BYTES and len(message.header("From")) == 1 and odd is None


def _text(value: bytes) -> str:
    return value.decode("ascii", "replace").strip()
