"""Dutch text to terms: folding, synonyms, stems and compounds.

A term is what the index stores: a folded, stemmed word. ``Language.terms`` turns any text into terms; ``Compounds``
splits a long word into words that the corpus knows, so that 'thuisinlog' meets 'thuis inloggen'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import snowballstemmer
import yaml

from kb.settings import SHIPPED_DATA

_TOKEN = re.compile(r"[a-z0-9]+(?:['’.\-][a-z0-9]+)*")
_STEMMER = snowballstemmer.stemmer("dutch")


def fold(text: str) -> str:
    """Lower case without accents: 'Coördinator' -> 'coordinator'."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower().replace("’", "'")


@lru_cache(maxsize=100_000)
def stem(word: str) -> str:
    """The Dutch snowball stem of a folded word; words with a digit are left alone."""
    if any(char.isdigit() for char in word):
        return word
    stemmed: str = _STEMMER.stemWord(word)
    return stemmed


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    word: str  # folded, hyphens removed
    term: str  # what it is indexed as, after synonyms and stemming
    start: int  # where it begins in the text, in characters
    end: int  # where it ends


class Language:
    """The words of data/language: what means the same, what is English, what says nothing."""

    def __init__(self, words: Mapping[str, object]) -> None:
        groups = words.get("groups") or []
        english = words.get("english") or {}
        stopwords = words.get("stopwords") or []
        if not isinstance(groups, list) or not isinstance(english, dict) or not isinstance(stopwords, list):
            raise ValueError("synonyms.yaml needs 'groups' (lists), 'english' (a mapping) and 'stopwords' (a list).")
        self.stopwords = frozenset(fold(str(word)) for word in stopwords)
        self._phrases: dict[tuple[str, ...], str] = {}
        self._written_out = {tuple(_words(fold(str(word)))): str(group[0]) for group in groups for word in group[1:]}
        pairs = [(str(word), str(group[0])) for group in groups for word in group]
        for word, canonical in [(str(a), str(b)) for a, b in english.items()] + pairs:
            key = tuple(_words(fold(word)))
            self._phrases[key] = stem("".join(_words(fold(canonical))))
        self._longest = max((len(key) for key in self._phrases), default=1)

    def tokens(self, text: str) -> list[Token]:
        """The words of a text with their terms and places; stop words are left out, phrases become one token."""
        folded = _fold_keeping_length(text)
        found = [(match.group(), match.start(), match.end()) for match in _TOKEN.finditer(folded)]
        words = [(part, start + offset, start + offset + len(part)) for word, start, _ in found for part, offset in _parts(word)]
        tokens = []
        position = 0
        while position < len(words):
            size, term = self._phrase_at([word for word, _, _ in words[position : position + self._longest]])
            first, last = words[position], words[position + size - 1]
            if term is None and first[0] not in self.stopwords:
                term = stem(first[0])
            if term:
                tokens.append(Token("".join(word for word, _, _ in words[position : position + size]), term, first[1], last[2]))
            position += size
        return tokens

    def write_out(self, text: str) -> str:
        """A text in which words only schools use are replaced by plain ones: 'ww vergeten' -> 'wachtwoord vergeten'."""
        words = _words(fold(text))
        parts, position = [], 0
        while position < len(words):
            for size in range(min(self._longest, len(words) - position), 0, -1):
                if plain := self._written_out.get(tuple(words[position : position + size])):
                    parts.append(plain)
                    break
            else:
                size = 1
                parts.append(words[position])
            position += size
        return " ".join(parts)

    def terms(self, text: str) -> list[str]:
        """The terms of a text, in order."""
        return [token.term for token in self.tokens(text)]

    def _phrase_at(self, words: list[str]) -> tuple[int, str | None]:
        for size in range(len(words), 0, -1):
            term = self._phrases.get(tuple(words[:size]))
            if term is not None:
                return size, term
        return 1, None


def _parts(word: str) -> Iterable[tuple[str, int]]:
    """Split at dots and hyphens between letters; apostrophes stay ("ict'er")."""
    for match in re.finditer(r"[a-z0-9']+", word):
        yield match.group().strip("'") or match.group(), match.start()


def _words(folded: str) -> list[str]:
    return [part for match in _TOKEN.finditer(folded) for part, _ in _parts(match.group())]


def _fold_keeping_length(text: str) -> str:
    """Fold character by character so that positions in the result are positions in the text."""
    return "".join(_fold_char(char) for char in text)


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    folded = fold(char)
    return folded if len(folded) == 1 else folded[:1] or " "


@cache
def load_language(folder: Path = SHIPPED_DATA / "language") -> Language:
    """Read data/language/synonyms.yaml."""
    return Language(yaml.safe_load((folder / "synonyms.yaml").read_text(encoding="utf-8")))


class Compounds:
    """Splits compounds into words of a known vocabulary.

    Dutch writes compounds as one word, with or without a linking -s-, -e-, -en- or -er- (Algemene Nederlandse
    Spraakkunst, 12.4). A split is taken when every part is a known word of at least four letters (three for the first).
    """

    _LINKS = ("", "s", "e", "en", "er", "n")
    _FIRST, _REST = 3, 4

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = frozenset(vocabulary)
        self._cache: dict[str, tuple[str, ...]] = {}

    def split(self, word: str) -> tuple[str, ...]:
        """The known words a compound is made of, longest first part first; () when it isn't one."""
        if word not in self._cache:
            self._cache[word] = self._split(word) if 7 <= len(word) <= 40 else ()
        return self._cache[word]

    def _split(self, word: str) -> tuple[str, ...]:
        for cut in range(len(word) - self._REST, self._FIRST - 1, -1):
            head, tail = word[:cut], word[cut:]
            if not (linked := self._linked(head)):
                continue
            if tail in self._known:
                return (linked, tail)
            if len(tail) > 7 and (rest := self._split(tail)):
                return (linked, *rest)
        return ()

    def _linked(self, head: str) -> str:
        for link in self._LINKS:
            base = head[: len(head) - len(link)] if link else head
            if head.endswith(link) and len(base) >= self._FIRST and base in self._known:
                return base
        return ""
