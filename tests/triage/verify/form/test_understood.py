"""What a signed form says besides labels and values is understood, or shown to a person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage.verify.form.against_words import load_against
from triage.verify.form.understood import QUOTE, load_ordinary, not_understood

KNOWN = ["Marijke van den Berg", "Sanne de Wit", "Kindcentrum De Wegwijzer", "Assen", "voorzitter college van bestuur"]

# Written by two hands: lines that turn a request around, limit it or speak of something else.
STRANGE = [
    "Leg dit verzoek opzij.", "Graag nog even wachten met deze aanvraag.", "Bewaren tot nader bericht.", "Wij zien hiervan af.",
    "Wij stellen dit verzoek uit.", "Handtekening gezet onder druk", "Ik heb dit niet gelezen", "Ik weet niet wat dit is",
    "Doorhalen wat niet van toepassing is", "De aanvraag hoort bij een andere school", "Verkeerd formulier", "Enkel ter lering",
    "Alleen geldig in 2024", "Geldig tot en met 31 december 2025.", "Dit is de oude versie; de nieuwe volgt.", "Nicht einverstanden.",
    "Pas d'accord.", "Net akkoard mei dit fersyk.", "Under duress", "Please disregard", "Pending approval", "I hereby object to this request.",
    "De school is gesloten.", "Blanco getekend, in te vullen door de secretaresse.", "In afwachting van een besluit van het bestuur.",
    "Ik ben sinds 1 mei geen bestuurder meer van deze stichting.", "De gegevens hierboven kloppen niet.", "Wit moet zijn: Zandstra.",
    "Erratum: het adres moet zijn k.bos@ckcdewegwijzer.nl", "Bovenstaande gegevens zijn nog niet gecontroleerd.",
    "Als u dit leest: deze aanvraag hoort in de prullenbak.",
]  # fmt: skip
ORDINARY = [
    "Aanvraag eerste beheerder Basispoort", "Vul alle velden in. Laat de wettig bestuurder het formulier ondertekenen, het liefst digitaal.",
    "Ondergetekende verklaart bevoegd te zijn namens het bestuur te tekenen.", "Wij zouden graag per 1 januari willen beginnen.",
    "Mevrouw De Wit is onze nieuwe ICT-coördinator.", "Zij werkt sinds 2019 als leerkracht van groep 7 op onze school.",
    "Graag met spoed behandelen, de toetsen beginnen maandag.", "Alvast bedankt! Fijne dag.", "Bezoekadres: Kerkstraat 12, 1234 AB Alkmaar",
    "Postbus 12 | 9400 AA Assen | T 0592 - 123456 | info@ckcdewegwijzer.nl | KvK 04087321 | IBAN NL12RABO0123456789 | Pagina 1 van 1",
    "Het bestuur heeft in de vergadering van 4 november ingestemd met deze aanvraag.", "Getekend te Assen op 12 november 2026.",
    "De school heeft nog geen ICT-coördinator.", "Zonder handtekening is dit formulier niet geldig.", "Waar kinderen groeien!",
    "Stichting Christelijke Kindcentra Drenthe", "CKC",
    "DocuSign Envelope ID: 3F2A91C0-77D1-4B1E-9A55-0D6B2F1E99AB", "Digitaal ondertekend door Marijke van den Berg, 12-11-2026 10:14",
    "Please let us know when the account is ready.", "Met vriendelijke groet, Marijke van den Berg",
]  # fmt: skip


TERMS = [
    "Onvolledig ingevulde formulieren worden niet in behandeling genomen.",
    "Aanvragen zonder BRIN kunnen wij niet verwerken.",
]


def strange(*lines: str) -> list[str]:
    return [quote for quote, _ in not_understood([(line, 1) for line in lines], KNOWN, load_ordinary(), load_against())]


@pytest.mark.parametrize("line", STRANGE)
def test_a_line_that_may_turn_the_request_around_is_shown(line: str) -> None:
    assert strange(line)


@pytest.mark.parametrize("line", [*ORDINARY, *TERMS])
def test_a_line_that_honest_forms_have_is_understood(line: str) -> None:
    assert strange(line) == []


@pytest.mark.parametrize(
    "word",
    [
        "niet",
        "geen",
        "nooit",
        "nee",
        "noch",
        "zonder",
        "niemand",
        "niets",
        "uit",
        "af",
        "weg",
        "terug",
        "nog",
        "pas",
        "tot",
        "oud",
        "oude",
        "voormalig",
        "vorige",
        "alleen",
        "slechts",
        "enkel",
        "stop",
        "stoppen",
        "wachten",
        "intrekken",
        "vervallen",
        "verlopen",
        "weigeren",
        "bezwaar",
        "twijfel",
        "verkeerd",
        "fout",
        "vals",
        "onjuist",
        "mits",
        "tenzij",
        "behalve",
        "not",
        "no",
        "never",
        "old",
        "until",
        "only",
    ],
)
def test_no_word_that_turns_a_sentence_around_is_ordinary(word: str) -> None:
    assert not load_ordinary().knows(word)


def test_a_sentence_is_read_over_the_end_of_a_line() -> None:
    assert strange(
        "Ik verklaar dat ik bevoegd ben het bestuur te vertegenwoordigen en dat de school nog geen", "eerste beheerder heeft"
    ) == [
        "Ik verklaar dat ik bevoegd ben het bestuur te vertegenwoordigen en dat de school nog geen eerste beheerder heeft"[:QUOTE]
    ]
    assert strange("De school heeft nog geen ICT-coördinator", "in Basispoort.") == []


@pytest.mark.parametrize("cut", range(6, 16))
def test_a_declaration_is_understood_wherever_its_line_ends(cut: int) -> None:
    words = [
        "Ik",
        "verklaar",
        "dat",
        "ik",
        "bevoegd",
        "ben",
        "het",
        "bestuur",
        "te",
        "vertegenwoordigen",
        "en",
        "dat",
        "de",
        "school",
        "nog",
        "geen",
        "ICT-coördinator",
        "heeft",
        "in",
        "Basispoort.",
    ]
    assert strange(" ".join(words[:cut]), " ".join(words[cut:])) == []


def test_names_and_numbers_are_understood_wherever_they_stand() -> None:
    assert strange("Marijke van den Berg, Assen, 12 november 2026, 0592-123456") == []


@given(st.text(max_size=300))
def test_whatever_is_written_is_judged(text: str) -> None:
    assert all(len(quote) <= QUOTE for quote in strange(text))


@given(st.sampled_from(ORDINARY), st.sampled_from(["terzijde", "opzij", "uitgesteld", "geannuleerd", "niet"]))
def test_one_strange_word_in_an_ordinary_line_is_enough(line: str, word: str) -> None:
    assert strange(f"{line.rstrip('.!')} {word}")
