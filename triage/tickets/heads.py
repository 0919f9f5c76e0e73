"""Which mail of a request stands for it: the newest that is not suspect, not turned down and proven as well as the one before."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.database.states import GRANTED, REFUSED
from triage.database.tables import Ticket
from triage.tickets.chain import chain_of, request_of
from triage.tickets.signs import is_suspect
from triage.tickets.view import verification_of
from triage.verify.model import Proof
from triage.verify.record import from_json


def stands(ticket: Ticket) -> bool:
    """Whether a ticket is a request now that nobody turned down and no sign of forgery stands on."""
    return verification_of(ticket) is not None and not ruled(ticket, REFUSED) and not is_suspect(ticket)


def ruled(ticket: Ticket, outcome: str) -> bool:
    """Whether a request ended so, in any of its checks."""
    return any(row.ruling is not None and row.ruling.outcome == outcome for row in ticket.verifications)


def takes_over(newer: Ticket, older: Ticket) -> bool:
    """Whether a later mail stands in the place of an earlier one: of the same request and school, and proven at least as well."""
    new, old = verification_of(newer), verification_of(older)
    if new is None or old is None or not stands(newer) or new.request != old.request:
        return False
    same_school = not new.brin or not old.brin or new.brin == old.brin
    return same_school and (not stands(older) or ruled(newer, GRANTED) or _proof(newer).reaches(_proof(older)))


def _proof(ticket: Ticket) -> Proof:
    row = verification_of(ticket)
    proof = from_json(row.content).proof if row else None
    return proof or Proof()


def head_of(session: Session, ticket: Ticket, numbers: Collection[int] | None = None) -> Ticket:
    """The mail that stands for the request of a ticket, of those with certain numbers; the first one when none stands."""
    head = list(chain_of(session, ticket))[-1]
    among = request_of(session, ticket) if numbers is None else request_of(session, ticket) & set(numbers)
    for one in session.scalars(select(Ticket).where(Ticket.id.in_(among - {head.id})).order_by(Ticket.id)):
        if takes_over(one, head) or (verification_of(head) is None and stands(one)):
            head = one
    return head
