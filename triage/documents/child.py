"""The process that opens files. It loads what reading needs once, and forks a child with limits for every file.

Started as ``python -P -m triage.documents.child FD`` with one end of a socket: for each message on it, which carries another
socket, a child is forked that reads a request there, answers and ends. Loading the libraries anew for every file took most of the
time of reading it. Where a system can't fork (Windows) the process is started without FD and answers one request from standard
input. Nothing is shared between files but code: what one file does to its child, the next child never sees.
"""

from __future__ import annotations

import gc
import importlib
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, BinaryIO

CPU_TIME = 5  # seconds of processor time: the same file is read or refused alike on an idle and on a busy machine
OCR_CPU_TIME = {"ocr": 75, "words": 25}  # the pages of one scan: three that lie upside down take 22; a part of one page
MEMORY = 1_500 * 2**20  # bytes of address space
MAX_ANSWER = 40 * 2**20  # characters a child may answer
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
# Loaded before the first fork: what `TASKS` import when they run. Not what makes threads, which a fork does not survive.
LOADED = (
    "numpy", "scipy.ndimage", "encodings.utf_16_le", "pypdf", "pypdf.filters", "pypdfium2", "PIL.ImageFile", "PIL.ImageOps",
    "zxingcpp", "docx", "pyhanko.sign.validation", "triage.documents.pdf_page",
)  # fmt: skip
PREPARED = ("PIL.Image:init", "triage.documents.letter_shapes:load_letters")  # module:function that reads what every child needs


def processor_time(task: str) -> int:
    """Seconds of processor time a task may take."""
    return OCR_CPU_TIME.get(task, CPU_TIME)


def make_ready() -> None:
    """Load what the tasks need, so that no child has to."""
    for module in (*LOADED, *{place.partition(":")[0] for place in TASKS.values()}):
        importlib.import_module(module)
    for place in PREPARED:
        _function(place)()


def _function(place: str) -> Callable[..., Any]:
    module, name = place.split(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


def serve(control: socket.socket) -> None:
    """Fork a child for each socket that comes in, until nobody is left to ask."""
    make_ready()
    gc.freeze()  # the children share these pages as long as nobody writes to them
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for a child: the system clears it away
    while True:
        _, fds, _, _ = socket.recv_fds(control, 1, 1)
        if not fds:
            return
        if os.fork() == 0:
            control.close()
            with socket.socket(fileno=fds[0]) as asked:
                answer(asked.makefile("rb"), asked.makefile("wb"))
            os._exit(0)
        os.close(fds[0])


def answer(asked: BinaryIO, told: BinaryIO) -> None:
    """Read one request, do its task within the limits, and write the answer and the seconds of processor time, or what failed."""
    logging.disable(logging.CRITICAL)  # nobody reads what a parser says of a hostile file
    order = json.loads(asked.readline())
    _limit_resources(order["task"], order["seconds"], order["wait"])
    try:
        found = _function(TASKS[order["task"]])(asked.read(), *order["arguments"])
        text = json.dumps([found, time.process_time()])
        if len(text) > MAX_ANSWER:
            raise ValueError("the file holds too much")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file makes a parser raise is an answer
        text = json.dumps({"failed": f"{type(error).__name__}: {error}"[:200]})
    told.write(text.encode())
    told.flush()


def _limit_resources(task: str, left: int, wait: float) -> None:
    if task in OCR_CPU_TIME and hasattr(os, "nice"):  # Windows has none
        os.nice(10)  # it takes seconds, and must not keep the reading of other files waiting
    seconds = min(processor_time(task), max(left, 1))
    try:
        import resource
    except ImportError:  # Windows has no such limits
        threading.Thread(target=watch, args=(seconds,), daemon=True).start()
        return
    signal.setitimer(signal.ITIMER_REAL, wait)  # nobody waits any longer for the answer
    if task not in OCR_CPU_TIME:  # its runtime reserves far more address space than it uses
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def watch(seconds: float) -> None:
    """End this process when it took so much processor time."""
    while time.process_time() < seconds:
        time.sleep(0.2)
    os._exit(1)


def main(arguments: list[str]) -> None:
    """Serve the socket that was handed over, or answer one request from standard input."""
    if arguments:
        with socket.socket(fileno=int(arguments[0])) as control:
            serve(control)
    else:
        answer(sys.stdin.buffer, sys.stdout.buffer)


def order(task: str, data: bytes, arguments: tuple[Any, ...], seconds: int, wait: float) -> bytes:
    """A request as `answer` reads it: a line of JSON, then the file."""
    asked = {"task": task, "arguments": arguments, "seconds": seconds, "wait": wait}
    return json.dumps(asked).encode() + b"\n" + data


if __name__ == "__main__":
    main(sys.argv[1:])
