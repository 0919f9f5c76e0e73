"""The ticket page: the mail, what it is about and why, the checklist beside the form, and the draft to approve."""

from __future__ import annotations

from functools import partial
from typing import Any

import nh3
import streamlit as st
from markupsafe import Markup

from kb.pages.templates import SHARED, say
from kb.pages.words import plain, t
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.classify.intents import load_taxonomy
from triage.database.states import OPEN
from triage.desk.inbox import Inbox
from triage.desk.joining_tickets import JoiningDesk
from triage.desk.ticket_desk import TicketDesk
from triage.errors import TriageError
from triage.mail import Message
from triage.tickets.standing import Standing
from triage.tickets.view import TicketView
from triage.verify.forms import load_requests
from triage.verify.model import FieldCheck, Verification
from triage.web.names import intent_title
from triage.web.pages.answering import answer
from triage.web.pages.evidence import forms_of, numbers, show_forms
from triage.web.pages.incidents import incident_title, incidents
from triage.web.pages.judgement import judge, requests, same_schools, verdict_lines
from triage.web.pages.register import register_note
from triage.web.pages.room import act, agents_only, answers, engine, tools
from triage.web.pages.signatures import signature_area, signature_words
from triage.web.templates import show

MAIL_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "table", "tr", "td", "th", "tbody", "thead", "div", "span", "blockquote", "h1", "h2", "h3", "pre"}  # fmt: skip


def ticket_page() -> None:
    """Lay out the page for ?nr=…"""
    number = st.query_params.get("nr", "")
    agents_only(lambda who: _open(number, who), nr=number)


