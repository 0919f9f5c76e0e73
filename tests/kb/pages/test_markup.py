"""Pieces of the public pages."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs

from kb.pages.markup import MOST_IN_MAIL, long_note, mail_panel
from kb.search.search import MAX_QUERY


def mail(question: str) -> dict[str, list[str]]:
    address = re.findall('href="mailto:[^"?]*[?]([^"]+)"', mail_panel(question, ("naam van de groep",)))
    return parse_qs(html.unescape(address[0]))


def test_the_subject_of_a_mail_is_one_line() -> None:
    assert mail("Goedemiddag,\n\nik kan niet inloggen")["subject"] == ["Goedemiddag, ik kan niet inloggen"]


def test_the_mail_holds_the_question_and_what_the_help_desk_needs() -> None:
    (body,) = mail("Ik kan niet inloggen")["body"]
    assert body.startswith("Ik kan niet inloggen\r\n")
    assert body.endswith("- naam van de groep:")


def test_a_question_too_long_for_a_mail_address_is_cut_and_the_page_says_so() -> None:
    question = "x" * (MOST_IN_MAIL + 1)
    assert mail(question)["body"][0].startswith(f"{'x' * MOST_IN_MAIL} …")
    assert "te lang voor de knop" in mail_panel(question, ())
    assert "te lang voor de knop" not in mail_panel(question[:-1], ())


def test_only_a_text_that_was_cut_gets_the_line_about_it() -> None:
    assert long_note("x" * MAX_QUERY + "   ") == ""
    assert f"eerste {MAX_QUERY} tekens" in long_note("x" * MAX_QUERY + "y")
