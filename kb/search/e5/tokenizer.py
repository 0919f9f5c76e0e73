"""Texts as the pieces that multilingual-e5-small knows."""

from __future__ import annotations

import re

from kb.search.e5.weights import EncoderWeights

LONGEST = 510  # pieces of a text; the model knows 512 places, and a text gets a beginning and an end


class Tokenizer:
    """Cuts a text into the pieces the model knows."""

    def __init__(self, weights: EncoderWeights) -> None:
        from tokenizers import Tokenizer as Pieces
        from tokenizers import models, pre_tokenizers

        self._pieces = Pieces(models.Unigram(list(weights.pieces), weights.unknown, False))
        self._pieces.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        self._weights = weights

    def __call__(self, text: str) -> list[int]:
        """The numbers of the pieces, with a beginning and an end."""
        read_as = re.sub(" {2,}", " ", text.translate(self._weights.replaced))
        found: list[int] = self._pieces.encode(read_as, add_special_tokens=False).ids[:LONGEST]
        return [self._weights.begin, *found, self._weights.end]
