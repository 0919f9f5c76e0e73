"""What the mail around a form says against it: in its subject, its own words and the names of its files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from triage.documents.opened_mail import OpenedMail
from triage.verify.form.against import Said, Text, load_against, speaks_against
from triage.verify.model import Obstacle, Verification, Weight

SHOWN = 5  # quotes in one sentence


def against_in_mail(mail: OpenedMail, found: Verification) -> Iterator[Obstacle]:
    """Doubts about words of whoever sent the form that refuse, delay or mark it: nobody else explains why it came.

    A mark ('concept', 'test') counts in the subject and in the name of the file that values were read from; in running text it may be
    about anything, and a draft may lie beside the form that was signed.
    """
    sources = {check.evidence.source for check in found.fields if check.evidence}
    told = [(said, "In de mail staat") for said in _said(mail.own_words) if said.refusal]
    told += [(said, "In het onderwerp van de mail staat") for said in _said(mail.subject)]
    names = [file.file.name for file in mail.files if file.file.name in sources]
    told += [(said, "De naam van het bestand is") for name in names for said in _said(_words_of(name))]
    for said, where in list(dict.fromkeys(told))[:SHOWN]:
        yield Obstacle(Weight.DOUBT, f"{where} ‘{said.quote}’. Kijk zelf of de school dit verzoek wel wil.", kind="against")


def _said(text: str) -> list[Said]:
    return speaks_against([Text(None, line) for line in text.splitlines() if line.strip()], (), load_against())


def _words_of(name: str) -> str:
    return re.sub(r"[_\-.]+", " ", PurePath(name).stem)
