"""Words on a form that speak against the request: a refusal, a withdrawal, a mark such as 'CONCEPT'. The words: data/against.yaml.

Terms and privacy statements of an honest school speak of consent too. So a refusal counts alone on a line or in a short sentence,
and in a longer one only when the signer or the request is its subject and nothing makes it conditional.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from statistics import median

from triage.verify.form.against_words import Against, contains, load_against, plain_words, without
from triage.verify.form.speech import CLAUSES, FEW, SHORT, Sentence, is_about_paper, is_general, speaks_against_request

__all__ = ["Against", "Said", "Text", "is_placeholder", "load_against", "speaks_against"]

SPACED = 4  # words that are letters of one word
MARK = 5  # words of a heading or stamp: 'Aanvraag eerste beheerder (concept)'
RUNNING = 8  # words of a line that may run on into the next
LARGE = 1.5  # times the usual height of letters on the form
GLUED = 7  # letters of words that are recognised without the spaces between them
QUOTE = 90  # characters shown
_SENTENCES = re.compile(r"(?<=\w{4}[.!?;])\s+|[•☐☑☒▪·|]")  # not behind "Stg." or initials


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


def speaks_against(texts: Sequence[Text], known: Iterable[str], words: Against, people: Sequence[str] = ()) -> list[Said]:
    """What speaks against a request, in order, each sentence once.

    `known`: names of schools and boards, labels and other words that are there for a reason; `people`: who is to be administrator.
    """
    usual = median([text.height for text in texts if text.height] or [0.0])
    ordinary = sorted({plain_words(one) for one in (*known, *words.ordinary)} - {""}, key=len, reverse=True)
    found: dict[tuple[int | None, str], Said] = {}
    for text in _joined(texts, words):
        stands_out = text.aslant or (usual > 0 and text.height > LARGE * usual)
        for raw in filter(None, _SENTENCES.split(text.text)):
            sentence = _sentence(raw, ordinary, words)
            if raw.rstrip().endswith("?") and not contains(sentence.words, words.petitions):
                continue
            glued = _glued(plain_words(text.text), text)
            refuses = _refuses(sentence, glued, stands_out, words) or speaks_against_request(sentence, people, words)
            if refuses or _marked(sentence, glued, stands_out, words):
                quote = " ".join(raw.split())[:QUOTE]
                found.setdefault((text.page, quote), Said(text.page, quote, refuses))
    return list(found.values())


def _sentence(raw: str, ordinary: Sequence[str], words: Against) -> Sentence:
    text = _hints(words.marks).sub(" ", raw)
    whole = without(plain_words(text), ordinary)
    clauses = [without(plain_words(part), ordinary) for part in CLAUSES.split(text)]
    if len(whole.split()) <= FEW:  # 'Akkoord: nee'
        clauses.append(whole)
    return Sentence(raw, whole, tuple(filter(None, clauses)))


def is_placeholder(texts: Sequence[Text], words: Against) -> bool:
    """Whether a page only says that the form can't be shown here."""
    shown = plain_words(" ".join(text.text for text in texts[:12]))
    return contains(shown, words.placeholders)


def _refuses(sentence: Sentence, glued: str, stands_out: bool, words: Against) -> bool:
    """Whether the signer says no, or says that the paper is void, in so many words."""
    if _glued_pattern(words.refusals + words.states).search(glued):
        return True
    if is_general(sentence.words, words):
        return False
    subject = contains(sentence.words, words.subjects)
    speaks = subject or is_about_paper(sentence.words, words) or contains(sentence.words, (*words.signers, *words.persons))
    if contains(sentence.words, words.refusals):
        return sentence.length <= SHORT or stands_out or speaks
    of_paper = any(is_about_paper(clause, words) and contains(clause, words.states) for clause in sentence.clauses)
    return of_paper or ((sentence.length <= FEW or stands_out or subject) and contains(sentence.words, words.states))


def _marked(sentence: Sentence, glued: str, stands_out: bool, words: Against) -> bool:
    """Whether a heading, stamp or watermark says that this is no real request."""
    if sentence.length > (SHORT if stands_out else MARK):
        return False
    return contains(sentence.words, words.marks) or glued in words.marks


def _joined(texts: Sequence[Text], words: Against) -> Iterator[Text]:
    """The texts, with the lines of running text put together; and what a few lines say together besides ('NIET' above 'AKKOORD')."""
    waiting: Text | None = None
    for text in texts:
        if waiting and _runs_on(waiting, text):
            waiting = replace(waiting, text=f"{waiting.text} {text.text}")
            continue
        if waiting:
            yield waiting
            if _half_said(waiting, text, words):
                yield replace(waiting, text=f"{waiting.text} {text.text}", aslant=False)
        waiting = text
    if waiting:
        yield waiting


def _runs_on(one: Text, other: Text) -> bool:
    """Whether a line is one of running text: long, it ends halfway, and the next goes on in small letters."""
    words = one.text.split()
    return _alike(one, other) and len(words) >= RUNNING and _is_open(one) and ":" not in one.text and other.text[:1].islower()


def _half_said(one: Text, other: Text, words: Against) -> bool:
    """Whether a line may be half of what is said: no more than a denial, or one that ends halfway with a denial near its end."""
    if not _alike(one, other) or not _is_open(one) or ":" in one.text + other.text:
        return False
    here, there = plain_words(one.text), plain_words(other.text)
    few = len(here.split()) <= FEW and len(there.split()) <= FEW
    alone = few and any(contains(text, words.negations) and len(text.split()) == 1 for text in (here, there))
    begun = contains(here, (*words.negations, *words.delays, *words.persons, *words.only)) and other.text[:1].islower()
    return alone or begun


def _alike(one: Text, other: Text) -> bool:
    return bool(one.text and other.text) and one.page == other.page and one.height == other.height and one.aslant == other.aslant


def _is_open(one: Text) -> bool:
    return one.text[-1] not in ".!?;:"


def _glued(plain: str, text: Text) -> str:
    """The letters of 'O N G E L D I G' put together, and those of a short line of which OCR may have lost the spaces."""
    parts = plain.split()
    spaced = len(parts) > SPACED and sum(len(part) == 1 for part in parts) > 0.8 * len(parts)
    return "".join(parts) if spaced or (text.by_ocr and len(parts) <= FEW) else ""


@cache
def _hints(marks: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, marks))})\s*:(?=\s*\S)", re.IGNORECASE)


@cache
def _glued_pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(
        "|".join(plain_words(phrase).replace(" ", "") for phrase in phrases if len(phrase) > GLUED and "..." not in phrase)
    )
