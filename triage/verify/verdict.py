"""Verifying a whole request: read every source, check every field, weigh the signs, give the verdict.

'compleet' needs every required field ok and no doubt left; 'verdacht' is for signs of forgery; everything else is
'onvolledig'. What the agent alone can see (geen_actieve_beheerder) is on the list but outside the verdict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from kb.settings import Settings
from triage.mail import Message
from triage.mail.replies import own_words
from triage.verify.budget import budget_of
from triage.verify.case import Case, Context
from triage.verify.checks import run_check
from triage.verify.dns_text import TextLookup, dns_text
from triage.verify.domains import web_domain
from triage.verify.extract import extract_rows, mail_rows
from triage.verify.files import PDF, FormFile, form_files
from triage.verify.form_signature import is_tampered
from triage.verify.forms import RequestType, load_requests
from triage.verify.model import (
    Evidence,
    FieldCheck,
    Found,
    Obstacle,
    Past,
    SenderReport,
    SignatureReport,
    Status,
    Verification,
    Weight,
)
from triage.verify.person_checks import same_person
from triage.verify.reading import Form, read_file, read_form, request_of, unreadable
from triage.verify.register import Register
from triage.verify.sender import Known, check_sender

DEFAULT_REQUEST = "eerste-beheerder-aanvraag"
BY_HAND = "medewerker"  # how the source of what a person read is called
NOTHING_MORE = Context()
NO_PDF = SignatureReport("geen", reason="Er zit geen ondertekende PDF bij de mail.")


def verify_message(
    message: Message,
    intent: str,
    register: Register,
    settings: Settings,
    context: Context = NOTHING_MORE,
    lookup: TextLookup = dns_text,
) -> Verification | None:
    """Verify the formal request in a mail; None when the mail only asks about it (no form and no details).

    `lookup` asks DNS, and is used only when the settings allow it.
    """
    requests = load_requests()
    request = requests.types.get(intent)
    if request is None:
        return None
    with budget_of(message.sha256) as budget:
        files = form_files(message.attachments)
        forms = [read_form(file, request, requests, settings) for file in files]
    in_mail = extract_rows(mail_rows(own_words(message.text)), request, requests)
    if not files and len({entry.field for entry in in_mail}) < context.enough_typed:
        return None
    verification = _verify(request, forms, in_mail, message, register, settings, context, lookup)
    return _with_unread(verification, [*message.left_unread, *budget.doubts])


def _with_unread(verification: Verification, unread: Sequence[str]) -> Verification:
    """The verification, with a doubt for all that was left unread; what nobody read is never in order."""
    doubts = [Obstacle(Weight.DOUBT, said, kind="unread") for said in unread]
    return replace(verification, obstacles=ranked([*verification.obstacles, *doubts]))


def verify_pdf(name: str, data: bytes, register: Register, settings: Settings) -> Verification:
    """Verify a form on its own; what only a mail can tell stays open."""
    requests = load_requests()
    file = FormFile(name, PDF, data)
    with budget_of(""):
        request = request_of(read_file(file, settings), requests) or requests.types[DEFAULT_REQUEST]
    with budget_of("") as budget:
        form = read_form(file, request, requests, settings)
    return _with_unread(_verify(request, [form], [], None, register, settings), budget.doubts)


def recognised_request(message: Message) -> str | None:
    """The intent of the form in a mail's attachments, when a form of ours is among them."""
    with budget_of(message.sha256):
        for file in form_files(message.attachments):
            if request := request_of(file.read(), load_requests()):
                return request.intent
    return None


def _verify(
    request: RequestType,
    forms: Sequence[Form],
    in_mail: Sequence[Found],
    message: Message | None,
    register: Register,
    settings: Settings,
    context: Context = NOTHING_MORE,
    lookup: TextLookup = dns_text,
) -> Verification:
    requests = load_requests()
    found: dict[str, list[Found]] = defaultdict(list)
    for entry in [entry for form in forms for entry in form.found] + list(in_mail):
        found[entry.field].append(entry)
    scans = {form.document.name for form in forms if form.document.read_by_ocr}
    by_hand = {  # the last of each field; a person reads better than OCR, but never over what was typed
        reading.field: reading
        for reading in context.readings
        if all(entry.evidence.source in scans for entry in found.get(reading.field, ()))
    }
    for field, reading in by_hand.items():
        found[field] = [Found(field, reading.value, Evidence(BY_HAND, None, reading.value, by_hand=True))]
    signature, signed_name = _signature_of(forms)
    kind = request.kind(" ".join(entry.value for entry in found["soort"]))
    request = request.of_kind(kind)
    case = Case(
        found=found,
        register=register,
        requests=requests,
        signature=signature,
        sender_domain=message.sender.domain if message else "",
        check_dns=settings.check_deliverability,
        unreadable=unreadable(forms) if not any(form.found for form in forms) else "",
        about=context.about,
        kind=kind,
        names_director=request.field("bestuurder") is not None,
    )
    if signature.signer and case.names_director:
        signature = replace(signature, signer_fits=same_person(signature.signer, case.first("bestuurder")))
    checks = tuple(_seen_and_signed(_read_well(run_check(spec, case), scans), signed_name) for spec in request.fields)
    sender = (
        check_sender(message, _known(case, settings, context.past, lookup))
        if message
        else SenderReport(None, reason="Alleen een PDF: er is geen afzender.")
    )
    codes = sorted((form.code for form in forms if form.code), key=lambda code: code.matches is not False)
    doubts = [doubt for form in forms for doubt in form.doubts]
    turns = {form.document.name: form.document.turns for form in forms if form.document.read_by_ocr}
    if by_hand:
        read = ", ".join(f"{spec.title} ‘{by_hand[spec.name].value}’" for spec in request.fields if spec.name in by_hand)
        readers = ", ".join(sorted({reading.by for reading in by_hand.values()}))
        doubts.append(f"Gelezen door {readers}: {read}. Vergelijk dit met het formulier.")
    obstacles = (
        [Obstacle(Weight.FORGERY, sign) for sign in _suspicions(checks, case, signature, sender)]
        + field_obstacles(request, checks)
        + _sender_doubts(sender)
        + [Obstacle(Weight.DOUBT, doubt) for doubt in doubts]
    )
    return Verification(
        request.intent, checks, signature, sender, missing_of(request, checks), ranked(obstacles), next(iter(codes), None), turns
    )


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


