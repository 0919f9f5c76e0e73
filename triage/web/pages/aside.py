"""Mails that could not be read: kept, visible, downloadable."""

from __future__ import annotations

from html import escape

import streamlit as st

from kb.pages.addresses import link
from kb.pages.words import t
from triage.accounts.accounts import Person
from triage.routing.routing import load_routing
from triage.web.pages.room import agents_only, desk


def aside_page() -> None:
    """Lay out the page."""
    agents_only(_show)


def _show(_: Person) -> None:
    st.html(
        f'<p><a href="{link("/inbox")}" target="_self">← {escape(t("back_inbox"))}</a></p><h1 class="ww-lead">{escape(t("aside_title"))}</h1>'
    )
    mails = desk().set_aside()
    st.html(f"<p>{escape(t('aside_text') if mails else t('aside_empty'))}</p>")
    for number, received, problem in mails:
        when = received.astimezone(load_routing().hours.zone).strftime("%d-%m-%Y %H:%M")
        left, right = st.columns([4, 1], vertical_alignment="center")
        left.html(f'<div class="ww-mail"><b>{number}</b> · {when}<br>{escape(problem)}</div>')
        right.download_button(
            t("download_mail"), desk().raw(number), f"mail-{number}.eml", "message/rfc822", key=f"mail-{number}"
        )
