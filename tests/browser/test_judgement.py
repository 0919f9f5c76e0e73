"""Two people judge a formal request in a real browser: a doubt is lifted, both approve, the dossier is downloaded."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from tests.browser.conftest import Site, keep, settled, sign_in
from tests.browser.test_public import violations
from triage.accounts.accounts import add_user
from triage.database.opening import open_database
from triage.desk.dossier import changed
from triage.desk.dossier_pdf import read_dossier

SUBJECT = "Aanvraag eerste beheerder OBS De Meerpaal"
SECOND, SECRET = "collega", "nog-een-wachtwoord"


def open_request(page: Page, subject: str) -> None:
    page.get_by_role("link", name=subject, exact=True).click()
    page.wait_for_url("**/vraag?nr=*")
    settled(page)


def test_what_a_person_lifted_is_granted_by_two_people(page: Page, browser: Browser, site: Site, tmp_path: Path) -> None:
    engine = open_database(site.database_url)
    with Session(engine) as session, session.begin():
        add_user(session, SECOND, SECRET, "senior")
    sign_in(page, site)
    open_request(page, SUBJECT)
    expect(page.get_by_text("Na deze aanvraag kwam een verdachte mail binnen")).to_be_visible()
    expect(page.get_by_role("button", name="Aanvraag toekennen")).to_be_disabled()
    page.get_by_text("Geen ICT-coördinator in het schoolaccount (zelf bekeken)").click()
    expect(page.get_by_role("row", name="afgevinkt")).to_be_visible()  # between two runs of its script a page is settled too
    settled(page)
    page.get_by_label("Waar hebt u het opgezocht?").fill("Uittreksel van de KvK")
    page.get_by_role("button", name="Bevoegdheid vastleggen").click()
    expect(page.get_by_text("Bevoegdheid opgezocht door demo")).to_be_visible()
    settled(page)
    page.get_by_role("button", name="Ik heb deze mail gelezen").click()
    expect(page.get_by_role("button", name="Ik heb deze mail gelezen")).to_have_count(0)
    settled(page)
    page.get_by_text("Twijfel wegnemen").click()
    page.get_by_label("Wat hebt u gezien of gedaan?").fill("Gebeld met het bestuur: de eerste aanvraag is van hen.")
    page.get_by_label("Wat hebt u gezien of gedaan?").press("Tab")
    settled(page)
    page.get_by_role("button", name="Dit punt is in orde").click()
    expect(page.get_by_text("Door een medewerker weggenomen")).to_be_visible()
    page.get_by_role("button", name="Akkoord geven (eerste van twee)").click()
    expect(page.get_by_text("Een collega moet deze aanvraag nu ook beoordelen.")).to_be_visible()
    settled(page)
    assert violations(page) == []
    keep(page, "aanvraag-eerste-akkoord")

    context = browser.new_context(viewport={"width": 1280, "height": 2400}, locale="nl-NL")
    other = context.new_page()
    other.set_default_timeout(60_000)
    sign_in(other, site, SECOND, SECRET)
    open_request(other, SUBJECT)
    other.get_by_role("button", name="Aanvraag toekennen").click()
    expect(other.get_by_text("Toegekend door collega")).to_be_visible()
    settled(other)
    with other.expect_download() as download:
        other.get_by_role("button", name="Dossier (PDF)").click()
    download.value.save_as(tmp_path / "dossier.pdf")
    dossier = read_dossier((tmp_path / "dossier.pdf").read_bytes())
    assert changed(engine, dossier) == ""
    assert dossier["gegevens"]["brin"]["waarde"] == "99AC"
    assert {one["door"] for one in dossier["akkoord"]} == {"demo", SECOND}
    keep(other, "aanvraag-toegekend")
    context.close()


def test_a_suspect_request_says_how_to_call_the_board(page: Page, phone: Page, site: Site) -> None:
    for tab in (page, phone):
        sign_in(tab, site)
        tab.get_by_role("link", name="Spoed: beheerder", exact=True).click()
        tab.wait_for_url("**/vraag?nr=*")
        settled(tab)
        expect(tab.get_by_text("Bel het bestuur zelf")).to_be_visible()
        expect(tab.get_by_text("nooit een nummer uit de mail")).to_be_visible()
        assert violations(tab) == []
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
