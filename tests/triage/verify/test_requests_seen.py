"""Whole requests that once came out wrong, deceitful ones and honest ones: ../shared/data/forged and ../shared/data/reports.

What is right stands in the README beside them. Each stands for a kind; the kinds have tests of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from kb.settings import read_settings
from tests.conftest import SHARED, need
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.importing import read_boards, read_schools
from triage.register.register import Register
from triage.verify.model import Status, Verdict, Verification
from triage.verify.verdict import verify_message, verify_pdf

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
FORGED, REPORTS = SHARED / "forged", SHARED / "reports"
THERE = FORGED.is_dir() and REPORTS.is_dir()

# Whatever the page does not show, or nobody signed: never complete.
NEVER_COMPLETE = [
    "00-control-unsigned", "A02-white-text", "A05-under-white-rectangle", "A06-under-two-half-page-pictures", "A08-clipped-away",
    "A11-ToUnicode-lies", "A13-stamp-annotation-over-values", "A15-photographers-quote-hidden-form", "A17-type3-empty-glyphs",
    "B03-hidden-fields-value-in-cc-line", "B06-two-addresses-one-form-de", "B09-other-form-on-page-13",
    "B18-acroform-surname-not-shown", "D01-no-AR-at-all", "D07-M365-no-authserv-id", "D10-mailfrom-with-semicolon",
    "D30-two-addresses-in-one-From", "D46-reply-to-second-elsewhere", "D49-sender-header-elsewhere", "E20-thread-2-forged",
]  # fmt: skip
# A person must look, and nobody is accused.
DOUBTS = [
    "C32-namesake-Mark-van-den-Berg", "C43-other-organisation-in-cert", "C45-signed-in-2021", "C52-signed-refusal",
    "D60-shared-host-dse.nl", "G12-subdomain-of-school", "G17-shared-leerling-account", "H-25-administrator-one-name",
    "H-42-board-office-domain-not-in-register",
]  # fmt: skip
COMPLETE = [
    "00-control-honest", "C30-fraud-names-himself-director", "H-02-chrome-two-columns", "H-04-word-tabs", "H-06-word-value-under-label",
    "H-07-word-sections-with-Naam", "H-17-form-Berg-van-den-comma-Marijke", "H-21-administrator-Wit-comma-Sanne-de", "H-27-email-with-name",
    "H-31-school-name-with-place", "H-38-docx-and-signed-pdf", "H-43-letterhead-picture-behind-text", "H-45-LTV-data-added-by-Acrobat",
    "H-53-excel-like-header-row", "H-AR-dkim-spf-pass--dmarc-none--no-DMARC-record-", "H-AR-dmarc-temperror--our-DNS-down---dkim-spf-pass",
    "H-kern-bold-2", "H-kern-sans-1", "H-kernmail-dejavu-2", "E20-thread-1-honest",
]  # fmt: skip
REPORTS_COMPLETE = ["6-03", "6-15", "6-26", "6-31", "impact-baseline.eml"]
WITH_OUR_SERVER = ("D01", "D07", "D10", "H-AR", "11-")


@pytest.fixture(scope="module")
def duo() -> Register:
    need(THERE, "../shared/data/forged and ../shared/data/reports")
    folder = SHARED / "duo"
    schools = read_schools(folder / "schoolvestigingen-basisonderwijs-2026-08.csv")
    return Register(schools, read_boards(folder / "besturen-basisonderwijs-extract.csv"))


@pytest.fixture
def verified(duo: Register, tmp_path: Path) -> Callable[[Path], Verification]:
    """Verifies a mail on 30 November 2026 as the README of its folder says."""

    def verify(path: Path) -> Verification:
        environment = {
            "WEGWIJZER_VAR_DIR": str(tmp_path),
            "WEGWIJZER_ENCODER": "none",
            "WEGWIJZER_TRUST_ROOTS": str(path.parent / "trust"),
        }
        if path.name.startswith(WITH_OUR_SERVER):
            environment["WEGWIJZER_AUTHSERV_ID"] = "mx.basispoort.nl"
        settings, data = read_settings(environment), path.read_bytes()
        if path.suffix == ".pdf":
            return verify_pdf(path.name, data, duo, settings, now=NOW)
        found = verify_message(open_mail(parse_message(data)), "eerste-beheerder-aanvraag", duo, settings, now=NOW)
        assert found is not None
        return found

    return verify


@pytest.mark.parametrize("name", NEVER_COMPLETE)
def test_deceit_is_never_complete(name: str, verified: Callable[[Path], Verification]) -> None:
    assert verified(FORGED / f"{name}.eml").verdict is not Verdict.COMPLETE


@pytest.mark.parametrize("name", DOUBTS)
def test_what_a_person_must_look_at_is_neither_complete_nor_an_accusation(
    name: str, verified: Callable[[Path], Verification]
) -> None:
    found = verified(FORGED / f"{name}.eml")
    assert found.verdict is Verdict.INCOMPLETE, found.reasons


@pytest.mark.parametrize("name", COMPLETE)
def test_an_honest_request_is_complete(name: str, verified: Callable[[Path], Verification]) -> None:
    assert verified(FORGED / f"{name}.eml").reasons == ()


@pytest.mark.parametrize("name", REPORTS_COMPLETE)
def test_an_honest_form_of_another_program_is_complete(name: str, verified: Callable[[Path], Verification]) -> None:
    assert verified(next(REPORTS.glob(f"{name}*"))).reasons == ()


@pytest.mark.parametrize("name", ["11-02", "11-04"])
def test_a_school_whose_provider_publishes_no_policy_is_not_accused(name: str, verified: Callable[[Path], Verification]) -> None:
    assert verified(next(REPORTS.glob(f"{name}*"))).verdict is not Verdict.SUSPECT


@pytest.mark.parametrize("name", ["11-08", "11-11"])
def test_a_sender_that_our_server_did_not_vouch_for_is_never_complete(
    name: str, verified: Callable[[Path], Verification]
) -> None:
    assert verified(next(REPORTS.glob(f"{name}*"))).verdict is not Verdict.COMPLETE


def test_a_request_hidden_in_a_signed_quote_is_suspect(verified: Callable[[Path], Verification]) -> None:
    assert verified(FORGED / "A15-photographers-quote-hidden-form.eml").verdict is Verdict.SUSPECT


def test_who_calls_himself_a_director_must_be_looked_up(verified: Callable[[Path], Verification]) -> None:
    check = verified(FORGED / "C30-fraud-names-himself-director.eml").check("tekenbevoegd")
    assert check is not None
    assert check.status is Status.DOUBT


def test_a_host_where_anybody_has_an_address_proves_nothing(verified: Callable[[Path], Verification]) -> None:
    found = verified(FORGED / "D60-shared-host-dse.nl.eml")
    check = found.check("email_beheerder")
    assert check is not None
    assert (found.sender.domain_matches is True, check.status) == (False, Status.DOUBT)


def test_a_location_of_another_school_differs(verified: Callable[[Path], Verification]) -> None:
    check = verified(FORGED / "G01-location-of-another-BRIN.eml").check("vestigingscode")
    assert check is not None
    assert check.status is Status.DIFFERS


def test_a_refusal_is_quoted(verified: Callable[[Path], Verification]) -> None:
    assert "NIET AKKOORD" in " ".join(verified(FORGED / "C52-signed-refusal.eml").reasons)


@pytest.mark.parametrize(("name", "word"), [("6-12", "XFA"), ("6-13", "›")])
def test_another_kind_of_form_is_named_or_read(name: str, word: str, verified: Callable[[Path], Verification]) -> None:
    found = verified(next(REPORTS.glob(f"{name}*")))
    sources = [check.evidence.source for check in found.fields if check.evidence]
    assert word in " ".join([*found.reasons, *sources])


@pytest.mark.parametrize(("name", "administrator"), [("H-kern-bold-2", "Tonny Tol"), ("H-kern-sans-1", "Wouter Vogel")])
def test_kerned_letters_are_read_once(name: str, administrator: str, verified: Callable[[Path], Verification]) -> None:
    assert verified(FORGED / f"{name}.eml").value("beoogde_beheerder") == administrator


def test_a_name_of_two_hundred_thousand_letters_is_cut(duo: Register) -> None:
    message = parse_message((FORGED / "F30-From-name-200k-letters.eml").read_bytes())
    assert len(message.sender.name) < 10_000
