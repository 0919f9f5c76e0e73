"""Names of people in any order that Dutch people write them: 'Berg, van den, Marijke', 'de Wit, S. (Sanne)', 'M. van den Berg, voorzitter'.

A name comes out as it is spoken: given name or initials, tussenvoegsel, surname. Where the order is a guess, that is said.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from kb.search.language import fold

# 'Tussenvoegsels' of the municipal register (BRP, Landelijke Tabel 36), the words that occur as the last of one
from triage.verify.form.people import without_printed_choice

INFIXES = frozenset(
    ["van", "de", "der", "den", "het", "ter", "ten", "te", "tot", "op", "in", "von", "zu", "el", "al", "la", "le", "du", "da", "di", "dos", "del", "af", "aan", "bij", "onder", "over", "uit", "voor", "'t", "v", "d", "vd", "vder", "vden", "des", "van't", "vande", "vander", "vanden", "ver", "san"]
)  # fmt: skip
_TITLES = frozenset(
    [
        "dhr",
        "hr",
        "mevr",
        "mw",
        "mevrouw",
        "heer",
        "meneer",
        "juffrouw",
        "drs",
        "dr",
        "ir",
        "mr",
        "ing",
        "prof",
        "mrs",
        "ms",
        "miss",
        "ds",
    ]
)
_DEGREES = frozenset(["MSc", "BSc", "MA", "BA", "MBA", "MEd", "BEd", "LLM", "PhD", "EMBA", "MPM", "RA", "RC"])
_INITIALS = re.compile(r"(?:[^\W\d_]{1,2}\.\s?)+[^\W\d_]?\.?|[A-Z](?:\s?[A-Z]){0,3}")
_GIVEN = r"[^\W\d_a-z][^\W\d_]+(?:[ -][^\W\d_a-z][^\W\d_]+)?"
_SEVERAL = re.compile(r"\s(?:en|and|of|or)\s|[&/+\n]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's name as it is spoken, and what stood beside it."""

    text: str  # "Marijke van den Berg"
    remark: str = ""  # a function or another word behind the name
    clear: bool = True  # False: more than one name, or parts whose order can't be known

    @property
    def words(self) -> list[str]:
        """The words of the name that are no tussenvoegsel."""
        return [word for word in self.text.split() if not is_infix(word)]


def is_infix(word: str) -> bool:
    """Whether a word is (part of) a tussenvoegsel: 'van', 'V.D.', '’t'."""
    plain = fold(word).replace("’", "'").replace("‘", "'").strip(".,")
    return plain.replace(".", "").replace("/", "") in INFIXES or plain in INFIXES


def read_name(raw: str, functions: Collection[str]) -> PersonName:
    """Put a name in the order in which it is spoken. `functions` are words that only occur in the description of a function."""
    text = _named_in_brackets(" ".join(without_printed_choice(raw).replace("\n", " / ").split()))
    brackets = [inside.strip() for inside in re.findall(r"\(([^)]*)\)?", text)]
    text = re.sub(r"\s+[-–]\s+(?=[^,;]+,)", "-", re.sub(r"\([^)]*\)?", " ", text))  # 'Ploeg - Smit, Lotte': a double surname
    text, *behind = re.split(r"\s+[-–—|]\s+|;", text)
    segments = [_without_titles(segment) for segment in text.split(",")]
    segments = [segment for segment in segments if segment]
    remarks = [segment for segment in segments[1:] if _is_remark(segment, segments[0], functions)]
    names = [segment for segment in segments if segment not in remarks]
    remark = ", ".join(filter(None, [*remarks, *(words.strip() for words in behind), *brackets]))
    if not names:
        return PersonName("", remark)
    spoken = _spoken(names)
    if spoken is None:
        return PersonName(" ".join(", ".join(names).split()), remark, clear=False)
    found, more = spoken
    given = next((inside for inside in brackets if re.fullmatch(_GIVEN, inside) and not _has_function(inside, functions)), "")
    if given and (with_given := _with_given(found, given)):
        found, remark = with_given, remark.replace(given, "").strip(" ,")
    surname = any(re.match(r"[^\W\d_a-z]", words.strip()) and not _has_function(words, functions) for words in behind)
    return PersonName(found, remark or more, clear=not surname and _SEVERAL.search(f" {found} ") is None)


