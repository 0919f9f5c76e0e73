"""The compiled loops give what the plain definition gives."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from kb import kernels

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]), min_size=1, max_size=30)


@given(SCORES, st.integers(1, 12))
def test_the_highest_are_the_first_of_a_stable_sort(scores: list[float], count: int) -> None:
    array = np.array(scores, dtype=np.float32)
    wanted = sorted(np.argsort(-array, kind="stable")[:count].tolist())
    assert kernels.highest(array, count).tolist() == wanted
