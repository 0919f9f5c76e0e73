"""Whether an answer says that a request was granted. The words that tell it: data/granted.yaml.

Whoever explains what is missing uses the same words: 'nog niet goedgekeurd', 'zodra het account is aangemaakt'. So each of them is
looked at with what stands around it in its sentence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.search.language import fold
from kb.settings import from_data, own_or_shipped

BEFORE, BEHIND = 9, 4  # words that are looked at around one
BETWEEN = 4  # words that '...' may stand for
GLUED = 9  # letters of a word that is recognised though its letters stand apart
_SENTENCES = re.compile(r"(?<=[.!?;])\s+|\n\s*\n|\n\s*[-*•]|[•|]")
_STOPS = frozenset({",", ":"})
_AND = frozenset({"en", "and"})


@closed
class _GrantedWords(TypedDict):
    decided: list[str]
    made: list[str]
    things: list[str]
    phrases: list[str]
    not_so: list[str]
    when: list[str]
    roles: list[str]
    asking: list[str]
    turns: list[str]
    verbs: list[str]
    to_come: list[str]
    questions: list[str]


@dataclass(frozen=True, slots=True)
class Words:
    """The words of data/granted.yaml; what each list is stands there."""

    decided: tuple[str, ...]
    made: tuple[str, ...]
    things: tuple[str, ...]
    phrases: tuple[str, ...]
    not_so: frozenset[str]
    when: frozenset[str]
    roles: frozenset[str]
    asking: frozenset[str]
    turns: frozenset[str]
    verbs: frozenset[str]
    to_come: frozenset[str]
    questions: frozenset[str]


@from_data
def load_granted(folder: Path) -> Words:
    """Read data/granted.yaml. Raises DataFileError."""
    content = read_data(own_or_shipped(folder, "granted.yaml"), _GrantedWords)
    return Words(
        decided=tuple(content["decided"]),
        made=tuple(content["made"]),
        things=tuple(content["things"]),
        phrases=tuple(content["phrases"]),
        not_so=frozenset(content["not_so"]),
        when=frozenset(content["when"]),
        roles=frozenset(content["roles"]),
        asking=frozenset(content["asking"]),
        turns=frozenset(content["turns"]),
        verbs=frozenset(content["verbs"]),
        to_come=frozenset(content["to_come"]),
        questions=frozenset(content["questions"]),
    )


def tells_grant(text: str) -> str:
    """The words that say a request was granted, "" when none do."""
    words = load_granted()
    for sentence in _SENTENCES.split(_seen(text)):
        tokens = re.findall(r"\w+|[,:]", fold(sentence))
        asks = sentence.rstrip().endswith("?") and bool(tokens) and tokens[0] in words.questions
        for at, said in () if asks else _candidates(tokens, words):
            if not _hedged(tokens, at, words):
                return said
        if said := "" if asks else _apart(tokens, words):
            return said
    return ""


def _seen(text: str) -> str:
    """The text without letters that nobody sees."""
    return "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf")


def _candidates(tokens: Sequence[str], words: Words) -> Iterator[tuple[int, str]]:
    """Where in a sentence words stand that may say it."""
    about = any(thing in token for token in tokens for thing in words.things)
    for at, token in enumerate(tokens):
        if token.startswith(words.decided) or (about and token.startswith(words.made)):
            yield at, token
    line = " ".join(tokens)
    for phrase in words.phrases:
        pattern = rf"\b{re.escape(phrase)}\b".replace(re.escape(" ... "), rf" (?:[^ ]+ ){{0,{BETWEEN}}}")
        for match in re.finditer(pattern, line):
            yield line.count(" ", 0, match.end() - 1), match.group()


def _apart(tokens: Sequence[str], words: Words) -> str:
    """A word of which the letters stand apart ('g o e d gekeurd'), in a sentence that denies nothing; "" when there is none."""
    if words.not_so & set(tokens) or words.when & set(tokens) or any(token.startswith(words.decided) for token in tokens):
        return ""
    glued = "".join(token for token in tokens if token not in _STOPS)
    return next((word for word in words.decided if len(word) >= GLUED and word in glued), "")


def _hedged(tokens: Sequence[str], at: int, words: Words) -> bool:
    """Whether a sentence says that it is not so, or what happens when it is."""
    return _denied(tokens, at, words) or _conditional(tokens, at, words)


def _denied(tokens: Sequence[str], at: int, words: Words) -> bool:
    verb_seen = False
    for token in reversed(tokens[max(0, at - BEFORE) : at]):
        if token in _STOPS or token in words.turns or (token in _AND and verb_seen):
            break
        if token in words.not_so:
            return True
        verb_seen |= token in words.verbs
    for token in tokens[at + 1 : at + 1 + BEHIND]:
        if token in _STOPS or token in words.turns or token in _AND:
            return False
        if token in words.not_so:
            return True
    return False


def _conditional(tokens: Sequence[str], at: int, words: Words) -> bool:
    start = max((number for number in range(at) if tokens[number] in words.turns or tokens[number] == ":"), default=-1) + 1
    if any(_opens(tokens, number, start, words) for number in range(start, at)):
        return True
    behind = [number for number in range(at + 1, min(len(tokens), at + 2 + BEHIND)) if _opens(tokens, number, at, words)]
    return bool(behind) and any(token in words.to_come for token in tokens[start:at])


def _opens(tokens: Sequence[str], number: int, start: int, words: Words) -> bool:
    """Whether a condition or an indirect question begins with this word."""
    word, behind = tokens[number], tokens[number + 1] if number + 1 < len(tokens) else ""
    if word == "of":
        return bool(words.asking & set(tokens[start:number]))
    return word in words.when and not (word in ("als", "voor") and behind in words.roles)