def _named_in_brackets(text: str) -> str:
    """'S. (Sanne) de Wit' and 'Sanne (S.) de Wit' -> 'Sanne de Wit'."""
    text = re.sub(rf"(?<!\w)(?:[A-Z][a-z]?\.\s?)+\s*\(({_GIVEN})\)", r"\1", text)
    return re.sub(r"\((?:[A-Z][a-z]?\.\s?)+\)|[\"“”„][^\"“”„]*[\"“”]", " ", text)


def _without_titles(segment: str) -> str:
    words = segment.split()
    if [fold(word) for word in words[:2]] == ["de", "heer"]:
        words = words[1:]
    while words and fold(words[0]).strip(".") in _TITLES:
        words = words[1:]
    while words and words[-1].replace(".", "") in _DEGREES and len(words) > 2:
        words = words[:-1]
    return "" if len(words) == 1 and words[0].replace(".", "") in _DEGREES else " ".join(words)


def _has_function(text: str, functions: Collection[str]) -> bool:
    return any(word in functions for word in re.findall(r"[a-z]+", fold(text)))


def _is_remark(segment: str, first: str, functions: Collection[str]) -> bool:
    """What stands behind a comma and is no part of the name: a function, or words in lower case behind a name in capitals."""
    words = segment.split()
    if all(is_infix(word) for word in words):
        return False
    lower = all(word[0].islower() for word in words if word[0].isalpha() and not is_infix(word))
    capital = any(word[0].isupper() for word in first.split())
    return _has_function(segment, functions) or (lower and capital) or any(char.isdigit() for char in segment)


def _spoken(names: list[str]) -> tuple[str, str] | None:
    """The segments between commas as one spoken name, and what is left over; None when their order is not known."""
    if len(names) == 1:
        return _capitals_first(names[0]), ""
    infixes = [name for name in names[1:] if all(is_infix(word) for word in name.split())]
    rest = [name for name in names[1:] if name not in infixes]
    surname = names[0]
    if len(rest) != 1 or len(infixes) > 1:
        return None
    given = rest[0]
    own = [word for word in surname.split() if not is_infix(word)]
    if is_infix(given.split()[0]) and not is_infix(given.split()[-1]) and len(own) == 1 and not infixes:
        return f"{surname} {given}", ""  # 'Marijke, van den Berg'
    if len(own) > 1 and not infixes and not is_infix(given.split()[-1]) and not _INITIALS.fullmatch(given):
        return surname, given  # 'Jan Jansen, Teamleider': a whole name, and something else
    given, trailing = _split_trailing_infix(given)
    front, leading = _split_trailing_infix(surname)  # 'Berg van den, Marijke'
    return " ".join(filter(None, [given, trailing, *infixes, leading, front])), ""


def _split_trailing_infix(words: str) -> tuple[str, str]:
    found = words.split()
    end = len(found)
    while end > 1 and is_infix(found[end - 1]):
        end -= 1
    return " ".join(found[:end]), " ".join(found[end:])


def _capitals_first(name: str) -> str:
    """'VAN DEN BERG Marijke' -> 'Marijke VAN DEN BERG'."""
    words = name.split()
    end = 0
    while end < len(words) and words[end].isupper() and len(words[end]) > 1 and "." not in words[end]:
        end += 1
    infix = any(is_infix(word) for word in words[: max(end - 1, 0)])
    return " ".join(words[end:] + words[:end]) if infix and 0 < end < len(words) and not is_infix(words[end]) else name


def _with_given(name: str, given: str) -> str:
    """The name with the given name of its brackets in place of initials, or before a lone surname; "" when it has a given name."""
    words = name.split()
    start = 0
    while start < len(words) and re.fullmatch(r"(?:[^\W\d_]{1,2}\.)+[^\W\d_]?\.?|[A-Z]{1,2}", words[start]):
        start += 1
    rest = words[start:]
    lone = [word for word in rest if not is_infix(word)]
    return " ".join([given, *rest]) if rest and (start or len(lone) == 1) else ""
