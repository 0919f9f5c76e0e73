"""What visitors do beside searching: filter, vote, ask the help desk, print, and search from another site."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, text

from tests.browser.conftest import Site, keep, settled, sign_in

PUBLIC = (
    "/",
    "/?q=ww+vergeten",
    "/?q=xqzvw+pllkj",
    "/?onderwerp=inloggen",
    "/artikel?slug=wie-mag-tekenen",
    "/contact?q=ww+vergeten",
)
AGENTS = ("/inbox", "/vraag?nr=1", "/redactie", "/redactie?slug=wie-mag-tekenen", "/berichten", "/ontbreekt")

PASTED = "Ik ben mijn wachtwoord vergeten als leerkracht. " + "Kunt u mij helpen? Alvast bedankt voor de moeite. " * 20


def rows(site: Site, query: str) -> list[tuple[object, ...]]:
    engine = create_engine(site.database_url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()
    return found


def violations(page: Page) -> list[str]:
    return [f"{found['id']}: {found['nodes'][0]['html'][:120]}" for found in Axe().run(page).response["violations"]]


def test_the_category_filter_keeps_its_own_answers_and_can_be_shared(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=wachtwoord")
    expect(page.locator(".ww-hit").nth(1)).to_be_visible()
    page.get_by_role("combobox", name="Onderwerp").click()
    page.get_by_role("option", name="Ouders en thuis").click()
    expect(page.locator(".ww-hit .ww-tag").first).to_have_text("Ouders en thuis")
    settled(page)
    assert set(page.locator(".ww-hit .ww-tag").all_inner_texts()) == {"Ouders en thuis"}
    shared = page.url
    assert "onderwerp=ouders-en-thuis" in shared
    page.goto("about:blank")
    page.goto(shared)
    expect(page.locator(".ww-hit .ww-tag").first).to_have_text("Ouders en thuis")


def test_a_pasted_mail_is_searched_by_its_first_part(page: Page, site: Site) -> None:
    page.goto(site.url)
    settled(page)
    page.get_by_label("Zoek op een woord of stel uw vraag").fill(PASTED)
    expect(page.get_by_text("Alleen de eerste 400 tekens zijn gebruikt om te zoeken.")).to_be_visible()


def test_a_mail_pasted_in_the_contact_step_gets_answers_and_stays_out_of_the_address(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/contact?q=ww+vergeten")
    field = page.get_by_role("textbox")
    expect(field).to_have_value("ww vergeten")
    field.fill(PASTED)
    page.get_by_role("button", name="Verder").click()
    expect(page.get_by_text("Alleen de eerste 400 tekens zijn gebruikt om te zoeken.")).to_be_visible()
    settled(page)
    assert "bedankt" not in page.url


def test_a_filter_that_hides_the_answers_says_so_and_can_be_lifted(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=wachtwoord+vergeten&onderwerp=partners")
    expect(page.get_by_text("Geen antwoord in dit onderwerp.")).to_be_visible()
    expect(page.get_by_text("in andere onderwerpen")).to_be_visible()
    assert (0,) not in rows(site, "select results from search where query = 'wachtwoord vergeten'")
    page.get_by_role("button", name="Zoek in alle onderwerpen").click()
    expect(page.locator(".ww-hit h2 a").first).to_be_visible()
    settled(page)
    assert "onderwerp" not in page.url


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/?q=wachtwoord", "Wegwijzer"),
        ("/contact", "Contact – Wegwijzer"),
        (
            "/artikel?slug=wie-mag-tekenen",
            "Wie mag de aanvraag voor een schoolaccount of eerste beheerder ondertekenen? – Wegwijzer",
        ),
    ],
)
def test_the_tab_says_what_page_it_is(page: Page, site: Site, path: str, title: str) -> None:
    page.goto(site.url + path)
    expect(page).to_have_title(title)


@pytest.mark.parametrize(("path", "language"), [("/artikel?slug=wie-mag-tekenen", "nl"), ("/?q=ww&lang=en", "en")])
def test_a_screen_reader_is_told_the_language_of_the_page(page: Page, site: Site, path: str, language: str) -> None:
    page.goto(site.url + path)
    assert page.locator("html").get_attribute("lang") == language


def test_an_english_page_gives_its_reasons_in_english(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=ww+vergeten&lang=en")
    expect(page.locator(".ww-hit small").first).to_contain_text("Found by: words: ww, vergeten")


def test_an_address_that_leads_nowhere_says_so_in_dutch(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/bestaatniet")
    expect(page.get_by_role("heading", level=1, name="Deze pagina bestaat niet (meer).")).to_be_visible()
    settled(page)
    assert page.get_by_role("dialog").count() == 0


def test_there_is_one_skip_link_and_it_is_ours(page: Page, site: Site) -> None:
    page.goto(site.url)
    expect(page.get_by_role("link", name="Naar de inhoud")).to_have_count(1)
    expect(page.get_by_text("Skip to main content")).to_be_hidden()


def test_a_search_works_with_the_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.url)
    settled(page)
    expect(page.get_by_role("heading", name="Niet gevonden?")).to_be_visible()  # the whole page is there
    page.wait_for_timeout(500)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "search":
            break
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type("fusie", delay=20)
    expect(page.get_by_label("Zoek op een woord of stel uw vraag")).to_have_value("fusie")
    expect(page.locator(".ww-hit h2 a").first).to_be_visible()
    settled(page)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.ww-hit') !== null"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/artikel?slug=*")
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def test_a_vote_against_is_kept_with_its_reason_and_without_names(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/artikel?slug=browser-eisen")
    page.get_by_role("button", name="Nee", exact=True).click()
    page.get_by_role("textbox").fill("Mijn naam is Jan Jansen en de knop staat ergens anders")
    page.get_by_role("button", name="Versturen").click()
    expect(page.get_by_text("Dank u wel.")).to_be_visible()
    (found,) = rows(site, "select helpful, reason from vote where slug = 'browser-eisen'")
    assert not found[0]
    assert "Jansen" not in str(found[1])
    assert "knop staat ergens anders" in str(found[1])


def test_the_contact_step_shows_likely_answers_before_the_mail_address(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/contact?q=wij+gaan+fuseren+met+een+andere+school")
    expect(page.locator(".ww-hit h2 a").first).to_be_visible()
    expect(page.get_by_role("link", name="Mail de helpdesk")).to_have_count(0)
    keep(page, "contact")
    page.get_by_role("button", name="Nee, ik wil mailen").click()
    link = page.get_by_role("link", name="Mail de helpdesk")
    expect(link).to_have_attribute("href", re.compile(r"^mailto:help@basispoort\.nl\?subject=wij%20gaan%20fuseren"))
    assert rows(site, "select contact from search where contact is not null") == [("gemaild",)]


def test_a_question_without_answer_is_no_mail_yet(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/contact?q=zwembadpomp+lekt")
    expect(page.get_by_role("link", name="Mail de helpdesk")).to_be_visible()
    settled(page)
    assert rows(site, "select contact, results, place from search where query = 'zwembadpomp lekt'") == [(None, 0, "contact")]


def test_an_answer_that_helps_is_counted_and_no_mail_is_offered(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/contact?q=ik+ben+mijn+wachtwoord+vergeten")
    page.get_by_role("button", name="Ja, dit helpt").click()
    expect(page.get_by_text("Fijn dat het gelukt is.")).to_be_visible()
    assert ("opgelost",) in rows(site, "select contact from search where contact is not null")


def test_a_search_is_kept_once_and_knows_what_was_opened(page: Page, site: Site) -> None:
    page.goto(site.url)
    settled(page)
    page.get_by_label("Zoek op een woord of stel uw vraag").press_sequentially("verwerkersovereenkomst", delay=40)
    first = page.locator(".ww-hit h2 a").first
    expect(first).to_contain_text("erwerkersovereenkomst")
    settled(page)
    first.click()
    page.wait_for_url("**/artikel?slug=*")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    settled(page)
    found = rows(site, "select query, opened from search where query like 'verwerkers%'")
    assert len(found) == 1
    assert str(found[0][1]).startswith("verwerkersovereenkomst")


def test_the_address_of_an_opened_answer_can_be_shared_and_one_step_back_are_the_results(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=verwerkersovereenkomst")
    page.locator(".ww-hit h2 a").first.click()
    expect(page).to_have_url(re.compile(r"/artikel\?slug=[a-z-]+$"))
    page.get_by_role("button", name="Nee", exact=True).click()
    expect(page.get_by_role("button", name="Versturen")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/artikel\?slug=[a-z-]+$"))
    page.go_back()
    expect(page.locator(".ww-hit h2 a").first).to_be_visible()


def test_the_words_of_a_search_are_marked_in_the_titles(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=wachtwoord+vergeten")
    expect(page.locator(".ww-hit h2 a mark").first).to_have_text("wachtwoord")
    keep(page, "resultaten")


def test_the_print_view_is_the_article_and_nothing_else(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/artikel?slug=wie-mag-tekenen")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Afdrukken").click()
    paper = opened.value
    expect(paper.get_by_role("heading", level=1)).to_be_visible()
    expect(paper.get_by_text("artikel?slug=wie-mag-tekenen")).to_be_visible()
    assert paper.locator("nav, input").count() == 0


def test_another_site_searches_with_one_line_of_html(page: Page, site: Site) -> None:
    page.goto(site.guest)
    page.get_by_label("Zoek bij de helpdesk").press_sequentially("ww vergeten", delay=20)
    first = page.locator("li a").first
    expect(first).to_contain_text("wachtwoord")
    expect(page.get_by_role("status")).to_contain_text("antwoord")
    assert violations(page) == []
    keep(page, "widget")
    first.click()
    page.wait_for_url(f"{site.url}/artikel?slug=wachtwoord-vergeten*")


def test_a_site_that_is_not_listed_gets_no_answers(page: Page, site: Site) -> None:
    page.goto(site.stranger)
    page.get_by_label("Zoek bij de helpdesk").press_sequentially("ww vergeten", delay=20)
    expect(page.get_by_role("status")).to_have_text("Zoeken lukt nu niet.")
    assert page.locator("li").count() == 0


@pytest.mark.parametrize("path", PUBLIC)
def test_axe_finds_nothing_on_a_public_page(page: Page, phone: Page, site: Site, path: str) -> None:
    for tab in (page, phone):
        tab.goto(site.url + path)
        settled(tab)
        tab.wait_for_timeout(500)
        assert violations(tab) == []


def test_axe_finds_nothing_on_the_agents_pages(page: Page, site: Site) -> None:
    sign_in(page, site)
    for path in AGENTS:
        page.goto(site.url + path)
        settled(page)
        page.wait_for_timeout(500)
        assert violations(page) == [], path
