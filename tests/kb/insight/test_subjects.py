"""Which wordings of what is missing come together: a specification of `kb.insight.gaps.cluster`.

How alike two questions must be was chosen on CHOSEN_ON; KEPT_APART had no say in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import pytest

from kb.article import load_articles
from kb.insight.gaps import Gap, cluster
from kb.search.e5 import encoder as e5
from kb.search.out_of_scope import load_elsewhere
from kb.search.search import KnowledgeBase
from kb.settings import SHIPPED_DATA
from tests.conftest import need

Wordings = Mapping[str, Sequence[str]]  # subject -> how schools may put it

CHOSEN_ON: Wordings = {
    "video": (
        "filmpje hapert", "youtube video geblokkeerd", "video laadt niet", "filmpjes doen het niet",
        "beeld van het instructiefilmpje blijft zwart",
    ),
    "rooster": ("rooster gym groep 5", "waar vind ik het rooster", "gymrooster maken", "lesrooster aanpassen"),
    "wachtwoord": ("wachtwrd vergete", "wacht woord", "wachtwoord vergeten", "ik weet mijn wachtwoord niet meer", "ww kwijt"),
    "factuur": ("factuur klopt niet", "rekening te hoog", "waar staat onze faktuur", "wij kregen twee keer een factuur"),
    "printer": ("printer werkt niet", "ik kan niet printen", "werkblad afdrukken lukt niet"),
    "ouderavond": (
        "ouderavond inplannen", "oudergesprekken plannen", "tienminutengesprekken rooster ouders", "inschrijven 10 minuten gesprek",
    ),
    "geluid": ("geen geluid op chromebook", "koptelefoon doet het niet", "er komt geen geluid uit de ipad"),
    "verlof": ("verlof aanvragen", "vrij vragen buiten de vakantie", "verlofformulier leerling"),
    "rapport": ("rapport uitdraaien", "rapporten printen voor ouders", "raport maken groep 7", "cijfers in het rapport"),
}  # fmt: skip
KEPT_APART: Wordings = {
    "schoolfoto": ("schoolfotograaf", "foto's bestellen", "wanneer komt de schoolfoto", "klassenfoto nabestellen"),
    "digibord": (
        "digibord gaat niet aan", "touchscreen bord reageert niet", "digiboard kalibreren", "pen van het digibord werkt niet",
    ),
    "zwemles": ("zwemles groep 4", "schoolzwemmen tijden", "busvervoer naar het zwembad"),
    "traag": ("alles is traag", "website laadt langzaam", "het systeem is heel sloom vandaag", "trage verbinding"),
    "ziekmelden": ("kind ziek melden", "ziekmelding doorgeven", "hoe meld ik mijn dochter ziek", "afwezig melden leerling"),
    "toets": ("cito toets klaarzetten", "toets afnemen groep 8", "doorstroomtoets inplannen", "toetsuitslag bekijken"),
    "tablet": ("ipad scherm kapot", "tablet gevallen barst", "nieuwe tablets bestellen", "i-pad stuk"),
    "overblijf": ("overblijven betalen", "kosten tso", "strippenkaart overblijf", "tussenschoolse opvang aanmelden"),
    "schoolreis": ("schoolreisje betalen", "schoolreis datum", "schoolrijs bijdrage", "wanneer gaan we op schoolreis"),
    "rekenmachine": ("reknmachine openen", "rekenmachine op chromebook", "waar zit de rekenmachine"),
}  # fmt: skip
ARTICLES = load_articles(SHIPPED_DATA / "faq")


@pytest.fixture(scope="module")
def by_letters() -> KnowledgeBase:
    return KnowledgeBase.from_articles(ARTICLES, None)


@pytest.fixture(scope="module")
def by_meaning() -> Iterator[KnowledgeBase]:
    """A third of the articles with four questions each, and few examples for others: vectors of all take a minute."""
    need(e5.installed(), "the semantic extra")
    few = [replace(article, questions=article.questions[:4]) for article in ARTICLES[::3]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("kb.search.index.load_elsewhere", lambda: load_elsewhere()[:40])
        yield KnowledgeBase.from_articles(few, e5.shared())


def grouped(wordings: Wordings, books: KnowledgeBase) -> list[list[str]]:
    """The subjects of the wordings of each group."""
    subjects = {wording: subject for subject, own in wordings.items() for wording in own}
    found = cluster([Gap(text, "geen resultaat") for text in subjects], books, most=len(subjects))
    return [[subjects[wording] for wording in one.wordings] for one in found]


def purity(groups: Sequence[Sequence[str]]) -> float:
    """Share of the wordings that stand in a group that is mostly about their subject."""
    return sum(Counter(group).most_common(1)[0][1] for group in groups) / sum(map(len, groups))


def pairwise_f1(groups: Sequence[Sequence[str]]) -> float:
    """F1 of the pairs of wordings that stand together against those of the same subject."""
    together = [one == other for group in groups for one, other in combinations(group, 2)]
    counted = Counter(subject for group in groups for subject in group)
    same = sum(number * (number - 1) // 2 for number in counted.values())
    return 2 * sum(together) / (len(together) + same)


@pytest.mark.parametrize(
    ("wordings", "most", "f1"), [(CHOSEN_ON, 13, 0.8), (KEPT_APART, 19, 0.7)], ids=["chosen-on", "kept-apart"]
)
def test_wordings_of_one_subject_come_together_by_meaning(
    by_meaning: KnowledgeBase, wordings: Wordings, most: int, f1: float
) -> None:
    groups = grouped(wordings, by_meaning)
    assert purity(groups) >= 0.92
    assert len(groups) <= most
    assert pairwise_f1(groups) >= f1


@pytest.mark.parametrize(("wordings", "most"), [(CHOSEN_ON, 17), (KEPT_APART, 20)], ids=["chosen-on", "kept-apart"])
def test_wordings_of_one_subject_come_together_by_letters(by_letters: KnowledgeBase, wordings: Wordings, most: int) -> None:
    groups = grouped(wordings, by_letters)
    assert purity(groups) >= 0.92
    assert len(groups) <= most
    assert pairwise_f1(groups) >= 0.65


@pytest.mark.parametrize(
    "wordings",
    [
        ("filmpje hapert", "youtube video geblokkeerd", "video laadt niet"),
        ("rooster gym groep 5", "waar vind ik het rooster", "gymrooster maken"),
        ("wachtwrd vergete", "wacht woord", "wachtwoord vergeten", "ww kwijt"),
    ],
)
def test_other_words_and_misspelt_ones_are_of_the_same_subject(by_meaning: KnowledgeBase, wordings: Sequence[str]) -> None:
    others = ("digibord gaat niet aan", "schoolreisje betalen", "verlof aanvragen")
    found = cluster([Gap(text, "geen resultaat") for text in (*wordings, *others)], by_meaning)
    assert set(found[0].wordings) == set(wordings)
