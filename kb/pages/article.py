"""The page of one article, with its own address."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from kb.pages.markup import article_body, article_list, contact_panel, form_links, link, top_bar
from kb.pages.shelf import knowledge
from kb.pages.words import lay_out, t


def article_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page for ?slug=…"""
    lay_out()
    slug = st.query_params.get("slug", "")
    st.html(top_bar(extra_links, slug=slug))
    st.html(f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p>')
    books = knowledge()
    article = books.get(slug)
    if article is None:
        st.html(f"<h1>{escape(t('article_missing'))}</h1>{contact_panel()}")
        return
    related = article_list(books.related(slug))
    st.html(
        f"{article_body(article)}{form_links(slug)}"
        f'<section><h2 class="ww-meta" style="font-size:1.05rem">{escape(t("related"))}</h2>{related}</section>{contact_panel(article.title)}'
    )
