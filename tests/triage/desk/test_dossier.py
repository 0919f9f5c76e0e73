"""The dossier of a request: what was found and decided, in JSON and on paper, and whether somebody changed it since."""

from __future__ import annotations

import copy
import hashlib
import io
import json
from email import message_from_bytes
from typing import Any

import pytest
from pypdf import PdfReader
from sqlalchemy import Engine

from kb.settings import SHIPPED_DATA
from triage.accounts.accounts import Person
from triage.desk.dossier import changed, digest, form_pages, make_dossier
from triage.desk.dossier_pdf import dossier_pdf, read_dossier
from triage.desk.inbox import Inbox
from triage.desk.request_desk import RequestDesk
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.mail import parse_message
from triage.sources.files import RawBytes

RAW = (SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml").read_bytes()
WHY = "Het bestuur zegt dat de aanvraag niet van hen komt."


@pytest.fixture
def request_1(engine: Engine, tools: Tools) -> Engine:
    """A database with one formal request, ticket 1."""
    ingest(engine, [RawBytes("file", RAW)], tools)
    return engine


@pytest.fixture
def dossier(request_1: Engine) -> dict[str, Any]:
    return make_dossier(request_1, 1, "noor")


def test_a_dossier_names_every_file_by_its_digest(dossier: dict[str, Any]) -> None:
    (mail,) = dossier["mails"]
    files = {one["naam"]: one["sha256"] for one in mail["bijlagen"]}
    assert mail["sha256"] == hashlib.sha256(RAW).hexdigest()
    assert files == {a.filename: hashlib.sha256(a.data).hexdigest() for a in parse_message(RAW).attachments}


def test_no_values_to_act_on_before_the_request_is_granted(dossier: dict[str, Any]) -> None:
    assert dossier["uitkomst"] == {"besluit": "nog niet genomen"}
    assert dossier["gegevens"] == {}


def test_a_refused_request_says_by_whom_and_why_and_gives_no_values(request_1: Engine, agent: Person) -> None:
    RequestDesk(request_1).refuse(1, WHY, agent)
    made = make_dossier(request_1, 1, "noor")
    assert (made["uitkomst"]["besluit"], made["uitkomst"]["door"], made["uitkomst"]["uitleg"]) == ("afgewezen", "noor", WHY)
    assert made["gegevens"] == {}


def test_a_dossier_as_it_was_handed_out_is_recognised(request_1: Engine, dossier: dict[str, Any]) -> None:
    assert changed(request_1, dossier) == ""


@pytest.mark.parametrize("path", [("uitkomst", "besluit"), ("controle", "verdict"), ("mails", 0), ("vraag",)])
def test_any_change_is_noticed(request_1: Engine, dossier: dict[str, Any], path: tuple[Any, ...]) -> None:
    forged = copy.deepcopy(dossier)
    at: Any = forged
    for step in path[:-1]:
        at = at[step]
    at[path[-1]] = "toegekend"
    assert "veranderd" in changed(request_1, forged)


def test_a_forged_dossier_with_a_right_digest_was_not_made_here(request_1: Engine, dossier: dict[str, Any]) -> None:
    forged = {**dossier, "uitkomst": {"besluit": "toegekend"}}
    forged["sha256"] = digest(forged)
    assert changed(request_1, forged) == "Dit dossier is hier niet gemaakt."


def test_that_a_dossier_was_made_goes_on_record(request_1: Engine, dossier: dict[str, Any]) -> None:
    last = Inbox(request_1).ticket(1).history[-1]
    assert (last.actor, last.action) == ("noor", "dossier gemaakt")
    assert dossier["sha256"] in last.detail


def test_the_pdf_shows_the_check_and_the_form_and_holds_the_json(request_1: Engine, dossier: dict[str, Any]) -> None:
    pdf = dossier_pdf(dossier, form_pages(request_1, 1))
    pages = PdfReader(io.BytesIO(pdf)).pages
    text = "\n".join(page.extract_text() for page in pages)
    assert "Er is nog geen besluit genomen." in text
    assert "Bestuursnummer" in text
    assert dossier["sha256"] in text
    assert len(pages[-1].images) == 1
    assert read_dossier(pdf) == json.loads(json.dumps(dossier))


def test_a_question_has_no_dossier(engine: Engine, tools: Tools) -> None:
    first = sorted((SHIPPED_DATA / "demo" / "mail").glob("*.eml"))[0]
    ingest(engine, [RawBytes("file", first.read_bytes())], tools)
    with pytest.raises(DeskError, match="geen formele aanvraag"):
        make_dossier(engine, 1, "noor")


def test_the_pdf_names_who_wrote_the_mails_that_were_read(request_1: Engine, tools: Tools, agent: Person) -> None:
    again = message_from_bytes(RAW)
    again.replace_header("Message-ID", "<nog-een-keer@pcbdevuurtoren.example>")
    ingest(request_1, [RawBytes("file", again.as_bytes())], tools)
    RequestDesk(request_1).mark_read(1, 2, agent)
    made = make_dossier(request_1, 1, "noor")
    assert [(one["van"], one["door"]) for one in made["antwoorden_gelezen"]] == [("Hendrik Postma", "noor")]
    assert read_dossier(dossier_pdf(made, form_pages(request_1, 1))) == made
