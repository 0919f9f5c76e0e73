"""One check for each kind of field: from what was read to a FieldCheck, with the register beside it.

Rules: data/requests.yaml and the register of DUO. Every check gets the Case, so that one field can be weighed against another.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

import dateparser

from kb.search.language import fold
from triage.register.codes import split_brin
from triage.register.names import words_of
from triage.verify.case import Case
from triage.verify.checks.authority import check_authority
from triage.verify.checks.change_checks import (
    check_new_board,
    check_new_brin,
    check_new_name,
    check_old_board,
    check_old_brin,
    check_old_name,
    check_school_names,
)
from triage.verify.checks.person_checks import check_contact, check_director, check_person, check_personal_email
from triage.verify.checks.school_checks import (
    check_board_name,
    check_board_number,
    check_brin,
    check_location,
    check_school_name,
)
from triage.verify.checks.signer_checks import signer_doubts
from triage.verify.forms import FieldSpec, normal
from triage.verify.model import Choice, Doubt, Evidence, FieldCheck, SignatureReport, Status

LONG_AGO, FAR_AWAY = 366, 2 * 366  # days
OTHER_DOUBT = "In het verzoek staan verschillende waarden: {values}. Vraag welke klopt."


def run_check(spec: FieldSpec, case: Case) -> FieldCheck:
    """Check one field."""
    if spec.check == "signed_pdf":
        return _signed_pdf(spec, case)
    if spec.check == "by_agent":
        return FieldCheck(
            spec.name,
            None,
            Status.DOUBT,
            reason="Kijk of de school al een account heeft, en of daarin nog een ICT-coördinator staat. Vink het daarna aan.",
        )
    if spec.check == "authority":
        return check_authority(spec, case)
    entries = case.found.get(spec.name) or ()
    if not entries:
        return _absent(spec, case)
    checked = [replace(CHECKS[spec.check](spec, entry.value, case), evidence=entry.evidence) for entry in entries]
    worst = min(checked, key=lambda check: _ORDER.index(check.status))
    choices = {
        comparable(spec, check, entry.value): Choice(check.value or entry.value, entry.evidence, check.status, check.reason)
        for check, entry in reversed(list(zip(checked, entries, strict=True)))
    }
    if len(choices) == 1:
        return worst
    different = tuple(reversed(choices.values()))
    shown = " en ".join(f"‘{choice.value}’ ({_place(choice.evidence)})" for choice in different)
    other = Doubt("conflict", OTHER_DOUBT.format(values=shown))
    doubts = (other, *worst.doubts) if worst.doubts else ()
    status = min(worst.status, Status.DOUBT, key=_ORDER.index)
    return replace(worst, status=status, reason=other.reason, doubts=doubts, choices=different)


_ORDER = [Status.INVALID, Status.DIFFERS, Status.MISSING, Status.DOUBT, Status.OK]


def comparable(spec: FieldSpec, check: FieldCheck, written: str) -> str:
    """What two values of a field have in common when they are the same one, and only then.

    An address is compared letter by letter (case aside), a name by its words, a code as normalised. Two names of a school or board
    that are both the register's are the same one.
    """
    value = check.value or written
    if spec.check in ("board_name", "school_name"):
        return "" if check.status is Status.OK else " ".join(words_of(value)) or value.casefold()
    if spec.check in ("person", "director"):
        return " ".join(sorted(re.findall(r"[^\W_]+", fold(value)))) or value.casefold()
    if spec.check in _CODES:
        return re.sub(r"[^A-Z0-9]", "", value.upper()) or value
    return " ".join(value.casefold().split())


_CODES = frozenset({"brin", "board_number", "location", "old_board", "new_board"})


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


def check_date(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """A date as JJJJ-MM-DD or a clear Dutch date; 1 August is usual, another one is a question."""
    iso = re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw.strip())
    found = dateparser.parse(
        raw, languages=["nl", "en"], settings={"DATE_ORDER": "YMD" if iso else "DMY", "REQUIRE_PARTS": ["day", "month", "year"]}
    )
    if found is None:
        return FieldCheck(spec.name, raw, Status.INVALID, reason="Dit is geen duidelijke datum met dag, maand en jaar.")
    value = found.date().isoformat()
    days = (found.date() - case.today).days
    if not -LONG_AGO <= days <= FAR_AWAY:
        return FieldCheck(spec.name, value, Status.DOUBT, reason="Deze datum ligt ver terug of ver vooruit; vraag of hij klopt.")
    if (found.month, found.day) != (8, 1):
        return FieldCheck(
            spec.name,
            value,
            Status.DOUBT,
            reason="Wijzigingen bij DUO gaan meestal in per 1 augustus; vraag of deze datum klopt.",
        )
    return FieldCheck(spec.name, value, Status.OK, reason="Duidelijke datum.")


def check_kind(spec: FieldSpec, raw: str, case: Case) -> FieldCheck:
    """One of the kinds of change this request has."""
    if not case.kind:
        return FieldCheck(spec.name, raw, Status.INVALID, expected=", ".join(spec.kinds), reason="Kies één soort wijziging.")
    return FieldCheck(spec.name, case.kind, Status.OK, reason="Duidelijk.")


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
    "kind": check_kind,
    "old_brin": check_old_brin,
    "new_brin": check_new_brin,
    "school_names": check_school_names,
    "old_board": check_old_board,
    "new_board": check_new_board,
    "old_name": check_old_name,
    "new_name": check_new_name,
    "contact": check_contact,
    "country": check_country,
    "text": check_text,
}


def _signed_pdf(spec: FieldSpec, case: Case) -> FieldCheck:
    """ok only with a digital signature that is intact, trusted, covers the whole file, was followed by no change and raises no doubt."""
    report = case.signature
    if report.kind == "geen" and not spec.required:
        return FieldCheck(spec.name, None, Status.OK, reason="Niet ondertekend; dat hoeft bij deze wijziging niet.")
    if report.kind == "geen":
        return FieldCheck(spec.name, None, Status.MISSING, reason=report.reason)
    if report.kind == "nat":
        return FieldCheck(spec.name, "handtekening met pen of plaatje", Status.DOUBT, reason=report.reason)
    value = f"digitale handtekening van {report.signer}" if report.signer else "digitale handtekening"
    if (not report.intact and report.intact is not None) or (report.changed_after_signing and not report.only_signed_after):
        return FieldCheck(spec.name, value, Status.INVALID, reason=report.reason)
    doubts: tuple[Doubt, ...] = () if _in_order(report) else (Doubt("signature", report.reason),)
    doubts += signer_doubts(case) if report.intact else ()
    if not doubts:
        return FieldCheck(spec.name, value, Status.OK, reason=report.reason)
    expected = case.first("bestuurder") or None if any(doubt.kind == "signer_name" for doubt in doubts) else None
    reason = " ".join(doubt.reason for doubt in doubts)
    return FieldCheck(spec.name, value, Status.DOUBT, expected=expected, reason=reason, doubts=doubts)


def _in_order(report: SignatureReport) -> bool:
    """Whether the four answers about a signature are those that 'compleet' asks."""
    certificate_fails = report.revoked or report.expired_at_signing or not report.trusted
    return bool(report.intact and report.covers_whole_document and not report.changed_after_signing and not certificate_fails)
