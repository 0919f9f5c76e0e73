"""parse_message: from the raw bytes of a mail to a Message, whatever the bytes are.

Reading follows RFC 5322 and RFC 2045-2049 with the standard library's parser, after `repair` mended what would lose it. Each header and
part is read on its own: what can't be read is named in `problems` and the rest goes on.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from itertools import islice
from typing import TypeVar, cast

from kb.settings import settings
from triage.mail.attachment import Attachment
from triage.mail.automatic import Kind, Ours, kind_of
from triage.mail.headers import READ_ERRORS, Address, addresses, decode_words, ids, read_date, read_headers, storable, unfold
from triage.mail.limits import MAX_HEADERS, MAX_RAW, MAX_TEXT, parse_bounded
from triage.mail.markup import html_to_text
from triage.mail.own_words import points_below
from triage.mail.parts import Contents, EnclosedMail, read_contents
from triage.mail.repair import repaired
from triage.mail.tags import without_tag

T = TypeVar("T")
__all__ = ["Address", "Attachment", "EnclosedMail", "Message", "Ours", "html_to_text", "parse_message"]


@dataclass(frozen=True, slots=True)
class Message:
    """A mail as we could read it."""

    message_id: str  # Message-ID without angle brackets, "" when absent
    subject: str  # decoded, on one line
    sender: Address  # the first From address; of a web form of ours, who filled it in (Reply-To)
    reply_to: Address | None  # the first Reply-To address
    return_path: Address | None  # the envelope sender that the receiving server noted
    to: tuple[Address, ...]  # To and Cc
    date: datetime | None  # Date header in UTC; None when absent or unreadable
    in_reply_to: tuple[str, ...]  # Message-IDs this answers (In-Reply-To, References)
    text: str  # the words: the text parts in order, HTML as text, without footers of scanners and lists
    html: str | None  # the HTML part as sent, not sanitised; None when there is none
    attachments: tuple[Attachment, ...]  # files, also those inside forwarded and wrapped mails
    headers: tuple[tuple[str, str], ...]  # all headers in order, decoded
    problems: tuple[str, ...]  # what was odd, without personal data: in English, and in Dutch what an agent must know
    sha256: str  # hex digest of the raw bytes
    raw: bytes = field(default=b"", repr=False)  # as the mail came in
    left_unread: tuple[str, ...] = ()  # Dutch sentences: what was left unread, being more than one mail may hold
    automatic_kind: Kind = ""  # what kind of machine sent it, "" for a person
    web_form: Address | None = None  # the web form of ours that sent it
    enclosed: tuple[EnclosedMail, ...] = ()  # mails that came attached, with their words; their files are among the attachments

    def header(self, name: str) -> list[str]:
        """All values of a header, first one first."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def readable(self) -> bool:
        """Whether there is anything a person could act on: a sender, and words or files."""
        return bool(self.sender.address and (self.text.strip() or self.subject or self.attachments))

    @property
    def automatic(self) -> bool:
        """Whether a machine sent it: a bounce, an auto-reply, a receipt, or our own mail coming back. Such a mail is never answered."""
        return bool(self.automatic_kind)


def parse_message(raw: bytes, ours: Ours | None = None) -> Message:
    """Read a mail. Never raises, whatever the bytes; `problems` says what was odd. Without `ours` the addresses in the settings count.

    A database takes every value in it: no text holds NUL or a lone surrogate.
    """
    try:
        return _storable(_parse(raw, ours or Ours(settings().help_address, settings().web_forms)))
    except READ_ERRORS as error:
        return _unreadable(raw, f"not readable as mail: {type(error).__name__}")


def _unreadable(raw: bytes, problem: str) -> Message:
    """A mail that broke the parser: nothing is known of it but its bytes, which are kept."""
    nobody = Address("", "")
    digest = hashlib.sha256(raw).hexdigest()
    return Message("", "", nobody, None, None, (), None, (), "", None, (), (), (problem,), digest, raw)


