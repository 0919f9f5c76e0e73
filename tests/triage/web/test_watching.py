"""What whoever watches the server is told, over HTTP: the checks, the counts, and who may read them."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Engine, event, update
from sqlalchemy.orm import Session
from starlette.applications import Starlette
from starlette.testclient import TestClient

from kb import KnowledgeBase
from kb.settings import read_settings, settings
from kb.store import make_engine, utc_now
from tests.browser.conftest import start
from tests.conftest import ROOT, free_port
from tests.triage.conftest import Postbox
from tests.triage.desks import desks
from tests.triage.letters import letter, letters
from triage.accounts.accounts import Person
from triage.cli.demo import prepare
from triage.database.opening import open_database
from triage.database.tables import RawMail, Ticket
from triage.installation.installation import Installation
from triage.installation.numbers import numbers_of
from triage.intake.intake import ingest, receive
from triage.intake.pipeline import Tools
from triage.intake.steps import STEPS
from triage.outbox.sender import send_due
from triage.sources.files import RawBytes
from triage.web.metrics import DeskNumbers, registry_of
from triage.web.watching import Watch

TOKEN = "0123456789abcdef-token"
SENDER, NAME, SUBJECT = "s.dewit@obsdemeerpaal.example", "Sanne", "Inloggen lukt niet"
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(told: str) -> Samples:
    """Every value that was scraped, by name and labels."""
    return {
        (one.name, tuple(sorted(one.labels.items()))): one.value for family in text_string_to_metric_families(told) for one in family.samples
    }  # fmt: skip


def get(url: str, **headers: str) -> tuple[int, str]:
    """Status and body of an answer."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.fixture(scope="module")
def var(tmp_path_factory: pytest.TempPathFactory, first_model: Path) -> Path:
    """The folder of an installation into which another process took a mail in, and received a second one."""
    folder = tmp_path_factory.mktemp("watched")
    shutil.copy(first_model, folder)
    configured = read_settings({"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none"})
    prepare(configured)
    database = open_database(configured.database_url)
    ingest(database, [RawBytes("maildir", letter())], Installation(configured, database))
    receive(database, RawBytes("file", letter("Nog een vraag.", message_id="2@x.example")))
    database.dispose()
    return folder


def serve(var: Path, *options: str, **environment: str) -> Iterator[str]:
    port = free_port()
    server = start({"WEGWIJZER_VAR_DIR": str(var), "WEGWIJZER_ENCODER": "none", **environment}, port, *options)
    yield f"http://127.0.0.1:{port}"
    server.terminate()
    server.wait(timeout=30)


@pytest.fixture(scope="module")
def server(var: Path) -> Iterator[str]:
    """The address of a server with the agents' side."""
    yield from serve(var)


@pytest.fixture(scope="module")
def public(var: Path) -> Iterator[str]:
    """The address of a server of the public pages, whose metrics want a token."""
    yield from serve(var, "--public-only", WEGWIJZER_METRICS_TOKEN=TOKEN)


def readiness(server: str, within: float = 120.0) -> tuple[int, set[str]]:
    """Status and names of the checks, as soon as a server that starts had time for them."""
    end = time.monotonic() + within
    while True:
        status, body = get(f"{server}/readyz")
        if status == 200 or time.monotonic() > end:
            return status, set(json.loads(body)["checks"])


def test_a_running_server_says_that_it_is_ready_and_what_was_checked(server: str) -> None:
    assert readiness(server) == (200, {"database", "index", "model", "register"})


def test_a_running_server_counts_what_another_process_took_in(server: str) -> None:
    status, body = get(f"{server}/metrics")
    found = samples(body)
    assert status == 200
    assert found["wegwijzer_mails", (("outcome", "triaged"), ("source", "maildir"))] == 1
    assert found["wegwijzer_mails_untriaged", ()] == 1
    assert found["wegwijzer_mails_untriaged_oldest_seconds", ()] > 0
    assert found["wegwijzer_tickets", (("state", "open"),)] == 1
    assert {name: found["wegwijzer_intake_step_seconds_count", (("step", name),)] for name in STEPS} == dict.fromkeys(STEPS, 1)
    assert found["wegwijzer_check_ok", (("check", "model"),)] == 1
    assert found["process_resident_memory_bytes", ()] > 0


