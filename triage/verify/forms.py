"""The formal requests and their fields, from data/requests.yaml."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired

from rapidfuzz import fuzz, process
from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.language import fold
from kb.settings import from_data

_SMALL = frozenset(
    [
        "de",
        "het",
        "een",
        "van",
        "voor",
        "der",
        "den",
        "u",
        "uw",
        "zoals",
        "bij",
        "kvk",
        "en",
        "duo",
        "volgens",
        "evt",
        "eventueel",
        "eventuele",
        "indien",
        "van",
        "toepassing",
        "nvt",
        "of",
        "die",
        "in",
        "te",
        "vullen",
    ]
)
ALIKE = 90  # rapidfuzz ratio above which a label with a reading error still counts
PEOPLE_PARTS = ("voornaam", "tussenvoegsel", "achternaam", "naam", "functie", "email")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a request."""

    name: str  # as in the contract, e.g. "brin"
    title: str  # what people read
    required: bool  # the request can't be complete without it
    check: str  # function in triage.verify.checks
    ask: str  # how the answer asks for it: "wij missen nog {ask}"
    labels: tuple[str, ...]  # wordings on forms
    role: str | None = None  # for a person: which role
    by_agent: bool = False  # ticked by the agent, not read from the form
    required_for: tuple[str, ...] = ()  # kinds of change that need it, when not all do
    kinds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # for the field that tells them: words by kind of change


@dataclass(frozen=True, slots=True)
class RequestType:
    """A formal request."""

    intent: str  # label in the taxonomy
    title: str
    recognise: tuple[str, ...]  # words in the heading of its form
    form: str  # slug of the article that explains it
    declaration: str  # what the board member declares by signing
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec | None:
        """The field with this name, if the request has it."""
        return next((spec for spec in self.fields if spec.name == name), None)

    def kind(self, text: str) -> str:
        """The kind of change that an answer tells, "" when it tells none, or more than one."""
        words = normal(text)
        found = [kind for spec in self.fields for kind, known in spec.kinds.items() if any(normal(one) in words for one in known)]
        return found[0] if len(found) == 1 else ""

    def of_kind(self, kind: str) -> RequestType:
        """The request as this kind of change needs it: what only this kind needs is required too."""
        return replace(self, fields=tuple(replace(f, required=f.required or kind in f.required_for) for f in self.fields))


@dataclass(frozen=True, slots=True)
class Label:
    """What a label on a form stands for."""

    field: str  # field name, or role name for people
    part: str = ""  # one of PEOPLE_PARTS for people, "" otherwise


@dataclass(frozen=True, slots=True)
class Requests:
    """Everything of data/requests.yaml."""

    types: Mapping[str, RequestType]
    roles: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    shared_mailboxes: frozenset[str]
    free_mail: frozenset[str]
    disposable: frozenset[str]
    own_names: frozenset[str]  # names of the help desk itself, that no other sender should bear
    not_a_director: frozenset[str]
    withdrawn: tuple[str, ...]  # words that take a request back, without accents and punctuation

    def label(self, text: str, request: RequestType, section: str | None) -> Label | None:
        """What a label on a form means, or None when it is no label we know.

        `section` is the role the surrounding heading is about: below 'Gegevens bestuurder', 'Naam' is that person's.
        """
        wanted = normal(text)
        if not wanted or len(wanted) > 60:
            return None
        known = _labels(self, request, section)
        glued = _glued(text)
        if wanted in known or (len(glued) >= 8 and glued in known):
            return known[wanted] if wanted in known else known[glued]
        if len(wanted) < 6:
            return None
        best = process.extractOne(wanted, _of_like_length(self, request, section, wanted), scorer=fuzz.ratio, score_cutoff=ALIKE)
        return known[best[0]] if best and len(best[0]) >= 6 else None

    def section(self, text: str) -> str | None:
        """The role a heading is about ('Gegevens beoogde beheerder'), or None."""
        wanted = normal(re.sub(r"^\W*(?:[0-9]+|[a-z])[.)]\s+", "", fold(text)))
        for word in ("gegevens ", "personalia ", "informatie over ", "over "):
            wanted = wanted.removeprefix(word)
        return next((role for role, names in self.roles.items() if wanted in {normal(name) for name in names}), None)


def normal(text: str) -> str:
    """A label without case, accents, punctuation, remarks in brackets and small words."""
    plain = re.sub(r"\([^)]{0,200}\)|\[[^\]]{0,200}\]|\*", " ", fold(text).replace("_", " ").replace("voor- en ", "vooren"))
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", plain)
    return " ".join(word.replace("-", "") for word in words if word not in _SMALL)


def _glued(text: str) -> str:
    """A label without its spaces, which OCR loses, and with its small words."""
    return "".join(re.findall(r"[a-z0-9]+", fold(text)))


def _labels(requests: Requests, request: RequestType, section: str | None) -> dict[str, Label]:
    return _label_table(requests, request.intent, section)


