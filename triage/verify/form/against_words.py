"""The words of data/against.yaml, and how a sentence is searched for them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydantic import ConfigDict

from kb.data_file import read_data
from kb.search.language import fold
from kb.settings import from_data, own_or_shipped

BETWEEN = 4  # words that '...' may stand for
_ADDRESS = re.compile(r"\S*@\S*|\bhttps?:\S*|\bwww\.\S*", re.IGNORECASE)
Words = tuple[str, ...]


@dataclass(frozen=True)
class Against:
    """The words of data/against.yaml; what each list is stands there."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    refusals: Words
    states: Words
    marks: Words
    subjects: Words
    signers: Words
    conditions: Words
    ordinary: Words
    placeholders: Words
    negations: Words
    consents: Words
    acts: Words
    genuine: Words
    origins: Words
    access: Words
    papers: Words
    any_paper: Words
    unreal: Words
    this_is: Words
    only: Words
    purposes: Words
    receipts: Words
    signs: Words
    delays: Words
    provisos: Words
    takes_away: Words
    taken_away: Words
    takes_back: Words
    taken_back: Words
    former: Words
    leaving: Words
    persons: Words
    acknowledges: Words
    needed: Words
    many: Words
    modals: Words
    passives: Words
    readers: Words
    petitions: Words
    asks: Words
    named_anyway: Words
    no_name: Words


@from_data
def load_against(folder: Path) -> Against:
    """Read data/against.yaml. Raises DataFileError."""
    return read_data(own_or_shipped(folder, "against.yaml"), Against)


def plain_words(text: str) -> str:
    """The words of a text in small letters, without accents, punctuation and addresses."""
    return " ".join(re.findall(r"[a-z0-9]+", fold(_ADDRESS.sub(" ", text))))


def without(plain: str, phrases: Sequence[str]) -> str:
    """A text (as `plain_words` gives it) without some phrases."""
    padded = f" {plain} "
    for phrase in phrases:
        padded = padded.replace(f" {phrase} ", "  ")
    return " ".join(padded.split())


def contains(plain: str, phrases: Words) -> bool:
    """Whether one of the phrases stands in a text as whole words; '...' stands for up to four words."""
    return _pattern(tuple(phrases)).search(plain) is not None


def near(first: Words, then: Words, plain: str, between: int) -> bool:
    """Whether one of the first phrases is followed by one of the others, with no more than so many words between."""
    return _near(tuple(first), tuple(then), between).search(plain) is not None


def any_of(phrases: Sequence[str]) -> str:
    """A pattern for one of some phrases, the longest first."""
    return "|".join(re.escape(plain_words(one)) for one in sorted(phrases, key=len, reverse=True))


@cache
def _pattern(phrases: Words) -> re.Pattern[str]:
    gap = rf"(?: [a-z0-9]+){{0,{BETWEEN}}} "
    return re.compile("|".join(rf"\b{gap.join(plain_words(part) for part in phrase.split('...'))}\b" for phrase in phrases))


@cache
def _near(first: Words, then: Words, between: int) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{any_of(first)})(?: [a-z0-9]+){{0,{between}}} (?:{any_of(then)})\b")