def test_every_metric_of_the_operators_page_is_told_and_every_one_told_is_on_it(server: str) -> None:
    page = (ROOT / "docs" / "watching.md").read_text(encoding="utf-8")
    named = {name.removesuffix("_bucket") for name in re.findall(r"\bwegwijzer_\w+", page)}
    assert named == {
        family.name
        for family in text_string_to_metric_families(get(f"{server}/metrics")[1])
        if family.name.startswith("wegwijzer")
    }


def test_what_a_server_tells_holds_no_word_of_a_mail_and_no_path(server: str, var: Path) -> None:
    told = get(f"{server}/metrics")[1] + get(f"{server}/readyz")[1]
    assert [word for word in (SENDER, NAME, SUBJECT, str(var), "sqlite") if word in told] == []


def test_public_pages_alone_tell_nothing_of_mails_and_tickets(public: str) -> None:
    status, body = get(f"{public}/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert {name for name, _ in samples(body) if name.startswith("wegwijzer")} == {"wegwijzer_check_ok"}
    assert readiness(public) == (200, {"database", "index"})


def test_a_server_with_a_token_tells_nothing_without_it(public: str) -> None:
    shown: list[dict[str, str]] = [
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer "},
    ]
    assert [get(f"{public}/metrics", **headers)[0] for headers in shown] == [401] * 4


@pytest.fixture
def app(engine: Engine, knowledge: KnowledgeBase) -> Starlette:
    return Starlette(routes=Watch(lambda: engine, lambda: knowledge, agents=True).routes())


def visitor(app: Starlette, address: str = "127.0.0.1", host: str = "http://localhost:8501") -> TestClient:
    return TestClient(app, base_url=host, client=(address, 4711))


def test_without_a_token_prometheus_on_this_machine_may_read(app: Starlette) -> None:
    headers = {
        "X-Prometheus-Scrape-Timeout-Seconds": "10",
        "Accept": "application/openmetrics-text;version=1.0.0,text/plain;q=0.5",
    }
    answer = visitor(app).get("/metrics", headers=headers)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Real-IP", "Via"])
def test_without_a_token_nobody_reads_through_a_server_in_between(app: Starlette, header: str) -> None:
    assert visitor(app).get("/metrics", headers={header: "203.0.113.7"}).status_code == 403


def test_without_a_token_nobody_reads_from_elsewhere(app: Starlette) -> None:
    assert visitor(app, "203.0.113.7").get("/metrics").status_code == 403


def test_a_server_with_a_public_name_tells_nothing_without_a_token_even_here(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEGWIJZER_BASE_URL", "https://help.school.example")
    settings.cache_clear()
    assert visitor(app).get("/metrics").status_code == 403


def test_with_a_token_a_scraper_elsewhere_may_read_and_this_machine_needs_it_too(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WEGWIJZER_METRICS_TOKEN", TOKEN)
    settings.cache_clear()
    assert visitor(app, "203.0.113.7").get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert visitor(app).get("/metrics").status_code == 401


def test_a_server_that_lacks_what_it_needs_answers_503(app: Starlette) -> None:
    answer = visitor(app).get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["model"]["ok"]) == (503, False)


def test_answers_are_counted_from_approval_to_the_mail_server(
    engine: Engine, tools: Tools, agent: Person, smtp_url: str, postbox: Postbox
) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in letters(2)], tools)
    desk = desks(engine, smtp_url)
    for number in (1, 2):
        desk.answers.approve(number, "Re: hoi", "Beste Sanne", agent)
    before = numbers_of(engine, utc_now() + timedelta(hours=1))
    send_due(engine, smtp_url, "help@basispoort.nl", lambda: utc_now() + timedelta(minutes=1))
    after = numbers_of(engine, utc_now())

    assert (before.outbox, after.outbox) == ({"waiting": 2, "sent": 0, "failed": 0}, {"waiting": 0, "sent": 2, "failed": 0})
    assert before.oldest_answer >= timedelta(hours=1)
    assert after.oldest_answer == timedelta()
    assert after.tickets == {"open": 0, "waiting": 2, "closed": 0}


