"""Who may sign for a board: a person looks it up, and that is remembered for the board and the holder of the certificate."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from dateutil.relativedelta import relativedelta

from kb.settings import Settings, organisation
from tests.forms import Identity, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from tests.triage.verify.test_verdict import INTENT, mail
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.register import Register
from triage.verify.case import Context
from triage.verify.checks.authority import ANSWERED, answered_by_authority
from triage.verify.joining import Part, join
from triage.verify.model import Authority, FieldCheck, Status, Verdict, Verification
from triage.verify.record import from_json, to_json
from triage.verify.signature.signature import check_signature
from triage.verify.signature.trust import trust_of
from triage.verify.verdict import verify_message

NOW = datetime.now(UTC)
BOARD = "99001"


def verify(pdf: bytes, register: Register, settings: Settings, *known: Authority, now: datetime = NOW) -> Verification:
    message = parse_message(mail(pdf))
    found = verify_message(open_mail(message), INTENT, register, settings, Context(authority=known), now=now)
    assert found is not None
    return found


def authority_of(found: Verification) -> FieldCheck:
    return next(check for check in found.fields if check.field == "tekenbevoegd")


@pytest.fixture(scope="module")
def record(signed_form: bytes, trusting: Settings) -> Authority:
    """What a colleague looked up last month."""
    holder = check_signature(signed_form, trust_of(trusting)).holder
    at = NOW - timedelta(days=30)
    return Authority(BOARD, holder, "Marijke van den Berg", "KvK-uittreksel 12345678", date(2026, 10, 1), "wim", at)


def test_a_signer_nobody_looked_up_is_a_point_that_changes_no_verdict(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(signed_form, register, trusting)
    point = authority_of(found)
    assert (found.verdict, point.status, found.missing) == (Verdict.COMPLETE, Status.DOUBT, ())
    assert all(words in point.reason for words in ("Marijke van den Berg", "bestuur 99001", "KvK", "datum"))


def test_a_signer_looked_up_last_month_may_sign_and_the_point_says_who_looked_where_and_when(
    signed_form: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    point = authority_of(verify(signed_form, register, trusting, record))
    assert point.status is Status.OK
    assert all(
        words in point.reason
        for words in ("wim", "KvK-uittreksel 12345678", "01-10-2026", f"{organisation().local(record.at):%d-%m-%Y}")
    )


@pytest.mark.parametrize(
    "changed",
    [
        {"board": "99002"},
        {"holder": "0" * 64},
        {"holder": ""},
        {"at": NOW - relativedelta(months=12, days=1)},
        {"at": NOW + timedelta(days=1)},
    ],
)
def test_a_look_up_for_another_board_or_certificate_or_of_too_long_ago_does_not_count(
    changed: dict[str, str], signed_form: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    point = authority_of(verify(signed_form, register, trusting, replace(record, **changed)))  # type: ignore[arg-type]
    assert point.status is Status.DOUBT


def test_a_look_up_of_the_same_person_with_another_certificate_is_only_shown(
    signed_form: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    point = authority_of(verify(signed_form, register, trusting, replace(record, holder="0" * 64)))
    assert point.status is Status.DOUBT
    assert "niet voor dit certificaat" in point.reason


def test_how_long_it_is_remembered_is_a_setting(
    signed_form: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    old = replace(record, at=NOW - relativedelta(months=13))
    assert authority_of(verify(signed_form, register, replace(trusting, authority_months=24), old)).status is Status.OK
    assert authority_of(verify(signed_form, register, replace(trusting, authority_months=0), record)).status is Status.DOUBT


def test_a_renewed_certificate_of_the_same_holder_is_known(
    full: bytes, authority: Identity, register: Register, trusting: Settings, record: Authority
) -> None:
    renewed = signed(full, identity("Marijke van den Berg", authority, years=20))
    assert authority_of(verify(renewed, register, trusting, record)).status is Status.OK


def test_a_self_made_certificate_with_the_same_names_is_not_the_holder(
    full: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    forged = signed(full, identity("Marijke van den Berg", identity("Vertrouwensdienst (fictief)")))
    found = verify(forged, register, trusting, record)
    assert found.signature.holder == record.holder
    assert authority_of(found).status is Status.DOUBT


def test_a_seal_with_which_many_people_sign_is_never_remembered(
    full: bytes, authority: Identity, register: Register, trusting: Settings, record: Authority
) -> None:
    sealed = signed(full, identity("Ondertekendienst B.V.", authority))
    holder = check_signature(sealed, trust_of(trusting)).holder
    found = verify(sealed, register, trusting, replace(record, holder=holder))
    assert authority_of(found).status is Status.DOUBT
    assert "signer_name" in {obstacle.kind for obstacle in found.obstacles}


def test_what_was_looked_up_answers_the_doubts_about_name_and_function(
    form: bytes, director: Identity, register: Register, trusting: Settings, record: Authority
) -> None:
    values = {**MEERPAAL, "bestuurder_naam": "Marijke Jansen-van den Berg", "bestuurder_functie": "gemandateerd directeur"}
    pdf = signed(filled_form(values, form), director)
    assert {one.kind for one in verify(pdf, register, trusting).obstacles} == {"signer_name", "signer_function"}
    assert verify(pdf, register, trusting, record).verdict is Verdict.COMPLETE


def test_only_doubts_about_who_the_signer_is_are_answered() -> None:
    assert {kind for kind in (*ANSWERED, "signed_long_ago", "signature", "signer_usage", "") if answered_by_authority(kind)} == {
        "signer_name",
        "signer_function",
        "signer_organisation",
    }


def test_ink_is_never_remembered(full: bytes, register: Register, trusting: Settings, record: Authority) -> None:
    from tests.forms import own_form

    rows = [("BRIN", "99AC"), ("Bestuursnummer", BOARD), ("Bestuurder", "Marijke van den Berg")]
    point = authority_of(verify(own_form(rows, ink=True), register, trusting, replace(record, holder="")))
    assert point.status is Status.DOUBT
    assert "met pen onthouden wij niet" in point.reason


def test_of_a_chain_the_signature_that_counts_is_asked_for_whichever_mail_has_it(
    signed_form: bytes, register: Register, trusting: Settings, record: Authority
) -> None:
    first = verify(signed_form, register, trusting)
    typed = open_mail(parse_message(mail(None, body="Vestigingscode: 00")))
    later = verify_message(typed, INTENT, register, trusting, Context(enough_typed=1), now=NOW)
    assert later is not None
    parts = [Part(1, first, False), Part(None, later, False)]
    assert authority_of(join(parts, register)).status is Status.DOUBT
    assert authority_of(join(parts, register, (record,), now=NOW)).status is Status.OK


def test_what_a_check_knows_of_signer_and_certificate_is_stored_and_read_back(
    signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(signed_form, register, trusting)
    assert from_json(to_json(found)) == found
