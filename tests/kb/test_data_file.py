"""Files of words and rules: what is wrong in one is named by file, line and field, in one sentence."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NotRequired

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session
from typing_extensions import TypedDict

from kb import load_articles
from kb.data_file import DataFileError, closed, line_of, read_data, read_plain
from kb.settings import SHIPPED_DATA, settings
from kb.store import put_articles
from triage.database.opening import open_database
from triage.installation.doctor import readers, rule_files
from triage.installation.references import wrong_references
from triage.verify.checks import checks
from triage.verify.request_rules import CHECKS


@closed
class Sweet(TypedDict):
    name: str
    sugar: NotRequired[float]


@closed
class Shop(TypedDict):
    open: bool
    sweets: list[Sweet]
    prices: dict[str, int]


SHOP = "open: true\n# sweets\nsweets:\n  - name: drop\n    sugar: 3\n  - {name: toffee}\nprices:\n  drop: 4\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "shop.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_that_fits_its_schema_is_read_as_it_stands(tmp_path: Path) -> None:
    shop = read_data(written(tmp_path, SHOP), Shop)
    assert shop == {"open": True, "sweets": [{"name": "drop", "sugar": 3}, {"name": "toffee"}], "prices": {"drop": 4}}


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "    sugar: 3",
            "    suger: 3",
            "line 5: sweets › number 1 › suger: is not a key that is known here; correct or remove it.",
        ),
        ("    sugar: 3", "    sugar: veel", "line 5: sweets › number 1 › sugar: input should be a valid number, not 'veel'."),
        ("- {name: toffee}", "- {sugar: 3}", "line 6: sweets › number 2 › name: is missing."),
        ("  drop: 4", "  drop: 4.5", "line 8: prices › drop: input should be a valid integer, not 4.5."),
        ("name: drop", "name: no", "line 4: sweets › number 1 › name: input should be a valid string, not False."),
        ("open: true", "open: 1", "line 1: open: input should be a valid boolean, not 1."),
        ("  drop: 4", "  drop: 4\n  drop: 5", "line 9: 'drop' stands here twice."),
        ("  drop: 4", " drop: [", "line 9: "),
    ],
)
def test_what_is_wrong_is_named_by_file_line_and_field(tmp_path: Path, right: str, wrong: str, said: str) -> None:
    path = written(tmp_path, SHOP.replace(right, wrong))
    with pytest.raises(DataFileError) as caught:
        read_data(path, Shop)
    assert f"/shop.yaml, {said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_everything_that_is_wrong_is_told_and_the_message_says_how_much_more_there_is(tmp_path: Path) -> None:
    path = written(tmp_path, SHOP.replace("sugar", "suger").replace("drop: 4", "drop: vier"))
    with pytest.raises(DataFileError, match=r"\(and 1 more\)$") as caught:
        read_data(path, Shop)
    assert len(caught.value.problems) == 2


def test_a_file_that_is_not_there_or_no_utf_8_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"niets\.yaml: can't be read"):
        read_plain(tmp_path / "niets.yaml")
    (tmp_path / "shop.yaml").write_bytes(b"open: caf\xe9\n")
    with pytest.raises(DataFileError, match="save it as UTF-8"):
        read_plain(tmp_path / "shop.yaml")


def test_an_empty_file_is_named_at_its_first_line(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="line 1: the whole file"):
        read_data(written(tmp_path, ""), Shop)


def test_the_line_of_a_place_is_that_of_its_last_part_that_is_there(tmp_path: Path) -> None:
    path = written(tmp_path, SHOP)
    assert [line_of(path, place) for place in [(), ("sweets", 1), ("sweets", 0, "sugar"), ("sweets", 7), ("x",)]] == [
        1,
        6,
        5,
        3,
        1,
    ]


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_sentence(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.yaml"
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        read_data(path, Shop)
    except DataFileError as error:
        assert all("\n" not in said for said in error.problems)  # noqa: PT017 - either answer is right


@pytest.fixture
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the shipped words and rules, which the installation is told to use."""
    folder = tmp_path / "data"
    shutil.copytree(SHIPPED_DATA, folder, ignore=shutil.ignore_patterns("demo", "evaluation", "faq", "stream"))
    for path in (folder / "intents").glob("*.yaml"):
        if path.stem != "storing":
            path.unlink()
    monkeypatch.setenv("WEGWIJZER_DATA_DIR", str(folder))
    settings.cache_clear()
    return folder


def test_the_shipped_files_are_in_order(own_data: Path) -> None:
    assert [finding.subject for finding in rule_files(own_data)] == ["rule files", "school holidays"]


def test_doctor_reads_every_file_of_words_and_rules(own_data: Path) -> None:
    missed = []
    for path in sorted(own_data.rglob("*.yaml")):
        before = path.read_bytes()
        path.write_text("een: [\n", encoding="utf-8")
        if not any(path.name in finding.message and not finding.ok for finding in rule_files_anew(own_data)):
            missed.append(str(path.relative_to(own_data)))
        path.write_bytes(before)
    assert missed == []


def rule_files_anew(folder: Path) -> list:  # type: ignore[type-arg]
    """What doctor says of the files when a program starts with them."""
    for read in readers(folder):
        _forget(read)
    return rule_files(folder)


