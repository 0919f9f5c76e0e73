"""What a label on a form means: by the wordings in data/requests.yaml, and otherwise by the words it is made of.

'Wat is het e-mailadres van de nieuwe ICT-coördinator?' is about a person (the administrator) and a part (the address). A label with
a word that nobody here knows means nothing: it is better not read than read for something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType

from rapidfuzz import fuzz

from kb.search.language import fold
from triage.verify.forms import ALIKE, Requests, RequestType, load_small_words, normal

BOARD, SCHOOL = "bestuur", "school"
DIRECTOR, ADMINISTRATOR = "bestuurder", "beoogde_beheerder"
TURNED = "-beheerder"  # an administrator who goes, or another one than is asked for
OTHER = "-"  # something that forms ask and this program does not read
LONGEST = 110  # letters of a label
_NUMBERED = re.compile(r"^\W*(?:(?:vraag|stap)\s+)?(?:[0-9]{1,2}(?:\.[0-9]{1,2})*\s*[.):\-]|[a-z][.)])\s+(?=\W*[a-z])")
_LEAD_IN = re.compile(
    r"^(?:wat (?:is|zijn|wordt)|wie (?:is|wordt|tekent als)|hoe (?:heet|luidt)|welke?|geef|vermeld|noteer|vul (?:hier )?in|vul hier|graag|please enter|what is|who is)\b"
)
_OR = re.compile(r"\s*/\s*|\s+(?:of|ofwel|oftewel|dan wel|c\.?q\.?|or|resp\.?|en/of)\s+|\s*=\s*")
_AND = re.compile(r"\s*[/+&,]\s*|\s+(?:en|and|met)\s+")
_NR = re.compile(r"(?<=[a-z]{3})(?:nr|num)\b\.?")  # 'bestuursnr.'
_SIGNED = re.compile(r"\b(?:onder|ge)teken|\bhandtekening|\bakkoord\b")  # of headings above who signs
_ACCOUNT = re.compile(r"\b(?:account|toegang|rechten)\b")
_DASH = re.compile(r"\s+[-–—]\s+|\s*,\s+|\s*;\s+")


@dataclass(frozen=True, slots=True)
class Label:
    """What a label on a form stands for."""

    field: str  # field name, or role name for people; "" when only the heading above it tells whose part it is; OTHER
    part: str = ""  # one of PEOPLE_PARTS for people, or NUMBER; "" otherwise
    also: tuple[Label, ...] = ()  # what else stands in the same value: 'Naam en e-mailadres'

    @property
    def is_other(self) -> bool:
        """Whether it asks for something that is not read."""
        return self.field == OTHER


IGNORED = Label(OTHER)  # about somebody or something else
TWO_PEOPLE = Label(OTHER, "people")
ALSO_ASKED = Label(OTHER, "part")  # of whoever the labels around it are about: 'Telefoon'
NUMBER = "nummer"
FOLDERS = 4  # data folders of which the wordings are kept: an installation has one


class LabelReader:
    """Understands the labels and headings of one request's forms."""

    def __init__(self, requests: Requests, request: RequestType) -> None:
        self._request = request
        self._wordings = _wordings(requests, request)
        self._longest = [wording for wording in self._wordings if len(wording) >= 8]
        self._words = _vocabulary(requests)
        self._turned = re.compile(rf"\b(?:{'|'.join(re.escape(fold(one)) for one in requests.turned)})\b")
        self.read = lru_cache(maxsize=4096)(self._read)
        self.read_exactly = lru_cache(maxsize=4096)(self._read_exactly)
        self.section = lru_cache(maxsize=4096)(self._section)

    def _read(self, text: str) -> Label | None:
        """What a label means, or None when it is no label we know."""
        found = self.read_exactly(text)
        return found or (self._misspelt(_bare(_cleaned(text))) if len(text) <= LONGEST else None)

    def _read_exactly(self, text: str) -> Label | None:
        """The same, with every word as it should be."""
        plain = _cleaned(text)
        if not plain or len(plain) > LONGEST:
            return None
        if "(" in plain and (whole := self._exact(re.sub(r"[()\[\]]", " ", plain))):
            return whole
        found = self._exact(_bare(plain)) or self._explained(text)
        if found and found.field in (ADMINISTRATOR, "") and self._turned.search(plain):  # 'Naam beheerder (gaat weg)'
            return IGNORED
        return found

    def _exact(self, text: str) -> Label | None:
        if not (text := text.strip()):
            return None
        wanted, glued = normal(text), _glued(text)
        if wanted in self._wordings:
            return self._wordings[wanted]
        if len(glued) >= 8 and glued in self._wordings:
            return self._wordings[glued]
        return self._together(text) or self._composed(_split(text)) or self._alternatives(text)

    def _together(self, text: str) -> Label | None:
        """'School en BRIN', 'Bestuur / bestuursnummer': a name and its code in one value."""
        parts = [self._wordings.get(normal(part)) or self._composed(_split(part)) for part in _AND.split(text)]
        found = [part for part in parts if part is not None]
        fields = [part.field for part in found]
        if (
            len(found) != 2
            or len(parts) != 2
            or sorted(fields) not in (["brin", "naam_school"], ["bestuursnummer", "naam_bestuur"])
        ):
            return None
        first, second = sorted(found, key=lambda part: not part.field.startswith("naam"))
        return Label(first.field, "", (second,))

    def _alternatives(self, text: str) -> Label | None:
        """'BRIN / instellingscode': every part that is known means the same; 'Naam / functie bestuurder' means both."""
        parts = [part for part in _OR.split(text) if part.strip()]
        if len(parts) < 2 or len(parts) > 4:
            return None
        known = {self._wordings.get(normal(part)) or self._composed(_split(part)) for part in parts}
        whole = {label for label in known if label and label.field}
        halves = {label for label in known if label and not label.field}
        if len(whole) != 1 or None in known:
            return None
        (label,) = whole
        return label if not halves or halves <= {Label("", label.part)} else None

    def _explained(self, text: str) -> Label | None:
        """'BRIN – vier tekens', 'Naam bestuur, zoals bij KvK': a label and what it means. Behind a name no explanation is looked for."""
        head, *tail = _DASH.split(re.sub(r"\([^)]*\)?", " ", text), maxsplit=1)
        return self._exact(_cleaned(head)) if tail and head.strip() and is_explanation(tail[0]) else None

    def _misspelt(self, text: str) -> Label | None:
        wanted = normal(text)
        if len(wanted) < 8 or len(wanted) > 60:
            return None
        scores = {word: fuzz.ratio(wanted, word) for word in self._longest}
        found = {self._wordings[word] for word, score in scores.items() if score >= ALIKE}
        return found.pop() if len(found) == 1 else None

    def _composed(self, words: Sequence[str]) -> Label | None:
        tokens = self._tokens(words)
        if tokens is None:
            return None
        about = list(dict.fromkeys(name for kind, name in tokens if kind == "about"))
        parts = list(dict.fromkeys(name for kind, name in tokens if kind == "part"))
        if not about and not parts:
            return None
        if OTHER in about:
            return IGNORED
        if OTHER in parts:
            return IGNORED if about else ALSO_ASKED
        people = [name for name in about if name in (DIRECTOR, ADMINISTRATOR)]
        if len(people) > 1:
            return TWO_PEOPLE
        return _combined((people or about or [""])[0], parts)

    def _tokens(self, words: Sequence[str]) -> list[tuple[str, str]] | None:
        """The words as (kind, meaning), the longest phrases first; None when one of them is unknown."""
        found, at = [], 0
        while at < len(words):
            for size in range(min(5, len(words) - at), 0, -1):
                if token := self._words.get(tuple(words[at : at + size])):
                    found.append(token)
                    at += size
                    break
            else:
                if words[at] not in load_small_words():
                    return None
                at += 1
        return found

    def _section(self, text: str) -> str | None:
        """What a heading is about ('Gegevens beoogde beheerder'): BOARD, SCHOOL, a role or OTHER; None when it is no heading."""
        plain = re.sub(r"\([^)]*\)?", " ", _cleaned(text))
        if len(plain) > 70:
            return None
        words = [word for word in _split(plain) if word not in _IN_HEADINGS]
        tokens = self._tokens(words)
        if not tokens:
            return DIRECTOR if tokens == [] and _SIGNED.search(plain) else None
        if any(kind == "part" and name != OTHER for kind, name in tokens):
            return None
        about = [name for _, name in tokens]
        people = [name for name in about if name in (DIRECTOR, ADMINISTRATOR)]
        if self._turned.search(_cleaned(text)) and (people == [ADMINISTRATOR] or _ACCOUNT.search(plain)):
            return TURNED
        if OTHER in about or len(set(people)) > 1:
            return OTHER
        return DIRECTOR if set(about) == {BOARD} and _SIGNED.search(plain) else (people or about)[0]


