"""Words on a form that speak against the request: a refusal, a withdrawal, a mark such as 'CONCEPT'. The words: data/against.yaml.

Terms and privacy statements of an honest school speak of consent too. So a refusal counts alone on a line or in a short sentence,
and in a longer one only when the signer or the request is its subject and nothing makes it conditional.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from statistics import median

from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.search.language import fold
from kb.settings import from_data

BETWEEN = 4  # words that '...' may stand for
SHORT = 9  # words: a sentence of terms is longer, a refusal on a line of its own is not
FEW = 3  # words of a line that says no more than that the paper is void
MARK = 5  # words of a heading or stamp: 'Aanvraag eerste beheerder (concept)'
RUNNING = 8  # words of a line that may run on into the next
LARGE = 1.5  # times the usual height of letters on the form
GLUED = 7  # letters of words that are recognised without the spaces between them
QUOTE = 90  # characters shown
_ADDRESS = re.compile(r"\S*@\S*|\bhttps?:\S*|\bwww\.\S*", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=\w{4}[.!?;])\s+|[•☐☑☒▪·|]")  # not behind "Stg." or initials


@dataclass(frozen=True, slots=True)
class Against:
    """The words of data/against.yaml; what each list is stands there."""

    refusals: tuple[str, ...]
    states: tuple[str, ...]
    marks: tuple[str, ...]
    subjects: tuple[str, ...]
    signers: tuple[str, ...]
    conditions: tuple[str, ...]
    ordinary: tuple[str, ...]
    placeholders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Text:
    """Words in one place of a file."""

    page: int | None  # 1-based; None where a file has no pages
    text: str
    height: float = 0.0  # of its letters, in points; 0: not known
    aslant: bool = False  # not level, as a stamp
    by_ocr: bool = False  # the spaces between words may be lost


@dataclass(frozen=True, slots=True)
class Said:
    """Words that speak against a request."""

    page: int | None
    quote: str  # the sentence or line they stand in
    refusal: bool  # the signer says no, or the paper is void; False: a mark such as 'concept'


@dataclass(frozen=True, slots=True)
class _Sentence:
    words: str  # folded, without punctuation, names and ordinary phrases
    glued: str  # its letters without spaces, where those prove nothing; "" otherwise
    stands_out: bool  # a stamp, or much larger than the rest

    @property
    def length(self) -> int:
        return len(self.words.split())


@closed
class _File(TypedDict):
    refusals: list[str]
    states: list[str]
    marks: list[str]
    subjects: list[str]
    signers: list[str]
    conditions: list[str]
    ordinary: list[str]
    placeholders: list[str]


@from_data
def load_against(folder: Path) -> Against:
    """Read data/against.yaml. Raises DataFileError."""
    content = read_data(folder / "against.yaml", _File)
    return Against(
        refusals=tuple(content["refusals"]),
        states=tuple(content["states"]),
        marks=tuple(content["marks"]),
        subjects=tuple(content["subjects"]),
        signers=tuple(content["signers"]),
        conditions=tuple(content["conditions"]),
        ordinary=tuple(content["ordinary"]),
        placeholders=tuple(content["placeholders"]),
    )


def speaks_against(texts: Sequence[Text], known: Iterable[str], words: Against) -> list[Said]:
    """What speaks against a request, in order, each sentence once.

    `known`: names of schools and boards, labels and other words that are there for a reason.
    """
    usual = median([text.height for text in texts if text.height] or [0.0])
    ordinary = sorted({_plain(one) for one in (*known, *words.ordinary)} - {""}, key=len, reverse=True)
    listed = words.refusals + words.states + words.marks
    found: dict[tuple[int | None, str], Said] = {}
    for text in _joined(texts):
        plain = _plain(text.text)
        if not (_holds(plain, listed) or _glued(plain, text)):
            continue
        stands_out = text.aslant or (usual > 0 and text.height > LARGE * usual)
        for raw in filter(None, _SENTENCES.split(text.text)):
            plain = _without(_plain(_hints(words.marks).sub(" ", raw)), ordinary)
            sentence = _Sentence(plain, _glued(plain, text), stands_out)
            refuses = _refuses(sentence, words)
            if not raw.rstrip().endswith("?") and (refuses or _marked(sentence, words)):
                quote = " ".join(raw.split())[:QUOTE]
                found.setdefault((text.page, quote), Said(text.page, quote, refuses))
    return list(found.values())


def is_placeholder(texts: Sequence[Text], words: Against) -> bool:
    """Whether a page only says that the form can't be shown here."""
    shown = _plain(" ".join(text.text for text in texts[:12]))
    return _holds(shown, words.placeholders)


def _refuses(sentence: _Sentence, words: Against) -> bool:
    """Whether the signer says no, or says that the paper is void."""
    if _glued_pattern(words.refusals + words.states).search(sentence.glued):
        return True
    if _holds(sentence.words, words.conditions):
        return False
    about = _holds(sentence.words, words.subjects)
    speaks = about or _holds(sentence.words, words.signers)
    if _holds(sentence.words, words.refusals):
        return sentence.length <= SHORT or sentence.stands_out or speaks
    return (sentence.length <= FEW or sentence.stands_out or about) and _holds(sentence.words, words.states)


def _marked(sentence: _Sentence, words: Against) -> bool:
    """Whether a heading, stamp or watermark says that this is no real request."""
    if sentence.length > (SHORT if sentence.stands_out else MARK):
        return False
    return _holds(sentence.words, words.marks) or sentence.glued in words.marks


def _joined(texts: Sequence[Text]) -> Iterator[Text]:
    """The texts, with the lines of running text put together: such a line is long, ends halfway and goes on in small letters."""
    waiting: Text | None = None
    for text in texts:
        if waiting and _runs_on(waiting, text):
            waiting = replace(waiting, text=f"{waiting.text} {text.text}")
            continue
        if waiting:
            yield waiting
        waiting = text
    if waiting:
        yield waiting


def _runs_on(one: Text, other: Text) -> bool:
    alike = one.page == other.page and one.height == other.height and one.aslant == other.aslant
    words = one.text.split()
    return alike and len(words) >= RUNNING and one.text[-1] not in ".!?;:" and ":" not in one.text and other.text[:1].islower()


def _without(plain: str, phrases: Sequence[str]) -> str:
    padded = f" {plain} "
    for phrase in phrases:
        padded = padded.replace(f" {phrase} ", "  ")
    return " ".join(padded.split())


def _glued(plain: str, text: Text) -> str:
    """The letters of 'O N G E L D I G' put together, and those of a short line of which OCR may have lost the spaces."""
    parts = plain.split()
    spaced = len(parts) > BETWEEN and sum(len(part) == 1 for part in parts) > 0.8 * len(parts)
    return "".join(parts) if spaced or (text.by_ocr and len(parts) <= FEW) else ""


def _plain(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", fold(_ADDRESS.sub(" ", text))))


def _holds(plain: str, phrases: tuple[str, ...]) -> bool:
    return _pattern(phrases).search(plain) is not None


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Any of the phrases as whole words, with up to four others where a phrase has '...'."""
    gap = rf"(?: [a-z0-9]+){{0,{BETWEEN}}} "
    return re.compile("|".join(rf"\b{gap.join(_plain(part) for part in phrase.split('...'))}\b" for phrase in phrases))


@cache
def _hints(marks: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, marks))})\s*:(?=\s*\S)", re.IGNORECASE)


@cache
def _glued_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(_plain(phrase).replace(" ", "") for phrase in phrases if len(phrase) > GLUED and "..." not in phrase)
    )
