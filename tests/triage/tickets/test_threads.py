"""Which conversation a mail belongs to, and what becomes of it there."""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from tests.triage.conftest import Postbox
from tests.triage.desks import Desks, desks
from tests.triage.letters import bounce, letter
from triage.accounts.accounts import Person
from triage.database.states import CLOSED, INCOMING, NOTE, OPEN, OUTGOING, WAITING
from triage.database.tables import MessageRow, RawMail, Ticket
from triage.desk.inbox import Inbox
from triage.desk.joining_tickets import JoiningDesk
from triage.errors import DeskError, TicketChangedError
from triage.intake import intake
from triage.intake.intake import Counts, ingest
from triage.intake.pipeline import Tools
from triage.mail import parse_message
from triage.outbox.sender import Tried
from triage.sources.files import RawBytes
from triage.tickets.conversation import answered_mail

HELP = "help@basispoort.nl"
SANNE = "Sanne de Wit <s.dewit@obsdemeerpaal.example>"
COLLEAGUE = "Wim Bos <w.bos@obsdemeerpaal.example>"
STRANGER = "Pim <pim@elders.example>"

Arrive = Callable[..., Counts]
Last = Callable[[], tuple[email.message.EmailMessage, list[str]]]


@pytest.fixture
def arrive(engine: Engine, tools: Tools) -> Arrive:
    """Takes mails in."""
    return lambda *raws: ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


@pytest.fixture
def desk(engine: Engine, arrive: Arrive, smtp_url: str) -> Desks:
    """A desk that sends mail, with ticket 1."""
    arrive(letter())
    return desks(engine, smtp_url)


@pytest.fixture
def last(postbox: Postbox, send_mail: Callable[[], Tried]) -> Last:
    """Sends what is approved, and gives the last mail that went out, with whom it went to."""

    def get() -> tuple[email.message.EmailMessage, list[str]]:
        send_mail()
        sent = email.message_from_bytes(postbox.received[-1].content, policy=email.policy.default)
        assert isinstance(sent, email.message.EmailMessage)
        return sent, postbox.received[-1].rcpt_tos

    return get


@pytest.fixture
def answered(desk: Desks, agent: Person, last: Last) -> email.message.EmailMessage:
    """The answer that went out in ticket 1."""
    desk.answers.approve(1, "Re: Inloggen lukt niet", "Beste Sanne,\n\nProbeer dit.", agent)
    return last()[0]


def reply(body: str = "Dat helpt niet, ik kan nog steeds niet inloggen.", sender: str = SANNE, **headers: str) -> bytes:
    """A mail with a Message-ID of its own."""
    headers.setdefault("subject", "Re: Inloggen lukt niet")
    return letter(body, sender=sender, message_id=f"{abs(hash((body, sender, *headers.items())))}@x.example", **headers)


def told(desk: Desks, number: int = 1) -> list[tuple[str, str]]:
    """The messages of a ticket: direction, first words."""
    return [(one.direction, one.text.split("\n")[0]) for one in desk.inbox.ticket(number).messages]


def numbers(engine: Engine) -> list[int]:
    with Session(engine) as session:
        return list(session.scalars(select(Ticket.id).order_by(Ticket.id)))


# --- the rules ------------------------------------------------------------------------------------------------------