def is_explanation(text: str) -> bool:
    """Whether words behind a dash or comma explain a label: no name begins with a small letter, and no code is without a digit."""
    words = [word for word in text.split() if word[0].isalpha()]
    small = bool(words) and words[0][0].islower() and not any(char.isdigit() or char == "@" for char in text)
    return (
        small
        and re.match(r"(?:van|de|der|den|het|ter|ten|in|op|mw|dhr|mevr|mevrouw|drs|dr|ir|mr|ing|prof|ds)\b", words[0]) is None
    )


def tells_how(text: str) -> bool:
    """Whether a line tells how to answer: 'zoals bij DUO bekend', 'vijf cijfers', 'geen info@ of directie@'."""
    words = _split(fold(text))
    return bool(words) and (words[0] in _HOW or all(word in load_small_words() for word in words))


def resolved(label: Label, section: str | None) -> Label:
    """A label with the sense that the heading above it gives to a bare 'Naam' or 'Nummer'."""
    if label.field:
        return label
    if section in (DIRECTOR, ADMINISTRATOR) and label.part != NUMBER:
        return Label(section, label.part, tuple(resolved(one, section) for one in label.also))
    own = {
        (BOARD, "naam"): Label("naam_bestuur"),
        (BOARD, NUMBER): Label("bestuursnummer"),
        (SCHOOL, "naam"): Label("naam_school"),
        (SCHOOL, NUMBER): Label("brin"),
    }
    return own.get((section or "", label.part), IGNORED) if not label.also else IGNORED


