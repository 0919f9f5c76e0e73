"""What one mail may cost to read: too much is cut before it is parsed, and what was cut is named."""

from __future__ import annotations

from email.header import Header

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, need
from triage.mail import Message, parse_message
from triage.mail.limits import (
    MAX_ALL_HEADERS,
    MAX_ATTACHMENTS,
    MAX_HEADER,
    MAX_HEADERS,
    MAX_OPEN_TAGS,
    MAX_PARAMETERS,
    MAX_PART_HEADER,
    MAX_PARTS,
    MAX_SIGNS,
    MAX_TAGS,
    MAX_TEXT,
    bounded_markup,
    parse_bounded,
)

FROM = b"From: Sanne <sanne@school.example>\r\n"
MANY = 100_000


def part_headers(raw: bytes) -> list[str]:
    """The headers that say what a part is, of all parts, as the parser gets them."""
    mail, _ = parse_bounded(raw)
    names = ("content-type", "content-disposition", "content-transfer-encoding")
    return [str(value) for part in mail.walk() for name, value in part.raw_items() if name.lower() in names]


def mixed(*parts: bytes) -> bytes:
    lines = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return FROM + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + lines + b"--b--\r\n"


@pytest.mark.parametrize(
    "letters", [b"a", b"a b ", b"(", b"(x) ", b'"', b"=?utf-8?q?a?= ", b"=?a?q?", b",", b"<", b"\xe9", b"a\r\n "]
)
def test_a_long_name_in_from_is_cut_the_address_stays_and_a_person_is_told(letters: bytes) -> None:
    message = parse_message(
        b"From: " + letters * (MANY // len(letters)) + b" <sanne@school.example>\r\nSubject: x\r\n\r\nhallo\r\n"
    )
    assert len(message.header("From")[0]) <= MAX_HEADER + 1
    assert message.sender.address in ("sanne@school.example", "")
    assert any("From" in said or "kopregels" in said for said in message.left_unread)
    assert message.text == "hallo\r\n"


def test_a_long_plain_name_keeps_the_address_behind_it() -> None:
    message = parse_message(b"From: " + b"a" * 10 * MANY + b" <sanne@school.example>\r\n\r\nhallo")
    assert message.sender.address == "sanne@school.example"


def test_a_long_header_that_says_nothing_of_the_sender_is_cut_without_a_word() -> None:
    message = parse_message(FROM + b"X-Spam-Report: " + b"a" * MANY + b"\r\n\r\nhallo")
    assert len(message.header("X-Spam-Report")[0]) <= MAX_HEADER + 1
    assert not message.left_unread


@pytest.mark.parametrize("piece", [b"(", b"; spf=pass", b"(a)", b"a=b "])
def test_a_report_on_the_sender_that_is_too_long_counts_as_none_and_is_told(piece: bytes) -> None:
    message = parse_message(b"Authentication-Results: mx.example; dmarc=pass " + piece * MANY + b"\r\n" + FROM + b"\r\nhallo")
    assert message.header("Authentication-Results") == [""]
    assert "echtheid van de afzender" in message.left_unread[0]


def test_more_headers_than_are_read_leave_the_words_readable() -> None:
    message = parse_message(FROM + b"X: y\r\n" * MANY + b"\r\nhallo")
    assert len(message.headers) <= MAX_HEADERS
    assert (message.sender.address, message.text) == ("sanne@school.example", "hallo")
    assert "te veel kopregels" in message.left_unread[0]


def test_all_headers_together_are_bounded_too() -> None:
    message = parse_message(FROM + b"".join(b"X-%d: %s\r\n" % (number, b"a" * 9_000) for number in range(100)) + b"\r\nhallo")
    assert sum(len(value) for _, value in message.headers) <= MAX_ALL_HEADERS
    assert message.left_unread


@pytest.mark.parametrize("sign", [";", "(", "(a)", '"', "\\", "a ", ";a=b", "\t", ';name*1="', "; filename=a"])
@pytest.mark.parametrize(
    "name", ["Content-Type: text/plain", "Content-Disposition: attachment", "Content-Transfer-Encoding: 8bit"]
)
def test_what_says_what_a_part_is_never_costs_the_parser_much(name: str, sign: str) -> None:
    raw = mixed(b"Content-Type: text/plain\r\n\r\nhallo", f"{name}{sign * MANY}\r\n\r\nx".encode())
    for value in part_headers(raw):
        plain = len(value) <= MAX_PART_HEADER and sum(map(value.count, ';("\\ \t')) <= MAX_SIGNS
        assert plain or value.count("; ") <= MAX_PARAMETERS
        assert len(value) <= 50 * MAX_PART_HEADER
    message = parse_message(raw)
    assert message.text.startswith("hallo")
    assert any("vreemd beschreven" in said for said in message.left_unread)


def test_an_overloaded_content_type_keeps_its_type_charset_and_name() -> None:
    odd = b"Content-Type: application/pdf" + b"(a)" * MANY + b"\r\n\r\nx"
    named = b'Content-Type: text/plain; charset="utf-8"; name="een verslag.txt"' + b"; x=y" * 500 + b"\r\n\r\nx"
    message = parse_message(mixed(odd, named))
    assert [file.content_type for file in message.attachments] == ["application/pdf", "text/plain"]
    assert message.attachments[1].filename == "een verslag.txt"


def test_an_ordinary_long_file_name_is_not_taken_for_an_attack() -> None:
    name = Header("Aanvraag eerste beheerder van onze school, getekend door het bestuur – définitief.pdf", "utf-8").encode(
        linesep="\r\n"
    )
    message = parse_message(mixed(f'Content-Type: application/pdf; name="{name}"\r\n\r\n%PDF-'.encode()))
    assert not message.left_unread
    assert message.attachments[0].filename.startswith("Aanvraag eerste beheerder")


def test_no_more_parts_are_made_than_are_read() -> None:
    raw = mixed(*[b"\r\nx"] * 5_000)
    mail, left = parse_bounded(raw)
    assert sum(1 for _ in mail.walk()) <= MAX_PARTS
    assert "onderdelen" in left[0]
    assert parse_message(raw).sender.address == "sanne@school.example"


def test_more_files_than_are_read_are_named() -> None:
    files = [b'Content-Type: application/pdf; name="f%d.pdf"\r\n\r\n%%PDF-' % number for number in range(MAX_ATTACHMENTS + 8)]
    message = parse_message(mixed(*files))
    assert len(message.attachments) == MAX_ATTACHMENTS
    assert message.left_unread == (
        "De mail heeft meer dan 30 bijlagen. Niet gelezen: ‘f30.pdf’, ‘f31.pdf’, ‘f32.pdf’, ‘f33.pdf’, ‘f34.pdf’ en meer."
        " Bekijk die zelf.",
    )


def test_a_text_that_is_too_long_is_cut_and_said_so() -> None:
    message = parse_message(FROM + b"\r\n" + b"a " * MAX_TEXT)
    assert len(message.text) == MAX_TEXT
    assert "te lang" in message.left_unread[0]


def test_a_long_web_version_beside_a_plain_text_is_no_loss() -> None:
    rich = b"Content-Type: text/html\r\n\r\n<p>hallo</p>" + b"<img src='data:x'>" * MAX_TEXT
    assert not parse_message(mixed(b"Content-Type: text/plain\r\n\r\nhallo", rich)).left_unread


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "zlib", "rot13", "undefined"])
def test_a_codec_that_is_no_charset_of_mail_is_not_used(charset: str) -> None:
    message = parse_message(FROM + f"Content-Type: text/plain; charset={charset}\r\n\r\nhallo-abc".encode())
    assert message.text == "hallo-abc"


