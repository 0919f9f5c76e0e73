"""One check for each kind of field: from what was read to a FieldCheck, with the register beside it.

Rules: data/requests.yaml and the register of DUO. Every check gets the Case, so that one field can be weighed against another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import dateparser
from email_validator import EmailNotValidError, validate_email

from kb.language import fold
from triage.verify.domains import lookalike_of, web_domain
from triage.verify.forms import FieldSpec, Requests, normal
from triage.verify.model import Evidence, FieldCheck, Found, SignatureReport, Status
from triage.verify.names import compare_boards, compare_schools
from triage.verify.register import BOARD_NUMBER, BRIN, LOCATION, Register, School

CLOSE = 0.88  # names at least this alike may be the same one misspelt: a person looks
OTHER_DOUBT = "In het verzoek staan verschillende waarden: {values}. Vraag welke klopt."


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at."""

    found: Mapping[str, Sequence[Found]]  # values by field name
    register: Register
    requests: Requests
    signature: SignatureReport
    sender_domain: str  # domain of the mail's sender, "" for a bare PDF
    check_dns: bool  # whether to ask DNS if mail can be delivered
    unreadable: str = ""  # Dutch: why nothing could be read (scan, broken file), "" when it could

    def first(self, name: str) -> str:
        """The first value read for a field, "" when there is none."""
        values = self.found.get(name) or ()
        return values[0].value if values else ""

    @property
    def brin(self) -> str:
        """The BRIN as normalised, "" when missing or malformed."""
        return split_brin(self.first("brin"))[0] or ""

    @property
    def location(self) -> str | None:
        """The location code as given, on its own or behind the BRIN."""
        own = re.sub(r"\D", "", self.first("vestigingscode"))[-2:]
        return own if LOCATION.fullmatch(own) else split_brin(self.first("brin"))[1]

    @property
    def board_number(self) -> str:
        """The board number as normalised, "" when malformed."""
        digits = re.sub(r"[\s.]", "", self.first("bestuursnummer"))
        return digits if BOARD_NUMBER.fullmatch(digits) else ""

    @property
    def school(self) -> School | None:
        """The location the request is about, when the register has it."""
        return self.register.school(self.brin, self.location)

    @property
    def domains(self) -> frozenset[str]:
        """Web domains the register knows for the school and its board."""
        board = self.school.board_number if self.school else self.board_number
        return self.register.domains(self.brin, board)


def split_brin(raw: str) -> tuple[str | None, str | None]:
    """A BRIN and the location code behind it, normalised: ' 99 ab.' -> ('99AB', None); '99AB01' -> ('99AB', '01').

    Returns (None, None) when it isn't a BRIN.
    """
    compact = re.sub(r"[\s.\-_/]", "", raw).upper()
    if BRIN.fullmatch(compact[:4]) and (len(compact) == 4 or LOCATION.fullmatch(compact[4:])):
        return compact[:4], compact[4:] or None
    return None, None


def run_check(spec: FieldSpec, case: Case) -> FieldCheck:
    """Check one field."""
    if spec.check == "signed_pdf":
        return _signed_pdf(spec, case)
    if spec.check == "by_agent":
        return FieldCheck(
            spec.name, None, Status.DOUBT, reason="Kijk in het schoolaccount of er nog een ICT-coördinator is, en vink het aan."
        )
    entries = case.found.get(spec.name) or ()
    if not entries:
        return _absent(spec, case)
    checked = [replace(CHECKS[spec.check](spec, entry.value, case), evidence=entry.evidence) for entry in entries]
    values = list(dict.fromkeys(_same_form(check.value or entry.value) for check, entry in zip(checked, entries, strict=True)))
    worst = min(checked, key=lambda check: _ORDER.index(check.status))
    if len(values) > 1:
        shown = " en ".join(
            f"‘{check.value or entry.value}’ ({_place(entry.evidence)})" for check, entry in zip(checked, entries, strict=True)
        )
        return replace(worst, status=min(worst.status, Status.DOUBT, key=_ORDER.index), reason=OTHER_DOUBT.format(values=shown))
    return worst


_ORDER = [Status.INVALID, Status.DIFFERS, Status.MISSING, Status.DOUBT, Status.OK]


def _same_form(value: str) -> str:
    return normal(value) or value.casefold()


def _place(evidence: Evidence) -> str:
    return evidence.source if evidence.page is None else f"{evidence.source}, bladzijde {evidence.page}"


def _absent(spec: FieldSpec, case: Case) -> FieldCheck:
    if spec.check == "location":
        return _location_not_given(spec, case)
    if not spec.required:
        return FieldCheck(spec.name, None, Status.OK, reason="Niet ingevuld; dat hoeft ook niet.")
    if case.unreadable:
        return FieldCheck(spec.name, None, Status.DOUBT, reason=f"{case.unreadable} Lees dit veld zelf.")
    return FieldCheck(spec.name, None, Status.MISSING, reason=f"{spec.title} staat niet in het verzoek.")


