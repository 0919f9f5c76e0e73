"""The demo as a process: what it starts, it stops."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import ROOT

SERVE = "import sys, triage.cli.demo as demo; demo.fill_inbox = lambda configured: 0; demo.run_demo(int(sys.argv[1]))"
PATIENCE = 120  # seconds; the first start makes the database


@pytest.fixture
def port() -> int:
    """A port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def demo(tmp_path: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """The demo without mails, in a process group of its own."""
    environment = os.environ | {"WEGWIJZER_VAR_DIR": str(tmp_path), "WEGWIJZER_ENCODER": "none", "PYTHONPATH": str(ROOT)}
    running = subprocess.Popen([sys.executable, "-c", SERVE, str(port)], cwd=ROOT, env=environment, start_new_session=True)
    yield running
    with suppress(ProcessLookupError):  # when nothing is left, as it should be
        os.killpg(running.pid, signal.SIGKILL)
    running.wait()


def listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_a_demo_that_is_told_to_stop_leaves_no_server_on_the_port(demo: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while not listens(port) and time.monotonic() < until:
        time.sleep(0.2)
    assert listens(port)

    demo.send_signal(signal.SIGTERM)

    assert demo.wait(timeout=30) == 0
    assert not listens(port)
