"""Incidents: mails about one failure are noticed, kept together, answered together, and told together that it is over."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.articles.announcements import AnnouncementError, notices
from kb.store import utc_now
from tests.triage.conftest import Postbox
from tests.triage.desks import desks
from triage.accounts.accounts import Person
from triage.classify.intents import load_taxonomy
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Event, RawMail, Ticket
from triage.desk.gap_report import GapReport
from triage.desk.incident_desk import IncidentDesk
from triage.errors import DeskError
from triage.incidents.incidents import IncidentWatch
from triage.incidents.surge import Arrival, SurgeRules, common_words, find_surges, find_word_surges, load_surge_rules
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.outbox.sender import Tried, send_due
from triage.sources.files import RawBytes

NOW = datetime(2026, 11, 17, 10, 30, tzinfo=UTC)  # a Tuesday, 11:30 in Amsterdam
ZONE = ZoneInfo("Europe/Amsterdam")
RULES = SurgeRules(
    frozenset({"storing", "las-koppeling"}), timedelta(minutes=60), 4, 3e-5, timedelta(weeks=8), timedelta(days=14),
    1e-7, 0.05, frozenset({"maandag"}),
)  # fmt: skip


def usual(days: int = 40, a_day: float = 12.0, intent: str = "storing", seed: int = 0, before: datetime = NOW) -> list[Arrival]:
    """Mails of workdays between eight and five, some of them about a subject."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(1, days + 1):
        day = (before - timedelta(days=number)).astimezone(ZONE)
        if day.weekday() < 5:
            for name, mails in ((intent, a_day / 6), ("algemene-vraag", a_day)):
                for _ in range(rng.poisson(mails)):
                    at = day.replace(hour=int(rng.integers(8, 17)), minute=int(rng.integers(60)))
                    found.append(Arrival(at, name, f"{rng.integers(9999)}@school.example"))
    return found


def burst(count: int, intent: str = "storing", senders: int | None = None, minutes: int = 40) -> list[Arrival]:
    return [
        Arrival(NOW - timedelta(minutes=minutes * n / count), intent, f"juf{n % (senders or count)}@school.example")
        for n in range(count)
    ]


# --- the test -------------------------------------------------------------------------------------------------------


def test_many_mails_about_a_rare_subject_in_an_hour_are_a_surge() -> None:
    (surge,) = find_surges([*usual(), *burst(12)], NOW, RULES, ZONE)

    assert (surge.intent, surge.senders) == ("storing", 12)
    assert surge.expected < 1
    assert surge.chance < RULES.chance


def test_a_usual_hour_is_no_surge() -> None:
    assert find_surges([*usual(), *burst(2)], NOW, RULES, ZONE) == []


def test_one_school_that_mails_twelve_times_is_no_surge() -> None:
    assert find_surges([*usual(), *burst(12, senders=1)], NOW, RULES, ZONE) == []


def test_a_subject_that_is_not_watched_does_not_surge() -> None:
    assert find_surges([*usual(intent="spam"), *burst(30, "spam")], NOW, RULES, ZONE) == []


def test_without_two_weeks_of_history_nothing_is_said() -> None:
    assert find_surges([*usual(days=10), *burst(30)], NOW, RULES, ZONE) == []


def test_an_hour_as_busy_as_every_hour_is_no_surge() -> None:
    assert find_surges([*usual(a_day=500), *burst(9)], NOW, RULES, ZONE) == []


def test_a_day_on_which_everything_is_busier_is_no_surge() -> None:
    """The start of a school year: all subjects rise together."""
    rush = [Arrival(NOW - timedelta(minutes=n), "algemene-vraag", f"{n}@school.example") for n in range(150)]

    assert find_surges([*usual(), *burst(5)], NOW, RULES, ZONE) != []
    assert find_surges([*usual(), *rush, *burst(5)], NOW, RULES, ZONE) == []


def test_the_same_mails_at_night_are_stranger_than_in_the_morning() -> None:
    night = NOW.replace(hour=2)
    moved = [dataclasses.replace(one, at=one.at - (NOW - night)) for one in burst(5)]
    by_day = find_surges([*usual(), *burst(5)], NOW, RULES, ZONE)
    by_night = find_surges([*usual(), *moved], night, RULES, ZONE)

    assert by_night[0].chance < by_day[0].chance


