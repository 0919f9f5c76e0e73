"""The desk: everything a person can do with a ticket. Each action is checked, done and audited in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from rapidfuzz import fuzz
from sqlalchemy import CursorResult, Engine, func, select, update
from sqlalchemy.orm import Session

from kb.insight.gaps import Gap
from kb.insight.privacy import mask
from triage.accounts.accounts import Person, people
from triage.answer.rephrase import rephrase
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import classified_text
from triage.database.states import CLOSED, NOTE, OPEN, WAITING
from triage.database.tables import Correction, Draft, MessageRow, OwnText, RawMail, Tick, Ticket, User
from triage.desk.sending import put_out, take_back
from triage.desk.telling import must_not_tell
from triage.documents.opened_mail import open_mail
from triage.errors import DeskError, SameAnswerError, TicketChangedError
from triage.intake.follow_up import advised, locked
from triage.intake.intake import SET_ASIDE, store_outcome
from triage.intake.pipeline import Tools, school_of, triage_message
from triage.mail import parse_message
from triage.mail.tags import without_tag
from triage.register.register import Register
from triage.tickets.affected import brins_of, open_tickets_of
from triage.tickets.conversation import answered_mail
from triage.tickets.earlier import background_of
from triage.tickets.search_index import index_message, index_school
from triage.tickets.threads import current
from triage.tickets.view import TicketLine, TicketView, inbox_query, line_of, seen_of, verification_of, view_of
from triage.verify.forms import load_requests
from triage.verify.model import HandReading, Verification

MOSTLY_THE_SAME = 50.0  # likeness (0..100) from which an edited answer still counts as the articles' answer


class Desk:
    """Actions on tickets, for one database."""

    def __init__(self, engine: Engine, smtp_url: str | None, help_address: str) -> None:
        self._engine = engine
        self._smtp_url = smtp_url
        self._help_address = help_address

    @property
    def sends_mail(self) -> bool:
        """Whether approved answers are sent by SMTP; otherwise an agent copies the text."""
        return self._smtp_url is not None

    # --- looking ------------------------------------------------------------------------------------------------

    def inbox(
        self, queue: str | None = None, status: str = OPEN, limit: int = 200, mine: Person | None = None
    ) -> list[TicketLine]:
        """Tickets, most urgent first."""
        with Session(self._engine) as session:
            query = inbox_query(queue, status, mine).limit(limit)
            return [line_of(ticket) for ticket in session.scalars(query)]

    def counts(self, status: str = OPEN) -> dict[str, int]:
        """How many tickets each queue holds."""
        with Session(self._engine) as session:
            rows = session.execute(select(Ticket.queue, func.count()).where(Ticket.status == status).group_by(Ticket.queue))
            return {queue: count for queue, count in rows}  # noqa: C416 - a Result is no mapping to copy

    def set_aside(self) -> list[tuple[int, datetime, str]]:
        """Mails that could not be read: number, when they came, why."""
        with Session(self._engine) as session:
            rows = session.scalars(select(RawMail).where(RawMail.state == SET_ASIDE).order_by(RawMail.id.desc()))
            return [(row.id, row.received_at, row.problem) for row in rows]

    def raw(self, mail_id: int) -> bytes:
        """The bytes of a mail as they came. Raises DeskError when there is no such mail."""
        with Session(self._engine) as session:
            mail = session.get(RawMail, mail_id)
            if mail is None:
                raise DeskError(f"Mail {mail_id} bestaat niet.")
            return mail.raw

    def ticket(self, number: int) -> TicketView:
        """Everything about a ticket. Raises DeskError when it doesn't exist."""
        with Session(self._engine) as session:
            return view_of(session, find_ticket(session, number))

    def colleagues(self) -> list[Person]:
        """Everybody a ticket can be assigned to."""
        with Session(self._engine) as session:
            return people(session)

    def same_schools(self, checked: Verification, register: Register, besides: int) -> list[TicketLine]:
        """Open tickets of the schools of a request, without ticket `besides`; oldest first."""
        with Session(self._engine) as session:
            brins = brins_of(checked)
            return open_tickets_of(session, register, brins, besides) if brins else []

    # --- acting -------------------------------------------------------------------------------------------------

    def assign(self, number: int, to: str | None, by: Person) -> None:
        """Give a ticket to a colleague, or to nobody."""
        with self._change(number) as (session, ticket):
            user = session.scalar(select(User).where(User.name == to)) if to else None
            if to and user is None:
                raise DeskError(f"Er is geen collega {to}.")
            ticket.assignee = user
            ticket.audit(by.name, "toegewezen", aan=to or "niemand")

    def save_draft(self, number: int, subject: str, body: str, by: Person) -> None:
        """Keep an edited draft; the earlier one stays on record."""
        with self._change(number) as (session, ticket):
            self._edit(ticket, subject, body, by)
            if row := session.get(OwnText, (ticket.id, by.id)):
                session.delete(row)

    def _edit(self, ticket: Ticket, subject: str, body: str, by: Person) -> Draft:
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
        with self._change(number) as (_, ticket):
            if ticket.drafts[-1].id != before:
                raise DeskError("Het antwoord is intussen veranderd; kijk eerst opnieuw.")
            self._edit(ticket, subject, told, by)
            ticket.audit(by.name, "herschreven door taalmodel", model=tools.settings.rephrase_model)

    def approve(
        self, number: int, subject: str, body: str, by: Person, then: str = WAITING, seen: str | None = None, again: bool = False
    ) -> None:
        """Approve an answer: put in the outbox when a mail server is configured, otherwise recorded as sent by hand.

        `then` is the state that comes next: waiting for the school, closed, or open still. A formal request without a ruling is not
        closed by an answer. `seen` is `TicketView.seen` as the person had it before them: when the ticket changed since, nothing is
        done (TicketChangedError). The same answer goes out twice only `again` (SameAnswerError). Raises DeskError.
        """
        with self._change(number) as (session, ticket):
            _as_seen(ticket, seen)
            must_be_open(ticket)
            if not again and body.strip() in (one.body.strip() for one in ticket.drafts if one.sent_at):
                raise SameAnswerError("Ditzelfde antwoord is in deze vraag al verstuurd.")
            if then == CLOSED and verification_of(ticket) and not any(row.ruling for row in ticket.verifications):
                raise DeskError("Over deze aanvraag is nog niet besloten. Beoordeel hem eerst, of laat hem wachten op antwoord.")
            draft = self._edit(ticket, subject, body, by)
            _move(session, ticket, {OPEN}, then)
            self._send(session, ticket, draft, by)

    def finish(self, number: int, subject: str, body: str, by: Person) -> None:
        """Send a last message about a ticket and close it, whether it was answered before or not. Raises DeskError."""
        with self._change(number) as (session, ticket):
            draft = Draft(subject=without_tag(subject)[:500], body=body, citations=[], author_id=by.id)
            ticket.drafts.append(draft)
            _move(session, ticket, {OPEN, WAITING}, CLOSED)
            self._send(session, ticket, draft, by)
            ticket.audit(by.name, "gesloten")

    def _send(self, session: Session, ticket: Ticket, draft: Draft, by: Person) -> None:
        must_not_tell(session, ticket, draft.subject, draft.body)
        put_out(session, ticket, draft, by, self._help_address, by_server=self.sends_mail)

    def take_back(self, number: int, message: int, by: Person) -> None:
        """Take an answer back that is still in the outbox: the ticket is open again, with the answer as a draft. Raises DeskError."""
        with self._change(number) as (session, ticket):
            take_back(session, ticket, message)
            ticket.audit(by.name, "antwoord teruggehaald")

    def note(self, number: int, text: str, by: Person) -> None:
        """Tell colleagues something about a ticket; nobody outside reads it. Raises DeskError for an empty note."""
        if not text.strip():
            raise DeskError("De notitie is leeg; schrijf eerst een tekst.")
        with self._change(number) as (session, ticket):
            note = MessageRow(direction=NOTE, author=by.name, text=text.strip())
            ticket.messages.append(note)
            index_message(session, note)
            ticket.audit(by.name, "notitie geschreven")

    def correct_intent(self, number: int, intent: str, by: Person, tools: Tools) -> None:
        """Change what a ticket is about; route, checks and draft are made anew."""
        taxonomy = load_taxonomy()
        if intent not in taxonomy.intents:
            raise DeskError(f"Onderwerp {intent!r} bestaat niet.")
        with self._change(number) as (session, ticket):
            _may_change(ticket)
            before = ticket.intent
            if before == intent:
                return
            mail, received = open_mail(parse_message(ticket.mail.raw)), ticket.mail.received_at
            background = replace(background_of(session, mail.message, received, ticket), advised=advised(ticket))
            triaged = triage_message(mail, received, tools, intent, background)
            ticket.intent, ticket.decision = intent, "agent"
            session.add(Correction(ticket=ticket, text=classified_text(mail), was=before, intent=intent, by=by.name))
            ticket.queue, ticket.priority, ticket.due_at = triaged.route.queue, triaged.route.priority, triaged.route.due
            store_outcome(ticket, triaged)
            index_school(session, ticket, school_of(mail, triaged.verification, tools.register))
            ticket.audit(
                by.name,
                "onderwerp gewijzigd",
                van=taxonomy[before].title,
                naar=taxonomy[intent].title,
                regel=triaged.route.rule,
            )

    def tick(self, number: int, field: str, on: bool, by: Person) -> None:
        """Tick or untick a point of the checklist that only a person can see."""
        with self._change(number) as (_, ticket):
            _may_change(ticket)
            row = verification_of(ticket)
            if row is None:
                raise DeskError("Bij deze vraag hoort geen formele aanvraag.")
            points = {spec.name for spec in load_requests().types[ticket.intent].fields if spec.check == "by_agent"}
            if field not in points:
                raise DeskError("Dit punt staat niet op de lijst van deze aanvraag.")
            row.ticks = [tick for tick in row.ticks if tick.field != field or on]
            if on and field not in {tick.field for tick in row.ticks}:
                row.ticks.append(Tick(field=field, by=by.name))
            ticket.audit(by.name, "afgevinkt", veld=field, aan=on)

    def check_again(self, number: int, by: Person, tools: Tools) -> None:
        """Check a formal request against the register as it is now; what people decided about the earlier check stays with that."""
        with self._change(number) as (session, ticket):
            _may_change(ticket)
            recheck(session, ticket, tools)
            ticket.audit(by.name, "opnieuw gecontroleerd")

    def close(self, number: int, by: Person, seen: str | None = None) -> None:
        """Close a ticket without (further) answer. `seen` as with approve. Raises DeskError."""
        with self._change(number) as (_, ticket):
            _as_seen(ticket, seen)
            if ticket.status == CLOSED:
                raise DeskError("Deze vraag is al gesloten.")
            ticket.status = CLOSED
            ticket.audit(by.name, "gesloten")

    def reopen(self, number: int, by: Person) -> None:
        """Open a waiting or closed ticket again."""
        with self._change(number) as (_, ticket):
            ticket.status = OPEN
            ticket.audit(by.name, "heropend")

    def answered_by_hand(self, since: datetime, known: Callable[[str], bool]) -> list[Gap]:
        """Questions that were answered without any article, masked; newest first. The answer to an incident is none."""
        with Session(self._engine) as session:
            sent = session.scalars(
                select(Draft)
                .join(Ticket)
                .where(
                    Draft.sent_at >= since,
                    Draft.author_id.is_not(None),
                    Ticket.intent.not_in(load_taxonomy().unanswered),
                    Ticket.incident_id.is_(None),
                )
                .order_by(Draft.sent_at.desc())
            )
            return [
                Gap(mask(draft.ticket.subject, known), "zelf beantwoord", draft.ticket_id)
                for draft in sent
                if not draft.citations or not _stays_with(draft, draft.ticket.drafts[0])
            ]

    def masked_answer(self, number: int, known: Callable[[str], bool]) -> str:
        """What was sent for a ticket, without names, addresses and numbers; "" when nothing was."""
        with Session(self._engine) as session:
            ticket = find_ticket(session, number)
            sent = [draft for draft in ticket.drafts if draft.sent_at]
            return mask(sent[-1].body, known) if sent else ""

    @contextmanager
    def _change(self, number: int) -> Iterator[tuple[Session, Ticket]]:
        with Session(self._engine) as session, session.begin():
            yield session, locked(session, find_ticket(session, number))


