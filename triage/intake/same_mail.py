"""What makes two copies of a mail the same (decision 19)."""

from __future__ import annotations

import hashlib
import re

from triage.mail import Message

# What a server leaves alone on the way. Message-ID and body alone are not enough: web forms and scanners repeat both for many senders.
_HEADERS = ("from", "subject", "date", "content-type")


def fingerprint(message: Message, raw: bytes) -> str | None:
    """A digest of what stays the same when servers pass a mail on: Message-ID, From, Subject, Date, Content-Type and body, with spaces,
    line ends and mbox escapes evened out; None for a mail without Message-ID, which is known by its bytes alone.
    """
    if not message.message_id:
        return None
    first = {name.lower(): value for name, value in reversed(message.headers)}
    told = [message.message_id, *(" ".join(first.get(name, "").split()) for name in _HEADERS)]
    return _digest("\0".join(told), raw)


def fingerprint_of_before(message: Message, raw: bytes) -> str | None:
    """The digest that mails were stored with until layout 0009: of Message-ID and body (decision 3)."""
    return _digest(message.message_id, raw) if message.message_id else None


def _digest(told: str, raw: bytes) -> str:
    body = re.split(rb"\r?\n\r?\n", raw, maxsplit=1)[-1].replace(b"\r\n", b"\n")
    body = re.sub(rb"^>(?=>*From )", b"", body, flags=re.MULTILINE).strip()
    return hashlib.sha256(told.encode("utf-8", "replace") + b"\0" + body).hexdigest()
