"""An installation with a data folder of its own (WEGWIJZER_DATA_DIR) works with the words and rules in there."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kb.articles.seasons import load_seasons
from kb.pages.words import load_words
from kb.settings import SHIPPED_DATA
from triage.classify.intents import load_taxonomy
from triage.documents.opened_mail import open_mail
from triage.incidents.surge import load_surge_rules
from triage.intake.pipeline import Tools, triage_message
from triage.mail import parse_message

PARENT = "From: Ouder <ouder@gezin.example>\r\nTo: help@basispoort.nl\r\nSubject: Inloggen thuis\r\n\r\n" + (
    "Mijn zoon kan thuis niet inloggen op Basispoort. Hoe krijgt hij een inlogkaart?"
)
RECEIVED = datetime(2026, 11, 23, 9, 12, tzinfo=UTC)


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped words and rules, which the installation is told to use."""
    folder = tmp_path / "own"
    shutil.copytree(SHIPPED_DATA, folder, ignore=shutil.ignore_patterns("demo", "evaluation", "intents", "faq"))
    monkeypatch.setenv("WEGWIJZER_DATA_DIR", str(folder))
    return folder


def rewrite(path: Path, before: str, after: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after), encoding="utf-8")


def test_a_mail_is_routed_by_the_rules_of_the_installation(own_data: Path, tools: Tools) -> None:
    rewrite(own_data / "routing.yaml", "Ouder mailt zelf", "Eigen regel")

    triaged = triage_message(open_mail(parse_message(PARENT.encode())), RECEIVED, tools, "inloggen-thuis")

    assert triaged.route.rule == "Eigen regel"


def test_a_mail_is_answered_in_the_words_of_the_installation(own_data: Path, tools: Tools) -> None:
    rewrite(own_data / "replies" / "nl.yaml", "Met vriendelijke groet", "Hartelijke groet")

    draft = triage_message(open_mail(parse_message(PARENT.encode())), RECEIVED, tools, "inloggen-thuis").draft

    assert draft is not None
    assert "Hartelijke groet" in draft.body


def test_a_surge_is_judged_by_the_rules_of_the_installation(own_data: Path) -> None:
    rewrite(own_data / "incidents.yaml", "window_minutes: 60", "window_minutes: 15")

    assert load_surge_rules().window == timedelta(minutes=15)


def test_subjects_have_the_names_of_the_installation(own_data: Path) -> None:
    rewrite(own_data / "taxonomy.yaml", "title: Storing\n", "title: Alles ligt plat\n")

    assert load_taxonomy()["storing"].title == "Alles ligt plat"


def test_pages_have_the_words_of_the_installation(own_data: Path) -> None:
    rewrite(own_data / "ui" / "nl.yaml", "site: Wegwijzer\n", "site: Ons loket\n")

    assert load_words("nl")["site"] == "Ons loket"


def test_an_installation_has_its_own_seasons(own_data: Path) -> None:
    (own_data / "seasons.yaml").write_text("[]\n", encoding="utf-8")

    assert load_seasons() == ()
