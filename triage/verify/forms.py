"""The formal requests and their fields, from data/requests.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NotRequired

from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.organisation import read_organisation
from kb.search.language import fold
from kb.settings import from_data
from triage.verify.request_rules import check_rules

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
        "toepassing",
        "nvt",
        "of",
        "die",
        "in",
        "te",
        "vullen",
    ]
)
_SMALL_IN_LABELS = _SMALL | frozenset(
    [
        "is",
        "wordt",
        "worden",
        "zijn",
        "met",
        "door",
        "aan",
        "op",
        "onze",
        "ons",
        "mijn",
        "jouw",
        "je",
        "jullie",
        "deze",
        "dit",
        "dat",
        "graag",
        "aub",
        "svp",
        "hier",
        "invullen",
        "vul",
        "verplicht",
        "optioneel",
        "nieuwe",
        "beoogd",
        "toekomstige",
        "volledig",
        "volledige",
        "juiste",
        "officiele",
        "statutaire",
        "zakelijk",
        "zakelijke",
        "werk",
        "persoonlijk",
        "persoonlijke",
        "eigen",
        "betreffende",
        "persoon",
        "degene",
        "iemand",
        "tekent",
        "ondertekent",
        "tekenen",
        "ondertekenen",
        "medewerker",
        "blokletters",
        "hoofdletters",
        "als",
        "cijfers",
        "tekens",
        "vier",
        "vijf",
        "twee",
        "letters",
        "nl",
        "bv",
        "account",
        "welke",
        "s",
        "v",
        "p",
        "a",
        "the",
        "of",
        "for",
        "your",
        "our",
        "and",
        "new",
        "full",
        "intended",
    ]
)
SMALL_IN_FUNCTIONS = frozenset(["van", "het", "de", "der", "den", "en", "bij", "voor", "te", "een", "of", "in", "op", "the"])
ALIKE = 90  # rapidfuzz ratio above which a label with a reading error still counts
PEOPLE_PARTS = ("voornaam", "voorletters", "tussenvoegsel", "achternaam", "naam", "functie", "email")


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a request."""

    name: str  # as in the contract, e.g. "brin"
    title: str  # what people read
    required: bool  # the request can't be complete without it
    check: str  # function in triage.verify.checks.checks
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
    blank: str  # file in data/forms to fill in by hand, "" when there is none
    declaration: str  # what the board member declares by signing
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec | None:
        """The field with this name, if the request has it."""
        return next((spec for spec in self.fields if spec.name == name), None)

    @property
    def tells_change(self) -> bool:
        """Whether it tells that schools change: its form asks which kind of change."""
        return any(spec.kinds for spec in self.fields)

    def kind(self, text: str) -> str:
        """The kind of change that an answer tells, "" when it tells none, or more than one."""
        words = normal(text)
        found = [kind for spec in self.fields for kind, known in spec.kinds.items() if any(normal(one) in words for one in known)]
        return found[0] if len(found) == 1 else ""

    def of_kind(self, kind: str) -> RequestType:
        """The request as this kind of change needs it: what only this kind needs is required too.

        Where nobody has to sign, nobody's authority is asked.
        """
        fields = tuple(replace(f, required=f.required or kind in f.required_for) for f in self.fields)
        unsigned = bool(kind) and not any(f.check == "signed_pdf" and f.required for f in fields)
        return replace(self, fields=tuple(f for f in fields if not (unsigned and f.check == "authority")))


