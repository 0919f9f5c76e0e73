"""Accounts of before: names that people can't tell apart stay, both, and are named."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

from kb.settings import settings
from kb.store import make_engine
from triage.accounts.accounts import add_user, alike, sign_in
from triage.database.account_names import name_key
from triage.database.opening import open_database, upgrade_database
from triage.database.tables import User
from triage.installation import doctor

PASSWORD = "een-lang-wachtwoord"
NAMES = ["Noor", "Nооr", "noor", "Wim", "🙂", "🙃", "ﷺ" * 80, "Ilse"]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database of before, with accounts whose names look alike."""
    url = f"sqlite:///{tmp_path / 'oud.db'}"
    upgrade_database(url, "0006")
    engine = make_engine(url)
    with engine.begin() as connection:
        for number, name in enumerate(NAMES, start=1):
            connection.execute(
                text(
                    "insert into user_account (id, name, password_hash, role, created_at) values (:id, :name, 'x', 'agent', '2026-01-01')"
                ),
                {"id": number, "name": name},
            )
    engine.dispose()
    return url


@pytest.fixture
def engine(url: str) -> Engine:
    upgrade_database(url)
    return open_database(url)


def test_every_account_stays_with_a_key_of_its_own(engine: Engine) -> None:
    with Session(engine) as session:
        users = list(session.scalars(select(User).order_by(User.id)))
    assert [user.name for user in users] == NAMES
    assert len({user.key for user in users}) == len(NAMES)


def test_a_name_that_looks_like_no_other_gets_the_key_that_new_accounts_get(engine: Engine) -> None:
    with Session(engine) as session:
        keys = {user.name: user.key for user in session.scalars(select(User))}
    assert {name: keys[name] for name in ("Noor", "Wim", "Ilse")} == {name: name_key(name) for name in ("Noor", "Wim", "Ilse")}


def test_doctor_names_accounts_that_people_cannot_tell_apart(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEGWIJZER_DATABASE_URL", url)
    settings.cache_clear()
    upgrade_database(url)
    findings = {one.subject: one for one in doctor.examine(settings(), lambda: open_database(url))}
    assert not findings["account names"].ok
    assert "'Noor' and 'Nооr' and 'noor'" in findings["account names"].message


def test_new_accounts_are_found_alright(tmp_path: Path) -> None:
    engine = open_database(f"sqlite:///{tmp_path / 'nieuw.db'}")
    with Session(engine) as session, session.begin():
        add_user(session, "Noor", PASSWORD, "agent")
        assert alike(session) == []
        assert sign_in(session, "noor", PASSWORD)
    engine.dispose()


def test_doctor_names_files_that_others_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEGWIJZER_VAR_DIR", str(tmp_path / "var"))
    settings.cache_clear()
    url = settings().database_url
    open_database(url).dispose()

    def finding() -> doctor.Diagnosis:
        (found,) = (one for one in doctor.examine(settings(), lambda: open_database(url)) if one.subject == "own files")
        return found

    assert finding().ok
    (tmp_path / "var").chmod(0o755)
    assert not finding().ok
    assert f"chmod -R go-rwx {tmp_path / 'var'}" in finding().message


def test_keys_of_before_are_made_anew_though_some_now_look_alike(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'oud.db'}"
    upgrade_database(url, "0007")
    engine = make_engine(url)
    with engine.begin() as connection:
        for number, name in enumerate(("claan", "Daan", "Wim", "8ob"), start=1):
            told = {"id": number, "name": name, "key": name.lower()}
            connection.execute(
                text(
                    "insert into user_account (id, name, key, password_hash, role, created_at) "
                    "values (:id, :name, :key, 'x', 'agent', '2026-01-01')"
                ),
                told,
            )
    engine.dispose()
    upgrade_database(url)
    with Session(open_database(url)) as session:
        assert [user.key for user in session.scalars(select(User).order_by(User.id))] == ["daan", "daan#2", "wlm", "bob"]
        assert alike(session) == [("claan", "Daan")]
