"""What was decided about a mail, as it is stored: its check with its place in a request, and the draft."""

from __future__ import annotations

from collections.abc import Sequence

from kb.store import utc_now
from triage.database.tables import Draft, MessageRow, ReadingRow, VerificationRow
from triage.intake.pipeline import Triaged
from triage.verify.model import HandReading, Verification
from triage.verify.record import to_json


def store_outcome(message: MessageRow, triaged: Triaged) -> None:
    """Add a check to a mail, and the draft to its ticket; used on arrival, when an agent corrects the intent, and for a new check."""
    store_check(message, triaged)
    ticket = message.ticket
    if triaged.draft:
        draft = triaged.draft
        ticket.drafts.append(Draft(subject=draft.subject, body=draft.body, citations=list(draft.citations)))
    elif ticket.drafts:  # what was proposed before no longer fits
        ticket.drafts.append(Draft(subject="", body="", citations=[]))


def store_check(message: MessageRow, triaged: Triaged) -> None:
    """Add a check to a mail, and tie it to the request that it goes on with."""
    # A tie stays: another subject and back takes no mail out of a request.
    message.follows_id = triaged.follows or message.follows_id
    if triaged.verification:
        message.verifications.append(_check_row(triaged.verification, triaged.readings, triaged.own))


def _check_row(verification: Verification, readings: Sequence[HandReading], own: Verification | None) -> VerificationRow:
    """A check as it is stored, with what is asked of it later in columns of its own."""
    signature, made_on = verification.signature, verification.made_on
    return VerificationRow(
        verdict=verification.verdict.value,
        request=verification.request,
        content=to_json(verification),
        own=to_json(own) if own else {},
        edition_id=made_on.edition,
        model_version=made_on.model,
        articles_version=made_on.articles,
        brin=verification.brin,
        board_number=verification.board_number,
        administrator=verification.administrator[:320],
        signer=(signature.signer or "")[:300],
        certificate=signature.certificate,
        signed_bytes=signature.signed_bytes,
        reference=verification.code.reference if verification.code else "",
        readings=[ReadingRow(field=one.field, value=one.value, by=one.by, at=one.at or utc_now()) for one in readings],
    )
