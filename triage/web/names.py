"""What the desk's things are called on its pages, in the agent's language and by the help desk's clock."""

from __future__ import annotations

from datetime import datetime

from kb.organisation import ENGLISH
from kb.pages.words import language, t
from kb.settings import organisation
from triage.classify.intents import load_taxonomy
from triage.routing.routing import load_routing


def queue_title(name: str) -> str:
    """The name of a queue."""
    return load_routing().queues[name]["title_en" if language() == ENGLISH else "title"]


def intent_title(label: str) -> str:
    """The name of an intent."""
    return load_taxonomy()[label].title_in(language())


def age(moment: datetime, now: datetime) -> str:
    """How long ago a moment was, as people say it: with the time of today and yesterday, in days of this week, otherwise the date."""
    days = (organisation().local(now).date() - organisation().local(moment).date()).days
    if days > 6 or days < 0:
        return local_time(moment, "%d-%m-%Y")
    return t(f"age_{min(days, 2)}", time=local_time(moment, "%H:%M"), days=days)


def local_time(moment: datetime, form: str = "%d-%m-%Y %H:%M") -> str:
    """A moment as the help desk's clock shows it."""
    return organisation().local(moment).strftime(form)
