"""The school register: import of DUO's files, and the lookups that verification needs.

Source: DUO Open Onderwijsdata, 'Alle schoolvestigingen basisonderwijs' and 'Besturen' (CC BY 4.0). Both vintages of the
column names are read; a blank cell in these files is a single space.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from kb.search.language import fold
from kb.store import utc_now
from triage.database.tables import BoardRow, RegisterEdition, SchoolRow
from triage.errors import RegisterError
from triage.register.addresses import load_address_rules
from triage.register.codes import BRIN, LOCATION
from triage.register.domains import is_free_mail, web_domain
from triage.register.duo_file import chosen
from triage.register.losses import refuse_losses, refuse_nameless, size_of
from triage.register.names import board_key, school_key
from triage.register.pupils import Counted, load_pupils

BOARD_NUMBER = re.compile(r"[0-9]{5}")
OLD_AFTER = 45  # days; DUO publishes a new edition every month

T = TypeVar("T")


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


@dataclass(frozen=True, slots=True)
class Board:
    """A school board (bevoegd gezag)."""

    number: str  # five digits
    name: str  # as registered
    kvk: str = ""  # eight digits
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Former:
    """A school location as an earlier edition had it, and the newest has not."""

    school: School
    until: date  # of the last edition that had it so


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


def newest_edition(session: Session, fictional: bool | None = None) -> RegisterEdition | None:
    """The edition imported last, if any: of real or fictional schools, or of either."""
    editions = select(RegisterEdition).order_by(RegisterEdition.id.desc()).limit(1)
    return session.scalars(editions if fictional is None else editions.where(RegisterEdition.fictional.is_(fictional))).first()


@dataclass(frozen=True, slots=True)
class Edition:
    """Which edition of the register this is; that of one that was never imported has no number."""

    number: int | None = None  # in the database
    sha256: str = ""  # of its files
    imported_at: datetime | None = None
    fictional: bool = False


NEVER_IMPORTED = Edition()


class Register:
    """An edition of the register in memory, with its lookups."""

    def __init__(
        self,
        schools: Iterable[School],
        boards: Iterable[Board],
        edition: Edition = NEVER_IMPORTED,
        *,
        counted: Mapping[str, Counted] | None = None,
        former: Iterable[Former] = (),
        former_board_names: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._counted = counted or {}
        self._former: dict[str, list[Former]] = defaultdict(list)
        for one in former:
            self._former[one.school.brin].append(one)
        self._former_board_names = former_board_names or {}
        self.edition = edition
        self.schools = tuple(schools)
        self._by_brin: dict[str, list[School]] = defaultdict(list)
        self._by_board: dict[str, list[School]] = defaultdict(list)
        self._by_domain: dict[str, list[School]] = defaultdict(list)
        for school in self.schools:
            self._by_brin[school.brin].append(school)
            self._by_board[school.board_number].append(school)
            if domain := web_domain(school.website):
                self._by_domain[domain].append(school)
        self._boards = {board.number: board for board in boards}

    def age(self, now: datetime) -> int | None:
        """Days since it was imported, None for a register that was not."""
        return (now - self.edition.imported_at).days if self.edition.imported_at else None

    @property
    def empty(self) -> bool:
        """Whether there is nothing to check against."""
        return not self.schools

    def locations(self, brin: str) -> list[School]:
        """All locations of a BRIN; [] when it is not in the register."""
        return self._by_brin.get(brin, [])

    def school(self, brin: str | None, location: str | None) -> School | None:
        """One location; without a location code the main one, or the only one."""
        found = self.locations(brin or "")
        if location is not None:
            return next((school for school in found if school.location == location), None)
        return next((school for school in found if school.location == "00"), found[0] if found else None)

    def former(self, brin: str, location: str | None) -> list[Former]:
        """How earlier editions had a school where the newest has it otherwise or not at all, newest first."""
        return [one for one in self._former.get(brin, ()) if location in (None, one.school.location)]

    def former_board_names(self, number: str) -> Sequence[str]:
        """How a board was called in earlier editions."""
        return self._former_board_names.get(number, ())

    def counted(self, brin: str) -> Counted | None:
        """What DUO's counts of pupils know of a BRIN, special and closed schools included."""
        return self._counted.get(brin)

    @property
    def knows_counts(self) -> bool:
        """Whether DUO's counts of pupils were imported."""
        return bool(self._counted)

    def phones(self, board_number: str) -> list[tuple[str, str]]:
        """Whom to call about a board, as (name, number): the board itself, otherwise its schools."""
        board = self.board(board_number)
        if board and board.phone:
            return [(board.name, board.phone)]
        return [(school.name, school.phone) for school in self.schools_of(board_number) if school.phone]

    def knows_board(self, number: str) -> bool:
        """Whether any school or the list of boards has this number."""
        return number in self._by_board or number in self._boards

    def board(self, number: str) -> Board | None:
        """The board with this number, when its name is known."""
        return self._boards.get(number)

    def schools_of(self, board_number: str) -> list[School]:
        """All school locations of a board."""
        return self._by_board.get(board_number, [])

    def boards_named(self, name: str) -> list[Board]:
        """Boards whose registered name is the same once written out in full."""
        return self._named_boards.get(board_key(name), [])

    def schools_named(self, name: str, board_number: str | None = None) -> list[School]:
        """Schools whose registered name is the same, of one board or of all."""
        found = self._named_schools.get(school_key(name), [])
        return [school for school in found if board_number in (None, school.board_number)]

    @cached_property
    def _named_boards(self) -> Mapping[tuple[str, ...], list[Board]]:
        return _grouped(self._boards.values(), lambda board: board_key(board.name))

    @cached_property
    def _named_schools(self) -> Mapping[tuple[str, ...], list[School]]:
        return _grouped(self.schools, lambda school: school_key(school.name))

    def schools_at(self, domain: str) -> list[School]:
        """The school locations whose web site is at a domain."""
        return self._by_domain.get(web_domain(domain), [])

    def domains(self, brin: str | None, board_number: str | None) -> frozenset[str]:
        """Web domains of a school and of the other schools of its board.

        A host where anybody gets a page or an address is left out: an address there says nothing about whose it is.
        """
        schools = self.locations(brin or "") + self.schools_of(board_number or "")
        found = {domain for school in schools if (domain := web_domain(school.website))}
        return frozenset(domain for domain in found if not self.is_open(domain))

    def is_open(self, domain: str) -> bool:
        """Whether anybody may get a page or an address at a domain.

        That is a mail service or host by the lists, one that serves schools of several boards, or one named after a place
        ('amsterdam.nl').
        """
        name = web_domain(domain)
        boards = {school.board_number for school in self._by_domain.get(name, ())}
        listed = load_address_rules().is_open(name) or is_free_mail(name, frozenset())
        return bool(name) and (listed or len(boards) > 1 or name.partition(".")[0].replace("-", "") in self._places)

    def is_place(self, name: str) -> bool:
        """Whether a school stands in a place of this name."""
        return re.sub(r"[^a-z0-9]", "", fold(name)) in self._places

    @cached_property
    def _places(self) -> frozenset[str]:
        """Names of places, as a domain would spell them."""
        return frozenset(re.sub(r"[^a-z0-9]", "", fold(school.place)) for school in self.schools) - {""}


