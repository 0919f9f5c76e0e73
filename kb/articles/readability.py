"""How easy a text reads: the index of Flesch, with the weights of its language.

206.84 - 77 * syllables per word - 0.93 * words per sentence for Dutch (W.H. Douma, 'De leesbaarheid van landbouwbladen', 1960);
206.835 - 84.6 * syllables per word - 1.015 * words per sentence for English (R. Flesch, 'A new readability yardstick', 1948).
60-70 is ordinary language, 70-80 rather easy; text at level B1 is usually 60 and over. Syllables are counted with hyphenation
patterns (pyphen).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import pyphen

from kb.search.excerpt import plain_text

_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?:;]+\s+|\n+")


@dataclass(frozen=True, slots=True)
class Formula:
    """The index in one language."""

    hyphenation: str  # name of the patterns
    base: float
    per_syllable: float  # a word
    per_word: float  # a sentence


FORMULAS = {"nl": Formula("nl_NL", 206.84, 77, 0.93), "en": Formula("en_GB", 206.835, 84.6, 1.015)}


@dataclass(frozen=True, slots=True)
class Readability:
    """What was counted in a text."""

    index: float  # higher is easier
    words_a_sentence: float  # list items and headings count as sentences
    syllables_a_word: float
    longest: int  # words in the longest sentence


def readability(markdown: str, language: str = "nl") -> Readability | None:
    """Measure a text; None when it has no words, or its language no formula. Mail and web addresses don't count."""
    if (formula := FORMULAS.get(language)) is None:
        return None
    text = _ADDRESS.sub("", plain_text(markdown))
    sentences = [words for part in _SENTENCE.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return None
    length = len(words) / len(sentences)
    patterns = _patterns(formula.hyphenation)
    syllables = sum(len(patterns.positions(part)) + 1 for word in words for part in re.split(r"[-'’]", word) if part) / len(words)
    index = formula.base - formula.per_syllable * syllables - formula.per_word * length
    return Readability(index, length, syllables, max(map(len, sentences)))


@cache
def _patterns(name: str) -> pyphen.Pyphen:
    return pyphen.Pyphen(lang=name, left=1, right=1)
