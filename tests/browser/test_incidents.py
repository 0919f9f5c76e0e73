"""An outage in a real browser: two mails together, one answer, a message on the site, and the end of it; and the page of trends."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, keep, settled, sign_in
from tests.browser.test_public import violations

NOTICE = "Er is een storing. Wij werken aan een oplossing."


def open_ticket(page: Page, site: Site, subject: str) -> None:
    page.goto(f"{site.url}/inbox")
    settled(page)
    page.get_by_role("link", name=subject).click()
    expect(page.get_by_role("heading", level=1, name=subject)).to_be_visible()
    settled(page)


def test_an_agent_handles_an_outage_from_its_first_mail_to_its_end(page: Page, phone: Page, site: Site) -> None:
    sign_in(page, site)
    open_ticket(page, site, "Zonnewijzer 1 ligt eruit")
    page.get_by_role("button", name="Storing openen met deze vraag").click()
    expect(page.get_by_text("Deze vraag hoort bij een storing:")).to_be_visible()
    open_ticket(page, site, "Zonnewijzer 2 ligt eruit")
    page.get_by_role("button", name="Bij deze storing zetten").click()
    expect(page.get_by_text("Deze vraag hoort bij een storing:")).to_be_visible()

    page.get_by_text("Deze vraag hoort bij een storing:").get_by_role("link").click()
    expect(page.get_by_role("heading", name="2 mails")).to_be_visible()
    settled(page)
    assert violations(page) == []
    keep(page, "storing")
    page.get_by_role("button", name="Antwoord sturen (2)").click()
    expect(page.get_by_text("2 berichten verstuurd.")).to_be_visible()
    first = [site.mailbox.mail_to(f"post@school{number}.example", "Op dit moment is er een storing") for number in (1, 2)]
    assert {answer.get_content().splitlines()[0] for answer in first} == {"Beste Petra Proef,", "Beste Theo Test,"}

    page.get_by_role("tab", name="Bericht op de site").click()
    page.get_by_role("button", name="Plaatsen").click()
    expect(page.get_by_text("Het bericht staat op de site.")).to_be_attached()
    phone.goto(site.url)
    expect(phone.get_by_text(NOTICE)).to_be_visible()

    page.get_by_role("tab", name="Sluiten").click()
    page.get_by_role("button", name="Iedereen laten weten dat het voorbij is (2)").click()
    expect(page.get_by_text("2 berichten verstuurd.")).to_be_visible()
    assert all(site.mailbox.mail_to(f"post@school{number}.example", "De storing is voorbij") for number in (1, 2))
    phone.goto(site.url)
    settled(phone)
    expect(phone.get_by_text(NOTICE)).to_have_count(0)
    page.goto(f"{site.url}/storingen")
    expect(page.get_by_text(re.compile("^Er is nu geen storing"))).to_be_visible()


@pytest.mark.parametrize("path", ["/storingen", "/verloop", "/storingen?nr=999", "/storingen?nr=iets"])
def test_the_new_rooms_have_no_accessibility_faults_and_fit_a_phone(page: Page, phone: Page, site: Site, path: str) -> None:
    for tab in (page, phone):
        sign_in(tab, site)
        tab.goto(site.url + path)
        settled(tab)
        tab.wait_for_timeout(500)
        assert violations(tab) == []
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
