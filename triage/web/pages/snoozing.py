"""Letting a ticket wait, on its page: until tomorrow, next week or the morning of a date."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import t
from kb.settings import organisation
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.desk.snooze import LONGEST, SnoozeDesk, morning_of, next_week, tomorrow
from triage.tickets.view import TicketView
from triage.web.names import local_time
from triage.web.pages.room import act, engine
from triage.web.templates import show


def snooze(view: TicketView, who: Person) -> None:
    """Offer to let a ticket wait until a moment."""
    number = view.line.id
    with st.expander(t("snooze")):
        show(SHARED, "meta", words=t("snooze_hint"))
        until = _moment(number, utc_now())
        if st.button(t("snooze_button"), key=f"snooze-{number}", disabled=until is None) and until:
            act(lambda: SnoozeDesk(engine()).wait_until(number, until, who, view.seen))


def _moment(number: int, now: datetime) -> datetime | None:
    """The moment that is chosen; None as long as no date is."""
    usual = {"tomorrow": tomorrow(now), "next_week": next_week(now)}

    def name(choice: str) -> str:
        return t(f"snooze_{choice}", at=local_time(usual[choice])) if choice in usual else t(f"snooze_{choice}")

    chosen = st.selectbox(t("snooze_when"), [*usual, "date"], format_func=name, key=f"snooze-when-{number}")
    if chosen != "date":
        return usual[chosen or "tomorrow"]
    today = organisation().local(now).date()
    first, last = today + timedelta(days=1), today + LONGEST - timedelta(days=1)
    day = st.date_input(
        t("snooze_day"), value=None, min_value=first, max_value=last, format="DD-MM-YYYY", key=f"snooze-day-{number}"
    )
    return morning_of(day) if day else None
