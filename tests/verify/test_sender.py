"""Who sent it: mail signatures checked again, deceiving names and domains, and what came before. No test asks DNS."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED
from triage.mail import parse_message
from triage.verify.dns_text import KEEP, KEEP_SILENCE, RememberedLookup
from triage.verify.domains import is_disposable, lookalike_of, readable
from triage.verify.letters import has_invisible, latin, mixed_scripts, turns_text_around
from triage.verify.mail_signature import Outcome, check_arc, check_dkim
from triage.verify.model import Past, SenderReport
from triage.verify.sender import Known, check_sender

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


@pytest.fixture(scope="module")
def school() -> Signer:
    return Signer(SCHOOL)


@pytest.fixture(scope="module")
def sealer() -> Signer:
    return Signer("doorstuur.example")


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
    return check_sender(parse_message(raw), known(**more))


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
    assert check_dkim(parse_message(school.sign(mail())), lambda name: None) is Outcome.UNKNOWN


def test_a_signature_of_another_domain_says_nothing_and_its_key_is_not_asked_for() -> None:
    asked: list[str] = []
    other = Signer("elders.example")
    assert check_dkim(parse_message(other.sign(mail())), lambda name: asked.append(name)) is Outcome.UNKNOWN
    assert asked == []


def test_a_subdomain_of_the_senders_domain_counts() -> None:
    signer = Signer(f"mail.{SCHOOL}")
    assert check_dkim(parse_message(signer.sign(mail())), dns_of(signer)) is Outcome.PASSED


def test_one_fitting_signature_among_others_is_enough(school: Signer) -> None:
    other = Signer("elders.example")
    assert check_dkim(parse_message(other.sign(school.sign(mail()))), dns_of(school, other)) is Outcome.PASSED


def test_a_signature_over_part_of_the_body_proves_nothing_as_text_can_be_added(school: Signer) -> None:
    raw = school.sign(mail(), length=True) + b"Nieuw adres: x@evil.example\r\n"
    assert check_dkim(parse_message(raw), dns_of(school)) is Outcome.UNKNOWN


def test_a_second_from_header_takes_the_proof_away(school: Signer) -> None:
    raw = b"From: iemand@elders.example\r\n" + school.sign(mail())
    report = check(raw, lookup=dns_of(school))
    assert (report.dkim, report.authenticated) == (None, None)
    assert "De mail noemt meer dan één afzender. Kijk zelf van wie hij is." in report.doubts


def test_line_ends_that_only_some_programs_see_take_the_proof_away(school: Signer) -> None:
    raw = b"X-A: a\rFrom: iemand@elders.example\r\n" + school.sign(mail())
    assert check_dkim(parse_message(raw), dns_of(school)) is Outcome.UNKNOWN


def test_the_refusal_of_our_own_server_outweighs_a_signature(school: Signer) -> None:
    refused = f"Authentication-Results: mx.ons.example; dmarc=fail header.from={SCHOOL}\r\n".encode()
    report = check(refused + school.sign(mail()), lookup=dns_of(school), authserv_id="mx.ons.example")
    assert (report.dkim, report.authenticated) == (True, False)


@pytest.mark.parametrize(
    "record", [b"", b"v=DKIM1; p=", b"v=DKIM1; k=rsa; p=AAAA", b"\xff\x00", b"p=" + b"A" * 5000, b"v=DKIM1; k=ed25519; p=x"]
)
def test_a_broken_or_withdrawn_key_never_proves_anything(record: bytes, school: Signer) -> None:
    assert check_dkim(parse_message(school.sign(mail())), lambda name: record) is Outcome.FAILED


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=200))
def test_whatever_a_signature_header_holds_the_check_neither_breaks_nor_passes(value: bytes, record: bytes) -> None:
    raw = b"DKIM-Signature: v=1; d=" + SCHOOL.encode() + b"; " + value + b"\r\nARC-Seal: i=1; " + value + b"\r\n" + mail()
    message = parse_message(raw)
    assert check_dkim(message, lambda name: record) is not Outcome.PASSED
    assert not check_arc(message, lambda name: record, frozenset({SCHOOL}))


SIGNED_MAILS = sorted(path for path in (SHARED / "mail").rglob("*") if path.is_file() and b"DKIM-Signature" in path.read_bytes())


@pytest.mark.parametrize("path", SIGNED_MAILS, ids=lambda path: path.stem)
def test_real_mails_with_signatures_do_not_break_the_check(path: Path, school: Signer) -> None:
    key = next(iter(school.records.values()))
    assert check_dkim(parse_message(path.read_bytes()), lambda name: key) in (Outcome.FAILED, Outcome.UNKNOWN)


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


# --- names, domains, addresses --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sender", "words"),
    [
        (f"Helpdesk Basispoort <x@{SCHOOL}>", "mailt niet van ons eigen domein"),
        (f"Неlpdesk Basispoort <x@{SCHOOL}>", "ander alfabet"),
        (f"Sаnne de Wit <x@{SCHOOL}>", "ander alfabet"),
        (f"Sanne\u202egpj.exe <x@{SCHOOL}>", "onzichtbare tekens"),
        ("Directie <x@xn--bsdemeerpaal-9ui.example>", "ander alfabet"),
    ],
    ids=["our own name", "our own name in look-alike letters", "a look-alike letter in a name", "text turned around", "a domain"],
)  # fmt: skip
def test_a_sender_that_deceives_the_eye_is_in_conflict(sender: str, words: str) -> None:
    sender = sender.replace("xn--bsdemeerpaal-9ui", "xn--" + "оbsdemeerpaal".encode("punycode").decode())
    report = check(mail(sender))
    assert report.conflicting
    assert words in report.reason


@pytest.mark.parametrize(
    "name",
    ["Ömer Yıldız", "Chaïmae el Idrissi", "Иван Петров", "Иван Petrov", "Basispoort-beheerder De Meerpaal", "Zoë", "王小明", ""],
)
def test_names_of_real_people_are_not_in_conflict(name: str) -> None:
    assert not check(mail(f'"{name}" <x@{SCHOOL}>')).conflicting


def test_our_own_name_from_our_own_domain_is_no_conflict() -> None:
    assert not check(mail("Helpdesk Basispoort <help@basispoort.nl>")).conflicting


def test_an_invisible_character_in_a_name_is_a_doubt() -> None:
    report = check(mail(f"Sanne\u200b de Wit <x@{SCHOOL}>"))
    assert (report.conflicting, len(report.doubts)) == (False, 1)


@pytest.mark.parametrize("domain", ["weg.example", "mailinator.com", "x.mailinator.com", "guerrillamail.com"])
def test_a_disposable_address_is_always_a_doubt(domain: str) -> None:
    report = check(mail(f"Sanne <sanne@{domain}>"), domains=frozenset({domain}))
    assert any("wegwerpadres" in doubt for doubt in report.doubts)


@pytest.mark.parametrize("domain", [SCHOOL, "gmail.com", "ziggo.nl", "basispoort.nl", ""])
def test_an_ordinary_domain_is_not_disposable(domain: str) -> None:
    assert not is_disposable(domain, frozenset())


def test_a_return_path_elsewhere_is_a_doubt_only_while_nothing_proves_the_sender(school: Signer) -> None:
    bounced = b"Return-Path: <b@verzender.example>\r\n"
    assert any("verzender.example" in doubt for doubt in check(bounced + mail()).doubts)
    assert check(bounced + school.sign(mail()), lookup=dns_of(school)).doubts == ()
    assert check(f"Return-Path: <x@post.{SCHOOL}>\r\n".encode() + mail()).doubts == ()


@pytest.mark.parametrize("look", ["оbsdemeerpaal", "obsdemeerpаal", "öbsdemeerpaal", "ᴏbsdemeerpaal", "obsdemeerpaaI"])
def test_a_domain_in_look_alike_letters_resembles_the_school_also_when_encoded(look: str) -> None:
    encoded = "xn--" + look.encode("punycode").decode() if not look.isascii() else look
    assert lookalike_of(f"{encoded}.example", frozenset({SCHOOL})) == SCHOOL


@given(st.text(max_size=40))
def test_no_text_breaks_the_look_at_its_letters(text: str) -> None:
    assert isinstance(latin(text) + readable(text) + mixed_scripts(text), str)
    assert has_invisible(text) in (True, False)
    assert turns_text_around(text) in (True, False)
    assert lookalike_of(text, frozenset({SCHOOL})) in (None, SCHOOL)


@given(st.from_regex(r"xn--[a-z0-9-]{0,40}", fullmatch=True))
def test_no_encoded_label_breaks_reading_it(label: str) -> None:
    assert readable(f"{label}.nl").endswith(".nl")


# --- earlier mail ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("past", "said"),
    [
        (Past(3, date(2026, 2, 5), 0), "Van dit adres kwam eerder mail (3 keer, voor het eerst op 05-02-2026)."),
        (Past(0, None, 2), f"Eerste mail van dit adres; van andere adressen van {SCHOOL} kwam al eerder mail (2 keer)."),
        (Past(0, None, 0), "Eerste mail van dit adres."),
        (
            Past(1, date(2026, 2, 5), 0, 1),
            "Van dit adres kwam eerder mail (1 keer, voor het eerst op 05-02-2026). Wij schreven daar 1 keer naar.",
        ),
        (None, ""),
    ],
)
def test_the_report_says_what_came_before(past: Past | None, said: str) -> None:
    report = check(mail(), past=past)
    assert report.past == said
    assert said in report.reason


def test_other_people_at_a_free_mail_service_say_nothing_about_this_one() -> None:
    assert check(mail("a@gmail.com"), past=Past(0, None, 40)).past == "Eerste mail van dit adres."


# --- DNS ------------------------------------------------------------------------------------------------------------


def test_an_answer_is_asked_once_and_again_after_an_hour() -> None:
    asked: list[str] = []
    now = [0.0]
    lookup = RememberedLookup(lambda name: (asked.append(name), b"x")[1], clock=lambda: now[0])
    assert [lookup("a.example"), lookup("A.example.")] == [b"x", b"x"]
    now[0] = KEEP + 1
    lookup("a.example")
    assert asked == ["a.example", "a.example"]


def test_a_question_without_answer_is_asked_again_soon() -> None:
    asked: list[str] = []
    now = [0.0]
    lookup = RememberedLookup(lambda name: asked.append(name), clock=lambda: now[0])
    assert [lookup("a.example"), lookup("a.example")] == [None, None]
    now[0] = KEEP_SILENCE + 1
    lookup("a.example")
    assert len(asked) == 2
