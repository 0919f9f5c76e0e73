"""Tables of the help desk, a file per noun. Migrations beside this folder change them in databases that exist; opening one is in triage.database.opening."""

from kb.store import Base
from triage.database.tables.account import SignIn, SignInTry, User
from triage.database.tables.classification import Correction, Prediction
from triage.database.tables.incident import Incident
from triage.database.tables.mail import MESSAGE_ID, NamedMail, RawMail
from triage.database.tables.outbox import OutboxEntry
from triage.database.tables.register import BoardRow, CountedSchool, RegisterEdition, SchoolRow
from triage.database.tables.request import (
    Approval,
    AuthorityRow,
    ChoiceRow,
    Lift,
    ReadingRow,
    ReadMark,
    Ruling,
    Tick,
    VerificationRow,
)
from triage.database.tables.secret import ServerSecret
from triage.database.tables.step_time import StepTime
from triage.database.tables.ticket import OLDEST, Draft, Event, MessageRow, OwnText, Ticket, moment
from triage.database.tables.words import TicketWords

__all__ = [
    "MESSAGE_ID",
    "OLDEST",
    "Approval",
    "AuthorityRow",
    "Base",
    "BoardRow",
    "ChoiceRow",
    "Correction",
    "CountedSchool",
    "Draft",
    "Event",
    "Incident",
    "Lift",
    "MessageRow",
    "NamedMail",
    "OutboxEntry",
    "OwnText",
    "Prediction",
    "RawMail",
    "ReadMark",
    "ReadingRow",
    "RegisterEdition",
    "Ruling",
    "SchoolRow",
    "ServerSecret",
    "SignIn",
    "SignInTry",
    "StepTime",
    "Tick",
    "Ticket",
    "TicketWords",
    "User",
    "VerificationRow",
    "moment",
]
