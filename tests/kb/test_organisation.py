"""Whose help desk this is: what data/organisation.yaml says, and what is wrong with it in words."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from kb.data_file import DataFileError
from kb.organisation import Organisation, read_organisation
from kb.settings import SHIPPED_DATA, read_settings, settings
from triage.errors import RoutingError
from triage.routing.routing import read_routing

SHIPPED = yaml.safe_load((SHIPPED_DATA / "organisation.yaml").read_text(encoding="utf-8"))


def written(folder: Path, **changed: object) -> Organisation:
    """What is read from the shipped file with some keys changed."""
    (folder / "organisation.yaml").write_text(yaml.safe_dump({**SHIPPED, **changed}), encoding="utf-8")
    return read_organisation(folder)


def test_the_address_of_the_help_desk_is_that_of_its_organisation_unless_the_settings_name_another(tmp_path: Path) -> None:
    written(tmp_path, help_address="desk@library.example")

    own = {"WEGWIJZER_DATA_DIR": str(tmp_path)}
    assert read_settings(own).help_address == "desk@library.example"
    assert read_settings({**own, "WEGWIJZER_HELP_ADDRESS": "other@library.example"}).help_address == "other@library.example"


@pytest.mark.parametrize(
    ("languages", "written_in", "answered_in"),
    [
        (["nl", "en"], "nl", "nl"),
        (["nl", "en"], "en", "en"),
        (["nl", "en"], "tr", "en"),
        (["en"], "nl", "en"),
        (["fr"], "en", "fr"),
        (["fr", "nl"], "de", "fr"),
    ],
)
def test_a_mail_is_answered_in_its_language_or_in_english_or_in_that_of_the_articles(
    tmp_path: Path, languages: list[str], written_in: str, answered_in: str
) -> None:
    own = written(tmp_path, languages=languages, tagline=dict.fromkeys(languages, "Help"))
    assert own.answers_in(written_in) == answered_in


def test_a_moment_is_told_by_the_clock_of_the_organisation(tmp_path: Path) -> None:
    own = written(tmp_path, timezone="Europe/London")
    assert f"{own.local(datetime(2026, 7, 1, 23, 30, tzinfo=UTC)):%d %H:%M}" == "02 00:30"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("timezone", "Europe/Zwolle", "timezone: there is no time zone 'Europe/Zwolle'"),
        ("timezone", "../etc/passwd", "timezone: there is no time zone"),
        ("help_address", "help desk", "help_address: 'help desk' is not a mail address"),
        ("languages", [], "languages: is empty"),
        ("categories", [], "categories: is empty"),
        ("tagline", {"nl": "Hulp"}, "tagline: say it in each of nl, en, and in no other"),
        ("postcode", "[", "postcode: is no regular expression"),
        ("name", 7, "name: input should be a valid string"),
        ("telephone", "020", "telephone: is not a key"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path: Path, key: str, value: object, said: str) -> None:
    with pytest.raises(DataFileError, match=rf"organisation.yaml, line \d+: {said}"):
        written(tmp_path, **{key: value})


def test_a_folder_without_an_organisation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match="organisation.yaml: can't be read"):
        read_organisation(tmp_path)


@pytest.mark.parametrize("country", ["XX", "GB-XX", "", "nl"])
def test_a_country_without_known_holidays_is_refused(tmp_path: Path, country: str, monkeypatch: pytest.MonkeyPatch) -> None:
    written(tmp_path, country=country)
    monkeypatch.setenv("WEGWIJZER_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    for name in ("taxonomy.yaml", "routing.yaml", "school_holidays.yaml"):
        (tmp_path / name).write_bytes((SHIPPED_DATA / name).read_bytes())

    with pytest.raises(RoutingError, match=f"organisation.yaml: country: '{country}' is not a country whose holidays are known"):
        read_routing(tmp_path / "routing.yaml", tmp_path / "school_holidays.yaml")
