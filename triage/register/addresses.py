"""What an address says about who uses it: one person of the staff, a pupil, a group, or nobody in particular.

The words stand in data/addresses.yaml. None of this is a sign of forgery: a person looks, or asks for another address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.search.language import fold
from kb.settings import from_data, own_or_shipped
from triage.register.domains import is_suffix, labels_below, web_domain

_SMALL = frozenset({"de", "het", "en", "van", "voor", "op", "der", "den"})
_ORDINARY = re.compile(r"[A-Za-z0-9._+'&-]+")
# A pupil's or employee's number: 's123456', '20261234'.
_NUMBERED = re.compile(r"[a-z]{0,2}[._-]?[0-9]{4,}|[0-9]+")
# A number of the staff bears letters, and not those of 'student' and 'leerling': 'ba1234'.
_STAFF_NUMBER = re.compile(r"(?!(?:s|st|l|ll)[0-9])[a-z]{1,2}[0-9]{4,}")


@dataclass(frozen=True, slots=True)
class AddressRules:
    """The words of data/addresses.yaml."""

    # Hosts where anybody gets a page or an address.
    open_hosts: frozenset[str]
    # Words in a subdomain that is for others than staff.
    not_staff: frozenset[str]
    # Words of a pupil's account.
    pupils: frozenset[str]
    # Words of accounts that a group, a class or a device uses.
    groups: frozenset[str]
    # Words of mailboxes that more than one person reads.
    roles: frozenset[str]

    def is_open(self, domain: str) -> bool:
        """Whether anybody gets a page or an address at a domain."""
        name = web_domain(domain)
        return name in self.open_hosts or domain.lower() in self.open_hosts or is_suffix(name)


@closed
class _PublicHosts(TypedDict):
    open_hosts: list[str]
    not_staff: list[str]
    pupils: list[str]
    groups: list[str]
    roles: list[str]


@from_data
def load_address_rules(folder: Path) -> AddressRules:
    """Read data/addresses.yaml. Raises DataFileError."""
    content = read_data(own_or_shipped(folder, "addresses.yaml"), _PublicHosts)
    return AddressRules(
        open_hosts=frozenset(content["open_hosts"]),
        not_staff=frozenset(content["not_staff"]),
        pupils=frozenset(content["pupils"]),
        groups=frozenset(content["groups"]),
        roles=frozenset(content["roles"]),
    )


def has_odd_letters(address: str) -> bool:
    """Whether a local part holds other signs than addresses of schools do: letters of other alphabets look like Latin ones."""
    return not _ORDINARY.fullmatch(address.rpartition("@")[0])


def is_not_for_staff(domain: str, rules: AddressRules) -> bool:
    """Whether a subdomain says that it is for pupils, parents or guests: 'leerling.school.nl'."""
    return any(word in rules.not_staff for label in labels_below(domain) for word in re.findall(r"[a-z]+", fold(label)))


def is_group_account(local: str, rules: AddressRules) -> bool:
    """Whether a local part is of a class, a group, a pupil with a number, or a device: 'groep7', 'leerling12', 's123456'."""
    words = _words(local)
    if _NUMBERED.fullmatch(fold(local)) or _all_of(words, rules.groups | rules.pupils):
        return True
    for place, word in enumerate(words):
        surname = place > 0 and len(words[place - 1]) == 1  # behind an initial: 'j.leerling', 'j.groep2'
        numbered = place + 1 < len(words) and words[place + 1].isdigit()
        if not surname and (word in rules.pupils or (word in rules.groups and numbered)):
            return True
    return False


def is_staff_number(local: str) -> bool:
    """Whether a local part may be an employee's number: no reason to doubt who sends, though it names nobody."""
    return _STAFF_NUMBER.fullmatch(fold(local)) is not None


def is_shared_account(local: str, rules: AddressRules, more: frozenset[str], own: frozenset[str]) -> bool:
    """Whether more than one person may read a mailbox: it is called after a role, a group, or the school itself.

    `more` are mailboxes known besides, `own` words of the names of the school and its board: 'info.dekluft', 'teamdekluft'.
    """
    words = _words(local)
    known = rules.groups | rules.pupils | rules.roles | more
    glued = "".join(words)
    bare = "".join(word for word in words if not word.isdigit())
    if glued in known or bare in known or bare in own or is_group_account(local, rules) or _all_of(words, known | own, known):
        return True
    ends = [bare.removeprefix(word) for word in known if len(word) > 2 and bare.startswith(word)]
    ends += [bare.removesuffix(word) for word in known if len(word) > 2 and bare.endswith(word)]
    return any(end in known or end in own for end in ends)


def _all_of(words: list[str], allowed: frozenset[str], needed: frozenset[str] | None = None) -> bool:
    """Whether every word is allowed, a number, small, or the letter behind a number ('klas', '3', 'b'), and one of them is needed."""
    for place, word in enumerate(words):
        letter = len(word) == 1 and place > 0 and words[place - 1].isdigit()
        if word not in allowed and word not in _SMALL and not word.isdigit() and not letter:
            return False
    return any(word in (needed or allowed) for word in words)


def _words(local: str) -> list[str]:
    """Words and numbers of a local part without its tag: 'groep7-b+basispoort' -> groep, 7, b."""
    return re.findall(r"[a-z]+|[0-9]+", fold(local.partition("+")[0] or local))
