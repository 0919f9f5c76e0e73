"""Which model runs: the first one, a better one trained with colleagues' corrections, or an earlier one again.

A fixed quarter of the corrections is never trained on. On those, and on the shipped development mails, a candidate must have
at least as many right as the running model. Promoted models are kept, so that going back is a matter of copying a file.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from kb.own_files import own_folder
from kb.search.kept import UNREADABLE
from kb.search.search import installed_encoder
from kb.search.semantic import CachedEncoder
from kb.settings import Settings
from kb.store import utc_now
from triage.classify.mail_text import said
from triage.classify.memory import CorrectedMail, CorrectionMemory
from triage.classify.stored_model import load_model, save_model
from triage.classify.training import (
    Example,
    Model,
    load_evidence,
    load_examples,
    load_labelled,
    train,
)
from triage.errors import ModelError

ONE_IN = 4  # of the corrections is held back for comparing
KEPT = 5  # earlier models
_log = logging.getLogger(__name__)
_FILE = re.compile(r"(\d{8}T\d{6})-([0-9a-f]{12})\.npz")


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """A candidate beside the running model, on mails neither was trained on."""

    mails: int
    corrections: int  # of those mails
    running: int  # how many the running model has right
    candidate: int


@dataclass(frozen=True, slots=True)
class Training:
    """What a training led to."""

    model: Model
    learned: int  # corrections in the training data
    comparison: ModelComparison | None  # None when no running model could be read
    uncompared: str  # why there was no comparison
    promoted: bool


@dataclass(frozen=True, slots=True)
class Kept:
    """A model that was promoted."""

    version: str
    promoted_at: datetime  # UTC
    running: bool
    path: Path


def ready_model(settings: Settings) -> Model:
    """The running model; on a new installation, where there is none yet, it is trained first."""
    encoder = installed_encoder(settings)
    if not settings.model_path.is_file():
        data = settings.data_dir
        _log.warning("There is no trained model yet. One is trained first; that takes a few minutes.")
        promote(train(load_examples(data / "intents"), encoder, load_evidence(data / "faq")), settings)
    return load_model(settings.model_path, encoder)


def remember(model: Model, corrections: Sequence[CorrectedMail]) -> Model:
    """The model with corrections in effect; those to a label that it does not know wait for the next training."""
    known = set(model.classifier.classes_.tolist())
    memory = CorrectionMemory(model.classifier, [one for one in corrections if one.intent in known])
    encoder = model.classifier.featurizer_.encoder
    if isinstance(encoder, CachedEncoder):
        encoder.save()
    return replace(model, memory=memory)


def held_back(correction: CorrectedMail) -> bool:
    """Whether a correction is kept for comparing; always the same answer for the same ticket."""
    return correction.ticket % ONE_IN == 0


def retrain(settings: Settings, corrections: Sequence[CorrectedMail], even_if_worse: bool = False) -> Training:
    """Train on data/intents and corrections, and let the result run unless it is worse than what runs now.

    Raises TrainingDataError.
    """
    encoder = installed_encoder(settings)
    learned = [one for one in corrections if not held_back(one)]
    examples = load_examples(settings.data_dir / "intents")
    # Not their senders: only mails that went wrong are corrected, so who wrote them is no fair sample.
    corrected = [Example(said(one.text), one.intent, one.subject) for one in learned]
    candidate = train([*examples, *corrected], encoder, load_evidence(settings.data_dir / "faq"))
    comparison, uncompared = None, ""
    try:
        running = load_model(settings.model_path, encoder)
        comparison = _compare(running, candidate, [one for one in corrections if held_back(one)], settings)
    except ModelError as error:  # none yet, or one of another version of the code
        uncompared = str(error)
    promoted = comparison is None or comparison.candidate >= comparison.running or even_if_worse
    if promoted:
        promote(candidate, settings)
    return Training(candidate, len(learned), comparison, uncompared, promoted)


def _compare(running: Model, candidate: Model, corrections: Sequence[CorrectedMail], settings: Settings) -> ModelComparison:
    mails = [(one.text, one.intent) for one in corrections]
    judged = settings.data_dir / "evaluation" / "mails-dev.csv"
    mails += [(one.text, one.intent) for one in (load_labelled(judged) if judged.is_file() else ())]
    texts, truth = [text for text, _ in mails], np.array([intent for _, intent in mails])
    right = [int((model.classifier.predict(texts) == truth).sum()) for model in (running, candidate)]
    return ModelComparison(len(mails), len(corrections), right[0], right[1])


def promote(model: Model, settings: Settings) -> None:
    """Let a model run from now on, and keep it beside the last few. One that runs already keeps its place among them."""
    folder = _folder(settings)
    own_folder(folder)
    new = folder / f"{utc_now():%Y%m%dT%H%M%S}-{model.version}.npz"
    place = next((one.path for one in kept_models(settings) if one.running and one.version == model.version), new)
    with tempfile.TemporaryDirectory(dir=folder) as own:  # where no other program that promotes removes it
        made = Path(own) / new.name
        save_model(model, made)
        _run(made, settings)
        made.replace(place)
    _drop_old(settings)


def _drop_old(settings: Settings) -> None:
    """Keep each version once, and of those that don't run the last few."""
    kept = kept_models(settings)
    newest = {one.version: one.path for one in reversed(kept)}
    others = [one.path for one in kept if not one.running and one.path == newest[one.version]]
    for one in kept:
        if one.path != newest[one.version] or one.path in others[KEPT:]:
            one.path.unlink(missing_ok=True)


def kept_models(settings: Settings) -> list[Kept]:
    """The models that can run again, newest first."""
    found, running = [], _running_version(settings)
    for path in sorted(_folder(settings).glob("*.npz"), reverse=True):
        if match := _FILE.fullmatch(path.name):
            moment = datetime.strptime(f"{match[1]}+0000", "%Y%m%dT%H%M%S%z")
            found.append(Kept(match[2], moment, match[2] == running, path))
    return found


def roll_back(settings: Settings, version: str | None = None) -> Kept:
    """Let an earlier model run again: the one before the running model, or the one named.

    Raises ModelError when there is none or it doesn't fit this installation.
    """
    models = kept_models(settings)
    at = next((number for number, one in enumerate(models) if one.running), -1)
    earlier = (
        [one for one in models if one.version == version] if version else [one for one in models[at + 1 :] if not one.running]
    )
    if not earlier:
        there = ", ".join(one.version for one in models) or "none"
        raise ModelError(f"There is no {'model ' + version if version else 'earlier model'} to go back to; kept are: {there}.")
    load_model(earlier[0].path, installed_encoder(settings))
    _run(earlier[0].path, settings)
    return Kept(earlier[0].version, earlier[0].promoted_at, True, earlier[0].path)


def _folder(settings: Settings) -> Path:
    return settings.model_path.parent / "models"


def _running_version(settings: Settings) -> str:
    """The version of the model that runs; "" when there is none that can be read."""
    try:
        with np.load(settings.model_path, allow_pickle=False) as stored:
            return str(json.loads(str(stored["about"]))["version"])
    except UNREADABLE:
        return ""


def _run(path: Path, settings: Settings) -> None:
    """Copy a kept model to where this installation reads it, in one move."""
    with (
        path.open("rb") as kept,
        tempfile.NamedTemporaryFile(dir=settings.model_path.parent, suffix=".tmp", delete=False) as halfway,
    ):
        shutil.copyfileobj(kept, halfway)
    Path(halfway.name).replace(settings.model_path)
