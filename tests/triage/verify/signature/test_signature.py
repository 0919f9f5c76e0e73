"""Digital signatures: when, by whose certificate, still valid or not - and each signature of a file on its own."""

from __future__ import annotations

import datetime
import importlib.util
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import need
from tests.forms import Identity, altered_after_signing, identity, pem, revocation_list, signed, with_security_store
from tests.trusted_list import trusted_list
from triage.errors import TrustError
from triage.verify.signature.signature import check_signature
from triage.verify.signature.trust import Trust, read_trusted_list

LAST_YEAR = datetime.datetime(2025, 6, 1, tzinfo=datetime.UTC)


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory, authority: Identity) -> Trust:
    roots = tmp_path_factory.mktemp("roots")
    (roots / "ca.pem").write_bytes(pem(authority))
    return Trust(roots)


def test_the_time_of_signing_is_the_signers_own_word_without_a_timestamp(signed_form: bytes, trust: Trust) -> None:
    report = check_signature(signed_form, trust)
    assert (report.time_proven, report.trusted, report.expired_now, report.revoked) == (False, True, False, None)
    assert "volgens de ondertekenaar zelf" in report.reason


def test_a_trusted_timestamp_proves_the_time(full: bytes, director: Identity, authority: Identity, trust: Trust) -> None:
    clock = identity("Tijdstempeldienst (fictief)", authority, stamps_time=True)
    report = check_signature(signed(full, director, clock=clock, at=LAST_YEAR), trust)
    assert (report.time_proven, report.signed_at) == (True, LAST_YEAR.isoformat())
    assert "Getekend op 01-06-2025, volgens een vertrouwd tijdstempel." in report.reason


def test_a_timestamp_of_an_unknown_service_proves_nothing(full: bytes, director: Identity, trust: Trust) -> None:
    clock = identity("Eigen klok", identity("Onbekende dienst"), stamps_time=True)
    report = check_signature(signed(full, director, clock=clock, at=LAST_YEAR), trust)
    assert (report.trusted, report.time_proven) == (True, False)
    assert "volgens de ondertekenaar zelf" in report.reason


def test_a_certificate_that_expired_after_signing_is_said_to_be_expired_now(
    full: bytes, authority: Identity, trust: Trust
) -> None:
    short = identity("Marijke van den Berg", authority, years=1)
    clock = identity("Tijdstempeldienst (fictief)", authority, stamps_time=True)
    report = check_signature(signed(full, short, clock=clock, at=LAST_YEAR), trust)
    assert (report.expired_at_signing, report.expired_now, report.trusted) == (False, True, False)
    assert "is verlopen op 01-01-2026" in report.reason


def test_a_certificate_that_was_expired_at_signing_asks_for_a_new_signature(
    full: bytes, authority: Identity, trust: Trust
) -> None:
    report = check_signature(signed(full, identity("Marijke van den Berg", authority, years=1)), trust)
    assert (report.expired_at_signing, report.trusted) == (True, False)
    assert "niet geldig (wel van 01-01-2025 tot 01-01-2026)" in report.reason


def test_a_revoked_certificate_is_never_trusted(
    signed_form: bytes, director: Identity, authority: Identity, trust: Trust, tmp_path: Path
) -> None:
    (tmp_path / "ca.crl").write_bytes(revocation_list(authority, [director]))
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.intact, report.revoked, report.trusted) == (True, True, False)
    assert "ingetrokken" in report.reason


def test_a_current_list_without_the_certificate_says_it_is_not_revoked(
    signed_form: bytes, authority: Identity, trust: Trust, tmp_path: Path
) -> None:
    (tmp_path / "ca.crl").write_bytes(revocation_list(authority, []))
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.revoked, report.trusted) == (False, True)


def test_an_outdated_list_tells_nothing(signed_form: bytes, authority: Identity, trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "ca.crl").write_bytes(revocation_list(authority, [], days_old=400))
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.revoked, report.trusted) == (None, True)


def test_who_stands_on_an_outdated_list_stays_revoked(
    signed_form: bytes, director: Identity, authority: Identity, trust: Trust, tmp_path: Path
) -> None:
    (tmp_path / "ca.crl").write_bytes(revocation_list(authority, [director], days_old=400))
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.revoked, report.trusted) == (True, False)


