"""Quality and speed of the search beside other engines, in one run.

    pip install bm25s tantivy matplotlib; npm is needed for MiniSearch
    python benchmarks/search.py [--sizes 110 1000 10000 100000] [--part test] [--plot docs/images/search-speed.svg]

Quality is measured on the shipped articles and the judged queries of data/evaluation: a right article first, in the first
three, mean reciprocal rank; 'lost' are answerable queries without any answer, 'false' off-topic queries with one. Speed is
the median over the same queries on the FAQ made as many articles large as asked (benchmarks/corpus.py). Each engine builds
and answers in a process of its own, one after the other; memory is what that process grew by. Vectors take about 15 ms a
passage to make, so Wegwijzer with vectors is measured on the shipped FAQ only.
"""

from __future__ import annotations

import argparse
import gc
import multiprocessing
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from corpus import multiply
from peers import PEERS, MiniSearch, Peer

from kb import Article, KnowledgeBase, load_articles
from kb.insight.evaluation import Judged, read_judged
from kb.search.search import installed_encoder
from kb.settings import SHIPPED_DATA, settings

DEPTH = 5  # results asked for, as every interface does by default


@dataclass(frozen=True)
class Measured:
    """One engine at one size."""

    name: str
    size: int
    first: float
    three: float
    reciprocal: float
    lost: float
    false: float
    median_ms: float
    slowest_ms: float  # 95th percentile
    build_s: float
    megabytes: float


class Wegwijzer:
    """Wegwijzer without vectors."""

    name = "Wegwijzer"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._books = KnowledgeBase.from_articles(articles, None)
        self.last_ms = 0.0

    def search(self, query: str, limit: int) -> list[str]:
        """The search for ranked articles, which is all the others give."""
        start = time.perf_counter()
        found = [hit.article.slug for hit in self._books.search(query, limit)]
        self.last_ms = 1000 * (time.perf_counter() - start)
        return found

    def close(self) -> None:
        """Nothing to close."""


class WegwijzerShown(Wegwijzer):
    """The same with what a page shows of each article: the snippet and the reasons."""

    name = "Wegwijzer, with snippets"

    def search(self, query: str, limit: int) -> list[str]:
        """Search, and make what is shown."""
        start = time.perf_counter()
        hits = self._books.search(query, limit)
        shown = [(hit.article.slug, hit.snippet, hit.why) for hit in hits]
        self.last_ms = 1000 * (time.perf_counter() - start)
        return [slug for slug, _, _ in shown]


class WegwijzerTyping(Wegwijzer):
    """The same while the last word is still being typed."""

    name = "Wegwijzer, as you type"

    def search(self, query: str, limit: int) -> list[str]:
        """Search the query without its last two letters."""
        start = time.perf_counter()
        found = [hit.article.slug for hit in self._books.search(query[:-2] or query, limit, unfinished=True)]
        self.last_ms = 1000 * (time.perf_counter() - start)
        return found


class WegwijzerVectors(Wegwijzer):
    """Wegwijzer with sentence vectors."""

    name = "Wegwijzer + vectors"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._books = KnowledgeBase.from_articles(articles, installed_encoder(settings()))
        self.last_ms = 0.0


def measure(engine: Callable[[Sequence[Article]], Peer], size: int, judged: Sequence[Judged]) -> Measured:
    """Build and search; runs in a process of its own."""
    articles = multiply(load_articles(SHIPPED_DATA / "faq"), size)
    gc.collect()
    process = psutil.Process()
    before = process.memory_info().rss
    start = time.perf_counter()
    peer = engine(articles)
    built = time.perf_counter() - start
    gc.collect()
    memory = peer.memory if isinstance(peer, MiniSearch) else process.memory_info().rss - before
    for one in judged[:5]:
        peer.search(one.query, DEPTH)
    places: list[float] = []
    times: list[float] = []
    lost = false = off = 0
    for one in judged:
        found = peer.search(one.query, DEPTH)
        times.append(peer.last_ms)
        if not one.slugs:
            off += 1
            false += bool(found)
            continue
        lost += not found
        places.append(next((place for place, slug in enumerate(found, start=1) if slug in one.slugs), float("inf")))
    peer.close()
    return Measured(
        peer.name, size,
        statistics.mean(place == 1 for place in places), statistics.mean(place <= 3 for place in places),
        statistics.mean(1 / place for place in places), lost / len(places), false / off,
        statistics.median(times), statistics.quantiles(times, n=20)[-1], built, memory / 1e6,
    )  # fmt: skip


def show(rows: Sequence[Measured]) -> None:
    """Print the table."""
    print(
        f"\n{'articles':>8}  {'engine':24}{'first':>7}{'three':>7}{'MRR':>7}{'lost':>7}{'false':>7}"
        f"{'ms':>9}{'p95 ms':>9}{'build s':>9}{'MB':>8}"
    )
    for row in rows:
        print(
            f"{row.size:>8}  {row.name:24}{row.first:>7.1%}{row.three:>7.1%}{row.reciprocal:>7.3f}{row.lost:>7.1%}{row.false:>7.1%}"
            f"{row.median_ms:>9.2f}{row.slowest_ms:>9.2f}{row.build_s:>9.1f}{row.megabytes:>8.0f}"
        )


def plot(rows: Sequence[Measured], path: Path) -> None:
    """Median time against size, both logarithmic."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 4.2))
    for name in dict.fromkeys(row.name for row in rows):
        own = [row for row in rows if row.name == name]
        if len(own) > 1:
            axes.plot(
                [row.size for row in own],
                [row.median_ms for row in own],
                marker="o",
                label=name,
                lw=3 if name == "Wegwijzer" else 1.5,
            )
    axes.set(xscale="log", yscale="log", xlabel="articles", ylabel="median ms a search", title="Search time and size of the FAQ")
    axes.axhline(5, color="#999", ls=":", lw=1)
    axes.legend(frameon=False)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    """Measure every engine at every size, then print and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--sizes", type=int, nargs="+", default=[110, 1_000, 10_000, 100_000])
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    evaluation = SHIPPED_DATA / "evaluation"
    judged = [one for kind in ("queries", "offtopic") for one in read_judged(evaluation / f"{kind}-{options.part}.tsv")]
    context = multiprocessing.get_context("spawn")
    rows = []
    for size in options.sizes:
        engines = [
            Wegwijzer,
            WegwijzerShown,
            WegwijzerTyping,
            *([WegwijzerVectors] if size <= 110 and installed_encoder(settings()) else []),
            *(peer for peer in PEERS if size <= getattr(peer, "largest", size)),
        ]
        for engine in engines:
            with context.Pool(1) as pool:
                rows.append(pool.apply(measure, (engine, size, judged)))
            show(rows[-1:])
    show(rows)
    if options.plot:
        plot(rows, options.plot)


if __name__ == "__main__":
    main()
