"""KnowledgeBase: from what a visitor types to ranked articles, with a snippet and the reason for each."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from kb.article import EVERYBODY, Article
from kb.search.e5.encoder import installed, shared
from kb.search.excerpt import IndexedText, Reason, marked, snippet, why
from kb.search.index import Index, index_of
from kb.search.language import Language, load_language
from kb.search.lexical import Match
from kb.search.passages import letters
from kb.search.ranking import RankingWeights, load_weights, probability, relative
from kb.search.semantic import CachedEncoder, Encoder, PassageIndex, Vectors
from kb.settings import SHIPPED_DATA, Settings, settings

MAX_QUERY = 400  # characters; the rest of a longer query is left out
LEAST_LETTERS = 2  # in a query
FEW = 128  # so many articles or fewer are all looked at
CANDIDATES = 24  # of more, those that get a closer look; with 110 the ranking is no better (benchmarks/search.py)
WORTH_A_LOOK = 0.2  # beside the best article, those with at least this share of its chance are shown
TO_THE_LETTER = 0.995  # likeness of words or letters from which a query is a title, paraphrase or keyword of the article
OWN_WORDS = 0.99  # chance of such an article at least
LIKE_A_QUESTION = 0.6  # likeness of letters with a title, paraphrase or keyword from which the reasons name it
SAME_MEANING = -0.05  # how much less like the query than the closest article a text may be to be said to mean the same
OTHER_AUDIENCE = 0.85  # an article for another audience ranks lower, not away

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Found:
    """What a search found out about one of its results, from which the rest of a Hit is made."""

    language: Language
    reading: IndexedText
    matches: Sequence[Match]
    held: frozenset[str]  # terms of the query that the article has
    like_a_question: bool
    same_meaning: bool


@dataclass(frozen=True)
class Hit:
    """One search result. Its snippet and reasons are made when they are asked for: who only ranks does not wait for them."""

    article: Article
    score: float  # the chance that this article answers the query, 0..1
    find_out: Callable[[], _Found] = field(repr=False, compare=False)

    @cached_property
    def _found(self) -> _Found:
        return self.find_out()

    @cached_property
    def title(self) -> Markup:
        """The HTML-escaped title with the matched words between <mark> and </mark>."""
        title = self.article.title
        return marked(
            title, [(word.start, word.end) for word in self._found.language.tokens(title) if word.term in self._found.held]
        )

    @cached_property
    def snippet(self) -> Markup:
        """HTML-escaped text of the article with the matched words between <mark> and </mark>."""
        return snippet(self._found.reading, self._found.held)

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """Why it was found."""
        return why(self._found.matches, self._found.held, self._found.like_a_question, self._found.same_meaning)

    @property
    def why(self) -> tuple[str, ...]:
        """Dutch phrases that say why it was found."""
        return tuple(reason.phrase for reason in self.reasons)


@dataclass(frozen=True, slots=True)
class Signals:
    """Everything the indexes say about one query."""

    numbers: Numbers  # the articles looked at
    names: tuple[str, ...]  # of the signals
    table: NDArray[np.float32]  # (signals, articles looked at)
    matches: Sequence[Match]  # one for each word of the query

    def __getitem__(self, name: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = self.table[self.names.index(name)]
        return row


def highest(scores: NDArray[np.float32], count: int) -> Numbers:
    """The numbers of the `count` highest scores, in rising order; of equal scores the first."""
    if count >= len(scores):
        return np.arange(len(scores))
    least = np.partition(scores, -count)[-count]
    above = np.flatnonzero(scores > least)
    return np.sort(np.concatenate([above, np.flatnonzero(scores == least)[: count - len(above)]]))


def installed_encoder(configured: Settings) -> Encoder | None:
    """The encoder of an installation: the `semantic` extra when it is there and not switched off, otherwise none."""
    if configured.encoder == "none" or not installed():
        return None
    return CachedEncoder(shared(), configured.vector_cache, SHIPPED_DATA / "vectors")


def clean_query(query: str) -> str:
    """A query without control characters and odd spaces, at most MAX_QUERY characters."""
    if query.isascii() and query.isprintable():
        return " ".join(query.split())[:MAX_QUERY]
    visible = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in query[: 4 * MAX_QUERY])
    return " ".join(visible.split())[:MAX_QUERY]


class KnowledgeBase:
    """A searchable set of articles. Immutable: a change of an article makes a new one."""

    def __init__(
        self, articles: Sequence[Article], index: Index | None, language: Language, weights: Mapping[str, RankingWeights]
    ) -> None:
        """`index` is that of the articles; None when there are none."""
        self.articles = tuple(articles)
        self._by_slug = {article.slug: article for article in articles}
        self._language = language
        self._index = index
        self._weights = weights["semantic" if self.uses_vectors else "lexical"]

    @classmethod
    def from_articles(
        cls, articles: Iterable[Article], encoder: Encoder | str | None = "auto", kept: Path | None = None
    ) -> KnowledgeBase:
        """Index articles with an encoder, without one (None), or with what this installation has ("auto").

        What is fitted on the articles is kept in the folder `kept`, with "auto" in that of this installation.
        """
        found = list(articles)
        if isinstance(encoder, str):
            encoder, kept = installed_encoder(settings()), kept or settings().fitted
        language = load_language()
        return cls(found, index_of(found, encoder, language, kept) if found else None, language, load_weights())

    def __len__(self) -> int:
        return len(self.articles)

    @property
    def uses_vectors(self) -> bool:
        """Whether sentence vectors take part in the ranking."""
        return self._passages is not None

    @property
    def _passages(self) -> PassageIndex | None:
        return self._index.passages if self._index else None

    def get(self, slug: str) -> Article | None:
        """The article with this slug, or None."""
        return self._by_slug.get(slug)

    def knows(self, word: str) -> bool:
        """Whether a folded word is one that the articles use."""
        return self._index is not None and self._index.terms.knows(word)

    def signals(self, query: str, unfinished: bool = False, also: Sequence[int] = ()) -> Signals:
        """What every index says for a cleaned query about the articles that may answer it, and about those in `also`."""
        index = self._index
        assert index is not None
        looked_up = index.terms.look_up(query, unfinished)
        vector = self._meaning(query, {match.word: match.read_as[1] for match in looked_up.matches if match.meant})
        meaning = index.passages.score(vector) if index.passages and vector is not None else {}
        scores = index.terms.bm25(looked_up)
        numbers = self._candidates([scores, *list(meaning.values())[:1]], also)
        covered, prominent = index.terms.coverage(looked_up, numbers)
        bm25, matches = scores[numbers], looked_up.matches
        runs = letters(query)
        spelling = index.letters.score(runs, numbers)
        terms = [match.read_as[0] for match in matches]
        wording = index.words.score(terms, numbers)
        found: dict[str, NDArray[np.float32] | float] = {
            "bm25": bm25,
            "bm25_relative": relative(bm25),
            "coverage": covered,
            "coverage_title": prominent,
            "spelling": spelling,
            "spelling_relative": relative(spelling),
            "wording": wording,
            "wording_relative": relative(wording),
        }
        for name, values in meaning.items():
            found |= {name: values[numbers], f"{name}_relative": values[numbers] - values.max()}
        nearest = float(meaning["subject"].max()) if meaning else 0.0
        found |= {"elsewhere": looked_up.elsewhere, "unknown": looked_up.unknown}
        corrected = runs + letters(" ".join(match.read_as[1] for match in matches if match.meant))
        found |= index.elsewhere.likeness(runs, corrected, terms, vector, float(spelling.max(initial=0.0)), nearest)
        table = np.empty((len(found), len(numbers)), dtype=np.float32)
        for row, value in enumerate(found.values()):
            table[row] = value
        return Signals(numbers, tuple(found), table, matches)

    def _meaning(self, query: str, meant: Mapping[str, str]) -> Vectors | None:
        return self._passages.place_query(self._language.write_out(query, meant)) if self._passages else None

    def subject(self, text: str) -> Vectors | None:
        """What a passing text is about, as a vector (dimensions,) of length 1; None without sentence vectors.

        The articles tell which directions are of one subject and which only of one wording (PassageIndex).
        """
        vector = self._meaning(text, {})
        return self._passages.subject(vector) if self._passages and vector is not None else None

    def _chances(self, signals: Signals) -> NDArray[np.float64]:
        """The chance that each article answers. What an editor wrote down as a way to ask is always found, and first, misspelt too."""
        chance = probability(signals.names, signals.table, self._weights)
        matches = signals.matches
        if len(matches) == 1 or any(match.how not in ("exact", "typo") for match in matches):
            return chance
        same = np.maximum(signals["wording"], signals["spelling"])  # of nothing but stop words only the letters are known
        written = same >= TO_THE_LETTER
        return np.where(written, np.maximum(chance, OWN_WORDS), chance * OWN_WORDS) if written.any() else chance

    def _candidates(self, scores: Sequence[NDArray[np.float32]], also: Sequence[int]) -> Numbers:
        """The numbers of the articles worth a closer look, by each of these scores: all of them when they are few."""
        if len(self.articles) <= FEW:
            return np.arange(len(self.articles))
        best = [highest(each, CANDIDATES) for each in scores]
        if len(best) == 1 and not also:
            numbers: Numbers = best[0]
            return numbers
        return np.unique(np.concatenate([*best, np.array(also, dtype=np.int64)]))

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
        if not self.articles or not _says_something(query):
            return []
        signals = self.signals(query, unfinished)
        chance = self._chances(signals)
        best = float(chance.max())
        if best < self._weights.threshold:
            return []
        shown = chance >= WORTH_A_LOOK * best
        if category is not None:
            shown &= np.array([self.articles[number].category == category for number in signals.numbers])
        if audience is not None:
            found = [self.articles[number] for number in signals.numbers]
            fits = np.array([bool({audience, EVERYBODY} & set(article.audience)) for article in found])
            chance = np.where(fits, chance, chance * OTHER_AUDIENCE)
        rows = np.flatnonzero(shown)
        order = rows[np.argsort(-chance[rows], kind="stable")][: max(0, limit)]
        rows, numbers, likely = order.tolist(), signals.numbers[order].tolist(), chance[order].tolist()
        return [
            Hit(self.articles[number], round(chance, 4), partial(self._find_out, signals, row))
            for row, number, chance in zip(rows, numbers, likely, strict=True)
        ]

    def nearest(self, query: str, limit: int = 3) -> list[Article]:
        """The articles that come closest to a query that nothing answers; [] when not a word of it is known."""
        query = clean_query(query)
        if not self.articles or not _says_something(query):
            return []
        signals = self.signals(query)
        if not any(match.terms for match in signals.matches):
            return []
        order = np.argsort(-self._chances(signals), kind="stable")[:limit]
        return [self.articles[signals.numbers[row]] for row in order]

    def _find_out(self, signals: Signals, row: int) -> _Found:
        """What there is to say of the article in this row."""
        number = int(signals.numbers[row])
        assert self._index is not None
        held = self._index.terms.held(number, signals.matches)
        like_a_question = bool(signals["spelling"][row] > LIKE_A_QUESTION)
        same_meaning = self.uses_vectors and bool(signals["meaning_relative"][row] > SAME_MEANING)
        return _Found(self._language, self._index.readings[number], signals.matches, held, like_a_question, same_meaning)

    def rank(self, query: str, slugs: Iterable[str]) -> list[tuple[Article, float]]:
        """The named articles by the chance (0..1) that they answer a query, best first, however small."""
        query = clean_query(query)
        wanted = set(slugs)
        numbers = [number for number, article in enumerate(self.articles) if article.slug in wanted]
        if not numbers or not query:
            return []
        signals = self.signals(query, also=numbers)
        chance = dict(zip(signals.numbers.tolist(), self._chances(signals).tolist(), strict=True))
        return sorted(((self.articles[n], chance[n]) for n in numbers), key=lambda pair: -pair[1])

    def related(self, slug: str, limit: int = 4) -> list[Article]:
        """Articles to read next: those the editor named first, then those most like this one."""
        article = self._by_slug[slug]
        named = [self._by_slug[other] for other in article.see_also if other in self._by_slug]
        if len(named) < limit:
            named += [hit.article for hit in self.search(article.title, limit + 1) if hit.article not in (article, *named)]
        return named[:limit]


def search_json(query: str, hits: Sequence[Hit], took_ms: float) -> dict[str, object]:
    """The answer of `wegwijzer search --json` and of the API; times in milliseconds."""
    return {
        "query": query,
        "took_ms": round(took_ms, 1),
        "results": [
            {
                "slug": hit.article.slug,
                "title": hit.article.title,
                "category": hit.article.category,
                "score": hit.score,
                "snippet": hit.snippet,
                "why": list(hit.why),
            }
            for hit in hits
        ],
    }


def _says_something(query: str) -> bool:
    """A single letter or a number alone is no question."""
    return sum(map(str.isalpha, query)) >= LEAST_LETTERS
