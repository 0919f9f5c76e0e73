"""Short references that people can read out and type over: eight characters, the last one checks the others.

Alphabet: Crockford's base 32 (no I, L, O, U). Check character: Luhn's algorithm modulo 32 ('Luhn mod N'), which notices every
single wrong character and nearly every pair of neighbours in the wrong order.
"""

from __future__ import annotations

import re
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 8  # with the check character: 35 bits of chance
_READ_AS = str.maketrans({"I": "1", "L": "1", "O": "0"})  # what people and OCR make of them


def new_reference() -> str:
    """A reference nobody can guess the next of."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(LENGTH - 1))
    return body + _check_character(body)


def read_reference(text: str) -> str | None:
    """A reference as somebody wrote it ('k7m3-p9qo'), or None when it can't be one."""
    plain = re.sub(r"[\s\-–]", "", text).upper().translate(_READ_AS)
    if len(plain) != LENGTH or not set(plain) <= set(ALPHABET):
        return None
    return plain if _check_character(plain[:-1]) == plain[-1] else None


def show_reference(reference: str) -> str:
    """A reference in two groups of four, as people read it."""
    return f"{reference[:4]}-{reference[4:]}"


def _check_character(body: str) -> str:
    total = 0
    for position, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (1 if position % 2 else 2)
        total += value // len(ALPHABET) + value % len(ALPHABET)
    return ALPHABET[-total % len(ALPHABET)]
