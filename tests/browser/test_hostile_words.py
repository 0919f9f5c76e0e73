"""Words of a mail, names of files and of users are shown as they are: no badge, no picture, no request to anybody else."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.settings import read_settings
from tests.browser.conftest import Site, keep, settled, sign_in
from triage.accounts.accounts import add_user
from triage.database.opening import open_database
from triage.database.tables import Ticket
from triage.installation.installation import Installation
from triage.intake.intake import ingest
from triage.sources.files import RawBytes

PICTURE = "![x](http://volger.example/p.png)"
BADGE = ":green-badge[Compleet]"
FILE = (
    f"aanvraag {BADGE} {PICTURE.replace('/', '&#47;')} :smile: **akkoord** <b>ok $x^2$ www.volger.example.pdf"  # a name has no /
)
SUBJECT = f"Zonnewijzer doet raar {BADGE} {PICTURE}"
USER = f"Sam {BADGE} {PICTURE}"
PASSWORD = "een-lang-wachtwoord"
MARKED = "[data-testid=stMarkdownContainer]"  # what Streamlit shows of Markdown


def hostile_mail() -> bytes:
    mail = EmailMessage()
    mail["From"] = f'"{BADGE} {PICTURE}" <post@school9.example>'
    mail["To"], mail["Subject"], mail["Message-ID"] = "help@basispoort.nl", SUBJECT, "<raar-1@school9.example>"
    mail.set_content(f"Bij ons doet Zonnewijzer raar. {BADGE} {PICTURE}")
    mail.add_attachment(b"%PDF-1.4 leeg", maintype="application", subtype="pdf", filename=FILE)
    return mail.as_bytes()


@pytest.fixture(scope="module")
def ticket(site: Site) -> int:
    """The number of a ticket with hostile words everywhere, and a colleague with such a name."""
    engine = open_database(site.database_url)
    folder = Path(str(engine.url.database)).parent
    configured = read_settings({"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none"})
    ingest(engine, [RawBytes("file", hostile_mail())], Installation(configured, engine))
    with Session(engine) as session, session.begin():
        add_user(session, USER, PASSWORD, "admin")
        return session.scalars(select(Ticket.id).order_by(Ticket.id.desc())).first() or 0


@pytest.fixture
def elsewhere(page: Page, site: Site) -> list[str]:
    """Addresses that the page asks for outside the site."""
    asked: list[str] = []
    page.on(
        "request", lambda request: asked.append(request.url) if not request.url.startswith((site.url, "data:", "blob:")) else None
    )
    return asked


def unmarked(page: Page) -> None:
    """Nothing on the page became markup."""
    expect(page.locator("[class*=stMarkdownBadge], [data-testid=stMarkdownBadge]")).to_have_count(0)
    expect(page.locator("img[src*=volger]")).to_have_count(0)
    expect(page.locator("a[href*='//volger'], a[href*='//www.volger']")).to_have_count(0)
    expect(page.locator(f"{MARKED} .katex, {MARKED} [role=img]")).to_have_count(0)


def test_a_ticket_shows_hostile_words_as_they_are(page: Page, site: Site, ticket: int, elsewhere: list[str]) -> None:
    sign_in(page, site, USER, PASSWORD)
    page.goto(f"{site.url}/vraag?nr={ticket}")
    settled(page)
    download = page.locator("[data-testid=stDownloadButton]").first
    expect(download).to_be_visible()
    assert download.inner_text().replace("\u2060", "").startswith(FILE)
    expect(page.get_by_role("heading", name=SUBJECT)).to_be_visible()
    unmarked(page)
    keep(page, "hostile-ticket")
    assert elsewhere == []


def test_choices_show_hostile_words_as_they_are(page: Page, site: Site, ticket: int, elsewhere: list[str]) -> None:
    sign_in(page, site, USER, PASSWORD)
    page.goto(f"{site.url}/vraag?nr={ticket}")
    settled(page)
    choice = page.get_by_role("combobox", name="Toewijzen")
    choice.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # a list that opens while the page scrolls closes again
    choice.click()
    expect(page.get_by_role("option", name=USER)).to_be_visible()
    unmarked(page)
    assert elsewhere == []


@pytest.mark.parametrize(
    "path", ["inbox", "storingen?nr=:smile:", "redactie?slug=:green-badge[x]", "vraag?nr=:red[x]", "berichten"]
)
def test_no_page_of_the_agents_makes_markup_of_words_of_others(
    page: Page, site: Site, ticket: int, elsewhere: list[str], path: str
) -> None:
    sign_in(page, site, USER, PASSWORD)
    page.goto(f"{site.url}/{path}")
    settled(page)
    unmarked(page)
    assert elsewhere == []


def test_what_a_visitor_types_becomes_no_markup(page: Page, site: Site, elsewhere: list[str]) -> None:
    for path in ("?q=", "contact?q=", "aanvraag?soort="):
        page.goto(f"{site.url}/{path}{BADGE} {PICTURE}")
        settled(page)
        unmarked(page)
    assert elsewhere == []
