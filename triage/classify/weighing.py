"""What the views together say: their weights, the probability, and from where on it is sure and familiar enough.

The scores of the views are added with weights that minimise the log loss of scores from cross-validation (stacking: Wolpert,
'Stacked generalization', Neural Networks 1992); the softmax of that sum is the probability, calibrated because its scale was fitted
on texts the views had not seen (Guo et al., 'On Calibration of Modern Neural Networks', ICML 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.model_selection import StratifiedKFold

from triage.classify.views import NEIGHBOURS, WORDS, Features, Floats, Views

AUTO_PRECISION = 0.99  # mails decided without review must be right this often, measured in cross-validation
FAMILIAR_SHARE = 0.02  # a mail less familiar than this share of the training mails is always reviewed


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the scores of the views are weighed against each other."""

    # By name of the view.
    weights: Mapping[str, float]
    # Mean and deviation (2, 2) of the highest sum of the views and of the likeness to the nearest known texts.
    usual: Floats
    # What the margins by words and letters are divided by for a probability.
    word_temperature: float
    # The least familiarity, and the least probability, of what may go without review.
    familiar_at: float
    auto_threshold: float

    @classmethod
    def fit(cls, scores: Mapping[str, Floats], owner: NDArray[np.int64], ordinary: NDArray[np.bool_]) -> Weighing:
        """Learn from held-back scores, each (n, labels), and the number of the right label (n,); how sure is sure enough from the
        ordinary texts only."""
        stacked = np.stack(list(scores.values()))
        weights = dict(zip(scores, _fit_weights(stacked, owner), strict=True))
        (scale,) = _fit_weights(stacked[:1], owner)
        total = _total(weights, scores)
        seen = _at_best(total, scores)
        usual = np.stack([seen.mean(axis=0), np.maximum(seen.std(axis=0), 1e-6)])
        return cls(
            weights,
            usual,
            word_temperature=1.0 / max(scale, 1e-3),
            familiar_at=float(np.quantile(_deviation(seen, usual), FAMILIAR_SHARE)),
            auto_threshold=_threshold(softmax(total, axis=1)[ordinary], owner[ordinary], AUTO_PRECISION),
        )

    def chances(self, scores: Mapping[str, Floats]) -> Floats:
        """Calibrated probabilities of what the views say, (n, labels)."""
        chances: Floats = softmax(_total(self.weights, scores), axis=1)
        return chances

    def familiarity(self, scores: Mapping[str, Floats]) -> Floats:
        """How sure the views together are and how near known texts are, in standard deviations from what is usual, (n,)."""
        return _deviation(_at_best(_total(self.weights, scores), scores), self.usual)

    def decides_alone(self, confidence: float, familiarity: float) -> bool:
        """Whether a prediction may be used without review: sure enough, and like what was seen before."""
        return confidence >= self.auto_threshold and familiarity >= self.familiar_at


def held_back_scores(views: Views, features: Features, owner: NDArray[np.int64], C: float, folds: int) -> dict[str, Floats]:
    """What views say of each training text when it is held back from them: name -> (n, labels)."""
    smallest = int(np.bincount(owner).min())
    if smallest < 2:  # too few to hold any back: the scores on the training data themselves, cautiously softened
        return {name: 0.5 * score for name, score in views.batched_scores(features).items()}
    held_back: dict[str, Floats] = {}
    splitter = StratifiedKFold(min(folds, smallest), shuffle=True, random_state=0)
    for train, held in splitter.split(owner, owner):
        fold = Views.fit(features[train], owner[train], views.labels, C, views.evidence)
        for name, score in fold.batched_scores(features[held]).items():
            held_back.setdefault(name, np.zeros((len(owner), views.labels)))[held] = score
    return held_back


def _total(weights: Mapping[str, float], scores: Mapping[str, Floats]) -> Floats:
    """The weighed sum of what the views say, (n, labels)."""
    total: Floats = np.sum([weights[name] * score for name, score in scores.items()], axis=0)
    return total


def _deviation(seen: Floats, usual: Floats) -> Floats:
    deviation: Floats = ((seen - usual[0]) / usual[1]).mean(axis=1)
    return deviation


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
