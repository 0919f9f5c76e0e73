"""Learns data/ranking.yaml: how the signals of a search are weighed, and below which chance an article is not shown.

    python benchmarks/learn_ranking.py

Reads the development files in data/evaluation only. The threshold is set on the everyday queries, not on those hard on purpose. One model without and one with sentence vectors. The loss is that of
choosing the right article among all (softmax), plus that of answering at all (logistic), with off-topic queries as negatives.
Prints what cross-validation gives: queries are divided so that all queries of an article are held back together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import yaml
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logsumexp

from kb import KnowledgeBase, load_articles
from kb.insight.evaluation import Judged, read_judged
from kb.search.search import clean_query, installed_encoder
from kb.settings import SHIPPED_DATA, settings

PENALTIES = (0.0003, 0.001, 0.003, 0.01)
FALSE_ANSWERS = 0.05  # share of the off-topic development queries that may get an answer
LOST_ANSWERS = 0.02  # share of the everyday development queries that may get nothing; goes first
FOLDS = 8


def signal_tables(books: KnowledgeBase, queries: Sequence[str]) -> tuple[list[str], np.ndarray]:
    """Signal names and an array (queries, articles, signals)."""
    signals = [books.signals(clean_query(query)) for query in queries]
    return list(signals[0].names), np.stack([one.table.T for one in signals]).astype(float)


def fit(on: np.ndarray, truth: np.ndarray, off: np.ndarray, penalty: float) -> np.ndarray:
    """Weights and, last, the intercept. `truth` (queries, articles) is true for the articles that answer."""
    size = on.reshape(-1, on.shape[-1])
    scale = np.sqrt((size**2).mean(axis=0)) + 1e-6

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        weights, intercept = parameters[:-1] / scale, parameters[-1]
        scores, off_scores = on @ weights, off @ weights
        right = np.where(truth, scores, -np.inf)
        choose = logsumexp(scores, axis=1) - logsumexp(right, axis=1)
        share = np.exp(scores - logsumexp(scores, axis=1, keepdims=True))
        right_share = np.exp(right - logsumexp(right, axis=1, keepdims=True))
        gradient = np.einsum("qa,qas->s", share - right_share, on) / len(on)
        best, worst = right.argmax(axis=1), off_scores.argmax(axis=1)
        best_rows, worst_rows = on[np.arange(len(on)), best], off[np.arange(len(off)), worst]
        best_logit, worst_logit = best_rows @ weights + intercept, worst_rows @ weights + intercept
        answer = -log_expit(best_logit).mean() - log_expit(-worst_logit).mean()
        pull, push = -expit(-best_logit) / len(on), expit(worst_logit) / len(off)
        gradient = (gradient + 0.5 * (pull @ best_rows + push @ worst_rows)) / scale + 2 * penalty * parameters[:-1]
        total = choose.mean() + 0.5 * answer + penalty * (parameters[:-1] ** 2).sum()
        return float(total), np.r_[gradient, 0.5 * (pull.sum() + push.sum())]

    best = minimize(loss, np.r_[np.full(on.shape[-1], 0.3), -3.0], jac=True, method="L-BFGS-B", options={"maxiter": 2000})
    return np.r_[best.x[:-1] / scale, best.x[-1]]


def cross_validate(
    on: np.ndarray, truth: np.ndarray, off: np.ndarray, groups: np.ndarray, penalty: float
) -> tuple[float, float, np.ndarray, np.ndarray]:
    """Right first, right in the first three, and the best log-odds of each answerable and each off-topic query."""
    places, best_on, best_off = np.zeros(len(on)), np.zeros(len(on)), np.zeros(len(off))
    off_groups = np.arange(len(off)) % FOLDS
    for fold in range(FOLDS):
        held, off_held = groups % FOLDS == fold, off_groups == fold
        parameters = fit(on[~held], truth[~held], off[~off_held], penalty)
        scores = on[held] @ parameters[:-1]
        right = np.where(truth[held], scores, -np.inf).max(axis=1)
        places[held] = 1 + ((scores > right[:, None]) & ~truth[held]).sum(axis=1)
        best_on[held] = scores.max(axis=1) + parameters[-1]
        best_off[off_held] = (off[off_held] @ parameters[:-1]).max(axis=1) + parameters[-1]
    return float((places == 1).mean()), float((places <= 3).mean()), best_on, best_off


def learn(
    books: KnowledgeBase, everyday: Sequence[Judged], hard: Sequence[Judged], offtopic: Sequence[Judged]
) -> dict[str, object]:
    """Choose the penalty by cross-validation, then fit weights, intercept and threshold."""
    judged = [*everyday, *hard]
    slugs = [article.slug for article in books.articles]
    names, on = signal_tables(books, [one.query for one in judged])
    off = signal_tables(books, [one.query for one in offtopic])[1]
    truth = np.array([[slug in one.slugs for slug in slugs] for one in judged])
    groups = np.array([slugs.index(one.slugs[0]) for one in judged])
    found = {penalty: cross_validate(on, truth, off, groups, penalty) for penalty in PENALTIES}
    found = {
        penalty: (first, three, best[: len(everyday)], best_off) for penalty, (first, three, best, best_off) in found.items()
    }
    good = {}
    for penalty, (first, three, best_on, best_off) in found.items():
        lost = (best_on < np.quantile(best_off, 1 - FALSE_ANSWERS)).mean()
        false = (best_off >= np.quantile(best_on, LOST_ANSWERS)).mean()
        good[penalty] = first + three - lost - false
        print(
            f"  penalty {penalty:<7} first {first:.1%}  first three {three:.1%}  lost {lost:.1%} at "
            f"{FALSE_ANSWERS:.0%} false; false {false:.1%} at {LOST_ANSWERS:.1%} lost"
        )
    penalty = max(PENALTIES, key=good.__getitem__)
    parameters = fit(on, truth, off, penalty)
    _, _, best_on, best_off = found[penalty]
    enough, most = float(np.quantile(best_off, 1 - FALSE_ANSWERS)), float(np.quantile(best_on, LOST_ANSWERS))
    threshold = float(expit((enough + most) / 2 if enough <= most else most))  # between the two where both can be kept
    return {
        "signals": {name: round(float(weight), 4) for name, weight in zip(names, parameters[:-1], strict=True)},
        "intercept": round(float(parameters[-1]), 4),
        "threshold": round(threshold, 4),
    }


def main() -> None:
    """Learn both models and write them."""
    articles = load_articles(SHIPPED_DATA / "faq")
    evaluation = SHIPPED_DATA / "evaluation"
    everyday, hard = read_judged(evaluation / "queries-dev.tsv"), read_judged(evaluation / "queries-hard-dev.tsv")
    offtopic = [one for one in read_judged(evaluation / "offtopic-dev.tsv") if any(c.isalnum() for c in clean_query(one.query))]
    encoder = installed_encoder(settings())
    if encoder is None:
        raise SystemExit("Install the semantic extra first: the model with sentence vectors is learned too.")
    learned = {}
    for name, with_vectors in (("lexical", None), ("semantic", encoder)):
        print(f"{name}: {len(everyday)} everyday queries, {len(hard)} hard ones, {len(offtopic)} off topic")
        learned[name] = learn(KnowledgeBase.from_articles(articles, with_vectors), everyday, hard, offtopic)
    head = "# How search signals are weighed. Made by benchmarks/learn_ranking.py from the development queries; do not edit.\n"
    (SHIPPED_DATA / "ranking.yaml").write_text(head + yaml.safe_dump(learned, sort_keys=False), encoding="utf-8")
    print(yaml.safe_dump(learned, sort_keys=False))


if __name__ == "__main__":
    main()
