"""A dry run of routing rules: what other rules would have done with tickets that came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from triage.classify.intents import load_taxonomy
from triage.mail import parse_message
from triage.pipeline import facts_of, school_of
from triage.routing import Routing
from triage.store import Ticket
from triage.verify.register import load_register


@dataclass(frozen=True, slots=True)
class Outcome:
    """A ticket that other rules would have treated otherwise."""

    ticket: int
    subject: str
    queue: tuple[str, str]  # by the rules in use, by the other rules
    priority: tuple[str, str]
    rule: tuple[str, str]  # name of the rule that fired


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a dry run found."""

    tickets: int  # how many were looked at
    changed: tuple[Outcome, ...]


def rehearse(engine: Engine, since: datetime, current: Routing, other: Routing) -> Rehearsal:
    """Route every ticket since a moment (with time zone) by both sets of rules; nothing is stored."""
    taxonomy = load_taxonomy()
    changed = []
    with Session(engine) as session:
        register = load_register(session)
        tickets = session.scalars(select(Ticket).where(Ticket.created_at >= since).order_by(Ticket.id)).all()
        for ticket in tickets:
            message = parse_message(ticket.mail.raw)
            verdict = ticket.verifications[-1].verdict if ticket.verifications else None
            school = school_of(message, None, register)
            facts = facts_of(message, ticket.intent, ticket.confidence, verdict, school, ticket.mail.received_at)
            one, two = current.route(facts, taxonomy), other.route(facts, taxonomy)
            if (one.queue, one.priority, one.rule) != (two.queue, two.priority, two.rule):
                changed.append(
                    Outcome(ticket.id, ticket.subject, (one.queue, two.queue), (one.priority, two.priority), (one.rule, two.rule))
                )
    return Rehearsal(len(tickets), tuple(changed))
