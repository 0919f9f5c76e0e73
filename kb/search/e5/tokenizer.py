"""Texts as the pieces that multilingual-e5-small knows.

Which pieces make a text most likely is computed by the tokenizers library. It is given only those that stand in the text: loading all
250,000 takes longer than everything else a search does. They are found by a number for each run of letters (a polynomial of its
characters, Karp & Rabin, 1987), in the sorted numbers of all pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kb.search.e5.weights import EncoderWeights, Pieces
from kb.search.kept import Arrays

LONGEST = 510  # pieces of a text; the model knows 512 places, and a text gets a beginning and an end
BASE = np.uint64(0x9E3779B97F4A7C15)  # of the polynomial, modulo 2**64: odd, with its bits well mixed


def fit_lookup(pieces: Pieces) -> Arrays:
    """What it takes to find the pieces of a text. Raises ValueError when two pieces have one number."""
    texts = pieces.texts()
    lengths = np.array([len(text) for text in texts])
    codes = np.array(texts).view(np.uint32).reshape(len(texts), -1)
    keys = np.zeros(len(texts), dtype=np.uint64)
    for place in range(codes.shape[1]):
        keys = np.where(lengths > place, keys * BASE + codes[:, place], keys)
    order = np.argsort(keys, kind="stable")
    if (np.diff(keys[order]) == 0).any():
        raise ValueError("two pieces have one number")
    return {"keys": keys[order], "numbers": order.astype(np.int32), "longest": np.array(lengths.max())}


class Tokenizer:
    """Cuts a text into the pieces the model knows."""

    def __init__(self, weights: EncoderWeights, lookup: Arrays) -> None:
        """`lookup` is that of `fit_lookup`."""
        from tokenizers import pre_tokenizers

        self._weights = weights
        self._spaces = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        self._keys, self._numbers, self._longest = lookup["keys"], lookup["numbers"], int(lookup["longest"])
        # The library says how unlikely an unknown character is by the least likely piece.
        self._always = [weights.unknown, int(np.argmin(weights.pieces.scores))]

    def __call__(self, text: str) -> list[int]:
        """The numbers of the pieces, with a beginning and an end."""
        from tokenizers import Tokenizer as Cutter
        from tokenizers import models

        read_as = re.sub(" {2,}", " ", text.translate(self._weights.replaced))
        marked = "".join(part for part, _ in self._spaces.pre_tokenize_str(read_as))
        numbers = list(dict.fromkeys([*self._always, *self._standing_in(marked)]))
        cutter = Cutter(models.Unigram([self._weights.pieces[number] for number in numbers], 0, False))
        cutter.pre_tokenizer = self._spaces
        found = [numbers[place] for place in cutter.encode(read_as, add_special_tokens=False).ids]
        return [self._weights.begin, *found[:LONGEST], self._weights.end]

    def _standing_in(self, text: str) -> Iterator[int]:
        """The numbers of all pieces that stand somewhere in a text."""
        codes: NDArray[np.uint64] = np.frombuffer(text.encode("utf-32-le"), dtype="<u4").astype(np.uint64)
        keys = np.zeros(len(codes) + 1, dtype=np.uint64)
        for length in range(1, min(self._longest, len(codes)) + 1):
            keys = keys[:-1] * BASE + codes[length - 1 :]
            places = np.minimum(np.searchsorted(self._keys, keys), len(self._keys) - 1)
            for start in np.flatnonzero(self._keys[places] == keys).tolist():
                number = int(self._numbers[places[start]])
                if self._weights.pieces[number][0] == text[start : start + length]:
                    yield number
