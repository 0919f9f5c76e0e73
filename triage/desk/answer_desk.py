"""Answering: what a person makes of the draft, sends, and takes back. Each act is checked, done and audited in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, update
from sqlalchemy.orm import Session

from triage.accounts.accounts import Person
from triage.answer.rephrase import rephrase
from triage.database.states import CLOSED, OPEN, WAITING
from triage.database.tables import Draft, OwnText, Ticket
from triage.desk.one_ticket import changing, find_ticket, must_be_as_seen, must_be_open
from triage.desk.sending import addresses_in, put_out, take_back
from triage.desk.telling import must_not_tell
from triage.errors import DeskError, SameAnswerError
from triage.intake.pipeline import Tools
from triage.mail.tags import without_tag
from triage.tickets.conversation import answered_mail
from triage.tickets.heads import is_ruled, verification_of


@dataclass(frozen=True, slots=True)
class Consent:
    """What somebody who approves an answer saw of the ticket, and what they confirmed."""

    # `TicketView.seen` as they had it before them; None for an answer to many tickets at once, of which nobody looks at each.
    seen: str | None = None
    # Whether the answer may go out although the same one was sent before.
    again: bool = False


UNSEEN = Consent()


class AnswerDesk:
    """Answers to tickets, for one database and one way to send mail."""

    def __init__(self, engine: Engine, smtp_url: str | None, help_address: str) -> None:
        self._engine = engine
        self._smtp_url = smtp_url
        self._help_address = help_address

    @property
    def sends_mail(self) -> bool:
        """Whether approved answers are sent by SMTP; otherwise an agent copies the text."""
        return self._smtp_url is not None

    def save_draft(self, number: int, subject: str, body: str, by: Person, seen: str | None = None) -> None:
        """Keep an edited draft; the earlier one stays on record. `seen` is `TicketView.seen` as the person had it before them: when
        the ticket changed since, nothing is done (TicketChangedError). Raises DeskError."""
        with changing(self._engine, number) as (session, ticket):
            must_be_as_seen(ticket, seen)
            _edit(ticket, subject, body, by)
            if row := session.get(OwnText, (ticket.id, by.id)):
                session.delete(row)

    def rephrase(self, number: int, by: Person, tools: Tools) -> None:
        """Let the language model of this installation put the bot's own answer in other words. Raises DeskError or RephraseError."""
        with Session(self._engine) as session:
            ticket = find_ticket(session, number)
            must_be_open(ticket)
            draft = ticket.drafts[-1] if ticket.drafts else None
            if draft is None or draft.author_id is not None or ticket.verifications:
                raise DeskError("Alleen een antwoord van de bot op een gewone vraag kan worden herschreven.")
            before, mail = draft.id, answered_mail(ticket)
            articles = [article for slug in draft.citations if (article := tools.knowledge.get(slug))]
            subject, body, language = draft.subject, draft.body, ticket.language
        question = f"{mail.subject}\n\n{mail.own_words}"
        told = rephrase(body, question, language, articles, tools.knowledge, tools.settings)
        with changing(self._engine, number) as (_, ticket):
            if ticket.drafts[-1].id != before:
                raise DeskError("Het antwoord is intussen veranderd; kijk eerst opnieuw.")
            _edit(ticket, subject, told, by)
            ticket.audit(by.name, "herschreven door taalmodel", model=tools.settings.rephrase_model)

    def approve(
        self,
        number: int,
        subject: str,
        body: str,
        by: Person,
        then: str = WAITING,
        consent: Consent = UNSEEN,
        copies_to: str = "",
    ) -> None:
        """Approve an answer: put in the outbox when a mail server is configured, otherwise recorded as sent by hand.

        `copies_to` holds the addresses of others who get a copy, as somebody typed them; they take part from then on. `then` is the state that comes next: waiting for the school, closed, or open still. A formal request without a ruling is not
        closed by an answer. Nothing is done when the ticket is not as the person saw it (TicketChangedError), or when the same answer
        was sent before and the person did not confirm that it goes out again (SameAnswerError). Raises DeskError.
        """
        others = addresses_in(copies_to)
        with changing(self._engine, number) as (session, ticket):
            must_be_as_seen(ticket, consent.seen)
            must_be_open(ticket)
            if not consent.again and body.strip() in (one.body.strip() for one in ticket.drafts if one.sent_at):
                raise SameAnswerError("Ditzelfde antwoord is in deze vraag al verstuurd.")
            if then == CLOSED and verification_of(ticket) and not is_ruled(ticket):
                raise DeskError("Over deze aanvraag is nog niet besloten. Beoordeel hem eerst, of laat hem wachten op antwoord.")
            draft = _edit(ticket, subject, body, by)
            _move(session, ticket, {OPEN}, then)
            self._send(session, ticket, draft, by, others)

    def finish(self, number: int, subject: str, body: str, by: Person) -> None:
        """Send a last message about a ticket and close it, whether it was answered before or not. Raises DeskError."""
        with changing(self._engine, number) as (session, ticket):
            draft = Draft(subject=without_tag(subject)[:500], body=body, citations=[], author_id=by.id)
            ticket.drafts.append(draft)
            _move(session, ticket, {OPEN, WAITING}, CLOSED)
            self._send(session, ticket, draft, by)
            ticket.audit(by.name, "gesloten")

    def take_back(self, number: int, message: int, by: Person) -> None:
        """Take an answer back that is still in the outbox: the ticket is open again, with the answer as a draft. Raises DeskError."""
        with changing(self._engine, number) as (session, ticket):
            take_back(session, ticket, message)
            ticket.audit(by.name, "antwoord teruggehaald")

    def _send(self, session: Session, ticket: Ticket, draft: Draft, by: Person, copies_to: Sequence[str] = ()) -> None:
        must_not_tell(session, ticket, draft.subject, draft.body)
        put_out(session, ticket, draft, by, self._help_address, by_server=self.sends_mail, copies_to=copies_to)


def _edit(ticket: Ticket, subject: str, body: str, by: Person) -> Draft:
    must_be_open(ticket)
    if not body.strip():
        raise DeskError("Het antwoord is leeg; schrijf eerst een tekst.")
    last = ticket.drafts[-1] if ticket.drafts else None
    if last is not None and last.sent_at is None and (last.subject, last.body) == (subject, body):
        return last
    draft = Draft(subject=without_tag(subject)[:500], body=body, citations=last.citations if last else [], author_id=by.id)
    ticket.drafts.append(draft)
    ticket.audit(by.name, "antwoord aangepast")
    return draft


def _move(session: Session, ticket: Ticket, before: set[str], after: str) -> None:
    """Give a ticket its next status, once: of two colleagues who answer at the same moment, the second is refused before anything is sent."""
    session.flush()
    done = session.execute(
        update(Ticket).where(Ticket.id == ticket.id, Ticket.status.in_(before)).values(status=after, waiting_until=None)
    )
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise DeskError("Een collega heeft deze vraag net beantwoord of gesloten.")
    session.refresh(ticket, ["status", "waiting_until"])