def _location_not_given(spec: FieldSpec, case: Case) -> FieldCheck:
    behind = split_brin(case.first("brin"))[1]
    if behind:
        return replace(check_location(spec, behind, case), reason="Stond achter de BRIN.")
    locations = case.register.locations(case.brin)
    if len(locations) == 1:
        only = locations[0].location
        return FieldCheck(spec.name, only, Status.OK, reason=f"Niet ingevuld; deze BRIN heeft maar één vestiging ({only}).")
    if len(locations) > 1:
        codes = ", ".join(f"{school.location} ({school.name})" for school in locations[:6])
        return FieldCheck(spec.name, None, Status.DOUBT, reason=f"Deze BRIN heeft meer vestigingen: {codes}. Vraag welke het is.")
    return FieldCheck(spec.name, None, Status.OK, reason="Niet ingevuld; dat hoeft ook niet.")


def _no_register(spec: FieldSpec, value: str) -> FieldCheck:
    return FieldCheck(
        spec.name, value, Status.DOUBT, reason="Er is geen scholenregister ingelezen, dus dit is niet gecontroleerd."
    )


def check_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A BRIN: its form, that it exists, and that it belongs to the board (DUO, 'Instellingscode en vestigingscode')."""
    brin, _ = split_brin(raw)
    if brin is None:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen BRIN: die heeft twee cijfers en twee letters.")
    if case.register.empty:
        return _no_register(spec, brin)
    locations = case.register.locations(brin)
    if not locations:
        return FieldCheck(
            spec.name, brin, Status.DIFFERS,
            reason=f"BRIN {brin} staat niet in het register van basisscholen. Het kan een speciale of gesloten school zijn, of een tikfout.",
        )  # fmt: skip
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
        return _no_register(spec, number)
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
        return _no_register(spec, raw)
    number = case.board_number or (case.school.board_number if case.school else "")
    board = case.register.board(number)
    if board is None:
        return FieldCheck(
            spec.name,
            raw,
            Status.DOUBT,
            reason=f"De naam van bestuur {number or 'met dit nummer'} staat niet in het register; controleer de naam bij DUO of KvK.",
        )
    likeness = compare_boards(raw, board.name)
    others = [other for other in case.register.boards_named(raw) if other.number != number]
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
    other = f" Zo heet wel bestuur {others[0].number}." if others else ""
    return FieldCheck(
        spec.name, raw, Status.DIFFERS, expected=board.name, reason=f"In het register heet bestuur {number}: {board.name}.{other}"
    )


def check_school_name(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A school's name against the registered one of this BRIN; another name is a question, not a refusal."""
    if case.register.empty:
        return _no_register(spec, raw)
    school = case.school
    if school is None:
        return FieldCheck(
            spec.name, raw, Status.DOUBT, reason="Zonder geldige BRIN is niet te zien welke school dit is; namen zijn niet uniek."
        )
    names = [other.name for other in ([school] if case.location else case.register.locations(case.brin))]
    likeness = max((compare_schools(raw, name) for name in names), key=lambda found: (found.same, found.score))
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
    """A location code: two digits, and known under this BRIN."""
    code = raw.strip().upper()
    brin, behind = split_brin(code)
    if brin and behind:
        code = behind
    code = code.zfill(2) if re.fullmatch(r"[0-9]", code) else code
    if not LOCATION.fullmatch(code):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een vestigingscode heeft precies twee cijfers.")
    locations = case.register.locations(case.brin)
    if locations and code not in {school.location for school in locations}:
        known = ", ".join(school.location for school in locations)
        return FieldCheck(
            spec.name, code, Status.DIFFERS, expected=known, reason=f"BRIN {case.brin} heeft geen vestiging {code}; wel: {known}."
        )
    if not locations:
        return FieldCheck(spec.name, code, Status.DOUBT, reason="Zonder geldige BRIN is de vestiging niet te controleren.")
    return FieldCheck(spec.name, code, Status.OK, reason="Staat in het register.")


_NAME = re.compile(r"[^\W\d_]+(?:[.'’\-][^\W\d_]*)*\.?")


