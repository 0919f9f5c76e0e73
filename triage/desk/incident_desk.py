"""Handling incidents: answer all at once, tell the public pages, and tell everybody that it is over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from kb.articles.announcements import announce, end_notice
from kb.settings import organisation
from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.answer.answer import hello, load_wording, reply_subject
from triage.classify.intents import load_taxonomy
from triage.database.states import OPEN, WAITING
from triage.database.tables import Incident, Ticket, moment
from triage.desk.answer_desk import AnswerDesk
from triage.desk.inbox import Inbox
from triage.desk.one_ticket import find_ticket
from triage.errors import DeskError, TriageError
from triage.incidents.incidents import free, put_in
from triage.incidents.surge import load_surge_rules
from triage.mail.read_mail import read_mail
from triage.tickets.view import TicketLine, is_request, line_of


@dataclass(frozen=True, slots=True)
class IncidentView:
    """An incident as a page shows it."""

    number: int
    intent: str
    words: tuple[str, ...]
    reason: str
    opened_at: datetime
    closed_at: datetime | None
    notice: int | None
    lines: tuple[TicketLine, ...]  # its tickets


@dataclass(frozen=True, slots=True)
class Told:
    """What came of telling everybody something."""

    sent: int
    failed: tuple[str, ...]  # Dutch: which ticket, and why


class IncidentDesk:
    """Actions on incidents, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # --- looking ------------------------------------------------------------------------------------------------

    def open_ones(self) -> list[IncidentView]:
        """Incidents that are going on, newest first."""
        return self._views(Incident.closed_at.is_(None))

    def closed_ones(self, since: datetime) -> list[IncidentView]:
        """Incidents that were closed since a moment, newest first."""
        return self._views(Incident.closed_at >= since)

    def view(self, number: int) -> IncidentView:
        """One incident. Raises DeskError when it doesn't exist."""
        with Session(self._engine) as session:
            return _view(_get(session, number))

    def left_out(self, number: int) -> list[TicketLine]:
        """Open mails since the first hour of an incident that are not in it but have its subject, or one of its words.

        Raises DeskError.
        """
        with Session(self._engine) as session:
            incident = _get(session, number)
            since = incident.opened_at - load_surge_rules().window
            tickets = session.scalars(select(Ticket).where(Ticket.status == OPEN, moment() > since, *free()).order_by(Ticket.id))
            words = set(incident.words)
            return [line_of(one) for one in tickets if one.intent == incident.intent or words & set(one.words or ())]

    def _views(self, condition: ColumnElement[bool]) -> list[IncidentView]:
        with Session(self._engine) as session:
            return [_view(one) for one in session.scalars(select(Incident).where(condition).order_by(Incident.id.desc()))]

    # --- acting -------------------------------------------------------------------------------------------------

    def open_by_hand(self, ticket: int, by: Person) -> int:
        """Start an incident with one mail; returns its number. Raises DeskError when the mail belongs to one."""
        with Session(self._engine) as session, session.begin():
            row = _free_ticket(session, ticket)
            incident = Incident(intent=row.intent, words=[], reason=f"Geopend door {by.name}.", opened_at=utc_now())
            session.add(incident)
            session.flush()
            put_in(row, incident, by.name)
            return incident.id

    def add(self, number: int, ticket: int, by: Person) -> None:
        """Add a mail to an incident. Raises DeskError when the mail belongs to one, or the incident is closed."""
        self.add_all(number, [ticket], by)

    def add_all(self, number: int, tickets: Sequence[int], by: Person) -> None:
        """Add mails to an incident, all or none. Raises DeskError when one belongs to an incident, or the incident is closed."""
        with Session(self._engine) as session, session.begin():
            incident = _open_one(session, number)
            for ticket in tickets:
                put_in(_free_ticket(session, ticket), incident, by.name)

    def remove(self, ticket: int, by: Person) -> None:
        """Take a mail out of its incident; it is not added again by itself. Raises DeskError."""
        with Session(self._engine) as session, session.begin():
            row = find_ticket(session, ticket)
            row.audit(by.name, "uit storing gehaald", storing=row.incident_id or "geen")
            row.incident_id, row.left_incident_at = None, utc_now()

    def answer_all(self, number: int, text: str, text_en: str, by: Person, answers: AnswerDesk) -> Told:
        """Answer every open mail of an incident, each with its own greeting and in its own language."""
        return self._tell(number, (text, text_en), by, answers.approve, {OPEN})

    def place_notice(self, number: int, text: str, text_en: str, hours: float, by: Person) -> None:
        """Place a message on the public pages, ended when the incident is closed or after so many hours.

        Raises DeskError, or AnnouncementError for a text that can't be shown.
        """
        now = utc_now()
        with Session(self._engine) as session:
            _open_one(session, number)
        made = announce(self._engine, text, text_en, "", now, now + timedelta(hours=hours), by.name)
        with Session(self._engine) as session, session.begin():
            _open_one(session, number).notice = made

    def close(self, number: int, text: str, text_en: str, by: Person, answers: AnswerDesk) -> Told:
        """Tell every writer that it is over, close their mails, end the message on the public pages and close the incident.

        When a mail can't be sent the incident stays open with the mails that are left, and closing again goes on with those.
        """
        told = self._tell(number, (text, text_en), by, answers.finish, {OPEN, WAITING})
        if not told.failed:
            with Session(self._engine) as session, session.begin():
                incident = _open_one(session, number)
                incident.closed_at = utc_now()
                notice = incident.notice
            if notice is not None:
                end_notice(self._engine, notice, utc_now())
        return told

    def _tell(
        self,
        number: int,
        texts: tuple[str, str],
        by: Person,
        say: Callable[[int, str, str, Person], None],
        statuses: set[str],
    ) -> Told:
        """Say something, in the language of the organisation or in English, to the writers of the tickets that have one of some statuses.

        An automatic mail gets no answer: two machines would write to each other.
        """
        text, text_en = texts
        if not text.strip():
            raise DeskError("Het bericht is leeg; schrijf eerst een tekst.")
        with Session(self._engine) as session:
            tickets = [ticket.id for ticket in _open_one(session, number).tickets if ticket.status in statuses]
        inbox, sent, failed = Inbox(self._engine), 0, []
        for ticket in tickets:
            view = inbox.ticket(ticket)
            if view.message.automatic:
                continue
            if view.verification is not None:
                failed.append(f"Vraag {ticket}: dit is een formele aanvraag; haal hem uit de storing en beoordeel hem apart.")
                continue
            language = view.language if text_en.strip() else organisation().language
            own = text if organisation().answers_as_written(language) else text_en
            wording = load_wording(language)
            greeted = hello(read_mail(view.message), load_taxonomy()[view.line.intent], language)
            body = f"{greeted}\n\n{own.strip()}\n\n{wording['close']}"
            try:
                say(ticket, reply_subject(view.message.subject, wording), body, by)
                sent += 1
            except TriageError as error:
                failed.append(f"Vraag {ticket}: {error}")
        return Told(sent, tuple(failed))


def _free_ticket(session: Session, number: int) -> Ticket:
    ticket = find_ticket(session, number)
    if ticket.incident_id is not None:
        raise DeskError(f"Deze vraag hoort al bij storing {ticket.incident_id}.")
    if is_request(ticket):
        raise DeskError("Dit is een formele aanvraag. Die hoort niet bij een storing en krijgt een eigen antwoord.")
    return ticket


def _get(session: Session, number: int) -> Incident:
    incident = session.get(Incident, number)
    if incident is None:
        raise DeskError(f"Storing {number} bestaat niet.")
    return incident


def _open_one(session: Session, number: int) -> Incident:
    incident = _get(session, number)
    if incident.closed_at is not None:
        raise DeskError(f"Storing {number} is al gesloten.")
    return incident


def _view(incident: Incident) -> IncidentView:
    return IncidentView(
        incident.id, incident.intent, tuple(incident.words), incident.reason, incident.opened_at, incident.closed_at, incident.notice,
        tuple(line_of(ticket) for ticket in incident.tickets),
    )  # fmt: skip
