"""Schools that the register of primary schools does not hold: special education, and schools that closed.

Source: DUO Open Onderwijsdata, 'Leerlingen per vestiging' (CC BY 4.0): pupils per location and year, primary and special.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from triage.database.tables import CountedSchool
from triage.errors import RegisterError
from triage.register.duo_file import read_table

KINDS = {  # SOORT_VESTIGING -> how it is called
    "BO": "basisschool", "SBO": "school voor speciaal basisonderwijs", "SO": "school voor speciaal onderwijs",
    "VSO": "school voor voortgezet speciaal onderwijs", "SOVSO": "school voor (voortgezet) speciaal onderwijs",
    "SO/VSO": "school voor (voortgezet) speciaal onderwijs",
}  # fmt: skip
_YEAR = re.compile(r"LEERLINGEN_(\d{4})")


@dataclass(frozen=True, slots=True)
class Counted:
    """A school of which DUO counted pupils."""

    brin: str
    name: str
    kind: str  # as DUO has it: BO, SBO, SO, VSO …
    board_number: str
    last_year: int  # the last with pupils; 0 for none
    newest_year: int  # of the file

    @property
    def closed(self) -> bool:
        """Whether it had no pupils any more in the newest year."""
        return self.last_year < self.newest_year

    @property
    def words(self) -> str:
        """Dutch: what is known of it."""
        kind = KINDS.get(self.kind, "school")
        if self.closed:
            since = f"had voor het laatst leerlingen in {self.last_year}" if self.last_year else "had nooit leerlingen"
            return f"was een {kind} ({self.name}) en {since}: waarschijnlijk gesloten"
        return f"is een {kind} ({self.name}, bestuur {self.board_number}), geteld in {self.last_year}"


def read_pupils(path: Path) -> list[Counted]:
    """Read DUO's file; the main location of a BRIN stands for all. Raises RegisterError."""
    rows = [row for _, row in read_table(path)]
    years = {name: int(match[1]) for name in (rows[0] if rows else {}) if (match := _YEAR.fullmatch(name))}
    needed = {"INSTELLINGSCODE", "VESTIGINGSCODE", "NAAM_VESTIGING", "SOORT_VESTIGING", "BEVOEGD_GEZAG_NUMMER"}
    if not rows or not needed <= rows[0].keys() or not years:
        raise RegisterError(
            f"{path.name}: no columns {', '.join(sorted(needed))} and LEERLINGEN_<year>; is this DUO's file of pupils?"
        )
    by_brin: dict[str, list[tuple[int, Mapping[str, str]]]] = {}
    for row in rows:
        last = max((year for name, year in years.items() if row[name] not in ("", "0")), default=0)
        by_brin.setdefault(row["INSTELLINGSCODE"].upper(), []).append((last, row))
    return [_counted(brin, found, max(years.values())) for brin, found in by_brin.items()]


def _counted(brin: str, found: Iterable[tuple[int, Mapping[str, str]]], newest: int) -> Counted:
    last, row = max(found, key=lambda one: (one[0], one[1]["VESTIGINGSCODE"].endswith("00")))
    name = " ".join(re.sub(r'"+', '"', row["NAAM_VESTIGING"]).split())
    return Counted(brin, name, row["SOORT_VESTIGING"], row["BEVOEGD_GEZAG_NUMMER"], last, newest)


def import_pupils(session: Session, path: Path) -> int:
    """Load DUO's file in the place of what was loaded before; returns how many schools it holds. Raises RegisterError."""
    counted = read_pupils(path)
    session.execute(delete(CountedSchool))
    session.bulk_insert_mappings(
        CountedSchool.__mapper__, [{name: getattr(one, name) for name in Counted.__slots__} for one in counted]
    )
    return len(counted)


def load_pupils(session: Session) -> dict[str, Counted]:
    """What was loaded, by BRIN; {} when nothing was."""
    rows = session.scalars(select(CountedSchool))
    return {row.brin: Counted(row.brin, row.name, row.kind, row.board_number, row.last_year, row.newest_year) for row in rows}
