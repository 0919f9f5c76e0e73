"""From text to the terms that a ticket is found by, the same for what is stored and for what is asked.

The analysis is that of the FAQ (kb.search.language): folded, stemmed, words that mean the same as one. A word that everyday Dutch does
not know is also taken apart, so that 'inlogprobleem' and 'problemen met inloggen' meet. Which words are known comes with the program
and data/language, never from the tickets themselves: what is stored stays findable whatever comes in later.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from kb.search.language import REMEMBERED, Compounds, Language, everyday_words, fold, load_language

MADE_SO = "1"  # changes when the rules in this file do: stored terms are then made anew by `wegwijzer upgrade`
LONGEST = 60  # letters of a term that are kept
MOST_READ = 200_000  # characters of one message; what machines send beyond them names nobody and nothing
MOST_KEPT = 500_000  # characters of the terms of one ticket: a tsvector holds a megabyte
DIGITS = 12  # of the digest that names an analysis
# No word begins so or holds that.
LITERAL, HEAD, SENDER, SCHOOL, NUMBER, ADDRESS, NEXT = "l_", "k_", "v_", "s_", "n_", "a_", "__"
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(?:\.[\w-]+)+")
_LONG_VOWEL = re.compile(r"([aeou])\1(?=[^aeiou]$)")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a text, as it is stored and looked up."""

    # Where it stands in the text, in characters.
    start: int
    end: int
    # What it is indexed as: its stem, or that of the word that means the same.
    term: str
    # The word as it was written, folded and stemmed.
    literal: str
    # The terms of the words it is made of; () when it is no compound or an everyday word itself.
    parts: tuple[str, ...]


class Analysis:
    """How texts become terms in one installation."""

    def __init__(self, language: Language) -> None:
        known = everyday_words() | language.synonyms.keys()
        stems = {stem for word in known if len(stem := language.stem(word)) >= 4}
        told = [MADE_SO, *sorted(known), *sorted(language.stopwords), *map(str, sorted(language.synonyms.items()))]
        # Another one says that the same text has other terms.
        self.version = hashlib.sha256("\n".join(told).encode()).hexdigest()[:DIGITS]
        self._language = language
        self._compounds = Compounds(known | stems)
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._read)

    def words(self, text: str) -> list[Word]:
        """The words of a text, without those that say nothing."""
        tokens = self._language.tokens(text[:MOST_READ])
        found = (Word(token.start, token.end, *self._remembered(token.word, token.term)) for token in tokens)
        return [word for word in found if word.term]

    def stem(self, word: str) -> str:
        """The term of a folded word, whatever means the same."""
        return plain(self._language.stem(word))

    def _read(self, word: str, meant: str) -> tuple[str, str, tuple[str, ...]]:
        """Term, literal and parts of a word that is indexed as `meant`."""
        term, known = plain(meant), word in everyday_words() or not word.isalpha()
        parts = () if known else tuple(self._own(part) for part in self._compounds.split(word))
        return term, self.stem(word), parts if all(parts) and parts != (term,) else ()

    def _own(self, part: str) -> str:
        """The term of a part of a compound, "" when it says nothing by itself."""
        return plain(next(iter(self._language.terms(part)), ""))


def plain(stem: str) -> str:
    """A stem as the index holds it. A long vowel at its end is written once, as in Porter's stemmer for Dutch: Snowball's makes
    'probleem' of 'probleem' but 'problem' of 'problemen'."""
    return _LONG_VOWEL.sub(r"\1", re.sub(r"[^a-z0-9]", "", stem)[:LONGEST])


def address_in(text: str) -> str | None:
    """The term of a mail address, None when a text is anything else."""
    return _address_term(text) if _ADDRESS.fullmatch(text) else None


def _address_term(address: str) -> str:
    return ADDRESS + re.sub(r"[^a-z0-9]+", "_", fold(address))[:LONGEST]


def analysis() -> Analysis:
    """The analysis of this installation."""
    return _analysis(load_language())


@lru_cache(maxsize=2)
def _analysis(language: Language) -> Analysis:
    return Analysis(language)


def terms_of(text: str, *fields: str) -> Iterator[str]:
    """The terms by which a text is found; `fields` are the beginnings of the terms that say where it stands (HEAD, SENDER, SCHOOL)."""
    words = analysis().words(text)
    for word in words:
        for term in (word.term, *word.parts):
            yield term
            yield from (field + term for field in fields)
        if word.literal != word.term:
            yield LITERAL + word.literal
    for one, other in pairwise(words):
        yield one.term + NEXT + other.term
    yield from map(_address_term, _ADDRESS.findall(text[:MOST_READ]))


def joined(terms: Iterable[str], before: str = "") -> str:
    """Terms as they are stored: those of `before` and then these as far as there is room, each once, in order."""
    kept, room = [], MOST_KEPT
    for term in dict.fromkeys((*before.split(), *terms)):
        room -= len(term) + 1
        if room < 0:
            break
        kept.append(term)
    return " ".join(sorted(kept))
