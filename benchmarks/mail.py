"""How mail is read: our parser beside the standard library's and fast-mail-parser, on every mail there is here and on hostile ones.

    python -m benchmarks.mail [--shared ../shared/data] [--no-hostile]

Prints for each reader how many of the reported mails come out right, how many mails it fails on, milliseconds a mail (CPU time, median and
worst), and our worst second on a mail of 1 MB made to be slow.
"""

from __future__ import annotations

import argparse
import email
import email.policy
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from triage.mail import parse_message
from triage.mail.own_words import own_words

MEGABYTE = 1_000_000
LIMIT = 2.0  # seconds for a mail of 1 MB
REPEATED = [
    "--b\n",
    "--b--\n",
    " -x\n",
    "\n",
    "\r",
    "\r\r\n",
    " \n",
    "A: b\n",
    "A b\n",
    "a",
    "a ",
    "=?",
    "=?utf-8?q?a",
    "=?utf-8?b?YQ==?= ",
    "=",
    "=20",
    "=\n",
    "YWJj\n",
    "YWJj=",
    "begin 644 x\n",
    "<",
    "<a",
    "<div>",
    "<div style='display:none'>x",
    "<p>&nbsp;",
    "<style>",
    "<style>.a{display:none}",
    "@media{",
    "<!--",
    "/*",
    "&nbsp;",
    "\u200b",
    "é",
    "\x1b$",
    "\x00a",
    ">",
    "> a \n",
    "a \n",
    "-----BEGIN PGP MESSAGE-----\n",
    "-----BEGIN PGP SIGNED MESSAGE-----\n",
    "__\n",
    "gescand ",
    "a@",
    "a@b.nl ",
    "Van: a@b.nl\n",
    "?",
    "ontvangen ",
    "ben ik ",
    "ticket ",
    ",",
    "(",
]
HEADS = {
    "plain": b"Content-Type: text/plain\n\n",
    "html": b"Content-Type: text/html\n\n",
    "parts": b"Content-Type: multipart/mixed; boundary=b\n\n",
    "base64": b"Content-Transfer-Encoding: base64\n\n",
    "quoted-printable": b"Content-Transfer-Encoding: quoted-printable\n\n",
    "flowed": b"Content-Type: text/plain; format=flowed\n\n",
    "no boundary": b"Content-Type: multipart/mixed\n\n--b\nContent-Type: text/plain\n\n",
    "bounce": b"Return-Path: <>\nSubject: Onbestelbaar: x\n\n",
    "tnef": b"Content-Type: application/ms-tnef\n\n\x78\x9f\x3e\x22aa",
    "s/mime": b"Content-Type: application/pkcs7-mime\n\n",
    "subject": b"Subject: ",
    "to": b"To: ",
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a reader makes of a mail."""

    subject: str
    sender: str
    text: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Right:
    """What is right about a reported mail."""

    text: str = ""
    subject: str = ""
    files: tuple[str, ...] | None = None
    absent: str = ""  # must not stand in the text


RIGHT = {
    "1-02": Right("Onze leerkracht kan niet inloggen, het wachtwoord werkt niet.", absent="gescand"),
    "1-05": Right("Onze leerkracht kan niet inloggen, het wachtwoord werkt niet.", absent="factuur"),
    "2-04": Right("Wij kunnen niet inloggen.", "Inloggen"),
    "2-09": Right("Wij kunnen niet inloggen.", "Inloggen lukt niet"),
    "2-12": Right("Wij kunnen niet inloggen.", "Geen beheerder één"),
    "3-02": Right("Eén leerling ontbreekt in groep 5."),
    "3-15": Right("Eén leerling ontbreekt in groep 5."),
    "3-20": Right("één account niet gekregen."),
    "3-36": Right("Beste collega, de coördinator heeft één account niet gekregen."),
    "3-50": Right("Hierbij het formulier.", files=("a.pdf",)),
    "3-63": Right("Wij kunnen niet inloggen.", files=("a.pdf",)),
    "3-66": Right("Beste helpdesk, wij kunnen sinds gisteren niet inloggen.\nFrom mij."),
    "impact-baseline": Right("Hierbij onze aanvraag", files=("aanvraag.pdf",)),
    "impact-broken-header-line": Right("Hierbij onze aanvraag", files=("aanvraag.pdf",)),
    "impact-part-header-wrapped": Right("Hierbij onze aanvraag", files=("formulier.pdf",)),
    "impact-rfc822-base64": Right("Zie de mail van ons bestuur.", files=("aanvraag.pdf",)),
    "impact-smime-opaque": Right("Hierbij onze aanvraag", files=("aanvraag.pdf",)),
    "impact-winmail.dat": Right("Hierbij onze aanvraag", files=("aanvraag.pdf",)),
}
AUTOMATIC = {"5-08": "bounce", "5-13": "own"}


def ours(raw: bytes) -> Seen:
    message = parse_message(raw)
    return Seen(message.subject, message.sender.address, message.text, tuple(file.filename for file in message.attachments))


def standard(raw: bytes) -> Seen:
    """As its documentation shows it: get_body, get_content, iter_attachments."""
    mail = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(mail, EmailMessage)
    body = mail.get_body(preferencelist=("plain", "html"))
    files = tuple(part.get_filename() or "" for part in mail.iter_attachments()) if mail.is_multipart() else ()
    sender = mail["From"].addresses[0].addr_spec if mail["From"] and mail["From"].addresses else ""
    return Seen(str(mail["Subject"] or ""), sender, body.get_content() if body else "", files)


def fast(raw: bytes) -> Seen:
    from fast_mail_parser import parse_email

    mail = parse_email(raw)
    text = "\n".join([*mail.text_plain] or [*mail.text_html])
    return Seen(mail.subject, mail.headers.get("From", ""), text, tuple(file.filename for file in mail.attachments))


def is_right(seen: Seen, right: Right) -> bool:
    text = "\n".join(line.strip() for line in seen.text.split("\n"))
    files = right.files is None or seen.files == right.files
    return right.text in text and right.subject in seen.subject and files and not (right.absent and right.absent in text)


def corpora(shared: Path) -> Iterator[tuple[str, bytes]]:
    """Every mail there is: those reported, forged and real ones, and those of the demo."""
    folders = [
        shared / "reports",
        shared / "forged",
        shared / "mail" / "torture",
        shared / "mail" / "replies",
        Path("data/demo/mail"),
    ]
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.is_file() and path.suffix in (".eml", ".txt", ".html", ".msg", ""):
                yield path.stem if path.suffix == ".eml" else path.name, path.read_bytes()


def hostile() -> Iterator[tuple[str, bytes]]:
    """Mails of 1 MB that are one piece, over and over, where a parser may take time with the square of the length."""
    for name, head in HEADS.items():
        for piece in REPEATED:
            body = piece.encode("utf-8", "surrogateescape")
            yield f"{name}: {piece!r}", b"From: a <a@b.nl>\n" + head + (body * (MEGABYTE // len(body) + 1))[:MEGABYTE]


def measure(
    read: Callable[[bytes], Seen], mails: list[tuple[str, bytes]]
) -> tuple[list[str], list[tuple[float, str]], dict[str, Seen]]:
    failed, took, seen = [], [], {}
    for name, raw in mails:
        begun = time.process_time()
        try:
            seen[name] = read(raw)
        except Exception as error:  # noqa: BLE001  # that is what is counted
            failed.append(f"{name} ({type(error).__name__})")
        took.append((time.process_time() - begun, name))
    return failed, took, seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shared", type=Path, default=Path("../shared/data"))
    parser.add_argument("--no-hostile", action="store_true")
    arguments = parser.parse_args()
    mails = list(corpora(arguments.shared))
    readers: dict[str, Callable[[bytes], Seen]] = {
        "wegwijzer": ours,
        "email (policy.default)": standard,
        "fast-mail-parser": fast,
    }
    print(f"{len(mails)} mails, {sum(len(raw) for _, raw in mails) / MEGABYTE:.1f} MB")
    print(f"{'reader':24} {'right':>8} {'fails':>6} {'ms':>7} {'worst ms':>9}  worst mail")
    for name, read in readers.items():
        measure(read, mails[:3])  # what is imported late
        failed, took, seen = measure(read, mails)
        known = [key for key in RIGHT if any(key == mail for mail, _ in mails)]
        right = sum(key in seen and is_right(seen[key], RIGHT[key]) for key in known)
        worst = max(took)
        print(
            f"{name:24} {right:>3} / {len(known):<3} {len(failed):>5} {statistics.median(t for t, _ in took) * 1000:>7.2f} {worst[0] * 1000:>9.1f}  {worst[1]}"
        )
    kinds = {key: parse_message(raw).automatic_kind for key, raw in mails if key in AUTOMATIC}
    print(f"machines known: {sum(kinds[key] == AUTOMATIC[key] for key in kinds)} / {len(kinds)}")
    if arguments.no_hostile:
        return
    took = measure(lambda raw: Seen("", "", own_words(ours(raw).text), ()), list(hostile()))[1]
    slow = sorted(took, reverse=True)
    print(f"hostile mails of 1 MB: {len(took)}, over {LIMIT:.0f} s: {sum(seconds > LIMIT for seconds, _ in took)}; slowest:")
    for seconds, what in slow[:8]:
        print(f"  {seconds:6.2f} s  {what}")


if __name__ == "__main__":
    main()
