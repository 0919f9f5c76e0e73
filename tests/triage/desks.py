"""The desks over one database, as the agents' pages have them."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Engine

from triage.desk.answer_desk import AnswerDesk
from triage.desk.inbox import Inbox
from triage.desk.request_desk import RequestDesk
from triage.desk.ticket_desk import TicketDesk

HELP = "help@basispoort.nl"


@dataclass(frozen=True, slots=True)
class Desks:
    """What somebody who is signed in looks at and acts with."""

    inbox: Inbox
    tickets: TicketDesk
    answers: AnswerDesk
    requests: RequestDesk


def desks(engine: Engine, smtp_url: str | None = None) -> Desks:
    """Those of a database; answers go by the mail server when there is one."""
    return Desks(Inbox(engine), TicketDesk(engine), AnswerDesk(engine, smtp_url, HELP), RequestDesk(engine))
