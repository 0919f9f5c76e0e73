"""The draft answer: what it quotes, what it asks, whom it greets and in which language."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from kb import KnowledgeBase, load_articles
from kb.settings import SHIPPED_DATA, Settings
from tests.triage.letters import letter
from triage.answer.answer import AlsoAsked, Decided, DraftAnswer, load_openings, load_wording, write_draft
from triage.answer.details import load_details, load_english_details, still_to_ask
from triage.answer.greeting import greeting
from triage.classify.explain import classify
from triage.classify.intents import load_taxonomy
from triage.classify.training import Model
from triage.documents.opened_mail import open_mail
from triage.intake.pipeline import Tools, school_of, triage_message
from triage.mail import parse_message
from triage.mail.language import LANGUAGES
from triage.mail.read_mail import read_mail
from triage.register.register import Register
from triage.register.school import School
from triage.routing.routing import load_routing

Write = Callable[..., DraftAnswer]


@pytest.fixture
def write(knowledge: KnowledgeBase, settings: Settings) -> Write:
    """Writes the draft for a mail about a subject."""

    def draft(label: str, body: str, subject: str = "Vraag", also: AlsoAsked | None = None, language: str = "nl") -> DraftAnswer:
        mail = replace(read_mail(parse_message(letter(body, subject))), language=language)
        made = write_draft(mail, Decided(load_taxonomy()[label], "normaal", also=also), knowledge, settings)
        assert made is not None
        return made

    return draft


@pytest.mark.parametrize(
    ("label", "body"),
    [
        ("algemene-vraag", "Goedendag, ik zoek een baan als helpdeskmedewerker. Hebben jullie een vacature?"),
        ("algemene-vraag", "Staat Basispoort in januari ook met een stand op de onderwijsbeurs in Utrecht?"),
        ("mfa-en-beveiliging", "De koffie in de lerarenkamer is op en de kopieermachine loopt vast."),
    ],
)
def test_an_article_that_does_not_fit_the_mail_is_not_quoted(write: Write, label: str, body: str) -> None:
    draft = write(label, body)

    assert draft.citations == ()
    assert "Wij hebben uw vraag ontvangen." in draft.body


@pytest.mark.parametrize(
    "body",
    [
        "Dank je wel, het werkt weer!",
        "Het werkt weer! Ik had inderdaad het oude wachtwoord in Chrome bewaard. Super snel geholpen.",
        "Hi, thanks a lot, it works again.",
    ],
)
def test_a_thank_you_gets_no_article(write: Write, body: str) -> None:
    draft = write("algemene-vraag", body)

    assert draft.citations == ()
    assert "U hoeft verder niets te doen." in draft.body


@pytest.mark.parametrize(
    "body",
    [
        "Bedankt voor de uitleg. Welke rollen zijn er in Basispoort?",
        "Kunt u uitleggen welke rollen er in Basispoort zijn, alvast bedankt",
    ],
)
def test_a_question_that_says_thanks_is_still_answered(write: Write, body: str) -> None:
    assert write("algemene-vraag", body).citations


# --- what is still asked ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "body"),
    [
        pytest.param("afzenderadres", "Is onze aanvraag aangekomen?", id="the-address-it-came-from"),
        pytest.param("datum van inschrijving", "Ingeschreven op 2 november 2026.", id="a-date"),
        pytest.param("fusiedatum", "Wij gaan per augustus samen met De Berk.", id="a-month"),
        pytest.param("tijdstip", "Het ging mis om 8.45 uur.", id="a-clock-time"),
        pytest.param("sinds wanneer", "Sinds gisteren is het zo.", id="since-yesterday"),
        pytest.param("einddatum stage", "De stage loopt tot 31 januari 2027.", id="an-end-date"),
        pytest.param("begin- en einddatum", "Zij werkt bij ons van 1-2-2027 tot 1-5-2027.", id="two-dates"),
        pytest.param("aantal gebruikers", "Het gaat om 22 leerkrachten.", id="a-number-of-people"),
        pytest.param("hoeveel mensen", "Niemand kan erin.", id="nobody"),
        pytest.param("aantal leerlingen", "Wij hebben 410 leerlingen.", id="a-number-of-pupils"),
        pytest.param("BRIN + vestigingsnummer", "onze brin is 99za, vestiging 00", id="a-brin-in-small-letters"),
        pytest.param("automatisch of handmatig gekoppeld", "Wij koppelen automatisch.", id="how-it-is-linked"),
        pytest.param("oud en nieuw LAS", "Wij gaan van ParnasSys naar Esis.", id="two-systems"),
        pytest.param("via welke omgeving wordt ingelogd", "Ik log in via de leerkrachtpagina.", id="the-page"),
        pytest.param("uitgeverij", "Alleen Malmberg doet het niet.", id="a-publisher"),
        pytest.param("welk programma", "Nieuwsbegrip staat er niet bij.", id="a-program"),
        pytest.param("netwerk", "Ons netwerk is van Heutink.", id="a-network"),
        pytest.param("groep(en)", "Het gaat om groep 5.", id="a-group"),
        pytest.param("naam en e-mailadres", "Voeg noor.bakker@pabo.example toe.", id="an-address"),
    ],
)
def test_a_detail_that_the_mail_gave_is_not_asked(item: str, body: str) -> None:
    assert still_to_ask([item], read_mail(parse_message(letter(body))), None) == []


@pytest.mark.parametrize(
    ("item", "body"),
    [
        pytest.param("tijdstip", "Wij werken met ParnasSys.", id="nothing-of-the-kind"),
        pytest.param("einddatum", "Zij begint op 2 november 2026.", id="a-date-that-is-no-end"),
        pytest.param("begin- en einddatum", "Zij werkt tot 1-5-2027.", id="one-date-of-two"),
        pytest.param("BRIN van beide scholen", "Onze BRIN is 99ZA.", id="one-brin-of-two"),
        pytest.param("oud en nieuw LAS", "ParnasSys, ja ParnasSys.", id="the-same-twice"),
        pytest.param("aantal gebruikers", "Groep 5 werkt met 2 methodes.", id="a-number-of-other-things"),
        pytest.param("tijdstip", "Lukt niet.\n\nOp ma 23 nov. 2026 om 09:12 schreef Helpdesk <h@x.nl>:\n> Hoi", id="of-a-quote"),
    ],
)
def test_a_detail_that_the_mail_did_not_give_is_asked(item: str, body: str) -> None:
    assert still_to_ask([item], read_mail(parse_message(letter(body))), None) == [item]


def test_the_school_of_a_known_address_is_not_asked(tools: Tools) -> None:
    """The demo register knows whose domain it is; the mail says nothing of it."""
    mail = read_mail(
        parse_message(letter("Een leerling staat niet in het inlogscherm.", sender="juf <juf@obsdemeerpaal.example>"))
    )
    school = school_of(mail, None, tools.register)

    assert school is not None
    assert still_to_ask(["BRIN", "schoolnaam en BRIN + vestigingsnummer", "BRIN oud en nieuw"], mail, school) == [
        "BRIN oud en nieuw"
    ]


def test_an_address_that_anybody_may_have_says_nothing_of_the_school(tools: Tools) -> None:
    """The register knows one school whose web site is at a provider's."""
    school = replace(next(iter(tools.register.schools)), website="www.dse.nl/~meerpaal")
    mail = read_mail(parse_message(letter("Een leerling staat niet in het inlogscherm.", sender="juf <juf@dse.nl>")))

    assert school_of(mail, None, Register([school], ())) is None


