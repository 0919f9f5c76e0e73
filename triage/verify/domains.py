"""Mail and web domains: which one an address belongs to, and which one it imitates."""

from __future__ import annotations

import re
from functools import cache

from disposable_email_domains import blocklist
from publicsuffixlist import PublicSuffixList
from rapidfuzz.distance import OSA

from triage.verify.letters import latin


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


_CONFUSABLE = str.maketrans({"0": "o", "1": "l", "i": "l", "5": "s", "3": "e"})


def lookalike_of(domain: str, known: frozenset[str]) -> str | None:
    """The known domain that this one imitates, or None when it is that domain or resembles none.

    Imitations: letters that look alike (0 for o, rn for m), one or two other letters, hyphens, another ending.
    """
    registrable = readable(web_domain(domain))
    if not registrable or registrable in known:
        return None

    def skeleton(name: str) -> str:
        return latin(name.rpartition(".")[0]).translate(_CONFUSABLE).replace("rn", "m").replace("vv", "w").replace("-", "")

    for other in sorted(known):
        name, imitated = registrable.rpartition(".")[0], other.rpartition(".")[0]
        if skeleton(registrable) == skeleton(other):
            return other
        allowed = 1 if len(imitated) < 8 else 2
        if len(imitated) >= 5 and OSA.distance(name, imitated) <= allowed:
            return other
        if (len(imitated) >= 8 and imitated in name) or (len(imitated) >= 5 and imitated in name.split("-")):
            return other
    return None
