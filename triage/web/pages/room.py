"""The agents' room: who is signed in, where answers go, and what is needed to triage again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import streamlit as st
from sqlalchemy import Engine

from kb.pages import shelf
from kb.pages.addresses import link
from kb.pages.templates import lay_out, say, show_style, show_top
from kb.pages.words import t
from kb.settings import settings
from triage.accounts.accounts import Person, signed_in
from triage.desk.answer_desk import AnswerDesk
from triage.errors import TriageError
from triage.installation.installation import Installation
from triage.intake.pipeline import Tools
from triage.web.signin import COOKIE
from triage.web.templates import show

WIDE = Path(__file__).parent / "room.css"  # the tables of these pages need more room


@st.cache_resource(show_spinner=False)
def installation() -> Installation:
    """The installation of this process, with the articles that the public pages show."""
    return Installation(settings(), shelf.engine(), shelf.knowledge)


def engine() -> Engine:
    """Its database."""
    return installation().engine


def answers() -> AnswerDesk:
    """Answering from it, by the mail server of this installation."""
    here = installation()
    return AnswerDesk(here.engine, here.settings.smtp_url, here.settings.help_address)


def tools() -> Tools:
    """What triage needs, as it is now."""
    return installation().current()


def person() -> Person | None:
    """Who is signed in, by the cookie of this visit."""
    return signed_in(engine(), st.context.cookies.get(COOKIE))


def agent_links() -> list[tuple[str, str]]:
    """Links in the top bar: sign in, or the inbox."""
    if person() is None:
        return [(link("/inloggen"), t("sign_in"))]
    return room_links()


def room_links() -> list[tuple[str, str]]:
    """Links to the agents' pages."""
    return [
        (link("/inbox"), t("nav_inbox")),
        (link("/storingen"), t("nav_incidents")),
        (link("/redactie"), t("nav_editor")),
        (link("/berichten"), t("nav_notices")),
        (link("/ontbreekt"), t("nav_gaps")),
        (link("/verloop"), t("nav_drift")),
    ]


def agents_only(page: Callable[[Person], None], /, searched: str = "", **query: str) -> None:
    """Lay out a page for whoever is signed in; others are shown the way to the door. `searched` stands in the search box."""
    lay_out()
    show_style(WIDE)
    who = person()
    if who is None:
        show_top([(link("/inloggen"), t("sign_in"))], **query)
        show("room.html", "door")
        return
    show_top([(link("/"), t("nav_search")), *room_links()], **query)
    show("room.html", "signed_in", name=who.name, searched=searched)
    page(who)


def act(action: Callable[[], object]) -> None:
    """Do something at the desk, then show the page anew; a refusal is shown where it was asked."""
    try:
        action()
    except TriageError as error:
        say(str(error), "ww-bad")
        return
    st.rerun()
