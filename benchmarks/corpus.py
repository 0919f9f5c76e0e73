"""A FAQ of any size: the shipped articles first, then varied ones made of their sentences and of invented words.

New words follow Zipf's law and their number grows with the corpus as Heaps' law says, so posting lists and vocabulary grow
as they would in a real collection; copies would make every index look better than it is.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from kb.article import Article
from kb.search.excerpt import plain_text

_ONSETS = [
    "b",
    "bl",
    "br",
    "d",
    "dr",
    "f",
    "g",
    "gr",
    "h",
    "j",
    "k",
    "kl",
    "kr",
    "l",
    "m",
    "n",
    "p",
    "pl",
    "pr",
    "r",
    "s",
    "sch",
    "sl",
    "sn",
    "sp",
    "st",
    "t",
    "tr",
    "v",
    "vl",
    "w",
    "z",
    "zw",
]
_NUCLEI = ["a", "aa", "e", "ee", "i", "ie", "o", "oe", "oo", "u", "uu", "ui", "ij", "ou", "eu"]
_CODAS = ["", "n", "r", "s", "t", "k", "l", "m", "p", "rt", "nd", "st", "cht", "ng"]
_INVENTED = 0.25  # share of words that is replaced by invented ones


def multiply(articles: Sequence[Article], size: int, seed: int = 1) -> list[Article]:
    """`size` articles; the same for the same seed."""
    generator = random.Random(seed)
    vocabulary = _vocabulary(generator, round(40 * size**0.6))
    ranks = [1 / (rank + 5) for rank in range(len(vocabulary))]
    sentences = [[line for line in plain_text(article.body).split("\n") if len(line) > 20] for article in articles]
    drawn: list[str] = []

    def invented() -> str:
        if not drawn:
            drawn.extend(generator.choices(vocabulary, ranks, k=20_000))
        return drawn.pop()

    def varied(text: str) -> str:
        return " ".join(invented() if len(word) > 4 and generator.random() < _INVENTED else word for word in text.split())

    made = list(articles[:size])
    for number in range(len(made), size):
        parts = generator.sample(range(len(articles)), 3)
        first, second = articles[parts[0]], articles[parts[1]]
        lines = [line for part in parts for line in generator.sample(sentences[part], min(4, len(sentences[part])))]
        made.append(
            Article(
                f"variant-{number:06}",
                varied(first.title),
                "\n\n".join(map(varied, lines)) + "\n",
                keywords=tuple(map(varied, [*first.keywords[:8], *second.keywords[:6], invented(), invented()])),
                questions=tuple(map(varied, [*first.questions[:5], *second.questions[:4]])),
                category=first.category,
            )
        )
    return made


def _vocabulary(generator: random.Random, size: int) -> list[str]:
    """Pronounceable words of one to three syllables, and compounds of them."""

    def syllable() -> str:
        return generator.choice(_ONSETS) + generator.choice(_NUCLEI) + generator.choice(_CODAS)

    words: dict[str, None] = {}
    while len(words) < size:
        word = "".join(syllable() for _ in range(generator.choice((1, 2, 2, 3))))
        if generator.random() < 0.2 and words:
            word += next(reversed(words))
        if 4 <= len(word) <= 24:
            words[word] = None
    return list(words)
