"""Signs of forgery: what a check of a ticket found stays, whatever a later check or another subject says, until a senior lifts it."""

from __future__ import annotations

from triage.database.tables import Ticket
from triage.tickets.view import verification_of
from triage.verify.model import Obstacle, Verdict, Weight
from triage.verify.record import from_json


def signs_of(ticket: Ticket) -> list[Obstacle]:
    """The signs of forgery that any check of a ticket found and nobody lifted, each once."""
    lifted = {lift.reason for row in ticket.verifications for lift in row.lifts}
    found = [
        one
        for row in ticket.verifications
        if row.verdict == Verdict.SUSPECT
        for one in from_json(row.content).obstacles
        if one.weight is Weight.FORGERY and one.reason not in lifted
    ]
    return list({one.reason: one for one in found}.values())


def is_suspect(ticket: Ticket) -> bool:
    """Whether a sign of forgery stands on a ticket."""
    row = verification_of(ticket)
    return (row is not None and row.verdict == Verdict.SUSPECT) or bool(signs_of(ticket))
