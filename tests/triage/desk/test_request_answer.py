"""The answer to a formal request: what is missing, what is wrong, what was fine, and where the right form is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest

from tests.forms import filled_form
from tests.make_demo import MEERPAAL
from triage.documents.opened_mail import open_mail
from triage.intake.pipeline import Tools, triage_message
from triage.mail import parse_message
from triage.register.register import Register

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)


def answer(tools: Tools, pdf: bytes, sender: str = "Marijke van den Berg <m.vdberg@obsdemeerpaal.example>") -> str:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "help@basispoort.nl", "Aanvraag eerste beheerder"
    mail.set_content("Zie de bijlage.")
    mail.add_attachment(pdf, maintype="application", subtype="pdf", filename="aanvraag.pdf")
    triaged = triage_message(open_mail(parse_message(mail.as_bytes())), NOW, tools, "eerste-beheerder-aanvraag")
    assert triaged.draft is not None
    return triaged.draft.body


@pytest.fixture
def incomplete(tools: Tools) -> str:
    return answer(tools, filled_form({**MEERPAAL, "bestuursnummer": "", "beheerder_email": "s.dewit@"}))


def test_what_is_missing_and_what_is_wrong_stand_apart(incomplete: str) -> None:
    missing, wrong = incomplete.index("Wij missen nog:"), incomplete.index("Deze gegevens kloppen nog niet")
    assert (
        missing
        < incomplete.index("- het bestuursnummer")
        < wrong
        < incomplete.index("- E-mailadres beheerder: wij lazen ‘s.dewit@’")
    )


def test_what_was_fine_is_named_so_that_nobody_sends_it_again(incomplete: str) -> None:
    fine = next(line for line in incomplete.splitlines() if line.startswith("In orde zijn:"))
    assert "Naam van de school" in fine
    assert "E-mailadres" not in fine
    assert "Bestuursnummer" not in fine


def test_that_no_register_was_read_in_is_no_question_to_the_school(tools: Tools) -> None:
    body = answer(replace(tools, register=Register([], [])), filled_form(MEERPAAL))
    assert "wij lazen" not in body


def test_the_school_can_make_the_right_form_online(incomplete: str) -> None:
    assert "/aanvraag?soort=eerste-beheerder-aanvraag" in incomplete


def test_a_suspect_request_gets_a_neutral_answer_that_gives_nothing_away(tools: Tools) -> None:
    body = answer(tools, filled_form(MEERPAAL), "Marijke van den Berg <m.vdberg@obsdemeerpaai.example>")
    assert "nemen wij contact op met het bestuur" in body
    assert not [word for word in ("verdacht", "lijkt op", "domein", "BRIN", "http", "In orde") if word in body]
