"""How good the classifier is on labelled mails: accuracy, macro-F1, calibration, and how much could go without review."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.metrics import accuracy_score, confusion_matrix, f1_score

from triage.classify.trained import TrainedClassifier
from triage.classify.training import Example
from triage.classify.weighing import AUTO_PRECISION

BINS = 10


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of an evaluation."""

    mails: int  # how many were judged
    accuracy: float
    macro_f1: float
    calibration_error: float  # expected calibration error, ten bins of equal width (Guo et al., ICML 2017)
    coverage_at_99: float  # largest share of mails, surest first, of which 99 % are right
    auto_share: float  # share the running threshold decides without review
    auto_precision: float | None  # how many of those are right; None when there are none
    labels: tuple[str, ...]
    confusion: tuple[tuple[int, ...], ...]  # rows: true label, columns: predicted


def evaluate(classifier: TrainedClassifier, examples: Sequence[Example]) -> Report:
    """Judge a classifier on labelled examples it was not trained on."""
    texts, truth = [example.text for example in examples], np.array([example.intent for example in examples])
    assessment = classifier.assess(texts)
    chances = assessment.chances
    predicted, confidence = classifier.classes_[chances.argmax(axis=1)], chances.max(axis=1)
    right = predicted == truth
    decides_alone = classifier.weighing_.decides_alone
    alone = np.array([decides_alone(float(a), float(b)) for a, b in zip(confidence, assessment.familiarity, strict=True)])
    labels = sorted(set(truth) | set(predicted))
    return Report(
        mails=len(examples),
        accuracy=round(float(accuracy_score(truth, predicted)), 4),
        macro_f1=round(float(f1_score(truth, predicted, average="macro", labels=sorted(set(truth)))), 4),
        calibration_error=round(_calibration_error(confidence, right), 4),
        coverage_at_99=round(_coverage(confidence, right), 4),
        auto_share=round(float(alone.mean()), 4),
        auto_precision=round(float(right[alone].mean()), 4) if alone.any() else None,
        labels=tuple(str(label) for label in labels),
        confusion=tuple(tuple(int(n) for n in row) for row in confusion_matrix(truth, predicted, labels=labels)),
    )


def _calibration_error(confidence: np.ndarray, right: np.ndarray) -> float:
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [
        abs(confidence[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in range(BINS) if (bins == b).any()
    ]
    return float(sum(gaps))


def _coverage(confidence: np.ndarray, right: np.ndarray) -> float:
    order = np.argsort(-confidence, kind="stable")
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.flatnonzero(share >= AUTO_PRECISION)
    return float((good[-1] + 1) / len(order)) if len(good) else 0.0
