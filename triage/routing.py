"""Routing: queue, priority and due time of a mail, from the rules in data/routing.yaml.

Due times count Dutch working hours: weekends and public holidays (library `holidays`) do not count.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import holidays
import yaml

from kb.language import fold
from kb.settings import SHIPPED_DATA
from triage.classify.intents import Taxonomy
from triage.errors import RoutingError

PRIORITIES = ("urgent", "hoog", "normaal", "laag")


@dataclass(frozen=True, slots=True)
class Route:
    """Where a mail goes and when it should be answered."""

    queue: str  # name in data/routing.yaml
    priority: str  # one of PRIORITIES
    due: datetime  # with the time zone of the help desk
    rule: str  # Dutch: why this priority


@dataclass(frozen=True, slots=True)
class Facts:
    """What the rules may look at."""

    intent: str  # label from the taxonomy
    received: datetime  # with time zone
    text: str = ""  # subject and body
    verdict: str | None = None  # of a formal request
    confidence: float = 1.0  # of the classifier, 0..1
    sender: str = ""  # mail address
    brin: str = ""  # the school, when it is known
    board: str = ""  # board number of that school
    region: str = ""  # school holiday region of that school: Noord, Midden or Zuid


@dataclass(frozen=True, slots=True)
class Rule:
    """A priority, a queue or both for mails that fit; empty conditions fit always."""

    name: str  # what agents read
    priority: str = ""  # "" leaves that of the intent
    queue: str = ""  # "" leaves that of the intent
    intents: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    words: tuple[re.Pattern[str], ...] = ()
    senders: tuple[str, ...] = ()  # shell patterns of mail addresses
    schools: tuple[str, ...] = ()  # BRINs or board numbers
    min_confidence: float = 0.0
    max_confidence: float = 1.0
    weekdays: tuple[int, ...] = ()  # 0 is Monday
    from_time: str = ""  # "HH:MM", inclusive
    to_time: str = ""  # "HH:MM", exclusive
    from_day: str = ""  # "MM-DD", inclusive
    to_day: str = ""  # "MM-DD", inclusive
    school_holiday: bool | None = None  # whether the school's region has a holiday; None: either

    def fits(self, facts: Facts, folded: str, moment: datetime, holiday: bool) -> bool:
        """Whether every condition holds; `folded` is the text, `moment` the local time of receipt."""
        day, clock = moment.strftime("%m-%d"), moment.strftime("%H:%M")
        return (
            (not self.intents or facts.intent in self.intents)
            and (not self.verdicts or facts.verdict in self.verdicts)
            and (not self.words or any(pattern.search(folded) for pattern in self.words))
            and (not self.senders or any(fnmatch(facts.sender.lower(), pattern) for pattern in self.senders))
            and (not self.schools or facts.brin in self.schools or facts.board in self.schools)
            and self.min_confidence <= facts.confidence <= self.max_confidence
            and (not self.weekdays or moment.weekday() in self.weekdays)
            and (not self.from_time or self.from_time <= clock)
            and (not self.to_time or clock < self.to_time)
            and (not self.from_day or self.from_day <= day <= self.to_day)
            and (self.school_holiday is None or self.school_holiday == holiday)
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
class SchoolHoliday:
    """A school holiday."""

    name: str
    first: date
    last: date
    regions: frozenset[str]


@dataclass(frozen=True, slots=True)
class Routing:
    """Everything of data/routing.yaml, with the school holidays."""

    queues: Mapping[str, Mapping[str, str]]  # name -> title, title_en
    hours: WorkingHours
    targets: Mapping[str, Mapping[str, float]]  # priority -> hours, or day_end
    rules: Sequence[Rule]
    school_holidays: Sequence[SchoolHoliday]
    offer_answer_from: (
        float  # confidence (0 to 1) of the classifier below which no answer is offered, nor one to a second question
    )

    def route(self, facts: Facts, taxonomy: Taxonomy) -> Route:
        """Decide queue, priority and due time; the first rule that fits decides."""
        folded = fold(facts.text)
        local = facts.received.astimezone(self.hours.zone)
        holiday = self.holiday(facts.region, local.date()) is not None
        rule = next((rule for rule in self.rules if rule.fits(facts, folded, local, holiday)), None)
        intent = taxonomy[facts.intent]
        priority = (rule.priority if rule else "") or intent.default_priority
        queue = (rule.queue if rule else "") or intent.queue
        reason = rule.name if rule else f"Gebruikelijk voor {intent.title}"
        return Route(queue, priority, self.due(priority, facts.received), reason)

    def holiday(self, region: str, day: date) -> SchoolHoliday | None:
        """The school holiday of a region on a day, if any."""
        return next((one for one in self.school_holidays if region in one.regions and one.first <= day <= one.last), None)

    def holidays_known_until(self) -> date:
        """The last day of the list of school holidays."""
        return max((one.last for one in self.school_holidays), default=date.min)

    def due(self, priority: str, received: datetime) -> datetime:
        """When a mail of this priority should be answered."""
        target = self.targets[priority]
        if "hours" in target:
            return self.hours.add_hours(received, target["hours"])
        return self.hours.day_end(received, int(target["day_end"]))


@cache
def load_routing(folder: Path = SHIPPED_DATA) -> Routing:
    """Read data/routing.yaml and data/school_holidays.yaml. Raises RoutingError."""
    return read_routing(folder / "routing.yaml", folder / "school_holidays.yaml")


def read_routing(rules_file: Path, holidays_file: Path) -> Routing:
    """Read rules and school holidays. Raises RoutingError saying which rule is wrong."""
    try:
        content = yaml.safe_load(rules_file.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise RoutingError(f"{rules_file.name}: not valid YAML: {' '.join(str(error).split())}") from error
    try:
        hours = content["working_hours"]
        working = WorkingHours(
            frozenset(hours["days"]), time.fromisoformat(hours["from"]), time.fromisoformat(hours["to"]),
            ZoneInfo(hours["timezone"]), hours["holidays"],
        )  # fmt: skip
        rules = [_rule(entry, content["queues"], rules_file.name) for entry in content["rules"]]
        free = [
            SchoolHoliday(entry["name"], entry["from"], entry["to"], frozenset(entry["regions"]))
            for entry in yaml.safe_load(holidays_file.read_text(encoding="utf-8"))
        ]
        sure = float(content["offer_answer_from"])
        return Routing(content["queues"], working, content["targets"], rules, free, sure)
    except (KeyError, TypeError, ValueError) as error:
        raise RoutingError(f"{rules_file.name}: {type(error).__name__}: {error}") from error


def _rule(entry: Mapping[str, Any], queues: Mapping[str, object], name: str) -> Rule:
    known = {field.name for field in fields(Rule)}
    if unknown := set(entry) - known:
        raise RoutingError(f"{name}: rule {entry.get('name')!r} has no condition {', '.join(sorted(unknown))}.")
    if entry.get("priority", PRIORITIES[0]) not in PRIORITIES or entry.get("queue", next(iter(queues))) not in queues:
        raise RoutingError(f"{name}: rule {entry.get('name')!r} names a priority or queue that does not exist.")
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        made["words"] = tuple(re.compile(rf"\b{pattern}") for pattern in entry.get("words", ()))
    except re.error as error:
        raise RoutingError(f"{name}: rule {entry.get('name')!r}: {error}.") from error
    return Rule(**made)
