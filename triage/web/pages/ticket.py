"""The ticket page: the mail, what it is about and why, the checklist beside the form, and the draft to approve."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import nh3
import streamlit as st
from markupsafe import Markup

from kb.pages.shelf import knowledge
from kb.pages.templates import SHARED, say
from kb.pages.words import plain, t
from kb.settings import settings
from triage.accounts.accounts import Person
from triage.classify.intents import load_taxonomy
from triage.database.states import CLOSED, OPEN
from triage.errors import TriageError
from triage.routing.routing import load_routing
from triage.tickets.standing import Standing
from triage.tickets.view import TicketView
from triage.verify.forms import load_requests
from triage.verify.model import FieldCheck, Verification
from triage.web.names import intent_title
from triage.web.pages.evidence import forms_of, numbers, show_forms
from triage.web.pages.incidents import incident_title, incidents
from triage.web.pages.judgement import judge, requests, same_schools, verdict_lines
from triage.web.pages.register import register_note
from triage.web.pages.room import agents_only, desk, tools
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
        view = desk().ticket(int(number))
    except (ValueError, TriageError):
        show(SHARED, "note", words=t("ticket_missing", number=number))
        return
    sender = str(view.message.sender)
    show("ticket.html", "heading", line=view.line, sender=sender, received_at=view.received_at, rule=view.rule)
    if view.verification:
        _mail(view)
        _request(view, view.verification, who)
        _about(view, who)
        _draft(view, who)
    else:
        left, right = st.columns([1, 1], gap="large")
        with left:
            _mail(view)
            _about(view, who)
        with right:
            _draft(view, who)
    _incident(view, who)
    show("ticket.html", "history", entries=view.history)


def _incident(view: TicketView, who: Person) -> None:
    """Which incident the mail belongs to; without one, the ways to put it in one."""
    line = view.line
    if line.incident is not None:
        title = incident_title(incidents().view(line.incident))
        show("ticket.html", "of_incident", number=line.incident, title=title)
        if st.button(t("incident_remove"), key="incident-out"):
            _act(lambda: incidents().remove(line.id, who))
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
            _act(lambda: incidents().add(chosen, line.id, who))
    elif line.status == OPEN and st.button(t("incident_start"), key="incident-new"):
        _act(lambda: incidents().open_by_hand(line.id, who))


def _act(action: Callable[[], object]) -> None:
    """Do something at the desk, then show the page anew; a refusal is shown where it was asked."""
    try:
        action()
    except TriageError as error:
        say(str(error), "ww-bad")
        return
    st.rerun()


def _mail(view: TicketView) -> None:
    mail = view.message
    if mail.html:
        bare, rich = st.tabs([t("tab_text"), t("tab_html")])
        with bare:
            show("ticket.html", "mail", text=mail.text or "")
        with rich:
            show("ticket.html", "rich_mail", cleaned=safe_html(mail.html))
    else:
        show("ticket.html", "mail", text=mail.text or "")
    if apart := [one for one in mail.enclosed if one.text.strip() not in mail.text]:
        show("ticket.html", "enclosed", mails=apart)
    if view.message.attachments:
        show("ticket.html", "attachments")
        for number, attachment in enumerate(view.message.attachments):
            st.download_button(
                plain(f"{attachment.filename} ({max(1, len(attachment.data) // 1024)} kB)"), attachment.data, attachment.filename,
                "application/octet-stream", key=f"file-{number}",
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


def _change(view: TicketView, who: Person) -> None:
    """Give the ticket another intent, or to a colleague."""
    line = view.line
    labels = list(load_taxonomy().labels)
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    chosen = left.selectbox(t("change_intent"), labels, index=labels.index(line.intent), format_func=intent_title, key="intent")
    if right.button(t("change_button"), key="change", disabled=chosen == line.intent or line.status != OPEN):
        _act(lambda: desk().correct_intent(line.id, str(chosen), who, tools()))
    names = ["", *(colleague.name for colleague in desk().colleagues())]
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    owner = left.selectbox(
        t("assign"), names, index=names.index(line.assignee or ""), format_func=lambda name: name or t("nobody"), key="owner"
    )
    if right.button(t("assign_button"), key="assign", disabled=(owner or None) == line.assignee):
        _act(lambda: desk().assign(line.id, owner or None, who))


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
        judge(view, checked, standing, who, _act)
    with right:
        show_forms(view, checked)


def _tick(view: TicketView, standing: Standing, who: Person, field: str, text: str) -> None:
    """A point that only a person can see; what is ticked goes on record and changes no verdict."""
    ticked = field in view.ticked
    closed = view.line.status != OPEN or standing.ruling is not None or standing.later is not None
    now = st.checkbox(t(text), value=ticked, key=f"tick-{field}-{ticked}", disabled=closed)
    if now != ticked:
        _act(lambda: desk().tick(view.line.id, field, now, who))


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


def _draft(view: TicketView, who: Person) -> None:
    line, draft = view.line, view.draft
    show(SHARED, "heading", words=t("draft"))
    if line.decision == "review" and not view.verification and line.confidence < load_routing().offer_answer_from:
        show(SHARED, "note", words=t("draft_unsure"))
    if draft is None:
        show(SHARED, "meta", words=t("no_draft"))
    elif line.status == OPEN:
        _edit(view, who)
    else:
        if draft.sent_at:
            show("ticket.html", "sent", draft=draft)
        show("ticket.html", "draft", subject=draft.subject, body=draft.body)
    if line.status != CLOSED and st.button(t("close"), key="close"):
        _act(lambda: desk().close(line.id, who))
    if line.status != OPEN and st.button(t("reopen"), key="reopen"):
        _act(lambda: desk().reopen(line.id, who))


def _edit(view: TicketView, who: Person) -> None:
    line, draft = view.line, view.draft
    assert draft is not None
    version = f"{line.id}-{line.intent}-{hash(draft.body)}"  # another draft gets fresh fields
    subject = st.text_input(t("draft_subject"), draft.subject, key=f"subject-{version}")
    body = st.text_area(t("draft_body"), draft.body, height=420, key=f"body-{version}")
    if draft.citations:
        show("ticket.html", "citations", cited=[(slug, knowledge().get(slug)) for slug in draft.citations])
    if not desk().sends_mail:
        show(SHARED, "note", words=t("approve_hand_hint"))
        with st.expander(t("copy_text")):
            st.code(f"{view.message.sender.address}\n{subject}\n\n{body}", language=None, wrap_lines=True)
    if settings().rephrase_url and draft.citations and not view.verification and st.button(t("rephrase"), key="rephrase"):
        with st.spinner(t("rephrase_busy")):
            _act(lambda: desk().rephrase(line.id, who, tools()))
    left, right = st.columns(2)
    if left.button(t("approve_smtp") if desk().sends_mail else t("approve_hand"), type="primary", key="approve", width="stretch"):
        _act(lambda: desk().approve(line.id, subject or "", body or "", who))
    if right.button(t("save"), key="save", width="stretch"):
        _act(lambda: desk().save_draft(line.id, subject or "", body or "", who))