def test_a_reply_joins_the_conversation_of_the_answer_it_names(
    desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    assert arrive(reply(In_Reply_To=answered["Message-ID"])) == Counts(received=1, new=1)

    assert numbers(engine) == [1]
    assert [direction for direction, _ in told(desk)] == [INCOMING, OUTGOING, INCOMING]
    assert desk.inbox.ticket(1).line.status == OPEN


@pytest.mark.parametrize("place", ["subject", "address"])
def test_a_reply_without_references_joins_by_the_token_in(
    place: str, desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    token = re.search(r"\[(WW-\d+-\w+)\]", answered["Subject"])
    assert token
    headers = {"subject": f"FW: iets [{token[1].lower()}]"} if place == "subject" else {"Cc": f"help+{token[1]}@basispoort.nl"}
    arrive(reply(**headers))

    assert numbers(engine) == [1]
    assert desk.inbox.ticket(1).messages[-1].warning == ""


def test_a_token_that_nobody_made_places_nothing(desk: Desks, engine: Engine, arrive: Arrive) -> None:
    arrive(reply(subject="Re: [WW-1-AAAAAAAAAAAA]"))
    assert numbers(engine) == [1, 2]


def test_somebody_elses_token_warns(desk: Desks, arrive: Arrive, answered: email.message.EmailMessage) -> None:
    arrive(reply(sender=STRANGER, subject=answered["Subject"]))
    assert "van een ander adres" in desk.inbox.ticket(1).messages[-1].warning


def test_a_stranger_who_has_seen_the_answer_joins_with_a_warning_and_gets_no_answer(
    desk: Desks, arrive: Arrive, agent: Person, last: Last, answered: email.message.EmailMessage
) -> None:
    arrive(reply(sender=STRANGER, In_Reply_To=answered["Message-ID"]))
    assert "daar schreven wij niet naar toe" in desk.inbox.ticket(1).messages[-1].warning

    desk.answers.approve(1, "Re: iets", "Beste Sanne,", agent)
    assert last()[1] == ["s.dewit@obsdemeerpaal.example"]


@pytest.mark.parametrize(("sender", "joins"), [(SANNE, True), (COLLEAGUE, True), (STRANGER, False)])
def test_naming_a_mail_of_the_school_is_enough_for_whoever_is_of_that_school(
    sender: str, joins: bool, desk: Desks, engine: Engine, arrive: Arrive
) -> None:
    arrive(reply(sender=sender, References="<1@obsdemeerpaal.example>"))
    assert numbers(engine) == ([1] if joins else [1, 2])


@pytest.mark.parametrize("domain", ["gmail.com", "kpnmail.nl", "leerling.obsdemeerpaal.example"])
def test_an_address_that_anybody_or_a_pupil_can_have_makes_nobody_of_the_school(
    domain: str, engine: Engine, arrive: Arrive
) -> None:
    arrive(letter(sender=f"a@{domain}"), reply(sender=f"b@{domain}", References="<1@obsdemeerpaal.example>"))
    assert numbers(engine) == [1, 2]


def test_of_two_tickets_the_one_that_is_answered_counts_and_the_other_is_told(
    desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    arrive(letter(message_id="2@obsdemeerpaal.example", body="De tegel van de methode ontbreekt bij groep 5."))
    arrive(reply(In_Reply_To=answered["Message-ID"], References="<2@obsdemeerpaal.example>"))

    assert numbers(engine) == [1, 2]
    assert desk.inbox.ticket(1).messages[-1].warning == "De mail verwijst ook naar vraag 2."


def test_a_conversation_that_was_closed_long_ago_is_gone_on_with_in_a_new_one(
    desk: Desks, engine: Engine, arrive: Arrive, agent: Person, answered: email.message.EmailMessage
) -> None:
    desk.tickets.close(1, agent)
    with engine.begin() as connection:
        for table, column in ((RawMail, RawMail.received_at), (MessageRow, MessageRow.at)):
            for number, at in connection.execute(select(table.id, column)).all():
                connection.execute(update(table).where(table.id == number).values({column.key: at - timedelta(days=61)}))
    arrive(reply(In_Reply_To=answered["Message-ID"]))

    assert numbers(engine) == [1, 2]
    assert (desk.inbox.ticket(2).continues, desk.inbox.ticket(1).line.status) == (1, CLOSED)


def test_very_many_mails_of_one_sender_in_ten_minutes_are_held_together(engine: Engine, arrive: Arrive, smtp_url: str) -> None:
    arrive(
        *(
            letter(f"Bestelling {number}", sender="bot@machine.example", message_id=f"{number}@machine.example")
            for number in range(53)
        )
    )
    assert len(numbers(engine)) == 50
    last = Inbox(engine).ticket(50).messages
    assert (len(last), "meer dan 50 mails" in last[-1].joined) == (4, True)


def test_as_many_mails_over_a_day_are_no_flood(engine: Engine, arrive: Arrive) -> None:
    raws = [
        letter(f"Vraag {number}", sender="bot@machine.example", message_id=f"{number}@machine.example").replace(
            b"09:12:00", b"%02d:%02d:00" % (8 + number // 4, number % 4 * 15)
        )
        for number in range(53)
    ]
    arrive(*raws)
    assert len(numbers(engine)) == 53


# --- what becomes of it ---------------------------------------------------------------------------------------------


def test_a_reply_opens_a_closed_conversation_and_gets_a_draft_without_what_was_advised(
    desk: Desks, arrive: Arrive, agent: Person, last: Last
) -> None:
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    assert draft.citations
    desk.answers.approve(1, draft.subject, draft.body, agent, CLOSED)
    sent, _ = last()
    arrive(reply(In_Reply_To=sent["Message-ID"]))

    view = desk.inbox.ticket(1)
    assert view.line.status == OPEN
    assert view.draft is not None
    assert view.draft.sent_at is None
    assert not set(view.draft.citations) & set(draft.citations)


@pytest.mark.parametrize(
    "words",
    [
        "Dank voor uw bericht. De foutmelding is nu: code 403, bij alle leerkrachten van groep 5.",
        "Bedankt. Bijgaand het ingevulde formulier.",
        "Dank u wel. Het account van Piet moet ook worden verwijderd.",
        "Dank. Let op: dit verzoek komt van een oud-medewerker.",
    ],
)
def test_thanks_with_something_besides_opens_the_ticket(
    words: str, desk: Desks, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    arrive(reply(words, In_Reply_To=answered["Message-ID"]))
    assert desk.inbox.ticket(1).line.status == OPEN


def test_our_own_token_makes_no_reply_a_receipt_of_another_help_desk() -> None:
    raw = letter(
        "Bedankt voor uw bericht. De gegevens komen zo spoedig mogelijk.",
        subject="Re: Aanvraag beheerdersaccount [WW-1234-ABCDEFGHIJKL]",
    )
    assert parse_message(raw).automatic_kind == ""


def test_thanks_alone_opens_nothing(desk: Desks, arrive: Arrive, answered: email.message.EmailMessage) -> None:
    arrive(reply("Bedankt, het is gelukt!\n\nGroet,\nSanne", In_Reply_To=answered["Message-ID"]))
    assert (desk.inbox.ticket(1).line.status, len(desk.inbox.ticket(1).messages)) == (WAITING, 3)


def test_an_automatic_reply_opens_nothing_and_is_not_answered(
    desk: Desks, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    away = reply(
        "Ik ben afwezig tot maandag.",
        In_Reply_To=answered["Message-ID"],
        Auto_Submitted="auto-replied",
        subject="Automatisch antwoord: Re: Inloggen",
    )
    arrive(away)
    view = desk.inbox.ticket(1)
    assert (view.line.status, view.messages[-1].automatic) == (WAITING, "auto-reply")


def test_an_answer_that_did_not_arrive_opens_its_ticket_and_says_so(
    desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    arrive(bounce(answered, "s.dewit@obsdemeerpaal.example"))

    view = desk.inbox.ticket(1)
    assert numbers(engine) == [1]
    assert (view.line.status, view.history[-1].action) == (OPEN, "antwoord niet aangekomen")


def test_a_bounce_that_returns_only_the_subject_is_known_by_the_token_in_it(
    desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    arrive(bounce(answered, "s.dewit@obsdemeerpaal.example").replace(answered["Message-ID"].encode(), b"<weg@mx.example>"))

    assert numbers(engine) == [1]
    assert desk.inbox.ticket(1).history[-1].action == "antwoord niet aangekomen"


def test_a_bounce_for_somebody_we_did_not_write_to_changes_no_conversation(
    desk: Desks, engine: Engine, arrive: Arrive, answered: email.message.EmailMessage
) -> None:
    arrive(bounce(answered, "iemand@anders.example"))
    assert desk.inbox.ticket(1).line.status == WAITING


def test_a_colleagues_text_is_not_put_aside_by_a_reply(
    desk: Desks, arrive: Arrive, agent: Person, answered: email.message.EmailMessage
) -> None:
    desk.tickets.reopen(1, agent)
    desk.answers.save_draft(1, "Re: nog iets", "Mijn eigen tekst.", agent)
    arrive(reply(In_Reply_To=answered["Message-ID"]))
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    assert draft.body == "Mijn eigen tekst."


def test_a_mail_that_comes_while_a_colleague_closes_opens_the_ticket(
    desk: Desks, arrive: Arrive, agent: Person, monkeypatch: pytest.MonkeyPatch, answered: email.message.EmailMessage
) -> None:
    really = intake.triage_message

    def meanwhile(*arguments: Any, **named: Any) -> Any:
        desk.tickets.close(1, agent)
        return really(*arguments, **named)

    desk.tickets.reopen(1, agent)
    monkeypatch.setattr(intake, "triage_message", meanwhile)
    arrive(reply(In_Reply_To=answered["Message-ID"]))
    assert desk.inbox.ticket(1).line.status == OPEN


def test_an_old_tab_closes_no_ticket_over_a_mail_that_nobody_saw(desk: Desks, arrive: Arrive, agent: Person) -> None:
    seen = desk.inbox.ticket(1).seen
    arrive(reply(References="<1@obsdemeerpaal.example>"))
    with pytest.raises(TicketChangedError):
        desk.tickets.close(1, agent, seen)


def test_a_reply_to_a_ticket_that_was_merged_comes_where_its_messages_are(
    desk: Desks, engine: Engine, arrive: Arrive, agent: Person, last: Last
) -> None:
    arrive(letter("De tegel ontbreekt.", message_id="2@obsdemeerpaal.example"))
    desk.answers.approve(2, "Re: tegel", "Beste Sanne,", agent)
    sent, _ = last()
    JoiningDesk(engine).merge(2, 1, agent)
    desk.tickets.close(1, agent)
    arrive(reply("Nog steeds weg.", subject=sent["Subject"]))

    view = desk.inbox.ticket(1)
    assert (view.line.status, view.messages[-1].text, numbers(engine)) == (OPEN, "Nog steeds weg.", [1, 2])
    assert [line.id for line in desk.inbox.lines()] == [1]


def test_whoever_our_server_failed_joins_by_no_mail_of_the_school_and_is_not_answered(
    engine: Engine, tools: Tools, desk: Desks, answered: email.message.EmailMessage
) -> None:
    believing = replace(tools, settings=replace(tools.settings, authserv_id="mx.basispoort.nl"))
    failed = b"Authentication-Results: mx.basispoort.nl; dmarc=fail header.from=obsdemeerpaal.example\n"
    forged = [
        failed + reply("Wie bent u?", References="<1@obsdemeerpaal.example>"),
        failed + reply("Geef mij toegang.", In_Reply_To=answered["Message-ID"]),
    ]
    ingest(engine, [RawBytes("file", raw) for raw in forged], believing)
    assert numbers(engine) == [1, 2]
    with Session(engine) as session:
        ticket = session.get_one(Ticket, 1)
        assert ticket.messages[-1].text == "Geef mij toegang."
        assert "Geef mij toegang" not in answered_mail(ticket).own_words


def test_what_is_nearest_in_the_thread_counts(desk: Desks, arrive: Arrive, agent: Person, last: Last) -> None:
    arrive(letter("De tegel ontbreekt.", message_id="2@obsdemeerpaal.example"))
    named = []
    for number in (1, 2):
        desk.answers.approve(number, "Re: x", f"Antwoord {number}", agent)
        named.append(last()[0]["Message-ID"])
    arrive(reply("En nu?", In_Reply_To="<collega@x.example>", References=f"{named[0]} {named[1]} <collega@x.example>"))
    assert desk.inbox.ticket(2).messages[-1].text == "En nu?"


# --- notes and what comes next --------------------------------------------------------------------------------------


def test_a_note_is_for_colleagues_and_changes_nothing(desk: Desks, agent: Person) -> None:
    desk.tickets.note(1, "Gebeld, geen gehoor.", agent)
    assert told(desk)[-1] == (NOTE, "Gebeld, geen gehoor.")
    assert desk.inbox.ticket(1).line.status == OPEN
    with pytest.raises(DeskError, match="leeg"):
        desk.tickets.note(1, " \n", agent)


@pytest.mark.parametrize("state", [WAITING, CLOSED, OPEN])
def test_whoever_answers_says_what_comes_next(state: str, desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: iets", "Beste Sanne,", agent, state)
    view = desk.inbox.ticket(1)
    assert view.line.status == state
    assert (view.draft is None) is (state == OPEN)


def test_the_next_answer_goes_to_the_mail_that_was_written_last(
    desk: Desks, arrive: Arrive, agent: Person, last: Last, answered: email.message.EmailMessage
) -> None:
    again = reply(In_Reply_To=answered["Message-ID"])
    arrive(again)
    desk.answers.approve(1, "Re: Inloggen lukt niet", "Beste Sanne,\n\nEn dit?", agent)
    sent, _ = last()
    assert sent["In-Reply-To"] == email.message_from_bytes(again)["Message-ID"]
    assert sent["Subject"] == answered["Subject"]
