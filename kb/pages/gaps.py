"""The page that shows what is missing: what people look for and do not find, and how much the search helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

import streamlit as st

from kb.article import Article, ArticleError
from kb.articles.editor import Editor
from kb.insight.gaps import Cluster, Day, Gap, cluster
from kb.pages.editor import slug_for
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.templates import SHARED, say, show
from kb.pages.words import group, t
from kb.settings import organisation

PERIODS = (7, 30, 90, 180)


def gaps_page(author: str, by_hand: Callable[[datetime], Sequence[Gap]], answer_of: Callable[[int], str]) -> None:
    """Lay out the page.

    `by_hand` gives the questions agents answered without an article, `answer_of` the masked answer to such a ticket.
    """
    show(SHARED, "lead", words=t("gaps_title"), text=t("gaps_text"))
    days = st.selectbox(t("gaps_period"), PERIODS, 1, format_func=lambda n: t("gaps_days", count=n)) or 30
    since = datetime.now(UTC) - timedelta(days=days)
    history = insight().days(since)
    _figures(history)
    gaps = [*by_hand(since), *insight().gaps(since)]
    show(SHARED, "heading", words=t("gaps_subjects"))
    if not gaps:
        show(SHARED, "meta", words=t("gaps_none"))
    with st.spinner(t("gaps_busy")):
        groups = cluster(gaps, knowledge())
    for number, one in enumerate(groups):
        _subject(one, number, author, answer_of)
    _votes(since)


def _figures(history: Sequence[Day]) -> None:
    searches = sum(day.searches for day in history)
    contact = sum(day.solved + day.mailed for day in history)
    shares = [
        (t("figure_searches"), str(searches)),
        (t("figure_without_result"), _percent(sum(day.without_result for day in history), searches)),
        (t("figure_unopened"), _percent(sum(day.unopened for day in history), searches)),
        (t("figure_solved"), _percent(sum(day.solved for day in history), contact)),
    ]
    show(SHARED, "figures", shares=shares)
    if len(history) > 1:
        st.bar_chart(
            {
                t("chart_day"): [day.day.isoformat() for day in history],
                t("chart_read"): [day.searches - day.without_result - day.unopened for day in history],
                t("chart_unopened"): [day.unopened for day in history],
                t("chart_none"): [day.without_result for day in history],
            },
            x=t("chart_day"),
            y=[t("chart_read"), t("chart_unopened"), t("chart_none")],
            color=["#0b5c6b", "#e0a030", "#b3261e"],
            height=240,
            alt=t("chart_alt"),
        )


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.0f} %" if whole else "–"


def _subject(one: Cluster, number: int, author: str, answer_of: Callable[[int], str]) -> None:
    sources = ", ".join(f"{count}× {group('gap_sources').get(name, name)}" for name, count in one.sources)
    nearest = knowledge().get(one.nearest) if one.nearest else None
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        show("gaps.html", "subject", one=one, sources=sources, nearest=nearest)
    if right.button(t("gaps_write"), key=f"schrijf-{number}-{one.example[:40]}"):
        answer = answer_of(one.tickets[0]) if one.tickets else ""
        _write(one, answer, author)


def _write(one: Cluster, answer: str, author: str) -> None:
    """Start a draft from a question, and from the agent's answer when there is one."""
    title = one.example[:1].upper() + one.example[1:100]
    article = Article(
        slug_for(one.example) or "nieuw-artikel",
        title,
        f"{answer.strip()}\n",
        category=organisation().categories[0],
        questions=one.wordings,
        verified=False,
    )
    try:
        Editor(engine()).create(article, author)
    except ArticleError as error:
        say(str(error), "ww-bad")
        return
    show("gaps.html", "started", slug=article.slug, title=title)


def _votes(since: datetime) -> None:
    rows = [row for row in insight().votes(since) if row[2]][:10]
    if rows:
        show("gaps.html", "votes", rows=rows)
