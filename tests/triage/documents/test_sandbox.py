"""Every file is opened in a process of its own, which loads little and can take nothing but itself down."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from kb.settings import SHIPPED_DATA
from tests.forms import filled_form
from triage.documents import sandbox
from triage.documents.child import TASKS, order
from triage.documents.sandbox import Answers, Forks
from triage.errors import UnsafeFileError

HEAVY = ("sklearn", "sqlalchemy", "scipy", "streamlit", "pandas")


@pytest.mark.parametrize("module", sorted({place.partition(":")[0] for place in TASKS.values()}))
def test_what_opens_files_starts_without_the_rest_of_the_program(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


@pytest.mark.parametrize("task", ["read", "inside", "code"])
def test_a_child_loads_nothing_more_than_the_process_it_was_forked_from(task: str) -> None:
    module, function = TASKS[task].split(":")
    code = (
        "import sys; from triage.documents import child; child.make_ready(); loaded = set(sys.modules)\n"
        f"from {module} import {function} as task; task(sys.stdin.buffer.read()); print(sorted(set(sys.modules) - loaded))"
    )
    done = subprocess.run([sys.executable, "-c", code], input=filled_form({"brin": "99AC"}), capture_output=True, check=True)
    assert done.stdout.decode().strip() == "[]"


def test_the_last_answers_are_kept_up_to_a_number_of_bytes() -> None:
    kept = Answers(most_bytes=10)
    kept["a",] = b"12345"
    kept["b",] = b"12345"
    assert kept.get(("a",)) == b"12345"
    kept["c",] = b"12"
    assert [kept.get((name,)) for name in "abc"] == [b"12345", None, b"12"]


def test_the_same_file_is_opened_once_and_another_one_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []

    def in_child(task: str, data: bytes, arguments: object, timeout: float) -> bytes:
        opened.append((task, data))
        return b'{"pages": 1}'

    monkeypatch.setattr(sandbox, "_in_child", in_child)
    for data in (b"een formulier", b"een formulier", b"een ander formulier"):
        sandbox.run("read", data)["pages"] = 2  # what one reader does with an answer, the next does not see
        assert sandbox.run("read", data) == {"pages": 1}
    assert opened == [("read", b"een formulier"), ("read", b"een ander formulier")]


def test_a_signature_is_looked_at_anew_each_time_as_certificates_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = []
    monkeypatch.setattr(sandbox, "_in_child", lambda *asked: opened.append(asked) or b"[]")
    sandbox.run("signature", b"een formulier")
    sandbox.run("signature", b"een formulier")
    assert len(opened) == 2


# --- the process that forks ---------------------------------------------------------------------------------------

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system can't fork")
TEXT = b"%PDF-1.4 no PDF at all"
FORM = (SHIPPED_DATA / "forms" / "aanvraag-schoolaccount.pdf").read_bytes()


def opened(forks: Forks, task: str = "read", data: bytes = TEXT, wait: float = 60.0, seconds: int = 5) -> bytes:
    return forks.ask(order(task, data, (), seconds, wait), wait)


@needs_fork
def test_a_file_that_no_parser_reads_is_said_to_break_down_and_the_next_is_read() -> None:
    with pytest.raises(UnsafeFileError, match="broke down"):
        sandbox.run("crop", TEXT, "1", "[0, 0, 1, 1]")
    assert sandbox.run("read", FORM)


@needs_fork
def test_a_child_that_nobody_waits_for_any_longer_ends_itself() -> None:
    forks = Forks()
    with pytest.raises(TimeoutError):
        opened(forks, data=FORM, wait=0.01)
    assert b"beschadigd" in opened(forks)


@needs_fork
def test_when_the_process_that_forks_is_gone_the_next_file_starts_a_new_one() -> None:
    forks = Forks()
    assert b"beschadigd" in opened(forks)
    assert forks.process
    forks.process.kill()
    forks.process.wait()
    assert b"beschadigd" in opened(forks)


@needs_fork
def test_files_of_several_mails_are_opened_at_the_same_time_and_not_mixed_up() -> None:
    forms = [path.read_bytes() for path in sorted((SHIPPED_DATA / "forms").glob("*.pdf"))]
    forks = Forks()
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda data: opened(forks, data=data), forms * 3))
    assert [told.rpartition(b",")[0] for told in together] == [opened(forks, data=data).rpartition(b",")[0] for data in forms] * 3
