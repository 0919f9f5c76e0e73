"""Finding incidents: mails about the same failure are kept together as they come in.

`watch` runs after each intake: it adds new mails to open incidents and opens one where mails surge (triage/incidents/surge.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Engine, select
from sqlalchemy.orm import Session

from kb.search.language import fold, load_language
from kb.settings import organisation
from kb.store import utc_now
from triage.classify.intents import load_taxonomy
from triage.classify.training import Model
from triage.database.states import OPEN
from triage.database.tables import Incident, Ticket, moment
from triage.incidents.surge import Arrival, Surge, SurgeRules, common_words, find_surges, find_word_surges, load_surge_rules
from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.verify.forms import load_requests

WEGWIJZER = "wegwijzer"  # who acts when nobody does
BACKGROUND = 600  # training mails that ordinary words are told by
MOST_WORDS = 300  # of one mail
_WORD = re.compile(r"[^\W_]{3,}")  # codes count: a failure is often told by the number of its message


def words_of(text: str) -> list[str]:
    """The telling words of a mail, folded, each once."""
    stopwords = load_language().stopwords
    return list(dict.fromkeys(word for word in _WORD.findall(fold(text)) if word not in stopwords))[:MOST_WORDS]


class IncidentWatch:
    """Finds incidents in one database."""

    def __init__(self, engine: Engine, rules: SurgeRules | None = None) -> None:
        self._engine = engine
        self._rules = rules or load_surge_rules()

    def watch(self, model: Model, now: datetime | None = None) -> list[int]:
        """Add new mails to open incidents, then open incidents for what surges; returns the numbers of those opened."""
        now = now or utc_now()
        with Session(self._engine) as session, session.begin():
            self._join(session)
            zone = organisation().zone
            surges = find_surges(self._arrivals(session, now), now, self._rules, zone)
            opened = [self._open(session, surge, model, now) for surge in surges]
            # One word at a time: others that surge are mostly in the same mails.
            by_word = find_word_surges(self._arrivals(session, now), now, self._rules, zone)[:1]
            return opened + [self._open(session, surge, model, now) for surge in by_word]

    def _arrivals(self, session: Session, now: datetime) -> list[Arrival]:
        """Mails of the history that belong to no incident: a past failure is not what is usual."""
        at = moment()
        rows = session.execute(
            select(at, Ticket.intent, Ticket.sender_address, Ticket.words).where(
                at > now - self._rules.history - self._rules.window, at <= now, *free()
            )
        )
        return [Arrival(at, intent, sender, None if words is None else frozenset(words)) for at, intent, sender, words in rows]

    def _open(self, session: Session, surge: Surge, model: Model, now: datetime) -> int:
        intents = self._rules.intents if surge.word else {surge.intent}
        tickets = session.scalars(
            select(Ticket).where(Ticket.intent.in_(intents), moment() > now - self._rules.window, moment() <= now, *free())
        ).all()
        words: Sequence[str] = (surge.word,)
        if not surge.word:
            step = max(1, len(model.examples) // BACKGROUND)
            background = [words_of(example.text) for example in model.examples[::step]]
            words = common_words([words_in(ticket) for ticket in tickets], background)
        incident = Incident(intent=surge.intent, words=list(words), reason=self._reason(surge), opened_at=now)
        session.add(incident)
        for ticket in tickets:
            if not words or set(words) & set(words_in(ticket)):
                put_in(ticket, incident, WEGWIJZER)
        session.flush()
        return incident.id

    def _reason(self, surge: Surge) -> str:
        minutes = int(self._rules.window / timedelta(minutes=1))
        about = f"het woord ‘{surge.word}’" if surge.word else f"over {load_taxonomy()[surge.intent].title}"
        return (
            f"In {minutes} minuten schreven {surge.senders} afzenders {about}; gewoon is {_usually(surge.expected)}. "
            f"De kans dat dit toeval is, is kleiner dan {_one_in(surge.chance)}."
        )

    def _join(self, session: Session) -> None:
        """Add mails that came since an incident opened, are about what failures are about, and share its words.

        An incident without words gets no mails by itself: nothing tells them from other mails about the subject.
        """
        for incident in session.scalars(select(Incident).where(Incident.closed_at.is_(None))):
            fresh = session.scalars(
                select(Ticket).where(
                    Ticket.status == OPEN,
                    Ticket.intent.in_(self._rules.intents | {incident.intent}),
                    Ticket.created_at > incident.opened_at - self._rules.window,
                    *free(),
                )
            )
            for ticket in fresh if incident.words else ():
                if set(incident.words) & set(words_in(ticket)):
                    put_in(ticket, incident, WEGWIJZER)


def free() -> tuple[ColumnElement[bool], ...]:
    """A mail that belongs to no incident, that no agent took out of one, and that is no formal request.

    A request is answered by its ruling, never by what is said to everybody.
    """
    return (
        Ticket.incident_id.is_(None),
        Ticket.left_incident_at.is_(None),
        Ticket.intent.not_in(sorted(load_requests().types)),
    )


def _usually(expected: float) -> str:
    return "minder dan 0,1" if expected < 0.1 else f"{expected:.1f}".replace(".", ",")


def _one_in(chance: float) -> str:
    for size in (10**9, 10**6, 10**5):
        if chance < 1 / size:
            return f"1 op {size:,}".replace(",", ".")
    return "1 op 10.000"


def words_in(ticket: Ticket) -> list[str]:
    """The telling words of a mail that came in."""
    return words_of(read_mail(parse_message(ticket.mail.raw)).said) if ticket.words is None else ticket.words


def put_in(ticket: Ticket, incident: Incident, by: str) -> None:
    """Make a mail part of an incident; `by` is who decides that."""
    ticket.incident = incident
    ticket.audit(by, "bij storing gezet", onderwerp=load_taxonomy()[incident.intent].title)
