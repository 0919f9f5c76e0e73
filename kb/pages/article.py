"""The page of one article, with its own address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from kb.article import Article
from kb.articles.announcements import notices
from kb.pages.markup import article_body, article_list, contact_panel, form_links, link, notices_bar, top_bar
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.words import lay_out, name_tab, t
from kb.search.search import KnowledgeBase

# Not with st.query_params: that adds a step to the browser's history, and the way back to the results would take two.
SHAREABLE = """<script>
const here = new URL(location.href);
here.searchParams.delete("zoek");
history.replaceState(history.state, "", here);
</script>"""


def article_page(extra_links: Sequence[tuple[str, str]], online_forms: Mapping[str, str]) -> None:
    """Lay out the page for ?slug=…; `online_forms` tells the kind of request by the slug of its article."""
    lay_out()
    slug = st.query_params.get("slug", "")
    st.html(top_bar(extra_links, slug=slug) + notices_bar(notices(engine(), datetime.now(UTC))))
    st.html(f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p>')
    books = knowledge()
    article = books.get(slug)
    if article is None:
        st.html(f"<h1>{escape(t('article_missing'))}</h1>{contact_panel()}")
        return
    name_tab(article.title)
    _note_opened(slug)
    st.html(
        f'{article_body(article)}{form_links(slug, online_forms)}<p class="ww-meta"><a href="/afdrukken/{escape(slug)}" target="_blank" '
        f'rel="noopener">{escape(t("print_view"))}</a></p>'
    )
    _feedback(article, books)
    related = article_list(books.related(slug))
    st.html(
        f'<section><h2 class="ww-meta" style="font-size:1.05rem">{escape(t("related"))}</h2>{related}</section>{contact_panel(article.title)}'
    )
    if "zoek" in st.query_params:  # the number of a search says nothing to whom the address is sent
        st.html(SHAREABLE, unsafe_allow_javascript=True)


def no_page(extra_links: Sequence[tuple[str, str]]) -> None:
    """Lay out the page for an address that leads nowhere."""
    lay_out()
    st.html(
        f'{top_bar(extra_links)}<h1 class="ww-lead">{escape(t("page_missing"))}</h1>'
        f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p>{contact_panel()}'
    )


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
        st.html(f'<p class="ww-meta" role="status">{escape(t("vote_thanks"))}</p>')
        return
    if voted is None:
        with st.container(horizontal=True, vertical_alignment="center", key="ww-vote"):
            st.html(f"<p><strong>{escape(t('vote_question'))}</strong></p>", width="content")
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
        st.html(f'<p class="ww-meta">{escape(t("vote_privacy"))}</p>')
        if st.form_submit_button(t("vote_send")):
            insight().vote(article.slug, False, reason or "", books)
            st.session_state[state] = "done"
            st.rerun()