@given(st.permutations(range(30)))
def test_the_order_of_the_mails_does_not_matter(order: list[int]) -> None:
    mails = [*usual(days=20)[:18], *burst(12)]
    mails = [mails[number] for number in order if number < len(mails)]
    rules = dataclasses.replace(RULES, history_needed=timedelta(days=1))

    assert [one.intent for one in find_surges(mails, NOW, rules, ZONE)] == ["storing"]


def test_every_watched_intent_exists() -> None:
    assert load_surge_rules().intents <= set(load_taxonomy().labels)


def test_the_words_of_a_failure_are_those_its_mails_share_and_others_lack() -> None:
    texts = [["gynzy", "laadt", "vandaag"], ["gynzy", "wit", "scherm"], ["school", "gynzy", "laadt"]]
    background = [["school", "vandaag"], ["wachtwoord", "school"], ["scherm", "school"]] * 10

    assert common_words(texts, background) == ("gynzy", "laadt")


def scattered(count: int, *words: str) -> list[Arrival]:
    """Mails with the same words of which half have another subject."""
    labels = ("storing", "las-koppeling")
    return [
        Arrival(NOW - timedelta(minutes=5 * n), labels[n % 2], f"juf{n}@school.example", frozenset({*words, f"eigen{n}"}))
        for n in range(count)
    ]


def spoken(*words: str, days: int = 40, intent: str = "storing") -> list[Arrival]:
    """A history in which every mail about a subject has some words."""
    return [dataclasses.replace(one, words=frozenset(words)) for one in usual(days, intent=intent)]


def test_a_rare_word_in_mails_about_several_subjects_surges() -> None:
    (surge,) = find_word_surges([*spoken("school"), *scattered(6, "gynzy")], NOW, RULES, ZONE)

    assert (surge.word, surge.senders) == ("gynzy", 6)
    assert surge.intent in RULES.intents
    assert surge.chance < RULES.word_chance


@pytest.mark.parametrize("word", ["school", "maandag"])
def test_an_ordinary_word_or_one_of_the_calendar_does_not_surge(word: str) -> None:
    assert find_word_surges([*spoken("school"), *scattered(8, word)], NOW, RULES, ZONE) == []


def test_a_word_of_one_sender_does_not_surge() -> None:
    same = [dataclasses.replace(one, sender="juf@school.example") for one in scattered(8, "gynzy")]

    assert find_word_surges([*spoken("school"), *same], NOW, RULES, ZONE) == []


def test_mails_whose_words_were_not_kept_are_no_history_of_words() -> None:
    assert find_word_surges([*usual(), *scattered(8, "gynzy")], NOW, RULES, ZONE) == []


# --- in the mailbox -------------------------------------------------------------------------------------------------


def mail(
    number: int, at: datetime, subject: str = "Storing?", body: str = "Bij ons ligt alles eruit, zonnewijzer laadt niet."
) -> bytes:
    return (
        f"From: Juf Nummer <juf{number}@school{number}.example>\r\nTo: help@basispoort.nl\r\nSubject: {subject}\r\n"
        f"Message-ID: <{number}-{at.timestamp()}@school.example>\r\nDate: {at:%a, %d %b %Y %H:%M:%S} +0000\r\n\r\n{body}\r\n"
    ).encode()


@pytest.fixture
def house(engine: Engine, tools: Tools) -> Callable[..., list[int]]:
    """Takes mails in as tickets about an outage; says which incidents that opened."""

    def take(mails: list[bytes], now: datetime = NOW, intent: str = "storing") -> list[int]:
        ingest(engine, [RawBytes("bestand", raw) for raw in mails], tools)
        with Session(engine) as session, session.begin():
            for ticket in session.scalars(select(Ticket).where(Ticket.sender_name == "Juf Nummer", Ticket.incident_id.is_(None))):
                ticket.intent = intent
                ticket.created_at = min(ticket.created_at, now)
        return IncidentWatch(engine, RULES).watch(tools.model, now)

    return take


@pytest.fixture
def history(engine: Engine) -> None:
    """Six weeks of tickets as they usually come."""
    with Session(engine) as session, session.begin():
        for number, one in enumerate(usual()):
            raw = RawMail(sha256=f"{number:064}", raw=b"", source="proef", received_at=one.at, state="verwerkt")
            session.add(
                Ticket(
                    mail=raw, words=["school"], subject="", sender_name="", sender_address=one.sender, sent_at=one.at, created_at=one.at, language="nl",
                    intent=one.intent, confidence=0.9, decision="auto", queue="eerstelijn", priority="normaal", due_at=one.at, status=CLOSED,
                )
            )  # fmt: skip


