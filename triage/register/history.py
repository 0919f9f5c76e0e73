"""What earlier editions of the register knew, and the newest has otherwise or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from triage.database.tables import BoardRow, RegisterEdition, SchoolRow
from triage.register.school import School


@dataclass(frozen=True, slots=True)
class Former:
    """A school location as an earlier edition had it, and the newest has not."""

    school: School
    until: date  # of the last edition that had it so


class History:
    """How schools and boards were called before, and which schools there were."""

    def __init__(self, former: Iterable[Former] = (), board_names: Mapping[str, Sequence[str]] | None = None) -> None:
        """`former` newest first; `board_names` by number of the board."""
        self._former: dict[str, list[Former]] = defaultdict(list)
        for one in former:
            self._former[one.school.brin].append(one)
        self._board_names = board_names or {}

    def schools(self, brin: str, location: str | None) -> list[Former]:
        """How earlier editions had a school where the newest has it otherwise or not at all, newest first."""
        return [one for one in self._former.get(brin, ()) if location in (None, one.school.location)]

    def board_names(self, number: str) -> Sequence[str]:
        """How a board was called in earlier editions."""
        return self._board_names.get(number, ())


NO_HISTORY = History()


def load_history(session: Session, newest: RegisterEdition) -> History:
    """What the editions before `newest` had otherwise."""
    return History(_former_schools(session, newest), _former_board_names(session, newest))


def _former_schools(session: Session, newest: RegisterEdition) -> list[Former]:
    """Locations of editions before `newest` that it has under another name or board or not at all, newest first."""
    now = aliased(SchoolRow)
    same = (now.brin == SchoolRow.brin) & (now.location == SchoolRow.location)
    unchanged = exists().where(
        now.edition_id == newest.id, same, now.name == SchoolRow.name, now.board_number == SchoolRow.board_number
    )
    rows = session.execute(
        select(SchoolRow, RegisterEdition)
        .join(RegisterEdition, RegisterEdition.id == SchoolRow.edition_id)
        .where(RegisterEdition.id < newest.id, RegisterEdition.fictional.is_(newest.fictional), ~unchanged)
        .order_by(RegisterEdition.id.desc(), SchoolRow.id)
    )
    found: dict[tuple[str, str, str, str], Former] = {}
    for row, edition in rows:
        until = edition.edition_date or edition.imported_at.date()
        found.setdefault((row.brin, row.location, row.name, row.board_number), Former(School.from_row(row), until))
    return list(found.values())


def _former_board_names(session: Session, newest: RegisterEdition) -> dict[str, list[str]]:
    """By number of a board, how editions before `newest` called it where that is another name."""
    now = aliased(BoardRow)
    unchanged = exists().where(now.edition_id == newest.id, now.number == BoardRow.number, now.name == BoardRow.name)
    rows = session.execute(
        select(BoardRow.number, BoardRow.name)
        .join(RegisterEdition, RegisterEdition.id == BoardRow.edition_id)
        .where(RegisterEdition.id < newest.id, RegisterEdition.fictional.is_(newest.fictional), ~unchanged)
        .order_by(RegisterEdition.id.desc())
    )
    names: dict[str, list[str]] = defaultdict(list)
    for number, name in rows:
        if name not in names[number]:
            names[number].append(name)
    return dict(names)
