"""How easy a Dutch text reads: the Flesch-Douma index.

206.84 - 77 * syllables per word - 0.93 * words per sentence (W.H. Douma, 'De leesbaarheid van landbouwbladen', 1960: Flesch's
formula adjusted to Dutch). 60-70 is ordinary language, 70-80 rather easy; text at level B1 is usually 60 and over. Syllables
are counted with the Dutch hyphenation patterns (pyphen).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyphen

from kb.search.excerpt import plain_text

_DUTCH = pyphen.Pyphen(lang="nl_NL", left=1, right=1)
_ADDRESS = re.compile(r"\S+@\S+|https?://\S+|\bwww\.\S+")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"[.!?:;]+\s+|\n+")


@dataclass(frozen=True, slots=True)
class Readability:
    """What was counted in a text."""

    index: float  # Flesch-Douma; higher is easier
    words_a_sentence: float  # list items and headings count as sentences
    syllables_a_word: float
    longest: int  # words in the longest sentence


def readability(markdown: str) -> Readability | None:
    """Measure a text; None when it has no words. Mail and web addresses don't count."""
    text = _ADDRESS.sub("", plain_text(markdown))
    sentences = [words for part in _SENTENCE.split(text) if (words := _WORD.findall(part))]
    words = [word for sentence in sentences for word in sentence]
    if not words:
        return None
    length = len(words) / len(sentences)
    syllables = sum(len(_DUTCH.positions(part)) + 1 for word in words for part in re.split(r"[-'’]", word) if part) / len(words)
    return Readability(206.84 - 77 * syllables - 0.93 * length, length, syllables, max(map(len, sentences)))
