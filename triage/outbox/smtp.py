"""Sending answers by SMTP."""

from __future__ import annotations

import secrets
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from urllib.parse import unquote, urlsplit

from triage.errors import OutboxError
from triage.mail.message import Message

TIMEOUT = 20.0  # seconds


def new_message_id(sender: str) -> str:
    """A Message-ID for an answer, without its angle brackets: random, so that only who saw the answer can name it."""
    return f"{secrets.token_hex(20)}@{sender.rpartition('@')[2]}"


def compose(original: Message, sender: str, subject: str, body: str, message_id: str) -> EmailMessage:
    """An answer to a mail, in its thread (RFC 5322, 3.6.4). It goes to From, never to Reply-To: that is easily abused."""
    answer = EmailMessage()
    answer["From"] = sender
    answer["To"] = original.sender.address
    answer["Subject"] = " ".join(subject.split())
    answer["Date"] = formatdate(localtime=True)
    answer["Message-ID"] = f"<{message_id}>"
    if original.message_id:
        answer["In-Reply-To"] = f"<{original.message_id}>"
        answer["References"] = " ".join(f"<{number}>" for number in (*original.in_reply_to[-10:], original.message_id))
    answer.set_content(body)
    return answer


def send(smtp_url: str, mail: EmailMessage) -> None:
    """Hand a mail to the server at smtp://… (STARTTLS when offered) or smtps://…. Raises OutboxError."""
    wrong = OutboxError("WEGWIJZER_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host.")
    try:
        url = urlsplit(smtp_url)
        port = url.port
    except ValueError as error:
        raise wrong from error
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise wrong
    try:
        with _connect(url.scheme, url.hostname, port) as server:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            server.send_message(mail)
    except (smtplib.SMTPException, OSError) as error:
        raise OutboxError(
            f"De mailserver nam de mail niet aan ({type(error).__name__}). Er is niets verstuurd; probeer het later opnieuw."
        ) from error


def _connect(scheme: str, host: str, port: int | None) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT)
    server.ehlo()
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
    return server
