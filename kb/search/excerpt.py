"""What is shown of a search result: the lines that matter with the matched words marked, and why it was found."""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import accumulate, compress
from operator import attrgetter

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from kb.search.kept import Arrays, packed, unpacked
from kb.search.language import Language
from kb.search.lexical import Match, Words

SNIPPET = 220  # characters
SHORT_LINE = 20  # characters; a line of so few, such as a heading, says too little
_LINE = re.compile(r"\S.*?(?:(?<=[.?])(?=\s)|(?=\s*$))", re.MULTILINE)

REASONS = {  # why an article was found -> the Dutch phrase
    "words": "woorden: {0}",
    "read_as": "‘{0}’ gelezen als ‘{1}’",
    "question": "lijkt op een vraag die scholen zo stellen",
    "meaning": "betekent ongeveer hetzelfde",
    "best": "past het best bij uw vraag",
}
_MARKUP = re.compile(r"[&<>\"']")  # what html.escape replaces


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason why an article was found."""

    name: str  # name in REASONS
    words: tuple[str, ...] = ()  # what it is about

    @property
    def phrase(self) -> str:
        """The reason in Dutch."""
        return REASONS[self.name].format(*self.words)


@dataclass(frozen=True, slots=True)
class IndexedText:
    """A text, read once: its words and its lines (sentences and list items), all by their places in characters."""

    text: str
    terms: tuple[str, ...]  # what each word is indexed as
    starts: Sequence[int]  # of each word
    ends: Sequence[int]
    line_starts: Sequence[int]  # of each line that is long enough to show; of the whole text when none is
    line_ends: Sequence[int]


class Readings:
    """The texts of all articles, read once and kept as arrays: one is taken out when it is shown."""

    def __init__(self, arrays: Arrays) -> None:
        """`arrays` are those of `pack_readings`."""
        self._text = arrays["text"].tobytes().decode("utf-8", "surrogatepass")
        self._terms = unpacked(arrays["terms"])
        self._arrays = arrays

    def __getitem__(self, number: int) -> IndexedText:
        kept = self._arrays
        text, words, lines = (slice(int(kept[name][number]), int(kept[name][number + 1])) for name in ("texts", "words", "lines"))
        return IndexedText(
            self._text[text],
            tuple(map(self._terms.__getitem__, kept["word_terms"][words].tolist())),
            kept["word_starts"][words].tolist(),
            kept["word_ends"][words].tolist(),
            kept["line_starts"][lines].tolist(),
            kept["line_ends"][lines].tolist(),
        )


def pack_readings(readings: Sequence[IndexedText]) -> Arrays:
    """The arrays of Readings: of texts, words and lines where those of each article begin, and all of them in a row."""
    numbers: dict[str, int] = {}
    terms = [numbers.setdefault(term, len(numbers)) for one in readings for term in one.terms]
    return {
        "text": np.frombuffer("".join(one.text for one in readings).encode("utf-8", "surrogatepass"), dtype=np.uint8),
        "terms": packed(numbers),
        "texts": _beginnings(len(one.text) for one in readings),
        "words": _beginnings(len(one.terms) for one in readings),
        "lines": _beginnings(len(one.line_starts) for one in readings),
        "word_terms": np.array(terms, dtype=np.int32),
        **{
            name: np.array([place for one in readings for place in places(one)], dtype=np.int32)
            for name, places in _PLACES.items()
        },
    }


_PLACES: Mapping[str, Callable[[IndexedText], Sequence[int]]] = {
    "word_starts": attrgetter("starts"),
    "word_ends": attrgetter("ends"),
    "line_starts": attrgetter("line_starts"),
    "line_ends": attrgetter("line_ends"),
}


def _beginnings(lengths: Iterable[int]) -> NDArray[np.int64]:
    return np.array([0, *accumulate(lengths)], dtype=np.int64)


def plain_text(markdown: str) -> str:
    """Markdown without its marks: headings, list signs, links and emphasis removed."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", markdown)
    text = re.sub(r"^\s*(?:#+|[-*]|\d+\.)\s+", "", text, flags=re.MULTILINE)
    return re.sub(r"[*_`]{1,3}", "", text)


def read(markdown: str, language: Language) -> tuple[IndexedText, Words]:
    """Find the words and lines of an article's text; the words are also given apart, for the index."""
    text = plain_text(markdown).strip()
    tokens = language.tokens(text)
    lines = [match.span() for match in _LINE.finditer(text) if match.end() - match.start() > SHORT_LINE] or [(0, len(text))]
    reading = IndexedText(
        text,
        tuple(token.term for token in tokens),
        [token.start for token in tokens],
        [token.end for token in tokens],
        [start for start, _ in lines],
        [end for _, end in lines],
    )
    return reading, [(token.word, token.term) for token in tokens]


def snippet(read: IndexedText, wanted: Set[str]) -> Markup:
    """The two lines that hold most of the wanted terms, escaped for HTML, with the words marked."""
    found: dict[int, list[int]] = {}  # the numbers of the wanted words in each line
    for number in compress(range(len(read.terms)), map(wanted.__contains__, read.terms)):
        line = bisect_right(read.line_starts, read.starts[number]) - 1
        if line >= 0 and read.ends[number] <= read.line_ends[line]:
            found.setdefault(line, []).append(number)
    best = max(found, key=lambda line: (len({read.terms[number] for number in found[line]}), -line), default=0)
    text, spans = "", []
    for line in range(best, min(best + 2, len(read.line_starts))):
        start = read.line_starts[line]
        moved = len(text) + bool(text) - start
        whole = read.text[start : read.line_ends[line]]
        text = f"{text} {whole}" if text else whole
        spans += [(read.starts[number] + moved, read.ends[number] + moved) for number in found.get(line, ())]
    if len(text) > SNIPPET:
        text = text[:SNIPPET].rsplit(" ", 1)[0]
        return marked(text, [span for span in spans if span[1] <= len(text)]) + " …"
    return marked(text, spans)


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """Escape text for HTML and put <mark> around these spans (start, end), which follow each other."""
    escape = html.escape if _MARKUP.search(text) else str
    parts, position = [], 0
    for start, end in spans:
        parts += [escape(text[position:start]), "<mark>", escape(text[start:end]), "</mark>"]
        position = end
    return Markup("".join([*parts, escape(text[position:])]))  # noqa: S704 - escaped just above


def why(matches: Sequence[Match], held: Set[str], like_a_question: bool, same_meaning: bool) -> tuple[Reason, ...]:
    """Why an article was found; `held` are the terms of the query that it has."""
    same, other = [], []
    for match in matches:
        found = [term for term in match.terms if term in held]
        if found and match.how == "typo":
            other.append(Reason("read_as", (match.word, match.meant[found[0]])))
        elif found:
            same.append(match.word)
    reasons = [Reason("words", (", ".join(dict.fromkeys(same)),))] if same else []
    reasons += other
    if like_a_question:
        reasons.append(Reason("question"))
    if same_meaning:
        reasons.append(Reason("meaning"))
    return tuple(reasons) or (Reason("best"),)
