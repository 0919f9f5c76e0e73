"""Learns data/second_label.yaml: when a mail asks two things, and what the second is.

    python benchmarks/learn_second.py [--write]

Reads data/intents: mails with a second label (`also`) against all others. Each mail is judged by a classifier that did not see
it (four folds), once without and, where there is an encoder, once with sentence vectors. Prints what another cross-validation
gives. Among the mails without a second label are some that do ask two things, so the false ones are counted too high.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import yaml
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kb.search.search import installed_encoder
from kb.search.semantic import Encoder
from kb.settings import SHIPPED_DATA, settings
from triage.classify import IntentClassifier
from triage.classify.second import candidate
from triage.classify.training import Example, load_evidence, load_examples

FALSE = 0.04  # share of the mails without a second label that may get one


def judged(examples: list[Example], encoder: Encoder | None) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Names of the evidence, the evidence (mails, names), and whether the two labels are those of the mail (mails,)."""
    rows, right = np.zeros((0, 0)), np.zeros(len(examples), dtype=bool)
    names: list[str] = []
    labels = [example.intent for example in examples]
    evidence = load_evidence(SHIPPED_DATA / "faq")
    for train, held in StratifiedKFold(4, shuffle=True, random_state=0).split(labels, labels):
        classifier = IntentClassifier(encoder, evidence=evidence)
        classifier.fit([examples[i].text for i in train], [labels[i] for i in train])
        chances = classifier.predict_proba([examples[i].text for i in held])
        for number, row in zip(held, chances, strict=True):
            found = candidate(examples[number].text, row, classifier)
            names = list(found.evidence)
            if not rows.size:
                rows = np.zeros((len(examples), len(names)))
            rows[number] = list(found.evidence.values())
            pair = {found.label, str(classifier.classes_[row.argmax()])}
            right[number] = bool(examples[number].also) and pair == {labels[number], *examples[number].also}
    return names, rows, right


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write data/second_label.yaml")
    arguments = parser.parse_args()
    examples = load_examples(SHIPPED_DATA / "intents")
    two = np.array([bool(example.also) for example in examples])
    tables = {"words": judged(examples, None)}
    if encoder := installed_encoder(settings()):
        tables["vectors"] = judged(examples, encoder)
    content = {}
    print(f"{two.sum()} mails with two questions, {(~two).sum()} others")
    for kind, (names, rows, right) in tables.items():
        model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
        chances = cross_val_predict(model, rows, right, cv=5, method="predict_proba")[:, 1]
        threshold = float(np.quantile(chances[~two], 1 - FALSE))
        given = chances >= threshold
        print(
            f"{kind:8} threshold {threshold:.3f}: given to {given[two].mean():.1%} of those with two questions, "
            f"both right {(given & right)[two].mean():.1%}; given to {given[~two].mean():.1%} of the others"
        )
        scaler, logistic = (step for _, step in model.fit(rows, right).steps)
        weights = logistic.coef_[0] / scaler.scale_
        content[kind] = {
            "weights": {name: round(float(weight), 5) for name, weight in zip(names, weights, strict=True)},
            "intercept": round(float(logistic.intercept_[0] - (weights * scaler.mean_).sum()), 5),
            "threshold": round(threshold, 4),
        }
    if arguments.write:
        head = "# When a mail asks two things. Made by benchmarks/learn_second.py from data/intents; do not edit.\n"
        (SHIPPED_DATA / "second_label.yaml").write_text(head + yaml.safe_dump(content, sort_keys=False), encoding="utf-8")


if __name__ == "__main__":
    main()
