"""Subjects that many schools ask about at this time of the year, from data/seasons.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import yaml

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


@from_data
def load_seasons(folder: Path) -> Sequence[Season]:
    """Read data/seasons.yaml."""
    content = yaml.safe_load((folder / "seasons.yaml").read_text(encoding="utf-8"))
    return tuple(Season(row["name"], _day(row["from"]), _day(row["to"]), tuple(row["slugs"])) for row in content)


def season_of(day: date, seasons: Sequence[Season]) -> Season | None:
    """The first season that a day is in, or None."""
    return next((season for season in seasons if season.holds(day)), None)


def _day(text: str) -> tuple[int, int]:
    month, day = str(text).split("-")
    return int(month), int(day)
