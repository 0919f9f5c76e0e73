"""What all tests share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"  # real data that nobody here wrote; not part of the project


def need(condition: bool, reason: str) -> None:
    """Skip a test that lacks its server, browser or data; in CI, where everything is installed, that is a failure."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"In CI this must be there: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No test reads the settings or the database of the person who runs it."""
    from kb.settings import settings

    for name in [name for name in os.environ if name.startswith("WEGWIJZER_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("WEGWIJZER_VAR_DIR", str(tmp_path_factory.mktemp("var")))
    settings.cache_clear()
    yield
    settings.cache_clear()