def check_person(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A person's full name: a first name or initials and a surname."""
    name = re.split(r"[,;(]| - | – ", raw)[0].strip()
    name = re.sub(r"^(?:dhr|mevr|mw|de heer|mevrouw|drs|dr|ir|mr|ing|prof)\.?\s+", "", name, flags=re.IGNORECASE)
    if "@" in name or any(char.isdigit() for char in name) or len(_NAME.findall(name)) < 2:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een voornaam en een achternaam zijn nodig.")
    return FieldCheck(spec.name, name, Status.OK, reason="Voor- en achternaam zijn ingevuld.")


def check_director(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The board member in whose name is asked: a full name, and not a role that can't bind a board."""
    checked = check_person(spec, raw, case)
    entry = next(iter(case.found.get(spec.name) or ()), None)
    role = (entry.evidence.parts.get("functie") if entry else None) or "".join(re.split(r"[,;(]| - | – ", raw)[1:2]).strip(" )")
    if checked.status is Status.OK and role and normal(role) in case.requests.not_a_director:
        return replace(checked, status=Status.DOUBT, reason=f"De functie is ‘{role}’; dat is meestal geen wettig bestuurder.")
    administrator = case.first("beoogde_beheerder")
    if checked.status is Status.OK and administrator and fold(administrator) == fold(checked.value or ""):
        return replace(checked, status=Status.DOUBT, reason="Bestuurder en beoogde beheerder zijn dezelfde persoon.")
    if checked.status is Status.OK and not role:
        return replace(checked, reason="Voor- en achternaam zijn ingevuld; de functie staat er niet bij.")
    return checked


def check_personal_email(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A personal work address: valid (RFC 5321 and 5322, by email-validator), not shared, not free mail, not a look-alike."""
    try:
        address = validate_email(raw.strip(" <>;,."), check_deliverability=case.check_dns).normalized
    except EmailNotValidError:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen geldig e-mailadres.")
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
    if domain in case.requests.disposable:
        return FieldCheck(spec.name, address, Status.INVALID, reason="Dit is een wegwerpadres.")
    if domain in case.requests.free_mail:
        return FieldCheck(
            spec.name, address, Status.DOUBT, reason="Dit is een privéadres; vraag een adres van de school of het bestuur."
        )
    if re.sub(r"[.\-_ ]", "", local.lower()) in case.requests.shared_mailboxes:
        return FieldCheck(spec.name, address, Status.DOUBT, reason="Dit lijkt een gedeeld adres; vraag een persoonlijk adres.")
    if known and web_domain(domain) not in known and web_domain(domain) != web_domain(case.sender_domain):
        return FieldCheck(
            spec.name,
            address,
            Status.DOUBT,
            reason=f"Het domein {domain} is niet van de school of het bestuur en niet dat van de afzender.",
        )
    return FieldCheck(spec.name, address, Status.OK, reason="Geldig persoonlijk adres.")


def check_date(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A date as JJJJ-MM-DD or a clear Dutch date; 1 August is usual, another one is a question."""
    iso = re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip())
    found = dateparser.parse(
        raw, languages=["nl", "en"], settings={"DATE_ORDER": "YMD" if iso else "DMY", "REQUIRE_PARTS": ["day", "month", "year"]}
    )
    if found is None:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen duidelijke datum met dag, maand en jaar.")
    value = found.date().isoformat()
    if (found.month, found.day) != (8, 1):
        return FieldCheck(
            spec.name,
            value,
            Status.DOUBT,
            reason="Wijzigingen bij DUO gaan meestal in per 1 augustus; vraag of deze datum klopt.",
        )
    return FieldCheck(spec.name, value, Status.OK, reason="Duidelijke datum.")


def check_merger_kind(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """One of fusie, opheffing, splitsing, andere-brin."""
    kinds = {
        "fusie": "fusie",
        "fuseren": "fusie",
        "samenvoeging": "fusie",
        "opheffing": "opheffing",
        "sluiting": "opheffing",
        "splitsing": "splitsing",
        "andere brin": "andere-brin",
        "anderebrin": "andere-brin",
        "nieuwe brin": "andere-brin",
    }
    return _kind(spec, raw, kinds)


def check_change_kind(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """One of ander-bestuur, naam-bestuur, naam-school."""
    kinds = {
        "ander bestuur": "ander-bestuur",
        "anderbestuur": "ander-bestuur",
        "bestuurswissel": "ander-bestuur",
        "bestuursoverdracht": "ander-bestuur",
        "naam bestuur": "naam-bestuur",
        "naambestuur": "naam-bestuur",
        "naam school": "naam-school",
        "naamschool": "naam-school",
        "naamswijziging school": "naam-school",
    }
    return _kind(spec, raw, kinds)


def _kind(spec: FieldSpec, raw: str, kinds: Mapping[str, str]) -> FieldCheck:
    found = {value for words, value in kinds.items() if words in normal(raw)}
    if len(found) != 1:
        return FieldCheck(
            spec.name, raw, Status.INVALID, expected=", ".join(dict.fromkeys(kinds.values())), reason="Kies één soort wijziging."
        )
    return FieldCheck(spec.name, found.pop(), Status.OK, reason="Duidelijk.")


def check_old_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A BRIN of before: its form, and that the register has it."""
    return _known_brin(spec, raw, case, "Die school kan al gesloten zijn; controleer het bij DUO.")


def check_new_brin(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The BRIN to go on under: not the old one, and in the register."""
    old = split_brin(case.first("brin_oud"))
    if split_brin(raw)[0] and split_brin(raw) == old:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="De oude en de nieuwe BRIN zijn gelijk.")
    return _known_brin(spec, raw, case, "Een nieuwe BRIN kan nog ontbreken; controleer het bij DUO.")


def _known_brin(spec: FieldSpec, raw: str, case: Case, hint: str) -> FieldCheck:
    brin, location = split_brin(raw)
    if brin is None:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen BRIN: die heeft twee cijfers en twee letters.")
    value = brin + (location or "")
    if case.register.empty:
        return _no_register(spec, value)
    if case.register.school(brin, location) is None:
        return FieldCheck(spec.name, value, Status.DOUBT, reason=f"BRIN {value} staat niet in het register. {hint}")
    return FieldCheck(spec.name, value, Status.OK, reason="Staat in het register.")


def check_five_digits(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A board number that need not be of this BRIN."""
    number = re.sub(r"[\s.]", "", raw)
    if not BOARD_NUMBER.fullmatch(number):
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Een bestuursnummer heeft precies vijf cijfers.")
    if case.register.empty:
        return _no_register(spec, number)
    if not case.register.knows_board(number):
        return FieldCheck(spec.name, number, Status.DIFFERS, reason=f"Bestuur {number} staat niet in het register.")
    return FieldCheck(spec.name, number, Status.OK, reason="Staat in het register.")


def check_country(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """The country; outside the Netherlands another form applies and a person decides."""
    if normal(raw) in ("nederland", "netherlands", "nl"):
        return FieldCheck(spec.name, "Nederland", Status.OK, reason="")
    return FieldCheck(
        spec.name, raw, Status.DOUBT, reason="Voor een school buiten Nederland geldt een ander formulier; een collega beslist."
    )


def check_text(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """Something is filled in."""
    return FieldCheck(spec.name, raw, Status.OK, reason="Ingevuld.")


CHECKS: Mapping[str, Callable[[FieldSpec, str, Case], FieldCheck]] = {
    "board_name": check_board_name,
    "board_number": check_board_number,
    "school_name": check_school_name,
    "brin": check_brin,
    "location": check_location,
    "person": check_person,
    "director": check_director,
    "personal_email": check_personal_email,
    "date": check_date,
    "merger_kind": check_merger_kind,
    "change_kind": check_change_kind,
    "old_brin": check_old_brin,
    "new_brin": check_new_brin,
    "number_five": check_five_digits,
    "country": check_country,
    "text": check_text,
}


def _signed_pdf(spec: FieldSpec, case: Case) -> FieldCheck:
    """ok only with a digital signature that is intact, trusted, covers the whole file and was followed by no change."""
    report = case.signature
    if report.kind == "geen":
        return FieldCheck(spec.name, None, Status.MISSING, reason=report.reason)
    if report.kind == "nat":
        return FieldCheck(spec.name, "handtekening met pen of plaatje", Status.DOUBT, reason=report.reason)
    value = f"digitale handtekening van {report.signer}" if report.signer else "digitale handtekening"
    if report.intact is None:
        return FieldCheck(spec.name, value, Status.DOUBT, reason=report.reason)
    if not report.intact or report.changed_after_signing:
        return FieldCheck(spec.name, value, Status.INVALID, reason=report.reason)
    if not report.trusted or not report.covers_whole_document:
        return FieldCheck(spec.name, value, Status.DOUBT, reason=report.reason)
    director = case.first("bestuurder")
    if not _same_person(report.signer or "", director):
        reason = f"Ondertekend door {report.signer or 'iemand zonder naam'}, maar als bestuurder staat {director or 'niemand'} in het verzoek."
        return FieldCheck(spec.name, value, Status.DOUBT, expected=director or None, reason=reason)
    return FieldCheck(spec.name, value, Status.OK, reason=report.reason)


def _same_person(signer: str, named: str) -> bool:
    """Whether a certificate's name and a name on a form can be of one person: the surname, and the first letter before it."""
    left = re.findall(r"[a-z]+", fold(signer))
    right = re.findall(r"[a-z]+", fold(re.split(r"[,;(]| - | – ", named)[0]))
    right = [
        word for word in right if word not in ("dhr", "mevr", "mw", "heer", "mevrouw", "drs", "dr", "ir", "mr", "ing", "prof")
    ]
    if len(left) < 2 or len(right) < 2 or right[-1] not in left:
        return False
    return any(word[0] == right[0][0] for word in left if word != right[-1])
