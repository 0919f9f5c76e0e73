"""Mails as schools write them, for the tests."""

from __future__ import annotations

from email.message import EmailMessage, Message

BODY = "Goedemorgen,\n\nIk kan niet inloggen, het wachtwoord werkt niet meer.\n\nMet vriendelijke groet,\nSanne"


def letter(
    body: str = BODY,
    subject: str = "Inloggen lukt niet",
    sender: str = "Sanne de Wit <s.dewit@obsdemeerpaal.example>",
    message_id: str | None = "1@obsdemeerpaal.example",
    **headers: str,
) -> bytes:
    """A plain mail; further headers by name with underscores for hyphens."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = "help@basispoort.nl"
    mail["Subject"] = subject
    mail["Date"] = "Mon, 23 Nov 2026 09:12:00 +0100"
    if message_id:
        mail["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(body)
    return mail.as_bytes()


def letters(count: int) -> list[bytes]:
    """As many different mails, each with its own sender, Message-ID and question."""
    questions = ("Ik kan niet inloggen.", "De tegel van de methode ontbreekt.", "Onze leerlingen staan in de verkeerde groep.")
    return [
        letter(
            body=f"Hallo,\n\n{questions[number % len(questions)]} Dit is mail {number}.\n",
            subject=f"Vraag {number}",
            sender=f"school{number}@school.example",
            message_id=f"{number}@school.example",
        )
        for number in range(count)
    ]


def bounce(answer: Message, recipient: str) -> bytes:
    """What a mail server sends back (RFC 3464)."""
    return (
        "From: MAILER-DAEMON@mx.example\r\nTo: help@basispoort.nl\r\nSubject: Undelivered Mail Returned to Sender\r\n"
        'Message-ID: <b1@mx.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="x"\r\n\r\n'
        "--x\r\nContent-Type: text/plain\r\n\r\nYour message could not be delivered.\r\n"
        f"--x\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n"
        f"--x\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {answer['Message-ID']}\r\nSubject: {answer['Subject']}\r\n\r\n--x--\r\n"
    ).encode()
