"""Whether a valid address is a personal one at the school or its board."""

from __future__ import annotations

import re

from kb.search.language import fold
from triage.register.addresses import has_odd_letters, is_not_for_staff, is_shared_account, load_address_rules
from triage.register.domains import is_disposable, is_free_mail, resemblance, web_domain
from triage.register.names import school_key
from triage.verify.case import Case
from triage.verify.forms import FieldSpec
from triage.verify.model import FieldCheck, Status


def check_address(spec: FieldSpec, address: str, case: Case) -> FieldCheck:
    """Weigh a valid address: not a look-alike, not of a group, and at a domain of the school or board that nobody else has."""
    domain = address.rpartition("@")[2]
    like = None if case.register.sites.schools_at(domain) else resemblance(domain, case.domains)
    if like and like.altered:
        reason = f"Het domein {domain} lijkt op {like.known} maar is het niet."
        return FieldCheck(spec.name, address, Status.DIFFERS, expected=f"…@{like.known}", reason=reason)
    if is_disposable(domain, case.requests.disposable):
        return FieldCheck(spec.name, address, Status.INVALID, reason="Dit is een wegwerpadres.")
    if reason := _doubt_about_domain(domain, case) or _doubt_about_account(address, case):
        return FieldCheck(spec.name, address, Status.DOUBT, reason=reason)
    return FieldCheck(spec.name, address, Status.OK, reason="Geldig persoonlijk adres.")


def _doubt_about_domain(domain: str, case: Case) -> str:
    if is_free_mail(domain, case.requests.free_mail):
        return "Dit is een privéadres; vraag een adres van de school of het bestuur."
    if case.register.sites.is_open(domain):
        return f"Bij {domain} kan iedereen een adres krijgen; vraag een adres van de school of het bestuur."
    if case.domains and web_domain(domain) not in case.domains:
        return f"Het domein {domain} is volgens het register niet van de school of het bestuur."
    if not case.domains and not case.register.empty:
        return "Het register kent geen website van de school of het bestuur. Kijk zelf of dit adres erbij hoort."
    return ""


def _doubt_about_account(address: str, case: Case) -> str:
    local, _, domain = address.rpartition("@")
    rules = load_address_rules()
    if is_not_for_staff(domain, rules):
        return "Dit lijkt een adres voor leerlingen of gasten, niet voor medewerkers; vraag een persoonlijk adres van de school."
    if is_shared_account(local, rules, case.requests.shared_mailboxes, _own_words(domain, case)):
        return "Dit lijkt een gedeeld adres; vraag een persoonlijk adres."
    if has_odd_letters(address):
        return "In dit adres staan ongewone tekens. Vergelijk het met het formulier, of vraag het adres na."
    return ""


def _own_words(domain: str, case: Case) -> frozenset[str]:
    """What the mailbox of a whole school may be called: 'dekluft', 'kluft', 'obsdekluft', and the name in its domain."""
    board = case.register.board(case.board_number)
    words = set(re.findall(r"[a-z0-9]{3,}", fold(board.name))) if board else set()
    for school in case.register.locations(case.brin):
        plain = re.findall(r"[a-z0-9]+", fold(school.name))
        words |= {"".join(plain), "".join(school_key(school.name))} | {
            f"{article}{''.join(school_key(school.name))}" for article in ("de", "het")
        }
    return frozenset(words | {re.sub(r"[^a-z0-9]", "", fold(web_domain(domain).partition(".")[0]))}) - {""}
