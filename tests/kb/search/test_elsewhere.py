"""Questions that another party answers: what tells them from ours."""

from __future__ import annotations

import pytest

from kb.search.fitting.out_of_scope import fit_elsewhere
from kb.search.language import load_language
from kb.search.out_of_scope import Elsewhere, load_elsewhere
from kb.search.passages import letters

OURS = [
    "wachtwoord vergeten",
    "nieuw wachtwoord instellen",
    "inloggen lukt niet",
    "leerling ziet geen plaatje",
    "groep ontbreekt",
]
THEIRS = ["recept voor appeltaart", "wachtwoord van de wifi", "printer is vastgelopen", "wat eten we vanavond", "buienradar"]
LANGUAGE = load_language()
ELSEWHERE = Elsewhere(fit_elsewhere(THEIRS, OURS, LANGUAGE, None), None)


def says(query: str) -> dict[str, float]:
    runs = letters(query)
    return dict(ELSEWHERE.likeness(runs, runs, LANGUAGE.terms(query), None, spelling=0.0, meaning=0.0))


@pytest.mark.parametrize("query", ["ik ben mijn wachtwoord vergeten", "inlogen lukt mij niet", "de groep ontbreekt"])
def test_what_is_like_our_phrases_is_ours(query: str) -> None:
    assert says(query)["ours_wording"] > 0


@pytest.mark.parametrize("query", ["printer vastgelopen", "appeltaart maken", "wat eten jullie"])
def test_what_is_like_the_examples_is_for_others(query: str) -> None:
    assert says(query)["ours_wording"] < 0


def test_an_example_itself_is_as_near_as_can_be() -> None:
    assert says("buienradar")["elsewhere_spelling"] == pytest.approx(1.0)


def test_without_vectors_nothing_is_said_about_meaning() -> None:
    assert set(says("inloggen")) == {"elsewhere_spelling", "ours_wording"}


def test_no_shipped_example_stands_twice() -> None:
    examples = load_elsewhere()

    assert len(set(examples)) == len(examples) > 1000
