"""The desk: what a person can do with a ticket; each action is checked, done and audited."""

from __future__ import annotations

import email
import email.policy
import shutil
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb import KnowledgeBase
from kb.settings import SHIPPED_DATA, Settings, read_settings
from tests.triage.conftest import Postbox
from tests.triage.desks import Desks, desks
from tests.triage.letters import letter
from triage.accounts.accounts import Person
from triage.classify import load_taxonomy
from triage.classify.training import Model
from triage.database.opening import open_database
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Draft, Ticket
from triage.desk.inbox import Inbox
from triage.documents.opened_mail import open_mail
from triage.errors import DeskError, TicketChangedError
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools, triage_message
from triage.outbox.sender import Tried
from triage.register.register import Register
from triage.sources.files import RawBytes

HELP = "help@basispoort.nl"
REQUEST = SHIPPED_DATA / "demo" / "mail" / "83-aanvraag-niet-ondertekend.eml"


def arrive(engine: Engine, tools: Tools, *raws: bytes) -> None:
    """Mails come in; their tickets are numbered from 1."""
    ingest(engine, [RawBytes("file", raw) for raw in raws], tools)


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desks:
    """A desk that sends no mail, with one ticket."""
    arrive(engine, tools, letter())
    return desks(engine)


@pytest.fixture
def mailing_desk(engine: Engine, tools: Tools, smtp_url: str) -> Desks:
    """A desk that sends through a real server, with one ticket."""
    arrive(engine, tools, letter())
    return desks(engine, smtp_url)


@pytest.fixture
def colleague(hire: Callable[[str, str], Person]) -> Person:
    return hire("wim", "senior")


