"""What is kept of a search says nothing of who searched or about whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.article import load_articles
from kb.privacy import load_names, mask
from kb.search import KnowledgeBase
from kb.settings import SHIPPED_DATA

BOOKS = KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("mail naar j.devries@obsdehoek.nl komt niet aan", "mail naar [mailadres] komt niet aan"),
        ("Jan de Vries kan niet inloggen", "[naam] kan niet inloggen"),
        ("mijn zoon Sem van der Berg ziet niets", "mijn zoon [naam] ziet niets"),
        ("fatima krijgt geen activatiemail", "[naam] krijgt geen activatiemail"),
        ("juf Roos ziet groep 4 niet", "juf [naam] ziet groep 4 niet"),
        ("bel mij op 06-12 34 56 78", "bel mij op [nummer]"),
        ("code 483920 klopt niet", "code [nummer] klopt niet"),
        ("school 12AB00 heeft geen beheerder", "school [nummer] heeft geen beheerder"),
        ("wij zitten op Dorpsstraat 12a", "wij zitten op [adres]"),
        ("postcode 1234 AB", "postcode [adres]"),
        ("zie https://school.nl/jan?x=1", "zie [webadres]"),
    ],
)
def test_what_points_at_a_person_is_taken_out(text: str, kept: str) -> None:
    assert mask(text, BOOKS.knows) == kept


@pytest.mark.parametrize(
    "text",
    [
        "wachtwoord vergeten",
        "Momento dashboard leeg",
        "ParnasSys koppeling stopt",
        "groep 8 nog zichtbaar",
        "Hoe werkt de tweede stap?",
    ],
)
def test_what_says_what_it_is_about_stays(text: str) -> None:
    assert mask(text, BOOKS.knows) == text


@given(
    st.lists(st.sampled_from(["kan", "niet", "inloggen", "wachtwoord", "groep"]), max_size=4),
    st.sampled_from(sorted(load_names())),
)
def test_a_common_name_is_masked_wherever_it_stands(words: list[str], name: str) -> None:
    if BOOKS.knows(name):
        return
    for place in range(len(words) + 1):
        text = " ".join([*words[:place], name, *words[place:]])
        assert name not in mask(text, BOOKS.knows).split()


@given(st.text(max_size=300))
def test_any_text_can_be_masked_and_keeps_no_long_number_or_mail_address(text: str) -> None:
    kept = mask(f"{text} 0612345678 a@b.nl", BOOKS.knows)
    assert "0612345678" not in kept
    assert "@" not in kept.split()[-1]
