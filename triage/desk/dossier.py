"""The dossier of a formal request: all that was found and decided, for the system that creates the account and for the archive.

The JSON ends with the SHA-256 (FIPS 180-4) of the rest of it, written with sorted keys and without spaces, so that anybody can see
whether it was changed. That digest goes into the audit trail as well, so that a dossier can be compared with what was handed out.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.states import GRANTED
from triage.database.tables import Event, MessageRow, RawMail, RegisterEdition, Ticket, VerificationRow
from triage.desk.one_ticket import find_ticket
from triage.documents.files import form_files
from triage.documents.pdf import render_page
from triage.errors import DeskError, UnsafeFileError
from triage.mail import Message, parse_message
from triage.tickets.chain import request_of
from triage.tickets.heads import verification_of
from triage.tickets.standing import Judgement, Standing, chosen_values, standing_of
from triage.tickets.view import events_of
from triage.verify.model import Verification
from triage.verify.record import from_json, to_json

FORMAT = 3
MADE = "dossier gemaakt"
MAX_PAGES = 5  # of one form
_log = logging.getLogger(__name__)


def make_dossier(engine: Engine, number: int, by: str) -> dict[str, Any]:
    """The dossier of a ticket's request; that it was made goes on record. Raises DeskError when the ticket holds no request."""
    with Session(engine) as session, session.begin():
        ticket = find_ticket(session, number)
        row = verification_of(ticket)
        if row is None:
            raise DeskError("Bij deze vraag hoort geen formele aanvraag.")
        content = _content(session, ticket, row)
        content["sha256"] = digest(content)
        ticket.audit(by, MADE, sha256=content["sha256"])
        return content


def form_pages(engine: Engine, number: int) -> Iterator[tuple[str, bytes]]:
    """The pages of the forms of a request, all its mails, as (caption, PNG); one that can't be shown is left out."""
    with Session(engine) as session:
        row = verification_of(find_ticket(session, number))
        mails = [(one.ticket_id, mail.raw) for one, mail in _chain(session, row)] if row else []
    for ticket, raw in mails:
        for file in form_files(parse_message(raw).attachments):
            for page in range(1, min(file.read().pages, MAX_PAGES) + 1):
                try:
                    image = render_page(file.pdf, page)
                except UnsafeFileError:
                    _log.warning("page %d of a form of ticket %d could not be shown in the dossier", page, ticket)
                    continue
                yield f"Vraag {ticket}: {file.name}, bladzijde {page}", image


