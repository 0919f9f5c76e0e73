"""Search engines that schools' help desks could use instead, each behind the same three methods.

Bm25s and FTS5 and tantivy use Dutch stemming, MiniSearch prefix and fuzzy matching; fields weigh as they do in Wegwijzer.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from kb.article import Article
from kb.search.language import fold, load_language, stem

WEIGHTS = {"title": 3.0, "keywords": 2.5, "questions": 2.0, "body": 1.0}
_WORD = re.compile(r"[a-z0-9]+")


def words(text: str) -> list[str]:
    """Folded, stemmed Dutch words without stop words."""
    stop = load_language().stopwords
    return [stem(word) for word in _WORD.findall(fold(text)) if word not in stop]


def fields(article: Article) -> dict[str, str]:
    """The texts of an article by field."""
    return {
        "title": article.title,
        "keywords": "\n".join(article.keywords),
        "questions": "\n".join(article.questions),
        "body": article.body,
    }


class Peer(Protocol):
    """A search engine under measurement."""

    name: str
    last_ms: float  # time the engine itself spent on the last search

    def search(self, query: str, limit: int) -> list[str]:
        """Slugs, best first; [] for what can't be searched."""
        ...

    def close(self) -> None:
        """Stop processes and close files."""
        ...


class Bm25s:
    """bm25s (Lucene's variant of BM25, sparse matrices); a field counts by repeating its words."""

    name = "bm25s"

    def __init__(self, articles: Sequence[Article]) -> None:
        import bm25s

        self._slugs = [article.slug for article in articles]
        corpus = [
            [word for field, text in fields(article).items() for word in words(text) * round(2 * WEIGHTS[field])]
            for article in articles
        ]
        self._index = bm25s.BM25()
        self._index.index(corpus, show_progress=False)
        self.last_ms = 0.0

    def search(self, query: str, limit: int) -> list[str]:
        """BM25 over the stemmed words."""
        start = time.perf_counter()
        tokens = words(query)
        found: list[str] = []
        if tokens:
            numbers, scores = self._index.retrieve([tokens], k=min(limit, len(self._slugs)), show_progress=False)
            found = [self._slugs[number] for number, score in zip(numbers[0], scores[0], strict=True) if score > 0]
        self.last_ms = 1000 * (time.perf_counter() - start)
        return found

    def close(self) -> None:
        """Nothing to close."""


class Fts5:
    """SQLite FTS5 in memory: any of the stemmed words, ranked by its weighted bm25()."""

    name = "SQLite FTS5"

    def __init__(self, articles: Sequence[Article]) -> None:
        self._database = sqlite3.connect(":memory:")
        self._database.execute("create virtual table faq using fts5(slug unindexed, title, keywords, questions, body)")
        rows = ([article.slug, *(" ".join(words(text)) for text in fields(article).values())] for article in articles)
        self._database.executemany("insert into faq values (?, ?, ?, ?, ?)", rows)
        self.last_ms = 0.0

    def search(self, query: str, limit: int) -> list[str]:
        """The words as quoted strings, so that no query is syntax."""
        start = time.perf_counter()
        wanted = " OR ".join(f'"{word}"' for word in dict.fromkeys(words(query)))
        weights = ", ".join(["0", *(str(weight) for weight in WEIGHTS.values())])
        statement = f"select slug from faq where faq match ? order by bm25(faq, {weights}) limit ?"  # weights are ours
        found = [row[0] for row in self._database.execute(statement, (wanted, limit))] if wanted else []
        self.last_ms = 1000 * (time.perf_counter() - start)
        return found

    def close(self) -> None:
        """Close the database."""
        self._database.close()


