"""The one path in: raw bytes -> stored mail -> triaged ticket, exactly once.

The bytes are committed before anything reads them. What makes two mails the same is in same_mail.py. A ticket with prediction, checks
and draft is written in one transaction; what was received but not yet triaged is picked up by the next run. A mail that can't be
triaged is set apart and stops no other; a database that fails for a while sets nothing apart.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError
from sqlalchemy.orm import Session

from kb.database_errors import where_it_failed
from kb.store import utc_now
from triage.classify.intents import load_taxonomy
from triage.database.tables import (
    MESSAGE_ID,
    Event,
    MessageRow,
    Prediction,
    RawMail,
    Ticket,
)
from triage.documents.opened_mail import OpenedMail, open_mail
from triage.incidents.incidents import IncidentWatch, words_of
from triage.intake.bookmarks import forget, remember
from triage.intake.claims import MOST_ATTEMPTS, claim, put_back, waiting
from triage.intake.follow_up import BOT, advised, go_on, holds_still, message_row, newest_message, place_in
from triage.intake.outcome import store_outcome
from triage.intake.parsed_mails import ParsedMails
from triage.intake.pipeline import Tools, ToolSource, Triaged, classification_json, triage_message
from triage.intake.same_mail import fingerprint, fingerprint_of_before
from triage.intake.steps import BACKGROUND, PARSE, STORE, StepTimes, measured, step
from triage.logs import about
from triage.mail import Message, parse_message
from triage.mail.read_mail import ReadMail
from triage.sources.source import Bookmark, Found, Gone, PassedOver, RawBytes, TooLarge, Unreadable
from triage.tickets.earlier import background_of, sender_key
from triage.tickets.search_index import index_school
from triage.tickets.threads import place_of

MOST_LOOKS = 5  # at a request that changes while a mail is checked to go on with it
STORED, RECEIVED, TRIAGED, SET_ASIDE, COPY = "bewaard", "ontvangen", "verwerkt", "apart", "kopie"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What an ingestion did."""

    received: int = 0  # mails the source held
    new: int = 0  # mails that became a ticket now
    duplicate: int = 0  # mails that were there already
    quarantined: int = 0  # mails set apart for a person because they could not be read or taken in
    waiting: int = 0  # mails that wait still: the database failed, or another process has them
    unreadable: int = 0  # files or mails of the source that could not be read, or not be put away there


def receive(engine: Engine, mail: RawBytes, parsed: ParsedMails | None = None) -> int | None:
    """Store a mail as it came, before anything reads it; returns its number, or None when it was there already."""
    number = store(engine, mail)
    return number if number is not None and _is_new(engine, number, parsed or ParsedMails()) else None


def store(engine: Engine, mail: RawBytes) -> int | None:
    """Commit the bytes of a mail, and how far its source was read; its number, or None when the very same are there already."""
    return _store(engine, mail.data, mail.bookmark, RawMail(raw=mail.data, source=mail.kind, state=STORED))


def store_too_large(engine: Engine, mail: TooLarge) -> int | None:
    """Commit what is known of a mail that was too large to take in, set apart for a person; None when that was done before."""
    row = RawMail(raw=mail.headers, source=mail.kind, state=SET_ASIDE, problem=mail.reason)
    return _store(engine, mail.headers, mail.bookmark, row)


def _store(engine: Engine, data: bytes, bookmark: Bookmark | None, row: RawMail) -> int | None:
    row.sha256 = hashlib.sha256(data).hexdigest()
    known = select(RawMail.id).where(RawMail.sha256 == row.sha256)
    with Session(engine) as session:
        if session.scalar(known) is not None:  # asked first: on PostgreSQL a refused row uses up a number
            _mark_only(session, bookmark)
            return None
        try:
            session.add(row)
            remember(session, bookmark)
            session.flush()
            if row.state == SET_ASIDE:
                session.add(Event(actor=BOT, action="apart gezet", detail={"mail": row.id}))
            session.commit()
        except IntegrityError:
            session.rollback()
            if session.scalar(known) is None:
                raise
            _mark_only(session, bookmark)
            return None
        with about(mail=row.id):
            _log.info("mail %d is stored", row.id)
        return row.id