def _of_like_length(requests: Requests, request: RequestType, section: str | None, wanted: str) -> list[str]:
    """The labels whose length lets them be alike enough; a page of a hostile file asks for thousands."""
    key = (id(requests), request.intent, section)
    if key not in _LENGTHS:
        _LENGTHS[key] = defaultdict(list)
        for label in _labels(requests, request, section):
            _LENGTHS[key][len(label)].append(label)
    least = ALIKE / (200 - ALIKE)  # of two texts with this ratio the shorter is at least so much of the longer
    lengths = range(int(len(wanted) * least), int(len(wanted) / least) + 2)
    return [label for length in lengths for label in _LENGTHS[key].get(length, ())]


_LENGTHS: dict[tuple[int, str, str | None], defaultdict[int, list[str]]] = {}
_TABLES: dict[tuple[int, str, str | None], dict[str, Label]] = {}


def _label_table(requests: Requests, intent: str, section: str | None) -> dict[str, Label]:
    key = (id(requests), intent, section)
    if key not in _TABLES:
        _TABLES[key] = _build_table(requests, requests.types[intent], section)
    return _TABLES[key]


def _build_table(requests: Requests, request: RequestType, section: str | None) -> dict[str, Label]:
    table: dict[str, Label] = {}
    for role, names in requests.roles.items():
        for part, words in requests.parts.items():
            for word in words:
                for name in names:
                    for wording in (f"{word} {name}", f"{name} {word}"):
                        table.setdefault(normal(wording), Label(role, part))
                        table.setdefault(_glued(wording), Label(role, part))
        for name in names:
            table.setdefault(normal(name), Label(role, "naam"))
    for spec in request.fields:
        for wording in (*spec.labels, spec.title, spec.name):
            label = Label(spec.role, "naam") if spec.role else Label(spec.name)
            if spec.name == "email_beheerder":
                label = Label("beoogde_beheerder", "email")
            table[normal(wording)] = label
            table.setdefault(_glued(wording), label)
    if section:
        for part, words in requests.parts.items():
            for word in words:
                table[normal(word)] = Label(section, part)
    return table


@closed
class _Field(TypedDict):
    """A field as written; one that is `like` that of another request needs no more than its name."""

    name: str
    like: NotRequired[str]
    title: NotRequired[str]
    required: NotRequired[bool]
    check: NotRequired[str]
    ask: NotRequired[str]
    labels: NotRequired[list[str]]
    role: NotRequired[str]
    by_agent: NotRequired[bool]
    required_for: NotRequired[list[str]]
    kinds: NotRequired[dict[str, list[str]]]


@closed
class _Request(TypedDict):
    title: str
    recognise: list[str]
    form: str
    declaration: str
    fields: list[_Field]


@closed
class _Requests(TypedDict):
    roles: dict[str, list[str]]
    parts: dict[str, list[str]]
    shared_mailboxes: list[str]
    free_mail: list[str]
    disposable: list[str]
    own_names: list[str]
    withdrawn: list[str]
    not_a_director: list[str]
    requests: dict[str, _Request]


@from_data
def load_requests(folder: Path) -> Requests:
    """Read data/requests.yaml. Raises DataFileError."""
    path = folder / "requests.yaml"
    content = read_data(path, _Requests)
    raw = content["requests"]
    types = {intent: _request(intent, raw, path) for intent in raw}
    return Requests(
        types=types,
        roles={role: tuple(names) for role, names in content["roles"].items()},
        parts={part: tuple(words) for part, words in content["parts"].items()},
        shared_mailboxes=frozenset(content["shared_mailboxes"]),
        free_mail=frozenset(content["free_mail"]),
        disposable=frozenset(content["disposable"]),
        own_names=frozenset(content["own_names"]),
        withdrawn=tuple(content["withdrawn"]),
        not_a_director=frozenset(normal(word) for word in content["not_a_director"]),
    )


_NEEDED = ("title", "required", "check", "ask", "labels")


def _request(intent: str, raw: Mapping[str, _Request], path: Path) -> RequestType:
    entry = raw[intent]
    fields = [_field(intent, number, raw, path) for number in range(len(entry["fields"]))]
    return RequestType(intent, entry["title"], tuple(entry["recognise"]), entry["form"], entry["declaration"], tuple(fields))


def _field(intent: str, number: int, raw: Mapping[str, _Request], path: Path) -> FieldSpec:
    written = raw[intent]["fields"][number]
    spec = written
    if like := written.get("like"):
        others = raw[like]["fields"] if like in raw else []
        spec = next((other for other in others if other["name"] == written["name"] and "like" not in other), written)
    if missing := [name for name in _NEEDED if name not in spec]:
        line = line_of(path, ("requests", intent, "fields", number))
        what = f"no field {written['name']!r} in {like!r} to be like" if like else f"{', '.join(missing)} is missing"
        raise DataFileError([f"{path.name}, line {line}: {intent} › {written['name']}: {what}."])
    kinds = {kind: tuple(words) for kind, words in spec.get("kinds", {}).items()}
    required_for = tuple(spec.get("required_for", ()))
    told: dict[str, Any] = {**spec, "labels": tuple(spec["labels"]), "kinds": kinds, "required_for": required_for}
    return FieldSpec(**told)
