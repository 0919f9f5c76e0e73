"""Finding tickets by any word of them: the same answers in the same order on SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from random import Random

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb import KnowledgeBase
from kb.settings import SHIPPED_DATA, read_settings
from tests.triage.letters import letter
from triage.accounts.accounts import add_user
from triage.classify.training import Model
from triage.database.opening import open_database
from triage.database.tables import TicketWords
from triage.desk.answer_desk import AnswerDesk
from triage.desk.searching import SearchDesk
from triage.desk.ticket_desk import TicketDesk
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.register.importing import import_register
from triage.register.register import Register
from triage.sources.files import RawBytes
from triage.tickets.words import joined, terms_of
from triage.verify.model import MadeOn

NOW = datetime(2024, 12, 1, 12, tzinfo=UTC)


def with_file(name: str) -> bytes:
    """A mail of somebody with a free address, who names a school, with a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Ömer Çelik <omer@gmail.com>", "help@basispoort.nl", "Lijst"
    mail["Message-ID"], mail["Date"] = "<4@gmail.com>", "Sat, 30 Nov 2024 10:00:00 +0100"
    mail.set_content("Hierbij de namen, van onze coördinator. Onze BRIN is 99BC.")
    mail.add_attachment(b"a;b\n", maintype="text", subtype="csv", filename=name)
    return mail.as_bytes()


def dated(day: str, body: str, subject: str, sender: str, number: int) -> bytes:
    raw = letter(body, subject, sender, f"{number}@kei.example")
    return raw.replace(b"Mon, 23 Nov 2026", day.encode())


MAILS = [
    dated("Sat, 23 Nov 2024", "Wij hebben problemen met inloggen.", "Hulp gevraagd", "Sanne <s.dewit@obsdemeerpaal.example>", 1),
    dated("Sun, 24 Nov 2024", "Wat een inlogprobleem! Het wachtwoord is vergeten.", "Storing?", "Ina Vis <i.vis@kei.example>", 2),
    dated("Tue, 01 Oct 2024", "De tegel van Malmberg ontbreekt.", "Tegel weg", "Bo Vis <b.vis@kei.example>", 3),
    with_file("groepslijst-acht.csv"),
    dated("Mon, 25 Nov 2024", "Zwijsen werkt niet, bij geen leerling.", "Uitgever", "Ina Vis <i.vis@kei.example>", 5),
    dated("Tue, 26 Nov 2024", "Hoe laat begint de cursus over inloggen?", "Cursus", "Kim Bos <k.bos@kei.example>", 6),
]


@pytest.fixture(scope="module")
def stores(
    tmp_path_factory: pytest.TempPathFactory,
    new_postgres: Callable[[], str],
    knowledge: KnowledgeBase,
    model: Model,
    register: Register,
) -> Iterator[dict[str, SearchDesk]]:
    """The same conversations in a database of each kind: ticket 3 was noted upon and waits, ticket 5 was answered and is closed."""
    folder = tmp_path_factory.mktemp("search")
    settings = read_settings({"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none"})
    tools = Tools(knowledge, model, register, settings, MadeOn(edition=1))
    desks, engines = {}, []
    for kind, url in (("sqlite", settings.database_url), ("postgresql", new_postgres())):
        engine = open_database(url)
        engines.append(engine)
        _fill(engine, tools)
        desks[kind] = SearchDesk(engine, lambda: NOW)
    yield desks
    for engine in engines:
        engine.dispose()


def _fill(engine: Engine, tools: Tools) -> None:
    demo = SHIPPED_DATA / "demo"
    with Session(engine) as session, session.begin():
        import_register(session, demo / "schools.csv", demo / "boards.csv", fictional=True)
        agent = add_user(session, "noor", "een-lang-wachtwoord", "agent")
    ingest(engine, [RawBytes("file", mail) for mail in MAILS], tools)
    TicketDesk(engine).note(3, "Gebeld met de secretaresse.", agent)
    AnswerDesk(engine, None, "help@basispoort.nl").approve(3, "Re: tegel", "Voeg de tegel opnieuw toe.", agent)
    AnswerDesk(engine, None, "help@basispoort.nl").approve(5, "Re: uitgever", "Wij hebben het doorgegeven.", agent, "closed")


def found(stores: dict[str, SearchDesk], words: str) -> dict[str, list[int]]:
    return {kind: [one.line.id for one in desk.find(words).tickets] for kind, desk in stores.items()}


