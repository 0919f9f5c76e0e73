"""Another organisation replaces data/ and nothing else: mails, search and pages of an English library without formal requests."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route
from starlette.testclient import TestClient
from streamlit.testing.v1 import AppTest

from kb.api import api_routes
from kb.articles.linter import lint
from kb.articles.seasons import load_seasons
from kb.insight.privacy import ADDRESS, mask
from kb.pages.markdown import to_html
from kb.pages.paper import print_routes
from triage.accounts.accounts import Person, add_user
from triage.database.tables import Ticket
from triage.documents.opened_mail import open_mail
from triage.errors import NoRequestsError
from triage.installation.doctor import examine
from triage.installation.installation import Installation
from triage.installation.references import wrong_references
from triage.intake.intake import ingest
from triage.intake.pipeline import Triaged, triage_message
from triage.mail import parse_message
from triage.sources.files import RawBytes
from triage.verify.verdict import verify_pdf
from triage.web.server import OwnPage
from triage.web.signin import Door

THURSDAY = datetime(2026, 7, 2, 9, 30, tzinfo=UTC)  # half past ten in London, and the desk is open
CHRISTMAS_EVE = datetime(2026, 12, 24, 17, 30, tzinfo=UTC)
FOREIGN = re.compile(
    r"basispoort|\bBRIN|\bDUO\b|schools?\b|register\b|pupil|help@|aanvraag|\bde\b|\bhet\b|\been\b|\bniet\b", re.IGNORECASE
)
ADDRESSES = re.compile(r"""(?:href|action)="[^"]*"|https?://\S+""")  # pages have Dutch addresses, whatever the language

RENEW = ("Renew", "My book is due tomorrow. Can I renew it for some weeks?\n\nKind regards,\nJane Smith")
STOLEN = ("Card", "My library card was stolen yesterday, please block it.")
E_BOOK = ("Libby", "The e-book in the app does not open on my tablet. My card number is 12345678.")
THANKS = ("Membership", "Thank you, I have my new library card!")
JUNK = ("Offer", "We guarantee the first page in Google within 30 days. Free audit, reply YES.")


def mail(subject: str, body: str) -> bytes:
    return (
        f"From: Jane Smith <jane@reader.example>\r\nTo: desk@harbourlibrary.example\r\nSubject: {subject}\r\n"
        f"Message-ID: <{subject.lower()}@reader.example>\r\n\r\n{body}\r\n"
    ).encode()


def triaged(here: Installation, asked: tuple[str, str], at: datetime = THURSDAY) -> Triaged:
    return triage_message(open_mail(parse_message(mail(*asked))), at, here.current())


def foreign(text: str) -> list[str]:
    """The words of another help desk, or language, in a text."""
    return FOREIGN.findall(ADDRESSES.sub("", text))


# --- mails ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "intent", "queue", "priority", "due"),
    [
        (RENEW, "loans", "front-desk", "normaal", "2026-07-02 18:00"),
        (STOLEN, "membership", "front-desk", "urgent", "2026-07-02 11:30"),
        (E_BOOK, "ebooks", "online", "laag", "2026-07-04 18:00"),
        (JUNK, "junk", "nothing", "laag", "2026-07-04 18:00"),
    ],
)
def test_a_mail_goes_to_the_desks_of_the_library_by_the_clock_of_london(
    library: Installation, asked: tuple[str, str], intent: str, queue: str, priority: str, due: str
) -> None:
    found = triaged(library, asked)

    assert (found.classification.intent, found.route.queue, found.route.priority) == (intent, queue, priority)
    assert f"{found.route.due:%Y-%m-%d %H:%M %Z}" == f"{due} BST"
    assert found.verification is None


def test_days_off_are_those_of_england(library: Installation) -> None:
    due = triaged(library, RENEW, CHRISTMAS_EVE).route.due

    # Four working hours at least: half an hour of Thursday; Friday is Christmas, Saturday Boxing Day, Sunday and Monday it is closed.
    assert f"{due:%Y-%m-%d %H:%M %Z}" == "2026-12-29 13:30 GMT"


def test_an_answer_quotes_the_article_in_the_words_of_the_library(library: Installation) -> None:
    draft = triaged(library, RENEW).draft

    assert draft is not None
    assert draft.citations[0] == "renew-a-loan"
    assert draft.body.startswith("Dear Jane Smith,\n\nThank you for writing to us. You can renew a book twice")
    assert "1. Sign in on our website with your card number and PIN." in draft.body
    assert "- card number\n- title of the book" in draft.body
    assert draft.body.endswith("Kind regards,\n\nThe Harbour Library")
    assert foreign(draft.body) == []


