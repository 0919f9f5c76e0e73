"""What is read of a mail, once, for all that come after."""

from __future__ import annotations

from tests.triage.letters import letter
from triage.mail import parse_message
from triage.mail.read_mail import ReadMail, read_mail

REPLY = "Hoe log ik in?\n\nMet vriendelijke groet,\nSanne de Wit\n\nOp ma 23 nov. 2026 om 09:12 schreef Helpdesk <h@x.nl>:\n> Beste Sanne"


def read(body: str = REPLY, subject: str = "Inloggen", **headers: str) -> ReadMail:
    return read_mail(parse_message(letter(body, subject, **headers)))


def test_the_own_words_stand_apart_from_what_is_below_them() -> None:
    mail = read()
    assert mail.own_words == "Hoe log ik in?"
    assert mail.below.split("\n")[2:4] == ["Met vriendelijke groet,", "Sanne de Wit"]
    assert mail.below.endswith("> Beste Sanne")


def test_nothing_stands_below_words_that_are_not_together_in_the_mail() -> None:
    mail = read("> Heeft u het al geprobeerd?\nJa, dat lukt niet.\n> En op een andere computer?\nOok niet.")
    assert mail.own_words == "Ja, dat lukt niet.\nOok niet."
    assert mail.below == ""


def test_a_mail_says_its_subject_and_own_words_and_not_what_it_quotes() -> None:
    assert (read().said, read().question) == ("Inloggen\n\nHoe log ik in?", "Inloggen\nHoe log ik in?")


def test_the_language_is_that_of_the_own_words_whatever_is_quoted() -> None:
    english = "I forgot my password and I cannot log in to the platform any more. Could you please help me?"
    quote = "> Beste mevrouw, dank voor uw bericht. Wij helpen u graag verder met het inloggen op de website."
    assert read(f"{english}\n\n{quote}", "Password").language == "en"


def test_the_headers_are_kept_as_they_came() -> None:
    raw = b"From: =?utf-8?q?Ren=C3=A9?= <r@x.example>\nfilter 3\nReply-To: a@b.example\n\nHoi"
    fields = read_mail(parse_message(raw)).fields
    assert [(field.name, field.in_head) for field in fields] == [("from", True), ("reply-to", False)]
    assert fields[0].value == "=?utf-8?q?Ren=C3=A9?= <r@x.example>"