def test_a_list_of_somebody_else_can_not_revoke(signed_form: bytes, director: Identity, trust: Trust, tmp_path: Path) -> None:
    (tmp_path / "other.crl").write_bytes(revocation_list(identity("Iemand anders"), [director]))
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.revoked, report.trusted) == (None, True)


def test_a_broken_list_in_our_folder_stops_the_check_instead_of_passing_unseen(
    signed_form: bytes, trust: Trust, tmp_path: Path
) -> None:
    (tmp_path / "ca.crl").write_bytes(b"geen lijst")
    report = check_signature(signed_form, replace(trust, revocation_lists=tmp_path))
    assert (report.kind, report.intact, report.trusted) == ("digitaal", None, None)
    assert "kon niet worden gecontroleerd" in report.reason


@pytest.mark.parametrize("where", ["document security store", "attribute of Adobe"])
def test_a_revocation_list_inside_the_pdf_counts_too(
    where: str, full: bytes, director: Identity, authority: Identity, trust: Trust
) -> None:
    crl = revocation_list(authority, [director])
    in_store = where == "document security store"
    pdf = with_security_store(signed(full, director), crl) if in_store else signed(full, director, enclosed=crl)
    report = check_signature(pdf, trust)
    assert (report.intact, report.revoked, report.trusted, report.changed_after_signing) == (True, True, False, False)


def test_each_signature_is_reported_and_the_weakest_is_the_summary(signed_form: bytes, authority: Identity, trust: Trust) -> None:
    both = signed(signed_form, identity("Joris Voorbeeld", authority), "tweede")
    report = check_signature(both, trust)
    assert [one.signer for one in report.signatures] == ["Marijke van den Berg", "Joris Voorbeeld"]
    assert [one.covers_whole_document for one in report.signatures] == [False, True]
    assert (report.signer, report.changed_after_signing, report.only_signed_after) == ("Marijke van den Berg", True, True)
    assert report.reason.startswith("De PDF heeft 2 handtekeningen. Na de digitale handtekening van Marijke van den Berg is nog")


def test_a_field_changed_between_two_signatures_is_no_mere_second_signature(
    signed_form: bytes, authority: Identity, trust: Trust
) -> None:
    changed = altered_after_signing(signed_form, "beheerder_email", "x@evil.example")
    report = check_signature(signed(changed, identity("Joris Voorbeeld", authority), "tweede"), trust)
    assert (report.changed_after_signing, report.only_signed_after) == (True, False)


def test_the_json_keeps_its_old_keys_and_lists_every_signature(signed_form: bytes, trust: Trust) -> None:
    found = asdict(check_signature(signed_form, trust))
    old = {"kind", "intact", "trusted", "covers_whole_document", "changed_after_signing", "signer", "reason"}
    assert old <= set(found)
    (one,) = found["signatures"]  # type: ignore[misc]
    assert (one["field"], one["signer"]) == ("handtekening", "Marijke van den Berg")


@pytest.mark.parametrize("word", ["geldig.", "valide", "valid"])
def test_no_sentence_sums_a_good_signature_up_in_one_word(word: str, signed_form: bytes, trust: Trust) -> None:
    assert word not in check_signature(signed_form, trust).reason


# --- EU trusted list ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, authority: Identity) -> Path:
    need(importlib.util.find_spec("xsdata") is not None, "pyhanko[etsi]")
    path = tmp_path_factory.mktemp("list") / "tl.xml"
    path.write_text(trusted_list([authority]), encoding="utf-8")
    return path


def test_a_qualified_certificate_of_a_listed_issuer_is_trusted(full: bytes, authority: Identity, listed: Path) -> None:
    qualified = identity("Marijke van den Berg", authority, qualified=True)
    report = check_signature(signed(full, qualified), Trust(trusted_list=listed))
    assert (report.qualified, report.trusted, report.intact) == (True, True, True)


def test_another_certificate_of_a_listed_issuer_is_not(signed_form: bytes, listed: Path) -> None:
    report = check_signature(signed_form, Trust(trusted_list=listed))
    assert (report.qualified, report.trusted) == (False, False)
    assert "niet gekwalificeerd" in report.reason


