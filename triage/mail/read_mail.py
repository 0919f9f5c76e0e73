"""Reading a mail once: from a parsed message to what every later step goes by."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from triage.mail.headers import Address
from triage.mail.language import detect_language
from triage.mail.message import Message
from triage.mail.own_words import own_words
from triage.mail.raw_headers import HeaderField, header_fields

KEPT_APART = "\N{SYMBOL FOR RECORD SEPARATOR}"  # between what is said and what comes along with it: no mail can write it there


@dataclass(frozen=True, slots=True)
class ReadMail:
    """A mail, read: its words, its language and what it says of its sender, each derived here and nowhere else."""

    # As it was parsed.
    message: Message
    # What the writer says: no quoted mails, sign-off or signature.
    own_words: str
    # What stands below those words: sign-off, signature and the quoted mail; "" where they don't stand together in the mail.
    below: str
    # Subject, own words and the names of attachments: what the mail is about is told from this.
    said: str
    # ISO 639-1 code of the language of what is said.
    language: str
    # Its headers as they came in, on which the sender is judged.
    fields: tuple[HeaderField, ...]

    @property
    def sender(self) -> Address:
        """Whom the mail is from."""
        return self.message.sender

    @property
    def subject(self) -> str:
        """Its subject, on one line."""
        return self.message.subject

    @property
    def question(self) -> str:
        """The subject and the own words."""
        return f"{self.subject}\n{self.own_words}"


def read_mail(message: Message) -> ReadMail:
    """Read a mail; its attachments are not opened."""
    words = own_words(message.text)
    said = said_in(message.subject, words, (attachment.filename for attachment in message.attachments))
    return ReadMail(message, words, _below(message.text, words), said, detect_language(said), header_fields(message.raw))


def said_in(subject: str, words: str, files: Iterable[str]) -> str:
    """What a mail with some subject, own words and names of attachments says."""
    names = " ".join(f"bijlage {name}" for name in files)
    return f"{subject}\n\n{words}\n{names}".replace(KEPT_APART, " ").strip()


def _below(text: str, words: str) -> str:
    tidy = re.sub(r"\n{3,}", "\n\n", text.replace("\r\n", "\n")).strip()
    return tidy.partition(words)[2] if words else ""
