"""The taxonomy: the intents a mail can have, from data/taxonomy.yaml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NotRequired

from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.organisation import ENGLISH, read_organisation
from kb.settings import from_data

When = Literal["always", "urgent", "thanks"]


@dataclass(frozen=True, slots=True)
class Intent:
    """One thing a mail can be about."""

    label: str  # its name in files and databases, e.g. "inloggen-leerkracht"
    title: str  # what agents read, in the language of the organisation
    title_en: str  # the same in English
    description: str  # what belongs to it
    queue: str  # the queue that handles it
    default_priority: str  # urgent, hoog, normaal or laag
    topics: tuple[str, ...]  # slugs of the articles that answer it, most likely first
    formal_request: bool  # whether authority must be verified before anything is done
    reply: bool  # whether a mail of this kind is answered at all
    answers: Mapping[When, str] = field(default_factory=dict)  # wordings sent in place of an article's answer
    greeting: str = "greeting"  # the wording that greets somebody without a name
    refer: str = ""  # the wording after an article's answer that sends the writer to somebody else

    @property
    def asked_besides(self) -> bool:
        """Whether somebody may ask for it beside something else: for what has an answer of its own."""
        return self.reply and "always" not in self.answers

    @property
    def wordings(self) -> frozenset[str]:
        """The wordings of data/replies that its answers need."""
        return frozenset([*self.answers.values(), self.greeting, *filter(None, [self.refer])])

    def title_in(self, language: str) -> str:
        """What it is called on a page or in an answer in some language of the organisation."""
        return self.title_en if language == ENGLISH else self.title


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

    @property
    def unanswered(self) -> frozenset[str]:
        """The labels of mails that nobody answers."""
        return frozenset(label for label, intent in self.intents.items() if not intent.reply)


@closed
class _Intent(TypedDict):
    label: str
    title: str
    title_en: NotRequired[str]  # needed when English stands beside the language of the organisation
    description: str
    queue: str
    default_priority: Literal["urgent", "hoog", "normaal", "laag"]
    topics: list[str]
    formal_request: bool
    reply: bool
    answers: NotRequired[dict[When, str]]
    greeting: NotRequired[str]
    refer: NotRequired[str]


@closed
class _Taxonomy(TypedDict):
    intents: list[_Intent]


@from_data
def load_taxonomy(folder: Path) -> Taxonomy:
    """Read data/taxonomy.yaml. Raises DataFileError."""
    path = folder / "taxonomy.yaml"
    content, also_english = read_data(path, _Taxonomy), read_organisation(folder).also_english
    intents: dict[str, Intent] = {}
    for number, entry in enumerate(content["intents"]):
        if also_english and "title_en" not in entry:
            line = line_of(path, ("intents", number))
            raise DataFileError([f"{path.name}, line {line}: intents › {entry['label']} › title_en: is missing."])
        told: dict[str, Any] = {"title_en": entry["title"], **entry, "topics": tuple(entry["topics"])}
        intents[entry["label"]] = Intent(**told)
    return Taxonomy(intents)