def outage(count: int = 8, first: int = 0, **text: str) -> list[bytes]:
    return [mail(first + n, NOW - timedelta(minutes=3 * n), **text) for n in range(count)]


@pytest.mark.usefixtures("history")
def test_an_outage_opens_one_incident_with_all_its_mails(house: Callable[..., list[int]], engine: Engine) -> None:
    (number,) = house(outage())
    incident = IncidentDesk(engine).view(number)

    assert len(incident.lines) == 8
    assert "zonnewijzer" in incident.words
    assert incident.reason.startswith("In 60 minuten schreven 8 afzenders over Storing; gewoon is ")


@pytest.mark.usefixtures("history")
def test_what_hardly_ever_happens_is_not_called_nought(house: Callable[..., list[int]], engine: Engine) -> None:
    night = NOW.replace(hour=2)
    (number,) = house([mail(n, night - timedelta(minutes=3 * n)) for n in range(8)], night)

    assert "gewoon is minder dan 0,1." in IncidentDesk(engine).view(number).reason


ENGLISH = {
    "subject": "Outage?",
    "body": "Hello, nobody in our school can open it since this morning, we get error 503 everywhere. Is there an outage?",
}


@pytest.mark.usefixtures("history")
def test_an_english_mail_belongs_to_the_incident_by_the_code_it_shares(house: Callable[..., list[int]], engine: Engine) -> None:
    body = "Niemand op school kan erin, wij zien foutmelding 503."
    (number,) = house([*outage(body=body), mail(30, NOW - timedelta(minutes=1), **ENGLISH)])

    assert "503" in IncidentDesk(engine).view(number).words
    assert "juf30@school30.example" in {line.address for line in IncidentDesk(engine).view(number).lines}


@pytest.mark.usefixtures("history")
def test_an_open_mail_about_the_subject_that_shares_no_word_is_offered_and_can_be_added(
    house: Callable[..., list[int]], engine: Engine, agent: Person
) -> None:
    (number,) = house([*outage(), mail(30, NOW - timedelta(minutes=1), **ENGLISH)])
    desk = IncidentDesk(engine)
    offered = desk.left_out(number)
    desk.add_all(number, [line.id for line in offered], agent)

    assert [line.address for line in offered] == ["juf30@school30.example"]
    assert desk.left_out(number) == []
    assert len(desk.view(number).lines) == 9


@pytest.mark.usefixtures("history")
def test_the_same_mails_open_no_second_incident(house: Callable[..., list[int]]) -> None:
    assert len(house(outage())) == 1
    assert house([]) == []


@pytest.mark.usefixtures("history")
def test_a_later_mail_about_the_failure_joins_it_and_another_does_not(house: Callable[..., list[int]], engine: Engine) -> None:
    (number,) = house(outage())
    house([mail(50, NOW, body="De zonnewijzer doet het nog steeds niet")], NOW + timedelta(minutes=5))
    house([mail(51, NOW, subject="Toets", body="Ik wil graag een extra toets klaarzetten")], NOW + timedelta(minutes=6))
    addresses = {line.address for line in IncidentDesk(engine).view(number).lines}

    assert "juf50@school50.example" in addresses
    assert "juf51@school51.example" not in addresses


@pytest.mark.usefixtures("history")
def test_an_old_mailbox_taken_in_at_once_is_no_incident(house: Callable[..., list[int]]) -> None:
    old = [mail(n, NOW - timedelta(days=n, hours=1)) for n in range(12)]

    assert house(old) == []


@pytest.mark.usefixtures("history")
def test_a_mail_that_was_taken_out_is_not_added_again(
    house: Callable[..., list[int]], engine: Engine, agent: Person, tools: Tools
) -> None:
    (number,) = house(outage())
    out = IncidentDesk(engine).view(number).lines[0].id
    IncidentDesk(engine).remove(out, agent)
    IncidentWatch(engine, RULES).watch(tools.model, NOW + timedelta(minutes=1))

    assert out not in [line.id for line in IncidentDesk(engine).view(number).lines]


@pytest.mark.usefixtures("history")
def test_mails_that_were_all_taken_out_open_no_new_incident(
    house: Callable[..., list[int]], engine: Engine, agent: Person, tools: Tools
) -> None:
    (number,) = house(outage())
    for line in IncidentDesk(engine).view(number).lines:
        IncidentDesk(engine).remove(line.id, agent)

    assert IncidentWatch(engine, RULES).watch(tools.model, NOW + timedelta(minutes=1)) == []