def _combined(about: str, parts: Sequence[str]) -> Label | None:
    """The label for a person or organisation and the parts that are asked of it."""
    if about in (DIRECTOR, ADMINISTRATOR, ""):
        return _of_person(about, parts)
    codes = [part for part in parts if part in ("brin", "bestuursnummer", "vestigingscode")]
    rest = [part for part in parts if part not in codes]
    number = {BOARD: "bestuursnummer", SCHOOL: "brin"}[about]
    fields = [f"naam_{about}"] if "naam" in rest or not parts else []
    fields += codes + ([number] if NUMBER in rest and number not in codes else [])
    if any(part not in ("naam", NUMBER) for part in rest) or not fields:
        return IGNORED
    return Label(fields[0], "", tuple(Label(field) for field in fields[1:]))


def _of_person(about: str, parts: Sequence[str]) -> Label | None:
    codes = [part for part in parts if part in ("brin", "bestuursnummer", "vestigingscode")]
    if codes:
        return Label(codes[0], "", tuple(Label(code) for code in codes[1:])) if codes == list(parts) and not about else IGNORED
    if NUMBER in parts and about:
        return IGNORED
    names = [part for part in parts if part not in ("email", "functie", NUMBER)]
    if len(names) > 1 or (
        names and "functie" in parts
    ):  # 'Voornaam en achternaam', 'Naam en functie': one name, with what follows it
        names = ["naam"]
    if not names and "functie" in parts:
        names = ["functie"]
    email = ["email"] if "email" in parts else []
    number = [NUMBER] if NUMBER in parts else []
    first, *more = (names + email + number) or ["naam"]
    return Label(about, first, tuple(Label(about, part) for part in more))


