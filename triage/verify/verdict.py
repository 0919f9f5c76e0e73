"""Verifying a whole request: read every source, check every field, weigh the signs, give the verdict.

'compleet' needs every required field ok and no doubt left; 'verdacht' is for signs of forgery; everything else is
'onvolledig'. What the agent alone can see (geen_actieve_beheerder) is on the list but outside the verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from kb.settings import Settings
from kb.store import utc_now
from triage.documents.budget import budget_of, spending
from triage.documents.files import PDF
from triage.documents.opened_mail import OpenedMail, open_files
from triage.errors import NoRequestsError
from triage.mail import Attachment
from triage.mail.read_mail import ReadMail
from triage.register.register import Register
from triage.verify.case import Case, Context
from triage.verify.checks.checks import run_check
from triage.verify.cover_mail import against_in_mail
from triage.verify.form.buttons import ticked_against
from triage.verify.form.choosing import Chosen, choose, values
from triage.verify.form.extract import extract_rows, mail_rows
from triage.verify.form.hidden_text import hidden_obstacles, seen_first
from triage.verify.form.paper import another_paper, long_ago
from triage.verify.form.people import same_person
from triage.verify.form.reading import Form, read_file, read_form, request_of, unreadable
from triage.verify.form.whole_file import whole_file
from triage.verify.forms import FieldSpec, RequestType, load_requests
from triage.verify.model import (
    CodeReport,
    Evidence,
    FieldCheck,
    Found,
    HandReading,
    Obstacle,
    Past,
    SenderReport,
    SignatureReport,
    Status,
    Verification,
    Weight,
)
from triage.verify.sender.dns_text import TextLookup, dns_text
from triage.verify.sender.sender import Known, check_sender
from triage.verify.sender.sender_signs import sender_obstacles
from triage.verify.signature.form_signature import is_tampered

BY_HAND = "medewerker"  # how the source of what a person read is called
NOTHING_MORE = Context()


@dataclass(frozen=True, slots=True)
class _Means:
    """What a request is checked with."""

    register: Register
    settings: Settings
    context: Context
    # Asks DNS; used only when the settings allow it.
    lookup: TextLookup
    # The moment of the check.
    now: datetime


@dataclass(frozen=True, slots=True)
class _Submission:
    """What came in for a request, read."""

    forms: Sequence[Form]
    # Values in the text of the mail.
    typed: Sequence[Found]
    # None for a form on its own.
    mail: ReadMail | None


def verify_message(
    mail: OpenedMail,
    intent: str,
    register: Register,
    settings: Settings,
    context: Context = NOTHING_MORE,
    lookup: TextLookup = dns_text,
    now: datetime | None = None,
) -> Verification | None:
    """Verify the formal request in a mail; None when the mail only asks about it (no form and no details).

    `lookup` asks DNS, and is used only when the settings allow it. `now` is the moment of the check, this one by default.
    """
    requests = load_requests()
    request = requests.types.get(intent)
    if request is None:
        return None
    means = _Means(register, settings, context, lookup, now or utc_now())
    with spending(mail.budget):
        forms = [read_form(file, request, requests, settings, means.now) for file in mail.files]
    typed = extract_rows(mail_rows(mail.own_words), request, requests)
    if not mail.files and len({entry.field for entry in typed}) < context.enough_typed:
        return None
    alone = _verify(request, _Submission(forms, typed, mail), means)
    verification = _with(alone, against_in_mail(mail, alone))
    return _with_unread(verification, [*mail.message.left_unread, *mail.budget.doubts])


def _with_unread(verification: Verification, unread: Sequence[str]) -> Verification:
    """The verification, with a doubt for all that was left unread; what nobody read is never in order."""
    return _with(verification, (Obstacle(Weight.DOUBT, said, kind="unread") for said in unread))


def _with(verification: Verification, more: Iterable[Obstacle]) -> Verification:
    return replace(verification, obstacles=ranked([*verification.obstacles, *more]))


def verify_pdf(
    name: str, data: bytes, register: Register, settings: Settings, context: Context = NOTHING_MORE, now: datetime | None = None
) -> Verification:
    """Verify a form on its own, as the first request of data/requests.yaml when it does not say which; what only a mail can tell stays
    open. Raises NoRequestsError.
    """
    requests = load_requests()
    means = _Means(register, settings, context, dns_text, now or utc_now())
    with budget_of("") as budget:
        files = open_files([Attachment(name, PDF, data)])
        asked = (request_of(read_file(file, settings), requests) for file in files)
        request = next(filter(None, asked), next(iter(requests.types.values()), None))
        if request is None:
            raise NoRequestsError("This help desk has no formal requests: data/requests.yaml names none.")
        forms = [read_form(file, request, requests, settings, means.now) for file in files]
    return _with_unread(_verify(request, _Submission(forms, [], None), means), budget.doubts)


def recognised_request(mail: OpenedMail) -> str | None:
    """The intent of the form in a mail's attachments, when a form of ours is among them."""
    recognised = (request_of(file.document, load_requests()) for file in mail.files)
    return next((request.intent for request in recognised if request), None)


