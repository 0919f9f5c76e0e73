"""Editors at work in the browser: an article from first line to archive, a message, and a gap that becomes a draft."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, keep, settled, sign_in

QUESTION = "Hoe zet ik een zonnescherm aan in Basispoort?"


def write(page: Page, label: str, words: str) -> None:
    field = page.get_by_label(label)
    field.fill(words)
    field.press("Tab")
    settled(page)


def searched(page: Page, site: Site, query: str, wanted: str, seconds: float = 5.0) -> bool:
    """Whether a search shows a title within so many seconds of now."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        answer = page.request.get(f"{site.url}/api/v1/search", params={"q": query}).json()
        if any(hit["title"] == wanted for hit in answer["results"]):
            return True
        time.sleep(0.5)
    return False


def make(page: Page, question: str) -> None:
    """Begin an article, once the page has shown what is like it: a button that is drawn anew while it is pressed is not pressed."""
    write(page, "Vraag (titel)", question)
    expect(page.get_by_text("Deze artikelen lijken hierop")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Maken").click()


def test_an_article_is_made_published_found_changed_restored_and_archived(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie")
    page.get_by_text("Nieuw artikel").click()
    make(page, QUESTION)
    expect(page.get_by_role("heading", level=1, name=QUESTION).first).to_be_visible()
    write(page, "Antwoord (Markdown)", "Kies **zonnescherm** bij uw profiel.")
    expect(page.locator(".ww-preview strong")).to_have_text(["zonnescherm"])
    keep(page, "redactie-artikel")
    page.get_by_role("button", name="Bewaren en publiceren").click()
    expect(page.get_by_text("Gepubliceerd. Scholen vinden het binnen enkele seconden.")).to_be_visible()
    assert searched(page, site, "zonnescherm aanzetten", QUESTION)

    settled(page)
    expect(page.get_by_label("Antwoord (Markdown)")).to_have_count(1)  # the fields of the version before are gone
    write(page, "Antwoord (Markdown)", "Een verkeerd antwoord.")
    page.get_by_role("button", name="Bewaren", exact=True).first.click()
    settled(page)
    expect(page.get_by_text("nieuwe tekst").first).to_be_visible()
    page.get_by_text(re.compile(r"^Versies.*3")).click()  # the page after saving, not the one before
    expect(page.locator(".ww-added")).to_have_text(["+Een verkeerd antwoord."])
    settled(page)
    page.get_by_role("button", name=re.compile("Versie 2 terugzetten")).click()
    expect(page.get_by_text("Versie 2 is teruggezet als concept.")).to_be_visible()
    expect(page.locator(".ww-preview strong")).to_have_text(["zonnescherm"])

    page.get_by_role("button", name="Archiveren").click()
    expect(page.get_by_text("Gearchiveerd. Scholen zien dit artikel niet meer.")).to_be_visible()
    time.sleep(2.5)
    assert not searched(page, site, "zonnescherm aanzetten", QUESTION, seconds=1)


def test_an_article_without_text_is_not_published_and_can_be_after_writing_one(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie")
    page.get_by_text("Nieuw artikel").click()
    make(page, "Hoe zet ik een luifel aan in Basispoort?")
    expect(page.get_by_role("heading", level=1, name="Hoe zet ik een luifel aan").first).to_be_visible()
    settled(page)
    write(page, "Trefwoorden (één per regel)", "luifel")
    page.get_by_role("button", name="Bewaren en publiceren").click()
    expect(page.get_by_text("Niet gepubliceerd, want het artikel heeft nog geen tekst.")).to_be_visible()
    settled(page)
    write(page, "Antwoord (Markdown)", "Kies **luifel** bij uw profiel.")
    page.get_by_role("button", name="Bewaren en publiceren").click()
    expect(page.get_by_text("Gepubliceerd. Scholen vinden het binnen enkele seconden.")).to_be_visible()


def test_the_preview_follows_while_somebody_types(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie?slug=browser-eisen")
    field = page.get_by_label("Antwoord (Markdown)")
    field.click()
    page.keyboard.press("Control+End")
    field.press_sequentially(" En een **vlieger**.", delay=30)
    expect(page.locator(".ww-preview strong", has_text="vlieger")).to_be_visible()
    expect(field).to_be_focused()
    field.press_sequentially(" Verder", delay=30)
    expect(page.locator(".ww-preview")).to_contain_text("En een vlieger. Verder")


def test_of_two_editors_the_second_keeps_the_text_and_is_told_who_was_first(page: Page, browser: Browser, site: Site) -> None:
    address, words = f"{site.url}/redactie?slug=tracefile-maken", "Antwoord (Markdown)"
    sign_in(page, site)
    page.goto(address)
    page.get_by_label(words).fill("De tekst van de tweede.")
    expect(page.locator(".ww-preview")).to_contain_text("De tekst van de tweede.")
    other = browser.new_context().new_page()
    sign_in(other, site)
    other.goto(address)
    other.get_by_label(words).fill("De tekst van de eerste.")
    expect(other.locator(".ww-preview")).to_contain_text("De tekst van de eerste.")
    other.get_by_role("button", name="Bewaren", exact=True).first.click()
    expect(other.get_by_text("Bewaard.", exact=True)).to_be_visible()
    other.context.close()
    page.get_by_role("button", name="Bewaren", exact=True).first.click()
    expect(page.get_by_text(re.compile("heeft intussen versie 2 bewaard")).first).to_be_visible()
    expect(page.get_by_label(words)).to_have_value("De tekst van de tweede.")
    page.get_by_role("button", name="Open versie 2").click()
    expect(page.get_by_role("button", name="Open versie 2")).to_have_count(0)
    settled(page)
    expect(page.get_by_label(words)).to_have_value("De tekst van de eerste.")


def test_planning_without_a_moment_says_what_is_missing(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie?slug=school-fuseert")
    page.get_by_text("Later publiceren").click()
    page.get_by_role("button", name="Bewaren en plannen").click()
    expect(page.get_by_text("Kies eerst een dag en een tijd.")).to_be_visible()


def test_an_article_with_a_link_that_leads_nowhere_is_published_only_when_that_is_ticked(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie?slug=school-splitst-of-nieuwe-locatie")
    write(page, "Antwoord (Markdown)", "Lees [dit](bestaat-niet).")
    expect(page.get_by_text(re.compile("het artikel verwijst ernaar: bestaat-niet"))).to_be_visible()
    page.get_by_role("button", name="Bewaren en publiceren").click()
    expect(page.get_by_text("Niet gepubliceerd, want een verwijzing leidt nergens heen.")).to_be_visible()
    keep(page, "redactie-verwijzing")
    page.get_by_text("Toch publiceren", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Bewaren en publiceren").click()
    expect(page.get_by_text("Gepubliceerd. Scholen vinden het binnen enkele seconden.")).to_be_visible()


def test_another_link_that_leads_nowhere_must_be_ticked_again(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie?slug=school-fuseert")
    write(page, "Antwoord (Markdown)", "Lees [dit](bestaat-niet).")
    page.get_by_text("Toch publiceren", exact=True).click()
    settled(page)
    write(page, "Antwoord (Markdown)", "Lees [dit](bestaat-ook-niet).")
    expect(page.get_by_text(re.compile("het artikel verwijst ernaar: bestaat-ook-niet"))).to_be_visible()
    expect(page.get_by_role("checkbox", name="Toch publiceren")).not_to_be_checked()


def test_an_editor_says_that_an_article_was_reviewed_today(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie?slug=wie-mag-tekenen")
    remark = page.get_by_text("Nog nooit door iemand nagekeken.")
    expect(remark).to_be_visible()
    page.get_by_text("Vandaag nagekeken (laatst: nog nooit)").click()
    expect(remark).to_have_count(0)
    page.get_by_role("button", name="Bewaren", exact=True).first.click()
    expect(page.get_by_text(re.compile(r"Vandaag nagekeken \(laatst: \d\d-\d\d-\d{4}\)"))).to_be_visible()


def test_a_new_question_that_was_answered_already_shows_the_answer(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/redactie")
    page.get_by_text("Nieuw artikel").click()
    write(page, "Vraag (titel)", "Wachtwoord vergeten als leerkracht, wat nu?")
    expect(page.get_by_text("Deze artikelen lijken hierop")).to_be_visible()
    expect(page.get_by_role("link", name=re.compile("als leerkracht mijn wachtwoord vergeten")).last).to_be_visible()


def test_an_important_message_is_shown_until_it_is_ended(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.goto(f"{site.url}/berichten")
    page.get_by_label("Bericht", exact=True).fill("Vanmiddag is er onderhoud aan de koppelingen.")
    page.get_by_role("button", name="Plaatsen").click()
    expect(page.get_by_role("button", name="Beëindigen")).to_be_visible()
    page.goto(f"{site.url}/artikel?slug=wie-mag-tekenen")
    expect(page.get_by_role("complementary", name="Belangrijk bericht")).to_contain_text("Vanmiddag is er onderhoud")
    keep(page, "bericht")
    page.goto(f"{site.url}/contact")
    expect(page.get_by_role("complementary", name="Belangrijk bericht")).to_contain_text("Vanmiddag is er onderhoud")
    page.goto(f"{site.url}/berichten")
    page.get_by_role("button", name="Beëindigen").click()
    expect(page.get_by_role("button", name="Beëindigen")).to_have_count(0)
    page.goto(site.url)
    settled(page)
    expect(page.get_by_role("complementary", name="Belangrijk bericht")).to_have_count(0)


def test_a_search_nobody_answers_becomes_a_draft(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=zwembadpomp+krokodillenvijver")
    expect(page.get_by_text("Niets gevonden voor")).to_be_visible()
    sign_in(page, site)
    page.goto(f"{site.url}/ontbreekt")
    card = page.locator(".ww-hit", has_text="zwembadpomp krokodillenvijver")
    expect(card).to_contain_text("niets gevonden")
    keep(page, "ontbreekt")
    number = page.locator(".ww-hit h3").all_inner_texts().index("zwembadpomp krokodillenvijver")
    page.get_by_role("button", name="Schrijf artikel").nth(number).click()
    page.get_by_role("link", name=re.compile("Concept gemaakt: Zwembadpomp krokodillenvijver")).click()
    expect(page.get_by_role("heading", level=1, name="Zwembadpomp krokodillenvijver").first).to_be_visible()
    expect(page.get_by_text("concept", exact=True)).to_be_visible()


def test_visitors_do_not_reach_the_editors_pages(page: Page, site: Site) -> None:
    for path in ("/redactie", "/redactie?slug=wie-mag-tekenen", "/berichten", "/ontbreekt"):
        page.goto(site.url + path)
        expect(page.get_by_text("Log in om deze pagina te zien.")).to_be_visible()
        assert page.get_by_role("textbox").count() == 0
