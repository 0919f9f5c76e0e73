"""Signatures that leave room for what comes later: a form its publisher certified for filling in, and validation data added afterwards."""

from __future__ import annotations

import pytest
from pyhanko.sign.fields import MDPPerm

from kb.settings import Settings
from tests.conftest import SHARED, need
from tests.forms import (
    Identity,
    altered_after_signing,
    certified,
    filled_form,
    filled_later,
    identity,
    revocation_list,
    signed,
    with_document_timestamp,
    with_security_store,
    with_words_on_the_page,
)
from tests.make_demo import MEERPAAL
from tests.triage.verify.checks.test_signer_doubts import kinds, verify
from triage.register.register import Register
from triage.verify.model import Verdict


@pytest.fixture(scope="module")
def publisher() -> Identity:
    """Nobody this installation knows: the certification proves nothing to us and need not."""
    return identity("Uitgever van formulieren (fictief)")


@pytest.fixture(scope="module")
def issued(form: bytes, publisher: Identity) -> bytes:
    """The empty form as its publisher certified it."""
    return certified(form, publisher)


# --- certified forms --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", [MDPPerm.FILL_FORMS, MDPPerm.ANNOTATE])
def test_a_certified_form_filled_in_and_then_signed_is_complete(
    level: MDPPerm, form: bytes, publisher: Identity, director: Identity, register: Register, trusting: Settings
) -> None:
    filled = filled_later(certified(form, publisher, level=level), MEERPAAL)
    found = verify(signed(filled, director), register, trusting)
    assert (found.verdict, found.reasons) == (Verdict.COMPLETE, ())
    assert (found.signature.signer, len(found.signature.signatures)) == ("Marijke van den Berg", 2)


def test_validation_data_after_that_changes_nothing(
    issued: bytes, director: Identity, authority: Identity, register: Register, trusting: Settings
) -> None:
    pdf = with_security_store(signed(filled_later(issued, MEERPAAL), director), revocation_list(authority, []))
    assert verify(pdf, register, trusting).verdict is Verdict.COMPLETE


def test_a_certified_form_that_nobody_signed_misses_its_signature_and_is_no_forgery(
    issued: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(filled_later(issued, MEERPAAL), register, trusting)
    assert (found.verdict, found.signature.kind, found.missing) == (Verdict.INCOMPLETE, "geen", ("ondertekende_pdf",))


def test_the_publisher_is_never_taken_for_the_signer(
    form: bytes, director: Identity, authority: Identity, register: Register, trusting: Settings
) -> None:
    by_director = certified(form, director)
    found = verify(signed(filled_later(by_director, MEERPAAL), identity("Piet Onbekend", authority)), register, trusting)
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {"signer_name"})


def test_a_board_member_may_sign_by_certifying(full: bytes, director: Identity, register: Register, trusting: Settings) -> None:
    assert verify(certified(full, director, "handtekening"), register, trusting).verdict is Verdict.COMPLETE


def test_a_value_changed_after_a_board_member_certified_it_is_forgery(
    full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    changed = altered_after_signing(certified(full, director, "Bestuurder"), "beheerder_email", "x@obsdemeerpaal.example")
    assert verify(changed, register, trusting).verdict is Verdict.SUSPECT


@pytest.mark.parametrize("how", ["a filled field", "the page"])
def test_more_than_filling_in_before_the_signature_is_a_doubt(
    how: str, form: bytes, publisher: Identity, director: Identity, register: Register, trusting: Settings
) -> None:
    if how == "a filled field":
        before = certified(filled_form({**MEERPAAL, "brin": "99AD"}, form), publisher)
        changed = altered_after_signing(before, "brin", "99AC")
    else:
        changed = with_words_on_the_page(filled_later(certified(form, publisher), MEERPAAL), "Dit formulier is van ons")
    found = verify(signed(changed, director), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert "certification" in kinds(found)


def test_a_change_after_the_last_signature_of_a_certified_form_is_forgery(
    issued: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    pdf = signed(filled_later(issued, MEERPAAL), director)
    changed = altered_after_signing(pdf, "beheerder_email", "x@obsdemeerpaal.example")
    assert verify(changed, register, trusting).verdict is Verdict.SUSPECT


def test_a_second_signature_on_a_certified_form_is_for_a_person_to_see(
    issued: bytes, director: Identity, authority: Identity, register: Register, trusting: Settings
) -> None:
    pdf = signed(signed(filled_later(issued, MEERPAAL), director), identity("Joris Voorbeeld", authority), "tweede")
    found = verify(pdf, register, trusting)
    assert (found.verdict, found.signature.only_signed_after) == (Verdict.INCOMPLETE, True)


# --- validation data --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("times", [1, 3])
def test_validation_data_added_after_signing_leaves_the_signature_covering_the_file(
    times: int, signed_form: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    pdf = signed_form
    for _ in range(times):
        pdf = with_security_store(pdf, revocation_list(authority, []))
    found = verify(pdf, register, trusting)
    assert (found.verdict, found.signature.covers_whole_document) == (Verdict.COMPLETE, True)


def test_a_timestamp_on_the_whole_document_changes_nothing_either(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    pdf = with_document_timestamp(signed_form, identity("Tijdstempeldienst (fictief)", authority, stamps_time=True))
    found = verify(pdf, register, trusting)
    assert (found.verdict, found.signature.signer) == (Verdict.COMPLETE, "Marijke van den Berg")


def test_what_was_signed_is_known_by_its_bytes_whatever_was_added(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    later = with_security_store(signed_form, revocation_list(authority, []))
    one, other = (verify(pdf, register, trusting).signature.signed_bytes for pdf in (signed_form, later))
    assert one == other != ""


def test_words_put_on_the_page_along_with_validation_data_are_forgery(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    pdf = with_words_on_the_page(with_security_store(signed_form, revocation_list(authority, [])), "Beheerder: Piet")
    assert verify(pdf, register, trusting).verdict is Verdict.SUSPECT


def test_a_change_before_validation_data_is_forgery_too(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    changed = altered_after_signing(signed_form, "beheerder_email", "x@obsdemeerpaal.example")
    pdf = with_security_store(changed, revocation_list(authority, []))
    assert verify(pdf, register, trusting).verdict is Verdict.SUSPECT


# --- the inputs that came out wrong -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["6-26.pdf", "6-31.pdf"])
def test_the_files_of_the_reports_cover_what_was_signed(name: str, trusting: Settings) -> None:
    from dataclasses import replace

    from triage.verify.signature.signature import check_signature
    from triage.verify.signature.trust import trust_of

    path = SHARED / "reports" / name
    need(path.exists(), f"{path} is not here")
    report = check_signature(path.read_bytes(), trust_of(replace(trusting, trust_roots=SHARED / "reports" / "trust")))
    assert (report.signer, report.intact, report.trusted) == ("Petra de Groot", True, True)
    assert (report.covers_whole_document, report.changed_after_signing, report.doubts) == (True, False, ())
