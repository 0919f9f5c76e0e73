"""An installation of another organisation: the help desk of an English library, with a data folder of its own and nothing else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import streamlit as st
from sqlalchemy.orm import Session

from kb.article import load_articles
from kb.settings import Settings, settings
from kb.store import put_articles
from triage.classify.running import ready_model
from triage.installation.installation import Installation

DATA = Path(__file__).parent / "data"


@contextmanager
def _settings_of_the_library(var: Path) -> Iterator[Settings]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("DATA_DIR", str(DATA)), ("VAR_DIR", str(var)), ("ENCODER", "none")):
            patch.setenv(f"WEGWIJZER_{name}", value)
        settings.cache_clear()
        yield settings()
    settings.cache_clear()


@pytest.fixture(scope="session")
def library_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model of the library, trained once."""
    with _settings_of_the_library(tmp_path_factory.mktemp("library-model")) as configured:
        ready_model(configured)
        return configured.model_path


@pytest.fixture
def library(library_model: Path, tmp_path: Path) -> Iterator[Installation]:
    """A new installation of the library, with its articles and no mail yet."""
    with _settings_of_the_library(tmp_path) as configured:
        shutil.copy(library_model, configured.model_path)
        here = Installation.at(configured)
        with Session(here.engine) as session, session.begin():
            put_articles(session, load_articles(DATA / "faq"))
        st.cache_resource.clear()
        yield here
        st.cache_resource.clear()
        here.engine.dispose()