def _mark_only(session: Session, bookmark: Bookmark | None) -> None:
    """Keep the bookmark of bytes that are stored."""
    remember(session, bookmark)
    try:
        session.commit()
    except IntegrityError:  # another process, which reads the same source, did so meanwhile
        session.rollback()


def _is_new(engine: Engine, mail_id: int, parsed: ParsedMails) -> bool:
    """Compare a stored mail with earlier ones; a second copy is kept but not triaged."""
    with Session(engine) as session:
        mail = session.get_one(RawMail, mail_id)
        if mail.state != STORED:
            return mail.state != COPY
        message = parse_message(mail.raw)
        mark = fingerprint(message, mail.raw)
        original = _same_of_before(session, message, mail, mark)
        if original is None:
            try:
                taken = update(RawMail).where(RawMail.id == mail_id, RawMail.state == STORED)
                done = session.execute(taken.values(fingerprint=mark, state=RECEIVED))
                session.commit()
                if cast("CursorResult[Any]", done).rowcount == 1:
                    parsed.keep(mail, message)
                return session.get_one(RawMail, mail_id, populate_existing=True).state != COPY
            except IntegrityError:
                session.rollback()
                original = session.scalar(select(RawMail.id).where(RawMail.fingerprint == mark))
                if original is None:
                    raise
        mail = session.get_one(RawMail, mail_id)
        mail.state, mail.copy_of_id = COPY, original
        session.commit()
        with about(mail=mail_id):
            _log.info("mail %d is a copy", mail_id)
        return False


def _same_of_before(session: Session, message: Message, mail: RawMail, mark: str | None) -> int | None:
    """The number of the same mail when it was stored with the digest of before."""
    was = fingerprint_of_before(message, mail.raw)
    earlier = session.scalar(select(RawMail).where(RawMail.fingerprint == was, RawMail.id != mail.id)) if was else None
    return earlier.id if earlier and fingerprint(parse_message(earlier.raw), earlier.raw) == mark else None


def never() -> bool:
    """Nobody asks to stop."""
    return False


def ingest(
    engine: Engine,
    mails: Iterable[Found],
    tools: ToolSource,
    stop: Callable[[], bool] = never,
    parsed: ParsedMails | None = None,
) -> Counts:
    """Receive mails and triage everything that waits, also from a run that was cut off. `stop` is asked between two mails."""
    parsed = parsed or ParsedMails()
    counts = receive_all(engine, mails, parsed, stop)
    done = process_waiting(engine, tools, parsed, stop)
    if done.new:
        IncidentWatch(engine).watch(tools.current().model)
    counts.new, counts.waiting = done.new, done.waiting
    counts.quarantined += done.quarantined
    return counts


def receive_all(
    engine: Engine, mails: Iterable[Found], parsed: ParsedMails | None = None, stop: Callable[[], bool] = never
) -> Counts:
    """Receive the mails of a source; what can't be read there is counted and told in the log, and the rest goes on."""
    counts, parsed = Counts(), parsed or ParsedMails()
    for mail in mails:
        _take(engine, mail, parsed, counts)
        if stop():
            break
    return counts


def _take(engine: Engine, found: Found, parsed: ParsedMails, counts: Counts) -> None:
    """Receive one thing that a source yielded, and count it."""
    match found:
        case RawBytes():
            counts.received += 1
            counts.duplicate += receive(engine, found, parsed) is None
        case TooLarge():
            counts.received += 1
            new = store_too_large(engine, found) is not None
            counts.quarantined, counts.duplicate = counts.quarantined + new, counts.duplicate + (not new)
        case PassedOver():
            counts.received, counts.duplicate = counts.received + found.mails, counts.duplicate + found.mails
        case Unreadable():
            counts.unreadable += 1
            _log.error("%s %s", found.place, found.reason)
        case Gone():
            forget(engine, found)


