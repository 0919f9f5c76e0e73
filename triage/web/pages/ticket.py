"""The ticket page: the mail, what it is about and why, the checklist beside the form, and the draft to approve."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import nh3
import streamlit as st

from kb.pages.addresses import article_link, link
from kb.pages.shelf import knowledge
from kb.pages.templates import say
from kb.pages.words import group, plain, t
from kb.settings import settings
from triage.accounts.accounts import Person
from triage.classify.intents import load_taxonomy
from triage.database.states import CLOSED, OPEN
from triage.errors import TriageError
from triage.routing.routing import load_routing
from triage.tickets.standing import Standing
from triage.tickets.view import TicketView
from triage.verify.forms import load_requests
from triage.verify.model import Verification
from triage.web.names import intent_title, local_time, queue_title
from triage.web.pages.evidence import forms_of, numbers, show_forms
from triage.web.pages.inbox import PRIORITY_STYLE, VERDICT_STYLE
from triage.web.pages.incidents import incident_link, incident_title, incidents
from triage.web.pages.judgement import judge, requests, same_schools, verdict_lines
from triage.web.pages.register import register_note
from triage.web.pages.room import agents_only, desk, tools
from triage.web.pages.signatures import signature_area, signature_words

STATUS_STYLE = {"ok": "ww-good", "ontbreekt": "ww-bad", "ongeldig": "ww-bad", "wijkt-af": "ww-bad", "twijfel": "ww-doubt"}
MAIL_TAGS = {"p", "br", "b", "strong", "i", "em", "u", "ul", "ol", "li", "a", "table", "tr", "td", "th", "tbody", "thead", "div", "span", "blockquote", "h1", "h2", "h3", "pre"}  # fmt: skip


def ticket_page() -> None:
    """Lay out the page for ?nr=…"""
    number = st.query_params.get("nr", "")
    agents_only(lambda who: _open(number, who), nr=number)


def safe_html(markup: str) -> str:
    """The HTML of a mail without scripts, styles, forms and images: nothing is loaded, nothing runs."""
    return nh3.clean(
        markup,
        tags=MAIL_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )


def _open(number: str, who: Person) -> None:
    st.html(f'<p><a href="{escape(link("/inbox"))}" target="_self">← {escape(t("back_inbox"))}</a></p>')
    try:
        view = desk().ticket(int(number))
    except (ValueError, TriageError):
        st.html(f'<p class="ww-note">{escape(t("ticket_missing", number=number))}</p>')
        return
    _heading(view)
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
    _history(view)


def _incident(view: TicketView, who: Person) -> None:
    """Which incident the mail belongs to; without one, the ways to put it in one."""
    line = view.line
    if line.incident is not None:
        st.html(
            f'<p class="ww-note">{escape(t("incident_of"))} <a href="{escape(incident_link(line.incident))}" target="_self">'
            f"{escape(incident_title(incidents().view(line.incident)))}</a></p>"
        )
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


def _heading(view: TicketView) -> None:
    line = view.line
    verdict = ""
    if line.verdict:
        verdict = f'<span class="ww-status {VERDICT_STYLE[line.verdict]}">{escape(t(f"verdict_{line.verdict}"))}</span>'
    st.html(
        f'<h1 class="ww-lead" style="margin-top:.2rem">{escape(line.subject)}</h1><div class="ww-facts">'
        f"<span><b>{escape(t('from'))}</b> {escape(str(view.message.sender))}</span>"
        f"<span><b>{escape(t('received'))}</b> {local_time(view.received_at)}</span>"
        f"<span><b>{escape(t('due'))}</b> {local_time(line.due_at)}</span>"
        f"<span><b>{escape(t('queue'))}</b> {escape(queue_title(line.queue))}</span>"
        f'<span class="ww-status {PRIORITY_STYLE[line.priority]}">{escape(group("priorities")[line.priority])}</span>'
        + (f"<span><b>{escape(t('rule'))}</b> {escape(view.rule)}</span>" if view.rule else "")
        + f'<span class="ww-status ww-plain">{escape(t(f"status_{line.status}"))}</span>{verdict}</div>'
    )


def _mail(view: TicketView) -> None:
    text = f'<div class="ww-mail"><pre>{escape(view.message.text or "")}</pre></div>'
    if view.message.html:
        bare, rich = st.tabs([t("tab_text"), t("tab_html")])
        bare.html(text)
        rich.html(f'<div class="ww-mail">{safe_html(view.message.html)}</div><p class="ww-meta">{escape(t("no_images"))}</p>')
    else:
        st.html(text)
    if view.message.attachments:
        st.html(f'<p class="ww-meta" style="margin-bottom:0">{escape(t("attachments"))}</p>')
        for number, attachment in enumerate(view.message.attachments):
            st.download_button(
                plain(f"{attachment.filename} ({max(1, len(attachment.data) // 1024)} kB)"), attachment.data, attachment.filename,
                "application/octet-stream", key=f"file-{number}",
            )  # fmt: skip


def _about(view: TicketView, who: Person) -> None:
    found: dict[str, Any] = dict(view.classification)
    line = view.line
    st.html(f"<h2>{escape(t('about'))}</h2>")
    alternatives = ", ".join(
        f"{intent_title(a['intent'])} ({a['confidence']:.0%})" for a in found["alternatives"] if a["confidence"] >= 0.01
    )
    percent = f"{min(line.confidence, 0.99):.0%}"
    by_agent = line.decision == "agent"
    sure = "" if by_agent else f"{escape(t('sure', percent=percent))}, "
    thought = escape(t("bot_thought", title=intent_title(found["intent"]), percent=percent)) if by_agent else ""
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in found["reasons"])
    st.html(
        f'<p><strong>{escape(intent_title(line.intent))}</strong> <span class="ww-meta">{sure}{escape(t(f"decision_{line.decision}"))}</span></p>'
        + (f'<p class="ww-meta">{thought}</p>' if thought else "")
        + f'<ul class="ww-list">{reasons}</ul>'
        + (f'<p class="ww-meta">{escape(t("runner_up", titles=alternatives))}</p>' if alternatives else "")
    )
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
    st.html(f"<h2>{escape(t('request'))}: {escape(request.title)}</h2>")
    several = len(forms_of(view)) > 1
    left, right = (st.container(), st.container()) if several else st.columns([3, 2], gap="large")
    with left:
        standing = requests().standing(view.line.id)
        verdict_lines(view, checked, standing)
        st.html(_checklist(checked) + register_note() + signature_words(checked) + _notes(checked))
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


def _notes(checked: Verification) -> str:
    """HTML: what is good to know and stands in the way of nothing."""
    return "".join(f'<p class="ww-meta">{escape(note)}</p>' for note in checked.notes)


def _checklist(checked: Verification) -> str:
    request = load_requests().types[checked.request]
    rows, number = [], numbers(checked)
    for check in checked.fields:
        spec = request.field(check.field)
        if spec is None or spec.check == "by_agent":
            continue
        place = f"{number[spec.name]}. " if spec.name in number else ""
        evidence = check.evidence
        page = f", {t('page_choice').lower()} {evidence.page}" if evidence and evidence.page else ""
        where = f'<br><small class="ww-meta">{escape(t("where", where=evidence.source + page))}</small>' if evidence else ""
        expected = f"<br><small>{escape(t('expected', expected=check.expected))}</small>" if check.expected else ""
        rows.append(
            f'<tr><td><b>{place}{escape(spec.title)}</b></td><td><span class="ww-status {STATUS_STYLE[check.status]}">{escape(t(f"status_{check.status}"))}</span></td>'
            f"<td>{escape(check.value or '–')}{expected}</td><td>{escape(check.reason)}{where}</td></tr>"
        )
    heads = "".join(f'<th scope="col">{escape(t(name))}</th>' for name in ("field", "field_status", "value", "explanation"))
    return f'<div class="ww-scroll"><table class="ww-table ww-cards ww-check"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _draft(view: TicketView, who: Person) -> None:
    line, draft = view.line, view.draft
    st.html(f"<h2>{escape(t('draft'))}</h2>")
    if line.decision == "review" and not view.verification and line.confidence < load_routing().offer_answer_from:
        st.html(f'<p class="ww-note">{escape(t("draft_unsure"))}</p>')
    if draft is None:
        st.html(f'<p class="ww-meta">{escape(t("no_draft"))}</p>')
    elif line.status == OPEN:
        _edit(view, who)
    else:
        if draft.sent_at:
            st.html(f'<p class="ww-status ww-good">{escape(t(f"sent_{draft.sent_how}", at=local_time(draft.sent_at)))}</p>')
        st.html(f'<div class="ww-mail"><b>{escape(draft.subject)}</b><pre>{escape(draft.body)}</pre></div>')
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
        st.html(f'<p class="ww-meta">{escape(t("draft_from"))} {_citations(draft.citations)}</p>')
    if not desk().sends_mail:
        st.html(f'<p class="ww-note">{escape(t("approve_hand_hint"))}</p>')
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


def _citations(slugs: tuple[str, ...]) -> str:
    shown = []
    for slug in slugs:
        article = knowledge().get(slug)
        mark = (
            f' <span class="ww-status ww-doubt">{escape(t("unverified_agent"))}</span>'
            if article and not article.verified
            else ""
        )
        shown.append(
            f'<a href="{escape(article_link(slug))}" target="_blank" rel="noopener">{escape(article.title if article else slug)}</a>{mark}'
        )
    return ", ".join(shown)


def _history(view: TicketView) -> None:
    lines = "".join(
        f"<tr><td>{local_time(entry.at)}</td><td>{escape(entry.actor)}</td><td>{escape(entry.action)}</td><td>{escape(entry.detail)}</td></tr>"
        for entry in view.history
    )
    st.html(
        f'<h2 style="font-size:1.15rem">{escape(t("history"))}</h2><div class="ww-scroll"><table class="ww-table"><tbody>{lines}</tbody></table></div>'
    )
