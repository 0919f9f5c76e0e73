"""Whether rules refer to what is there: articles of this installation, and intents of the taxonomy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.data_file import DataFileError, line_of, read_plain
from kb.store import ArticleRow

Place = tuple[str | int, ...]


def wrong_references(folder: Path, session: Session) -> list[str]:
    """A sentence for each name in the files of a data folder that leads nowhere. Files that can't be read are left to their readers."""
    articles = set(session.scalars(select(ArticleRow.slug)))
    problems: list[str] = []
    for file, places in (("requests.yaml", _forms), ("taxonomy.yaml", _topics), ("seasons.yaml", _seasons)):
        if articles:
            problems += _missing(folder / file, places, articles, "article")
    labels = {entry["label"] for entry in _content(folder / "taxonomy.yaml").get("intents", ())}
    return problems + _missing(folder / "incidents.yaml", _incidents, labels, "intent in taxonomy.yaml")


def _missing(path: Path, places: Any, known: set[str], what: str) -> list[str]:
    try:
        content = _content(path)
        return [
            f"{path.name}, line {line_of(path, place)}: {' › '.join(part for part in place if isinstance(part, str))}: "
            f"there is no {what} {name!r}."
            for place in places(content)
            if (name := reduce(lambda inside, part: inside[part], place, content)) not in known
        ]
    except (DataFileError, LookupError, TypeError, AttributeError):
        return []


def _content(path: Path) -> Any:
    try:
        return read_plain(path)
    except DataFileError:
        return {}


def _forms(content: Any) -> Iterator[Place]:
    yield from (("requests", intent, "form") for intent in content["requests"])


def _topics(content: Any) -> Iterator[Place]:
    for number, entry in enumerate(content["intents"]):
        yield from (("intents", number, "topics", place) for place in range(len(entry["topics"])))


def _seasons(content: Any) -> Iterator[Place]:
    for number, entry in enumerate(content):
        yield from ((number, "slugs", place) for place in range(len(entry["slugs"])))


def _incidents(content: Any) -> Iterator[Place]:
    yield from (("intents", number) for number in range(len(content["intents"])))
