"""Signed forms that many tests ask for: made, and read by the sandbox, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping

from tests.forms import Identity, filled_form, signed

Sign = Callable[[Mapping[str, str]], bytes]


class Signatures:
    """The official form with values, signed by one person, made once for all tests.

    Each signature makes another file, even of the same values; a test that asks for the same values again gets a second one.
    """

    def __init__(self, who: Identity) -> None:
        self.who = who
        self._made: dict[tuple[frozenset[tuple[str, str]], int], bytes] = {}

    def of_one_test(self) -> Sign:
        """What signs in one test."""
        asked = Counter[frozenset[tuple[str, str]]]()

        def sign(values: Mapping[str, str]) -> bytes:
            form = frozenset(values.items())
            asked[form] += 1
            place = form, asked[form]
            if place not in self._made:
                self._made[place] = signed(filled_form(values), self.who)
            return self._made[place]

        return sign
