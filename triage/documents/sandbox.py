"""Reading hostile files in a child process with limits on memory, time and pages.

``run`` starts ``python -m triage.documents.sandbox TASK``, gives the file on standard input and reads one JSON document back.
A file that breaks or stalls a parser takes the child down and nothing else. The child gets no setting or secret of this
installation from the environment, and what it costs is taken from the budget of the mail (`triage.documents.budget`).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from triage.documents.budget import SECONDS, current
from triage.errors import UnsafeFileError

CPU_TIME = 5  # seconds of processor time: the same file is read or refused alike on an idle and on a busy machine
OCR_CPU_TIME = {"ocr": 75, "words": 25}  # the pages of one scan: three that lie upside down take 60; a part of one page
TIMEOUT = 20.0  # seconds of wall time, for a child that waits or starves
MEMORY = 1_500 * 2**20  # bytes of address space
MAX_BYTES = 25 * 2**20  # larger files are not opened
MAX_ANSWER = 40 * 2**20  # characters a child may answer
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
TASKS = {  # name -> module:function of (bytes) -> something JSON can hold
    "read": "triage.documents.pdf:read_here",
    "signature": "triage.verify.signature.signature_here:check_here",
    "render": "triage.documents.pdf:render_here",
    "ink": "triage.verify.signature.wet_signature_here:ink_here",
    "crop": "triage.verify.signature.wet_signature_here:crop_here",
    "code": "triage.verify.form.form_code_here:read_here",
    "photo": "triage.documents.files:photo_here",
    "word": "triage.documents.files:word_here",
    "inside": "triage.documents.inside_here:look_here",
    "ocr": "triage.documents.ocr:read_here",
    "words": "triage.documents.ocr:words_here",
}


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


# Tasks whose answer follows from the bytes alone. A mail is classified, checked and shown, and each asks the same of its files.
KEPT = frozenset({"read", "ink", "code", "photo", "word", "ocr", "words"})
_answers = Answers(most_bytes=32 * 2**20)


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
        budget.seconds -= min(time.monotonic() - start, float(_processor_time(task)))
        if not budget.waits:
            budget.refuse()
        raise
    budget.seconds -= spent
    return answer


def _run(task: str, data: bytes, arguments: Sequence[str], timeout: float, left: float) -> tuple[bytes, float]:
    """The answer of a child process as JSON, and the seconds of processor time it took."""
    try:
        child = subprocess.run(
            [sys.executable, "-P", "-m", "triage.documents.sandbox", task, str(math.ceil(left)), *arguments],
            input=data,
            capture_output=True,
            timeout=timeout,
            env=_environment(),
            cwd=os.sep,  # where no .env and no module of a user lies
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnsafeFileError(f"reading took longer than {timeout:.0f} seconds") from error
    if child.returncode != 0:
        lines = child.stderr.decode("utf-8", "replace").strip().splitlines()
        raise UnsafeFileError(f"reading broke down: {lines[-1][:200] if lines else f'exit code {child.returncode}'}")
    answer, spent = json.loads(child.stdout)
    return json.dumps(answer).encode(), float(spent)


def _environment() -> dict[str, str]:
    """What a child process needs to start and to find our code; nothing else is handed on."""
    kept = {name: value for name, value in os.environ.items() if name.upper() in PASSED_ON}
    root = str(Path(__file__).resolve().parents[2])
    places = [root, *(str(Path(place).absolute()) for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place)]
    return {**kept, "PYTHONPATH": os.pathsep.join(places), "ORT_DISABLE_TELEMETRY": "1"}


def _processor_time(task: str) -> int:
    """Seconds of processor time a task may take."""
    return OCR_CPU_TIME.get(task, CPU_TIME)


def _limit_resources(task: str, left: int) -> None:
    seconds = min(_processor_time(task), max(left, 1))
    try:
        import resource
    except ImportError:  # Windows has no such limits
        threading.Thread(target=_watch, args=(seconds,), daemon=True).start()
        return
    if task not in OCR_CPU_TIME:  # its runtime reserves far more address space than it uses
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _watch(seconds: float) -> None:
    """End this process when it took so much processor time."""
    while time.process_time() < seconds:
        time.sleep(0.2)
    os._exit(1)


def _main(arguments: list[str]) -> None:
    task, left, *rest = arguments
    module, function = TASKS[task].split(":")
    _limit_resources(task, int(left))
    if task in OCR_CPU_TIME and hasattr(os, "nice"):  # Windows has none
        os.nice(10)  # it uses every core for seconds, and must not keep the reading of other files waiting
    answer = getattr(importlib.import_module(module), function)(sys.stdin.buffer.read(), *rest)
    told = json.dumps([answer, time.process_time()])
    if len(told) > MAX_ANSWER:
        raise ValueError("the file holds too much")
    sys.stdout.write(told)


if __name__ == "__main__":
    _main(sys.argv[1:])
