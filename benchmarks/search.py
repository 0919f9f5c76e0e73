"""Quality of the search on judged queries, with and without sentence vectors, side by side.

    python benchmarks/search.py [--part dev|test]

Recall@k: the share of queries whose best article is among the first k. False answers: off-topic queries that get one;
lost answers: answerable queries that get none.
"""

from __future__ import annotations

import argparse
import statistics
import time

from learn_ranking import read_queries

from kb import KnowledgeBase, load_articles
from kb.search import installed_encoder
from kb.settings import SHIPPED_DATA, settings


def judge(books: KnowledgeBase, part: str, verbose: bool) -> dict[str, float]:
    """Measure one configuration."""
    evaluation = SHIPPED_DATA / "evaluation"
    judged = read_queries(evaluation / f"queries-{part}.tsv")
    ranks, times = [], []
    for query, answers in judged:
        start = time.perf_counter()
        found = [hit.article.slug for hit in books.search(query, 10)]
        times.append(1000 * (time.perf_counter() - start))
        ranks.append(next((n for n, slug in enumerate(found, start=1) if slug == answers[0]), 99 if found else 999))
        if verbose and ranks[-1] > 3:
            print(f"  {ranks[-1]:3} {query!r}: wanted {answers[0]}, got {found[:3]}")
    off = [query for query, _ in read_queries(evaluation / f"offtopic-{part}.tsv")]
    return {
        "queries": len(judged),
        "recall@1": sum(rank == 1 for rank in ranks) / len(ranks),
        "recall@3": sum(rank <= 3 for rank in ranks) / len(ranks),
        "lost": sum(rank == 999 for rank in ranks) / len(ranks),
        "false": sum(bool(books.search(query)) for query in off) / len(off),
        "median ms": statistics.median(times),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("dev", "test"), default="dev")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    articles = load_articles(SHIPPED_DATA / "faq")
    configurations = {"lexical": KnowledgeBase.from_articles(articles, None)}
    if encoder := installed_encoder(settings()):
        configurations["with vectors"] = KnowledgeBase.from_articles(articles, encoder)
    print(f"{'':14}{'queries':>9}{'recall@1':>10}{'recall@3':>10}{'lost':>8}{'false':>8}{'median ms':>11}")
    for name, books in configurations.items():
        found = judge(books, options.part, options.verbose)
        print(
            f"{name:14}{found['queries']:9.0f}{found['recall@1']:10.1%}{found['recall@3']:10.1%}{found['lost']:8.1%}"
            f"{found['false']:8.1%}{found['median ms']:11.1f}"
        )


if __name__ == "__main__":
    main()
