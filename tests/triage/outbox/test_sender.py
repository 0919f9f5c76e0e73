"""The outbox against a real mail server that plays each failure: a school gets an answer once, and the agent knows what became of it."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, Envelope, syntax
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from tests.triage.conftest import LocalServer, Postbox
from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.database.states import OPEN, WAITING
from triage.database.tables import OutboxEntry
from triage.desk.answer_desk import AnswerDesk
from triage.desk.sending import UNDO
from triage.errors import DeskError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools
from triage.outbox.sender import GIVE_UP, Tried, send_due
from triage.sources.files import RawBytes

HELP = "help@basispoort.nl"


def later(minutes: int, start: datetime | None = None) -> Callable[[], datetime]:
    """A clock that stands so many minutes later than `start`, or than it is."""
    return lambda: (start or utc_now()) + timedelta(minutes=minutes)


class Faulty(SMTP):
    """A server that fails at one moment, as often as `faults` says."""

    moment = ""
    faults = 0

    def _fails(self, moment: str) -> bool:
        if self.moment != moment or type(self).faults == 0:
            return False
        type(self).faults -= 1
        return True

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:
        if self._fails("421 at QUIT"):
            await self.push("421 shutting down")
            self.transport.close()
            return
        await super().smtp_QUIT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:
        if self._fails("dropped before DATA"):
            self.transport.close()
            return
        self.drops = self._fails("dropped after DATA")
        await super().smtp_DATA(arg)

    async def push(self, status: Any) -> None:
        if getattr(self, "drops", False) and str(status).startswith("250"):
            self.drops = False
            self.transport.close()
            return
        await super().push(status)


@pytest.fixture
def desk(engine: Engine, tools: Tools, smtp_url: str) -> Desks:
    ingest(engine, [RawBytes("file", letter())], tools)
    return desks(engine, smtp_url)


def entries(engine: Engine) -> list[tuple[str, int]]:
    """State and attempts of what is in the outbox."""
    with Session(engine) as session:
        return [(one.state, one.attempts) for one in session.scalars(select(OutboxEntry))]


def ids(postbox: Postbox) -> list[str]:
    return [str(email.message_from_bytes(one.content or b"")["Message-ID"]) for one in postbox.received]


@pytest.mark.parametrize("moment", ["421 at QUIT", "dropped before DATA", "dropped after DATA"])
def test_an_answer_has_one_message_id_whatever_happens(
    moment: str, engine: Engine, tools: Tools, agent: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Server(LocalServer):
        def factory(self) -> SMTP:
            return Faulty(self.handler, **self.SMTP_kwargs)

    monkeypatch.setattr(Faulty, "moment", moment)
    monkeypatch.setattr(Faulty, "faults", 1)
    server = Server(postbox)
    server.start()
    try:
        url = f"smtp://127.0.0.1:{server.port}"
        ingest(engine, [RawBytes("file", letter())], tools)
        AnswerDesk(engine, url, HELP).approve(1, "Re: hoi", "Beste Sanne", agent)
        tried = [send_due(engine, url, HELP, later(10 * number)) for number in (1, 2, 3)]
    finally:
        server.stop()

    assert sum(one.sent for one in tried) == 1
    assert len(set(ids(postbox))) == 1
    assert entries(engine)[0][0] == "sent"
    if moment == "421 at QUIT":
        assert (tried[0], len(postbox.received)) == (Tried(sent=1), 1)


def test_an_answer_goes_no_sooner_than_it_can_be_taken_back(desk: Desks, engine: Engine, agent: Person, smtp_url: str) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    assert send_due(engine, smtp_url, HELP) == Tried()
    assert send_due(engine, smtp_url, HELP, lambda: utc_now() + UNDO) == Tried(sent=1)


def test_an_answer_that_is_taken_back_is_a_draft_again(
    desk: Desks, engine: Engine, agent: Person, send_mail: Callable[[], Tried]
) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    desk.answers.take_back(1, desk.inbox.ticket(1).messages[-1].number, agent)
    view = desk.inbox.ticket(1)

    assert (view.line.status, len(view.messages), entries(engine), send_mail()) == (OPEN, 1, [], Tried())
    assert view.draft is not None
    assert (view.draft.body, view.draft.sent_at) == ("Beste Sanne", None)


def test_an_answer_on_its_way_is_not_taken_back(desk: Desks, agent: Person, send_mail: Callable[[], Tried]) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    send_mail()
    with pytest.raises(DeskError, match="al onderweg"):
        desk.answers.take_back(1, desk.inbox.ticket(1).messages[-1].number, agent)
    assert len(desk.inbox.ticket(1).messages) == 2


def test_what_the_server_does_not_take_now_is_tried_later_and_later(
    desk: Desks, engine: Engine, agent: Person, postbox: Postbox, smtp_url: str
) -> None:
    postbox.refusal = "451 later"
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    start = utc_now()
    tries = [minute for minute in range(1, 60) if send_due(engine, smtp_url, HELP, later(minute, start)).put_off]

    assert tries == [1, 2, 4, 9, 19, 49]
    assert (desk.inbox.ticket(1).line.status, desk.inbox.ticket(1).messages[-1].how) == (WAITING, "waiting")


def test_what_the_server_never_takes_opens_the_ticket_with_its_words(
    desk: Desks, agent: Person, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    postbox.refusal = "550 5.7.1 spam"
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    assert send_mail() == Tried(failed=1)

    view = desk.inbox.ticket(1)
    assert (view.line.status, view.messages[-1].how) == (OPEN, "failed")
    assert "550 5.7.1 spam" in view.messages[-1].warning
    assert view.history[-1].action == "antwoord niet verstuurd"


def test_after_two_days_an_answer_is_given_up(
    desk: Desks, engine: Engine, agent: Person, postbox: Postbox, smtp_url: str
) -> None:
    postbox.refusal = "451 later"
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    assert send_due(engine, smtp_url, HELP, lambda: utc_now() + GIVE_UP + UNDO) == Tried(failed=1)
    assert desk.inbox.ticket(1).line.status == OPEN


def test_what_a_sender_that_died_had_is_sent_by_the_next(
    desk: Desks, engine: Engine, agent: Person, smtp_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)

    def dies(*arguments: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("triage.outbox.sender.send", dies)
        with pytest.raises(KeyboardInterrupt):
            send_due(engine, smtp_url, HELP, lambda: utc_now() + UNDO)
    assert send_due(engine, smtp_url, HELP, lambda: utc_now() + UNDO) == Tried()
    assert send_due(engine, smtp_url, HELP, lambda: utc_now() + timedelta(minutes=46)) == Tried(sent=1)


def test_long_message_ids_are_not_encoded_and_stand_once_in_order(
    engine: Engine, tools: Tools, agent: Person, smtp_url: str, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    own, before = f"{'a' * 90}@outlook.example", f"{'b' * 90}@outlook.example"
    ingest(
        engine,
        [
            RawBytes(
                "file",
                letter(message_id=own).replace(
                    b"\nSubject", f"\nIn-Reply-To: <{before}>\nReferences: <eerst@x.example> <{before}>\nSubject".encode(), 1
                ),
            )
        ],
        tools,
    )
    AnswerDesk(engine, smtp_url, HELP).approve(1, "Re: hoi", "Beste Sanne", agent)
    send_mail()
    envelope: Envelope = postbox.received[0]
    assert isinstance(envelope.content, bytes)

    mail = email.message_from_bytes(envelope.content, policy=email.policy.compat32)
    assert mail["In-Reply-To"] == f"<{own}>"
    assert mail["References"].split() == ["<eerst@x.example>", f"<{before}>", f"<{own}>"]


def test_the_mail_that_is_answered_stands_below(
    desk: Desks, agent: Person, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    send_mail()
    text = email.message_from_bytes(postbox.received[0].content or b"", policy=email.policy.default).get_content()  # type: ignore[attr-defined]
    assert "Sanne de Wit <s.dewit@obsdemeerpaal.example>:" in text
    assert "> Ik kan niet inloggen, het wachtwoord werkt niet meer." in text


def test_an_answer_that_cannot_be_made_stops_no_other(
    engine: Engine, tools: Tools, agent: Person, smtp_url: str, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    odd = letter(sender="a@x.example").replace(b"From: a@x.example", b"From: <a@[c.nl>")
    ingest(engine, [RawBytes("file", odd), RawBytes("file", letter(message_id="2@x.example"))], tools)
    desk = desks(engine, smtp_url)
    for number in (1, 2):
        desk.answers.approve(number, "Re: hoi", "Beste Sanne", agent)

    assert send_mail() == Tried(sent=1, failed=1)
    assert (desk.inbox.ticket(1).line.status, len(postbox.received)) == (OPEN, 1)


def test_an_answer_goes_to_one_plain_address_or_to_nobody(
    engine: Engine, tools: Tools, agent: Person, smtp_url: str, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    two = letter().replace(
        b"From: Sanne de Wit <s.dewit@obsdemeerpaal.example>",
        b"From: Directie <fraude@evil.example;directie@obsdemeerpaal.example>",
    )
    ingest(engine, [RawBytes("file", two)], tools)
    AnswerDesk(engine, smtp_url, HELP).approve(1, "Re: hoi", "Beste Sanne", agent)
    assert send_mail() == Tried(failed=1)
    assert postbox.received == []


@pytest.mark.parametrize("refusal", ["530 5.7.0 Authentication required", "535 no"])
def test_a_server_that_wants_us_to_sign_in_is_asked_again(
    refusal: str, desk: Desks, agent: Person, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    postbox.refusal = refusal
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    assert send_mail() == Tried(put_off=1)


def test_others_get_a_copy_when_a_colleague_says_so_and_take_part_from_then_on(
    desk: Desks, engine: Engine, tools: Tools, agent: Person, smtp_url: str, postbox: Postbox
) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent, copies_to="Directie@school.example; ib@school.example")
    send_due(engine, smtp_url, HELP, later(1))
    (sent,) = postbox.received
    mail = email.message_from_bytes(sent.content or b"", policy=email.policy.default)
    assert set(sent.rcpt_tos) == {"s.dewit@obsdemeerpaal.example", "directie@school.example", "ib@school.example"}
    assert mail["Cc"] == "directie@school.example, ib@school.example"

    reply = letter("Dank u.", sender="directie@school.example", message_id="9@school.example", In_Reply_To=mail["Message-ID"])
    ingest(engine, [RawBytes("file", reply)], tools)
    view = desk.inbox.ticket(1)
    assert (view.messages[-1].address, view.messages[-1].warning) == ("directie@school.example", "")
    assert view.copies_to == ()  # what was written to us alone is not copied to the others


@pytest.mark.parametrize("typed", ["geen adres", "a@b@c.example", ", ".join(f"x{one}@school.example" for one in range(11))])
def test_what_is_no_list_of_addresses_is_refused_before_anything_is_sent(
    typed: str, desk: Desks, engine: Engine, agent: Person
) -> None:
    with pytest.raises(DeskError):
        desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent, copies_to=typed)
    assert entries(engine) == []


def test_a_copy_that_the_server_refuses_is_told_on_the_ticket(
    engine: Engine, tools: Tools, agent: Person, postbox: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(server: SMTP, session: object, envelope: Envelope, address: str, options: list[str]) -> str:
        if address.startswith("weg@"):
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    monkeypatch.setattr(postbox, "handle_RCPT", refuse, raising=False)
    server = LocalServer(postbox)
    server.start()
    try:
        url = f"smtp://127.0.0.1:{server.port}"
        ingest(engine, [RawBytes("file", letter())], tools)
        desk = desks(engine, url)
        desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent, copies_to="weg@school.example")
        assert send_due(engine, url, HELP, later(1)) == Tried(sent=1)
    finally:
        server.stop()
    view = desk.inbox.ticket(1)
    assert (view.line.status, view.messages[-1].warning) == (OPEN, "De mailserver nam de mail niet aan voor weg@school.example.")
