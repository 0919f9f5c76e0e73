"""Two colleagues at one ticket: nobody sends what was not on the screen, and nothing that was typed is lost."""

from __future__ import annotations

import re
import time

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tests.browser.conftest import PASSWORD, Site, keep, settled, sign_in
from tests.browser.test_incidents import open_ticket
from tests.browser.test_public import violations
from triage.accounts.accounts import add_user
from triage.database.tables import OwnText

SUBJECT = "groep klopt niet meer"
MINE = "Beste Ina,\n\nWij zetten de groep goed."


def kept(site: Site, within: float = 30.0) -> str:
    """What is kept of an unsent answer, as soon as that is what was typed."""
    engine = create_engine(site.database_url)
    end = time.monotonic() + within
    while time.monotonic() < end:
        with Session(engine) as session:
            bodies = session.scalars(select(OwnText.body)).all()
        if MINE in bodies:
            engine.dispose()
            return MINE
        time.sleep(0.2)
    raise AssertionError(f"kept: {bodies}")


def test_what_is_typed_survives_a_reload_and_a_change_by_a_colleague(page: Page, phone: Page, site: Site) -> None:
    engine = create_engine(site.database_url)
    with Session(engine) as session, session.begin():
        add_user(session, "Wim", PASSWORD, "agent")
    engine.dispose()
    sign_in(page, site)
    open_ticket(page, site, SUBJECT)
    body = page.get_by_label("Tekst", exact=True)
    body.press("Control+a")
    body.press_sequentially(MINE)
    assert kept(site) == MINE

    page.reload()
    settled(page)
    expect(page.get_by_label("Tekst", exact=True)).to_have_value(MINE)

    sign_in(phone, site, "Wim", PASSWORD)
    open_ticket(phone, site, SUBJECT)
    phone.get_by_text("Notitie voor collega’s", exact=True).click()
    phone.get_by_label(re.compile("Wat moeten uw collega’s weten")).fill("Ik bel ze al.")
    phone.get_by_role("button", name="Notitie bewaren").click()
    expect(phone.get_by_text("Ik bel ze al.")).to_be_visible()

    page.get_by_role("button", name="Goedkeuren en versturen").click()
    expect(page.get_by_text(re.compile("Er is iets veranderd terwijl u schreef"))).to_be_visible()
    expect(page.get_by_text("Ik bel ze al.")).to_be_visible()
    expect(page.get_by_label("Tekst", exact=True)).to_have_value(MINE)
    settled(page)
    assert violations(page) == []
    keep(page, "vraag-veranderd")

    page.get_by_role("button", name="Verder met mijn tekst").click()
    expect(page.get_by_text(re.compile("Er is iets veranderd terwijl u schreef"))).to_have_count(0)
    settled(page)
    page.get_by_role("button", name="Goedkeuren en versturen").click()
    expect(page.get_by_text("Goedgekeurd op")).to_be_visible()
    assert site.mailbox.mail_to("i.vis@obsdehoek.example", "Wij zetten de groep goed.")
