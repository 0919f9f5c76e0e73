"""Which mail of a request stands for it: the newest that is not suspect, not turned down and proven as well as the one before."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED, REFUSED
from triage.database.tables import MessageRow, Ticket, VerificationRow
from triage.tickets.chain import chain_of, request_of
from triage.tickets.signs import check_of, is_suspect
from triage.verify.model import Proof
from triage.verify.record import from_json


def stands(message: MessageRow) -> bool:
    """Whether a mail is a request now that nobody turned down, in any mail of its ticket, and that no sign of forgery stands on."""
    return check_of(message) is not None and not is_refused(message.ticket) and not is_suspect(message)


def is_ruled(ticket: Ticket) -> bool:
    """Whether the request of a ticket ended."""
    return any(row.ruling for row in ticket.verifications)


def is_refused(ticket: Ticket) -> bool:
    """Whether the request of a ticket was turned down."""
    return any(row.ruling is not None and row.ruling.outcome == REFUSED for row in ticket.verifications)


def is_granted(message: MessageRow) -> bool:
    """Whether a request was granted in any check of a mail."""
    return any(row.ruling is not None and row.ruling.outcome == GRANTED for row in message.verifications)


def takes_over(newer: MessageRow, older: MessageRow) -> bool:
    """Whether a later mail stands in the place of an earlier one: of the same request and school, and proven at least as well."""
    new, old = check_of(newer), check_of(older)
    if new is None or old is None or not stands(newer) or new.request != old.request:
        return False
    same_school = not new.brin or not old.brin or new.brin == old.brin
    return same_school and (not stands(older) or is_granted(newer) or _proof(newer).reaches(_proof(older)))


def _proof(message: MessageRow) -> Proof:
    row = check_of(message)
    proof = from_json(row.content).proof if row else None
    return proof or Proof()


def head_of(session: Session, message: MessageRow, before: int | None = None) -> MessageRow:
    """The mail that stands for the request of a message, of those with a number below `before`; the first one when none stands."""
    first = list(chain_of(session, message))[-1]
    among = {number for number in request_of(session, message) if before is None or number < before}
    others = session.scalars(select(MessageRow).where(MessageRow.id.in_(among - {first.id})).order_by(MessageRow.id))
    return _last_to_stand(first, others)


def head_in(ticket: Ticket) -> MessageRow | None:
    """The mail that stands for the request of a ticket, of those in it: the one it was ruled on, once it was. None without a check."""
    checked = [one for one in ticket.messages if one.verifications]
    ended = [one for one in checked if any(row.ruling for row in one.verifications)]
    return ended[-1] if ended else _last_to_stand(checked[0], checked[1:]) if checked else None


def _last_to_stand(first: MessageRow, later: Iterable[MessageRow]) -> MessageRow:
    head = first
    for one in later:
        if takes_over(one, head) or (check_of(head) is None and stands(one)):
            head = one
    return head


def verification_of(ticket: Ticket) -> VerificationRow | None:
    """The newest check of the mail that stands for the request of a ticket, when it is of what the ticket is about now."""
    if not ticket.verifications:
        return None
    head = head_in(ticket)
    return check_of(head) if head else None
