"""How well mails are classified: Wegwijzer beside plain baselines, on three sets, in one run.

    python benchmarks/triage.py [--sets dutch banking77 banking77-10 clinc150] [--data ../shared/data/intents]

Printed per set: accuracy, expected calibration error, the area under the ROC curve for telling questions out of scope apart
(CLINC150), milliseconds and peak megabytes per run of the test part. Published figures are printed as published, not run here.
Sentence vectors are made once per text and kept in the folder for caches; their time is measured apart, on texts not seen yet.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import roc_auc_score
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kb.search import installed_encoder
from kb.semantic import CachedEncoder
from kb.settings import settings
from triage.classify import IntentClassifier
from triage.classify.training import load_examples, load_labelled

PUBLISHED = {
    "banking77": "BERT fine-tuned 93.7 %, ConveRT+USE 93.4 %",
    "banking77-10": "ConveRT+USE 85.2 %",
    "clinc150": "BERT 96.9 % in scope",
}
SEEDS = range(5)


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


def contenders(encoder: CachedEncoder | None) -> dict[str, Callable[[], Any]]:
    """What is compared: a name and how to make a fresh one."""
    every = {
        "Wegwijzer, words only": lambda: IntentClassifier(encoder=None),
        "TF-IDF + linear SVM": lambda: make_pipeline(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True), LinearSVC(random_state=0)
        ),
        "bag of words + MLP": lambda: make_pipeline(
            CountVectorizer(ngram_range=(1, 2), min_df=0.01), MLPClassifier(tol=0.01, random_state=0)
        ),  # as paperless-ngx trains its classifier
    }
    return {"Wegwijzer, with vectors": lambda: IntentClassifier(encoder=encoder), **every} if encoder else every


def calibration_error(chances: np.ndarray, right: np.ndarray) -> float:
    """Expected calibration error over ten bins of equal width."""
    sure = chances.max(axis=1)
    bins = np.minimum((sure * 10).astype(int), 9)
    return float(sum(abs(sure[bins == b].mean() - right[bins == b].mean()) * (bins == b).mean() for b in set(bins.tolist())))


def judge(make: Callable[[], Any], tasks: Sequence[Task]) -> tuple[float, float | None, float | None, float]:
    """Accuracy, calibration error, AUROC and milliseconds a text, averaged over tasks."""
    rows = []
    for task in tasks:
        model = make().fit(list(task.texts), list(task.labels))
        if isinstance(encoder := getattr(model, "encoder_", None), CachedEncoder):
            encoder.encode([*task.test_texts, *task.outside])
            encoder.save()
        start = time.perf_counter()
        predicted = model.predict(list(task.test_texts))
        took = 1000 * (time.perf_counter() - start) / len(task.test_texts)
        right = np.asarray(predicted) == np.array(task.test_labels)
        error = auroc = None
        if isinstance(model, IntentClassifier):
            seen = model.assess(task.test_texts)
            error = calibration_error(seen.chances, right)
            if task.outside:
                familiar = np.r_[seen.familiarity, model.familiarity(task.outside)]
                auroc = float(roc_auc_score(np.r_[np.ones(len(right)), np.zeros(len(task.outside))], familiar))
        rows.append((float(right.mean()), error, auroc, took))

    def mean(column: int) -> float | None:
        values = [row[column] for row in rows]
        return None if values[0] is None else float(np.mean(cast("list[float]", values)))

    return cast("tuple[float, float | None, float | None, float]", tuple(mean(column) for column in range(4)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=list(SETS))
    parser.add_argument("--data", type=Path, default=Path(__file__).resolve().parents[2] / "shared" / "data" / "intents")
    options = parser.parse_args()
    encoder = cast("CachedEncoder | None", installed_encoder(settings()))
    for name in options.sets:
        tasks = SETS[name](options.data)
        print(
            f"\n{name}: {len(tasks[0].texts)} to learn from, {len(tasks[0].test_texts)} to judge"
            + (f", {len(tasks)} draws" if len(tasks) > 1 else "")
        )
        print(f"  {'':26}{'accuracy':>9}{'ECE':>8}{'AUROC':>8}{'ms/text':>9}")
        for label, make in contenders(encoder).items():
            accuracy, error, auroc, took = judge(make, tasks)
            cells = "".join(f"{value:8.3f}" if value is not None else f"{'':>8}" for value in (error, auroc))
            print(f"  {label:26}{accuracy:9.1%}{cells}{took:9.2f}", flush=True)
        if name in PUBLISHED:
            print(f"  published (not run here): {PUBLISHED[name]}")
        if encoder:
            fresh = [f"{text} {time.time_ns()}" for text in tasks[0].test_texts[:40]]
            start = time.perf_counter()
            for text in fresh:
                encoder.query(text)
            print(f"  a sentence vector of a new text: {1000 * (time.perf_counter() - start) / len(fresh):.1f} ms")
    print(f"\npeak memory of this run: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
