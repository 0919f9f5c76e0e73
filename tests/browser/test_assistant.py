"""A school makes its request on the public page, and what it downloads is what verification reads."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Page, expect

from kb.settings import SHIPPED_DATA, read_settings
from tests.browser.conftest import Site, keep, settled
from tests.browser.test_public import violations
from triage.register.importing import read_boards, read_schools
from triage.register.register import Edition, Register
from triage.verify.verdict import verify_pdf

ANSWERS = {
    "Voor- en achternaam": "Marijke van den Berg",
    "Functie": "voorzitter",
    "Voornaam": "Sanne",
    "Tussenvoegsel (hoeft niet)": "de",
    "Achternaam": "Wit",
}


def choose_school(tab: Page, site: Site) -> None:
    tab.goto(f"{site.url}/aanvraag?soort=eerste-beheerder-aanvraag")
    settled(tab)
    tab.get_by_label("Zoek op naam, plaats of BRIN").press_sequentially("meerpal", delay=30)
    tab.get_by_text("OBS De Meerpaal, Voorbeeldstad").click()
    expect(tab.get_by_text("Dit weet het register van DUO")).to_be_visible()


def fill(tab: Page, label: str, value: str) -> None:
    tab.get_by_label(label, exact=True).fill(value)
    tab.get_by_label(label, exact=True).press("Tab")
    settled(tab)


def test_a_school_makes_a_form_that_is_ready_to_sign(page: Page, site: Site, tmp_path: Path) -> None:
    choose_school(page, site)
    keep(page, "aanvraag-gegevens")
    assert violations(page) == []
    for label, value in ANSWERS.items():
        fill(page, label, value)
    fill(page, "Persoonlijk e-mailadres", "info@obsdemeerpaal.example")
    expect(page.get_by_text("U kunt wel doorgaan.")).to_be_visible()
    fill(page, "Persoonlijk e-mailadres", "s.dewit@")
    expect(page.get_by_role("button", name="Download het formulier (PDF)")).to_have_count(0)
    fill(page, "Persoonlijk e-mailadres", "s.dewit@obsdemeerpaal.example")
    button = page.get_by_role("button", name="Download het formulier (PDF)")
    expect(button).to_be_visible()
    expect(page.get_by_text("Laat Marijke van den Berg tekenen.")).to_be_visible()
    with page.expect_download() as download:
        button.click()
    assert re.fullmatch(r"eerste-beheerder-aanvraag-[0-9A-Z]{4}-[0-9A-Z]{4}\.pdf", download.value.suggested_filename)
    download.value.save_as(tmp_path / "form.pdf")
    assert violations(page) == []
    assert "Sanne" not in page.url
    page.set_viewport_size({"width": 1280, "height": 2600})
    keep(page, "aanvraag-klaar")

    demo = SHIPPED_DATA / "demo"
    register = Register(read_schools(demo / "schools.csv"), read_boards(demo / "boards.csv"), Edition(fictional=True))
    found = verify_pdf("form.pdf", (tmp_path / "form.pdf").read_bytes(), register, read_settings({}))
    assert found.missing == ("ondertekende_pdf",)
    assert found.code is not None
    assert found.code.matches


def test_an_unknown_brin_is_explained_and_a_phone_can_do_it_too(phone: Page, site: Site) -> None:
    phone.goto(f"{site.url}/aanvraag?soort=schoolaccount-nieuw")
    settled(phone)
    search = phone.get_by_label("Zoek op naam, plaats of BRIN")
    search.fill("12ZZ")
    expect(phone.get_by_text("BRIN 12ZZ staat niet in het register van basisscholen van DUO.")).to_be_visible()
    assert violations(phone) == []
    choose_school(phone, site)
    keep(phone, "aanvraag-telefoon")
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
