"""Where a formal request stands: what the program found, what people decided about it, and what still stands in the way of granting.

Nothing here changes anything; `RequestDesk` does.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import shorten

from sqlalchemy import select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.states import INCOMING
from triage.database.tables import Approval, MessageRow, Ticket, VerificationRow
from triage.mail import parse_message
from triage.mail.read_mail import read_mail
from triage.mail.tags import without_tag
from triage.register.stored import newest_edition
from triage.tickets.chain import first_of, request_of, tickets_of
from triage.tickets.earlier import answers_to, known_authority
from triage.tickets.heads import takes_over
from triage.tickets.memory import memory_of
from triage.tickets.signs import is_suspect, signs_of
from triage.verify.checks.authority import answered_by_authority
from triage.verify.forms import FieldSpec, load_requests
from triage.verify.model import Authority, FieldCheck, Obstacle, Status, Verdict, Verification, Weight, verdict_of
from triage.verify.record import from_json
from triage.verify.verdict import ranked

SUSPECT_LATER = "Na deze aanvraag kwam een verdachte mail binnen die erbij lijkt te horen (vraag {number}). Kijk welke echt is."


_REPLY = re.compile(r"^(?:\s*(?:re|fwd?|antw|doorst|aw|wg)\s*:)+\s*", re.IGNORECASE)
FIRST_WORDS = 60  # characters of a mail by which people know it
READ_BY_ONE = frozenset({"not_understood"})  # kinds of doubt that ask for no more than reading: that takes no second person


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody said, and when."""

    by: str
    at: datetime
    note: str = ""
    about: str = ""  # reason of the obstacle that was lifted, the field that was chosen, or the outcome
    value: str = ""  # the value that was chosen


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that somebody must read before the request is judged."""

    message: int  # its number
    ticket: int  # number of the ticket it is in
    author: str  # name or address of who wrote it
    at: datetime  # when it came in
    words: str  # its first words


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a request stands, after what people decided."""

    verdict: Verdict  # without what was lifted, chosen and looked up
    obstacles: tuple[Obstacle, ...]  # that still stand, heaviest first
    to_read: frozenset[str]  # names of fields that a person must read, because the program could not, or not well
    readable: Mapping[str, str]  # by name: fields that a person may read, with what they say now
    to_choose: Mapping[str, tuple[str, ...]]  # by name: fields with different values, of which a person chooses one
    chosen: tuple[Judgement, ...]
    lifted: tuple[Judgement, ...]
    to_tick: tuple[str, ...]  # names of the fields that a person must still look up
    asks_authority: bool  # it must be known that who signed may sign for the board
    authority: Judgement | None  # where a person looked that up for this check
    needs_authority: bool  # it is asked, and not known yet
    unread: tuple[Unread, ...]  # messages that belong to it and nobody marked as read
    approvals: tuple[Judgement, ...]  # consents to the request as it stands
    withdrawn: tuple[Judgement, ...]  # consents to what it was before something new came
    needed: int  # people who must approve
    ruling: Judgement | None
    outdated: str  # Dutch: why it must be checked again first, "" when it need not
    earlier: int | None  # number of the ticket with the earlier mail of this request
    later: int | None  # number of the ticket in which the request goes on
    suspect_later: int | None  # number of a ticket that claims to go on with it, and is suspect
    seen: str  # digest of all that a consent is to

    @property
    def grantable(self) -> bool:
        """Whether the next approval may be given."""
        blocked = self.to_tick or self.needs_authority or self.unread or self.ruling or self.outdated or self.later
        return self.verdict is Verdict.COMPLETE and not blocked


def standing_of(session: Session, ticket: Ticket, row: VerificationRow) -> Standing:
    """Where a verified request stands, after what people decided."""
    found = from_json(row.content)
    later, suspect, beside = _following(session, row.message)
    obstacles = _obstacles(session, row, found, suspect)
    specs = load_requests().types[ticket.intent].fields
    ticked = {tick.field for tick in row.ticks}
    only_read = {one.reason for one in obstacles if one.kind in READ_BY_ONE}
    left = tuple(one for one in ranked(obstacles) if not _settled(one, row))
    to_read, readable = _by_eye(found, specs)
    asks_authority, known = _authority_asked(found, specs)
    looked_up = known_authority(session, utc_now(), (found.board_number, found.signature.holder)) if known else ()
    unread = _unread(session, row, beside)
    seen = _digest(session, row, left, unread, looked_up)
    ruling = Judgement(row.ruling.by, row.ruling.at, row.ruling.note, row.ruling.outcome) if row.ruling else None
    counted = row.approvals[-1].seen if ruling and row.approvals else seen
    return Standing(
        verdict=verdict_of(obstacle.weight for obstacle in left),
        obstacles=left,
        to_read=to_read,
        readable=readable,
        to_choose=_to_choose(found, row),
        chosen=tuple(Judgement(one.by, one.at, one.note, one.field, one.value) for one in row.choices),
        lifted=tuple(Judgement(lift.by, lift.at, lift.note, lift.reason) for lift in row.lifts),
        to_tick=tuple(spec.name for spec in specs if spec.check == "by_agent" and spec.name not in ticked),
        asks_authority=asks_authority,
        authority=_looked_up(row),
        needs_authority=asks_authority and not (looked_up or row.authorities or (known and row.ruling)),
        unread=unread,
        approvals=tuple(_consent(one) for one in row.approvals if one.seen == counted),
        withdrawn=tuple(_consent(one) for one in row.approvals if one.seen != counted),
        needed=2 if any(lift.reason not in only_read for lift in row.lifts) else 1,
        ruling=ruling,
        outdated=_outdated(session, row),
        earlier=_earlier(session, ticket),
        later=later[-1] if later else None,
        suspect_later=suspect[-1] if suspect else None,
        seen=seen,
    )


