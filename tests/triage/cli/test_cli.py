"""The command line as other programs use it: JSON on stdout, exit codes, one line for a failure."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from kb.settings import SHIPPED_DATA
from tests.command import run, run_anew

MAIL = b"From: Ellen <ellen@school.example>\r\nTo: help@basispoort.nl\r\nSubject: ww vergeten\r\nMessage-ID: <cli-1@school.example>\r\n\r\nIk ben mijn wachtwoord vergeten en kan niet inloggen als leerkracht.\r\n"
REQUEST = SHIPPED_DATA / "demo" / "mail" / "81-aanvraag-veld-ontbreekt.eml"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, first_model: Path) -> Path:
    """A working folder whose database and model the commands of this module share."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "var").mkdir()
    shutil.copy(first_model, folder / "var")
    return folder


@pytest.fixture
def new_home(tmp_path: Path, first_model: Path) -> Path:
    """A working folder of one test, with a model and nothing else."""
    (tmp_path / "var").mkdir()
    shutil.copy(first_model, tmp_path / "var")
    return tmp_path


def answer(done: subprocess.CompletedProcess[bytes]) -> dict:  # type: ignore[type-arg]
    assert done.returncode == 0, done.stderr.decode()
    (line,) = done.stdout.decode().splitlines()
    return dict(json.loads(line))


def test_search_answers_with_one_json_document(home: Path) -> None:
    found = answer(run_anew(home, "search", "ww vergeten", "--limit", "3", "--json"))
    assert set(found) == {"query", "took_ms", "results"}
    assert found["results"][0]["slug"] == "wachtwoord-vergeten-leerkracht"
    assert set(found["results"][0]) == {"slug", "title", "category", "score", "snippet", "why"}
    assert len(found["results"]) <= 3


def test_search_prints_plain_text_and_no_html(home: Path) -> None:
    shown = run(home, "search", "ww vergeten", "--limit", "1").stdout.decode()
    assert '"wachtwoord vergeten"' in shown
    assert "&quot;" not in shown


def test_an_empty_search_gets_advice(home: Path) -> None:
    done = run_anew(home, "search", "  ")
    assert done.returncode == 2
    assert b"Give the words to search for" in done.stderr


def test_a_very_long_search_without_answer_is_not_repeated_whole(home: Path) -> None:
    assert len(run(home, "search", "xq" * 5000).stdout) < 200


def test_search_takes_a_file_of_queries_and_answers_each_on_a_line(home: Path) -> None:
    (home / "vragen.txt").write_text("ww vergeten\nbrin\n", encoding="utf-8")
    done = run(home, "search", "--queries", "vragen.txt", "--json")
    assert [json.loads(line)["query"] for line in done.stdout.decode().splitlines()] == ["ww vergeten", "brin"]


def test_the_search_can_be_measured_on_the_shipped_test_queries(home: Path) -> None:
    """Lexical floor; benchmarks/search.py measures with vectors too."""
    found = answer(run(home, "evaluate", "--search", "--json"))
    assert found["queries"] == 270
    assert found["first"] >= 0.8
    assert found["first_three"] >= 0.9
    assert found["lost"] <= 0.06


def test_the_search_can_be_measured_on_a_file_of_ones_own(home: Path) -> None:
    (home / "eigen.tsv").write_text("query\tslugs\nww vergeten\twachtwoord-vergeten-leerkracht\n", encoding="utf-8")
    done = run(home, "evaluate", "--search", "eigen.tsv")
    assert b"queries 1   first 100.0%" in done.stdout


def test_classify_gives_intent_confidence_decision_and_reasons(home: Path) -> None:
    found = answer(run_anew(home, "classify", "-", "--json", stdin=MAIL))
    assert found["intent"] == "inloggen-leerkracht"
    assert found["decision"] in ("auto", "review")
    assert set(found) == {"intent", "confidence", "decision", "alternatives", "reasons", "language"}


def test_classify_reads_plain_text_when_asked(home: Path) -> None:
    text = b"Onze school gaat fuseren per 1 augustus, welke BRIN blijft over?"
    assert answer(run(home, "classify", "-", "--text", "--json", stdin=text))["intent"] == "fusie-of-opheffing"


def test_verify_gives_every_field_with_its_evidence(home: Path) -> None:
    assert (
        run(
            home,
            "register",
            "import",
            str(SHIPPED_DATA / "demo" / "schools.csv"),
            "--boards",
            str(SHIPPED_DATA / "demo" / "boards.csv"),
        ).returncode
        == 0
    )
    found = answer(run(home, "verify", str(REQUEST), "--json"))
    assert (found["request"], found["verdict"]) == ("eerste-beheerder-aanvraag", "onvolledig")
    assert set(found["fields"][0]) == {"field", "value", "status", "expected", "reason", "evidence"}
    assert "bestuursnummer" in found["missing"]
    contract = {"kind", "intact", "trusted", "covers_whole_document", "changed_after_signing", "signer", "reason"}
    assert contract <= set(found["signature"])  # more may stand beside these
    assert {"address", "authenticated", "domain_matches", "reason"} <= set(found["sender"])