def _verify(request: RequestType, came: _Submission, means: _Means) -> Verification:
    chosen = choose(came.forms)
    everything = values(chosen, came.typed)
    hidden = hidden_obstacles(everything, {spec.name: spec.title for spec in request.fields})
    found = {field: seen_first(entries) for field, entries in everything.items()}
    scans = {form.file for form in chosen.forms if form.document.read_by_ocr or form.document.over_scan}
    by_hand = _by_hand(means.context.readings, found, scans)
    for field, reading in by_hand.items():
        found[field] = [Found(field, reading.value, Evidence(BY_HAND, None, reading.value, by_hand=True))]
    kind = request.kind(" ".join(entry.value for entry in found.get("soort", ())))
    request = request.of_kind(kind)
    case = _case(request, kind, found, chosen, came.mail, means)
    checks = tuple(each_value(run_check(spec, case), lambda one: _counts(one, scans, chosen.signed)) for spec in request.fields)
    sender = _sender(came.mail, case, means)
    doubts = [*(doubt for form in chosen.forms for doubt in form.doubts), *_told_by_hand(by_hand, request)]
    obstacles = [
        *_tampering(chosen.signature),
        *field_obstacles(request, checks),
        *sender_obstacles(checks, case, sender),
        *hidden,
        *(Obstacle(Weight.DOUBT, doubt) for doubt in doubts),
        *_of_whole_files(chosen, request, case, means.settings),
    ]
    return Verification(
        request=request.intent,
        fields=checks,
        signature=_with_signer(chosen.signature, case),
        sender=sender,
        missing=missing_of(request, checks),
        obstacles=ranked(obstacles),
        code=_code(chosen.forms),
        turns={form.file: form.document.turns for form in chosen.forms if form.document.read_by_ocr},
    )


def _by_hand(
    readings: Sequence[HandReading], found: Mapping[str, Sequence[Found]], scans: Collection[str]
) -> dict[str, HandReading]:
    """What people read, the last of each field: a person reads better than OCR, but never over what was typed."""
    return {
        reading.field: reading
        for reading in readings
        if all(entry.evidence.file in scans for entry in found.get(reading.field, ()))
    }


def _told_by_hand(by_hand: Mapping[str, HandReading], request: RequestType) -> list[str]:
    """Dutch: what people read on the form, and who."""
    if not by_hand:
        return []
    read = ", ".join(f"{spec.title} ‘{by_hand[spec.name].value}’" for spec in request.fields if spec.name in by_hand)
    readers = ", ".join(sorted({reading.by for reading in by_hand.values()}))
    return [f"Gelezen door {readers}: {read}. Vergelijk dit met het formulier."]


def _case(
    request: RequestType, kind: str, found: Mapping[str, Sequence[Found]], chosen: Chosen, mail: ReadMail | None, means: _Means
) -> Case:
    forms, context = chosen.forms, means.context
    return Case(
        found=found,
        register=means.register,
        requests=load_requests(),
        signature=chosen.signature,
        sender_domain=mail.sender.domain if mail else "",
        check_dns=means.settings.check_deliverability,
        unreadable=unreadable(forms) if not any(form.found for form in forms) else "",
        about=context.about,
        kind=kind,
        names_director=request.field("bestuurder") is not None,
        now=means.now,
        authority=context.authority,
        authority_months=means.settings.authority_months,
    )


def _with_signer(signature: SignatureReport, case: Case) -> SignatureReport:
    """The signature, with whether its signer is the board member that the request names."""
    if not signature.signer or not case.names_director:
        return signature
    return replace(signature, signer_fits=same_person(signature.signer, case.first("bestuurder")))


def _sender(mail: ReadMail | None, case: Case, means: _Means) -> SenderReport:
    if mail is None:
        return SenderReport(None, reason="Alleen een PDF: er is geen afzender.")
    return check_sender(mail, _known(case, means.settings, means.context.past, means.lookup))


def _tampering(signature: SignatureReport) -> list[Obstacle]:
    tampered = signature.kind == "digitaal" and is_tampered(signature)
    return [Obstacle(Weight.FORGERY, signature.reason)] if tampered else []


