"""The search box above the agents' pages in a real browser: from any page to the ticket, on a screen and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, keep, settled, sign_in
from tests.browser.test_public import violations


def search(page: Page, words: str) -> None:
    """Type in the box and wait for the page of this search."""
    page.get_by_role("searchbox", name="Zoek in alle vragen").fill(words)
    page.keyboard.press("Enter")
    page.wait_for_url("**/zoeken")
    expect(page.get_by_role("heading", level=1)).to_have_text("Vragen zoeken")
    expect(page.get_by_role("searchbox", name="Zoek in alle vragen")).to_have_value(words)
    settled(page)


def test_an_agent_finds_a_ticket_from_another_page_and_comes_back_to_what_was_found(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/storingen")
    search(page, "wachtwoord van:bosma")
    found = page.get_by_role("article").filter(has_text="inloggen gaat niet sinds maandag")
    expect(found).to_contain_text("PCB De Vuurtoren")
    expect(found).to_contain_text(re.compile("open|wacht|gesloten"))  # another story may have answered it
    expect(found.locator("mark").filter(has_text="wachtwoord")).to_be_visible()
    assert violations(page) == []
    keep(page, "vragen-zoeken")
    found.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1, name="inloggen gaat niet sinds maandag")).to_be_visible()
    page.go_back()
    expect(found).to_be_visible()


def test_what_is_searched_stands_in_no_address(page: Page, site: Site) -> None:
    sign_in(page, site)
    search(page, "bosma")
    assert page.url == f"{site.url}/zoeken"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("inloggen kwibus", "Dit staat in geen enkele vraag: kwibus. Klopt de spelling?"),
        ("afzender:bosma", "‘afzender:’ is geen filter. Deze filters werken: van:, school:"),
    ],
)
def test_when_nothing_is_found_the_page_says_what_works(page: Page, site: Site, words: str, told: str) -> None:
    sign_in(page, site)
    search(page, words)
    expect(page.get_by_text(told)).to_be_visible()
    expect(page.get_by_text("van:bosma", exact=True)).to_be_visible()
    assert violations(page) == []


def test_on_a_phone_the_results_fit_the_screen(phone: Page, site: Site) -> None:
    sign_in(phone, site)
    search(phone, "vuurtoren")
    expect(phone.get_by_role("article").first).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    keep(phone, "vragen-zoeken-telefoon")


def test_who_is_not_signed_in_finds_nothing(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/zoeken")
    expect(page.get_by_text("Log in om deze pagina te zien.")).to_be_visible()
    expect(page.get_by_role("searchbox", name="Zoek in alle vragen")).to_have_count(0)
