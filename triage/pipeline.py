"""Triage as one function: a parsed mail goes in; classification, route, verification and draft come out.

Touches nothing outside; intake stores the result.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, joinedload

from kb.search import KnowledgeBase, installed_encoder
from kb.settings import Settings
from kb.store import get_articles
from triage.answer import AlsoAsked, DraftAnswer, write_draft, write_receipt
from triage.classify.explain import Classification, classify
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import mail_text
from triage.classify.memory import Correction as Remembered
from triage.classify.running import ready_model, remember
from triage.classify.training import Model
from triage.earlier import Background, Candidate, brin_of
from triage.mail import Message
from triage.mail.replies import own_words
from triage.routing import Facts, Route, load_routing
from triage.store import Correction
from triage.verify.budget import budget_of
from triage.verify.case import Context, split_brin
from triage.verify.forms import load_requests
from triage.verify.joining import join, with_other_boards, with_withdrawal, withdrawal
from triage.verify.model import Verification
from triage.verify.record import to_json
from triage.verify.register import Register, School, load_register
from triage.verify.verdict import recognised_request, verify_message

_BRIN_IN_TEXT = re.compile(r"\b[0-9]{2}[A-Z]{2}(?:[0-9]{2})?\b")


@dataclass(frozen=True, slots=True)
class Tools:
    """What triage needs at hand."""

    knowledge: KnowledgeBase
    model: Model
    register: Register
    settings: Settings


@dataclass(frozen=True, slots=True)
class Triaged:
    """Everything decided about a mail."""

    classification: Classification
    route: Route
    verification: Verification | None  # None when the mail is no formal request
    draft: DraftAnswer | None  # None when the mail is not answered
    follows: int | None = None  # number of the ticket whose request this mail goes on with


def load_tools(engine: Engine, settings: Settings) -> Tools:
    """Articles and register from the database, the model from its file (trained first on a new installation)."""
    with Session(engine) as session:
        knowledge = KnowledgeBase.from_articles(get_articles(session), installed_encoder(settings))
        register = load_register(session)
        model = running_model(session, settings)
    return Tools(knowledge, model, register, settings)


def running_model(session: Session, settings: Settings) -> Model:
    """The model as it runs: what was trained, and what colleagues corrected since."""
    return remember(ready_model(settings), load_corrections(session))


def with_new_corrections(tools: Tools, session: Session) -> Tools:
    """The tools with what colleagues corrected since they were loaded: an intake that keeps watching learns it too."""
    corrections = load_corrections(session)
    known = set(tools.model.classifier.classes_.tolist())
    if tuple(one for one in corrections if one.intent in known) == tools.model.memory.corrections:
        return tools
    return replace(tools, model=remember(tools.model, corrections))


def load_corrections(session: Session) -> list[Remembered]:
    """What colleagues decided about mails, oldest first; of each ticket the last decision."""
    rows = session.scalars(select(Correction).options(joinedload(Correction.ticket)).order_by(Correction.id))
    last = {row.ticket_id: row for row in rows}
    return [Remembered(row.ticket_id, row.text, row.ticket.subject, row.intent, row.by, row.at) for row in last.values()]


def classified_text(message: Message) -> str:
    """What the classifier reads of a mail."""
    files = [(attachment.filename, attachment.content_type) for attachment in message.attachments]
    return mail_text(message.subject, message.text, files, message.sender.domain)


def classify_message(message: Message, model: Model) -> Classification:
    """Classify a mail. A form of ours in the attachments decides: whoever sends it asks for what it is for."""
    found = classify(classified_text(message), model)
    request = recognised_request(message)
    if request is None or request == found.intent:
        return found
    title = load_requests().types[request].title
    return replace(
        found, intent=request, decision="review", reasons=(f"Er zit een formulier ‘{title}’ bij de mail.", *found.reasons)
    )


def triage_message(
    message: Message, received: datetime, tools: Tools, intent: str | None = None, background: Background | None = None
) -> Triaged:
    """Triage a mail that came in at `received` (with time zone).

    `intent` is what an agent decided instead, `background` what the desk knows besides the mail.
    """
    with budget_of(message.sha256):
        return _triage(message, received, tools, intent, background or Background())


def _triage(message: Message, received: datetime, tools: Tools, intent: str | None, background: Background) -> Triaged:
    taxonomy = load_taxonomy()
    found = classify_message(message, tools.model)
    goes_on = None if intent else _answered_request(message, found.intent, background, tools)
    if goes_on:
        said = f"Dit is een antwoord in de aanvraag van vraag {goes_on.ticket}."
        found = replace(found, intent=goes_on.intent, decision="review", reasons=(said, *found.reasons))
    label = intent or found.intent
    verification, follows = _verified(message, label, background, tools) if taxonomy[label].formal_request else (None, None)
    verification = with_other_boards(verification, background.asked_for) if verification else None
    verdict = verification.verdict.value if verification else None
    school = school_of(message, to_json(verification) if verification else None, tools.register)
    facts = facts_of(message, label, found.confidence, verdict, school, received)
    route = load_routing().route(facts, taxonomy)
    sure = load_routing().offer_answer_from
    second = found.second if found.second and found.second.confidence >= sure and label == found.intent else None
    also = AlsoAsked(taxonomy[second.intent], second.asked) if second else None
    if intent or goes_on or verification or found.confidence >= sure:
        draft = write_draft(
            message,
            taxonomy[label],
            found.language,
            route.priority,
            verification,
            tools.knowledge,
            tools.settings,
            also,
            school,
        )
    else:
        draft = write_receipt(message, taxonomy[label], found.language)
    return Triaged(found, route, verification, draft, follows)


def _answered_request(message: Message, intent: str, background: Background, tools: Tools) -> Candidate | None:
    """The request in whose thread a mail adds something or takes it back, whatever the mail seems to be about."""
    candidate = next((one for one in background.candidates if one.in_thread), None)
    if candidate is None or candidate.intent == intent or load_taxonomy()[intent].formal_request:
        return None
    context = Context(background.past, enough_typed=1)
    own = verify_message(message, candidate.intent, tools.register, tools.settings, context)
    return candidate if own or withdrawal(message) else None


def _verified(message: Message, intent: str, background: Background, tools: Tools) -> tuple[Verification | None, int | None]:
    """The check of a formal request with the earlier mails that belong to it, and the number of the ticket it goes on from."""
    thread = next((one for one in background.candidates if one.in_thread and one.intent == intent), None)
    context = Context(background.past, background.readings)
    if thread:
        context = replace(context, enough_typed=1, about=tools.register.school(thread.brin, None))
    own = verify_message(message, intent, tools.register, tools.settings, context)
    brin = brin_of(dict(to_json(own))) if own else ""
    same = (one for one in background.candidates if one.intent == intent and (one.in_thread or (brin and one.brin == brin)))
    candidate = next(same, None)
    if candidate is None or not (own or withdrawal(message)):
        return (with_withdrawal(own, message) if own else None), None
    if candidate.in_thread and brin and candidate.brin and brin != candidate.brin:
        return with_withdrawal(own, message) if own else None, None  # a form for another school in the same thread
    school = tools.register.school(candidate.brin, None)
    parts = [
        verify_message(
            mail.message, intent, tools.register, tools.settings, Context(readings=mail.readings, enough_typed=1, about=school)
        )
        for mail in candidate.mails
    ]
    known = [part for part in [*parts, own] if part]
    return (with_withdrawal(join(known, tools.register), message) if known else None), candidate.ticket


def facts_of(
    message: Message, intent: str, confidence: float, verdict: str | None, school: School | None, received: datetime
) -> Facts:
    """What the routing rules may look at."""
    return Facts(
        intent=intent,
        received=received,
        text=f"{message.subject}\n{own_words(message.text)}",
        verdict=verdict,
        confidence=confidence,
        sender=message.sender.address,
        brin=school.brin if school else "",
        board=school.board_number if school else "",
        region=school.holiday_region if school else "",
    )


def school_of(message: Message, checked: Mapping[str, Any] | None, register: Register) -> School | None:
    """The school a mail is about: the BRIN of a request or in the text, otherwise the only school at the sender's domain.

    `checked` is the verification of a request, as it is stored.
    """
    asked = [one["value"] or "" for one in checked["fields"] if one["field"] == "brin"] if checked else []
    for code in [*asked, *(match.group() for match in _BRIN_IN_TEXT.finditer(f"{message.subject}\n{own_words(message.text)}"))]:
        if school := register.school(*split_brin(code)):
            return school
    schools = register.schools_at(message.sender.domain)
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
