"""The life of a ticket beside its answer: whose it is, what it is about, what colleagues note, when it is closed and opened again.

Each act is checked, done and audited in one transaction.
"""

from __future__ import annotations

from sqlalchemy import Engine, select

from triage.accounts.accounts import Person
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import classified_text
from triage.database.states import CLOSED, NOTE, OPEN
from triage.database.tables import Correction, MessageRow, User
from triage.desk.anew import as_intent
from triage.desk.one_ticket import changing, must_be_as_seen, must_be_undecided
from triage.documents.opened_mail import open_mail
from triage.errors import DeskError
from triage.intake.outcome import store_outcome
from triage.intake.pipeline import Tools
from triage.mail import parse_message
from triage.tickets.search_index import index_message, index_school


class TicketDesk:
    """Actions on tickets, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def assign(self, number: int, to: str | None, by: Person) -> None:
        """Give a ticket to a colleague, or to nobody."""
        with changing(self._engine, number) as (session, ticket):
            user = session.scalar(select(User).where(User.name == to)) if to else None
            if to and user is None:
                raise DeskError(f"Er is geen collega {to}.")
            ticket.assignee = user
            ticket.audit(by.name, "toegewezen", aan=to or "niemand")

    def note(self, number: int, text: str, by: Person) -> None:
        """Tell colleagues something about a ticket; nobody outside reads it. Raises DeskError for an empty note."""
        if not text.strip():
            raise DeskError("De notitie is leeg; schrijf eerst een tekst.")
        with changing(self._engine, number) as (session, ticket):
            note = MessageRow(direction=NOTE, author=by.name, text=text.strip())
            ticket.messages.append(note)
            index_message(session, note)
            ticket.audit(by.name, "notitie geschreven")

    def correct_intent(self, number: int, intent: str, by: Person, tools: Tools) -> None:
        """Change what a ticket is about; route, checks and draft are made anew."""
        taxonomy = load_taxonomy()
        if intent not in taxonomy.intents:
            raise DeskError(f"Onderwerp {intent!r} bestaat niet.")
        with changing(self._engine, number) as (session, ticket):
            must_be_undecided(ticket)
            before = ticket.intent
            if before == intent:
                return
            entry, triaged = as_intent(session, ticket, intent, tools)
            ticket.intent, ticket.decision = intent, "agent"
            text = classified_text(open_mail(parse_message(ticket.mail.raw)))
            session.add(Correction(ticket=ticket, text=text, was=before, intent=intent, by=by.name))
            ticket.queue, ticket.priority, ticket.due_at = triaged.route.queue, triaged.route.priority, triaged.route.due
            store_outcome(entry, triaged)
            index_school(session, ticket, triaged.school)
            ticket.audit(
                by.name,
                "onderwerp gewijzigd",
                van=taxonomy[before].title,
                naar=taxonomy[intent].title,
                regel=triaged.route.rule,
            )

    def close(self, number: int, by: Person, seen: str | None = None) -> None:
        """Close a ticket without (further) answer. `seen` is `TicketView.seen` as the person had it before them: when the ticket
        changed since, nothing is done (TicketChangedError). Raises DeskError."""
        with changing(self._engine, number) as (_, ticket):
            must_be_as_seen(ticket, seen)
            if ticket.status == CLOSED:
                raise DeskError("Deze vraag is al gesloten.")
            ticket.status = CLOSED
            ticket.audit(by.name, "gesloten")

    def reopen(self, number: int, by: Person) -> None:
        """Open a waiting or closed ticket again."""
        with changing(self._engine, number) as (_, ticket):
            ticket.status = OPEN
            ticket.audit(by.name, "heropend")
