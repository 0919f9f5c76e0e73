"""How old the school register is, in words."""

from __future__ import annotations

from markupsafe import Markup

from kb.pages.templates import SHARED
from kb.pages.words import t
from kb.store import utc_now
from triage.register.register import OLD_AFTER
from triage.web.pages.room import installation
from triage.web.templates import render, show


def register_note() -> Markup:
    """With what the request was compared, and since when that is known."""
    register = installation().register()
    if register.edition.imported_at is None:
        return render(SHARED, "note", words=t("register_none"))
    name = t("stale_register") if register.edition.fictional else t("register_duo")
    return render("register.html", "note", name=name, imported_at=register.edition.imported_at, age=_too_old())


def show_register_warning() -> None:
    """Say what to do about a register that is too old."""
    if age := _too_old():
        show("register.html", "warning", age=age)


def _too_old() -> int | None:
    """The age of the register, when that is too much."""
    age = installation().register().edition.age(utc_now())
    return age if age is not None and age > OLD_AFTER else None
