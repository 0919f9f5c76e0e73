"""The draft answer: what it quotes, what it asks, whom it greets and in which language."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kb import KnowledgeBase
from kb.settings import Settings
from tests.triage.letters import letter
from triage.answer import DraftAnswer, write_draft
from triage.classify.intents import load_taxonomy
from triage.mail import parse_message

Write = Callable[..., DraftAnswer]


@pytest.fixture
def write(knowledge: KnowledgeBase, settings: Settings) -> Write:
    """Writes the draft for a mail about a subject."""

    def draft(label: str, body: str, subject: str = "Vraag") -> DraftAnswer:
        made = write_draft(
            parse_message(letter(body, subject)), load_taxonomy()[label], "nl", "normaal", None, knowledge, settings
        )
        assert made is not None
        return made

    return draft


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("algemene-vraag", "Goedendag, ik zoek een baan als helpdeskmedewerker. Hebben jullie een vacature?"),
        ("algemene-vraag", "Staat Basispoort in januari ook met een stand op de onderwijsbeurs in Utrecht?"),
        ("mfa-en-beveiliging", "De koffie in de lerarenkamer is op en de kopieermachine loopt vast."),
    ],
)
def test_an_article_that_does_not_fit_the_mail_is_not_quoted(write: Write, label: str, body: str) -> None:
    draft = write(label, body)

    assert draft.citations == ()
    assert "Wij hebben uw vraag ontvangen." in draft.body


@pytest.mark.parametrize(
    "body",
    [
        "Dank je wel, het werkt weer!",
        "Het werkt weer! Ik had inderdaad het oude wachtwoord in Chrome bewaard. Super snel geholpen.",
        "Hi, thanks a lot, it works again.",
    ],
)
def test_a_thank_you_gets_no_article(write: Write, body: str) -> None:
    draft = write("algemene-vraag", body)

    assert draft.citations == ()
    assert "U hoeft verder niets te doen." in draft.body


@pytest.mark.parametrize(
    "body",
    [
        "Bedankt voor de uitleg. Welke rollen zijn er in Basispoort?",
        "Kunt u uitleggen welke rollen er in Basispoort zijn, alvast bedankt",
    ],
)
def test_a_question_that_says_thanks_is_still_answered(write: Write, body: str) -> None:
    assert write("algemene-vraag", body).citations
