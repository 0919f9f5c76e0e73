"""The taxonomy: the intents a mail can have, from data/taxonomy.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.settings import from_data


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a mail can be about."""

    label: str  # its name in files and databases, e.g. "inloggen-leerkracht"
    title: str  # what agents read, in Dutch
    title_en: str  # the same in English
    description: str  # what belongs to it, in Dutch
    queue: str  # the queue that handles it
    default_priority: str  # urgent, hoog, normaal or laag
    topics: tuple[str, ...]  # slugs of the articles that answer it, most likely first
    formal_request: bool  # whether authority must be verified before anything is done
    reply: bool  # whether a mail of this kind is answered at all


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All intents by label."""

    intents: Mapping[str, Intent]

    def __getitem__(self, label: str) -> Intent:
        return self.intents[label]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in the order of the file."""
        return tuple(self.intents)


@closed
class _Intent(TypedDict):
    label: str
    title: str
    title_en: str
    description: str
    queue: str
    default_priority: Literal["urgent", "hoog", "normaal", "laag"]
    topics: list[str]
    formal_request: bool
    reply: bool


@closed
class _Taxonomy(TypedDict):
    intents: list[_Intent]


@from_data
def load_taxonomy(folder: Path) -> Taxonomy:
    """Read data/taxonomy.yaml. Raises DataFileError."""
    content = read_data(folder / "taxonomy.yaml", _Taxonomy)
    told: list[dict[str, Any]] = [{**entry, "topics": tuple(entry["topics"])} for entry in content["intents"]]
    intents = [Intent(**entry) for entry in told]
    return Taxonomy({intent.label: intent for intent in intents})
