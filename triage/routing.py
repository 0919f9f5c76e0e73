"""Routing: queue, priority and due time of a mail, from the rules in data/routing.yaml.

Due times count Dutch working hours: weekends and public holidays (library `holidays`) do not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
import yaml

from kb.language import fold
from kb.settings import SHIPPED_DATA
from triage.classify.intents import Taxonomy

PRIORITIES = ("urgent", "hoog", "normaal", "laag")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mail goes and when it should be answered."""

    queue: str  # name in data/routing.yaml
    priority: str  # one of PRIORITIES
    due: datetime  # with the time zone of the help desk
    rule: str  # Dutch: why this priority


@dataclass(frozen=True, slots=True)
class Rule:
    """A priority for mails that fit; empty conditions fit always."""

    name: str  # what agents read
    priority: str
    intents: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    words: tuple[re.Pattern[str], ...] = ()
    from_day: str = ""  # "MM-DD", inclusive
    to_day: str = ""  # "MM-DD", inclusive

    def fits(self, intent: str, verdict: str | None, folded: str, day: date) -> bool:
        """Whether every condition holds."""
        return (
            (not self.intents or intent in self.intents)
            and (not self.verdicts or verdict in self.verdicts)
            and (not self.words or any(pattern.search(folded) for pattern in self.words))
            and (not self.from_day or self.from_day <= day.strftime("%m-%d") <= self.to_day)
        )


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When the help desk works."""

    days: frozenset[int]  # 0 is Monday
    start: time
    end: time
    zone: ZoneInfo
    country: str  # whose public holidays count

    def is_workday(self, day: date) -> bool:
        """Whether the help desk works that day."""
        return day.weekday() in self.days and day not in _holidays(self.country)

    def _opening(self, moment: datetime) -> datetime:
        """The moment itself when the desk is open then, otherwise the next opening."""
        day = moment.date()
        if self.is_workday(day) and moment.time() < self.end:
            return max(moment, datetime.combine(day, self.start, self.zone))
        day = self.next_workday(day)
        return datetime.combine(day, self.start, self.zone)

    def next_workday(self, day: date) -> date:
        """The first workday after a day."""
        day += timedelta(days=1)
        while not self.is_workday(day):
            day += timedelta(days=1)
        return day

    def add_hours(self, moment: datetime, hours: float) -> datetime:
        """The moment after so many working hours."""
        at = self._opening(moment.astimezone(self.zone))
        left = timedelta(hours=hours)
        while left > (room := datetime.combine(at.date(), self.end, self.zone) - at):
            left -= room
            at = datetime.combine(self.next_workday(at.date()), self.start, self.zone)
        return at + left

    def day_end(self, moment: datetime, days: int) -> datetime:
        """The end of the working day of a moment (0), or of a later working day."""
        day = self._opening(moment.astimezone(self.zone)).date()
        for _ in range(days):
            day = self.next_workday(day)
        return datetime.combine(day, self.end, self.zone)


@cache
def _holidays(country: str) -> holidays.HolidayBase:
    return holidays.country_holidays(country)


@dataclass(frozen=True, slots=True)
class Routing:
    """Everything of data/routing.yaml."""

    queues: Mapping[str, Mapping[str, str]]  # name -> title, title_en
    hours: WorkingHours
    targets: Mapping[str, Mapping[str, float]]  # priority -> hours, or day_end
    rules: Sequence[Rule]

    def route(self, intent: str, verdict: str | None, text: str, received: datetime, taxonomy: Taxonomy) -> Route:
        """Decide queue, priority and due time. `received` must have a time zone."""
        folded = fold(text)
        local = received.astimezone(self.hours.zone)
        rule = next((rule for rule in self.rules if rule.fits(intent, verdict, folded, local.date())), None)
        priority = rule.priority if rule else taxonomy[intent].default_priority
        reason = rule.name if rule else f"Gebruikelijk voor {taxonomy[intent].title}"
        return Route(taxonomy[intent].queue, priority, self.due(priority, received), reason)

    def due(self, priority: str, received: datetime) -> datetime:
        """When a mail of this priority should be answered."""
        target = self.targets[priority]
        if "hours" in target:
            return self.hours.add_hours(received, target["hours"])
        return self.hours.day_end(received, int(target["day_end"]))


@cache
def load_routing(folder: Path = SHIPPED_DATA) -> Routing:
    """Read data/routing.yaml."""
    content = yaml.safe_load((folder / "routing.yaml").read_text(encoding="utf-8"))
    hours = content["working_hours"]
    rules = [
        Rule(
            name=entry["name"],
            priority=entry["priority"],
            intents=tuple(entry.get("intents", ())),
            verdicts=tuple(entry.get("verdicts", ())),
            words=tuple(re.compile(rf"\b{pattern}") for pattern in entry.get("words", ())),
            from_day=entry.get("from_day", ""),
            to_day=entry.get("to_day", ""),
        )
        for entry in content["rules"]
    ]
    working = WorkingHours(
        frozenset(hours["days"]), time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"]),
        ZoneInfo(hours["timezone"]), hours["holidays"],
    )  # fmt: skip
    return Routing(content["queues"], working, content["targets"], rules)
