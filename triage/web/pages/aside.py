"""Mails that could not be read: kept, visible, downloadable."""

from __future__ import annotations

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import t
from triage.accounts.accounts import Person
from triage.web.pages.room import agents_only, desk
from triage.web.templates import show


def aside_page() -> None:
    """Lay out the page."""
    agents_only(_show)


def _show(_: Person) -> None:
    show("aside.html", "title")
    mails = desk().set_aside()
    show(SHARED, "text", words=t("aside_text") if mails else t("aside_empty"))
    for number, received, problem in mails:
        left, right = st.columns([4, 1], vertical_alignment="center")
        with left:
            show("aside.html", "mail", number=number, received=received, problem=problem)
        right.download_button(
            t("download_mail"), desk().raw(number), f"mail-{number}.eml", "message/rfc822", key=f"mail-{number}"
        )
