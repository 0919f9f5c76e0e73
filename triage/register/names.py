"""Names as schools and boards write them, made comparable.

DUO itself abbreviates ('Stg. voor Prot. Chr. Prim. Onderw.'), so both sides are written out in full before they are
compared: accents and punctuation go, abbreviations and legal forms are expanded, small words are dropped.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rapidfuzz import fuzz

from kb.search.language import fold

# Abbreviations seen in DUO's lists of boards and schools.
_EXPANSIONS = {
    "stg": "stichting", "st": "stichting", "sticht": "stichting", "ver": "vereniging", "verenig": "vereniging", "veren": "vereniging",
    "openb": "openbaar", "openbare": "openbaar", "prim": "primair", "onderw": "onderwijs", "ond": "onderwijs", "onderwys": "onderwijs",
    "po": "primair onderwijs", "so": "speciaal onderwijs", "bo": "basisonderwijs", "sbo": "speciaal basisonderwijs",
    "bao": "basisonderwijs", "bso": "basisonderwijs", "vso": "voortgezet speciaal onderwijs", "basis": "basis",
    "prot": "protestants", "protest": "protestants", "chr": "christelijk", "christ": "christelijk", "christelyk": "christelijk",
    "pc": "protestants christelijk", "rk": "rooms katholiek", "kath": "katholiek", "katholieke": "katholiek",
    "christelijke": "christelijk", "protestantse": "protestants", "protestantschristelijk": "protestants christelijk",
    "bijz": "bijzonder", "bijzondere": "bijzonder", "geref": "gereformeerd", "gereformeerde": "gereformeerd", "herv": "hervormd",
    "hervormde": "hervormd", "interconf": "interconfessioneel", "gem": "gemeente", "eo": "en omstreken", "ca": "cum annexis",
    "speciale": "speciaal", "primaire": "primair", "basisonderwys": "basisonderwijs", "speciaale": "speciaal",
}  # fmt: skip
_SMALL = frozenset(
    [
        "de",
        "het",
        "een",
        "van",
        "voor",
        "in",
        "te",
        "en",
        "op",
        "ten",
        "ter",
        "der",
        "den",
        "aan",
        "bij",
        "tot",
        "of",
        "t",
        "s",
        "the",
    ]
)
# What schools put before or leave out of their name; it says what kind of school it is, not which one.
SCHOOL_KINDS = frozenset(
    [
        "obs",
        "cbs",
        "rkbs",
        "pcbs",
        "bs",
        "kbs",
        "gbs",
        "jbs",
        "sbo",
        "bbs",
        "dbs",
        "ikc",
        "kc",
        "icbs",
        "pc",
        "rk",
        "basisschool",
        "school",
        "schoolvereniging",
        "kindcentrum",
        "brede",
        "openbaar",
        "christelijk",
        "katholiek",
        "protestants",
        "rooms",
        "integraal",
        "samenwerkingsschool",
        "swbs",
        "bijzonder",
        "basisonderwijs",
        "montessorischool",
        "daltonschool",
        "jenaplanschool",
    ]
)


@dataclass(frozen=True, slots=True)
class NameLikeness:
    """How two names compare."""

    same: bool  # equal once written out in full
    score: float  # 0..1


def words_of(name: str) -> list[str]:
    """A name as comparable words: 'Stg. v. Openb. Prim. Onderw.' -> stichting openbaar primair onderwijs."""
    text = re.sub(r"\b(?:[a-z]\.){2,}", lambda m: m.group().replace(".", "") + " ", fold(name))
    text = re.sub(r"\b(?:p|r)\.?\s?-?\s?(?:c|k)\b\.?", lambda m: re.sub(r"[^a-z]", "", m.group()) + " ", text)
    text = re.sub(r"['’`\"“”„]", "", text)
    words = [word for word in re.split(r"[^a-z0-9]+", text) if word]
    expanded = " ".join(_EXPANSIONS.get(word, word) for word in words).split()
    return [word for word in expanded if word not in _SMALL and (len(word) > 1 or word.isdigit())]


def board_key(name: str) -> tuple[str, ...]:
    """What the name of a board comes down to: two names of one board have the same key. () for a name without words."""
    return tuple(sorted(words_of(name)))


def school_key(name: str) -> tuple[str, ...]:
    """The same for a school; its kind ('obs', 'basisschool') may be left out."""
    return tuple(_core(words_of(name)))


def compare_boards(name: str, registered: str) -> NameLikeness:
    """Compare the name of a board with a registered one."""
    left, right = words_of(name), words_of(registered)
    return NameLikeness(bool(left) and sorted(left) == sorted(right), _score(left, right))


def compare_schools(name: str, registered: str) -> NameLikeness:
    """Compare the name of a school with a registered one; the kind of school ('obs', 'basisschool') may be left out."""
    left, right = _core(words_of(name)), _core(words_of(registered))
    return NameLikeness(bool(left) and left == right, _score(left, right))


def compare_schools_at(name: str, registered: str, place: str) -> NameLikeness:
    """The same, where the name may carry the school's place: 'De Kluft, Den Helder', 'De Kluft te Den Helder (NH)'."""
    plain = compare_schools(name, registered)
    if plain.same:
        return plain
    words = re.findall(r"[a-z0-9]+", fold(name))
    for place_words in _written_places(place):
        size = len(place_words)
        for rest in (words[:-size], words[size:]):
            if len(words) > size and sorted(words) == sorted([*rest, *place_words]):
                while rest and rest[-1] in _BEFORE_A_PLACE:
                    rest = rest[:-1]
                found = compare_schools(" ".join(rest), registered)
                if found.same:
                    return found
    return plain


EVERYDAY_PLACES = {"gravenhage": ("den", "haag"), "hertogenbosch": ("den", "bosch")}  # how everybody calls them
_BEFORE_A_PLACE = frozenset(["te", "in", "locatie", "vestiging", "plaats", "gemeente", "uit"])


def _written_places(place: str) -> list[list[str]]:
    """How a place of the register may be written: "'S-GRAVENHAGE" as 's gravenhage', 'gravenhage' and 'den haag'."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"\bgem\b.*", "", fold(place)))
    ways = [words, words[1:] if words[:1] == ["s"] else []]
    ways += [list(EVERYDAY_PLACES[word]) for word in words if word in EVERYDAY_PLACES]
    return [way for way in ways if way]


def _core(words: list[str]) -> list[str]:
    return [word for word in words if word not in SCHOOL_KINDS] or words


def _score(left: list[str], right: list[str]) -> float:
    return max(fuzz.ratio(" ".join(left), " ".join(right)), fuzz.token_sort_ratio(" ".join(left), " ".join(right))) / 100
