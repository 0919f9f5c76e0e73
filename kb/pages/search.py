"""The public search page: results as you type, or the articles of a category."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from kb.pages.markup import article_list, category_grid, contact_panel, hit_card, link, top_bar
from kb.pages.shelf import knowledge
from kb.pages.words import group, lay_out, number_of, t
from kb.search import KnowledgeBase

RESULTS = 8


def search_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page."""
    lay_out()
    category = st.query_params.get("onderwerp", "")
    query = st.session_state.get("q", st.query_params.get("q", ""))
    st.html(top_bar(extra_links, q=query, onderwerp=category))
    books = knowledge()
    if category in group("categories"):
        _category(books, category)
        return
    st.html(f'<h1 class="ww-lead">{escape(t("search_title"))}</h1>')
    query = st.text_input(
        t("search_label"),
        type="search",
        live=True,
        bind="query-params",
        key="q",
        placeholder=t("search_placeholder"),
        max_chars=300,
    )
    if query and query.strip():
        _results(books, query)
    else:
        st.html(f"<h2>{escape(t('categories_title'))}</h2>{category_grid(books.articles)}")
    st.html(contact_panel(query or ""))


def _results(books: KnowledgeBase, query: str) -> None:
    hits = books.search(query, RESULTS, unfinished=True)
    if hits:
        cards = "".join(hit_card(hit) for hit in hits)
        st.html(f'<p class="ww-meta" role="status">{escape(number_of("results", len(hits)))}</p>{cards}')
        return
    st.html(
        f'<div role="status"><h2>{escape(t("nothing_title", query=query.strip()[:80]))}</h2><p>{escape(t("nothing_text"))}</p></div>'
        f"{category_grid(books.articles)}"
    )


def _category(books: KnowledgeBase, category: str) -> None:
    articles = [article for article in books.articles if article.category == category]
    st.html(
        f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p>'
        f'<h1 class="ww-lead">{escape(group("categories")[category])}</h1>{article_list(articles)}{contact_panel()}'
    )
