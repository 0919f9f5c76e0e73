"""What was fitted once is kept: the same answers without fitting again, and never those of other articles."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from kb.article import Article
from kb.search import kept as kept_files
from kb.search.fitting import index as fitting
from kb.search.kept import MOST, joined, kept_or_fitted, packed, part_of, unpacked
from kb.search.search import KnowledgeBase
from tests.kb.search.test_semantic import LetterEncoder

KEY = Article("wachtwoord", "Wachtwoord vergeten", "Vraag een nieuw wachtwoord aan.\n\nOp de inlogpagina.\n", ("ww", "kwijt"))
MERGER = Article("fusie", "Onze school fuseert", "Meld de fusie bij de helpdesk.\n", ("samengaan",))
QUERIES = ["ww vergeten", "wachtwrd", "fuseren", "inlogpagina", "pizza bestellen", "mel"]


def search(folder: Path, *articles: Article, encoder: LetterEncoder | None = None) -> KnowledgeBase:
    return KnowledgeBase.from_articles(articles or (KEY, MERGER), encoder, folder)


def answers(books: KnowledgeBase) -> list[object]:
    """All there is to say to the queries, to the last bit."""
    hits = [[(hit.article, hit.score, hit.title, hit.snippet, hit.why) for hit in books.search(query)] for query in QUERIES]
    return [hits, [books.signals(query, unfinished=True).table.tolist() for query in QUERIES]]


@pytest.fixture
def never_fits(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Call it, and from then on nothing can be fitted."""

    def refuse(*given: object) -> None:
        raise AssertionError("it was fitted again")

    return lambda: monkeypatch.setattr(fitting, "fit_index", refuse)


@pytest.mark.parametrize("encoder", [None, LetterEncoder()], ids=["words", "vectors"])
def test_a_second_start_answers_the_same_to_the_last_bit_and_fits_nothing(
    encoder: LetterEncoder | None, tmp_path: Path, never_fits: Callable[[], None]
) -> None:
    without = answers(KnowledgeBase.from_articles([KEY, MERGER], encoder))
    first = answers(search(tmp_path, encoder=encoder))
    never_fits()

    assert without == first == answers(search(tmp_path, encoder=encoder))


@pytest.mark.parametrize(
    "changed",
    [replace(KEY, title="Sleutel kwijt"), replace(KEY, body="De sleutel ligt klaar.\n"), replace(KEY, keywords=("sleutel",))],
    ids=["title", "body", "keywords"],
)
def test_an_article_that_changed_is_known_by_its_new_words(changed: Article, tmp_path: Path) -> None:
    assert not search(tmp_path).knows("sleutel")

    assert search(tmp_path, changed, MERGER).knows("sleutel")


def test_an_article_that_is_new_is_found_at_once(tmp_path: Path) -> None:
    search(tmp_path, KEY)

    assert search(tmp_path, KEY, MERGER).search("fusie")[0].article == MERGER


def test_with_and_without_vectors_nothing_is_shared(tmp_path: Path) -> None:
    search(tmp_path)

    assert search(tmp_path, encoder=LetterEncoder()).uses_vectors
    assert not search(tmp_path).uses_vectors


def test_other_code_fits_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search(tmp_path)
    monkeypatch.setattr(kept_files, "code_version", lambda: "another")
    search(tmp_path)

    assert len(list(tmp_path.glob("*.npz"))) == 2


@pytest.mark.parametrize("damage", ["empty", "half", "no archive", "another archive"])
def test_a_broken_file_is_said_and_made_again(damage: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = answers(search(tmp_path))
    (path,) = tmp_path.glob("*.npz")
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "half": whole[: len(whole) // 2], "no archive": b"x" * 500}.get(damage, whole))
    if damage == "another archive":
        np.savez(path, other=np.zeros(3))
    with caplog.at_level(logging.WARNING):
        assert answers(search(tmp_path)) == before

    assert path.name in caplog.text
    assert path.read_bytes() == whole


def test_a_file_with_objects_is_never_unpacked(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    search(tmp_path)
    (path,) = tmp_path.glob("*.npz")
    np.savez(path, **{"terms.size": np.array([Path("never")], dtype=object)})

    search(tmp_path)

    assert "can't be read (ValueError)" in caplog.text


def test_only_the_last_few_are_kept(tmp_path: Path) -> None:
    for number in range(MOST + 3):
        kept_or_fitted(tmp_path, "numbers", [str(number)], lambda number=number: {"one": np.array(number)}, dict)

    assert len(list(tmp_path.iterdir())) == MOST


def test_what_cannot_be_kept_is_said_and_used_all_the_same(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("no folder", encoding="utf-8")

    assert search(tmp_path / "file").search("wachtwoord")
    assert "can't be kept" in caplog.text


def test_nobody_else_can_read_what_is_kept(tmp_path: Path) -> None:
    search(tmp_path / "fitted")

    assert [path.stat().st_mode & 0o077 for path in (tmp_path / "fitted", *(tmp_path / "fitted").iterdir())] == [0, 0]


@pytest.mark.parametrize("texts", [[], ["een", "twee"], ["é", "", "half \ud83d"]])
def test_packed_texts_come_back(texts: list[str]) -> None:
    assert unpacked(packed(texts)) == texts


def test_parts_keep_their_own_names() -> None:
    arrays = joined(a=joined(b={"x": np.array(1)}), ab={"x": np.array(2)})

    assert part_of(part_of(arrays, "a"), "b")["x"] == 1
    assert list(part_of(arrays, "ab")) == ["x"]
