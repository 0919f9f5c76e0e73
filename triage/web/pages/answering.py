"""The answer on a ticket: the bot's proposal, what somebody is making of it, and sending it.

A fragment: what is typed is kept every few seconds without drawing the whole page, and what is sent goes by the ticket as it was drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import streamlit as st

from kb.pages.shelf import knowledge
from kb.pages.templates import SHARED, say
from kb.pages.words import t
from kb.settings import settings
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, OPEN, OUTGOING, WAITING
from triage.desk.answer_desk import Consent
from triage.desk.ticket_desk import TicketDesk
from triage.desk.writing import Unsent, WritingDesk
from triage.errors import SameAnswerError, TicketChangedError, TriageError
from triage.routing.routing import load_routing
from triage.tickets.view import Draftview, TicketView
from triage.web.pages.judgement import requests
from triage.web.pages.room import act, answers, engine, tools
from triage.web.pages.snoozing import snooze
from triage.web.templates import show

AUTOSAVE = st.components.v2.component(
    "wegwijzer_autosave", js=(Path(__file__).parent / "autosave.js").read_text(encoding="utf-8")
)


@st.fragment
def answer(view: TicketView, who: Person) -> None:
    """Lay out the answer of a ticket, and what ends or opens it."""
    line, draft = view.line, view.draft
    show(SHARED, "heading", words=t("draft"))
    if line.decision == "review" and not view.verification and line.confidence < load_routing().offer_answer_from:
        show(SHARED, "note", words=t("draft_unsure"))
    if draft is None:
        answered = any(entry.direction == OUTGOING for entry in view.messages)
        show(SHARED, "meta", words=t("no_proposal" if answered else "no_draft"))
        if line.status == OPEN:
            with st.expander(t("write_yourself"), expanded=_writing().text(line.id, who) is not None):
                _edit(view, Draftview(view.reply_subject, "", (), None, None), who)
    elif line.status == OPEN:
        _edit(view, draft, who)
    else:
        if draft.sent_at:
            show("ticket.html", "sent", draft=draft)
        show("ticket.html", "draft", subject=draft.subject, body=draft.body)
    if line.status != CLOSED and st.button(t("close"), key="close"):
        act(lambda: TicketDesk(engine()).close(line.id, who, view.seen))
    if line.status != CLOSED:
        snooze(view, who)
    if line.status != OPEN and st.button(t("reopen"), key="reopen"):
        act(lambda: TicketDesk(engine()).reopen(line.id, who))


def _writing() -> WritingDesk:
    return WritingDesk(engine())


def _edit(view: TicketView, draft: Draftview, who: Person) -> None:
    line, mine = view.line, _writing().text(view.line.id, who)
    start = mine or Unsent(draft.subject, draft.body, view.seen)
    if mine and mine.seen != view.seen:
        _changed(view, draft, mine, who)
    with st.container(key="answer"):
        subject, body = _fields(view, draft, start, who)
    if draft.citations:
        show("ticket.html", "citations", cited=[(slug, knowledge().get(slug)) for slug in draft.citations])
    if not answers().sends_mail:
        show(SHARED, "note", words=t("approve_hand_hint"))
        with st.expander(t("copy_text")):
            st.code(f"{view.reply_to}\n{subject}\n\n{body}", language=None, wrap_lines=True)
    if settings().rephrase_url and draft.citations and not view.verification and st.button(t("rephrase"), key="rephrase"):
        with st.spinner(t("rephrase_busy")):
            act(lambda: answers().rephrase(line.id, who, tools()))
    show(SHARED, "meta", words=t("goes_to", address=view.reply_to))
    copies = st.text_input(
        t("copies_to"), ", ".join(view.copies_to), key=f"copies-{line.id}-{view.seen[:12]}", help=t("copies_to_help")
    )
    then = _what_comes_next(view)
    left, right = st.columns(2)
    if left.button(
        t("approve_smtp") if answers().sends_mail else t("approve_hand"), type="primary", key="approve", width="stretch"
    ):
        _send(view, Unsent(subject, body, start.seen), copies or "", then, who)
    if right.button(t("save"), key="save", width="stretch"):
        act(lambda: answers().save_draft(line.id, subject, body, who, start.seen))


def _fields(view: TicketView, draft: Draftview, start: Unsent, who: Person) -> tuple[str, str]:
    """Subject and text, kept as they are typed. Fields of another draft are fresh ones."""
    number, version = view.line.id, f"{view.line.id}-{start.seen[:12]}"
    keys = f"subject-{version}", f"body-{version}"
    for key, value in zip(keys, (start.subject, start.body), strict=True):
        st.session_state.setdefault(key, value)

    def keep(subject: str, body: str) -> None:
        if (subject, body) != (draft.subject, draft.body):
            _writing().keep(number, subject, body, start.seen, who)
        elif start.seen == view.seen:
            _writing().drop(number, who)

    def keep_fields() -> None:
        keep(*(st.session_state[key] or "" for key in keys))

    def keep_typed() -> None:
        typed: Any = st.session_state[f"autosave-{version}"].typed
        if isinstance(typed, dict) and isinstance(typed.get("body"), str):
            keep(str(typed.get("subject", "")), typed["body"])

    subject = st.text_input(t("draft_subject"), key=keys[0], on_change=keep_fields)
    body = st.text_area(t("draft_body"), height=420, key=keys[1], on_change=keep_fields)
    AUTOSAVE(key=f"autosave-{version}", on_typed_change=keep_typed)
    return subject or "", body or ""


def _changed(view: TicketView, draft: Draftview, mine: Unsent, who: Person) -> None:
    """Something happened while somebody was writing: both texts are shown, and the writer says which goes on."""
    show(SHARED, "note", words=t("changed_while_writing"), told=True)
    if draft.body.strip() and draft.body != mine.body:
        with st.expander(t("changed_proposal"), expanded=True):
            show("ticket.html", "draft", subject=draft.subject, body=draft.body)
    left, right = st.columns(2)
    if left.button(t("changed_keep"), key="keep-mine", width="stretch"):
        act(lambda: _writing().keep(view.line.id, mine.subject, mine.body, view.seen, who))
    if right.button(t("changed_drop"), key="drop-mine", width="stretch"):
        act(lambda: _writing().drop(view.line.id, who))


def _send(view: TicketView, text: Unsent, copies: str, then: str, who: Person) -> None:
    number, again = view.line.id, st.session_state.pop(f"again-{view.line.id}", False)
    try:
        answers().approve(number, text.subject, text.body, who, then, Consent(text.seen, again), copies)
    except TicketChangedError:
        _writing().keep(number, text.subject, text.body, text.seen, who)
    except SameAnswerError as error:
        st.session_state[f"again-{number}"] = True
        say(f"{error} {t('send_again')}", "ww-doubt")
        return
    except TriageError as error:
        say(str(error), "ww-bad")
        return
    st.rerun()


def _what_comes_next(view: TicketView) -> str:
    """The state of the ticket when the answer is sent: what was chosen last, or closed when the bot was sure what was asked."""
    undecided = view.verification is not None and requests().standing(view.line.id).ruling is None
    states = [WAITING, OPEN] if undecided else [WAITING, CLOSED, OPEN]
    usual = CLOSED if view.line.decision == "auto" and not undecided else WAITING
    chosen = st.session_state.get("chosen-then", usual)
    then = st.selectbox(
        t("then"), states, index=states.index(chosen if chosen in states else usual), format_func=lambda state: t(f"then_{state}"),
        key=f"then-{view.line.id}", on_change=lambda: _remember(view.line.id),
    )  # fmt: skip
    return then or usual


def _remember(number: int) -> None:
    st.session_state["chosen-then"] = st.session_state[f"then-{number}"]
