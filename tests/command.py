"""The command line in a process of its own, as other programs start it.

Loading its libraries takes longer than nearly every command, so one process loads them (`LOADED`) and is forked for each command:
arguments, environment, working folder, standard streams and exit code are a process's own. That a command also starts from nothing
is seen by `run_anew`, once for each kind of ending.
"""

from __future__ import annotations

import io
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing.context import BaseContext
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import BinaryIO

from tests.conftest import ROOT
from triage.cli.commands import main

PROGRAM = (sys.executable, "-m", "triage.cli")
PATIENCE = 300.0  # seconds
LOADED = [
    "pytest", "tests.command", "alembic.command", "triage.installation.installation", "triage.intake.intake",
    "triage.verify.verdict", "triage.documents.child",
]  # fmt: skip


def _context() -> BaseContext:
    if "forkserver" not in multiprocessing.get_all_start_methods():  # Windows
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


CONTEXT = _context()


def environment_of(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command whose files are in `folder/var` unless the settings say otherwise."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("WEGWIJZER_")}
    own = {"WEGWIJZER_VAR_DIR": str(folder / "var"), "WEGWIJZER_ENCODER": "none", "PYTHONPATH": str(ROOT)}
    return {**others, **own, **settings}


def run(folder: Path, *arguments: str, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """Run `wegwijzer` with these arguments, in a folder and a process of its own. Raises TimeoutExpired."""
    with TemporaryDirectory() as place:
        streams = [Path(place, name) for name in ("stdin", "stdout", "stderr")]
        streams[0].write_bytes(stdin)
        process = CONTEXT.Process(target=_become, args=(arguments, folder, environment_of(folder, settings), streams))  # type: ignore[attr-defined]
        with _bare_main():
            process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise subprocess.TimeoutExpired(arguments, PATIENCE)
        return subprocess.CompletedProcess(arguments, process.exitcode, streams[1].read_bytes(), streams[2].read_bytes())


@contextmanager
def _bare_main() -> Iterator[None]:
    """A process that is forked runs the file of `__main__` first, and a page under test leaves its script behind as that (Streamlit)."""
    found = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = found


def run_anew(folder: Path, *arguments: str, stdin: bytes = b"", **settings: str) -> subprocess.CompletedProcess[bytes]:
    """The same by an interpreter that was just started, through pipes."""
    return subprocess.run(
        [*PROGRAM, *arguments],
        input=stdin,
        capture_output=True,
        cwd=folder,
        env=environment_of(folder, settings),
        timeout=PATIENCE,
    )


def _become(arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str], streams: list[Path]) -> None:
    """Be the process of a command, from its arguments to its exit code."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(streams):
        opened = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0))
        os.dup2(opened, number)
        os.close(opened)
    sys.stdin, sys.stdout, sys.stderr = (io.TextIOWrapper(_stream(number), encoding="utf-8") for number in range(3))
    sys.argv = ["wegwijzer", *arguments]
    main()


def _stream(number: int) -> BinaryIO:
    return open(number, "wb" if number else "rb", closefd=False)
