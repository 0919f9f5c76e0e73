"""Subjects that many schools ask about at this time of the year, from data/seasons.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.settings import from_data


@dataclass(frozen=True, slots=True)
class Season:
    """A period of the year with its articles."""

    name: Mapping[str, str]  # by language
    first: tuple[int, int]  # month and day it begins
    last: tuple[int, int]  # month and day it ends, included
    slugs: tuple[str, ...]  # articles, most wanted first

    def holds(self, day: date) -> bool:
        """Whether a day is in this period, which may pass New Year's Eve."""
        here = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= here <= self.last
        return here >= self.first or here <= self.last


_MonthDay = Annotated[str, StringConstraints(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$")]  # month and day, in quotes


_Period = TypedDict("_Period", {"name": dict[Literal["nl", "en"], str], "from": _MonthDay, "to": _MonthDay, "slugs": list[str]})
closed(_Period)


@from_data
def load_seasons(folder: Path) -> Sequence[Season]:
    """Read data/seasons.yaml. Raises DataFileError."""
    content = read_data(folder / "seasons.yaml", list[_Period])
    return tuple(
        Season({str(key): name for key, name in row["name"].items()}, _day(row["from"]), _day(row["to"]), tuple(row["slugs"]))
        for row in content
    )


def season_of(day: date, seasons: Sequence[Season]) -> Season | None:
    """The first season that a day is in, or None."""
    return next((season for season in seasons if season.holds(day)), None)


def _day(text: str) -> tuple[int, int]:
    month, day = str(text).split("-")
    return int(month), int(day)