@pytest.mark.usefixtures("history")
def test_an_incident_opened_by_hand_draws_no_other_mails_about_its_subject(
    house: Callable[..., list[int]], engine: Engine, agent: Person
) -> None:
    house([mail(60, NOW)])
    with Session(engine) as session:
        ticket = session.scalars(select(Ticket.id).where(Ticket.sender_name == "Juf Nummer")).one()
    number = IncidentDesk(engine).open_by_hand(ticket, agent)
    house([mail(61, NOW)], NOW + timedelta(minutes=5))

    assert [line.id for line in IncidentDesk(engine).view(number).lines] == [ticket]


@pytest.mark.usefixtures("history")
def test_mails_that_share_a_product_but_not_a_subject_open_one_incident(engine: Engine, tools: Tools) -> None:
    """As six schools wrote about Gynzy; the last mail has a subject that is not watched."""
    bodies = {
        "Gynzy opent niet via Basispoort, wij krijgen een wit scherm.": "las-koppeling",
        "Kunnen niet bij Gynzy sinds vanmorgen, foutmelding 502.": "las-koppeling",
        "Is er een storing met Gynzy? Het digibord laadt niet.": "storing",
        "Gynzy doet het niet meer, hele school.": "storing",
        "Gynzy storing? geeft fout 502 bij alle groepen.": "storing",
        "Help, Gynzy blijft hangen na het inloggen.": "partner-en-aansluiting",
    }
    mails = [mail(n, NOW - timedelta(minutes=4 * n), "Gynzy", body) for n, body in enumerate(bodies)]
    ingest(engine, [RawBytes("bestand", raw) for raw in mails], tools)
    with Session(engine) as session, session.begin():
        tickets = session.scalars(select(Ticket).where(Ticket.sender_name == "Juf Nummer").order_by(Ticket.id))
        for ticket, intent in zip(tickets, bodies.values(), strict=True):
            ticket.intent, ticket.created_at = intent, NOW
    (number,) = IncidentWatch(engine, dataclasses.replace(RULES, chance=0.0)).watch(tools.model, NOW)
    incident = IncidentDesk(engine).view(number)

    assert (incident.words, len(incident.lines)) == (("gynzy",), 5)
    assert incident.reason.startswith("In 60 minuten schreven 5 afzenders het woord ‘gynzy’; gewoon is minder dan 0,1.")
    assert [line.subject for line in IncidentDesk(engine).left_out(number)] == ["Gynzy"]


# --- handling -------------------------------------------------------------------------------------------------------


@pytest.fixture
def incident(engine: Engine, tools: Tools, agent: Person) -> int:
    """An incident with three mails, one of them in English."""
    english = mail(
        3, NOW, subject="Outage", body="Nothing works at our school since this morning, is there an outage? Please let us know."
    )
    ingest(engine, [RawBytes("bestand", raw) for raw in (*outage(2), english)], tools)
    desk = IncidentDesk(engine)
    number = desk.open_by_hand(1, agent)
    desk.add(number, 2, agent)
    desk.add(number, 3, agent)
    return number


def statuses(engine: Engine) -> list[str]:
    with Session(engine) as session:
        return list(session.scalars(select(Ticket.status).order_by(Ticket.id)))


def test_a_mail_belongs_to_one_incident(incident: int, engine: Engine, agent: Person) -> None:
    with pytest.raises(DeskError, match=f"hoort al bij storing {incident}"):
        IncidentDesk(engine).open_by_hand(1, agent)


def test_a_mail_can_not_be_moved_to_a_second_incident(incident: int, engine: Engine, agent: Person, tools: Tools) -> None:
    ingest(engine, [RawBytes("bestand", mail(9, NOW))], tools)
    other = IncidentDesk(engine).open_by_hand(4, agent)

    with pytest.raises(DeskError, match=f"hoort al bij storing {incident}"):
        IncidentDesk(engine).add(other, 1, agent)


def test_an_automatic_mail_gets_no_answer(incident: int, engine: Engine, agent: Person, tools: Tools) -> None:
    machine = mail(9, NOW).replace(b"Subject:", b"Auto-Submitted: auto-replied\r\nSubject:", 1)
    ingest(engine, [RawBytes("bestand", machine)], tools)
    incidents = IncidentDesk(engine)
    incidents.add(incident, 4, agent)
    told = incidents.close(incident, "Het is voorbij.", "", agent, desks(engine).answers)

    assert (told.sent, statuses(engine)) == (3, [CLOSED, CLOSED, CLOSED, OPEN])


