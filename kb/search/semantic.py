"""Sentence vectors: the Encoder protocol, a cache on disk, and passages that mean the same.

Scores of multilingual-e5 bunch together between 0.75 and 0.90, so vectors are centred on the mean of the corpus before
they are compared.
"""

from __future__ import annotations

import hashlib
import logging
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from kb.own_files import own_folder
from kb.search.kept import Arrays

Vectors = NDArray[np.float32]
STORED = np.float16  # of a vector on disk
PASSING = 64  # vectors of passing texts that are remembered: one mail is looked at several times in a row
_log = logging.getLogger(__name__)


class Encoder(Protocol):
    """Turns texts into vectors whose inner product says how alike they mean."""

    name: str  # identifies the model; vectors of different names can't be compared

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return an array (len(texts), dimensions) of unit length rows, for texts that stay."""
        ...

    def query(self, text: str) -> Vectors:
        """Return the vector (dimensions,) of a text that passes by; it is not kept anywhere."""
        ...


class CachedEncoder:
    """Remembers the vectors of texts that stay in a file, so a restart or a small change computes next to nothing.

    Those of the shipped articles come with the program: making them takes most of a minute.
    """

    def __init__(self, inner: Encoder, folder: Path, shipped: Path | None = None) -> None:
        """`folder` is where vectors are kept, `shipped` one with vectors that are only read."""
        self.name = inner.name
        self._inner = inner
        self._file = folder / f"{inner.name}.npz"
        self._shipped = shipped / self._file.name if shipped else None
        self._unsaved = False
        self._passing = lru_cache(maxsize=PASSING)(inner.query)

    @cached_property
    def _known(self) -> dict[str, Vectors]:
        return {**(_stored(self._shipped) if self._shipped else {}), **_stored(self._file)}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Encode texts, computing only those not seen before."""
        keys = [_key(text) for text in texts]
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in self._known}
        if fresh:
            made = self._inner.encode(list(fresh.values())).astype(STORED).astype(np.float32)  # as a later start reads them
            self._known.update(zip(fresh, made, strict=True))
            self._unsaved = True
        return np.asarray([self._known[key] for key in keys], dtype=np.float32).reshape(len(keys), -1)

    def query(self, text: str) -> Vectors:
        """Encode a text that passes by: remembered for a moment in memory, never written."""
        vector = self._known.get(_key(text))
        return self._passing(text) if vector is None else vector

    def save(self) -> None:
        """Write the cache in one move, so that a reader never sees half a file."""
        if not self._unsaved:
            return
        own_folder(self._file.parent)
        with tempfile.NamedTemporaryFile(dir=self._file.parent, suffix=".tmp", delete=False) as handle:
            np.savez(handle, keys=np.array(list(self._known)), vectors=np.stack(list(self._known.values())).astype(STORED))
        Path(handle.name).replace(self._file)
        self._unsaved = False


def _stored(file: Path) -> dict[str, Vectors]:
    """The vectors in a file, by the key of their text."""
    if not file.is_file():
        return {}
    try:
        with np.load(file, allow_pickle=False) as stored:
            keys, vectors = stored["keys"], stored["vectors"].astype(np.float32)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        _log.warning("The vector cache %s can't be read (%s) and is made anew.", file.name, error)
        return {}
    return dict(zip(keys.tolist(), vectors, strict=True))


def _key(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


class PassageIndex:
    """Several short passages per document; a document is as close to a query as its closest passages.

    Directions in which passages of one document differ among themselves say little about the subject. They are shrunk by
    whitening with the covariance within documents (the first half of linear discriminant analysis; covariance by Ledoit &
    Wolf, 2004).
    """

    def __init__(self, arrays: Arrays, encoder: Encoder) -> None:
        """`arrays` are those of fitting.semantic.fit_passages, made with the same encoder."""
        self._encoder = encoder
        self.plain: Vectors = arrays["plain"]  # (passages, dimensions), centred, of unit length
        self._mean, self._whitening = arrays["mean"], arrays["whitening"]
        self._white, self._centres = arrays["white"], arrays["centres"]
        self._rows, self._missing = arrays["rows"], arrays["missing"]

    def centre(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, dimensions) of length 1 of texts that stay, centred but not whitened, as `plain` has them."""
        return unit(self._encoder.encode(texts) - self._mean)

    def place(self, texts: Sequence[str]) -> Vectors:
        """Vectors (texts, dimensions) of texts that stay, in the space of this index."""
        return unit((self._encoder.encode(texts) - self._mean) @ self._whitening)

    def place_query(self, query: str) -> Vectors:
        """The centred vector (dimensions,) of a query; input for `score`, `subject` and `likeness`."""
        vector: Vectors = self._encoder.query(query) - self._mean
        return vector

    def subject(self, vector: Vectors) -> Vectors:
        """A query's vector whitened, of length 1: comparable with what `place` gives, and with other queries."""
        return unit(vector @ self._whitening)

    def likeness(self, vector: Vectors, placed: Vectors) -> Vectors:
        """The similarity (-1..1) of a query's vector with each of the texts that were placed."""
        similarity: Vectors = placed @ self.subject(vector)
        return similarity

    def score(self, vector: Vectors) -> Mapping[str, Vectors]:
        """For each document how alike it means to a query, -1..1.

        "meaning" is its closest passage, "meaning_top" the mean of its three closest; "subject" and "subject_top" the same
        after whitening, "centre" its passages taken together.
        """
        white = self.subject(vector)
        found: dict[str, Vectors] = {"centre": self._centres @ white}
        for name, vectors, wanted in (("meaning", self.plain, unit(vector)), ("subject", self._white, white)):
            similarity = (vectors @ wanted)[self._rows]
            similarity[self._missing] = -1.0
            count = min(3, similarity.shape[1])
            found[name] = similarity.max(axis=1)
            found[f"{name}_top"] = np.partition(similarity, -count, axis=1)[:, -count:].mean(axis=1)
        return found


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1 in the same directions; one of zeros stays."""
    norm = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = (vectors / np.maximum(norm, 1e-9)).astype(np.float32)
    return scaled
