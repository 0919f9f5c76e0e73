"""A mail is read once: whatever asks for its words, language, headers or files on the way in gets what was read."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from types import FrameType
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA
from tests.triage.conftest import EDITION
from tests.triage.letters import letter, letters
from triage.database.tables import MessageRow, RawMail, Ticket, VerificationRow
from triage.desk.request_desk import RequestDesk
from triage.documents.files import FormFile, form_files
from triage.intake.intake import ingest, process_waiting, receive
from triage.intake.parsed_mails import ParsedMails
from triage.intake.pipeline import Tools
from triage.mail import parse_message
from triage.mail.language import detect_language
from triage.mail.own_words import own_words
from triage.mail.raw_headers import header_fields
from triage.sources.files import RawBytes
from triage.verify.model import MadeOn
from triage.verify.verdict import verify_message

READ = (parse_message, own_words, detect_language, header_fields, form_files)
ONCE = {function.__name__: 1 for function in READ}
REQUEST = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()


@contextmanager
def counted(*functions: Callable[..., Any]) -> Iterator[Counter[str]]:
    """Counts the calls of functions, whoever makes them and under whatever name."""
    names = {function.__code__: function.__name__ for function in functions}
    calls: Counter[str] = Counter()

    def look(frame: FrameType, event: str, argument: object) -> None:
        if event == "call" and frame.f_code in names:
            calls[names[frame.f_code]] += 1

    sys.setprofile(look)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def take_in(engine: Engine, tools: Tools, *raws: bytes) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


def reply(number: int, body: str = "") -> bytes:
    """A later mail in the thread of the request: words of the school, or the form once more."""
    mail = message_from_bytes(REQUEST, policy=policy.default)
    sender, answered, own = str(mail["From"]), str(mail["Message-ID"]), f"vervolg-{number}@obsdemeerpaal.example"
    if body:
        return letter(body, f"Re: {mail['Subject']}", sender, own, In_Reply_To=answered)
    mail.replace_header("Message-ID", f"<{own}>")
    mail["In-Reply-To"] = answered
    return mail.as_bytes()


def test_a_question_is_parsed_cut_and_opened_once(engine: Engine, tools: Tools) -> None:
    with counted(*READ) as calls:
        take_in(engine, tools, letter())
    assert calls == ONCE


def test_each_file_of_a_request_is_opened_once_for_classification_and_check(engine: Engine, tools: Tools) -> None:
    with counted(*READ, FormFile.read, verify_message) as calls:
        take_in(engine, tools, REQUEST)
    assert calls == {**ONCE, "read": 1, "verify_message": 1}


def test_earlier_mails_of_a_request_are_neither_parsed_nor_checked_again_for_a_reply(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, REQUEST, reply(1))
    with counted(*READ, verify_message) as calls:
        take_in(engine, tools, reply(2))
    assert calls == {**ONCE, "verify_message": 1}
    assert follows(engine, 3) is not None


def test_that_an_earlier_mail_holds_nothing_of_a_request_is_known_too(engine: Engine, tools: Tools) -> None:
    take_in(engine, tools, REQUEST, reply(1, "Wij trekken de aanvraag in."))
    with Session(engine) as session:
        assert session.scalars(select(VerificationRow.own).where(VerificationRow.message_id == 2)).one() == {}
    with counted(*READ, verify_message) as calls:
        take_in(engine, tools, reply(2))
    assert calls == {**ONCE, "verify_message": 1}
    assert follows(engine, 3) is not None


@pytest.mark.parametrize(
    ("now", "checked"),
    [
        pytest.param(MadeOn(EDITION, model="a+1", articles="b"), 1, id="a-correction-and-an-article-change-no-check"),
        pytest.param(MadeOn(EDITION, "c" * 64), 2, id="the-edition-has-other-content"),
        pytest.param(MadeOn(), 2, id="nobody-knows-which-edition"),
    ],
)
def test_an_earlier_mail_is_checked_again_only_on_another_register(
    engine: Engine, tools: Tools, now: MadeOn, checked: int
) -> None:
    take_in(engine, tools, REQUEST)
    with counted(parse_message, verify_message) as calls:
        take_in(engine, replace(tools, versions=now), reply(1))
    assert calls == {"parse_message": checked, "verify_message": checked}


def test_what_is_unread_of_a_request_is_known_without_parsing_a_mail(
    engine: Engine, tools: Tools, hire: Callable[[str, str], Any]
) -> None:
    take_in(engine, tools, REQUEST, reply(1), reply(2, "Klopt het zo?"))
    desk = RequestDesk(engine)
    with counted(parse_message) as calls:
        unread = [one.message for one in desk.standing(1).unread]
    assert (len(unread), calls) == (2, {})
    for number in unread:
        desk.mark_read(1, number, hire(f"agent-{number}", "agent"))
    assert not desk.standing(1).unread


@pytest.mark.parametrize("most_bytes", [0, len(letters(1)[0]), 2**20])
def test_mails_for_which_there_was_no_room_are_parsed_again(engine: Engine, tools: Tools, most_bytes: int) -> None:
    parsed, raws = ParsedMails(most_bytes), letters(3)
    kept = {0: 0, 2**20: 3}.get(most_bytes, 1)
    with counted(parse_message) as calls:
        for raw in raws:
            receive(engine, RawBytes("file", raw), parsed)
        process_waiting(engine, tools, parsed)
    assert calls == {"parse_message": 6 - kept}
    with Session(engine) as session:
        assert Counter(session.scalars(select(RawMail.raw).join(Ticket))) == Counter(raws)


def follows(engine: Engine, number: int) -> int | None:
    with Session(engine) as session:
        return session.get_one(MessageRow, number).follows_id
