"""Letters that deceive: look-alikes from another script, and characters that can't be seen.

Which letters look alike: Unicode's confusables (UTS 39), by confusable_homoglyphs.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from confusable_homoglyphs import confusables

# Unicode's explicit directions (UAX 9, 2): nobody types them by accident, and they show text in another order than it has
_DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_JOINERS = frozenset("\u200c\u200d")  # needed to write some languages, and emoji


def mixed_scripts(text: str) -> str:
    """The first word whose letters come from several scripts and look alike ('оbs' with a Cyrillic о); "" when there is none."""
    words = re.findall(r"[^\W\d_]+", text)
    return next((word for word in words if not word.isascii() and confusables.is_dangerous(word)), "")


def turns_text_around(text: str) -> bool:
    """Whether the text holds characters that change the order in which it is shown."""
    return any(char in _DIRECTIONS for char in text)


def has_invisible(text: str) -> bool:
    """Whether the text holds characters that can't be seen (Unicode category Cf), other than joiners and the directions."""
    return any(unicodedata.category(char) == "Cf" and char not in _DIRECTIONS | _JOINERS for char in text)


def latin(text: str) -> str:
    """The text as a hurried reader sees it: accents gone, letters of other scripts as the Latin ones they resemble, lower case."""
    return "".join(_seen_as(char) for char in text if unicodedata.category(char) != "Cf").lower()


@lru_cache(maxsize=4096)
def _seen_as(char: str) -> str:
    if char.isascii():
        return char
    bare = "".join(part for part in unicodedata.normalize("NFKD", char) if not unicodedata.combining(part))
    if bare.isascii():
        return bare
    found = confusables.is_confusable(bare, greedy=True, preferred_aliases=[])
    alike = [
        option["c"] for entry in found or [] for option in entry["homoglyphs"] if option["c"].isascii() and option["c"].isalpha()
    ]
    return alike[0] if alike else bare
