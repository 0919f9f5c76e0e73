"""Words that speak against a request are found, and those of honest forms are not taken for them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kb.data_file import DataFileError
from kb.settings import settings
from triage.verify.form.against import Said, Text, load_against, speaks_against

HONEST = [
    "Naam bestuur: Stichting Meerwerf Basisscholen Den Helder",
    "Functie bestuurder: voorzitter college van bestuur",
    "E-mailadres beheerder: s.dewit@meerwerf.nl",
]


def said(*lines: str, known: tuple[str, ...] = ()) -> list[Said]:
    return speaks_against([Text(1, line, 11.0) for line in (*HONEST, *lines)], known, load_against())


@pytest.mark.parametrize(
    "line",
    [
        "NIET AKKOORD. Deze persoon mag geen beheerder worden. M. van den Berg",
        "Ik ga niet akkoord",
        "N I E T  A K K O O R D",
        "Wij geven hiervoor geen toestemming",
        "Opmerkingen: wij trekken deze aanvraag hierbij in",
        "Ik verklaar dat ik niet akkoord ga met het verzoek om deze collega als eerste beheerder aan te wijzen.",
        "Als bestuurder ga ik niet akkoord met dit verzoek, dat een onbekende heeft opgesteld.",
        "☐ akkoord ☐ niet akkoord",
        "This request was not approved by the board",
    ],
)
def test_a_signer_who_says_no_is_heard(line: str) -> None:
    assert next((one.page, one.refusal) for one in said(line)) == (1, True)


@pytest.mark.parametrize(
    "line", ["VERVALLEN", "Ongeldig", "Dit formulier is ongeldig.", "Geannuleerd 3-11", "Aanvraag ingetrokken", "VOID"]
)
def test_a_paper_that_no_longer_counts_is_heard(line: str) -> None:
    assert said(line)[0].refusal


@pytest.mark.parametrize(
    "line", ["CONCEPT", "Aanvraag eerste beheerder (concept)", "Dit is een voorbeeld", "Voorbeeldformulier", "specimen", "DRAFT"]
)
def test_a_mark_of_a_paper_that_is_no_request_is_seen_alone(line: str) -> None:
    assert [one.refusal for one in said(line)] == [False]


@pytest.mark.parametrize(
    "lines",
    [
        ["Naam school: De Proef"],
        ["Naam bestuur: Stg. Concept Onderwijs"],
        ["Plaats: Voorbeeldstad"],
        ["E-mailadres: voorbeeld@school.example"],
        ["BRIN (voorbeeld: 01AB): 13XF"],
        ["Vervallen BRIN: 13XF"],
        ["Bijvoorbeeld 99AB"],
        ["Dit formulier is ongeldig zonder handtekening van de bestuurder."],
        ["Alleen geldig met de handtekening van een wettig bestuurder."],
        ["Als u niet akkoord gaat met de voorwaarden, stuur het formulier dan niet op."],
        ["Niet akkoord? Neem contact op."],
        ["Wij verwerken uw gegevens totdat u uw toestemming heeft ingetrokken of het doel is vervallen."],
        ["Voor deze verwerking is op grond van de wet geen toestemming nodig."],
        ["Ons pedagogisch concept is bewegend leren, en daar staan wij voor."],
        ["Onvolledige formulieren worden niet in behandeling genomen."],
        [
            "De ouders krijgen bericht wanneer er iets verandert en kunnen laten weten dat zij",
            "niet akkoord gaan met het gebruik van leermiddelen.",
        ],
    ],
)
def test_what_stands_on_honest_forms_is_no_sign_of_anything(lines: list[str]) -> None:
    assert said(*lines, known=("De Proef", "Stg. Concept Onderwijs", "vervallen brin")) == []


def test_a_stamp_counts_where_the_same_words_in_a_line_do_not() -> None:
    words = "Dit is het concept van onze school"
    level = [Text(1, line, 11.0) for line in (*HONEST, words)]
    assert speaks_against(level, (), load_against()) == []
    assert speaks_against([*level[:-1], Text(1, words, 40.0)], (), load_against())
    assert speaks_against([*level[:-1], Text(1, words, 11.0, aslant=True)], (), load_against())


def test_a_scan_that_lost_its_spaces_is_heard() -> None:
    assert speaks_against([Text(1, "NIETAKKOORD", by_ocr=True)], (), load_against())


def test_each_sentence_is_told_once_with_its_page() -> None:
    found = speaks_against([Text(2, "Niet akkoord."), Text(2, "Niet akkoord."), Text(3, "Niet akkoord.")], (), load_against())
    assert [(one.page, one.quote) for one in found] == [(2, "Niet akkoord."), (3, "Niet akkoord.")]


@given(st.lists(st.text(max_size=200), max_size=6))
def test_any_text_can_be_read(lines: list[str]) -> None:
    assert all(one.quote for one in speaks_against([Text(None, line) for line in lines], lines, load_against()) if one.quote)


@given(st.text(alphabet="abcdefgh ", max_size=30), st.text(alphabet="abcdefgh ", max_size=30))
def test_a_refusal_on_a_line_of_its_own_is_heard_between_any_others(before: str, after: str) -> None:
    assert speaks_against([Text(1, before), Text(1, "Niet akkoord"), Text(1, after)], (), load_against())


def test_a_list_that_holds_something_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "against.yaml").write_text("refusals: [1]\n", encoding="utf-8")
    monkeypatch.setenv("WEGWIJZER_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    with pytest.raises(DataFileError, match="against.yaml, line 1: refusals"):
        load_against()
