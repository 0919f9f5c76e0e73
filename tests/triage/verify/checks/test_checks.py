"""One field at a time: what is ok, and above all what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.register.codes import split_brin
from triage.register.domains import lookalike_of, web_domain
from triage.register.names import compare_boards, compare_schools
from triage.register.register import Register
from triage.register.school import School
from triage.verify.case import Case
from triage.verify.checks.checks import run_check
from triage.verify.forms import load_requests
from triage.verify.model import Evidence, FieldCheck, Found, SignatureReport, Status

GOOD = {
    "naam_bestuur": "Stichting Openbaar Primair Onderwijs Voorbeeldstad (fictief)",
    "bestuursnummer": "99001",
    "naam_school": "OBS De Meerpaal",
    "brin": "99AC",
    "bestuurder": "Marijke van den Berg",
    "beoogde_beheerder": "Sanne de Wit",
    "email_beheerder": "s.dewit@obsdemeerpaal.example",
}


def check(register: Register, field: str, sender_domain: str = "obsdemeerpaal.example", **changed: str) -> FieldCheck:
    """Check one field of a request that is right but for what is changed; an empty value leaves a field out."""
    values = {**GOOD, **changed}
    found = {name: [Found(name, value, Evidence("form.pdf", 1, value))] for name, value in values.items() if value}
    requests = load_requests()
    case = Case(found, register, requests, SignatureReport("geen"), sender_domain, check_dns=False)
    spec = requests.types["eerste-beheerder-aanvraag"].field(field)
    assert spec is not None
    return run_check(spec, case)


@pytest.mark.parametrize("field", sorted(GOOD))
def test_every_field_of_a_right_request_is_ok(register: Register, field: str) -> None:
    assert check(register, field).status is Status.OK


@pytest.mark.parametrize("written", [" 99 ac", "99-AC", "99.ac.", "99AC00", "99 AC 00"])
def test_a_brin_is_read_however_it_is_spaced(written: str) -> None:
    assert split_brin(written)[0] == "99AC"


@pytest.mark.parametrize("written", ["9AC", "99A1", "AC99", "99ACD", "99AC0", "0612345678", ""])
def test_what_is_no_brin_is_not_read_as_one(written: str) -> None:
    assert split_brin(written) == (None, None)


@given(st.text(max_size=20))
def test_no_text_breaks_the_reading_of_a_brin(text: str) -> None:
    brin, location = split_brin(text)
    assert brin is None or (len(brin) == 4 and (location is None or len(location) == 2))


def test_a_brin_of_another_board_differs_and_names_that_board(register: Register) -> None:
    found = check(register, "brin", brin="99BA")
    assert found.status is Status.DIFFERS
    assert "99002" in found.reason
    assert found.expected == "99AC"


def test_a_brin_nobody_has_differs(register: Register) -> None:
    assert check(register, "brin", brin="98ZZ").status is Status.DIFFERS


def test_with_the_board_of_another_school_the_number_differs_and_the_brin_does_not(register: Register) -> None:
    found = check(register, "bestuursnummer", bestuursnummer="99004")
    assert (found.status, found.expected) == (Status.DIFFERS, "99001")
    assert check(register, "brin", bestuursnummer="99004").status is Status.OK


def test_a_whole_other_board_asking_for_this_school_makes_the_brin_differ(register: Register) -> None:
    board = "Stichting Vernieuwend Onderwijs Modelveen (fictief)"
    assert check(register, "brin", bestuursnummer="99004", naam_bestuur=board).status is Status.DIFFERS


@pytest.mark.parametrize(("number", "why"), [("34105740", "KvK"), ("99AC", "BRIN"), ("9900", "vijf cijfers")])
def test_what_is_no_board_number_is_invalid_and_says_what_it_is(register: Register, number: str, why: str) -> None:
    found = check(register, "bestuursnummer", bestuursnummer=number)
    assert found.status is Status.INVALID
    assert why in found.reason


@pytest.mark.parametrize(
    "name", ["Stg. Openb. Prim. Onderw. Voorbeeldstad (fictief)", "stichting openbaar primair onderwijs VOORBEELDSTAD fictief"]
)
def test_abbreviations_of_a_board_name_are_understood(register: Register, name: str) -> None:
    assert check(register, "naam_bestuur", naam_bestuur=name).status is Status.OK


def test_the_name_of_another_board_differs_and_says_whose_it_is(register: Register) -> None:
    found = check(register, "naam_bestuur", naam_bestuur="Stichting Katholiek Onderwijs Proefmeer (fictief)")
    assert found.status is Status.DIFFERS
    assert "99003" in found.reason


def test_a_name_with_a_typo_is_doubtful_and_never_ok(register: Register) -> None:
    name = "Stichting Openbaar Primair Onderwijs Vorbeeldstad (fictief)"
    assert check(register, "naam_bestuur", naam_bestuur=name).status is Status.DOUBT


def test_the_name_of_a_board_the_register_does_not_know_is_doubtful(register: Register) -> None:
    nameless = Register(register.schools, [])
    assert check(nameless, "naam_bestuur").status is Status.DOUBT


@pytest.mark.parametrize("name", ["De Meerpaal", "O.B.S. De Meerpaal", "Openbare basisschool de Meerpaal", "obs De Méerpaal"])
def test_a_school_may_leave_out_or_write_out_what_kind_it_is(register: Register, name: str) -> None:
    assert check(register, "naam_school", naam_school=name).status is Status.OK


def test_another_school_name_is_a_question_with_the_registered_name(register: Register) -> None:
    found = check(register, "naam_school", naam_school="De Blauwe Vlinder")
    assert (found.status, found.expected) == (Status.DIFFERS, "OBS De Meerpaal")


def test_a_single_location_is_filled_in_and_said(register: Register) -> None:
    found = check(register, "vestigingscode")
    assert (found.status, found.value) == (Status.OK, "00")
    assert "maar één vestiging" in found.reason


def test_with_several_locations_a_missing_code_is_doubtful(register: Register) -> None:
    assert check(register, "vestigingscode", brin="99AB", naam_school="OBS De Wilgenhoek").status is Status.DOUBT


def test_a_location_the_school_does_not_have_differs(register: Register) -> None:
    assert check(register, "vestigingscode", vestigingscode="07").status is Status.DIFFERS


@pytest.mark.parametrize("address", ["directie@obsdemeerpaal.example", "groep8@obsdemeerpaal.example", "sanne@gmail.com"])
def test_shared_and_private_addresses_are_doubtful(register: Register, address: str) -> None:
    assert check(register, "email_beheerder", email_beheerder=address).status is Status.DOUBT


@pytest.mark.parametrize("address", ["s.dewit", "s.dewit@", "s dewit@school.nl", "a@b@c.nl", "x@mailinator.com"])
def test_what_is_no_usable_address_is_invalid(register: Register, address: str) -> None:
    assert check(register, "email_beheerder", email_beheerder=address).status is Status.INVALID


def test_an_address_of_neither_school_nor_sender_is_doubtful(register: Register) -> None:
    assert check(register, "email_beheerder", email_beheerder="s.dewit@heel-iets-anders.example").status is Status.DOUBT


@pytest.mark.parametrize(
    "domain",
    ["obsdemeerpaa1.example", "obsdemeerpal.example", "obs-de-meerpaal.example", "obsdemeerpaal.nl", "obsdemeerpaals.example"],
)
def test_a_look_alike_domain_is_recognised(register: Register, domain: str) -> None:
    assert lookalike_of(domain, frozenset({"obsdemeerpaal.example"})) == "obsdemeerpaal.example"
    assert check(register, "email_beheerder", email_beheerder=f"s.dewit@{domain}").status is Status.DIFFERS


@pytest.mark.parametrize("domain", ["obsdemeerpaal.example", "mail.obsdemeerpaal.example", "heutink.nl", "gmail.com"])
def test_the_own_domain_and_an_unlike_one_are_no_look_alikes(domain: str) -> None:
    assert lookalike_of(domain, frozenset({"obsdemeerpaal.example"})) is None


def test_one_name_may_be_all_there_is_so_a_person_asks_for_the_surname(register: Register) -> None:
    found = check(register, "beoogde_beheerder", beoogde_beheerder="Sanne")
    assert (found.status, "Vraag de achternaam" in found.reason) == (Status.DOUBT, True)


def test_a_teacher_can_not_sign_for_the_board(register: Register) -> None:
    assert check(register, "bestuurder", bestuurder="Jan Jansen, leerkracht").status is Status.DOUBT


def test_the_signer_naming_themselves_administrator_is_doubtful(register: Register) -> None:
    assert check(register, "bestuurder", beoogde_beheerder="Marijke van den Berg").status is Status.DOUBT


def test_two_different_values_for_one_field_are_never_ok(register: Register) -> None:
    requests = load_requests()
    values = [
        Found("email_beheerder", a, Evidence(s, 1, a))
        for a, s in ((GOOD["email_beheerder"], "form.pdf"), ("x@obsdemeerpaal.example", "mail"))
    ]
    case = Case({"email_beheerder": values}, register, requests, SignatureReport("geen"), "", check_dns=False)
    spec = requests.types["eerste-beheerder-aanvraag"].field("email_beheerder")
    assert spec is not None
    assert run_check(spec, case).status is Status.DOUBT


def test_a_missing_required_field_is_missing(register: Register) -> None:
    assert check(register, "bestuursnummer", bestuursnummer="").status is Status.MISSING


def test_without_a_register_nothing_that_needs_it_is_ok() -> None:
    empty = Register([], [])
    assert {check(empty, field).status for field in ("brin", "bestuursnummer", "naam_bestuur", "naam_school")} == {Status.DOUBT}


@pytest.mark.parametrize(
    ("left", "right"),
    [("Stichting Talent", "Stg. Talent"), ("Ver. voor Chr. Onderw. e.o.", "Vereniging voor Christelijk Onderwijs en omstreken")],
)
def test_board_names_compare_equal_once_written_out(left: str, right: str) -> None:
    assert compare_boards(left, right).same


def test_schools_of_the_same_kind_are_not_the_same_school() -> None:
    assert not compare_schools("OBS De Eik", "OBS De Linde").same


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("http://www.obs-x.nl/home", "obs-x.nl"),
        ("OBS-X.nl", "obs-x.nl"),
        ("", ""),
        ("geen", ""),
        ("www.school.co.uk", "school.co.uk"),
        ("http://de-eik.wixsite.com/", "de-eik.wixsite.com"),
        ("wixsite.com", "wixsite.com"),
    ],
)
def test_the_domain_of_a_website(website: str, domain: str) -> None:
    assert web_domain(website) == domain


def test_an_address_beside_the_school_on_a_host_for_everybody_is_doubtful() -> None:
    """Anybody may register a name under such a host."""
    school = School("99AC", "00", "OBS De Meerpaal", "99001", "Voorbeeldstad", "meerpaal.wixsite.com", "", "Midden")
    one = Register([school], [])
    own, beside = (
        check(one, "email_beheerder", email_beheerder=f"s.dewit@{host}") for host in ("meerpaal.wixsite.com", "x.wixsite.com")
    )

    assert (own.status, beside.status) == (Status.OK, Status.DOUBT)


def test_a_host_with_pages_of_schools_of_several_boards_belongs_to_none_of_them() -> None:
    def at(brin: str, board: str, website: str) -> School:
        return School(brin, "00", f"School {brin}", board, "Voorbeeldstad", website, "", "Midden")

    register = Register(
        [
            at("99AC", "99001", "www.deelsite.example/meerpaal"),
            at("99AD", "99001", "www.obsdeeik.example"),
            at("99BA", "99002", "www.deelsite.example/zon"),
        ],
        [],
    )

    assert register.domains("99AC", "99001") == {"obsdeeik.example"}
    assert register.domains("99BA", "99002") == frozenset()


@pytest.mark.parametrize("name", ["Sanne de", "Jan van der", "Fatima el"])
def test_a_first_name_with_the_beginning_of_a_surname_is_no_full_name(register: Register, name: str) -> None:
    assert check(register, "beoogde_beheerder", beoogde_beheerder=name).status is Status.INVALID


def test_two_first_names_without_a_surname_are_no_full_name(register: Register) -> None:
    evidence = Evidence("form.pdf", None, "Jan Willem", parts={"voornaam": "Jan Willem"})
    found = {"beoogde_beheerder": [Found("beoogde_beheerder", "Jan Willem", evidence)]}
    requests = load_requests()
    spec = requests.types["eerste-beheerder-aanvraag"].field("beoogde_beheerder")
    assert spec is not None

    checked = run_check(spec, Case(found, register, requests, SignatureReport("geen"), "", check_dns=False))

    assert (checked.status, checked.reason) == (Status.INVALID, "De achternaam ontbreekt.")


def test_an_address_at_the_unknown_domain_of_the_sender_is_a_doubt(register: Register) -> None:
    checked = check(register, "email_beheerder", "dienst-xyz.example", email_beheerder="a.b@dienst-xyz.example")

    assert checked.status is Status.DOUBT


@pytest.mark.parametrize(
    ("director", "administrator"), [("W.J. ter Horst", "W.J ter Horst"), ("Marijke van den Berg", "M. van den Berg")]
)
def test_an_administrator_who_looks_like_the_signer_is_a_doubt(register: Register, director: str, administrator: str) -> None:
    assert check(register, "bestuurder", bestuurder=director, beoogde_beheerder=administrator).status is Status.DOUBT


def test_a_name_with_a_letter_the_font_lost_is_a_doubt(register: Register) -> None:
    assert check(register, "bestuurder", bestuurder="Ömer Y■ld■z").status is Status.DOUBT


@pytest.mark.parametrize("name", ["Ömer Yıldız", "Anne-Fleur O’Connor", "W.J. ter Horst", "Çağla d'Hondt"])
def test_letters_of_every_language_are_fine_in_a_name(register: Register, name: str) -> None:
    assert check(register, "beoogde_beheerder", beoogde_beheerder=name).status is Status.OK
