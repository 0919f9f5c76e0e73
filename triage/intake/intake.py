"""The one path in: raw bytes -> stored mail -> triaged ticket, exactly once.

The bytes are committed before anything reads them. What makes two mails the same is in same_mail.py. A ticket with prediction, checks
and draft is written in one transaction; what was received but not yet triaged is picked up by the next run. A mail that can't be
triaged is set apart and stops no other; a database that fails for a while sets nothing apart.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterable, Sequence
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
    Draft,
    Event,
    MessageRow,
    Prediction,
    RawMail,
    ReadingRow,
    Ticket,
    VerificationRow,
)
from triage.documents.opened_mail import open_mail
from triage.incidents.incidents import IncidentWatch, words_of
from triage.intake.bookmarks import forget, remember
from triage.intake.claims import MOST_ATTEMPTS, claim, put_back, waiting
from triage.intake.follow_up import BOT, advised, go_on, goes_on, message_row, references_of, request_behind
from triage.intake.parsed_mails import ParsedMails
from triage.intake.pipeline import Tools, ToolSource, Triaged, classification_json, triage_message
from triage.intake.same_mail import fingerprint, fingerprint_of_before
from triage.mail import Message, parse_message
from triage.mail.read_mail import ReadMail
from triage.sources.source import Bookmark, Found, Gone, PassedOver, RawBytes, TooLarge, Unreadable
from triage.tickets.earlier import background_of, sender_key
from triage.tickets.threads import place_of
from triage.verify.model import HandReading, Verification
from triage.verify.record import to_json

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
    for number in received:
        if stop():
            break
        done = process(engine, number, tools, parsed)
        counts.new += done is True
        counts.quarantined += done is False
        counts.waiting += done is None
    return counts


def process(engine: Engine, mail_id: int, tools: ToolSource, parsed: ParsedMails | None = None) -> bool | None:
    """Triage one stored mail: True when it is in a conversation, False when it was set apart, None when it waits still: the database
    failed, or another process has it. Doing it twice changes nothing.
    """
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
        return _process(engine, mail_id, tools.current(), parsed or ParsedMails())
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
        problem = _triage(session, mail, parsed.take(mail), tools)
        if problem:
            _set_aside(session, mail_id, problem)
            return False
        mail.state, mail.claimed_by, mail.claimed_until = TRIAGED, "", None
        try:
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
        mail = open_mail(message)
        background = background_of(session, message, row.received_at)
        place = place_of(session, mail, row.received_at, tools.register, tools.settings.authserv_id)
        if place and not place.ticket.verifications:
            background = replace(background, about=place.ticket.intent, advised=advised(place.ticket))
        triaged = triage_message(mail, row.received_at, tools, background=background)
        if place and goes_on(session, place, mail, triaged):
            go_on(session, place, row, mail, triaged, tools)
        else:
            continues = (request_behind(session, place, mail) or place.ticket.id) if place and not triaged.follows else None
            session.add(ticket_of(row, mail, triaged, tools, message_row(row, mail), continues))
        return ""
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


def _is_placed(session: Session, mail_id: int) -> bool:
    return session.scalar(select(MessageRow.id).where(MessageRow.mail_id == mail_id)) is not None


def _set_aside(session: Session, mail_id: int, problem: str) -> None:
    mail = session.get_one(RawMail, mail_id)
    mail.state, mail.problem, mail.claimed_by, mail.claimed_until = SET_ASIDE, problem, "", None
    session.add(Event(actor=BOT, action="apart gezet", detail={"mail": mail_id}))
    session.commit()


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
    ticket.references += references_of(mail)
    ticket.predictions.append(Prediction(content=classification_json(found), model_version=tools.model.version))
    store_outcome(ticket, triaged)
    title = load_taxonomy()[found.intent].title
    ticket.events.append(Event(actor=BOT, action="ontvangen", detail={"onderwerp": title, "regel": route.rule}))
    return ticket


def store_outcome(ticket: Ticket, triaged: Triaged) -> None:
    """Add checks and draft to a ticket; used on arrival, when an agent corrects the intent, and for a new check."""
    ticket.follows_id = (
        triaged.follows or ticket.follows_id
    )  # a tie stays: another subject and back takes no mail out of a request
    if triaged.verification:
        ticket.verifications.append(check_row(triaged.verification, triaged.readings, triaged.own))
    if triaged.draft:
        draft = triaged.draft
        ticket.drafts.append(Draft(subject=draft.subject, body=draft.body, citations=list(draft.citations)))
    elif ticket.drafts:  # what was proposed before no longer fits
        ticket.drafts.append(Draft(subject="", body="", citations=[]))


def check_row(verification: Verification, readings: Sequence[HandReading], own: Verification | None) -> VerificationRow:
    """A check as it is stored, with what is asked of it later in columns of its own."""
    signature, made_on = verification.signature, verification.made_on
    return VerificationRow(
        verdict=verification.verdict.value,
        request=verification.request,
        content=to_json(verification),
        own=to_json(own) if own else {},
        edition_id=made_on.edition,
        model_version=made_on.model,
        articles_version=made_on.articles,
        brin=verification.brin,
        board_number=verification.board_number,
        administrator=verification.administrator[:320],
        signer=(signature.signer or "")[:300],
        certificate=signature.certificate,
        signed_bytes=signature.signed_bytes,
        reference=verification.code.reference if verification.code else "",
        readings=[ReadingRow(field=one.field, value=one.value, by=one.by, at=one.at or utc_now()) for one in readings],
    )


def set_aside(session: Session) -> list[RawMail]:
    """Mails that could not be read, newest first."""
    return list(session.scalars(select(RawMail).where(RawMail.state == SET_ASIDE).order_by(RawMail.id.desc())))
