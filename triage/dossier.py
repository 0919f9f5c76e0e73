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
from triage.desk import find_ticket
from triage.errors import DeskError, UnsafeFileError
from triage.mail import Message, parse_message
from triage.request_desk import Judgement, Standing, standing_of
from triage.store import Event, RegisterEdition, Ticket, VerificationRow
from triage.ticket_view import ticked_of, verification_of
from triage.verify.files import form_files
from triage.verify.pdf import render_page

FORMAT = 1
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
        mails = [(one.id, one.mail.raw) for one in _chain(session, find_ticket(session, number))]
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
    standing = standing_of(session, ticket, row)
    return {
        "formaat": FORMAT,
        "programma": f"wegwijzer {version('wegwijzer')}",
        "gemaakt": utc_now().isoformat(),
        "vraag": ticket.id,
        "aanvraag": ticket.intent,
        "uitkomst": _outcome(standing),
        "gegevens": _values(ticket, row, standing),
        "mails": [_mail(one) for one in _chain(session, ticket)],
        "controle": {"gedaan": row.created_at.isoformat(), "register": _edition(session, row), **row.content},
        "zelf_gelezen": [
            {"veld": one.field, "waarde": one.value, "door": one.by, "op": one.at.isoformat()} for one in ticket.readings
        ],
        "weggenomen": [
            {"punt": one.about, "uitleg": one.note, "door": one.by, "op": one.at.isoformat()} for one in standing.lifted
        ],
        "staat_open": [{"zwaarte": one.weight.value, "punt": one.reason} for one in standing.obstacles],
        "aangevinkt": sorted(ticked_of(ticket)),
        "akkoord": [{"door": one.by, "op": one.at.isoformat()} for one in standing.approvals],
        "verloop": [{"op": event.at.isoformat(), "door": event.actor, "wat": event.action} for event in ticket.events],
    }


def _outcome(standing: Standing) -> dict[str, str]:
    ruling: Judgement | None = standing.ruling
    if ruling is None:
        return {"besluit": "nog niet genomen"}
    return {"besluit": ruling.about, "door": ruling.by, "op": ruling.at.isoformat(), "uitleg": ruling.note}


def _values(ticket: Ticket, row: VerificationRow, standing: Standing) -> dict[str, Any]:
    """The values to act on, only once the request was granted."""
    if not standing.ruling or standing.ruling.about != "toegekend":
        return {}
    return {
        one["field"]: {
            "waarde": one["value"],
            **({"delen": one["evidence"]["parts"]} if (one["evidence"] or {}).get("parts") else {}),
        }
        for one in row.content["fields"]
        if one["value"]
    }


def _mail(ticket: Ticket) -> dict[str, Any]:
    message: Message = parse_message(ticket.mail.raw)
    return {
        "vraag": ticket.id,
        "ontvangen": ticket.mail.received_at.isoformat(),
        "afzender": message.sender.address,
        "onderwerp": message.subject,
        "sha256": ticket.mail.sha256,
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


def _chain(session: Session, ticket: Ticket) -> list[Ticket]:
    chain = [ticket]
    while chain[0].follows_id:
        chain.insert(0, session.get_one(Ticket, chain[0].follows_id))
    return chain


def _edition(session: Session, row: VerificationRow) -> dict[str, str] | None:
    """The edition of the register that the check used: the newest at that moment."""
    edition = session.scalars(
        select(RegisterEdition).where(RegisterEdition.imported_at <= row.created_at).order_by(RegisterEdition.id.desc()).limit(1)
    ).first()
    return (
        {"bestand": edition.source, "sha256": edition.sha256, "ingelezen": edition.imported_at.isoformat()} if edition else None
    )
