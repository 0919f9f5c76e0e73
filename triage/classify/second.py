"""A second question in the same mail: the label that explains a part of the mail which the first label does not.

The mail is cut into sentences and pairs of sentences. The candidate is the label that is likely for the whole and certain for
a part. What speaks for it is weighed by a logistic regression whose weights are in data/second_label.yaml, learned on training
mails with two questions (benchmarks/learn_second.py).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.special import expit
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.settings import from_data, own_or_shipped
from triage.classify.by_words import word_chances
from triage.classify.mail_text import said
from triage.classify.trained import TrainedClassifier
from triage.classify.views import Floats

MIN_WORDS = 3  # a shorter sentence is a greeting or a name
TINY = 1e-6
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\n+")
_ONE_MORE = re.compile(r"\b(?:ook|verder|daarnaast|nog iets|tweede|andere vraag|also|another|second)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SecondWeights:
    """How evidence is weighed, for a classifier with or without sentence vectors."""

    weights: Mapping[str, float]  # by name of what speaks for it
    intercept: float
    threshold: float  # chance from which a second label is given


@dataclass(frozen=True, slots=True)
class SecondLabel:
    """The label that could be a second one."""

    label: str
    evidence: Mapping[str, float]  # what speaks for and against it
    asked: str  # the sentences of the mail that are about it


def pieces(text: str) -> list[str]:
    """Sentences of a mail, and each two that follow one another; the text itself when it has no sentence of some length."""
    sentences = [part for part in map(str.strip, _SENTENCE_END.split(text)) if len(part.split()) >= MIN_WORDS]
    return sentences + [f"{one} {two}" for one, two in itertools.pairwise(sentences)] or [text]


def candidate(text: str, chances: Floats, classifier: TrainedClassifier) -> SecondLabel:
    """The most likely second label of a mail whose labels have some chances (labels,)."""
    text = said(text)
    parts = pieces(text)
    by_part = word_chances(classifier, parts)
    best = by_part.max(axis=0)
    main = int(chances.argmax())
    score = np.log(chances + TINY) + np.log(best + TINY)
    score[main] = -np.inf
    other = int(score.argmax())
    other_part, main_part = int(by_part[:, other].argmax()), int(by_part[:, main].argmax())
    winners = by_part.argmax(axis=1)
    evidence = {
        "whole": float(np.log(chances[other] + TINY)),
        "part": float(np.log(best[other] + TINY)),
        "part_unsure": float(np.log(1 - best[other] + TINY)),
        "main_part": float(np.log(best[main] + TINY)),
        "main_in_other_part": float(np.log(by_part[other_part, main] + TINY)),
        "other_in_main_part": float(np.log(by_part[main_part, other] + TINY)),
        "parts_differ": float(other_part != main_part),
        "length": float(np.log(len(text.split()) + 1)),
        "parts": float(len(parts)),
        "main": float(np.log(chances[main] + TINY)),
        "main_unsure": float(np.log(1 - chances[main] + TINY)),
        "share_of_parts": float((winners == other).mean()),
        "main_share_of_parts": float((winners == main).mean()),
        "one_more": float(bool(_ONE_MORE.search(text))),
        "question_marks": float(text.count("?")),
    }
    sentences = parts[: (len(parts) + 1) // 2]  # the rest are pairs of them
    asks = by_part[: len(sentences), other] > by_part[: len(sentences), main]
    asked = " ".join(itertools.compress(sentences, asks)) or parts[other_part]
    return SecondLabel(str(classifier.classes_[other]), evidence, asked)


@closed
class _LearnedSecond(TypedDict):
    weights: dict[str, float]
    intercept: float
    threshold: float


@closed
class _SecondLabel(TypedDict):
    words: _LearnedSecond
    vectors: _LearnedSecond


@from_data
def load_second_weights(folder: Path, vectors: bool) -> SecondWeights:
    """Read the part of data/second_label.yaml for a classifier with or without sentence vectors."""
    content = read_data(own_or_shipped(folder, "second_label.yaml"), _SecondLabel)
    return SecondWeights(**content["vectors" if vectors else "words"])


def chance_of(found: SecondLabel, weights: SecondWeights) -> float:
    """How likely a mail really asks about a candidate too, 0..1."""
    logit = weights.intercept + sum(weight * found.evidence[name] for name, weight in weights.weights.items())
    return float(expit(logit))