def test_triage_gives_route_and_draft_and_stores_nothing(home: Path) -> None:
    found = answer(run(home, "triage", "-", "--json", stdin=MAIL))
    assert set(found) == {"classification", "route", "verification", "draft"}
    assert found["verification"] is None
    assert "wachtwoord-vergeten-leerkracht" in found["draft"]["citations"]
    assert answer(run(home, "ingest", "-", "--json", stdin=MAIL))["new"] == 1


@pytest.mark.parametrize("command", ["classify", "triage", "verify", "evaluate"])
def test_a_file_that_is_not_there_is_refused_before_a_first_model_is_trained(tmp_path: Path, command: str) -> None:
    done = run(tmp_path, command, "nergens.eml")
    assert done.returncode == 1
    assert b"nergens.eml" in done.stderr
    assert b"model" not in done.stderr
    assert not list((tmp_path / "var").glob("**/model*.npz"))


def test_several_files_give_a_line_each_and_a_bad_one_does_not_stop_the_rest(home: Path) -> None:
    (home / "een.eml").write_bytes(MAIL)
    done = run(home, "classify", "een.eml", "weg.eml", "een.eml", "--json")
    lines = [json.loads(line) for line in done.stdout.decode().splitlines()]
    assert [line["file"] for line in lines] == ["een.eml", "weg.eml", "een.eml"]
    assert "error" in lines[1]
    assert done.returncode == 1


def test_conversations_are_found_as_json_and_by_an_upgrade_too(tmp_path: Path, first_model: Path) -> None:
    (tmp_path / "var").mkdir()
    shutil.copy(first_model, tmp_path / "var")
    answer(run(tmp_path, "ingest", "-", "--json", stdin=MAIL))
    found = answer(run(tmp_path, "search-tickets", "wachtwoord", "van:ellen", "--json"))
    assert found == {"query": "wachtwoord van:ellen", "results": [answer(run(tmp_path, "ticket", "1", "--json"))]}
    refused = run(tmp_path, "search-tickets", "status:weg")
    assert (refused.returncode, refused.stdout) == (1, b"")
    assert "Kies uit: open, wachtend of gesloten." in refused.stderr.decode()

    with sqlite3.connect(tmp_path / "var" / "wegwijzer.db") as database:
        database.execute("delete from ticket_words")
    assert answer(run(tmp_path, "search-tickets", "wachtwoord", "--json"))["results"] == []
    assert b"1 tickets were put in the search index" in run(tmp_path, "upgrade").stdout
    assert [one["number"] for one in answer(run(tmp_path, "search-tickets", "wachtwoord", "--json"))["results"]] == [1]


def test_ingesting_a_folder_twice_makes_no_second_ticket(home: Path) -> None:
    folder = home / "post"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(MAIL.replace(b"cli-1", b"map-%d" % number))
    first = answer(run(home, "ingest", "post", "--json"))
    second = answer(run(home, "ingest", "post", "--json"))
    assert (first["received"], first["new"], first["duplicate"], first["quarantined"]) == (3, 3, 0, 0)
    assert (second["received"], second["new"], second["duplicate"]) == (3, 0, 3)


def test_a_conversation_is_shown_as_json(new_home: Path) -> None:
    answer(run(new_home, "ingest", "-", "--json", stdin=MAIL))
    found = answer(run(new_home, "ticket", "1", "--json"))

    (message,) = found.pop("messages")
    assert found == {"number": 1, "subject": "ww vergeten", "state": "open", "queue": found["queue"]}
    assert (set(message), message["direction"], message["from"]) == (
        {"direction", "from", "at", "text"},
        "incoming",
        "ellen@school.example",
    )
    assert message["text"].startswith("Ik ben mijn wachtwoord vergeten")


def test_articles_go_out_and_come_back_unchanged(home: Path) -> None:
    assert run(home, "kb", "export", "uit").returncode == 0
    done = run(home, "kb", "import", "uit")
    assert b"0 new or changed" in done.stdout
    shipped = SHIPPED_DATA / "faq" / "eerste-beheerder-aanvragen.md"
    assert (home / "uit" / shipped.name).read_bytes() == shipped.read_bytes()


def test_the_shipped_articles_pass_the_lint(home: Path) -> None:
    done = run(home, "kb", "lint")
    assert done.returncode == 0, done.stdout.decode()


def test_a_user_is_added_with_a_password_from_the_environment(home: Path) -> None:
    done = run(home, "user", "add", "sanne", "--role", "senior", WEGWIJZER_NEW_PASSWORD="lang-genoeg-wachtwoord")
    assert done.returncode == 0, done.stderr.decode()
    again = run(home, "user", "add", "sanne", WEGWIJZER_NEW_PASSWORD="lang-genoeg-wachtwoord")
    assert again.returncode == 1


