"""What the search box above the agents' pages finds."""

from __future__ import annotations

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import group, number_of, t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.desk.searching import SearchDesk
from triage.errors import SearchError
from triage.web.last_searches import last_searches
from triage.web.pages.room import agents_only, engine
from triage.web.signin import COOKIE
from triage.web.templates import show

MOST = 25  # tickets that are shown


def finding_page() -> None:
    """Lay out the page."""
    words = last_searches.of(st.context.cookies.get(COOKIE))
    agents_only(lambda who: _show(words, who), searched=words)


def _show(words: str, who: Person) -> None:
    show(SHARED, "lead", words=t("find_title"))
    if not words:
        show(SHARED, "text", words=t("find_nothing_asked"))
        show("finding.html", "help", values=group("find_filters"), open=True)
        return
    try:
        found = SearchDesk(engine()).find(words, MOST)
    except SearchError as error:
        show("finding.html", "problem", words=str(error))
        show("finding.html", "help", values=group("find_filters"), open=True)
        return
    if not found.tickets:
        show("finding.html", "nothing", unknown=found.unknown)
        show("finding.html", "help", values=group("find_filters"), open=True)
        return
    told = t("find_more", count=MOST) if found.more else number_of("find_found", len(found.tickets))
    show("finding.html", "tickets", told=told, tickets=found.tickets, now=utc_now(), values=group("find_filters"))