def safe_html(markup: str) -> Markup:
    """The HTML of a mail without scripts, styles, forms and images: nothing is loaded, nothing runs."""
    cleaned = nh3.clean(
        markup,
        tags=MAIL_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(cleaned)  # noqa: S704 - what nh3 leaves is harmless


def _open(number: str, who: Person) -> None:
    show(SHARED, "back", path="/inbox", words=t("back_inbox"))
    try:
        view = Inbox(engine()).ticket(int(number))
    except (ValueError, TriageError):
        show(SHARED, "note", words=t("ticket_missing", number=number))
        return
    sender = str(view.message.sender)
    if view.continues is not None:
        show("ticket.html", "continues", number=view.continues)
    show("ticket.html", "heading", line=view.line, sender=sender, received_at=view.received_at, rule=view.rule)
    if view.verification:
        _conversation(view, who)
        _request(view, view.verification, who)
        _about(view, who)
        answer(view, who)
    else:
        left, right = st.columns([1, 1], gap="large")
        with left:
            _conversation(view, who)
            _about(view, who)
        with right:
            answer(view, who)
    _incident(view, who)
    show("ticket.html", "history", entries=view.history)


def _incident(view: TicketView, who: Person) -> None:
    """Which incident the mail belongs to; without one, the ways to put it in one."""
    line = view.line
    if line.incident is not None:
        title = incident_title(incidents().view(line.incident))
        show("ticket.html", "of_incident", number=line.incident, title=title)
        if st.button(t("incident_remove"), key="incident-out"):
            act(lambda: incidents().remove(line.id, who))
        return
    if view.verification:
        return  # a request is answered by its ruling, never by what is said to everybody
    going_on = {one.number: one for one in incidents().open_ones()}
    if going_on:
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        chosen = left.selectbox(
            t("incident_add_to"), list(going_on), format_func=lambda number: incident_title(going_on[number]), key="incident"
        )
        if right.button(t("incident_add"), key="incident-in") and chosen is not None:
            act(lambda: incidents().add(chosen, line.id, who))
    elif line.status == OPEN and st.button(t("incident_start"), key="incident-new"):
        act(lambda: incidents().open_by_hand(line.id, who))


def _conversation(view: TicketView, who: Person) -> None:
    """What was said, oldest first, and room for a note."""
    for entry in view.messages:
        text = entry.text or (entry.mail.text if entry.mail else "")
        show("ticket.html", "message", entry=entry, text=text)
        if entry.mail:
            _came_with(entry.number, entry.mail)
        if entry.asks:
            show(SHARED, "note", words=t("asks_else", title=intent_title(entry.asks)))
            if st.button(t("split_button"), key=f"split-{entry.number}"):
                act(partial(JoiningDesk(engine()).split, entry.number, who, tools()))
        if entry.undo_until and entry.undo_until > utc_now():
            st.button(t("undo"), key=f"undo-{entry.number}", on_click=_take_back, args=(view.line.id, entry.number, who))
    with st.expander(t("note_write")), st.form(f"note-{view.line.id}", clear_on_submit=True, border=False):
        note = st.text_area(t("note_text"), key=f"note-text-{view.line.id}")
        if st.form_submit_button(t("note_button")):
            act(lambda: TicketDesk(engine()).note(view.line.id, note or "", who))


def _take_back(number: int, message: int, who: Person) -> None:
    """Runs before the page is drawn anew: by then the button may be gone, and the click must not be lost."""
    try:
        answers().take_back(number, message, who)
    except TriageError as error:
        say(str(error), "ww-bad")


def _came_with(number: int, mail: Message) -> None:
    """A mail as it was laid out, mails inside it, and its files; `number` is that of its message."""
    if mail.html:
        with st.expander(t("tab_html")):
            show("ticket.html", "rich_mail", cleaned=safe_html(mail.html))
    if apart := [one for one in mail.enclosed if one.text.strip() not in mail.text]:
        show("ticket.html", "enclosed", mails=apart)
    if mail.attachments:
        show("ticket.html", "attachments")
    for place, attachment in enumerate(mail.attachments):
        st.download_button(
            plain(f"{attachment.filename} ({max(1, len(attachment.data) // 1024)} kB)"), attachment.data, attachment.filename,
            "application/octet-stream", key=f"file-{number}-{place}",
        )  # fmt: skip


def _about(view: TicketView, who: Person) -> None:
    found: dict[str, Any] = dict(view.classification)
    line = view.line
    show(SHARED, "heading", words=t("about"))
    others = ", ".join(
        f"{intent_title(a['intent'])} ({a['confidence']:.0%})" for a in found["alternatives"] if a["confidence"] >= 0.01
    )
    percent = f"{min(line.confidence, 0.99):.0%}"
    thought, reasons = found["intent"], found["reasons"]
    show("ticket.html", "about", line=line, percent=percent, thought=thought, reasons=reasons, others=others)
    _change(view, who)
    _merge_or_split(view, who)


def _change(view: TicketView, who: Person) -> None:
    """Give the ticket another intent, or to a colleague."""
    line = view.line
    labels = list(load_taxonomy().labels)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(t("change_intent"), labels, index=labels.index(line.intent), format_func=intent_title, key="intent")
    if right.button(t("change_button"), key="change", disabled=chosen == line.intent or line.status != OPEN):
        act(lambda: TicketDesk(engine()).correct_intent(line.id, str(chosen), who, tools()))
    names = ["", *(colleague.name for colleague in Inbox(engine()).colleagues())]
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    owner = left.selectbox(
        t("assign"), names, index=names.index(line.assignee or ""), format_func=lambda name: name or t("nobody"), key="owner"
    )
    if right.button(t("assign_button"), key="assign", disabled=(owner or None) == line.assignee):
        act(lambda: TicketDesk(engine()).assign(line.id, owner or None, who))


def _merge_or_split(view: TicketView, who: Person) -> None:
    """Make this ticket part of another, or a later mail of it a ticket of its own; a formal request is not merged."""
    joining = JoiningDesk(engine())
    later = [one for one in view.messages if one.mail and one.mail.sha256 != view.message.sha256]
    if view.verification and not later:
        return
    with st.expander(t("split" if view.verification else "merge_or_split")):
        if not view.verification:
            left, right = st.columns([3, 1], vertical_alignment="bottom")
            into = left.number_input(t("merge_into"), min_value=1, step=1, value=None, key=f"into-{view.line.id}")
            mine = (view.line.id, view.seen, who)
            right.button(t("merge_button"), key="merge", disabled=into is None, on_click=_merge, args=mine)
        if later:
            shown = {one.number: f"{one.author}: {one.text[:60]}" for one in later}
            left, right = st.columns([3, 1], vertical_alignment="bottom")
            message = left.selectbox(t("split_message"), list(shown), format_func=lambda number: shown[number], key="split-of")
            if right.button(t("split_button"), key="split"):
                act(lambda: joining.split(int(message or 0), who, tools()))


def _merge(number: int, seen: str, who: Person) -> None:
    """Runs before the page is drawn anew, so that `seen` is what stood on the screen."""
    try:
        JoiningDesk(engine()).merge(number, int(st.session_state[f"into-{number}"] or 0), who, seen)
    except TriageError as error:
        say(str(error), "ww-bad")


def _request(view: TicketView, checked: Verification, who: Person) -> None:
    request = load_requests().types[checked.request]
    show(SHARED, "heading", words=f"{t('request')}: {request.title}")
    several = len(forms_of(view)) > 1
    left, right = (st.container(), st.container()) if several else st.columns([3, 2], gap="large")
    with left:
        standing = requests().standing(view.line.id)
        verdict_lines(view, checked, standing)
        signature, rows = signature_words(checked), _checklist(checked)
        show("ticket.html", "findings", rows=rows, register=register_note(), signature=signature, notes=checked.notes)
        signature_area(view, checked.signature)
        for point in (spec for spec in request.fields if spec.check == "by_agent"):
            _tick(view, standing, who, point.name, f"tick_{point.name}")
        same_schools(view, checked)
        judge(view, checked, standing, who, act)
    with right:
        show_forms(view, checked)


def _tick(view: TicketView, standing: Standing, who: Person, field: str, text: str) -> None:
    """A point that only a person can see; what is ticked goes on record and changes no verdict."""
    ticked = field in view.ticked
    closed = view.line.status != OPEN or standing.ruling is not None or standing.later is not None
    now = st.checkbox(t(text), value=ticked, key=f"tick-{field}-{ticked}", disabled=closed)
    if now != ticked:
        act(lambda: requests().tick(view.line.id, field, now, who))


def _checklist(checked: Verification) -> list[tuple[int | None, str, FieldCheck, str]]:
    """Every field that was checked: its number on the form, its title, what was found, and where."""
    request = load_requests().types[checked.request]
    rows, number = [], numbers(checked)
    for check in checked.fields:
        spec = request.field(check.field)
        if spec is None or spec.check == "by_agent":
            continue
        evidence = check.evidence
        page = f", {t('page_choice').lower()} {evidence.page}" if evidence and evidence.page else ""
        rows.append((number.get(spec.name), spec.title, check, evidence.source + page if evidence else ""))
    return rows
