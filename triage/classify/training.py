"""From the examples in data/intents to a model."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired

from typing_extensions import TypedDict

from kb.article import Article, load_articles
from kb.data_file import DataFileError, closed, line_of, read_data
from kb.search.excerpt import plain_text
from kb.search.semantic import CachedEncoder, Encoder
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import kind_by_name, mail_text, said
from triage.classify.memory import CorrectionMemory
from triage.classify.trained import TrainedClassifier
from triage.errors import TrainingDataError
from triage.mail.message import Address


@dataclass(frozen=True, slots=True)
class Example:
    """A mail or question with its label."""

    text: str  # as the classifier reads it (see mail_text)
    intent: str  # label from the taxonomy
    subject: str = ""  # to show it by
    also: tuple[str, ...] = ()  # labels of what it asks besides
    ordinary: bool = False  # whether it is part of a fair sample of what comes in; others are hard on purpose


@dataclass(frozen=True, slots=True)
class Model:
    """A trained classifier with what it takes to explain it."""

    classifier: TrainedClassifier
    examples: tuple[Example, ...]  # the training data, in the order the classifier saw it
    version: str  # digest of the training data, 12 hex digits
    encoder: str  # name of the encoder it was trained with, "" without
    memory: CorrectionMemory  # corrections of colleagues since


_Mail = TypedDict(
    "_Mail",
    {
        "subject": NotRequired[str | None],
        "body": str,
        "also": NotRequired[list[str] | None],
        "from": NotRequired[str | None],
        "attachments": NotRequired[list[str] | None],
    },
)
closed(_Mail)


def load_examples(folder: Path) -> list[Example]:
    """Read ``<intent>.yaml`` files: lists of {subject, body} and, for a mail that asks more, the other labels in `also`.

    A mail of a help desk's own may also say its sender in `from` and the names of its attachments in `attachments`.
    Those in the folder ``stream`` are a fair sample of what comes in; those beside it may be hard on purpose. Raises
    TrainingDataError.
    """
    examples = [
        example
        for part, ordinary in ((folder, False), (folder / "stream", True))
        for path in sorted(part.glob("*.yaml"))
        for example in _read_examples(path, ordinary)
    ]
    if not examples:
        raise TrainingDataError(f"{folder} holds no training data; expected files such as inloggen-leerkracht.yaml.")
    return examples


def _read_examples(path: Path, ordinary: bool) -> Iterator[Example]:
    known = set(load_taxonomy().labels)
    if path.stem not in known:
        raise TrainingDataError(f"{path.name}: {path.stem!r} is not an intent of data/taxonomy.yaml.")
    try:
        entries = read_data(path, list[_Mail])
    except DataFileError as error:
        raise TrainingDataError(str(error)) from error
    for number, entry in enumerate(entries):
        subject, also = entry.get("subject") or "", entry.get("also") or []
        if unknown := sorted(set(also) - known):
            line = line_of(path, (number, "also"))
            raise TrainingDataError(f"{path.name}, line {line}: 'also' must be a list of intents; there is no {unknown[0]!r}.")
        files = [(name, kind_by_name(name)) for name in entry.get("attachments") or []]
        text = mail_text(subject, entry["body"], files, Address("", entry.get("from") or "").domain)
        yield Example(text, path.stem, subject or entry["body"][:60], tuple(also), ordinary)


def load_labelled(path: Path) -> list[Example]:
    """Read a CSV with columns text,intent or subject,body,intent. Raises TrainingDataError naming the line."""
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return list(_labelled_rows(csv.DictReader(handle), path.name))


def _labelled_rows(reader: csv.DictReader[str], name: str) -> Iterator[Example]:
    columns = set(reader.fieldnames or ())
    if not ({"text", "intent"} <= columns or {"subject", "body", "intent"} <= columns):
        raise TrainingDataError(f"{name}: needs the columns text,intent or subject,body,intent.")
    known = set(load_taxonomy().labels)
    for row in reader:
        if row["intent"] not in known:
            raise TrainingDataError(f"{name}, line {reader.line_num}: {row['intent']!r} is not an intent.")
        text = row["text"] if "text" in columns else mail_text(row["subject"] or "", row["body"] or "")
        yield Example(text, row["intent"], (row.get("subject") or said(text))[:60])


def load_evidence(faq: Path) -> dict[str, list[str]]:
    """For each intent its description and what is asked of the articles that answer it. Raises ArticleError."""
    articles = {article.slug: article for article in load_articles(faq)}
    return {
        intent.label: [intent.description, *(text for slug in intent.topics for text in _asked(articles.get(slug)))]
        for intent in load_taxonomy().intents.values()
    }


def _asked(article: Article | None) -> list[str]:
    return [article.title, *article.questions, plain_text(article.short_answer)] if article else []


def train(examples: Sequence[Example], encoder: Encoder | None, evidence: Mapping[str, Sequence[str]] | None = None) -> Model:
    """Train a classifier on examples, with texts that say what a label is about (see load_evidence)."""
    from triage.classify.classifier import IntentClassifier  # who reads a stored model need not load scikit-learn

    classifier = IntentClassifier(encoder=encoder, evidence=evidence)
    ordinary = [e.ordinary for e in examples]
    classifier.fit([e.text for e in examples], [e.intent for e in examples], ordinary if any(ordinary) else None)
    if isinstance(encoder, CachedEncoder):
        encoder.save()
    return Model(
        classifier,
        tuple(examples),
        _digest(examples, evidence or {}),
        encoder.name if encoder else "",
        CorrectionMemory(classifier),
    )


def _digest(examples: Sequence[Example], evidence: Mapping[str, Sequence[str]]) -> str:
    digest = hashlib.sha256()
    for example in examples:
        digest.update(f"{example.intent}\0{example.ordinary}\0{example.text}\0".encode())
    for label, texts in evidence.items():
        digest.update("\0".join([label, *texts]).encode())
    return digest.hexdigest()[:12]
