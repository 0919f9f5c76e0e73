"""Mail signatures checked again: DKIM and ARC. No test asks DNS."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from tests.triage.verify.sender.senders import SCHOOL, Signer, check, dns_of, mail
from triage.mail import parse_message
from triage.verify.sender.mail_signature import DkimOutcome, check_arc, check_dkim


@pytest.fixture(scope="module")
def school() -> Signer:
    return Signer(SCHOOL)


@pytest.fixture(scope="module")
def sealer() -> Signer:
    return Signer("doorstuur.example")


# --- DKIM -----------------------------------------------------------------------------------------------------------


def test_a_signature_of_the_senders_domain_that_fits_proves_the_sender(school: Signer) -> None:
    report = check(school.sign(mail()), lookup=dns_of(school))
    assert (report.dkim, report.authenticated) == (True, True)
    assert f"De handtekening van de mailserver van {SCHOOL} klopt (DKIM)." in report.reason


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"zie bijlage", b"zie bijlagE"), (b"Directie <directie@", b"Directie <anders@"), (b"Subject: Aanvraag", b"Subject: Iets")],
)
def test_a_mail_changed_after_signing_is_not_proven_but_not_accused_either(old: bytes, new: bytes, school: Signer) -> None:
    report = check(school.sign(mail()).replace(old, new), lookup=dns_of(school))
    assert (report.dkim, report.authenticated, report.conflicting) == (False, None, False)


def test_without_dns_nothing_is_asked_and_nothing_is_known(school: Signer) -> None:
    report = check(school.sign(mail()), lookup=None)
    assert (report.dkim, report.authenticated) == (None, None)


def test_a_key_that_can_not_be_had_leaves_it_open(school: Signer) -> None:
    assert check_dkim(parse_message(school.sign(mail())), lambda name: None) is DkimOutcome.UNKNOWN


def test_a_signature_of_another_domain_says_nothing_and_its_key_is_not_asked_for() -> None:
    asked: list[str] = []
    other = Signer("elders.example")
    assert check_dkim(parse_message(other.sign(mail())), lambda name: asked.append(name)) is DkimOutcome.UNKNOWN
    assert asked == []


def test_a_subdomain_of_the_senders_domain_counts() -> None:
    signer = Signer(f"mail.{SCHOOL}")
    assert check_dkim(parse_message(signer.sign(mail())), dns_of(signer)) is DkimOutcome.PASSED


def test_one_fitting_signature_among_others_is_enough(school: Signer) -> None:
    other = Signer("elders.example")
    assert check_dkim(parse_message(other.sign(school.sign(mail()))), dns_of(school, other)) is DkimOutcome.PASSED


def test_a_signature_over_part_of_the_body_proves_nothing_as_text_can_be_added(school: Signer) -> None:
    raw = school.sign(mail(), length=True) + b"Nieuw adres: x@evil.example\r\n"
    assert check_dkim(parse_message(raw), dns_of(school)) is DkimOutcome.UNKNOWN


def test_a_second_from_header_takes_the_proof_away(school: Signer) -> None:
    raw = b"From: iemand@elders.example\r\n" + school.sign(mail())
    report = check(raw, lookup=dns_of(school))
    assert (report.dkim, report.authenticated) == (None, None)
    assert "De mail noemt meer dan één afzender. Kijk zelf van wie hij is." in report.doubts


def test_line_ends_that_only_some_programs_see_take_the_proof_away(school: Signer) -> None:
    raw = b"X-A: a\rFrom: iemand@elders.example\r\n" + school.sign(mail())
    assert check_dkim(parse_message(raw), dns_of(school)) is DkimOutcome.UNKNOWN


def test_the_refusal_of_our_own_server_outweighs_a_signature(school: Signer) -> None:
    refused = f"Authentication-Results: mx.ons.example; dmarc=fail header.from={SCHOOL}\r\n".encode()
    report = check(refused + school.sign(mail()), lookup=dns_of(school), authserv_id="mx.ons.example")
    assert (report.dkim, report.authenticated) == (True, False)


@pytest.mark.parametrize(
    "record", [b"", b"v=DKIM1; p=", b"v=DKIM1; k=rsa; p=AAAA", b"\xff\x00", b"p=" + b"A" * 5000, b"v=DKIM1; k=ed25519; p=x"]
)
def test_a_broken_or_withdrawn_key_never_proves_anything(record: bytes, school: Signer) -> None:
    assert check_dkim(parse_message(school.sign(mail())), lambda name: record) is DkimOutcome.FAILED


@settings(max_examples=150)
@given(st.binary(max_size=300), st.binary(max_size=200))
def test_whatever_a_signature_header_holds_the_check_neither_breaks_nor_passes(value: bytes, record: bytes) -> None:
    raw = b"DKIM-Signature: v=1; d=" + SCHOOL.encode() + b"; " + value + b"\r\nARC-Seal: i=1; " + value + b"\r\n" + mail()
    message = parse_message(raw)
    assert check_dkim(message, lambda name: record) is not DkimOutcome.PASSED
    assert not check_arc(message, lambda name: record, frozenset({SCHOOL}))


SIGNED_MAILS = sorted(path for path in (SHARED / "mail").rglob("*") if path.is_file() and b"DKIM-Signature" in path.read_bytes())


@pytest.mark.parametrize("path", SIGNED_MAILS, ids=lambda path: path.stem)
def test_real_mails_with_signatures_do_not_break_the_check(path: Path, school: Signer) -> None:
    key = next(iter(school.records.values()))
    assert check_dkim(parse_message(path.read_bytes()), lambda name: key) in (DkimOutcome.FAILED, DkimOutcome.UNKNOWN)


# --- ARC ------------------------------------------------------------------------------------------------------------


def forwarded(sealer: Signer, said: str) -> bytes:
    return sealer.seal(mail(extra=f"Authentication-Results: mx.{sealer.domain}; {said}\n"), f"mx.{sealer.domain}")


PASSED = f"dmarc=pass header.from={SCHOOL}"
REFUSED = f"Authentication-Results: mx.ons.example; dmarc=fail header.from={SCHOOL}\r\n".encode()


def test_a_trusted_sealer_vouches_for_a_mail_that_our_server_refused_after_forwarding(sealer: Signer) -> None:
    report = check(
        REFUSED + forwarded(sealer, PASSED),
        lookup=dns_of(sealer),
        authserv_id="mx.ons.example",
        arc_sealers=frozenset({sealer.domain}),
    )
    assert (report.arc, report.authenticated) == (True, True)


@pytest.mark.parametrize(
    ("said", "sealers"),
    [
        (PASSED, frozenset()),
        (PASSED, frozenset({"een-ander.example"})),
        (f"dmarc=fail header.from={SCHOOL}", frozenset({"doorstuur.example"})),
        ("dmarc=pass header.from=elders.example", frozenset({"doorstuur.example"})),
    ],
    ids=["no sealer is trusted", "another sealer is trusted", "it saw a failure", "it vouched for another domain"],
)
def test_otherwise_the_refusal_stands(said: str, sealers: frozenset[str], sealer: Signer) -> None:
    report = check(REFUSED + forwarded(sealer, said), lookup=dns_of(sealer), authserv_id="mx.ons.example", arc_sealers=sealers)
    assert (report.arc, report.authenticated) == (False, False)


def test_a_sealed_mail_that_was_changed_is_not_vouched_for(sealer: Signer) -> None:
    raw = forwarded(sealer, PASSED).replace(b"zie bijlage", b"zie bijlagE")
    assert not check_arc(parse_message(raw), dns_of(sealer), frozenset({sealer.domain}))


def test_one_unknown_hop_breaks_the_chain(sealer: Signer) -> None:
    other = Signer("onbekend.example")
    again = b"Authentication-Results: mx.onbekend.example; arc=pass\r\n" + forwarded(sealer, PASSED)
    raw = other.seal(again, "mx.onbekend.example")
    both = frozenset({sealer.domain, other.domain})
    assert check_arc(parse_message(raw), dns_of(sealer, other), both)
    assert not check_arc(parse_message(raw), dns_of(sealer, other), frozenset({sealer.domain}))
