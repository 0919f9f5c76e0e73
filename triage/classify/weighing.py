"""What the views together say: their weights, the probability, and from where on it is sure and familiar enough.

The scores of the views are added with weights that minimise the log loss of scores from cross-validation (stacking: Wolpert,
'Stacked generalization', Neural Networks 1992); the softmax of that sum is the probability, calibrated because its scale was fitted
on texts the views had not seen (Guo et al., 'On Calibration of Modern Neural Networks', ICML 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import softmax

from triage.classify.views import NEIGHBOURS, WORDS, Floats

AUTO_PRECISION = 0.99  # mails decided without review must be right this often, measured in cross-validation


@dataclass(frozen=True, slots=True)
class Weighing:
    """How the scores of the views are weighed against each other; fitting.fit_weighing makes it."""

    # By name of the view.
    weights: Mapping[str, float]
    # Mean and deviation (2, 2) of the highest sum of the views and of the likeness to the nearest known texts.
    usual: Floats
    # What the margins by words and letters are divided by for a probability.
    word_temperature: float
    # The least familiarity, and the least probability, of what may go without review.
    familiar_at: float
    auto_threshold: float

    def chances(self, scores: Mapping[str, Floats]) -> Floats:
        """Calibrated probabilities of what the views say, (n, labels)."""
        chances: Floats = softmax(total_of(self.weights, scores), axis=1)
        return chances

    def familiarity(self, scores: Mapping[str, Floats]) -> Floats:
        """How sure the views together are and how near known texts are, in standard deviations from what is usual, (n,)."""
        return deviation_of(at_best(total_of(self.weights, scores), scores), self.usual)

    def decides_alone(self, confidence: float, familiarity: float) -> bool:
        """Whether a prediction may be used without review: sure enough, and like what was seen before."""
        return confidence >= self.auto_threshold and familiarity >= self.familiar_at


def total_of(weights: Mapping[str, float], scores: Mapping[str, Floats]) -> Floats:
    """The weighed sum of what the views say, (n, labels)."""
    total: Floats = np.sum([weights[name] * score for name, score in scores.items()], axis=0)
    return total


def deviation_of(seen: Floats, usual: Floats) -> Floats:
    """How far what `at_best` gives lies from what is usual, in standard deviations, (n,)."""
    deviation: Floats = ((seen - usual[0]) / usual[1]).mean(axis=1)
    return deviation


def at_best(total: Floats, scores: Mapping[str, Floats]) -> Floats:
    """The highest sum of the views and the likeness to the nearest known texts, (n, 2)."""
    near = scores[NEIGHBOURS if NEIGHBOURS in scores else WORDS]
    best: Floats = np.stack([total.max(axis=1), near.max(axis=1)], axis=1)
    return best
