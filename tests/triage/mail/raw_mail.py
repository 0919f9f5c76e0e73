"""Mails written byte by byte, for the tests of reading: a library would not write them as broken as they come."""

from __future__ import annotations

from triage.mail import Message, parse_message

FROM = b"From: Joke Bakker <joke@school.example>\r\nTo: help@basispoort.nl\r\nSubject: Inloggen\r\n"
QUESTION = "Onze leerkracht kan niet inloggen, het wachtwoord werkt niet."
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def as_bytes(text: str | bytes) -> bytes:
    """Text as it goes over the line."""
    return text if isinstance(text, bytes) else text.replace("\r\n", "\n").replace("\n", "\r\n").encode()


def read(head: str | bytes, body: str | bytes = QUESTION) -> Message:
    """A mail of Joke with these headers besides and this body."""
    return parse_message(FROM + as_bytes(head).rstrip(b"\r\n") + b"\r\n\r\n" + as_bytes(body))


def part(head: str, body: str | bytes) -> bytes:
    """A part of a mail."""
    return as_bytes(head) + b"\r\n\r\n" + as_bytes(body)


def plain(words: str = QUESTION) -> bytes:
    """A plain part."""
    return part("Content-Type: text/plain; charset=utf-8", words)


def rich(markup: str = f"<p>{QUESTION}</p>") -> bytes:
    """An HTML part."""
    return part("Content-Type: text/html; charset=utf-8", markup)


def several(kind: str, *parts: bytes, boundary: str = "b1") -> bytes:
    """A multipart."""
    edge = f"--{boundary}".encode()
    lines = b"".join(edge + b"\r\n" + one + b"\r\n" for one in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\r\n\r\n'.encode() + lines + edge + b"--\r\n"


def mail_of(content: bytes) -> Message:
    """A mail of Joke with this content."""
    return parse_message(FROM + b"MIME-Version: 1.0\r\n" + content)


def names(message: Message) -> list[str]:
    """What its files are called."""
    return [file.filename for file in message.attachments]
