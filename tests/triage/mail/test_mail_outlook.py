"""Mails as Outlook saves them (.msg): on their own, attached to a mail, and broken."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.triage.mail.outlook_file import outlook_file
from tests.triage.mail.raw_mail import PDF, QUESTION, mail_of, names, part, plain, several
from triage.mail import parse_message
from triage.sources.files import read_source

HEADERS = "From: Joke Bakker <joke@school.example>\r\nTo: help@basispoort.nl\r\nSubject: Inloggen één\r\nMessage-ID: <m1@school.example>\r\n"
WORDS = {0x001A: "IPM.Note", 0x1000: QUESTION, 0x0037: "Inloggen één", 0x007D: HEADERS}


def test_a_msg_file_is_read_as_the_mail_it_is() -> None:
    raw = outlook_file(WORDS, files=[("aanvraag één.pdf", PDF), ("groot.pdf", PDF + b"x" * 9_000)])
    message = parse_message(raw)
    assert (str(message.sender), message.subject, message.text.strip()) == (
        "Joke Bakker <joke@school.example>",
        "Inloggen één",
        QUESTION,
    )
    assert [(file.filename, file.data[:40]) for file in message.attachments] == [
        ("aanvraag één.pdf", PDF[:40]),
        ("groot.pdf", (PDF + b"x" * 9_000)[:40]),
    ]
    assert (message.message_id, message.raw) == ("m1@school.example", raw)


def test_a_mail_that_was_never_sent_has_the_sender_of_its_fields() -> None:
    fields = {
        0x1000: QUESTION,
        0x0037: "Inloggen",
        0x0C1A: "Joke Bakker",
        0x5D01: "joke@school.example",
        0x0C1F: "/O=SCHOOL/CN=JOKE",
    }
    assert str(parse_message(outlook_file(fields)).sender) == "Joke Bakker <joke@school.example>"


def test_a_msg_with_html_only_has_its_words() -> None:
    assert parse_message(outlook_file({0x007D: HEADERS}, {0x1013: f"<p>{QUESTION}</p>".encode()})).text == QUESTION


@pytest.mark.parametrize(
    "kind",
    ['application/vnd.ms-outlook; name="mail.msg"', 'application/octet-stream; name="mail.msg"', "application/vnd.ms-outlook"],
)
def test_a_msg_that_is_attached_is_an_attached_mail(kind: str) -> None:
    attached = part(
        f"Content-Type: {kind}\nContent-Transfer-Encoding: base64",
        base64.encodebytes(outlook_file(WORDS, files=[("a.pdf", PDF)])),
    )
    message = mail_of(several("mixed", plain("Wij krijgen deze fout bij het inloggen op maandag."), attached))
    assert (message.text, names(message)) == ("Wij krijgen deze fout bij het inloggen op maandag.", ["a.pdf"])
    assert [mail.text.strip() for mail in message.enclosed] == [QUESTION]


@pytest.mark.parametrize("cut", [8, 100, 512, 1_000, 2_000, 5_000])
def test_a_broken_msg_is_a_problem_and_no_exception(cut: int) -> None:
    raw = outlook_file(WORDS, files=[("a.pdf", PDF)])[:cut]
    assert parse_message(raw).raw == raw
    attached = part(
        "Content-Type: application/vnd.ms-outlook; name=mail.msg\nContent-Transfer-Encoding: base64", base64.encodebytes(raw)
    )
    assert mail_of(several("mixed", plain(), attached)).text == QUESTION


def test_a_folder_gives_its_msg_files_too(tmp_path: Path) -> None:
    (tmp_path / "vraag.msg").write_bytes(outlook_file(WORDS))
    assert [parse_message(one.data).subject for one in read_source(str(tmp_path))] == ["Inloggen één"]
