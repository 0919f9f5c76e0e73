"""Judging formal requests: nothing is granted while anything stands open, and what was lifted takes two people."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from kb.store import utc_now
from tests.forms import Identity, blank_form, filled_form, identity, own_form, scanned, signed
from tests.make_demo import MEERPAAL
from tests.triage.desks import desks
from triage.accounts.accounts import Person
from triage.database.tables import RegisterEdition, Ruling, VerificationRow
from triage.desk.inbox import Inbox
from triage.desk.incident_desk import IncidentDesk
from triage.desk.request_desk import RequestDesk
from triage.desk.ticket_desk import TicketDesk
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.register.importing import import_register
from triage.sources.files import RawBytes
from triage.verify.model import Verdict, Weight

NOTE = "Gebeld met het bestuur op het nummer uit het register."
TICK = "geen_actieve_beheerder"
NOOR = Person(0, "noor", "agent")


@pytest.fixture(scope="module")
def form() -> bytes:
    return filled_form(MEERPAAL, blank_form())


@pytest.fixture(scope="module")
def right(form: bytes, authority: Identity) -> bytes:
    """A form that is signed as it should be."""
    return signed(form, identity("Marijke van den Berg", authority))


@pytest.fixture(scope="module")
def unvouched(form: bytes) -> bytes:
    """The same with a certificate nobody vouches for."""
    return signed(form, identity("Marijke van den Berg"))


@pytest.fixture
def senior(hire: Callable[[str, str], Person]) -> Person:
    return hire("wim", "senior")


def request_mail(pdf: bytes, sender: str = "m.vdberg@obsdemeerpaal.example") -> bytes:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Marijke van den Berg <{sender}>", "help@basispoort.nl", "Aanvraag"
    mail.set_content("Zie de bijlage.")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="aanvraag.pdf")
    return mail.as_bytes()


@pytest.fixture
def arrive(engine: Engine, trusting: Tools) -> Callable[..., RequestDesk]:
    """A request comes in as ticket 1; what only a person can see is ticked, and it is looked up who may sign."""

    def come_in(pdf: bytes, *sender: str, ticked: bool = True, authority: bool = True) -> RequestDesk:
        ingest(engine, [RawBytes("file", request_mail(pdf, *sender))], trusting)
        desk = RequestDesk(engine)
        if ticked:
            tick(engine)
        if authority:
            look_up(desk)
        return desk

    return come_in


def tick(engine: Engine) -> None:
    RequestDesk(engine).tick(1, TICK, True, NOOR)


def look_up(desk: RequestDesk) -> None:
    desk.record_authority(1, "Uittreksel van de KvK", None, NOOR)


def looked_up(desk: RequestDesk, engine: Engine) -> None:
    tick(engine)
    look_up(desk)


def doubts(desk: RequestDesk) -> list[str]:
    return [obstacle.reason for obstacle in desk.standing(1).obstacles]


def test_a_complete_request_takes_one_person(arrive: Callable[..., RequestDesk], right: bytes, agent: Person) -> None:
    desk = arrive(right)
    assert (desk.standing(1).verdict, desk.standing(1).needed) == (Verdict.COMPLETE, 1)
    assert desk.approve(1, agent)
    ruling = desk.standing(1).ruling
    assert ruling is not None
    assert (ruling.by, ruling.about) == ("noor", "toegekend")


def test_nothing_is_granted_before_a_person_looked_what_only_a_person_can_see(
    arrive: Callable[..., RequestDesk], right: bytes, agent: Person
) -> None:
    desk = arrive(right, ticked=False)
    assert desk.standing(1).to_tick == (TICK,)
    with pytest.raises(DeskError, match="vink het aan"):
        desk.approve(1, agent)


def test_what_was_lifted_takes_two_people(
    arrive: Callable[..., RequestDesk], unvouched: bytes, agent: Person, senior: Person
) -> None:
    desk = arrive(unvouched)
    (reason,) = doubts(desk)
    with pytest.raises(DeskError, match="niet compleet"):
        desk.approve(1, agent)
    desk.lift(1, reason, NOTE, agent)
    assert (desk.standing(1).verdict, desk.standing(1).needed) == (Verdict.COMPLETE, 2)
    assert not desk.approve(1, agent)
    with pytest.raises(DeskError, match="Een collega"):
        desk.approve(1, agent)
    assert desk.standing(1).ruling is None
    assert desk.approve(1, senior)
    assert {judgement.by for judgement in desk.standing(1).approvals} == {"noor", "wim"}


@pytest.mark.parametrize("note", ["", "ok", "         .         "])
def test_a_doubt_is_not_lifted_without_a_real_note(
    arrive: Callable[..., RequestDesk], unvouched: bytes, agent: Person, note: str
) -> None:
    desk = arrive(unvouched)
    with pytest.raises(DeskError, match="tien tekens"):
        desk.lift(1, doubts(desk)[0], note, agent)
    assert doubts(desk)


def test_what_is_missing_can_not_be_lifted_by_anybody(
    arrive: Callable[..., RequestDesk], authority: Identity, senior: Person
) -> None:
    pdf = signed(filled_form({**MEERPAAL, "bestuursnummer": ""}), identity("Marijke van den Berg", authority))
    desk = arrive(pdf)
    (obstacle,) = desk.standing(1).obstacles
    assert obstacle.weight is Weight.SHORTFALL
    with pytest.raises(DeskError, match="alleen de school"):
        desk.lift(1, obstacle.reason, NOTE, senior)


def test_a_sign_of_forgery_is_for_a_senior(
    arrive: Callable[..., RequestDesk], right: bytes, agent: Person, senior: Person
) -> None:
    desk = arrive(right, "m.vdberg@obsdemeerpaai.example")
    assert desk.standing(1).verdict is Verdict.SUSPECT
    sign = desk.standing(1).obstacles[0]
    with pytest.raises(DeskError, match="senior"):
        desk.lift(1, sign.reason, NOTE, agent)
    desk.lift(1, sign.reason, NOTE, senior)
    assert sign.reason not in doubts(desk)


def test_what_was_not_said_can_not_be_lifted(arrive: Callable[..., RequestDesk], form: bytes, agent: Person) -> None:
    desk = arrive(form)
    with pytest.raises(DeskError, match="niet"):
        desk.lift(1, "iets anders", NOTE, agent)


def test_a_new_check_starts_without_any_judgement(
    arrive: Callable[..., RequestDesk], unvouched: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    desk = arrive(unvouched)
    desk.lift(1, doubts(desk)[0], NOTE, agent)
    desk.approve(1, agent)
    RequestDesk(engine).check_again(1, agent, trusting)
    standing = desk.standing(1)
    assert (standing.verdict, standing.lifted, standing.approvals) == (Verdict.INCOMPLETE, (), ())


def test_a_ruling_is_final(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person, senior: Person
) -> None:
    desk = arrive(right)
    desk.refuse(1, "Het bestuur zegt dat de aanvraag niet van hen is.", agent)
    for act in (
        lambda: desk.approve(1, senior),
        lambda: desk.refuse(1, NOTE, senior),
        lambda: RequestDesk(engine).check_again(1, senior, trusting),
        lambda: TicketDesk(engine).correct_intent(1, "spam", senior, trusting),
        lambda: RequestDesk(engine).tick(1, TICK, False, senior),
    ):
        with pytest.raises(DeskError, match=r"al (afgewezen|besloten)"):
            act()


def test_after_a_ruling_the_draft_says_how_it_ended(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, agent: Person
) -> None:
    arrive(right).approve(1, agent)
    draft = Inbox(engine).ticket(1).draft
    assert draft is not None
    assert "Uw aanvraag ‘Aanvraag eerste beheerder’ is goedgekeurd." in draft.body


def test_a_renewed_register_asks_for_a_new_check_first(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    desk = arrive(right)
    with Session(engine) as session, session.begin():
        session.add(
            RegisterEdition(source="nieuw.csv", sha256="0" * 64, fictional=True, imported_at=utc_now() + timedelta(seconds=1))
        )
    with pytest.raises(DeskError, match="register is vernieuwd"):
        desk.approve(1, agent)
    assert not desk.standing(1).grantable


def test_a_check_of_which_the_edition_is_not_known_has_to_be_done_again(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, agent: Person
) -> None:
    desk = arrive(right)
    with Session(engine) as session, session.begin():
        session.scalars(select(VerificationRow)).one().edition_id = None
    with pytest.raises(DeskError, match="niet bekend met welk scholenregister"):
        desk.approve(1, agent)


def test_two_people_at_the_same_moment_make_one_ruling(
    arrive: Callable[..., RequestDesk], unvouched: bytes, engine: Engine, agent: Person, senior: Person
) -> None:
    desk = arrive(unvouched)
    desk.lift(1, doubts(desk)[0], NOTE, agent)
    with ThreadPoolExecutor() as pool:
        granted = list(pool.map(lambda who: RequestDesk(engine).approve(1, who), (agent, senior)))
    assert sorted(granted) == [False, True]
    with Session(engine) as session:
        assert len(session.scalars(select(Ruling)).all()) == 1


def test_a_question_has_nothing_to_judge(engine: Engine, trusting: Tools) -> None:
    mail = (SHIPPED_DATA / "demo" / "mail").glob("*.eml")
    ingest(engine, [RawBytes("file", sorted(mail)[0].read_bytes())], trusting)
    with pytest.raises(DeskError, match="geen formele aanvraag"):
        RequestDesk(engine).standing(1)


def test_ink_is_granted_only_by_two_people_who_saw_it(arrive: Callable[..., RequestDesk], agent: Person, senior: Person) -> None:
    labels = {
        "naam_bestuur": "Naam van het bestuur", "bestuursnummer": "Bestuursnummer", "naam_school": "Naam van de school",
        "brin": "BRIN", "vestigingscode": "Vestigingscode", "bestuurder_naam": "Naam bestuurder",
    }  # fmt: skip
    people = [("Functie bestuurder", "voorzitter"), ("Beoogde beheerder", "Sanne de Wit")]
    rows = [(label, MEERPAAL[name]) for name, label in labels.items()] + people
    desk = arrive(own_form([*rows, ("E-mailadres beheerder", MEERPAAL["beheerder_email"])], ink=True))
    assert [obstacle.weight for obstacle in desk.standing(1).obstacles] == [Weight.DOUBT], doubts(desk)
    desk.lift(1, doubts(desk)[0], NOTE, agent)
    assert not desk.approve(1, senior)
    assert desk.approve(1, agent)


def test_what_the_program_could_not_read_a_person_reads_and_the_register_checks(
    arrive: Callable[..., RequestDesk], form: bytes, engine: Engine, trusting: Tools, agent: Person, senior: Person
) -> None:
    desk = arrive(scanned(form))
    unread = next(one for one in desk.standing(1).obstacles if one.field == "brin")
    with pytest.raises(DeskError, match="niet gelezen"):
        desk.lift(1, unread.reason, NOTE, senior)
    typed = {
        "brin": "12ZZ", "naam_bestuur": MEERPAAL["naam_bestuur"], "bestuursnummer": "99001", "naam_school": "OBS De Meerpaal",
        "bestuurder": "Marijke van den Berg, voorzitter", "beoogde_beheerder": "Sanne de Wit",
        "email_beheerder": MEERPAAL["beheerder_email"],
    }  # fmt: skip
    desk.read(1, typed, agent, trusting)
    assert any(one.weight is Weight.SHORTFALL and one.field == "brin" for one in desk.standing(1).obstacles)
    desk.read(1, {"brin": "99AC"}, agent, trusting)
    reasons = doubts(desk)
    assert len(reasons) == 2, reasons
    assert reasons[1].startswith("Gelezen door noor: Naam van het bestuur ‘Stichting")
    for reason in reasons:
        desk.lift(1, reason, NOTE, agent)
    looked_up(desk, engine)  # the new check starts without
    assert not desk.approve(1, agent)
    assert desk.approve(1, senior)


def test_what_the_program_did_read_nobody_types_over(
    arrive: Callable[..., RequestDesk], right: bytes, tools: Tools, agent: Person
) -> None:
    desk = arrive(right)
    with pytest.raises(DeskError, match="van een plaatje"):
        desk.read(1, {"email_beheerder": "iemand@anders.example"}, agent, tools)


def test_the_register_of_the_demo_can_be_imported_without_touching_what_was_checked(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    demo = SHIPPED_DATA / "demo"
    with Session(engine) as session, session.begin():
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
    assert arrive(right).approve(1, agent)


# --- one person records, ticks, chooses and reads; a consent is to what its giver saw ------------------------------------


def test_a_tick_belongs_to_one_check(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    desk = arrive(right)
    assert desk.standing(1).to_tick == ()
    RequestDesk(engine).check_again(1, agent, trusting)
    assert desk.standing(1).to_tick == (TICK,)


def test_what_is_not_on_the_list_can_not_be_ticked(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, agent: Person
) -> None:
    arrive(right)
    with pytest.raises(DeskError, match="staat niet op de lijst"):
        RequestDesk(engine).tick(1, "tekenbevoegd", True, agent)


def test_a_director_by_his_own_word_is_granted_nothing_before_a_person_looked_up_that_he_may_sign(
    arrive: Callable[..., RequestDesk], right: bytes, agent: Person
) -> None:
    desk = arrive(right, authority=False)
    assert (desk.standing(1).verdict, desk.standing(1).grantable) == (Verdict.COMPLETE, False)
    with pytest.raises(DeskError, match="mag tekenen"):
        desk.approve(1, agent)
    with pytest.raises(DeskError, match="waar u het hebt opgezocht"):
        desk.record_authority(1, "kvk", None, agent)
    with pytest.raises(DeskError, match="in de toekomst"):
        desk.record_authority(1, "Uittreksel van de KvK", utc_now().date() + timedelta(days=2), agent)
    desk.record_authority(1, "Uittreksel van de KvK", utc_now().date(), agent)
    assert desk.approve(1, agent)


def test_who_was_looked_up_last_month_is_known_for_the_next_school_of_that_board(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, authority: Identity, agent: Person
) -> None:
    signer = identity("Marijke van den Berg", authority)
    arrive(signed(filled_form(MEERPAAL, blank_form()), signer))
    other = {**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}
    ingest(engine, [RawBytes("file", request_mail(signed(filled_form(other, blank_form()), signer)))], trusting)
    standing = RequestDesk(engine).standing(2)
    assert (standing.asks_authority, standing.needs_authority) == (True, False)
    checked = Inbox(engine).ticket(2).verification
    assert checked is not None
    check = checked.check("tekenbevoegd")
    assert check is not None
    assert "noor" in check.reason


def test_a_namesake_with_another_certificate_is_looked_up_anew(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, authority: Identity
) -> None:
    arrive(right)
    other = {**MEERPAAL, "brin": "99AD", "naam_school": "Kindcentrum Het Kompas"}
    namesake = identity("Marijke van den  Berg", authority)
    ingest(engine, [RawBytes("file", request_mail(signed(filled_form(other, blank_form()), namesake)))], trusting)
    assert RequestDesk(engine).standing(2).needs_authority


def test_something_new_withdraws_a_consent_for_all_to_see(
    arrive: Callable[..., RequestDesk], unvouched: bytes, engine: Engine, agent: Person, senior: Person
) -> None:
    desk = arrive(unvouched)
    desk.lift(1, doubts(desk)[0], NOTE, agent)
    assert not desk.approve(1, agent)
    desk.record_authority(1, "Opgave van het bestuur, telefonisch bevestigd", None, senior)
    standing = desk.standing(1)
    assert ([one.by for one in standing.approvals], [one.by for one in standing.withdrawn]) == ([], ["noor"])
    assert not desk.approve(1, senior)
    assert desk.approve(1, agent)


def test_a_consent_to_what_is_no_longer_on_the_screen_is_refused(
    arrive: Callable[..., RequestDesk], unvouched: bytes, agent: Person, senior: Person
) -> None:
    desk = arrive(unvouched)
    before = desk.standing(1).seen
    desk.lift(1, doubts(desk)[0], NOTE, senior)
    with pytest.raises(DeskError, match="veranderd sinds u hem opende"):
        desk.approve(1, agent, before)
    assert desk.standing(1).approvals == ()


# --- no side door ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        "Uw aanvraag is goedgekeurd.",
        "Het account is aangemaakt.",
        "Sanne is als beheerder toegevoegd.",
        "Your request has been approved.",
    ],
)
def test_nobody_is_told_that_something_was_granted_without_a_ruling(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, agent: Person, words: str
) -> None:
    arrive(right)
    with pytest.raises(DeskError, match="niet toegekend"):
        desks(engine).answers.approve(1, "Re: aanvraag", words, agent)
    assert Inbox(engine).ticket(1).line.status == "open"


def test_another_subject_opens_no_way_to_say_that_it_was_granted(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    arrive(right)
    TicketDesk(engine).correct_intent(1, "algemene-vraag", agent, trusting)
    with pytest.raises(DeskError, match="niet toegekend"):
        desks(engine).answers.approve(1, "Re: aanvraag", "Het account is aangemaakt.", agent)


def test_another_kind_of_request_asks_the_same_of_a_school_that_may_exist(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    desk = arrive(right)
    TicketDesk(engine).correct_intent(1, "schoolaccount-nieuw", agent, trusting)
    standing = desk.standing(1)
    assert (standing.to_tick, standing.needs_authority) == ((TICK,), True)


def test_a_request_is_no_part_of_an_incident_and_of_its_answer(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, agent: Person
) -> None:
    arrive(right)
    with pytest.raises(DeskError, match="formele aanvraag"):
        IncidentDesk(engine).open_by_hand(1, agent)


def test_the_answer_to_an_incident_passes_a_mail_by_that_turned_out_to_be_a_request(
    arrive: Callable[..., RequestDesk], right: bytes, engine: Engine, trusting: Tools, agent: Person
) -> None:
    arrive(right)
    desk, incidents = desks(engine), IncidentDesk(engine)
    desk.tickets.correct_intent(1, "storing", agent, trusting)
    number = incidents.open_by_hand(1, agent)
    desk.tickets.correct_intent(1, "eerste-beheerder-aanvraag", agent, trusting)
    told = incidents.answer_all(number, "De storing is voorbij.", "", agent, desk.answers)
    assert (told.sent, len(told.failed)) == (0, 1)
    assert desk.inbox.ticket(1).line.status == "open"
