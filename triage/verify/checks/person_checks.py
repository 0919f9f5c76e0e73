"""Checks of people: full names, who may bind a board, and personal addresses."""

from __future__ import annotations

import re
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email

from kb.search.language import fold
from triage.verify.case import Case
from triage.verify.checks.address_checks import check_address
from triage.verify.checks.authority import remembered
from triage.verify.form.functions import boards_of, not_a_person, role_doubt
from triage.verify.form.people import alike, split_role
from triage.verify.form.person_names import is_infix, read_name
from triage.verify.form.written_address import WrittenAddress, read_address
from triage.verify.forms import SMALL_IN_FUNCTIONS, FieldSpec
from triage.verify.model import Doubt, FieldCheck, Status

_LIKE_AN_ADDRESS = re.compile(r"@|[\w-]{3,}\.[a-z]{2,}\b", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r"[^\w\s.'’‘`´\-]|_")
_NAME = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]*)*\.?")
_WORD = re.compile(r"[^\W\d_]{2}")
MAX_NAMES = 7  # given names and surnames of one person, without what stands between them


def check_person(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A person's full name, in whatever order it is written: a first name or initials and a surname."""
    read = read_name(raw, case.requests.functions)
    name = read.text
    if missing := _missing_part(spec, raw, name, case):
        return FieldCheck(spec.name, raw, Status.INVALID, reason=f"De {missing} ontbreekt.")
    if "@" in name or any(char.isdigit() for char in name) or not _NAME.search(name):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een voornaam en een achternaam zijn nodig.")
    if spec.role and (word := not_a_person(name, case.requests.not_a_person)):
        reason = f"‘{name}’ lijkt een functie of een organisatie (‘{word}’), geen persoon. Vraag wie het is."
        return FieldCheck(spec.name, name, Status.DOUBT, reason=reason, doubts=(Doubt("not_a_person", reason),))
    if len(_NAME.findall(" ".join(read.words))) < 2:
        return FieldCheck(spec.name, name, Status.DOUBT, reason=f"Er staat maar één naam: ‘{name}’. Vraag de achternaam.")
    if not _WORD.search(name):
        return FieldCheck(spec.name, name, Status.DOUBT, reason=f"Er staan alleen letters: ‘{name}’. Vraag de achternaam.")
    if not read.clear or _reads_as_words(name):
        return FieldCheck(spec.name, raw, Status.DOUBT, reason=f"‘{raw}’ is niet als één naam te lezen. Kijk zelf wie het is.")
    if _NOT_IN_A_NAME.search(name):
        return FieldCheck(
            spec.name, name, Status.DOUBT, reason="In de naam staat een teken dat niet goed te lezen is. Kijk zelf."
        )
    if spec.role == "beoogde_beheerder" and (remark := _unknown_remark(read.remark, name, case)):
        return FieldCheck(spec.name, name, Status.DOUBT, reason=f"Bij de naam staat nog: ‘{remark}’. Kijk zelf wat dat betekent.")
    return FieldCheck(spec.name, name, Status.OK, reason="Voor- en achternaam zijn ingevuld.")


def _unknown_remark(remark: str, name: str, case: Case) -> str:
    """What stands beside a name or address, "" when it is harmless: other names of the same person, a function, a place, 'privé'."""
    requests, own = case.requests, re.findall(r"[a-z]+", fold(name))
    known = requests.functions | requests.beside_a_function | requests.harmless_remarks | set(own) | {word[0] for word in own}
    known |= {word for words in requests.board_functions for word in words} | SMALL_IN_FUNCTIONS
    places = [one for school in case.register.locations(case.brin) for one in (school.name, school.place)]
    known |= {word for text in (*places, *boards_of(case)) for word in re.findall(r"[a-z]+", fold(text))}
    roles = (word for names in requests.roles.values() for one in names for word in re.findall(r"[a-z]+", fold(one)))
    return "" if set(re.findall(r"[a-z]+", fold(remark))) <= known.union(roles) else remark


def _reads_as_words(name: str) -> bool:
    """Whether a text is rather a phrase than a name: small words beside words with a capital, or far too many words."""
    words = [word for word in name.split() if not is_infix(word)]
    small = [word for word in words if word[0].islower()]
    return len(words) > MAX_NAMES or (len(small) > 1 and len(small) < len(words))


def _missing_part(spec: FieldSpec, raw: str, name: str, case: Case) -> str:
    """Which part of a name is not there: 'Sanne de' is a first name and the beginning of a surname."""
    parts = next((entry.evidence.parts for entry in case.found.get(spec.name) or () if entry.value == raw), {})
    if "naam" not in parts and len(name.split()) > 1:
        for part, other in (("achternaam", "voornaam"), ("voornaam", "achternaam")):
            if other in parts and part not in parts:
                return part
    words = name.split()
    return "achternaam" if len(words) > 1 and is_infix(words[-1]) else ""


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
    written = read_address(raw)
    try:
        found = [validate_email(one, check_deliverability=case.check_dns).normalized for one in written.addresses]
    except EmailNotValidError:
        found = []
    if not found or written.broken:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen geldig e-mailadres.")
    if doubt := _beside_address(written, case):
        return FieldCheck(spec.name, found[0] if len(found) == 1 else raw, Status.DOUBT, reason=doubt)
    return check_address(spec, found[0], case)


def _beside_address(written: WrittenAddress, case: Case) -> str:
    """Dutch: why the words beside an address leave in doubt whether it is the administrator's, "" when they do not."""
    if len(written.addresses) > 1:
        return f"Hier staat meer dan één adres: {' en '.join(written.addresses)}. Vraag welk adres klopt."
    if written.contradicted:
        return f"Naast het adres staat nog: ‘{' '.join(filter(None, (written.before, written.after)))}’. Kijk of het adres klopt."
    named = read_name(written.before, case.requests.functions)
    raw = case.first("beoogde_beheerder")
    administrator = read_name(raw, case.requests.functions)
    if (
        len(named.words) > 1
        and administrator.words
        and not {fold(word) for word in named.words} & {fold(word) for word in administrator.words[-1:]}
    ):
        return (
            f"Bij het adres staat de naam ‘{named.text}’, en de beheerder is ‘{administrator.text}’. Vraag van wie het adres is."
        )
    beside = " ".join(filter(None, (written.before, written.after)))
    if remark := _unknown_remark(beside, raw, case):
        return f"Naast het adres staat nog: ‘{remark}’. Kijk of het adres klopt."
    return ""


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
