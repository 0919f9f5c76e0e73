"""What an address says about who uses it: a person of the school, a pupil, a group, or anybody."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.data_file import DataFileError
from kb.settings import SHIPPED_DATA
from tests.conftest import SHARED, need
from triage.register.addresses import (
    has_odd_letters,
    is_group_account,
    is_not_for_staff,
    is_shared_account,
    load_address_rules,
)
from triage.register.domains import is_free_mail, labels_below, resemblance
from triage.register.importing import read_schools
from triage.register.register import Register
from triage.register.school import School
from triage.verify.case import Case
from triage.verify.checks.checks import run_check
from triage.verify.forms import load_requests
from triage.verify.model import Evidence, FieldCheck, Found, SignatureReport, Status

OWN = frozenset({"kluft", "dekluft", "meerwerf"})
PERSONAL = [
    "s.dewit", "sanne", "sannedewit", "sanne.de.wit", "j.groep", "g.klaas", "m.team", "anne.groep", "piet.gast", "anna.kind", "j.groep2",
    "p.post", "postma", "kamerling", "j.leerling", "juf.sanne", "meesterjan", "anne.dewit2", "dirk.info", "j.vandekamer", "ib.jansen", "m.kluft",
    "w.west", "i.b.smit", "o.r.jansen", "s.dewit+basispoort", "jan.school", "d.student", "jan2010", "j-p.dijkstra", "t.ict",
]  # fmt: skip
GROUPS = [
    "groep7", "groep-7", "groep7b", "groep_7-8", "klas3b", "klas.3", "leerling12", "leerling123", "leerlingen", "lln4", "bovenbouw2", "kamer4", "pc12",
    "ipad-07", "chromebook3", "jan.student", "anne.groep7", "groep7anne", "s123456", "20261234", "gast", "test1", "unit2", "lokaal.12",
]  # fmt: skip
ROLES = [
    "info", "info2", "team-ict", "teamict", "ict.team", "directie", "directie2", "directie.kluft", "directiedekluft", "dekluft", "teamdekluft", "infomeerwerf", "ict",
    "ict-coordinator", "icto", "icto.kluft", "administratie-noord", "adm", "beheer", "admin1", "mr", "ib", "intern.begeleider", "bestuursbureau", "conciërge", "basispoort",
]  # fmt: skip


def shared(local: str) -> bool:
    return is_shared_account(local, load_address_rules(), load_requests().shared_mailboxes, OWN)


@pytest.mark.parametrize("local", PERSONAL)
def test_the_address_of_one_person_is_not_shared_also_when_the_surname_is_such_a_word(local: str) -> None:
    assert not shared(local)
    assert not is_group_account(local, load_address_rules())


@pytest.mark.parametrize("local", [*GROUPS, *ROLES])
def test_a_mailbox_of_a_group_a_role_or_the_school_is_shared(local: str) -> None:
    assert shared(local)


@pytest.mark.parametrize("local", GROUPS)
def test_accounts_of_pupils_and_devices_are_told_from_mailboxes_of_the_office(local: str) -> None:
    assert is_group_account(local, load_address_rules())


@pytest.mark.parametrize("local", ["directie", "info", "secretariaat", "administratie", "bestuur"])
def test_a_mailbox_of_the_office_may_send_a_request(local: str) -> None:
    assert not is_group_account(local, load_address_rules())


@pytest.mark.parametrize(
    "domain",
    ["leerling.meerwerf.nl", "leerlingen.meerwerf.nl", "student.meerwerf.nl", "a.pupils.meerwerf.nl", "leerling-po.meerwerf.nl", "klas7.meerwerf.nl", "Ouders.meerwerf.nl"],
)  # fmt: skip
def test_a_subdomain_for_pupils_or_parents_is_not_for_staff(domain: str) -> None:
    assert is_not_for_staff(domain, load_address_rules())


@pytest.mark.parametrize(
    "domain", ["meerwerf.nl", "mail.meerwerf.nl", "dekluft.meerwerf.nl", "leerlingzorg.nl", "leerlingenschool.nl", ""]
)
def test_other_subdomains_may_be_of_staff(domain: str) -> None:
    assert not is_not_for_staff(domain, load_address_rules())


@pytest.mark.parametrize("local", ["s.dеwit", "ѕanne", "zoë", "s!dewit", "s dewit", ""])
def test_signs_that_addresses_of_schools_do_not_hold_are_odd(local: str) -> None:
    assert has_odd_letters(f"{local}@meerwerf.nl")


@given(st.text(max_size=60))
def test_no_local_part_breaks_the_look_at_it(local: str) -> None:
    assert shared(local) in (True, False)
    assert is_group_account(local, load_address_rules()) in (True, False)
    assert is_not_for_staff(local, load_address_rules()) in (True, False)


def test_a_wrong_rules_file_names_the_file_and_the_field(tmp_path: Path) -> None:
    good = (SHIPPED_DATA / "addresses.yaml").read_text(encoding="utf-8")
    (tmp_path / "addresses.yaml").write_text(good + "\npuplis: [x]\n", encoding="utf-8")
    with pytest.raises(DataFileError, match=r"addresses\.yaml, line \d+: puplis"):
        load_address_rules.__wrapped__(tmp_path)  # type: ignore[attr-defined]


# --- domains --------------------------------------------------------------------------------------------------------

MEERWERF = frozenset({"meerwerf.nl"})


@pytest.mark.parametrize(
    "domain",
    ["rneerwerf.nl", "meerwerff.nl", "meerwer.nl", "meenwerf.nl", "meervverf.nl", "meerwerf.com", "meer-werf.nl", "mee.rwerf.nl", "rneerwerf-bestuur.nl", "xn--merwerf-cva.nl"],
)  # fmt: skip
def test_altered_letters_or_ending_imitate(domain: str) -> None:
    found = resemblance(domain, MEERWERF)
    assert found is None if domain == "mee.rwerf.nl" else found is not None and found.altered


@pytest.mark.parametrize(
    "domain", ["bestuurmeerwerf.nl", "meerwerf-bestuur.nl", "stichtingmeerwerf.nl", "meerwerfscholen.nl", "ikcmeerwerf.nl"]
)
def test_a_domain_that_holds_the_whole_name_is_unknown_and_no_imitation(domain: str) -> None:
    found = resemblance(domain, MEERWERF)
    assert found is not None
    assert not found.altered


@pytest.mark.parametrize(
    ("domain", "known"),
    [("ikcdeeik.nl", "obsdeeik.nl"), ("bsdeeik.nl", "obsdeeik.nl"), ("pricoh-school.nl", "pricoh.nl"), ("ict-pricoh.nl", "pricoh.nl")],
)  # fmt: skip
def test_another_kind_of_school_or_a_word_tied_to_a_short_name_holds_the_name(domain: str, known: str) -> None:
    found = resemblance(domain, frozenset({known}))
    assert found is not None
    assert not found.altered


@pytest.mark.parametrize("domain", ["heutink.nl", "gmail.com", "meerwerf.nl", "mail.meerwerf.nl", "", "nl", "meer.nl"])
def test_other_domains_resemble_nothing(domain: str) -> None:
    assert resemblance(domain, MEERWERF) is None


def test_labels_below_the_registered_domain() -> None:
    assert labels_below("a.Leerling.school.co.uk") == ("a", "leerling")


# --- hosts where anybody gets an address ----------------------------------------------------------------------------


def at(brin: str, board: str, website: str, place: str = "Voorbeeldstad") -> School:
    return School(brin, "00", f"School {brin}", board, place, website, "", "Midden")


@pytest.mark.parametrize(
    "host", ["handreiking.dse.nl", "merwedeschool.cjb.net", "home.zonnet.nl/school", "www.xs4all.nl/~school", "poolster.edu.amsterdam.nl", "wixsite.com", "school.planet.nl", "sites.google.com/school"]
)  # fmt: skip
def test_a_host_for_everybody_is_no_domain_of_the_school_and_an_address_there_is_a_doubt(host: str) -> None:
    register = Register([at("99AC", "99001", host, "AMSTERDAM"), at("99AD", "99001", "www.obsdeeik.example")], [])
    domain = host.split("/")[0].removeprefix("www.").removeprefix("home.")
    assert register.domains("99AC", "99001") == {"obsdeeik.example"}
    assert checked(register, f"s.dewit@{domain}").status is Status.DOUBT


def test_a_host_that_serves_schools_of_two_boards_is_a_doubt_also_when_nothing_else_is_known() -> None:
    register = Register([at("99AC", "99001", "www.deelsite.example/a"), at("99BA", "99002", "www.deelsite.example/b")], [])
    assert register.sites.is_open("mail.deelsite.example")
    assert checked(register, "s.dewit@deelsite.example").status is Status.DOUBT


def test_without_any_domain_in_the_register_an_address_is_never_ok() -> None:
    assert checked(Register([at("99AC", "99001", "")], []), "s.dewit@obsdeeik.example").status is Status.DOUBT


def test_hardly_any_domain_of_the_real_register_is_a_host_for_everybody() -> None:
    need((SHARED / "duo").is_dir(), "DUO's files in ../shared/data/duo")
    register = Register(read_schools(SHARED / "duo" / "schoolvestigingen-basisonderwijs-2026-08.csv"), [])
    domains = {domain for school in register.schools for domain in register.domains(school.brin, None)}
    assert len(domains) > 4900
    assert not [domain for domain in domains if is_free_mail(domain, load_requests().free_mail)]
    assert {"dse.nl", "cjb.net", "amsterdam.nl", "zonnet.nl", "kennisnet.nl", "nldata.nl"}.isdisjoint(domains)


def checked(register: Register, address: str) -> FieldCheck:
    found = {
        name: [Found(name, value, Evidence("form.pdf", 1, value))]
        for name, value in (("brin", "99AC"), ("bestuursnummer", "99001"), ("email_beheerder", address))
    }
    spec = load_requests().types["eerste-beheerder-aanvraag"].field("email_beheerder")
    assert spec is not None
    return run_check(spec, Case(found, register, load_requests(), SignatureReport("geen"), "", check_dns=False))


@pytest.mark.parametrize(
    "address",
    ["s.dewit@leerling.obsdeeik.example", "leerling12@obsdeeik.example", "team-ict@obsdeeik.example", "s.dеwit@obsdeeik.example", "s.dewit@obsdeeik-ict.example", "obsdeeik@obsdeeik.example"],
)  # fmt: skip
def test_an_address_of_pupils_or_a_group_or_with_odd_letters_is_a_doubt(address: str) -> None:
    assert checked(Register([at("99AC", "99001", "www.obsdeeik.example")], []), address).status is Status.DOUBT


def test_a_personal_address_at_the_school_or_a_subdomain_of_it_is_ok() -> None:
    register = Register([at("99AC", "99001", "www.obsdeeik.example")], [])
    assert checked(register, "j.groep@obsdeeik.example").status is Status.OK
    assert checked(register, "j.groep@mail.obsdeeik.example").status is Status.OK


def test_the_domain_of_a_school_of_another_board_is_a_doubt_and_no_imitation() -> None:
    register = Register([at("99AC", "99001", "www.obsdelinde.example"), at("99BA", "99002", "www.obsdelinda.example")], [])
    assert checked(register, "s.dewit@obsdelinda.example").status is Status.DOUBT
