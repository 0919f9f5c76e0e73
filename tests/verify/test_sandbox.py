"""Every file is opened in a process of its own, so what that process has to load first is paid for each time."""

from __future__ import annotations

import subprocess
import sys

import pytest

from triage.documents import sandbox
from triage.documents.sandbox import TASKS, Answers

HEAVY = ("sklearn", "sqlalchemy", "scipy", "streamlit", "pandas")


@pytest.mark.parametrize("module", sorted({place.partition(":")[0] for place in TASKS.values()}))
def test_what_opens_files_starts_without_the_rest_of_the_program(module: str) -> None:
    code = f"import sys, {module}; print([name for name in {HEAVY} if name in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "[]"


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
