"""The built wheel works without the source tree."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port

PATIENCE = 120  # seconds; a busy machine is slow, not wrong

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of commands of a fresh environment that holds the wheel; what it depends on is borrowed from this environment."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    commands = folder / "venv" / "bin"
    pip = [sys.executable, "-m", "pip", "--python", commands / "python", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, *folder.glob("*.whl")], check=True)
    (own,) = (folder / "venv" / "lib").glob("python*/site-packages")
    # A path in a .pth file is added as it is: the .pth files in it, such as that of the source tree, are not read.
    (own / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return commands


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory, first_model: Path) -> dict[str, str]:
    var = tmp_path_factory.mktemp("var")
    shutil.copy(first_model, var)
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH" and not name.startswith("WEGWIJZER_")}
    return kept | {"WEGWIJZER_VAR_DIR": str(var), "WEGWIJZER_ENCODER": "none"}


@pytest.fixture(scope="module")
def demo(installed: Path, environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running demo."""
    port = free_port()
    running = subprocess.Popen(
        [installed / "wegwijzer", "demo", "--port", str(port)],
        env=environment, cwd=tmp_path_factory.mktemp("elsewhere"), start_new_session=True,
    )  # fmt: skip
    address, until = f"http://127.0.0.1:{port}", time.monotonic() + PATIENCE
    while not answers(address) and running.poll() is None and time.monotonic() < until:
        time.sleep(0.2)
    yield address
    os.killpg(running.pid, signal.SIGTERM)
    running.wait(timeout=30)


def answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def test_nothing_of_the_source_tree_is_used(installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    code = "import kb, triage.errors, kb.settings; print(kb.__file__, triage.errors.__file__, kb.settings.SHIPPED_DATA)"
    told = subprocess.run(
        [installed / "python", "-c", code], env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert all(place.startswith(str(installed.parent)) for place in told.stdout.split())


def test_the_demo_serves_its_pages_and_its_search(demo: str) -> None:
    with urllib.request.urlopen(f"{demo}/api/v1/search?q=ww+vergeten", timeout=PATIENCE) as answer:
        assert b"wachtwoord-vergeten" in answer.read()
    with urllib.request.urlopen(demo, timeout=PATIENCE) as answer:
        assert b"Wegwijzer" in answer.read()


def test_doctor_finds_all_in_order(demo: str, installed: Path, environment: dict[str, str], tmp_path: Path) -> None:
    assert demo
    told = subprocess.run(
        [installed / "wegwijzer", "doctor"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stdout


def test_the_wheel_holds_the_streamlit_settings_and_the_front_door(installed: Path) -> None:
    (shipped,) = (installed.parent / "lib").glob("python*/site-packages/kb/shipped")
    assert (shipped / "app.py").read_bytes() == (ROOT / "app.py").read_bytes()
    assert (shipped / ".streamlit" / "config.toml").exists()
    assert shutil.which("wegwijzer", path=str(installed))
