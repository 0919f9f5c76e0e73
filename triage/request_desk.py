"""Judging formal requests: doubts are lifted by a named person with a note, and what was lifted takes two people to grant.

The verification itself never changes. What people decide hangs on it, so a new check of the same request starts without any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from triage.accounts import Person
from triage.answer import write_ruling
from triage.classify.intents import load_taxonomy
from triage.desk import find_ticket, must_be_open, recheck
from triage.errors import DeskError
from triage.mail import parse_message
from triage.pipeline import Tools
from triage.store import Approval, Draft, Lift, ReadingRow, Ruling, Ticket, VerificationRow
from triage.ticket_view import ticked_of, verification_of
from triage.verify.forms import load_requests
from triage.verify.model import Obstacle, Status, Verdict, Weight, verdict_of
from triage.verify.register import newest_edition

GRANTED, REFUSED = "toegekend", "afgewezen"
SUSPECT_LATER = "Na deze aanvraag kwam een verdachte mail binnen die erbij lijkt te horen (vraag {number}). Kijk welke echt is."
SHORTEST_NOTE = 10  # characters: 'ok' is no reason
JUDGES_OF_FORGERY = frozenset({"senior", "admin"})  # roles that may lift a sign of forgery


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said, and when."""

    by: str
    at: datetime
    note: str = ""
    about: str = ""  # reason of the obstacle that was lifted, or the outcome


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands, after what people decided."""

    verdict: Verdict  # without what was lifted
    obstacles: tuple[Obstacle, ...]  # that still stand, heaviest first
    to_read: frozenset[str]  # names of fields that a person must read, because the program could not, or not well
    readable: Mapping[str, str]  # by name: fields that a person may read, with what they say now
    lifted: tuple[Judgement, ...]
    to_tick: tuple[str, ...]  # names of the fields that a person must still look up
    approvals: tuple[Judgement, ...]
    needed: int  # people who must approve
    ruling: Judgement | None
    outdated: str  # Dutch: why it must be checked again first, "" when it need not
    earlier: int | None  # number of the ticket with the earlier mail of this request
    later: int | None  # number of the ticket in which the request goes on
    suspect_later: int | None  # number of a ticket that claims to go on with it, and is suspect

    @property
    def grantable(self) -> bool:
        """Whether the next approval may be given."""
        return self.verdict is Verdict.COMPLETE and not (self.to_tick or self.ruling or self.outdated or self.later)


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
        """Take an obstacle away. Raises DeskError for what only the school can mend, without a real note, and for a sign of
        forgery when the person is no senior."""
        note = note.strip()
        with self._judging(number) as (_, ticket, row, standing):
            obstacle = next((one for one in standing.obstacles if one.reason == reason), None)
            if obstacle is None:
                raise DeskError("Dit punt staat niet (meer) open.")
            if obstacle.field in standing.to_read:
                raise DeskError("Dit veld is niet gelezen. Vul in wat er op het formulier staat.")
            if obstacle.weight is Weight.SHORTFALL:
                raise DeskError("Dit kan alleen de school aanvullen of verbeteren.")
            if obstacle.weight is Weight.FORGERY and by.role not in JUDGES_OF_FORGERY:
                raise DeskError("Een teken van vervalsing mag alleen een senior medewerker wegnemen.")
            if len(note) < SHORTEST_NOTE:
                raise DeskError("Schrijf op wat u hebt gezien of gedaan (ten minste tien tekens).")
            row.lifts.append(Lift(reason=reason, note=note, by=by.name))
            ticket.audit(by.name, "twijfel weggenomen", punt=reason, notitie=note)

    def read(self, number: int, values: Mapping[str, str], by: Person, tools: Tools) -> None:
        """Give fields that the program could not read the values that a person read; the request is checked again with them.

        Raises DeskError when nothing was filled in, or for a field that the program did read.
        """
        with self._judging(number) as (session, ticket, _, standing):
            typed = {field: " ".join(value.split()) for field, value in values.items() if value.strip()}
            if not typed or not typed.keys() <= standing.readable.keys():
                raise DeskError("Vul in wat er op het formulier staat, bij de velden die niet of van een plaatje zijn gelezen.")
            ticket.readings += [ReadingRow(field=field, value=value[:500], by=by.name) for field, value in typed.items()]
            ticket.audit(by.name, "zelf gelezen", **typed)
            session.flush()
            recheck(session, ticket, tools)

    def approve(self, number: int, by: Person) -> bool:
        """Consent to granting; True when the request is granted by it. Raises DeskError as long as anything stands in the way."""
        with self._judging(number) as (session, ticket, row, standing):
            if standing.verdict is not Verdict.COMPLETE:
                raise DeskError("Deze aanvraag is niet compleet; er staat nog iets open.")
            if standing.to_tick:
                raise DeskError("Kijk eerst na wat alleen een medewerker kan zien, en vink het aan.")
            if by.name in {approval.by for approval in standing.approvals}:
                raise DeskError("U hebt al akkoord gegeven. Een collega moet deze aanvraag ook beoordelen.")
            session.add(Approval(verification_id=row.id, by_id=by.id))
            ticket.audit(by.name, "akkoord gegeven")
            if len(standing.approvals) + 1 < standing.needed:
                return False
            _rule(ticket, row, GRANTED, "", by)
            return True

    def refuse(self, number: int, note: str, by: Person) -> None:
        """Turn a request down. Raises DeskError without a real note."""
        note = note.strip()
        with self._judging(number) as (_, ticket, row, _):
            if len(note) < SHORTEST_NOTE:
                raise DeskError("Schrijf op waarom u de aanvraag afwijst (ten minste tien tekens).")
            _rule(ticket, row, REFUSED, note, by)

    @contextmanager
    def _judging(self, number: int) -> Iterator[tuple[Session, Ticket, VerificationRow, Standing]]:
        """A transaction that no other judgement on this ticket can cross."""
        with Session(self._engine) as session, session.begin():
            session.execute(update(Ticket).where(Ticket.id == number).values(status=Ticket.status))  # locks the row
            ticket = find_ticket(session, number)
            must_be_open(ticket)
            row = _verified(ticket)
            standing = standing_of(session, ticket, row)
            if standing.ruling:
                raise DeskError(f"Deze aanvraag is al {standing.ruling.about} door {standing.ruling.by}.")
            if standing.later:
                raise DeskError(f"Deze aanvraag gaat verder in vraag {standing.later}; beoordeel hem daar.")
            if standing.outdated:
                raise DeskError(standing.outdated)
            yield session, ticket, row, standing


def _rule(ticket: Ticket, row: VerificationRow, outcome: str, note: str, by: Person) -> None:
    """End a request, and propose the answer that says so."""
    row.ruling = Ruling(outcome=outcome, note=note, by=by.name)
    ticket.audit(by.name, f"aanvraag {outcome}", **({"notitie": note} if note else {}))
    answer = write_ruling(parse_message(ticket.mail.raw), load_taxonomy()[ticket.intent], ticket.language, outcome)
    ticket.drafts.append(Draft(subject=answer.subject, body=answer.body, citations=[]))


def _by_eye(ticket: Ticket, row: VerificationRow) -> tuple[frozenset[str], Mapping[str, str]]:
    """Which fields a person must read before they can be judged, and all that a person may read, with what they say now.

    A person reads what the program could not or only from a picture, never over what was typed.
    """
    must, may = set(), {}
    read = {one["field"]: one for one in row.content["fields"]}
    pictures = row.content.get("turned", {})  # absent in checks of earlier versions
    for spec in load_requests().types[ticket.intent].fields:
        if spec.check == "signed_pdf" or spec.by_agent:
            continue
        one = read[spec.name]
        evidence = one["evidence"] or {}
        source = evidence.get("source")
        unread = one["status"] == Status.DOUBT and not one["value"]
        if unread or source in pictures or evidence.get("by_hand"):
            may[spec.name] = one["value"] or ""
        if unread or (source in pictures and one["status"] != Status.OK):
            must.add(spec.name)
    return frozenset(must), may


def standing_of(session: Session, ticket: Ticket, row: VerificationRow) -> Standing:
    """Where a verified request stands, after what people decided."""
    gone = {lift.reason for lift in row.lifts}
    found = [Obstacle(Weight(one["weight"]), one["reason"], one["field"]) for one in row.content.get("obstacles", ())]
    newer = Ticket.follows_id == ticket.id
    if ticket.follows_id is not None:  # of two mails that came at the same moment and follow the same one, the last counts
        newer |= (Ticket.follows_id == ticket.follows_id) & (Ticket.id > ticket.id)
    following = session.scalars(select(Ticket).where(newer).order_by(Ticket.id)).all()
    suspect = [one.id for one in following if (check := verification_of(one)) and check.verdict == Verdict.SUSPECT]
    found += [Obstacle(Weight.DOUBT, SUSPECT_LATER.format(number=number)) for number in suspect]
    later = [one.id for one in following if one.id not in suspect]
    left = tuple(obstacle for obstacle in found if obstacle.reason not in gone)
    ticked = ticked_of(ticket)
    to_read, readable = _by_eye(ticket, row)
    return Standing(
        verdict=verdict_of(obstacle.weight for obstacle in left),
        obstacles=left,
        to_read=to_read,
        readable=readable,
        lifted=tuple(Judgement(lift.by, lift.at, lift.note, lift.reason) for lift in row.lifts),
        to_tick=tuple(
            spec.name for spec in load_requests().types[ticket.intent].fields if spec.by_agent and spec.name not in ticked
        ),
        approvals=tuple(Judgement(approval.by.name, approval.at) for approval in row.approvals),
        needed=2 if row.lifts else 1,
        ruling=Judgement(row.ruling.by, row.ruling.at, row.ruling.note, row.ruling.outcome) if row.ruling else None,
        outdated=_outdated(session, row),
        earlier=ticket.follows_id,
        later=later[-1] if later else None,
        suspect_later=suspect[-1] if suspect else None,
    )


def _outdated(session: Session, row: VerificationRow) -> str:
    if "obstacles" not in row.content:
        return "Deze aanvraag is met een oudere versie gecontroleerd. Controleer hem eerst opnieuw."
    edition = newest_edition(session)
    if edition and edition.imported_at > row.created_at and not row.ruling:
        return "Het scholenregister is vernieuwd sinds de controle. Controleer de aanvraag eerst opnieuw."
    return ""


def _verified(ticket: Ticket) -> VerificationRow:
    row = verification_of(ticket)
    if row is None:
        raise DeskError("Bij deze vraag hoort geen formele aanvraag.")
    return row
