"""The script Streamlit runs for each visit: which pages there are, for whom, and which one is shown."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from kb.pages.article import OfferedForm, article_page, no_page
from kb.pages.contact import contact_page
from kb.pages.search import search_page
from kb.pages.words import name_tab, t
from triage.verify.forms import load_requests
from triage.web.pages.assistant import assistant_page
from triage.web.server import public_only


def visit() -> None:
    """Show the page that was asked for."""
    st.set_page_config(page_title=t("site"), layout="centered", initial_sidebar_state="collapsed")
    links: list[tuple[str, str]] = []
    agents: list[StreamlitPage] = []
    if not public_only():
        links, agents = _agents_pages()
    known = [*_public_pages(links), *agents]
    asked = urlsplit(st.context.url or "").path.strip("/")
    if asked and "/" not in asked and asked not in {page.url_path for page in known}:

        def nowhere() -> None:
            no_page(links)

        known.append(st.Page(nowhere, title=t("page_missing"), url_path=asked))  # Streamlit's own words for it are English
    chosen = st.navigation(known, position="hidden")
    if chosen.url_path:  # the start page bears the name of the site alone
        name_tab(chosen.title)
    chosen.run()


def _public_pages(links: Sequence[tuple[str, str]]) -> list[StreamlitPage]:
    """The pages for everybody; `links` stand in the bar above them."""

    def search() -> None:
        search_page(links)

    def article() -> None:
        article_page(links, {one.form: OfferedForm(kind, one.blank) for kind, one in load_requests().types.items()})

    def contact() -> None:
        contact_page(links)

    def assistant() -> None:
        assistant_page(links)

    pages = [
        st.Page(search, title=t("nav_search"), default=True),
        st.Page(article, title=t("nav_article"), url_path="artikel"),
        st.Page(contact, title=t("nav_contact"), url_path="contact"),
    ]
    if load_requests().types:
        pages.append(st.Page(assistant, title=t("assistant_title"), url_path="aanvraag"))
    return pages


def _agents_pages() -> tuple[list[tuple[str, str]], list[StreamlitPage]]:
    """The links above the public pages for who may be an agent, and the agents' own pages."""
    from triage.web.pages.aside import aside_page
    from triage.web.pages.drift import drift_page
    from triage.web.pages.finding import finding_page
    from triage.web.pages.inbox import inbox_page
    from triage.web.pages.incidents import incidents_page
    from triage.web.pages.redaction import articles_page, messages_page, missing_page
    from triage.web.pages.room import agent_links
    from triage.web.pages.ticket import ticket_page

    return agent_links(), [
        st.Page(inbox_page, title=t("nav_inbox"), url_path="inbox"),
        st.Page(ticket_page, title=t("nav_ticket"), url_path="vraag"),
        st.Page(finding_page, title=t("find_title"), url_path="zoeken"),
        st.Page(incidents_page, title=t("nav_incidents"), url_path="storingen"),
        st.Page(drift_page, title=t("nav_drift"), url_path="verloop"),
        st.Page(aside_page, title=t("nav_aside"), url_path="apart"),
        st.Page(articles_page, title=t("nav_editor"), url_path="redactie"),
        st.Page(messages_page, title=t("nav_notices"), url_path="berichten"),
        st.Page(missing_page, title=t("nav_gaps"), url_path="ontbreekt"),
    ]


visit()
