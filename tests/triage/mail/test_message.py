"""Reading a mail: whatever the bytes, what can be read is read and the rest is named in `problems`."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, need
from tests.triage.letters import letter
from triage.mail import Address, Message, parse_message
from triage.mail.limits import MAX_DEPTH, MAX_TEXT
from triage.mail.message import html_to_text

HEAD = b"From: Jan <jan@school.example>\nSubject: Vraag\n"
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<<>>\nendobj\n"


def read(headers: str | bytes, body: str | bytes = "hoi") -> Message:
    """A mail from its header lines and its body."""
    head = headers if isinstance(headers, bytes) else headers.encode()
    return parse_message(head.rstrip(b"\n") + b"\n\n" + (body if isinstance(body, bytes) else body.encode()))


def with_file(data: bytes, filename: str, kind: str = "application/octet-stream") -> Message:
    mail = EmailMessage()
    mail["From"] = "jan@school.example"
    mail.set_content("zie bijlage")
    mail.add_attachment(data, *kind.split("/"), filename=filename)
    return parse_message(mail.as_bytes())


# --- headers --------------------------------------------------------------------------------------------------------


def test_a_plain_mail_is_read_whole() -> None:
    message = parse_message(letter(body="Ik kan niet inloggen.", subject="Inloggen", sender="Sanne de Wit <s@kei.example>"))

    assert (message.sender, message.subject, message.text, message.problems) == (
        Address("Sanne de Wit", "s@kei.example"),
        "Inloggen",
        "Ik kan niet inloggen.\n",
        (),
    )


def test_the_message_id_comes_without_angle_brackets() -> None:
    assert read("From: a@b.example\nMessage-ID: <CAF=x.1@mail.example>").message_id == "CAF=x.1@mail.example"


def test_a_mail_without_message_id_has_an_empty_one() -> None:
    assert read("From: a@b.example").message_id == ""


def test_a_reply_names_the_mails_it_answers_nearest_first() -> None:
    message = read("From: a@b.example\nIn-Reply-To: <2@b>\nReferences: <1@b>\n <2@b>")

    assert message.in_reply_to == ("2@b", "1@b", "2@b")


def test_to_and_cc_are_both_recipients() -> None:
    message = read("From: a@b.example\nTo: help@basispoort.nl, Piet <piet@school.example>\nCc: mies@school.example")

    assert [str(address) for address in message.to] == ["help@basispoort.nl", "Piet <piet@school.example>", "mies@school.example"]


def test_reply_to_and_the_envelope_sender_are_kept_apart_from_the_sender() -> None:
    message = read("Return-Path: <bounce@list.example>\nFrom: a@b.example\nReply-To: Piet <piet@c.example>")

    assert (message.sender, message.reply_to, message.return_path) == (
        Address("", "a@b.example"),
        Address("Piet", "piet@c.example"),
        Address("", "bounce@list.example"),
    )


def test_of_several_senders_the_first_counts() -> None:
    assert read("From: Jan <a@b.example>, Piet <c@d.example>").sender == Address("Jan", "a@b.example")


def test_of_two_from_headers_the_first_counts() -> None:
    assert read("From: a@b.example\nFrom: c@d.example").sender.address == "a@b.example"


def test_a_quoted_name_may_hold_a_comma() -> None:
    assert read('From: "Wit, Sanne de" <s@kei.example>').sender == Address("Wit, Sanne de", "s@kei.example")


def test_a_quoted_name_that_looks_like_an_address_is_not_the_sender() -> None:
    message = read('From: "directie@school.example" <iemand@anders.example>')

    assert message.sender == Address("directie@school.example", "iemand@anders.example")


@pytest.mark.parametrize(
    ("address", "domain"),
    [("Jan@OBS-Kei.Example", "obs-kei.example"), ('"a@b"@school.example', "school.example"), ("", ""), ("geen", "")],
)
def test_the_domain_is_what_follows_the_last_at_sign_in_lower_case(address: str, domain: str) -> None:
    assert Address("", address).domain == domain


def test_an_encoded_subject_is_decoded_on_one_line() -> None:
    message = read("From: a@b.example\nSubject: =?utf-8?q?Co=C3=B6rdinator?=\n =?iso-8859-1?q?_beh=E9?=\n\t  (spoed)")

    assert message.subject == "Coördinator behé (spoed)"


@pytest.mark.parametrize(
    ("raw", "subject"), [("café".encode(), "café"), ("café".encode("cp1252"), "café"), ("€ 5".encode("cp1252"), "€ 5")]
)
def test_a_header_with_unencoded_letters_is_read_as_utf8_or_windows_1252(raw: bytes, subject: str) -> None:
    assert read(b"From: a@b.example\nSubject: " + raw).subject == subject


def test_a_header_in_an_unknown_charset_is_named_and_the_rest_is_read() -> None:
    message = read("From: a@b.example\nX-Vreemd: =?x-bestaat-niet?q?x?=\nSubject: Vraag")

    assert (message.subject, message.problems) == ("Vraag", ("header X-Vreemd not decodable: LookupError",))


def test_a_subject_is_cut_at_five_hundred_characters() -> None:
    assert len(read("From: a@b.example\nSubject: " + "lang " * 300).subject) == 500


@pytest.mark.parametrize(
    ("header", "date"),
    [
        pytest.param("Mon, 23 Nov 2026 09:12:00 +0100", datetime(2026, 11, 23, 8, 12, tzinfo=UTC), id="to-utc"),
        pytest.param("23 Nov 2026 09:12 -0500", datetime(2026, 11, 23, 14, 12, tzinfo=UTC), id="no-weekday-no-seconds"),
        pytest.param("Mon, 23 Nov 2026 09:12:00 -0000", datetime(2026, 11, 23, 9, 12, tzinfo=UTC), id="unknown-zone-is-utc"),
    ],
)
def test_the_date_is_read_in_utc(header: str, date: datetime) -> None:
    assert read(f"From: a@b.example\nDate: {header}").date == date


@pytest.mark.parametrize("header", ["gisteren", "32 Nov 2026 09:12:00 +0100", "1 Jan 99999 00:00:00 +9999"])
def test_a_date_that_makes_no_sense_is_none_and_named(header: str) -> None:
    message = read(f"From: a@b.example\nDate: {header}")

    assert (message.date, message.problems) == (None, ("Date header not readable",))


def test_a_mail_without_date_is_no_problem() -> None:
    message = read("From: a@b.example")

    assert (message.date, message.problems) == (None, ())


def test_a_header_is_found_in_any_case_and_in_order() -> None:
    message = read("Received: een\nFrom: a@b.example\nRECEIVED: twee")

    assert message.header("received") == ["een", "twee"]


def test_the_hash_is_that_of_the_bytes() -> None:
    raw = letter()

    assert parse_message(raw).sha256 == hashlib.sha256(raw).hexdigest()


# --- words ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        pytest.param("utf-8", "één".encode(), "één", id="utf-8"),
        pytest.param("iso-8859-1", b"\x80 5 \x96 caf\xe9", "€ 5 – café", id="latin-1-that-is-windows-1252"),
        pytest.param("us-ascii", "één".encode(), "één", id="ascii-that-is-utf-8"),
        pytest.param("gb2312", "镕".encode("gb18030"), "镕", id="gb2312-that-is-gb18030"),
        pytest.param("shift_jis", "あいう".encode("shift_jis"), "あいう", id="shift-jis"),
    ],
)
def test_text_is_read_in_its_charset_or_the_wider_one_that_senders_mean(charset: str, raw: bytes, text: str) -> None:
    assert read(f"From: a@b.example\nContent-Type: text/plain; charset={charset}", raw).text == text


def test_text_in_a_charset_that_does_not_exist_is_read_as_utf8_and_named() -> None:
    message = read("From: a@b.example\nContent-Type: text/plain; charset=bestaat-niet", "één")

    assert (message.text, message.problems) == ("één", ("charset bestaat-niet did not fit",))


def test_text_that_does_not_fit_its_charset_is_named_and_its_plain_letters_are_kept() -> None:
    words = "Wij hebben een vraag over de coördinator."
    message = read("From: a@b.example\nContent-Type: text/plain; charset=utf-8", words.encode("cp1252"))

    assert message.text.startswith("Wij hebben een vraag over de co")
    assert message.problems == ("text is not utf-8",)


@pytest.mark.parametrize(("encoding", "raw"), [("quoted-printable", "caf=C3=A9"), ("base64", "Y2Fmw6k="), ("8bit", "café")])
def test_text_is_decoded_from_its_transfer_encoding(encoding: str, raw: str) -> None:
    head = f"From: a@b.example\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: {encoding}"

    assert read(head, raw).text == "café"


def test_the_plain_part_is_the_text_and_the_html_part_is_kept_as_sent() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("gewone tekst")
    mail.add_alternative("<p onclick='x()'>rijke tekst</p>", subtype="html")
    message = parse_message(mail.as_bytes())

    assert (message.text, message.html) == ("gewone tekst\n", "<p onclick='x()'>rijke tekst</p>\n")


@pytest.mark.parametrize("plain", ["", " \n\n"])
def test_without_words_in_the_plain_part_the_html_part_is_the_text(plain: str) -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content(plain)
    mail.add_alternative("<p>rijke tekst</p>", subtype="html")

    assert parse_message(mail.as_bytes()).text == "rijke tekst"


def test_a_mail_without_html_has_none() -> None:
    assert parse_message(letter()).html is None


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        pytest.param("<p>een</p><p>twee<br>drie</p>", "een\ntwee\ndrie", id="a-line-a-block"),
        pytest.param("<table><tr><td>BRIN</td><td>99AB</td></tr></table>", "BRIN\t99AB", id="cells-apart"),
        pytest.param("<ul><li>a</li><li>b</li></ul>", "a\nb", id="items-on-lines"),
        pytest.param("een\n   twee", "een twee", id="source-line-breaks-are-spaces"),
        pytest.param("a &amp; b &lt;c&gt; &eacute;", "a & b <c> é", id="entities"),
        pytest.param("<style>p{color:red}</style><script>alert(1)</script>hoi<!-- geheim -->", "hoi", id="no-code-or-comments"),
        pytest.param("<p>niet gesloten <b>en <i>fout", "niet gesloten en fout", id="broken-markup"),
        pytest.param("a&nbsp;&nbsp;b", "a b", id="hard-spaces"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_html_becomes_the_words_a_reader_sees(markup: str, text: str) -> None:
    assert html_to_text(markup) == text


def test_very_long_text_is_cut() -> None:
    assert len(read(HEAD, "a" * (MAX_TEXT + 10)).text) == MAX_TEXT


# --- files ----------------------------------------------------------------------------------------------------------


def test_an_attachment_comes_decoded_with_its_name() -> None:
    (found,) = with_file(PDF, "aanvraag.pdf", "application/pdf").attachments

    assert (found.filename, found.content_type, found.data) == ("aanvraag.pdf", "application/pdf", PDF)


def test_an_attachment_is_not_part_of_the_text() -> None:
    assert with_file(b"inhoud van het bestand", "lijst.txt", "text/plain").text == "zie bijlage\n"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        pytest.param("filename*=utf-8''aanvraag%20co%C3%B6rdinator.pdf", "aanvraag coördinator.pdf", id="rfc-2231"),
        pytest.param("filename*0=aan; filename*1=vraag.pdf", "aanvraag.pdf", id="in-pieces"),
        pytest.param('filename="=?utf-8?q?caf=C3=A9=2Epdf?="', "café.pdf", id="encoded-word"),
        pytest.param('filename="C:\\\\Users\\\\jan\\\\a.pdf"', "a.pdf", id="windows-path"),
        pytest.param('filename="../../etc/passwd"', "passwd", id="path-upwards"),
        pytest.param('filename="a\tb\x07.pdf"', "ab.pdf", id="control-characters"),
    ],
)
def test_the_name_of_a_file_is_decoded_and_holds_no_path(disposition: str, name: str) -> None:
    message = read(f"From: a@b.example\nContent-Type: application/pdf\nContent-Disposition: attachment; {disposition}", PDF)

    assert [file.filename for file in message.attachments] == [name]


def test_a_file_without_name_gets_one() -> None:
    message = read("From: a@b.example\nContent-Type: application/pdf\nContent-Disposition: attachment", PDF)

    assert [file.filename for file in message.attachments] == ["bijlage-1"]


@pytest.mark.parametrize(
    ("data", "declared", "found"),
    [
        pytest.param(PDF, "application/octet-stream", "application/pdf", id="pdf-sent-as-bytes"),
        pytest.param(b"\n\nrommel" + PDF, "application/octet-stream", "application/pdf", id="pdf-with-bytes-before-it"),
        pytest.param(b"\x89PNG\r\n\x1a\n" + b"\0" * 20, "application/pdf", "image/png", id="picture-sent-as-pdf"),
        pytest.param(b"MZ\x90\0" + b"\0" * 60, "application/pdf", "application/x-msdownload", id="program-sent-as-pdf"),
        pytest.param(b"a;b;c", "text/csv", "text/csv", id="bytes-that-say-nothing"),
    ],
)
def test_what_a_file_is_follows_from_its_bytes(data: bytes, declared: str, found: str) -> None:
    (file,) = with_file(data, "bestand.pdf", declared).attachments

    assert file.content_type == found


def test_files_inside_a_forwarded_mail_are_found() -> None:
    inner = EmailMessage()
    inner["From"] = "school@school.example"
    inner.set_content("ons verzoek")
    inner.add_attachment(PDF, "application", "pdf", filename="aanvraag.pdf")
    outer = EmailMessage()
    outer["From"] = "bestuur@bestuur.example"
    outer.set_content("zie de doorgestuurde mail")
    outer.add_attachment(inner)
    message = parse_message(outer.as_bytes())

    assert [(file.filename, file.data) for file in message.attachments] == [("aanvraag.pdf", PDF)]
    assert "ons verzoek" in message.text


# --- what is odd ----------------------------------------------------------------------------------------------------


def nested(depth: int) -> Message:
    """Words inside so many multiparts."""
    raw = HEAD
    for level in range(depth):
        raw += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    return parse_message(raw + b"Content-Type: text/plain\n\ndiep\n")


def test_parts_down_to_the_limit_are_opened() -> None:
    assert nested(MAX_DEPTH).text.strip() == "diep"


def test_parts_nested_deeper_are_left_unopened_and_named() -> None:
    message = nested(MAX_DEPTH + 1)

    assert message.text == ""
    assert "te diep in elkaar" in message.left_unread[0]


def test_hundreds_of_nested_parts_do_not_break_the_reader() -> None:
    assert nested(1500).left_unread


def test_a_multipart_without_parts_is_read_as_text_and_named() -> None:
    message = read("From: a@b.example\nContent-Type: multipart/mixed; boundary=x", "gewoon wat woorden")

    assert (message.text, message.problems) == ("gewoon wat woorden", ("multipart/mixed without parts, read as text",))


def test_a_mail_without_sender_is_named() -> None:
    assert read("Subject: hoi").problems == ("no From header",)


def test_a_problem_that_comes_twice_is_named_once() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=x\n\n" + b"--x\nContent-Type: text/plain; charset=q-1\n\nhoi\n" * 2

    assert parse_message(raw + b"--x--\n").problems == ("charset q-1 did not fit",)


@pytest.mark.parametrize(
    ("headers", "body", "readable"),
    [
        pytest.param("From: a@b.example", "hoi", True, id="words"),
        pytest.param("From: a@b.example\nSubject: bel me", "", True, id="subject-only"),
        pytest.param("From: a@b.example\nContent-Disposition: attachment; filename=a.pdf", "x", True, id="file-only"),
        pytest.param("From: a@b.example", " \n", False, id="nothing-in-it"),
        pytest.param("Subject: hoi", "hoi", False, id="no-sender"),
        pytest.param("From: undisclosed-recipients:;", "hoi", False, id="sender-without-address"),
    ],
)
def test_a_mail_is_readable_when_a_person_could_act_on_it(headers: str, body: str, readable: bool) -> None:
    assert read(headers, body).readable is readable


@pytest.mark.parametrize(
    ("headers", "automatic"),
    [
        pytest.param("From: a@b.example", False, id="a-person"),
        pytest.param("From: a@b.example\nAuto-Submitted: no", False, id="a-person-who-says-so"),
        pytest.param("From: a@b.example\nAuto-Submitted: auto-replied (vacation)", True, id="out-of-office"),
        pytest.param("From: a@b.example\nAuto-Submitted: Auto-Generated", True, id="generated"),
        pytest.param("From: MAILER-DAEMON@b.example", True, id="bounce"),
    ],
)
def test_mail_of_a_machine_is_known_as_such(headers: str, automatic: bool) -> None:
    assert read(headers).automatic is automatic


# --- any bytes ------------------------------------------------------------------------------------------------------

# Pieces that mails, good and bad, are made of.
FRAGMENTS = [
    *(b"From: ", b"To: ", b"Subject: ", b"Date: ", b"Message-ID: ", b"References: ", b"MIME-Version: 1.0\n"),
    *(b"Content-Type: ", b"Content-Disposition: ", b"Content-Transfer-Encoding: "),
    *(b"text/plain", b"text/html", b"application/pdf", b"message/rfc822", b"message/delivery-status", b"message/partial"),
    *(b'multipart/mixed; boundary="x"', b"multipart/alternative; boundary=x", b"multipart/", b"--x\n", b"--x--\n"),
    *(b"; charset=utf-8", b"; charset=utf-16", b"; charset=koi8-r", b"; charset=x-none", b"; charset*=utf-8''%ff", b"; charset="),
    *(
        b"attachment",
        b"inline",
        b"; filename=a.pdf",
        b"; filename*=utf-8''%e2%82",
        b"; filename*1*=%ff",
        b"; name=",
        b"; ;",
        b"=",
    ),
    *(b"base64", b"quoted-printable", b"x-uuencode", b"8bit", b"=C3=A9", b"=FF", b"QUJD", b"begin 644 x\n", b"end\n"),
    *(b"=?utf-8?q?caf=C3=A9?=", b"=?utf-8?q?", b"=?x?q?y?=", b"=?utf-8?b?Y2Fmw6k=?=", b"?=", b"=?"),
    *(b"jan@school.example", b"<", b">", b"@", b'"', b"(", b")", b"[", b"]", b",", b";", b":", b"\\", b"."),
    *(b"Mon, 23 Nov 2026 09:12:00 +0100", b"+99999", b"-0000", b"<p>", b"</p>", b"<!--", b"&#xD800;", b"From x\n", b"%PDF-"),
    *(b" ", b"\t", b"\n", b"\n\n", b"\r\n", b"\r", b"\n ", b"\xff", b"\xc3\xa9", b"\xe9", b"\xed\xa0\x80", b"\x0c", b"\x85"),
]

ANYTHING = st.binary(max_size=400)
PIECES = st.lists(st.sampled_from(FRAGMENTS), max_size=40).map(b"".join)
HEADERS = st.lists(
    st.tuples(st.sampled_from(FRAGMENTS[:10]), st.lists(st.sampled_from(FRAGMENTS), max_size=5).map(b"".join)).map(b"".join),
    max_size=6,
).map(b"\n".join)
MAILS = st.tuples(HEADERS, PIECES).map(b"\n\n".join)
FUZZ = settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])


@FUZZ
@given(raw=ANYTHING)
def test_any_bytes_can_be_parsed(raw: bytes) -> None:
    assert parse_message(raw).sha256 == hashlib.sha256(raw).hexdigest()


@FUZZ
@given(raw=PIECES | MAILS)
def test_anything_built_from_pieces_of_mails_can_be_parsed(raw: bytes) -> None:
    assert parse_message(raw).sha256 == hashlib.sha256(raw).hexdigest()


@FUZZ
@given(raw=PIECES | MAILS)
def test_headers_hold_text_that_can_be_stored(raw: bytes) -> None:
    message = parse_message(raw)

    for text in (message.subject, message.message_id, str(message.sender), *message.header("To")):
        text.encode("utf-8")


# --- real mails -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sender", "subject", "words"),
    [
        ("rfc2822__example06.eml", "mary@example.net", "Re: Saying Hello", "This is a reply to your hello."),
        ("multi_charset__japanese.eml", "raasdnil@gmail.com", "まみむめも", "かきくえこ"),
        ("multi_charset__japanese_shift_jis.eml", "xxxxxxx@docomo.ne.jp", "test", "このメールはテスト用のメールです。"),
        ("plain_emails__raw_email.eml", "jamis@37signals.com", "NOTE: 한국말로 하는 것", "제 이름은 Jamis입니다."),
        ("error_emails__header_fields_with_empty_values.eml", "jorn@prikkprikkprikk.no", "Testmail", "Jørn Støylen"),
        ("mime_emails__sig_only_email.eml", "test@test.lindsaar.net", "Re: Testing multipart/signed", "This is random text"),
    ],
)
def test_a_real_odd_mail_is_read_as_its_sender_meant_it(name: str, sender: str, subject: str, words: str) -> None:
    path = SHARED / "mail" / "torture" / name
    need(path.is_file(), f"{path} is not here: real mails are not part of the project")
    message = parse_message(path.read_bytes())

    assert (message.sender.address, message.subject) == (sender, subject)
    assert words in message.text


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("attachment_emails__attachment_only_email.eml", ["blah.gz"]),
        ("attachment_emails__attachment_message_rfc822_inline_image.eml", ["img.png"]),
        ("mime_emails__raw_email_with_nested_attachment.eml", ["truncated.png", "smime.p7s"]),
        ("multi_charset__japanese_attachment_long_name.eml", ["かきくけこ" * 5 + ".txt"]),
    ],
)
def test_the_files_of_a_real_odd_mail_are_found(name: str, files: list[str]) -> None:
    path = SHARED / "mail" / "torture" / name
    need(path.is_file(), f"{path} is not here: real mails are not part of the project")

    assert [file.filename for file in parse_message(path.read_bytes()).attachments] == files


@pytest.mark.parametrize(
    ("header", "address"),
    [
        (b"=?utf-8?q?directie=40school.example?= <p@evil.example>", "p@evil.example"),
        (b"alice@school.example <bob@evil.example>", "bob@evil.example"),
        (b"=?utf-8?q?Piet_=28IT?= <p@school.example>", "p@school.example"),
        (b"=?utf-8?Q?Jansen=2C_Piet?= <p@school.example>", "p@school.example"),
    ],
)
def test_an_encoded_name_never_becomes_the_address(header: bytes, address: str) -> None:
    assert parse_message(b"From: " + header + b"\r\n\r\nx").sender.address == address


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@b.example\nSubject: =?utf-8?b?A?=\n\nx",
        b'From: a@b.example\nContent-Type: text/plain; charset="a\x00b"\n\nx\xff',
        b"From: a@b.example\nContent-Type: text/plain; charset=idna\n\nx\xff",
        b"From: a@b.example\nContent-Transfer-Encoding: " + b"(" * 5000 + b"\n\nx",
    ],
)
def test_what_breaks_a_parser_is_a_problem_and_no_exception(raw: bytes) -> None:
    assert parse_message(raw).sha256


@pytest.mark.parametrize(
    "name", ["Message-ID", "In-Reply-To", "References", "Subject", "From", "Reply-To", "Return-Path", "To", "Cc", "X-Odd", "Date"]
)
@pytest.mark.parametrize(
    "value",
    [
        b"=?utf-8?q?=3Ca=00b=40x=3E?=",
        b"=?utf-8?q?a=00b?= <a\0b@x.example>",
        b"=?utf-16-le?b?ANgA2A==?= <a@x.example>",
        b"=?utf-7?q?+2AA-?= <a@x.example>",
        b"\xed\xa0\x80\xff <\xff@x.example>",
        b"=?unknown-8bit?b?AP8=?= <a@x.example>",
    ],
)
def test_a_database_takes_every_value_of_every_header(name: str, value: bytes) -> None:
    raw = b"From: a@b.example\r\n" if name != "From" else b""
    message = parse_message(raw + name.encode() + b": " + value + b"\r\nContent-Type: text/\xffhtml\0; name=a\0\r\n\r\nx\0\r\n")
    told = repr([getattr(message, field) for field in message.__slots__ if field not in ("raw", "attachments")])
    told += repr([(one.filename, one.content_type) for one in message.attachments])
    assert "\\x00" not in told
    told.encode("utf-8")
    assert "\\ud" not in told
