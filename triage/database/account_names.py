"""Account names that people can't tell apart count as one name: letters of other alphabets, capitals, what can't be seen.

Which letters look alike: Unicode's confusables (UTS 39, section 4), by confusable_homoglyphs. Migration 0007 holds a copy, as it was.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Mapping
from functools import cache

from confusable_homoglyphs import confusables

LONGEST_KEY = 200
BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"  # Hangul fillers: letters to a computer, nothing to the eye
TWO_AS_ONE = {"rn": "m", "vv": "w"}
SAME_IN_CAPITALS = str.maketrans("i1", "ll")  # a capital i is an l to the eye, and capitals don't count


def name_key(name: str) -> str:
    """What is left of an account name for the eye: names with the same key look alike. "" when no letter or digit is left.

    Capitals, accents, spaces, punctuation and signs without a shape count for nothing.
    """
    shapes = _alphabet()
    folded = _letters("".join(shapes.get(char, char) for char in _letters(name)).casefold())
    key = "".join(shapes.get(char, char) for char in folded).casefold().translate(SAME_IN_CAPITALS)
    for two, one in TWO_AS_ONE.items():
        key = key.replace(two, one)
    return key


def _letters(text: str) -> str:
    """Letters and digits alone, without accents."""
    return "".join(char for char in unicodedata.normalize("NFKD", text) if char.isalnum() and char not in BLANK_LETTERS)


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
