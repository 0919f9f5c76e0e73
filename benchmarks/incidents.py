"""How well incidents are noticed: false alarms a month and time until noticed, on simulated years of a help desk's mail.

A year has the hours, weekdays, school holidays and the rush of a new school year; days differ more than chance alone
(gamma-distributed). What mails say is drawn from the training mails of their subject, and each day has mails it sees more of; one
in ten names a product. Failures of several sizes are put in at random working hours: half of them get one subject, of the
other half the subjects scatter but most mails name the product. The settings of data/incidents.yaml were chosen on the seeds 1 to
5; the table is made with others.

    python benchmarks/incidents.py --years 5
"""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kb.settings import SHIPPED_DATA
from triage.classify.training import load_examples
from triage.incidents.incidents import words_of
from triage.incidents.surge import Arrival, Surge, SurgeRules, find_surges, find_word_surges, load_surge_rules

ZONE = ZoneInfo("Europe/Amsterdam")
START = date(2025, 8, 1)
HOURS = np.array([0, 0, 0, 0, 0, 0, 1, 4, 9, 10, 9, 8, 6, 8, 9, 8, 5, 3, 2, 2, 2, 1, 0.5, 0.2])
WEEKDAYS = (1.2, 1.05, 0.9, 1.0, 0.8, 0.06, 0.08)
HOLIDAYS = ((10, 18, 26), (12, 20, 31), (1, 1, 4), (2, 14, 22), (4, 25, 30), (5, 1, 10), (7, 18, 31))
MIX = {
    "inloggen-leerkracht": 12, "inloggen-leerling-school": 9, "inloggen-thuis": 10, "storing": 4, "las-koppeling": 9,
    "lesmateriaal-en-resultaten": 9, "mfa-en-beveiliging": 5,
    "apparaten-en-snelkoppelingen": 4, "anders": 38,
}  # fmt: skip
SIZES = (6, 10, 20, 40)  # mails of a failure, within two hours
LABELLED = ("storing", "inloggen-leerling-school", "inloggen-leerkracht", "las-koppeling")
SCATTERED = (
    "storing", "inloggen-leerling-school", "inloggen-leerkracht", "lesmateriaal-en-resultaten", "apparaten-en-snelkoppelingen", "anders",
)  # fmt: skip
PRODUCTS = 0.4 / (1 + np.arange(12.0)) / 12  # share of the mails that names each product, the first one in thirty
NAMED = 0.85  # share of the mails about a scattered failure that names its product


@dataclass(frozen=True, slots=True)
class Failure:
    """Something that broke."""

    begin: datetime
    size: int  # mails
    scattered: bool  # its mails have different subjects


@dataclass
class Year:
    """Simulated mails, in order, and the failures among them; a mail about failure 3 has a sender that starts with 'f3-'."""

    arrivals: list[Arrival]
    failures: list[Failure]


@cache
def wordings() -> dict[str, list[frozenset[str]]]:
    """The words of the training mails, by subject; those of subjects that are not watched don't matter."""
    found: dict[str, list[frozenset[str]]] = {}
    for example in load_examples(SHIPPED_DATA / "intents"):
        found.setdefault(example.intent, []).append(frozenset(words_of(example.text)))
    return {intent: found.get(intent, [frozenset()]) for intent in MIX}


def say(intent: str, count: int, rng: np.random.Generator) -> list[frozenset[str]]:
    """What the mails of a day about a subject say: some things are said more often that day."""
    texts = wordings()[intent]
    weights = rng.gamma(1, 1, len(texts))
    chosen = rng.choice(len(texts), count, p=weights / weights.sum())
    named = rng.choice(len(PRODUCTS) + 1, count, p=[*PRODUCTS, 1 - PRODUCTS.sum()])
    return [
        texts[text] | ({f"product{product}"} if product < len(PRODUCTS) else frozenset())
        for text, product in zip(chosen, named, strict=True)
    ]


def level(day: date) -> float:
    """How busy a day is: 1 is usual."""
    if any(month == day.month and first <= day.day <= last for month, first, last in HOLIDAYS):
        return 0.12
    if (day.month, day.day) < (8, 18) and day.month == 8:
        return 0.3
    if day.month in (8, 9):  # the rush of a new school year fades
        return 3.5 * 0.96 ** (day - date(day.year, 8, 18)).days + 1
    return 1.0


def simulate(seed: int, mails_a_day: float = 60.0) -> Year:
    """A year of mails."""
    rng = np.random.default_rng(seed)
    names, weights = list(MIX), np.array(list(MIX.values()), dtype=float)
    weights /= weights.sum()
    arrivals = []
    for number in range(365):
        day = START + timedelta(days=number)
        busy = mails_a_day * level(day) * WEEKDAYS[day.weekday()] * rng.gamma(12, 1 / 12)
        mix = weights * rng.gamma(10, 1 / 10, len(names))  # subjects have their days as well
        for intent, share in zip(names, mix / weights.sum(), strict=True):
            said = say(intent, rng.poisson(busy * share), rng)
            arrivals += [Arrival(moment(day, rng), intent, f"s{rng.integers(7000)}", words) for words in said]
    failures: list[Failure] = []
    workdays = [START + timedelta(days=n) for n in range(60, 365) if level(START + timedelta(days=n)) >= 1]
    workdays = [day for day in workdays if day.weekday() < 5]
    for size in SIZES:
        for scattered in [False, True] * 6:
            day = workdays[rng.integers(len(workdays))]
            begin = datetime(day.year, day.month, day.day, int(rng.integers(8, 15)), int(rng.integers(60)), tzinfo=ZONE)
            arrivals += fail(len(failures), begin, size, scattered, rng)
            failures.append(Failure(begin, size, scattered))
    return Year(sorted(arrivals, key=lambda one: one.at), failures)


