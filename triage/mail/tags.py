"""The tag of a conversation in the subject of a mail: [WW-12-ABCDEFGHIJKL]. What it proves is told in triage.tickets.thread_token."""

from __future__ import annotations

import re

LENGTH = 12  # letters of a token
TAG = re.compile(rf"\[WW-([0-9]{{1,9}})-([A-Z2-7]{{{LENGTH}}})\]", re.IGNORECASE)


def without_tag(subject: str) -> str:
    """A subject without tags."""
    return " ".join(TAG.sub(" ", subject).split())
