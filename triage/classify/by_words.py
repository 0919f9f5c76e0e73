"""What the words of a text say by themselves: which speak for a label, and what a piece of a text is about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from scipy.special import softmax

from triage.classify.trained import TrainedClassifier
from triage.classify.views import Floats


def word_weights(classifier: TrainedClassifier, text: str, label: str, rival: str) -> list[tuple[str, float]]:
    """The words and word pairs of a text that speak for a label against its rival, strongest first."""
    featurizer, coef = classifier.featurizer_, classifier.views_.coef
    row = featurizer.words.transform([text])
    classes = classifier.classes_.tolist()
    width = row.shape[1]
    difference = coef[classes.index(label)][:width] - coef[classes.index(rival)][:width]
    weighed = [
        (featurizer.words.terms[i], float(value * difference[i])) for i, value in zip(row.indices.tolist(), row.data, strict=True)
    ]
    return sorted((pair for pair in weighed if pair[1] > 0), key=lambda pair: -pair[1])


def in_evidence(classifier: TrainedClassifier, word: str) -> bool:
    """Whether a folded word, or each part of one with hyphens, stands in the texts that say what labels are about."""
    known, used = classifier.featurizer_.words.vocabulary, classifier.views_.evidence.words.indptr
    places = [known.get(part, -1) for part in re.findall(r"\w+", word)]
    return bool(places) and all(place >= 0 and used[place + 1] > used[place] for place in places)


def word_chances(classifier: TrainedClassifier, texts: Sequence[str]) -> Floats:
    """Probabilities by words and letters alone, (n, labels): for pieces of a text, for which no vector is made."""
    classifier.check_fitted()
    margins = classifier.views_.margins(classifier.featurizer_.without_vectors(texts))
    chances: Floats = softmax(margins / classifier.weighing_.word_temperature, axis=1)
    return chances