def process_waiting(
    engine: Engine, tools: ToolSource, parsed: ParsedMails | None = None, stop: Callable[[], bool] = never
) -> Counts:
    """Triage every mail that was received and not yet triaged, each with the register, articles and model of that moment."""
    counts, parsed = Counts(), parsed or ParsedMails()
    with Session(engine) as session:
        unread = waiting(session, STORED)
    for number in unread:
        _is_new(engine, number, parsed)
    with Session(engine) as session:
        received = waiting(session, RECEIVED)
    times = StepTimes()
    for number in received:
        if stop():
            break
        with measured() as taken:
            done = process(engine, number, tools, parsed)
        times.add(taken)
        times.store_now_and_then(engine)
        counts.new += done is True
        counts.quarantined += done is False
        counts.waiting += done is None
    times.store(engine)
    return counts


def process(engine: Engine, mail_id: int, tools: ToolSource, parsed: ParsedMails | None = None) -> bool | None:
    """Triage one stored mail: True when it is in a conversation, False when it was set apart, None when it waits still: the database
    failed, or another process has it. Doing it twice changes nothing.
    """
    with about(mail=mail_id):
        return _claim_and_process(engine, mail_id, tools, parsed or ParsedMails())


def _claim_and_process(engine: Engine, mail_id: int, tools: ToolSource, parsed: ParsedMails) -> bool | None:
    attempts = claim(engine, mail_id, RECEIVED)
    if attempts is None:
        with Session(engine) as session:
            return {TRIAGED: True, SET_ASIDE: False}.get(session.get_one(RawMail, mail_id).state)
    try:
        if attempts >= MOST_ATTEMPTS:
            with Session(engine) as session:
                _set_aside(
                    session, mail_id, "Bij het verwerken van deze mail stopte het programma steeds. De mail zelf is bewaard."
                )
            return False
        return _process(engine, mail_id, tools.current(), parsed)
    except DBAPIError as error:
        if not _will_pass(error):
            raise
        _log.warning("mail %d waits: %s", mail_id, where_it_failed(error))
        put_back(engine, mail_id, attempts)
        return None


def _process(engine: Engine, mail_id: int, tools: Tools, parsed: ParsedMails) -> bool:
    with Session(engine) as session:
        mail = session.get_one(RawMail, mail_id)
        if _is_placed(session, mail_id):
            mail.state, mail.claimed_by, mail.claimed_until = TRIAGED, "", None
            session.commit()
            return True
        with step(PARSE):
            message = parsed.take(mail)
        problem = _triage(session, mail, message, tools)
        if problem:
            _set_aside(session, mail_id, problem)
            return False
        mail.state, mail.claimed_by, mail.claimed_until = TRIAGED, "", None
        try:
            with step(STORE):
                session.commit()
        except (DBAPIError, UnicodeError) as error:
            session.rollback()
            if isinstance(error, IntegrityError) and _is_placed(session, mail_id):
                return True  # another process did so meanwhile
            if isinstance(error, DBAPIError) and _will_pass(error):
                raise
            _log.error("the ticket of mail %d could not be stored: %s", mail_id, where_it_failed(error))
            _set_aside(session, mail_id, f"Opslaan mislukte ({type(error).__name__}). De mail zelf is bewaard.")
            return False
        ticket = session.scalars(select(MessageRow.ticket_id).where(MessageRow.mail_id == mail_id)).one()
        with about(ticket=ticket):
            _log.info("mail %d is in ticket %d", mail_id, ticket)
        return True


def _will_pass(error: DBAPIError) -> bool:
    """Whether the database failed, not the mail: it was busy, or its connection was cut."""
    return error.connection_invalidated or isinstance(error, (OperationalError, InterfaceError))


