"""Judging formal requests: doubts are lifted by a named person with a note, and what was lifted takes two people to grant.

The verification itself never changes. What people decide hangs on it, so a new check of the same request starts without any. One
person looks up who may sign, ticks, marks an answer as read and chooses between values; a consent is to exactly what its giver saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.accounts.accounts import Person
from triage.answer.answer import write_ruling
from triage.classify.intents import load_taxonomy
from triage.database.account_names import name_key
from triage.database.states import GRANTED, REFUSED
from triage.database.tables import (
    Approval,
    AuthorityRow,
    ChoiceRow,
    Draft,
    Lift,
    ReadMark,
    RegisterEdition,
    Ruling,
    Tick,
    Ticket,
    VerificationRow,
)
from triage.desk.anew import recheck
from triage.desk.one_ticket import changing, find_ticket, must_be_open, must_be_undecided
from triage.errors import DeskError
from triage.intake.follow_up import locked
from triage.intake.pipeline import Tools
from triage.tickets.conversation import answered_mail
from triage.tickets.heads import verification_of
from triage.tickets.standing import Standing, standing_of
from triage.verify.forms import load_requests
from triage.verify.model import HandReading, Verdict, Weight
from triage.verify.record import from_json

SHORTEST_NOTE = 10  # characters: 'ok' is no reason
JUDGES_OF_FORGERY = frozenset({"senior", "admin"})  # roles that may lift a sign of forgery
CHANGED = "De aanvraag is veranderd sinds u hem opende. Kijk eerst opnieuw."


@dataclass(frozen=True, slots=True)
class _Case:
    """A request that is being judged, in a transaction that no other judgement on it can cross."""

    session: Session
    ticket: Ticket
    row: VerificationRow
    standing: Standing


class RequestDesk:
    """Judgements on formal requests, for one database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def standing(self, number: int) -> Standing:
        """Where the request of a ticket stands. Raises DeskError when the ticket holds none."""
        with Session(self._engine) as session:
            ticket = find_ticket(session, number)
            return standing_of(session, ticket, _verified(ticket))

    def lift(self, number: int, reason: str, note: str, by: Person) -> None:
        """Take an obstacle away. Raises DeskError for what only the school can mend, for values of which one must be chosen,
        without a real note, and for a sign of forgery when the person is no senior."""
        note = note.strip()
        with self._judging(number) as case:
            obstacle = next((one for one in case.standing.obstacles if one.reason == reason), None)
            if obstacle is None:
                raise DeskError("Dit punt staat niet (meer) open.")
            if obstacle.field in case.standing.to_read:
                raise DeskError("Dit veld is niet gelezen. Vul in wat er op het formulier staat.")
            if obstacle.field in case.standing.to_choose:
                raise DeskError("Hier staan verschillende waarden. Kies welke telt.")
            if obstacle.weight is Weight.SHORTFALL:
                raise DeskError("Dit kan alleen de school aanvullen of verbeteren.")
            if obstacle.weight is Weight.FORGERY and by.role not in JUDGES_OF_FORGERY:
                raise DeskError("Een teken van vervalsing mag alleen een senior medewerker wegnemen.")
            _must_tell(note, "Schrijf op wat u hebt gezien of gedaan (ten minste tien tekens).")
            case.row.lifts.append(Lift(reason=reason, note=note, by=by.name))
            case.ticket.audit(by.name, "twijfel weggenomen", punt=reason, notitie=note)

    def read(self, number: int, values: Mapping[str, str], by: Person, tools: Tools) -> None:
        """Give fields that the program could not read the values that a person read; the request is checked again with them.

        Raises DeskError when nothing was filled in, or for a field that the program did read.
        """
        with self._judging(number) as case:
            typed = {field: " ".join(value.split()) for field, value in values.items() if value.strip()}
            if not typed or not typed.keys() <= case.standing.readable.keys():
                raise DeskError("Vul in wat er op het formulier staat, bij de velden die niet of van een plaatje zijn gelezen.")
            case.ticket.audit(by.name, "zelf gelezen", **typed)
            readings = [HandReading(field, value[:500], by.name, utc_now()) for field, value in typed.items()]
            recheck(case.session, case.ticket, tools, readings)

    def choose(self, number: int, field: str, value: str, note: str, by: Person) -> None:
        """Say which of the different values of a field counts. Raises DeskError for a value that does not stand there, or
        without a real note."""
        note = note.strip()
        with self._judging(number) as case:
            if value not in case.standing.to_choose.get(field, ()):
                raise DeskError("Deze waarde staat niet in de aanvraag.")
            _must_tell(note, "Schrijf op waarom deze waarde telt (ten minste tien tekens).")
            case.row.choices.append(ChoiceRow(field=field, value=value, note=note, by=by.name))
            case.ticket.audit(by.name, "waarde gekozen", veld=field, waarde=value, notitie=note)

    def record_authority(self, number: int, where: str, source_date: date | None, by: Person) -> None:
        """Record where it was looked up that who signed may sign for the board; `source_date` is that of the extract or list.

        Raises DeskError when that is not asked, without saying where, or for a date that can't be.
        """
        where = where.strip()
        with self._judging(number) as case:
            if not case.standing.asks_authority:
                raise DeskError("Bij deze aanvraag hoeft niet te worden opgezocht wie mag tekenen.")
            _must_tell(where, "Schrijf op waar u het hebt opgezocht, bijvoorbeeld ‘uittreksel KvK’ (ten minste tien tekens).")
            if source_date and source_date > utc_now().date():
                raise DeskError("De datum van het uittreksel of de lijst ligt in de toekomst.")
            found = from_json(case.row.content)
            signer = found.signature.signer or found.value("bestuurder")
            case.row.authorities.append(
                AuthorityRow(
                    board_number=found.board_number,
                    holder=found.signature.holder,
                    signer=signer[:300],
                    place=where[:1000],
                    source_date=source_date,
                    by=by.name,
                )
            )
            case.ticket.audit(by.name, "bevoegdheid vastgelegd", waar=where, datum=source_date.isoformat() if source_date else "")

    def mark_read(self, number: int, answer: int, by: Person) -> None:
        """Say that a message of a request was read; `answer` is its number. Raises DeskError for one that need not be read."""
        with self._judging(number) as case:
            if answer not in {one.message for one in case.standing.unread}:
                raise DeskError("Dit is geen ongelezen mail bij deze aanvraag.")
            case.row.read_marks.append(ReadMark(message_id=answer, by=by.name))
            case.ticket.audit(by.name, "antwoord gelezen", bericht=answer)

    def approve(self, number: int, by: Person, seen: str | None = None) -> bool:
        """Consent to granting; True when the request is granted by it.

        `seen` is `Standing.seen` as the person had it before them: of anything else the consent is refused. Without it the
        consent is to the request as it stands now. Raises DeskError as long as anything stands in the way.
        """
        with self._judging(number) as case:
            standing = case.standing
            if seen is not None and seen != standing.seen:
                raise DeskError(CHANGED)
            if standing.verdict is not Verdict.COMPLETE:
                raise DeskError("Deze aanvraag is niet compleet; er staat nog iets open.")
            if standing.to_tick:
                raise DeskError("Kijk eerst na wat alleen een medewerker kan zien, en vink het aan.")
            if standing.needs_authority:
                raise DeskError("Leg eerst vast waar u hebt opgezocht dat de ondertekenaar mag tekenen.")
            if standing.unread:
                raise DeskError("Er kwam nog een mail binnen bij deze aanvraag. Lees die eerst.")
            voices = {name_key(one.by) for one in standing.approvals}  # accounts that people can't tell apart are one voice
            if name_key(by.name) in voices:
                raise DeskError("U hebt al akkoord gegeven. Een collega moet deze aanvraag ook beoordelen.")
            case.row.approvals.append(Approval(by_id=by.id, seen=standing.seen))
            case.ticket.audit(by.name, "akkoord gegeven")
            if len(voices) + 1 < standing.needed:
                return False
            _rule(case, GRANTED, "", by)
            return True

    def refuse(self, number: int, note: str, by: Person) -> None:
        """Turn a request down. Raises DeskError without a real note."""
        note = note.strip()
        with self._judging(number) as case:
            _must_tell(note, "Schrijf op waarom u de aanvraag afwijst (ten minste tien tekens).")
            _rule(case, REFUSED, note, by)

    def tick(self, number: int, field: str, on: bool, by: Person) -> None:
        """Tick or untick a point of the checklist that only a person can see."""
        with changing(self._engine, number) as (_, ticket):
            must_be_undecided(ticket)
            row = _verified(ticket)
            points = {spec.name for spec in load_requests().types[ticket.intent].fields if spec.check == "by_agent"}
            if field not in points:
                raise DeskError("Dit punt staat niet op de lijst van deze aanvraag.")
            row.ticks = [tick for tick in row.ticks if tick.field != field or on]
            if on and field not in {tick.field for tick in row.ticks}:
                row.ticks.append(Tick(field=field, by=by.name))
            ticket.audit(by.name, "afgevinkt", veld=field, aan=on)

    def check_again(self, number: int, by: Person, tools: Tools) -> None:
        """Check a formal request against the register as it is now; what people decided about the earlier check stays with that."""
        with changing(self._engine, number) as (session, ticket):
            must_be_undecided(ticket)
            recheck(session, ticket, tools)
            ticket.audit(by.name, "opnieuw gecontroleerd")

    @contextmanager
    def _judging(self, number: int) -> Iterator[_Case]:
        with Session(self._engine) as session, session.begin():
            # and one judgement at a time: a grant counts for other requests of the school. SQLite has but one writer anyway.
            session.execute(select(RegisterEdition.id).order_by(RegisterEdition.id).limit(1).with_for_update(key_share=True))
            ticket = locked(session, find_ticket(session, number))
            must_be_open(ticket)
            row = _verified(ticket)
            standing = standing_of(session, ticket, row)
            if standing.ruling:
                raise DeskError(f"Deze aanvraag is al {standing.ruling.about} door {standing.ruling.by}.")
            if standing.later:
                raise DeskError(f"Deze aanvraag gaat verder in vraag {standing.later}; beoordeel hem daar.")
            if standing.outdated:
                raise DeskError(standing.outdated)
            yield _Case(session, ticket, row, standing)


def _must_tell(note: str, otherwise: str) -> None:
    if len(note) < SHORTEST_NOTE:
        raise DeskError(otherwise)


def _rule(case: _Case, outcome: str, note: str, by: Person) -> None:
    """End a request, and propose the answer that says so."""
    ticket = case.ticket
    case.row.ruling = Ruling(outcome=outcome, note=note, by=by.name)
    ticket.audit(by.name, f"aanvraag {outcome}", **({"notitie": note} if note else {}))
    answer = write_ruling(answered_mail(ticket), load_taxonomy()[ticket.intent], ticket.language, outcome)
    ticket.drafts.append(Draft(subject=answer.subject, body=answer.body, citations=[]))


def _verified(ticket: Ticket) -> VerificationRow:
    row = verification_of(ticket)
    if row is None:
        raise DeskError("Bij deze vraag hoort geen formele aanvraag.")
    return row
