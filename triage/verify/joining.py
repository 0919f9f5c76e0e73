"""One request in several mails: repeated, completed later, or withdrawn.

Each mail is verified on its own. Of every field the newest value counts, so that a school never has to send again what was in
order. A value stays ok only when it stands in a form whose own signature is in order and of the same person: what somebody adds in a
later mail was not signed by anybody. What changed between the mails is said; another signer and another administrator together are a
sign of forgery. A sign of forgery stays with the mail that carries it: for the other mails it is a doubt, and its values don't count.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from kb.search.language import fold
from kb.store import utc_now
from triage.mail.read_mail import ReadMail
from triage.register.register import Register
from triage.verify.case import Case
from triage.verify.checks.authority import can_be_remembered
from triage.verify.checks.checks import run_check
from triage.verify.form.people import same_person
from triage.verify.forms import FieldSpec, RequestType, load_requests
from triage.verify.model import Authority, FieldCheck, Found, Obstacle, Proof, Status, Verdict, Verification, Weight
from triage.verify.verdict import each_value, field_obstacles, missing_of, ranked

ELSEWHERE = "Staat in een andere mail dan het ondertekende formulier. Vergelijk ze, of vraag een nieuw ondertekend formulier."
SUSPECT_MAIL = (
    "Bij deze aanvraag kwam ook een verdachte mail binnen (vraag {number}). Wat daarin staat, telt niet mee. Kijk welke echt is."
)
TURNED_DOWN = (
    "Bij deze aanvraag hoorde ook een mail die is afgewezen of over iets anders gaat (vraag {number}). Wat daarin staat, telt niet mee. "
    "Kijk of dat klopt."
)
CHANGED = (
    "{what} is anders dan in een eerdere mail van deze aanvraag: eerst ‘{old}’, nu ‘{new}’. Vraag bij het bestuur na welke klopt."
)
BOTH_CHANGED = (
    "De ondertekenaar en de beoogde beheerder zijn allebei anders dan in een eerdere mail van deze aanvraag. "
    "Vraag bij het bestuur na welke aanvraag van hen is."
)
TAKEN_BACK = "De school schrijft ‘{words}’. Kijk zelf of de aanvraag is ingetrokken; wijs hem dan af."


@dataclass(frozen=True, slots=True)
class Part:
    """A mail of a request, verified on its own."""

    ticket: int | None  # None for the mail that just came in
    verification: Verification
    suspect: bool  # a sign of forgery was found when it came in, or is found now
    turned_down: bool = False  # people refused it or made it something else: what it says counts no more


def join(
    parts: Sequence[Part],
    register: Register,
    authority: tuple[Authority, ...] = (),
    authority_months: int = 12,
    now: datetime | None = None,
) -> Verification:
    """One verification of the mails of a request, given oldest first; the last is the mail that is judged.

    `authority`: where people looked up who may sign for the board, and for how many months that counts, at a moment (now by default).
    A suspect mail is joined only with others when no other mail of the request was signed: then it is what the new mail completes.
    """
    newest = parts[-1]
    if len(parts) == 1:
        return newest.verification
    if newest.suspect:
        return _beside_honest(parts)
    turned = [part for part in parts[:-1] if part.turned_down]
    parts = [part for part in parts if part not in turned]
    honest = [part for part in parts if not part.suspect]
    if any(_signed(part.verification) for part in honest) or not any(_signed(part.verification) for part in parts):
        left_out = [part for part in parts if part.suspect]
    else:
        honest, left_out = list(parts), []
    judged = [part.verification for part in honest]
    beside = Beside(register, authority, authority_months, now or utc_now())
    joined = _joined(judged, beside)
    doubts = [
        Obstacle(Weight.DOUBT, SUSPECT_MAIL.format(number=part.ticket), kind="suspect_mail")
        for part in left_out
        if part.ticket is not None
    ]
    doubts += [
        Obstacle(Weight.DOUBT, TURNED_DOWN.format(number=part.ticket), kind="turned_down")
        for part in turned
        if part.ticket is not None
    ]
    return replace(joined, obstacles=ranked([*joined.obstacles, *doubts]))


def _beside_honest(parts: Sequence[Part]) -> Verification:
    """A suspect mail as it stands, with what it says otherwise than the mails before it: whoever lifts the sign must see that too."""
    newest = parts[-1].verification
    changed = [replace(one, weight=Weight.DOUBT) for one in changes_between([part.verification for part in parts])]
    return replace(newest, obstacles=ranked([*newest.obstacles, *changed]))


def _signed(verification: Verification) -> bool:
    return verification.signature.kind != "geen"


@dataclass(frozen=True, slots=True)
class Beside:
    """What the values of several mails are held beside."""

    register: Register
    authority: tuple[Authority, ...]
    authority_months: int
    now: datetime


def _joined(parts: Sequence[Verification], beside: Beside) -> Verification:
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
    apart = [_apart(spec, part, signed, signing) for spec, part in zip(request.fields, sources, strict=True)]
    case = Case(
        {check.field: [Found(check.field, check.value, check.evidence)] for check in apart if check.value and check.evidence},
        beside.register,
        load_requests(),
        signed.signature,
        sender_domain="",
        check_dns=False,
        kind=kind,
        names_director=request.field("bestuurder") is not None,
        now=beside.now,
        authority=beside.authority,
        authority_months=beside.authority_months,
    )
    checks = _together(request, apart, case)
    others = [obstacle for part in parts if id(part) in used for obstacle in part.obstacles if not obstacle.field]
    return Verification(
        newest.request,
        tuple(checks),
        signed.signature,
        newest.sender,
        missing_of(request, checks),
        ranked([*others, *changes_between(parts), *field_obstacles(request, checks)]),
        newest.code or signed.code,
        {name: turns for part in parts if id(part) in used for name, turns in part.turns.items()},
        tuple(dict.fromkeys(note for part in parts if id(part) in used for note in part.notes)),
    )


def changes_between(parts: Sequence[Verification]) -> list[Obstacle]:
    """What is not the same in all mails of a request: signer, certificate, administrator and address, oldest mail first.

    A signer and an administrator who both changed are a sign of forgery on the newest mail when an earlier one is proven at least
    as well. When the newest is proven better, or neither is proven, the earlier one may be the false one, and a person looks.
    """
    found = [
        Obstacle(Weight.DOUBT, CHANGED.format(what=what, old=_short(old), new=_short(new)), kind=f"changed_{kind}")
        for kind, what, old, new in _changes(parts)
    ]
    kinds = {obstacle.kind for obstacle in found}
    if "changed_signer" in kinds and kinds & {"changed_administrator", "changed_address"}:
        newest = proof_of(parts[-1])
        forged = any((proof.sender or proof.signature) and proof.reaches(newest) for proof in map(proof_of, parts[:-1]))
        found.insert(0, Obstacle(Weight.FORGERY if forged else Weight.DOUBT, BOTH_CHANGED, kind="changed_both"))
    return found


def proof_of(own: Verification) -> Proof:
    """What proves a mail that was verified on its own."""
    request, sender = load_requests().types[own.request], own.sender
    asked = next((spec.name for spec in request.fields if spec.check == "authority"), "")
    known = own.check(asked)
    return Proof(
        sender=sender.authenticated is True and sender.domain_matches is True,
        signature=can_be_remembered(own.signature) if _brings_form(own) else None,
        authority=known is not None and known.status is Status.OK,
    )


def _brings_form(own: Verification) -> bool:
    """Whether a mail brings a file with values, signed or not."""
    return _signed(own) or any(check.evidence and check.evidence.file for check in own.fields)


def _changes(parts: Sequence[Verification]) -> Iterator[tuple[str, str, str, str]]:
    """What differs from the newest value, as (kind, what it is called, earlier value, newest value)."""
    for kind, what, value_of, same in _COMPARED:
        values = [value for part in parts if (value := value_of(part))]
        for old in dict.fromkeys(values[:-1]):
            if not same(old, values[-1]):
                yield kind, what, old, values[-1]
                break


def _signer(part: Verification) -> str:
    """Who signs: the name in the certificate, otherwise the board member that is named."""
    return part.signature.signer or part.value("bestuurder")


def _same_name(old: str, new: str) -> bool:
    return fold(old).split() == fold(new).split() or same_person(old, new) or same_person(new, old)


def _certificate(part: Verification) -> str:
    """Which certificate it is: another of the same name, even of the same issuer, may be somebody else's."""
    return f"{part.signature.signer or '?'} ({part.signature.certificate[:12]})" if part.signature.certificate else ""


