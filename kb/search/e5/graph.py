"""multilingual-e5-small as an ONNX graph that computes in whole numbers of 8 bits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.search.e5.weights import EncoderWeights, floats
from kb.search.semantic import Vectors

MIDDLE = 128  # what stands for 0 in an input of 8 bits without a sign
LARGEST_WEIGHT = 63  # two products of an input (0..255) and such a weight fit in 16 bits: older processors add them there
TINY = 1e-9


def _whole(matrix: Vectors) -> tuple[NDArray[np.int8], Vectors]:
    """A matrix (inputs, outputs) as whole numbers, and the scale of each output (outputs,)."""
    scale: Vectors = np.maximum(np.abs(matrix).max(axis=0), TINY) / LARGEST_WEIGHT
    return np.round(matrix / scale).astype(np.int8), scale


class Graph:
    """Nodes and constants of an ONNX graph while it is put together."""

    def __init__(self, weights: EncoderWeights) -> None:
        from onnx import TensorProto, helper, numpy_helper

        self._helper, self._constant_of, self.kinds = helper, numpy_helper.from_array, TensorProto
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, name: str, values: NDArray[Any]) -> str:
        """Add an array under a name; returns the name."""
        self._constants.append(self._constant_of(np.ascontiguousarray(values), name))
        return name

    def number(self, name: str, value: Any, kind: Any) -> str:
        """Add a number, or a few, of a kind."""
        return self.constant(name, np.array(value, dtype=kind))

    def tensor(self, name: str) -> str:
        """Add a tensor of the weights as it is."""
        return self.constant(name, self._weights.tensors[name])

    def node(self, kind: str, inputs: Sequence[str], outputs: Sequence[str], domain: str = "", **settings: Any) -> str:
        """Add a node; returns the name of its first output."""
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
        matrix = np.concatenate([floats(self._weights.tensors[name]).reshape(-1, width) for name in matrices]).T
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
