"""Received headers (RFC 5321, 4.4): which server took a mail over, and from whom, by what it saw and never by what it was told.

What a client calls itself (HELO) stands in them too: in front (Postfix, Sendmail, Exchange), as `helo=` (Exim) or `HELO` (qmail).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from triage.register.domains import web_domain

MAX_VALUE = 8_000
_FROM = re.compile(r"from\s+(\S+)\s*")
_COMMENT = re.compile(r"\((?:[^()]|\([^()]*\))*\)\s*")
_TOLD = re.compile(r"\b(?:helo|ehlo|ident)\b[=: ]\s*\S+", re.IGNORECASE)
_BRACKETED = re.compile(r"\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]", re.IGNORECASE)
_BARE = re.compile(r"\(\s*([0-9A-Fa-f.:]{3,})\s*\)")
_NAMED = re.compile(r"\(\s*([A-Za-z0-9][A-Za-z0-9.-]*)\s+\[")
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}")
_LOCAL_DELIVERY = re.compile(r"from\s+\S+\s+by\s+\S+\s+with\s+LMTPS?A?\b(?!.*\s(?:by|with)\s)", re.DOTALL)
# Addresses that nobody outside has (RFC 1918, 4193, 3927, and loopback).
_INNER = [
    ipaddress.ip_network(one)
    for one in (
        "10.0.0.0/8",
        "172.16.0.0/12",
        "192.168.0.0/16",
        "169.254.0.0/16",
        "127.0.0.0/8",
        "::1/128",
        "fc00::/7",
        "fe80::/10",
    )
]


@dataclass(frozen=True, slots=True)
class Hop:
    """One server taking a mail over."""

    # The domain of the server; "" when it names none.
    by: str
    # There is somebody it took it from; without one the mail was handed in there.
    given: bool
    # The giver is at an address of a private network, or it was a delivery on one machine (LMTP).
    inner: bool
    # The domain that belongs to the giver's address, as the server looked it up; "" when it did not, or could not.
    giver: str


def read_hop(value: str) -> Hop:
    """Read a Received header."""
    text = value[:MAX_VALUE]
    start = _FROM.match(text)
    at = start.end() if start else 0
    told = ""
    while start and (comment := _COMMENT.match(text, at)):
        told += comment.group()
        at = comment.end()
    by = re.search(r"\bby\s+(\S+)", text[at:])
    taker = host_domain(by[1]) if by else ""
    if start is None:
        return Hop(taker, given=False, inner=False, giver="")
    if _LOCAL_DELIVERY.match(_COMMENT.sub(" ", text)) and not told:
        return Hop(taker, given=True, inner=True, giver="")
    seen = _TOLD.sub("", told)
    addresses = _BRACKETED.findall(seen) or _BARE.findall(seen)
    if not addresses and re.match(r"\(\s*helo=", told, re.IGNORECASE):  # Exim: 'from [203.0.113.9] (helo=x)'
        addresses = _BRACKETED.findall(start[1])
    inner = bool(addresses) and all(map(_is_inner, addresses))
    name = None if "may be forged" in told.lower() else _NAMED.match(seen)
    return Hop(taker, given=True, inner=inner, giver=host_domain(name[1]) if name else "")


def host_domain(text: str) -> str:
    """The registered domain of a host; 'localhost' for this machine itself, "" for none."""
    if text.lower().strip("[]().;") in ("localhost", "localhost.localdomain"):
        return "localhost"
    host = _HOST.match(text)
    return web_domain(host.group()) if host else ""


def _is_inner(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return any(address in network for network in _INNER)
