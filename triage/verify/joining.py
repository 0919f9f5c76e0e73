"""One request in several mails: repeated, completed later, or withdrawn.

Each mail is verified on its own. Of every field the newest value counts, so that a school never has to send again what was in
order. A value stays ok only when it stands in a form whose own signature is in order and of the same person: what somebody adds in a
later mail was not signed by anybody. A sign of forgery in any of the mails stays.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from kb.language import fold
from kb.store import utc_now
from triage.mail import Message
from triage.mail.replies import own_words
from triage.verify.case import Case
from triage.verify.checks import run_check
from triage.verify.forms import FieldSpec, RequestType, load_requests
from triage.verify.model import Authority, FieldCheck, Found, Obstacle, Status, Verification, Weight
from triage.verify.register import Register
from triage.verify.verdict import field_obstacles, missing_of, ranked

ELSEWHERE = "Staat in een andere mail dan het ondertekende formulier. Vergelijk ze, of vraag een nieuw ondertekend formulier."


def join(
    parts: Sequence[Verification],
    register: Register,
    authority: tuple[Authority, ...] = (),
    authority_months: int = 12,
    now: datetime | None = None,
) -> Verification:
    """One verification of the mails of a request, given oldest first. Values of different mails are checked together as well.

    `authority`: where people looked up who may sign for the board, and for how many months that counts, at a moment (now by default).
    """
    newest = parts[-1]
    if len(parts) == 1:
        return newest
    request = load_requests().types[newest.request]
    said = next((one.value or "" for one in _part_with(parts, "soort").fields if one.field == "soort"), "")
    kind = request.kind(said)
    request = request.of_kind(kind)
    signing = next((spec.name for spec in request.fields if spec.check == "signed_pdf"), "")
    signed = _part_with(parts, signing)
    sources = [newest if spec.by_agent else _part_with(parts, spec.name) for spec in request.fields]
    used = {id(part) for part in (newest, signed, *sources)}
    apart = [_seen(_check_of(spec, part), part, signed, signing) for spec, part in zip(request.fields, sources, strict=True)]
    beside = Case(
        {check.field: [Found(check.field, check.value, check.evidence)] for check in apart if check.value and check.evidence},
        register,
        load_requests(),
        signed.signature,
        sender_domain="",
        check_dns=False,
        kind=kind,
        names_director=request.field("bestuurder") is not None,
        now=now or utc_now(),
        authority=authority,
        authority_months=authority_months,
    )
    checks = _together(request, apart, beside)
    others = [
        obstacle
        for part in parts
        for obstacle in part.obstacles
        if not obstacle.field and (obstacle.weight is Weight.FORGERY or id(part) in used)
    ]
    return Verification(
        newest.request,
        tuple(checks),
        signed.signature,
        newest.sender,
        missing_of(request, checks),
        ranked([*others, *field_obstacles(request, checks)]),
        newest.code or signed.code,
        newest.turns,
    )


def with_withdrawal(verification: Verification, message: Message) -> Verification:
    """The verification, with a doubt when the mail seems to take the request back."""
    words = withdrawal(message)
    if not words:
        return verification
    doubt = Obstacle(Weight.DOUBT, f"De school schrijft ‘{words}’. Kijk zelf of de aanvraag is ingetrokken; wijs hem dan af.")
    return replace(verification, obstacles=ranked([*verification.obstacles, doubt]))


def with_other_boards(verification: Verification, asked_for: Mapping[str, frozenset[str]]) -> Verification:
    """The verification, with a doubt when the same administrator was asked for by other boards (by address: board numbers)."""
    values = {check.field: check.value or "" for check in verification.fields}
    others = asked_for.get(values.get("email_beheerder", "").lower(), frozenset()) - {values.get("bestuursnummer", "")}
    if not others:
        return verification
    boards = ", ".join(sorted(others)[:5])
    doubt = Obstacle(
        Weight.DOUBT,
        f"Voor het e-mailadres van deze beheerder kwam ook een aanvraag van een ander bestuur binnen ({boards}). Kijk of dat klopt.",
    )
    return replace(verification, obstacles=ranked([*verification.obstacles, doubt]))


def withdrawal(message: Message) -> str:
    """The words with which a mail takes a request back, "" when it does not."""
    text = " ".join(re.findall(r"\w+", fold(own_words(message.text))))
    return next((words for words in load_requests().withdrawn if re.search(rf"\b{re.escape(words)}\b", text)), "")


def _part_with(parts: Sequence[Verification], field: str) -> Verification:
    """The newest part that holds a field; the newest of all when none does."""
    return next((part for part in reversed(parts) if _holds(part, field)), parts[-1])


def _holds(part: Verification, field: str) -> bool:
    return any(check.field == field and check.value and check.status is not Status.MISSING for check in part.fields)


def _check_of(spec: FieldSpec, part: Verification) -> FieldCheck:
    """What a mail's own check says of a field; of another kind of change it may not have looked at it."""
    missing = FieldCheck(spec.name, None, Status.DOUBT)
    return next((check for check in part.fields if check.field == spec.name), missing)


def _together(request: RequestType, checks: Sequence[FieldCheck], case: Case) -> list[FieldCheck]:
    """Each check, or what the same value is worth beside the values of the other mails when that is less."""
    joint = []
    for spec, check in zip(request.fields, checks, strict=True):
        if spec.check == "authority":  # of the signature that counts, whichever mail has it
            check = run_check(spec, case)
        elif check.status is Status.OK and check.value:  # the signature too: the board member may be named in another mail
            beside = run_check(spec, case)
            check = check if beside.status is Status.OK else replace(beside, evidence=check.evidence)
        joint.append(check)
    return joint


def _seen(check: FieldCheck, part: Verification, signed: Verification, signing: str) -> FieldCheck:
    """A value from another mail than the signed form is ok only when it was signed there as well."""
    if check.status is not Status.OK or not check.value or part is signed or signed.signature.kind == "geen":
        return check
    signed_too = any(one.field == signing and one.status is Status.OK for one in part.fields)
    same = (part.signature.signer, part.signature.holder) == (signed.signature.signer, signed.signature.holder)
    if signed_too and same:
        return check
    return replace(check, status=Status.DOUBT, reason=ELSEWHERE)
