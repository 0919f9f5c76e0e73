"""The register as it is stored: its newest edition, and the schools and boards of any."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from triage.database.tables import BoardRow, RegisterEdition, SchoolRow
from triage.register.history import load_history
from triage.register.pupils import load_pupils
from triage.register.register import Edition, Register
from triage.register.school import Board, School


def newest_edition(session: Session, fictional: bool | None = None) -> RegisterEdition | None:
    """The edition imported last, if any: of real or fictional schools, or of either."""
    editions = select(RegisterEdition).order_by(RegisterEdition.id.desc()).limit(1)
    return session.scalars(editions if fictional is None else editions.where(RegisterEdition.fictional.is_(fictional))).first()


def load_schools(session: Session, edition_id: int) -> list[School]:
    """The school locations of an edition."""
    return [School.from_row(row) for row in session.scalars(select(SchoolRow).where(SchoolRow.edition_id == edition_id))]


def load_boards(session: Session, edition_id: int) -> list[Board]:
    """The boards of an edition."""
    return [Board.from_row(row) for row in session.scalars(select(BoardRow).where(BoardRow.edition_id == edition_id))]


def load_register(session: Session) -> Register:
    """The newest edition; an empty register when none was imported."""
    edition = newest_edition(session)
    if edition is None:
        return Register([], [])
    return Register(
        load_schools(session, edition.id),
        load_boards(session, edition.id),
        Edition(edition.id, edition.sha256, edition.imported_at, edition.fictional),
        counted=load_pupils(session),
        history=load_history(session, edition),
    )
