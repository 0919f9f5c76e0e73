"""Whom a draft greets: by name only when the name is certainly a person's.

A person's name begins with a given name of data/language/names.txt, or is initials and a family name of that list, and holds no word of
a school or department. When the sender's name is none, the name under the mail may be.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from kb.insight.privacy import load_given_names, load_names
from kb.search.language import fold
from triage.classify.intents import Intent
from triage.mail import Address
from triage.mail.read_mail import ReadMail
from triage.register.names import SCHOOL_KINDS
from triage.register.school import School

MOST_WORDS = 5  # of a name; longer is a name with a job or a school
_NO_PERSON = SCHOOL_KINDS | frozenset([
    "info", "noreply", "helpdesk", "support", "service", "team", "ict", "admin", "administratie", "directie", "secretariaat",
    "bestuur", "schoolbestuur", "stichting", "vereniging", "afdeling", "beheer", "groep", "groepsmail", "klas", "onderbouw",
    "middenbouw", "bovenbouw", "kleuters", "school", "college", "lyceum", "kindcentrum", "opvang", "uitgeverij", "bv", "namens", "familie",
    "ouder", "ouders", "moeder", "vader", "oma", "opa", "postbus", "contact", "office", "mail",
])  # fmt: skip
_TITLE = re.compile(r"^(juf|meester)\s+", re.IGNORECASE)
_INITIALS = re.compile(r"(?:[A-Z]\.?){1,4}")
_SIGN_OFF = re.compile(
    r"^(?:(?:met|with|alvast|veel)\s+)?(?:(?:vriendelijke?|hartelijke?|collegiale|kind|best|warm|dank en|bedankt en)\s+)*"
    r"(?:groet\w*|gr|mvg|m\.v\.g|mvrgr|hoogachtend|regards|wishes|thanks|bedankt)\b[\s.,!]*(?:van\s+)?",
    re.IGNORECASE,
)


def greeting(mail: ReadMail, intent: Intent, wording: Mapping[str, str], school: School | None = None) -> str:
    """How a mail is greeted; `school` is the school it comes from, when that is known: its name is nobody's."""
    name = _shown(mail.sender, school) or _signed(mail)
    if name:
        return wording["greeting_name"].format(name=name)
    return wording[intent.greeting]


def _shown(sender: Address, school: School | None) -> str:
    """The name beside the sender's address; "" for a mailbox or name of a school ('Anne Frank <info@annefrank.example>')."""
    name = person(sender.name)
    mailbox = re.split(r"[\d.@_-]", sender.address.lower(), maxsplit=1)[0]
    letters = fold(name).replace(" ", "")
    if mailbox in _NO_PERSON or letters in sender.domain.replace("-", ""):
        return ""
    return "" if school and fold(name) in fold(school.name) else name


def _signed(mail: ReadMail) -> str:
    """The name under the writer's own words, "" when there is none."""
    lines = (_SIGN_OFF.sub("", line.strip()) for line in mail.below.splitlines())
    return person(next(filter(None, lines), "").partition(",")[0])


def person(name: str) -> str:
    """A name as one would greet it ('Jansen, M. (Marieke)' is 'Marieke Jansen'), "" when it may not be a person's."""
    called = re.search(r"\(([^()]*)\)", name)
    plain = re.split(r"\s+[|/–—-]\s+", re.sub(r"\([^()]*\)", " ", name).strip("\"' "))[0]
    last, comma, first = (part.strip() for part in plain.partition(","))
    if comma:
        plain = f"{first} {last}"
    title = _TITLE.match(plain)
    words = plain[title.end() :].split() if title else plain.split()
    if called and words and _INITIALS.fullmatch(words[0]):
        words[0] = called[1].strip() or words[0]
    if not words or len(words) > MOST_WORDS or any(not word[0].isalpha() or _is_no_name(word) for word in words):
        return ""
    by_initials = len(words) > 1 and _INITIALS.fullmatch(words[0]) and fold(words[-1]) in load_names()
    if not by_initials and not _is_given(words[0]):
        return ""
    return f"{title[1].lower()} {' '.join(words)}" if title else " ".join(words)


def _is_given(word: str) -> bool:
    return fold(word).strip(".").partition("-")[0] in load_given_names()


def _is_no_name(word: str) -> bool:
    bare = fold(word).strip(".")
    return bare in _NO_PERSON or bare.endswith("school") or any(char.isdigit() or char in "@:" for char in bare)
