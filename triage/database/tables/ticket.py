"""A conversation: the ticket itself, its entries, what is being written for it, and what happened to it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, Text, case
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kb.store import Base, UtcDateTime, utc_now
from triage.database.tables.mail import MESSAGE_ID

if TYPE_CHECKING:
    from triage.database.tables.account import User
    from triage.database.tables.classification import Prediction
    from triage.database.tables.incident import Incident
    from triage.database.tables.mail import NamedMail, RawMail
    from triage.database.tables.outbox import OutboxEntry
    from triage.database.tables.request import VerificationRow

OLDEST = datetime(2010, 1, 1, tzinfo=UTC)  # an earlier date on a mail is a clock that was never set


class Ticket(Base):
    """A conversation with one party about one matter, and everything decided about it."""

    __tablename__ = "ticket"
    __table_args__ = (Index("ix_ticket_inbox", "status", "queue", "due_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("raw_mail.id"), unique=True)  # the first mail
    subject: Mapped[str] = mapped_column(String(500))
    message_id: Mapped[str] = mapped_column(String(MESSAGE_ID), index=True, default="")  # Message-ID, "" without one
    sender_name: Mapped[str] = mapped_column(String(200))
    sender_address: Mapped[str] = mapped_column(String(320))
    sender_key: Mapped[str] = mapped_column(String(320), index=True, default="")  # sender_address in lower case, for looking up
    sender_domain: Mapped[str] = mapped_column(String(255), index=True, default="")  # of sender_address, in lower case
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)  # Date header
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    language: Mapped[str] = mapped_column(String(8))
    words: Mapped[list[str] | None] = mapped_column(JSON)  # telling ones, folded; None in tickets of before they were kept
    intent: Mapped[str] = mapped_column(String(60), index=True)
    confidence: Mapped[float]
    decision: Mapped[str] = mapped_column(String(10))  # auto, review
    queue: Mapped[str] = mapped_column(String(40))
    priority: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    status: Mapped[str] = mapped_column(String(20), default="open")  # open, waiting, closed
    waiting_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)  # when one that waits opens by itself
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    # an agent took it out of an incident: it is not added to one by itself again
    left_incident_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))  # where its messages are now
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))  # a closed conversation that this one goes on with

    mail: Mapped[RawMail] = relationship()
    messages: Mapped[list[MessageRow]] = relationship(back_populates="ticket", order_by="MessageRow.id")
    assignee: Mapped[User | None] = relationship()
    predictions: Mapped[list[Prediction]] = relationship(back_populates="ticket", order_by="Prediction.id")
    verifications: Mapped[list[VerificationRow]] = relationship(  # of all its messages; each check is stored with its own
        secondary="message", order_by="VerificationRow.id", viewonly=True
    )
    drafts: Mapped[list[Draft]] = relationship(back_populates="ticket", order_by="Draft.id")
    events: Mapped[list[Event]] = relationship(back_populates="ticket", order_by="Event.id")
    incident: Mapped[Incident | None] = relationship(back_populates="tickets")

    @validates("status")
    def _forget_moment(self, _: str, status: str) -> str:
        """The moment belongs to the waiting it was chosen for: whatever changes the state forgets it."""
        self.waiting_until = None
        return status

    def audit(self, by: str, action: str, **detail: object) -> None:
        """Add a line to the audit trail; `by` is a user name, or "wegwijzer" for the program."""
        self.events.append(Event(actor=by, action=action, detail=detail))


def moment() -> ColumnElement[datetime]:
    """When a mail was sent, if its date can be true: not after it came in, and not of a clock that was never set. Otherwise when it came in.

    So the mails of an old mailbox count in the time they were written.
    """
    true = (Ticket.sent_at < Ticket.created_at) & (Ticket.sent_at > OLDEST)
    return case((true, Ticket.sent_at), else_=Ticket.created_at)


class MessageRow(Base):
    """One entry of a conversation: a mail that came in, an answer that went out, or a note between colleagues."""

    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    direction: Mapped[str] = mapped_column(String(10))  # incoming, outgoing, note
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)  # when it came in, went out or was written
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("raw_mail.id"), unique=True)  # of one that came in
    draft_id: Mapped[int | None] = mapped_column(ForeignKey("draft.id"), unique=True)  # of one that went out
    # Its Message-ID. That of an answer is random, so that only who saw the answer can name it; "" when it is not known.
    message_id: Mapped[str] = mapped_column(String(MESSAGE_ID), index=True, default="")
    author: Mapped[str] = mapped_column(String(320))  # name or address of who wrote in; account of a colleague
    address: Mapped[str] = mapped_column(String(320), index=True, default="")  # who wrote in, or whom we wrote to, in lower case
    domain: Mapped[str] = mapped_column(String(255), index=True, default="")  # of that address
    text: Mapped[str | None] = mapped_column(Text)  # own words; None in messages of before they were kept: read from the mail
    files: Mapped[list[str] | None] = mapped_column(JSON)  # names of its attachments; None as with text
    automatic: Mapped[str] = mapped_column(String(20), default="")  # kind of automatic mail, "" for one of a person
    joined: Mapped[str] = mapped_column(String(200), default="")  # Dutch: why a later mail is of this conversation
    warning: Mapped[str] = mapped_column(String(300), default="")  # Dutch: what is odd about that, "" when nothing is
    believed: Mapped[bool] = mapped_column(default=True)  # our mail server did not fail whom it says it is from
    # An earlier mail of the same formal request, that this one goes on with: a request is a tree of messages.
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"), index=True)

    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    mail: Mapped[RawMail | None] = relationship(back_populates="message")
    draft: Mapped[Draft | None] = relationship()
    outbox: Mapped[OutboxEntry | None] = relationship(back_populates="message", cascade="all, delete-orphan")
    named: Mapped[list[NamedMail]] = relationship(order_by="NamedMail.id")
    verifications: Mapped[list[VerificationRow]] = relationship(back_populates="message", order_by="VerificationRow.id")


class Draft(Base):
    """A proposed answer; each edit is a new row, so what was sent stays on record."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    citations: Mapped[list[str]] = mapped_column(JSON)  # slugs
    author_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))  # None: the bot
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_how: Mapped[str | None] = mapped_column(String(10))  # smtp, hand

    ticket: Mapped[Ticket] = relationship(back_populates="drafts")


class OwnText(Base):
    """What somebody is writing for a ticket and has not sent; nobody else sees it."""

    __tablename__ = "own_text"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(String(64))  # the ticket as its writer saw it (triage.tickets.view.seen_of)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Event(Base):
    """The audit trail: who did what on a ticket, and when. Rows are only ever added."""

    __tablename__ = "event"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)
    actor: Mapped[str] = mapped_column(String(80))  # user name, or "wegwijzer" for the program
    action: Mapped[str] = mapped_column(String(40))
    detail: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    ticket: Mapped[Ticket | None] = relationship(back_populates="events")
