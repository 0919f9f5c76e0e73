"""The address of a mailbox, and where its password comes from."""

from __future__ import annotations

import pytest

from kb.settings import SettingsError, read_settings
from triage.cli.mails import shown
from triage.errors import SourceError
from triage.sources.files import FileSource, StandardInput
from triage.sources.imap_address import MailboxAddress, password_of, read_address
from triage.sources.opening import open_source

HELP = read_address("imaps://help@school.example@mail.example")


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("imaps://help@mail.example", MailboxAddress("help", "mail.example", 993, "INBOX")),
        ("imaps://help@mail.example/", MailboxAddress("help", "mail.example", 993, "INBOX")),
        (
            "imaps://help@school.example@Mail.Example:1993/Vragen",
            MailboxAddress("help@school.example", "mail.example", 1993, "Vragen"),
        ),
        (
            "imaps://help%40school.example@mail.example/A/B%20C",
            MailboxAddress("help@school.example", "mail.example", 993, "A/B C"),
        ),
        ("imaps://help@[::1]:1993", MailboxAddress("help", "::1", 1993, "INBOX")),
    ],
)
def test_an_address_names_user_server_and_folder(text: str, address: MailboxAddress) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "imaps://",
        "imaps://mail.example/INBOX",
        "imaps://help@",
        "imaps://help@mail.example:een",
        "imaps://help@[mail",
        "imaps://a@b?plain=yes",
    ],
)
def test_what_is_no_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SourceError, match="imaps://user@host/folder"):
        read_address(text)


@pytest.mark.parametrize("text", ["imap://help@mail.example", "https://mail.example/", "pop3s://help@mail.example"])
def test_another_kind_of_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(SourceError, match="imaps://user@host/folder"):
        open_source(text, read_settings({}))


@pytest.mark.parametrize(
    "text",
    [
        "imaps://help:zeer/geheim@mail.example",
        "imaps://help:zeer@geheim@mail.example:993/INBOX",
        "imaps://help@a.example:zeer@mail.example",
    ],
)
def test_a_password_in_an_address_is_never_shown(text: str) -> None:
    with pytest.raises(SourceError) as told:
        read_address(text)
    for said in (str(told.value), shown(text)):
        assert "zeer" not in said
        assert "geheim" not in said


def test_the_password_of_a_user_goes_before_that_of_all() -> None:
    both = {"WEGWIJZER_IMAP_PASSWORD": "van allen", "WEGWIJZER_IMAP_PASSWORD_HELP_SCHOOL_EXAMPLE": "van help"}
    assert password_of(HELP, read_settings(both)) == "van help"
    assert password_of(read_address("imaps://info@mail.example"), read_settings(both)) == "van allen"


def test_a_mailbox_without_a_password_is_told_which_variables_may_hold_it() -> None:
    with pytest.raises(SettingsError, match=r"WEGWIJZER_IMAP_PASSWORD, or in WEGWIJZER_IMAP_PASSWORD_HELP_SCHOOL_EXAMPLE"):
        password_of(HELP, read_settings({}))


def test_settings_that_are_printed_hold_no_password_of_a_mailbox() -> None:
    assert "zeer-geheim" not in repr(read_settings({"WEGWIJZER_IMAP_PASSWORD": "zeer-geheim"}))


@pytest.mark.parametrize("value", ["0", "-1", "veel", "5000"])
def test_a_largest_mail_of_no_size_is_refused(value: str) -> None:
    with pytest.raises(SettingsError, match="WEGWIJZER_IMAP_MEGABYTES"):
        read_settings({"WEGWIJZER_IMAP_MEGABYTES": value})


def test_anything_else_is_a_file_or_standard_input() -> None:
    assert isinstance(open_source("-", read_settings({})), StandardInput)
    assert isinstance(open_source("mails/1.eml", read_settings({})), FileSource)