def _grouped(things: Iterable[T], key: Callable[[T], tuple[str, ...]]) -> Mapping[tuple[str, ...], list[T]]:
    """Things by key; what has no key is left out."""
    groups: dict[tuple[str, ...], list[T]] = defaultdict(list)
    for thing in things:
        groups[key(thing)].append(thing)
    groups.pop((), None)
    return groups


def load_schools(session: Session, edition_id: int) -> list[School]:
    """The school locations of an edition."""
    return [_school(row) for row in session.scalars(select(SchoolRow).where(SchoolRow.edition_id == edition_id))]


def _school(row: SchoolRow) -> School:
    return School(row.brin, row.location, row.name, row.board_number, row.place, row.website, row.phone, row.holiday_region)


def load_boards(session: Session, edition_id: int) -> list[Board]:
    """The boards of an edition."""
    return [
        Board(r.number, r.name, r.kvk, r.phone)
        for r in session.scalars(select(BoardRow).where(BoardRow.edition_id == edition_id))
    ]


def load_former(session: Session, newest: RegisterEdition) -> list[Former]:
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
        found.setdefault((row.brin, row.location, row.name, row.board_number), Former(_school(row), until))
    return list(found.values())


def load_former_board_names(session: Session, newest: RegisterEdition) -> dict[str, list[str]]:
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
        former=load_former(session, edition),
        former_board_names=load_former_board_names(session, edition),
    )
