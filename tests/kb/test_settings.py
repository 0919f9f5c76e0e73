"""Settings: what an installation gets when it sets nothing, and what it is told when it sets something impossible."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.settings import SHIPPED_DATA, SettingsError, read_settings, settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder, and an environment that sets nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("WEGWIJZER_VAR_DIR", raising=False)
    settings.cache_clear()
    return tmp_path


def test_without_settings_everything_is_kept_in_var_of_the_working_folder(folder: Path) -> None:
    assert read_settings({}).var_dir == folder / "var"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("data_dir", SHIPPED_DATA),
        ("trust_roots", None),
        ("help_address", "help@basispoort.nl"),
        ("base_url", "http://localhost:8501"),
        ("authserv_id", None),
        ("smtp_url", None),
        ("check_deliverability", False),
        ("encoder", "auto"),
        ("ocr", "auto"),
    ],
)
def test_without_settings_an_installation_works_and_reaches_out_to_nobody(name: str, value: object) -> None:
    assert getattr(read_settings({}), name) == value


def test_the_shipped_data_is_the_folder_with_the_articles() -> None:
    assert (read_settings({}).data_dir / "faq").is_dir()


def test_the_database_is_a_file_in_the_var_folder(tmp_path: Path) -> None:
    assert read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path)}).database_url == f"sqlite:///{tmp_path}/wegwijzer.db"


def test_a_database_url_goes_before_the_var_folder(tmp_path: Path) -> None:
    configured = read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path), "WEGWIJZER_DATABASE_URL": "postgresql://db/wegwijzer"})
    assert configured.database_url == "postgresql://db/wegwijzer"


def test_model_and_vectors_are_kept_in_the_var_folder(tmp_path: Path) -> None:
    configured = read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path)})
    assert {configured.model_path.parent, configured.vector_cache.parent} == {tmp_path}


@pytest.mark.parametrize("name", ["VAR_DIR", "DATA_DIR"])
def test_a_folder_is_meant_from_the_working_folder_of_the_start(folder: Path, name: str) -> None:
    assert getattr(read_settings({f"WEGWIJZER_{name}": "elders"}), name.lower()) == folder / "elders"


def test_a_setting_left_empty_is_a_setting_left_out() -> None:
    names = (
        "VAR_DIR",
        "DATABASE_URL",
        "DATA_DIR",
        "TRUST_ROOTS",
        "HELP_ADDRESS",
        "BASE_URL",
        "AUTHSERV_ID",
        "SMTP_URL",
        "ENCODER",
    )
    assert read_settings({f"WEGWIJZER_{name}": "" for name in names}) == read_settings({})


@pytest.mark.parametrize(
    ("variable", "value", "name", "read"),
    [
        ("HELP_ADDRESS", "hulp@school.example", "help_address", "hulp@school.example"),
        ("BASE_URL", "https://hulp.example/", "base_url", "https://hulp.example"),
        ("AUTHSERV_ID", "mx.example", "authserv_id", "mx.example"),
        ("ARC_SEALERS", "Lijst.example, b.example", "arc_sealers", ("lijst.example", "b.example")),
        ("SMTP_URL", "smtps://mail.example", "smtp_url", "smtps://mail.example"),
        ("CHECK_DNS", "1", "check_deliverability", True),
        ("ENCODER", "none", "encoder", "none"),
        ("OCR", "none", "ocr", "none"),
    ],
)
def test_each_variable_sets_what_it_says(variable: str, value: str, name: str, read: object) -> None:
    assert getattr(read_settings({f"WEGWIJZER_{variable}": value}), name) == read


@pytest.mark.parametrize("name", ["REVOCATION_LISTS", "TRUSTED_LIST"])
def test_a_missing_list_is_refused_rather_than_checking_less(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"WEGWIJZER_{name} is .*which is not a"):
        read_settings({f"WEGWIJZER_{name}": str(tmp_path / "weg")})


def test_an_existing_folder_of_trusted_certificates_is_used(tmp_path: Path) -> None:
    assert read_settings({"WEGWIJZER_TRUST_ROOTS": str(tmp_path)}).trust_roots == tmp_path


def test_a_missing_folder_of_trusted_certificates_is_refused_rather_than_trusting_nobody(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="WEGWIJZER_TRUST_ROOTS is .*which is not a folder"):
        read_settings({"WEGWIJZER_TRUST_ROOTS": str(tmp_path / "weg")})


@pytest.mark.parametrize(
    ("variable", "value", "allowed"),
    [("ENCODER", "bert", "auto, none"), ("OCR", "ja", "auto, none"), ("CHECK_DNS", "true", "0, 1")],
)
def test_a_value_that_does_not_exist_is_refused_with_those_that_do(variable: str, value: str, allowed: str) -> None:
    with pytest.raises(SettingsError, match=f"WEGWIJZER_{variable} is '{value}'; use one of: {allowed}"):
        read_settings({f"WEGWIJZER_{variable}": value})


def test_a_process_reads_the_env_file_of_its_working_folder(folder: Path) -> None:
    (folder / ".env").write_text("WEGWIJZER_HELP_ADDRESS=uit-bestand@school.example\n", encoding="utf-8")
    assert settings().help_address == "uit-bestand@school.example"


def test_the_environment_wins_from_the_env_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / ".env").write_text("WEGWIJZER_HELP_ADDRESS=uit-bestand@school.example\n", encoding="utf-8")
    monkeypatch.setenv("WEGWIJZER_HELP_ADDRESS", "uit-omgeving@school.example")
    assert settings().help_address == "uit-omgeving@school.example"


def test_a_name_without_a_value_in_the_env_file_is_a_setting_left_out(folder: Path) -> None:
    (folder / ".env").write_text("WEGWIJZER_SMTP_URL\n", encoding="utf-8")
    assert settings().smtp_url is None


def test_settings_are_read_once_in_a_process(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings()
    monkeypatch.setenv("WEGWIJZER_HELP_ADDRESS", "later@school.example")
    assert settings() is before