@pytest.mark.parametrize("tag", ["<div>", "<b><i>", "<table>", "<span></b>", "<ul><div></ul>"])
def test_tags_in_tags_are_cut_where_they_get_too_deep(tag: str) -> None:
    kept = bounded_markup("hallo" + tag * 20_000)
    assert kept.startswith("hallo")
    assert min(kept.count(f"<{name}>") for name in tag.strip("<>").replace("/", "").split("><")) <= MAX_OPEN_TAGS + 1


@pytest.mark.parametrize("tag", ["<p>regel", "<br>", "<div>regel</div>", "<tr><td>cel</td></tr>", "<li>punt"])
def test_a_long_ordinary_page_is_kept_whole(tag: str) -> None:
    page = tag * (MAX_TAGS // 5)
    assert bounded_markup(page) == page


def test_the_forged_mail_with_a_name_of_200_000_letters_is_read_and_never_without_a_word() -> None:
    need((SHARED / "forged").is_dir(), "the mails of ../shared/data/forged")
    message = parse_message(next((SHARED / "forged").glob("F30-*.eml")).read_bytes())
    assert len(message.header("From")[0]) <= MAX_HEADER + 1
    assert message.left_unread


PIECES = st.sampled_from(
    [
        "(",
        ")",
        '"',
        "\\",
        ";",
        "=",
        "*0*=",
        "=?utf-8?q?",
        "?=",
        "<",
        ">",
        "@",
        ",",
        ":",
        " ",
        "\t",
        "\r\n ",
        "a",
        "é",
        "name",
        "boundary=b",
        "\0",
    ]
)
NAMES = st.sampled_from(
    ["From", "To", "Subject", "Date", "References", "Content-Type", "Content-Disposition", "Content-Transfer-Encoding"]
)


@st.composite
def hostile(draw: st.DrawFn) -> bytes:
    """A mail with headers of few pieces, repeated many times."""
    lines = []
    for _ in range(draw(st.integers(1, 4))):
        piece = "".join(draw(st.lists(PIECES, min_size=1, max_size=4)))
        lines.append(f"{draw(NAMES)}: {piece * draw(st.integers(1, 6_000))}\r\n")
    return ("".join(lines) + "\r\n--b\r\n\r\nhallo\r\n").encode()


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(hostile())
def test_any_headers_are_read_within_the_limits(raw: bytes) -> None:
    message: Message = parse_message(raw)
    assert all(len(value) <= MAX_HEADER + 1 for _, value in message.headers)
    assert len(message.attachments) <= MAX_ATTACHMENTS
    assert all(said.endswith(".") for said in message.left_unread)
