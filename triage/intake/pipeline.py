"""Triage as one function: an opened mail goes in; classification, route, verification and draft come out.

Touches nothing outside; intake stores the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from kb.search.search import KnowledgeBase
from kb.settings import Settings, organisation
from triage.answer.answer import AlsoAsked, Decided, DraftAnswer, write_draft, write_receipt
from triage.classify.explain import Classification, classify_in
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import classified_text
from triage.classify.training import Model
from triage.documents.budget import one_budget
from triage.documents.opened_mail import OpenedMail, open_mail
from triage.intake.steps import ANSWER, CLASSIFY, VERIFY, step
from triage.mail import parse_message
from triage.mail.read_mail import ReadMail
from triage.register.codes import split_brin
from triage.register.domains import web_domain
from triage.register.register import Register
from triage.register.school import School
from triage.routing.routing import Facts, Route, load_routing
from triage.tickets.earlier import Background, EarlierMail, OpenRequest, sender_key
from triage.tickets.memory import with_memory
from triage.verify.case import Context
from triage.verify.forms import load_requests
from triage.verify.joining import Part, is_suspect, join, proof_of, with_withdrawal, withdrawal
from triage.verify.model import HandReading, MadeOn, Obstacle, Proof, Recorded, Verification, Weight
from triage.verify.record import to_json
from triage.verify.sender.authentication import recorded
from triage.verify.verdict import ranked, recognised_request, verify_message

NOT_TOGETHER = "Deze aanvraag heeft meer mails dan samen worden bekeken. Niet meegeteld: die van {moments}. Bekijk die zelf."
NO_BACKGROUND = Background()
_BRIN_IN_TEXT = re.compile(r"\b[0-9]{2}[A-Z]{2}(?:[0-9]{2})?\b")


@dataclass(frozen=True, slots=True)
class Tools:
    """What triage needs at hand, as it was at one moment."""

    knowledge: KnowledgeBase
    model: Model
    register: Register
    settings: Settings
    versions: MadeOn = field(default_factory=MadeOn)  # of the three

    def current(self) -> Tools:
        """Themselves: what was made by hand has no later version."""
        return self


class ToolSource(Protocol):
    """Whatever gives the tools as they are now: an installation, or tools made by hand."""

    def current(self) -> Tools:
        """The tools as they are now."""


class Checked(NamedTuple):
    """The check of a formal request."""

    verification: Verification
    follows: int | None = None  # number of the message it goes on from
    own: Verification | None = None  # of the mail alone; None when it holds nothing of a request itself


@dataclass(frozen=True, slots=True)
class Triaged:
    """Everything decided about a mail."""

    classification: Classification
    route: Route
    verification: Verification | None  # None when the mail is no formal request
    draft: DraftAnswer | None  # None when the mail is not answered
    follows: int | None = None  # number of the message of the request that this mail goes on with
    readings: tuple[HandReading, ...] = ()  # what people read on its form, with which the check was made
    own: Verification | None = None  # the check of this mail alone, without those it was joined with
    school: School | None = None  # that it is about, when that is known


def classify_message(mail: OpenedMail, model: Model) -> Classification:
    """Classify a mail. A form of ours in the attachments decides: whoever sends it asks for what it is for."""
    found = classify_in(classified_text(mail), mail.language, model)
    request = recognised_request(mail)
    if request is None or request == found.intent:
        return found
    title = load_requests().types[request].title
    return replace(
        found, intent=request, decision="review", reasons=(f"Er zit een formulier ‘{title}’ bij de mail.", *found.reasons)
    )


def triage_message(
    mail: OpenedMail, received: datetime, tools: Tools, intent: str | None = None, background: Background = NO_BACKGROUND
) -> Triaged:
    """Triage a mail that came in at `received` (with time zone).

    `intent` is what an agent decided instead, `background` what the desk knows besides the mail.
    """
    taxonomy = load_taxonomy()
    with step(CLASSIFY):
        found = classify_message(mail, tools.model)
    label = intent or _label(found, background)
    with step(VERIFY):
        checked = _verified(mail, label, background, tools) if taxonomy[label].formal_request else None
        goes_on = None
        if checked is None and not intent:
            goes_on, checked = _answered_request(mail, label, background, tools)
    if goes_on:
        said = f"Dit is een antwoord in de aanvraag van vraag {goes_on.ticket}."
        found = replace(found, intent=goes_on.intent, decision="review", reasons=(said, *found.reasons))
        label = goes_on.intent
    checked = _remembered(checked, background, tools) if checked else None
    verification = checked.verification if checked else None
    verdict = verification.verdict.value if verification else None
    school = school_of(mail, verification, tools.register)
    route = load_routing().route(facts_of(mail, label, found.confidence, verdict, school, received), taxonomy)
    decided = Decided(taxonomy[label], route.priority, verification, _also_asked(found, label), school, background.advised)
    surely = intent or goes_on or verification or found.confidence >= load_routing().offer_answer_from
    with step(ANSWER):
        draft = write_draft(mail, decided, tools.knowledge, tools.settings) if surely else write_receipt(mail, taxonomy[label])
    follows, own = (checked.follows, checked.own) if checked else (None, None)
    return Triaged(found, route, verification, draft, follows, background.readings, own, school)


def _label(found: Classification, background: Background) -> str:
    """What a mail is about: a later mail of a conversation is of what that is about, unless it surely asks something else."""
    goes_on = background.about and found.decision != "auto" and not load_taxonomy()[found.intent].formal_request
    return background.about if goes_on else found.intent


def _remembered(checked: Checked, background: Background, tools: Tools) -> Checked:
    """A check with what earlier requests say about it, and what it was made on."""
    memory = background.recall(checked.verification, checked.follows)
    verification = replace(with_memory(checked.verification, memory), made_on=tools.versions)
    return Checked(verification, checked.follows, replace(checked.own, made_on=tools.versions) if checked.own else None)


def _also_asked(found: Classification, label: str) -> AlsoAsked | None:
    """What a mail asks besides, when that is sure enough to answer it."""
    second = found.second
    if second is None or label != found.intent or second.confidence < load_routing().offer_answer_from:
        return None
    return AlsoAsked(load_taxonomy()[second.intent], second.asked)


def _answered_request(
    mail: OpenedMail, intent: str, background: Background, tools: Tools
) -> tuple[OpenRequest | None, Checked | None]:
    """The request in whose thread a mail adds something or takes it back, whatever the mail seems to be about, with its check."""
    candidate = next((one for one in background.candidates if one.in_thread and one.intent != intent), None)
    checked = _verified(mail, candidate.intent, background, tools) if candidate else None
    return (candidate, checked) if checked else (None, None)


def _verified(mail: OpenedMail, intent: str, background: Background, tools: Tools) -> Checked | None:
    """The check of a formal request with the earlier mails that belong to it; None when the mail is no part of a request."""
    thread = next((one for one in background.candidates if one.in_thread and intent in one.requests), None)
    context = Context(background.past, background.readings, authority=background.authority)
    if thread:
        context = replace(context, enough_typed=1, about=tools.register.school(thread.brin, None))
    own = verify_message(mail, intent, tools.register, tools.settings, context)
    candidate = _goes_on_with(own, intent, background)
    if candidate is None:
        return Checked(replace(with_withdrawal(own, mail), proof=proof_of(own)), None, own) if own else None
    if own is None and not (withdrawal(mail) and _of_school(mail, candidate, tools)):
        return None
    earlier, doubts = _earlier_parts(candidate, intent, background, tools)
    parts = [*earlier, Part(None, own, is_suspect(own))] if own else earlier
    if not parts:
        return None
    joined = with_withdrawal(join(parts, tools.register, background.authority, tools.settings.authority_months), mail)
    proof = proof_of(own) if own else Proof(sender=_vouched(mail, candidate, tools))
    return Checked(replace(joined, obstacles=ranked([*joined.obstacles, *doubts]), proof=proof), candidate.message, own)


def _goes_on_with(own: Verification | None, intent: str, background: Background) -> OpenRequest | None:
    """The request that a mail goes on with: of its thread, or of the same school."""
    brin = own.brin if own else ""
    same = (one for one in background.candidates if intent in one.requests and (one.in_thread or (brin and one.brin == brin)))
    candidate = next(same, None)
    if candidate and candidate.in_thread and brin and candidate.brin and brin != candidate.brin:
        return None  # a form for another school in the same thread
    return candidate


def _earlier_parts(
    candidate: OpenRequest, intent: str, background: Background, tools: Tools
) -> tuple[list[Part], Sequence[Obstacle]]:
    """The earlier mails of a request, suspect ones first, with a doubt for what of them was not looked at.

    What a mail goes on with, or takes back, is the request that stands. All of them are read from one budget.
    """
    with one_budget() as budget:
        parts = [part for mail in candidate.mails if (part := _part(mail, candidate, intent, background, tools))]
    said = list(budget.doubts)
    if candidate.left_out:
        said.append(NOT_TOGETHER.format(moments=", ".join(map(_moment, candidate.left_out))))
    return sorted(parts, key=lambda part: not part.suspect), [Obstacle(Weight.DOUBT, one, kind="unread") for one in said]


def _moment(at: datetime) -> str:
    return f"{organisation().local(at):%d-%m-%Y %H:%M}"


def _part(mail: EarlierMail, candidate: OpenRequest, intent: str, background: Background, tools: Tools) -> Part | None:
    """An earlier mail of a request; None when it holds nothing of a request. It is verified anew when the register changed since."""
    known = mail.own
    if known and known.request == intent and known.made_on.is_of_register(tools.versions):
        found = known.found
    else:
        about = tools.register.school(candidate.brin, None)
        context = Context(readings=mail.readings, enough_typed=1, about=about, authority=background.authority)
        found = verify_message(open_mail(parse_message(mail.raw)), intent, tools.register, tools.settings, context)
    return Part(mail.ticket, found, mail.suspect or is_suspect(found), mail.turned_down) if found else None


def _of_school(mail: ReadMail, candidate: OpenRequest, tools: Tools) -> bool:
    """Whether a mail comes from the school of a request or from who sent that request, as far as its From can be believed."""
    senders = {one.sender for one in candidate.mails if not one.suspect}
    believed = recorded(mail, tools.settings.authserv_id) is not Recorded.FAILED
    return believed and (_at_school(mail, candidate, tools) or sender_key(mail.message) in senders)


def _vouched(mail: ReadMail, candidate: OpenRequest, tools: Tools) -> bool:
    """Whether our mail server vouches that a mail comes from the school of a request."""
    return recorded(mail, tools.settings.authserv_id) is Recorded.PASSED and _at_school(mail, candidate, tools)


def _at_school(mail: ReadMail, candidate: OpenRequest, tools: Tools) -> bool:
    school = tools.register.school(candidate.brin, None)
    return web_domain(mail.sender.domain) in tools.register.domains(candidate.brin, school.board_number if school else "")


def facts_of(
    mail: ReadMail, intent: str, confidence: float, verdict: str | None, school: School | None, received: datetime
) -> Facts:
    """What the routing rules may look at."""
    return Facts(
        intent=intent,
        received=received,
        text=mail.question,
        verdict=verdict,
        confidence=confidence,
        sender=mail.sender.address,
        brin=school.brin if school else "",
        board=school.board_number if school else "",
        region=school.holiday_region if school else "",
    )


def school_of(mail: ReadMail, checked: Verification | None, register: Register) -> School | None:
    """The school a mail is about: the BRIN of a request or in the text, otherwise the only school at the sender's own domain."""
    asked = [checked.value("brin")] if checked else []
    for code in [*asked, *(match.group() for match in _BRIN_IN_TEXT.finditer(mail.question))]:
        if school := register.school(*split_brin(code)):
            return school
    domain = mail.sender.domain
    schools = [] if register.sites.is_open(domain) else register.sites.schools_at(domain)
    return schools[0] if len({school.brin for school in schools}) == 1 else None


def classification_json(found: Classification) -> dict[str, Any]:
    """As in the contract."""
    content = asdict(found)
    del content["second"]  # said in the reasons
    content["alternatives"], content["reasons"] = list(content["alternatives"]), list(content["reasons"])
    return content


def triaged_json(triaged: Triaged) -> Mapping[str, Any]:
    """As in the contract."""
    draft = triaged.draft
    return {
        "classification": classification_json(triaged.classification),
        "route": {
            "queue": triaged.route.queue,
            "priority": triaged.route.priority,
            "due": triaged.route.due.isoformat(),
            "rule": triaged.route.rule,
        },
        "verification": to_json(triaged.verification) if triaged.verification else None,
        "draft": {
            "subject": draft.subject if draft else "",
            "body": draft.body if draft else "",
            "citations": list(draft.citations) if draft else [],
        },
    }