def fail(number: int, begin: datetime, size: int, scattered: bool, rng: np.random.Generator) -> list[Arrival]:
    """The mails about a failure."""
    intents = rng.choice(SCATTERED, size) if scattered else [str(rng.choice(LABELLED))] * size
    product = f"product{rng.integers(len(PRODUCTS))}"
    delays = np.minimum(rng.exponential(40, size), 120)
    return [
        Arrival(
            begin + timedelta(minutes=float(delay)), str(intent), f"f{number}-{n}",
            say(str(intent), 1, rng)[0] | ({product} if scattered and rng.random() < NAMED else frozenset()),
        )
        for n, (intent, delay) in enumerate(zip(intents, delays, strict=True))
    ]  # fmt: skip


def moment(day: date, rng: np.random.Generator) -> datetime:
    """A moment of a day, by the hours schools mail."""
    hour = int(rng.choice(24, p=HOURS / HOURS.sum()))
    return datetime(day.year, day.month, day.day, hour, int(rng.integers(60)), int(rng.integers(60)), tzinfo=ZONE)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An incident that was opened."""

    at: datetime
    surge: Surge
    mails: tuple[Arrival, ...]  # those it was opened with

    def takes(self, one: Arrival) -> bool:
        """Whether a mail belongs to the incident."""
        return self.surge.word in (one.words or ()) if self.surge.word else one.intent == self.surge.intent

    @property
    def failure(self) -> int | None:
        """The number of the failure that most of its mails are about."""
        about = Counter(one.sender.split("-")[0] for one in self.mails if one.sender.startswith("f"))
        found = about.most_common(1)
        return int(found[0][0][1:]) if found and found[0][1] >= len(self.mails) / 2 else None


def watch(year: Year, rules: SurgeRules) -> list[Alarm]:
    """Alarms, as they would be raised mail by mail; an incident takes its mails for three hours."""
    alarms: list[Alarm] = []
    times = [one.at for one in year.arrivals]
    grouped: set[int] = set()  # mails that belong to an incident are no history
    for number, one in enumerate(year.arrivals):
        if one.intent not in rules.intents:
            continue
        if any(alarm.takes(one) and one.at - alarm.at < timedelta(hours=3) for alarm in alarms[-8:]):
            grouped.add(number)
            continue
        window = [n for n in range(bisect_right(times, one.at - rules.window), number + 1) if n not in grouped]
        mails = [year.arrivals[n] for n in window if year.arrivals[n].intent in rules.intents]
        senders = {other.sender for other in mails if other.intent == one.intent}
        shared = Counter(word for other in mails for word in other.words or ())
        subject = len(senders) >= rules.at_least
        word = any(shared[word] >= rules.at_least for word in one.words or ())
        if not subject and not word:
            continue
        first = bisect_right(times, one.at - rules.history)
        known = [year.arrivals[n] for n in range(first, number + 1) if n not in grouped]
        surges = find_surges(known, one.at, rules, ZONE) if subject else []
        for surge in surges or find_word_surges(known, one.at, rules, ZONE)[:1]:
            alarm = Alarm(one.at, surge, ())
            taken = [n for n in window if alarm.takes(year.arrivals[n]) and year.arrivals[n].intent in rules.intents]
            alarms.append(Alarm(one.at, surge, tuple(year.arrivals[n] for n in taken)))
            grouped |= set(taken)
    return alarms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--mails-a-day", type=float, default=60.0)
    arguments = parser.parse_args()
    rules = load_surge_rules()
    false: list[Alarm] = []
    months = 12 * arguments.years
    found: dict[tuple[bool, int], list[float | None]] = {(kind, size): [] for kind in (False, True) for size in SIZES}
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.years):
        year = simulate(seed, arguments.mails_a_day)
        alarms = watch(year, rules)
        for number, failure in enumerate(year.failures):
            hits = [alarm.at for alarm in alarms if alarm.failure == number]
            found[failure.scattered, failure.size].append((hits[0] - failure.begin) / timedelta(minutes=1) if hits else None)
        false += [alarm for alarm in alarms if alarm.failure is None]
    print(
        f"{arguments.years} simulated years of {arguments.mails_a_day:.0f} mails a day, chance {rules.chance:g}, of a word "
        f"{rules.word_chance:g}, at least {rules.at_least} senders"
    )
    rush = sum(alarm.at.month in (8, 9) for alarm in false)
    by_word = sum(bool(alarm.surge.word) for alarm in false)
    print(
        f"false alarms a month: {len(false) / months:.2f} ({len(false)} in {months} months, {rush} of them in August and September, "
        f"{by_word} by a word)"
    )
    for scattered, title in ((False, "one subject"), (True, "scattered subjects")):
        print(f"{title:18}   mails of the failure   noticed   median minutes until noticed")
        for size in SIZES:
            delays = found[scattered, size]
            noticed = [delay for delay in delays if delay is not None]
            middle = f"{np.median(noticed):.0f}" if noticed else "-"
            print(f"{'':18}   {size:20}   {len(noticed):3}/{len(delays):<3}   {middle:>6}")


if __name__ == "__main__":
    main()
