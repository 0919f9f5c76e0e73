"""Mails between their reception and their triage, so that none is parsed twice."""

from __future__ import annotations

from triage.database.tables import RawMail
from triage.mail import Message, parse_message

MOST_KEPT = 64 * 2**20  # bytes of mails that came in one after another and are kept parsed


class ParsedMails:
    """Mails parsed as they came in, kept until they are triaged; when there are too many, the others are parsed again."""

    def __init__(self, most_bytes: int = MOST_KEPT) -> None:
        self._kept: dict[int, Message] = {}
        self._room = most_bytes

    def keep(self, mail: RawMail, message: Message) -> None:
        """Keep the message of a stored mail, when there is room."""
        if len(mail.raw) <= self._room:
            self._kept[mail.id] = message
            self._room -= len(mail.raw)

    def take(self, mail: RawMail) -> Message:
        """The message of a stored mail; it is no longer kept."""
        message = self._kept.pop(mail.id, None)
        if message is None:
            return parse_message(mail.raw)
        self._room += len(mail.raw)
        return message
