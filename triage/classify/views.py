"""The views of the classifier: the ways in which a text's features score each label (see classifier.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
NEAREST = 5  # training texts of a label that count as near
NEAREST_EVIDENCE = 3  # and of its articles
# Weight of likeness in meaning beside likeness in words and in letters, which weigh 1 each; chosen by cross-validation on training
# texts, with the width of the kernel (1) and the ridge of fitting.py.
VECTOR_KERNEL = 3.0
BATCH = 256  # texts compared with the training texts at a time
MARGIN, WORDS, MEANING, NEIGHBOURS = "margin", "words", "meaning", "neighbours"  # the views
KERNEL, EVIDENCE = "kernel", "evidence"


@dataclass(frozen=True, slots=True)
class Features:
    """Some texts as numbers."""

    words: csr_matrix  # (n, terms), rows of unit length
    letters: csr_matrix  # (n, runs), rows of unit length
    vectors: Vectors  # (n, dimensions), centred, rows of unit length; no columns without an encoder

    def __getitem__(self, rows: Any) -> Features:
        return Features(self.words[rows], self.letters[rows], self.vectors[rows])

    @property
    def joined(self) -> csr_matrix:
        """Words and letters side by side."""
        side_by_side: csr_matrix = hstack([self.words, self.letters], format="csr", dtype=np.float32)
        return side_by_side


@dataclass(frozen=True, slots=True)
class LabelTexts:
    """Texts that belong to labels without being examples of what is classified: articles that answer, descriptions."""

    words: csr_matrix  # (terms, texts)
    owner: NDArray[np.int64]  # label of each text


@dataclass(frozen=True)
class Views:
    """The views, as fitting.fit_views makes them; every array belongs to `labels` labels."""

    labels: int
    coef: NDArray[np.float32]  # (labels, terms and runs) of the support vector machine
    intercept: Floats  # (labels,)
    logistic_coef: Floats  # (labels, dimensions)
    logistic_intercept: Floats  # (labels,)
    projection: NDArray[np.float32]  # (dimensions, at most labels - 1)
    projected: Vectors  # (examples, same), rows of unit length
    words: csr_matrix  # (terms, examples): transposed once, so that each comparison is one product
    owner: NDArray[np.int64]  # label of each example
    vectors: Vectors  # (examples, dimensions), rows of unit length
    dual: NDArray[np.float32]  # (examples, labels) of the kernel machine
    linear: NDArray[np.float32]  # (terms and runs, labels): what its words and letters come down to
    evidence: LabelTexts

    def margins(self, features: Features) -> Floats:
        """Signed distances to the planes of the support vector machine, (n, labels)."""
        margins: Floats = np.asarray(features.joined @ self.coef.T) + self.intercept
        return margins

    def scores(self, features: Features) -> dict[str, Floats]:
        """Each view's score for each label: name -> (n, labels)."""
        found = {MARGIN: self.margins(features)}
        found[WORDS] = _near((features.words @ self.words).toarray(), self.examples_of, NEAREST)
        if features.vectors.shape[1]:
            logits = features.vectors @ self.logistic_coef.T + self.logistic_intercept
            found[MEANING] = logits - logits.mean(axis=1, keepdims=True)
            projected = unit(features.vectors @ self.projection)
            found[NEIGHBOURS] = _near(projected @ self.projected.T, self.examples_of, NEAREST)
            found[KERNEL] = likeness_in_meaning(features.vectors, self.vectors) @ self.dual + features.joined @ self.linear
        if len(self.evidence.owner):
            found[EVIDENCE] = _near((features.words @ self.evidence.words).toarray(), self.evidence_of, NEAREST_EVIDENCE)
        return found

    def batched_scores(self, features: Features) -> dict[str, Floats]:
        """The scores of many texts, so many at a time that the comparisons with all training texts fit in memory."""
        size = features.vectors.shape[0]
        parts = [self.scores(features[start : start + BATCH]) for start in range(0, max(size, 1), BATCH)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    @cached_property
    def examples_of(self) -> list[NDArray[np.int64]]:
        """The places of each label's examples."""
        return [np.flatnonzero(self.owner == label) for label in range(self.labels)]

    @cached_property
    def evidence_of(self) -> list[NDArray[np.int64]]:
        """The places of each label's evidence."""
        return [np.flatnonzero(self.evidence.owner == label) for label in range(self.labels)]


def _near(likeness: NDArray[Any], own: Sequence[NDArray[np.int64]], most: int) -> Floats:
    """Mean likeness to the most alike texts of each label, (n, labels); `own` has the places of the texts of each label."""
    near = np.zeros((likeness.shape[0], len(own)))
    for label, places in enumerate(own):
        count = min(most, len(places))
        if count:
            near[:, label] = np.partition(likeness.take(places, axis=1), -count, axis=1)[:, -count:].mean(axis=1)
    return near


def likeness_in_meaning(some: Vectors, others: Vectors) -> NDArray[np.float32]:
    """The part of the kernel that sentence vectors of unit length give: a Gaussian of their distance, (some, others)."""
    likeness: NDArray[np.float32] = VECTOR_KERNEL * np.exp(2 * (some @ others.T - 1))
    return likeness


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(norm, 1e-9)).astype(np.float32)
    return scaled
