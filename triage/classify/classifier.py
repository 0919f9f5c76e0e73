"""IntentClassifier: word, letter and meaning features, linear margins, calibrated probabilities.

Features: TF-IDF over words and word pairs, TF-IDF over runs of letters (typos, compounds) and, when an encoder is given,
a sentence vector. A linear support vector machine (Fan et al., 'LIBLINEAR', JMLR 2008) gives one margin a label;
probabilities are the softmax of the margins divided by a temperature that is fitted on margins from cross-validation
(Guo et al., 'On Calibration of Modern Neural Networks', ICML 2017).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.sparse import csr_matrix, hstack
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC
from sklearn.utils.validation import check_is_fitted

from kb.language import fold
from kb.search import installed_encoder
from kb.semantic import Encoder
from kb.settings import settings

Floats = NDArray[np.float64]
AUTO_PRECISION = 0.99  # mails decided without review must be right this often, measured in cross-validation
FAMILIAR_SHARE = 0.02  # a mail less familiar than this share of the training mails is always reviewed


@dataclass(frozen=True, slots=True)
class Nearest:
    """The training text most like a given text."""

    index: int  # its place in the training data
    likeness: float  # cosine similarity, at most 1


class IntentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier from text to label.

    Parameters
    ----------
    encoder : an Encoder for sentence vectors; None for words and letters only; "auto" for what is installed.
    C : inverse regularisation of the support vector machine.
    vector_weight : how heavy the sentence vector counts beside the TF-IDF features (both have unit length).
    folds : cross-validation folds for calibration.
    """

    def __init__(
        self, encoder: Encoder | str | None = "auto", C: float = 1.0, vector_weight: float = 1.0, folds: int = 5
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.vector_weight = vector_weight
        self.folds = folds

    def fit(self, texts: Sequence[str], labels: Sequence[str]) -> IntentClassifier:
        """Learn from texts and their labels (list[str], list[str] of the same length, at least two labels)."""
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts but {len(labels)} labels; give one label for each text.")
        self.classes_, encoded = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Training needs texts of at least two labels.")
        self.encoder_ = self._resolve_encoder()
        self.words_, self.letters_ = _word_vectorizer(), _letter_vectorizer()
        self.words_.fit(texts)
        self.letters_.fit(texts)
        vectors = self.encoder_.encode(texts) if self.encoder_ else np.zeros((len(texts), 0), dtype=np.float32)
        self.mean_ = vectors.mean(axis=0)
        self.examples_ = self._combine(texts, vectors)
        self.example_classes_ = encoded
        self.coef_, self.intercept_ = self._margins_of(self.examples_, encoded)
        self._calibrate(encoded)
        return self

    def _resolve_encoder(self) -> Encoder | None:
        if self.encoder == "auto":
            return installed_encoder(settings())
        if isinstance(self.encoder, str):
            raise ValueError(f"encoder is {self.encoder!r}; give an Encoder, None or 'auto'.")
        return self.encoder

    def _features(self, texts: Sequence[str]) -> csr_matrix:
        """Features of texts that pass by: their vectors are not kept."""
        empty = np.zeros((len(texts), 0), dtype=np.float32)
        return self._combine(
            texts, np.stack([self.encoder_.query(text) for text in texts]) if self.encoder_ and len(texts) else empty
        )

    def _combine(self, texts: Sequence[str], vectors: NDArray[np.float32]) -> csr_matrix:
        parts = [self.words_.transform(texts), self.letters_.transform(texts)]
        if self.encoder_:
            centred = vectors.reshape(len(texts), -1) - self.mean_
            norm = np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-9)
            parts.append(csr_matrix((self.vector_weight * centred / norm).astype(np.float32)))
        features: csr_matrix = hstack(parts, format="csr")
        return features

    def _margins_of(self, features: csr_matrix, encoded: NDArray[np.int64]) -> tuple[Floats, Floats]:
        machine = LinearSVC(C=self.C, random_state=0).fit(features, encoded)
        if len(self.classes_) == 2:  # scikit-learn keeps one row for two labels
            return np.vstack([-machine.coef_, machine.coef_]), np.array([-machine.intercept_[0], machine.intercept_[0]])
        return machine.coef_, machine.intercept_

    def _calibrate(self, encoded: NDArray[np.int64]) -> None:
        smallest = int(np.bincount(encoded).min())
        margins = np.zeros((len(encoded), len(self.classes_)))
        likeness = np.zeros(len(encoded))
        if smallest < 2:  # too few to hold any back: the margins on the training data themselves, cautiously softened
            margins = 0.5 * self._decide(self.examples_)
            likeness = np.full(len(encoded), 0.5)
        else:
            splitter = StratifiedKFold(min(self.folds, smallest), shuffle=True, random_state=0)
            for train, held in splitter.split(margins, encoded):
                coef, intercept = self._margins_of(self.examples_[train], encoded[train])
                margins[held] = self.examples_[held] @ coef.T + intercept
                likeness[held] = self._likeness(self.examples_[held], self.examples_[train]).max(axis=1)
        self.temperature_ = _fit_temperature(margins, encoded)
        self.out_of_fold_ = softmax(margins / self.temperature_, axis=1)
        self.familiar_at_ = float(np.quantile(likeness, FAMILIAR_SHARE))
        self.auto_threshold_ = _threshold(self.out_of_fold_, encoded, AUTO_PRECISION)

    @staticmethod
    def _likeness(features: csr_matrix, others: csr_matrix) -> Floats:
        """Cosine similarities (n, others)."""
        product = (features @ others.T).toarray()
        size = np.sqrt(features.multiply(features).sum(axis=1)).reshape(-1, 1)
        other = np.sqrt(others.multiply(others).sum(axis=1)).reshape(1, -1)
        likeness: Floats = product / np.maximum(np.asarray(size) * np.asarray(other), 1e-9)
        return likeness

    def _decide(self, features: csr_matrix) -> Floats:
        margins: Floats = np.asarray(features @ self.coef_.T) + self.intercept_
        return margins

    def decision_function(self, texts: Sequence[str]) -> Floats:
        """Margins, (n, labels)."""
        check_is_fitted(self)
        return self._decide(self._features(texts))

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Calibrated probabilities, (n, len(classes_)); rows sum to 1."""
        chances: Floats = softmax(self.decision_function(texts) / self.temperature_, axis=1)
        return chances

    def predict(self, texts: Sequence[str]) -> NDArray[np.str_]:
        """The most likely label of each text."""
        predicted: NDArray[np.str_] = self.classes_[self.decision_function(texts).argmax(axis=1)]
        return predicted

    def familiarity(self, texts: Sequence[str]) -> Floats:
        """How much each text is like the training data, (n,); higher is more alike.

        The likeness to the nearest training text plus the largest margin, both about 0..1 for texts in scope.
        """
        check_is_fitted(self)
        features = self._features(texts)
        near = np.concatenate(
            [self._likeness(features[i : i + 256], self.examples_).max(axis=1) for i in range(0, features.shape[0], 256)]
        )
        familiar: Floats = near + 0.5 * self._decide(features).max(axis=1)
        return familiar

    def nearest(self, text: str, label: str) -> Nearest:
        """The training text of a label that is most like a text."""
        rows = np.flatnonzero(self.classes_[self.example_classes_] == label)
        likeness = self._likeness(self._features([text]), self.examples_[rows])[0]
        best = int(likeness.argmax())
        return Nearest(int(rows[best]), float(likeness[best]))

    def decides_alone(self, text: str, confidence: float) -> bool:
        """Whether a prediction may be used without review: sure enough, and like something seen before."""
        likeness = self._likeness(self._features([text]), self.examples_).max()
        return confidence >= self.auto_threshold_ and float(likeness) >= self.familiar_at_

    def word_weights(self, text: str, label: str, rival: str) -> list[tuple[str, float]]:
        """The words and word pairs of a text that speak for a label against its rival, strongest first."""
        row = self.words_.transform([text])
        classes = self.classes_.tolist()
        width = row.shape[1]
        difference = self.coef_[classes.index(label)][:width] - self.coef_[classes.index(rival)][:width]
        names = self.words_.get_feature_names_out()
        weighed = [(str(names[i]), float(value * difference[i])) for i, value in zip(row.indices, row.data, strict=True)]
        return sorted((pair for pair in weighed if pair[1] > 0), key=lambda pair: -pair[1])

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to predict, as plain arrays (no objects)."""
        check_is_fitted(self)
        return {
            "classes": self.classes_,
            **_vectorizer_arrays("words", self.words_),
            **_vectorizer_arrays("letters", self.letters_),
            "mean": self.mean_,
            "examples_data": self.examples_.data,
            "examples_indices": self.examples_.indices,
            "examples_indptr": self.examples_.indptr,
            "example_classes": self.example_classes_,
            "coef": self.coef_.astype(np.float32),
            "intercept": self.intercept_,
            "scalars": np.array([self.temperature_, self.familiar_at_, self.auto_threshold_, self.vector_weight]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], encoder: Encoder | None) -> IntentClassifier:
        """The reverse of arrays(); the encoder must be the one it was trained with."""
        temperature, familiar, threshold, weight = (float(value) for value in arrays["scalars"])
        classifier = cls(encoder=encoder, vector_weight=weight)
        classifier.encoder_ = encoder
        classifier.classes_ = arrays["classes"]
        classifier.words_ = _word_vectorizer().set_params(vocabulary=_vocabulary(arrays["words_terms"]))
        classifier.letters_ = _letter_vectorizer().set_params(vocabulary=_vocabulary(arrays["letters_terms"]))
        classifier.words_.idf_ = arrays["words_idf"]
        classifier.letters_.idf_ = arrays["letters_idf"]
        classifier.mean_ = arrays["mean"]
        shape = (len(arrays["examples_indptr"]) - 1, arrays["coef"].shape[1])
        parts = (arrays["examples_data"], arrays["examples_indices"], arrays["examples_indptr"])
        classifier.examples_ = csr_matrix(parts, shape=shape)
        classifier.example_classes_ = arrays["example_classes"]
        classifier.coef_, classifier.intercept_ = arrays["coef"], arrays["intercept"]
        classifier.temperature_, classifier.familiar_at_, classifier.auto_threshold_ = temperature, familiar, threshold
        return classifier


