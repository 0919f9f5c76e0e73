"""The three stories, in a real browser: a school finds an answer; an agent handles a login mail; an agent handles an
incomplete request and sends the draft."""

from __future__ import annotations

import re

from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site, free_port, keep, settled, sign_in, start


def test_a_school_finds_its_answer_while_typing(page: Page, site: Site) -> None:
    page.goto(site.url)
    settled(page)
    keep(page, "zoeken-leeg")
    page.get_by_label("Zoek op een woord of stel uw vraag").press_sequentially("ww vergeten", delay=30)
    first = page.locator(".ww-hit h2 a").first
    expect(first).to_contain_text("wachtwoord")
    expect(page.locator(".ww-hit mark").first).to_be_visible()
    keep(page, "zoeken-resultaten")
    first.click()
    page.wait_for_url("**/artikel?slug=wachtwoord-vergeten-leerkracht*")
    expect(page.get_by_role("heading", level=1)).to_contain_text("wachtwoord vergeten")
    expect(page.get_by_role("heading", name="Niet gevonden?")).to_be_visible()
    keep(page, "artikel")


def test_a_shared_link_to_a_search_shows_its_results(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=2e+kind+thuis")
    expect(page.locator(".ww-hit").first).to_be_visible()
    expect(page.get_by_label("Zoek op een woord of stel uw vraag")).to_have_value("2e kind thuis")


def test_nonsense_gets_an_honest_nothing_found_and_the_way_to_the_help_desk(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?q=xqzvw+pllkj")
    expect(page.get_by_text("Niets gevonden voor")).to_be_visible()
    page.get_by_role("link", name="Stel uw vraag aan de helpdesk").click()
    expect(page.get_by_role("link", name="Mail de helpdesk")).to_have_attribute("href", re.compile("^mailto:help@basispoort.nl"))


def test_the_public_pages_work_on_a_phone_without_sideways_scrolling(phone: Page, site: Site) -> None:
    for path in ("/", "/?q=fusie", "/artikel?slug=eerste-beheerder-aanvragen"):
        phone.goto(site.url + path)
        settled(phone)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    keep(phone, "telefoon-artikel")


def test_no_page_asks_anything_of_another_host(page: Page, site: Site) -> None:
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(re.sub(r"^\w+://([^/]*).*$", r"\1", request.url)))
    sign_in(page, site)
    for path in ("/", "/?q=inloggen", "/artikel?slug=wat-is-basispoort", "/inbox", "/vraag?nr=1"):
        page.goto(site.url + path)
        settled(page)
    assert {host for host in hosts if not host.startswith(("data:", "blob:"))} == {site.url.removeprefix("http://")}


def test_the_page_says_it_is_dutch(page: Page, site: Site) -> None:
    page.goto(site.url)
    assert page.locator("html").get_attribute("lang") == "nl"


def test_the_form_can_be_downloaded_from_its_article(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/artikel?slug=eerste-beheerder-aanvragen")
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("lege formulier")).click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.get_by_role("link", name="Maak het formulier online").click()
    expect(page.get_by_role("radio", name="Aanvraag eerste beheerder")).to_be_checked()


def test_an_agent_handles_a_login_mail(page: Page, site: Site) -> None:
    sign_in(page, site)
    keep(page, "inbox")
    page.get_by_role("link", name="inloggen gaat niet sinds maandag").click()
    page.wait_for_url("**/vraag?nr=*")
    expect(page.get_by_text("Sinds de vakantie kan ik niet meer inloggen")).to_be_visible()
    expect(page.get_by_text(re.compile("Deze woorden wijzen op Inloggen medewerker"))).to_be_visible()
    body = page.get_by_label("Tekst", exact=True)
    expect(body).to_have_value(re.compile("Beste Ellen Bosma,.*wachtwoord", re.DOTALL))
    keep(page, "vraag-inloggen")
    body.fill("Beste Ellen,\n\nU kunt zelf een nieuw wachtwoord kiezen.\n\nHelpdesk")
    body.press("Tab")
    settled(page)
    page.get_by_role("button", name="Goedkeuren en versturen").click()
    expect(page.get_by_text("Goedgekeurd op")).to_be_visible()
    expect(page.get_by_role("button", name="Ongedaan maken")).to_be_visible()
    keep(page, "vraag-goedgekeurd")
    sent = site.mailbox.mail_to("e.bosma@pcbdevuurtoren.example", "U kunt zelf een nieuw wachtwoord kiezen.")
    assert sent["In-Reply-To"] == "<login-1@pcbdevuurtoren.example>"
    page.reload()
    expect(page.get_by_text("antwoord aangenomen door de mailserver")).to_be_visible()


def test_an_agent_handles_an_incomplete_request_and_sends_what_is_missing(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="verzoek beheerder", exact=True).click()
    page.wait_for_url("**/vraag?nr=*")
    checklist = page.locator(".ww-check tbody tr")
    expect(checklist.filter(has_text="Bestuursnummer")).to_contain_text("ontbreekt")
    expect(checklist.filter(has_text="E-mailadres beheerder")).to_contain_text("kijk zelf")
    expect(checklist.filter(has_text="BRIN").first).to_contain_text("99BA")
    expect(page.locator("figure img").first).to_be_visible()
    keep(page, "vraag-aanvraag")
    body = page.get_by_label("Tekst", exact=True)
    expect(body).to_have_value(re.compile(r"Wij missen nog:\n- het bestuursnummer van DUO"))
    page.get_by_role("button", name="Goedkeuren en versturen").click()
    expect(page.get_by_text("Goedgekeurd op")).to_be_visible()
    site.mailbox.mail_to("directie@cbsdezonnewijzer.example", "het bestuursnummer van DUO (vijf cijfers)")
    keep(page, "vraag-verstuurd")


def test_an_agent_corrects_what_a_mail_is_about(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("link", name="Aanbieding digiborden").click()
    choice = page.get_by_role("combobox", name=re.compile("Onderwerp wijzigen"))
    expect(choice).to_be_visible()
    settled(page)
    page.mouse.move(300, 600)
    page.mouse.wheel(0, 2000)
    page.wait_for_timeout(500)  # a list that opens while the page scrolls closes again
    choice.click()
    page.get_by_role("option", name="Algemene vraag").click()
    page.get_by_role("button", name="Wijzigen", exact=True).click()
    expect(page.get_by_text("gekozen door een collega")).to_be_visible()
    expect(page.get_by_text("onderwerp gewijzigd")).to_be_visible()
    expect(page.get_by_text("Wegwijzer dacht aan ‘")).to_be_visible()


def test_the_html_of_a_mail_is_shown_without_script_or_remote_image(page: Page, site: Site) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    sign_in(page, site)
    page.get_by_role("link", name="Aanbieding digiborden").click()
    page.get_by_text("Opgemaakt", exact=True).click()
    expect(page.get_by_text("Klik hier")).to_be_visible()
    assert page.title() != "gekaapt"
    assert page.locator(".ww-mail img, .ww-mail script, .ww-mail [onclick]").count() == 0
    assert not [url for url in asked if "volger.example" in url]


def test_a_mail_that_could_not_be_read_is_visible_and_can_be_downloaded(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("link", name=re.compile("kon niet worden gelezen")).click()
    page.wait_for_url("**/apart")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download de mail").first.click()
    assert download.value.path().read_bytes() == b"\x00\xff nonsense"


def test_without_signing_in_no_ticket_is_shown(page: Page, site: Site) -> None:
    for path in ("/inbox", "/vraag?nr=1", "/apart"):
        page.goto(site.url + path)
        expect(page.get_by_text("Log in om deze pagina te zien.")).to_be_visible()
        assert "Meerpaal" not in page.content()


def test_a_wrong_password_is_refused_in_plain_words(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/inloggen")
    page.fill("#name", "demo")
    page.fill("#password", "helemaal fout")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("klopt niet")


def test_signing_out_closes_the_door(page: Page, site: Site) -> None:
    sign_in(page, site)
    page.get_by_role("button", name="Uitloggen").click()
    settled(page)
    page.goto(f"{site.url}/inbox")
    expect(page.get_by_text("Log in om deze pagina te zien.")).to_be_visible()


def test_the_pages_speak_english_too(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/?lang=en")
    expect(page.get_by_role("heading", level=1)).to_have_text("How can we help you?")


def test_public_only_has_no_agent_page_and_no_door(browser: Browser, tmp_path: object) -> None:
    port = free_port()
    server = start({"WEGWIJZER_VAR_DIR": str(tmp_path), "WEGWIJZER_ENCODER": "none"}, port, "--public-only")
    try:
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        settled(page)
        assert "Inloggen voor medewerkers" not in page.content()
        form = page.request.post(f"http://127.0.0.1:{port}/inloggen", form={"name": "demo"})
        assert form.status in (404, 405)
        page.goto(f"http://127.0.0.1:{port}/inbox")
        settled(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("Deze pagina bestaat niet (meer).")
    finally:
        server.terminate()
        server.wait(timeout=15)
