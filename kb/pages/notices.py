"""The page where important messages are made and ended."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import streamlit as st

from kb.articles.announcements import AnnouncementError, all_notices, announce, end_notice
from kb.pages.shelf import engine, knowledge
from kb.pages.templates import SHARED, say, show
from kb.pages.words import moment_here, now_here, t
from kb.settings import organisation


def notices_page(author: str) -> None:
    """Lay out the page; `author` is who is signed in."""
    show(SHARED, "lead", words=t("notices_title"), text=t("notices_text"))
    now = datetime.now(UTC)
    for notice in all_notices(engine(), now):
        left, right = st.columns([5, 1], vertical_alignment="center")
        with left:
            show("notices.html", "notice", one=notice)
        if right.button(t("notice_end"), key=f"einde-{notice.number}"):
            end_notice(engine(), notice.number, datetime.now(UTC))
            st.rerun()
    here = now_here().replace(second=0, microsecond=0, tzinfo=None)
    with st.form("bericht", clear_on_submit=True):
        text = st.text_area(t("notice_text"), max_chars=400, height=100)
        english = st.text_area(t("notice_text_en"), max_chars=400, height=100) if organisation().also_english else ""
        slugs = ["", *(article.slug for article in knowledge().articles)]
        slug = st.selectbox(t("notice_article"), slugs, format_func=lambda name: name or t("notice_no_article"))
        left, right = st.columns(2)
        starts = left.datetime_input(t("notice_from"), here, format="DD/MM/YYYY")
        ends = right.datetime_input(t("notice_to"), here + timedelta(days=1), format="DD/MM/YYYY")
        if st.form_submit_button(t("notice_make"), type="primary") and starts and ends:
            try:
                announce(
                    engine(),
                    text or "",
                    english or "",
                    slug or "",
                    moment_here(starts),
                    moment_here(ends),
                    author,
                )
            except AnnouncementError as error:
                say(str(error), "ww-bad")
            else:
                st.rerun()
