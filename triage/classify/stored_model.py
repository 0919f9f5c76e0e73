"""A model in a file, and back.

A model file is a NumPy archive of plain arrays, read with ``allow_pickle=False``: reading it executes nothing. Beside them
it says which data, code and encoder it came from; a model that doesn't fit is refused.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from kb.own_files import own_folder
from kb.search.kept import UNREADABLE, packed
from kb.search.semantic import Encoder
from triage.classify.featurizer import Featurizer
from triage.classify.memory import CorrectionMemory
from triage.classify.terms import runs, stored_terms, words_and_pairs
from triage.classify.trained import TrainedClassifier
from triage.classify.training import Example, Model
from triage.classify.views import LabelTexts, Views
from triage.classify.weighing import Weighing
from triage.errors import ModelError

FORMAT = 6  # raise when a stored model of before can't be used any more


def save_model(model: Model, path: Path) -> None:
    """Store a model in one move, so that a reader never sees half a file."""
    about = {"format": FORMAT, "version": model.version, "encoder": model.encoder}
    examples = [[one.text, one.intent, one.subject, one.also, one.ordinary] for one in model.examples]
    arrays = arrays_of(model.classifier)
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
        classifier = classifier_of(arrays, encoder)
        return Model(classifier, examples, version, name, CorrectionMemory(classifier))
    except UNREADABLE as error:
        raise ModelError(f"The model at {path} is damaged ({type(error).__name__}); run: wegwijzer train") from error


def arrays_of(classifier: TrainedClassifier) -> dict[str, NDArray[Any]]:
    """Everything a classifier needs to predict, as plain arrays (no objects)."""
    classifier.check_fitted()
    featurizer, weighing = classifier.featurizer_, classifier.weighing_
    return {
        "classes": classifier.classes_,
        **featurizer.words.arrays("words"),
        **featurizer.letters.arrays("letters"),
        "mean": featurizer.mean,
        **_view_arrays(classifier.views_),
        "view_names": np.array(list(weighing.weights)),
        "view_weights": np.array(list(weighing.weights.values())),
        "usual": weighing.usual,
        "scalars": np.array([weighing.familiar_at, weighing.auto_threshold, weighing.word_temperature]),
    }


def _view_arrays(views: Views) -> dict[str, NDArray[Any]]:
    return {
        "coef": views.coef.astype(np.float16),
        "intercept": views.intercept,
        "logistic_coef": views.logistic_coef.astype(np.float32),
        "logistic_intercept": views.logistic_intercept,
        "projection": views.projection,
        "projected": views.projected.astype(np.float16),
        "example_data": views.words.data,
        "example_indices": views.words.indices,
        "example_indptr": views.words.indptr,
        "owner": views.owner,
        "vectors": views.vectors.astype(np.float16),
        "dual": views.dual,
        "linear": views.linear,
        "evidence_data": views.evidence.words.data,
        "evidence_indices": views.evidence.words.indices,
        "evidence_indptr": views.evidence.words.indptr,
        "evidence_owner": views.evidence.owner,
    }


def classifier_of(arrays: Mapping[str, NDArray[Any]], encoder: Encoder | None) -> TrainedClassifier:
    """The reverse of `arrays_of`; the encoder must be the one it was trained with."""
    classifier = TrainedClassifier()
    classifier.classes_ = arrays["classes"]
    words, letters = stored_terms(words_and_pairs, "words", arrays), stored_terms(runs, "letters", arrays)
    classifier.featurizer_ = Featurizer(encoder, words, letters, arrays["mean"])
    classifier.views_ = _views_of(arrays)
    weights = dict(zip(arrays["view_names"].tolist(), arrays["view_weights"].tolist(), strict=True))
    familiar_at, auto_threshold, word_temperature = map(float, arrays["scalars"])
    classifier.weighing_ = Weighing(weights, arrays["usual"], word_temperature, familiar_at, auto_threshold)
    return classifier


def _views_of(arrays: Mapping[str, NDArray[Any]]) -> Views:
    words, evidence = (
        csr_matrix(
            (arrays[f"{name}_data"], arrays[f"{name}_indices"], arrays[f"{name}_indptr"]),
            shape=(len(arrays["words_idf"]), len(arrays[owner])),
        )
        for name, owner in (("example", "owner"), ("evidence", "evidence_owner"))
    )
    return Views(
        len(arrays["classes"]), arrays["coef"].astype(np.float32), arrays["intercept"],
        arrays["logistic_coef"].astype(np.float64), arrays["logistic_intercept"], arrays["projection"],
        arrays["projected"].astype(np.float32), words, arrays["owner"], arrays["vectors"].astype(np.float32),
        arrays["dual"], arrays["linear"], LabelTexts(evidence, arrays["evidence_owner"]),
    )  # fmt: skip
