"""What is shown around the words that were found: escaped, marked, and where most of them stand."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from markupsafe import Markup
from sqlalchemy import Engine

from tests.triage.letters import letter
from triage.desk.searching import SearchDesk
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes
from triage.tickets.search import AROUND

FAR = "Dit gaat nergens over en het staat er toch. " * 20


@pytest.fixture
def around(engine: Engine, tools: Tools) -> Markup:
    body = f"De tegel is weg. {FAR} De factuur <b>van</b> de tegel & het abonnement klopt niet. {FAR}"
    ingest(engine, [RawBytes("file", letter(body, subject="<script>tegel</script>"))], tools)
    (one,) = SearchDesk(engine, lambda: datetime(2026, 12, 1, tzinfo=UTC)).find("tegel factuur abonnement").tickets
    assert one.subject == "&lt;script&gt;<mark>tegel</mark>&lt;/script&gt;"
    return one.around


def test_words_of_a_mail_are_never_markup(around: Markup) -> None:
    assert "<mark>factuur</mark> &lt;b&gt;van&lt;/b&gt; de <mark>tegel</mark> &amp; het <mark>abonnement</mark> klopt" in around


def test_it_is_cut_between_words_and_says_so(around: Markup) -> None:
    assert around.startswith("… ")
    assert around.endswith(" …")
    assert len(around.striptags()) <= AROUND + 4