_COMPARED = (
    ("signer", "De ondertekenaar", _signer, _same_name),
    ("certificate", "Het certificaat van de ondertekenaar", _certificate, str.__eq__),
    ("administrator", "De beoogde beheerder", lambda part: part.value("beoogde_beheerder"), _same_name),
    ("address", "Het e-mailadres van de beheerder", lambda part: part.administrator, str.__eq__),
)


def _short(value: str) -> str:
    return value if len(value) <= 80 else f"{value[:79]}…"


def with_withdrawal(verification: Verification, mail: ReadMail) -> Verification:
    """The verification, with a doubt when the mail seems to take the request back."""
    words = withdrawal(mail)
    if not words:
        return verification
    doubt = Obstacle(Weight.DOUBT, TAKEN_BACK.format(words=words), kind="withdrawal")
    return replace(verification, obstacles=ranked([*verification.obstacles, doubt]))


def withdrawal(mail: ReadMail) -> str:
    """The words with which a mail takes a request back, "" when it does not."""
    text = " ".join(re.findall(r"\w+", fold(mail.own_words)))
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


def _apart(spec: FieldSpec, part: Verification, signed: Verification, signing: str) -> FieldCheck:
    return each_value(_check_of(spec, part), partial(_seen, part=part, signed=signed, signing=signing))


