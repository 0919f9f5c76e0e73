"""Every file is opened in a process of its own, so what that process has to load first is paid for each time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from triage.verify.sandbox import TASKS

HEAVY = ("sklearn", "sqlalchemy", "scipy", "streamlit", "pandas")


@pytest.mark.parametrize("module", sorted({place.partition(":")[0] for place in TASKS.values()}))
def test_what_opens_files_starts_without_the_rest_of_the_program(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"