def _obstacles(session: Session, row: VerificationRow, found: Verification, suspect: Sequence[int]) -> list[Obstacle]:
    """All that speaks against a request, settled or not: what its check and its mails show, what earlier requests say now, suspect
    tickets that claim to go on with it, and what is the matter with values that a person chose."""
    return [
        *found.obstacles,
        *signs_of(row.message),
        *_remembered(session, row, found),
        *(Obstacle(Weight.DOUBT, SUSPECT_LATER.format(number=number), kind="suspect_mail") for number in suspect),
        *_of_chosen(found, row),
    ]


def chosen_values(row: VerificationRow) -> dict[str, str]:
    """By field, the value that a person chose; of several choices the last."""
    return {one.field: one.value for one in row.choices}


def _to_choose(found: Verification, row: VerificationRow) -> dict[str, tuple[str, ...]]:
    chosen = chosen_values(row)
    return {
        check.field: tuple(one.value for one in check.choices)
        for check in found.fields
        if check.choices and check.field not in chosen
    }


def _of_chosen(found: Verification, row: VerificationRow) -> list[Obstacle]:
    """What is the matter with a value that a person chose, by itself."""
    chosen, request = chosen_values(row), load_requests().types[found.request]
    return [
        Obstacle(
            Weight.DOUBT if choice.status is Status.DOUBT else Weight.SHORTFALL,
            f"{spec.title}: {choice.reason}",
            spec.name,
            "chosen",
        )
        for check in found.fields
        if (spec := request.field(check.field)) is not None
        for choice in check.choices
        if choice.value == chosen.get(check.field) and choice.status is not Status.OK
    ]


def _earlier(session: Session, ticket: Ticket) -> int | None:
    """The number of another ticket that holds the mail with which a ticket goes on."""
    follows = first_of(ticket).follows_id
    return session.get_one(MessageRow, follows).ticket_id if follows else None


def _following(session: Session, head: MessageRow) -> tuple[list[int], list[int], list[int]]:
    """What came after the mail that stands for a request: the tickets in which it goes on, those that claim to go on with it and are
    suspect, and the messages that go on with it but don't take its place: turned down, no request any more or less well proven.
    Oldest first."""
    later = MessageRow.id.in_(request_of(session, head)) & (MessageRow.id > head.id)
    following = session.scalars(select(MessageRow).where(later).order_by(MessageRow.id)).all()
    suspect = [one for one in following if is_suspect(one)]
    takes = [one for one in following if one not in suspect and one.ticket_id != head.ticket_id and takes_over(one, head)]
    beside = [one.id for one in following if one not in suspect and one not in takes]
    return [one.ticket_id for one in takes], [one.ticket_id for one in suspect], beside


def _remembered(session: Session, row: VerificationRow, found: Verification) -> list[Obstacle]:
    """What earlier requests say now: another one may have been granted since the check."""
    if row.ruling:
        return []
    memory = memory_of(session, found, utc_now(), request_of(session, row.message), row.message_id)
    return [Obstacle(Weight.DOUBT, doubt, kind="memory") for doubt in memory.doubts]


def _settled(obstacle: Obstacle, row: VerificationRow) -> bool:
    """Whether a person took an obstacle away: lifted it, chose a value, or looked up who may sign."""
    if obstacle.reason in {lift.reason for lift in row.lifts}:
        return True
    if obstacle.kind == "conflict":
        return obstacle.field in chosen_values(row)
    return answered_by_authority(obstacle.kind) and bool(row.authorities)


