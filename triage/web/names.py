"""What the desk's things are called on its pages, in the agent's language and by the help desk's clock."""

from __future__ import annotations

from datetime import datetime

from kb.pages.words import language
from triage.classify.intents import load_taxonomy
from triage.routing.routing import load_routing


def queue_title(name: str) -> str:
    """The name of a queue."""
    return load_routing().queues[name]["title" if language() == "nl" else "title_en"]


def intent_title(label: str) -> str:
    """The name of an intent."""
    intent = load_taxonomy()[label]
    return intent.title if language() == "nl" else intent.title_en


def local_time(moment: datetime, form: str = "%d-%m-%Y %H:%M") -> str:
    """A moment as the help desk's clock shows it."""
    return moment.astimezone(load_routing().hours.zone).strftime(form)
