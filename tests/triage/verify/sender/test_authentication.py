"""What our own mail server recorded: DMARC decides, and a header that a sender could have broken never vouches for anybody."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.verify.model import Recorded
from triage.verify.sender.authentication import recorded
from triage.verify.sender.results import read_results

OURS = "mx.ons.example"
SCHOOL = "obsdemeerpaal.example"


def seen(*headers: str, sender: str = f"Directie <directie@{SCHOOL}>") -> Recorded:
    """What is read from a mail with these lines on top."""
    head = "".join(f"{line}\r\n" for line in headers)
    raw = f"{head}From: {sender}\r\nTo: help@ons.example\r\nSubject: Aanvraag\r\n\r\nZie bijlage.\r\n"
    return recorded(read_mail(parse_message(raw.encode("utf-8", "surrogateescape"))), OURS)


def ours(results: str) -> str:
    return f"Authentication-Results: {OURS}; {results}"


# --- which method decides -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("results", "what"),
    [
        (f"dmarc=pass header.from={SCHOOL}", Recorded.PASSED),
        (f"spf=fail smtp.mailfrom={SCHOOL}; dkim=fail header.d={SCHOOL}; dmarc=pass header.from={SCHOOL}", Recorded.PASSED),
        (f"spf=pass smtp.mailfrom={SCHOOL}; dkim=pass header.d={SCHOOL}; dmarc=fail header.from={SCHOOL}", Recorded.FAILED),
        (f"dmarc=fail header.from={SCHOOL}; dmarc=pass header.from={SCHOOL}", Recorded.FAILED),
        ("dmarc=fail", Recorded.FAILED),
        ("dmarc=pass", Recorded.UNPROVEN),
        ("dmarc=pass header.from=elders.example", Recorded.UNREADABLE),
        (f"dmarc=fail header.from=elders.example; dkim=pass header.d={SCHOOL}", Recorded.UNREADABLE),
        (f"dkim=pass header.d={SCHOOL}; dmarc=none header.from=elders.example", Recorded.UNREADABLE),
        (f"dmarc=hardfail header.from={SCHOOL}; spf=pass smtp.mailfrom={SCHOOL}", Recorded.UNREADABLE),
        (f'dmarc=fail header.from="{SCHOOL}"; spf=pass smtp.mailfrom={SCHOOL}', Recorded.FAILED),
        (f"dmarc=fail (p=none) d={SCHOOL}; spf=pass smtp.mailfrom={SCHOOL}", Recorded.FAILED),
        (f"spf=fail smtp.mailfrom={SCHOOL}", Recorded.UNPROVEN),
        (f"dkim=fail header.d={SCHOOL}", Recorded.UNPROVEN),
        ("spf=pass smtp.helo=mx.elders.example; dkim=pass header.d=elders.example", Recorded.UNPROVEN),
        (f"spf=pass smtp.helo={SCHOOL}", Recorded.UNPROVEN),
        ("none", Recorded.SILENT),
    ],
)
def test_dmarc_decides_and_only_its_failure_accuses(results: str, what: Recorded) -> None:
    assert seen(ours(results)) is what


@pytest.mark.parametrize("dmarc", ["none", "temperror", "permerror", "bestguesspass", "skipped", ""])
@pytest.mark.parametrize(
    ("proof", "what"),
    [
        (f"spf=pass smtp.mailfrom=post@mail.{SCHOOL}", Recorded.PASSED),
        (f"spf=none smtp.mailfrom={SCHOOL}; dkim=fail header.d={SCHOOL}; dkim=pass header.d={SCHOOL}", Recorded.PASSED),
        (f"dkim=pass header.i=@{SCHOOL}", Recorded.PASSED),
        (f"spf=softfail smtp.mailfrom={SCHOOL}; dkim=none", Recorded.UNPROVEN),
        ("spf=pass smtp.mailfrom=bounce@elders.example; dkim=pass header.d=elders.example", Recorded.UNPROVEN),
    ],
)
def test_where_dmarc_says_nothing_one_aligned_pass_authenticates(dmarc: str, proof: str, what: Recorded) -> None:
    assert seen(ours(f"{proof}; dmarc={dmarc} action=none header.from={SCHOOL}" if dmarc else proof)) is what


def test_results_of_several_milters_are_read_together() -> None:
    spf, dkim, dmarc = f"spf=fail smtp.mailfrom={SCHOOL}", f"dkim=pass header.d={SCHOOL}", f"dmarc=none header.from={SCHOOL}"
    assert seen(ours(dmarc), ours(dkim), ours(spf)) is Recorded.PASSED
    assert seen(ours(dkim), ours(f"dmarc=fail header.from={SCHOOL}")) is Recorded.FAILED


def test_headers_of_ours_that_contradict_each_other_vouch_for_nobody() -> None:
    results = [f"dmarc={outcome} header.from={SCHOOL}" for outcome in ("none", "pass")]
    assert seen(*map(ours, results)) is Recorded.UNREADABLE
    assert seen(ours("; ".join(results))) is Recorded.UNREADABLE


# --- whose header it is ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "X-Nothing: here",
        f"Authentication-Results: elders.example; dmarc=pass header.from={SCHOOL}",
        f"Authentication-Results: {OURS}.elders.example; dmarc=pass header.from={SCHOOL}",
        f"Authentication-Results: spf=pass (sender IP is 203.0.113.9) smtp.mailfrom={SCHOOL};dmarc=pass action=none header.from={SCHOOL}",
        f"Authentication-Results: ; {OURS}; dmarc=pass header.from={SCHOOL}",
        f"ARC-Authentication-Results: i=1; {OURS}; dmarc=pass header.from={SCHOOL}",
        f"X-Authentication-Results: {OURS}; dmarc=pass header.from={SCHOOL}",
    ],
    ids=["none", "another server", "a longer name", "no name (Microsoft 365)", "an empty name", "ARC", "another header"],
)
def test_without_a_header_of_ours_our_server_is_silent(header: str) -> None:
    assert seen(header) is Recorded.SILENT


def test_a_header_below_one_of_another_server_came_with_the_mail() -> None:
    foreign = "Authentication-Results: elders.example; dmarc=fail"
    assert seen(foreign, ours(f"dmarc=pass header.from={SCHOOL}")) is Recorded.SILENT


HANDED_OVER = "Received: from mail.evil.example (unknown [203.0.113.9]) by mx.ons.example (Postfix) with ESMTPS id 1"
BEFORE = "Received: from pc.evil.example (pc [198.51.100.7]) by mail.evil.example with ESMTP id 2"
DELIVERED = "Received: from mx.ons.example (mx.ons.example [203.0.113.1]) by post.ons.example with LMTP id 3"
FILTERED = "Received: from localhost (localhost [127.0.0.1]) by mx.ons.example (Postfix) with ESMTP id 4"
PASS = ours(f"dmarc=pass header.from={SCHOOL}")


@pytest.mark.parametrize(
    "lines",
    [
        [PASS, HANDED_OVER, BEFORE],
        [HANDED_OVER, PASS, BEFORE],
        [DELIVERED, FILTERED, PASS, HANDED_OVER, BEFORE],
        [DELIVERED, FILTERED, HANDED_OVER, PASS, BEFORE],
        ["Received: by 2002:a05:7110:1:b0:1c5 with SMTP id a1", "Received: from mail.school.example by mx.ons.example", PASS],
        ["Received: from x.example (x.example [203.0.113.5]) by mx.hoster.example with ESMTPS", PASS],
        [PASS],
    ],
    ids=[
        "above",
        "below our Received",
        "inner hops, above",
        "inner hops, below",
        "a hop without a name",
        "a hosted server",
        "alone",
    ],
)
def test_a_header_where_our_servers_took_the_mail_over_is_ours(lines: list[str]) -> None:
    assert seen(*lines) is Recorded.PASSED


@pytest.mark.parametrize(
    "lines",
    [
        [HANDED_OVER, BEFORE, PASS],
        [HANDED_OVER, "Received: from a.example by mx.ons.example with ESMTP id 9", PASS],
        [DELIVERED, HANDED_OVER, BEFORE, PASS],
        [HANDED_OVER.replace("unknown", "mx.evil.example"), HANDED_OVER, PASS],
    ],
)
def test_a_header_below_what_came_from_outside_was_brought_along(lines: list[str]) -> None:
    assert seen(*lines) is Recorded.SILENT


@pytest.mark.parametrize(
    "said", ["spf=none smtp.mailfrom=evil.example", "dkim=none", "none", "spf=fail smtp.mailfrom=a;b@evil.example"]
)
@pytest.mark.parametrize("above", [[], [DELIVERED], [DELIVERED, FILTERED]], ids=["one hop", "two hops", "three hops"])
def test_what_stands_below_our_received_is_not_ours_once_ours_stands_above(said: str, above: list[str]) -> None:
    assert seen(*above, ours(said), HANDED_OVER, PASS, BEFORE) is not Recorded.PASSED
    assert seen(ours(said), *above, HANDED_OVER, PASS, BEFORE) is not Recorded.PASSED


def test_several_of_ours_stand_on_one_side_of_our_received() -> None:
    both = [ours("dkim=none"), PASS]
    assert seen(*both, HANDED_OVER, BEFORE) is Recorded.PASSED
    assert seen(HANDED_OVER, *both, BEFORE) is Recorded.PASSED


LIED = {
    "Exim, an inner address": "from [203.0.113.9] (helo=[10.0.0.1]) by mx.ons.example with esmtp (Exim 4.96)",
    "Exim, our name": "from [203.0.113.9] (helo=mx.ons.example) by mx.ons.example with esmtp (Exim 4.96)",
    "Exim, found by name": "from evil.example ([203.0.113.9] helo=[127.0.0.1]) by mx.ons.example with esmtps (Exim 4.97)",
    "Exim, our name found": "from mx.ons.example ([203.0.113.9]) by mx.ons.example with esmtps (Exim 4.97)",
    "Exim, identd": "from evil.example ([203.0.113.9] helo=x ident=[10.0.0.1]) by mx.ons.example with esmtps",
    "Postfix, an inner address": "from 10.0.0.1 (unknown [203.0.113.9]) by mx.ons.example (Postfix) with ESMTP",
    "Postfix, our name": "from mx.ons.example (unknown [203.0.113.9]) by mx.ons.example (Postfix) with ESMTP",
    "Postfix, brackets in the greeting": "from x([10.0.0.1]) (unknown [203.0.113.9]) by mx.ons.example (Postfix) with ESMTP",
    "Postfix, localhost": "from localhost (localhost.evil.example [203.0.113.9]) by mx.ons.example (Postfix) with ESMTP",
    "Postfix, localhost as name": "from localhost (localhost [203.0.113.9]) by mx.ons.example (Postfix) with ESMTP",
    "Sendmail, may be forged": "from x (mx.ons.example [203.0.113.9] (may be forged)) by mx.ons.example (8.17) with ESMTP",
    "Sendmail, our name": "from mx.ons.example (evil.example [203.0.113.9] (may be forged)) by mx.ons.example (8.17) with ESMTP",
    "Sendmail, identd": "from x (IDENT:127.0.0.1@evil.example [203.0.113.9]) by mx.ons.example (8.17) with ESMTP",
    "qmail, an inner address": "from unknown (HELO 10.0.0.1) (203.0.113.9) by mx.ons.example with SMTP",
    "qmail, our name": "from unknown (HELO mx.ons.example) (203.0.113.9) by mx.ons.example with SMTP",
    "qmail, brackets": "from unknown (HELO [127.0.0.1]) (evil@203.0.113.9) by mx.ons.example with SMTP",
    "Exchange, our name": "from mx.ons.example (203.0.113.9) by mx.ons.example (10.0.0.2) with Microsoft SMTP Server id 15.2",
    "no brackets": "from mx.ons.example by mx.ons.example with ESMTP",
    "no brackets, LMTP told": "from x by y with LMTP by mx.ons.example with ESMTP",
    "no brackets, an inner address": "from [10.0.0.1] by mx.ons.example with ESMTP",
}


@pytest.mark.parametrize("hop", LIED)
def test_what_a_client_calls_itself_makes_it_no_server_of_ours(hop: str) -> None:
    assert (
        seen(f"Received: {LIED[hop]}", "Received: from a (b [203.0.113.7]) by mx.ons.example with esmtp", PASS) is Recorded.SILENT
    )


@pytest.mark.parametrize(
    "hop",
    [
        "from localhost (localhost [127.0.0.1]) by mx.ons.example (Postfix) with ESMTP",
        "from mx.ons.example ([127.0.0.1]) by localhost (mx.ons.example [127.0.0.1]) (amavisd-new, port 10024) with ESMTP",
        "from [10.1.2.3] (helo=filter) by mx.ons.example with esmtp (Exim 4.96)",
        "from filter.ons.example ([192.168.1.2] helo=filter) by mx.ons.example with esmtps (Exim 4.97)",
        "from unknown (HELO filter) (10.0.0.4) by mx.ons.example with SMTP",
        "from filter.ons.example (10.0.0.4) by post.ons.example (10.0.0.5) with Microsoft SMTP Server id 15.2",
        "from filter (filter.ons.example [203.0.113.2]) by mx.ons.example (8.17) with ESMTP",
        "from mx.ons.example by mx.ons.example with LMTP id a1 (envelope-from <a@b.example>)",
        "from mx.ons.example ([fd00::2]) by mx.ons.example (Dovecot) with LMTP",
    ],
)
def test_a_server_of_ours_that_handed_the_mail_on_is_no_outsider(hop: str) -> None:
    assert seen(f"Received: {hop}", HANDED_OVER, PASS, BEFORE) is Recorded.PASSED


def test_nothing_behind_a_line_that_is_no_header_is_ours() -> None:
    assert seen("X-Filter: 1", "this is no header", PASS) is Recorded.SILENT
    assert seen("From x@evil.example Mon Nov  2 10:00:00 2026", PASS) is Recorded.PASSED  # a mailbox file puts this line in front


# --- the form in which servers write it -----------------------------------------------------------------------------

REAL = {
    "OpenDKIM": f"dkim=pass (2048-bit key; unprotected) header.d={SCHOOL} header.i=@{SCHOOL} header.a=rsa-sha256 header.s=s1 header.b=Vx0+/=; dkim-atps=neutral",
    "OpenDMARC": f"dmarc=pass (p=none dis=none) header.from={SCHOOL}",
    "policyd-spf": f"spf=pass (mailfrom) smtp.mailfrom={SCHOOL} (client-ip=203.0.113.9; helo=mail.{SCHOOL}; envelope-from=a@{SCHOOL}; receiver=<UNKNOWN>)",
    "rspamd": f"dkim=pass header.d={SCHOOL} header.s=google header.b=aBc; spf=pass ({OURS}: domain of a@{SCHOOL} designates 203.0.113.9 as permitted sender) smtp.mailfrom=a@{SCHOOL}; dmarc=pass (policy=none) header.from={SCHOOL}",
    "Gmail": f'dkim=pass header.i=@{SCHOOL} header.s=google header.b="Ab+/c="; spf=pass (google.com: domain of a@{SCHOOL} designates 2a00::1 as permitted sender) smtp.mailfrom=a@{SCHOOL}; dmarc=pass (p=NONE sp=NONE dis=NONE) header.from={SCHOOL}',
    "Exchange": f"spf=pass (sender IP is 203.0.113.9) smtp.mailfrom={SCHOOL}; dkim=pass (signature was verified) header.d={SCHOOL};dmarc=bestguesspass action=none header.from={SCHOOL};compauth=pass reason=109",
    "Exim": f"iprev=pass (mail.{SCHOOL}) smtp.remote-ip=203.0.113.9;\r\n\tspf=pass smtp.mailfrom={SCHOOL};\r\n\tdkim=pass header.d={SCHOOL} header.s=s1 header.a=rsa-sha256;\r\n\tdmarc=none",
    "Yahoo": f"dkim=pass header.i=@{SCHOOL} header.s=s1; spf=pass smtp.mailfrom={SCHOOL}; dmarc=pass(p=REJECT) header.from={SCHOOL}",
    **{
        "rspamd behind Microsoft": f'dkim=pass header.d={SCHOOL} header.s=selector1 header.b=hE12Ab3c; arc=pass ("microsoft.com:s=arcselector10001:i=1"); dmarc=pass (policy=none) header.from={SCHOOL}; spf=pass ({OURS}: domain of d@{SCHOOL} designates 2a01:111:f400:7e1a::200 as permitted sender) smtp.mailfrom=d@{SCHOOL}',
        "rspamd, quoted address": f'dkim=pass header.d={SCHOOL} header.s=g header.b="q/Ab+c"; dmarc=pass (policy=none) header.from={SCHOOL}; spf=pass ({OURS}: domain of "a+b=c@{SCHOOL}" designates 203.0.113.9 as permitted sender) smtp.mailfrom="a+b=c@{SCHOOL}"',
        "rspamd, one that failed": f'dkim=pass header.d={SCHOOL} header.s=s; dkim=fail ("body hash did not verify") header.d=lists.example header.s=x; dmarc=pass (policy=none) header.from={SCHOOL}',
        "policyd-spf, authorized": f"spf=pass (sender SPF authorized) smtp.mailfrom={SCHOOL} (client-ip=203.0.113.9; helo=mail.{SCHOOL}; envelope-from=d@{SCHOOL}; receiver=help@ons.example)",
        "IronPort": f"spf=Pass smtp.mailfrom=d@{SCHOOL}; spf=Pass smtp.helo=postmaster@mail.{SCHOOL}; dkim=pass (signature verified) header.i=@{SCHOOL}; dmarc=pass (p=none dis=none) d={SCHOOL}",
        "IronPort, unsigned": f"dkim=none (message not signed) header.i=none; spf=Pass smtp.mailfrom=d@{SCHOOL}; spf=None smtp.helo=postmaster@mail.{SCHOOL}",
        "OpenDKIM with a person": f"dkim=pass (2048-bit key; unprotected) header.d={SCHOOL} header.i=d@{SCHOOL} header.a=rsa-sha256 header.s=s1 header.b=Vx0",
        "OpenDKIM with a reason": f'dkim=temperror reason="key retrieval failed; try later" header.d=x.example; dmarc=pass header.from={SCHOOL}',
        "Fastmail": f"dkim=pass (2048-bit rsa key sha256) header.d={SCHOOL} header.i=@{SCHOOL} header.b=Ab1 header.a=rsa-sha256 header.s=s x-bits=2048; dmarc=pass policy.published-domain-policy=none (p=none,d=none,d.eval=none) policy.policy-from=p header.from={SCHOOL}; spf=pass smtp.mailfrom=d@{SCHOOL} smtp.helo=mail.{SCHOOL}; x-tls=pass smtp.version=TLSv1.3 smtp.bits=256/256",
        "Gmail, a group": f"dkim=pass header.i=@{SCHOOL} header.s=s header.b=Ab; arc=pass (i=1 spf=pass spfdomain={SCHOOL} dkim=pass dkdomain={SCHOOL} dmarc=pass fromdomain={SCHOOL}); spf=pass (google.com: domain of help+bncbc@ons.example designates 209.85.220.41 as permitted sender) smtp.mailfrom=help+bncbc@ons.example; dmarc=pass (p=QUARANTINE sp=NONE dis=NONE) header.from={SCHOOL}; dara=neutral header.i=@ons.example",
        "Stalwart": f"dkim=pass header.d={SCHOOL} header.s=s header.b=Ab; spf=pass (mx.ons.example: domain of d@{SCHOOL} designates 203.0.113.9 as permitted sender) smtp.mailfrom=d@{SCHOOL} smtp.helo=mail.{SCHOOL}; iprev=pass policy.iprev=203.0.113.9; dmarc=pass header.from={SCHOOL} policy.dmarc=none",
        "Exim behind Microsoft": f"iprev=pass (mail.outlook.example) smtp.remote-ip=203.0.113.9; spf=pass smtp.mailfrom={SCHOOL}; dkim=pass header.d={SCHOOL} header.s=selector1 header.a=rsa-sha256; dmarc=none; arc=pass (i=1) header.s=arcselector10001 arc.oldest-pass=1",
        "an address in angle brackets": f"spf=pass smtp.mailfrom=<d@{SCHOOL}>; dmarc=pass header.from={SCHOOL}",
        "comments in comments": f"dmarc=pass (p=reject (relaxed (dkim))) header.from={SCHOOL}",
        "VERP": f"spf=pass smtp.mailfrom=prvs=1234a5b=d@{SCHOOL}; dmarc=pass header.from={SCHOOL}",
    },
    "amavis": f'dkim=pass (2048-bit key) reason="pass (just generated, assumed good)" header.d={SCHOOL}',
}


@pytest.mark.parametrize("writer", REAL)
def test_what_real_servers_write_is_read(writer: str) -> None:
    assert seen(ours(REAL[writer])) is Recorded.PASSED


def test_the_name_of_the_header_and_of_the_server_may_be_in_any_case_and_folded() -> None:
    assert seen(f"AUTHENTICATION-results:\r\n {OURS.upper()} 1;\r\n\tDMARC=Pass header.From={SCHOOL.upper()}") is Recorded.PASSED


@pytest.mark.parametrize(
    "envelope",
    [
        "a;b@evil.example",
        "a,b@evil.example",
        '"a b"@evil.example',
        'a"b@evil.example',
        "a(b@evil.example",
        "a\\b@evil.example",
        "a b@evil.example",
        "a\r\n b@evil.example",
        "a\tb@evil.example",
        "a@b@evil.example",
        "é@evil.example",
        f"a; dmarc=pass header.from={SCHOOL}; spf=none smtp.mailfrom=b@evil.example",
        f"b@evil.example; dmarc=pass header.from={SCHOOL}; spf=none smtp.mailfrom=b@evil.example",
        f"b@evil.example; dkim=pass header.d={SCHOOL}; x=none smtp.mail=b@evil.example",
        f'"x@evil.example"; dkim=pass header.d={SCHOOL}; dkim=fail header.i="z@evil.example',
        f"x@evil.example; dkim=pass header.d={SCHOOL}; dkim=none header.i=b@evil.example",
        f"x@evil.example; dkim=pass header.d={SCHOOL}; auth=pass smtp.auth=b@evil.example",
        f"x@evil.example; dkim=pass header.d={SCHOOL} header.i=@evil.example",
        f"x@evil.example; dkim=pass header.i=@{SCHOOL}",
        f"x@evil.example; dkim=pass header.i=@{SCHOOL}; dkim=none header.i=@evil.example",
        f"x@evil.example; dkim=pass header.d={SCHOOL}; x=none header.i=@evil.example",
        f"x@evil.example; dkim=pass header.d={SCHOOL}; spf=none smtp.helo=postmaster@evil.example",
        f"x@evil.example; spf=none smtp.helo=postmaster@a.example; dkim=pass header.d={SCHOOL}; spf=none smtp.helo=postmaster@evil.example",
        f'"x@evil.example"; dkim=pass header.d={SCHOOL}; dkim=none reason="b@evil.example',
        f'"x@evil.example"; dkim=pass header.d={SCHOOL}; dkim=none reason="z"@evil.example',
    ],
)
@pytest.mark.parametrize(
    "written",
    [
        "spf=fail smtp.mailfrom={}",
        "spf=fail smtp.mailfrom={}; dkim=none",
        "dkim=none; spf=fail smtp.mailfrom={}",
    ],
)
def test_an_envelope_address_that_breaks_our_header_makes_it_unreadable(envelope: str, written: str) -> None:
    assert seen(ours(written.format(envelope))) is Recorded.UNREADABLE


@pytest.mark.parametrize(
    "envelope",
    [
        f"a) q.x=1; dkim=pass header.d={SCHOOL} (b@evil.example",
        f"a) ; dmarc=pass header.from={SCHOOL}; x=none (b@evil.example",
        f"a@b.example) ; dmarc=pass header.from={SCHOOL}; x=none (client-ip=1; envelope-from=b@evil.example",
    ],
)
def test_an_envelope_address_that_closes_a_comment_makes_it_unreadable(envelope: str) -> None:
    comment = f"(client-ip=203.0.113.9; helo=x; envelope-from={envelope}; receiver=<UNKNOWN>)"
    assert seen(ours(f"spf=fail smtp.mailfrom=evil.example {comment}")) is Recorded.UNREADABLE
    designates = f"({OURS}: domain of {envelope} does not designate 203.0.113.9)"
    assert seen(ours(f"spf=fail {designates} smtp.mailfrom=evil.example")) is Recorded.UNREADABLE


def test_an_envelope_address_with_brackets_or_quotes_in_a_comment_makes_it_unreadable() -> None:
    for envelope in (
        "a(b@evil.example",
        'a"b@evil.example',
        f'"a" x) ; dmarc=pass header.from={SCHOOL}; x=none (b "c"@evil.example',
    ):
        designates = f"({OURS}: domain of {envelope} does not designate 203.0.113.9)"
        assert seen(ours(f"spf=fail {designates} smtp.mailfrom=evil.example; dkim=none (no key)")) is Recorded.UNREADABLE


@pytest.mark.parametrize(
    "quoted", ['reason="x; dmarc=fail y"', 'header.b="a;b"', 'header.b="a b"', 'header.d="a"b', 'reason="a\\"b"']
)
def test_a_quoted_string_that_could_hide_a_result_makes_it_unreadable(quoted: str) -> None:
    assert seen(ours(f"dkim=fail {quoted}; dkim=pass header.d={SCHOOL}")) is Recorded.UNREADABLE


def test_a_comment_that_swallowed_a_result_makes_it_unreadable() -> None:
    swallowed = f"spf=fail smtp.mailfrom=x@evil.example; dkim=pass header.d={SCHOOL} header.s=a(b; dmarc=fail header.from={SCHOOL}; dkim=fail header.s=x)"
    assert seen(ours(swallowed)) is Recorded.UNREADABLE


def test_an_odd_envelope_address_beside_a_header_takes_the_proof_away() -> None:
    assert seen('Return-Path: <"a; b"@evil.example>', PASS) is Recorded.UNREADABLE
    assert seen(f"Return-Path: <SRS0=x1=y2={SCHOOL}=post@door.example>", PASS) is Recorded.PASSED


def test_an_encoded_word_in_our_header_is_read_as_it_stands() -> None:
    hidden = f"=?utf-8?q?a=3B_dmarc=3Dpass_header.from=3D{SCHOOL}?=@evil.example"
    assert seen(ours(f"spf=fail smtp.mailfrom={hidden}")) is not Recorded.PASSED


def test_a_failure_stays_a_failure_when_another_header_of_ours_is_broken() -> None:
    assert seen(ours(f"dmarc=fail header.from={SCHOOL}"), ours("spf=fail smtp.mailfrom=a;b@evil.example")) is Recorded.FAILED


# --- whatever is sent -----------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        ";", " ", "(", ")", '"', "\\", ",", "@", "<", ">", "=", "\r\n ", "\r\n", "\t", "\0", "dmarc=pass", "dkim=pass", "spf=pass", f"header.from={SCHOOL}",
        f"header.d={SCHOOL}", f"smtp.mailfrom={SCHOOL}", SCHOOL, "a", "header.i", "x=none", "smtp.mailfrom=", f"Authentication-Results: {OURS};", "evil.example", "é",
    ]
)  # fmt: skip
ENVELOPES = st.lists(WORDS, max_size=14).map("".join)


@settings(max_examples=400)
@given(ENVELOPES, st.sampled_from(["", "; dkim=none (message not signed) header.d=none"]))
@example(f"{SCHOOL}\r\nX: y", "")
def test_no_envelope_address_turns_a_failed_dmarc_into_a_pass(local: str, more: str) -> None:
    header = ours(f"spf=fail smtp.mailfrom={local}@evil.example{more}; dmarc=fail header.from={SCHOOL}")
    assert seen(header) is not Recorded.PASSED


@settings(max_examples=400)
@given(ENVELOPES)
def test_no_envelope_address_on_one_line_turns_silence_of_dmarc_into_a_pass(local: str) -> None:
    on_one_line = re.sub(r"[\r\n\0]", "", local)
    for written in (
        "spf=fail smtp.mailfrom={}",
        "spf=fail (domain of {} does not designate 203.0.113.9) smtp.mailfrom=evil.example",
    ):
        assert seen(ours(written.format(f"{on_one_line}@evil.example"))) is not Recorded.PASSED


@settings(max_examples=300)
@given(st.text(max_size=300))
def test_no_value_breaks_the_reader(value: str) -> None:
    found = read_results(value)
    assert found is None or all(one.method and one.outcome for one in found)


def test_a_header_without_end_is_not_read() -> None:
    assert read_results(f"{OURS}; " + "dkim=pass header.d=a.example; " * 2_000) is None