def _of_whole_files(chosen: Chosen, request: RequestType, case: Case, settings: Settings) -> Iterator[Obstacle]:
    domains = {*case.domains, case.sender_domain, _own_domain(settings)} - {""}
    for form in chosen.forms:
        yield from whole_file(form, chosen, request, case.register, domains)
        if form.signature.kind != "geen":
            yield from ticked_against(form.document)
        if form.file == chosen.signed:
            yield from another_paper(form.document, case.requests)
            yield from long_ago(form.document, case.today)


def _code(forms: Sequence[Form]) -> CodeReport | None:
    """What the code on the forms says; one that does not match before the others."""
    codes = sorted((form.code for form in forms if form.code), key=lambda code: code.matches is not False)
    return next(iter(codes), None)


def missing_of(request: RequestType, checks: Sequence[FieldCheck]) -> tuple[str, ...]:
    """Names of the required fields that are not ok."""
    return tuple(
        check.field
        for spec, check in zip(request.fields, checks, strict=True)
        if spec.required and not spec.by_agent and check.status is not Status.OK
    )


def ranked(obstacles: Sequence[Obstacle]) -> tuple[Obstacle, ...]:
    """Heaviest first, each reason once."""
    first: dict[str, Obstacle] = {}
    for obstacle in sorted(obstacles, key=lambda obstacle: list(Weight).index(obstacle.weight)):
        first.setdefault(obstacle.reason, obstacle)
    return tuple(first.values())


def _own_domain(settings: Settings) -> str:
    """The help desk's own mail domain."""
    return settings.help_address.rpartition("@")[2]


def _known(case: Case, settings: Settings, past: Past | None, lookup: TextLookup) -> Known:
    return Known(
        domains=case.domains,
        free_mail=case.requests.free_mail,
        disposable=case.requests.disposable,
        own_names=case.requests.own_names,
        own_domain=_own_domain(settings),
        authserv_id=settings.authserv_id,
        arc_sealers=frozenset(settings.arc_sealers),
        lookup=lookup if settings.check_deliverability else None,
        past=past,
        open_host=case.register.sites.is_open(case.sender_domain),
        registered=bool(case.register.sites.schools_at(case.sender_domain)),
    )


def each_value(check: FieldCheck, weigh: Callable[[FieldCheck], FieldCheck]) -> FieldCheck:
    """Weigh a check, and each of the values that a person may choose from as if it were the only one."""
    choices = []
    for choice in check.choices:
        alone = weigh(FieldCheck(check.field, choice.value, choice.status, choice.evidence, reason=choice.reason))
        choices.append(replace(choice, status=alone.status, reason=alone.reason))
    return replace(weigh(check), choices=tuple(choices))


def _counts(check: FieldCheck, scans: Collection[str], signed: str) -> FieldCheck:
    return _seen_and_signed(_read_well(check, scans), signed)


def _read_well(check: FieldCheck, scans: Collection[str]) -> FieldCheck:
    """What OCR read and can't be right may be misread: that is for a person, and no sign of anything."""
    if check.evidence is None or check.evidence.file not in scans or check.status not in (Status.INVALID, Status.DIFFERS):
        return check
    return replace(check, status=Status.DOUBT, reason=f"{check.reason} Het staat op een scan: misschien is het verkeerd gelezen.")


def _seen_and_signed(check: FieldCheck, signed: str) -> FieldCheck:
    """A value is ok only where the board member saw and signed it."""
    if check.status is not Status.OK or check.evidence is None:
        return check
    if check.evidence.hidden:
        reason = f"Dit telt niet zonder meer: {check.evidence.hidden}. Vergelijk het met de PDF."
        return replace(check, status=Status.DOUBT, reason=reason)
    if signed and check.evidence.file != signed and not check.evidence.by_hand:
        reason = f"Staat niet in het ondertekende formulier, maar in: {check.evidence.source}."
        return replace(check, status=Status.DOUBT, reason=reason)
    return check


def field_obstacles(request: RequestType, checks: Sequence[FieldCheck]) -> list[Obstacle]:
    """Every field that is not ok: a doubt is for a person, the rest for the school."""
    return [
        obstacle
        for spec, check in zip(request.fields, checks, strict=True)
        if not spec.by_agent and check.status is not Status.OK
        for obstacle in _obstacles_of(spec, check)
    ]


def _obstacles_of(spec: FieldSpec, check: FieldCheck) -> list[Obstacle]:
    if check.status is Status.DOUBT and check.doubts:
        return [Obstacle(Weight.DOUBT, f"{spec.title}: {doubt.reason}", spec.name, doubt.kind) for doubt in check.doubts]
    return [
        Obstacle(
            Weight.DOUBT if check.status is Status.DOUBT else Weight.SHORTFALL,
            f"{spec.title}: {check.reason}",
            spec.name,
            "conflict" if check.choices else "",
        )
    ]
