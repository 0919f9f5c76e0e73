"""Names of people: whether a certificate and a form can name the same person, and where a name ends and a function begins.

Dutch names: given names or initials, a 'tussenvoegsel' that is no surname by itself, one or two surnames; or the surname first and
commas between. A name can often be read in more ways than one; two texts fit when some reading of one fits some reading of the other.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kb.search.language import fold

# 'Tussenvoegsels' of the municipal register (BRP, Landelijke Tabel 36), the words that occur in one
INFIXES = frozenset(
    [
        "van",
        "de",
        "der",
        "den",
        "het",
        "ter",
        "ten",
        "te",
        "tot",
        "op",
        "in",
        "von",
        "zu",
        "el",
        "al",
        "la",
        "le",
        "du",
        "da",
        "di",
        "dos",
        "del",
        "af",
        "aan",
        "bij",
        "onder",
        "over",
        "uit",
        "voor",
        "'t",
        "'s",
        "t",
        "s",
        "vom",
        "zum",
        "zur",
        "des",
        "do",
        "das",
        "della",
        "dello",
        "lo",
        "les",
        "las",
        "los",
        "ben",
        "bin",
        "ibn",
    ]
)
_SHORT_INFIXES = {
    "v": ("van",),
    "d": ("de", "den", "der"),
    "vd": ("vande", "vanden", "vander"),
    "vdn": ("vanden",),
    "vdr": ("vander",),
}
_TITLES_BEFORE = frozenset(
    [
        "dhr",
        "mevr",
        "mw",
        "mevrouw",
        "heer",
        "hr",
        "drs",
        "dr",
        "ir",
        "mr",
        "ing",
        "prof",
        "ds",
        "bc",
        "jhr",
        "jkvr",
        "jonkheer",
        "jonkvrouw",
    ]
)
_TITLES_BEHIND = frozenset(
    ["bsc", "msc", "mba", "llm", "llb", "phd", "bed", "med", "mme", "mphil", "ra", "rc", "ma", "ba", "mpa", "mpm", "emba", "bba"]
)
# What Unicode does not take apart, and the German way to write an umlaut
_SHORT = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "þ": "th"})
_LONG = str.maketrans({"ø": "oe", "å": "aa", "ä": "ae", "ö": "oe", "ü": "ue"})
_SEGMENTS = re.compile(r"[,;|]| - | – | — | / ")
_ADDRESSED = r"(?:de\s+heer|heer|dhr|hr|mevrouw|mevr|mw)\.?"
_CHOICE = re.compile(rf"^\s*{_ADDRESSED}\s*(?:/|\bof\b)\s*{_ADDRESSED}(?=[\s:])[\s:]*", re.IGNORECASE)
_CALLED = re.compile(r"\(\s*([^\W\d_]+)\s*\)(?=\s*[^\W\d_])")  # 'M.J. (Marijke) van den Berg'
_DOUBLE = re.compile(rf"(?<=[^\W\d_])-(?=(?:{'|'.join([*INFIXES, *_SHORT_INFIXES])})\b[ .])")  # 'Jansen-de Wit'
_MAX_LETTERS, _MAX_SURNAMES = 100, 3
OTHER_GIVEN = "de voornamen of voorletters zijn verschillend"
OTHER_SURNAME = "de achternamen zijn verschillend"
PART_OF_SURNAME = "de achternamen zijn maar voor een deel gelijk"
NO_NAME = "niet in beide is een voornaam en achternaam te lezen"


@dataclass(frozen=True, slots=True)
class Name:
    """One way to read a person's name, in plain small letters and without titles."""

    given: tuple[str, ...]  # names, and initials with their dot
    surnames: tuple[frozenset[str], ...]  # of each the ways to write it in one word, with the tussenvoegsel before it

    @property
    def full(self) -> tuple[str, ...]:
        """The given names that are written out; a hyphenated one counts as one name."""
        return tuple(word.replace("-", "") for word in self.given if not word.endswith("."))

    @property
    def steps(self) -> tuple[str, ...]:
        """Every given name and initial, hyphenated ones apart."""
        return tuple(part for word in self.given for part in word.split("-"))


