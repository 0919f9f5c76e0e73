"""Checks of what changes: schools that merge, close or split, another board, another name.

Rules: data/requests.yaml. DUO has the last word: the help desk follows its register, so a change that the register does not show yet is
for a person. What a school or board was before is known from earlier editions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from kb.settings import organisation
from triage.register.codes import BOARD_NUMBER, BRIN_IN_TEXT, brins_in
from triage.register.names import SCHOOL_KINDS, compare_boards, school_key, words_of
from triage.register.school import School
from triage.verify.case import Case, no_register
from triage.verify.forms import FieldSpec
from triage.verify.model import FieldCheck, Status

OTHER_BOARD, OTHER_NAME, OTHER_BOARD_NAME = "ander-bestuur", "naam-school", "naam-bestuur"
NO_BRIN = "Dit is geen BRIN: die heeft twee cijfers en twee letters."
NO_KIND = "Eerst moet duidelijk zijn welke wijziging dit is."
NO_SCHOOL = "Zonder geldige BRIN is niet te zien om welke school het gaat."
_WORST_FIRST = (Status.DIFFERS, Status.DOUBT, Status.OK)
_BETWEEN_NAMES = frozenset(
    ["samen", "met", "wordt", "gaat", "naar", "scholen", "locatie", "vestiging", "hoofdvestiging", "hoofdlocatie", "brin", "plus"]
)


def check_old_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The BRINs that go or change: in the register, or in an earlier edition, and of the board that asks."""
    return _every_brin(spec, raw, case, going=True)


def check_new_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The BRIN to go on under: not one that goes, in the register, and of the board that asks."""
    new, old = brins_in(raw), brins_in(case.first("brin_oud"))
    if set(new) & set(old) or set(_schools_of(new, case)) & set(_schools_of(old, case)):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="De oude en de nieuwe BRIN zijn gelijk.")
    checked = _every_brin(spec, raw, case, going=False)
    if checked.status is Status.OK and len(new) > 1 and case.kind != "splitsing":
        return replace(checked, status=Status.DOUBT, reason="Hier staat meer dan één nieuwe BRIN. Vraag welke het wordt.")
    return checked


def _every_brin(spec: FieldSpec, raw: str, case: Case, *, going: bool) -> FieldCheck:
    codes = brins_in(raw)
    if not codes:
        return FieldCheck(spec.name, raw, Status.INVALID, reason=NO_BRIN)
    value = ", ".join(brin + (location or "") for brin, location in codes)
    if case.register.empty:
        return no_register(spec, value)
    found = [_one_brin(brin, location, case, going=going) for brin, location in codes]
    worst = min((status for status, _ in found), key=_WORST_FIRST.index)
    if worst is Status.OK and (besides := _besides(_without_brins(raw), _schools_of(codes, case), case)):
        reason = f"Naast de BRIN staat hier nog: {besides}. Vraag of er een BRIN ontbreekt."
        return FieldCheck(spec.name, value, Status.DOUBT, reason=reason)
    return FieldCheck(spec.name, value, worst, reason=" ".join(reason for status, reason in found if status is worst))


def _one_brin(brin: str, location: str | None, case: Case, *, going: bool) -> tuple[Status, str]:
    code = brin + (location or "")
    now = case.register.school(brin, location)
    former = next(iter(case.register.history.schools(brin, location)), None)
    school = now or (former.school if former else None)
    if school is None:
        counted = case.register.counted.get(brin)
        if counted is None and going and case.register.counted:
            return Status.DIFFERS, f"BRIN {code} staat niet in het register, en DUO heeft deze school nooit geteld."
        known = f"Volgens DUO {counted.words}." if counted else "De school kan speciaal, gesloten of heel nieuw zijn."
        return Status.DOUBT, f"BRIN {code} staat niet in het register van basisscholen. {known} Controleer het bij DUO."
    if case.board_number and school.board_number != case.board_number:
        said = f"BRIN {code} ({school.name}) hoort bij bestuur {school.board_number}, niet bij bestuur {case.board_number}."
        part = case.board_number in {one.board_number for one in _schools(case)}
        return (Status.DOUBT, f"{said} Vraag of ook dat bestuur tekent.") if part else (Status.DIFFERS, said)
    if now is not None:
        return Status.OK, f"{code} staat in het register: {now.name}, {now.place}."
    assert former is not None
    gone = f"{code} ({school.name}) stond tot en met de editie van {former.until:%m-%Y} in het register en nu niet meer."
    return (Status.OK, gone) if going and case.kind != "splitsing" else (Status.DOUBT, gone)


def _schools(case: Case) -> list[School]:
    """The schools that a merger is about, as the register has or had them."""
    return _schools_of([*brins_in(case.first("brin_oud")), *brins_in(case.first("brin_nieuw"))], case)


def _schools_of(codes: Sequence[tuple[str, str | None]], case: Case) -> list[School]:
    found = []
    for brin, location in codes:
        former = case.register.history.schools(brin, location)
        school = case.register.school(brin, location) or (former[0].school if former else None)
        found += [school] if school else []
    return found


def check_school_names(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The names of all schools of a merger, as the register has them; and no school without its BRIN."""
    if case.register.empty:
        return no_register(spec, raw)
    schools = _schools(case)
    if not schools:
        return FieldCheck(spec.name, raw, Status.DOUBT, reason=NO_SCHOOL)
    expected = ", ".join(dict.fromkeys(f"{school.brin}: {school.name}" for school in schools))
    words = words_of(raw)
    absent = [school for school in schools if not any(_stands_in(name, words) for name in _names_of(school, case))]
    if absent:
        status = Status.DIFFERS if len(absent) == len(schools) else Status.DOUBT
        return FieldCheck(spec.name, raw, status, expected=expected, reason=f"Volgens het register gaat het om {expected}.")
    if besides := _besides(_without_brins(raw), schools, case):
        reason = f"Hier staat meer dan de scholen van deze BRIN-nummers ({besides}). Vraag of er een BRIN ontbreekt."
        return FieldCheck(spec.name, raw, Status.DOUBT, expected=expected, reason=reason)
    return FieldCheck(spec.name, raw, Status.OK, reason="Zo staan de namen in het register.")


