"""The case: everything a check may look at, and what all checks share."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from kb.settings import organisation
from kb.store import utc_now
from triage.register.codes import BOARD_NUMBER, LOCATION, brins_in, split_brin
from triage.register.register import Register
from triage.register.school import School
from triage.verify.forms import FieldSpec, Requests
from triage.verify.model import Authority, FieldCheck, Found, HandReading, Past, SignatureReport, Status

NO_REGISTER = "Er is geen scholenregister ingelezen, dus dit is niet gecontroleerd."
CLOSE = 0.88  # names at least this alike may be the same one misspelt: a person looks


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the mail that is verified."""

    past: Past | None = None  # earlier mail of the sender; None when that is not known
    readings: tuple[HandReading, ...] = ()  # what people read where the program could not
    enough_typed: int = 2  # values in the text of a mail that make it a request and not a question, without a form
    about: School | None = None  # the school of earlier mails of the same request
    authority: tuple[Authority, ...] = ()  # where people looked up who may sign, for this board


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a check may look at."""

    found: Mapping[str, Sequence[Found]]  # values by field name
    register: Register
    requests: Requests
    signature: SignatureReport
    sender_domain: str  # domain of the mail's sender, "" for a bare PDF
    check_dns: bool  # whether to ask DNS if mail can be delivered
    unreadable: str = ""  # Dutch: why nothing could be read (scan, broken file), "" when it could
    about: School | None = None  # the school of earlier mails of the same request
    kind: str = ""  # kind of change, for a request that has kinds; "" when that is not clear
    names_director: bool = True  # the request asks who the board member is
    now: datetime = field(default_factory=utc_now)  # the moment of the check; the edge hands it down
    authority: tuple[Authority, ...] = ()  # where people looked up who may sign
    authority_months: int = 12  # how long such a look-up counts

    def first(self, name: str) -> str:
        """The first value read for a field, "" when there is none."""
        values = self.found.get(name) or ()
        return values[0].value if values else ""

    @property
    def brin(self) -> str:
        """The BRIN as normalised, "" when missing or malformed; of a merger the first that goes."""
        return next((brin for brin, _ in self._codes), "")

    @property
    def location(self) -> str | None:
        """The location code as given, on its own or behind the BRIN."""
        own = re.sub(r"\D", "", self.first("vestigingscode"))[-2:]
        return own if LOCATION.fullmatch(own) else next((location for _, location in self._codes), None)

    @property
    def _codes(self) -> Sequence[tuple[str, str | None]]:
        brin, location = split_brin(self.first("brin"))
        return [(brin, location)] if brin else brins_in(self.first("brin_oud"))

    @property
    def board_number(self) -> str:
        """The board number as normalised, "" when malformed."""
        digits = re.sub(r"[\s.]", "", self.first("bestuursnummer"))
        return digits if BOARD_NUMBER.fullmatch(digits) else ""

    @property
    def signing_board(self) -> str:
        """The number of the board in whose name is signed: of a change of board the new one."""
        digits = re.sub(r"[\s.]", "", self.first("bestuursnummer_nieuw") or self.first("bestuursnummer"))
        return digits if BOARD_NUMBER.fullmatch(digits) else ""

    @property
    def today(self) -> date:
        """The day of the check, by the clock of the organisation."""
        return organisation().local(self.now).date()

    @property
    def school(self) -> School | None:
        """The location the request is about, when the register has it."""
        return self.register.school(self.brin, self.location)

    @property
    def domains(self) -> frozenset[str]:
        """Web domains the register knows for the school and its board."""
        school = self.school or (None if self.brin else self.about)
        board = school.board_number if school else self.board_number
        return self.register.domains(school.brin if school else self.brin, board)


def no_register(spec: FieldSpec, value: str) -> FieldCheck:
    """A field that can not be checked because no register was imported."""
    return FieldCheck(spec.name, value, Status.DOUBT, reason=NO_REGISTER)
