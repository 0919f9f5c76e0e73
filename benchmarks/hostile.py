"""How long a mail that was made to keep the intake busy is read for: parsing, the writer's words, masking and looking for a form.

    python -m benchmarks.hostile [--size 1000000]

Prints a table, slowest first. Every row should stay within a few seconds on a slow machine; what was cut is counted in 'left'.
"""

from __future__ import annotations

import argparse
import base64
import time
from collections.abc import Callable, Mapping

from kb.insight.privacy import mask
from triage.mail import parse_message
from triage.mail.own_words import own_words
from triage.verify.form.extract import extract_rows, mail_rows
from triage.verify.forms import load_requests

FROM = b"From: Sanne <sanne@school.example>\r\n"
INTENT = "eerste-beheerder-aanvraag"


def repeated(piece: bytes, size: int) -> bytes:
    return piece * (size // len(piece))


def headers(size: int) -> Mapping[str, bytes]:
    """Mails with hostile headers, by what is odd about them."""
    mails = {
        f"From, {piece!r}": b"From: " + repeated(piece, size) + b" <a@b.example>\r\n\r\nhallo"
        for piece in (b"a", b"a b ", b"(", b"(a) ", b'"', b"<", b"@", b",", b"=?utf-8?q?a?= ", b"=?a?q?", b"\xe9", b"a\r\n ")
    }
    for name in ("Content-Type: text/plain", "Content-Disposition: attachment", "Content-Transfer-Encoding: 8bit"):
        for piece in (b"(a)", b"(", b";", b'"', b";a=b", b"a ", b";name*1=a", b"\\"):
            mails[f"{name.partition(':')[0]}, {piece!r}"] = FROM + name.encode() + repeated(piece, size) + b"\r\n\r\nhallo"
    mails["many headers"] = FROM + repeated(b"X: y\r\n", size) + b"\r\nhallo"
    mails["encoded words in punycode"] = FROM + b"Subject: =?punycode?q?" + repeated(b"a-", size) + b"?=\r\n\r\nhallo"
    return mails


def bodies(size: int) -> Mapping[str, bytes]:
    """Mails with hostile bodies, by what is odd about them."""
    mixed = FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    nested = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(size // 60))
    rich = FROM + b"Content-Type: text/html\r\n\r\n"
    return {
        "parts": mixed + repeated(b"--b\r\n\r\nx\r\n", size),
        "nested parts": FROM + nested,
        "parts with heavy headers": mixed
        + repeated(b"--b\r\nContent-Type: text/plain" + b";" * 3000 + b"\r\n\r\nx\r\n", 10 * size),
        "lines": FROM + b"\r\n" + repeated(b"\r", 10 * size),
        "punycode": FROM + b"Content-Type: text/plain; charset=punycode\r\n\r\n" + repeated(b"a-", size),
        "base64 file": FROM
        + b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(bytes(10 * size)),
        **{
            f"HTML, {piece!r}": rich + repeated(piece, size)
            for piece in (b"<div>", b"<b><i>", b"<", b"<table>", b"\xc2\x85", b"<!--")
        },
    }


def texts(size: int) -> Mapping[str, bytes]:
    """Mails with hostile words."""
    pieces = (
        "a",
        "12:",
        "12AB ",
        "06-12345678 ",
        "a:\n",
        "Van: a\n",
        "op 1 schreef:\n",
        "> ",
        "(",
        "@",
        "juf Jan de ",
        "wachtwoord is ",
        "\n",
    )
    return {f"words, {piece!r}": FROM + b"\r\n" + repeated(piece.encode(), size) for piece in pieces}


def steps() -> Mapping[str, Callable[[str], object]]:
    requests = load_requests()
    request = requests.types[INTENT]
    return {
        "own words": own_words,
        "mask": lambda text: mask(own_words(text), lambda _: False),
        "form": lambda text: extract_rows(mail_rows(own_words(text)), request, requests),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=1_000_000, help="bytes of each mail, about")
    size = parser.parse_args().size
    rows = []
    for name, raw in {**headers(size), **bodies(size), **texts(size)}.items():
        start = time.perf_counter()
        message = parse_message(raw)
        took = {"parse": time.perf_counter() - start}
        for step, run in steps().items():
            start = time.perf_counter()
            run(message.text)
            took[step] = time.perf_counter() - start
        rows.append((sum(took.values()), name, len(raw), len(message.left_unread), took))
    print(f"{'mail':48} {'bytes':>10} {'left':>4} " + " ".join(f"{step:>9}" for step in rows[0][4]))
    for _, name, length, left, took in sorted(rows, reverse=True):
        print(f"{name:48} {length:>10,} {left:>4} " + " ".join(f"{seconds:9.2f}" for seconds in took.values()))


if __name__ == "__main__":
    main()
