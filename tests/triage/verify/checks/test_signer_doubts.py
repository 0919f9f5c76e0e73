"""What a person must look at in who signed and when, although the signature is intact, trusted and covers the file."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.ades.api import CAdESSignedAttrSpec, GenericCommitment
from pyhanko.sign.fields import SigSeedSubFilter

from kb.settings import Settings
from tests.forms import Identity, filled_form, identity, pem, revocation_list, signed
from tests.make_demo import MEERPAAL
from tests.triage.verify.test_verdict import INTENT, mail
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.register import Register
from triage.verify.model import Verdict, Verification
from triage.verify.verdict import verify_message

NAME = "Marijke van den Berg"


def verify(pdf: bytes, register: Register, settings: Settings, now: datetime | None = None) -> Verification:
    found = verify_message(open_mail(parse_message(mail(pdf))), INTENT, register, settings, now=now)
    assert found is not None
    return found


def kinds(found: Verification) -> set[str]:
    return {obstacle.kind for obstacle in found.obstacles}


# --- the certificate --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("organisation", ["Fietsenwinkel Bakker BV", "Gemeente Voorbeeldstad", "Stichting Onderwijs Elders"])
def test_a_certificate_of_another_organisation_is_a_doubt(
    organisation: str, full: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    who = identity(NAME, authority, subject={NameOID.ORGANIZATION_NAME: organisation})
    found = verify(signed(full, who), register, trusting)
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {"signer_organisation"})
    assert organisation in found.reasons[0]


@pytest.mark.parametrize(
    "organisation",
    [
        "Stichting Openbaar Primair Onderwijs Voorbeeldstad (fictief)",
        "Stg. Openb. Prim. Onderw. Voorbeeldstad (fictief)",
        "OBS De Meerpaal",
        "SOPOV",
    ],
)
def test_a_certificate_of_the_board_or_school_itself_is_none(
    organisation: str, full: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    who = identity(NAME, authority, subject={NameOID.ORGANIZATION_NAME: organisation})
    assert verify(signed(full, who), register, trusting).verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    ("kind", "subject", "common_name"),
    [
        ("signer_pseudonym", {NameOID.PSEUDONYM: NAME}, NAME),
        ("signer_pseudonym", {}, f"{NAME}:PN"),
        ("signer_name", {}, "Mark van den Berg"),
        ("signer_name", {}, "Ondertekendienst B.V."),
    ],
)
def test_a_name_that_is_not_the_board_members_own_is_a_doubt(
    kind: str, subject: dict, common_name: str, full: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:  # type: ignore[type-arg]
    found = verify(signed(full, identity(common_name, authority, subject=subject)), register, trusting)
    assert kind in kinds(found)
    assert found.verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("common_name", ["M. van den Berg", "BERG, MARIJKE VAN DEN", "drs. Marijke van den Berg 20021"])
def test_a_name_written_another_way_is_no_doubt(
    common_name: str, full: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    assert verify(signed(full, identity(common_name, authority)), register, trusting).verdict is Verdict.COMPLETE


def test_a_certificate_of_a_server_is_a_doubt(full: bytes, authority: Identity, register: Register, trusting: Settings) -> None:
    server = identity(NAME, authority, purposes=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    assert "signer_usage" in kinds(verify(signed(full, server), register, trusting))


def test_a_certificate_without_non_repudiation_is_a_doubt(
    full: bytes, authority: Identity, register: Register, trusting: Settings
) -> None:
    found = verify(signed(full, identity(NAME, authority, commits=False)), register, trusting)
    assert "signer_usage" in kinds(found)
    assert found.signature.usage_ok is False


def test_a_card_for_mail_and_documents_may_sign(full: bytes, authority: Identity, register: Register, trusting: Settings) -> None:
    card = identity(NAME, authority, purposes=[ExtendedKeyUsageOID.EMAIL_PROTECTION, ExtendedKeyUsageOID.CLIENT_AUTH])
    assert verify(signed(full, card), register, trusting).verdict is Verdict.COMPLETE


def test_a_person_among_the_roots_counts_for_that_person_alone(
    full: bytes, authority: Identity, director: Identity, register: Register, trusting: Settings, tmp_path: Path
) -> None:
    (tmp_path / "person.pem").write_bytes(pem(director))
    settings = replace(trusting, trust_roots=tmp_path)
    assert verify(signed(full, director), register, settings).verdict is Verdict.COMPLETE
    below = identity(NAME, director)
    assert verify(signed(full, below), register, settings).signature.trusted is False


# --- the moment -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "kind"),
    [(timedelta(days=370), "signed_long_ago"), (timedelta(days=-3), "signed_in_future")],
)
def test_a_signature_of_long_ago_or_yet_to_come_is_a_doubt(
    after: timedelta, kind: str, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(signed_form, register, trusting, now=datetime.now(UTC) + after)
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {kind})


@pytest.mark.parametrize("after", [timedelta(days=360), timedelta(hours=-3)])
def test_a_signature_of_this_year_or_by_a_clock_that_is_ahead_is_none(
    after: timedelta, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    assert verify(signed_form, register, trusting, now=datetime.now(UTC) + after).verdict is Verdict.COMPLETE


def test_a_timestamp_of_long_ago_counts_as_much_as_the_signers_own_word(
    full: bytes, director: Identity, authority: Identity, register: Register, trusting: Settings
) -> None:
    clock = identity("Tijdstempeldienst (fictief)", authority, stamps_time=True)
    pdf = signed(full, director, clock=clock, at=datetime(2025, 6, 1, tzinfo=UTC))
    assert "signed_long_ago" in kinds(verify(pdf, register, trusting))


# --- revocation -------------------------------------------------------------------------------------------------------


def test_without_a_list_the_report_says_that_revocation_was_not_checked(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(signed_form, register, trusting)
    assert (found.verdict, found.signature.revocation_checked) == (Verdict.COMPLETE, False)
    assert "ingetrokken, is niet gecontroleerd" in found.signature.reason


def test_a_list_in_our_folder_that_is_out_of_date_is_a_doubt(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings, tmp_path: Path
) -> None:
    (tmp_path / "ca.crl").write_bytes(revocation_list(authority, [], days_old=400))
    found = verify(signed_form, register, replace(trusting, revocation_lists=tmp_path))
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {"revocation_outdated"})


def test_an_old_list_beside_a_current_one_or_of_another_issuer_is_none(
    signed_form: bytes, authority: Identity, register: Register, trusting: Settings, tmp_path: Path
) -> None:
    (tmp_path / "old.crl").write_bytes(revocation_list(authority, [], days_old=400))
    (tmp_path / "other.crl").write_bytes(revocation_list(identity("Iemand anders"), [], days_old=400))
    (tmp_path / "new.crl").write_bytes(revocation_list(authority, []))
    found = verify(signed_form, register, replace(trusting, revocation_lists=tmp_path))
    assert (found.verdict, found.signature.revocation_checked) == (Verdict.COMPLETE, True)
    assert "niet gecontroleerd" not in found.signature.reason


# --- function and administrator ---------------------------------------------------------------------------------------


def asked(register: Register, trusting: Settings, form: bytes, director: Identity, **values: str) -> Verification:
    return verify(signed(filled_form({**MEERPAAL, **values}, form), director), register, trusting)


@pytest.mark.parametrize(
    "function",
    ["", "bestuurder", "Voorzitter CvB", "lid van het College van Bestuur", "directeur/bestuurder", "interim-bestuurder", "penningmeester van het bestuur",
     "statutair bestuurder Stichting Primair Onderwijs", "namens het bestuur", "vice-voorzitter", "voorzitter (wettig vertegenwoordiger)"],
)  # fmt: skip
def test_a_function_of_a_board_or_none_is_no_doubt(
    function: str, form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    assert asked(register, trusting, form, director, bestuurder_functie=function).verdict is Verdict.COMPLETE


@pytest.mark.parametrize(
    "function",
    ["directeur", "leerkracht", "bestuurssecretaris", "lid raad van toezicht", "voorzitter medezeggenschapsraad", "secretaresse van de bestuurder", "oud-bestuurder",
     "voormalig bestuurder", "i.o. bestuurder", "namens Piet Jansen", "bestuurder bij volmacht", "wethouder", "ex-voorzitter", "adviseur"],
)  # fmt: skip
def test_another_function_or_one_for_somebody_else_is_a_doubt(
    function: str, form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    found = asked(register, trusting, form, director, bestuurder_functie=function)
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {"signer_function"})


@pytest.mark.parametrize(
    ("first", "last"),
    [("ICT", "beheer"), ("Heutink ICT", "B.V."), ("De", "administratie"), ("Team", "Onderbouw"), ("IT", "Partners"), ("Test", "Tester"), ("N.", "N."),
     ("Pim", "Jansen c.s.")],
)  # fmt: skip
def test_an_administrator_that_is_a_role_a_company_or_nobody_yet_is_no_person(
    first: str, last: str, form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    values = {"beheerder_voornaam": first, "beheerder_tussenvoegsel": "", "beheerder_achternaam": last}
    found = asked(register, trusting, form, director, **values)
    assert (found.verdict, kinds(found)) == (Verdict.INCOMPLETE, {"not_a_person"})


def test_initials_without_a_surname_are_a_doubt(form: bytes, director: Identity, register: Register, trusting: Settings) -> None:
    values = {"beheerder_voornaam": "A.", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "B."}
    assert "alleen letters" in " ".join(asked(register, trusting, form, director, **values).reasons)


@pytest.mark.parametrize(("first", "last"), [("C.S.", "Jansen"), ("E.A.", "Smit"), ("N.N.", "Postma")])
def test_initials_are_not_taken_for_more_people(
    first: str, last: str, form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    values = {"beheerder_voornaam": first, "beheerder_tussenvoegsel": "", "beheerder_achternaam": last}
    assert asked(register, trusting, form, director, **values).verdict is Verdict.COMPLETE


def test_a_surname_that_is_a_word_too_is_a_person(
    form: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    values = {"beheerder_voornaam": "Sanne", "beheerder_tussenvoegsel": "van der", "beheerder_achternaam": "Groep"}
    assert asked(register, trusting, form, director, **values).verdict is Verdict.COMPLETE


# --- what the signature says of itself --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "reason", ["Ik ga niet akkoord", "Voor ontvangst", "Alleen gezien", "Test", "I am rejecting this document"]
)
def test_a_reason_that_is_no_consent_is_a_doubt_that_quotes_it(
    reason: str, full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    found = verify(signed(full, director, reason=reason), register, trusting)
    assert kinds(found) == {"signer_reason"}
    assert reason in found.reasons[0]


@pytest.mark.parametrize(
    "reason", ["Ik keur dit document goed", "Akkoord", "I am the author of this document", "Aanvraag eerste beheerder"]
)
def test_a_reason_that_consents_is_none(
    reason: str, full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    assert verify(signed(full, director, reason=reason), register, trusting).verdict is Verdict.COMPLETE


def test_a_signature_in_the_name_of_somebody_else_is_a_doubt(
    full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    assert kinds(verify(signed(full, director, name="Pieter Zandstra"), register, trusting)) == {"signer_stated"}
    assert kinds(verify(signed(full, director, name="M. van den Berg"), register, trusting)) == set()


@pytest.mark.parametrize("commitment", ["PROOF_OF_RECEIPT", "PROOF_OF_SENDER", "PROOF_OF_CREATION", "PROOF_OF_DELIVERY"])
def test_a_signature_for_receipt_or_sending_is_no_consent(
    commitment: str, full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    found = verify(committed(full, director, commitment), register, trusting)
    assert kinds(found) == {"signer_commitment"}


@pytest.mark.parametrize("commitment", ["PROOF_OF_APPROVAL", "PROOF_OF_ORIGIN"])
def test_a_signature_of_approval_is_consent(
    commitment: str, full: bytes, director: Identity, register: Register, trusting: Settings
) -> None:
    assert verify(committed(full, director, commitment), register, trusting).verdict is Verdict.COMPLETE


def committed(pdf: bytes, who: Identity, commitment: str) -> bytes:
    spec = CAdESSignedAttrSpec(commitment_type=GenericCommitment[commitment].asn1)
    return signed(pdf, who, cades_signed_attr_spec=spec, subfilter=SigSeedSubFilter.PADES)