def test_a_root_of_our_own_counts_beside_the_list_for_every_certificate(signed_form: bytes, trust: Trust, listed: Path) -> None:
    report = check_signature(signed_form, replace(trust, trusted_list=listed))
    assert (report.qualified, report.trusted) == (False, True)


def test_an_issuer_that_is_not_listed_is_not_trusted_however_qualified_it_calls_itself(full: bytes, listed: Path) -> None:
    own = identity("Marijke van den Berg", identity("Eigen uitgever"), qualified=True)
    report = check_signature(signed(full, own), Trust(trusted_list=listed))
    assert (report.qualified, report.trusted) == (None, False)


def test_a_service_that_was_withdrawn_is_no_longer_trusted(full: bytes, authority: Identity, tmp_path: Path) -> None:
    need(importlib.util.find_spec("xsdata") is not None, "pyhanko[etsi]")
    (tmp_path / "tl.xml").write_text(trusted_list([authority], withdrawn=True), encoding="utf-8")
    qualified = identity("Marijke van den Berg", authority, qualified=True)
    report = check_signature(signed(full, qualified), Trust(trusted_list=tmp_path / "tl.xml"))
    assert (report.intact, report.trusted) == (True, False)


def test_a_listed_time_stamping_service_proves_the_time_but_signs_no_forms(
    full: bytes, director: Identity, trust: Trust, tmp_path: Path
) -> None:
    need(importlib.util.find_spec("xsdata") is not None, "pyhanko[etsi]")
    stamps = identity("Gekwalificeerde tijd (fictief)")
    (tmp_path / "tl.xml").write_text(trusted_list([], clocks=[stamps]), encoding="utf-8")
    clock = identity("Klok 1 (fictief)", stamps, stamps_time=True)
    both = replace(trust, trusted_list=tmp_path / "tl.xml")
    assert check_signature(signed(full, director, clock=clock, at=LAST_YEAR), both).time_proven is True
    assert check_signature(signed(full, identity("Marijke van den Berg", stamps)), both).trusted is False


@pytest.mark.parametrize("text", ["", "geen xml", "<a/>", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
def test_a_file_that_is_no_trusted_list_is_refused_by_name(text: str, tmp_path: Path) -> None:
    need(importlib.util.find_spec("xsdata") is not None, "pyhanko[etsi]")
    (tmp_path / "tl.xml").write_text(text, encoding="utf-8")
    with pytest.raises(TrustError, match=r"tl\.xml"):
        read_trusted_list(tmp_path / "tl.xml")


def test_with_an_unreadable_trusted_list_nothing_is_trusted_and_the_reason_says_so(
    signed_form: bytes, trust: Trust, tmp_path: Path
) -> None:
    report = check_signature(signed_form, replace(trust, trusted_list=tmp_path / "weg.xml"))
    assert (report.kind, report.intact, report.trusted) == ("digitaal", None, None)
    assert "weg.xml" in report.reason


# --- hostile files --------------------------------------------------------------------------------------------------


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_bytes_are_changed_the_signature_never_stays_whole(data: st.DataObject, signed_form: bytes) -> None:
    from triage.verify.signature.signature_here import check_here

    start = signed_form.index(b"%PDF") + 8
    at = data.draw(st.integers(start, len(signed_form) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != signed_form[at]))
    changed = signed_form[:at] + bytes([byte]) + signed_form[at + 1 :]
    nothing = '{"roots": "", "crls": "", "listed_authorities": "", "listed_clocks": ""}'
    now = datetime.datetime.now(datetime.UTC).isoformat()
    before, *_ = check_here(signed_form, nothing, now)
    for answer in check_here(changed, nothing, now):
        whole = answer["intact"] and answer["covers_whole_document"] and not answer["changed_after_signing"]
        assert not whole or _in_padding(signed_form, at), (at, answer, before)


def _in_padding(data: bytes, at: int) -> bool:
    """Whether a byte stands in the part a signature leaves out: its own hexadecimal text, where only zeros follow it."""
    start = data.index(b"/Contents <") + len(b"/Contents ")
    return start <= at <= data.index(b">", start)
