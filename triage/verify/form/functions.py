"""What somebody is called on a form: a function in which a board can be bound, another one, or no function of a person at all.

The words are in data/requests.yaml. A function says nothing about whether it is true; that is looked up apart (authority.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

from kb.search.language import fold
from triage.register.names import words_of
from triage.verify.case import Case
from triage.verify.form.people import INFIXES
from triage.verify.forms import SMALL_IN_FUNCTIONS

_BOARD = (
    r"(?:(?:het|de|ons|onze)\s+)?(?:(?:school)?bestuur|college van bestuur|bevoegd gezag|stichting|stg|vereniging|gemeente)\b"
)
_NOBODY = re.compile(r"^\s*[Nn]\.?\s?[Nn]\.?\s*$|(?<=\w)[\s,]+(?:c\.\s?s\.?|e\.\s?a\.?|cs)\s*$")  # 'Jansen, C.S.' has initials
_FORMER = re.compile(r"\b(?:oud|ex)\s?-\s?[a-z]+|\b(?:oud|ex)(?:bestuur|voorzitter|directeur|wethouder)[a-z]*")


def role_doubt(raw: str, role: str, case: Case) -> str:
    """Dutch: why somebody named like this can't be taken for a member of the board, "" when nothing speaks against it.

    `raw` is all that stands there, `role` the function in it; no function is no doubt.
    """
    if said := _for_another(f"{raw} {role}", case):
        return f"Hier staat ‘{said}’: dan tekent iemand voor een ander, of iemand die het was. Vraag wie er tekent."
    if role and not _is_on_behalf(role) and not is_board_function(role, case):
        return f"De functie is ‘{role}’; dat is meestal geen wettig bestuurder."
    return ""


def _is_on_behalf(role: str) -> bool:
    """Whether it says no more than that the board is spoken for."""
    return bool(re.match(rf"namens\s+{_BOARD}", fold(role).strip()))


def _for_another(text: str, case: Case) -> str:
    """The words that say that somebody signs for another, or was a board member once; 'namens het bestuur' does not."""
    plain = re.sub(rf"\bnamens\s+{_BOARD}", " ", fold(text))
    for board in boards_of(case):
        plain = re.sub(rf"\bnamens\s+(?:de\s+|het\s+)?{re.escape(fold(board))}", " ", plain)
    found = (re.search(rf"(?<![\w-]){re.escape(fold(words))}(?!\w)", plain) for words in case.requests.signs_for_another)
    match = next((one for one in found if one), None) or _FORMER.search(plain)
    return match.group() if match else ""


def is_board_function(role: str, case: Case) -> bool:
    """Whether a function is one or more of those of a board's members, with no more beside it than a remark or the board's name."""
    left = function_words(role)
    functions = case.requests.board_functions | (case.requests.municipal_functions if _municipal(case) else frozenset())
    found = False
    for length in range(max(map(len, functions), default=0), 0, -1):
        place = 0
        while place + length <= len(left):
            if tuple(left[place : place + length]) in functions:
                left[place : place + length], found = [], True
            else:
                place += 1
    school = case.school
    names = [*boards_of(case), *([school.name] if school else [])]
    about = {word for name in names for word in (*function_words(name), *words_of(name))}
    return found and all(word in about | case.requests.beside_a_function for word in left)


def function_words(text: str) -> list[str]:
    """The words of a function without small ones: 'Lid van het C.v.B.' -> lid, cvb; 'directeur/bestuurder' -> directeur, bestuurder."""
    joined = re.sub(r"\b(?:[a-z]\.)+[a-z]?(?![a-z])", lambda match: match.group().replace(".", "") + " ", fold(text))
    return [word for word in re.findall(r"[a-z0-9]+", joined) if word not in SMALL_IN_FUNCTIONS]


def not_a_person(name: str, words: Collection[str]) -> str:
    """The word in a name that says that it is a role or an organisation ('ICT beheer', 'Heutink ICT BV'), "" when there is none.

    Behind a tussenvoegsel it is a surname: 'Sanne van der Groep'. So do signs that stand for a name ('N.N.') or for more people ('c.s.').
    """
    if nobody := _NOBODY.search(name):
        return nobody.group().strip()
    joined = re.sub(r"\b(?:[a-z]\.){2,}|\b[bn]\. ?v\.?", lambda match: re.sub(r"\W", "", match.group()) + " ", fold(name))
    found = re.findall(r"[a-z0-9]+", joined)
    if re.search(r"\bIT\b", name) and name.upper() != name:
        return "IT"
    return next((word for place, word in enumerate(found) if word in words and not _is_surname(found, place)), "")


def _is_surname(words: Sequence[str], place: int) -> bool:
    return place > 1 and words[place - 1] in INFIXES


def boards_of(case: Case) -> list[str]:
    """The names of the board in whose name is signed: as the register has it, and as the form writes it."""
    registered = case.register.board(case.signing_board)
    return [name for name in (registered.name if registered else "", case.first("naam_bestuur")) if name]


def _municipal(case: Case) -> bool:
    words = {word for board in boards_of(case) for word in words_of(board)}
    return any(word.startswith(("gemeente", "burgemeester", "wethouder")) for word in words)
