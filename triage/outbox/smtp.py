"""Composing answers, and handing them to a mail server (RFC 5321)."""

from __future__ import annotations

import contextlib
import email.headerregistry
import ipaddress
import secrets
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import formatdate
from typing import Any
from urllib.parse import unquote, urlsplit

import idna

from kb.settings import organisation
from triage.errors import OutboxError, RefusedMailError
from triage.mail.headers import Address
from triage.mail.message import Message

TIMEOUT = 20.0  # seconds
END_OF_DATA = 600.0  # seconds that a server may take to accept a mail (RFC 5321, 4.5.3.2.6)
PLAIN = "plain=yes"  # at the end of the URL of a server that may be used without encryption
_SIGN_IN = (530, 534, 535, 538)  # the server wants us to sign in otherwise: no fault of the mail
QUOTED = 200  # lines of the mail that is answered
SAID = 300  # characters of what a server says


class _IdPolicy(EmailPolicy):
    """The standard policy, which encodes a Message-ID longer than a line; mail programs then no longer know it for one."""

    def fold(self, name: str, value: Any) -> str:
        """A header on lines of at most 78 characters, but for longer Message-IDs."""
        return self._of_ids(name, value) or super().fold(name, value)

    def fold_binary(self, name: str, value: Any) -> bytes:
        """The same, as bytes."""
        return self._of_ids(name, value).encode("utf-8", "replace") or super().fold_binary(name, value)

    def _of_ids(self, name: str, value: Any) -> str:
        if name.lower() not in ("message-id", "in-reply-to", "references"):
            return ""
        return f"{name}: {f'{self.linesep} '.join(str(value).split())}{self.linesep}"


def new_message_id(sender: str) -> str:
    """A Message-ID for an answer, without its angle brackets: random, so that only who saw the answer can name it."""
    return f"{secrets.token_hex(20)}@{sender.rpartition('@')[2]}"


def compose(
    original: Message, sender: Address, subject: str, body: str, message_id: str, copies_to: Sequence[str] = ()
) -> EmailMessage:
    """An answer to a mail, in its thread (RFC 5322, 3.6.4), with that mail quoted below it. It goes to From, never to Reply-To: that is
    easily abused. Raises RefusedMailError for a sender whose address is not one plain address."""
    answer = EmailMessage(policy=_IdPolicy())
    answer["From"] = email.headerregistry.Address(display_name=sender.name, addr_spec=sender.address)
    answer["To"] = to = _on_the_wire(original.sender.address)
    if [one.addr_spec for one in answer["To"].addresses] != [to]:
        raise RefusedMailError("Het adres van de afzender is geen gewoon adres. Zoek op wie dit is, en schrijf zelf.")
    if copies_to:
        answer["Cc"] = ", ".join(map(_on_the_wire, copies_to))
    answer["Subject"] = " ".join(subject.split())
    answer["Date"] = formatdate(localtime=True)
    answer["Message-ID"] = f"<{message_id}>"
    if original.message_id:
        answer["In-Reply-To"] = f"<{original.message_id}>"
        thread = list(dict.fromkeys(reversed((*original.in_reply_to[-10:], original.message_id))))[::-1]
        answer["References"] = " ".join(f"<{number}>" for number in thread)
    answer.set_content("\n".join(filter(None, [body.rstrip("\n"), _quoted(original)])) + "\n")
    return answer


def _on_the_wire(address: str) -> str:
    """An address with its domain as servers know it (RFC 5890); with other letters before the @ only SMTPUTF8 takes it."""
    local, at, domain = address.rpartition("@")
    if not local.isascii() or domain.isascii():
        return address
    try:
        return local + at + idna.encode(domain, uts46=True).decode()
    except idna.IDNAError:
        return address


def _quoted(original: Message) -> str:
    """A mail as it is quoted below an answer: who wrote it, and its lines behind '>'."""
    lines = original.text.strip().splitlines()[:QUOTED]
    if not lines:
        return ""
    when = f"{organisation().local(original.date):%d-%m-%Y %H:%M} " if original.date else ""
    return "\n".join(["", f"{when}{original.sender}:", *(f"> {line}".rstrip() for line in lines)])


def send(smtp_url: str, mail: EmailMessage) -> tuple[str, ...]:
    """Hand a mail to the server at smtp://… (STARTTLS) or smtps://…; returns the addresses it did not take, when it took others.

    Without encryption only to a server on this machine, or when the URL ends with ?plain=yes. Raises OutboxError, and of its kinds
    RefusedMailError when the server never will take it.
    """
    wrong = OutboxError("WEGWIJZER_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host.")
    try:
        url = urlsplit(smtp_url)
        port = url.port
    except ValueError as error:
        raise wrong from error
    if url.scheme not in ("smtp", "smtps") or not url.hostname:
        raise wrong
    try:
        server = _connect(url.scheme, url.hostname, port, may_be_plain=url.query == PLAIN)
        try:
            if url.username:
                server.login(unquote(url.username), unquote(url.password or ""))
            if server.sock is not None:
                server.sock.settimeout(END_OF_DATA)
            return tuple(server.send_message(mail))
        finally:
            _leave(server)
    except (smtplib.SMTPException, OSError) as error:
        raise _explained(error) from error


def _explained(error: smtplib.SMTPException | OSError) -> OutboxError:
    """What became of a mail that a server did not take: with its words, and whether it makes sense to try again (RFC 5321, 4.2.1)."""
    replies = [(error.smtp_code, error.smtp_error)] if isinstance(error, smtplib.SMTPResponseException) else []
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        replies = list(error.recipients.values())
    said = "; ".join(f"{code} {_words(text)}" for code, text in replies)[:SAID]
    of_mail = isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError))
    final = of_mail and bool(replies) and all(code >= 500 and code not in _SIGN_IN for code, _ in replies)
    told = f"De mailserver nam de mail niet aan ({said or type(error).__name__})."
    return RefusedMailError(told) if final else OutboxError(told)


def _words(text: bytes | str) -> str:
    return " ".join((text.decode("utf-8", "replace") if isinstance(text, bytes) else text).split())


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye. A mail that was taken is taken, whatever comes of that."""
    with contextlib.suppress(smtplib.SMTPException, OSError):
        if server.sock is not None:
            server.sock.settimeout(TIMEOUT)
        server.quit()
    server.close()


def _connect(scheme: str, host: str, port: int | None, *, may_be_plain: bool) -> smtplib.SMTP:
    if scheme == "smtps":
        return smtplib.SMTP_SSL(host, port or 465, timeout=TIMEOUT, context=ssl.create_default_context())
    server = smtplib.SMTP(host, port or 587, timeout=TIMEOUT)
    with contextlib.ExitStack() as unless_it_serves:
        unless_it_serves.callback(server.close)
        server.ehlo()
        if server.has_extn("starttls"):
            server.starttls(context=ssl.create_default_context())
        elif not may_be_plain and not _is_this_machine(server):
            raise OutboxError(
                f"De mailserver {host} biedt geen versleuteling (STARTTLS). Zet ?{PLAIN} achter WEGWIJZER_SMTP_URL als dat zo mag."
            )
        unless_it_serves.pop_all()
    return server


def _is_this_machine(server: smtplib.SMTP) -> bool:
    return server.sock is not None and ipaddress.ip_address(server.sock.getpeername()[0]).is_loopback
