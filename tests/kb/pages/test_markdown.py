"""Articles as HTML: what becomes a link, and what does not."""

from __future__ import annotations

import pytest

from kb.pages.markdown import to_html


def html(body: str) -> str:
    return to_html(body, lambda slug: f"/artikel?slug={slug}")


@pytest.mark.parametrize(
    ("body", "link"),
    [
        (
            "Ga naar https://www.basispoort.nl/login/thuisgebruiker/.",
            '<a href="https://www.basispoort.nl/login/thuisgebruiker/" rel="noopener">https://www.basispoort.nl/login/thuisgebruiker/</a>.',
        ),
        ("Kijk op info.basispoort.nl, daar", '<a href="https://info.basispoort.nl" rel="noopener">info.basispoort.nl</a>, daar'),
        ("Mail help@basispoort.nl.", '<a href="mailto:help@basispoort.nl" rel="noopener">help@basispoort.nl</a>.'),
        ("Zie [dit](mfa-instellen).", '<a href="/artikel?slug=mfa-instellen" target="_self">dit</a>.'),
    ],
)
def test_an_address_in_an_article_can_be_clicked(body: str, link: str) -> None:
    assert link in html(body)


@pytest.mark.parametrize("body", ["Open lees.md.", "Laat *.basispoort.nl toe.", "javascript://alert(1)", "`https://code.nl`"])
def test_what_only_looks_like_an_address_is_no_link(body: str) -> None:
    assert "<a " not in html(body)


def test_html_in_an_article_is_shown_as_text() -> None:
    assert "<script>" not in html("<script>alert(1)</script>")
