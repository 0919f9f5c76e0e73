"""Questions that colleagues answered without the articles are gaps of the knowledge base, told without who it was."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Engine

from kb import KnowledgeBase
from kb.store import utc_now
from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.desk.gap_report import GapReport
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desks:
    """A desk with one ticket."""
    ingest(engine, [RawBytes("file", letter())], tools)
    return desks(engine)


def test_a_question_answered_in_own_words_is_a_gap_without_names(
    desk: Desks, engine: Engine, agent: Person, knowledge: KnowledgeBase
) -> None:
    since = utc_now() - timedelta(days=1)
    answer = "Beste Sanne de Wit,\n\nDe knop zit nu rechtsboven, achter het tandwiel. Bel anders 06-12345678.\n\nNoor"
    desk.answers.approve(1, "Re: Inloggen lukt niet", answer, agent)
    (gap,) = GapReport(engine).answered_by_hand(since, knowledge.knows)

    assert (gap.text, gap.source, gap.ticket) == ("Inloggen lukt niet", "zelf beantwoord", 1)
    masked = GapReport(engine).masked_answer(1, knowledge.knows)
    assert "rechtsboven, achter het tandwiel" in masked
    assert not any(secret in masked for secret in ("Wit", "12345678", "Noor"))


def test_an_answer_that_stays_with_the_articles_is_no_gap(
    desk: Desks, engine: Engine, agent: Person, knowledge: KnowledgeBase
) -> None:
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    desk.answers.approve(1, draft.subject, draft.body + "\n\nGroet, Noor", agent)

    assert GapReport(engine).answered_by_hand(utc_now() - timedelta(days=1), knowledge.knows) == []


def test_what_was_not_sent_has_no_answer_to_write_from(desk: Desks, engine: Engine, knowledge: KnowledgeBase) -> None:
    assert GapReport(engine).masked_answer(1, knowledge.knows) == ""
