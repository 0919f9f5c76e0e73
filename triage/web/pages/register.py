"""How old the school register is, in words."""

from __future__ import annotations

from html import escape

from kb.pages.words import t
from kb.store import utc_now
from triage.register.register import OLD_AFTER
from triage.web.names import local_time
from triage.web.pages.room import installation


def register_note() -> str:
    """With what the request was compared, and since when that is known."""
    register = installation().register()
    if register.imported_at is None:
        return f'<p class="ww-note">{escape(t("register_none"))}</p>'
    name = t("stale_register") if register.fictional else t("register_duo")
    return f'<p class="ww-meta">{escape(t("register_from", name=name, date=local_time(register.imported_at)[:10]))}</p>{register_warning()}'


def register_warning() -> str:
    """What to do about a register that is too old, "" when it is not."""
    age = installation().register().age(utc_now())
    if age is None or age <= OLD_AFTER:
        return ""
    return f'<p class="ww-note">{escape(t("register_old", count=age))}</p>'
