"""The inbox: tickets by queue, most urgent first."""

from __future__ import annotations

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN, WAITING
from triage.desk.inbox import Inbox
from triage.desk.incident_desk import IncidentDesk
from triage.desk.quarantine import Quarantine
from triage.routing.routing import load_routing
from triage.web.names import queue_title
from triage.web.pages.register import show_register_warning
from triage.web.pages.room import agents_only, engine
from triage.web.templates import DESK, show


def inbox_page() -> None:
    """Lay out the page."""
    agents_only(_show)


def _show(who: Person) -> None:
    inbox = Inbox(engine())
    counts = inbox.counts()
    show(SHARED, "lead", words=t("inbox_title"))
    if aside := Quarantine(engine()).count():
        show("inbox.html", "aside", count=aside)
    show_register_warning()
    for one in IncidentDesk(engine()).open_ones():
        show("inbox.html", "incident", one=one)
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    names = ["", *load_routing().queues]
    queue = left.selectbox(
        t("queue"), names, key="wachtrij", bind="query-params",
        format_func=lambda name: f"{queue_title(name) if name else t('queue_all')} ({counts.get(name, 0) if name else sum(counts.values())})",
    )  # fmt: skip
    status = right.selectbox(t("status"), [OPEN, WAITING, CLOSED], key="status", format_func=lambda name: t(f"status_{name}"))
    mine = st.checkbox(t("only_mine"), key="mijn")
    lines = inbox.lines(queue or None, status or OPEN, mine=who if mine else None)
    if lines:
        show(DESK, "tickets", lines=lines, now=utc_now())
    else:
        show(SHARED, "meta", words=t("inbox_empty"))
