"""The compiled loops give what the plain definition gives."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.search import kernels

SCORES = st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]), min_size=1, max_size=30)


@settings(deadline=None)  # the first call compiles
@given(SCORES, st.integers(1, 12))
def test_the_highest_are_the_first_of_a_stable_sort(scores: list[float], count: int) -> None:
    array = np.array(scores, dtype=np.float32)
    wanted = sorted(np.argsort(-array, kind="stable")[:count].tolist())
    assert kernels.highest(array, count).tolist() == wanted


def test_where_nothing_can_be_written_the_loops_are_compiled_all_the_same() -> None:
    """A service account often may write in its own folder only; numba then finds no place for what it compiled."""
    script = """
import numpy as np
from numba.core.caching import CacheImpl
CacheImpl._locator_classes = []
from kb.search import kernels
print(kernels.highest(np.array([1, 3, 2], np.float32), 2))
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert run.stdout == "[1 2]\n"
    assert "can't be kept" in run.stderr
