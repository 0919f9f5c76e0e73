"""IntentClassifier: several ways of looking at a text, weighed against each other, with calibrated probabilities.

The views: a linear support vector machine (Fan et al., 'LIBLINEAR', JMLR 2008) over TF-IDF of words, word pairs and runs of
letters (typos, compounds); the nearest training texts by words; the nearest articles and descriptions of a label by words,
when there are any; and with an encoder also, over sentence vectors, a logistic regression, the nearest training texts after a
projection in which labels lie apart (linear discriminant analysis with shrinkage), and kernel ridge regression over meaning,
words and letters together. Each view scores each label. The scores are added with weights that
minimise the log loss of scores from cross-validation (stacking: Wolpert, 'Stacked generalization', Neural Networks 1992); the
softmax of that sum is the probability, calibrated because its scale was fitted on texts the views had not seen (Guo et al.,
'On Calibration of Modern Neural Networks', ICML 2017).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.model_selection import StratifiedKFold
from sklearn.utils.validation import check_is_fitted

from kb.search.search import installed_encoder
from kb.search.semantic import Encoder
from kb.settings import settings
from triage.classify.mail_text import said, without_rare
from triage.classify.terms import Terms, letter_terms, packed, unpacked, vocabulary, word_terms
from triage.classify.views import NEIGHBOURS, WORDS, Features, Floats, LabelTexts, Vectors, Views, unit

AUTO_PRECISION = 0.99  # mails decided without review must be right this often, measured in cross-validation
FAMILIAR_SHARE = 0.02  # a mail less familiar than this share of the training mails is always reviewed
BATCH = 256  # texts compared with the training texts at a time


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


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the classifier makes of some texts."""

    chances: Floats  # (n, labels), calibrated
    familiarity: Floats  # (n,), higher is more like the training data


class IntentClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A scikit-learn classifier from text to label.

    Parameters
    ----------
    encoder : an Encoder for sentence vectors; None for words and letters only; "auto" for what is installed.
    C : inverse regularisation of the support vector machine.
    folds : cross-validation folds for weights and calibration.
    evidence : for labels, texts that are no examples but say what the label is about: articles that answer, descriptions.
    """

    def __init__(
        self,
        encoder: Encoder | str | None = "auto",
        C: float = 1.0,
        folds: int = 5,
        evidence: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self.encoder = encoder
        self.C = C
        self.folds = folds
        self.evidence = evidence

    def fit(self, texts: Sequence[str], labels: Sequence[str], ordinary: Sequence[bool] | None = None) -> IntentClassifier:
        """Learn from texts and their labels (list[str], list[str] of the same length, at least two labels).

        `ordinary` says which texts are a fair sample of what will come in: by those it is decided how sure is sure enough to go
        without review. None: all of them.
        """
        if len(texts) != len(labels):
            raise ValueError(f"{len(texts)} texts but {len(labels)} labels; give one label for each text.")
        self.classes_, owner = np.unique(np.asarray(labels, dtype=str), return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError("Training needs texts of at least two labels.")
        self.encoder_ = self._resolve_encoder()
        self.words_, self.letters_ = word_terms(), letter_terms()
        known = self.classes_.tolist()
        given = [(text, known.index(label)) for label, own in (self.evidence or {}).items() if label in known for text in own]
        self.words_.fit([*without_rare(texts), *(text for text, _ in given)])
        self.letters_.fit(texts)
        self.terms_ = self.words_.get_feature_names_out().tolist()
        vectors = self.encoder_.encode([said(text) for text in texts]) if self.encoder_ else np.zeros((len(texts), 0), np.float32)
        self.mean_ = vectors.mean(axis=0)
        features = self._with_vectors(texts, vectors)
        evidence = LabelTexts(
            self.words_.transform(text for text, _ in given).T.tocsr() if given else csr_matrix((len(self.terms_), 0)),
            np.array([label for _, label in given], dtype=np.int64),
        )
        self.views_ = Views.fit(features, owner, len(self.classes_), self.C, evidence)
        self._weigh(features, owner, np.ones(len(texts), dtype=bool) if ordinary is None else np.array(ordinary))
        return self

    def _resolve_encoder(self) -> Encoder | None:
        if self.encoder == "auto":
            return installed_encoder(settings())
        if isinstance(self.encoder, str):
            raise ValueError(f"encoder is {self.encoder!r}; give an Encoder, None or 'auto'.")
        return self.encoder

    def _features(self, texts: Sequence[str]) -> Features:
        """Features of texts that pass by: their vectors are not kept."""
        check_is_fitted(self)
        empty = np.zeros((len(texts), 0), dtype=np.float32)
        vectors = np.stack([self.encoder_.query(said(text)) for text in texts]) if self.encoder_ and len(texts) else empty
        return self._with_vectors(texts, vectors)

    def _with_vectors(self, texts: Sequence[str], vectors: Vectors) -> Features:
        centred = unit(vectors.reshape(len(texts), -1) - self.mean_) if vectors.shape[1] else vectors
        return Features(self.words_.transform(texts), self.letters_.transform(texts), centred)

    def _weigh(self, features: Features, owner: NDArray[np.int64], ordinary: NDArray[np.bool_]) -> None:
        """Fit the weights of the views, and what counts as sure and as familiar, on scores from cross-validation."""
        scores = self._held_back_scores(features, owner)
        names = list(scores)
        stacked = np.stack([scores[name] for name in names])
        self.weights_ = dict(zip(names, _fit_weights(stacked, owner), strict=True))
        (scale,) = _fit_weights(stacked[:1], owner)
        self.word_temperature_ = 1.0 / max(scale, 1e-3)
        seen = _at_best(self._total(scores), scores)
        self.usual_ = np.stack([seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-6)])
        self.out_of_fold_ = softmax(self._total(scores), axis=1)
        self.familiar_at_ = float(np.quantile(self._familiarity(scores), FAMILIAR_SHARE))
        self.auto_threshold_ = _threshold(self.out_of_fold_[ordinary], owner[ordinary], AUTO_PRECISION)

    def _held_back_scores(self, features: Features, owner: NDArray[np.int64]) -> dict[str, Floats]:
        smallest = int(np.bincount(owner).min())
        if smallest < 2:  # too few to hold any back: the scores on the training data themselves, cautiously softened
            return {name: 0.5 * score for name, score in self._batched(self.views_, features).items()}
        held_back: dict[str, Floats] = {}
        splitter = StratifiedKFold(min(self.folds, smallest), shuffle=True, random_state=0)
        for train, held in splitter.split(owner, owner):
            views = Views.fit(features[train], owner[train], len(self.classes_), self.C, self.views_.evidence)
            for name, score in self._batched(views, features[held]).items():
                held_back.setdefault(name, np.zeros((len(owner), len(self.classes_))))[held] = score
        return held_back

    @staticmethod
    def _batched(views: Views, features: Features) -> dict[str, Floats]:
        size = features.vectors.shape[0]
        parts = [views.scores(features[start : start + BATCH]) for start in range(0, max(size, 1), BATCH)]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _total(self, scores: Mapping[str, Floats]) -> Floats:
        """The weighed sum of what the views say, (n, labels)."""
        total: Floats = np.sum([self.weights_[name] * score for name, score in scores.items()], axis=0)
        return total

    def _familiarity(self, scores: Mapping[str, Floats]) -> Floats:
        """How sure the views together are and how near known texts are, in standard deviations from what is usual, (n,)."""
        seen = _at_best(self._total(scores), scores)
        familiarity: Floats = ((seen - self.usual_[0]) / self.usual_[1]).mean(axis=1)
        return familiarity

    def assess(self, texts: Sequence[str]) -> Assessment:
        """Probabilities and familiarity in one go."""
        check_is_fitted(self)
        scores = self._batched(self.views_, self._features(texts))
        return Assessment(softmax(self._total(scores), axis=1), self._familiarity(scores))

    def decision_function(self, texts: Sequence[str]) -> Floats:
        """The logarithm of the probabilities, (n, labels)."""
        return np.asarray(np.log(np.maximum(self.predict_proba(texts), 1e-300)))

    def predict_proba(self, texts: Sequence[str]) -> Floats:
        """Calibrated probabilities, (n, len(classes_)); rows sum to 1."""
        return self.assess(texts).chances

    def predict(self, texts: Sequence[str]) -> NDArray[np.str_]:
        """The most likely label of each text."""
        predicted: NDArray[np.str_] = self.classes_[self.predict_proba(texts).argmax(axis=1)]
        return predicted

    def familiarity(self, texts: Sequence[str]) -> Floats:
        """How much each text is like the training data, (n,); higher is more alike; 0 is usual for a text in scope."""
        return self.assess(texts).familiarity

    def decides_alone(self, confidence: float, familiarity: float) -> bool:
        """Whether a prediction may be used without review: sure enough, and like what was seen before."""
        return confidence >= self.auto_threshold_ and familiarity >= self.familiar_at_

    def nearest(self, text: str, count: int = 2) -> list[Nearest]:
        """The training texts most like a text, by words and, with an encoder, by meaning."""
        check_is_fitted(self)
        likeness = self.likeness(text, Shelf(self.views_.words, self.views_.projected))
        order = np.argsort(-likeness, kind="stable")[:count]
        return [Nearest(int(row), float(min(likeness[row], 1.0))) for row in order]

    def shelve(self, texts: Sequence[str]) -> Shelf:
        """Texts made ready to be compared with; their vectors are kept by an encoder that keeps them."""
        check_is_fitted(self)
        vectors = self.encoder_.encode([said(text) for text in texts]) if self.encoder_ else np.zeros((len(texts), 0), np.float32)
        features = self._with_vectors(texts, vectors)
        return Shelf(features.words.T.tocsr(), unit(features.vectors @ self.views_.projection))

    def likeness(self, text: str, shelf: Shelf) -> Floats:
        """How much a text is like each text of a shelf, (texts,): the cosine by words, with an encoder averaged with that by meaning."""
        alike: Floats = (self.words_.transform([text]) @ shelf.words).toarray()[0]
        if self.encoder_:
            centred = unit(self.encoder_.query(said(text)).reshape(1, -1) - self.mean_)
            alike = (alike + (unit(centred @ self.views_.projection) @ shelf.projected.T)[0]) / 2
        return alike

    def word_weights(self, text: str, label: str, rival: str) -> list[tuple[str, float]]:
        """The words and word pairs of a text that speak for a label against its rival, strongest first."""
        row = self.words_.transform([text])
        classes = self.classes_.tolist()
        width = row.shape[1]
        difference = self.views_.coef[classes.index(label)][:width] - self.views_.coef[classes.index(rival)][:width]
        weighed = [(self.terms_[i], float(value * difference[i])) for i, value in zip(row.indices, row.data, strict=True)]
        return sorted((pair for pair in weighed if pair[1] > 0), key=lambda pair: -pair[1])

    def in_evidence(self, word: str) -> bool:
        """Whether a folded word, or each part of one with hyphens, stands in the texts that say what labels are about."""
        known, used = self.words_.vocabulary_, self.views_.evidence.words.indptr
        places = [known.get(part, -1) for part in re.findall(r"\w+", word)]
        return bool(places) and all(place >= 0 and used[place + 1] > used[place] for place in places)

    def word_chances(self, texts: Sequence[str]) -> Floats:
        """Probabilities by words and letters alone, (n, labels): for pieces of a text, for which no vector is made."""
        none = np.zeros((len(texts), self.mean_.shape[0]), dtype=np.float32)
        check_is_fitted(self)
        margins = self.views_.margins(Features(self.words_.transform(texts), self.letters_.transform(texts), none))
        chances: Floats = softmax(margins / self.word_temperature_, axis=1)
        return chances

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Everything needed to predict, as plain arrays (no objects)."""
        check_is_fitted(self)
        views, names = self.views_, list(self.weights_)
        return {
            "classes": self.classes_,
            **_term_arrays("words", self.words_),
            **_term_arrays("letters", self.letters_),
            "mean": self.mean_,
            "coef": views.coef.astype(np.float16),
            "intercept": views.intercept,
            "logistic_coef": views.logistic_coef.astype(np.float32),
            "logistic_intercept": views.logistic_intercept,
            "projection": views.projection,
            "projected": views.projected.astype(np.float16),
            "example_data": views.words.data,
            "example_indices": views.words.indices,
            "example_indptr": views.words.indptr,
            "owner": views.owner,
            "vectors": views.vectors.astype(np.float16),
            "dual": views.dual,
            "linear": views.linear,
            "evidence_data": views.evidence.words.data,
            "evidence_indices": views.evidence.words.indices,
            "evidence_indptr": views.evidence.words.indptr,
            "evidence_owner": views.evidence.owner,
            "view_names": np.array(names),
            "view_weights": np.array([self.weights_[name] for name in names]),
            "usual": self.usual_,
            "scalars": np.array([self.familiar_at_, self.auto_threshold_, self.word_temperature_]),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], encoder: Encoder | None) -> IntentClassifier:
        """The reverse of arrays(); the encoder must be the one it was trained with."""
        classifier = cls(encoder=encoder)
        classifier.encoder_ = encoder
        classifier.classes_ = arrays["classes"]
        classifier.terms_ = unpacked(arrays["words_terms"])
        classifier.words_ = word_terms().set_params(vocabulary=vocabulary(classifier.terms_))
        classifier.letters_ = letter_terms().set_params(vocabulary=vocabulary(unpacked(arrays["letters_terms"])))
        classifier.words_.idf_ = arrays["words_idf"]
        classifier.letters_.idf_ = arrays["letters_idf"]
        classifier.mean_ = arrays["mean"]
        words, evidence = (
            csr_matrix(
                (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"]),
                shape=(len(arrays["words_idf"]), len(arrays[owner])),
            )
            for name, owner in (("example", "owner"), ("evidence", "evidence_owner"))
        )
        classifier.views_ = Views(
            len(arrays["classes"]), arrays["coef"].astype(np.float32), arrays["intercept"],
            arrays["logistic_coef"].astype(np.float64), arrays["logistic_intercept"], arrays["projection"],
            arrays["projected"].astype(np.float32), words, arrays["owner"], arrays["vectors"].astype(np.float32),
            arrays["dual"], arrays["linear"], LabelTexts(evidence, arrays["evidence_owner"]),
        )  # fmt: skip
        names = arrays["view_names"].tolist()
        classifier.weights_ = dict(zip(names, arrays["view_weights"].tolist(), strict=True))
        classifier.usual_ = arrays["usual"]
        classifier.familiar_at_, classifier.auto_threshold_, classifier.word_temperature_ = map(float, arrays["scalars"])
        return classifier


def _term_arrays(name: str, terms: Terms) -> dict[str, NDArray[Any]]:
    return {f"{name}_terms": packed(terms.get_feature_names_out()), f"{name}_idf": terms.idf_}


def _fit_weights(scores: Floats, owner: NDArray[np.int64]) -> list[float]:
    """Weights (views,) of at least 0 that minimise the log loss of the softmax of the weighted scores (views, n, labels)."""
    rows = np.arange(len(owner))
    truth = scores[:, rows, owner]

    def loss(weights: Floats) -> tuple[float, Floats]:
        logarithms = log_softmax(np.tensordot(weights, scores, axes=1), axis=1)
        expected = (np.exp(logarithms)[None] * scores).sum(axis=2)
        return float(-logarithms[rows, owner].mean()), (expected - truth).mean(axis=1)

    found = minimize(loss, np.ones(len(scores)), jac=True, method="L-BFGS-B", bounds=[(0.0, 200.0)] * len(scores))
    return [float(weight) for weight in found.x]


def _at_best(total: Floats, scores: Mapping[str, Floats]) -> Floats:
    """The highest sum of the views and the likeness to the nearest known texts, (n, 2)."""
    near = scores[NEIGHBOURS if NEIGHBOURS in scores else WORDS]
    best: Floats = np.stack([total.max(axis=1), near.max(axis=1)], axis=1)
    return best


def _threshold(chances: Floats, encoded: NDArray[np.int64], precision: float) -> float:
    """The lowest confidence above which at least `precision` of the predictions are right; above 1 when there is none."""
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == encoded
    order = np.argsort(-confidence)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(confidence[order][good[-1]]) if len(good) else 1.01
