"""Takes out of a text what could say who wrote it or about whom, before it is kept for insight.

Masked are mail addresses, web addresses, numbers of three digits and more, street addresses and postcodes, and names:
words after a title or 'mijn naam is', common Dutch given and family names (data/language/names.txt), and words with a
capital in the middle of a sentence that the help desk's own articles don't have. Better a word too many than a name kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

from kb.language import everyday_words, fold
from kb.settings import SHIPPED_DATA

_MAIL = re.compile(r"\S+@\S+")
_WEB = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
_POSTCODE = re.compile(r"\b[1-9]\d{3}\s?[A-Za-z]{2}\b")
_STREET = re.compile(
    r"\b[\w'’-]*(?:straat|laan|plein|gracht|kade|singel|dreef|steeg|dijk|weg|hof|pad)\s+\d+\s?[a-z]?\b", re.IGNORECASE
)
_BRIN = re.compile(r"\b\d{2}[A-Za-z]{2}(?:\d{2})?\b")
_NUMBER = re.compile(r"(?<![\w])\+?\d(?:[\d .\-/]*\d){2,}")
_INTRODUCED = re.compile(
    r"\b((?:mijn naam is|ik heet|ik ben|groetjes|groeten|groet|mvg|namens|juf|juffrouw|meester|mevrouw|mevr|meneer|dhr|mw|leerling)\.?)"
    r"((?:\s+(?:van|de|der|den|ter|ten|te|het|'t|el|al|von))*\s+[A-Z][\w'’-]+)+"
)
_WORD = re.compile(r"[^\W\d_][\w'’-]*")
NAME, MAIL, WEB, NUMBER, ADDRESS = "[naam]", "[mailadres]", "[webadres]", "[nummer]", "[adres]"
_FULL_NAME = re.compile(r"\[naam\](?:\s+(?:(?:van|de|der|den|ter|ten|te|el|al|von)\s+)*(?:\[naam\]|[A-Z][\w'’-]+))+")


@cache
def load_names(folder: Path = SHIPPED_DATA / "language") -> frozenset[str]:
    """Read data/language/names.txt."""
    lines = (folder / "names.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(fold(name) for line in lines if not line.startswith("#") for name in line.split())


@cache
def load_given_names(folder: Path = SHIPPED_DATA / "language") -> frozenset[str]:
    """Read the given names of data/language/names.txt: those above the line '# Family names'."""
    given, _, _ = (folder / "names.txt").read_text(encoding="utf-8").partition("# Family names")
    return frozenset(fold(name) for line in given.splitlines() if not line.startswith("#") for name in line.split())


def mask(text: str, known: Callable[[str], bool]) -> str:
    """A text without names, addresses and numbers; `known` says whether a folded word is one of the help desk's own."""
    for pattern, sign in (
        (_MAIL, MAIL),
        (_WEB, WEB),
        (_STREET, ADDRESS),
        (_POSTCODE, ADDRESS),
        (_BRIN, NUMBER),
        (_NUMBER, NUMBER),
    ):
        text = pattern.sub(sign, text)
    text = _INTRODUCED.sub(lambda match: f"{match[1]} {NAME}", text)
    names = load_names()
    parts, position = [], 0
    for match in _WORD.finditer(text):
        word = fold(match.group()).removesuffix("'s").strip("'-")
        before = text[: match.start()].rstrip()
        at_start = not before or before[-1] in ".!?:\n"
        unusual = match.group()[0].isupper() and not (at_start and word in everyday_words())
        hidden = not before.endswith("[") and (word in names or (unusual and not known(word)))
        parts += [text[position : match.start()], NAME if hidden else match.group()]
        position = match.end()
    return _FULL_NAME.sub(NAME, "".join(parts) + text[position:])
