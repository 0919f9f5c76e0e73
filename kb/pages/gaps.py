"""The page that shows what is missing: what people look for and do not find, and how much the search helps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from html import escape

import streamlit as st

from kb.article import Article, ArticleError
from kb.articles.editor import Editor
from kb.insight.gaps import Cluster, Day, Gap, cluster
from kb.pages.editor import slug_for
from kb.pages.markup import link
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.words import group, say, t

PERIODS = (7, 30, 90, 180)


def gaps_page(author: str, by_hand: Callable[[datetime], Sequence[Gap]], answer_of: Callable[[int], str]) -> None:
    """Lay out the page.

    `by_hand` gives the questions agents answered without an article, `answer_of` the masked answer to such a ticket.
    """
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(t('gaps_title'))}</h1><p>{escape(t('gaps_text'))}</p>")
    days = st.selectbox(t("gaps_period"), PERIODS, 1, format_func=lambda n: t("gaps_days", count=n)) or 30
    since = datetime.now(UTC) - timedelta(days=days)
    history = insight().days(since)
    _figures(history)
    gaps = [*by_hand(since), *insight().gaps(since)]
    st.html(f"<h2>{escape(t('gaps_subjects'))}</h2>")
    if not gaps:
        st.html(f'<p class="ww-meta">{escape(t("gaps_none"))}</p>')
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
    st.html(
        '<dl class="ww-figures">'
        + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shares)
        + "</dl>"
    )
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
    others = "".join(f"<li>{escape(wording)}</li>" for wording in one.wordings if wording != one.example)
    nearest = knowledge().get(one.nearest) if one.nearest else None
    near = (
        f'<p class="ww-meta">{escape(t("gaps_nearest"))} <a href="{escape(link("/redactie", slug=nearest.slug))}" target="_self">'
        f"{escape(nearest.title)}</a></p>"
        if nearest
        else ""
    )
    left, right = st.columns([4, 1], vertical_alignment="center")
    left.html(
        f'<section class="ww-hit"><h3>{escape(one.example)}</h3><p class="ww-meta">{escape(sources)}</p>'
        f"{f'<ul>{others}</ul>' if others else ''}{near}</section>"
    )
    if right.button(t("gaps_write"), key=f"schrijf-{number}-{one.example[:40]}"):
        answer = answer_of(one.tickets[0]) if one.tickets else ""
        _write(one, answer, author)


def _write(one: Cluster, answer: str, author: str) -> None:
    """Start a draft from a question, and from the agent's answer when there is one."""
    title = one.example[:1].upper() + one.example[1:100]
    article = Article(
        slug_for(one.example) or "nieuw-artikel", title, f"{answer.strip()}\n", questions=one.wordings, verified=False
    )
    try:
        Editor(engine()).create(article, author)
    except ArticleError as error:
        say(str(error), "ww-bad")
        return
    st.html(
        f'<p class="ww-note" role="status"><a href="{escape(link("/redactie", slug=article.slug))}" target="_self">'
        f"{escape(t('gaps_started', title=title))}</a></p>"
    )


def _votes(since: datetime) -> None:
    rows = [row for row in insight().votes(since) if row[2]][:10]
    if not rows:
        return
    lines = "".join(
        f'<tr><td><a href="{escape(link("/redactie", slug=slug))}" target="_self">{escape(slug)}</a></td><td>{good}</td><td>{bad}</td></tr>'
        for slug, good, bad in rows
    )
    st.html(
        f"<h2>{escape(t('gaps_votes'))}</h2><table class='ww-table'><thead><tr><th scope='col'>{escape(t('nav_article'))}</th>"
        f"<th scope='col'>{escape(t('yes'))}</th><th scope='col'>{escape(t('no'))}</th></tr></thead><tbody>{lines}</tbody></table>"
    )
