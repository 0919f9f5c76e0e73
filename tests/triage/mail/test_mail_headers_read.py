"""Headers as a person reads them, however broken, wrapped or oddly spaced they came."""

from __future__ import annotations

import pytest

from tests.triage.mail.raw_mail import QUESTION, as_bytes, names, part, plain, several
from triage.mail import Message, Ours, parse_message

JOKE = "joke@school.example"


def mail(head: str | bytes, body: str | bytes = QUESTION) -> Message:
    return parse_message(as_bytes(head) + b"\r\n\r\n" + as_bytes(body))


@pytest.mark.parametrize(
    "head",
    [
        pytest.param(f"From: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="plain"),
        pytest.param(f"From : Joke <{JOKE}>\nSubject : Inloggen lukt niet", id="space-before-the-colon"),
        pytest.param(f"From:Joke <{JOKE}>\nSubject:Inloggen lukt niet", id="no-space-behind-it"),
        pytest.param(f"FROM:\tJoke <{JOKE}>\nSUBJECT:\tInloggen lukt niet", id="tabs-and-capitals"),
        pytest.param(f"From:\n Joke\n <{JOKE}>\nSubject:\n Inloggen\n lukt niet", id="folded-before-the-first-word"),
        pytest.param(f"From: Joke\n\t<{JOKE}>\nSubject: Inloggen\n\tlukt\n\tniet", id="folded-with-tabs"),
        pytest.param(
            f"From: Joke <{JOKE}>\nX-Scanner: gescand door\nFilter 3 van de school\nSubject: Inloggen lukt niet", id="torn-line"
        ),
        pytest.param(f"From: Joke <{JOKE}>\n \nSubject: Inloggen lukt niet", id="line-of-spaces"),
        pytest.param(f"From: Joke <{JOKE}>\n\nSubject: Inloggen lukt niet\nContent-Type: text/plain", id="empty-line-between"),
        pytest.param(f"zomaar een regel\nFrom: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="line-without-name-first"),
        pytest.param(f"\n\nFrom: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="empty-lines-first"),
        pytest.param(f"From jan@x.example Mon Nov 23 10:00:00 2026\nFrom: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="mbox"),
        pytest.param(
            f">From jan@x.example Mon Nov 23 10:00:00 2026\nFrom: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="mbox-quoted"
        ),
        pytest.param("\ufeff" + f"From: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="byte-order-mark"),
        pytest.param("\ufeff\n" + f"From: Joke <{JOKE}>\nSubject: Inloggen lukt niet", id="byte-order-mark-and-empty-line"),
        pytest.param(f"Subject: Inloggen lukt niet\nFrom: Joke <{JOKE}>\nX-Leeg:\nX-Leeg-ook: ", id="empty-headers"),
        pytest.param(f"Subject: Inloggen lukt niet\n: niets\nFrom: Joke <{JOKE}>", id="no-name"),
    ],
)
def test_sender_subject_and_words_are_read(head: str) -> None:
    message = mail(head)
    assert (str(message.sender), message.subject, message.text) == (f"Joke <{JOKE}>", "Inloggen lukt niet", QUESTION)


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n", b"\r\r\n"])
def test_any_line_end_is_one(end: bytes) -> None:
    raw = end.join([f"From: Joke <{JOKE}>".encode(), b"Subject: Inloggen", b" lukt niet", b"", QUESTION.encode()])
    message = parse_message(raw)
    assert (message.sender.address, message.subject, message.text) == (JOKE, "Inloggen lukt niet", QUESTION)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (f"From: Joke <{JOKE}>\rSubject: Inloggen lukt niet\n\n".encode(), "Inloggen lukt niet"),
        (f"From: Joke <{JOKE}>\nSubject: Inloggen\rlukt niet\n\n".encode(), "Inloggen lukt niet"),
        (f"From: Joke <{JOKE}>\nSubject: Inloggen lukt niet\r\n\r\n".encode(), "Inloggen lukt niet"),
        (f"From: Joke <{JOKE}>\nSubject: Inloggen\n\r lukt niet\n\n".encode(), "Inloggen"),
        (f"From: Joke <{JOKE}>\nSubject: Inloggen\0 lukt niet\n\n".encode(), "Inloggen lukt niet"),
    ],
)
def test_a_line_end_alone_in_a_header_is_read(raw: bytes, subject: str) -> None:
    message = parse_message(raw + QUESTION.encode())
    assert message.sender.address == JOKE
    assert message.subject.startswith(subject)


@pytest.mark.parametrize(
    "body", ["Hallo, wij kunnen niet inloggen.", "Beste helpdesk,\n\nWij kunnen niet inloggen.", "Wij kunnen niet inloggen"]
)
def test_words_that_begin_without_an_empty_line_are_words(body: str) -> None:
    message = parse_message(as_bytes(f"From: Joke <{JOKE}>\nSubject: Inloggen\n{body}\n"))
    assert message.subject == "Inloggen"
    assert message.text.replace("\r\n", "\n").strip() == body


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        pytest.param("=?X-IAS-Dutch?Q?Inloggen_lukt_niet?=", "Inloggen lukt niet", id="unknown-charset"),
        pytest.param("=?onbekend?B?w6nDqW4=?=", "één", id="unknown-charset-base64"),
        pytest.param("=?utf-8*nl?Q?Geen_beheerder_=C3=A9=C3=A9n?=", "Geen beheerder één", id="language"),
        pytest.param("=?iso-8859-1*nl-NL?Q?=E9=E9n?=", "één", id="language-and-region"),
        pytest.param("=?utf-8?Q?co=C3?= =?utf-8?Q?=B6rdinator?=", "coördinator", id="cut-inside-a-letter"),
        pytest.param("=?utf-8?B?Y2/D?=\n =?utf-8?B?tnJk?=", "coörd", id="cut-inside-a-letter-base64"),
        pytest.param("Re:=?utf-8?Q?caf=C3=A9?=dicht", "Re:cafédicht", id="no-space-between"),
        pytest.param('"=?utf-8?Q?caf=C3=A9?="', '"café"', id="in-quotes"),
        pytest.param("=?utf-8?Q?Inloggen lukt niet?=", "Inloggen lukt niet", id="spaces-in-it"),
        pytest.param("=?utf-8?Q?Wat nu??=", "Wat nu?", id="question-mark"),
        pytest.param("=?utf-8?q?caf=c3=a9?=", "café", id="small-letters"),
        pytest.param("=?UTF8?Q?caf=C3=A9?=", "café", id="utf8"),
        pytest.param("=?cp-1252?Q?5_=80?=", "5 €", id="cp-1252"),
        pytest.param("=?us-ascii?Q?caf=C3=A9?=", "café", id="ascii-that-is-not"),
        pytest.param("=?iso-8859-1?Q?5_=80?=", "5 €", id="latin-1-that-is-windows"),
        pytest.param("=?utf-8?Q?caf=E9?=", "café", id="utf-8-that-is-windows"),
        pytest.param("=?utf-8?B?Y2Fmw6k?=", "café", id="no-padding"),
        pytest.param("=?utf-8?B?Y2Fm w6k=?=", "café", id="space-in-base64"),
        pytest.param("=?utf-8?Q?Inloggen_lukt", "Inloggen lukt", id="never-closed"),
        pytest.param("=?utf-8?Q?een?= =?utf-8?Q?_twee?= drie", "een twee drie", id="two-words-and-plain"),
        pytest.param("=?utf-8?Q?een?= =?iso-8859-1?Q?_=E9=E9n?=", "een één", id="two-charsets"),
        pytest.param("=?windows-1252?Q?E=E9n_leerling?=", "Eén leerling", id="windows"),
        pytest.param("=?utf-8?Q??= leeg", "leeg", id="empty"),
        pytest.param("2 =? 3", "2 =? 3", id="no-encoded-word"),
    ],
)
def test_encoded_words_are_readable(written: str, subject: str) -> None:
    assert mail(f"From: {JOKE}\nSubject: {written}").subject == subject


def test_a_word_that_was_folded_in_the_middle_grows_together() -> None:
    long = "=?utf-8?Q?Wij_kunnen_sinds_gisteren_helaas_met_de_hele_school_niet_meer_inlo\n ggen?="
    assert (
        mail(f"From: {JOKE}\nSubject: {long}").subject == "Wij kunnen sinds gisteren helaas met de hele school niet meer inloggen"
    )


@pytest.mark.parametrize("codec", ["utf-8", "cp1252"])
@pytest.mark.parametrize("subject", ["Eén leerling", "coördinator", "café", "Groep 5 – één", "financiële vraag"])
def test_letters_that_were_not_encoded_are_read(subject: str, codec: str) -> None:
    assert mail(f"From: {JOKE}\nSubject: {subject}".encode(codec)).subject == subject


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (f"Joke Bakker <{JOKE}>", "Joke Bakker"),
        (f"Bakker, Joke <{JOKE}>", "Bakker, Joke"),
        (f"{JOKE} (Joke Bakker)", "Joke Bakker"),
        (f"Joke Bakker <{JOKE}", "Joke Bakker"),
        (f"Joke Bakker < {JOKE} >", "Joke Bakker"),
        (f'"Joke Bakker" <mailto:{JOKE}>', "Joke Bakker"),
        (f"=?utf-8?Q?Joke_B=C3=A4kker?= <{JOKE}>", "Joke Bäkker"),
        (f'"=?utf-8?Q?Joke_B=C3=A4kker?=" <{JOKE}>', "Joke Bäkker"),
        (f"=?utf-8?Q?Joke?=<{JOKE}>", "Joke"),
        (f"'Joke Bakker' <{JOKE}>", "Joke Bakker"),
        (f"<{JOKE}>", ""),
        (JOKE, ""),
        (f'"Bakker, Joke (OBS)" <{JOKE}>', "Bakker, Joke (OBS)"),
        (f"Joke Bakker {JOKE}", "Joke Bakker"),
        (f"=?utf-8?Q?Joke_Bakker_<{JOKE}>?=", "Joke Bakker"),
    ],
)
def test_the_sender_is_read_from_any_from(written: str, name: str) -> None:
    message = mail(f"From: {written}\nSubject: x")
    assert (message.sender.address, message.sender.name) == (JOKE, name)


