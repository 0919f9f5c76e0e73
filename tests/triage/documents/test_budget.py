"""What the files of one mail may cost in all: past it they are left unread, named, and the request waits for a person."""

from __future__ import annotations

from dataclasses import replace
from email.message import EmailMessage

import pytest

from kb.settings import Settings
from triage.documents import budget as budgets
from triage.documents import child, sandbox
from triage.documents.budget import MAX_FILES, Budget, budget_of, current, reading
from triage.documents.opened_mail import open_mail
from triage.documents.pdf import Cell, Document, Row
from triage.errors import UnsafeFileError
from triage.mail import parse_message
from triage.register.register import Register
from triage.verify.form import reading as readings
from triage.verify.model import Verdict, Weight
from triage.verify.verdict import verify_message

INTENT = "eerste-beheerder-aanvraag"


def mail(*files: tuple[str, bytes], sender: str = "m.vandenberg@meerpaal.example") -> bytes:
    message = EmailMessage()
    message["From"] = sender
    message["Subject"] = "Aanvraag"
    message.set_content("Hierbij de aanvraag.")
    for name, data in files:
        message.add_attachment(data, "application", "pdf" if data.startswith(b"%PDF") else "zip", filename=name)
    return message.as_bytes()


@pytest.fixture(autouse=True)
def _nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that was opened before costs nothing; here each is opened anew."""
    monkeypatch.setattr(sandbox, "_answers", sandbox.Answers(most_bytes=0))


def test_a_child_process_gets_no_setting_secret_or_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "WEGWIJZER_SMTP_URL",
        "WEGWIJZER_DATABASE_URL",
        "HTTPS_PROXY",
        "http_proxy",
        "AWS_SECRET_ACCESS_KEY",
        "PGPASSWORD",
    ):
        monkeypatch.setenv(name, "geheim")
    given = sandbox._environment()
    assert "geheim" not in given.values()
    assert set(given) <= sandbox.PASSED_ON | {"PYTHONPATH", "ORT_DISABLE_TELEMETRY", "OPENBLAS_NUM_THREADS"}


def test_what_a_child_took_is_spent_from_the_budget_of_the_mail(full: bytes) -> None:
    with budget_of("a") as budget:
        sandbox.run("read", full)
    assert 0 < budget.seconds < budgets.SECONDS
    assert not budget.unread


def test_without_time_left_no_child_is_started_and_the_file_is_named(full: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox, "_run", lambda *_: pytest.fail("a child was started"))
    with budget_of("a") as budget, reading("derde-scan.pdf"):
        budget.seconds = 0.0
        with pytest.raises(UnsafeFileError, match="used up"):
            sandbox.run("read", full)
    assert budget.doubts == [
        "De mail is te zwaar om helemaal te lezen. Niet (helemaal) gelezen: ‘derde-scan.pdf’. Bekijk die zelf."
    ]


def test_a_child_that_was_stopped_costs_the_time_it_was_waited_for(full: bytes) -> None:
    with budget_of("a") as budget:
        with pytest.raises(UnsafeFileError):
            sandbox.run("read", full, timeout=0.01)
        assert budget.seconds < budgets.SECONDS


def test_a_busy_machine_holds_a_mail_no_longer_than_its_wall_time(full: bytes) -> None:
    with budget_of("a") as budget, reading("scan.pdf"):
        budget.until = 0.0
        with pytest.raises(UnsafeFileError, match="used up"):
            sandbox.run("read", full)
    assert budget.unread == ["scan.pdf"]


def test_where_the_system_has_no_limits_a_child_ends_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    ended: list[int] = []
    monkeypatch.setattr(child.os, "_exit", ended.append)
    child.watch(0.0)
    assert ended == [1]


def test_the_steps_of_one_mail_share_a_budget_and_an_earlier_mail_has_its_own() -> None:
    with budget_of("a") as own, budget_of("a") as again, budget_of("b") as other:
        assert own is again
        assert other is not own
    assert current() is None


def test_many_files_are_named_by_the_first_and_counted() -> None:
    budget = Budget(unread=[f"{number}.pdf" for number in range(9)])
    assert "‘0.pdf’, ‘1.pdf’, ‘2.pdf’, ‘3.pdf’, ‘4.pdf’ en 4 andere" in budget.doubts[0]


@pytest.mark.parametrize(
    "what", [{"pages": budgets.MAX_PAGES + 1}, {"cells": budgets.MAX_CELLS + 1}, {"pixels": budgets.MAX_PIXELS + 1}]
)
def test_a_file_for_which_there_is_no_room_is_refused_each_time_it_is_read(what: dict[str, int]) -> None:
    budget = Budget(file="groot.pdf")
    assert [budget.take("groot.pdf", **what), budget.take("groot.pdf", **what)] == [False, False]
    assert budget.unread == ["groot.pdf"]


def test_a_file_that_is_read_twice_is_counted_once() -> None:
    budget = Budget()
    assert all(budget.take("a.pdf", pages=budgets.MAX_PAGES) for _ in range(3))


def test_a_document_of_more_text_than_fits_is_left_unread_whole(full: bytes) -> None:
    row = Row("a.pdf", 1, tuple(Cell("woord", (0.0, 0.0, 1.0, 1.0)) for _ in range(100)))
    with budget_of("a") as budget, reading("a.pdf"):
        left = readings._within_budget(Document("a.pdf", (row,) * 100, (), (), 1))
    assert (left.rows, bool(left.problem), budget.unread) == ((), True, ["a.pdf"])


def test_more_files_than_are_read_make_the_request_wait_and_name_them(
    register: Register, trusting: Settings, signed_form: bytes
) -> None:
    more = [(f"bijlage-{number}.zip", b"PK\x03\x04" + bytes([number]) * 40) for number in range(MAX_FILES + 2)]
    found = verify_message(open_mail(parse_message(mail(("aanvraag.pdf", signed_form), *more))), INTENT, register, trusting)
    assert found is not None
    assert found.verdict is not Verdict.COMPLETE
    (unread,) = [one for one in found.obstacles if one.kind == "unread"]
    assert unread.weight is Weight.DOUBT
    assert "‘bijlage-19.zip’, ‘bijlage-20.zip’, ‘bijlage-21.zip’" in unread.reason


def test_what_was_cut_from_the_mail_itself_is_a_doubt_of_the_request(
    register: Register, trusting: Settings, signed_form: bytes
) -> None:
    message = parse_message(mail(("aanvraag.pdf", signed_form)))
    found = verify_message(open_mail(replace(message, left_unread=("De mail is te groot.",))), INTENT, register, trusting)
    assert found is not None
    assert "De mail is te groot." in found.reasons
    assert found.verdict is not Verdict.COMPLETE
