"""Sentence vectors: passages that mean the same, and a cache that computes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from kb.search.fitting.semantic import fit_passages
from kb.search.semantic import PASSING, CachedEncoder, PassageIndex, Vectors

LETTERS = "abcdefghijklmnopqrstuvwxyz"


class LetterEncoder:
    """A tiny encoder: texts with the same letters mean the same. Remembers what it was asked."""

    def __init__(self, name: str = "letters", offset: float = 0.0) -> None:
        self.name = name
        self.asked: list[str] = []
        self._offset = offset  # moves every vector the same way, as real models do

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        rows = np.array([[text.count(letter) for letter in LETTERS] for text in texts], dtype=np.float32)
        rows = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9) + self._offset
        unit: Vectors = (rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)).astype(np.float32)
        return unit

    def query(self, text: str) -> Vectors:
        return self.encode([text])[0]  # type: ignore[no-any-return]


def scores(passages: Sequence[Sequence[str]], query: str, encoder: LetterEncoder | None = None) -> Mapping[str, Vectors]:
    encoder = encoder or LetterEncoder()
    index = PassageIndex(fit_passages(passages, encoder), encoder)
    return index.score(index.place_query(query))


# --- passages ---------------------------------------------------------------------------------------------------


def test_a_document_is_as_close_as_its_closest_passage() -> None:
    passages = [["aaaa", "bbbb"], ["cccc"], ["dddd", "eeee"]]
    assert [int(scores(passages, query)["meaning"].argmax()) for query in ("aa", "bb", "cc", "ee")] == [0, 0, 1, 2]


def test_a_literal_passage_is_wholly_alike() -> None:
    best = scores([["aab", "bbc"], ["ccd"]], "bbc")["meaning"]
    assert best[0] == pytest.approx(1)


def test_a_document_with_several_close_passages_has_the_higher_mean_of_three() -> None:
    top = scores([["ab", "ab", "ab"], ["ab", "xy", "yz"]], "ab")["meaning_top"]
    assert top[0] > top[1]


def test_a_document_gets_no_credit_for_passages_it_does_not_have() -> None:
    best = scores([["xy"], ["ab", "cd", "ef"]], "ab")["meaning"]
    assert best[0] < 0 < best[1]


def test_what_all_texts_share_does_not_make_them_alike() -> None:
    best = scores([["aaaa"], ["bbbb"], ["cccc"]], "aaaa", LetterEncoder(offset=5.0))["meaning"]
    assert best[1] < 0 < best[0]


def test_all_passages_are_encoded_in_one_go_and_a_query_on_its_own() -> None:
    encoder = LetterEncoder()
    scores([["een", "twee"], ["drie"]], "vier", encoder)
    assert encoder.asked == ["een", "twee", "drie", "vier"]


# --- cache ------------------------------------------------------------------------------------------------------


def test_cached_vectors_are_those_of_the_encoder_in_the_order_asked(tmp_path: Path) -> None:
    texts = ["noot", "aap", "noot"]
    wanted = LetterEncoder().encode(texts)
    np.testing.assert_allclose(CachedEncoder(LetterEncoder(), tmp_path).encode(texts), wanted, atol=1e-3)


def test_a_text_has_the_same_vector_when_it_is_first_seen_and_ever_after(tmp_path: Path) -> None:
    first = CachedEncoder(LetterEncoder(), tmp_path)
    vectors = first.encode(["aapje", "noot"])
    first.save()

    np.testing.assert_array_equal(CachedEncoder(LetterEncoder(), tmp_path).encode(["aapje", "noot"]), vectors)


def test_a_text_seen_before_is_not_computed_again(tmp_path: Path) -> None:
    inner = LetterEncoder()
    cached = CachedEncoder(inner, tmp_path)
    cached.encode(["aap", "noot", "aap"])
    cached.encode(["noot", "mies"])
    assert inner.asked == ["aap", "noot", "mies"]


def test_saved_vectors_survive_a_restart(tmp_path: Path) -> None:
    before = CachedEncoder(LetterEncoder(), tmp_path)
    expected = before.encode(["aap", "noot"])
    before.save()
    inner = LetterEncoder()
    np.testing.assert_allclose(CachedEncoder(inner, tmp_path).encode(["aap", "noot"]), expected, atol=1e-3)
    assert inner.asked == []


def test_vectors_that_come_with_the_program_are_not_computed_and_not_written_again(tmp_path: Path) -> None:
    shipped = CachedEncoder(LetterEncoder(), tmp_path / "shipped")
    expected = shipped.encode(["aap", "noot"])
    shipped.save()
    inner = LetterEncoder()
    own = CachedEncoder(inner, tmp_path / "own", tmp_path / "shipped")

    np.testing.assert_array_equal(own.encode(["aap", "noot"]), expected)
    own.save()
    assert inner.asked == []
    assert not (tmp_path / "own").exists()


def test_nothing_is_written_before_there_is_something_to_save(tmp_path: Path) -> None:
    CachedEncoder(LetterEncoder(), tmp_path / "vectors").save()
    assert list(tmp_path.iterdir()) == []


def test_saving_leaves_one_file_and_no_scraps(tmp_path: Path) -> None:
    cached = CachedEncoder(LetterEncoder(), tmp_path / "vectors")
    for texts in (["aap"], ["noot"]):
        cached.encode(texts)
        cached.save()
    assert [path.name for path in (tmp_path / "vectors").iterdir()] == ["letters.npz"]


def test_vectors_of_another_model_are_not_used(tmp_path: Path) -> None:
    old = CachedEncoder(LetterEncoder("oud"), tmp_path)
    old.encode(["aap"])
    old.save()
    inner = LetterEncoder("nieuw")
    CachedEncoder(inner, tmp_path).encode(["aap"])
    assert inner.asked == ["aap"]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 half a file", b"no vectors at all"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "letters.npz").write_bytes(content)
    inner = LetterEncoder()
    CachedEncoder(inner, tmp_path).encode(["aap"])
    assert inner.asked == ["aap"]


def test_a_cache_with_pickled_objects_is_not_opened(tmp_path: Path) -> None:
    np.savez(tmp_path / "letters.npz", keys=np.array([{"code": "kwaad"}], dtype=object), vectors=np.zeros((1, 26)))
    inner = LetterEncoder()
    CachedEncoder(inner, tmp_path).encode(["aap"])
    assert inner.asked == ["aap"]


def test_half_a_character_can_be_cached(tmp_path: Path) -> None:
    assert CachedEncoder(LetterEncoder(), tmp_path).encode(["aap\ud83d"]).shape == (1, 26)


def test_a_query_passes_by_and_is_not_kept(tmp_path: Path) -> None:
    cached = CachedEncoder(LetterEncoder(), tmp_path)
    cached.query("wie weet dit")
    cached.save()
    assert list(tmp_path.iterdir()) == []


def test_a_text_that_is_looked_at_twice_in_a_row_is_encoded_once(tmp_path: Path) -> None:
    inner = LetterEncoder()
    cached = CachedEncoder(inner, tmp_path)
    assert cached.query("aap") is cached.query("aap")
    assert inner.asked == ["aap"]


def test_passing_texts_do_not_pile_up(tmp_path: Path) -> None:
    inner = LetterEncoder()
    cached = CachedEncoder(inner, tmp_path)
    for number in range(PASSING + 1):
        cached.query(f"vraag {number}")
    cached.query("vraag 0")
    assert len(inner.asked) == PASSING + 2


def test_what_differs_within_every_document_counts_for_less_after_whitening() -> None:
    """x and y alternate in every document, so they say nothing about the subject; a and b do."""
    found = scores([["aaxx", "aayy", "axyy"], ["bbxx", "bbyy", "bxyy"]], "axx")
    assert found["subject"][0] - found["subject"][1] > found["meaning"][0] - found["meaning"][1]
