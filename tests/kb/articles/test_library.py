"""The library of a running process: always the articles of the database, and never waiting for sentence vectors."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.article import Article
from kb.articles.library import CHECK_EVERY, Library
from kb.search.semantic import Encoder, Vectors
from kb.store import ArticleRow, Base, make_engine, put_articles

PASSWORD = Article("ww-vergeten", "Wachtwoord vergeten?", "Kies een nieuw wachtwoord.\n", keywords=("wachtwoord",))
PINCODE = Article("pincode-kwijt", "Pincode kwijt?", "Vraag een nieuwe pincode.\n", keywords=("pincode",))


class Clock:
    """A clock that stands still until a test moves it."""

    now = 100.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


class LengthEncoder:
    """A tiny encoder that can be held up: vectors appear once the gate is open."""

    name = "length"

    def __init__(self, gate: threading.Event | None = None) -> None:
        self._gate = gate
        self.started = threading.Event()

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.started.set()
        if self._gate is not None:
            assert self._gate.wait(30)
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32)

    def query(self, text: str) -> Vectors:
        return self.encode([text])[0]  # type: ignore[no-any-return]


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = make_engine(f"sqlite:///{tmp_path / 'wegwijzer.db'}")
    Base.metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def library(engine: Engine, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Library]:
    """A library without a model; what it started in the background has ended when the test has."""
    monkeypatch.setenv("WEGWIJZER_ENCODER", "none")
    yield Library(engine, clock)
    finish_background()


@pytest.fixture
def use_encoders(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Make the installation hand out these encoders, one for each time the vectors are computed."""

    def use(*encoders: Encoder) -> None:
        waiting = iter(encoders)
        monkeypatch.setattr("kb.articles.library.installed_encoder", lambda _settings: next(waiting))

    return use


def finish_background() -> None:
    for thread in threading.enumerate():
        if thread.daemon and thread.name.endswith("(_add_vectors)"):
            thread.join(30)


def put(engine: Engine, *articles: Article) -> None:
    with Session(engine) as session, session.begin():
        put_articles(session, articles)


def remove(engine: Engine, article: Article) -> None:
    with Session(engine) as session, session.begin():
        session.delete(session.get_one(ArticleRow, article.slug))


# --- following the database -------------------------------------------------------------------------------------


def test_an_empty_database_gives_an_empty_knowledge_base(library: Library) -> None:
    assert library.current().search("wachtwoord") == []


def test_the_articles_of_the_database_are_searched(library: Library, engine: Engine) -> None:
    put(engine, PASSWORD, PINCODE)
    assert [hit.article for hit in library.current().search("wachtwoord vergeten")] == [PASSWORD]


def test_a_new_article_is_there_at_the_next_look(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD)
    library.current()
    put(engine, PINCODE)
    clock.pass_by(CHECK_EVERY)
    assert library.current().articles == (PINCODE, PASSWORD)


def test_a_changed_article_is_there_at_the_next_look(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD)
    library.current()
    changed = dataclasses.replace(PASSWORD, title="Hoe kies ik een nieuw wachtwoord?")
    put(engine, changed)
    clock.pass_by(CHECK_EVERY)
    assert library.current().articles == (changed,)


def test_a_removed_article_is_gone_at_the_next_look(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD, PINCODE)
    library.current()
    remove(engine, PASSWORD)
    clock.pass_by(CHECK_EVERY)
    assert library.current().articles == (PINCODE,)


def test_the_last_article_can_be_removed(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD)
    library.current()
    remove(engine, PASSWORD)
    clock.pass_by(CHECK_EVERY)
    assert library.current().articles == ()


def test_the_database_is_not_asked_again_within_the_interval(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD)
    library.current()
    put(engine, PINCODE)
    clock.pass_by(CHECK_EVERY * 0.9)
    assert library.current().articles == (PASSWORD,)


def test_nothing_is_rebuilt_while_nothing_changes(library: Library, engine: Engine, clock: Clock) -> None:
    put(engine, PASSWORD)
    before = library.current()
    clock.pass_by(CHECK_EVERY)
    assert library.current() is before


def test_visitors_at_the_same_time_share_one_knowledge_base(library: Library, engine: Engine) -> None:
    put(engine, PASSWORD, PINCODE)
    with ThreadPoolExecutor(8) as visitors:
        handed_out = list(visitors.map(lambda _: library.current(), range(32)))
    assert {id(knowledge) for knowledge in handed_out} == {id(handed_out[0])}


# --- vectors in the background ----------------------------------------------------------------------------------


def test_without_an_encoder_the_library_goes_on_with_words(library: Library, engine: Engine) -> None:
    put(engine, PASSWORD)
    library.current()
    finish_background()
    assert not library.current().uses_vectors


def test_words_are_searched_while_the_vectors_are_still_being_made(
    library: Library, engine: Engine, use_encoders: Callable[..., None]
) -> None:
    gate = threading.Event()
    use_encoders(LengthEncoder(gate))
    put(engine, PASSWORD, PINCODE)
    found = library.current().search("wachtwoord vergeten")
    gate.set()
    assert [hit.article for hit in found] == [PASSWORD]


def test_vectors_take_part_as_soon_as_they_are_ready(library: Library, engine: Engine, use_encoders: Callable[..., None]) -> None:
    use_encoders(LengthEncoder())
    put(engine, PASSWORD, PINCODE)
    library.current()
    finish_background()
    assert library.current().uses_vectors


def test_vectors_of_articles_that_have_changed_meanwhile_are_thrown_away(
    library: Library, engine: Engine, clock: Clock, use_encoders: Callable[..., None]
) -> None:
    gate = threading.Event()
    slow = LengthEncoder(gate)
    use_encoders(slow, LengthEncoder())
    put(engine, PASSWORD)
    library.current()
    assert slow.started.wait(30)
    put(engine, PINCODE)
    clock.pass_by(CHECK_EVERY)
    library.current()
    gate.set()
    finish_background()
    assert library.current().articles == (PINCODE, PASSWORD)
