"""How well mails are classified: Wegwijzer beside plain baselines, on three sets, in one run.

    python benchmarks/triage.py [--sets dutch banking77 banking77-10 clinc150] [--only NAME ...] [--data ../shared/data/intents]

Printed per set: accuracy, expected calibration error, the area under the ROC curve for telling questions out of scope apart
(CLINC150); milliseconds (median) and megabytes (most held at once, beside the model) for one new text, its sentence vector
included. Published figures are printed as published, not run here. Sentence vectors of the sets are kept in the folder for caches.
The English sets are also judged with vectors of an encoder of English, when it is installed (see english.py).
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from english import english_encoder

from kb.search.search import installed_encoder
from kb.search.semantic import CachedEncoder, Encoder
from kb.settings import settings
from triage.classify import IntentClassifier
from triage.classify.training import load_examples, load_labelled

PUBLISHED = {
    "banking77": "BERT fine-tuned 93.7 %, ConveRT+USE 93.4 %",
    "banking77-10": "ConveRT+USE 85.2 %",
    "clinc150": "BERT 96.9 % in scope",
}
SEEDS = range(5)
FRESH = 100  # texts whose classification is timed, one at a time


@dataclass(frozen=True)
class Task:
    """Something to learn and to be judged on."""

    texts: Sequence[str]
    labels: Sequence[str]
    test_texts: Sequence[str]
    test_labels: Sequence[str]
    outside: Sequence[str] = ()  # questions that belong to no label


def dutch(_: Path) -> list[Task]:
    learn = load_examples(settings().data_dir / "intents")
    judge = load_labelled(settings().data_dir / "evaluation" / "mails-test.csv")
    return [Task([e.text for e in learn], [e.intent for e in learn], [e.text for e in judge], [e.intent for e in judge])]


def banking77(folder: Path) -> list[Task]:
    parts = [list(csv.DictReader((folder / f"banking77-{part}.csv").open(encoding="utf-8"))) for part in ("train", "test")]
    (texts, labels), (test_texts, test_labels) = (([r["text"] for r in rows], [r["category"] for r in rows]) for rows in parts)
    return [Task(texts, labels, test_texts, test_labels)]


def banking77_few(folder: Path) -> list[Task]:
    (whole,) = banking77(folder)
    labels = np.array(whole.labels)
    tasks = []
    for seed in SEEDS:
        draw = np.random.default_rng(seed)
        rows = np.concatenate([draw.choice(np.flatnonzero(labels == label), 10, replace=False) for label in np.unique(labels)])
        tasks.append(Task([whole.texts[i] for i in rows], labels[rows].tolist(), whole.test_texts, whole.test_labels))
    return tasks


def clinc150(folder: Path) -> list[Task]:
    parts = json.loads((folder / "clinc150-full.json").read_text(encoding="utf-8"))
    columns = {name: list(zip(*rows, strict=True)) for name, rows in parts.items()}
    return [Task(*columns["train"], *columns["test"], outside=columns["oos_test"][0])]


SETS: dict[str, Callable[[Path], list[Task]]] = {
    "dutch": dutch, "banking77": banking77, "banking77-10": banking77_few, "clinc150": clinc150,
}  # fmt: skip


def contenders(encoders: Mapping[str, Encoder]) -> dict[str, Callable[[], Any]]:
    """What is compared: a name and how to make a fresh one."""
    with_vectors = {
        f"Wegwijzer, {name}": lambda encoder=encoder: IntentClassifier(encoder=encoder) for name, encoder in encoders.items()
    }
    return {
        **with_vectors,
        "Wegwijzer, words only": lambda: IntentClassifier(encoder=None),
        "TF-IDF + linear SVM": lambda: make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=0)
        ),
        "bag of words + MLP": lambda: make_pipeline(
            CountVectorizer(ngram_range=(1, 2), min_df=0.01), MLPClassifier(tol=0.01, random_state=0)
        ),  # as paperless-ngx trains its classifier
    }


def calibration_error(chances: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    sure = chances.max(axis=1)
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(sum(abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())))


@dataclass(frozen=True)
class Judged:
    """How one contender did on a task; what it doesn't give is NaN."""

    accuracy: float
    calibration_error: float
    auroc: float
    milliseconds: float
    megabytes: float

    def __str__(self) -> str:
        cells = [
            f"{value:{width}}" if not np.isnan(value) else " " * int(width.partition(".")[0])
            for value, width in ((self.calibration_error, "8.3f"), (self.auroc, "8.3f"))
        ]
        return f"{self.accuracy:9.1%}{''.join(cells)}{self.milliseconds:9.1f}{self.megabytes:9.2f}"


def judge(make: Callable[[], Any], task: Task) -> Judged:
    """Learn a task and be judged on its test part."""
    model = make().fit(list(task.texts), list(task.labels))
    if isinstance(model, IntentClassifier) and isinstance(encoder := model.featurizer_.encoder, CachedEncoder):
        encoder.encode([*task.test_texts, *task.outside])
        encoder.save()
    right = np.asarray(model.predict(list(task.test_texts))) == np.array(task.test_labels)
    error = auroc = np.nan
    if isinstance(model, IntentClassifier):
        seen = model.assess(task.test_texts)
        error = calibration_error(seen.chances, right)
        if task.outside:
            familiar = np.r_[seen.familiarity, model.familiarity(task.outside)]
            auroc = float(roc_auc_score(np.r_[np.ones(len(right)), np.zeros(len(task.outside))], familiar))
    return Judged(float(right.mean()), error, auroc, *cost(model, task.test_texts[:FRESH]))


def cost(model: Any, texts: Sequence[str]) -> tuple[float, float]:
    """Milliseconds (median) and megabytes (most held at once) that one text takes which the model hasn't seen before."""
    took = []
    for number, text in enumerate(texts):
        start = time.perf_counter()
        model.predict([f"{text} {number}"])
        took.append(1000 * (time.perf_counter() - start))
    tracemalloc.start()
    model.predict([f"{texts[0]} again"])
    held = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return statistics.median(took), held


def mean(judged: Sequence[Judged]) -> Judged:
    """The mean of several draws."""
    return Judged(*np.mean([astuple(one) for one in judged], axis=0).tolist())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--only", nargs="+", help="contenders by their names in the table; without it all")
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "intents")
    options = parser.parse_args()
    own = installed_encoder(settings())
    english = english_encoder(settings().vector_cache) if set(options.sets) - {"dutch"} else None
    for name in options.sets:
        tasks = SETS[name](options.data)
        print(
            f"\n{name}: {len(tasks[0].texts)} to learn from, {len(tasks[0].test_texts)} to judge"
            + (f", {len(tasks)} draws" if len(tasks) > 1 else "")
        )
        print(f"  {'':31}{'accuracy':>9}{'ECE':>8}{'AUROC':>8}{'ms/text':>9}{'MB/text':>9}")
        available = {"with vectors": own, "with English vectors": english if name != "dutch" else None}
        for label, make in contenders({label: encoder for label, encoder in available.items() if encoder}).items():
            if options.only and label not in options.only:
                continue
            print(f"  {label:31}{mean([judge(make, task) for task in tasks])}", flush=True)
        if name in PUBLISHED:
            print(f"  published (not run here): {PUBLISHED[name]}")
    print(f"\npeak memory of this run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
