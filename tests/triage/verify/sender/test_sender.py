"""Who sent it: deceiving names and domains, other senders, and what came before. No test asks DNS."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.triage.verify.sender.senders import SCHOOL, Signer, check, dns_of, mail
from triage.register.domains import is_disposable, lookalike_of, readable
from triage.register.letters import has_invisible, latin, mixed_scripts, turns_text_around
from triage.verify.model import Past, Recorded, SenderReport, Weight
from triage.verify.sender.dns_text import KEEP, KEEP_SILENCE, RememberedLookup


@pytest.fixture(scope="module")
def school() -> Signer:
    return Signer(SCHOOL)


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


@pytest.mark.parametrize("name", ["Sanne\u200b de Wit", "\u200bSanne", "Sanne\u200e de Wit", "Sanne\ufeff"])
def test_an_invisible_character_in_a_name_is_a_doubt_only_when_the_address_is_odd_too(name: str) -> None:
    assert check(mail(f"{name} <x@{SCHOOL}>")).obstacles == ()
    assert "sender_name" in kinds(check(mail(f"{name} <x(y)@{SCHOOL}>")))


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


# --- one story ------------------------------------------------------------------------------------------------------

OURS = "mx.ons.example"
PASS = f"Authentication-Results: {OURS}; dmarc=pass header.from={SCHOOL}\n"


def kinds(report: SenderReport) -> set[str]:
    return {one.kind for one in report.obstacles}


def topped(head: str, sender: str = f"Directie <directie@{SCHOOL}>", **more: object) -> SenderReport:
    return check(head.replace("\n", "\r\n").encode() + mail(sender), **more)


def test_a_mail_that_our_server_vouches_for_has_nothing_against_it() -> None:
    report = topped(PASS, authserv_id=OURS)
    assert (report.authenticated, report.recorded, report.obstacles) == (True, Recorded.PASSED, ())


@pytest.mark.parametrize(
    "head",
    ["", PASS.replace(OURS, "elders.example"), PASS.replace(f"{OURS}; ", ""), PASS.replace("pass", "none"), PASS.replace("=pass", "=pass;x")],
    ids=["silence", "another server", "no name", "no DMARC", "unreadable"],
)  # fmt: skip
def test_without_proof_of_our_named_server_the_sender_is_a_doubt_and_never_a_sign(head: str) -> None:
    report = topped(head, authserv_id=OURS)
    assert (report.authenticated, kinds(report)) == (None, {"sender_unproven"})
    assert {one.weight for one in report.obstacles} == {Weight.DOUBT}


def test_while_the_settings_name_no_server_its_silence_says_nothing() -> None:
    assert topped(PASS).obstacles == ()


def test_a_failed_dmarc_of_our_server_is_a_sign_of_forgery() -> None:
    report = topped(PASS.replace("pass", "fail"), authserv_id=OURS)
    assert [(one.weight, one.kind) for one in report.obstacles] == [(Weight.FORGERY, "dmarc_failed")]


def test_a_signature_that_fits_proves_a_sender_of_whom_our_server_proved_nothing(school: Signer) -> None:
    refused = f"Authentication-Results: {OURS}; spf=softfail smtp.mailfrom={SCHOOL}; dmarc=none\r\n".encode()
    report = check(refused + school.sign(mail()), lookup=dns_of(school), authserv_id=OURS)
    assert (report.authenticated, report.obstacles) == (True, ())


def test_a_signature_does_not_mend_a_header_of_ours_that_was_broken(school: Signer) -> None:
    broken = f"Authentication-Results: {OURS}; spf=fail smtp.mailfrom=a;b@evil.example\r\n".encode()
    assert kinds(check(broken + school.sign(mail()), lookup=dns_of(school), authserv_id=OURS)) == {"sender_unproven"}


@pytest.mark.parametrize(
    ("sender", "kind"),
    [
        (f"Directie <directie@{SCHOOL}>, x <x@evil.example>", "from"),
        (f"x <x@{SCHOOL}>, Directie <directie@{SCHOOL}>", "from"),
        (f"School: directie@{SCHOOL};", "from"),
        (f"directie@{SCHOOL} (x)", "from"),
        (f"<@evil.example:directie@{SCHOOL}>", "from"),
        (f'"directie"@{SCHOOL}', "from"),
        (f"directie\0@{SCHOOL}", "from"),
        (f"info@{SCHOOL} <x@{SCHOOL}>", "from"),
        (f"direсtie@{SCHOOL}", "sender_account"),
        (f"jan@leerling.{SCHOOL}", "sender_account"),
        (f"groep7@{SCHOOL}", "sender_account"),
        ("A" * 400 + f" <a@{SCHOOL}>", "sender_name"),
    ],
)
def test_an_odd_sender_is_a_doubt_also_when_our_server_vouches_for_one_of_them(sender: str, kind: str) -> None:
    report = topped(PASS, sender, authserv_id=OURS)
    assert kind in kinds(report)
    assert Weight.FORGERY not in {one.weight for one in report.obstacles}


def test_our_servers_word_for_one_of_two_senders_proves_neither() -> None:
    report = topped(PASS, f"Directie <directie@{SCHOOL}>, x <x@evil.example>", authserv_id=OURS)
    assert (report.authenticated, report.recorded) == (None, Recorded.UNPROVEN)


@pytest.mark.parametrize(
    ("head", "kind", "weight"),
    [
        ("Sender: x@evil.example\n", "sender_header", Weight.DOUBT),
        (f"Sender: x@{SCHOOL}, y@evil.example\n", "sender_header", Weight.DOUBT),
        (f"Sender: x(y)@{SCHOOL}\n", "sender_header", Weight.DOUBT),
        (f"Reply-To: a@{SCHOOL}, x@evil.example\n", "reply_to", Weight.DOUBT),
        (f"Reply-To: a@{SCHOOL}\nReply-To: x@evil.example\n", "reply_to", Weight.DOUBT),
        (f"Reply-To: a@{SCHOOL}\0.evil.example\n", "conflict", Weight.FORGERY),
        ("Reply-To: undisclosed\n", "reply_to", Weight.DOUBT),
        ("Reply-To: x@evil.example, y@evil.example\n", "conflict", Weight.FORGERY),
    ],
)
def test_another_sender_or_answers_that_go_elsewhere_too_are_seen(head: str, kind: str, weight: Weight) -> None:
    assert (kind, weight) in {(one.kind, one.weight) for one in topped(head).obstacles}


@pytest.mark.parametrize(
    "head",
    [f"Sender: administratie@mail.{SCHOOL}\n", f"Reply-To: Administratie <info@{SCHOOL}>\n", "Reply-To: x@bestuur.example\n"],
)
def test_colleagues_at_the_school_or_its_board_may_send_or_answer(head: str) -> None:
    assert topped(head, domains=frozenset({SCHOOL, "bestuur.example"})).obstacles == ()


@pytest.mark.parametrize("name", ["=?utf-8?q?directie=40obsdemeerpaal=2Eexample?=", f"directie@{SCHOOL}", f'"directie@{SCHOOL}"'])
def test_a_name_that_is_an_address_of_the_school_is_in_conflict_with_one_elsewhere(name: str) -> None:
    assert topped("", f"{name} <x@evil.example>").conflicting


@pytest.mark.parametrize(
    "name", ["directie＠obsdemeerpaal.example", "dir\u200bectie@obs\u200bdemeerpaal.example", f"Vos (directie@{SCHOOL})"]
)
def test_an_address_in_a_name_is_read_as_people_see_it(name: str) -> None:
    assert topped("", f'"{name}" <x@evil.example>').conflicting


# Honest mail that looks like a conflict: who sends it, and what stands on top of the mail.
SERVICES = ["parnassys.net", "schoolmaster.nl", "topdesk.net", "gmail.com", "opo-kantoor.nl", "afas.online"]
BOARD = frozenset({SCHOOL, "bestuur.example"})


def proven(sender: str, head: str = "") -> SenderReport:
    """A mail that our server vouches for."""
    domain = sender.rpartition("@")[2].strip("> ")
    return topped(PASS.replace(SCHOOL, domain) + head, sender, authserv_id=OURS, domains=BOARD)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize(
    "answers", [f"directie@{SCHOOL}", "Kantoor <info@bestuur.example>", f"a@mail.{SCHOOL}, b@bestuur.example"]
)
def test_answers_that_go_to_the_school_are_a_doubt_and_no_sign(service: str, answers: str) -> None:
    for report in (
        proven(f"Directie <noreply@{service}>", f"Reply-To: {answers}\n"),
        topped(f"Reply-To: {answers}\n", f"x@{service}", domains=BOARD),
    ):
        assert "reply_to" in kinds(report)
        assert {one.weight for one in report.obstacles} == {Weight.DOUBT}


@pytest.mark.parametrize("office", ["info@opo-kantoor.nl", "Bestuurskantoor <kantoor@onderwijsgroep-x.nl>", "y.vos@gmail.com"])
def test_answers_of_a_proven_school_elsewhere_are_a_doubt(office: str) -> None:
    report = proven(f"Directie <directie@{SCHOOL}>", f"Reply-To: {office}\n")
    assert [(one.kind, one.weight) for one in report.obstacles] == [("reply_to", Weight.DOUBT)]


@pytest.mark.parametrize("where", ["directie@obsdemeerpael.example", "x@mailinator.com", "x@weg.example"])
def test_answers_of_a_proven_school_to_an_imitation_are_a_sign(where: str) -> None:
    assert proven(f"Directie <directie@{SCHOOL}>", f"Reply-To: {where}\n").conflicting


@pytest.mark.parametrize("where", ["x@evil.example", "x@opo-kantoor.nl"])
def test_answers_of_an_unproven_sender_elsewhere_stay_a_sign(where: str) -> None:
    assert topped(f"Reply-To: {where}\n", authserv_id=OURS).conflicting
    assert proven("Directie <directie@evil.example>", "Reply-To: x@elders.example\n").conflicting


@pytest.mark.parametrize(
    "name", ["Helpdesk Basispoort", "helpdesk basispoort", "Helpdesk  Basispoort.", "Yvonne Vos (yvonne@gmail.com)"]
)
def test_a_name_at_a_proven_mailbox_of_the_school_pretends_nothing(name: str) -> None:
    report = proven(f'"{name}" <ict@{SCHOOL}>')
    assert [(one.kind, one.weight) for one in report.obstacles] == [("sender_name", Weight.DOUBT)]
    assert topped("", f'"{name}" <ict@{SCHOOL}>', authserv_id=OURS).conflicting
    assert proven(f'"{name}" <ict@evil.example>').conflicting


@pytest.mark.parametrize("head", ["Reply-To:\n", "Reply-To: \n", "Reply-To:\n \n", "Sender:\n"])
def test_an_empty_header_is_none(head: str) -> None:
    assert proven(f"Directie <directie@{SCHOOL}>", head).obstacles == ()


@pytest.mark.parametrize("name", [f"info@{SCHOOL}", f"Directie (directie@mail.{SCHOOL})", "info@bestuur.example"])
def test_a_name_that_shows_another_address_of_the_school_is_no_doubt(name: str) -> None:
    assert proven(f'"{name}" <x@{SCHOOL}>').obstacles == ()


@pytest.mark.parametrize(("local", "doubted"), [("ba1234", False), ("vd20345", False), ("m12345", False), ("s123456", True), ("ll4711", True), ("1234", True), ("l20261", True)])  # fmt: skip
def test_a_number_of_the_staff_may_send(local: str, doubted: bool) -> None:
    assert ("sender_account" in kinds(proven(f"X <{local}@{SCHOOL}>"))) is doubted


# --- domains that the register lacks ----------------------------------------------------------------------------------


def test_an_unknown_domain_with_the_schools_name_in_it_is_a_doubt_and_no_sign() -> None:
    report = topped("", "Secretariaat <secretariaat@bestuurobsdemeerpaal.example>")
    assert (report.lookalike, report.holds_name_of, report.domain_matches) == (False, SCHOOL, False)
    assert {one.weight for one in report.obstacles} == {Weight.DOUBT}


def test_altered_letters_stay_a_sign_unless_the_register_has_a_school_there() -> None:
    sender = "Directie <directie@obsdemeerpael.example>"
    assert topped("", sender).lookalike
    assert {one.weight for one in topped("", sender, registered=True).obstacles} == {Weight.DOUBT}


@pytest.mark.parametrize("domains", [frozenset(), frozenset({SCHOOL})])
def test_a_host_for_everybody_proves_nothing(domains: frozenset[str]) -> None:
    report = topped("", "Sjaak <s.bakker@dse.nl>", domains=domains, open_host=True)
    assert not report.domain_matches
    assert any("iedereen een adres" in doubt for doubt in report.doubts)
