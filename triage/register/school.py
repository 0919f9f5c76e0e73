"""Schools and the boards that govern them, as an edition of the register has them."""

from __future__ import annotations

from dataclasses import dataclass

from triage.database.tables import BoardRow, SchoolRow


@dataclass(frozen=True, slots=True)
class School:
    """A school location."""

    brin: str  # four characters
    location: str  # two digits; 00 is the main location
    name: str  # as registered
    board_number: str  # five digits
    place: str = ""
    website: str = ""
    phone: str = ""
    holiday_region: str = ""  # Noord, Midden or Zuid

    @classmethod
    def from_row(cls, row: SchoolRow) -> School:
        """A school location as it is stored."""
        return cls(row.brin, row.location, row.name, row.board_number, row.place, row.website, row.phone, row.holiday_region)


@dataclass(frozen=True, slots=True)
class Board:
    """A school board (bevoegd gezag)."""

    number: str  # five digits
    name: str  # as registered
    kvk: str = ""  # eight digits
    phone: str = ""

    @classmethod
    def from_row(cls, row: BoardRow) -> Board:
        """A board as it is stored."""
        return cls(row.number, row.name, row.kvk, row.phone)
