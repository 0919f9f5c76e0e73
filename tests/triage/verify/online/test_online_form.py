"""The form that schools make online: it reads back as it was filled in, and its code can raise a doubt but never take one away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.settings import Settings
from tests.forms import Identity, scanned, signed
from tests.triage.verify.test_verdict import mail, verify
from triage.register.register import Register
from triage.register.school import School
from triage.verify.form.form_code import make_statement, parse_statement, read_codes
from triage.verify.form.reference import ALPHABET, new_reference, read_reference, show_reference
from triage.verify.forms import RequestType, load_requests
from triage.verify.model import CodeReport, Status, Verdict, Verification
from triage.verify.online import request_form as module
from triage.verify.online.filling import check_answers, form_values, known, questions
from triage.verify.online.request_form import make_form, misread
from triage.verify.verdict import verify_pdf

TODAY = date(2026, 11, 24)
TYPED = {
    "bestuurder.naam": "Marijke van den Berg",
    "bestuurder.functie": "voorzitter college van bestuur",
    "beoogde_beheerder.voornaam": "Sanne",
    "beoogde_beheerder.tussenvoegsel": "de",
    "beoogde_beheerder.achternaam": "Wit",
    "email_beheerder": "s.dewit@obsdemeerpaal.example",
}
reference_bodies = st.text(ALPHABET, min_size=7, max_size=7)


@pytest.fixture(scope="module")
def request_type() -> RequestType:
    return load_requests().types["eerste-beheerder-aanvraag"]


@pytest.fixture(scope="module")
def school(register: Register) -> School:
    found = register.school("99AC", "00")
    assert found is not None
    return found


@pytest.fixture(scope="module")
def values(request_type: RequestType, school: School, register: Register) -> Mapping[str, str]:
    return form_values({**TYPED, **known(request_type, school, register)})


def code_of(found: Verification) -> CodeReport:
    assert found.code is not None
    return found.code


def form_with_code_of(values: Mapping[str, str], others: Mapping[str, str], request: RequestType) -> bytes:
    """A form that shows `values` under the code of `others`, as somebody who edits a form before it is signed makes it."""
    kept = module.make_statement
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "make_statement", lambda reference, asked, _: kept(reference, asked, others))
        return make_form(request, values, new_reference(), "help@basispoort.nl", TODAY)


@pytest.mark.parametrize("reference", ["AEAJ58SK", "BDPZQCKF", "521YX5Q5"])  # of letters it looks like a name
def test_a_form_made_online_and_signed_is_complete(
    reference: str,
    values: Mapping[str, str],
    request_type: RequestType,
    director: Identity,
    register: Register,
    trusting: Settings,
) -> None:
    pdf = signed(make_form(request_type, values, reference, "help@basispoort.nl", TODAY), director)
    found = verify(mail(pdf), register, trusting)
    assert (found.verdict, found.reasons) == (Verdict.COMPLETE, ())
    assert code_of(found).matches


def test_the_same_form_without_a_signature_is_not_complete_however_right_its_code_is(
    values: Mapping[str, str], request_type: RequestType, register: Register, trusting: Settings
) -> None:
    found = verify(mail(make_form(request_type, values, new_reference(), "help@basispoort.nl", TODAY)), register, trusting)
    assert code_of(found).matches
    assert (found.verdict, found.missing) == (Verdict.INCOMPLETE, ("ondertekende_pdf",))


def test_a_form_that_says_something_else_than_its_code_is_a_doubt_even_when_it_is_signed(
    values: Mapping[str, str], request_type: RequestType, director: Identity, register: Register, trusting: Settings
) -> None:
    others = {**values, "email_beheerder": "sanne@obsdemeerpaal.example"}
    pdf = signed(form_with_code_of(values, others, request_type), director)
    found = verify(mail(pdf), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert code_of(found).matches is False
    assert code_of(found).reason in found.reasons


def test_a_code_takes_no_doubt_away(
    values: Mapping[str, str], request_type: RequestType, director: Identity, register: Register, trusting: Settings
) -> None:
    wrong = {**values, "brin": "99AD"}  # a school of the same board under another name
    pdf = signed(make_form(request_type, wrong, new_reference(), "help@basispoort.nl", TODAY), director)
    found = verify(mail(pdf), register, trusting)
    assert code_of(found).matches
    assert found.verdict is not Verdict.COMPLETE


def test_the_code_is_read_from_a_scan_too(values: Mapping[str, str], request_type: RequestType) -> None:
    reference = new_reference()
    (text,) = read_codes(scanned(make_form(request_type, values, reference, "help@basispoort.nl", TODAY)))
    assert parse_statement(text) == make_statement(reference, request_type, values)


def test_the_code_holds_no_name_and_no_address(values: Mapping[str, str], request_type: RequestType) -> None:
    text = make_statement(new_reference(), request_type, values).text.lower()
    assert not [word for word in ("marijke", "berg", "sanne", "wit", "obsdemeerpaal", "@") if word in text]


@pytest.mark.parametrize("intent", sorted(load_requests().types))
def test_every_kind_of_form_reads_back_as_it_was_filled_in(intent: str, school: School, register: Register) -> None:
    request = load_requests().types[intent]
    fixed = {"ingangsdatum": "1 augustus 2027", "startdatum": "1 augustus 2027", "bestuursnummer_nieuw": "99002"}
    fixed |= {"brin_nieuw": "99AD", "naam_nieuw": "OBS De Nieuwe Meerpaal", "las": "ParnasSys", "netwerkomgeving": "Windows"}
    fixed |= {"naam_scholen": "OBS De Meerpaal, Kindcentrum Het Kompas", "contactpersoon.naam": "Sanne de Wit"}
    fixed |= {"contactpersoon.rol": "ICT-coördinator", "contactpersoon.email": "s.dewit@obsdemeerpaal.example", **TYPED}
    kind = next((question.choices[0] for question in questions(request) if question.name == "soort"), "")
    given = known(request, school, register, kind)
    asked = {question.name for question in questions(request)}
    answers = {name: value for name, value in {**fixed, "soort": kind, "naam_oud": school.name, **given}.items() if name in asked}
    assert not check_answers(request, answers, register, load_requests()).missing
    pdf = make_form(request, form_values(answers), new_reference(), "help@basispoort.nl", TODAY)
    assert misread(pdf, request, form_values(answers)) == []


def test_an_answer_that_does_not_fit_on_the_form_is_named(values: Mapping[str, str], request_type: RequestType) -> None:
    long = {**values, "bestuurder.functie": "voorzitter van het college van bestuur " * 5}
    pdf = make_form(request_type, long, new_reference(), "help@basispoort.nl", TODAY)
    assert misread(pdf, request_type, long)


def test_the_school_hears_of_a_private_address_before_it_mails(
    request_type: RequestType, school: School, register: Register
) -> None:
    answers = {**TYPED, **known(request_type, school, register), "email_beheerder": "sanne"}
    answered = check_answers(request_type, answers, register, load_requests())
    assert (answered.ready, answered.blocked) == (False, ("email_beheerder",))
    assert answered.checks["email_beheerder"].status is Status.INVALID


def test_a_signer_who_names_himself_administrator_can_not_go_on(
    request_type: RequestType, school: School, register: Register
) -> None:
    same = {
        "beoogde_beheerder.voornaam": "Marijke",
        "beoogde_beheerder.tussenvoegsel": "van den",
        "beoogde_beheerder.achternaam": "Berg",
    }
    answers = {**TYPED, **same, **known(request_type, school, register)}
    assert not check_answers(request_type, answers, register, load_requests()).ready


def test_a_form_of_one_request_under_the_code_of_another_is_a_doubt(
    values: Mapping[str, str], request_type: RequestType, register: Register, trusting: Settings
) -> None:
    other = load_requests().types["schoolaccount-nieuw"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "make_statement", lambda reference, _, filled: make_statement(reference, other, filled))
        pdf = make_form(request_type, values, new_reference(), "help@basispoort.nl", TODAY)
    found = verify_pdf("aanvraag.pdf", pdf, register, trusting)
    assert code_of(found).matches is False
    assert "Aanvraag nieuw schoolaccount" in code_of(found).reason


@given(reference_bodies, st.integers(0, 7), st.sampled_from(ALPHABET))
def test_one_wrong_character_in_a_reference_is_noticed(body: str, place: int, other: str) -> None:
    right = next(body + last for last in ALPHABET if read_reference(body + last))
    wrong = right[:place] + other + right[place + 1 :]
    assert (read_reference(wrong) is None) == (wrong != right)


@given(reference_bodies)
def test_a_reference_is_understood_as_people_write_it(body: str) -> None:
    right = next(body + last for last in ALPHABET if read_reference(body + last))
    assert read_reference(show_reference(right).lower().replace("0", "o").replace("1", "l")) == right
