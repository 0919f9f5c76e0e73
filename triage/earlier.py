"""What mail came before: the desk's memory of a sender, for the check of formal requests."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from triage.mail import Message
from triage.store import RawMail, Ticket
from triage.verify.model import Past


def past_of(session: Session, message: Message, received: datetime) -> Past:
    """Mail from the same address, and from others at its domain, that came in before `received` and became a ticket."""
    address = func.lower(Ticket.sender_address)
    earlier = select(func.count(), func.min(RawMail.received_at)).join(Ticket.mail).where(RawMail.received_at < received)
    own = message.sender.address.lower()[:320]
    count, first = session.execute(earlier.where(address == own)).one()
    domain = message.sender.domain
    others = 0
    if domain:
        at_domain = address.endswith(f"@{domain}", autoescape=True)
        others = session.execute(earlier.where(at_domain, address != own)).one()[0]
    return Past(count, first.date() if first else None, others)