def _names_of(school: School, case: Case) -> list[str]:
    return [school.name, *(one.school.name for one in case.register.history.schools(school.brin, school.location))]


def _besides(text: str, schools: Sequence[School], case: Case) -> str:
    """The words of a text that belong to none of these schools, "" when there are none."""
    known = {word for school in schools for name in (*_names_of(school, case), school.place) for word in words_of(name)}
    return " ".join(word for word in words_of(text) if word not in known | SCHOOL_KINDS | _BETWEEN_NAMES)


def _without_brins(text: str) -> str:
    return BRIN_IN_TEXT.sub(" ", text)


def _stands_in(name: str, words: Sequence[str]) -> bool:
    """Whether the words of a school's name stand together; the kind of school may be left out."""
    core = [word for word in words if word not in SCHOOL_KINDS] or list(words)
    key = list(school_key(name))
    return bool(key) and any(core[start : start + len(key)] == key for start in range(len(core)))


def check_old_board(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The board of before: that of the school now, or until the register followed the change."""
    number = _number(raw)
    if not BOARD_NUMBER.fullmatch(number):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een bestuursnummer heeft precies vijf cijfers.")
    if case.register.empty:
        return no_register(spec, number)
    school = case.school
    if school is None:
        return FieldCheck(spec.name, number, Status.DOUBT, reason=NO_SCHOOL)
    if number == school.board_number:
        return FieldCheck(spec.name, number, Status.OK, reason=f"Volgens het register hoort {school.brin} bij dit bestuur.")
    former = next(
        (one for one in case.register.history.schools(school.brin, school.location) if one.school.board_number == number), None
    )
    if case.kind == OTHER_BOARD and former and _number(case.first("bestuursnummer_nieuw")) == school.board_number:
        reason = f"{school.brin} hoorde tot en met de editie van {former.until:%m-%Y} bij dit bestuur."
        return FieldCheck(spec.name, number, Status.OK, reason=reason)
    reason = f"Volgens het register hoort {school.brin} ({school.name}) bij bestuur {school.board_number}."
    return FieldCheck(spec.name, number, Status.DIFFERS, expected=school.board_number, reason=reason)


def check_new_board(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The board to come: another one, and ok only when the register has the school there already."""
    number = _number(raw)
    if not BOARD_NUMBER.fullmatch(number):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een bestuursnummer heeft precies vijf cijfers.")
    if number == _number(case.first("bestuursnummer_oud")):
        return FieldCheck(spec.name, number, Status.INVALID, reason="Het oude en het nieuwe bestuursnummer zijn gelijk.")
    if case.register.empty:
        return no_register(spec, number)
    school = case.school
    if school is None:
        return FieldCheck(spec.name, number, Status.DOUBT, reason=NO_SCHOOL)
    if number == school.board_number:
        return FieldCheck(spec.name, number, Status.OK, reason=f"Het register heeft {school.brin} al bij dit bestuur.")
    known = "" if case.register.knows_board(number) else f"Bestuur {number} staat niet in het register. "
    reason = f"{known}Volgens het register hoort {school.brin} nog bij bestuur {school.board_number}. De wijziging moet eerst bij DUO staan."
    return FieldCheck(spec.name, number, Status.DOUBT, reason=reason)


def check_old_name(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The name of before: as the register has it, or had it until it followed the change."""
    now, before, same = _names(case, "bestuursnummer_oud")
    if not now:
        return FieldCheck(spec.name, raw, Status.DOUBT, reason=NO_SCHOOL if case.kind else NO_KIND)
    if any(same(raw, name) for name in before):
        return FieldCheck(spec.name, raw, Status.OK, reason="Zo stond de naam in een eerdere editie van het register.")
    if same(raw, now):
        return FieldCheck(spec.name, raw, Status.OK, reason="Zo staat de naam in het register.")
    reason = f"In het register staat: {now}. Vraag of dit de oude naam is."
    return FieldCheck(spec.name, raw, Status.DOUBT, expected=now, reason=reason)


def check_new_name(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The name to come: ok only when the register has it already; the name in the account follows DUO."""
    now, _, same = _names(case, "bestuursnummer_nieuw")
    if not now:
        return FieldCheck(spec.name, raw, Status.DOUBT, reason=NO_SCHOOL if case.kind else NO_KIND)
    if words_of(raw) == words_of(case.first("naam_oud")):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="De oude en de nieuwe naam zijn gelijk.")
    if same(raw, now):
        return FieldCheck(spec.name, raw, Status.OK, reason="Zo staat de naam in het register.")
    reason = (
        f"In het register staat nog: {now}. De naam in {organisation().name} volgt DUO, dus de wijziging moet daar eerst staan."
    )
    return FieldCheck(spec.name, raw, Status.DOUBT, expected=now, reason=reason)


def _names(case: Case, number_field: str) -> tuple[str, Sequence[str], Callable[[str, str], bool]]:
    """The name that this kind of change is about, as the register has it ("" when it can't tell) and had it, and what 'the same' is."""
    school = case.school
    if case.kind == OTHER_NAME and school:
        former = case.register.history.schools(school.brin, school.location)
        return school.name, [one.school.name for one in former if one.school.name != school.name], _same_school
    number = _number(case.first(number_field)) if case.kind == OTHER_BOARD else school.board_number if school else ""
    board = case.register.board(number) if case.kind in (OTHER_BOARD, OTHER_BOARD_NAME) else None
    before = case.register.history.board_names(number) if case.kind == OTHER_BOARD_NAME else ()
    return board.name if board else "", before, _same_board


def _same_school(name: str, registered: str) -> bool:
    """With the kind of school: 'CBS De Wel' may become 'Kindcentrum De Wel'."""
    return words_of(name) == words_of(registered) != []


def _same_board(name: str, registered: str) -> bool:
    return compare_boards(name, registered).same


def _number(raw: str) -> str:
    return re.sub(r"[\s.]", "", raw)
