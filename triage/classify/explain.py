"""Classification: a prediction a person can check."""

from __future__ import annotations

from dataclasses import dataclass

from kb.language import load_language
from triage.classify.intents import load_taxonomy
from triage.classify.language import detect_language
from triage.classify.training import Model

AUTO, REVIEW = "auto", "review"


@dataclass(frozen=True, slots=True)
class Alternative:
    """A label that was considered."""

    intent: str  # label
    confidence: float  # calibrated probability, 0..1


@dataclass(frozen=True, slots=True)
class Classification:
    """What a mail is about, how sure that is and why."""

    intent: str  # label from the taxonomy
    confidence: float  # calibrated probability, 0..1
    decision: str  # "auto": may be used without review; "review": a person looks first
    alternatives: tuple[Alternative, ...]  # the next labels, most likely first
    reasons: tuple[str, ...]  # Dutch sentences: deciding words, nearest known mail
    language: str  # ISO 639-1


def classify(text: str, model: Model) -> Classification:
    """Classify the text of a mail (see training.mail_text)."""
    classifier = model.classifier
    chances = classifier.predict_proba([text])[0]
    order = chances.argsort()[::-1]
    labels = [str(classifier.classes_[number]) for number in order]
    confidence = float(chances[order[0]])
    return Classification(
        intent=labels[0],
        confidence=round(confidence, 4),
        decision=AUTO if classifier.decides_alone(text, confidence) else REVIEW,
        alternatives=tuple(Alternative(labels[i], round(float(chances[order[i]]), 4)) for i in range(1, min(4, len(labels)))),
        reasons=_reasons(text, labels[0], labels[1], model),
        language=detect_language(text),
    )


def _reasons(text: str, label: str, rival: str, model: Model) -> tuple[str, ...]:
    titles = load_taxonomy().intents
    stopwords = load_language().stopwords
    weights = model.classifier.word_weights(text, label, rival)
    words = [word for word, _ in weights if not set(word.split()) <= stopwords][:4]
    nearest = model.classifier.nearest(text, label)
    example = model.examples[nearest.index]
    reasons = []
    if words:
        quoted = ", ".join(f"‘{word}’" for word in words)
        reasons.append(f"Deze woorden wijzen op {titles[label].title} en niet op {titles[rival].title}: {quoted}.")
    quote = " ".join(example.subject.split())[:80]
    reasons.append(f"Lijkt het meest op een bekende mail over {titles[label].title}: “{quote}” ({nearest.likeness:.0%} gelijk).")
    return tuple(reasons)