def test_every_sign_of_a_detail_is_used_by_an_article() -> None:
    asked = {item for article in load_articles(SHIPPED_DATA / "faq") for item in article.ask}
    idle = [detail.asks.pattern for detail in load_details() if not any(detail.asks.search(item) for item in asked)]

    assert idle == []


# --- two questions in one mail ----------------------------------------------------------------------------------------

MOVE = "We gaan in februari over van ParnasSys naar Esis. Wat moeten we doen zodat de leerlingen daarna goed in Basispoort staan?"
AGREEMENT = "Daarnaast: hoe sluiten we een verwerkersovereenkomst met jullie af?"


@pytest.fixture
def two(write: Write) -> DraftAnswer:
    return write("las-koppeling", f"{MOVE}\n\n{AGREEMENT}", also=AlsoAsked(load_taxonomy()["privacy-en-avg"], AGREEMENT))


def test_the_second_question_is_answered_from_the_sentence_that_asks_it(two: DraftAnswer) -> None:
    """The whole mail came closest to 'verwerkersovereenkomst-andere-partijen'."""
    assert two.citations[-1] == "verwerkersovereenkomst-regelen"


def test_the_second_question_gets_its_steps_and_its_details(two: DraftAnswer) -> None:
    second = two.body.partition("U schreef ook over ")[2]

    assert "Zo pakt u het aan:\n1. " in second
    assert "- ondertekenaar" in second