@dataclass(frozen=True, slots=True, eq=False)  # read once for a data folder, so what follows from it is kept by its identity
class Requests:
    """Everything of data/requests.yaml."""

    types: Mapping[str, RequestType]
    roles: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    organisations: Mapping[str, tuple[str, ...]]  # words on labels for the board and the school
    codes: Mapping[str, tuple[str, ...]]  # words for codes, by the field they fill
    other_subjects: tuple[str, ...]  # whom and what forms ask about besides, and is not read
    turned: tuple[str, ...]  # words that turn 'beheerder' into one who goes, or another than is asked for
    other_parts: tuple[str, ...]  # what they ask of anybody, and is not read
    shared_mailboxes: frozenset[str]
    free_mail: frozenset[str]
    disposable: frozenset[str]
    own_names: frozenset[str]  # names of the help desk itself, that no other sender should bear
    board_functions: frozenset[tuple[str, ...]]  # in which a board can be bound, as words without small ones
    municipal_functions: frozenset[tuple[str, ...]]  # the same, where the municipality is the board
    beside_a_function: frozenset[str]  # words that may stand beside one and change nothing
    signs_for_another: tuple[str, ...]  # words that say that somebody signs for another, or was a board member once
    harmless_remarks: frozenset[str]  # words that may stand beside a name or an address
    not_a_person: frozenset[str]  # words in the name of a role or an organisation
    functions: frozenset[str]  # words that only occur in what somebody does, never in a name; small letters, no accents
    withdrawn: tuple[str, ...]  # words that take a request back, without accents and punctuation


@from_data
def load_small_words(folder: Path) -> frozenset[str]:
    """What may stand in a label besides the words that tell its meaning, the name of the organisation among them."""
    return _SMALL_IN_LABELS | frozenset(re.findall(r"[a-z0-9]+", fold(read_organisation(folder).name)))


def normal(text: str) -> str:
    """A label without case, accents, punctuation, remarks in brackets and small words."""
    plain = re.sub(r"\([^)]{0,200}\)|\[[^\]]{0,200}\]|\*", " ", fold(text).replace("_", " ").replace("voor- en ", "vooren"))
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", plain)
    return " ".join(word.replace("-", "") for word in words if word not in _SMALL)


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
    blank: NotRequired[str]
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
    organisations: dict[str, list[str]]
    codes: dict[str, list[str]]
    other_subjects: list[str]
    turned: list[str]
    other_parts: list[str]
    board_functions: list[str]
    municipal_functions: list[str]
    beside_a_function: list[str]
    signs_for_another: list[str]
    harmless_remarks: list[str]
    not_a_person: list[str]
    functions: list[str]
    requests: dict[str, _Request]


@from_data
def load_requests(folder: Path) -> Requests:
    """Read data/requests.yaml. Raises DataFileError."""
    path = folder / "requests.yaml"
    content = read_data(path, _Requests)
    check_rules(path, content)
    raw = content["requests"]
    types = {intent: _request(intent, raw, path) for intent in raw}
    return Requests(
        types=types,
        roles={role: tuple(names) for role, names in content["roles"].items()},
        parts={part: tuple(words) for part, words in content["parts"].items()},
        organisations={name: tuple(words) for name, words in content["organisations"].items()},
        codes={field: tuple(words) for field, words in content["codes"].items()},
        other_subjects=tuple(content["other_subjects"]),
        turned=tuple(content["turned"]),
        other_parts=tuple(content["other_parts"]),
        shared_mailboxes=frozenset(content["shared_mailboxes"]),
        free_mail=frozenset(content["free_mail"]),
        disposable=frozenset(content["disposable"]),
        own_names=frozenset(content["own_names"]),
        withdrawn=tuple(content["withdrawn"]),
        board_functions=frozenset(_function(words) for words in content["board_functions"]),
        municipal_functions=frozenset(_function(words) for words in content["municipal_functions"]),
        beside_a_function=frozenset(content["beside_a_function"]),
        signs_for_another=tuple(content["signs_for_another"]),
        harmless_remarks=frozenset(content["harmless_remarks"]),
        not_a_person=frozenset(content["not_a_person"]),
        functions=frozenset(content["functions"]),
    )


def _function(words: str) -> tuple[str, ...]:
    return tuple(word for word in re.findall(r"[a-z0-9]+", fold(words)) if word not in SMALL_IN_FUNCTIONS)


_NEEDED = ("title", "required", "check", "ask", "labels")


def _request(intent: str, raw: Mapping[str, _Request], path: Path) -> RequestType:
    entry = raw[intent]
    fields = [_field(intent, number, raw, path) for number in range(len(entry["fields"]))]
    recognise, blank = tuple(entry["recognise"]), entry.get("blank", "")
    return RequestType(intent, entry["title"], recognise, entry["form"], blank, entry["declaration"], tuple(fields))


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
