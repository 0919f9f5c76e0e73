"""The page that shows how the mail changes: volume, confidence and corrections by week, the mix, and subjects without a label."""

from __future__ import annotations

from datetime import timedelta
from html import escape

import streamlit as st

from kb.insight.gaps import cluster
from kb.pages.addresses import link
from kb.pages.shelf import knowledge
from kb.pages.words import number_of, t
from kb.store import utc_now
from triage.desk.drift import Shift, Week, find_confidence_change, find_shift, find_volume_change, weeks_until, without_label
from triage.web.names import intent_title
from triage.web.pages.room import agents_only, engine

AT_LEAST = 3  # mails that make a subject
PERIOD = timedelta(weeks=4)


def drift_page() -> None:
    """Lay out the page."""
    agents_only(lambda _: _show())


def _show() -> None:
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(t('drift_title'))}</h1><p>{escape(t('drift_text'))}</p>")
    weeks = weeks_until(engine(), utc_now())
    _figures(weeks)
    _changes(weeks)
    _mix(find_shift(weeks), weeks[-1])
    _charts(weeks)
    _new_subjects()


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}".replace("%", " %")


def _figures(weeks: list[Week]) -> None:
    last, mails = weeks[-1], sum(week.mails for week in weeks[:-1])
    usual = mails / max(sum(1 for week in weeks[:-1] if week.mails), 1)
    figures = [
        (t("drift_mails"), f"{last.mails} ({t('drift_usual', count=f'{usual:.0f}')})"),
        (t("drift_confidence"), _percent(last.confidence)),
        (t("drift_alone"), _percent(last.alone)),
        (t("drift_corrected"), str(last.corrected)),
    ]
    items = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in figures)
    st.html(f'<h2>{escape(t("drift_last_week"))}</h2><dl class="ww-figures">{items}</dl>')


def _changes(weeks: list[Week]) -> None:
    """Warnings about the number of mails and the confidence."""
    told = []
    if volume := find_volume_change(weeks):
        key = "drift_more" if volume.now > volume.before else "drift_less"
        told.append(t(key, before=f"{volume.before:.0f}", now=f"{volume.now:.0f}"))
    if sure := find_confidence_change(weeks):
        key = "drift_surer" if sure.now > sure.before else "drift_less_sure"
        told.append(t(key, before=_percent(sure.before), now=_percent(sure.now)))
    for text in told:
        st.html(f'<p class="ww-note" role="status">{escape(text)}</p>')


def _mix(shift: Shift | None, last: Week) -> None:
    if shift is None:
        st.html(f'<p class="ww-meta">{escape(t("drift_too_few"))}</p>')
    elif shift.warns:
        changes = "".join(
            f"<li>{escape(t('drift_change', title=intent_title(intent), before=_percent(old), now=_percent(new)))}</li>"
            for intent, old, new in shift.changes
        )
        st.html(f'<div class="ww-note" role="status"><strong>{escape(t("drift_shifted"))}</strong><ul>{changes}</ul></div>')
    else:
        st.html(f'<p class="ww-meta">{escape(t("drift_differs" if shift.differs else "drift_same"))}</p>')
    if last.mix:
        rows = sorted(last.mix.items(), key=lambda one: -one[1])[:8]
        bars = "".join(
            f'<tr><th scope="row" style="border-bottom-width:1px">{escape(intent_title(intent))}</th><td style="white-space:nowrap">{count}</td><td style="width:55%"><div style="background:#0b5c6b;'
            f'height:.8rem;border-radius:.2rem;width:{100 * count / rows[0][1]:.0f}%"></div></td></tr>'
            for intent, count in rows
        )
        st.html(f'<table class="ww-table">{bars}</table>')


def _charts(weeks: list[Week]) -> None:
    st.html(f"<h2>{escape(t('drift_weeks'))}</h2>")
    names = [week.first.isoformat() for week in weeks]
    left, right = st.columns(2)
    with left:
        st.bar_chart(
            {t("drift_week"): names, t("drift_mails"): [week.mails for week in weeks], t("drift_corrected"): [week.corrected for week in weeks]},
            x=t("drift_week"), y=[t("drift_mails"), t("drift_corrected")], stack=False, color=["#0b5c6b", "#e0a030"], height=320,
            alt=t("drift_volume_alt"),
        )  # fmt: skip
    with right:
        st.bar_chart(
            {
                t("drift_week"): names,
                t("drift_confidence"): [None if week.confidence is None else 100 * week.confidence for week in weeks],
                t("drift_alone"): [None if week.alone is None else 100 * week.alone for week in weeks],
            },
            x=t("drift_week"), y=[t("drift_confidence"), t("drift_alone")], y_label="%", stack=False, color=["#0b5c6b", "#e0a030"], height=320,
            alt=t("drift_confidence_alt"),
        )  # fmt: skip


def _new_subjects() -> None:
    st.html(f"<h2>{escape(t('drift_new'))}</h2><p>{escape(t('drift_new_text'))}</p>")
    books = knowledge()
    with st.spinner(t("gaps_busy")):
        groups = cluster(without_label(engine(), utc_now() - PERIOD, books.knows), books)
    large = [group for group in groups if len(group.tickets) >= AT_LEAST][:8]
    if not large:
        st.html(f'<p class="ww-meta">{escape(t("drift_new_none"))}</p>')
    for group in large:
        links = ", ".join(f'<a href="{escape(link("/vraag", nr=str(n)))}" target="_self">{n}</a>' for n in group.tickets[:10])
        st.html(
            f'<section class="ww-hit"><h3>{escape(group.example)}</h3><p class="ww-meta">'
            f"{escape(number_of('incident_mails', len(group.tickets)))}: {links}</p></section>"
        )
