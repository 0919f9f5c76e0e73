"""Everything that can go wrong in a way a person can do something about.

TriageError
├── SourceError          a mailbox, file or folder can't be read
├── LayoutError          a database has another layout than this version works with
├── ModelError           the trained model is missing or doesn't fit
├── TrainingDataError    data/intents or a labelled file is not as it should be
├── NoRequestsError      a form is to be verified where there are no formal requests
├── RegisterError        a register file is not as it should be, or there is no register
├── UnsafeFileError      a file could not be read within the limits of time and memory
├── TrustError           the trusted list is not as it should be
├── OutboxError          an answer could not be sent
│   └── RefusedMailError     the mail server will not take it, however often it is tried
├── RephraseError        an answer could not be put in other words
├── RoutingError         the routing rules are not as they should be
├── SearchError          a search for tickets can't be read
├── AccountError         an account can't be made
└── DeskError            an action on a ticket is not possible (now, or for this person)
    ├── TicketChangedError   the ticket changed after it was shown
    └── SameAnswerError      the very same answer went out before
"""

from __future__ import annotations

from kb.errors import ExplainedError


class TriageError(ExplainedError):
    """Base of all errors whose message is meant for a person."""


class SourceError(TriageError):
    """A mailbox, file or folder can't be read."""


class LayoutError(TriageError):
    """A database has another layout than this version works with; the message names the remedy."""


class ModelError(TriageError):
    """The trained model is missing or doesn't fit this version."""


class TrainingDataError(TriageError):
    """Training or evaluation data is not as it should be."""


class NoRequestsError(TriageError):
    """A form is to be verified where there are no formal requests."""


class RegisterError(TriageError):
    """A register file is not as it should be, or there is no register."""


class UnsafeFileError(TriageError):
    """A file could not be read within the limits of time and memory."""


class TrustError(TriageError):
    """The trusted list is not as it should be."""


class OutboxError(TriageError):
    """An answer could not be sent."""


class RefusedMailError(OutboxError):
    """The mail server refused an answer for good."""


class RephraseError(TriageError):
    """An answer could not be put in other words."""


class RoutingError(TriageError):
    """The routing rules are not as they should be."""


class SearchError(TriageError):
    """A search for tickets can't be read; the message says what works."""


class DeskError(TriageError):
    """An action on a ticket is not possible."""


class TicketChangedError(DeskError):
    """Somebody or something changed a ticket after it was shown; nothing was done."""

    def __init__(self) -> None:
        super().__init__("Deze vraag is veranderd sinds u hem opende. Er is niets gedaan; kijk eerst wat er is veranderd.")


class SameAnswerError(DeskError):
    """The very same answer went out in this conversation before; nothing was done."""
