"""The components of the agents' pages, of the assistant and of the door, beside those of the knowledge base."""

from __future__ import annotations

from pathlib import Path

from kb.pages.templates import Components
from triage.web.names import age, intent_title, local_time, queue_title

FOLDER = Path(__file__).parent / "templates"
DESK = "desk.html"  # what several of these pages show

_OURS = Components(FOLDER, age=age, local_time=local_time, intent_title=intent_title, queue_title=queue_title)
render, show = _OURS.render, _OURS.show
