"""Reading hostile files in child processes with limits on memory, time and pages.

``run`` has a child (`triage.documents.child`) do a task on the bytes of a file and answer in JSON. A file that breaks or stalls a
parser takes its child down and nothing else. The children get no setting or secret of this installation from the environment, and
what they cost is taken from the budget of the mail (`triage.documents.budget`).
"""

from __future__ import annotations

import atexit
import hashlib
import json
import math
import os
import socket
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triage.documents.budget import SECONDS, current
from triage.documents.child import order, processor_time
from triage.errors import UnsafeFileError

TIMEOUT = 60.0  # seconds of wall time, for a child that waits or starves: on a busy machine five of processor time may take long
MAX_BYTES = 25 * 2**20  # larger files are not opened
# What a process needs on the systems we know: to find its libraries, its user's packages and a place for temporary files.
PASSED_ON = frozenset(
    [
        *[
            "PATH",
            "HOME",
            "USERPROFILE",
            "APPDATA",
            "LOCALAPPDATA",
            "SYSTEMROOT",
            "SYSTEMDRIVE",
            "WINDIR",
            "TMPDIR",
            "TEMP",
            "TMP",
        ],
        *["LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "OMP_NUM_THREADS"],
        *["PYTHONHOME", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONUTF8"],
    ]
)


class Answers:
    """The last answers, oldest forgotten first, up to a number of bytes together. Safe for threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._size, self._lock = most_bytes, 0, threading.Lock()
        self._kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> bytes | None:
        """The answer that was kept under a key."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key]

    def __setitem__(self, key: tuple[str, ...], answer: bytes) -> None:
        with self._lock:
            self._size += len(answer) - len(self._kept.pop(key, b""))
            self._kept[key] = answer
            while self._size > self._most:
                _, gone = self._kept.popitem(last=False)
                self._size -= len(gone)


class Forks:
    """The process of ours that forks a child for each file; it is started for the first one, and anew when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._control: socket.socket | None = None
        self._owner = 0
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, request: bytes, timeout: float) -> bytes:
        """What a new child answers; b"" when it died. Raises TimeoutError."""
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            until = time.monotonic() + timeout
            told = bytearray()
            try:
                ours.settimeout(timeout)
                ours.sendall(request)
                ours.shutdown(socket.SHUT_WR)
                while (left := until - time.monotonic()) > 0:
                    ours.settimeout(left)
                    part = ours.recv(2**20)
                    if not part:
                        return bytes(told)
                    told += part
            except (BrokenPipeError, ConnectionResetError):
                return b""  # it died before it had read everything
            raise TimeoutError

    def _hand_over(self, theirs: socket.socket) -> None:
        with self._lock:
            for control in (self._running(), None):
                try:
                    socket.send_fds(control or self._start(), [b"."], [theirs.fileno()])
                except OSError:
                    if control is None:
                        raise
                else:
                    return

    def _running(self) -> socket.socket | None:
        """The way to the process, when this very process started it: a fork of us makes its own."""
        return self._control if self._owner == os.getpid() else None

    def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair()
        with theirs:
            process = self.process = subprocess.Popen(
                [*CHILD, str(theirs.fileno())], pass_fds=[theirs.fileno()], env=_environment(), cwd=os.sep,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        self._control, self._owner = ours, os.getpid()
        atexit.register(_end, ours, process, self._owner)
        return ours


def _end(control: socket.socket, process: subprocess.Popen[bytes], owner: int) -> None:
    """Let the process that forks end with us."""
    if owner == os.getpid():
        control.close()
        process.wait()


CHILD = (sys.executable, "-P", "-m", "triage.documents.child")
# Tasks whose answer follows from the bytes alone. A mail is classified, checked and shown, and each asks the same of its files.
KEPT = frozenset({"read", "ink", "code", "photo", "word", "ocr", "words"})
_answers = Answers(most_bytes=32 * 2**20)
_forks = Forks()


def run(task: str, data: bytes, *arguments: str, timeout: float = TIMEOUT) -> Any:
    """Run a task on the bytes of a file in a child process.

    Raises UnsafeFileError when the file is too large, the child ran out of time or memory or broke down, or the mail's budget is used up.
    """
    if len(data) > MAX_BYTES:
        raise UnsafeFileError(f"the file is larger than {MAX_BYTES // 2**20} MB")
    key = (task, hashlib.sha256(data).hexdigest(), *arguments)
    answer = _answers.get(key)
    if answer is None:
        answer = _in_child(task, data, arguments, timeout)
        if task in KEPT:
            _answers[key] = answer
    return json.loads(answer)


def _in_child(task: str, data: bytes, arguments: Sequence[str], timeout: float) -> bytes:
    """The answer of a child process as JSON, paid from the budget of the mail. Raises UnsafeFileError."""
    budget = current()
    if budget is None:
        return _run(task, data, arguments, timeout, SECONDS)[0]
    if not budget.waits:
        budget.refuse()
        raise UnsafeFileError("the time for this mail is used up")
    left, start = budget.seconds, time.monotonic()
    try:
        answer, spent = _run(task, data, arguments, min(timeout, budget.waits), left)
    except UnsafeFileError:
        # A child that was stopped can't say what it took: as long as it was waited for, but never more than it may take.
        budget.seconds -= min(time.monotonic() - start, float(processor_time(task)))
        if not budget.waits:
            budget.refuse()
        raise
    budget.seconds -= spent
    return answer


def _run(task: str, data: bytes, arguments: Sequence[str], timeout: float, left: float) -> tuple[bytes, float]:
    """The answer of a child process as JSON, and the seconds of processor time it took."""
    asked = order(task, data, tuple(arguments), math.ceil(left), timeout)
    try:
        told = _forks.ask(asked, timeout) if hasattr(os, "fork") else _alone(asked, timeout)
    except (TimeoutError, subprocess.TimeoutExpired) as error:
        raise UnsafeFileError(f"reading took longer than {timeout:.0f} seconds") from error
    if not told:
        raise UnsafeFileError("reading broke down: the process ran out of time or memory, or crashed")
    found = json.loads(told)
    if isinstance(found, dict):
        raise UnsafeFileError(f"reading broke down: {found['failed']}")
    answer, spent = found
    return json.dumps(answer).encode(), float(spent)


def _alone(request: bytes, timeout: float) -> bytes:
    """What a process of its own answers, where a system can't fork."""
    return subprocess.run(
        CHILD, input=request, capture_output=True, timeout=timeout, env=_environment(), cwd=os.sep, check=False
    ).stdout


def _environment() -> dict[str, str]:
    """What a child process needs to start and to find our code; nothing else is handed on."""
    kept = {name: value for name, value in os.environ.items() if name.upper() in PASSED_ON}
    root = str(Path(__file__).resolve().parents[2])
    places = [root, *(str(Path(place).absolute()) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place)]
    return {**kept, "PYTHONPATH": os.pathsep.join(places), "ORT_DISABLE_TELEMETRY": "1", "OPENBLAS_NUM_THREADS": "1"}
