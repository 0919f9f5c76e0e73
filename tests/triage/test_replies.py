"""The writer's own words: no quotes, no signature, no disclaimer, and never nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, need
from triage.mail.replies import MAX_LENGTH, own_words

QUESTION = "Ik kan niet inloggen, wat nu?"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param("Met vriendelijke groet,\nSanne de Wit\nOBS De Meerpaal", id="met-vriendelijke-groet"),
        pytest.param("MET VRIENDELIJKE GROETEN\nSanne", id="in-capitals"),
        pytest.param("Mvg\nSanne", id="mvg"),
        pytest.param("m.v.g. Sanne", id="mvg-with-dots"),
        pytest.param("Gr. Ellie", id="gr"),
        pytest.param("Groetjes Ellie", id="groetjes"),
        pytest.param("Hoogachtend,\nS. de Wit", id="hoogachtend"),
        pytest.param("Kind regards,\nSanne", id="english"),
        pytest.param("Verstuurd vanaf mijn iPhone", id="telephone"),
        pytest.param("Sent from my iPad", id="telephone-in-english"),
        pytest.param("Denk aan het milieu voordat u deze mail print.", id="environment"),
        pytest.param("Disclaimer: de inhoud van deze mail is vertrouwelijk.", id="disclaimer"),
        pytest.param("De informatie verzonden in dit bericht is vertrouwelijk.", id="confidential"),
        pytest.param("Aan dit bericht kunnen geen rechten worden ontleend.", id="no-rights"),
        pytest.param("This e-mail and any attachments are confidential.", id="disclaimer-in-english"),
    ],
)
def test_a_sign_off_or_disclaimer_is_left_out(rest: str) -> None:
    assert own_words(f"{QUESTION}\n\n{rest}\n") == QUESTION


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param(
            "Van: Helpdesk <help@basispoort.nl>\nVerzonden: maandag 23 november 2026 10:12\nAan: Sanne\nOnderwerp: RE: inloggen\n\nProbeer dit.",
            id="outlook",
        ),
        pytest.param(
            "From: Helpdesk <help@basispoort.nl>\nSent: Monday, November 23, 2026 10:12\nTo: Sanne\nSubject: RE: x\n\nTry this.",
            id="outlook-in-english",
        ),
        pytest.param("On Mon, 23 Nov 2026 at 10:12, Helpdesk <help@basispoort.nl> wrote:\n> Try this.", id="gmail-in-english"),
        pytest.param("Am 23.11.2026 um 10:12 schrieb Helpdesk <help@basispoort.nl>:\n> Versuchen.", id="german"),
        pytest.param("-----Oorspronkelijk bericht-----\nVan: Helpdesk\n\nProbeer dit.", id="original-message"),
        pytest.param("---------- Doorgestuurd bericht ---------\nVan: Piet\n\nWeet jij dit?", id="forwarded"),
        pytest.param("Begin doorgestuurd bericht:\n\nVan: Piet\n\nWeet jij dit?", id="forwarded-by-apple-mail"),
    ],
)
def test_a_quoted_mail_below_is_left_out(quote: str) -> None:
    assert own_words(f"{QUESTION}\n\n{quote}\n") == QUESTION


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(QUESTION, id="one-line"),
        pytest.param(f"Beste helpdesk,\n\n{QUESTION}\n\nHet gaat om groep 7.", id="paragraphs"),
        pytest.param("Groeten uit Zeeland! Wij hebben een vraag.\nHoe log ik in?", id="a-greeting-inside-a-sentence"),
        pytest.param("Groep 8 ziet de toets niet.\n- Lisa\n- Daan", id="a-list"),
        pytest.param("Vraag\nGroep 5 kan niet inloggen", id="a-word-that-begins-like-a-greeting"),
        pytest.param("Regards de resultaten hebben wij een lange vraag over waar die dan staan.", id="a-long-line"),
    ],
)
def test_words_without_quote_or_sign_off_stay_as_they_are(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("> Alleen dit\n> citaat", id="quote-only"),
        pytest.param("Met vriendelijke groet,\nSanne\nkunt u mij bellen?", id="sign-off-first"),
        pytest.param("Verstuurd vanaf mijn iPhone", id="telephone-only"),
    ],
)
def test_a_mail_without_own_words_comes_back_whole(text: str) -> None:
    assert own_words(text) == text


@pytest.mark.parametrize("text", ["", " ", "\n\n\t\n"])
def test_nothing_stays_nothing(text: str) -> None:
    assert own_words(text) == ""


def test_windows_line_ends_are_read_like_others() -> None:
    assert own_words("een\r\ntwee\r\n\r\nMet vriendelijke groet,\r\nSanne") == "een\ntwee"


def test_a_very_long_mail_is_cut() -> None:
    assert len(own_words("woord " * MAX_LENGTH)) <= MAX_LENGTH


@settings(max_examples=150, deadline=None)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip))
def test_a_mail_with_words_never_becomes_empty(text: str) -> None:
    assert own_words(text)


WORD = st.sampled_from(["inloggen", "groep 8", "toets", "wachtwoord", "ParnasSys", "leerling", "vraag"])


@settings(max_examples=80, deadline=None)
@given(words=st.lists(WORD, min_size=1, max_size=12).map(" ".join))
def test_taking_the_own_words_twice_changes_nothing(words: str) -> None:
    once = own_words(f"{words}\n\nMet vriendelijke groet,\nSanne")

    assert (once, own_words(once)) == (words, words)


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("email_2_3.txt", "Outlook with a reply above headers using unusual format"),
        ("email_gmail.txt", "This is a test for inbox replying to a github message."),
        ("multi_header.txt", "No problem. I’ll just start a new order."),
        ("email_1_3.txt", "Oh thanks.\n\nHaving the function would be great.\n\n-Abhishek Kona"),
    ],
)
def test_the_own_words_of_a_real_reply_are_found(name: str, own: str) -> None:
    path = SHARED / "mail" / "replies" / name
    need(path.is_file(), f"{path} is not here: real mails are not part of the project")

    assert own_words(path.read_text(encoding="utf-8")) == own


def test_the_quote_below_a_real_dutch_reply_is_left_out() -> None:
    path = SHARED / "mail" / "replies" / "email_nl_1_2.txt"
    need(path.is_file(), f"{path} is not here: real mails are not part of the project")

    assert "Google Apps Sync is bijgewerkt" not in own_words(path.read_text(encoding="utf-8"))


# --- what Dutch schools write -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Het werkt.\n\nOp ma 3 feb 2025 om 10:12 schreef Help <help@x.example>:\n> Probeer dit.\n> Groet", "Het werkt."),
        ("Op ma 3 feb 2025 om 10:12 schreef Help <help@x.example>:\n> Werkt het al?\n\nNee, nog niet.", "Nee, nog niet."),
        (
            "Nog niet.\n\nOp wo 4 feb 2025 om 08:00 schreef Jan van den Berg - OBS De Hoek\n<jan@hoek.example>:\n\nWerkt het al?",
            "Nog niet.",
        ),
        (
            "Sinds vanmorgen krijgen wij dit bericht en dan stopt het.\nGraag hulp.",
            "Sinds vanmorgen krijgen wij dit bericht en dan stopt het.\nGraag hulp.",
        ),
        ("Hij zegt:\ndit bericht is verlopen. Wat nu?", "Hij zegt:\ndit bericht is verlopen. Wat nu?"),
        ("Hoi,\nGr 8 kan niet inloggen, gr 7 wel.", "Hoi,\nGr 8 kan niet inloggen, gr 7 wel."),
        ("Het lukt niet.\n\nGr. Wim", "Het lukt niet."),
        ("Het lukt niet.\n\nDit bericht is uitsluitend bestemd voor de geadresseerde.", "Het lukt niet."),
        (
            "---------- Forwarded message ---------\nVan: Piet <p@x.example>\nDate: ma 3 feb\nSubject: hulp\n\nIk ben mijn wachtwoord kwijt.",
            "Ik ben mijn wachtwoord kwijt.",
        ),
        (
            "Begin doorgestuurd bericht:\n\nVan: Piet <p@x.example>\nOnderwerp: hulp\n\nGroep 4 ziet niets.",
            "Groep 4 ziet niets.",
        ),
    ],
)
def test_what_the_writer_wrote_is_kept_and_nothing_else(text: str, own: str) -> None:
    assert own_words(text) == own
