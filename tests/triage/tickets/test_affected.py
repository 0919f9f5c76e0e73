"""Which open tickets a change of schools touches."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from kb.store import utc_now
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.desk.ticket_desk import TicketDesk
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.register.register import OLD_AFTER, Edition, Register
from triage.register.school import School
from triage.sources.files import RawBytes
from triage.tickets.affected import brins_of, open_tickets_of
from triage.verify.model import FieldCheck, SenderReport, SignatureReport, Status, Verification

REQUEST = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()  # for 99BC
MAILS = {
    "from the school": letter(message_id="1@x.example"),
    "names its BRIN": letter(subject="Vraag van 99ac", sender="icter@dienst.example", message_id="2@x.example"),
    "another school": letter(sender="a@pcbdevuurtoren.example", message_id="3@x.example"),
    "a request": REQUEST,
}


@pytest.fixture
def inbox(engine: Engine, tools: Tools) -> Engine:
    ingest(engine, [RawBytes("file", raw) for raw in MAILS.values()], tools)
    return engine


def numbers(inbox: Engine, register: Register, *brins: str, besides: int = 0) -> list[int]:
    with Session(inbox) as session:
        return [line.id for line in open_tickets_of(session, register, brins, besides)]


def test_tickets_from_the_domain_of_a_school_or_that_name_its_brin_are_found(inbox: Engine, register: Register) -> None:
    assert numbers(inbox, register, "99AC") == [1, 2]


def test_a_request_for_the_school_is_found_by_its_form(inbox: Engine, register: Register) -> None:
    assert numbers(inbox, register, "99BC") == [3, 4]


def test_the_ticket_itself_is_left_out(inbox: Engine, register: Register) -> None:
    assert numbers(inbox, register, "99AC", besides=1) == [2]


def test_closed_tickets_are_left_out(inbox: Engine, register: Register, tools: Tools, agent: Person) -> None:
    TicketDesk(inbox).close(1, agent)
    assert numbers(inbox, register, "99AC") == [2]


def test_a_domain_that_other_schools_share_tells_nothing(inbox: Engine) -> None:
    shared = Register(
        [
            School("99AC", "00", "Een", "99001", website="obsdemeerpaal.example"),
            School("99AD", "00", "Twee", "99001", website="obsdemeerpaal.example"),
        ],
        [],
    )
    assert numbers(inbox, shared, "99AC") == [2]
    assert numbers(inbox, shared, "99AC", "99AD") == [1, 2]


def test_all_codes_of_a_merger_are_read() -> None:
    codes = {"brin_oud": "99AB01, 99AC", "brin_nieuw": "99AD", "las": None}
    fields = tuple(FieldCheck(name, value, Status.OK) for name, value in codes.items())
    merger = Verification("fusie-of-opheffing", fields, SignatureReport("geen"), SenderReport(None), (), ())
    assert brins_of(merger) == {"99AB", "99AC", "99AD"}


def test_the_age_of_a_register_counts_from_its_import() -> None:
    now = utc_now()
    assert Edition(imported_at=now - timedelta(days=OLD_AFTER + 1)).age(now) == OLD_AFTER + 1
    assert Edition().age(now) is None
