"""What our own mail server recorded about the sender: Authentication-Results (RFC 8601), read strictly.

A sender chooses much of what a server writes down there: the envelope address, the name in HELO, the domain of a DKIM signature.
So a header of ours counts only in the form that servers write when nothing odd was sent (OpenDKIM, OpenDMARC, rspamd, policyd-spf,
Exim, Gmail, Exchange). Anything else makes it unreadable: never a pass, and no accusation either.

DMARC decides (RFC 7489), a failure before a pass, and only its failure is a sign of forgery. Where it says nothing, a pass of SPF or
DKIM for the domain of From authenticates.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from triage.mail import Message
from triage.register.domains import readable, web_domain
from triage.verify.model import Recorded
from triage.verify.sender.mail_headers import HeaderField, header_fields

MAX_VALUE = 8_000  # characters of one header; servers write a few hundred
_COMMENT = re.compile(r'\([^()"\\]*\)')
_QUOTED = re.compile(r'"[^"\\;]*"')
_ITEM = re.compile(r"([A-Za-z][\w-]*(?:\.[A-Za-z][\w-]*)?)=([A-Za-z0-9!#$%&'*+/=?^_`{|}~.:@\[\]<>-]*|\"\")")
_METHOD = re.compile(r"([A-Za-z][\w-]*)(?:/[0-9]+)?=([A-Za-z]+)")
_ID = re.compile(r"([^\s;()\"]+)(?:\s+[0-9]+)?")
# What a writer may put in quotes: no sender chooses more than a few letters of it.
_MAY_BE_QUOTED = ("reason", "header.b")
_ENVELOPE = ("smtp.mailfrom", "smtp.mail")
_DOMAIN = r"(?:[\w-]+\.)+[\w-]+"
# The form of values that senders choose. An address may stand in one place only: a sender who writes results into his own
# address must end with '@' and his domain, and so with a second such place.
_CHOSEN = {
    **dict.fromkeys(_ENVELOPE, re.compile(rf"(?:[\w.!#$%&'*+/=?^`{{|}}~-]*@)?{_DOMAIN}|<>|none|", re.ASCII)),
    "header.i": re.compile(rf"@?{_DOMAIN}", re.ASCII),
    "header.d": re.compile(rf"{_DOMAIN}|none", re.ASCII),
    "header.from": re.compile(rf"{_DOMAIN}|none", re.ASCII),
}
# A comment that repeats what the sender chose ('domain of a@b designates…'), or swallowed a result.
_REPEATS = re.compile(r"@|envelope-from|helo=|domain of|sender", re.IGNORECASE)
_SWALLOWED = re.compile(r";\s*(?:dmarc|spf|dkim|arc|auth|iprev|sender-id)\s*[=/]", re.IGNORECASE)
_PLAIN_PATH = re.compile(r"<?(?:[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+)?>?", re.ASCII)
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
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*\.[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Result:
    """What one method came to."""

    # In lower case: "dmarc", "spf", "dkim".
    method: str
    # In lower case: "pass", "fail", "none", "bestguesspass".
    outcome: str
    # By "type.property", in lower case.
    properties: Mapping[str, str]

    def domain(self, *names: str) -> str:
        """The registered domain in the first of these properties that is there; "" when none is."""
        value = next((self.properties[name] for name in names if name in self.properties), "")
        return readable(web_domain(value.strip("<>").rpartition("@")[2]))


def recorded(message: Message, authserv_id: str | None) -> Recorded:
    """What our own server recorded about the domain of From."""
    if not authserv_id:
        return Recorded.UNKNOWN
    fields = header_fields(message.raw)
    read = [read_results(value) for value in _ours(fields, authserv_id)]
    results = [result for found in read if found is not None for result in found]
    judged = judge(results, message.sender.domain)
    if judged is Recorded.FAILED:
        return judged
    if None in read or not _plain_envelope(fields):
        return Recorded.UNREADABLE
    return judged if results else Recorded.SILENT


def judge(results: Sequence[Result], domain: str) -> Recorded:
    """What results say about the domain of From: DMARC decides where it passed or failed, otherwise SPF or DKIM (relaxed alignment)."""
    own = readable(web_domain(domain))
    dmarc = {(one.outcome, one.domain("header.from")) for one in results if one.method == "dmarc"}
    if any(outcome == "fail" and of in (own, "") for outcome, of in dmarc):
        return Recorded.FAILED
    spf = {(one.outcome, of) for one in results if one.method == "spf" and (of := one.domain("smtp.mailfrom", "smtp.mail"))}
    if len(dmarc) > 1 or len(spf) > 1:
        return Recorded.UNREADABLE
    dkim = {(one.outcome, one.domain("header.d", "header.i")) for one in results if one.method == "dkim"}
    return Recorded.PASSED if own and ("pass", own) in dmarc | spf | dkim else Recorded.UNPROVEN


def read_results(value: str) -> tuple[Result, ...] | None:
    """The results in a header, behind the name of the server; None when it is not in the form in which a server writes it."""
    comments = _COMMENT.findall(value[:MAX_VALUE])
    odd = len(value) > MAX_VALUE or not re.fullmatch(r"[\t\x20-\x7e]*", value)
    if odd or any(map(_SWALLOWED.search, comments)) or sum(1 for one in comments if _REPEATS.search(one)) > 1:
        return None
    first, *rest = _QUOTED.sub('""', _COMMENT.sub(" ", value)).split(";")
    if not _ID.fullmatch(first.strip()):
        return None
    if [part.strip().lower() for part in rest] in (["none"], ["none", ""]):
        return ()
    read = [_result(part) for part in rest if part.strip()]
    found = tuple(one for one in read if one is not None)
    envelopes = [name for one in found for name in one.properties if name in _ENVELOPE]
    return found if len(found) == len(read) and len(envelopes) <= 1 else None


def _result(text: str) -> Result | None:
    """One result: 'spf=pass smtp.mailfrom=a.example'; None when it has another form."""
    first, *rest = text.split()
    method = _METHOD.fullmatch(first)
    if method is None:
        return None
    properties: dict[str, str] = {}
    for word in rest:
        item = _ITEM.fullmatch(word)
        if item is None or (name := item[1].lower()) in properties or not _is_usual(name, item[2]):
            return None
        properties[name] = item[2]
    return Result(method[1].lower(), method[2].lower(), properties)


def _is_usual(name: str, value: str) -> bool:
    """Whether a value has the form in which a server writes it when the sender chose nothing odd."""
    if value == '""':
        return name in _MAY_BE_QUOTED
    form = _CHOSEN.get(name)
    return form.fullmatch(value) is not None if form else "@" not in value


def _ours(fields: Sequence[HeaderField], authserv_id: str) -> Iterator[str]:
    """Values that our own server wrote: they stand above the first of another one, and above what the mail brought along."""
    for field in _written_here(fields, authserv_id):
        if field.name != "authentication-results":
            continue
        named = _ID.match(_COMMENT.sub(" ", field.value[:MAX_VALUE]).strip())
        if named is None or named[1].lower() != authserv_id.lower():
            return
        yield field.value


def _written_here(fields: Sequence[HeaderField], authserv_id: str) -> Iterator[HeaderField]:
    """The headers down to the first Received below the one with which our servers took the mail over from outside."""
    own = {web_domain(authserv_id), "localhost"} - {""}
    hops = 0
    entered = False
    for field in fields:
        if field.name == "received":
            if entered:
                return
            by, giver = _hop(field.value)
            hops += 1
            if hops == 1 and by:
                own.add(by)  # the newest hop is always one of ours, also when it has another domain
            entered = by in own and giver is not None and giver not in own
        yield field


def _hop(value: str) -> tuple[str, str | None]:
    """The domains by and from which a server took a mail over (RFC 5321, 4.4); None without a giver: it was handed in there."""
    text = value[:MAX_VALUE]
    by = re.search(r"\bby\s+(\S+)", text)
    giver = re.match(r"from\s+(\S+)(?:\s+\(([^()]*)\))?", text)
    taker = _host(by[1]) if by else ""
    if giver is None:
        return taker, None
    seen = giver[2] or giver[1]  # what stands in brackets is what the server saw, not what it was told
    return taker, "localhost" if _internal(seen) else _host(seen)


def _internal(seen: str) -> bool:
    """Whether what a server saw holds an address of a private network."""
    for word in re.findall(r"[0-9A-Fa-f.:]{3,}", seen.replace("IPv6:", "")):
        try:
            address = ipaddress.ip_address(word)
        except ValueError:
            continue
        if any(address in network for network in _INNER):
            return True
    return False


def _host(text: str) -> str:
    if text.lower().startswith("localhost"):
        return "localhost"
    host = _HOST.match(text)
    return web_domain(host.group()) if host else ""


def _plain_envelope(fields: Sequence[HeaderField]) -> bool:
    """Whether the envelope address that was noted beside could not have broken another header."""
    return all(_PLAIN_PATH.fullmatch(field.value.strip()) for field in fields if field.name == "return-path")
