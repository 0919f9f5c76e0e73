"""From the examples in data/intents to a stored model, and back.

A model file is a NumPy archive of plain arrays, read with ``allow_pickle=False``: reading it executes nothing. Beside them
it says which data, code and encoder it came from; a model that doesn't fit is refused.
"""

from __future__ import annotations

import csv
import hashlib
import json
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired

import numpy as np
from typing_extensions import TypedDict

from kb.article import Article, load_articles
from kb.data_file import DataFileError, closed, line_of, read_data
from kb.own_files import own_folder
from kb.search.excerpt import plain_text
from kb.search.semantic import CachedEncoder, Encoder
from triage.classify.classifier import IntentClassifier
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import kind_by_name, mail_text, said
from triage.classify.memory import CorrectionMemory
from triage.classify.terms import packed
from triage.errors import ModelError, TrainingDataError
from triage.mail.message import Address

UNREADABLE = (  # what a damaged archive of arrays makes NumPy, zipfile and our own reading raise
    zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError, IndexError, ValueError, TypeError, AttributeError, RuntimeError
)  # fmt: skip
FORMAT = 6  # raise when a stored model of before can't be used any more


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

    classifier: IntentClassifier
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


def save_model(model: Model, path: Path) -> None:
    """Store a model in one move, so that a reader never sees half a file."""
    about = {"format": FORMAT, "version": model.version, "encoder": model.encoder}
    examples = [[one.text, one.intent, one.subject, one.also, one.ordinary] for one in model.examples]
    arrays = model.classifier.arrays()
    own_folder(path.parent)
    with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".tmp", delete=False) as handle:
        told = packed([json.dumps(examples, ensure_ascii=False)])
        np.savez_compressed(handle, **arrays, about=np.array(json.dumps(about)), examples=told)  # type: ignore[arg-type]
    Path(handle.name).replace(path)


def load_model(path: Path, encoder: Encoder | None) -> Model:
    """Read a stored model. Raises ModelError when there is none or it doesn't fit this installation."""
    if not path.is_file():
        raise ModelError(f"There is no trained model at {path}; run: wegwijzer train")
    try:
        with np.load(path, allow_pickle=False) as stored:
            about = json.loads(str(stored["about"]))
            made, trained_with, version = int(about["format"]), str(about["encoder"]), str(about["version"])
            if made != FORMAT:
                raise ModelError(f"The model at {path} was made by another version of Wegwijzer; run: wegwijzer train")
            entries = json.loads(stored["examples"].tobytes())
            arrays = {name: stored[name] for name in stored.files}
    except UNREADABLE as error:
        raise ModelError(f"The model at {path} can't be read ({type(error).__name__}); run: wegwijzer train") from error
    name = encoder.name if encoder else ""
    if trained_with != name:
        raise ModelError(
            f"The model at {path} was trained with {trained_with or 'no sentence vectors'}, but this installation has "
            f"{name or 'none'}; run: wegwijzer train"
        )
    try:
        examples = tuple(
            Example(text, intent, subject, tuple(also), bool(ordinary)) for text, intent, subject, also, ordinary in entries
        )
        classifier = IntentClassifier.from_arrays(arrays, encoder)
        return Model(classifier, examples, version, name, CorrectionMemory(classifier))
    except UNREADABLE as error:
        raise ModelError(f"The model at {path} is damaged ({type(error).__name__}); run: wegwijzer train") from error
