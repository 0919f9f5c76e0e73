"""Mails that could not be triaged: why, what can be read of them, and what to do; and copies of mails that came in before."""

from __future__ import annotations

import streamlit as st

from kb.pages.templates import SHARED
from kb.pages.words import t
from triage.accounts.accounts import Person
from triage.desk.quarantine import Quarantine, SetAside
from triage.web.pages.room import act, agents_only, engine, tools
from triage.web.templates import show

SHOWN = 2_000  # characters of a mail


def aside_page() -> None:
    """Lay out the page."""
    agents_only(_show)


def _show(who: Person) -> None:
    show("aside.html", "title")
    quarantine = Quarantine(engine())
    mails = quarantine.mails()
    show(SHARED, "text", words=t("aside_text") if mails else t("aside_empty"))
    for one in mails:
        _mail(one, quarantine, who)
    if copies := quarantine.copies():
        show(SHARED, "heading", words=t("aside_copies"))
        show("aside.html", "copies", copies=copies)


def _mail(one: SetAside, quarantine: Quarantine, who: Person) -> None:
    show("aside.html", "mail", one=one, text=one.message.text[:SHOWN])
    again, away, down = st.columns(3)
    if again.button(t("aside_again"), key=f"again-{one.number}", width="stretch"):
        act(lambda: quarantine.try_again(one.number, who, tools()))
    if away.button(t("aside_away"), key=f"away-{one.number}", width="stretch"):
        act(lambda: quarantine.throw_away(one.number, who))
    down.download_button(
        t("download_mail"), quarantine.raw(one.number), f"mail-{one.number}.eml", "message/rfc822", key=f"mail-{one.number}", width="stretch"
    )  # fmt: skip
