"""What mail came before from a sender."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from kb.store import utc_now
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.tables import RawMail, VerificationRow
from triage.desk.answer_desk import AnswerDesk
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.mail import parse_message
from triage.sources.files import RawBytes
from triage.tickets.earlier import past_of
from triage.verify.model import Past

LATER = timedelta(days=365)
REQUEST = SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml"


def arrive(engine: Engine, tools: Tools, *raws: bytes) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


def past(engine: Engine, raw: bytes, moment: datetime) -> Past:
    with Session(engine) as session:
        return past_of(session, parse_message(raw), moment)


def from_(sender: str, number: int) -> bytes:
    return f"From: {sender}\nTo: help@basispoort.nl\nSubject: Vraag {number}\nMessage-ID: <{number}@x.example>\n\nHoe log ik in?\n".encode()


def test_nothing_came_before_the_first_mail(engine: Engine) -> None:
    assert past(engine, letter(), utc_now()) == Past(0, None, 0)


def test_mails_of_the_address_and_of_others_at_its_domain_are_counted_apart(engine: Engine, tools: Tools) -> None:
    senders = ["a@obs.example", "A@OBS.example", "b@obs.example", "c@nietobs.example", "d@elders.example"]
    arrive(engine, tools, *(from_(sender, number) for number, sender in enumerate(senders)))
    today = utc_now().astimezone(UTC).date()
    assert past(engine, from_("a@obs.example", 9), utc_now() + LATER) == Past(2, today, 1)


def test_answers_that_went_to_the_school_are_counted(engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, from_("a@obs.example", 1), from_("b@elders.example", 2))
    for number in (1, 2):
        AnswerDesk(engine, None, "help@basispoort.nl").approve(number, "Re: Vraag", "Zo logt u in.", agent)
    assert past(engine, from_("c@obs.example", 3), utc_now() + LATER).answered == 1


def test_later_mail_is_not_earlier_mail(engine: Engine, tools: Tools) -> None:
    arrive(engine, tools, from_("a@obs.example", 1))
    with Session(engine) as session:
        received = session.scalars(select(RawMail.received_at)).one()
    assert past(engine, from_("a@obs.example", 1), received) == Past(0, None, 0)


def test_a_sign_of_the_query_language_in_an_address_stands_for_itself(engine: Engine, tools: Tools) -> None:
    arrive(engine, tools, from_("a@obs.example", 1))
    assert past(engine, from_("b@%.example", 2), utc_now() + LATER).from_domain == 0


def test_the_verification_of_a_request_says_what_came_before(engine: Engine, tools: Tools) -> None:
    sender = parse_message(REQUEST.read_bytes()).sender.address
    arrive(engine, tools, from_(sender, 1))
    arrive(engine, tools, REQUEST.read_bytes())
    with Session(engine) as session:
        found = session.scalars(select(VerificationRow)).one().content["sender"]
    assert found["past"].startswith("Van dit adres kwam eerder mail (1 keer")
    assert found["past"] in found["reason"]
