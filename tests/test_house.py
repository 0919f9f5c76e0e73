"""The rules of the house: which package may import which, words in both languages, settings documented, no leftovers."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

import pytest
import yaml

from kb.article import load_articles
from kb.organisation import read_organisation
from kb.pages.words import load_words
from kb.settings import SHIPPED_DATA
from tests.conftest import ROOT
from triage.answer.answer import load_wording
from triage.classify.intents import load_taxonomy
from triage.routing.routing import PRIORITIES, load_routing
from triage.verify.checks.checks import CHECKS
from triage.verify.forms import load_requests


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    return names | {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", sorted((ROOT / "kb").rglob("*.py")), ids=str)
def test_the_knowledge_base_knows_nothing_of_tickets(path: Path) -> None:
    assert not {name for name in imports(path) if name.split(".")[0] == "triage"}


def test_every_word_on_the_pages_is_there_in_both_languages() -> None:
    dutch, english = load_words("nl"), load_words("en")
    assert set(dutch) == set(english)
    for name in dutch:
        if isinstance(dutch[name], str):
            assert placeholders(dutch[name]) == placeholders(english[name]), name


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_every_class_has_a_name_of_its_own() -> None:
    places: dict[str, list[str]] = {}
    for path in [*(ROOT / "kb").rglob("*.py"), *(ROOT / "triage").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(path.stem)
    assert {name: found for name, found in places.items() if len(found) > 1} == {}


def test_both_languages_of_a_reply_fill_in_the_same() -> None:
    dutch, english = load_wording("nl"), load_wording("en")
    assert {name: placeholders(text) for name, text in dutch.items()} == {
        name: placeholders(text) for name, text in english.items()
    }


def test_every_word_a_page_asks_for_exists() -> None:
    words = load_words("nl")
    pages = [*(ROOT / "kb" / "pages").rglob("*"), *(ROOT / "triage" / "web").rglob("*")]
    for path in [path for path in pages if path.suffix in (".py", ".html")]:
        for name in re.findall(r'\b(?:t|group|items)\("([a-z_]+)"[,)]', path.read_text(encoding="utf-8")):
            assert name in words, f"{path.name} asks for {name}"


def test_every_topic_of_an_intent_is_an_article() -> None:
    slugs = {article.slug for article in load_articles(SHIPPED_DATA / "faq")}
    wanted = {topic for intent in load_taxonomy().intents.values() for topic in intent.topics}
    assert wanted <= slugs, sorted(wanted - slugs)


def test_every_category_has_articles_and_there_are_at_least_fifty() -> None:
    articles = load_articles(SHIPPED_DATA / "faq")
    assert len(articles) >= 50
    assert set(load_words("nl")["categories"]) == {article.category for article in articles}


def test_routing_speaks_of_intents_queues_and_priorities_that_exist() -> None:
    routing, labels = load_routing(), set(load_taxonomy().labels)
    assert {intent.queue for intent in load_taxonomy().intents.values()} <= set(routing.queues)
    for rule in routing.rules:
        assert rule.priority in PRIORITIES
        assert set(rule.intents) <= labels


def test_every_field_of_a_request_has_a_check() -> None:
    for request in load_requests().types.values():
        for field in request.fields:
            assert field.check in CHECKS or field.check in ("signed_pdf", "by_agent", "authority"), field.name


def test_every_intent_has_at_least_thirty_training_mails() -> None:
    for label in load_taxonomy().labels:
        entries = yaml.load((SHIPPED_DATA / "intents" / f"{label}.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        assert len(entries) >= 30, label


def test_the_demo_mailbox_holds_at_least_forty_mails_of_which_eight_requests() -> None:
    mails = sorted((SHIPPED_DATA / "demo" / "mail").glob("*.eml"))
    assert len(mails) >= 40
    assert len([path for path in mails if "aanvraag" in path.name and path.name.startswith("8")]) == 8


def test_no_evaluation_text_is_in_the_training_data() -> None:
    from triage.classify.training import load_examples, load_labelled

    known = {example.text for example in load_examples(SHIPPED_DATA / "intents")}
    for part in ("dev", "test"):
        judged = load_labelled(SHIPPED_DATA / "evaluation" / f"mails-{part}.csv")
        assert not known & {example.text for example in judged}


def test_every_setting_is_in_the_readme() -> None:
    names = set(re.findall(r"(WEGWIJZER_[A-Z_]+):", (ROOT / "kb" / "settings.py").read_text(encoding="utf-8")))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert not {name for name in names if name not in readme}


def spoken(path: Path) -> set[str]:
    """The texts in a module, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    explained = {
        ast.get_docstring(node, clean=False)
        for node in ast.walk(tree)
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    }
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)} - explained  # type: ignore[arg-type]


@pytest.mark.parametrize("room", ["kb", "triage"])
def test_code_names_no_organisation_no_intent_and_no_time_zone(room: str) -> None:
    own, labels = read_organisation(SHIPPED_DATA), set(load_taxonomy().labels)
    modules = [path for path in (ROOT / room).rglob("*.py") if "migrations" not in path.parts]
    assert modules
    for path in modules:
        for text in spoken(path):
            assert text not in labels, path
            assert own.name.lower() not in text.lower(), path
            assert str(own.zone) not in text, path
    for path in [path for path in (ROOT / room).rglob("*") if path.suffix in (".html", ".css", ".js")]:
        assert own.name.lower() not in path.read_text(encoding="utf-8").lower(), path