def _storable(value: T) -> T:
    """A value, or a value with others in it, as a database takes it."""
    if isinstance(value, str):
        return cast(T, storable(value))
    if isinstance(value, tuple):
        return cast(T, tuple(map(_storable, value)))
    if is_dataclass(value) and not isinstance(value, type):
        return cast(T, replace(value, **{one.name: _storable(getattr(value, one.name)) for one in fields(value)}))
    return value


def _mail_bytes(raw: bytes, problems: list[str]) -> bytes:
    """The mail as its parser finds all of it; of a .msg file of Outlook, the mail inside."""
    from triage.mail import containers

    if raw.startswith(containers.OLE):
        try:
            raw = containers.open_outlook(raw[:MAX_RAW])
        except (*READ_ERRORS, OSError, EOFError, MemoryError, struct.error) as error:
            problems.append(f"Outlook not opened: {type(error).__name__}")
    try:
        mended, odd = repaired(raw[:MAX_RAW])
    except READ_ERRORS as error:
        problems.append(f"not mended: {type(error).__name__}")
        return raw
    problems += odd
    return mended + raw[MAX_RAW:]


def _parse(raw: bytes, ours: Ours) -> Message:
    problems: list[str] = []
    left: list[str] = []
    try:
        parsed, unread = parse_bounded(_mail_bytes(raw, problems))
        left += unread
    except READ_ERRORS as error:
        problems.append(f"not readable as mail: {type(error).__name__}")
        parsed = EmailMessage()
    headers = tuple(read_headers(parsed, problems))
    first = {name.lower(): value for name, value in reversed(headers)}
    coded = {name.lower(): unfold(value) for name, value in reversed(list(islice(parsed.raw_items(), MAX_HEADERS)))}
    contents = read_contents(parsed, problems, left)
    author, reply_to = _author(coded, problems), _address(coded, "reply-to")
    form = ours.is_web_form(author) and reply_to is not None
    subject = " ".join(decode_words(first.get("subject", "")).split())[:500]  # some programs encode it twice
    kind = kind_of(headers, author, without_tag(subject), contents.text, raw, ours)
    return Message(
        message_id=next(iter(ids(first.get("message-id", ""))), ""),
        subject=subject,
        sender=reply_to if form and reply_to else author,
        reply_to=reply_to,
        return_path=_address(coded, "return-path"),
        to=tuple(addresses(coded.get("to", ""))) + tuple(addresses(coded.get("cc", ""))),
        date=read_date(first.get("date", ""), problems),
        in_reply_to=tuple(ids(first.get("in-reply-to", "") + " " + first.get("references", ""))),
        text=_with_enclosed(contents, kind)[:MAX_TEXT],
        html=contents.html,
        attachments=contents.attachments,
        headers=headers,
        problems=tuple(dict.fromkeys(problems)),
        sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
        left_unread=tuple(dict.fromkeys(left)),
        automatic_kind=kind,
        web_form=author if form else None,
        enclosed=contents.enclosed,
    )


def _address(coded: dict[str, str], name: str) -> Address | None:
    return next(iter(addresses(coded.get(name, ""))), None)


def _author(coded: dict[str, str], problems: list[str]) -> Address:
    """Who stands in From; where that is missing, who stands in Sender."""
    if not coded.get("from", "").strip():
        problems.append("no From header")
    return _address(coded, "from") or _address(coded, "sender") or Address("", "")


def _with_enclosed(contents: Contents, kind: Kind) -> str:
    """The words of a mail. Those of attached mails are among them when it says nothing else, or only points at them ('zie bijlage')."""
    if not contents.enclosed or kind in ("bounce", "notice", "receipt"):
        return contents.text
    if not contents.text.strip():
        return "\n\n".join(mail.text for mail in contents.enclosed)
    if not points_below(contents.text):
        return contents.text
    return "\n\n".join([contents.text.rstrip(), *(_as_forward(mail) for mail in contents.enclosed)])


def _as_forward(mail: EnclosedMail) -> str:
    """An attached mail as mail programs write a forwarded one, so that own_words reads it as such."""
    head = [("Van", mail.sender), ("Datum", mail.date), ("Onderwerp", mail.subject)]
    lines = [f"{name}: {value}" for name, value in head if value]
    return "\n".join(["---------- Doorgestuurd bericht ----------", *lines, "", mail.text])
