"""Sentences on a signed form that the program does not understand, and that a person therefore reads.

No list of refusals is ever complete: a form that says 'terzijde leggen', 'blanco getekend' or 'Nicht einverstanden' asks for nothing.
So it is the other way round: what honest forms say besides labels and values is known (data/ordinary.yaml), and the rest is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import ConfigDict

from kb.data_file import read_data
from kb.search.language import Compounds, fold, stem
from kb.settings import from_data, own_or_shipped
from triage.verify.form.against_words import Against, plain_words, without
from triage.verify.form.people import INFIXES
from triage.verify.form.pieces import without_refused
from triage.verify.form.speech import is_of_terms

QUOTE = 90  # characters shown
SURE_STEM = 5  # letters
RUNNING = 6  # words of a line that may run on into the next
ABBREVIATION = 5  # letters of capitals that may be a name: 'CKC', 'PCBO'
_IN_NAMES = frozenset({*INFIXES, "het", "en", "voor", "in", "te", "op"})
_SENTENCES = re.compile(r"(?<=[.!?])\s+|[•☐☑☒▪·|]")
_WORD = re.compile(r"[^\W\d_]+(?:['’.][^\W\d_]+)*")
_NO_WORD = re.compile(r"\S*@\S*|\bhttps?:\S*|\bwww\.\S*|\S*\d\S*", re.IGNORECASE)  # addresses, numbers, codes and dates


Line = tuple[str, int | None]  # text and page


@dataclass(frozen=True)
class Ordinary:
    """The words of data/ordinary.yaml; what each list is stands there."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    said: tuple[str, ...]
    whole: tuple[str, ...]
    phrases: tuple[str, ...]
    words: tuple[str, ...]

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """All words that may stand in any sentence, without accents, capitals and full stops."""
        return frozenset(fold(word).replace(".", "") for line in (*self.said, *self.words) for word in _WORD.findall(line))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of those words; short stems are left out, as they are those of other words too ('voor' and 'vorige')."""
        return frozenset(found for word in self.vocabulary if len(found := stem(word)) >= SURE_STEM)

    def begins(self, text: str) -> bool:
        """Whether a text ends with the beginning of a sentence that is understood as it is, or with all of it."""
        last = _bare(_SENTENCES.split(text)[-1] or text)
        return bool(last) and any(sentence.startswith(last) for sentence in self.sentences)

    def knows(self, word: str) -> bool:
        """Whether a word (folded) is one of those words, a form of one or a compound of some."""
        return word in self.vocabulary or stem(word) in self.stems or bool(self.compounds.split(word))

    @cached_property
    def compounds(self) -> Compounds:
        """Splits a compound into those words."""
        return Compounds(fold(word) for line in self.said for word in _WORD.findall(line))

    @cached_property
    def sentences(self) -> frozenset[str]:
        """Sentences that are understood as they are, without numbers and punctuation."""
        return frozenset(_bare(line) for line in self.whole)


@from_data
def load_ordinary(folder: Path) -> Ordinary:
    """Read data/ordinary.yaml. Raises DataFileError."""
    return read_data(own_or_shipped(folder, "ordinary.yaml"), Ordinary)


def not_understood(lines: Sequence[Line], known: Iterable[str], ordinary: Ordinary, words: Against) -> Iterator[Line]:
    """The sentences of some lines with a word that is neither ordinary, nor a name, nor known.

    `known`: names of schools, boards and places, and what was read from the form. Terms, which speak of any form, are left out.
    """
    familiar = {word for one in known for word in plain_words(one).split()}
    for text, page in _joined(lines, ordinary):
        for sentence in filter(None, (part.strip() for part in _SENTENCES.split(without_refused(text)))):
            if _bare(sentence) in ordinary.sentences or is_of_terms(plain_words(sentence), words):
                continue
            if any(_strange(sentence, familiar, ordinary)):
                yield " ".join(sentence.split())[:QUOTE], page


def _bare(text: str) -> str:
    return " ".join(fold(word) for word in _WORD.findall(_NO_WORD.sub(" ", text)))


def _strange(sentence: str, familiar: set[str], ordinary: Ordinary) -> Iterator[bool]:
    left = set(without(plain_words(sentence), ordinary.phrases).split())
    words = [word for word in _WORD.findall(_NO_WORD.sub(" ", sentence)) if left & set(plain_words(word).split())]
    label = sentence.partition(":")[0] if ":" in sentence else ""
    of_names = _is_of_names(words) and ("," in label or not label)
    for place, word in enumerate(words):
        bare = fold(word).replace(".", "")
        named = _like_name(word) and (place > 0 or of_names or _begins_name(words, ordinary))
        yield not (len(bare) == 1 or named or bare in familiar or ordinary.knows(bare))


def _begins_name(words: Sequence[str], ordinary: Ordinary) -> bool:
    """Whether the first word is a given name: a surname that is no ordinary word follows."""
    surname = next((word for word in words[1:] if fold(word) not in INFIXES), "")
    return bool(surname) and _like_name(surname) and not ordinary.knows(fold(surname))


def _is_of_names(words: Sequence[str]) -> bool:
    return bool(words) and _like_name(words[-1]) and all(_like_name(word) or fold(word) in _IN_NAMES for word in words)


def _like_name(word: str) -> bool:
    """Whether a word is written as a name, or as the abbreviation of one."""
    return word[0].isupper() and (len(word) <= ABBREVIATION or not word.isupper())


def _joined(lines: Sequence[Line], ordinary: Ordinary) -> Iterator[Line]:
    """The lines, with those put together that run on: the first ends halfway, and the next begins in small letters or ends a sentence
    that is understood as it is."""
    waiting: Line | None = None
    for text, page in lines:
        if (
            waiting
            and waiting[1] == page
            and _runs_on(waiting[0])
            and (text[:1].islower() or ordinary.begins(f"{waiting[0]} {text}"))
        ):
            waiting = (f"{waiting[0]} {text}", page)
            continue
        if waiting:
            yield waiting
        waiting = (text, page)
    if waiting:
        yield waiting


def _runs_on(text: str) -> bool:
    return len(text.split()) >= RUNNING and text[-1:] not in ".!?;:"
