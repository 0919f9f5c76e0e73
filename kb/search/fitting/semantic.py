"""Fitting the passages that mean the same: their mean, and the directions that say little about the subject."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from sklearn.covariance import ledoit_wolf

from kb.search.kept import Arrays
from kb.search.semantic import Encoder, Vectors, unit


def fit_passages(passages: Sequence[Sequence[str]], encoder: Encoder) -> Arrays:
    """The arrays of a PassageIndex over the passages of each document."""
    raw = encoder.encode([text for document in passages for text in document])
    mean = raw.mean(axis=0)
    sizes = np.array([len(document) for document in passages])
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    whitening = _whitening(raw - mean, np.repeat(np.arange(len(sizes)), sizes))
    white = unit((raw - mean) @ whitening)
    column = np.arange(sizes.max(initial=1))
    return {
        "mean": mean,
        "whitening": whitening,
        "plain": unit(raw - mean),
        "white": white,
        "centres": unit(np.add.reduceat(white, starts, axis=0)),
        "rows": starts[:, None] + np.minimum(column, np.maximum(sizes - 1, 0)[:, None]),
        "missing": column >= sizes[:, None],
    }


def _whitening(centred: Vectors, owner: NDArray[np.int64]) -> Vectors:
    """The matrix that makes the covariance within documents the identity."""
    count = np.bincount(owner)
    sums = np.zeros((len(count), centred.shape[1]), dtype=np.float64)
    np.add.at(sums, owner, centred)
    within = centred - (sums / np.maximum(count, 1)[:, None])[owner]
    covariance, _ = ledoit_wolf(within, assume_centered=True)
    values, directions = np.linalg.eigh(covariance)
    floor = max(float(values.max(initial=0.0)) * 1e-6, 1e-12)
    matrix: Vectors = (directions / np.sqrt(np.maximum(values, floor)) @ directions.T).astype(np.float32)
    return matrix
