"""What is shown of a search result: the lines that matter with the matched words marked, and why it was found."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb.article import Article
from kb.language import Language
from kb.lexical import Match

SNIPPET = 220  # characters


@dataclass(frozen=True, slots=True)
class _Lines:
    """The text of an article, read once."""

    lines: tuple[str, ...]  # sentences and list items of the body
    terms: tuple[frozenset[str], ...]  # the terms of each line


def plain_text(markdown: str) -> str:
    """Markdown without its marks: headings, list signs, links and emphasis removed."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"^\s*(?:#+|[-*]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return re.sub(r"[*_`]{1,3}", "", text)


class Excerpts:
    """Makes snippets; remembers the texts it read, as long as the knowledge base lives."""

    def __init__(self, language: Language) -> None:
        self._language = language
        self._read: dict[str, _Lines] = {}

    def snippet(self, article: Article, terms: Iterable[str]) -> str:
        """The two lines that hold most of these terms, escaped for HTML, with the words marked."""
        wanted = set(terms)
        read = self._lines(article)
        held = [len(terms & wanted) for terms in read.terms]
        best = max(range(len(read.lines)), key=lambda number: (held[number], -number))
        text = " ".join(read.lines[best : best + 2])
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

    def _lines(self, article: Article) -> _Lines:
        if article.slug not in self._read:
            body = plain_text(article.body)
            lines = [line.strip() for paragraph in body.split("\n") for line in re.split(r"(?<=[.?])\s+", paragraph)]
            lines = [line for line in lines if len(line) > 20] or [body.strip()]
            self._read[article.slug] = _Lines(tuple(lines), tuple(map(self._language.single_terms, lines)))
        return self._read[article.slug]


def why(matches: Sequence[Match], holds: Callable[[str], bool], like_a_question: bool, same_meaning: bool) -> tuple[str, ...]:
    """Dutch phrases that say why an article was found; `holds` says whether it has a term."""
    same, other = [], []
    for match in matches:
        found = [term for term in match.terms if holds(term)]
        if found and match.how == "typo":
            other.append(f"‘{match.word}’ gelezen als ‘{match.meant[found[0]]}’")
        elif found:
            same.append(match.word)
    reasons = [f"woorden: {', '.join(dict.fromkeys(same))}"] if same else []
    reasons += other
    if like_a_question:
        reasons.append("lijkt op een vraag die scholen zo stellen")
    if same_meaning:
        reasons.append("betekent ongeveer hetzelfde")
    return tuple(reasons) or ("past het best bij uw vraag",)
