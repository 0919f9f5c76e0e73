"""The inbox: tickets by queue, most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from kb.pages.addresses import link
from kb.pages.words import group, number_of, t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.states import ANSWERED, CLOSED, OPEN
from triage.desk.incident_desk import IncidentDesk
from triage.routing.routing import load_routing
from triage.tickets.view import Line
from triage.web.names import intent_title, queue_title
from triage.web.pages.register import register_warning
from triage.web.pages.room import agents_only, desk, engine

PRIORITY_STYLE = {"urgent": "ww-bad", "hoog": "ww-doubt", "normaal": "ww-plain", "laag": "ww-plain"}
VERDICT_STYLE = {"compleet": "ww-good", "onvolledig": "ww-doubt", "verdacht": "ww-bad"}


def inbox_page() -> None:
    """Lay out the page."""
    agents_only(_show)


def _show(who: Person) -> None:
    counts = desk().counts()
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(t('inbox_title'))}</h1>")
    if aside := len(desk().set_aside()):
        st.html(
            f'<p class="ww-note"><a href="{link("/apart")}" target="_self">{escape(number_of("aside_notice", aside))}</a></p>'
        )
    if warning := register_warning():
        st.html(warning)
    for one in IncidentDesk(engine()).open_ones():
        shown = ", ".join([intent_title(one.intent), *one.words])
        st.html(
            f'<p class="ww-notice"><strong>{escape(t("incident_open"))}</strong> <a href="{escape(link("/storingen", nr=str(one.number)))}" '
            f'target="_self">{escape(shown)}</a> – {escape(number_of("incident_mails", len(one.lines)))}</p>'
        )
    left, middle, right = st.columns([3, 2, 3], vertical_alignment="bottom")
    names = ["", *load_routing().queues]
    queue = left.selectbox(
        t("queue"), names, key="wachtrij", bind="query-params",
        format_func=lambda name: f"{queue_title(name) if name else t('queue_all')} ({counts.get(name, 0) if name else sum(counts.values())})",
    )  # fmt: skip
    status = middle.selectbox(t("status"), [OPEN, ANSWERED, CLOSED], key="status", format_func=lambda name: t(f"status_{name}"))
    words = right.text_input(t("find_ticket"), key="zoek", live=True)
    mine = st.checkbox(t("only_mine"), key="mijn")
    lines = desk().inbox(queue or None, status or OPEN, words or "", mine=who if mine else None)
    st.html(ticket_table(lines) if lines else f'<p class="ww-meta">{escape(t("inbox_empty"))}</p>')


def ticket_table(lines: Sequence[Line]) -> str:
    """Tickets as the inbox lists them."""
    heads = "".join(
        f'<th scope="col">{escape(t(name))}</th>'
        for name in ("col_priority", "col_subject", "col_sender", "col_intent", "col_due", "col_assignee")
    )
    return f'<div class="ww-scroll"><table class="ww-table ww-cards"><thead><tr>{heads}</tr></thead><tbody>{"".join(map(_row, lines))}</tbody></table></div>'


def _row(line: Line) -> str:
    verdict = ""
    if line.verdict:
        verdict = f' <span class="ww-status {VERDICT_STYLE[line.verdict]}">{escape(t(f"verdict_{line.verdict}"))}</span>'
    late = (
        f' <span class="ww-status ww-bad">{escape(t("late"))}</span>' if line.status == OPEN and line.due_at < utc_now() else ""
    )
    due = line.due_at.astimezone(load_routing().hours.zone).strftime("%d-%m %H:%M")
    check = "" if line.decision != "review" else f' <span class="ww-status ww-doubt">{escape(t("status_twijfel"))}</span>'
    return (
        f'<tr><td><span class="ww-status {PRIORITY_STYLE[line.priority]}">{escape(group("priorities")[line.priority])}</span></td>'
        f'<td><a href="{escape(link("/vraag", nr=str(line.id)))}" target="_self">{escape(line.subject)}</a>{verdict}</td>'
        f"<td>{escape(line.sender)}</td><td>{escape(intent_title(line.intent))}{check}</td><td>{due}{late}</td><td>{escape(line.assignee or '')}</td></tr>"
    )