def _word_vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=fold,
        token_pattern=r"(?u)\b\w+\b",  # noqa: S106 - a regular expression
        ngram_range=(1, 2),
        sublinear_tf=True,
        dtype=np.float32,
    )


def _letter_vectorizer() -> TfidfVectorizer:
    return TfidfVectorizer(
        preprocessor=fold, analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, dtype=np.float32, max_features=100_000
    )


def _vectorizer_arrays(name: str, vectorizer: TfidfVectorizer) -> dict[str, NDArray[Any]]:
    return {f"{name}_terms": vectorizer.get_feature_names_out().astype(str), f"{name}_idf": vectorizer.idf_}


def _vocabulary(terms: NDArray[np.str_]) -> dict[str, int]:
    return {str(term): number for number, term in enumerate(terms)}


def _fit_temperature(margins: Floats, encoded: NDArray[np.int64]) -> float:
    rows = np.arange(len(encoded))

    def loss(log_temperature: float) -> float:
        return float(-log_softmax(margins / np.exp(log_temperature), axis=1)[rows, encoded].mean())

    return float(np.exp(minimize_scalar(loss, bounds=(-5.0, 3.0), method="bounded").x))


def _threshold(chances: Floats, encoded: NDArray[np.int64], precision: float) -> float:
    """The lowest confidence above which at least `precision` of the predictions are right; above 1 when there is none."""
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == encoded
    order = np.argsort(-confidence)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(confidence[order][good[-1]]) if len(good) else 1.01
