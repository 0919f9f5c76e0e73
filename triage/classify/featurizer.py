"""From texts to numbers: words, runs of letters and, with an encoder, sentence vectors around their mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kb.search.semantic import Encoder
from triage.classify.mail_text import said
from triage.classify.terms import Terms
from triage.classify.views import Features, Vectors, unit


@dataclass(frozen=True, slots=True)
class Featurizer:
    """What was learned of the texts that a classifier was trained on, to make features of others; see fitting.fit_featurizer."""

    # None for words and letters only.
    encoder: Encoder | None
    words: Terms
    letters: Terms
    # (dimensions,) of the sentence vectors; no columns without an encoder.
    mean: Vectors

    def passing(self, texts: Sequence[str]) -> Features:
        """Features of texts that pass by: their vectors are not kept."""
        if self.encoder is None or not len(texts):
            return self.with_vectors(texts, np.zeros((len(texts), 0), dtype=np.float32))
        return self.with_vectors(texts, np.stack([self.encoder.query(said(text)) for text in texts]))

    def staying(self, texts: Sequence[str]) -> Features:
        """Features of texts that will be asked for again: their vectors are kept by an encoder that keeps them."""
        return self.with_vectors(texts, encoded(self.encoder, texts))

    def with_vectors(self, texts: Sequence[str], vectors: Vectors) -> Features:
        """Features of texts whose vectors (n, dimensions) were made before."""
        centred = unit(vectors.reshape(len(texts), -1) - self.mean) if vectors.shape[1] else vectors
        return Features(self.words.transform(texts), self.letters.transform(texts), centred)

    def without_vectors(self, texts: Sequence[str]) -> Features:
        """Features of pieces of a text, by their words and letters alone."""
        none = np.zeros((len(texts), self.mean.shape[0]), dtype=np.float32)
        return Features(self.words.transform(texts), self.letters.transform(texts), none)


def encoded(encoder: Encoder | None, texts: Sequence[str]) -> Vectors:
    """Sentence vectors of what is said in texts, (n, dimensions); no columns without an encoder."""
    return encoder.encode([said(text) for text in texts]) if encoder else np.zeros((len(texts), 0), np.float32)
