"""KnowledgeBase: from what a visitor types to ranked articles, with a snippet and the reason for each."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kb.article import Article
from kb.language import Language, fold, load_language
from kb.lexical import CharacterIndex, LexicalScores, Match, TermIndex
from kb.ranking import Weights, load_weights, probability, relative
from kb.semantic import CachedEncoder, Encoder, PassageIndex, semantic_installed, shared_encoder
from kb.settings import Settings, settings

MAX_QUERY = 400  # characters; the rest of a longer query is left out
SNIPPET = 220  # characters
OTHER_AUDIENCE = 0.85  # an article for another audience ranks lower, not away


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result."""

    article: Article
    score: float  # the chance that this article answers the query, 0..1
    snippet: str  # HTML-escaped text with the matched words between <mark> and </mark>
    why: tuple[str, ...]  # Dutch phrases that say why it was found


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything the indexes say about one query; each column holds one number an article."""

    columns: Mapping[str, NDArray[np.float32]]
    lexical: LexicalScores


def installed_encoder(configured: Settings) -> Encoder | None:
    """The encoder of an installation: the `semantic` extra when it is there and not switched off, otherwise none."""
    if configured.encoder == "none" or not semantic_installed():
        return None
    return CachedEncoder(shared_encoder(), configured.vector_cache)


def clean_query(query: str) -> str:
    """A query without control characters and odd spaces, at most MAX_QUERY characters."""
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in query[: 4 * MAX_QUERY])
    return " ".join(visible.split())[:MAX_QUERY]


def plain_text(markdown: str) -> str:
    """Markdown without its marks: headings, list signs, links and emphasis removed."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"^\s*(?:#+|[-*]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return re.sub(r"[*_`]{1,3}", "", text)


class KnowledgeBase:
    """A searchable set of articles. Immutable: a change of an article makes a new one."""

    def __init__(
        self, articles: Sequence[Article], encoder: Encoder | None, language: Language, weights: Mapping[str, Weights]
    ) -> None:
        self.articles = tuple(articles)
        self._by_slug = {article.slug: article for article in articles}
        self._language = language
        self._terms = TermIndex([_fields(article) for article in articles], language)
        self._characters = CharacterIndex([_phrases(article) for article in articles]) if articles else None
        self._passages = PassageIndex([_passages(article) for article in articles], encoder) if encoder and articles else None
        self._weights = weights["semantic" if self._passages else "lexical"]
        if self._passages and isinstance(encoder, CachedEncoder):
            encoder.save()

    @classmethod
    def from_articles(cls, articles: Iterable[Article], encoder: Encoder | str | None = "auto") -> KnowledgeBase:
        """Index articles with an encoder, without one (None), or with what this installation has ("auto")."""
        chosen = installed_encoder(settings()) if isinstance(encoder, str) else encoder
        return cls(list(articles), chosen, load_language(), load_weights())

    @classmethod
    def lexical_only(cls, articles: Iterable[Article]) -> KnowledgeBase:
        """Index articles without sentence vectors: ready at once."""
        return cls(list(articles), None, load_language(), load_weights())

    def __len__(self) -> int:
        return len(self.articles)

    @property
    def uses_vectors(self) -> bool:
        """Whether sentence vectors take part in the ranking."""
        return self._passages is not None

    def get(self, slug: str) -> Article | None:
        """The article with this slug, or None."""
        return self._by_slug.get(slug)

    def signals(self, query: str, unfinished: bool = False) -> Signals:
        """What every index says about every article for a cleaned query; input for ranking and for learning it."""
        lexical = self._terms.score(query, unfinished)
        assert self._characters is not None
        spelling = self._characters.score(query)
        columns = {
            "bm25": lexical.bm25 / (lexical.bm25 + 8.0),
            "bm25_relative": relative(lexical.bm25),
            "coverage": lexical.coverage,
            "coverage_title": lexical.title,
            "spelling": spelling,
            "spelling_relative": relative(spelling),
        }
        if self._passages:
            best, top = self._passages.score(self._language.write_out(query))
            columns |= {"meaning": best, "meaning_top": top, "meaning_relative": best - best.max()}
        return Signals(columns, lexical)

    def search(
        self,
        query: str,
        limit: int = 5,
        *,
        category: str | None = None,
        audience: str | None = None,
        unfinished: bool = False,
    ) -> list[Hit]:
        """The articles that answer a query, best first; [] when nothing fits.

        `category` keeps only that category; `audience` ranks articles for others lower; `unfinished` reads the last word
        as the beginning of one (search as you type).
        """
        query = clean_query(query)
        if not self.articles or not any(char.isalnum() for char in query):
            return []
        signals = self.signals(query, unfinished)
        chance = probability(signals.columns, self._weights)
        shown = chance >= self._weights.threshold
        if category is not None:
            shown &= np.array([article.category == category for article in self.articles])
        if audience is not None:
            fits = np.array([bool({audience, "iedereen"} & set(article.audience)) for article in self.articles])
            chance = np.where(fits, chance, chance * OTHER_AUDIENCE)
        candidates = np.flatnonzero(shown)
        order = candidates[np.argsort(-chance[candidates], kind="stable")][: max(0, limit)]
        return [
            Hit(
                self.articles[number],
                round(float(chance[number]), 4),
                self._snippet(self.articles[number], signals.lexical.matches),
                self._why(number, signals),
            )
            for number in order
        ]

    def rank(self, query: str, slugs: Iterable[str]) -> list[tuple[Article, float]]:
        """The named articles by the chance (0..1) that they answer a query, best first, however small."""
        query = clean_query(query)
        wanted = set(slugs)
        numbers = [number for number, article in enumerate(self.articles) if article.slug in wanted]
        if not numbers or not query:
            return []
        chance = probability(self.signals(query).columns, self._weights)
        return sorted(((self.articles[n], float(chance[n])) for n in numbers), key=lambda pair: -pair[1])

    def related(self, slug: str, limit: int = 4) -> list[Article]:
        """Articles to read next: those the editor named first, then those most like this one."""
        article = self._by_slug[slug]
        named = [self._by_slug[other] for other in article.see_also if other in self._by_slug]
        if len(named) < limit:
            named += [hit.article for hit in self.search(article.title, limit + 1) if hit.article not in (article, *named)]
        return named[:limit]

    def _snippet(self, article: Article, matches: Sequence[Match]) -> str:
        wanted = {term for match in matches for term in match.terms}
        body = plain_text(article.body)
        lines = [line.strip() for paragraph in body.split("\n") for line in re.split(r"(?<=[.?])\s+", paragraph)]
        lines = [line for line in lines if len(line) > 20] or [body.strip()]
        held = [len({token.term for token in self._language.tokens(line)} & wanted) for line in lines]
        best = max(range(len(lines)), key=lambda number: (held[number], -number))
        text = " ".join(lines[best : best + 2])
        return self.highlight(text[:SNIPPET].rsplit(" ", 1)[0] + " …" if len(text) > SNIPPET else text, wanted)

    def highlight(self, text: str, terms: Iterable[str]) -> str:
        """Escape text for HTML and put <mark> around the words that stand for one of these terms."""
        wanted = set(terms)
        parts, position = [], 0
        for token in self._language.tokens(text):
            if token.term in wanted:
                parts += [html.escape(text[position : token.start]), f"<mark>{html.escape(text[token.start : token.end])}</mark>"]
                position = token.end
        return "".join([*parts, html.escape(text[position:])])

    def _why(self, number: int, signals: Signals) -> tuple[str, ...]:
        article = self.articles[number]
        held = set(self._language.terms(" ".join(_fields(article).values())))
        same, other = [], []
        for match in signals.lexical.matches:
            if not held & set(match.terms):
                continue
            if match.how == "typo":
                meant = next(
                    token.word
                    for token in self._language.tokens(" ".join(_fields(article).values()))
                    if token.term in match.terms
                )
                other.append(f"‘{match.word}’ gelezen als ‘{meant}’")
            else:
                same.append(match.word)
        reasons = [f"woorden: {', '.join(dict.fromkeys(same))}"] if same else []
        reasons += other
        if float(signals.columns["spelling"][number]) > 0.6:
            reasons.append("lijkt op een vraag die scholen zo stellen")
        if "meaning" in signals.columns and float(signals.columns["meaning_relative"][number]) > -0.05:
            reasons.append("betekent ongeveer hetzelfde")
        return tuple(reasons) or ("past het best bij uw vraag",)


def _fields(article: Article) -> dict[str, str]:
    return {
        "title": article.title,
        "questions": "\n".join(article.questions),
        "keywords": "\n".join(article.keywords),
        "body": plain_text(article.body),
    }


def _phrases(article: Article) -> list[str]:
    return [article.title, *article.questions, *article.keywords, article.slug.replace("-", " ")]


def _passages(article: Article) -> list[str]:
    keywords = ", ".join(fold(word) for word in article.keywords)
    return [article.title, *article.questions, plain_text(article.short_answer), f"{article.title} {keywords}"[:300]]
