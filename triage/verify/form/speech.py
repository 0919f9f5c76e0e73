"""What a sentence on a form says about the request: a denial, a purpose, a delay or a removal, or terms that speak in general.

A sentence is put together from the kinds of words of data/against.yaml; none of them speaks against a request by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from kb.search.language import fold
from triage.verify.form.against_words import Against, any_of, contains, near

CLAUSES = re.compile(r"[,;:()–—]|\bdat\b")
NEAR, FAR = 4, 6  # words that may stand between a denial and what it denies
SHORT = 9  # words: a sentence of terms is longer, a refusal on a line of its own is not
FEW = 3  # words that say no more than what kind of paper it is
TITLE = 8  # words of a title: it has no verb
FIRST = 4  # words in which a sentence tells what it is about
_MAY = ("gegevens", "kan", "kunnen")  # of terms about data, and about what an administrator can do
_OWN = ("toestemming", "gegevens", "persoonsgegevens", "consent", "data")
_THIS = (
    "deze gegevens",
    "deze mail",
    "dit bericht",
    "hierboven",
    "bovenstaande",
    "hieronder",
    "onderstaande",
    "hiernaast",
    "this",
    "above",
    "below",
)
_VERBS = ("kan", "kunt", "kunnen", "stuurt", "is", "zijn", "heeft", "hebben", "werkt", "was", "wordt", "worden")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, or a line that is none."""

    raw: str  # as it stands there
    words: str  # in small letters, without punctuation, names and ordinary phrases
    clauses: tuple[str, ...]  # the same, between commas and the like

    @property
    def length(self) -> int:
        """How many words it has."""
        return len(self.words.split())


def speaks_against_request(sentence: Sentence, people: Sequence[str], words: Against) -> bool:
    """Whether a sentence denies, limits or takes back the request or its administrator."""
    plain = sentence.words
    if _about_person(sentence, people, words) or (_takes(sentence, words) and not _of_rights(plain, words)):
        return True
    if is_general(plain, words) or _asks_reader(plain, words):
        return False
    return (
        _unreal(plain, words)
        or _limits(plain, words)
        or any(_denies(clause, plain, words) or _delays(clause, plain, words) for clause in sentence.clauses)
    )


def is_general(plain: str, words: Against) -> bool:
    """Whether a sentence is one of terms: a condition, what is missing, any form or person, or what the reader of a form may do."""
    if contains(plain, words.acknowledges):
        return contains(plain, words.persons) and contains(plain, (*words.modals, *words.passives, *words.conditions))
    if contains(plain, words.persons):
        return False
    if contains(plain, words.conditions) and not _denied_act_of_this(plain, words):
        return True
    if near(("zonder",), words.needed, plain, 1):
        return True
    return _of_any(plain, words)


def is_of_terms(plain: str, words: Against) -> bool:
    """Whether a sentence speaks in general, or of the reader's rights, and of nothing that stands on this form."""
    of_this = contains(plain, (*words.subjects, *_THIS))
    return not of_this and (is_general(plain, words) or _of_rights(plain, words))


def _of_rights(plain: str, words: Against) -> bool:
    """Whether it tells readers what they may do with consent and data of theirs, as privacy statements do."""
    return near(("uw", "je", "your"), _OWN, plain, 0) and not contains(plain, (*words.persons, *words.papers))


def _asks_reader(plain: str, words: Against) -> bool:
    """Whether it tells what whoever fills in a form may or must do, and not what the help desk must."""
    if contains(plain, (*words.persons, *words.petitions)) or _is_this(plain, words):
        return False
    return contains(plain, words.readers) and contains(plain, ("uw", *words.modals, *words.passives))


def _of_any(plain: str, words: Against) -> bool:
    """Whether it is about all forms or people of a kind: 'Aanvragen die …', 'Een directeur kan …'."""
    start = " ".join(plain.split()[: FIRST + 2])
    if re.match(r"(?:let op |nb |n b |ook )?(?:een|elke|iedere) ", plain) and contains(plain, (*words.modals, "is", "wordt")):
        return contains(plain, (*words.modals, *words.papers, "bevoegd", "tekenbevoegd"))
    some = re.search(
        r"\b(?:een|geen) (?:[a-z]+e )?(?:handtekening|formulier|aanvraag|scan|foto|kopie) (?:is|zijn|wordt)\b", plain
    )
    may = near(("een", "uw"), words.papers, plain, 1) and contains(plain, words.modals)
    return bool(some) or may or _plural(start, words)


def _plural(start: str, words: Against) -> bool:
    """Whether a sentence begins with what it says of many; 'aanvragen' is also what somebody does."""
    this = near(("dit", "deze"), words.papers, start, 0)
    desk = near(("wij", "we"), (*words.acts, "nemen", "kunnen"), start, 0)
    return contains(start, words.many) and not this and (desk or not re.match(r"(?:wij|we|dit|deze|graag|het bestuur) ", start))