class Tantivy:
    """tantivy in memory with its Dutch stemmer, fields boosted, lenient query parser."""

    name = "tantivy"

    def __init__(self, articles: Sequence[Article]) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("slug", stored=True, tokenizer_name="raw")
        for field in WEIGHTS:
            builder.add_text_field(field, tokenizer_name="nl_stem")
        self._index = tantivy.Index(builder.build())
        analyzer = (
            tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
            .filter(tantivy.Filter.lowercase())
            .filter(tantivy.Filter.ascii_fold())
            .filter(tantivy.Filter.stopword("dutch"))
            .filter(tantivy.Filter.stemmer("dutch"))
            .build()
        )
        self._index.register_tokenizer("nl_stem", analyzer)
        writer = self._index.writer(heap_size=128_000_000)
        for article in articles:
            writer.add_document(tantivy.Document(slug=article.slug, **fields(article)))
        writer.commit()
        writer.wait_merging_threads()
        self._index.reload()
        self.last_ms = 0.0

    def search(self, query: str, limit: int) -> list[str]:
        """Any of the words; operators in the query are read as words."""
        start = time.perf_counter()
        plain = " ".join(_WORD.findall(fold(query)))
        parsed, _ = self._index.parse_query_lenient(plain, list(WEIGHTS), field_boosts=WEIGHTS)
        searcher = self._index.searcher()
        found = [searcher.doc(address)["slug"][0] for _, address in searcher.search(parsed, limit).hits] if plain else []
        self.last_ms = 1000 * (time.perf_counter() - start)
        return found

    def close(self) -> None:
        """Nothing to close."""


_NODE = """
import MiniSearch from 'minisearch';
import { createInterface } from 'node:readline';
import { readFileSync } from 'node:fs';
const documents = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const engine = new MiniSearch({ idField: 'slug', fields: ['title', 'keywords', 'questions', 'body'],
  searchOptions: { prefix: true, fuzzy: 0.2, boost: { title: 3, keywords: 2.5, questions: 2 } } });
engine.addAll(documents);
console.log(JSON.stringify({ ready: true, memory: process.memoryUsage().rss }));
for await (const line of createInterface({ input: process.stdin })) {
  const { query, limit } = JSON.parse(line);
  const start = performance.now();
  const found = engine.search(query).slice(0, limit).map((hit) => hit.id);
  console.log(JSON.stringify({ found, ms: performance.now() - start }));
}
"""


class MiniSearch:
    """MiniSearch in a node process; only its own time counts, not the pipe."""

    name = "MiniSearch"
    largest = 10_000  # articles; at 100,000 its one run takes longer than all others together

    def __init__(self, articles: Sequence[Article]) -> None:
        self._folder = Path(tempfile.gettempdir()) / "wegwijzer-minisearch"
        if not (self._folder / "node_modules" / "minisearch").is_dir():
            self._folder.mkdir(exist_ok=True)
            npm = shutil.which("npm")
            if npm is None:
                raise FileNotFoundError("npm is needed for MiniSearch; install node and npm, or leave MiniSearch out.")
            subprocess.run([npm, "install", "--silent", "--prefix", str(self._folder), "minisearch@7"], check=True)
        script = self._folder / "serve.mjs"
        script.write_text(_NODE, encoding="utf-8")
        documents = self._folder / "documents.json"
        documents.write_text(json.dumps([{"slug": article.slug, **fields(article)} for article in articles]), encoding="utf-8")
        self._node = subprocess.Popen(
            [shutil.which("node") or "node", "--max-old-space-size=12000", str(script), str(documents)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.memory = int(self._answer()["memory"])  # type: ignore[call-overload]
        self.last_ms = 0.0

    def _answer(self) -> dict[str, object]:
        assert self._node.stdout is not None
        answer: dict[str, object] = json.loads(self._node.stdout.readline())
        return answer

    def search(self, query: str, limit: int) -> list[str]:
        """Any of the words, beginnings and near spellings of them."""
        assert self._node.stdin is not None
        self._node.stdin.write(json.dumps({"query": query, "limit": limit}) + "\n")
        self._node.stdin.flush()
        answer = self._answer()
        self.last_ms = float(str(answer["ms"]))
        return [str(slug) for slug in answer["found"]]  # type: ignore[attr-defined]

    def close(self) -> None:
        """Stop node."""
        self._node.kill()
        self._node.wait()


PEERS = (Bm25s, Tantivy, Fts5, MiniSearch)