def test_details_are_asked_once_and_last(two: DraftAnswer) -> None:
    *_, wanted, secrets, close = two.body.split("\n\n")[:-1]

    assert wanted.startswith("Lukt het dan nog niet?")
    assert secrets.startswith("Stuur geen wachtwoorden")
    assert two.body.count("Lukt het dan nog niet?") == 1
    assert close.startswith("Met vriendelijke groet")


def test_a_second_question_is_read_from_its_own_sentences(model: Model) -> None:
    second = classify(f"Twee vragen\n\n{MOVE}\n\n{AGREEMENT}", model).second

    assert second is not None
    assert ("verwerkersovereenkomst" in second.asked) is (second.intent == "privacy-en-avg")
    assert ("ParnasSys" in second.asked) is (second.intent == "las-koppeling")


@pytest.mark.parametrize(("chance", "how"), [(0.35, "misschien"), (0.5, "waarschijnlijk")])
def test_a_second_subject_below_one_half_is_called_possible(
    model: Model, monkeypatch: pytest.MonkeyPatch, chance: float, how: str
) -> None:
    monkeypatch.setattr("triage.classify.explain.chance_of", lambda *_: chance)

    assert f"De mail gaat {how} ook over " in classify(f"Twee vragen\n\n{MOVE}\n\n{AGREEMENT}", model).reasons[0]


@pytest.mark.parametrize(("chance", "answered"), [(0.49, False), (0.5, True)])
def test_a_second_question_is_answered_from_a_set_confidence(
    tools: Tools, monkeypatch: pytest.MonkeyPatch, chance: float, answered: bool
) -> None:
    monkeypatch.setattr("triage.classify.explain.chance_of", lambda *_: chance)
    monkeypatch.setattr("triage.intake.pipeline.load_routing", lambda: replace(load_routing(), offer_answer_from=0.5))
    mail = parse_message(letter(f"{TABLETS} Verder: {AGREEMENT.partition(': ')[2]}", "iPads en AVG"))
    draft = triage_message(open_mail(mail), datetime(2026, 11, 23, 9, 12, tzinfo=UTC), tools).draft

    assert draft is not None
    assert ("U schreef ook over " in draft.body) is answered


TABLETS = (
    "Op de iPads staat het icoon van Basispoort niet meer op het beginscherm. Hoe zetten wij de snelkoppeling op de iPad terug?"
)


# --- whom it greets ------------------------------------------------------------------------------------------------------


def greeted(sender: str, body: str = "Hoe log ik in?", school: School | None = None) -> str:
    mail = read_mail(parse_message(letter(body, sender=sender)))
    return greeting(mail, load_taxonomy()["inloggen-leerkracht"], load_wording("nl"), school)


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("Sanne de Wit <s@kei.example>", "Sanne de Wit"),
        ("Emma Clarke <e@kei.example>", "Emma Clarke"),
        ("Noor <noor@kei.example>", "Noor"),
        ("M. Jansen <m@kei.example>", "M. Jansen"),
        ("Anne-Marie Bos <a@kei.example>", "Anne-Marie Bos"),
        ("Juf Anita <a@kei.example>", "juf Anita"),
        ('"Jansen, M. (Marieke)" <mj@kei.example>', "Marieke Jansen"),
        ("Jansen, M. (Marieke) <mj@kei.example>", "Marieke Jansen"),
        ("M. Jansen (Marieke) <mj@kei.example>", "Marieke Jansen"),
        ('"Wit, Sanne de" <s@kei.example>', "Sanne de Wit"),
        ('"Marieke Jansen | OBS De Linde" <mj@kei.example>', "Marieke Jansen"),
        ('"Marieke Jansen (OBS De Linde)" <mj@kei.example>', "Marieke Jansen"),
    ],
)
def test_a_person_is_greeted_by_name(sender: str, name: str) -> None:
    assert greeted(sender) == f"Beste {name},"


