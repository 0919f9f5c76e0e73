"""Whether a signed paper is a request of these days at all: what it is about, and when it was written.

A form with the right labels may be another paper of the same people, or one that was signed years ago.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from kb.settings import organisation
from triage.documents.pdf import Document
from triage.verify.form.against_words import contains, plain_words
from triage.verify.forms import Requests
from triage.verify.model import Obstacle, Weight

_DATED = re.compile(
    r"\b(?:datum|gedateerd|getekend|ondertekend|ondertekening|schooljaar|d\.\s?d\.|date|signed|dated)(?=\W|$)", re.IGNORECASE
)
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)(?!\d|\s?[A-Z]{2}\b)|\b\d{1,2}[-/.]\d{1,2}[-/.](\d\d)\b")  # no postcode: '2011 AB'


def another_paper(document: Document, requests: Requests) -> Iterator[Obstacle]:
    """A doubt when a signed file names neither a request of ours nor what it is asked for."""
    texts = [cell.text for row in document.rows for cell in row.cells] + [field.value for field in document.fields]
    said = plain_words(" ".join(texts))
    ours = organisation().name
    known = [ours, *(phrase for request in requests.types.values() for phrase in (request.title, *request.recognise))]
    if not document.read_by_ocr and said and not contains(said, tuple(map(plain_words, known))):
        yield Obstacle(
            Weight.DOUBT,
            f"Nergens in {document.name} staat dat het om een aanvraag bij {ours} gaat. Kijk zelf wat voor stuk het is.",
            kind="another_paper",
        )


def long_ago(document: Document, today: date) -> Iterator[Obstacle]:
    """A doubt when the date or school year on a signed file is that of the year before last, or earlier."""
    texts = [row.text for row in document.rows] + [f"{field.label} {field.value}" for field in document.fields]
    for text in texts:
        said = _DATED.search(text)
        years = [_year(match) for match in _YEAR.finditer(text, said.end())] if said else []
        if years and max(years) < today.year - 1:
            quote = " ".join(text.split())[:90]
            yield Obstacle(
                Weight.DOUBT,
                f"In {document.name} staat ‘{quote}’: dat is lang geleden. Vraag of dit verzoek nog geldt.",
                kind="long_ago",
            )
            return


def _year(match: re.Match[str]) -> int:
    return int(match[1]) if match[1] else 2000 + int(match[2])
