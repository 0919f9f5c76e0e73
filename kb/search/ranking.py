"""How the signals of a search are weighed: a logistic model learned from judged queries.

The weights live in ``data/ranking.yaml`` and are made by ``benchmarks/learn_ranking.py`` from the development half of
``data/evaluation/queries-dev.tsv``; nothing here is tuned by hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.settings import from_data, own_or_shipped

Column = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class RankingWeights:
    """A learned ranking: the log-odds that an article answers the query are linear in the signals."""

    signals: Mapping[str, float]  # weight of each signal
    intercept: float  # log-odds without any signal
    threshold: float  # an article below this probability is not shown


@closed
class _LearnedRanking(TypedDict):
    signals: dict[str, float]
    intercept: float
    threshold: float


@closed
class _Ranking(TypedDict):
    lexical: _LearnedRanking
    semantic: _LearnedRanking


@from_data
def load_weights(folder: Path) -> Mapping[str, RankingWeights]:
    """Read data/ranking.yaml: weights for each combination of signals ("lexical", "semantic"). Raises DataFileError."""
    content = read_data(own_or_shipped(folder, "ranking.yaml"), _Ranking)
    return {"lexical": RankingWeights(**content["lexical"]), "semantic": RankingWeights(**content["semantic"])}


def relative(values: Column) -> Column:
    """Divide by the largest, so the best article has 1."""
    top = float(values.max(initial=0.0))
    return values / top if top > 0 else values


def probability(names: Sequence[str], signals: NDArray[np.float32], weights: RankingWeights) -> NDArray[np.float64]:
    """The chance, for each article, that it answers the query; `signals` (names, articles) are in the order of `names`."""
    logit = np.array([weights.signals[name] for name in names]) @ signals + weights.intercept
    chance: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logit))
    return chance
