"""The page that shows how the mail changes: volume, confidence and corrections by week, the mix, and subjects without a label."""

from __future__ import annotations

from datetime import timedelta

import streamlit as st

from kb.insight.gaps import cluster
from kb.pages.shelf import knowledge
from kb.pages.templates import SHARED
from kb.pages.words import t
from kb.store import utc_now
from triage.desk.drift import Shift, Week, find_confidence_change, find_shift, find_volume_change, weeks_until, without_label
from triage.web.names import intent_title
from triage.web.pages.room import agents_only, engine
from triage.web.templates import show

AT_LEAST = 3  # mails that make a subject
PERIOD = timedelta(weeks=4)


def drift_page() -> None:
    """Lay out the page."""
    agents_only(lambda _: _show())


def _show() -> None:
    show(SHARED, "lead", words=t("drift_title"), text=t("drift_text"))
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
    show("drift.html", "last_week", figures=figures)


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
        show(SHARED, "note", words=text, told=True)


def _mix(shift: Shift | None, last: Week) -> None:
    if shift is None:
        show(SHARED, "meta", words=t("drift_too_few"))
    elif shift.warns:
        changes = [
            t("drift_change", title=intent_title(intent), before=_percent(old), now=_percent(new))
            for intent, old, new in shift.changes
        ]
        show("drift.html", "shifted", changes=changes)
    else:
        show(SHARED, "meta", words=t("drift_differs" if shift.differs else "drift_same"))
    if last.mix:
        show("drift.html", "mix", rows=sorted(last.mix.items(), key=lambda one: -one[1])[:8])


def _charts(weeks: list[Week]) -> None:
    show(SHARED, "heading", words=t("drift_weeks"))
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
    show("drift.html", "new_title")
    books = knowledge()
    with st.spinner(t("gaps_busy")):
        groups = cluster(without_label(engine(), utc_now() - PERIOD, books.knows), books)
    large = [group for group in groups if len(group.tickets) >= AT_LEAST][:8]
    if not large:
        show(SHARED, "meta", words=t("drift_new_none"))
    for group in large:
        show("drift.html", "subject", one=group)
