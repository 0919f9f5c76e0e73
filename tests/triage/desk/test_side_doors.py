"""Ways around the judgement of a request that were tried: each must leave a doubt, a second person or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from email.message import EmailMessage
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.settings import organisation
from tests.forms import Identity, blank_form, filled_form, identity, laid_over, signed
from tests.make_demo import MEERPAAL, VUURTOREN
from tests.signed_once import Signatures
from tests.triage.desks import desks
from tests.triage.verify.form.test_whole_file import lines, sheet
from triage.accounts.accounts import Person
from triage.database.states import INCOMING
from triage.database.tables import MessageRow, Ticket
from triage.desk.dossier import make_dossier
from triage.desk.joining_tickets import JoiningDesk
from triage.desk.request_desk import RequestDesk
from triage.errors import DeskError
from triage.intake import intake, pipeline
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes
from triage.tickets import earlier
from triage.tickets.standing import Standing
from triage.verify import verdict
from triage.verify.model import Verdict, Weight

S = "obsdemeerpaal.example"
TICK = "geen_actieve_beheerder"
NOTE = "Gebeld met het bestuur: dit klopt."
REQUEST = "eerste-beheerder-aanvraag"
PIET = {
    "beheerder_voornaam": "Piet", "beheerder_tussenvoegsel": "", "beheerder_achternaam": "Post", "beheerder_email": f"p.post@{S}",
}  # fmt: skip
JORIS = {**MEERPAAL, **PIET, "bestuurder_naam": "Joris Fraude"}
PASSED = f"dmarc=pass header.from={S}"
UNPROVEN = f"spf=none smtp.mailfrom=evil.example; dmarc=none header.from={S}"
FAILED = f"dmarc=fail header.from={S}"


class World:
    """A desk whose mail server is known, with mails that come in as tickets 1, 2, …"""

    def __init__(
        self, engine: Engine, tools: Tools, agent: Person, senior: Person, signatures: Signatures, authority: Identity
    ) -> None:
        settings = replace(tools.settings, authserv_id="mx.basispoort.nl")
        self.engine, self.tools, self.agent, self.senior = engine, replace(tools, settings=settings), agent, senior
        self.desk, self.judge, self.authority = desks(engine), RequestDesk(engine), authority
        self.director, self.signs, self.count = signatures.who, signatures.of_one_test(), 0

    def sign(self, values: Mapping[str, str], who: Identity | None = None) -> bytes:
        return signed(filled_form(values), who) if who else self.signs(values)

    def mail(
        self,
        pdf: bytes | None = None,
        recorded: str = PASSED,
        text: str = "",
        sender: str = f"m.vdberg@{S}",
        answers: int = 0,
        more: bytes | None = None,
        subject: str = "Aanvraag eerste beheerder",
    ) -> int:
        self.count += 1
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = f"Bestuur <{sender}>", "help@basispoort.nl", subject
        mail["Message-ID"] = f"<deel-{self.count}@{S}>"
        if answers:
            mail["References"] = f"<deel-{answers}@{S}>"
        mail.set_content(text)
        for name, data in (("aanvraag.pdf", pdf), ("tweede.pdf", more)):
            if data:
                mail.add_attachment(data, maintype="application", subtype="pdf", filename=name)
        raw = f"Authentication-Results: mx.basispoort.nl; {recorded}\n".encode() + mail.as_bytes()
        ingest(self.engine, [RawBytes("file", raw)], self.tools)
        with Session(self.engine) as session:
            return session.scalars(select(MessageRow.id).where(MessageRow.direction == INCOMING)).all()[-1]

    def ticket(self, mail: int) -> int:
        with Session(self.engine) as session:
            return session.get_one(MessageRow, mail).ticket_id

    def split(self, mail: int) -> int:
        return JoiningDesk(self.engine).split(mail, self.agent, self.tools)

    def standing(self, mail: int) -> Standing:
        return self.judge.standing(self.ticket(mail))

    def unread(self, mail: int) -> tuple[int, ...]:
        return tuple(one.message for one in self.standing(mail).unread)

    def found(self, mail: int, field: str) -> str:
        checked = self.desk.inbox.ticket(self.ticket(mail)).verification
        check = checked.check(field) if checked else None
        return str(check.status) if check else ""

    def kinds(self, number: int, weight: Weight = Weight.DOUBT) -> set[str]:
        return {one.kind for one in self.standing(number).obstacles if one.weight is weight}

    def ready(self, mail: int) -> None:
        number = self.ticket(mail)
        self.desk.requests.tick(number, TICK, True, self.agent)
        if self.standing(mail).needs_authority:
            self.judge.record_authority(number, "Uittreksel van de KvK", None, self.agent)
        for answer in self.unread(mail):
            self.judge.mark_read(number, answer, self.agent)

    def alone(self, mail: int) -> bool:
        """Whether one person gets it granted."""
        try:
            return self.judge.approve(self.ticket(mail), self.agent)
        except DeskError:
            return False

    def becomes(self, mail: int, *intents: str) -> None:
        for intent in intents:
            self.desk.tickets.correct_intent(self.ticket(mail), intent, self.agent, self.tools)


@pytest.fixture(scope="module")
def signatures(authority: Identity) -> Signatures:
    return Signatures(identity("Marijke van den Berg", authority))


@pytest.fixture
def world(
    engine: Engine,
    trusting: Tools,
    agent: Person,
    hire: Callable[[str, str], Person],
    signatures: Signatures,
    authority: Identity,
) -> World:
    return World(engine, trusting, agent, hire("wim", "senior"), signatures, authority)


# --- a value that nobody signed -------------------------------------------------------------------------------------


@pytest.mark.parametrize("where", ["text", "second file"])
def test_a_chosen_value_that_was_not_signed_takes_two_people(world: World, where: str) -> None:
    evil = f"evil@{S}"
    pdf = world.sign(MEERPAAL)
    if where == "text":
        world.mail(pdf, text=f"E-mailadres beheerder: {evil}")
    else:
        world.mail(pdf, more=filled_form({**MEERPAAL, "beheerder_email": evil}, blank_form()))
    world.judge.choose(1, "email_beheerder", evil, NOTE, world.agent)
    world.ready(1)
    assert "chosen" in world.kinds(1)
    assert not world.alone(1)


def test_a_chosen_value_of_the_signed_form_stays_one_persons(world: World) -> None:
    world.mail(world.sign(MEERPAAL), text=f"E-mailadres beheerder: evil@{S}")
    world.judge.choose(1, "email_beheerder", MEERPAAL["beheerder_email"], NOTE, world.agent)
    world.ready(1)
    assert world.alone(1)


def test_a_value_chosen_from_another_mail_than_the_signed_form_is_a_doubt(world: World) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    two = f"E-mailadres beheerder: a.evil@{S}\nE-mailadres beheerder: b.evil@{S}"
    number = world.mail(text=two, answers=1)
    value = world.standing(number).to_choose["email_beheerder"][0]
    world.judge.choose(1, "email_beheerder", value, NOTE, world.agent)
    assert "chosen" in world.kinds(number)


# --- intent away and back -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("apart", [False, True])
def test_another_subject_and_back_takes_no_mail_out_of_a_request(world: World, apart: bool) -> None:
    world.mail(world.sign(MEERPAAL))
    later = world.mail(world.sign({**MEERPAAL, **PIET}), answers=1)
    if apart:
        world.split(later)
    world.becomes(later, "spam", REQUEST)
    world.desk.requests.check_again(world.ticket(later), world.agent, world.tools)
    assert {"changed_administrator", "changed_address"} <= world.kinds(later)
    world.ready(later)
    assert not world.alone(later)


def test_a_mail_that_becomes_a_request_by_hand_is_looked_at_with_what_came_before(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    later = world.mail(world.sign({**MEERPAAL, **PIET}))
    world.split(later)
    with Session(world.engine) as session, session.begin():  # as when it was taken for something else when it came in
        session.get_one(MessageRow, later).follows_id = None
    world.becomes(2, "spam", REQUEST)
    assert "changed_administrator" in world.kinds(2)


def test_a_sign_of_forgery_stays_whatever_the_subject_becomes_until_a_senior_lifts_it(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    forged = world.mail(world.sign(JORIS, identity("Joris Fraude", world.authority)), sender=f"joris@{S}")
    (sign,) = [one.reason for one in world.standing(forged).obstacles if one.weight is Weight.FORGERY]
    world.becomes(1, "spam")
    world.becomes(forged, "spam", REQUEST)
    assert world.standing(forged).verdict is Verdict.SUSPECT
    with pytest.raises(DeskError, match="senior"):
        world.judge.lift(forged, sign, NOTE, world.agent)
    world.judge.lift(forged, sign, NOTE, world.senior)
    assert sign not in [one.reason for one in world.standing(forged).obstacles]


def test_a_suspect_mail_that_one_person_calls_spam_is_still_a_doubt_for_the_request(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    world.mail(world.sign({**MEERPAAL, **PIET}), FAILED, answers=1)
    world.becomes(2, "spam")
    world.ready(1)
    assert world.kinds(1) == {"suspect_mail"}


# --- two requests at once -------------------------------------------------------------------------------------------


def test_of_two_open_requests_for_a_school_the_second_is_not_granted_by_one_person_after_the_first(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    other = world.mail(
        world.sign({**MEERPAAL, **PIET}),
        "dmarc=pass header.from=obsdewilgenhoek.example",
        sender="bestuur@obsdewilgenhoek.example",
    )
    for number in (1, other):
        world.ready(number)
    before = world.standing(other)
    assert before.grantable
    assert world.alone(1)
    assert "memory" in world.kinds(other)
    assert world.standing(other).seen != before.seen
    assert not world.alone(other)


def test_a_look_up_of_who_may_sign_ends_with_the_request_it_was_for(world: World) -> None:
    kompas = {**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}
    world.mail(world.sign(MEERPAAL))
    world.ready(1)
    waiting = world.mail(world.sign(kompas))
    assert not world.standing(waiting).needs_authority
    world.desk.requests.check_again(1, world.agent, world.tools)
    world.judge.refuse(1, "Dit is bedrog, niet van het bestuur.", world.agent)
    assert world.standing(waiting).needs_authority
    assert world.standing(world.mail(world.sign({**kompas, **PIET}), sender=f"x@{S}")).needs_authority


@pytest.mark.parametrize("how", ["spam", "forgery"])
def test_a_look_up_for_what_turned_out_to_be_no_request_is_not_remembered(world: World, how: str) -> None:
    world.mail(world.sign(MEERPAAL), FAILED if how == "forgery" else PASSED)
    world.ready(1)
    if how == "spam":
        world.becomes(1, "spam")
    number = world.mail(world.sign({**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}))
    assert world.standing(number).needs_authority


# --- what a thread says ---------------------------------------------------------------------------------------------


def test_a_denial_that_carries_the_form_back_is_a_doubt_besides(world: World) -> None:
    pdf = world.sign(MEERPAAL)
    world.mail(pdf, text="Hierbij onze aanvraag.")
    number = world.mail(pdf, text="Wij hebben dit nooit gevraagd. Doe dit niet!", sender=f"directie@{S}", answers=1)
    assert "nooit gevraagd" in " ".join(one.reason for one in world.standing(number).obstacles)


@pytest.mark.parametrize(("remark", "alone"), [("De juf begint pas na de zomer.", True), ("NIET AKKOORD", False)])
def test_a_remark_that_is_not_understood_is_read_by_one_and_a_refusal_is_waived_by_two(
    world: World, remark: str, alone: bool
) -> None:
    form = laid_over(filled_form(MEERPAAL, blank_form()), sheet(lines(remark, top=60)))
    world.mail(signed(form, world.director), text="Hierbij onze aanvraag.")
    world.ready(1)
    (open_point,) = world.standing(1).obstacles
    assert not world.alone(1)
    world.judge.lift(1, open_point.reason, NOTE, world.agent)
    assert world.alone(1) is alone


def test_an_answer_that_carries_the_form_back_has_to_be_read(world: World) -> None:
    pdf = world.sign(MEERPAAL)
    world.mail(pdf, text="Hierbij onze aanvraag.")
    number = world.mail(pdf, text="Kunt u ons hierover eerst bellen? Er is iets vreemds.", sender=f"directie@{S}", answers=1)
    world.desk.requests.tick(1, TICK, True, world.agent)
    world.judge.record_authority(1, "Uittreksel van de KvK", None, world.agent)
    assert (world.ticket(number), world.unread(number)) == (1, (number,))
    with pytest.raises(DeskError, match="Lees die eerst"):
        world.judge.approve(1, world.agent)
    world.judge.mark_read(1, number, world.agent)
    assert world.alone(number)


def test_the_first_mail_and_a_form_without_a_word_need_no_reading(world: World) -> None:
    world.mail(world.sign({**MEERPAAL, "vestigingscode": ""}), text="Hierbij onze aanvraag.")
    assert world.unread(1) == ()
    assert world.unread(world.mail(world.sign(MEERPAAL), answers=1)) == ()


def test_a_consent_that_was_withdrawn_stays_so_when_the_tick_comes_back(world: World) -> None:
    world.mail(world.sign(MEERPAAL, identity("Marijke van den Berg")))
    world.ready(1)
    for one in world.standing(1).obstacles:
        world.judge.lift(1, one.reason, NOTE, world.agent)
    assert not world.judge.approve(1, world.agent)
    for on in (False, True):
        world.desk.requests.tick(1, TICK, on, world.senior)
    assert (len(world.standing(1).approvals), len(world.standing(1).withdrawn)) == (0, 1)
    assert not world.judge.approve(1, world.senior)


def test_two_accounts_that_look_alike_are_one_voice(world: World) -> None:
    world.mail(world.sign(MEERPAAL, identity("Marijke van den Berg")))
    world.ready(1)
    for one in world.standing(1).obstacles:
        world.judge.lift(1, one.reason, NOTE, world.agent)
    assert not world.judge.approve(1, world.agent)
    twin = Person(world.senior.id, "n00r", "agent")  # as the database of before may hold
    with pytest.raises(DeskError, match="Een collega"):
        world.judge.approve(1, twin)


# --- forged mails beside an honest request --------------------------------------------------------------------------


def test_somebody_who_is_only_himself_takes_no_request_over(world: World) -> None:
    world.mail(world.sign(MEERPAAL), UNPROVEN)
    forged = world.mail(
        world.sign(JORIS, identity("Joris Fraude", world.authority)), "dmarc=pass header.from=gmail.com", sender="j@gmail.com", answers=1
    )  # fmt: skip
    assert world.standing(forged).verdict is Verdict.SUSPECT


@pytest.mark.parametrize("recorded", [PASSED, UNPROVEN])
def test_a_forged_mail_that_comes_first_makes_the_honest_one_no_more_than_doubtful(world: World, recorded: str) -> None:
    world.mail(world.sign(JORIS, identity("Joris Fraude")), UNPROVEN, sender=f"directie@{S}")
    honest = world.mail(world.sign(MEERPAAL), recorded)
    assert world.kinds(honest, Weight.FORGERY) == set()
    assert "changed_both" in world.kinds(honest)


def test_an_unproven_mail_takes_no_request_over_but_has_to_be_read(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    typed = f"BRIN: 99AC\nE-mailadres beheerder: evil@{S}\nBeoogde beheerder: Piet Post"
    forged = world.mail(None, UNPROVEN, typed, sender=f"directie@{S}")
    assert (world.standing(1).later, world.unread(1)) == (None, (forged,))
    world.judge.refuse(world.split(forged), "Dit is een valse mail, niet van de school.", world.agent)
    world.ready(1)
    assert (world.standing(1).later, world.standing(1).obstacles) == (None, ())
    assert world.alone(1)


@pytest.mark.parametrize("end", ["refused", "spam"])
def test_a_follower_that_was_turned_down_blocks_nothing(world: World, end: str) -> None:
    world.mail(world.sign(MEERPAAL))
    later = world.mail(world.sign({**MEERPAAL, **PIET}), answers=1)
    number = world.split(later)
    assert world.standing(1).later == number
    if end == "spam":
        world.becomes(later, "spam")
    else:
        world.judge.refuse(number, "Dit is een vergissing, zegt het bestuur.", world.agent)
    assert (world.standing(1).later, world.unread(1)) == (None, (later,))


def test_a_refusal_ends_the_request_of_all_mails_in_the_conversation(world: World) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    world.mail(world.sign(MEERPAAL), answers=1)
    world.judge.refuse(1, "Het bestuur vroeg dit niet aan.", world.agent)
    assert world.standing(1).ruling is not None
    again = world.mail(world.sign(MEERPAAL), answers=1)
    assert (world.ticket(again), world.standing(again).ruling) == (2, None)


def test_a_second_grant_of_the_same_request_is_a_doubt(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    other = world.mail(world.sign(MEERPAAL), UNPROVEN, answers=1)
    world.split(other)
    world.ready(1)
    assert world.alone(1)
    assert "memory" in world.kinds(other)


@pytest.mark.parametrize("refused", [True, False])
def test_a_suspect_request_for_the_same_administrator_is_only_shown(world: World, refused: bool) -> None:
    other = {**VUURTOREN, "beheerder_email": MEERPAAL["beheerder_email"]}
    failed = "dmarc=fail header.from=pcbdevuurtoren.example"
    world.mail(world.sign(other, identity("Nep")), failed, sender="x@pcbdevuurtoren.example")
    if refused:
        world.judge.refuse(1, "Dit is een valse mail, niet van de school.", world.agent)
    honest = world.mail(world.sign(MEERPAAL))
    assert world.standing(honest).obstacles == ()
    checked = world.desk.inbox.ticket(honest).verification
    assert checked is not None
    assert "ander bestuur" in checked.notes[0]


def test_a_copy_of_a_form_in_a_forged_mail_does_not_taint_the_form(world: World) -> None:
    pdf = world.sign(MEERPAAL)
    world.mail(pdf, "dmarc=fail header.from=elders.example", sender="x@elders.example")
    honest = world.mail(pdf)
    assert world.standing(honest).obstacles == ()


def test_a_question_in_the_thread_is_not_answered_with_a_grant_that_was_not_given(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    asked = world.mail(None, text="Hoe staat het met mijn aanvraag?", answers=1, subject="Re: Aanvraag eerste beheerder")
    question = world.ticket(asked)
    for subject, body in (("Re: aanvraag", "Uw aanvraag is goedgekeurd."), ("Goedgekeurd!", "Zie het onderwerp.")):
        with pytest.raises(DeskError, match="niet toegekend"):
            world.desk.answers.approve(question, subject, body, world.agent)
    world.desk.answers.approve(
        question, "Re: aanvraag", "Uw aanvraag is nog niet goedgekeurd: een collega kijkt ernaar.", world.agent
    )
    world.desk.tickets.reopen(question, world.agent)
    world.ready(1)
    assert world.alone(1)
    world.desk.answers.approve(question, "Re: aanvraag", "Uw aanvraag is goedgekeurd.", world.agent)


# --- a long thread --------------------------------------------------------------------------------------------------


def test_earlier_mails_of_a_request_are_not_read_again_when_nothing_changed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    read = []
    verify = verdict.verify_message

    def counted(*arguments: Any) -> Any:
        read.append(arguments)
        return verify(*arguments)

    monkeypatch.setattr(pipeline, "verify_message", counted)
    number = world.mail(None, text=f"E-mailadres beheerder: s.dewit@{S}", answers=1)
    assert len(read) == 1
    assert world.found(number, "naam_school") == "ok"


def test_of_a_long_thread_not_more_than_so_many_mails_are_looked_at_together(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(earlier, "MAX_PARTS", 2)
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    for place in ("a", "b", "c"):
        number = world.mail(None, text=f"E-mailadres beheerder: {place}@{S}", answers=1)
    said = [one.reason for one in world.standing(number).obstacles if one.kind == "unread"]
    with Session(world.engine) as session:
        at = organisation().local(session.get_one(MessageRow, 2).at)
    told = f"Niet meegeteld: die van {at:%d-%m-%Y %H:%M}. Bekijk die zelf."
    assert said == [f"Deze aanvraag heeft meer mails dan samen worden bekeken. {told}"]


# --- one conversation -----------------------------------------------------------------------------------------------

ONLY = {name: MEERPAAL[name] for name in ("brin", "bestuurder_naam", "bestuurder_functie")}
ELSEWHERE = "dmarc=pass header.from=elders.example"


@pytest.mark.parametrize("end", ["refused", "spam"])
def test_values_of_a_mail_that_was_turned_down_do_not_come_back(world: World, end: str) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": "", "vestigingscode": ""}))
    bad = world.mail(world.sign({**ONLY, "beheerder_email": f"evil@{S}"}), answers=1)
    number = world.split(bad)
    if end == "refused":
        world.judge.refuse(number, "Het bestuur zegt: dit adres klopt niet.", world.agent)
    else:
        world.becomes(bad, "spam")
    third = world.mail(world.sign({**ONLY, "vestigingscode": "00"}), answers=1)
    assert world.found(third, "email_beheerder") != "ok"
    assert "turned_down" in world.kinds(third)


def test_every_mail_of_somebody_who_warns_has_to_be_read(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    world.mail(None, ELSEWHERE, "Wie heeft dit gestuurd?", sender="iemand@elders.example", answers=1)
    world.ready(1)
    second = world.mail(None, ELSEWHERE, "Dit is fraude, ken dit niet toe!", sender="iemand@elders.example", answers=2)
    assert world.unread(1) == (second,)
    assert not world.alone(1)


def test_a_form_that_comes_in_during_a_grant_is_a_request_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.mail(world.sign(MEERPAAL))
    world.ready(1)
    granted: list[bool] = []
    place_in = intake.place_in

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        if not granted:
            granted.append(world.alone(1))
        return place_in(*arguments, **named)

    monkeypatch.setattr(intake, "place_in", meanwhile)
    later = world.mail(world.sign({**MEERPAAL, **PIET}), text="Let op: het moet Piet zijn!", answers=1)
    assert granted == [True]
    assert (world.ticket(later), world.standing(later).ruling) == (2, None)
    assert "memory" in world.kinds(later)


def test_many_mails_of_a_domain_do_not_hide_the_request_of_the_thread(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(earlier, "MAX_CANDIDATES", 1)
    world.mail(world.sign(MEERPAAL))
    world.mail(world.sign({**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}))
    later = world.mail(world.sign({**MEERPAAL, **PIET}), answers=1)
    assert "changed_administrator" in world.kinds(later)


def test_whoever_lifts_a_sign_of_forgery_sees_what_else_is_different(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    forged = world.mail(world.sign({**MEERPAAL, **PIET}), FAILED, answers=1)
    for one in world.standing(forged).obstacles:
        if one.weight is Weight.FORGERY:
            world.judge.lift(world.ticket(forged), one.reason, NOTE, world.senior)
    assert "changed_administrator" in world.kinds(forged)


def test_a_remark_in_the_subject_alone_has_to_be_read(world: World) -> None:
    pdf = world.sign(MEERPAAL)
    world.mail(pdf, text="Hierbij onze aanvraag.")
    asked = "Kunt u ons hierover eerst bellen? Er is iets vreemds"
    later = world.mail(pdf, subject=asked, sender=f"directie@{S}", answers=1)
    assert world.unread(1) == (later,)
    same = world.mail(pdf, subject="RE: Aanvraag eerste beheerder", answers=1)
    assert same not in world.unread(1)


def test_splitting_a_mail_off_takes_it_not_out_of_what_must_be_read(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    warned = world.mail(None, text="Wij hebben dit niet aangevraagd.", answers=1)
    world.split(warned)
    assert (world.ticket(warned), world.unread(1)) == (2, (warned,))


def test_after_a_grant_a_question_can_still_be_split_off(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    world.ready(1)
    assert world.alone(1)
    asked = world.mail(None, text="Hoe verwijder ik een leerling die van school is?", answers=1)
    assert world.split(asked) == 2


def test_who_completes_a_request_gets_the_answer(world: World) -> None:
    world.mail(filled_form(MEERPAAL, blank_form()), sender=f"leerling@{S}")
    signed_one = world.mail(world.sign(MEERPAAL), text="Hierbij onze aanvraag.", answers=1)
    view = world.desk.inbox.ticket(world.ticket(signed_one))
    assert (view.line.id, view.reply_to, view.copies_to) == (1, f"m.vdberg@{S}", ())


def test_what_somebody_wrote_to_us_alone_is_copied_to_nobody(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    world.desk.answers.approve(1, "Re: aanvraag", "Wij kijken ernaar.", world.agent, copies_to="bestuur@elders.example")
    world.mail(None, ELSEWHERE, "Ik schrijf u apart: dit is fraude.", sender="bestuur@elders.example", answers=1)
    view = world.desk.inbox.ticket(1)
    assert (view.reply_to, view.copies_to) == ("bestuur@elders.example", ())


def test_the_dossier_holds_every_mail_whose_values_count(world: World) -> None:
    world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}))
    world.mail(None, UNPROVEN, f"E-mailadres beheerder: s.dewit@{S}", answers=1)
    world.mail(world.sign(MEERPAAL), answers=1)
    assert len(make_dossier(world.engine, 1, "noor")["mails"]) == 3


def test_a_lifted_sign_ends_the_suspicion_and_the_next_mail_joins(world: World) -> None:
    first = world.mail(world.sign({**MEERPAAL, "beheerder_email": ""}), FAILED)
    for one in world.standing(first).obstacles:
        if one.weight is Weight.FORGERY:
            world.judge.lift(1, one.reason, NOTE, world.senior)
    later = world.mail(world.sign(MEERPAAL), answers=1)
    assert world.ticket(later) == 1


def test_what_goes_on_with_a_request_has_to_be_read_after_it_was_merged(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    warned = world.mail(None, text="Wij hebben dit niet aangevraagd.", answers=1)
    other = world.mail(None, ELSEWHERE, "De tegel van de methode ontbreekt.", sender="iemand@elders.example", subject="Tegel")
    number = world.split(warned)
    JoiningDesk(world.engine).merge(number, world.ticket(other), world.agent)
    assert warned in world.unread(1)


def test_a_form_that_was_refused_in_a_conversation_is_only_shown_when_it_comes_again(world: World) -> None:
    first = world.sign(MEERPAAL)
    world.mail(first)
    world.mail(world.sign({**MEERPAAL, **PIET}), answers=1)
    world.judge.refuse(1, "Het bestuur vroeg dit niet aan.", world.agent)
    again = world.mail(first)
    assert "memory" not in world.kinds(again)


def test_the_dossier_tells_what_happened_under_an_old_number(world: World) -> None:
    world.mail(world.sign(MEERPAAL))
    later = world.mail(world.sign(MEERPAAL), text="Nog een keer.", answers=1)
    number = world.split(later)
    world.desk.tickets.note(number, "Gebeld met het bestuur.", world.agent)
    with Session(world.engine) as session, session.begin():  # as the tickets of before were put together
        session.get_one(MessageRow, later).ticket_id = 1
        session.get_one(Ticket, number).merged_into_id = 1
    told = make_dossier(world.engine, 1, "noor")["verloop"]
    assert "notitie geschreven" in [one["wat"] for one in told]
