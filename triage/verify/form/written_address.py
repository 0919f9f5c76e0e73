"""An e-mail address as people write it on a form: with a name, as a link, or with a remark."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.search.language import fold

_ADDRESS = re.compile(r"[^\s<>()\[\],;:\"“”„‘|]+@[^\s<>()\[\],;:\"“”„|]+")
_DOMAIN = re.compile(r"(?<![\w.])[\w-]{2,}(?:\.[\w-]+)*\.[a-z]{2,}\b", re.IGNORECASE)
# Words that take an address back or say that it is not in use (yet).
_AGAINST = frozenset(
    [
        "niet",
        "geen",
        "nog",
        "oud",
        "oude",
        "vervallen",
        "vervalt",
        "verlopen",
        "tijdelijk",
        "fout",
        "onjuist",
        "voorheen",
        "vroeger",
        "of",
        "volgt",
        "straks",
        "later",
        "wordt",
        "moet",
        "not",
        "old",
    ]
)
_BETWEEN = re.compile(r"[<(\[:;,|–-]\s*$")


@dataclass(frozen=True, slots=True)
class WrittenAddress:
    """What stands in a value that should be one address."""

    addresses: tuple[str, ...]  # as written, each once (case aside)
    before: str  # words in front: a name, or a remark
    after: str  # words behind
    broken: bool  # the words in front may be part of the address: 's dewit@school.nl'

    @property
    def contradicted(self) -> bool:
        """Whether the words beside the address speak against it, or name another domain."""
        beside = f"{self.before} {self.after}"
        return bool(_AGAINST & set(re.findall(r"[a-z]+", fold(beside)))) or _DOMAIN.search(beside) is not None


def read_address(raw: str) -> WrittenAddress:
    """Find the address in a value, and what stands beside it."""
    text = re.sub(r"\bmailto:\s*", " ", " ".join(raw.split()), flags=re.IGNORECASE)
    found = list(_ADDRESS.finditer(text))
    addresses: dict[str, str] = {}
    for match in found:
        address = match.group().strip(" .'’‘*_…")
        addresses.setdefault(address.casefold(), address)
    if not found:
        return WrittenAddress((), "", "", False)
    before, after = text[: found[0].start()], _ADDRESS.sub(" ", text[found[0].end() :])
    tied = before.strip() != "" and not _BETWEEN.search(before)
    words = before.split()
    is_name = len(words) > 1 and all(word[0].isupper() for word in (words[0], words[-1]))
    return WrittenAddress(tuple(addresses.values()), _bare(before), _bare(after), tied and not is_name)


def _bare(words: str) -> str:
    return " ".join(words.split()).strip(" <>()[]:;,.|–-\"'“”„‘’*_…")