def test_what_a_mail_gives_already_is_not_asked(library: Installation) -> None:
    draft = triaged(library, E_BOOK).draft
    assert draft is not None
    assert "please reply" not in draft.body


@pytest.mark.parametrize(("asked", "said"), [(STOLEN, "We have blocked the card."), (THANKS, "We are glad to hear it.")])
def test_an_intent_has_the_answers_that_the_library_set(library: Installation, asked: tuple[str, str], said: str) -> None:
    draft = triaged(library, asked).draft
    assert draft is not None
    assert draft.body.split("\n\n")[1].startswith(said)


def test_a_mail_in_another_language_is_answered_in_english(library: Installation) -> None:
    asked = ("Boek", "Beste mensen, kan ik mijn boek over de geschiedenis van Amsterdam nog drie weken langer houden?")
    draft = triage_message(open_mail(parse_message(mail(*asked))), THURSDAY, library.current(), "loans").draft

    assert draft is not None
    assert "We answer in English.\n\nThank you for writing to us." in draft.body


def test_junk_is_not_answered(library: Installation) -> None:
    assert triaged(library, JUNK).draft is None


def test_the_reasons_of_a_classification_are_in_english(library: Installation) -> None:
    reasons = triaged(library, RENEW).classification.reasons
    assert reasons[0].startswith("These words point to Loans and fines and not to ")
    assert foreign(" ".join(reasons)) == []


def test_mails_are_taken_in_once(library: Installation) -> None:
    mails = [RawBytes(one[0], mail(*one)) for one in (RENEW, STOLEN, JUNK)]

    assert ingest(library.engine, mails, library).new == 3
    assert ingest(library.engine, mails, library).new == 0

    with Session(library.engine) as session:
        assert sorted(session.scalars(select(Ticket.intent))) == ["junk", "loans", "membership"]


def test_a_form_is_not_verified_where_there_are_no_formal_requests(library: Installation) -> None:
    with pytest.raises(NoRequestsError, match="has no formal requests"):
        verify_pdf("form.pdf", b"%PDF-1.4", library.register(), library.settings)


# --- search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("renewing books", "renew-a-loan"),
        ("extend my loan", "renew-a-loan"),
        ("lost my pass", "lost-card"),
        ("ebok on my tablet", "read-e-books"),
        ("become a member", "join-the-library"),
    ],
)
def test_a_search_finds_the_article(library: Installation, query: str, slug: str) -> None:
    assert library.knowledge().search(query)[0].article.slug == slug


def test_what_the_library_does_not_answer_is_not_found(library: Installation) -> None:
    assert library.knowledge().search("pay my council tax") == []


def test_other_programs_search_the_same_articles(library: Installation) -> None:
    client = TestClient(Starlette(routes=api_routes(library.knowledge, library.settings)))
    assert client.get("/api/v1/search", params={"q": "renew"}).json()["results"][0]["slug"] == "renew-a-loan"


def test_what_is_kept_of_a_search_holds_no_english_postcode(library: Installation) -> None:
    assert mask("library near SW1A 1AA please", lambda word: False) == f"library near {ADDRESS} please"


def test_a_british_web_address_can_be_clicked(library: Installation) -> None:
    assert '<a href="https://library.example.uk"' in to_html("See library.example.uk.", str)


# --- the installation -------------------------------------------------------------------------------------------


def test_doctor_finds_nothing_wrong_and_asks_for_no_register(library: Installation) -> None:
    found = examine(library.settings, lambda: library.engine)

    assert [one for one in found if not one.ok] == []
    assert "school holidays" not in [one.subject for one in found]
    with Session(library.engine) as session:
        assert wrong_references(library.settings.data_dir, session) == []


def test_the_articles_are_in_order(library: Installation) -> None:
    found = lint(library.knowledge().articles, THURSDAY.date())
    assert [one.message for one in found if one.level == "error"] == []
    assert load_seasons() == ()


# --- pages ------------------------------------------------------------------------------------------------------


def _search() -> None:
    from kb.pages.search import search_page

    search_page()


def _article() -> None:
    from kb.pages.article import article_page

    article_page([], {})


def _contact() -> None:
    from kb.pages.contact import contact_page

    contact_page()


def _inbox() -> None:
    from triage.web.pages.inbox import inbox_page

    inbox_page()


def _ticket() -> None:
    from triage.web.pages.ticket import ticket_page

    ticket_page()


def _incidents() -> None:
    from triage.web.pages.incidents import incidents_page

    incidents_page()


