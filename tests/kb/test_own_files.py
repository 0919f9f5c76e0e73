"""The database and the models hold mails: they are closed to everybody but their owner."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import text

from kb.own_files import open_to_others, own_folder
from kb.search.semantic import CachedEncoder
from kb.store import make_engine

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such modes")


@pytest.fixture(autouse=True)
def _generous() -> Iterator[None]:
    """As most machines are set up: what is made can be read by all."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> str:
    return oct(path.stat().st_mode & 0o777)


def filled(path: Path) -> list[Path]:
    """The files of a database while it is in use."""
    engine = make_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        connection.execute(text("create table if not exists mail (raw blob)"))
        connection.commit()
        files = sorted(path.parent.glob(f"{path.name}*"))
    assert len(files) == 3  # with -wal and -shm
    return files


def test_a_new_database_and_what_is_kept_beside_it_is_its_owners_alone(tmp_path: Path) -> None:
    assert {mode(one) for one in filled(tmp_path / "wegwijzer.db")} == {"0o600"}


def test_a_new_folder_is_its_owners_alone_and_so_are_those_above_it_that_are_made(tmp_path: Path) -> None:
    filled(tmp_path / "een" / "twee" / "wegwijzer.db")
    assert [mode(tmp_path / "een"), mode(tmp_path / "een" / "twee")] == ["0o700", "0o700"]


def test_a_folder_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    filled(tmp_path / "wegwijzer.db")
    assert mode(tmp_path) == "0o755"


def test_a_database_of_before_is_closed_when_it_is_opened(tmp_path: Path) -> None:
    filled(tmp_path / "wegwijzer.db")
    for one in tmp_path.iterdir():
        one.chmod(0o644)
    assert {mode(one) for one in filled(tmp_path / "wegwijzer.db")} == {"0o600"}


def test_a_database_in_memory_makes_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make_engine("sqlite:///:memory:").connect().close()
    make_engine("sqlite://").connect().close()
    assert not list(tmp_path.iterdir())


class Letters:
    """An encoder that counts letters."""

    name = "letters"

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([[len(one), 1.0] for one in texts], dtype=np.float32)

    def query(self, text: str) -> np.ndarray:
        return self.encode([text])[0]


def test_sentence_vectors_are_their_owners_alone(tmp_path: Path) -> None:
    encoder = CachedEncoder(Letters(), tmp_path / "var" / "vectors")  # type: ignore[arg-type]
    encoder.encode(["een"])
    encoder.save()
    assert mode(tmp_path / "var" / "vectors" / "letters.npz") == "0o600"
    assert mode(tmp_path / "var") == "0o700"


def test_what_others_can_read_is_named(tmp_path: Path) -> None:
    own_folder(tmp_path / "var")
    model = tmp_path / "var" / "model.npz"
    model.touch(0o644)
    assert open_to_others(tmp_path / "var", None) == []  # nobody else comes in
    (tmp_path / "var").chmod(0o755)
    assert open_to_others(tmp_path / "var", None) == [tmp_path / "var", model]


def test_a_database_elsewhere_is_named_too(tmp_path: Path) -> None:
    database = tmp_path / "elders.db"
    database.touch(0o640)
    assert open_to_others(tmp_path / "var", database) == [database]
