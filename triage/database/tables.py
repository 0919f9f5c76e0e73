"""Tables of the help desk. Migrations beside this file change them in databases that exist; opening one is in triage.database.opening."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    Date,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    case,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kb.store import Base, UtcDateTime, utc_now
from triage.database.account_names import LONGEST_KEY, name_key

OLDEST = datetime(2010, 1, 1, tzinfo=UTC)  # an earlier date on a mail is a clock that was never set
MESSAGE_ID = 300  # characters of a Message-ID that are kept; a longer one is known by its beginning


class RawMail(Base):
    """The bytes of a mail as they came in; written before anything reads them, never changed."""

    __tablename__ = "raw_mail"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)  # of the bytes
    fingerprint: Mapped[str | None] = mapped_column(String(64), unique=True)  # triage.intake.same_mail, when it has a Message-ID
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    source: Mapped[str] = mapped_column(String(200))  # kind of source it came from
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    state: Mapped[str] = mapped_column(String(20), index=True, default="bewaard")  # bewaard, ontvangen, verwerkt, apart, kopie
    problem: Mapped[str] = mapped_column(String(500), default="")  # why it was set apart
    copy_of_id: Mapped[int | None]  # number of the mail it is a copy of
    attempts: Mapped[int] = mapped_column(default=0)  # how often somebody began to triage it
    claimed_by: Mapped[str] = mapped_column(String(120), default="")  # the process that triages it now: host and number
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # until when nobody else does, or tries again

    message: Mapped[MessageRow | None] = relationship(back_populates="mail")


class User(Base):
    """Somebody who may sign in."""

    __tablename__ = "user_account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    key: Mapped[str] = mapped_column(  # what the name looks like; after a "#" that no key holds: its number, in an old pair alike
        String(LONGEST_KEY), unique=True, index=True, default=lambda context: name_key(context.get_current_parameters()["name"])
    )
    password_hash: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(20))  # agent, senior, admin
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class SignIn(Base):
    """A session of a signed-in user; only a digest of its token is kept."""

    __tablename__ = "sign_in"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)

    user: Mapped[User] = relationship()


class SignInTry(Base):
    """Somebody gave a name and a password at the door. The name itself is not kept: people type their password there too."""

    __tablename__ = "sign_in_try"
    __table_args__ = (
        Index("ix_sign_in_try_account", "account", "address", "at"),
        Index("ix_sign_in_try_address", "address", "at"),
        Index("ix_sign_in_try_network", "network", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    account: Mapped[str] = mapped_column(String(32))  # digest of the key of the name that was given
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)  # None: nobody's
    address: Mapped[str] = mapped_column(String(32))  # digest of where it came from
    network: Mapped[str] = mapped_column(String(45))  # the same, cut off: 203.0.113.0/24
    outcome: Mapped[str] = mapped_column(String(8))  # waits (for the check of the password), right, wrong
    refused: Mapped[int] = mapped_column(default=0)  # tries after it that came too soon, and were not looked at


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
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    incident_id: Mapped[int | None] = mapped_column(ForeignKey("incident.id"), index=True)
    # an agent took it out of an incident: it is not added to one by itself again
    left_incident_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"), index=True)  # the same request, an earlier mail

    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))  # where its messages are now
    continues_id: Mapped[int | None] = mapped_column(ForeignKey("ticket.id"))  # a closed conversation that this one goes on with

    mail: Mapped[RawMail] = relationship()
    messages: Mapped[list[MessageRow]] = relationship(back_populates="ticket", order_by="MessageRow.id")
    assignee: Mapped[User | None] = relationship()
    predictions: Mapped[list[Prediction]] = relationship(back_populates="ticket", order_by="Prediction.id")
    verifications: Mapped[list[VerificationRow]] = relationship(back_populates="ticket", order_by="VerificationRow.id")
    drafts: Mapped[list[Draft]] = relationship(back_populates="ticket", order_by="Draft.id")
    events: Mapped[list[Event]] = relationship(back_populates="ticket", order_by="Event.id")
    references: Mapped[list[MailReference]] = relationship(order_by="MailReference.id")
    incident: Mapped[Incident | None] = relationship(back_populates="tickets")

    def audit(self, by: str, action: str, **detail: object) -> None:
        """Add a line to the audit trail; `by` is a user name, or "wegwijzer" for the program."""
        self.events.append(Event(actor=by, action=action, detail=detail))


def moment() -> ColumnElement[datetime]:
    """When a mail was sent, if its date can be true: not after it came in, and not of a clock that was never set. Otherwise when it came in.

    So the mails of an old mailbox count in the time they were written.
    """
    true = (Ticket.sent_at < Ticket.created_at) & (Ticket.sent_at > OLDEST)
    return case((true, Ticket.sent_at), else_=Ticket.created_at)


class Correction(Base):
    """A colleague's decision about what a mail is about; of several for one ticket the last counts."""

    __tablename__ = "correction"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), index=True)
    text: Mapped[str] = mapped_column(Text)  # as the classifier read the mail
    was: Mapped[str] = mapped_column(String(60))  # label before
    intent: Mapped[str] = mapped_column(String(60))  # label from now on
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    ticket: Mapped[Ticket] = relationship()


