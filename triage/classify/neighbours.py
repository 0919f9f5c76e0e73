"""Which known texts are like a text: by words and, with an encoder, by meaning."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from triage.classify.mail_text import said
from triage.classify.trained import TrainedClassifier
from triage.classify.views import Floats, Vectors, unit


@dataclass(frozen=True, slots=True)
class Nearest:
    """A training text like a given text."""

    index: int  # its place in the training data
    likeness: float  # cosine similarity, at most 1


@dataclass(frozen=True, slots=True)
class Shelf:
    """Texts to compare others with."""

    words: csr_matrix  # (terms, texts)
    projected: Vectors  # (texts, dimensions), rows of unit length; no columns without an encoder


def nearest(classifier: TrainedClassifier, text: str, count: int = 2) -> list[Nearest]:
    """The training texts most like a text."""
    classifier.check_fitted()
    alike = likeness(classifier, text, Shelf(classifier.views_.words, classifier.views_.projected))
    order = np.argsort(-alike, kind="stable")[:count]
    return [Nearest(int(row), float(min(alike[row], 1.0))) for row in order]


def shelve(classifier: TrainedClassifier, texts: Sequence[str]) -> Shelf:
    """Texts made ready to be compared with; their vectors are kept by an encoder that keeps them."""
    classifier.check_fitted()
    features = classifier.featurizer_.staying(texts)
    return Shelf(features.words.T.tocsr(), unit(features.vectors @ classifier.views_.projection))


def likeness(classifier: TrainedClassifier, text: str, shelf: Shelf) -> Floats:
    """How much a text is like each text of a shelf, (texts,): the cosine by words, with an encoder averaged with that by meaning."""
    featurizer = classifier.featurizer_
    alike: Floats = (featurizer.words.transform([text]) @ shelf.words).toarray()[0]
    if featurizer.encoder:
        centred = unit(featurizer.encoder.query(said(text)).reshape(1, -1) - featurizer.mean)
        alike = (alike + (unit(centred @ classifier.views_.projection) @ shelf.projected.T)[0]) / 2
    return alike
