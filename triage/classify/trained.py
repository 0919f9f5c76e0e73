"""A trained classifier: what predicts, without what it takes to learn (see classifier.py)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from triage.classify.featurizer import Featurizer
from triage.classify.views import Floats, Views
from triage.classify.weighing import Weighing


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the classifier makes of some texts."""

    chances: Floats  # (n, labels), calibrated
    familiarity: Floats  # (n,), higher is more like the training data


class TrainedClassifier:
    """From text to label. Made of a stored model, or an IntentClassifier that learned; the names are those of scikit-learn's estimators."""

    classes_: NDArray[np.str_]
    featurizer_: Featurizer
    views_: Views
    weighing_: Weighing

    def check_fitted(self) -> None:
        """Whether there is something to predict with; a stored model was trained."""

    def assess(self, texts: Sequence[str]) -> Assessment:
        """Probabilities and familiarity in one go."""
        self.check_fitted()
        scores = self.views_.batched_scores(self.featurizer_.passing(texts))
        return Assessment(self.weighing_.chances(scores), self.weighing_.familiarity(scores))

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
