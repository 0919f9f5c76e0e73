"""Real servers, for what talks with them."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from kb.settings import Settings, read_settings
from tests.conftest import free_port, need
from tests.servers.dovecot import BINARY, PASSWORDS, Dovecot, write_certificate
from triage.database.opening import open_database


@pytest.fixture
def start_dovecot(tmp_path: Path) -> Iterator[Callable[..., Dovecot]]:
    """Starts IMAP servers with TLS, with further lines of configuration; they stop when the test is over."""
    need(BINARY is not None, "Dovecot (apt-get install dovecot-imapd)")
    running: list[Dovecot] = []

    def start(more: str = "") -> Dovecot:
        folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
        ca = Path(shutil.copy(write_certificate(folder), tmp_path / "ca.pem"))
        running.append(Dovecot(folder, ca, free_port(), more))
        running[-1].start()
        return running[-1]

    yield start
    for server in running:
        server.stop()
        shutil.rmtree(server.folder)


@pytest.fixture
def dovecot(start_dovecot: Callable[..., Dovecot]) -> Dovecot:
    """An IMAP server with the mailboxes `help` and `info`."""
    return start_dovecot()


@pytest.fixture
def variables(dovecot: Dovecot, tmp_path: Path) -> dict[str, str]:
    """The settings of an installation that may look into the mailboxes of that server."""
    return variables_for(dovecot, tmp_path)


def variables_for(server: Dovecot, var: Path) -> dict[str, str]:
    return {
        "WEGWIJZER_VAR_DIR": str(var),
        "WEGWIJZER_ENCODER": "none",
        "WEGWIJZER_IMAP_CA": str(server.ca),
        "WEGWIJZER_IMAP_PASSWORD": PASSWORDS["help"],
        "WEGWIJZER_IMAP_PASSWORD_INFO": PASSWORDS["info"],
    }


@pytest.fixture
def settings(variables: dict[str, str]) -> Settings:
    return read_settings(variables)


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest layout; every test gets a copy, as making one takes a while."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    open_database(f"sqlite:///{path}").dispose()
    return path


@pytest.fixture
def engine(settings: Settings, empty_database: Path) -> Iterator[Engine]:
    shutil.copy(empty_database, settings.var_dir / "wegwijzer.db")
    database = open_database(settings.database_url)
    yield database
    database.dispose()