def difference(signer: str, named: str) -> str:
    """Dutch: why two names can't be taken for one person's, "" when they can.

    Given names must agree where both are written out, initials where they are not. Part of a double surname is not enough.
    """
    found = {_difference(one, other) for one, other in itertools.product(readings(signer), readings(named))}
    order = ("", OTHER_GIVEN, PART_OF_SURNAME, OTHER_SURNAME)
    return next((reason for reason in order if reason in found), NO_NAME)


def same_person(signer: str, named: str) -> bool:
    """Whether a certificate's name and a name on a form can be of one person."""
    return not difference(signer, named)


def alike(one: str, other: str) -> bool:
    """Whether two names may be one person's, perhaps misspelt: a surname in common, and the same first letter."""
    return any(
        left.given[0][0] == right.given[0][0] and any(a & b for a in left.surnames for b in right.surnames)
        for left, right in itertools.product(readings(one), readings(other))
    )


def split_role(raw: str) -> tuple[str, str]:
    """A name and what stands behind it: 'Marijke van den Berg, bestuurder' and 'Berg, van den, Marijke (bestuurder)' alike."""
    called = _CALLED.search(raw)
    text = raw.replace(called.group(), f"\0{called.group(1)}\0") if called else raw
    pieces = re.split(r"([,;(]| - | – | — )", text)
    for end in range(1, len(pieces) + 1, 2):
        name = "".join(pieces[:end])
        if readings(name):
            role = "".join(pieces[end + 1 :])
            return (raw[: len(name)] if called else name).strip(), role.replace("\0", "").strip(" )")
    return raw.strip(), ""


def without_printed_choice(text: str) -> str:
    """A name without the forms of address that a form prints to choose from: 'Dhr./mevr. Marijke van den Berg'."""
    return _CHOICE.sub("", text)


def readings(text: str) -> list[Name]:
    """The ways to read a text as a person's full name; [] when it is none, or has letters of another alphabet."""
    text = (
        unicodedata.normalize("NFKC", without_printed_choice(text[:_MAX_LETTERS]))[:_MAX_LETTERS]
        .replace("\0", " ")
        .replace("’", "'")
        .replace("‘", "'")
    )
    called = _CALLED.search(text)
    plain = re.sub(r"\([^)]*\)?", " ", text)
    orders = _orders(plain) + ([f"{called.group(1)} {text[called.end() :]}"] if called else [])
    return [name for order in orders for spelled in _spellings(order) for name in _in_order(spelled)]


def _orders(text: str) -> list[str]:
    parts = [part.strip() for part in _SEGMENTS.split(text) if part.strip()]
    if not parts:
        return []
    first, *rest = parts
    swapped = [f"{rest[0]} {first}"] if rest else []  # 'Berg, Marijke van den'
    if len(rest) > 1:
        swapped.append(f"{rest[1]} {rest[0]} {first}")  # 'Berg, van den, Marijke'
        swapped.append(f"{rest[0]} {rest[1]} {first}")  # 'Berg, Marijke, van den'
    return [first, *swapped]


def _spellings(text: str) -> list[str]:
    small = "".join(char.lower() if char in "ØÆŒÅŁĐÐÞÄÖÜ" else char for char in text)
    return list(dict.fromkeys((small.translate(_SHORT), small.translate(_LONG).translate(_SHORT))))


def _in_order(text: str) -> Iterator[Name]:
    """The readings of a name that begins with what is given."""
    words = _words(text)
    if any(not re.fullmatch(r"[a-z'.\-|]+", fold(word)) for word in words):
        return
    shouting = text.upper() == text
    starts = [place for place in range(1, len(words)) if _is_infix(words[place], shouting)]
    if not words or _is_infix(words[0], shouting=True):
        return
    first_infix = min(starts, default=len(words) - 1)
    for start in range(1, first_infix + 1):
        if start < first_infix and not starts and "|" not in words:
            continue  # without a tussenvoegsel the last word is the surname
        given = tuple(part for word in words[:start] for part in _given(word, shouting))
        surnames = tuple(_surnames(words[start:], shouting))
        if given and "|" not in words[: start + 1] and 0 < len(surnames) <= _MAX_SURNAMES:
            yield Name(given, surnames)


