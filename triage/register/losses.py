"""Whether an edition of the register lost so much that it is taken for a damaged file.

It is compared with the largest of the editions imported within a year, not with the newest alone: small losses add up. Where an
edition lost much itself, a person allowed that, and the comparison starts anew from there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from triage.database.tables import BoardRow, RegisterEdition, SchoolRow
from triage.errors import RegisterError

LOSS_SHARE, LOSS_COUNT = 0.02, 20  # an edition that lost more than both is taken for a damaged file
YEAR = timedelta(days=366)
COLUMNS = {"place": "places", "website": "web sites", "phone": "telephone numbers", "holiday_region": "holiday regions"}
FILLED, LEFT = 0.5, 0.5  # a column that more schools than this had filled, of which less than this is left, is lost
GOVERNED = "boards with schools"
FEW = 20  # schools below which a column says nothing


class Located(Protocol):
    """A school location."""

    @property
    def board_number(self) -> str:
        """Five digits."""


class Named(Protocol):
    """A school or board."""

    @property
    def name(self) -> str:
        """As registered."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much an edition holds."""

    at: date
    counts: Mapping[str, int]  # of schools, boards, and the boards that schools have
    filled: Mapping[str, float]  # share of the schools that have a value, by column


def size_of(schools: Sequence[Located], boards: Sequence[object], at: date) -> Size:
    """The size of an edition that is not stored yet."""
    counts = {"schools": len(schools), "boards": len(boards), GOVERNED: len({one.board_number for one in schools})}
    filled = {name: sum(bool(getattr(one, name)) for one in schools) / max(1, len(schools)) for name in COLUMNS}
    return Size(at, counts, filled)


def refuse_losses(session: Session, now: Size, moment: datetime, *, fictional: bool) -> None:
    """Compare an edition with those of its kind. Raises RegisterError naming what was lost."""
    compared: list[Size] = []
    for size in _sizes(session, moment, fictional=fictional):
        compared = [size] if any(_losses(compared, size)) else [*compared, size]
    for loss in _losses(compared, now):
        raise RegisterError(f"This edition has {loss}; the register stays as it was. If that is right, use --allow-loss.")


def refuse_nameless(file: str, read: Collection[Named]) -> None:
    """Refuse a file in which many have no name: no person can allow that. Raises RegisterError."""
    blank = sum(not one.name for one in read)
    if blank == len(read) or (blank > LOSS_COUNT and blank > LOSS_SHARE * len(read)):
        raise RegisterError(f"{file}: {blank} of {len(read)} names are empty; get the file again.")


def _losses(before: Sequence[Size], now: Size) -> Iterable[str]:
    if not before:
        return
    for what, count in now.counts.items():
        most = max(before, key=lambda size: size.counts[what])
        lost = most.counts[what] - count
        allowed = LEFT if what == GOVERNED else LOSS_SHARE  # boards merge every month
        if lost > LOSS_COUNT and lost > allowed * most.counts[what]:
            yield f"{count} {what}, {lost} fewer than that of {most.at:%Y-%m-%d}"
    for column, called in COLUMNS.items():
        fullest = max(before, key=lambda size: size.filled[column])
        share = fullest.filled[column]
        if share > FILLED and now.filled[column] < LEFT * share and now.counts["schools"] >= FEW:
            yield f"{called} for {now.filled[column]:.0%} of the schools, where that of {fullest.at:%Y-%m-%d} has {share:.0%}"


def _sizes(session: Session, moment: datetime, *, fictional: bool) -> list[Size]:
    """The editions of a year, oldest first; the newest one however old it is."""
    editions = session.execute(
        select(RegisterEdition.id, RegisterEdition.imported_at)
        .where(RegisterEdition.fictional.is_(fictional))
        .order_by(RegisterEdition.id)
    ).all()
    chosen = {number: at.date() for number, at in editions if at > moment - YEAR} or {n: at.date() for n, at in editions[-1:]}
    columns = [func.sum(case((getattr(SchoolRow, name) != "", 1), else_=0)) for name in COLUMNS]
    schools = session.execute(
        select(SchoolRow.edition_id, func.count(), func.count(SchoolRow.board_number.distinct()), *columns)
        .where(SchoolRow.edition_id.in_(chosen))
        .group_by(SchoolRow.edition_id)
        .order_by(SchoolRow.edition_id)
    ).all()
    counted = select(BoardRow.edition_id, func.count()).where(BoardRow.edition_id.in_(chosen)).group_by(BoardRow.edition_id)
    boards = {number: count for number, count in session.execute(counted)}  # noqa: C416 - a Result is no mapping to copy
    return [
        Size(
            chosen[number],
            {"schools": count, "boards": boards.get(number, 0), GOVERNED: governed},
            {name: filled / count for name, filled in zip(COLUMNS, values, strict=True)},
        )
        for number, count, governed, *values in schools
    ]
