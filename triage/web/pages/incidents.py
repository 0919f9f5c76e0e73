"""The pages of incidents: which ones there are, and one with its mails, the answer to all, the public message and the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import streamlit as st

from kb.articles.announcements import AnnouncementError, all_notices
from kb.organisation import ENGLISH
from kb.pages.templates import SHARED, say
from kb.pages.words import number_of, t
from kb.settings import organisation
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.answer.answer import load_wording
from triage.database.states import OPEN, WAITING
from triage.desk.incident_desk import IncidentDesk, IncidentView, Told
from triage.errors import TriageError
from triage.web.names import intent_title, local_time
from triage.web.pages.room import agents_only, answers, engine
from triage.web.templates import show

SHOWN_FOR = timedelta(days=30)  # closed incidents stay in the list this long
NOTICE_HOURS = 8.0  # a public message ends by itself after this


def incidents_page() -> None:
    """Lay out the list, or one incident for ?nr=…"""
    number = st.query_params.get("nr", "")
    agents_only(lambda who: _one(number, who) if number else _all(), **({"nr": number} if number else {}))


def incidents() -> IncidentDesk:
    """The incidents of this installation."""
    return IncidentDesk(engine())


def incident_title(one: IncidentView) -> str:
    """What an incident is called."""
    words = ", ".join(one.words)
    return f"{intent_title(one.intent)}: {words}" if words else intent_title(one.intent)


def _when(one: IncidentView) -> str:
    if one.closed_at is None:
        return t("incident_since", at=local_time(one.opened_at))
    return t("incident_until", at=local_time(one.opened_at), end=local_time(one.closed_at))


def _all() -> None:
    show(SHARED, "lead", words=t("incidents_title"), text=t("incidents_text"))
    going_on, over = incidents().open_ones(), incidents().closed_ones(utc_now() - SHOWN_FOR)
    if not going_on:
        show(SHARED, "meta", words=t("incidents_none"))
    for one in (*going_on, *over):
        show("incidents.html", "in_list", one=one, title=incident_title(one), period=_when(one))


def _one(number: str, who: Person) -> None:
    show(SHARED, "back", path="/storingen", words=t("incidents_title"))
    try:
        one = incidents().view(int(number))
    except (ValueError, TriageError):
        show(SHARED, "note", words=t("incident_missing", number=number))
        return
    show("incidents.html", "title", one=one, title=incident_title(one), period=_when(one))
    if told := st.session_state.pop("told", None):
        _report(told)
    if one.closed_at is None:
        _actions(one, who)
    show("incidents.html", "mails", title=number_of("incident_mails", len(one.lines)), lines=one.lines, now=utc_now())
    if one.closed_at is None:
        _left_out(one, who)


def _left_out(one: IncidentView, who: Person) -> None:
    """Mails that may be about the same failure: an agent says which."""
    lines = {line.id: line for line in incidents().left_out(one.number)}
    if not lines:
        return
    show("incidents.html", "mails", title=t("incident_left_out"), lines=list(lines.values()), now=utc_now())
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.multiselect(
        t("incident_choose"),
        list(lines),
        format_func=lambda number: f"{number}: {lines[number].subject}",
        key=f"left-out-{len(lines)}",
    )
    if right.button(t("incident_add"), key="left-out-go", disabled=not chosen):
        _do(lambda: incidents().add_all(one.number, chosen, who))


def _report(told: Told) -> None:
    key = "incident_told" if answers().sends_mail else "incident_marked"
    show(SHARED, "note", words=number_of(key, told.sent), told=True)
    for line in told.failed:
        say(line, "ww-bad")


def _actions(one: IncidentView, who: Person) -> None:
    """Three steps: answer, tell the public pages, close."""
    own, en = load_wording(organisation().language), load_wording(ENGLISH)
    waiting = [line.address for line in one.lines if line.status == OPEN]
    everybody = [line.address for line in one.lines if line.status in (OPEN, WAITING)]
    answer, notice, close = st.tabs([t("incident_answer"), t("incident_notice"), t("incident_close")])
    with answer:
        text, english = _texts("answer", own["incident_answer"], en["incident_answer"], t("incident_answer_hint"))
        _copy(waiting)
        label = "incident_answer_button" if answers().sends_mail else "incident_mark_button"
        if st.button(t(label, count=len(waiting)), type="primary", disabled=not waiting, key="answer-go"):
            _do(lambda: incidents().answer_all(one.number, text, english, who, answers()))
    with notice:
        hours = f"{NOTICE_HOURS:.0f}"
        if one.notice in [shown.number for shown in all_notices(engine(), utc_now())]:
            show(SHARED, "note", words=t("incident_notice_placed", hours=hours))
        else:
            text, english = _texts(
                "notice", own["incident_notice"], en["incident_notice"], t("incident_notice_hint", hours=hours)
            )
            if st.button(t("notice_make"), type="primary", key="notice-go"):
                _do(lambda: incidents().place_notice(one.number, text, english, NOTICE_HOURS, who))
    with close:
        text, english = _texts("close", own["incident_over"], en["incident_over"], t("incident_close_hint"))
        _copy(everybody)
        if st.button(t("incident_close_button", count=len(everybody)), type="primary", key="close-go"):
            _do(lambda: incidents().close(one.number, text, english, who, answers()))


def _copy(addresses: Sequence[str]) -> None:
    """Without a mail server nothing is sent: the addresses to copy, for an agent's own mail program."""
    if addresses and not answers().sends_mail:
        show(SHARED, "note", words=t("incident_by_hand"))
        st.code("; ".join(dict.fromkeys(addresses)), language=None, wrap_lines=True)


def _texts(key: str, text: str, english: str, hint: str) -> tuple[str, str]:
    show(SHARED, "meta", words=hint)
    left, right = st.columns(2)
    own, other = left.text_area(t("incident_text"), text, key=f"{key}-nl", height=120), ""
    if organisation().also_english:
        other = right.text_area(t("incident_text_en"), english, key=f"{key}-en", height=120)
    return own or "", other or ""


def _do(action: Callable[[], Told | None]) -> None:
    try:
        told = action()
    except (TriageError, AnnouncementError) as error:
        say(str(error), "ww-bad")
        return
    if told is not None:
        st.session_state["told"] = told
    st.rerun()
