"""Address headers as they came in: which addresses they name, and whether every program reads the same ones."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triage.mail.raw_headers import MAX_HEAD, Mailboxes, header_fields, mailboxes

A, B = "m.vandenberg@meerwerf.example", "x@evil.example"


def read(value: str, name: str = "From", more: str = "") -> Mailboxes:
    raw = f"{name}: {value}\r\n{more}To: help@ons.example\r\n\r\nZie bijlage.\r\n"
    return mailboxes(header_fields(raw.encode("utf-8", "surrogateescape")), name)


@pytest.mark.parametrize(
    "value",
    [
        A,
        f"<{A}>",
        f"Marijke van den Berg <{A}>",
        f'"Berg, Marijke van den" <{A}>',
        f"Berg, Marijke van den <{A}>",
        f"Marijke (ICT) <{A}>",
        f"=?utf-8?q?Ch=C3=A9rie?= <{A}>",
        f"Chérie <{A}>",
        f"{A} <{A}>",
        f"Marijke\r\n <{A}>",
        f"'Marijke' <{A}> ",
    ],
)
def test_the_usual_forms_hold_one_plain_address(value: str) -> None:
    assert read(value) == Mailboxes((A,), 1, plain=True)


@pytest.mark.parametrize(
    "value",
    [f"{A}, {B}", f"Marijke <{A}>, x <{B}>", f'"Berg, M" <{A}>,<{B}>', f"Marijke <{A}>; {B}", f"{B}, Marijke <{A}>"],
)
def test_two_addresses_are_two(value: str) -> None:
    assert set(read(value).addresses) == {A, B}


@pytest.mark.parametrize(
    "value",
    [
        f"School: {A};",
        f"<@evil.example:{A}>",
        "<m.vandenberg@[203.0.113.9]>",
        '"m.vandenberg"@meerwerf.example',
        '"m.vandenberg@meerwerf.example"@evil.example',
        "m.vandenberg@meerwerf.example@evil.example",
        "m.vandenberg(x)@meerwerf.example",
        f"<{A}(x)>",
        f"{A} (x@evil.example)",
        f"{A} ({B}) <{A}>",
        f"{B} <{A}>",
        f"<{A}> <{B}>",
        f"<{A}> {B}",
        f"Marijke <{A}",
        f'"Marijke <{A}>',
        f"m.vandenberg\0@meerwerf.example, {B}",
        "m.vandenberg@meerwerf.example\0.evil.example",
        "=?utf-8?q?m.vandenberg?=@meerwerf.example",
        f"Marijke\r<{A}>",
        "m vandenberg@meerwerf.example",
        "m.vandenberg@localhost",
        "M" * 5_000 + f" <{A}>",
    ],
)
def test_what_programs_read_in_different_ways_is_not_plain(value: str) -> None:
    assert not read(value).plain


def test_two_headers_are_counted_and_read_together() -> None:
    assert read(A, more=f"From: {B}\r\n") == Mailboxes((A, B), 2, plain=True)


def test_headers_below_a_line_that_is_none_are_read_too() -> None:
    raw = f"From: {A}\nFilter 3 van de school\nFrom: {B}\n\nx".encode()
    assert [field.name for field in header_fields(raw)] == ["from", "from"]
    assert [field.value for field in header_fields(raw) if field.in_head] == [A]


def test_a_byte_order_mark_in_front_hides_nothing() -> None:
    assert header_fields(b"\xef\xbb\xbfFrom: a@b.example\r\n\r\n")[0].value == "a@b.example"


def test_nothing_of_the_body_is_a_header() -> None:
    assert [field.name for field in header_fields(f"Subject: x\r\n\r\nFrom: {B}\r\n".encode())] == ["subject"]


@settings(max_examples=200)
@given(st.text(st.sampled_from('ab@.,;:<>()"\\ \r\n\t\0é='), max_size=80))
def test_no_value_breaks_the_reader_and_a_plain_address_has_one_at_sign(value: str) -> None:
    found = read(value)
    assert not found.plain or all(address.count("@") == 1 for address in found.addresses)


@pytest.mark.parametrize("filler", [b"(", b'"\\"', b"<", b"a@b.c,", b"\r\n ", b"\r\nFrom: " + b'"\\"' * 600])
def test_endless_headers_are_read_only_in_part(filler: bytes) -> None:
    raw = b"From: " + filler * (2 * MAX_HEAD // len(filler)) + b"\r\n\r\nx"
    assert sum(len(field.value) for field in header_fields(raw)) <= MAX_HEAD
