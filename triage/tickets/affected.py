"""Open tickets of the schools that a merger, a change of board or a new edition of the register is about."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, selectinload

from triage.database.states import OPEN
from triage.database.tables import Ticket
from triage.register.codes import brins_in
from triage.register.domains import web_domain
from triage.register.register import Register
from triage.tickets.heads import verification_of
from triage.tickets.view import TicketLine, line_of
from triage.verify.model import Verification
from triage.verify.record import from_json

_BRIN_FIELDS = frozenset({"brin", "brin_oud", "brin_nieuw"})
MOST = 50


def brins_of(verification: Verification) -> frozenset[str]:
    """Every BRIN of a verified request."""
    values = (one.value or "" for one in verification.fields if one.field in _BRIN_FIELDS)
    return frozenset(brin for value in values for brin, _ in brins_in(value))


def open_tickets_of(session: Session, register: Register, brins: Collection[str], besides: int = 0) -> list[TicketLine]:
    """Open tickets about these BRINs or from their own mail domains, oldest first, without ticket `besides`.

    A domain that other schools share too, such as that of a board, tells nothing.
    """
    domains = {domain for brin in brins for domain in _own_domains(register, brin, brins)}
    address = func.lower(Ticket.sender_address)
    about = [address.endswith(f"@{domain}", autoescape=True) for domain in domains]
    about += [Ticket.subject.icontains(brin, autoescape=True) for brin in brins]
    about.append(Ticket.verifications.any())
    query = select(Ticket).options(selectinload(Ticket.assignee), selectinload(Ticket.verifications))
    found = []
    for ticket in session.scalars(query.where(Ticket.status == OPEN, Ticket.id != besides, or_(*about)).order_by(Ticket.id)):
        row = verification_of(ticket)
        named = bool(row and brins_of(from_json(row.content)) & set(brins)) or any(
            brin in ticket.subject.upper() for brin in brins
        )
        if named or web_domain(ticket.sender_address.rpartition("@")[2]) in domains:
            found.append(line_of(ticket))
    return found[:MOST]


def _own_domains(register: Register, brin: str, brins: Collection[str]) -> frozenset[str]:
    schools = [*register.locations(brin), *(one.school for one in register.history.schools(brin, None))]
    domains = {domain for school in schools if (domain := web_domain(school.website))}
    return frozenset(domain for domain in domains if all(one.brin in brins for one in register.sites.schools_at(domain)))
