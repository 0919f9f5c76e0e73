"""Checks of people: full names, who may bind a board, and personal addresses."""

from __future__ import annotations

import re
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email

from kb.language import fold
from triage.verify.address_checks import check_address
from triage.verify.authority import remembered
from triage.verify.case import Case
from triage.verify.forms import FieldSpec
from triage.verify.functions import not_a_person, role_doubt
from triage.verify.model import Doubt, FieldCheck, Status
from triage.verify.people import INFIXES, alike, split_role

_LIKE_AN_ADDRESS = re.compile(r"@|[\w-]{3,}\.[a-z]{2,}\b", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r"[^\w\s.'’‘`´\-]|_")
_NAME = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]*)*\.?")


def check_person(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A person's full name: a first name or initials and a surname."""
    name = re.split(r"[,;(]| - | – ", raw)[0].strip()
    name = re.sub(r"^(?:dhr|mevr|mw|de heer|mevrouw|drs|dr|ir|mr|ing|prof)\.?\s+", "", name, flags=re.IGNORECASE)
    if missing := _missing_part(spec, raw, name, case):
        return FieldCheck(spec.name, raw, Status.INVALID, reason=f"De {missing} ontbreekt.")
    if "@" in name or any(char.isdigit() for char in name) or len(_NAME.findall(name)) < 2:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een voornaam en een achternaam zijn nodig.")
    if _NOT_IN_A_NAME.search(name):
        return FieldCheck(
            spec.name, name, Status.DOUBT, reason="In de naam staat een teken dat niet goed te lezen is. Kijk zelf."
        )
    if spec.role and (word := not_a_person(name, case.requests.not_a_person)):
        reason = f"‘{name}’ lijkt een functie of een organisatie (‘{word}’), geen persoon. Vraag wie het is."
        return FieldCheck(spec.name, name, Status.DOUBT, reason=reason, doubts=(Doubt("not_a_person", reason),))
    return FieldCheck(spec.name, name, Status.OK, reason="Voor- en achternaam zijn ingevuld.")


def _missing_part(spec: FieldSpec, raw: str, name: str, case: Case) -> str:
    """Which part of a name is not there: 'Sanne de' is a first name and the beginning of a surname."""
    parts = next((entry.evidence.parts for entry in case.found.get(spec.name) or () if entry.value == raw), {})
    if "naam" not in parts:
        for part, other in (("achternaam", "voornaam"), ("voornaam", "achternaam")):
            if other in parts and part not in parts:
                return part
    words = fold(name).split()
    return "achternaam" if words and words[-1] in INFIXES else ""


def check_director(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The board member in whose name is asked: a full name, a function of a board's members or none, and not the administrator."""
    checked = check_person(spec, raw, case)
    if checked.status is not Status.OK:
        return checked
    entry = next(iter(case.found.get(spec.name) or ()), None)
    role = (entry.evidence.parts.get("functie") if entry else None) or split_role(raw)[1]
    doubts = []
    if (reason := role_doubt(raw, role, case)) and remembered(case) is None:
        doubts.append(Doubt("signer_function", reason))
    if alike(case.first("beoogde_beheerder"), checked.value or ""):
        doubts.append(Doubt("same_person", "Bestuurder en beoogde beheerder lijken dezelfde persoon."))
    if doubts:
        return replace(checked, status=Status.DOUBT, reason=" ".join(one.reason for one in doubts), doubts=tuple(doubts))
    if not role:
        return replace(checked, reason="Voor- en achternaam zijn ingevuld; de functie staat er niet bij.")
    return checked


def check_personal_email(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A personal work address: valid (RFC 5321 and 5322, by email-validator), and of one person at the school or board."""
    try:
        address = validate_email(raw.strip(" <>;,."), check_deliverability=case.check_dns).normalized
    except EmailNotValidError:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen geldig e-mailadres.")
    return check_address(spec, address, case)


def check_contact(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """Whom the help desk may write to: a full name and a personal work address; the role may stand beside them."""
    address = next((word for word in re.split(r"[\s,;()<>]+", raw) if "@" in word), "")
    if not address:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Het e-mailadres van de contactpersoon ontbreekt.")
    rest = raw.replace(address, " ")
    if _LIKE_AN_ADDRESS.search(rest):
        return FieldCheck(
            spec.name, raw, Status.DOUBT, reason="Hier staat meer dan één adres. Vraag welk adres van de contactpersoon is."
        )
    name = rest.strip(" ,;()<>:-–|\t")
    person = check_person(spec, name, replace(case, found={}))
    checked = person if person.status is Status.INVALID else check_personal_email(spec, address, case)
    return replace(checked, value=raw, reason=checked.reason if checked.status is not Status.OK else "Naam en geldig adres.")