def _known(case: Case, settings: Settings, past: Past | None, lookup: TextLookup) -> Known:
    return Known(
        domains=case.domains,
        free_mail=case.requests.free_mail,
        disposable=case.requests.disposable,
        own_names=case.requests.own_names,
        own_domain=settings.help_address.rpartition("@")[2],
        authserv_id=settings.authserv_id,
        arc_sealers=frozenset(settings.arc_sealers),
        lookup=lookup if settings.check_deliverability else None,
        past=past,
    )


def _signature_of(forms: Sequence[Form]) -> tuple[SignatureReport, str]:
    """The signature of the form that was read, and the name of that form when it is signed, digitally or perhaps in ink.

    Of several files with values the signed one with most of them counts, but none may be tampered with.
    """
    tampered = [f.signature for f in forms if f.signature.kind == "digitaal" and is_tampered(f.signature)]
    if tampered:
        return tampered[0], ""
    if forms:
        chosen = max(forms, key=_signed_and_filled)
        return chosen.signature, chosen.document.name if chosen.signature.kind != "geen" else ""
    return NO_PDF, ""


def _signed_and_filled(form: Form) -> tuple[int, int, int]:
    """How much a file is the signed form: one without values may be a screenshot or a letter."""
    rank = {"digitaal": 2, "nat": 1}.get(form.signature.kind, 0)
    return rank if form.found else 0, len(form.found), rank


def _read_well(check: FieldCheck, scans: Collection[str]) -> FieldCheck:
    """What OCR read and can't be right may be misread: that is for a person, and no sign of anything."""
    if check.evidence is None or check.evidence.source not in scans or check.status not in (Status.INVALID, Status.DIFFERS):
        return check
    return replace(check, status=Status.DOUBT, reason=f"{check.reason} Het staat op een scan: misschien is het verkeerd gelezen.")


def _seen_and_signed(check: FieldCheck, signed_name: str) -> FieldCheck:
    """A value is ok only where the board member saw and signed it."""
    if check.status is not Status.OK or check.evidence is None:
        return check
    if not check.evidence.shown:
        reason = "Het formulierveld bevat iets anders dan op de bladzijde te zien is. Vergelijk het met de PDF."
        return replace(check, status=Status.DOUBT, reason=reason)
    if signed_name and check.evidence.source != signed_name and not check.evidence.by_hand:
        reason = f"Staat niet in het ondertekende formulier, maar in: {check.evidence.source}."
        return replace(check, status=Status.DOUBT, reason=reason)
    return check


def _suspicions(checks: Sequence[FieldCheck], case: Case, signature: SignatureReport, sender: SenderReport) -> list[str]:
    """Signs of forgery, heaviest first."""
    by_name = {check.field: check for check in checks}
    signs = []
    if signature.kind == "digitaal" and is_tampered(signature):
        signs.append(signature.reason)
    if sender.lookalike or sender.conflicting or sender.authenticated is False:
        signs.append(sender.reason)
    email = by_name.get("email_beheerder") or by_name.get("contactpersoon")
    if email and email.status is Status.DIFFERS:
        signs.append(f"{'E-mailadres beheerder' if email.field == 'email_beheerder' else 'Contactpersoon'}: {email.reason}")
    foreign = by_name.get("brin") or by_name.get("brin_oud")
    named_board = case.register.domains("", case.board_number)  # a mistaken BRIN, sent by that board itself, is no forgery
    unknown_sender = sender.domain_matches is False and web_domain(case.sender_domain) not in named_board
    unknown_address = email is not None and email.status is Status.DOUBT
    if foreign and foreign.status is Status.DIFFERS and case.register.locations(case.brin) and unknown_sender and unknown_address:
        signs.append(f"{foreign.reason} Afzender en beoogde beheerder zijn ook niet van die school of dat bestuur.")
    return signs


def field_obstacles(request: RequestType, checks: Sequence[FieldCheck]) -> list[Obstacle]:
    """Every field that is not ok: a doubt is for a person, the rest for the school."""
    return [
        Obstacle(Weight.DOUBT if check.status is Status.DOUBT else Weight.SHORTFALL, f"{spec.title}: {check.reason}", spec.name)
        for spec, check in zip(request.fields, checks, strict=True)
        if not spec.by_agent and check.status is not Status.OK
    ]


def _sender_doubts(sender: SenderReport) -> list[Obstacle]:
    doubts = []
    if sender.domain_matches is False and not sender.lookalike:
        doubts.append(sender.reason)
    if sender.address and sender.domain_matches is None:
        doubts.append("Het register kent geen website van de school of het bestuur. Kijk zelf of de afzender erbij hoort.")
    doubts += [doubt for doubt in sender.doubts if not any(doubt in said for said in doubts)]
    return [Obstacle(Weight.DOUBT, doubt) for doubt in doubts]
