"""Classification: a prediction a person can check."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.insight.privacy import mask
from kb.search.language import fold, load_language
from triage.classify.by_words import in_evidence, word_weights
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import comes_along, said
from triage.classify.memory import Recalled
from triage.classify.neighbours import Nearest, nearest
from triage.classify.second import candidate, chance_of, load_second_weights
from triage.classify.sentences import load_sentences
from triage.classify.training import Model
from triage.classify.views import Floats
from triage.mail.language import detect_language

AUTO, REVIEW = "auto", "review"
PROBABLE = 0.5  # chance from which a second label is called probable
LEFT_OUT = (1, 2, 4)  # so many of the most telling words are left out to see what would change; each costs a sentence vector
LOOKED_AT = 50  # nearest known mails among which those with the label are sought
LEAST_ALIKE = 0.05  # likeness from which a known mail is named


@dataclass(frozen=True, slots=True)
class Alternative:
    """A label that was considered."""

    intent: str  # label
    confidence: float  # calibrated probability, 0..1


@dataclass(frozen=True, slots=True)
class Second:
    """What a mail asks besides."""

    intent: str  # label
    confidence: float  # the chance that it does, 0..1
    asked: str  # the sentences that ask it


@dataclass(frozen=True, slots=True)
class Classification:
    """What a mail is about, how sure that is and why."""

    intent: str  # label from the taxonomy
    confidence: float  # calibrated probability, 0..1
    decision: str  # "auto": may be used without review; "review": a person looks first
    alternatives: tuple[Alternative, ...]  # the next labels, most likely first
    reasons: tuple[str, ...]  # sentences: deciding words, nearest known mail
    language: str  # ISO 639-1
    second: Second | None = None  # what the mail asks besides


def classify(text: str, model: Model) -> Classification:
    """Classify a text (see mail_text) of which the language is not known yet."""
    return classify_in(text, detect_language(said(text)), model)


def classify_in(text: str, language: str, model: Model) -> Classification:
    """Classify the text of a mail in some language (ISO 639-1)."""
    classifier = model.classifier
    assessment = classifier.assess([text])
    chances, familiarity = assessment.chances[0], float(assessment.familiarity[0])
    trained, trained_confidence = str(classifier.classes_[chances.argmax()]), float(chances.max())
    if recalled := model.memory.recall(text):
        chances = model.memory.lean(chances, recalled)
    order = chances.argsort()[::-1]
    labels = [str(classifier.classes_[number]) for number in order]
    confidence = float(chances[order[0]])
    second = _second(text, chances, model)
    return Classification(
        intent=labels[0],
        confidence=round(confidence, 4),
        decision=AUTO if labels[0] == trained and classifier.weighing_.decides_alone(trained_confidence, familiarity) else REVIEW,
        alternatives=tuple(Alternative(labels[i], round(float(chances[order[i]]), 4)) for i in range(1, min(4, len(labels)))),
        reasons=(*_remembered(recalled), *_besides(second), *_reasons(text, labels[0], labels[1], model)),
        language=language,
        second=second,
    )


def _second(text: str, chances: Floats, model: Model) -> Second | None:
    weights = load_second_weights(bool(model.encoder))
    found = candidate(text, chances, model.classifier)
    chance = chance_of(found, weights)
    if chance < weights.threshold or not load_taxonomy()[found.label].asked_besides:
        return None
    return Second(found.label, round(chance, 4), found.asked)


def _besides(second: Second | None) -> tuple[str, ...]:
    if second is None:
        return ()
    sentences = load_sentences()
    sentence = sentences["probably_also"] if second.confidence >= PROBABLE else sentences["perhaps_also"]
    return (sentence.format(title=load_taxonomy()[second.intent].title, sure=second.confidence),)


def _remembered(recalled: Recalled | None) -> tuple[str, ...]:
    if recalled is None:
        return ()
    one, title = recalled.correction, load_taxonomy()[recalled.correction.intent].title
    quote = " ".join(one.subject.split())[:80]
    return (load_sentences()["corrected"].format(by=one.by, title=title, at=one.at, quote=quote, alike=recalled.likeness),)


def _reasons(text: str, label: str, rival: str, model: Model) -> tuple[str, ...]:
    titles, sentences = load_taxonomy().intents, load_sentences()
    weighed = [phrase for phrase, _ in word_weights(model.classifier, text, label, rival)]
    phrases = _telling(text, weighed, model)
    reasons = []
    if phrases:
        told = _quoted(phrases[:4], ", ")
        reasons.append(sentences["words"].format(title=titles[label].title, other=titles[rival].title, words=told))
    if along := list(filter(None, map(comes_along, weighed))):
        reasons.append(sentences["along"].format(title=titles[label].title, words=", ".join(along)))
    for near in _known_mails(text, label, model):
        example = model.examples[near.index]
        quote = " ".join(example.subject.split())[:80]
        reasons.append(sentences["known"].format(title=titles[example.intent].title, quote=quote, alike=near.likeness))
    if change := _what_would_change(text, label, phrases, model):
        reasons.append(change)
    return tuple(reasons)


def _known_mails(text: str, label: str, model: Model) -> list[Nearest]:
    """The two nearest known mails with a label; when none of the nearest has it, the two nearest of all."""
    alike = [one for one in nearest(model.classifier, text, LOOKED_AT) if one.likeness >= LEAST_ALIKE]
    return ([one for one in alike if model.examples[one.index].intent == label] or alike)[:2]


def _telling(text: str, phrases: Sequence[str], model: Model) -> list[str]:
    """Those of some words and pairs that say something; none that may say who is meant."""
    stopwords = load_language().stopwords
    anonymous = set(re.findall(r"\w+", fold(mask(said(text), lambda word: in_evidence(model.classifier, word)))))
    weighed = ((phrase, set(phrase.split())) for phrase in phrases)
    return [phrase for phrase, words in weighed if words <= anonymous and not words <= stopwords]


def _what_would_change(text: str, label: str, phrases: Sequence[str], model: Model) -> str:
    """Without which of its most telling words the mail would get another label, asked of all that decides."""
    titles, classes, sentences = load_taxonomy().intents, model.classifier.classes_, load_sentences()
    words = [phrase for phrase in phrases if " " not in phrase][: max(LEFT_OUT)]
    tries = [words[:count] for count in LEFT_OUT if count <= len(words)]
    rests = {rest: left_out for left_out in tries if re.search(r"\w", rest := _without(text, left_out))}
    if not rests:
        return ""
    for (rest, left_out), chances in zip(rests.items(), model.classifier.predict_proba(list(rests)), strict=True):
        winner = str(classes[_leaned(rest, chances, model).argmax()])
        if winner != label:
            return sentences["other_without"].format(words=_quoted(left_out, sentences["and"]), title=titles[winner].title)
    return sentences["same_without"].format(words=_quoted(left_out, sentences["and"]), title=titles[label].title)


def _leaned(text: str, chances: Floats, model: Model) -> Floats:
    recalled = model.memory.recall(text)
    return model.memory.lean(chances, recalled) if recalled else chances


def _without(text: str, words: Sequence[str]) -> str:
    return re.sub(r"\w+", lambda match: "" if fold(match[0]) in words else match[0], text)


def _quoted(words: Sequence[str], last: str) -> str:
    """Words in quotation marks, with commas, and `last` before the last one."""
    *first, end = (f"‘{word}’" for word in words)
    return last.join(filter(None, [", ".join(first), end]))
