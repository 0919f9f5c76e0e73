"""Import of DUO's files of schools and boards as a new edition of the register.

Source: DUO Open Onderwijsdata, 'Alle schoolvestigingen basisonderwijs' and 'Besturen' (CC BY 4.0). Both vintages of the
column names are read; a blank cell in these files is a single space.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from kb.store import utc_now
from triage.database.tables import BoardRow, RegisterEdition, SchoolRow
from triage.errors import RegisterError
from triage.register.codes import BOARD_NUMBER, BRIN, LOCATION
from triage.register.duo_file import chosen
from triage.register.losses import refuse_losses, refuse_nameless, size_of
from triage.register.school import Board, School
from triage.register.stored import load_boards, newest_edition

_SCHOOL_COLUMNS = {
    "brin": ("INSTELLINGSCODE", "BRIN NUMMER", "BRIN_NUMMER"),
    "code": ("VESTIGINGSCODE", "VESTIGINGSNUMMER"),
    "name": ("VESTIGINGSNAAM", "NAAM_VESTIGING"),
    "board_number": ("BEVOEGD GEZAG NUMMER", "BEVOEGD_GEZAG_NUMMER"),
    "place": ("PLAATSNAAM",),
    "website": ("INTERNETADRES",),
    "phone": ("TELEFOONNUMMER",),
    "holiday_region": ("VAKANTIEREGIO",),
}
_BOARD_COLUMNS = {
    "number": ("BEVOEGD GEZAG NUMMER", "BEVOEGD_GEZAG_NUMMER"),
    "name": ("BEVOEGD GEZAG NAAM", "BEVOEGD_GEZAG_NAAM"),
    "kvk": ("KVK-NUMMER", "KVK NUMMER", "KVK_NUMMER"),
    "phone": ("TELEFOONNUMMER",),
}
_OPTIONAL = frozenset({"place", "website", "phone", "holiday_region", "kvk"})


def read_schools(path: Path) -> list[School]:
    """Read DUO's file of school locations. Raises RegisterError naming the line that is wrong."""
    schools: dict[tuple[str, str], School] = {}
    for line, row in chosen(path, _SCHOOL_COLUMNS, _OPTIONAL):
        brin, code = row.pop("brin").upper(), row.pop("code").upper()
        location = code[4:] if len(code) == 6 else code
        if not BRIN.fullmatch(brin) or not LOCATION.fullmatch(location) or not BOARD_NUMBER.fullmatch(row["board_number"]):
            raise RegisterError(f"{path.name}, line {line}: BRIN {brin!r}, location {location!r} or board number is malformed.")
        schools[brin, location] = School(brin, location, **row)
    if not schools:
        raise RegisterError(f"{path.name} holds no schools.")
    refuse_nameless(path.name, schools.values())
    return list(schools.values())


def read_boards(path: Path) -> list[Board]:
    """Read DUO's file of school boards. Raises RegisterError naming the line that is wrong."""
    boards = {}
    for line, row in chosen(path, _BOARD_COLUMNS, _OPTIONAL):
        if not BOARD_NUMBER.fullmatch(row["number"]):
            raise RegisterError(f"{path.name}, line {line}: board number {row['number']!r} is not five digits.")
        boards[row["number"]] = Board(**row)
    if not boards:
        raise RegisterError(f"{path.name} holds no boards.")
    refuse_nameless(path.name, boards.values())
    return list(boards.values())


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import of the register did."""

    schools: int  # locations
    boards: int  # boards whose name is known
    new: bool  # False when this very edition was the newest already


def import_register(
    session: Session,
    schools_file: Path,
    boards_file: Path | None,
    more: Sequence[Path] = (),
    *,
    fictional: bool = False,
    allow_loss: bool = False,
) -> ImportResult:
    """Load DUO's files as a new edition; older editions stay, so that changes can be seen. Raises RegisterError.

    `more` are files of schools beside the primary ones: special education, the Caribbean Netherlands. Without a file of boards those of
    the edition before stay known. An edition that lost many schools or boards is refused unless `allow_loss`.
    """
    found = {(school.brin, school.location): school for path in (*more, schools_file) for school in read_schools(path)}
    schools = list(found.values())
    newest = newest_edition(session)
    before = newest_edition(session, fictional=fictional)
    earlier = load_boards(session, before.id) if before else []
    boards = read_boards(boards_file) if boards_file else [] if fictional else earlier
    if not allow_loss:
        moment = utc_now()
        refuse_losses(session, size_of(schools, boards, moment.date()), moment, fictional=fictional)
    digest = hashlib.sha256()
    for path in (schools_file, *([boards_file] if boards_file else []), *more):
        digest.update(path.read_bytes())
    if newest is not None and newest.sha256 == digest.hexdigest():
        return ImportResult(len(schools), len(boards), new=False)
    edition = RegisterEdition(
        source=schools_file.name, sha256=digest.hexdigest(), fictional=fictional, edition_date=_date_in(schools_file.name)
    )
    session.add(edition)
    session.flush()
    session.bulk_insert_mappings(
        SchoolRow.__mapper__, [{"edition_id": edition.id, **{n: getattr(s, n) for n in School.__slots__}} for s in schools]
    )
    session.bulk_insert_mappings(
        BoardRow.__mapper__, [{"edition_id": edition.id, **{n: getattr(b, n) for n in Board.__slots__}} for b in boards]
    )
    return ImportResult(len(schools), len(boards), new=True)


def _date_in(name: str) -> date | None:
    match = re.search(r"(20\d\d)-(\d\d)", name)
    return date(int(match[1]), int(match[2]), 1) if match and 1 <= int(match[2]) <= 12 else None
