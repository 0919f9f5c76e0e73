"""Checks of people: full names, who may bind a board, and personal addresses."""

from __future__ import annotations

import re
from dataclasses import replace

from email_validator import EmailNotValidError, validate_email

from kb.language import fold
from triage.verify.case import Case
from triage.verify.domains import is_disposable, lookalike_of, web_domain
from triage.verify.forms import FieldSpec, normal
from triage.verify.model import FieldCheck, Status
from triage.verify.person_names import is_infix, read_name
from triage.verify.written_address import WrittenAddress, read_address

_LIKE_AN_ADDRESS = re.compile(r"@|[\w-]{3,}\.[a-z]{2,}\b", re.IGNORECASE)
_NOT_IN_A_NAME = re.compile(r"[^\w\s.'’‘`´\-]|_")
_NAME = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]*)*\.?")
MAX_NAMES = 7  # given names and surnames of one person, without what stands between them


def check_person(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A person's full name, in whatever order it is written: a first name or initials and a surname."""
    read = read_name(raw, case.requests.functions)
    name = read.text
    if missing := _missing_part(spec, raw, name, case):
        return FieldCheck(spec.name, raw, Status.INVALID, reason=f"De {missing} ontbreekt.")
    if "@" in name or any(char.isdigit() for char in name) or not _NAME.search(name):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een voornaam en een achternaam zijn nodig.")
    if len(_NAME.findall(" ".join(read.words))) < 2:
        return FieldCheck(spec.name, name, Status.DOUBT, reason=f"Er staat maar één naam: ‘{name}’. Vraag de achternaam.")
    if not read.clear or _reads_as_words(name):
        return FieldCheck(spec.name, raw, Status.DOUBT, reason=f"‘{raw}’ is niet als één naam te lezen. Kijk zelf wie het is.")
    if _NOT_IN_A_NAME.search(name):
        return FieldCheck(
            spec.name, name, Status.DOUBT, reason="In de naam staat een teken dat niet goed te lezen is. Kijk zelf."
        )
    return FieldCheck(spec.name, name, Status.OK, reason="Voor- en achternaam zijn ingevuld.")


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
    """The board member in whose name is asked: a full name, and not a role that can't bind a board."""
    checked = check_person(spec, raw, case)
    entry = next(iter(case.found.get(spec.name) or ()), None)
    role = (entry.evidence.parts.get("functie") if entry else None) or "".join(re.split(r"[,;(]| - | – ", raw)[1:2]).strip(" )")
    if checked.status is Status.OK and role and normal(role) in case.requests.not_a_director:
        return replace(checked, status=Status.DOUBT, reason=f"De functie is ‘{role}’; dat is meestal geen wettig bestuurder.")
    administrator = case.first("beoogde_beheerder")
    if checked.status is Status.OK and same_person(administrator, checked.value or ""):
        return replace(checked, status=Status.DOUBT, reason="Bestuurder en beoogde beheerder lijken dezelfde persoon.")
    if checked.status is Status.OK and not role:
        return replace(checked, reason="Voor- en achternaam zijn ingevuld; de functie staat er niet bij.")
    return checked


def check_personal_email(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A personal work address: valid (RFC 5321 and 5322, by email-validator), not shared, not free mail, not a look-alike."""
    written = read_address(raw)
    try:
        found = [validate_email(one, check_deliverability=case.check_dns).normalized for one in written.addresses]
    except EmailNotValidError:
        found = []
    if not found or written.broken:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen geldig e-mailadres.")
    address = found[0]
    if doubt := _beside_address(written, case):
        return FieldCheck(spec.name, address if len(found) == 1 else raw, Status.DOUBT, reason=doubt)
    local, _, domain = address.rpartition("@")
    known = case.domains
    if resembled := lookalike_of(domain, known):
        return FieldCheck(
            spec.name,
            address,
            Status.DIFFERS,
            expected=f"…@{resembled}",
            reason=f"Het domein {domain} lijkt op {resembled} maar is het niet.",
        )
    if is_disposable(domain, case.requests.disposable):
        return FieldCheck(spec.name, address, Status.INVALID, reason="Dit is een wegwerpadres.")
    if domain in case.requests.free_mail:
        return FieldCheck(
            spec.name, address, Status.DOUBT, reason="Dit is een privéadres; vraag een adres van de school of het bestuur."
        )
    if re.sub(r"[.\-_ ]", "", local.lower()) in case.requests.shared_mailboxes:
        return FieldCheck(spec.name, address, Status.DOUBT, reason="Dit lijkt een gedeeld adres; vraag een persoonlijk adres.")
    if known and web_domain(domain) not in known:
        return FieldCheck(
            spec.name,
            address,
            Status.DOUBT,
            reason=f"Het domein {domain} is volgens het register niet van de school of het bestuur.",
        )
    return FieldCheck(spec.name, address, Status.OK, reason="Geldig persoonlijk adres.")


def _beside_address(written: WrittenAddress, case: Case) -> str:
    """Dutch: why the words beside an address leave in doubt whether it is the administrator's, "" when they do not."""
    if len(written.addresses) > 1:
        return f"Hier staat meer dan één adres: {' en '.join(written.addresses)}. Vraag welk adres klopt."
    if written.contradicted:
        return f"Naast het adres staat nog: ‘{' '.join(filter(None, (written.before, written.after)))}’. Kijk of het adres klopt."
    named = read_name(written.before, case.requests.functions)
    administrator = read_name(case.first("beoogde_beheerder"), case.requests.functions)
    if (
        len(named.words) > 1
        and administrator.words
        and not {fold(word) for word in named.words} & {fold(word) for word in administrator.words[-1:]}
    ):
        return (
            f"Bij het adres staat de naam ‘{named.text}’, en de beheerder is ‘{administrator.text}’. Vraag van wie het adres is."
        )
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


def same_person(signer: str, named: str) -> bool:
    """Whether a certificate's name and a name on a form can be of one person: the surname, and the first letter before it."""
    left = re.findall(r"[a-z]+", fold(signer))
    right = re.findall(r"[a-z]+", fold(re.split(r"[,;(]| - | – ", named)[0]))
    right = [
        word for word in right if word not in ("dhr", "mevr", "mw", "heer", "mevrouw", "drs", "dr", "ir", "mr", "ing", "prof")
    ]
    if len(left) < 2 or len(right) < 2 or right[-1] not in left:
        return False
    return any(word[0] == right[0][0] for word in left if word != right[-1])
