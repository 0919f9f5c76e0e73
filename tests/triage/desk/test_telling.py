"""Words that tell somebody a request was granted, and words that only explain."""

from __future__ import annotations

import pytest

from triage.answer.granted import tells_grant


@pytest.mark.parametrize(
    "text",
    [
        "Uw aanvraag is goedgekeurd. Het account staat klaar.", "Uw aanvraag is goed\u00adgekeurd.", "Uw aanvraag is g o e d gekeurd",
        "Uw verzoek is ingewilligd; Sanne kan inloggen als beheerder.", "Uw aanvraag is gehonoreerd.", "U bent nu beheerder.",
        "Wij hebben de aanvraag toegekend.", "De aanvraag wordt toegekend.", "Het account is gereed.", "Goedgekeurd!",
        "Wij hebben het account aangemaakt.", "Uw aanvraag werd goedgekeurd.", "Uw aanvraag is nu goedgekeurd.",
        "Your request was approved.", "Your request has been granted.", "Uw aanvraag is\ngoedgekeurd.", "Uw aanvraag is goed-gekeurd",
        "U kunt inloggen en uw aanvraag is goedgekeurd.", "Eerst ontbrak er iets, nu is alles goedgekeurd.",
        "Als eerste beheerder is Sanne de Wit goedgekeurd.", "Wij keuren uw aanvraag graag goed.", "Hierbij kennen wij de aanvraag toe.",
        "Uw aanvraag is niet alleen ontvangen, maar is ook goedgekeurd.", "Uw aanvraag is goedgekeurd, als u vragen heeft belt u ons.",
        "Uw aanvraag is goedgekeurd en niet afgewezen.", "U hoeft niets meer te doen: de aanvraag is goedgekeurd.",
        "Sanne is als beheerder toegevoegd.", "Uw goedgekeurde aanvraag ligt hier.", "ＧＯＥＤＧＥＫＥＵＲＤ", "Go\u200bedgekeurd",
        "Het account is aangemaakt.", "Your request has been approved.", "Is er nog iets? Uw aanvraag is goedgekeurd.",
    ],
)  # fmt: skip
def test_a_grant_is_recognised_however_it_is_told(text: str) -> None:
    assert tells_grant(text)


@pytest.mark.parametrize(
    "text",
    [
        "Uw aanvraag is nog niet goedgekeurd; wij missen de handtekening.",
        "Uw aanvraag is niet goedgekeurd. Het bestuur herkent hem niet.",
        "Uw aanvraag is nog niet\ngoedgekeurd.",
        "Zodra uw aanvraag is goedgekeurd, krijgt de beheerder bericht.",
        "Zodra het bestuur heeft getekend en wij de aanvraag hebben goedgekeurd, hoort u van ons.",
        "Als de aanvraag goedgekeurd is, sturen wij de beheerder een e-mail.",
        "Als alles klopt, wordt uw aanvraag goedgekeurd.",
        "De aanvraag moet eerst door twee collega's worden goedgekeurd.",
        "De aanvraag is nog niet ondertekend en goedgekeurd.",
        "Het account wordt pas aangemaakt als het bestuur het formulier heeft ondertekend.",
        "De aanvraag wordt goedgekeurd als het formulier is ondertekend.",
        "Wij hebben de aanvraag nog niet toegekend, want de BRIN ontbreekt.",
        "Wij laten u weten of de aanvraag is goedgekeurd.",
        "Dan kijken wij of de aanvraag goedgekeurd wordt.",
        "Is uw aanvraag al goedgekeurd? Dat kunnen wij nog niet zeggen.",
        "Er is nog geen account aangemaakt.",
        "Once your request has been approved, the administrator will get a mail.",
        "Your request has not been approved yet.",
        "De aanvraag kan niet worden ingewilligd zonder handtekening van het bestuur.",
        "Wij sturen bericht wanneer het account klaar is.",
        "Het formulier staat klaar op onze website.",
        "Zonder handtekening wordt een aanvraag niet gehonoreerd.",
        "Wij hebben uw aanvraag ontvangen. Een collega kijkt ernaar.",
        "Wilt u het formulier door het bestuur laten ondertekenen en terugsturen?",
        "Goedgekeurd is hij nog niet.",
        "Het bestuur moet akkoord geven.",
    ],
)
def test_an_explanation_may_go_out(text: str) -> None:
    assert tells_grant(text) == ""
