"""A language model may put an answer in other words, but says nothing that the articles don't. A local server plays the model."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from kb.search.language import load_language
from kb.settings import SettingsError, read_settings
from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.answer.answer import load_wording
from triage.answer.rephrase import left_out, passage_of, unsupported
from triage.errors import DeskError, RephraseError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.sources.files import RawBytes

BODY = "Ik ben Sanne de Wit van 99AC, tel. 0612345678. Ik ben mijn wachtwoord vergeten, hoe krijg ik een nieuw wachtwoord?"
SOURCES = [
    "Klik op ‘Wachtwoord vergeten’ en vul uw e-mailadres in. U krijgt een mail met een link. De link werkt 24 uur.",
    "Stuur nooit een wachtwoord mee. Leerlingen hebben geen eigen mailadres.",
]


@dataclass
class Playing:
    """A server that plays a language model."""

    url: str = ""
    says: str = "KEEP"  # "KEEP": the answer as it came; otherwise this text
    status: int = 200
    raw: bytes | None = None  # instead of a proper answer
    asked: list[dict[str, object]] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)


@pytest.fixture
def server() -> Iterator[Playing]:
    playing = Playing()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            playing.asked.append(request)
            playing.keys.append(self.headers.get("Authorization"))
            kept = json.loads(request["messages"][1]["content"])["answer"]
            said = kept if playing.says == "KEEP" else playing.says.replace("KEEP", kept)
            body = playing.raw or json.dumps({"choices": [{"message": {"role": "assistant", "content": said}}]}).encode()
            self.send_response(playing.status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    listening = HTTPServer(("127.0.0.1", 0), Handler)
    playing.url = f"http://127.0.0.1:{listening.server_address[1]}/v1"
    thread = threading.Thread(target=listening.serve_forever, daemon=True)
    thread.start()
    yield playing
    listening.shutdown()
    thread.join()
    listening.server_close()


@pytest.fixture
def helped(tools: Tools, server: Playing) -> Tools:
    return replace(
        tools, settings=replace(tools.settings, rephrase_url=server.url, rephrase_key="geheim", rephrase_model="klein")
    )


@pytest.fixture
def desk(engine: Engine, helped: Tools) -> Desks:
    """A desk with one ticket that has an answer from an article."""
    ingest(engine, [RawBytes("file", letter(BODY, "Wachtwoord vergeten"))], helped)
    return desks(engine)


def body_of(desk: Desks) -> str:
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    return draft.body


@pytest.fixture
def refused(desk: Desks, helped: Tools, server: Playing, agent: Person) -> Callable[[str], str]:
    """Why what the model says is refused; the answer stays as it was."""

    def refuse(says: str) -> str:
        before, server.says = body_of(desk), says
        with pytest.raises(RephraseError) as caught:
            desk.answers.rephrase(1, agent, helped)
        assert body_of(desk) == before
        return str(caught.value)

    return refuse


def test_other_words_from_the_article_take_the_place_of_the_answer(
    desk: Desks, helped: Tools, server: Playing, agent: Person
) -> None:
    before = body_of(desk)
    server.says = "Graag helpen wij u even.\n\nKEEP"
    desk.answers.rephrase(1, agent, helped)
    after = body_of(desk)
    assert "Graag helpen wij u even." in after
    assert passage_of(after).after == passage_of(before).after
    assert [entry.action for entry in desk.inbox.ticket(1).history].count("herschreven door taalmodel") == 1


def test_no_name_number_or_address_of_the_mail_is_sent(desk: Desks, helped: Tools, server: Playing, agent: Person) -> None:
    desk.answers.rephrase(1, agent, helped)
    sent = json.dumps(server.asked)
    assert "wachtwoord vergeten" in sent
    assert not [word for word in ("Sanne", "Wit", "99AC", "0612345678", "obsdemeerpaal") if word in sent]
    assert server.keys == ["Bearer geheim"]


@pytest.mark.parametrize(
    "says",
    [
        "KEEP\n\nBel ons op 0800-1234567.",
        "KEEP\n\nStuur uw wachtwoord naar help@basispoort-hulp.nl.",
        "KEEP\n\nKijk op https://basispoort-hulp.example.",
        "KEEP\n\nDe belastingdienst betaalt uw beheerdersaccount.",
    ],
)
def test_what_the_articles_do_not_say_is_refused(refused: Callable[[str], str], says: str) -> None:
    assert "dat niet in de artikelen staat" in refused(says)


def test_an_answer_that_leaves_things_out_is_refused(refused: Callable[[str], str]) -> None:
    assert "liet iets weg" in refused("Dank voor uw bericht.")


def test_an_empty_answer_is_refused(refused: Callable[[str], str]) -> None:
    assert "leeg" in refused(" ")


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b'{"choices": []}', b"\xff\xfe"])
def test_an_answer_that_is_none_is_refused_in_words(refused: Callable[[str], str], server: Playing, raw: bytes) -> None:
    server.raw = raw or b"\n"
    assert "geen bruikbaar antwoord" in refused("KEEP")


def test_a_server_that_refuses_is_named_by_its_code(refused: Callable[[str], str], server: Playing) -> None:
    server.status = 503
    assert "HTTP 503" in refused("KEEP")


def test_without_a_server_nothing_is_sent(desk: Desks, tools: Tools, server: Playing, agent: Person) -> None:
    with pytest.raises(RephraseError, match="WEGWIJZER_REPHRASE_URL"):
        desk.answers.rephrase(1, agent, tools)
    assert server.asked == []


def test_what_an_agent_wrote_is_not_sent(desk: Desks, helped: Tools, server: Playing, agent: Person) -> None:
    desk.answers.save_draft(1, "Re: Wachtwoord", "Beste Sanne, uw nummer is 0612345678.", agent)
    with pytest.raises(DeskError, match="Alleen een antwoord van de bot"):
        desk.answers.rephrase(1, agent, helped)
    assert server.asked == []


@pytest.mark.parametrize(
    "sentence",
    [
        "U krijgt een mail met een link.",
        "Klik dan even op ‘Wachtwoord vergeten’ en vul uw e-mailadres in.",
        "Klik op ‘Wachtwoord vergeten’.",
        "De link werkt 24 uur.",
        "Stuur nooit een wachtwoord mee.",
        "Dank voor uw vraag.",
    ],
)
def test_a_sentence_of_the_articles_is_supported(sentence: str) -> None:
    assert unsupported(sentence, SOURCES, load_wording("nl")["rephrase_free"].split(), load_language()) == ""


@pytest.mark.parametrize(
    "sentence",
    [
        "De link werkt 48 uur.",  # another number
        "Stuur een wachtwoord mee.",  # the opposite
        "U krijgt geen mail met een link.",
        "Leerlingen hebben een eigen mailadres.",
        "Stuur uw e-mailadres mee met een eigen leerling uur.",  # known words, but no such sentence
        "Bel de directeur.",
        "Vul uw e-mailadres in en klik op ‘Wachtwoord vergeten’.",  # the steps the other way round
        "U krijgt een mail zonder een link.",
    ],
)
def test_a_sentence_that_says_more_less_or_the_opposite_is_not(sentence: str) -> None:
    assert unsupported(sentence, SOURCES, load_wording("nl")["rephrase_free"].split(), load_language()) == sentence


ARTICLES = [
    "Vraag uw ICT-coördinator of automatisch koppelen aan staat. Staat het uit, dan is meestal handmatige invoer nodig.\n"
    "Controleer in het LAS of het kind actief is ingeschreven. Leerlingen komen uit het LAS. Wacht na een wijziging een nacht.",
    "De beheerder kan nieuwe ICT-coördinatoren toevoegen. U heeft geen formulier nodig.",
    "Klik op Beheer.\nKies uw groep.\nVink de leerling aan.",
]


@pytest.mark.parametrize(
    "text",
    [
        "Vraag uw ICT-coördinator of automatisch koppelen uit staat.",
        "Staat het aan, dan is meestal handmatige invoer nodig.",
        "Controleer in Basispoort of het kind actief is ingeschreven.",
        "Leerlingen komen uit de netwerkomgeving.",
        "Leerlingen komen in het LAS.",
        "Wacht voor een wijziging een nacht.",
        "Wacht na een wijziging zeven nachten.",
        "U heeft geen ICT-coördinator nodig.",
        "U heeft een formulier nodig.",
        "Nieuwe ICT-coördinatoren kunnen de beheerder toevoegen.",
        "Vink de leerling uit.",
    ],
)
def test_a_sentence_that_turns_an_article_around_is_refused(text: str) -> None:
    assert unsupported(text, ARTICLES, load_wording("nl")["rephrase_free"].split(), load_language()) == text


def test_steps_in_another_order_are_refused() -> None:
    free = load_wording("nl")["rephrase_free"].split()

    assert unsupported("Klik op Beheer. Kies dan uw groep. Vink de leerling aan.", ARTICLES, free, load_language()) == ""
    assert (
        unsupported("Klik op Beheer. Vink de leerling aan. Kies uw groep.", ARTICLES, free, load_language()) == "Kies uw groep."
    )


@given(st.text(max_size=200))
def test_any_text_of_a_model_is_judged(text: str) -> None:
    wrong = unsupported(text, SOURCES, (), load_language())
    assert wrong == "" or wrong in text
    left_out(text, SOURCES[0], load_language())


def test_an_address_of_a_server_must_be_one() -> None:
    with pytest.raises(SettingsError, match="WEGWIJZER_REPHRASE_URL"):
        read_settings({"WEGWIJZER_REPHRASE_URL": "ftp://x"})
