"""The page of one article, with its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import streamlit as st

from kb.article import Article
from kb.articles.announcements import notices
from kb.pages.markup import body_of, contact_address
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.templates import SHARED, lay_out, run_script, show, show_top
from kb.pages.words import name_tab, t
from kb.search.search import KnowledgeBase

SHAREABLE = (
    Path(__file__).parent / "shareable.js"
)  # takes the number of a search, which says nothing to others, out of the address


class OfferedForm(NamedTuple):
    """The form of a formal request."""

    request: str  # the kind of request, for which a form can be made online
    blank: str  # file name of the form to fill in by hand, "" for none


NO_FORM = OfferedForm("", "")


def article_page(extra_links: Sequence[tuple[str, str]], forms: Mapping[str, OfferedForm]) -> None:
    """Lay out the page for ?slug=…; `forms` tells the form that belongs to an article, by its slug."""
    lay_out()
    slug = st.query_params.get("slug", "")
    show_top(extra_links, notices(engine(), datetime.now(UTC)), slug=slug)
    show(SHARED, "back", path="/", words=t("back"))
    books = knowledge()
    article = books.get(slug)
    if article is None:
        show("article.html", "missing", contact=contact_address())
        return
    name_tab(article.title)
    _note_opened(slug)
    form = forms.get(slug, NO_FORM)
    show("article.html", "article", article=article, body=body_of(article), form=form.request, empty=form.blank)
    _feedback(article, books)
    show("article.html", "related", articles=books.related(slug), contact=contact_address(article.title))
    if "zoek" in st.query_params:
        run_script(SHAREABLE)


def no_page(extra_links: Sequence[tuple[str, str]]) -> None:
    """Lay out the page for an address that leads nowhere."""
    lay_out()
    show_top(extra_links)
    show("article.html", "no_page", contact=contact_address())


def _note_opened(slug: str) -> None:
    number = st.query_params.get("zoek", "")
    if number.isdecimal() and len(number) < 10 and st.session_state.get("opened") != (number, slug):
        insight().record_opened(int(number), slug)
        st.session_state["opened"] = (number, slug)


def _feedback(article: Article, books: KnowledgeBase) -> None:
    """'Was dit nuttig?', once a visit, with an optional reason."""
    state = f"vote-{article.slug}"
    voted = st.session_state.get(state)
    if voted == "done":
        show(SHARED, "meta", words=t("vote_thanks"), told=True)
        return
    if voted is None:
        with st.container(horizontal=True, vertical_alignment="center", key="ww-vote"):
            show(SHARED, "strong", words=t("vote_question"), width="content")
            if st.button(t("vote_yes"), key=f"{state}-yes"):
                insight().vote(article.slug, True, "", books)
                st.session_state[state] = "done"
                st.rerun()
            if st.button(t("vote_no"), key=f"{state}-no"):
                st.session_state[state] = "asked"
                st.rerun()
        return
    with st.form(f"{state}-form", border=False):
        reason = st.text_area(t("vote_reason"), max_chars=400, height=100)
        show(SHARED, "meta", words=t("vote_privacy"))
        if st.form_submit_button(t("vote_send")):
            insight().vote(article.slug, False, reason or "", books)
            st.session_state[state] = "done"
            st.rerun()