@pytest.mark.parametrize(
    "sender",
    [
        "De Regenboog <info@regenboog.example>",
        "Het Palet Zwolle <palet@regenboog.example>",
        "Juf Onderbouw <juf@regenboog.example>",
        "Groepsmail Bovenbouw <bb@regenboog.example>",
        "Anne Frank <directie@stichting.example>",
        "Jan Ligthart <post@janligthart.example>",
        "Daltonschool Jan Ligthart <post@kei.example>",
        "Administratie Marieke Jansen <a@kei.example>",
        "Ouder van Daan <x@kei.example>",
        "Jansen <jansen@kei.example>",
        "m.jansen@regenboog.example",
    ],
)
def test_what_may_be_no_person_is_not_greeted_by_name(sender: str) -> None:
    assert greeted(sender) == "Beste collega,"


def test_a_mail_without_words_is_greeted_too() -> None:
    """An empty text once made the whole mail fail: it was set aside instead of answered."""
    assert greeted("info@regenboog.example", body="") == "Beste collega,"


def test_the_name_of_the_school_is_not_greeted() -> None:
    school = School("99ZA", "00", "Basisschool Anne Frank", "99001")

    assert greeted("Anne Frank <post@kei.example>", school=school) == "Beste collega,"


@pytest.mark.parametrize(
    ("signature", "name"),
    [
        pytest.param("Met vriendelijke groet,\nMarieke Jansen\nICT-coördinator", "Marieke Jansen", id="on-the-next-line"),
        pytest.param("Groetjes Marieke", "Marieke", id="on-the-same-line"),
        pytest.param("Kind regards,\n\nEmma Clarke", "Emma Clarke", id="english"),
        pytest.param("Groet,\nDe Regenboog", "", id="a-school"),
        pytest.param("Op ma 23 nov. 2026 om 09:12 schreef Marieke Jansen <m@x.example>:\n> Hoi", "", id="of-a-quote"),
    ],
)
def test_the_name_under_the_mail_is_greeted_when_the_sender_has_none(signature: str, name: str) -> None:
    body = f"Hoe kan een leerkracht een nieuw wachtwoord aanvragen?\n\n{signature}"

    assert greeted("De Regenboog <info@regenboog.example>", body) == (f"Beste {name}," if name else "Beste collega,")


# --- in which language -------------------------------------------------------------------------------------------------

ENGLISH = "I am a teacher and my password is wrong, the reset mail never arrives. What should I do?"


def test_an_english_draft_asks_in_english(write: Write) -> None:
    draft = write("inloggen-leerkracht", ENGLISH, language="en")
    asked = draft.body.partition("please reply with:\n")[2].split("\n\n")[0]

    assert asked
    assert not set(asked.removeprefix("- ").split("\n- ")) & set(load_english_details()) - {"BRIN", "LAS", "browser"}


def test_an_english_draft_says_where_the_dutch_steps_are(write: Write) -> None:
    draft = write("inloggen-leerkracht", ENGLISH, language="en")

    assert "The steps to take are in the Dutch article ‘" in draft.body
    assert f"/artikel?slug={draft.citations[0]}" in draft.body


def test_every_detail_of_an_article_has_an_english_name() -> None:
    asked = {item for article in load_articles(SHIPPED_DATA / "faq") for item in article.ask}

    assert asked ^ set(load_english_details()) == set()


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"nl", "en"}))
def test_a_mail_in_another_language_is_answered_in_english_after_a_line_of_its_own(write: Write, language: str) -> None:
    draft = write("inloggen-leerkracht", ENGLISH, language=language)
    english = write("inloggen-leerkracht", ENGLISH, language="en")

    assert draft.body.split("\n\n")[0] == f"Dear Sanne de Wit,\n{load_openings()[language]}"
    assert draft.body.split("\n\n")[1:] == english.body.split("\n\n")[1:]


def test_a_german_mail_gets_an_english_draft(tools: Tools) -> None:
    body = "Guten Tag,\n\nmein Sohn kann sich zu Hause nicht anmelden, das Passwort wird nicht akzeptiert. Können Sie mir bitte helfen?"
    message = parse_message(letter(body, "Anmeldung zu Hause", sender="Sabine Müller <sabine@web.example>"))
    draft = triage_message(open_mail(message), datetime(2026, 11, 23, 9, 12, tzinfo=UTC), tools).draft

    assert draft is not None
    assert "\nWir antworten auf Englisch." in draft.body
    assert draft.body.endswith("Kind regards,\n\nHelp desk")
