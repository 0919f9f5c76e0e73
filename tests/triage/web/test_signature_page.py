"""What the ticket page shows of a signature."""

from __future__ import annotations

import hashlib
from types import SimpleNamespace
from typing import Any

import pytest

from kb.store import utc_now
from tests.forms import blank_form, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from triage.mail import Attachment
from triage.verify.model import SenderReport, SignatureArea, SignatureReport, Verification
from triage.verify.signature.signature import check_signature
from triage.verify.signature.trust import Trust
from triage.web.pages import evidence, signatures

SENDER = SenderReport("a@b.example", reason="Eerste mail van dit adres.")


@pytest.fixture(scope="module")
def form() -> bytes:
    return filled_form(MEERPAAL, blank_form())


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that was put on the page."""
    html: list[str] = []
    monkeypatch.setattr(evidence.st, "html", lambda body, **_: html.append(body))
    return html


def view(*pdfs: bytes) -> Any:
    """A ticket with these forms."""
    files = tuple(Attachment("aanvraag.pdf", "application/pdf", pdf) for pdf in pdfs)
    return SimpleNamespace(request_mails=((1, SimpleNamespace(attachments=files)),))


def in_ink(file: bytes, box: tuple[float, float, float, float] | None) -> SignatureReport:
    area = SignatureArea("aanvraag.pdf", 1, box, hashlib.sha256(file).hexdigest())
    return SignatureReport("nat", ink=True, area=area)


def checked(signature: SignatureReport) -> Verification:
    return Verification("eerste-beheerder-aanvraag", (), signature, SENDER, (), ())


def test_the_place_of_a_signature_is_shown_as_a_picture_with_a_text_in_its_stead(form: bytes, shown: list[str]) -> None:
    signatures.signature_area(view(form), in_ink(form, (50.0, 60.0, 10000.0, 150.0)))
    (html,) = shown
    assert 'src="data:image/png;base64,iVBOR' in html
    assert 'alt="De plaats van de handtekening, bladzijde 1. Er is iets getekend of geplakt."' in html


def test_of_another_file_with_the_same_name_nothing_is_shown(form: bytes, shown: list[str]) -> None:
    signatures.signature_area(view(form), in_ink(b"een ander bestand", None))
    assert shown == []


def test_of_a_broken_file_nothing_is_shown(shown: list[str]) -> None:
    broken = b"%PDF-1.4 kapot"
    signatures.signature_area(view(broken), in_ink(broken, None))
    assert shown == []


def test_a_signature_without_a_place_is_told_in_words(form: bytes, shown: list[str]) -> None:
    old = SignatureReport("nat", reason="Kijk zelf.")
    signatures.signature_area(view(form), old)
    assert shown == []
    assert "Kijk zelf." in signatures.signature_words(checked(old))


def test_each_of_several_signatures_has_its_line(form: bytes) -> None:
    pdf = signed(signed(form, identity("Marijke van den Berg")), identity("Joris Voorbeeld"), "tweede")
    words = signatures.signature_words(checked(check_signature(pdf, Trust(), utc_now())))
    assert words.count("<li>") == 2
    assert "Joris Voorbeeld" in words


def test_a_name_in_a_certificate_can_not_write_html(form: bytes) -> None:
    pdf = signed(form, identity("<script>x</script>"))
    assert "<script>" not in signatures.signature_words(checked(check_signature(pdf, Trust(), utc_now())))
