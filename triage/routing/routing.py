"""Routing: queue, priority and due time of a mail, from the rules in data/routing.yaml.

Due times count Dutch working hours: weekends and public holidays (library `holidays`) do not count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from fnmatch import fnmatch
from functools import cache, reduce
from operator import getitem
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import holidays
from typing_extensions import TypedDict

from kb.data_file import DataFileError, Place, closed, line_of, read_data, read_plain
from kb.search.language import fold
from kb.settings import from_data, organisation
from triage.classify.intents import Taxonomy, load_taxonomy
from triage.classify.sentences import load_sentences
from triage.errors import RoutingError
from triage.verify.model import Verdict

PRIORITIES = ("urgent", "hoog", "normaal", "laag")  # highest first
WEEKDAYS = range(7)  # 0 is Monday

T = TypeVar("T")
_PARTS: Mapping[str, type] = {"queues": dict, "working_hours": dict, "targets": dict, "rules": list, "offer_answer_from": float}
_CLOCK = re.compile(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]")
_DAY = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])")


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
    text: str = ""  # subject and the writer's own words
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
    country: str  # whose public holidays count, ISO 3166

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
    name, _, part = country.partition("-")
    return holidays.country_holidays(name, part or None)


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
    targets: Mapping[str, Mapping[str, float]]  # priority -> hours, or day_end; at the earliest, see due
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
        reason = rule.name if rule else load_sentences()["usual_route"].format(title=intent.title)
        return Route(queue, priority, self.due(priority, facts.received), reason)

    def holiday(self, region: str, day: date) -> SchoolHoliday | None:
        """The school holiday of a region on a day, if any."""
        return next((one for one in self.school_holidays if region in one.regions and one.first <= day <= one.last), None)

    @property
    def asks_for_holidays(self) -> bool:
        """Whether a rule looks at school holidays."""
        return any(rule.school_holiday is not None for rule in self.rules)

    def holidays_known_until(self) -> date:
        """The last day of the list of school holidays."""
        return max((one.last for one in self.school_holidays), default=date.min)

    def due(self, priority: str, received: datetime) -> datetime:
        """When a mail of this priority should be answered; never before one of higher priority received at the same moment."""
        at_least = PRIORITIES[: PRIORITIES.index(priority) + 1]
        return max(self._target(one, received) for one in at_least)

    def _target(self, priority: str, received: datetime) -> datetime:
        target = self.targets[priority]
        if "hours" in target:
            return self.hours.add_hours(received, target["hours"])
        return self.hours.day_end(received, int(target["day_end"]))


@from_data
def load_routing(folder: Path) -> Routing:
    """Read data/routing.yaml and data/school_holidays.yaml. Raises RoutingError."""
    return read_routing(folder / "routing.yaml", folder / "school_holidays.yaml")


_Holiday = TypedDict("_Holiday", {"name": str, "from": date, "to": date, "regions": list[str]})
closed(_Holiday)


def read_routing(rules_file: Path, holidays_file: Path) -> Routing:
    """Read rules and school holidays. Raises RoutingError saying what is wrong, in which rule and line."""
    try:
        organisation()  # an error in it is no error of this file
        content, free = read_plain(rules_file), read_data(holidays_file, list[_Holiday])
    except DataFileError as error:
        raise RoutingError(str(error)) from error
    _check_parts(rules_file, content)

    def made(place: Place, make: Callable[[Any], T]) -> T:
        """A part of the file as `make` makes it; what that complains about gets its file and line."""
        written = reduce(getitem, place, content)
        try:
            return make(written)
        except KeyError as error:
            said = f"{place[0]}: {error} is missing."
        except (RoutingError, TypeError, ValueError) as error:
            said = str(error)
        raise RoutingError(f"{rules_file.name}: {said.removesuffix('.')} (line {line_of(rules_file, place)}).")

    queues = made(("queues",), _queues)
    known: Mapping[str, Sequence[object]] = {
        "priority": PRIORITIES,
        "queue": tuple(queues),
        "intents": load_taxonomy().labels,
        "verdicts": tuple(verdict.value for verdict in Verdict),
        "weekdays": WEEKDAYS,
    }
    return Routing(
        queues,
        made(("working_hours",), _working_hours),
        made(("targets",), _targets),
        [made(("rules", number), lambda entry: _rule(entry, known)) for number in range(len(content["rules"]))],
        [SchoolHoliday(entry["name"], entry["from"], entry["to"], frozenset(entry["regions"])) for entry in free],
        made(("offer_answer_from",), float),
    )


def _check_parts(file: Path, content: object) -> None:
    for part, kind in _PARTS.items():
        if not isinstance(content, dict) or part not in content:
            raise RoutingError(f"{file.name}: {part!r} is missing.")
        if not isinstance(content[part], kind):
            what = {list: "a list", float: "a number with a point"}.get(kind, "a set of names with values")
            raise RoutingError(f"{file.name}: {part}: {content[part]!r} is not {what} (line {line_of(file, (part,))}).")
    if unknown := sorted(set(map(str, content)) - set(_PARTS)) if isinstance(content, dict) else []:
        line = line_of(file, (unknown[0],))
        raise RoutingError(f"{file.name}: there is no part {unknown[0]!r}; correct or remove it (line {line}).")


def _queues(written: Mapping[str, Mapping[str, str]]) -> Mapping[str, Mapping[str, str]]:
    """The queues; every intent needs its own, or its mails would be in none."""
    needed = {"title", "title_en"} if organisation().also_english else {"title"}
    for name, titles in written.items():
        if not isinstance(titles, dict) or not needed <= set(titles) <= {"title", "title_en"}:
            raise RoutingError(f"queues: {name} needs {' and '.join(sorted(needed))}, and nothing else.")
    if missing := {intent.queue for intent in load_taxonomy().intents.values()} - set(written):
        raise RoutingError(f"queues: {', '.join(sorted(missing))} is missing, which data/taxonomy.yaml sends mails to.")
    return {name: {"title_en": titles["title"], **titles} for name, titles in written.items()}


def _working_hours(written: Mapping[str, Any]) -> WorkingHours:
    days, own = written["days"], organisation()
    if unknown := sorted(set(map(str, written)) - {"days", "from", "to"}):
        elsewhere = (
            " here; country and time zone stand in data/organisation.yaml" if unknown[0] in ("holidays", "timezone") else ""
        )
        raise RoutingError(f"working_hours: there is no {unknown[0]!r}{elsewhere}.")
    if complaint := _list_complaint("days", days, WEEKDAYS):
        raise RoutingError(f"working_hours: {complaint}")
    try:
        start, end = time.fromisoformat(written["from"]), time.fromisoformat(written["to"])
    except (TypeError, ValueError) as error:
        raise RoutingError(f"working_hours: {error.args[0]}.") from error
    if start >= end:
        raise RoutingError("working_hours: from lies after to.")
    return WorkingHours(frozenset(days), start, end, own.zone, _country(own.country))


def _country(code: str) -> str:
    """A country whose public holidays are known, or a part of it."""
    country, _, part = code.partition("-")
    if (
        part not in ("", *holidays.list_supported_countries().get(country, ()))
        or country not in holidays.list_supported_countries()
    ):
        raise RoutingError(f"organisation.yaml: country: {code!r} is not a country whose holidays are known.")
    return code


def _targets(written: Mapping[str, Mapping[str, float]]) -> Mapping[str, Mapping[str, float]]:
    """A target for each priority: so many working hours, or the end of a working day."""
    if unknown := set(written) - set(PRIORITIES):
        raise RoutingError(f"targets: {', '.join(sorted(unknown))} is not a priority ({', '.join(PRIORITIES)}).")
    for priority in PRIORITIES:
        match written.get(priority):
            case {"hours": int() | float() as hours, **others} if hours > 0 and not others:
                pass
            case {"day_end": int() as days, **others} if days >= 0 and not others:
                pass
            case target:
                raise RoutingError(f"targets: {priority} asks for either hours (above 0) or day_end (0 or more), not {target}.")
    return written


def _rule(entry: Any, known: Mapping[str, Sequence[object]]) -> Rule:
    """A rule as written; `known` is what exists, by condition. Raises RoutingError naming the rule."""
    if not isinstance(entry, Mapping) or not isinstance(entry.get("name"), str):
        raise RoutingError(f"a rule has no name: {entry}.")
    if complaint := next(_rule_complaints(entry, known), ""):
        raise RoutingError(f"rule {entry['name']!r}: {complaint}")
    made: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in entry.items()}
    try:
        made["words"] = tuple(re.compile(rf"\b{pattern}") for pattern in entry.get("words", ()))
    except re.error as error:
        raise RoutingError(f"rule {entry['name']!r}: words: {error}.") from error
    return Rule(**made)


def _rule_complaints(entry: Mapping[str, Any], known: Mapping[str, Sequence[object]]) -> Iterator[str]:
    """What is wrong with a rule, one sentence each."""
    for condition in sorted(set(entry) - {field.name for field in fields(Rule)}):
        yield f"there is no condition {condition}."
    for condition, value in entry.items():
        yield from filter(None, [_value_complaint(condition, value, known)])
    if ("from_day" in entry) != ("to_day" in entry):
        yield "from_day and to_day go together."
    for first, last in (("from_day", "to_day"), ("from_time", "to_time"), ("min_confidence", "max_confidence")):
        if first in entry and last in entry and entry[first] > entry[last]:
            yield f"{first} lies after {last}."


def _value_complaint(condition: str, value: Any, known: Mapping[str, Sequence[object]]) -> str:
    """What is wrong with the value of a condition; "" when nothing is."""
    match condition:
        case "intents" | "verdicts" | "words" | "senders" | "schools" | "weekdays":
            return _list_complaint(condition, value, known.get(condition))
        case "priority" | "queue" if value not in known[condition]:
            return f"{condition}: there is no {value!r}."
        case "from_time" | "to_time" if not (isinstance(value, str) and _CLOCK.fullmatch(value)):
            return f"{condition}: {value!r} is not a time such as '08:30', in quotes."
        case "from_day" | "to_day" if not (isinstance(value, str) and _DAY.fullmatch(value)):
            return f"{condition}: {value!r} is not a month and day such as '08-10', in quotes."
        case "min_confidence" | "max_confidence" if type(value) not in (int, float) or not 0 <= value <= 1:
            return f"{condition}: {value!r} is not a number from 0 to 1."
        case "school_holiday" if type(value) is not bool:
            return f"{condition}: {value!r} is not true or false."
    return ""


def _list_complaint(name: str, value: object, known: Sequence[object] | None) -> str:
    """What is wrong with what should be a list of things that exist, or of texts when any will do; "" when nothing is."""
    if not isinstance(value, list) or not value:
        return f"{name}: {value!r} is not a list with something in it; lists are written in [ ]."
    if known is not None:
        return next((f"{name}: there is no {one!r}." for one in value if one not in known), "")
    wrong = (one for one in value if not isinstance(one, str))
    return next((f"{name}: {one!r} is not a text; what looks like a number goes in quotes." for one in wrong), "")
