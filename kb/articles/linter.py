"""Checks articles as a careful editor would: links, keywords, tone, readability, and what nobody verified or reviewed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date

from kb.article import EVERYBODY, Article
from kb.articles.readability import readability
from kb.organisation import Organisation
from kb.settings import organisation

EASY = 60.0  # index below which a text is hard for many readers
LONG_SENTENCE = 25  # words
_PHONE = re.compile(r"(?<![\w/-])(?:\+31|0)[\d\s-]{8,12}\d(?!\w)")
_STALE_DAYS = 365

RULES = {  # name of the rule -> (level, what is wrong and what to do)
    "category": ("error", "category {detail} does not exist; use one of those in data/organisation.yaml"),
    "audience": ("error", f"audience {{detail}} does not exist; use {EVERYBODY} or one of those in data/organisation.yaml"),
    "link": ("error", "links to {detail}, which does not exist"),
    "keywords": ("error", "has no keywords; add the words schools use"),
    "questions": ("error", "has fewer than three example questions; add how people really ask this"),
    "title": ("error", "title has {detail} characters; keep it under 110"),
    "informal": ("error", "says {detail}; readers are not addressed so (informal in data/organisation.yaml)"),
    "phone": ("error", "holds what looks like a telephone number ({detail}); leave it out"),
    "hard": ("note", "reads hard (readability {detail}, 60 or more is plain); use shorter words and sentences"),
    "long-sentence": ("note", "has a sentence of {detail} words; cut it in two"),
    "unverified": ("note", "is not verified: the heart of the answer has no source yet"),
    "unreviewed": ("note", "was never reviewed by a person"),
    "stale": ("note", "was last reviewed on {detail}, over a year ago"),
}


@dataclass(frozen=True, slots=True)
class LintMessage:
    """One remark of the linter."""

    slug: str  # the article it is about
    level: str  # "error" (fails the lint) or "note" (for the editor to know)
    rule: str  # name in RULES
    detail: str  # the word, number or date it is about
    message: str  # what is wrong and what to do, in English


def lint(articles: Sequence[Article], today: date) -> list[LintMessage]:
    """Check articles against RULES, article by article."""
    slugs, own = {article.slug for article in articles}, organisation()
    return [
        LintMessage(article.slug, RULES[rule][0], rule, detail, RULES[rule][1].format(detail=detail))
        for article in articles
        for rule, detail in _check(article, slugs, today, own)
    ]


def broken_links(article: Article, slugs: Set[str]) -> list[str]:
    """What an article links to, or names to read next, and that is not among these articles."""
    return sorted({*article.links, *article.see_also} - slugs)


def _one_of(words: Sequence[str], text: str) -> re.Match[str] | None:
    return re.search(rf"\b({'|'.join(map(re.escape, words))})\b", text, re.IGNORECASE) if words else None


def _check(article: Article, slugs: Set[str], today: date, own: Organisation) -> Iterable[tuple[str, str]]:
    if article.category not in own.categories:
        yield "category", repr(article.category)
    for audience in sorted(set(article.audience) - {EVERYBODY, *own.audiences}):
        yield "audience", repr(audience)
    for target in broken_links(article, slugs):
        yield "link", repr(target)
    if not article.keywords:
        yield "keywords", ""
    if len(article.questions) < 3:
        yield "questions", ""
    if len(article.title) > 110:
        yield "title", str(len(article.title))
    if informal := _one_of(own.informal, article.body):
        yield "informal", repr(informal.group())
    if phone := _PHONE.search(article.body):
        yield "phone", phone.group().strip()
    if measured := readability(article.body, own.language):
        if measured.index < EASY:
            yield "hard", f"{measured.index:.0f}"
        if measured.longest > LONG_SENTENCE:
            yield "long-sentence", str(measured.longest)
    if not article.verified:
        yield "unverified", ""
    if article.reviewed is None:
        yield "unreviewed", ""
    elif (today - article.reviewed).days > _STALE_DAYS:
        yield "stale", article.reviewed.isoformat()