def digest(dossier: Mapping[str, Any]) -> str:
    """The SHA-256 of a dossier without its own digest, in hexadecimal."""
    rest = {name: value for name, value in dossier.items() if name != "sha256"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest()


def changed(engine: Engine, dossier: Mapping[str, Any]) -> str:
    """What is wrong with a dossier, in Dutch; "" when it is as it was handed out from this database."""
    if dossier.get("sha256") != digest(dossier):
        return "De inhoud past niet bij de controlecode: dit dossier is veranderd."
    with Session(engine) as session:
        made = session.scalars(select(Event).where(Event.ticket_id == dossier.get("vraag"), Event.action == MADE))
        if dossier["sha256"] not in {event.detail.get("sha256") for event in made}:
            return "Dit dossier is hier niet gemaakt."
    return ""


def _content(session: Session, ticket: Ticket, row: VerificationRow) -> dict[str, Any]:
    standing, found = standing_of(session, ticket, row), from_json(row.content)
    return {
        "formaat": FORMAT,
        "programma": f"wegwijzer {version('wegwijzer')}",
        "gemaakt": utc_now().isoformat(),
        "vraag": ticket.id,
        "aanvraag": ticket.intent,
        "uitkomst": _outcome(standing),
        "gegevens": _values(found, row, standing),
        "mails": [_mail(one.ticket_id, mail) for one, mail in _chain(session, row)],
        "controle": {"gedaan": row.created_at.isoformat(), "register": _edition(session, row), **to_json(found)},
        **_decided(row, standing),
        "verloop": [
            {"op": event.at.isoformat(), "door": event.actor, "wat": event.action} for event in events_of(session, ticket)
        ],
    }


def _decided(row: VerificationRow, standing: Standing) -> dict[str, Any]:
    """What people looked up, chose, read, lifted and consented to."""
    return {
        "bevoegdheid": [
            {
                "ondertekenaar": one.signer,
                "bestuur": one.board_number,
                "waar": one.place,
                "datum": one.source_date.isoformat() if one.source_date else None,
                "door": one.by,
                "op": one.at.isoformat(),
            }
            for one in row.authorities
        ],
        "gekozen": [
            {"veld": one.field, "waarde": one.value, "uitleg": one.note, "door": one.by, "op": one.at.isoformat()}
            for one in row.choices
        ],
        "zelf_gelezen": [
            {"veld": one.field, "waarde": one.value, "door": one.by, "op": one.at.isoformat()} for one in row.readings
        ],
        "antwoorden_gelezen": [
            {
                "vraag": one.message.ticket_id,
                "bericht": one.message_id,
                "van": one.message.author,
                "ontvangen": one.message.at.isoformat(),
                "door": one.by,
                "op": one.at.isoformat(),
            }
            for one in row.read_marks
        ],
        "weggenomen": [
            {"punt": one.about, "uitleg": one.note, "door": one.by, "op": one.at.isoformat()} for one in standing.lifted
        ],
        "staat_open": [{"zwaarte": one.weight.value, "punt": one.reason} for one in standing.obstacles],
        "aangevinkt": [{"veld": one.field, "door": one.by, "op": one.at.isoformat()} for one in row.ticks],
        "akkoord": [{"door": one.by, "op": one.at.isoformat()} for one in standing.approvals],
        "akkoord_vervallen": [{"door": one.by, "op": one.at.isoformat()} for one in standing.withdrawn],
    }


def _outcome(standing: Standing) -> dict[str, str]:
    ruling: Judgement | None = standing.ruling
    if ruling is None:
        return {"besluit": "nog niet genomen"}
    return {"besluit": ruling.about, "door": ruling.by, "op": ruling.at.isoformat(), "uitleg": ruling.note}


def _values(found: Verification, row: VerificationRow, standing: Standing) -> dict[str, Any]:
    """The values to act on, only once the request was granted: those that people chose, otherwise those that were read."""
    if not standing.ruling or standing.ruling.about != GRANTED:
        return {}
    chosen = chosen_values(row)
    values = {}
    for check in found.fields:
        value = chosen.get(check.field, check.value)
        if value:
            evidence = next((one.evidence for one in check.choices if one.value == value), check.evidence)
            parts = dict(evidence.parts) if evidence else {}
            values[check.field] = {"waarde": value, **({"delen": parts} if parts else {})}
    return values


def _mail(ticket: int, mail: RawMail) -> dict[str, Any]:
    message: Message = parse_message(mail.raw)
    return {
        "vraag": ticket,
        "ontvangen": mail.received_at.isoformat(),
        "afzender": message.sender.address,
        "onderwerp": message.subject,
        "sha256": mail.sha256,
        "bijlagen": [
            {
                "naam": one.filename,
                "soort": one.content_type,
                "bytes": len(one.data),
                "sha256": hashlib.sha256(one.data).hexdigest(),
            }
            for one in message.attachments
        ],
    }


def _chain(session: Session, row: VerificationRow) -> list[tuple[MessageRow, RawMail]]:
    """The mails of a request up to the one that stands for it, oldest first; those that were not counted too."""
    numbers = [number for number in request_of(session, row.message) if number <= row.message_id]
    messages = session.scalars(select(MessageRow).where(MessageRow.id.in_(numbers)).order_by(MessageRow.id))
    return [(one, one.mail) for one in messages if one.mail]


def _edition(session: Session, row: VerificationRow) -> dict[str, str] | None:
    """The edition of the register that the check used; None when that is not known."""
    edition = session.get(RegisterEdition, row.edition_id) if row.edition_id is not None else None
    return (
        {"bestand": edition.source, "sha256": edition.sha256, "ingelezen": edition.imported_at.isoformat()} if edition else None
    )