def _cleaned(text: str) -> str:
    plain = " ".join(fold(text.replace("_", " ")).replace("’", "'").split())
    plain = _NUMBERED.sub("", plain).strip(" :?.*…•·>-–—\t|☐□")
    return _LEAD_IN.sub("", _NR.sub("nummer", plain)).strip()


def _bare(plain: str) -> str:
    """A label without remarks in brackets."""
    return " ".join(re.sub(r"\([^)]*\)?|\[[^\]]*\]?|\*", " ", plain).split()).strip(" :?.-–—")


def _split(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.replace("'", ""))


def _glued(text: str) -> str:
    """A label without its spaces, which OCR loses, and with its small words."""
    return "".join(_split(fold(text)))


_HOW = frozenset(
    [
        "zoals",
        "bijvoorbeeld",
        "bijv",
        "bv",
        "geen",
        "niet",
        "wie",
        "welke",
        "vul",
        "let",
        "zie",
        "volgens",
        "alleen",
        "maximaal",
        "bestaat",
        "te",
    ]
)
_IN_HEADINGS = frozenset(
    [
        "gegevens",
        "personalia",
        "informatie",
        "over",
        "deel",
        "onderdeel",
        "blok",
        "sectie",
        "rubriek",
        "ondertekening",
        "ondertekend",
        "getekend",
        "handtekening",
        "akkoord",
        "door",
        "namens",
        "details",
        "algemeen",
        "algemene",
        "a",
        "b",
        "c",
        "d",
        "1",
        "2",
        "3",
        "4",
        "5",
    ]
)


def _wordings(requests: Requests, request: RequestType) -> dict[str, Label]:
    table = dict(_wordings_of_people(requests))
    for spec in request.fields:
        for wording in (*spec.labels, spec.title, spec.name):
            label = Label(spec.role, "naam") if spec.role else Label(spec.name)
            if spec.name == "email_beheerder":
                label = Label(ADMINISTRATOR, "email")
            table[normal(wording)] = label
            table.setdefault(_glued(wording), label)
    return table


@lru_cache(maxsize=FOLDERS)
def _wordings_of_people(requests: Requests) -> Mapping[str, Label]:
    """Every part of every person in both orders: thousands of wordings, the same for every request and form."""
    table: dict[str, Label] = {}
    for role, names in requests.roles.items():
        for part, words in requests.parts.items():
            for wording in (f"{one} {two}" for word in words for name in names for one, two in ((word, name), (name, word))):
                table.setdefault(normal(wording), Label(role, part))
                table.setdefault(_glued(wording), Label(role, part))
        for name in names:
            table.setdefault(normal(name), Label(role, "naam"))
    return MappingProxyType(table)


@lru_cache(maxsize=FOLDERS)
def _vocabulary(requests: Requests) -> Mapping[tuple[str, ...], tuple[str, str]]:
    """Phrases of label words: ("about", person or organisation) or ("part", what is asked of it)."""
    known: dict[tuple[str, ...], tuple[str, str]] = {}
    groups: list[tuple[str, Mapping[str, Sequence[str]]]] = [
        ("about", requests.roles), ("part", requests.parts), ("about", requests.organisations), ("part", requests.codes),
        ("about", {OTHER: (*requests.other_subjects, *requests.turned)}), ("part", {OTHER: requests.other_parts}),
    ]  # fmt: skip
    for kind, group in groups:
        for name, phrases in group.items():
            for phrase in phrases:
                known[tuple(_split(fold(phrase)))] = known[tuple(_split(_NR.sub("nummer", fold(phrase))))] = (kind, name)
    return MappingProxyType(known)
