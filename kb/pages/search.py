"""The public search page: results as you type, or the articles of a category."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import streamlit as st

from kb.articles.announcements import notices
from kb.articles.seasons import load_seasons, season_of
from kb.pages.markup import contact_address, long_note
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.templates import SHARED, lay_out, put, show, show_top
from kb.pages.words import group, language, number_of, t
from kb.search.search import KnowledgeBase, clean_query
from kb.settings import organisation

RESULTS = 8


def search_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page."""
    lay_out()
    now = datetime.now(UTC)
    category = st.query_params.get("onderwerp", "")
    shown = {name: st.query_params.get(name, "") for name in ("onderwerp", "rol")}
    query = st.session_state.get("q", st.query_params.get("q", ""))
    show_top(extra_links, notices(engine(), now), q=clean_query(query), **shown)
    books = knowledge()
    show("search.html", "title")
    query = st.text_input(
        t("search_label"),
        type="search",
        live=True,
        bind="query-params",
        key="q",
        placeholder=t("search_placeholder"),
    )
    if query and query.strip():
        _results(books, query)
    elif category in organisation().categories:
        _category(books, category)
    else:
        _start(books, now)
    show(SHARED, "contact_panel", address=contact_address(query or ""))


def _results(books: KnowledgeBase, query: str) -> None:
    if note := long_note(query):
        put(note)
    categories = [name for name in organisation().categories if any(article.category == name for article in books.articles)]
    left, right = st.columns(2)
    with left:
        category = _choice(
            "onderwerp", "filter_category", {"": t("filter_all"), **{n: group("categories")[n] for n in categories}}
        )
    audience = ""
    if organisation().audiences:
        with right:
            audience = _choice("rol", "audience_label", {"": t("audience_all"), **group("audiences")})
    everywhere = books.search(query, RESULTS, audience=audience or None, unfinished=True)
    hits = everywhere
    if category:
        hits = books.search(query, RESULTS, category=category, audience=audience or None, unfinished=True)
    number = _record(query, len(hits) or len(everywhere), books)
    if everywhere:
        show("search.html", "found", hits=hits, search=number)
        _hidden(sum(hit.article.category != category for hit in everywhere) if category else 0)
        return
    show("search.html", "nothing", query=query.strip()[:80], near=books.nearest(query), counts=_counts(books))


def _counts(books: KnowledgeBase) -> Mapping[str, int]:
    """How many articles each category holds."""
    return {name: sum(article.category == name for article in books.articles) for name in organisation().categories}


def _hidden(count: int) -> None:
    """Say how many answers the chosen subject hides, and offer to lift that choice."""
    if count:
        with st.container(horizontal=True, vertical_alignment="center"):
            show(SHARED, "text", words=number_of("results_elsewhere", count), width="content")
            st.button(t("filter_lift"), on_click=_lift_category)


def _lift_category() -> None:
    st.session_state["keuze-onderwerp"] = ""
    st.query_params.pop("onderwerp", None)


def _choice(parameter: str, label: str, titles: Mapping[str, str]) -> str:
    """A choice that stands in the address by its name, whatever the language of the page; `label` is a name of words."""
    names = list(titles)
    now = st.query_params.get(parameter, "")
    chosen = st.selectbox(
        t(label), names, names.index(now) if now in names else 0, key=f"keuze-{parameter}", format_func=titles.__getitem__
    )
    if chosen:
        st.query_params[parameter] = chosen
    elif parameter in st.query_params:
        del st.query_params[parameter]
    return chosen or ""


def _record(query: str, results: int, books: KnowledgeBase) -> int:
    """Keep one search a visit for what is typed on, and a new one for another subject."""
    known = st.session_state.get("search")
    if known and known[1] == (query, results):
        return int(known[0])
    keep = insight()
    number = keep.type_on(known[0], query, results, books) if known else keep.record_search(query, results, books)
    st.session_state["search"] = (number, (query, results))
    return number


def _start(books: KnowledgeBase, now: datetime) -> None:
    season = season_of(now.date(), load_seasons())
    if season and (wanted := [article for slug in season.slugs if (article := books.get(slug))]):
        show("search.html", "season", title=season.name[language()], articles=wanted)
    show("search.html", "start", counts=_counts(books))


def _category(books: KnowledgeBase, category: str) -> None:
    articles = [article for article in books.articles if article.category == category]
    show("search.html", "category", name=category, articles=articles)