def _drift() -> None:
    from triage.web.pages.drift import drift_page

    drift_page()


def _articles() -> None:
    from triage.web.pages.redaction import articles_page

    articles_page()


def _notices() -> None:
    from triage.web.pages.redaction import messages_page

    messages_page()


def shown(page: Callable[[], None], typed: str = "", **query: str) -> str:
    """Everything a page shows, labels, choices and values included, after something was typed in its first field."""
    run = AppTest.from_function(page, default_timeout=60)
    for name, value in query.items():
        run.query_params[name] = value
    run.run()
    if typed:
        run.text_input[0].set_value(typed).run()
    assert [one.value for one in run.exception] == []
    parts = [
        element.proto.body if element.type == "html" else f"{element} {getattr(element, 'value', '')}" for element in run.main
    ]
    return re.sub(r"<(style|script)\b.*?</\1>|\\[nrt]", " ", "\n".join(parts), flags=re.DOTALL)


@pytest.fixture
def librarian(library: Installation, monkeypatch: pytest.MonkeyPatch) -> Installation:
    """The library with some mails in its inbox, and somebody signed in."""
    ingest(library.engine, [RawBytes(one[0], mail(*one)) for one in (RENEW, STOLEN, E_BOOK)], library)
    with Session(library.engine) as session, session.begin():
        user = add_user(session, "Grace", "a-long-password-of-grace", "admin")
        session.flush()
        who = Person(user.id, user.name, user.role)
    monkeypatch.setattr("triage.web.pages.room.person", lambda: who)
    return library


def test_the_search_page_is_that_of_the_library(library: Installation) -> None:
    page = shown(_search)
    for words in ("Help with the Harbour Library", "What can we help you with?", "Reading online"):
        assert words in page
    assert foreign(page) == []
    assert "lang=" not in page  # there is no other language to go to


def test_a_search_on_the_page_shows_the_answer(library: Installation) -> None:
    page = shown(_search, "renew my book")
    assert "slug=renew-a-loan" in page
    assert foreign(page) == []


@pytest.mark.parametrize("language", ["nl", "en", "xx"])
def test_a_language_that_the_library_does_not_write_is_not_shown(library: Installation, language: str) -> None:
    assert "What can we help you with?" in shown(_search, lang=language)


def test_an_article_and_the_contact_page_are_those_of_the_library(library: Installation) -> None:
    article, contact = shown(_article, slug="lost-card"), shown(_contact, q="council tax")
    assert "A new card costs 2 pounds." in article
    assert "desk@harbourlibrary.example" in contact
    assert foreign(article + contact) == []


def test_the_print_view_is_in_english(library: Installation) -> None:
    page = (
        TestClient(Starlette(routes=print_routes(library.knowledge, "http://library.example"))).get("/afdrukken/lost-card").text
    )
    assert '<html lang="en">' in page
    assert ">Print<" in page
    assert foreign(page) == []


def test_the_inbox_shows_the_mails_without_a_word_of_a_register(librarian: Installation) -> None:
    page = shown(_inbox)
    for words in ("Front desk", "Loans and fines", "Membership"):
        assert words in page
    assert foreign(page) == []


@pytest.mark.parametrize("number", ["1", "2", "3"])
def test_a_ticket_shows_mail_reasons_and_draft(librarian: Installation, number: str) -> None:
    page = shown(_ticket, nr=number)
    assert "Jane Smith" in page
    assert "The Harbour Library" in page
    assert foreign(page) == []


@pytest.mark.parametrize("page", [_incidents, _drift, _articles, _notices])
def test_the_other_pages_of_the_desk_are_in_english(librarian: Installation, page: Callable[[], None]) -> None:
    assert foreign(shown(page)) == []


def test_an_article_can_be_edited(librarian: Installation) -> None:
    page = shown(_articles, slug="lost-card")
    assert "Reading online" in page
    assert foreign(page) == []


def test_the_door_is_in_english(library: Installation) -> None:
    page = TestClient(Starlette(routes=Door().routes())).get("/inloggen").text
    assert '<html lang="en">' in page
    assert foreign(page) == []


def test_the_page_that_a_visit_starts_with_has_its_language_and_name(library: Installation) -> None:
    def start(_: Request) -> HTMLResponse:
        return HTMLResponse('<html lang="en"><title>Streamlit</title>')

    client = TestClient(Starlette(routes=[Route("/", start)], middleware=[Middleware(OwnPage)]))
    assert client.get("/?lang=nl").text == '<html lang="en"><title>Harbour Library</title>'
