"""The same house on PostgreSQL: migrations, intake and desk on a real server."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from kb import KnowledgeBase, load_articles
from kb.database_errors import where_it_failed
from kb.settings import SHIPPED_DATA, read_settings
from kb.store import get_articles, put_articles
from tests.triage.desks import desks
from triage.accounts.accounts import AccountError, add_user
from triage.accounts.sign_in_tries import TooSoonError, try_to_sign_in
from triage.classify.training import load_examples, train
from triage.database.opening import current_layout, newest_layout, open_database
from triage.intake import intake
from triage.intake.intake import ingest, set_aside
from triage.intake.pipeline import Tools
from triage.mail import Message
from triage.register.importing import import_register
from triage.register.stored import load_register
from triage.sources.files import RawBytes
from triage.tickets.earlier import Background, background_of

ADDRESS = "e.bosma@pcbdevuurtoren.example"
MAIL = b"From: Ellen <ellen@school.example>\r\nSubject: ww vergeten\r\nMessage-ID: <pg@school.example>\r\n\r\nIk ben mijn wachtwoord vergeten.\r\n"


@pytest.fixture(scope="module")
def engine(new_postgres: Callable[[], str]) -> Iterator[Engine]:
    opened = open_database(new_postgres())
    yield opened
    opened.dispose()


def test_migrations_bring_postgresql_to_the_newest_layout(engine: Engine) -> None:
    assert current_layout(engine) == newest_layout()


def test_a_failure_tells_no_word_of_what_was_to_be_stored(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table person (address text unique not null, since date)"))
        connection.execute(text("insert into person values (:address)"), {"address": ADDRESS})
    failing = [
        ("insert into person values (:address)", {"address": ADDRESS}),  # DETAIL: Key (address)=(...) already exists.
        ("insert into person values (null, :since)", {"since": "2026-01-01"}),  # DETAIL: Failing row contains (...).
        ("insert into person values ('x', cast(:since as date))", {"since": ADDRESS}),  # invalid input syntax ...: "..."
        ("insert into person values (:address)", {"address": f"{ADDRESS}\x00"}),
        ("select cast(:address as json)", {"address": ADDRESS}),
    ]
    for statement, values in failing:
        with pytest.raises(DBAPIError) as failed, engine.begin() as connection:
            connection.execute(text(statement), values)
        told = "".join(traceback.format_exception(failed.value)) + where_it_failed(failed.value)
        assert ADDRESS not in told, statement
        assert "2026-01-01" not in told
        assert type(failed.value.orig).__name__ in told


def test_accounts_and_tries_to_sign_in_are_kept(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        add_user(session, "Sanne", "een-lang-wachtwoord", "agent")
        with pytest.raises(AccountError):
            add_user(session, "Ѕanne", "een-lang-wachtwoord", "agent")
    assert try_to_sign_in(engine, "sanne", "een-lang-wachtwoord", "203.0.113.7")
    for _ in range(3):
        assert try_to_sign_in(engine, "San\x00ne", "mis", "203.0.113.7") is None
    with pytest.raises(TooSoonError):
        try_to_sign_in(engine, "sanne", "een-lang-wachtwoord", "203.0.113.7")


def test_articles_and_register_survive_the_trip(engine: Engine) -> None:
    articles = load_articles(SHIPPED_DATA / "faq")
    demo = SHIPPED_DATA / "demo"
    with Session(engine) as session, session.begin():
        put_articles(session, articles)
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
    with Session(engine) as session:
        assert sorted(get_articles(session), key=lambda a: a.slug) == sorted(articles, key=lambda a: a.slug)
        assert load_register(session).school("99AC", "00") is not None


@pytest.fixture(scope="module")
def tools(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    folder = tmp_path_factory.mktemp("var")
    settings = read_settings(
        {"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none", "WEGWIJZER_AUTHSERV_ID": "mx.example"}
    )
    examples = load_examples(SHIPPED_DATA / "intents")[::10]
    with Session(engine) as session:
        return Tools(
            KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None),
            train(examples, None),
            load_register(session),
            settings,
        )


def test_a_mail_becomes_one_answered_ticket(engine: Engine, tools: Tools) -> None:
    assert ingest(engine, [RawBytes("file", MAIL), RawBytes("file", MAIL)], tools).new == 1
    with Session(engine) as session, session.begin():
        agent = add_user(session, "agent", "een-lang-wachtwoord", "agent")
    desk = desks(engine)
    (line,) = desk.inbox.lines()
    desk.answers.approve(line.id, "Re: ww", "U kunt zelf een nieuw wachtwoord kiezen.", agent)
    assert desk.inbox.ticket(line.id).line.status == "waiting"


NUL = "=?utf-8?q?=3Ca=00b=40x=3E?="
FORM = "Naam bestuur: Stichting Voorbeeld\r\nBRIN: 99AC\r\nBestuursnummer: 99001\r\nNaam school: OBS De Meerpaal\r\n"


@pytest.mark.parametrize(
    "head",
    [
        f"Message-ID: {NUL}",
        f"Message-ID: {NUL}\r\nIn-Reply-To: {NUL}\r\nReferences: {NUL}",
        "Subject: =?utf-8?q?Aanvraag_eerste_beh=00eerder?=",
        "Sender: =?utf-8?q?a=00b?= <x@evil.example>\r\nReply-To: =?utf-8?q?a=00?= <x\0@evil\0.example>",
        "Return-Path: <a\0b@x.example>\r\nReceived: from a\0b by mx.example",
        "Cc: =?utf-16?b?2AA=?= <a@x.example>\r\nX-Odd: \udcff\udced\udca0\udc80",
        "Reply-To: x@ev\udcffil.example",
    ],
)
def test_no_header_stops_the_intake(engine: Engine, tools: Tools, head: str) -> None:
    number = abs(hash(head))
    raw = f"From: =?utf-8?q?Ell=00en?= <e{number}@obsdemeerpaal.example>\r\n{head}\r\n\r\n{FORM}{number}\r\n"
    after = f"From: b@school.example\r\nMessage-ID: <na-{number}@school.example>\r\nSubject: Inloggen\r\n\r\nHoe log ik in?\r\n"
    done = ingest(engine, [RawBytes("file", one.encode("utf-8", "surrogateescape")) for one in (raw, after)], tools)
    assert (done.new, done.quarantined) == (2, 0)


def test_a_mail_whose_values_the_database_refuses_is_set_aside_and_the_next_goes_on(
    engine: Engine, tools: Tools, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(session: Session, message: Message, received: datetime) -> Background:
        if "slecht" in message.subject:
            session.execute(text("select cast(:value as varchar)"), {"value": "Ellen\0Bosma"})
        return background_of(session, message, received)

    monkeypatch.setattr(intake, "background_of", refused)
    letters = [
        f"From: c@school.example\r\nSubject: {word}\r\n\r\nHoe log ik in? {word}\r\n".encode() for word in ("slecht", "goed")
    ]
    done = ingest(engine, [RawBytes("file", one) for one in letters], tools)
    assert (done.new, done.quarantined) == (1, 1)
    with Session(engine) as session:
        problems = [mail.problem for mail in set_aside(session)]
    assert problems == ["Verwerken mislukte (DataError). De mail zelf is bewaard."]
