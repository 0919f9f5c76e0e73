"""What colleagues corrected, in effect at once: a mail much like a corrected one gets the corrected label.

Retrieval beside the trained model: nothing is trained, so a correction counts from the next mail on; the next training
learns it for good. A correction counts when it is more like the mail than any training mail is; the chance of its label then
grows with the likeness, from nothing at FLOOR to MOST at FULL; the other labels share the rest as they did, so that the label
that was corrected stays in sight. FLOOR and FULL were set on corrections of held-back training mails: no mail that was right
changed, and most that lost half their words were still recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from triage.classify.neighbours import likeness, nearest, shelve
from triage.classify.trained import TrainedClassifier
from triage.classify.views import Floats

FLOOR, FULL = 0.4, 0.7  # likeness (cosine) from which a correction counts, and at which it decides
MOST = 0.8  # of 46 held-back mails that were most like another held-back mail, 35 had its label


@dataclass(frozen=True, slots=True)
class CorrectedMail:
    """A mail whose subject a colleague changed."""

    ticket: int
    text: str  # as the classifier reads a mail
    subject: str  # to show it by
    intent: str  # label the colleague chose
    by: str  # name of the colleague
    at: datetime


@dataclass(frozen=True, slots=True)
class Recalled:
    """The correction most like a mail."""

    correction: CorrectedMail
    likeness: float  # 0..1
    weight: float  # how much it counts, 0..MOST


class CorrectionMemory:
    """The corrections, ready to be compared with."""

    def __init__(self, classifier: TrainedClassifier, corrections: Sequence[CorrectedMail] = ()) -> None:
        """Raises ValueError when a correction names a label the classifier does not know."""
        self._classifier = classifier
        self.corrections = tuple(corrections)
        if unknown := {one.intent for one in corrections} - set(classifier.classes_.tolist()):
            raise ValueError(f"the model does not know {', '.join(sorted(unknown))}")
        self._known = shelve(classifier, [one.text for one in corrections]) if corrections else None

    def recall(self, text: str) -> Recalled | None:
        """The correction that says something about a mail; None when none is like it."""
        if self._known is None:
            return None
        alike = likeness(self._classifier, text, self._known)
        best = int(alike.argmax())
        weight = MOST * float(np.clip((alike[best] - FLOOR) / (FULL - FLOOR), 0.0, 1.0))
        if weight == 0 or alike[best] <= nearest(self._classifier, text, 1)[0].likeness:
            return None
        return Recalled(self.corrections[best], float(min(alike[best], 1.0)), weight)

    def lean(self, chances: Floats, recalled: Recalled) -> Floats:
        """Chances (labels,) moved towards the label of a remembered correction; still sum to 1."""
        moved: Floats = (1 - recalled.weight) * chances
        moved[self._classifier.classes_.tolist().index(recalled.correction.intent)] += recalled.weight
        return moved
