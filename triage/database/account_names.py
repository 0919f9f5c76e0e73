"""Account names that people can't tell apart count as one name: letters of other alphabets, capitals, what can't be seen.

Which letters look alike: Unicode's confusables (UTS 39, section 4), by confusable_homoglyphs. What those leave out
and a tired eye takes for the same stands below. Migration 0008 holds a copy, as it was.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from confusable_homoglyphs import confusables

LONGEST_KEY = 200
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters to a computer, nothing to the eye
TWO_AS_ONE = {"rn": "m", "vv": "w", "cl": "d"}
SIX_AS_B = re.compile(r"6+(?=\D)")  # before a letter; at the end it is a number: 'agent 6' is not 'agent 8'
SMALL_CAPITAL = "LATIN LETTER SMALL CAPITAL "
# A capital i is an l to the eye, and capitals don't count; digits and letters that stand for another one.
SAME_TO_THE_EYE = str.maketrans("i1589q\u03c9", "llsbggw")


def name_key(name: str) -> str:
    """What is left of an account name for the eye: names with the same key look alike. "" when no letter or digit is left.

    Capitals, accents, spaces, punctuation and signs without a shape count for nothing.
    """
    shapes = _alphabet()
    folded = _letters("".join(shapes.get(char, char) for char in _letters(name)).casefold())
    key = "".join(shapes.get(char, char) for char in folded).casefold().translate(SAME_TO_THE_EYE)
    key = SIX_AS_B.sub(lambda sixes: "b" * len(sixes.group()), key)
    for two, one in TWO_AS_ONE.items():
        key = key.replace(two, one)
    return key


def _letters(text: str) -> str:
    """Letters and digits alone, without accents; small capitals as the letters they are."""
    plain = (char for char in unicodedata.normalize("NFKD", text) if char.isalnum() and char not in BLANK_LETTERS)
    return "".join(_small_capital(char) or char for char in plain)


def _small_capital(char: str) -> str:
    name = "" if char.isascii() else unicodedata.name(char, "")
    letter = name.removeprefix(SMALL_CAPITAL) if name.startswith(SMALL_CAPITAL) else ""
    return letter.casefold() if len(letter) == 1 else ""


@cache
def _alphabet() -> Mapping[str, str]:
    """The shape of each character that looks like others: the plainest one of them, ASCII where there is one."""
    alike: dict[str, set[str]] = defaultdict(set)
    for char, others in confusables.confusables_data.items():
        alike[char].update(other["c"] for other in others)
    shapes: dict[str, str] = {}
    for start in sorted(alike):
        if start in shapes:
            continue  # seen with another that looks like it
        together, waiting = {start}, [start]
        while waiting:
            for other in alike[waiting.pop()] - together:
                together.add(other)
                waiting.append(other)
        plain = {letters for one in together if (letters := _letters(one))}
        if plain:
            shape = min(plain, key=lambda one: (not one.isascii(), not one.isalpha(), len(one), one))
            shapes.update(dict.fromkeys(together, shape))
    return shapes
