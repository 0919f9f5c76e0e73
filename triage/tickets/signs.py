"""Signs of forgery: what a check of a mail found stays, whatever a later check or another subject says, until a senior lifts it."""

from __future__ import annotations

from triage.database.tables import MessageRow, VerificationRow
from triage.verify.model import Obstacle, Verdict, Weight
from triage.verify.record import from_json


def check_of(message: MessageRow) -> VerificationRow | None:
    """The newest check of a mail, when it is of what its ticket is about now."""
    row = message.verifications[-1] if message.verifications else None
    return row if row is not None and row.request == message.ticket.intent else None


def signs_of(message: MessageRow) -> list[Obstacle]:
    """The signs of forgery that any check of a mail found and nobody lifted, each once."""
    lifted = {lift.reason for row in message.verifications for lift in row.lifts}
    found = [
        one
        for row in message.verifications
        if row.verdict == Verdict.SUSPECT
        for one in from_json(row.content).obstacles
        if one.weight is Weight.FORGERY and one.reason not in lifted
    ]
    return list({one.reason: one for one in found}.values())


def is_suspect(message: MessageRow) -> bool:
    """Whether a sign of forgery stands on a mail."""
    row = check_of(message)
    return bool(signs_of(message)) or (row is not None and row.verdict == Verdict.SUSPECT and not _tells_why(row))


def _tells_why(row: VerificationRow) -> bool:
    """Whether a suspect check names its signs, so that each can be lifted; those of the first versions do not."""
    return any(one.weight is Weight.FORGERY for one in from_json(row.content).obstacles)