def test_without_from_the_sender_header_counts() -> None:
    assert mail(f"Sender: Joke <{JOKE}>\nSubject: x").sender.address == JOKE


@pytest.mark.parametrize("form", ["formulier@school.example", "FORMULIER@school.example"])
def test_the_sender_of_a_web_form_is_who_filled_it_in(form: str) -> None:
    ours = Ours("help@basispoort.nl", ("formulier@school.example",))
    raw = as_bytes(f"From: Website <{form}>\nReply-To: Joke <{JOKE}>\nAuto-Submitted: auto-generated\n\n{QUESTION}")
    message = parse_message(raw, ours)
    assert (message.sender.address, message.web_form and message.web_form.address, message.automatic) == (JOKE, form, False)
    assert parse_message(raw).sender.address == form


def test_a_web_form_without_reply_to_is_its_own_sender() -> None:
    ours = Ours("help@basispoort.nl", ("formulier@school.example",))
    assert parse_message(b"From: formulier@school.example\n\nx", ours).sender.address == "formulier@school.example"


@pytest.mark.parametrize(
    ("head", "name"),
    [
        ('Content-Type: application/pdf; name="mijn formulier.pdf"', "mijn formulier.pdf"),
        ("Content-Type: application/pdf; name=mijn formulier.pdf", "mijn formulier.pdf"),
        ('Content-Type: application/pdf; name="=?utf-8?Q?caf=C3=A9.pdf?="', "café.pdf"),
        (
            'Content-Type: application/pdf\nContent-Disposition: attachment; filename="=?iso-8859-1?Q?caf=E9?= =?iso-8859-1?Q?.pdf?="',
            "café.pdf",
        ),
        ("Content-Type: application/pdf\nContent-Disposition: attachment; filename==?utf-8?B?Y2Fmw6kucGRm?=", "café.pdf"),
        ("Content-Type: application/pdf\nContent-Disposition: attachment; filename*=utf-8''caf%C3%A9.pdf", "café.pdf"),
        (
            "Content-Type: application/pdf\nContent-Disposition: attachment; filename=cafe.pdf; filename*=UTF-8''caf%C3%A9.pdf",
            "café.pdf",
        ),
        (
            "Content-Type: application/pdf\nContent-Disposition: attachment;\n filename*0*=utf-8''caf%C3;\n filename*1*=%A9;\n filename*2=.pdf",
            "café.pdf",
        ),
        (
            'Content-Type: application/pdf\nContent-Disposition: attachment;\n filename*0="aanvraag ";\n filename*1="eerste.pdf"',
            "aanvraag eerste.pdf",
        ),
        ('Content-Type: application/pdf;\nname="a.pdf"', "a.pdf"),
        ('Content-Type: application/pdf\nContent-Disposition: attachment; FileName = "a.pdf"', "a.pdf"),
        ("Content-Type: application/pdf; name*=iso-8859-1'nl'caf%E9.pdf", "café.pdf"),
        ("Content-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment", "a.pdf"),
        ("Content-Type: application/pdf; name=café.pdf", "café.pdf"),
        ('Content-Type: application/pdf; name="a;b.pdf"; size=3', "a;b.pdf"),
    ],
)
def test_the_name_of_a_file_is_read(head: str, name: str) -> None:
    body = several("mixed", plain(), part(head, "%PDF-1.7 x"))
    assert names(parse_message(f"From: {JOKE}\r\n".encode() + body)) == [name]
