"""The codes of the register: BRIN, location code and number of a board (DUO, 'Instellingscode en vestigingscode')."""

from __future__ import annotations

import re

BRIN = re.compile(r"[0-9]{2}[A-Z]{2}")  # two digits, two letters
LOCATION = re.compile(r"[0-9]{2}")
BOARD_NUMBER = re.compile(r"[0-9]{5}")
BRIN_IN_TEXT = re.compile(r"\b[0-9]{2}[ .-]?[A-Za-z]{2}(?:[ .-]?[0-9]{2})?\b")


def split_brin(raw: str) -> tuple[str | None, str | None]:
    """A BRIN and the location code behind it, normalised: ' 99 ab.' -> ('99AB', None); '99AB01' -> ('99AB', '01').

    Returns (None, None) when it isn't a BRIN.
    """
    compact = re.sub(r"[\s.\-_/]", "", raw).upper()
    if BRIN.fullmatch(compact[:4]) and (len(compact) == 4 or LOCATION.fullmatch(compact[4:])):
        return compact[:4], compact[4:] or None
    return None, None


def brins_in(text: str) -> list[tuple[str, str | None]]:
    """Every BRIN in a text with the location code behind it: '99AB01 en 99 ac' -> [('99AB', '01'), ('99AC', None)]."""
    found = (split_brin(match.group()) for match in BRIN_IN_TEXT.finditer(text))
    return list(dict.fromkeys((brin, location) for brin, location in found if brin))