def _is_this(plain: str, words: Against) -> bool:
    papers = tuple(word for word in words.papers if word != "formulier")
    return near(("dit", "deze", "this"), papers, plain, 0) and contains(plain, words.negations)


def _denied_act_of_this(plain: str, words: Against) -> bool:
    """Whether the reader is told what not to do with this request, whatever the condition."""
    return _is_this(plain, words) and re.match(r"(?:dit|deze) ", plain) is not None and not contains(plain, words.passives)


def is_about_paper(plain: str, words: Against) -> bool:
    """Whether a sentence is about this request, form or signature, and not about any."""
    found = re.finditer(rf"(?:\b([a-z]+) )?\b(?:{any_of(words.papers)})\b", plain)
    return any(match[1] not in words.any_paper for match in found)


def _speaker(plain: str, words: Against) -> bool:
    return contains(plain, (*words.signers, *words.persons))


def _denies(clause: str, plain: str, words: Against) -> bool:
    """Whether consent, the act that is asked, the truth of the paper or its author is denied."""

    def denied(what: tuple[str, ...]) -> bool:
        return near(words.negations, what, clause, NEAR) or near(what, words.negations, clause, FIRST)

    short = len(plain.split()) <= SHORT
    telegram = short or is_about_paper(plain, words) or _speaker(plain, words)
    if denied(words.consents) or denied(words.acts):
        return telegram
    if denied(words.genuine):
        return is_about_paper(plain, words)
    if denied(words.origins):
        return _speaker(plain, words) and (is_about_paper(plain, words) or contains(plain, ("dit", "deze", "hier", "hiervoor")))
    return denied(words.access) and not contains(plain, words.former)


def _unreal(plain: str, words: Against) -> bool:
    """Whether it says that the paper is an exercise, invented or a mistake."""
    about = is_about_paper(plain, words) or contains(plain, words.this_is) or len(plain.split()) <= FEW
    return about and contains(plain, words.unreal)


def _limits(plain: str, words: Against) -> bool:
    """Whether a signature counts for something else only, or on a condition of its own."""
    if contains(plain, words.provisos):
        return is_about_paper(plain, words) or _speaker(plain, words) or contains(plain, words.consents)
    if near(words.signs, ("voor", "ter"), plain, 1) and near(("voor", "ter"), words.receipts, plain, 0):
        return True
    if near(words.only, ("na",), plain, 2) and near(("na",), words.consents, plain, 2):
        return True
    if not near(words.only, words.purposes, plain, 2):
        return False
    return contains(plain, words.receipts) or (contains(plain, words.signs) and _paper_signed(plain))


def _paper_signed(plain: str) -> bool:
    return re.search(r"\b(?:handtekening|getekend|ondertekend|ondertekening|akkoord|paraaf)\b", plain) is not None


def _delays(clause: str, plain: str, words: Against) -> bool:
    """Whether the help desk must wait for something; that it handles requests after it has them all is a term."""
    if not contains(clause, words.delays):
        return False
    if contains(plain, words.passives) and not contains(plain, (*words.persons, "ons", *words.consents)):
        return False
    return contains(plain, (*words.acts, *words.consents)) or not contains(clause, ("pas", "nog niet"))


def _takes(sentence: Sentence, words: Against) -> bool:
    """Whether it asks to take an administrator, an account or this request away."""
    plain = sentence.words
    title = sentence.length <= TITLE and not contains(plain, _VERBS)
    if not title and not contains(plain, words.petitions):
        spared = (*words.former, *words.readers, *words.conditions, *_MAY)
        if contains(plain, spared):
            return False
    return any(
        near(verbs, what, clause, FAR) or near(what, verbs, clause, FAR)
        for clause in sentence.clauses
        for verbs, what in ((words.takes_away, words.taken_away), (words.takes_back, words.taken_back))
    )


def _about_person(sentence: Sentence, people: Sequence[str], words: Against) -> bool:
    """Whether the administrator's name stands in a sentence with words that speak against somebody."""
    return contains(sentence.words, words.leaving) and any(_names(person, sentence.raw) for person in people)


def _names(person: str, text: str) -> bool:
    surname = next((word for word in reversed(re.findall(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", person)) if len(word) > 2), "")
    return bool(surname) and _as_name(surname).search(fold(text)) is not None and surname in text


@cache
def _as_name(surname: str) -> re.Pattern[str]:
    """The name as a word of its own: the 'ICT' of 'ICT-coördinator' is nobody."""
    return re.compile(rf"(?<![\w-]){re.escape(fold(surname))}(?![\w-])")
