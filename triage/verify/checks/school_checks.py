"""Checks against the school register: codes, numbers and names (DUO, 'Instellingscode en vestigingscode')."""

from __future__ import annotations

import re

from triage.register.codes import BOARD_NUMBER, LOCATION, split_brin
from triage.register.names import compare_boards, compare_schools, compare_schools_at
from triage.verify.case import CLOSE, Case, no_register
from triage.verify.forms import FieldSpec
from triage.verify.model import FieldCheck, Status


def _not_in_register(spec: FieldSpec, brin: str, case: Case) -> FieldCheck:
    """A special school is for a person to judge; a closed one, or one DUO never counted, can't be right."""
    said = f"BRIN {brin} staat niet in het register van basisscholen."
    counted = case.register.counted.get(brin)
    if counted is None:
        guess = "DUO heeft deze school nooit geteld: waarschijnlijk een tikfout, of een heel nieuwe school."
        if not case.register.counted:
            guess = "Het kan een speciale of gesloten school zijn, of een tikfout."
        return FieldCheck(spec.name, brin, Status.DIFFERS, reason=f"{said} {guess}")
    reason = f"{said} Volgens DUO {counted.words}."
    if counted.closed or (case.board_number and case.board_number != counted.board_number):
        return FieldCheck(spec.name, brin, Status.DIFFERS, reason=reason)
    return FieldCheck(spec.name, brin, Status.DOUBT, reason=f"{reason} Controleer de gegevens bij DUO.")


def check_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A BRIN: its form, that it exists, and that it belongs to the board (DUO, 'Instellingscode en vestigingscode')."""
    brin, _ = split_brin(raw)
    if brin is None:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen BRIN: die heeft twee cijfers en twee letters.")
    if case.register.empty:
        return no_register(spec, brin)
    locations = case.register.locations(brin)
    if not locations:
        return _not_in_register(spec, brin, case)
    boards = {school.board_number for school in locations}
    if case.board_number and case.board_number not in boards and not _board_number_is_the_odd_one(case):
        number = next(iter(sorted(boards)))
        board = case.register.board(number)
        named = f"{number} ({board.name})" if board else number
        expected = ", ".join(
            school.brin for school in case.register.schools_named(case.first("naam_school"), case.board_number)[:3]
        )
        return FieldCheck(
            spec.name, brin, Status.DIFFERS, expected=expected or None,
            reason=f"BRIN {brin} is van {locations[0].name} en hoort bij bestuur {named}, niet bij bestuur {case.board_number}.",
        )  # fmt: skip
    return FieldCheck(spec.name, brin, Status.OK, reason=f"Staat in het register: {locations[0].name}, {locations[0].place}.")


def _board_number_is_the_odd_one(case: Case) -> bool:
    """Whether BRIN and school name agree and the board number fits nothing else: then the number is wrong, not the BRIN."""
    named = any(compare_schools(case.first("naam_school"), school.name).same for school in case.register.locations(case.brin))
    board = case.register.board(case.board_number)
    number_fits_name = board is not None and compare_boards(case.first("naam_bestuur"), board.name).score >= CLOSE
    return named and not number_fits_name


def check_board_number(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A board number: five digits, known, and the board of this BRIN."""
    number = re.sub(r"[\s.]", "", raw)
    if re.fullmatch(r"[0-9]{8}", number):
        return FieldCheck(
            spec.name, number, Status.INVALID, reason="Acht cijfers is een KvK-nummer; het bestuursnummer van DUO heeft er vijf."
        )
    if split_brin(raw)[0]:
        return FieldCheck(
            spec.name, raw, Status.INVALID, reason="Dit is een BRIN; het bestuursnummer van DUO heeft vijf cijfers."
        )
    if not BOARD_NUMBER.fullmatch(number):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een bestuursnummer heeft precies vijf cijfers.")
    if case.register.empty:
        return no_register(spec, number)
    boards = {school.board_number for school in case.register.locations(case.brin)}
    expected = ", ".join(sorted(boards)) or None
    if not case.register.knows_board(number):
        return FieldCheck(
            spec.name, number, Status.DIFFERS, expected=expected, reason=f"Bestuur {number} staat niet in het register."
        )
    if boards and number not in boards and _board_number_is_the_odd_one(case):
        return FieldCheck(
            spec.name, number, Status.DIFFERS, expected=expected,
            reason=f"Volgens het register hoort BRIN {case.brin} bij bestuur {expected}. Is de school net van bestuur gewisseld?",
        )  # fmt: skip
    return FieldCheck(spec.name, number, Status.OK, reason="Staat in het register.")


