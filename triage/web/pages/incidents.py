"""The pages of incidents: which ones there are, and one with its mails, the answer to all, the public message and the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from html import escape

import streamlit as st

from kb.articles.announcements import AnnouncementError, all_notices
from kb.pages.addresses import link
from kb.pages.templates import say
from kb.pages.words import number_of, t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.answer.answer import load_wording
from triage.database.states import ANSWERED, OPEN
from triage.desk.incident_desk import IncidentDesk, IncidentView, Told
from triage.errors import TriageError
from triage.web.names import intent_title, local_time
from triage.web.pages.inbox import ticket_table
from triage.web.pages.room import agents_only, desk, engine

SHOWN_FOR = timedelta(days=30)  # closed incidents stay in the list this long
NOTICE_HOURS = 8.0  # a public message ends by itself after this


def incidents_page() -> None:
    """Lay out the list, or one incident for ?nr=…"""
    number = st.query_params.get("nr", "")
    agents_only(lambda who: _one(number, who) if number else _all(), **({"nr": number} if number else {}))


def incidents() -> IncidentDesk:
    """The incidents of this installation."""
    return IncidentDesk(engine())


def incident_link(number: int) -> str:
    """Where an incident is shown."""
    return link("/storingen", nr=str(number))


def incident_title(one: IncidentView) -> str:
    """What an incident is called."""
    words = ", ".join(one.words)
    return f"{intent_title(one.intent)}: {words}" if words else intent_title(one.intent)


def _when(one: IncidentView) -> str:
    if one.closed_at is None:
        return t("incident_since", at=local_time(one.opened_at))
    return t("incident_until", at=local_time(one.opened_at), end=local_time(one.closed_at))


def _all() -> None:
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(t('incidents_title'))}</h1><p>{escape(t('incidents_text'))}</p>")
    going_on, over = incidents().open_ones(), incidents().closed_ones(utc_now() - SHOWN_FOR)
    if not going_on:
        st.html(f'<p class="ww-meta">{escape(t("incidents_none"))}</p>')
    for one in (*going_on, *over):
        style, word = ("ww-bad", "incident_open") if one.closed_at is None else ("ww-plain", "incident_closed")
        st.html(
            f'<section class="ww-hit"><h2><a href="{escape(incident_link(one.number))}" target="_self">{escape(incident_title(one))}</a> '
            f'<span class="ww-status {style}">{escape(t(word))}</span></h2><p class="ww-meta">{escape(_when(one))} · '
            f"{escape(number_of('incident_mails', len(one.lines)))}</p><p>{escape(one.reason)}</p></section>"
        )


def _one(number: str, who: Person) -> None:
    st.html(f'<p><a href="{escape(link("/storingen"))}" target="_self">← {escape(t("incidents_title"))}</a></p>')
    try:
        one = incidents().view(int(number))
    except (ValueError, TriageError):
        st.html(f'<p class="ww-note">{escape(t("incident_missing", number=number))}</p>')
        return
    st.html(
        f'<h1 class="ww-lead" style="margin-top:.2rem">{escape(incident_title(one))}</h1><p class="ww-meta">{escape(_when(one))}</p>'
        f"<p>{escape(one.reason)}</p>"
    )
    if told := st.session_state.pop("told", None):
        _report(told)
    if one.closed_at is None:
        _actions(one, who)
    st.html(f"<h2>{escape(number_of('incident_mails', len(one.lines)))}</h2>{ticket_table(one.lines)}")
    if one.closed_at is None:
        _left_out(one, who)


def _left_out(one: IncidentView, who: Person) -> None:
    """Mails that may be about the same failure: an agent says which."""
    lines = {line.id: line for line in incidents().left_out(one.number)}
    if not lines:
        return
    st.html(f"<h2>{escape(t('incident_left_out'))}</h2>{ticket_table(list(lines.values()))}")
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
    key = "incident_told" if desk().sends_mail else "incident_marked"
    st.html(f'<p class="ww-note" role="status">{escape(number_of(key, told.sent))}</p>')
    for line in told.failed:
        say(line, "ww-bad")


def _actions(one: IncidentView, who: Person) -> None:
    """Three steps: answer, tell the public pages, close."""
    nl, en = load_wording("nl"), load_wording("en")
    waiting = [line.address for line in one.lines if line.status == OPEN]
    everybody = [line.address for line in one.lines if line.status in (OPEN, ANSWERED)]
    answer, notice, close = st.tabs([t("incident_answer"), t("incident_notice"), t("incident_close")])
    with answer:
        text, english = _texts("answer", nl["incident_answer"], en["incident_answer"], t("incident_answer_hint"))
        _copy(waiting)
        label = "incident_answer_button" if desk().sends_mail else "incident_mark_button"
        if st.button(t(label, count=len(waiting)), type="primary", disabled=not waiting, key="answer-go"):
            _do(lambda: incidents().answer_all(one.number, text, english, who, desk()))
    with notice:
        hours = f"{NOTICE_HOURS:.0f}"
        if one.notice in [shown.number for shown in all_notices(engine(), utc_now())]:
            st.html(f'<p class="ww-note">{escape(t("incident_notice_placed", hours=hours))}</p>')
        else:
            text, english = _texts("notice", nl["incident_notice"], en["incident_notice"], t("incident_notice_hint", hours=hours))
            if st.button(t("notice_make"), type="primary", key="notice-go"):
                _do(lambda: incidents().place_notice(one.number, text, english, NOTICE_HOURS, who))
    with close:
        text, english = _texts("close", nl["incident_over"], en["incident_over"], t("incident_close_hint"))
        _copy(everybody)
        if st.button(t("incident_close_button", count=len(everybody)), type="primary", key="close-go"):
            _do(lambda: incidents().close(one.number, text, english, who, desk()))


def _copy(addresses: Sequence[str]) -> None:
    """Without a mail server nothing is sent: the addresses to copy, for an agent's own mail program."""
    if addresses and not desk().sends_mail:
        st.html(f'<p class="ww-note">{escape(t("incident_by_hand"))}</p>')
        st.code("; ".join(dict.fromkeys(addresses)), language=None, wrap_lines=True)


def _texts(key: str, text: str, english: str, hint: str) -> tuple[str, str]:
    st.html(f'<p class="ww-meta">{escape(hint)}</p>')
    left, right = st.columns(2)
    dutch = left.text_area(t("incident_text"), text, key=f"{key}-nl", height=120)
    other = right.text_area(t("incident_text_en"), english, key=f"{key}-en", height=120)
    return dutch or "", other or ""


def _do(action: Callable[[], Told | None]) -> None:
    try:
        told = action()
    except (TriageError, AnnouncementError) as error:
        say(str(error), "ww-bad")
        return
    if told is not None:
        st.session_state["told"] = told
    st.rerun()