def _together(request: RequestType, checks: Sequence[FieldCheck], case: Case) -> list[FieldCheck]:
    """Each check, or what the same value is worth beside the values of the other mails when that is less."""
    joint = []
    for spec, check in zip(request.fields, checks, strict=True):
        if spec.check == "authority":  # of the signature that counts, whichever mail has it
            joint.append(run_check(spec, case))
        else:
            joint.append(each_value(check, partial(_beside, spec=spec, case=case)))
    return joint


def _beside(check: FieldCheck, spec: FieldSpec, case: Case) -> FieldCheck:
    """A value beside those of the other mails; the signature too: the board member may be named in another mail."""
    if check.status is not Status.OK or not check.value:
        return check
    if check.evidence:
        case = replace(case, found={**case.found, spec.name: [Found(spec.name, check.value, check.evidence)]})
    beside = run_check(spec, case)
    return check if beside.status is Status.OK else replace(beside, evidence=check.evidence)


def _seen(check: FieldCheck, part: Verification, signed: Verification, signing: str) -> FieldCheck:
    """A value from another mail than the signed form is ok only when it was signed there as well."""
    if check.status is not Status.OK or not check.value or part is signed or signed.signature.kind == "geen":
        return check
    signed_too = any(one.field == signing and one.status is Status.OK for one in part.fields)
    same = (part.signature.signer, part.signature.holder) == (signed.signature.signer, signed.signature.holder)
    if signed_too and same:
        return check
    return replace(check, status=Status.DOUBT, reason=ELSEWHERE)


def is_suspect(verification: Verification) -> bool:
    """Whether a mail carries a sign of forgery itself."""
    return verification.verdict is Verdict.SUSPECT
