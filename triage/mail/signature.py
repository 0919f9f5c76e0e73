"""The signature below a mail: a name with functions, schools, numbers and addresses below it."""

from __future__ import annotations

import re

from kb.insight.privacy import load_names
from kb.search.language import fold

MAX_LINES = 15  # of a signature at most
_PREFIXES = frozenset(["van", "de", "der", "den", "het", "ter", "ten", "te", "el", "al", "von"])
_CONTACT = re.compile(
    r"\S{1,80}@\S+|\b(?:https?://|www\.)\S+|\+?\(?\d[\d ()./-]{6,18}\d|\b[1-9]\d{3}\s?[A-Z]{2}\b(?:\s+[A-Z][\w'-]+)*|\b(?:postbus|p\.o\. box)\s\d+"
    r"|[\w .'-]{0,40}(?:straat|laan|plein|gracht|kade|singel|dreef|steeg|dijk|weg|hof|pad|markt|park)\s\d+\s?[a-z]?\b"
    r"|^(?:aanwezig|werkdagen|werkzaam|bereikbaar)\b.*",
    re.IGNORECASE,
)
_CONTACT_LABEL = re.compile(
    r"\b(?:t|m|e|f|w|i|tel|telefoon(?:nummer)?|phone|mobiel|mob|fax|e-?mail|mail|web(?:site)?|adres)\b|[\W_]", re.IGNORECASE
)
_FUNCTION = re.compile(
    r"(?:co[oö]rdinator|directeur|directrice|leerkracht|administratie|administrateur|medewerker|\bib'?er|\brt'?er|intern begeleider|schoolleider"
    r"|teamleider|beheerder|secretaresse|secretariaat|bestuurder|conciërge|onderwijsassistent|\bict'?er)\b"
    r"|^(?:obs|cbs|kbs|rkbs|pcbs|ods|ikc|sbo|basisschool|\w*school|stichting)\s",
    re.IGNORECASE,
)
_BRIN = re.compile(r"\b\d{2}[A-Z]{2}(?:\d{2})?\b")
_SENTENCE = re.compile(
    r"[?!:]|\.$|\b(?:is|ben|kan|kunnen|kun|wil|willen|heeft|hebben|heb|moet|moeten|wordt|worden|zijn|was|krijgt|krijgen|ziet|zien|gaat|gaan|staat|staan|niet|wij|ik)\b",
    re.IGNORECASE,
)


def without_signature(words: str) -> str:
    """Words without a last paragraph that is a name with functions, schools, numbers and addresses below it.

    A name after a line that ends in a colon was asked for, and a line of another kind (a BRIN, a group) is kept with all
    that stands beside it.
    """
    lines = words.split("\n")
    for first in range(len(lines) - 2, max(len(lines) - MAX_LINES, 0), -1):
        if lines[first + 1] and not belongs_to_a_signature(lines[first + 1]):
            return words
        if _is_name(lines[first]) and lines[first + 1] and not lines[first - 1]:
            above = "\n".join(lines[:first]).strip()
            return words if above.endswith(":") or _ends_in_a_person(above) else above
    return words


def _ends_in_a_person(words: str) -> bool:
    """Whether the last paragraph is a name with a function below it too: two of those are a list."""
    first, *more = words.rpartition("\n\n")[2].split("\n")
    return "\n\n" in words and bool(more) and _is_name(first) and all(map(belongs_to_a_signature, more))


def _is_name(line: str) -> bool:
    parts = re.sub(r"\(.{1,20}\)|,", " ", line).split()
    named = [part for part in parts if part not in _PREFIXES]
    capitals = all(re.match(r"[^\W\d_]", part) and part[0].isupper() and re.fullmatch(r"[\w'’.-]+", part) for part in named)
    return 0 < len(parts) <= 6 and capitals and (len(named) > 1 or fold("".join(named)) in load_names())


def belongs_to_a_signature(line: str) -> bool:
    """Whether a line is a telephone number, an address, a function or a school, and no sentence."""
    if len(line) > 100 or _BRIN.search(line):
        return False
    if not _CONTACT_LABEL.sub("", _CONTACT.sub("", line)):
        return True
    return len(line.split()) <= 8 and bool(_FUNCTION.search(line)) and not _SENTENCE.search(line)
