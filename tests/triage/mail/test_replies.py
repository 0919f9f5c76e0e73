"""The writer's own words: no quotes, no signature, no disclaimer, and never nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.conftest import SHARED, need
from triage.mail.own_words import MAX_LENGTH, own_words

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


CHATTER = "Wij hebben een mooie dag gehad op school met veel zon en een feest op het plein. "


@pytest.mark.parametrize(
    "text", [CHATTER * 5_000, "x" * 3 * MAX_LENGTH, "12345 " * MAX_LENGTH], ids=["sentences", "one-word", "numbers"]
)
def test_a_very_long_mail_is_cut(text: str) -> None:
    assert len(own_words(text)) <= MAX_LENGTH


@pytest.mark.parametrize("chatter", [6_000, 50_000], ids=["long", "very-long"])
def test_a_question_at_the_end_of_a_long_mail_is_kept(chatter: int) -> None:
    text = f"Goedemorgen!\n\n{CHATTER * (chatter // len(CHATTER))}\n\nMijn vraag: hoe stel ik MFA in?"

    words = own_words(text)

    assert words.startswith("Goedemorgen!")
    assert words.endswith("Mijn vraag: hoe stel ik MFA in?")


def test_a_question_below_a_quote_of_any_length_is_kept() -> None:
    quote = f"> {CHATTER}\n" * 500

    assert own_words(f"Op ma 3 feb 2025 om 10:12 schreef Help <help@x.example>:\n{quote}\n{QUESTION}") == QUESTION


@settings(max_examples=150)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200).filter(str.strip))
def test_a_mail_with_words_never_becomes_empty(text: str) -> None:
    assert own_words(text)


WORD = st.sampled_from(["inloggen", "groep 8", "toets", "wachtwoord", "ParnasSys", "leerling", "vraag"])


@settings(max_examples=80)
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


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "De indeling is fout.\nVan: groep 5\nAan: groep 6\nmoet Daan worden overgezet.", id="from-a-group-to-a-group"
        ),
        pytest.param("Graag wijzigen.\nVan: juf Petra\nDatum: vanaf maandag\nZij komt terug.", id="a-date-without-a-number"),
        pytest.param(
            "Op maandag schreef een ouder mij:\nMijn kind kan thuis niet inloggen.\nWat antwoord ik?",
            id="a-sentence-about-writing",
        ),
        pytest.param("Wij kregen dit om 10:15 uur.\nDe melding luidt:\n'geen toegang'", id="a-time-and-a-colon"),
    ],
)
def test_running_text_that_looks_like_the_header_of_a_mail_is_kept(text: str) -> None:
    assert own_words(text) == text


FORWARDED = "Mijn zoon kan thuis niet inloggen."
HEADER = "Van: Ouder <ouder@x.example>\nVerzonden: vrijdag 27 november 2026 10:12\nAan: school\nOnderwerp: wachtwoord"


@pytest.mark.parametrize(
    "note", ["FYI", "Kunnen jullie dit oppakken?", "zie onder", "Beste helpdesk,\n\nTer info.\n\nMet vriendelijke groet,\nJoke"]
)
@pytest.mark.parametrize(
    "forward",
    [
        pytest.param(f"---------- Forwarded message ---------\n{HEADER}\n\n{FORWARDED}", id="gmail"),
        pytest.param(f"---------- Doorgestuurd bericht ----------\nVan: Ouder\n\n{FORWARDED}", id="without-address"),
        pytest.param(f"________________________________\n{HEADER}\n\n{FORWARDED}", id="outlook"),
        pytest.param(
            f"Begin doorgestuurd bericht:\n\n> Van: Ouder <o@x.example>\n> Onderwerp: hulp\n>\n> {FORWARDED}", id="apple"
        ),
        pytest.param(f"Op vr 27 nov 2026 om 10:12 schreef Ouder <o@x.example>:\n> {FORWARDED}", id="quoted"),
        pytest.param(f"-----Oorspronkelijk bericht-----\n{HEADER}\n\nFYI\n\n{HEADER}\n\n{FORWARDED}", id="twice"),
    ],
)
def test_a_note_that_asks_nothing_leaves_it_to_the_forwarded_mail(note: str, forward: str) -> None:
    assert own_words(f"{note}\n\n{forward}\n") == FORWARDED


def test_a_short_note_that_points_at_a_forwarded_mail_is_kept_with_it() -> None:
    note = "Zie onder. Het account is actief, dat heb ik nagekeken."

    assert own_words(f"{note}\n\nGroet, Joke\n\n{HEADER}\n\n{FORWARDED}") == f"{note}\n\n{FORWARDED}"


@pytest.mark.parametrize("thanks", ["Bedankt!", "Dank u wel, het is opgelost.", "Dank voor uw hulp"])
def test_thanks_above_our_own_answer_are_all_there_is(thanks: str) -> None:
    answer = (
        "Van: Helpdesk <help@x.example>\nVerzonden: maandag 23 november 2026 10:12\nOnderwerp: RE: MFA\n\nStel MFA opnieuw in."
    )

    assert own_words(f"{thanks}\n\n{answer}") == thanks


@pytest.mark.parametrize(
    "quote",
    [
        pytest.param("Helpdesk <help@x.example>, 27 Kas 2026 Cum, 10:12 tarihinde şunu yazdı:\n> eski", id="turkish"),
        pytest.param("Helpdesk <help@x.example>, 27 Kas 2026 Cum, 10:12 tarihinde şunu yazdı:\neski", id="turkish-without-signs"),
        pytest.param("pt., 27 lis 2026 o 10:12 Helpdesk <help@x.example> napisał(a):\n> stare", id="polish"),
        pytest.param("El vie, 27 nov 2026 a las 10:12, Helpdesk (<help@x.example>) escribió:\n> viejo", id="spanish"),
        pytest.param("Le ven. 27 nov. 2026 à 10:12, Helpdesk <help@x.example> a écrit :\n> vieux", id="french"),
        pytest.param("в пт, 27 нояб. 2026 г. в 10:12, Helpdesk <help@x.example>:\n> старый", id="russian"),
        pytest.param(
            "Op 27 nov 2026, om 10:12 heeft Helpdesk <help@x.example>\nhet volgende geschreven:\n\n> oud", id="apple-mail"
        ),
        pytest.param("> een losse regel", id="sign-only"),
        pytest.param("Kimden: Helpdesk <help@x.example>\nTarih: 27 Kasım 2026\nKonu: şifre\n\neski", id="turkish-outlook"),
    ],
)
def test_a_quote_in_any_language_is_left_out(quote: str) -> None:
    assert own_words(f"{QUESTION}\n\n{quote}\n") == QUESTION


@pytest.mark.parametrize(
    "signature",
    [
        "Marieke Jansen\nICT-coördinator OBS De Linde\nT 010-1234567\nwww.obsdelinde.example",
        "M. van der Berg\ndirecteur",
        "Jan de Vries (ICT)\nM: 06 12345678 | E: jan@linde.example\n\nKerkstraat 12a, 8011 AB Zwolle",
        "Wilma\nIKC De Zandloper",
    ],
)
def test_a_signature_without_a_closing_word_is_left_out(signature: str) -> None:
    assert own_words(f"{QUESTION}\n\n{signature}") == QUESTION


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("Graag een account voor:\n\nMarieke Jansen\nleerkracht", id="a-person-that-is-asked-for"),
        pytest.param("Wie is de beheerder?\n\nToos Verhagen\ndirecteur De Leilinde (99MB)", id="a-brin"),
        pytest.param("Deze leerling ontbreekt.\n\nDaan Jansen\nGroep 5", id="a-pupil"),
        pytest.param("Wij zitten vast.\n\nLisa Bakker\nOnze ICT-coördinator is weg en wij kunnen niets.", id="a-sentence"),
        pytest.param("Marieke Jansen\nICT-coördinator\n010-1234567", id="nothing-else"),
    ],
)
def test_lines_that_tell_something_are_no_signature(text: str) -> None:
    assert own_words(text) == text


PIECES = st.sampled_from(
    [
        *(
            "FYI",
            "zie onder",
            "Hallo,",
            QUESTION,
            HEADER,
            FORWARDED,
            "Van: groep 5",
            "Aan: groep 6",
            "",
            "\n",
            "> oud",
            ">> ouder",
            ">",
        ),
        *(
            "---------- Forwarded message ---------",
            "-----Oorspronkelijk bericht-----",
            "Begin doorgestuurd bericht:",
            "_" * 32,
            "--",
        ),
        *(
            "Op ma 3 feb 2025 om 10:12 schreef Jan",
            "<jan@hoek.example>:",
            "iemand yazdı:",
            "Met vriendelijke groet,",
            "Jan de Vries",
        ),
        *("ICT-coördinator", "T 010-1234567", "Verstuurd vanaf mijn iPhone", "Onderwerp: x", "Groetjes Ellie", "x@y.nl:"),
    ]
)


@settings(max_examples=400)
@given(text=st.lists(PIECES | st.text(max_size=40), max_size=14).map("\n".join))
def test_every_line_of_the_own_words_stands_in_the_mail(text: str) -> None:
    lines = own_words(text).split("\n")

    assert [line for line in lines if line not in text] == []


@settings(max_examples=200)
@given(text=st.lists(PIECES, max_size=14).map("\n".join))
def test_a_mail_of_pieces_gives_words_when_it_has_any(text: str) -> None:
    assert bool(own_words(text)) == bool(text.strip())


# --- what stands below an end, above a greeting or inside a quote ----------------------------------------------------

CLOSING = "Met vriendelijke groet,\nJoke Bakker\nICT-coördinator OBS De Linde"


@pytest.mark.parametrize(
    "below",
    [
        pytest.param("PS: het gaat om groep 6.", id="ps"),
        pytest.param("P.S. Het gaat om leerkracht Sanne de Wit, groep 6.", id="ps-with-dots"),
        pytest.param("p.s. ook Piet graag", id="ps-small"),
        pytest.param("NB: wij werken met Chromebooks.", id="nb"),
        pytest.param("PS Ook Piet graag.\nEn Daan.", id="ps-of-two-lines"),
        pytest.param("Kunt u mij bellen op 06-12345678?", id="question"),
        pytest.param("- Jan de Vries\n- Piet Bakker", id="list"),
        pytest.param("1. Jan de Vries\n2. Piet Bakker", id="numbered-list"),
        pytest.param("Leerling: Daan\nGroep: 5", id="fields"),
        pytest.param("Het gaat om alle leerlingen van groep 5.", id="statement"),
    ],
)
def test_what_the_writer_says_below_the_closing_line_is_kept(below: str) -> None:
    assert own_words(f"{QUESTION}\n\n{CLOSING}\n\n{below}") == f"{QUESTION}\n\n{below}"
    disclaimer = "Dit bericht is uitsluitend bestemd voor de geadresseerde."
    assert own_words(f"{QUESTION}\n\n{CLOSING}\n\n{below}\n\n{disclaimer}") == f"{QUESTION}\n\n{below}"


@pytest.mark.parametrize(
    "below",
    [
        "www.delinde.example",
        "Samen leren, samen leven",
        "Kerkstraat 1\n1234 AB Zwolle",
        "T 010-1234567",
        "Werkdagen: ma, di, do",
        "Volg ons op Facebook",
    ],
)
def test_the_rest_of_a_signature_is_left_out(below: str) -> None:
    assert own_words(f"{QUESTION}\n\n{CLOSING}\n\n{below}") == QUESTION


@pytest.mark.parametrize(
    "notice",
    [
        "EXTERNE MAIL\nDit bericht is uitsluitend bestemd voor de geadresseerde.",
        "LET OP: deze e-mail komt van buiten de organisatie.",
        "Disclaimer: deze mail is vertrouwelijk.",
        "[EXTERN]\nDeze e-mail is vertrouwelijk.",
        "This message is intended for the addressee only.",
    ],
)
@pytest.mark.parametrize("greeting", ["Hallo,", "Beste helpdesk,", "Goedemorgen,"])
def test_a_notice_above_the_greeting_takes_no_words_with_it(notice: str, greeting: str) -> None:
    assert own_words(f"{notice}\n\n{greeting}\n{QUESTION}").endswith(f"{greeting}\n{QUESTION}")


@pytest.mark.parametrize("line", ["_" * 28, "_" * 20, "_" * 60, "----------", "=========", "* * * * *"])
def test_what_stands_below_a_line_is_kept(line: str) -> None:
    text = f"Naam: Joke\n{line}\n{QUESTION}"
    assert own_words(text) == text


@pytest.mark.parametrize(
    "people",
    [
        "Jan de Vries\nleerkracht\n\nPiet Bakker\nleerkracht",
        "Jan de Vries\nleerkracht\n\nPiet Bakker\nintern begeleider\n\nMies Smit\ndirecteur",
        "Jan de Vries, leerkracht groep 5\nPiet Bakker, leerkracht groep 6",
        "- Jan de Vries\n- Piet Bakker",
        "Jan de Vries\njan@school.example\n\nPiet Bakker\npiet@school.example",
    ],
)
def test_a_list_of_people_is_no_signature(people: str) -> None:
    text = f"Graag verwijderen uit Basispoort:\n\n{people}"
    assert own_words(text) == text
    assert own_words(f"{text}\n\nMet vriendelijke groet,\nJoke Bakker") == text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("> Welke groep?\nGroep 6.\n> Welke leerling?\nDaan.", "Groep 6.\nDaan."),
        (
            "Op ma 3 feb 2025 om 10:12 schreef Help <help@x.example>:\n> Welke groep?\n\nGroep 6.\n\n> Welke leerling?\n\nDaan.",
            "Groep 6.\n\nDaan.",
        ),
        ("Hoi,\n\n> Werkt het?\nNee.\n> Welke melding?\n'Geen toegang'", "Hoi,\n\nNee.\n'Geen toegang'"),
        (">> oud\n> ouder\nNieuw", "Nieuw"),
        ("> vraag 1\n> vraag 2\n\nAntwoord op beide.", "Antwoord op beide."),
    ],
)
def test_answers_between_quoted_lines_are_kept(text: str, own: str) -> None:
    assert own_words(text) == own


@pytest.mark.parametrize(
    "line",
    [
        "Verstuurd vanaf mijn iPhone",
        "Verzonden vanaf Outlook voor iOS",
        "Sent from my iPad",
        "Verstuurd vanuit Mail voor Windows",
        "Get Outlook for Android",
    ],
)
def test_a_telephone_ends_a_mail_but_no_question_below_it(line: str) -> None:
    assert own_words(f"{QUESTION}\n\n{line}") == QUESTION
    assert own_words(f"{QUESTION}\n\n{line}\n\nEn hoe werkt MFA?") == f"{QUESTION}\n\nEn hoe werkt MFA?"


@pytest.mark.parametrize(
    "signature", ["Joke Bakker", "Joke Bakker\nDirecteur OBS De Linde", "OBS De Linde\nPostbus 1\n1234 AB Zwolle"]
)
def test_what_stands_below_two_dashes_is_a_signature(signature: str) -> None:
    assert own_words(f"{QUESTION}\n\n-- \n{signature}") == QUESTION
