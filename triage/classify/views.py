"""The views of the classifier: the ways in which a text's features score each label (see classifier.py)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression
from sklearn.svm import LinearSVC

Floats = NDArray[np.float64]
Vectors = NDArray[np.float32]
VECTOR_WEIGHT = (
    2.0  # of the vector beside the two TF-IDF blocks, which have unit length; of 1, 2 and 3 the best in cross-validation
)
NEAREST = 5  # training texts of a label that count as near
NEAREST = 5  # training texts of a label that count as near
SHRINKAGE = 0.5  # of the covariance within labels
LOGISTIC_C = 20.0
MARGIN, WORDS, MEANING, NEIGHBOURS = "margin", "words", "meaning", "neighbours"  # the views


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
        """All of it side by side."""
        parts = [self.words, self.letters]
        if self.vectors.shape[1]:
            parts.append(csr_matrix(VECTOR_WEIGHT * self.vectors))
        side_by_side: csr_matrix = hstack(parts, format="csr", dtype=np.float32)
        return side_by_side


@dataclass(frozen=True, slots=True)
class Views:
    """The fitted views; every array belongs to `labels` labels."""

    labels: int
    coef: NDArray[np.float32]  # (labels, features) of the support vector machine
    intercept: Floats  # (labels,)
    logistic_coef: Floats  # (labels, dimensions)
    logistic_intercept: Floats  # (labels,)
    projection: NDArray[np.float32]  # (dimensions, at most labels - 1)
    projected: Vectors  # (examples, same), rows of unit length
    words: csr_matrix  # (terms, examples): transposed once, so that each comparison is one product
    owner: NDArray[np.int64]  # label of each example

    @classmethod
    def fit(cls, features: Features, owner: NDArray[np.int64], labels: int, C: float) -> Views:
        """Learn from features (n texts) and the number of the label of each (n,); C is that of the support vector machine."""
        machine = LinearSVC(C=C, random_state=0).fit(features.joined, owner)
        coef, intercept = _per_label(machine.coef_, machine.intercept_)
        logistic_coef, logistic_intercept = np.zeros((labels, 0)), np.zeros(labels)
        projection = np.zeros((features.vectors.shape[1], 0), dtype=np.float32)
        if features.vectors.shape[1]:
            logistic = LogisticRegression(C=LOGISTIC_C, max_iter=300).fit(features.vectors, owner)
            logistic_coef, logistic_intercept = _per_label(logistic.coef_, logistic.intercept_)
            if len(owner) > labels:
                discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE).fit(features.vectors, owner)
                projection = discriminant.scalings_[:, : labels - 1].astype(np.float32)
        return cls(
            labels, coef.astype(np.float32), intercept, logistic_coef, logistic_intercept, projection,
            unit(features.vectors @ projection), features.words.T.tocsr(), owner,
        )  # fmt: skip

    def margins(self, features: Features) -> Floats:
        """Signed distances to the planes of the support vector machine, (n, labels)."""
        margins: Floats = np.asarray(features.joined @ self.coef.T) + self.intercept
        return margins

    def scores(self, features: Features) -> dict[str, Floats]:
        """Each view's score for each label: name -> (n, labels)."""
        found = {MARGIN: self.margins(features), WORDS: self._near((features.words @ self.words).toarray())}
        if features.vectors.shape[1]:
            logits = features.vectors @ self.logistic_coef.T + self.logistic_intercept
            found[MEANING] = logits - logits.mean(axis=1, keepdims=True)
            found[NEIGHBOURS] = self._near(unit(features.vectors @ self.projection) @ self.projected.T)
        return found

    def _near(self, likeness: NDArray[Any]) -> Floats:
        """Mean likeness to the most alike examples of each label, (n, labels)."""
        near = np.zeros((likeness.shape[0], self.labels))
        for label in range(self.labels):
            own = likeness[:, self.owner == label]
            count = min(NEAREST, own.shape[1])
            if count:
                near[:, label] = np.partition(own, -count, axis=1)[:, -count:].mean(axis=1)
        return near


def _per_label(coef: NDArray[Any], intercept: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """scikit-learn keeps one row for two labels."""
    if coef.shape[0] > 1:
        return coef, intercept
    return np.vstack([-coef, coef]), np.array([-intercept[0], intercept[0]])


def unit(vectors: NDArray[Any]) -> Vectors:
    """Rows scaled to length 1; a row of zeros stays."""
    norm = np.linalg.norm(vectors, axis=1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(norm, 1e-9)).astype(np.float32)
    return scaled
