"""What the mail around a form says: words of the sender against it are quoted, the usual words of a cover mail are not."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

import pytest

from kb.settings import Settings
from tests.triage.verify.test_verdict import INTENT, mail
from triage.documents.opened_mail import open_mail
from triage.mail import parse_message
from triage.register.register import Register
from triage.verify.model import Verdict, Verification
from triage.verify.verdict import verify_message


def verify(raw: bytes, register: Register, settings: Settings) -> Verification:
    found = verify_message(open_mail(parse_message(raw)), INTENT, register, settings)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "body",
    [
        "Wilt u dit verzoek NIET verwerken? Het is een vergissing.",
        "Deze aanvraag is niet van ons.",
        "Graag wachten met deze aanvraag tot na overleg.",
        "Do not process this request yet, please.",
        "Wij trekken deze aanvraag in.",
    ],
)
def test_words_of_the_sender_against_the_request_are_quoted(
    body: str, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(mail(signed_form, body), register, trusting)
    assert found.verdict is Verdict.INCOMPLETE
    assert "In de mail staat" in " ".join(found.reasons)


@pytest.mark.parametrize(
    "body",
    [
        "Beste helpdesk,\n\nIn de bijlage vindt u onze aanvraag. Wij hebben nog geen beheerder.\n\nMet vriendelijke groet,\nMarijke",
        "Hierbij de getekende aanvraag, graag met spoed. Ik ben op maandag niet aanwezig.",
        "Zie bijlage. Is er nog iets niet duidelijk, dan hoor ik het graag.",
        "Please find our request attached. Kind regards",
    ],
)
def test_the_usual_words_of_a_cover_mail_are_no_doubt(
    body: str, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    assert verify(mail(signed_form, body), register, trusting).verdict is Verdict.COMPLETE


@pytest.mark.parametrize("name", ["concept_aanvraag.pdf", "voorbeeld.pdf", "aanvraag_VERVALLEN.pdf", "NIET-GEBRUIKEN.pdf"])
def test_a_file_that_is_named_as_no_real_request_is_a_doubt(
    name: str, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(mail(signed_form).replace(b"aanvraag.pdf", name.encode()), register, trusting)
    assert "De naam van het bestand is" in " ".join(found.reasons)


@pytest.mark.parametrize(
    ("name", "kind", "content"),
    [
        ("toelichting.txt", "text/plain", "Wij trekken deze aanvraag in."),
        ("toelichting.html", "text/html", "<p>Wij trekken deze <b>aanvraag</b> in.</p>"),
        ("toelichting.txt", "application/octet-stream", "Dit verzoek niet verwerken!"),
    ],
)
def test_a_refusal_in_a_text_beside_the_form_is_quoted_with_its_name(
    name: str, kind: str, content: str, signed_form: bytes, register: Register, trusting: Settings
) -> None:
    found = verify(with_file(mail(signed_form), name, kind, content), register, trusting)
    assert f"In {name} staat" in " ".join(found.reasons)


def test_an_ordinary_text_beside_the_form_is_no_doubt(signed_form: bytes, register: Register, trusting: Settings) -> None:
    beside = with_file(mail(signed_form), "disclaimer.txt", "text/plain", "Dit bericht is alleen bestemd voor de geadresseerde.")
    assert verify(beside, register, trusting).verdict is Verdict.COMPLETE


def with_file(raw: bytes, name: str, kind: str, content: str) -> bytes:
    """A mail with one more file."""
    parsed = message_from_bytes(raw, policy=SMTP)
    main, sub = kind.split("/")
    parsed.add_attachment(content.encode(), main, sub, filename=name)
    return parsed.as_bytes()
