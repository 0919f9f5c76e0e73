"""A dry run of routing rules: what other rules would have done with tickets that came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from triage.classify.intents import load_taxonomy
from triage.database.tables import Ticket
from triage.intake.pipeline import facts_of, school_of
from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.register.register import Register
from triage.register.stored import load_register
from triage.routing.routing import Route, Routing
from triage.verify.record import from_json


@dataclass(frozen=True, slots=True)
class Rerouted:
    """A ticket that other rules would have treated otherwise."""

    ticket: int
    subject: str
    queue: tuple[str, str]  # as it went, by the other rules
    priority: tuple[str, str]
    due: tuple[datetime, datetime]  # with the time zone of the help desk
    rule: str  # the other rule that decides, or what is usual for the intent


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a dry run found."""

    tickets: int  # how many were looked at
    changed: tuple[Rerouted, ...]


def rehearse(engine: Engine, since: datetime, other: Routing) -> Rehearsal:
    """Route every ticket since a moment (with time zone) by other rules, beside how it went; nothing is stored."""
    with Session(engine) as session:
        register = load_register(session)
        tickets = session.scalars(select(Ticket).where(Ticket.created_at >= since).order_by(Ticket.id)).all()
        outcomes = [_outcome(ticket, _route(ticket, register, other), other) for ticket in tickets]
    changed = tuple(one for one in outcomes if any(was != now for was, now in (one.queue, one.priority, one.due)))
    return Rehearsal(len(outcomes), changed)


def _route(ticket: Ticket, register: Register, rules: Routing) -> Route:
    mail = read_mail(parse_message(ticket.mail.raw))
    checked = next((one for one in reversed(ticket.verifications) if one.request == ticket.intent), None)
    school = school_of(mail, from_json(checked.content) if checked else None, register)
    verdict = checked.verdict if checked else None
    facts = facts_of(mail, ticket.intent, ticket.confidence, verdict, school, ticket.mail.received_at)
    return rules.route(facts, load_taxonomy())


def _outcome(ticket: Ticket, route: Route, rules: Routing) -> Rerouted:
    due = (ticket.due_at.astimezone(rules.hours.zone), route.due)
    return Rerouted(ticket.id, ticket.subject, (ticket.queue, route.queue), (ticket.priority, route.priority), due, route.rule)