def test_open_tickets_whose_time_has_passed_are_late(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in letters(2)], tools)
    with Session(engine) as session, session.begin():
        session.execute(update(Ticket).where(Ticket.id == 1).values(due_at=utc_now() - timedelta(minutes=1)))
        session.execute(update(Ticket).where(Ticket.id == 2).values(due_at=utc_now() + timedelta(hours=1)))
    assert numbers_of(engine, utc_now()).late == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_counts_are_the_same_on_each_kind_of_database(kind: str, request: pytest.FixtureRequest, tools: Tools) -> None:
    url = (
        f"sqlite:///{request.getfixturevalue('tmp_path') / 'x.db'}"
        if kind == "sqlite"
        else request.getfixturevalue("new_postgres")()
    )
    database = open_database(url)
    ingest(database, [RawBytes("mbox", letter()), RawBytes("mbox", letter() + b"\r\n"), RawBytes("file", b"\x00")], tools)
    found = numbers_of(database, utc_now())
    database.dispose()
    assert found.mails == {("mbox", "verwerkt"): 1, ("mbox", "kopie"): 1, ("file", "apart"): 1}
    assert found.tickets == {"open": 1, "waiting": 0, "closed": 0}
    assert sum(found.steps["answer"].mails.values()) == 1


def test_counting_reads_no_mail(engine: Engine, tools: Tools) -> None:
    ingest(engine, [RawBytes("file", raw) for raw in letters(2)], tools)
    asked: list[tuple[str, object]] = []
    event.listen(engine, "before_cursor_execute", lambda *said: asked.append((said[2], said[3])))
    numbers_of(engine, utc_now())
    with engine.connect() as connection:
        plans = [str(connection.exec_driver_sql(f"explain query plan {said}", values).all()) for said, values in list(asked)]
    assert [plan for plan in plans if "SCAN" in plan and "step_time" not in plan and "COVERING INDEX" not in plan] == []


def test_counts_are_kept_for_a_while_so_that_scrapers_cost_little(engine: Engine, tools: Tools) -> None:
    moments = iter([0.0, 0.0, 1.0, 60.0, 60.0])
    numbers = DeskNumbers(lambda: engine, clock=lambda: next(moments))
    registry = registry_of(numbers)
    seen = []
    for _ in range(3):
        seen.append(registry.get_sample_value("wegwijzer_mails_untriaged"))
        receive(engine, RawBytes("file", letters(9)[len(seen)]))
    assert seen == [0, 0, 2]


def test_a_database_that_does_not_answer_leaves_the_other_metrics() -> None:
    nowhere = make_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    registry = registry_of(DeskNumbers(lambda: nowhere))
    assert registry.get_sample_value("wegwijzer_tickets", {"state": "open"}) is None
    assert registry.get_sample_value("process_resident_memory_bytes")


def test_every_outcome_that_a_mail_can_have_is_named(engine: Engine) -> None:
    with Session(engine) as session, session.begin():
        for place, state in enumerate(("bewaard", "ontvangen", "verwerkt", "apart", "kopie", "weggegooid")):
            session.add(RawMail(sha256=str(place), raw=b"", source="file", state=state))
    registry = registry_of(DeskNumbers(lambda: engine))
    names = ("stored", "received", "triaged", "quarantined", "copy", "discarded")
    assert [registry.get_sample_value("wegwijzer_mails", {"source": "file", "outcome": name}) for name in names] == [1] * 6