def _forget(read: Callable[[], object]) -> None:
    function = getattr(read, "func", read)
    cells = [cell.cell_contents for cell in getattr(function, "__closure__", None) or ()]
    for kept in (function, *cells):
        if hasattr(kept, "cache_clear"):
            kept.cache_clear()


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("requests.yaml", "withdrawn:", "withdrawm:", "withdrawm: is not a key"),
        ("requests.yaml", "required: true", "required: ja", "required: input should be a valid boolean"),
        ("requests.yaml", "check: board_name", "check: bord_name", "naam_bestuur › check: there is no check 'bord_name'"),
        (
            "requests.yaml",
            "check: by_agent, by_agent: true",
            "check: by_agent",
            "check by_agent and by_agent: false don't go together",
        ),
        ("requests.yaml", "check: board_name,", "check: board_name, by_agent: true,", "check board_name and by_agent: true"),
        (
            "requests.yaml",
            "required_for: [fusie,",
            "required_for: [fussie,",
            "required_for: this request has no kind of change 'fussie'",
        ),
        ("requests.yaml", "required_for: [ander-bestuur]", "required_for: [fusie]", "this request has no kind of change 'fusie'"),
        (
            "requests.yaml",
            "  schoolaccount-nieuw:\n",
            "  schoolaccount-niew:\n",
            "schoolaccount-niew: taxonomy.yaml has no formal request",
        ),
        (
            "requests.yaml",
            "naam_bestuur, like: eerste-beheerder-aanvraag",
            "naam_bestuur, like: eerste",
            "like: there is no request 'eerste'",
        ),
        (
            "requests.yaml",
            "like: eerste-beheerder-aanvraag}",
            "like: eerste-beheerder-aanvraag, required: false}",
            "required: does not count beside like",
        ),
        ("requests.yaml", "role: bestuurder", "role: bestuurster", "there is no role 'bestuurster'"),
        ("requests.yaml", "check: signed_pdf", "check: text", "no field has check signed_pdf"),
        ("requests.yaml", "  brin: [brin, brinnummer", "  brinn: [brin, brinnummer", "codes › brinn: no request has this field"),
        ("taxonomy.yaml", "formal_request: true", "formal_request: false", "has no formal request of this name"),
        ("routing.yaml", "offer_answer_from:", "offer_answer_form:", "'offer_answer_from' is missing"),
        ("routing.yaml", "school_holiday:", "school_holidays:", "there is no condition school_holidays (line "),
        ("school_holidays.yaml", "regions:", "region:", "region: is not a key"),
        ("incidents.yaml", "at_least:", "at_most:", "at_most: is not a key"),
        ("seasons.yaml", "from:", "form:", "form: is not a key"),
        ("taxonomy.yaml", "default_priority: laag", "default_priority: low", "default_priority: input should be"),
        ("second_label.yaml", "intercept:", "intersept:", "intersept: is not a key"),
        ("replies/details.yaml", "\nsigns:", "\nsign:", "sign: is not a key"),
        ("language/synonyms.yaml", "stopwords:", "stopword:", "stopword: is not a key"),
        ("ui/nl.yaml", "categories:", "categories: 3\nx:", "line "),
        ("ui/en.yaml", "categories: {algemeen:", "categories: {algemen:", "categories: has no name for algemeen"),
        ("organisation.yaml", "timezone: Europe/", "timezone: Europa/", "timezone: there is no time zone"),
        ("taxonomy.yaml", "answers: {always:", "answers: {ever:", "answers › ever › [key]: input should be"),
        ("taxonomy.yaml", "  title_en: Outage\n", "", "storing › title_en: is missing"),
        ("replies/nl.yaml", "thanks:", "thank:", "replies/nl.yaml: thanks: is missing"),
        ("replies/en.yaml", "breach:", "breech:", "replies/en.yaml: breach: is missing"),
        ("sentences.yaml", "wijzen op {title}", "wijzen op {titel}", "words: can't be filled in"),
        ("seasons.yaml", "{nl: Toetsen, en:", "{nl: Toetsen, fr:", "give one in each of nl, en, and no other"),
    ],
)
def test_doctor_names_what_a_typing_error_spoils(own_data: Path, file: str, right: str, wrong: str, said: str) -> None:
    path = own_data / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    messages = [finding.message for finding in rule_files_anew(own_data) if not finding.ok]
    named = "requests.yaml" if file == "taxonomy.yaml" and "formal" in right else path.name
    assert any(named in message and said in message for message in messages), messages


def test_the_names_of_checks_are_those_of_the_program() -> None:
    assert set(checks.CHECKS) | {"signed_pdf", "by_agent", "authority"} == CHECKS


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Session]:
    """A database with the shipped articles."""
    engine = open_database(f"sqlite:///{tmp_path / 'articles.db'}")
    with Session(engine) as session:
        put_articles(session, load_articles(SHIPPED_DATA / "faq"))
        yield session
    engine.dispose()


def test_the_shipped_rules_refer_to_what_is_there(own_data: Path, library: Session) -> None:
    assert wrong_references(own_data, library) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "said"),
    [
        ("requests.yaml", "form: eerste-beheerder-aanvragen", "form: bestaat-niet", "form: there is no article 'bestaat-niet'"),
        ("taxonomy.yaml", "- inloggen-leerkracht-lukt-niet", "- inloggen-lukt", "topics: there is no article 'inloggen-lukt'"),
        ("seasons.yaml", "[jaarovergang-checklist,", "[jaarovergang,", "slugs: there is no article 'jaarovergang'"),
        ("incidents.yaml", "- storing\n", "- storingen\n", "intents: there is no intent in taxonomy.yaml 'storingen'"),
    ],
)
def test_a_rule_that_refers_to_nothing_is_named(
    own_data: Path, library: Session, file: str, right: str, wrong: str, said: str
) -> None:
    path = own_data / file
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    (found,) = wrong_references(own_data, library)
    assert found.startswith(f"{file}, line ")
    assert said in found
