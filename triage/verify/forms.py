"""The formal requests and their fields, from data/requests.yaml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from kb.language import fold
from kb.settings import from_data

_SMALL = frozenset(
    ["de", "het", "een", "van", "voor", "der", "den", "u", "uw", "zoals", "bij", "kvk", "en", "duo", "volgens", "evt", "eventueel", "eventuele", "indien", "toepassing", "nvt", "of", "die", "in", "te", "vullen"]
)
# What may stand in a label besides the words that tell its meaning.
SMALL_WORDS = _SMALL | frozenset(
    ["is", "wordt", "worden", "zijn", "met", "door", "aan", "op", "onze", "ons", "mijn", "jouw", "je", "jullie", "deze", "dit", "dat", "graag", "aub", "svp", "hier", "invullen", "vul", "verplicht", "optioneel", "nieuwe", "beoogd", "toekomstige", "volledig", "volledige", "juiste", "officiele", "statutaire", "zakelijk", "zakelijke", "werk", "persoonlijk", "persoonlijke", "eigen", "betreffende", "persoon", "degene", "iemand", "tekent", "ondertekent", "tekenen", "ondertekenen", "medewerker", "blokletters", "hoofdletters", "als", "cijfers", "tekens", "vier", "vijf", "twee", "letters", "nl", "bv", "basispoort", "account", "welke", "s", "v", "p", "a", "the", "of", "for", "your", "our", "and", "new", "full", "intended"]
)
ALIKE = 90  # rapidfuzz ratio above which a label with a reading error still counts
PEOPLE_PARTS = ("voornaam", "voorletters", "tussenvoegsel", "achternaam", "naam", "functie", "email")


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
class Requests:
    """Everything of data/requests.yaml."""

    types: Mapping[str, RequestType]
    roles: Mapping[str, tuple[str, ...]]
    parts: Mapping[str, tuple[str, ...]]
    organisations: Mapping[str, tuple[str, ...]]  # words on labels for the board and the school
    codes: Mapping[str, tuple[str, ...]]  # words for codes, by the field they fill
    other_subjects: tuple[str, ...]  # whom and what forms ask about besides, and is not read
    other_parts: tuple[str, ...]  # what they ask of anybody, and is not read
    shared_mailboxes: frozenset[str]
    free_mail: frozenset[str]
    disposable: frozenset[str]
    own_names: frozenset[str]  # names of the help desk itself, that no other sender should bear
    not_a_director: frozenset[str]
    functions: frozenset[str]  # words that only occur in what somebody does, never in a name; small letters, no accents
    withdrawn: tuple[str, ...]  # words that take a request back, without accents and punctuation


def normal(text: str) -> str:
    """A label without case, accents, punctuation, remarks in brackets and small words."""
    plain = re.sub(r"\([^)]*\)|\[[^\]]*\]|\*", " ", fold(text).replace("_", " ").replace("voor- en ", "vooren"))
    words = re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", plain)
    return " ".join(word.replace("-", "") for word in words if word not in _SMALL)


@from_data
def load_requests(folder: Path) -> Requests:
    """Read data/requests.yaml."""
    content = yaml.safe_load((folder / "requests.yaml").read_text(encoding="utf-8"))
    raw = content["requests"]
    types = {intent: _request(intent, entry, raw) for intent, entry in raw.items()}
    return Requests(
        types=types,
        roles={role: tuple(names) for role, names in content["roles"].items()},
        parts={part: tuple(words) for part, words in content["parts"].items()},
        organisations={name: tuple(words) for name, words in content["organisations"].items()},
        codes={field: tuple(words) for field, words in content["codes"].items()},
        other_subjects=tuple(content["other_subjects"]),
        other_parts=tuple(content["other_parts"]),
        shared_mailboxes=frozenset(content["shared_mailboxes"]),
        free_mail=frozenset(content["free_mail"]),
        disposable=frozenset(content["disposable"]),
        own_names=frozenset(content["own_names"]),
        withdrawn=tuple(content["withdrawn"]),
        not_a_director=frozenset(normal(word) for word in content["not_a_director"]),
        functions=frozenset(content["functions"]),
    )


def _request(intent: str, entry: Mapping[str, Any], raw: Mapping[str, Any]) -> RequestType:
    fields = []
    for spec in entry["fields"]:
        if like := spec.get("like"):
            spec = next(other for other in raw[like]["fields"] if other["name"] == spec["name"])
        kinds = {kind: tuple(words) for kind, words in spec.get("kinds", {}).items()}
        required_for = tuple(spec.get("required_for", ()))
        fields.append(FieldSpec(**{**spec, "labels": tuple(spec["labels"]), "kinds": kinds, "required_for": required_for}))
    return RequestType(intent, entry["title"], tuple(entry["recognise"]), entry["form"], entry["declaration"], tuple(fields))
