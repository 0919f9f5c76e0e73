"""What the ticket page shows of a signature."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import pytest

from tests.forms import blank_form, filled_form, identity, signed
from tests.make_demo import MEERPAAL
from triage.mail import Attachment
from triage.pages import evidence, signatures
from triage.verify.signature import check_signature
from triage.verify.trust import Trust

SENDER = {"address": "a@b.example", "reason": "Eerste mail van dit adres."}


@pytest.fixture(scope="module")
def form() -> bytes:
    return filled_form(MEERPAAL, blank_form())


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML that was put on the page."""
    html: list[str] = []
    monkeypatch.setattr(evidence.st, "html", html.append)
    return html


def view(*pdfs: bytes) -> Any:
    files = tuple(Attachment("aanvraag.pdf", "application/pdf", pdf) for pdf in pdfs)
    return SimpleNamespace(message=SimpleNamespace(attachments=files))


def test_the_place_of_a_signature_is_shown_as_a_picture_with_a_text_in_its_stead(form: bytes, shown: list[str]) -> None:
    area = {"source": "aanvraag.pdf", "page": 1, "box": [50.0, 60.0, 10000.0, 150.0]}
    signatures.signature_area(view(form), {"kind": "nat", "ink": True, "area": area})
    (html,) = shown
    assert 'src="data:image/png;base64,iVBOR' in html
    assert 'alt="De plaats van de handtekening, bladzijde 1. Er is iets getekend of geplakt."' in html


@pytest.mark.parametrize("source", ["een-ander.pdf", "aanvraag.pdf"])
def test_of_a_file_that_is_gone_or_broken_nothing_is_shown(source: str, shown: list[str]) -> None:
    area = {"source": source, "page": 1, "box": None}
    signatures.signature_area(view(b"%PDF-1.4 kapot"), {"kind": "nat", "ink": None, "area": area})
    assert shown == []


def test_a_verification_of_an_earlier_version_still_shows(form: bytes, shown: list[str]) -> None:
    old = {"kind": "nat", "reason": "Kijk zelf.", "signer": None}
    signatures.signature_area(view(form), old)
    assert shown == []
    assert "Kijk zelf." in signatures.signature_words({"signature": old, "sender": SENDER})


def test_each_of_several_signatures_has_its_line(form: bytes) -> None:
    pdf = signed(signed(form, identity("Marijke van den Berg")), identity("Joris Voorbeeld"), "tweede")
    words = signatures.signature_words({"signature": asdict(check_signature(pdf, Trust())), "sender": SENDER})
    assert words.count("<li>") == 2
    assert "Joris Voorbeeld" in words


def test_a_name_in_a_certificate_can_not_write_html(form: bytes) -> None:
    pdf = signed(form, identity("<script>x</script>"))
    assert "<script>" not in signatures.signature_words({"signature": asdict(check_signature(pdf, Trust())), "sender": SENDER})
