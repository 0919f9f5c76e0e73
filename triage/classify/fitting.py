"""Learning from texts: features, views and how they are weighed, with scikit-learn and SciPy.

Only training loads this: predicting needs what came out of it and no scikit-learn, which takes longer to load than a mail to classify.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from scipy.special import log_softmax, softmax
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from kb.search.semantic import Encoder
from triage.classify.featurizer import Featurizer
from triage.classify.mail_text import without_rare
from triage.classify.terms import Terms, runs, words_and_pairs
from triage.classify.views import Features, Floats, LabelTexts, Vectors, Views, likeness_in_meaning, unit
from triage.classify.weighing import AUTO_PRECISION, Weighing, at_best, deviation_of, total_of

MOST_RUNS = 100_000  # runs of letters that are features
FAMILIAR_SHARE = 0.02  # a mail less familiar than this share of the training mails is always reviewed
SHRINKAGE = 0.5  # of the covariance within labels
LOGISTIC_C = 20.0
RIDGE = 0.5  # of the kernel machine; chosen with views.VECTOR_KERNEL


def fit_featurizer(encoder: Encoder | None, texts: Sequence[str], vectors: Vectors, besides: Iterable[str]) -> Featurizer:
    """Learn from texts with their vectors (see `encoded`); texts `besides` teach words only."""
    words = fit_terms(words_and_pairs, [*without_rare(texts), *besides])
    return Featurizer(encoder, words, fit_terms(runs, texts, MOST_RUNS), vectors.mean(axis=0))


def fit_terms(cut: Callable[[str], list[str]], texts: Sequence[str], most: int | None = None) -> Terms:
    """The terms of texts that count, `most` of them at most, with their inverse document frequencies."""
    vectorizer = TfidfVectorizer(analyzer=cut, sublinear_tf=True, dtype=np.float32, max_features=most).fit(texts)
    return Terms(cut, vectorizer.get_feature_names_out().tolist(), vectorizer.idf_)


def fit_views(features: Features, owner: NDArray[np.int64], labels: int, C: float, evidence: LabelTexts) -> Views:
    """Learn from features (n texts) and the number of the label of each (n,); C is that of the support vector machine."""
    joined = features.joined
    machine = LinearSVC(C=C, random_state=0).fit(joined, owner)
    coef, intercept = _per_label(machine.coef_, machine.intercept_)
    logistic_coef, logistic_intercept = np.zeros((labels, 0)), np.zeros(labels)
    projection = np.zeros((features.vectors.shape[1], 0), dtype=np.float32)
    dual, linear = np.zeros((0, labels), dtype=np.float32), np.zeros((0, labels), dtype=np.float32)
    if features.vectors.shape[1]:
        logistic = LogisticRegression(C=LOGISTIC_C, max_iter=300).fit(features.vectors, owner)
        logistic_coef, logistic_intercept = _per_label(logistic.coef_, logistic.intercept_)
        if len(owner) > labels:
            discriminant = LinearDiscriminantAnalysis(solver="eigen", shrinkage=SHRINKAGE).fit(features.vectors, owner)
            projection = discriminant.scalings_[:, : labels - 1].astype(np.float32)
        dual, linear = _fit_kernel(features, joined, owner, labels)
    # The weights are as precise as they are stored, so that a model that comes back says the same.
    return Views(
        labels, coef.astype(np.float16).astype(np.float32), intercept, logistic_coef, logistic_intercept, projection,
        unit(features.vectors @ projection), features.words.T.tocsr(), owner, features.vectors, dual, linear, evidence,
    )  # fmt: skip


def _fit_kernel(
    features: Features, joined: csr_matrix, owner: NDArray[np.int64], labels: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Kernel ridge regression to +1 for a text's own label and -1 for others (Saunders et al., ICML 1998).

    The kernel adds likeness in meaning, words and letters. Of the last two, which are linear, only their sum a term is kept.
    Memory grows with the square of the number of texts: 1 GB for 15,000.
    """
    kernel = likeness_in_meaning(features.vectors, features.vectors) + (joined @ joined.T).toarray()
    targets = np.where(owner[:, None] == np.arange(labels), 1.0, -1.0).astype(np.float32)
    dual = KernelRidge(alpha=RIDGE, kernel="precomputed").fit(kernel, targets).dual_coef_.astype(np.float32)
    return dual, np.asarray(joined.T @ dual, dtype=np.float32)


def _per_label(coef: NDArray[Any], intercept: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """scikit-learn keeps one row for two labels."""
    if coef.shape[0] > 1:
        return coef, intercept
    return np.vstack([-coef, coef]), np.array([-intercept[0], intercept[0]])


def fit_weighing(scores: Mapping[str, Floats], owner: NDArray[np.int64], ordinary: NDArray[np.bool_]) -> Weighing:
    """Learn from held-back scores, each (n, labels), and the number of the right label (n,); how sure is sure enough from the
    ordinary texts only."""
    stacked = np.stack(list(scores.values()))
    weights = dict(zip(scores, _fit_weights(stacked, owner), strict=True))
    (scale,) = _fit_weights(stacked[:1], owner)
    total = total_of(weights, scores)
    seen = at_best(total, scores)
    usual = np.stack([seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-6)])
    return Weighing(
        weights,
        usual,
        word_temperature=1.0 / max(scale, 1e-3),
        familiar_at=float(np.quantile(deviation_of(seen, usual), FAMILIAR_SHARE)),
        auto_threshold=_threshold(softmax(total, axis=1)[ordinary], owner[ordinary], AUTO_PRECISION),
    )


def held_back_scores(views: Views, features: Features, owner: NDArray[np.int64], C: float, folds: int) -> dict[str, Floats]:
    """What views say of each training text when it is held back from them: name -> (n, labels)."""
    smallest = int(np.bincount(owner).min())
    if smallest < 2:  # too few to hold any back: the scores on the training data themselves, cautiously softened
        return {name: 0.5 * score for name, score in views.batched_scores(features).items()}
    held_back: dict[str, Floats] = {}
    splitter = StratifiedKFold(min(folds, smallest), shuffle=True, random_state=0)
    for train, held in splitter.split(owner, owner):
        fold = fit_views(features[train], owner[train], views.labels, C, views.evidence)
        for name, score in fold.batched_scores(features[held]).items():
            held_back.setdefault(name, np.zeros((len(owner), views.labels)))[held] = score
    return held_back


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


def _threshold(chances: Floats, encoded: NDArray[np.int64], precision: float) -> float:
    """The lowest confidence above which at least `precision` of the predictions are right; above 1 when there is none."""
    confidence, right = chances.max(axis=1), chances.argmax(axis=1) == encoded
    order = np.argsort(-confidence)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= precision)
    return float(confidence[order][good[-1]]) if len(good) else 1.01