class Incident(Base):
    """A failure that many mails are about."""

    __tablename__ = "incident"

    id: Mapped[int] = mapped_column(primary_key=True)
    intent: Mapped[str] = mapped_column(String(60))  # what its mails are about
    words: Mapped[list[str]] = mapped_column(JSON)  # what these mails have in common and others have not
    reason: Mapped[str] = mapped_column(String(500))  # Dutch: why it was opened
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    notice: Mapped[int | None]  # number of the message on the public pages

    tickets: Mapped[list[Ticket]] = relationship(back_populates="incident", order_by="Ticket.id")


class Prediction(Base):
    """What the classifier said, with its reasons."""

    __tablename__ = "prediction"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # as in the contract: intent, confidence, alternatives, reasons …
    model_version: Mapped[str] = mapped_column(String(12))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("message.id"))  # of a later message; None: of the first
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    ticket: Mapped[Ticket] = relationship(back_populates="predictions")
    message: Mapped[MessageRow | None] = relationship()


class MailReference(Base):
    """A Message-ID that a mail names in In-Reply-To or References: which mails it answers."""

    __tablename__ = "mail_reference"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)  # of the mail that names it
    message_id: Mapped[str] = mapped_column(String(MESSAGE_ID), index=True)


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
    automatic: Mapped[str] = mapped_column(String(20), default="")  # kind of automatic mail, "" for one of a person
    joined: Mapped[str] = mapped_column(String(200), default="")  # Dutch: why a later mail is of this conversation
    warning: Mapped[str] = mapped_column(String(300), default="")  # Dutch: what is odd about that, "" when nothing is
    believed: Mapped[bool] = mapped_column(default=True)  # our mail server did not fail whom it says it is from

    ticket: Mapped[Ticket] = relationship(back_populates="messages")
    mail: Mapped[RawMail | None] = relationship(back_populates="message")
    draft: Mapped[Draft | None] = relationship()
    outbox: Mapped[OutboxEntry | None] = relationship(back_populates="message", cascade="all, delete-orphan")