def recheck(session: Session, ticket: Ticket, tools: Tools, readings: Sequence[HandReading] = ()) -> None:
    """Check the request of a ticket anew, with all that is known by now and what a person just read on its form."""
    mail, received = open_mail(parse_message(ticket.mail.raw)), ticket.mail.received_at
    background = background_of(session, mail.message, received, ticket)
    background = replace(background, readings=(*background.readings, *readings))
    triaged = triage_message(mail, received, tools, ticket.intent, background)
    store_outcome(ticket, triaged)
    index_school(session, ticket, school_of(mail, triaged.verification, tools.register))


def find_ticket(session: Session, number: int) -> Ticket:
    """A ticket by its number; that of one that was merged leads to where its messages are. Raises DeskError when it doesn't exist."""
    ticket = session.get(Ticket, number)
    if ticket is None:
        raise DeskError(f"Vraag {number} bestaat niet.")
    return current(session, ticket)


def _as_seen(ticket: Ticket, seen: str | None) -> None:
    """Raises TicketChangedError when a ticket is not as somebody saw it."""
    if seen is not None and seen != seen_of(ticket):
        raise TicketChangedError(
            "Deze vraag is veranderd sinds u hem opende. Er is niets gedaan; kijk eerst wat er is veranderd."
        )


def _stays_with(sent: Draft, proposed: Draft) -> bool:
    """Whether an answer is still mostly what the articles said."""
    return fuzz.ratio(sent.body, proposed.body) >= MOSTLY_THE_SAME


def must_be_open(ticket: Ticket) -> None:
    """Raises DeskError for a ticket that waits or was closed."""
    if ticket.status != OPEN:
        said = {WAITING: "wacht op antwoord", CLOSED: "is al gesloten"}[ticket.status]
        raise DeskError(f"Deze vraag {said}; heropen hem eerst.")


def _may_change(ticket: Ticket) -> None:
    must_be_open(ticket)
    if any(row.ruling for row in ticket.verifications):
        raise DeskError("Over deze aanvraag is al besloten; er verandert niets meer aan.")


def _move(session: Session, ticket: Ticket, before: set[str], after: str) -> None:
    """Give a ticket its next status, once: of two colleagues who answer at the same moment, the second is refused before anything is sent."""
    session.flush()
    done = session.execute(update(Ticket).where(Ticket.id == ticket.id, Ticket.status.in_(before)).values(status=after))
    if cast("CursorResult[Any]", done).rowcount != 1:
        raise DeskError("Een collega heeft deze vraag net beantwoord of gesloten.")
    session.refresh(ticket, ["status"])
