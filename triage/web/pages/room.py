"""The agents' room: who is signed in, the desk, and what is needed to triage again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from html import escape

import streamlit as st
from sqlalchemy import Engine

from kb.pages import shelf
from kb.pages.markup import link, top_bar
from kb.pages.words import lay_out, t
from kb.settings import settings
from triage.accounts.accounts import Person, signed_in
from triage.desk.desk import Desk
from triage.installation.installation import Installation
from triage.intake.pipeline import Tools
from triage.routing.routing import load_routing
from triage.web.signin import COOKIE


@st.cache_resource(show_spinner=False)
def installation() -> Installation:
    """The installation of this process, with the articles that the public pages show."""
    return Installation(settings(), shelf.engine(), shelf.knowledge)


def engine() -> Engine:
    """Its database."""
    return installation().engine


def desk() -> Desk:
    """The desk over it."""
    here = installation()
    return Desk(here.engine, here.settings.smtp_url, here.settings.help_address)


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


def agents_only(page: Callable[[Person], None], **query: str) -> None:
    """Lay out a page for whoever is signed in; others are shown the way to the door."""
    lay_out()
    st.html("<style>[data-testid='stMainBlockContainer'] { max-width: 78rem; }</style>")
    who = person()
    if who is None:
        st.html(top_bar([(link("/inloggen"), t("sign_in"))], **query))
        st.html(
            f'<p class="ww-note">{escape(t("must_sign_in"))}</p><a class="ww-button" href="{link("/inloggen")}">{escape(t("sign_in_button"))}</a>'
        )
        return
    st.html(top_bar([(link("/"), t("nav_search")), *room_links()], **query))
    st.html(
        f'<form method="post" action="/uitloggen" class="ww-meta" style="text-align:right">{escape(t("signed_in_as", name=who.name))} · '
        f'<button type="submit" style="background:none;border:0;color:#0b5c6b;text-decoration:underline;cursor:pointer;font:inherit">{escape(t("sign_out"))}</button></form>'
    )
    page(who)


def local_time(moment: datetime) -> str:
    """A moment as the help desk's clock shows it."""
    return moment.astimezone(load_routing().hours.zone).strftime("%d-%m-%Y %H:%M")