@pytest.fixture(scope="module")
def database_with_request(
    knowledge: KnowledgeBase, model: Model, register: Register, new_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A database with one formal request; reading its PDF takes a while, so that is done once."""
    folder = tmp_path_factory.mktemp("request")
    path = Path(shutil.copy(new_database, folder / "request.db"))
    engine = open_database(f"sqlite:///{path}")
    settings = read_settings({"WEGWIJZER_VAR_DIR": str(folder), "WEGWIJZER_ENCODER": "none"})
    arrive(engine, Tools(knowledge, model, register, settings), REQUEST.read_bytes())
    engine.dispose()
    return path


@pytest.fixture
def request_desk(database_with_request: Path, settings: Settings, engine: Engine) -> Desks:
    """A desk that sends no mail, with one formal request."""
    engine.dispose()
    shutil.copy(database_with_request, settings.var_dir / "wegwijzer.db")
    return desks(engine)


def actions(desk: Desks) -> list[tuple[str, str, str]]:
    """Who did what on ticket 1 since it came in."""
    return [(entry.actor, entry.action, entry.detail) for entry in desk.inbox.ticket(1).history[1:]]


def other_intent(desk: Desks, *not_these: str) -> str:
    """An ordinary intent that ticket 1 does not have."""
    taken = {desk.inbox.ticket(1).line.intent, *not_these}
    return next(
        label
        for label, intent in load_taxonomy().intents.items()
        if label not in taken and intent.reply and not intent.formal_request
    )


# --- looking --------------------------------------------------------------------------------------------------------


def test_a_ticket_shows_the_mail_what_was_decided_and_the_draft(desk: Desks) -> None:
    view = desk.inbox.ticket(1)

    assert (view.line.subject, view.line.sender, view.line.status) == ("Inloggen lukt niet", "Sanne de Wit", OPEN)
    assert "wachtwoord" in view.message.text
    assert view.classification["intent"] == view.line.intent
    assert view.draft is not None
    assert view.draft.sent_at is None


def test_a_sender_without_a_name_is_shown_by_address(engine: Engine, tools: Tools) -> None:
    arrive(engine, tools, letter(sender="s.dewit@kei.example"))

    assert Inbox(engine).ticket(1).line.sender == "s.dewit@kei.example"


def test_a_mail_without_subject_is_named_in_the_inbox(engine: Engine, tools: Tools) -> None:
    arrive(engine, tools, letter(subject=""))

    assert [line.subject for line in Inbox(engine).lines()] == ["(geen onderwerp)"]


def test_a_formal_request_shows_its_verification(request_desk: Desks) -> None:
    view = request_desk.inbox.ticket(1)

    assert view.line.verdict == "onvolledig"
    assert view.verification is not None
    assert view.verification.request == "eerste-beheerder-aanvraag"


def test_an_ordinary_question_shows_no_verification(desk: Desks) -> None:
    assert (desk.inbox.ticket(1).verification, desk.inbox.ticket(1).line.verdict) == (None, None)


@pytest.fixture
def busy_desk(engine: Engine, tools: Tools, desk: Desks) -> Desks:
    """Four tickets whose priority, due time and queue are set by hand."""
    arrive(engine, tools, *(letter(subject=f"Vraag {n}", sender=f"s{n}@kei.example", message_id=f"{n}@x") for n in (2, 3, 4)))
    rows = {1: ("laag", 9), 2: ("urgent", 16), 3: ("normaal", 10), 4: ("urgent", 11)}
    with Session(engine) as session, session.begin():
        for number, (priority, hour) in rows.items():
            ticket = session.get_one(Ticket, number)
            ticket.priority, ticket.due_at = priority, datetime(2026, 11, 23, hour, tzinfo=UTC)
            ticket.queue = "privacy" if number == 3 else "eerstelijn"
    return desk


def numbers(lines: Sequence[object]) -> list[int]:
    return [line.id for line in lines]


def test_the_inbox_is_ordered_by_priority_and_then_by_due_time(busy_desk: Desks) -> None:
    assert numbers(busy_desk.inbox.lines()) == [4, 2, 3, 1]


def test_the_inbox_of_a_queue_holds_that_queue_only(busy_desk: Desks) -> None:
    assert numbers(busy_desk.inbox.lines(queue="privacy")) == [3]


def test_the_inbox_shows_as_many_tickets_as_asked(busy_desk: Desks) -> None:
    assert numbers(busy_desk.inbox.lines(limit=2)) == [4, 2]


def test_the_inbox_counts_open_tickets_by_queue(busy_desk: Desks, agent: Person) -> None:
    busy_desk.tickets.close(1, agent)

    assert (busy_desk.inbox.counts(), busy_desk.inbox.counts(CLOSED)) == ({"eerstelijn": 2, "privacy": 1}, {"eerstelijn": 1})


def test_closed_tickets_are_shown_when_asked_for(busy_desk: Desks, agent: Person) -> None:
    busy_desk.tickets.close(2, agent)

    assert (numbers(busy_desk.inbox.lines()), numbers(busy_desk.inbox.lines(status=CLOSED))) == ([4, 3, 1], [2])


def test_my_tickets_are_those_assigned_to_me(busy_desk: Desks, agent: Person, colleague: Person) -> None:
    busy_desk.tickets.assign(1, agent.name, agent)
    busy_desk.tickets.assign(2, colleague.name, agent)

    assert numbers(busy_desk.inbox.lines(mine=agent)) == [1]


def test_colleagues_are_everybody_with_an_account(desk: Desks, agent: Person, colleague: Person) -> None:
    assert desk.inbox.colleagues() == [agent, colleague]


# --- what is not there ----------------------------------------------------------------------------------------------

TICK = "geen_actieve_beheerder"
Act = Callable[[Desks, int, Person, Tools], object]
ACTIONS: dict[str, Act] = {
    "assign": lambda desk, number, who, tools: desk.tickets.assign(number, who.name, who),
    "save_draft": lambda desk, number, who, tools: desk.answers.save_draft(number, "Re: hoi", "Beste Sanne", who),
    "approve": lambda desk, number, who, tools: desk.answers.approve(number, "Re: hoi", "Beste Sanne", who),
    "correct_intent": lambda desk, number, who, tools: desk.tickets.correct_intent(number, "storing", who, tools),
    "tick": lambda desk, number, who, tools: desk.requests.tick(number, TICK, True, who),
    "close": lambda desk, number, who, tools: desk.tickets.close(number, who),
    "reopen": lambda desk, number, who, tools: desk.tickets.reopen(number, who),
}


@pytest.mark.parametrize("act", ACTIONS.values(), ids=ACTIONS)
def test_no_action_is_possible_on_a_ticket_that_does_not_exist(desk: Desks, agent: Person, tools: Tools, act: Act) -> None:
    with pytest.raises(DeskError, match="Vraag 99 bestaat niet"):
        act(desk, 99, agent, tools)


def test_a_ticket_that_does_not_exist_is_refused(desk: Desks) -> None:
    with pytest.raises(DeskError, match="Vraag 99 bestaat niet"):
        desk.inbox.ticket(99)


# --- the audit trail ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("assign", "toegewezen"),
        ("save_draft", "antwoord aangepast"),
        ("approve", "gemarkeerd als verstuurd"),
        ("correct_intent", "onderwerp gewijzigd"),
        ("close", "gesloten"),
    ],
)
def test_every_action_is_audited_with_who_did_it(desk: Desks, agent: Person, tools: Tools, name: str, action: str) -> None:
    ACTIONS[name](desk, 1, agent, tools)

    last = desk.inbox.ticket(1).history[-1]
    assert (last.actor, last.action) == (agent.name, action)


def test_reopening_is_audited_with_who_did_it(desk: Desks, agent: Person, colleague: Person) -> None:
    desk.tickets.close(1, agent)
    desk.tickets.reopen(1, colleague)

    assert actions(desk) == [("noor", "gesloten", ""), ("wim", "heropend", "")]


def test_the_audit_trail_tells_the_whole_story_in_order(desk: Desks, agent: Person, colleague: Person) -> None:
    desk.tickets.assign(1, "wim", agent)
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", colleague)

    assert actions(desk) == [
        ("noor", "toegewezen", "aan: wim"),
        ("wim", "antwoord aangepast", ""),
        ("wim", "gemarkeerd als verstuurd", ""),
    ]


def test_an_action_that_is_refused_leaves_no_trace(desk: Desks, agent: Person) -> None:
    with pytest.raises(DeskError):
        desk.answers.save_draft(1, "Re: hoi", " ", agent)

    assert actions(desk) == []


# --- assigning and ticking ------------------------------------------------------------------------------------------


def test_a_ticket_can_be_given_to_a_colleague_and_to_nobody(desk: Desks, agent: Person, colleague: Person) -> None:
    desk.tickets.assign(1, colleague.name, agent)
    given = desk.inbox.ticket(1).line.assignee
    desk.tickets.assign(1, None, agent)

    assert (given, desk.inbox.ticket(1).line.assignee) == ("wim", None)


def test_a_ticket_cannot_be_given_to_somebody_without_account(desk: Desks, agent: Person) -> None:
    with pytest.raises(DeskError, match="Er is geen collega piet"):
        desk.tickets.assign(1, "piet", agent)


def test_ticking_and_unticking_a_point_shows_the_last_of_both(request_desk: Desks, agent: Person) -> None:
    request_desk.requests.tick(1, TICK, True, agent)
    assert request_desk.inbox.ticket(1).ticked == {TICK}
    request_desk.requests.tick(1, TICK, False, agent)

    assert request_desk.inbox.ticket(1).ticked == frozenset()
    assert actions(request_desk) == [
        ("noor", "afgevinkt", f"veld: {TICK}, aan: ja"),
        ("noor", "afgevinkt", f"veld: {TICK}, aan: nee"),
    ]


def test_a_question_has_no_points_to_tick(desk: Desks, agent: Person) -> None:
    with pytest.raises(DeskError, match="geen formele aanvraag"):
        desk.requests.tick(1, TICK, True, agent)


# --- the answer -----------------------------------------------------------------------------------------------------


def drafts(engine: Engine) -> list[Draft]:
    with Session(engine) as session:
        return list(session.scalars(select(Draft).order_by(Draft.id)))


def test_an_edited_draft_is_the_draft_from_then_on(desk: Desks, agent: Person) -> None:
    desk.answers.save_draft(1, "Re: hoi", "Beste Sanne", agent)
    draft = desk.inbox.ticket(1).draft

    assert draft is not None
    assert (draft.subject, draft.body, draft.sent_at) == ("Re: hoi", "Beste Sanne", None)


def test_a_draft_is_not_kept_over_what_came_meanwhile(desk: Desks, agent: Person) -> None:
    seen = desk.inbox.ticket(1).seen
    desk.tickets.note(1, "De school belde: het is opgelost.", agent)
    with pytest.raises(TicketChangedError):
        desk.answers.save_draft(1, "Re: hoi", "Beste Sanne", agent, seen)


def test_the_draft_before_an_edit_stays_on_record(desk: Desks, agent: Person, engine: Engine) -> None:
    (bot,) = drafts(engine)
    desk.answers.save_draft(1, "Re: hoi", "Beste Sanne", agent)

    assert [(draft.body, draft.author_id) for draft in drafts(engine)] == [(bot.body, None), ("Beste Sanne", agent.id)]


def test_an_edited_draft_keeps_the_articles_it_rests_on(desk: Desks, agent: Person, engine: Engine) -> None:
    desk.answers.save_draft(1, "Re: hoi", "Beste Sanne", agent)
    before, after = drafts(engine)

    assert after.citations == before.citations != []


def test_saving_a_draft_that_did_not_change_adds_nothing(desk: Desks, agent: Person, engine: Engine) -> None:
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    desk.answers.save_draft(1, draft.subject, draft.body, agent)

    assert (len(drafts(engine)), actions(desk)) == (1, [])


@pytest.mark.parametrize("act", ["save_draft", "approve"])
def test_an_empty_answer_is_refused(desk: Desks, agent: Person, act: str) -> None:
    with pytest.raises(DeskError, match="Het antwoord is leeg"):
        getattr(desk.answers, act)(1, "Re: hoi", " \n", agent)


def test_an_automatic_mail_can_be_answered_by_a_person_after_all(engine: Engine, tools: Tools, agent: Person) -> None:
    arrive(engine, tools, letter(Auto_Submitted="auto-replied"))
    desk = desks(engine)
    assert desk.inbox.ticket(1).draft is None

    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)

    assert desk.inbox.ticket(1).line.status == WAITING


def test_without_a_mail_server_an_approved_answer_counts_as_sent_by_hand(desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    view = desk.inbox.ticket(1)

    assert not desk.answers.sends_mail
    assert view.draft is not None
    assert view.draft.sent_at is not None
    assert (view.draft.sent_how, view.line.status) == ("hand", WAITING)


def test_approving_the_draft_as_it_stands_adds_no_second_one(desk: Desks, agent: Person, engine: Engine) -> None:
    draft = desk.inbox.ticket(1).draft
    assert draft is not None
    desk.answers.approve(1, draft.subject, draft.body, agent)

    assert [row.sent_how for row in drafts(engine)] == ["hand"]


def test_with_a_mail_server_an_approved_answer_is_sent(
    mailing_desk: Desks, agent: Person, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    mailing_desk.answers.approve(1, "Re: Inloggen lukt niet", "Beste Sanne,\n\nProbeer dit.", agent)
    assert postbox.received == []
    assert send_mail() == Tried(sent=1)

    (envelope,) = postbox.received
    mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
    assert (envelope.rcpt_tos, mail["From"]) == (["s.dewit@obsdemeerpaal.example"], f'"noor (Basispoort)" <{HELP}>')
    assert mail["Subject"].startswith("Re: Inloggen lukt niet [WW-1-")
    assert mail["In-Reply-To"] == "<1@obsdemeerpaal.example>"
    assert mail.get_content().replace("\r\n", "\n").startswith("Beste Sanne,\n\nProbeer dit.\n\n")


def test_an_answer_that_was_approved_is_recorded_as_such(mailing_desk: Desks, agent: Person) -> None:
    mailing_desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    view = mailing_desk.inbox.ticket(1)

    assert mailing_desk.answers.sends_mail
    assert view.draft is not None
    assert (view.draft.sent_how, view.line.status) == ("smtp", WAITING)
    assert actions(mailing_desk)[-1] == ("noor", "antwoord goedgekeurd", "")


def test_an_answer_is_sent_once(
    mailing_desk: Desks, agent: Person, colleague: Person, postbox: Postbox, send_mail: Callable[[], Tried]
) -> None:
    mailing_desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    with pytest.raises(DeskError, match="wacht op antwoord"):
        mailing_desk.answers.approve(1, "Re: hoi", "Beste Sanne", colleague)

    assert [send_mail(), send_mail()] == [Tried(sent=1), Tried()]
    assert len(postbox.received) == 1


# --- closing --------------------------------------------------------------------------------------------------------

CHANGES_AN_ANSWER = {name: ACTIONS[name] for name in ("save_draft", "approve", "correct_intent")}


@pytest.mark.parametrize("act", CHANGES_AN_ANSWER.values(), ids=CHANGES_AN_ANSWER)
def test_a_closed_ticket_refuses(desk: Desks, agent: Person, tools: Tools, act: Act) -> None:
    desk.tickets.close(1, agent)

    with pytest.raises(DeskError, match="al gesloten; heropen hem eerst"):
        act(desk, 1, agent, tools)


@pytest.mark.parametrize("act", CHANGES_AN_ANSWER.values(), ids=CHANGES_AN_ANSWER)
def test_an_answered_ticket_refuses(desk: Desks, agent: Person, tools: Tools, act: Act) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)

    with pytest.raises(DeskError, match="wacht op antwoord; heropen hem eerst"):
        act(desk, 1, agent, tools)


@pytest.mark.parametrize("act", CHANGES_AN_ANSWER.values(), ids=CHANGES_AN_ANSWER)
def test_a_reopened_ticket_can_be_worked_on_again(desk: Desks, agent: Person, tools: Tools, act: Act) -> None:
    desk.tickets.close(1, agent)
    desk.tickets.reopen(1, agent)

    act(desk, 1, agent, tools)

    assert desk.inbox.ticket(1).history[-1].action != "heropend"


def test_a_ticket_is_closed_once(desk: Desks, agent: Person) -> None:
    desk.tickets.close(1, agent)

    with pytest.raises(DeskError, match="al gesloten"):
        desk.tickets.close(1, agent)


def test_an_answered_ticket_can_be_closed(desk: Desks, agent: Person) -> None:
    desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)
    desk.tickets.close(1, agent)

    assert desk.inbox.ticket(1).line.status == CLOSED


def test_a_closed_ticket_sends_no_mail(mailing_desk: Desks, agent: Person, postbox: Postbox) -> None:
    mailing_desk.tickets.close(1, agent)
    with pytest.raises(DeskError):
        mailing_desk.answers.approve(1, "Re: hoi", "Beste Sanne", agent)

    assert postbox.received == []


# --- another intent -------------------------------------------------------------------------------------------------


def test_a_corrected_intent_is_that_of_the_agent(desk: Desks, agent: Person, tools: Tools) -> None:
    label = other_intent(desk)
    desk.tickets.correct_intent(1, label, agent, tools)
    line = desk.inbox.ticket(1).line

    assert (line.intent, line.decision) == (label, "agent")


def test_a_corrected_intent_routes_anew_from_the_time_of_receipt(desk: Desks, agent: Person, tools: Tools) -> None:
    view = desk.inbox.ticket(1)
    desk.tickets.correct_intent(1, "storing", agent, tools)
    line = desk.inbox.ticket(1).line

    expected = triage_message(open_mail(view.message), view.received_at, tools, "storing").route
    assert expected.queue == "incidenten" != view.line.queue
    assert (line.queue, line.priority, line.due_at) == (expected.queue, expected.priority, expected.due)


def test_a_corrected_intent_drafts_anew_from_the_articles_of_that_intent(desk: Desks, agent: Person, tools: Tools) -> None:
    label = "inloggen-thuis"
    assert desk.inbox.ticket(1).line.intent != label
    desk.tickets.correct_intent(1, label, agent, tools)
    draft = desk.inbox.ticket(1).draft

    assert draft is not None
    assert set(draft.citations) <= set(load_taxonomy()[label].topics)
    assert draft.citations != ()


def test_what_the_classifier_said_stays_on_record(desk: Desks, agent: Person, tools: Tools) -> None:
    said = desk.inbox.ticket(1).classification
    desk.tickets.correct_intent(1, other_intent(desk), agent, tools)

    assert desk.inbox.ticket(1).classification == said


def test_a_correction_is_audited_with_both_intents_by_title(desk: Desks, agent: Person, tools: Tools) -> None:
    before = load_taxonomy()[desk.inbox.ticket(1).line.intent].title
    desk.tickets.correct_intent(1, "storing", agent, tools)

    ((actor, action, detail),) = actions(desk)
    assert (actor, action) == ("noor", "onderwerp gewijzigd")
    assert detail.startswith(f"van: {before}, naar: Storing")


def test_a_ticket_shows_the_rule_by_which_it_went(desk: Desks) -> None:
    view = desk.inbox.ticket(1)

    assert view.rule
    assert view.rule in view.history[0].detail


def test_after_a_correction_the_ticket_shows_the_rule_for_the_new_subject(desk: Desks, agent: Person, tools: Tools) -> None:
    chosen = other_intent(desk)
    desk.tickets.correct_intent(1, chosen, agent, tools)
    view = desk.inbox.ticket(1)

    assert view.rule == f"Gebruikelijk voor {load_taxonomy()[chosen].title}"
    assert view.history[-1].detail.endswith(f"regel: {view.rule}")


def test_correcting_to_the_same_intent_changes_nothing(desk: Desks, agent: Person, tools: Tools, engine: Engine) -> None:
    before = desk.inbox.ticket(1).line
    desk.tickets.correct_intent(1, before.intent, agent, tools)

    assert (desk.inbox.ticket(1).line, actions(desk), len(drafts(engine))) == (before, [], 1)


def test_an_intent_that_does_not_exist_is_refused(desk: Desks, agent: Person, tools: Tools) -> None:
    with pytest.raises(DeskError, match="'koffie' bestaat niet"):
        desk.tickets.correct_intent(1, "koffie", agent, tools)


def test_a_request_corrected_to_a_question_shows_no_verification(request_desk: Desks, tools: Tools, agent: Person) -> None:
    request_desk.tickets.correct_intent(1, "inloggen-leerkracht", agent, tools)
    view = request_desk.inbox.ticket(1)

    assert (view.verification, view.line.verdict) == (None, None)


def test_a_request_corrected_to_another_request_is_verified_anew(request_desk: Desks, tools: Tools, agent: Person) -> None:
    request_desk.tickets.correct_intent(1, "schoolaccount-nieuw", agent, tools)
    verification = request_desk.inbox.ticket(1).verification

    assert verification is not None
    assert verification.request == "schoolaccount-nieuw"
