"""What colleagues answered without the articles: where the knowledge base has a gap, told without names, addresses and numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rapidfuzz import fuzz
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.insight.gaps import Gap
from kb.insight.privacy import mask
from triage.classify.intents import load_taxonomy
from triage.database.tables import Draft, Ticket
from triage.desk.one_ticket import find_ticket

MOSTLY_THE_SAME = 50.0  # likeness (0..100) from which an edited answer still counts as the articles' answer


class GapReport:
    """Questions that no article answered, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

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


def _stays_with(sent: Draft, proposed: Draft) -> bool:
    """Whether an answer is still mostly what the articles said."""
    return fuzz.ratio(sent.body, proposed.body) >= MOSTLY_THE_SAME