def check_board_name(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A board's name against the registered one; a name that fits several boards is doubtful, never ok."""
    if case.register.empty:
        return no_register(spec, raw)
    number = case.board_number or (case.school.board_number if case.school else "")
    board = case.register.board(number)
    if board is None:
        return FieldCheck(
            spec.name,
            raw,
            Status.DOUBT,
            reason=f"De naam van bestuur {number or 'met dit nummer'} staat niet in het register; controleer de naam bij DUO of KvK.",
        )
    written = _without_code(raw, number)
    likeness = compare_boards(written, board.name)
    others = [other for other in case.register.boards_named(written) if other.number != number]
    if likeness.same and not others:
        return FieldCheck(spec.name, raw, Status.OK, reason="Zo staat de naam in het register.")
    if likeness.same:
        return FieldCheck(
            spec.name, raw, Status.DOUBT, expected=board.name, reason=f"Deze naam past ook bij bestuur {others[0].number}."
        )
    if likeness.score >= CLOSE and not others:
        return FieldCheck(
            spec.name,
            raw,
            Status.DOUBT,
            expected=board.name,
            reason=f"Lijkt op de naam in het register, maar is niet gelijk: {board.name}.",
        )
    if not others:
        reason = f"In het register heet bestuur {number}: {board.name}. Kijk bij DUO of KvK of dit hetzelfde bestuur is."
        return FieldCheck(spec.name, raw, Status.DOUBT, expected=board.name, reason=reason)
    reason = f"In het register heet bestuur {number}: {board.name}. Zo heet wel bestuur {others[0].number}."
    return FieldCheck(spec.name, raw, Status.DIFFERS, expected=board.name, reason=reason)


def _without_code(name: str, code: str) -> str:
    """A name without the code that stands behind it, or what the form explained: 'De Kluft (13XF)', 'De Kluft (zoals bij DUO)'."""
    name = re.sub(r"\((?:zoals|volgens|conform|zie)\b[^)]*\)", " ", name, flags=re.IGNORECASE)
    return re.sub(rf"\(?\b{re.escape(code)}(?:\s?[0-9]{{2}})?\b\)?", " ", name, flags=re.IGNORECASE) if code else name


def check_school_name(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A school's name against the registered one of this BRIN; another name is a question, not a refusal."""
    if case.register.empty:
        return no_register(spec, raw)
    school = case.school
    if school is None:
        return FieldCheck(
            spec.name, raw, Status.DOUBT, reason="Zonder geldige BRIN is niet te zien welke school dit is; namen zijn niet uniek."
        )
    written = _without_code(raw, case.brin)
    schools = [school] if case.location else case.register.locations(case.brin)
    compared = (compare_schools_at(written, other.name, other.place) for other in schools)
    likeness = max(compared, key=lambda found: (found.same, found.score))
    if likeness.same:
        return FieldCheck(spec.name, raw, Status.OK, reason="Zo staat de naam in het register.")
    if case.board_number != school.board_number and (own := case.register.schools_named(raw, case.board_number or "-")):
        return FieldCheck(
            spec.name, raw, Status.OK, reason=f"Zo heet {own[0].brin} van bestuur {case.board_number}; de BRIN wijkt af."
        )
    if likeness.score >= CLOSE:
        return FieldCheck(
            spec.name,
            raw,
            Status.DOUBT,
            expected=school.name,
            reason=f"Lijkt op de naam in het register, maar is niet gelijk: {school.name}.",
        )
    return FieldCheck(
        spec.name,
        raw,
        Status.DIFFERS,
        expected=school.name,
        reason=f"In het register heet {case.brin}: {school.name}. Vraag of de BRIN klopt.",
    )


def check_location(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A location code: two digits, known under this BRIN, and not that of another one."""
    code = raw.strip().upper()
    brin, behind = split_brin(code)
    if brin and case.brin and brin != case.brin:
        reason = f"De locatiecode {code} hoort bij BRIN {brin}, maar het verzoek gaat over BRIN {case.brin}."
        return FieldCheck(spec.name, code, Status.DIFFERS, expected=case.brin, reason=reason)
    if brin and behind:
        code = behind
    code = code.zfill(2) if re.fullmatch(r"[0-9]", code) else code
    behind_brin = split_brin(case.first("brin"))[1]
    if behind_brin and LOCATION.fullmatch(code) and behind_brin != code:
        reason = f"Achter de BRIN staat vestiging {behind_brin}, maar als vestigingscode staat er {code}."
        return FieldCheck(spec.name, code, Status.DIFFERS, expected=behind_brin, reason=reason)
    if not LOCATION.fullmatch(code):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een vestigingscode heeft precies twee cijfers.")
    if case.register.empty:
        return no_register(spec, code)
    locations = case.register.locations(case.brin)
    if locations and code not in {school.location for school in locations}:
        known = ", ".join(school.location for school in locations)
        return FieldCheck(
            spec.name, code, Status.DIFFERS, expected=known, reason=f"BRIN {case.brin} heeft geen vestiging {code}; wel: {known}."
        )
    if not locations:
        return FieldCheck(spec.name, code, Status.DOUBT, reason="Zonder geldige BRIN is de vestiging niet te controleren.")
    return FieldCheck(spec.name, code, Status.OK, reason="Staat in het register.")
