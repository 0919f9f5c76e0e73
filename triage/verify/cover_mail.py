"""What the mail around a form says against it: in its subject, its own words, the names of its files and the texts among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePath

from triage.documents.opened_mail import OpenedMail
from triage.mail import Attachment
from triage.mail.charsets import read_text
from triage.mail.limits import MAX_TEXT
from triage.mail.markup import html_to_text
from triage.verify.form.against import Said, Text, load_against, speaks_against
from triage.verify.model import Obstacle, Verification, Weight

SHOWN = 5  # quotes in one sentence
HTML = "text/html"
_TEXTS = frozenset({"text/plain", HTML, "text/markdown"})
_ENDINGS = frozenset({".txt", ".htm", ".html", ".md"})  # of texts that came as bytes without a kind


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
    told += [
        (said, f"In {file.filename or 'een tekstbestand bij de mail'} staat")
        for file in mail.message.attachments
        for said in _said(_text_of(file))
        if said.refusal
    ]
    for said, where in list(dict.fromkeys(told))[:SHOWN]:
        yield Obstacle(Weight.DOUBT, f"{where} ‘{said.quote}’. Kijk zelf of de school dit verzoek wel wil.", kind="against")


def _said(text: str) -> list[Said]:
    return speaks_against([Text(None, line) for line in text.splitlines() if line.strip()], (), load_against())


def _text_of(file: Attachment) -> str:
    """The words of a text or a web page beside a form, as far as a mail's own words are read; "" of another kind of file."""
    ending = PurePath(file.filename).suffix.lower()
    if file.content_type not in _TEXTS and ending not in _ENDINGS:
        return ""
    html = file.content_type == HTML or ending.startswith(".htm")
    text = read_text(file.data[:MAX_TEXT], None, [], html=html)[:MAX_TEXT]
    return html_to_text(text) if html else text


def _words_of(name: str) -> str:
    return re.sub(r"[_\-.]+", " ", PurePath(name).stem)