def test_the_answer_has_one_re_however_many_the_mail_had(engine: Engine, agent: Person, tools: Tools) -> None:
    ingest(engine, [RawBytes("bestand", mail(9, NOW, subject="RE: Re: Storing?"))], tools)
    desk = desks(engine)
    IncidentDesk(engine).close(IncidentDesk(engine).open_by_hand(1, agent), "Het is voorbij.", "", agent, desk.answers)
    draft = desk.inbox.ticket(1).draft

    assert draft is not None
    assert draft.subject == "Re: Storing?"


def test_the_answer_to_an_incident_is_no_question_without_an_article(incident: int, engine: Engine, agent: Person) -> None:
    IncidentDesk(engine).close(incident, "Het is voorbij.", "", agent, desks(engine).answers)

    assert GapReport(engine).answered_by_hand(NOW - timedelta(days=30), lambda _: True) == []


def test_one_answer_goes_to_all_in_their_own_language(incident: int, engine: Engine, agent: Person) -> None:
    desk = desks(engine)
    told = IncidentDesk(engine).answer_all(incident, "Er is een storing.", "There is an outage.", agent, desk.answers)
    drafts = [desk.inbox.ticket(number).draft for number in (1, 3)]

    assert (told.sent, told.failed, statuses(engine)) == (3, (), [WAITING] * 3)
    assert [draft.body.splitlines()[2] for draft in drafts if draft] == ["Er is een storing.", "There is an outage."]
    assert [draft.body.splitlines()[0] for draft in drafts if draft] == ["Beste collega,", "Dear colleague,"]


def test_closing_tells_everybody_closes_their_mails_and_ends_the_message(incident: int, engine: Engine, agent: Person) -> None:
    desk, incidents = desks(engine), IncidentDesk(engine)
    incidents.answer_all(incident, "Er is een storing.", "", agent, desk.answers)
    incidents.place_notice(incident, "Er is een storing.", "", 8, agent)
    shown = [notice.text_nl for notice in notices(engine, datetime.now(UTC))]
    told = incidents.close(incident, "Het is voorbij.", "It is over.", agent, desk.answers)

    assert (shown, notices(engine, datetime.now(UTC))) == (["Er is een storing."], [])
    assert (told.sent, statuses(engine)) == (3, [CLOSED] * 3)
    assert incidents.open_ones() == []
    assert [one.number for one in incidents.closed_ones(NOW)] == [incident]


def test_what_everybody_is_told_waits_in_the_outbox_when_the_mail_server_fails(
    incident: int, engine: Engine, agent: Person, postbox: Postbox, smtp_url: str, send_mail: Callable[[], Tried]
) -> None:
    desk, incidents = desks(engine, smtp_url), IncidentDesk(engine)
    postbox.refusal = "451 later"
    assert incidents.close(incident, "Het is voorbij.", "", agent, desk.answers).sent == 3
    assert send_mail() == Tried(put_off=3)

    assert statuses(engine) == [CLOSED] * 3
    postbox.refusal = ""
    assert send_due(engine, smtp_url, "help@basispoort.nl", lambda: utc_now() + timedelta(hours=1)) == Tried(sent=3)
    assert len(postbox.received) == 3


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_is_sent_without_a_text(incident: int, engine: Engine, agent: Person, text: str) -> None:
    with pytest.raises(DeskError, match="leeg"):
        IncidentDesk(engine).answer_all(incident, text, "", agent, desks(engine).answers)
    assert statuses(engine) == [OPEN] * 3


def test_a_message_that_can_not_be_shown_is_refused(incident: int, engine: Engine, agent: Person) -> None:
    with pytest.raises(AnnouncementError, match="te lang"):
        IncidentDesk(engine).place_notice(incident, "x" * 401, "", 8, agent)


def test_a_closed_incident_takes_no_more_mails(incident: int, engine: Engine, agent: Person) -> None:
    incidents = IncidentDesk(engine)
    incidents.close(incident, "Het is voorbij.", "", agent, desks(engine).answers)

    with pytest.raises(DeskError, match="al gesloten"):
        incidents.add(incident, 1, agent)


def test_every_step_is_in_the_history_of_the_mail(incident: int, engine: Engine, agent: Person) -> None:
    IncidentDesk(engine).close(incident, "Het is voorbij.", "", agent, desks(engine).answers)
    with Session(engine) as session:
        actions = list(
            session.scalars(select(Event.action).where(Event.ticket_id == 1, Event.actor == "noor").order_by(Event.id))
        )

    assert actions == ["bij storing gezet", "gemarkeerd als verstuurd", "gesloten"]
