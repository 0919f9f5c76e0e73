"""The contact step: the question in the visitor's words, likely answers first, then the mail address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import streamlit as st

from kb.articles.announcements import notices
from kb.insight.gaps import MAILED, SOLVED
from kb.pages.markup import long_note, mail_panel
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.templates import lay_out, put, show, show_top
from kb.pages.words import t

LIKELY = 3
UNANSWERED = "geen antwoord"  # nothing was found, so the mail address was shown at once


def contact_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page."""
    lay_out()
    show_top(extra_links, notices(engine(), datetime.now(UTC)))
    show("contact.html", "title")
    books = knowledge()
    # Not bound to the address: what is pasted here may be a whole mail, and personal data stays out of addresses.
    st.session_state.setdefault("question", st.query_params.get("q", ""))
    question = st.text_area(t("contact_question"), key="question", height=100, placeholder=t("contact_placeholder"))
    st.button(t("contact_look"))  # leaving the field is enough; the button says so
    if not question or not question.strip():
        return
    outcome = st.session_state.get("contact")
    if outcome == (question, SOLVED):
        show("contact.html", "solved")
        return
    if note := long_note(question):
        put(note)
    hits = books.search(question, LIKELY)
    if not hits and outcome != (question, UNANSWERED):
        insight().record_search(question, 0, books, "contact")  # whether a mail follows is not known
        st.session_state["contact"] = (question, UNANSWERED)
    if not hits or outcome == (question, MAILED):
        about = books.nearest(question, 1)
        put(mail_panel(question.strip(), about[0].ask if about else ()))
        return
    show("contact.html", "likely", hits=hits)
    with st.container(horizontal=True):
        if st.button(t("contact_helped"), type="primary"):
            insight().record_contact(question, SOLVED, books)
            st.session_state["contact"] = (question, SOLVED)
            st.rerun()
        if st.button(t("contact_not_helped")):
            insight().record_contact(question, MAILED, books)
            st.session_state["contact"] = (question, MAILED)
            st.rerun()
