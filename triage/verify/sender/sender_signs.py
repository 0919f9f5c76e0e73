"""Signs of forgery that show only when the sender, the form and the register are laid side by side."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from triage.register.domains import resemblance, web_domain
from triage.register.names import compare_schools
from triage.verify.case import Case
from triage.verify.model import FieldCheck, Obstacle, SenderReport, Status, Weight


def sender_obstacles(checks: Sequence[FieldCheck], case: Case, sender: SenderReport) -> list[Obstacle]:
    """What the sender, and the sender beside the form, puts in the way of 'compleet'."""
    return [*sender.obstacles, *_signs(checks, case, sender)]


def _signs(checks: Sequence[FieldCheck], case: Case, sender: SenderReport) -> Iterator[Obstacle]:
    by_name = {check.field: check for check in checks}
    email = by_name.get("email_beheerder") or by_name.get("contactpersoon")
    if email is None:
        return
    if email.status is Status.DIFFERS:
        title = "E-mailadres beheerder" if email.field == "email_beheerder" else "Contactpersoon"
        yield Obstacle(Weight.FORGERY, f"{title}: {email.reason}", kind="lookalike")
    if sender.holds_name_of and _holds_name(email, case):
        said = f"De mail en het adres van de beoogde beheerder komen van een domein met de naam van {sender.holds_name_of}, dat het register niet kent."
        yield Obstacle(Weight.FORGERY, said, kind="made_up_domain")
    foreign = by_name.get("brin") or by_name.get("brin_oud")
    if foreign and foreign.status is Status.DIFFERS and _is_asked_from_outside(email, case, sender):
        said = f"{foreign.reason} Afzender en beoogde beheerder zijn ook niet van die school of dat bestuur."
        yield Obstacle(Weight.FORGERY, said, kind="asked_from_outside")


def _address_domain(email: FieldCheck) -> str:
    address = next((word for word in re.split(r"[\s,;()<>]+", email.value or "") if "@" in word), "")
    return web_domain(address.rpartition("@")[2])


def _holds_name(email: FieldCheck, case: Case) -> bool:
    """Whether the administrator's address stands at a domain that the register lacks and that holds the school's name."""
    domain = _address_domain(email)
    return bool(domain) and not case.register.sites.schools_at(domain) and resemblance(domain, case.domains) is not None


def _is_asked_from_outside(email: FieldCheck, case: Case, sender: SenderReport) -> bool:
    """Whether nothing ties sender and administrator to the school of another board that is asked for, or to the board that is named.

    A mistaken BRIN beside the name of the board's own school is no forgery: nobody asks for the other school then.
    """
    ours = case.domains | case.register.domains("", case.board_number)
    address = _address_domain(email)
    schools = case.register.locations(case.brin)
    named = case.first("naam_school")
    meant = not named or any(compare_schools(named, school.name).same for school in schools)
    outside = bool(address) and not {web_domain(case.sender_domain), address} & ours
    return bool(schools) and meant and outside and sender.domain_matches is False
