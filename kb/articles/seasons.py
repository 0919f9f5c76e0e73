"""Subjects that many schools ask about at this time of the year, from data/seasons.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints
from typing_extensions import TypedDict

from kb.data_file import DataFileError, closed, line_of, read_data
from kb.organisation import read_organisation
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


_Period = TypedDict("_Period", {"name": dict[str, str], "from": _MonthDay, "to": _MonthDay, "slugs": list[str]})
closed(_Period)


@from_data
def load_seasons(folder: Path) -> Sequence[Season]:
    """Read data/seasons.yaml. Raises DataFileError."""
    path = folder / "seasons.yaml"
    content, languages = read_data(path, list[_Period]), read_organisation(folder).languages
    for number, row in enumerate(content):
        if wrong := sorted(set(row["name"]) ^ set(languages)):
            said = f"name: has names in {', '.join(row['name'])}; give one in each of {', '.join(languages)}, and no other"
            raise DataFileError([f"{path.name}, line {line_of(path, (number, 'name', wrong[0]))}: number {number + 1} › {said}."])
    return tuple(Season(row["name"], _day(row["from"]), _day(row["to"]), tuple(row["slugs"])) for row in content)


def season_of(day: date, seasons: Sequence[Season]) -> Season | None:
    """The first season that a day is in, or None."""
    return next((season for season in seasons if season.holds(day)), None)


def _day(text: str) -> tuple[int, int]:
    month, day = str(text).split("-")
    return int(month), int(day)
