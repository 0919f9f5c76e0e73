"""Fitting the whole index of a set of articles."""

from __future__ import annotations

from collections.abc import Sequence

from kb.article import Article
from kb.search.excerpt import pack_readings, plain_text, read
from kb.search.fitting.out_of_scope import fit_elsewhere
from kb.search.fitting.passages import fit_likeness
from kb.search.fitting.semantic import fit_passages
from kb.search.fitting.terms import fit_terms
from kb.search.kept import Arrays, joined
from kb.search.language import Language, fold
from kb.search.lexical import Words
from kb.search.passages import letters
from kb.search.semantic import CachedEncoder, Encoder, PassageIndex


def fit_index(articles: Sequence[Article], elsewhere: Sequence[str], encoder: Encoder | None, language: Language) -> Arrays:
    """The arrays of an Index over articles; `elsewhere` are examples of what others answer."""
    readings, bodies = zip(*(read(article.body, language) for article in articles), strict=True)
    phrases = [_phrases(article) for article in articles]
    written = [phrase for own in phrases for phrase in own]
    passages = fit_passages([_passages(article) for article in articles], encoder) if encoder else {}
    placed = PassageIndex(passages, encoder) if encoder else None
    arrays = joined(
        terms=fit_terms((_fields(*each, language) for each in zip(articles, bodies, strict=True)), language),
        letters=fit_likeness(phrases, letters),
        words=fit_likeness(phrases, language.terms),
        passages=passages,
        elsewhere=fit_elsewhere(elsewhere, written, language, placed),
        readings=pack_readings(readings),
    )
    if isinstance(encoder, CachedEncoder):
        encoder.save()
    return arrays


def _fields(article: Article, body: Words, language: Language) -> dict[str, Words]:
    """The words of an article by field."""
    return {
        "title": language.words(article.title),
        "questions": language.words("\n".join(article.questions)),
        "keywords": language.words("\n".join(article.keywords)),
        "body": body,
    }


def _phrases(article: Article) -> list[str]:
    return [article.title, *article.questions, *article.keywords, article.slug.replace("-", " ")]


def _passages(article: Article) -> list[str]:
    keywords = ", ".join(fold(word) for word in article.keywords)
    return [article.title, *article.questions, plain_text(article.short_answer), f"{article.title} {keywords}"[:300]]
