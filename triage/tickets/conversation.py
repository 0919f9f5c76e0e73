"""What was said in a conversation, in order: mails that came in, answers that went out, and notes between colleagues."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from triage.database.states import INCOMING, OUTGOING
from triage.database.tables import MessageRow, Ticket
from triage.mail import Message, parse_message
from triage.mail.read_mail import ReadMail, read_mail
from triage.tickets.heads import head_in


@dataclass(frozen=True, slots=True)
class ConversationEntry:
    """One message as it is shown."""

    number: int
    # incoming, outgoing, note.
    direction: str
    # Name or address of who wrote in, or a colleague.
    author: str
    # Mail address of who wrote in, or whom we wrote to.
    address: str
    # Other addresses that an answer goes to.
    copies_to: tuple[str, ...]
    at: datetime
    # Own words.
    text: str
    # What they answer, as it was quoted below them.
    quoted: str
    # The mail itself, of one that came in.
    mail: Message | None
    # Kind of automatic mail, "" for one of a person.
    automatic: str
    # Dutch: why it is of this conversation, and what is odd about that.
    joined: str
    warning: str
    # The intent it surely asks about, when that is another than the conversation's; "" otherwise.
    asks: str
    # How an answer goes or went: "hand" by a colleague; otherwise "waiting", "sent" or "failed". None for what is no answer.
    how: str | None
    # Until when an answer can be taken back.
    undo_until: datetime | None


def conversation_of(ticket: Ticket) -> tuple[ConversationEntry, ...]:
    """All messages of a ticket, oldest first."""
    return tuple(_entry(row) for row in sorted(ticket.messages, key=lambda row: (row.at, row.id)))


def _entry(row: MessageRow) -> ConversationEntry:
    mail = read_mail(parse_message(row.mail.raw)) if row.mail else None
    return ConversationEntry(
        number=row.id,
        direction=row.direction,
        author=row.author,
        address=row.address,
        copies_to=tuple(row.copies_to),
        at=row.at,
        text=(row.text if row.text is not None else mail.own_words if mail else "").strip(),
        quoted=mail.below.strip() if mail else "",
        mail=mail.message if mail else None,
        automatic=row.automatic,
        joined=row.joined,
        warning=row.warning,
        asks=_asks(row),
        how=_how(row),
        undo_until=row.outbox.not_before if row.outbox and row.outbox.state == "waiting" and not row.outbox.attempts else None,
    )


def _asks(row: MessageRow) -> str:
    """What a later mail asks besides: only when the classifier is sure, and never of a mail that is part of a formal request."""
    if row.prediction is None or row.automatic or row.verifications:
        return ""
    found = row.prediction.content
    intent = str(found["intent"])
    return intent if found["decision"] == "auto" and intent != row.ticket.intent else ""


def _how(row: MessageRow) -> str | None:
    if row.direction != OUTGOING:
        return None
    if row.outbox:
        return row.outbox.state
    return "hand" if row.draft and row.draft.sent_how == "hand" else "sent"


def participants(ticket: Ticket) -> frozenset[str]:
    """Addresses, in lower case, of who takes part in a conversation: who began it or whose mail
    stands for the request, whom we wrote to, and who got a copy."""
    head = head_in(ticket) if ticket.verifications else None
    began = head.address if head and head.believed else ticket.sender_key
    answers = [one for one in ticket.messages if one.direction == OUTGOING]
    written = {address for one in answers for address in (one.address, *one.copies_to)}
    return frozenset({began, *written} - {""})


def answered_mail(ticket: Ticket) -> ReadMail:
    """The mail that an answer is to: the last that a participant wrote, otherwise the first of the conversation."""
    known = participants(ticket)
    written = [row.mail for row in ticket.messages if row.mail and not row.automatic and row.believed and row.address in known]
    return read_mail(parse_message((written[-1] if written else ticket.mail).raw))


def conversation_json(
    number: int, subject: str, state: str, queue: str, entries: Collection[ConversationEntry]
) -> dict[str, Any]:
    """As in the contract."""
    return {
        "number": number,
        "subject": subject,
        "state": state,
        "queue": queue,
        "messages": [
            {
                "direction": entry.direction,
                "from": entry.address if entry.direction == INCOMING else entry.author,
                "at": entry.at.isoformat(),
                "text": entry.text,
            }
            for entry in entries
        ],
    }