def _triage(session: Session, row: RawMail, message: Message, tools: Tools) -> str:
    """Put a mail in its conversation; why that can't be done, in Dutch, "" when it is. A database that refuses the mail's values stops
    no other mail."""
    if not message.readable:
        return "Deze mail heeft geen leesbare afzender of inhoud."
    try:
        with step(PARSE):
            mail = open_mail(message)
        for _ in range(MOST_LOOKS):
            if _place(session, row, mail, tools):
                return ""
            session.rollback()
        return "De aanvraag waar deze mail bij hoort, veranderde steeds. Verwerk deze mail opnieuw."
    except DBAPIError as error:
        if _will_pass(error):
            raise
        session.rollback()
        if _is_placed(session, row.id):
            return ""  # another process did so meanwhile
        _log.error("mail %d could not be triaged: %s", row.id, where_it_failed(error))
        return f"Verwerken mislukte ({type(error).__name__}). De mail zelf is bewaard."
    except Exception as error:  # noqa: BLE001 - one mail stops no other, whatever nobody foresaw; it is told, and for a person
        session.rollback()
        _log.error("mail %d could not be triaged: %s", row.id, where_it_failed(error))
        return f"Verwerken mislukte ({type(error).__name__}). De mail zelf is bewaard."


def _place(session: Session, row: RawMail, mail: OpenedMail, tools: Tools) -> bool:
    """Triage a mail and make it a message; False when the request that it goes on with changed meanwhile, and it must be done anew."""
    seen = newest_message(session)
    with step(BACKGROUND):
        background = background_of(session, mail.message, row.received_at)
        place = place_of(session, mail, row.received_at, tools.register, tools.settings.authserv_id)
    if place and not place.ticket.verifications:
        background = replace(background, about=place.ticket.intent, advised=advised(place.ticket))
    triaged = triage_message(mail, row.received_at, tools, background=background)
    joined = place_in(session, place, mail, triaged, tools.settings.authserv_id)
    if joined is None:
        continues = place.ticket.id if place and not triaged.follows else None
        ticket = ticket_of(row, mail, triaged, tools, message_row(row, mail), continues)
        session.add(ticket)
        index_school(session, ticket, triaged.school)
        return True
    if not holds_still(session, joined, triaged, seen):
        return False
    go_on(session, joined, row, mail, triaged, tools)
    return True


def _is_placed(session: Session, mail_id: int) -> bool:
    return session.scalar(select(MessageRow.id).where(MessageRow.mail_id == mail_id)) is not None


def _set_aside(session: Session, mail_id: int, problem: str) -> None:
    mail = session.get_one(RawMail, mail_id)
    mail.state, mail.problem, mail.claimed_by, mail.claimed_until = SET_ASIDE, problem, "", None
    session.add(Event(actor=BOT, action="apart gezet", detail={"mail": mail_id}))
    session.commit()
    _log.warning("mail %d is set apart for a person", mail_id)


def ticket_of(
    row: RawMail, mail: ReadMail, triaged: Triaged, tools: Tools, first: MessageRow, continues: int | None = None
) -> Ticket:
    """A new conversation that begins with a message; `continues` is the number of one that it goes on with."""
    message, found, route = mail.message, triaged.classification, triaged.route
    ticket = Ticket(
        mail=row,
        messages=[first],
        subject=message.subject,
        message_id=message.message_id[:MESSAGE_ID],
        sender_name=message.sender.name[:200],
        sender_address=message.sender.address[:320],
        sender_key=sender_key(message),
        sender_domain=message.sender.domain[:255],
        sent_at=message.date,
        created_at=utc_now(),
        language=mail.language,
        words=words_of(mail.said),
        intent=found.intent,
        confidence=found.confidence,
        decision=found.decision,
        queue=route.queue,
        priority=route.priority,
        due_at=route.due,
        continues_id=continues,
    )
    ticket.predictions.append(Prediction(content=classification_json(found), model_version=tools.model.version))
    store_outcome(first, triaged)
    title = load_taxonomy()[found.intent].title
    ticket.events.append(Event(actor=BOT, action="ontvangen", detail={"onderwerp": title, "regel": route.rule}))
    return ticket


def set_aside(session: Session) -> list[RawMail]:
    """Mails that could not be read, newest first."""
    return list(session.scalars(select(RawMail).where(RawMail.state == SET_ASIDE).order_by(RawMail.id.desc())))