def test_doctor_names_what_is_missing(tmp_path: Path) -> None:
    done = run(tmp_path, "doctor", "--json")
    findings = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert done.returncode == 1
    assert findings["database"]["ok"]
    assert "register import" in findings["register"]["message"]


@pytest.mark.parametrize(
    "arguments", [("search",), ("search", "--limit", "0", "x"), ("bestaatniet",), ("classify",), ("serve", "--port", "abc")]
)
def test_wrong_usage_exits_with_two(home: Path, arguments: tuple[str, ...]) -> None:
    assert run(home, *arguments).returncode == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("classify", "weg.eml"),
        ("ingest", "weg"),
        ("register", "import", "weg.csv"),
        ("kb", "import", "weg"),
        ("evaluate", "weg.csv"),
    ],
)
def test_a_failure_is_explained_in_one_line_without_traceback(home: Path, arguments: tuple[str, ...]) -> None:
    done = run(home, *arguments)
    assert done.returncode == 1
    assert len(done.stderr.decode().strip().splitlines()) == 1
    assert "weg" in done.stderr.decode()


def test_a_broken_setting_is_named_in_one_line(home: Path) -> None:
    done = run_anew(home, "search", "x", WEGWIJZER_TRUST_ROOTS="/bestaat/niet")
    assert (done.returncode, b"WEGWIJZER_TRUST_ROOTS" in done.stderr, b"Traceback" in done.stderr) == (1, True, False)


@pytest.mark.parametrize(
    "command",
    [
        "search",
        "classify",
        "verify",
        "triage",
        "ingest",
        "train",
        "evaluate",
        "serve",
        "upgrade",
        "demo",
        "doctor",
        "ticket",
        "search-tickets",
        "kb lint",
        "register import",
        "user add",
    ],
)
def test_every_command_has_help_with_an_example(home: Path, command: str) -> None:
    done = run(home, *command.split(), "--help")
    assert done.returncode == 0
    assert f"Example: wegwijzer {command}" in done.stdout.decode()


def test_a_school_is_found_by_a_misspelt_name(home: Path, tmp_path: Path) -> None:
    demo = SHIPPED_DATA / "demo"
    own = {"WEGWIJZER_VAR_DIR": str(tmp_path)}
    run(home, "register", "import", str(demo / "schools.csv"), "--boards", str(demo / "boards.csv"), **own)
    found = answer(run(home, "register", "find", "meerpal voorbeeldstad", "--json", **own))
    assert [school["brin"] for school in found["schools"]] == ["99AC"]
    assert "No school fits." in run(home, "register", "find", "xyzzy", **own).stdout.decode()


def test_a_new_edition_names_the_open_tickets_of_the_schools_it_changes(new_home: Path) -> None:
    demo = SHIPPED_DATA / "demo"
    newer = new_home / "schools.csv"
    newer.write_text(
        (demo / "schools.csv").read_text(encoding="utf-8").replace("PCB De Vuurtoren", "PCB Het Baken"), encoding="utf-8"
    )
    run(new_home, "register", "import", str(demo / "schools.csv"), "--boards", str(demo / "boards.csv"))
    run(new_home, "ingest", str(demo / "mail" / "83-aanvraag-niet-ondertekend.eml"))
    run(new_home, "register", "import", str(newer))
    changes = answer(run(new_home, "register", "diff", "--json"))
    assert [after["name"] for _, after in changes["renamed"]] == ["PCB Het Baken"]
    assert [ticket["number"] for ticket in changes["tickets"]] == [1]


def test_the_pupils_file_is_read_and_a_wrong_one_refused(home: Path, tmp_path: Path) -> None:
    own = {"WEGWIJZER_VAR_DIR": str(tmp_path)}
    schools, pupils = str(SHIPPED_DATA / "demo" / "schools.csv"), tmp_path / "pupils.csv"
    pupils.write_text("a;b\n1;2\n")
    refused = run(home, "register", "import", schools, "--pupils", str(pupils), **own)
    assert refused.returncode == 1
    assert b"is this DUO's file of pupils?" in refused.stderr
    header = "INSTELLINGSCODE;VESTIGINGSCODE;NAAM_VESTIGING;SOORT_VESTIGING;BEVOEGD_GEZAG_NUMMER;LEERLINGEN_2025\n"
    pupils.write_text(header + "99ZZ;99ZZ00;De Wissel;SBO;99001;80\n")
    assert b"1 schools counted by DUO" in run(home, "register", "import", schools, "--pupils", str(pupils), **own).stdout


def test_wrong_routing_rules_are_refused_in_one_line(home: Path, tmp_path: Path) -> None:
    rules = tmp_path / "rules.yaml"
    shipped = (SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8")
    rules.write_text(shipped.replace("  normaal: {day_end: 0}\n", ""), encoding="utf-8")
    done = run(home, "routing", str(rules))
    assert done.returncode == 1
    assert done.stderr.decode().startswith("wegwijzer: rules.yaml: targets: normaal asks for either hours")
    assert done.stderr.decode().count("\n") == 1