@pytest.mark.parametrize(
    ("words", "numbers"),
    [
        pytest.param("inlogprobleem", [2, 1], id="a-compound-finds-its-parts-and-itself-first"),
        pytest.param("problemen inloggen", [2, 1], id="parts-find-the-compound"),
        pytest.param("coordinator celik", [4], id="without-accents"),
        pytest.param("Malmberg", [3, 5], id="what-was-written-comes-before-what-means-the-same"),
        pytest.param("ww vergeten", [2], id="what-schools-call-it"),
        pytest.param("leerlingen", [5], id="another-form-of-the-word"),
        pytest.param("cursus", [6], id="a-subject"),
        pytest.param("tegel secretaresse", [3], id="words-of-a-mail-and-of-a-note"),
        pytest.param("opnieuw toevoegen tegel doorgegeven", [], id="words-of-two-tickets"),
        pytest.param("doorgegeven", [5], id="an-answer"),
        pytest.param("groepslijst", [4], id="the-name-of-a-file"),
        pytest.param("meerpaal", [1], id="the-school-of-the-senders-domain"),
        pytest.param("99bc", [4], id="a-brin-in-the-text"),
        pytest.param("fictiehaven", [4], id="the-place-of-the-school-that-was-named"),
        pytest.param("ina", [5, 2], id="the-newest-first"),
        pytest.param("uitgever", [5, 3], id="a-subject-before-a-text"),
        pytest.param("i.vis@kei.example", [5, 2], id="a-mail-address"),
        pytest.param("4", [4], id="a-number"),
        pytest.param("#2", [2], id="a-number-as-people-write-it"),
        pytest.param('"tegel opnieuw"', [3], id="words-in-a-row"),
        pytest.param('"opnieuw tegel"', [], id="not-in-that-row"),
        pytest.param("secret*", [3], id="the-beginning-of-a-word"),
        pytest.param("van:ina", [5, 2], id="from"),
        pytest.param("van: ina uitgever", [5], id="from-after-a-space"),
        pytest.param('van:"Ömer Çelik"', [4], id="from-a-whole-name"),
        pytest.param("school:vuurtoren", [4], id="school"),
        pytest.param("school:fictiehaven", [4], id="school-by-place"),
        pytest.param("brin:99AC", [1], id="brin"),
        pytest.param("status:gesloten", [5], id="closed"),
        pytest.param("status:waiting van:vis", [3], id="waiting-in-english"),
        pytest.param("na:26-11-2024 cursus", [6], id="from-a-day-on-that-day-too"),
        pytest.param("voor:2-10-2024 vis", [3], id="begun-before-a-day"),
        pytest.param("voor:1-10 vis", [], id="not-on-that-day-and-without-a-year"),
        pytest.param("wachtrij:geen-actie school:meerpaal", [], id="queue"),
        pytest.param("'; drop table ticket; --", [], id="signs-are-nothing"),
        pytest.param("tegel AND (", [3], id="no-operators"),
    ],
)
def test_tickets_are_found_by(stores: dict[str, SearchDesk], words: str, numbers: list[int]) -> None:
    assert found(stores, words) == {"sqlite": numbers, "postgresql": numbers}


def test_the_order_is_the_same_on_both_for_every_word_of_the_mails(stores: dict[str, SearchDesk]) -> None:
    for word in {word for mail in MAILS for word in mail.decode().split() if word.isalpha() and len(word) > 3}:
        answers = found(stores, f"{word[:4]}*")
        assert answers["sqlite"] == answers["postgresql"], word


def test_a_mail_with_more_words_than_an_index_takes_is_found_all_the_same(stores: dict[str, SearchDesk]) -> None:
    draw = Random(1)
    text = " ".join("".join(draw.choices("abcdefghijklmnopqrstuvwxyz", k=50)) for _ in range(15_000))
    for desk in stores.values():
        with Session(desk._engine) as session, session.begin():
            row = session.get_one(TicketWords, 6)
            row.terms = joined(terms_of(text), row.terms)
            assert len(row.terms) > 400_000
        assert [one.line.id for one in desk.find("cursus van:bos").tickets] == [6]


def test_only_so_many_are_shown_and_it_is_said_that_there_are_more(stores: dict[str, SearchDesk]) -> None:
    for desk in stores.values():
        some = desk.find("van:vis", most=2)
        assert ([one.line.id for one in some.tickets], some.more) == ([5, 3], True)


def test_the_words_that_no_ticket_holds_are_named(stores: dict[str, SearchDesk]) -> None:
    for desk in stores.values():
        assert desk.find("inloggen kwibus status:open").unknown == ("kwibus",)
        assert desk.find("tegel cursus").unknown == ()


def test_what_was_found_is_marked_and_shown_with_the_words_around(stores: dict[str, SearchDesk]) -> None:
    (one, *_) = stores["sqlite"].find("inlogprobleem").tickets
    assert (one.kind, one.author) == ("incoming", "Ina Vis")
    assert one.around == "Wat een <mark>inlogprobleem</mark>! Het wachtwoord is vergeten."
    (one,) = stores["sqlite"].find("groepslijst van:celik fictiehaven").tickets
    assert (one.kind, one.around) == ("file", "<mark>groepslijst</mark>-acht.csv")
    assert one.sender == "Ömer <mark>Çelik</mark>, omer@gmail.com"
    assert one.school == "PCB De Vuurtoren, <mark>Fictiehaven</mark>"


def test_conversations_are_given_as_in_the_contract(stores: dict[str, SearchDesk]) -> None:
    (one,) = stores["postgresql"].conversations("secretaresse", 5)
    assert (one["number"], one["subject"], one["state"]) == (3, "Tegel weg", "waiting")
    assert [(said["direction"], said["from"]) for said in one["messages"]] == [
        ("incoming", "b.vis@kei.example"), ("note", "noor"), ("outgoing", "noor")
    ]  # fmt: skip
