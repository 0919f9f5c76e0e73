"""What a correction does to the next mail: training mails the classifier had wrong are corrected, and met again.

    python benchmarks/corrections.py

A quarter of data/intents is held back from training. The held-back mails that come out wrong become corrections. Then come:
the mails that came out right (none should change), the development mails, and the corrected mails with a share of their words
left out at random. FLOOR and FULL of triage/classify/memory.py were chosen on this table.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from sklearn.model_selection import StratifiedKFold

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kb.search.search import installed_encoder
from kb.search.semantic import Encoder
from kb.settings import SHIPPED_DATA, settings
from triage.classify import IntentClassifier
from triage.classify.memory import CorrectedMail, CorrectionMemory
from triage.classify.training import Example, load_evidence, load_examples, load_labelled

LEFT_OUT = (0.0, 0.15, 0.3, 0.5)


def judged(classifier: IntentClassifier, memory: CorrectionMemory, mails: list[tuple[str, str]]) -> tuple[int, int, int]:
    """How many mails (text, label) are right without and with memory, and how many that were right became wrong."""
    before = after = spoilt = 0
    for (text, label), chances in zip(mails, classifier.predict_proba([text for text, _ in mails]), strict=True):
        recalled = memory.recall(text)
        leaned = memory.lean(chances, recalled) if recalled else chances
        first, last = (str(classifier.classes_[one.argmax()]) == label for one in (chances, leaned))
        before, after, spoilt = before + first, after + last, spoilt + (first and not last)
    return before, after, spoilt


def table(examples: list[Example], encoder: Encoder | None) -> None:
    labels = [example.intent for example in examples]
    train, held = next(StratifiedKFold(4, shuffle=True, random_state=1).split(labels, labels))
    classifier = IntentClassifier(encoder, evidence=load_evidence(SHIPPED_DATA / "faq"))
    classifier.fit([examples[i].text for i in train], [labels[i] for i in train])
    mails = [examples[i] for i in held]
    predicted = classifier.predict([mail.text for mail in mails])
    wrong = [mail for mail, label in zip(mails, predicted, strict=True) if label != mail.intent]
    right = [(mail.text, mail.intent) for mail, label in zip(mails, predicted, strict=True) if label == mail.intent]
    at = datetime(2026, 1, 1, tzinfo=UTC)
    memory = CorrectionMemory(
        classifier, [CorrectedMail(n, one.text, one.subject, one.intent, "", at) for n, one in enumerate(wrong)]
    )
    rng = np.random.default_rng(3)
    rows = [("held back, were right", right)]
    dev = load_labelled(SHIPPED_DATA / "evaluation" / "mails-dev.csv")
    rows.append(("development mails", [(one.text, one.intent) for one in dev]))
    for share in LEFT_OUT:
        worn = [(" ".join(word for word in one.text.split() if rng.random() >= share), one.intent) for one in wrong]
        rows.append((f"corrected, {share:.0%} of the words left out", worn))
    print(f"\n{'with sentence vectors' if encoder else 'words and letters'}: {len(wrong)} corrections")
    print(f"{'mails':42}{'number':>7}{'right before':>14}{'with memory':>13}{'spoilt':>8}")
    for name, texts in rows:
        before, after, spoilt = judged(classifier, memory, texts)
        print(f"{name:42}{len(texts):7}{before / len(texts):14.1%}{after / len(texts):13.1%}{spoilt:8}")


def main() -> None:
    examples = load_examples(SHIPPED_DATA / "intents")
    table(examples, None)
    if encoder := installed_encoder(settings()):
        table(examples, encoder)


if __name__ == "__main__":
    main()
