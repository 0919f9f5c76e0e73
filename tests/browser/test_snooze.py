"""A ticket that waits until a moment, on its page: chosen there, said there, and opened by the running server."""

from __future__ import annotations

import re
import time
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from kb.settings import organisation
from kb.store import utc_now
from tests.browser.conftest import Site, keep, settled, sign_in
from tests.browser.test_incidents import open_ticket
from tests.browser.test_public import violations
from triage.database.states import OPEN
from triage.database.tables import Ticket
from triage.desk.snooze import tomorrow

SUBJECT = "Aanbieding digiborden"


def let_its_moment_come(site: Site, within: float = 60.0) -> str:
    """Put the moment in the past; the state of the ticket once the server saw that."""
    engine = create_engine(site.database_url)
    with Session(engine) as session, session.begin():
        session.execute(update(Ticket).where(Ticket.subject == SUBJECT).values(waiting_until=utc_now() - timedelta(minutes=1)))
    end = time.monotonic() + within
    state = ""
    while state != OPEN and time.monotonic() < end:
        with Session(engine) as session:
            state = session.scalars(select(Ticket.status).where(Ticket.subject == SUBJECT)).one()
        time.sleep(0.2)
    engine.dispose()
    return state


def test_a_ticket_waits_until_tomorrow_and_the_server_opens_it_when_its_moment_comes(page: Page, site: Site) -> None:
    sign_in(page, site)
    open_ticket(page, site, SUBJECT)
    page.get_by_text("Laten wachten tot een moment", exact=True).click()
    expect(page.get_by_text(re.compile("gaat hij weer open"))).to_be_visible()
    settled(page)
    assert violations(page) == []
    keep(page, "vraag-laten-wachten")
    page.get_by_role("button", name="Laat wachten").click()
    until = organisation().local(tomorrow(utc_now())).strftime("%d-%m-%Y %H:%M")
    expect(page.get_by_text(f"wacht tot {until}", exact=True)).to_be_visible()
    settled(page)
    assert violations(page) == []
    keep(page, "vraag-wacht")

    assert let_its_moment_come(site) == OPEN
    page.reload()
    settled(page)
    expect(page.get_by_text("wachttijd voorbij")).to_be_visible()
