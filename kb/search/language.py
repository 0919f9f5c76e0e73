"""Text to terms: folding, synonyms, stems and compounds.

A term is what the index stores: a folded, stemmed word. ``Language.terms`` turns any text into terms; ``Compounds``
splits a long word into words that the corpus knows, so that 'thuisinlog' meets 'thuis inloggen'.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NotRequired

import snowballstemmer
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.organisation import read_organisation
from kb.settings import from_data, organisation

_TOKEN = re.compile(r"[a-z0-9]+(?:['’.\-][a-z0-9]+)*")
REMEMBERED = 100_000  # words of which the stem or the parts are kept; visitors may type any number of others
DUTCH = "nl"
_STEMMERS = {  # ISO 639-1 -> its name at Snowball; words of other languages are indexed as they are
    "da": "danish", "de": "german", DUTCH: "dutch", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french", "hu": "hungarian",
    "it": "italian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "sv": "swedish",
}  # fmt: skip


def fold(text: str) -> str:
    """Lower case without accents: 'Coördinator' -> 'coordinator'."""
    if text.isascii():  # nothing to take apart, and most text is
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).lower().replace("’", "'")


@lru_cache(maxsize=REMEMBERED)
def stem(word: str, language: str = DUTCH) -> str:
    """The snowball stem of a folded word of some language; words with a digit are left alone."""
    if language not in _STEMMERS or any(char.isdigit() for char in word):
        return word
    stemmed: str = _stemmer(language).stemWord(word)
    return stemmed


@cache
def _stemmer(language: str) -> Any:
    return snowballstemmer.stemmer(_STEMMERS[language])


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a text."""

    word: str  # folded, hyphens removed
    term: str  # what it is indexed as, after synonyms and stemming
    start: int  # where it begins in the text, in characters
    end: int  # where it ends


class Language:
    """The words of data/language: what means the same, what is English, what says nothing."""

    def __init__(self, words: Mapping[str, object], language: str = DUTCH) -> None:
        """`words` are those of synonyms.yaml, `language` is that of the articles."""
        self._language = language
        self.made_of = repr((language, words))  # all that decides which terms a text has
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
            self._phrases[key] = self.stem("".join(_words(fold(canonical))))
        keys = [tuple(_words(fold(word))) for word, _ in pairs]
        self.synonyms = {key[0]: self._phrases[key] for key in keys if len(key) == 1}  # word -> term
        self._starts = frozenset(key[0] for key in self._phrases if key)
        self._longest = max((len(key) for key in self._phrases), default=1)

    def stem(self, word: str) -> str:
        """The stem of a folded word."""
        return stem(word, self._language)

    def tokens(self, text: str) -> list[Token]:
        """The words of a text with their terms and places; stop words are left out, phrases become one token."""
        return [Token(*found) for found in self._scan(text)]

    def words(self, text: str) -> list[tuple[str, str]]:
        """(word, term) for every token of a text."""
        return [(word, term) for word, term, _, _ in self._scan(text)]

    def _scan(self, text: str) -> Iterator[tuple[str, str, int, int]]:
        folded = _fold_keeping_length(text)
        words: list[tuple[str, int, int]] = []
        for match in _TOKEN.finditer(folded):
            word = match.group()
            if word.isalnum():
                words.append((word, match.start(), match.end()))
            else:
                words += _parts(word, match.start())
        position = 0
        while position < len(words):
            word, start, end = words[position]
            size, term = 1, None
            if word in self._starts:
                size, term = self._phrase_at([part for part, _, _ in words[position : position + self._longest]])
            if term is None:
                if word not in self.stopwords:
                    yield word, self.stem(word), start, end
            else:
                run = words[position : position + size]
                yield "".join(part for part, _, _ in run), term, start, run[-1][2]
            position += size

    def write_out(self, text: str, meant: Mapping[str, str]) -> str:
        """A text in which words only schools use are replaced by plain ones: 'ww vergeten' -> 'wachtwoord vergeten'.

        `meant` are the words that misspelt (folded) ones stand for.
        """
        words = [meant.get(word, word) for word in _words(fold(text))]
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
        return [term for _, term, _, _ in self._scan(text)]

    def _phrase_at(self, words: list[str]) -> tuple[int, str | None]:
        for size in range(len(words), 0, -1):
            term = self._phrases.get(tuple(words[:size]))
            if term is not None:
                return size, term
        return 1, None


def _parts(word: str, start: int = 0) -> list[tuple[str, int, int]]:
    """Split at dots and hyphens between letters, with places; apostrophes stay ("ict'er")."""
    return [
        (match.group().strip("'") or match.group(), start + match.start(), start + match.end())
        for match in re.finditer(r"[a-z0-9']+", word)
    ]


def _words(folded: str) -> list[str]:
    return [part for match in _TOKEN.finditer(folded) for part, _, _ in _parts(match.group())]


class _Folding(dict[int, str]):
    """A translation table that folds each character the first time it is met."""

    def __missing__(self, code: int) -> str:
        folded = fold(chr(code))
        self[code] = folded[:1] or " "
        return self[code]


_FOLDING = _Folding()


def _fold_keeping_length(text: str) -> str:
    """Fold character by character so that positions in the result are positions in the text."""
    return text.lower() if text.isascii() else text.translate(_FOLDING)


@closed
class _Words(TypedDict):
    groups: NotRequired[list[list[str]]]  # words that mean the same, the first one as articles write it
    english: NotRequired[dict[str, str]]  # English word -> the one articles use
    stopwords: NotRequired[list[str]]


@from_data
def load_language(folder: Path) -> Language:
    """Read data/language/synonyms.yaml. Raises DataFileError."""
    return Language(read_data(folder / "language" / "synonyms.yaml", _Words), read_organisation(folder).language)


def everyday_words() -> frozenset[str]:
    """Folded words that are common in a language of the organisation (about once in a million words, wordfreq), of three letters
    and more."""
    return _everyday_words(organisation().languages)


@cache
def _everyday_words(languages: Iterable[str]) -> frozenset[str]:
    import wordfreq  # slow to load, and most queries hold no word that is looked for here

    counted = wordfreq.available_languages("small")
    lists = (wordfreq.get_frequency_dict(code, wordlist="small") for code in languages if code in counted)
    return frozenset(folded for words in lists for word in words if len(folded := fold(word)) >= 3 and folded.isalpha())


class Compounds:
    """Splits compounds into words of a known vocabulary.

    Dutch writes compounds as one word, with or without a linking -s-, -e-, -en- or -er- (Algemene Nederlandse
    Spraakkunst, 12.4). A split is taken when every part is a known word of at least four letters (three for the first).
    """

    _LINKS = ("", "s", "e", "en", "er", "n")
    _FIRST, _REST = 3, 4

    def __init__(self, vocabulary: Iterable[str]) -> None:
        self._known = frozenset(vocabulary)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._split)

    def split(self, word: str) -> tuple[str, ...]:
        """The known words a compound is made of, longest first part first; () when it isn't one."""
        return self._remembered(word) if 7 <= len(word) <= 40 else ()

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