def _words(text: str) -> list[str]:
    """The words of a name without titles, numbers and addresses; '|' between the two halves of a double surname."""
    text = re.sub(r"\b([vV])\s?/\s?([dD])\b", r"\1.\2.", text)
    text = re.sub(r"(?<=[^\W\d_]\.)(?=[^\W\d_])", " ", text)
    text = _DOUBLE.sub(" | ", text)
    words = [word.strip('-"“”„') for word in text.split() if not re.search(r"[\d@]", word)]
    words = [word for word in words if word == "|" or re.search(r"[^\W\d_]", word)]
    while words and (_bare(words[0]) in _TITLES_BEFORE or [_bare(word) for word in words[:2]] == ["de", "heer"]):
        words = words[2:] if _bare(words[0]) == "de" else words[1:]
    while len(words) > 2 and _bare(words[-1]) in _TITLES_BEHIND and not words[-1].islower():
        words = words[:-1]
    return words


def _bare(word: str) -> str:
    return re.sub(r"[^a-z]", "", fold(word))


def _is_infix(word: str, shouting: bool) -> bool:
    plain = fold(word)
    if plain in INFIXES:
        return True
    return plain.rstrip(".") in _SHORT_INFIXES and (word.islower() or (shouting and len(plain.rstrip(".")) > 1))


def _given(word: str, shouting: bool) -> list[str]:
    plain = fold(word)
    if word.endswith(".") or len(plain) == 1:
        return [f"{plain.rstrip('.')}."]
    if word.isupper() and len(word) <= 3 and not shouting and word.isalpha():
        return [f"{letter}." for letter in plain]
    return [plain]


def _surnames(words: Sequence[str], shouting: bool) -> Iterator[frozenset[str]]:
    before: list[tuple[str, ...]] = []
    for word in words:
        plain = fold(word)
        if word == "|":
            continue
        if _is_infix(word, shouting):
            bare = plain.replace("'", "").rstrip(".")
            before.append((bare,) if plain in INFIXES else _SHORT_INFIXES[bare])
            continue
        first, *others = (re.sub(r"[^a-z]", "", part) for part in plain.split("-"))
        yield frozenset("".join(parts) + first for parts in itertools.product(*before))
        yield from (frozenset([other]) for other in others if other)
        before = []


def _difference(left: Name, right: Name) -> str:
    if not _same_surnames(left.surnames, right.surnames):
        return PART_OF_SURNAME if any(a & b for a in left.surnames for b in right.surnames) else OTHER_SURNAME
    return "" if _same_given(left, right) else OTHER_GIVEN


def _same_surnames(left: Sequence[frozenset[str]], right: Sequence[frozenset[str]]) -> bool:
    """The same surnames, in whatever order: 'Jansen-de Wit' and 'de Wit-Jansen'; written as one word or two."""
    glued = [set(map("".join, itertools.product(*names))) for names in (left, right)]
    if glued[0] & glued[1]:
        return True
    return len(left) == len(right) and any(
        all(a & b for a, b in zip(left, order, strict=True)) for order in itertools.permutations(right)
    )


def _same_given(left: Name, right: Name) -> bool:
    if left.full and right.full:
        if "".join(left.full) == "".join(right.full):  # 'Anne-Marie', 'Anne Marie' and 'Annemarie'
            return True
        if not set(left.full) & set(right.full):
            return False
        return left.given[0] != right.given[0] or _agree(left.steps, right.steps)
    return _agree(left.steps, right.steps)


def _agree(left: Sequence[str], right: Sequence[str]) -> bool:
    """Whether names and initials agree as far as both go: 'm.' and 'm. j.' with 'marijke johanna', but not with 'marijke anna'."""
    pairs = list(zip(left, right, strict=False))
    return all(_begins(a, b) or _begins(b, a) or a == b for a, b in pairs)


def _begins(initial: str, name: str) -> bool:
    return initial.endswith(".") and name.startswith(initial.rstrip("."))
