"""What our own mail server recorded about the sender: Authentication-Results (RFC 8601), read strictly (results.py).

A header of ours counts only in the form that servers write when nothing odd was sent (OpenDKIM, OpenDMARC, rspamd, policyd-spf,
Exim, IronPort, Gmail, Exchange), and only where our servers took the mail over (hops.py). Anything else makes it unreadable: never a
pass, and no accusation either.

DMARC decides (RFC 7489), a failure before a pass, and only its failure is a sign of forgery. Where it says nothing, a pass of SPF or
DKIM for the domain of From authenticates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from triage.mail.raw_headers import HeaderField
from triage.mail.read_mail import ReadMail
from triage.register.domains import readable, web_domain
from triage.verify.model import Recorded
from triage.verify.sender.hops import read_hop
from triage.verify.sender.results import ENVELOPE, MAX_VALUE, Result, read_results

_COMMENT = re.compile(r'\([^()"\\]*\)')
_ID = re.compile(r"([^\s;()\"]+)(?:\s+[0-9]+)?")
_PLAIN_PATH = re.compile(r"<?(?:[\w.!#$%&'*+/=?^`{|}~-]+@[\w.-]+)?>?", re.ASCII)


def recorded(mail: ReadMail, authserv_id: str | None) -> Recorded:
    """What our own server recorded about the domain of From."""
    if not authserv_id:
        return Recorded.UNKNOWN
    fields = [field for field in mail.fields if field.in_head]
    read = [read_results(value) for value in _ours(fields, authserv_id)]
    results = [result for found in read if found is not None for result in found]
    judged = judge(results, mail.sender.domain)
    if judged is Recorded.FAILED:
        return judged
    if None in read or not _plain_envelope(fields):
        return Recorded.UNREADABLE
    return judged if results else Recorded.SILENT


def judge(results: Sequence[Result], domain: str) -> Recorded:
    """What results say about the domain of From: DMARC decides where it passed or failed, otherwise SPF or DKIM (relaxed alignment).

    Results that contradict each other, or a DMARC of another domain than that of From, are not of this mail alone.
    """
    own = readable(web_domain(domain))
    dmarc = {(one.outcome, one.domain("header.from", "d")) for one in results if one.method == "dmarc"}
    if any(outcome == "fail" and of in (own, "") for outcome, of in dmarc):
        return Recorded.FAILED
    spf = {(one.outcome, of) for one in results if one.method == "spf" and (of := one.domain(*ENVELOPE))}
    foreign = any(of not in (own, "") or outcome.endswith("fail") for outcome, of in dmarc)
    if len(dmarc) > 1 or len(spf) > 1 or foreign:
        return Recorded.UNREADABLE
    dkim = {(one.outcome, one.domain("header.d", "header.i")) for one in results if one.method == "dkim"}
    return Recorded.PASSED if own and ("pass", own) in dmarc | spf | dkim else Recorded.UNPROVEN


def _ours(fields: Sequence[HeaderField], authserv_id: str) -> Iterator[str]:
    """Values that our own server wrote: they stand above the first of another one, and above what the mail brought along.

    A server writes above or below its own Received, not on both sides: once one of ours stands above, one below came with the mail.
    """
    above = False
    for field, taken_over in _written_here(fields, authserv_id):
        if field.name != "authentication-results":
            continue
        named = _ID.match(_COMMENT.sub(" ", field.value[:MAX_VALUE]).strip())
        if named is None or named[1].lower() != authserv_id.lower() or (taken_over and above):
            return
        above = above or not taken_over
        yield field.value


def _written_here(fields: Sequence[HeaderField], authserv_id: str) -> Iterator[tuple[HeaderField, bool]]:
    """The headers down to the first Received below the one with which our servers took the mail over from outside.

    Each with whether it stands below that one.
    """
    own = {web_domain(authserv_id), "localhost"} - {""}
    hops = 0
    entered = False
    for field in fields:
        if field.name == "received":
            if entered:
                return
            hop = read_hop(field.value)
            hops += 1
            if hops == 1 and hop.by:
                own.add(hop.by)  # the newest hop is always one of ours, also when it has another domain
            known = hop.inner or hop.giver in own - {"localhost"}
            entered = (hop.by in own or hops == 1) and hop.given and not known
        yield field, entered


def _plain_envelope(fields: Sequence[HeaderField]) -> bool:
    """Whether the envelope address that was noted beside could not have broken another header."""
    return all(_PLAIN_PATH.fullmatch(field.value.strip()) for field in fields if field.name == "return-path")