def _by_eye(found: Verification, specs: Sequence[FieldSpec]) -> tuple[frozenset[str], Mapping[str, str]]:
    """Which fields a person must read before they can be judged, and all that a person may read, with what they say now.

    A person reads what the program could not or only from a picture, never over what was typed.
    """
    must, may = set(), {}
    for spec in specs:
        check = found.check(spec.name)
        if check is None or spec.check == "signed_pdf" or spec.by_agent:
            continue
        unread = check.status is Status.DOUBT and not check.value
        pictured = _from_picture(check, found)
        if unread or pictured or (check.evidence and check.evidence.by_hand):
            may[spec.name] = check.value or ""
        if unread or (pictured and check.status is not Status.OK):
            must.add(spec.name)
    return frozenset(must), may


def _from_picture(check: FieldCheck, found: Verification) -> bool:
    return check.evidence is not None and bool({check.evidence.file, check.evidence.source} & found.turns.keys())


def _authority_asked(found: Verification, specs: Sequence[FieldSpec]) -> tuple[bool, bool]:
    """Whether it must be known who may sign, and whether that is known from before."""
    check = next((found.check(spec.name) for spec in specs if spec.check == "authority"), None)
    return (False, False) if check is None else (True, check.status is Status.OK)


def _looked_up(row: VerificationRow) -> Judgement | None:
    if not row.authorities:
        return None
    last = row.authorities[-1]
    day = f"{last.source_date:%d-%m-%Y}" if last.source_date else ""
    return Judgement(last.by, last.at, last.place, last.signer, day)


def _unread(session: Session, row: VerificationRow, beside: Sequence[int]) -> tuple[Unread, ...]:
    """Mails that nobody marked as read: answers in the thread of a request, mails that take part in it without being judged, and
    every later mail of the request itself in which somebody wrote something. A bounce or an automatic reply is no answer.
    """
    if row.ruling:
        return ()
    own = request_of(session, row.message)
    since = select(MessageRow).where(
        MessageRow.ticket_id.in_(tickets_of(session, own)), MessageRow.direction == INCOMING, MessageRow.id > min(own)
    )
    first = session.get_one(MessageRow, min(own))
    marked, judged = {mark.message_id for mark in row.read_marks}, own - set(beside)
    waiting = {one.id: one for one in (*session.scalars(since), *answers_to(session, own))}
    return tuple(
        Unread(one.id, one.ticket_id, one.author, one.at, shorten(_words(one), FIRST_WORDS, placeholder=" …"))
        for number, one in sorted(waiting.items())
        if number not in marked and not _is_automatic(one) and (number not in judged or _words(one) or _other_subject(one, first))
    )


def _is_automatic(message: MessageRow) -> bool:
    """Whether a program wrote a mail; of a mail of before that was kept, its headers say so."""
    if message.text is not None or message.mail is None:
        return bool(message.automatic)
    return parse_message(message.mail.raw).automatic


def _other_subject(message: MessageRow, first: MessageRow) -> bool:
    """Whether a mail without own words says something in its subject: it is not that of the first mail of the request."""
    if message.mail is None or first.mail is None:
        return False
    return _subject(message.mail.raw) not in ("", _subject(first.mail.raw))


def _subject(raw: bytes) -> str:
    return _REPLY.sub("", without_tag(parse_message(raw).subject)).casefold()


def _words(message: MessageRow) -> str:
    if message.text is not None or message.mail is None:
        return (message.text or "").strip()
    return read_mail(parse_message(message.mail.raw)).own_words.strip()


def _digest(
    session: Session,
    row: VerificationRow,
    left: Sequence[Obstacle],
    unread: Sequence[Unread],
    looked_up: Sequence[Authority],
) -> str:
    """The SHA-256 of all that a consent is to: the check, the mails it is of, what is known besides, and what people decided about it.

    Rows are named with their moment: SQLite gives the number of a row that was removed to the next one.
    """
    parts = sorted(request_of(session, row.message))
    checks = session.scalars(select(VerificationRow.id).where(VerificationRow.message_id.in_(parts)))
    told = {
        "check": row.id,
        "parts": parts,
        "checks": sorted(checks),
        "open": [one.reason for one in left],
        "lifts": [one.id for one in row.lifts],
        "choices": [one.id for one in row.choices],
        "authority": [one.id for one in row.authorities],
        "known": [(one.by, one.at.isoformat()) for one in looked_up],
        "ticks": [(one.id, one.field, one.at.isoformat()) for one in row.ticks],
        "read": sorted(one.message_id for one in row.read_marks),
        "unread": [one.message for one in unread],
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _consent(approval: Approval) -> Judgement:
    return Judgement(approval.by.name, approval.at)


def _outdated(session: Session, row: VerificationRow) -> str:
    """Why a check can't be relied on any more, in Dutch; "" when it can."""
    edition = newest_edition(session)
    if row.ruling or edition is None or edition.id == row.edition_id:
        return ""
    if row.edition_id is None:
        return "Van deze controle is niet bekend met welk scholenregister hij is gedaan. Controleer de aanvraag eerst opnieuw."
    return "Het scholenregister is vernieuwd sinds de controle. Controleer de aanvraag eerst opnieuw."
