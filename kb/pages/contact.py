"""The contact step: the question in the visitor's words, likely answers first, then the mail address."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape

import streamlit as st

from kb.articles.announcements import notices
from kb.insight.gaps import MAILED, SOLVED
from kb.pages.markup import hit_card, link, long_note, mail_panel, notices_bar, top_bar
from kb.pages.shelf import engine, insight, knowledge
from kb.pages.words import lay_out, t

LIKELY = 3
UNANSWERED = "geen antwoord"  # nothing was found, so the mail address was shown at once


def contact_page(extra_links: Sequence[tuple[str, str]] = ()) -> None:
    """Lay out the page."""
    lay_out()
    st.html(top_bar(extra_links) + notices_bar(notices(engine(), datetime.now(UTC))))
    st.html(
        f'<p><a href="{escape(link("/"))}" target="_self">← {escape(t("back"))}</a></p>'
        f'<h1 class="ww-lead">{escape(t("contact_page_title"))}</h1>'
    )
    books = knowledge()
    # Not bound to the address: what is pasted here may be a whole mail, and personal data stays out of addresses.
    st.session_state.setdefault("question", st.query_params.get("q", ""))
    question = st.text_area(t("contact_question"), key="question", height=100, placeholder=t("contact_placeholder"))
    st.button(t("contact_look"))  # leaving the field is enough; the button says so
    if not question or not question.strip():
        return
    outcome = st.session_state.get("contact")
    if outcome == (question, SOLVED):
        st.html(f'<p class="ww-panel" role="status">{escape(t("contact_solved"))}</p>')
        return
    if note := long_note(question):
        st.html(note)
    hits = books.search(question, LIKELY)
    if not hits and outcome != (question, UNANSWERED):
        insight().record_search(question, 0, books, "contact")  # whether a mail follows is not known
        st.session_state["contact"] = (question, UNANSWERED)
    if not hits or outcome == (question, MAILED):
        about = books.nearest(question, 1)
        st.html(mail_panel(question.strip(), about[0].ask if about else ()))
        return
    st.html(f"<h2>{escape(t('contact_likely'))}</h2>{''.join(map(hit_card, hits))}")
    with st.container(horizontal=True):
        if st.button(t("contact_helped"), type="primary"):
            insight().record_contact(question, SOLVED, books)
            st.session_state["contact"] = (question, SOLVED)
            st.rerun()
        if st.button(t("contact_not_helped")):
            insight().record_contact(question, MAILED, books)
            st.session_state["contact"] = (question, MAILED)
            st.rerun()