class OutboxEntry(Base):
    """An approved answer on its way. Its Message-ID is made once, so that a server which took it twice delivers one mail."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "state", "not_before"),)

    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"), primary_key=True)  # number of the message
    answers_id: Mapped[int] = mapped_column(ForeignKey("raw_mail.id"))  # the mail it answers
    subject: Mapped[str] = mapped_column(String(600))  # with the token of its conversation
    state: Mapped[str] = mapped_column(String(10), default="waiting")  # waiting, sent, failed
    not_before: Mapped[datetime] = mapped_column(UtcDateTime)  # until then it can be taken back; later the next attempt
    approved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    attempts: Mapped[int] = mapped_column(default=0)
    claimed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)  # a sender has it until then
    problem: Mapped[str] = mapped_column(String(500), default="")  # what the server said last

    message: Mapped[MessageRow] = relationship(back_populates="outbox")
    answers: Mapped[RawMail] = relationship()


class OwnText(Base):
    """What somebody is writing for a ticket and has not sent; nobody else sees it."""

    __tablename__ = "own_text"

    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    subject: Mapped[str] = mapped_column(String(500))
    body: Mapped[str] = mapped_column(Text)
    seen: Mapped[str] = mapped_column(String(64))  # the ticket as its writer saw it (triage.tickets.view.seen_of)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ServerSecret(Base):
    """A random key of this installation."""

    __tablename__ = "server_secret"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[bytes] = mapped_column(LargeBinary)


class VerificationRow(Base):
    """One check of a formal request. It never changes; what people decide about it hangs on it."""

    __tablename__ = "verification"

    id: Mapped[int] = mapped_column(primary_key=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)
    verdict: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)  # the Verification, as in the contract
    # What it said of the mail alone, for joining it with later ones: {} when that holds nothing of a request, None when it was not kept.
    own: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    request: Mapped[str] = mapped_column(String(60), default="")  # the intent it is of
    # What it was made on. An edition of None is not known: such a check must be done again before anything is granted.
    edition_id: Mapped[int | None] = mapped_column(ForeignKey("register_edition.id"))
    model_version: Mapped[str] = mapped_column(String(80), default="")
    articles_version: Mapped[str] = mapped_column(String(80), default="")
    # What later requests are compared with; "" for what was not read.
    brin: Mapped[str] = mapped_column(String(4), index=True, default="")  # of a merger the first school that goes
    board_number: Mapped[str] = mapped_column(String(5), index=True, default="")
    administrator: Mapped[str] = mapped_column(String(320), index=True, default="")  # mail address, in lower case
    signer: Mapped[str] = mapped_column(String(300), default="")  # as the certificate says
    certificate: Mapped[str] = mapped_column(String(64), index=True, default="")  # SHA-256 of the certificate, hexadecimal
    signed_bytes: Mapped[str] = mapped_column(String(64), index=True, default="")  # SHA-256 of what was signed, hexadecimal
    reference: Mapped[str] = mapped_column(String(8), index=True, default="")  # of a form made on our own page

    ticket: Mapped[Ticket] = relationship(back_populates="verifications")
    readings: Mapped[list[ReadingRow]] = relationship(order_by="ReadingRow.id")
    ticks: Mapped[list[Tick]] = relationship(order_by="Tick.id", cascade="all, delete-orphan")
    lifts: Mapped[list[Lift]] = relationship(order_by="Lift.id")
    choices: Mapped[list[ChoiceRow]] = relationship(order_by="ChoiceRow.id")
    authorities: Mapped[list[AuthorityRow]] = relationship(order_by="AuthorityRow.id")
    read_marks: Mapped[list[ReadMark]] = relationship(order_by="ReadMark.id")
    approvals: Mapped[list[Approval]] = relationship(order_by="Approval.id")
    ruling: Mapped[Ruling | None] = relationship()


class ReadingRow(Base):
    """What a person read on a form where the program could not, and with which a check was made."""

    __tablename__ = "reading"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)  # the check it started
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Tick(Base):
    """A point of the checklist that only a person can see, and that somebody looked up."""

    __tablename__ = "tick"
    __table_args__ = (UniqueConstraint("verification_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class AuthorityRow(Base):
    """Where a person looked up that somebody may sign for a board; of several for one check the last counts."""

    __tablename__ = "authority"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    board_number: Mapped[str] = mapped_column(String(5), index=True)
    holder: Mapped[str] = mapped_column(String(64), index=True)  # SHA-256 of the certificate's issuer and subject; "" for ink
    signer: Mapped[str] = mapped_column(String(300))  # name of who signed
    place: Mapped[str] = mapped_column(Text)  # where it was looked up
    source_date: Mapped[date | None] = mapped_column(Date)  # of the extract or list
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ChoiceRow(Base):
    """Which of several values of a field counts, by a person's choice; of several for one field the last."""

    __tablename__ = "choice"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    field: Mapped[str] = mapped_column(String(60))
    value: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class ReadMark(Base):
    """A person read an answer in the thread of a request before judging that request."""

    __tablename__ = "read_mark"
    __table_args__ = (UniqueConstraint("verification_id", "ticket_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    ticket_id: Mapped[int] = mapped_column(ForeignKey("ticket.id"), index=True)  # of the answer
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Lift(Base):
    """A person's judgement that something no longer stands in the way of one verification. Rows are only ever added."""

    __tablename__ = "lift"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    reason: Mapped[str] = mapped_column(Text)  # of the obstacle, as in the verification
    note: Mapped[str] = mapped_column(Text)  # why it is no obstacle
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


class Approval(Base):
    """A person's consent to grant a request as it stood; when anything was lifted, two people must give it."""

    __tablename__ = "approval"
    __table_args__ = (UniqueConstraint("verification_id", "by_id", "seen"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), index=True)
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    seen: Mapped[str] = mapped_column(String(64))  # digest of all that stood there; the consent is to nothing else
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)

    by: Mapped[User] = relationship()


class Ruling(Base):
    """How a request ended."""

    __tablename__ = "ruling"

    id: Mapped[int] = mapped_column(primary_key=True)
    verification_id: Mapped[int] = mapped_column(ForeignKey("verification.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(20))  # toegekend, afgewezen
    note: Mapped[str] = mapped_column(Text)
    by: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)


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


class RegisterEdition(Base):
    """One import of the school register."""

    __tablename__ = "register_edition"

    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(200))  # file name
    sha256: Mapped[str] = mapped_column(String(64))  # of the schools file
    fictional: Mapped[bool] = mapped_column(default=False)  # the demo register
    imported_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utc_now)
    edition_date: Mapped[date | None] = mapped_column(Date)


class SchoolRow(Base):
    """A school location in an edition of the register."""

    __tablename__ = "register_school"
    __table_args__ = (UniqueConstraint("edition_id", "brin", "location"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("register_edition.id", ondelete="CASCADE"), index=True)
    brin: Mapped[str] = mapped_column(String(4), index=True)
    location: Mapped[str] = mapped_column(String(2))
    name: Mapped[str] = mapped_column(String(200))
    board_number: Mapped[str] = mapped_column(String(5), index=True)
    place: Mapped[str] = mapped_column(String(100))
    website: Mapped[str] = mapped_column(String(200))
    phone: Mapped[str] = mapped_column(String(40))
    holiday_region: Mapped[str] = mapped_column(String(20))


class BoardRow(Base):
    """A school board in an edition of the register."""

    __tablename__ = "register_board"
    __table_args__ = (UniqueConstraint("edition_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edition_id: Mapped[int] = mapped_column(ForeignKey("register_edition.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(5), index=True)
    name: Mapped[str] = mapped_column(String(300))
    kvk: Mapped[str] = mapped_column(String(8))
    phone: Mapped[str] = mapped_column(String(40), default="")


class CountedSchool(Base):
    """A school of which DUO counted pupils: special and closed schools too, which no edition of the register holds."""

    __tablename__ = "counted_school"

    brin: Mapped[str] = mapped_column(String(4), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20))
    board_number: Mapped[str] = mapped_column(String(20))
    last_year: Mapped[int]
    newest_year: Mapped[int]
