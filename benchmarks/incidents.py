"""How well incidents are noticed: false alarms a month and time until noticed, on simulated years of a help desk's mail.

A year has the hours, weekdays, school holidays and the rush of a new school year; days differ more than chance alone
(gamma-distributed). Failures of several sizes are put in at random working hours. The settings of data/incidents.yaml were
chosen on the seeds 1 to 5; the table is made with others.

    python benchmarks/incidents.py --years 5
"""

from __future__ import annotations

import argparse
import sys
from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from triage.surge import Arrival, SurgeRules, find_surges, load_surge_rules

ZONE = ZoneInfo("Europe/Amsterdam")
START = date(2025, 8, 1)
HOURS = np.array([0, 0, 0, 0, 0, 0, 1, 4, 9, 10, 9, 8, 6, 8, 9, 8, 5, 3, 2, 2, 2, 1, 0.5, 0.2])
WEEKDAYS = (1.2, 1.05, 0.9, 1.0, 0.8, 0.06, 0.08)
HOLIDAYS = ((10, 18, 26), (12, 20, 31), (1, 1, 4), (2, 14, 22), (4, 25, 30), (5, 1, 10), (7, 18, 31))
MIX = {
    "inloggen-leerkracht": 12, "inloggen-leerling-school": 9, "inloggen-thuis": 10, "storing": 4, "las-koppeling": 9,
    "lesmateriaal-en-resultaten": 9, "mfa-en-beveiliging": 5, "anders": 42,
}  # fmt: skip
SIZES = (6, 10, 20, 40)  # mails of a failure, within two hours


@dataclass
class Year:
    """Simulated mails, in order, and the failures among them."""

    arrivals: list[Arrival]
    failures: list[tuple[datetime, str, int]]


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
            arrivals += [Arrival(moment(day, rng), intent, f"s{rng.integers(7000)}") for _ in range(rng.poisson(busy * share))]
    failures = []
    workdays = [START + timedelta(days=n) for n in range(60, 365) if level(START + timedelta(days=n)) >= 1]
    workdays = [day for day in workdays if day.weekday() < 5]
    for size in SIZES:
        for _ in range(6):
            day = workdays[rng.integers(len(workdays))]
            begin = datetime(day.year, day.month, day.day, int(rng.integers(8, 15)), int(rng.integers(60)), tzinfo=ZONE)
            intent = str(rng.choice(["storing", "inloggen-leerling-school", "inloggen-leerkracht", "las-koppeling"]))
            failures.append((begin, intent, size))
            delays = np.minimum(rng.exponential(40, size), 120)
            arrivals += [Arrival(begin + timedelta(minutes=float(d)), intent, f"f{rng.integers(7000)}") for d in delays]
    return Year(sorted(arrivals, key=lambda one: one.at), failures)


def moment(day: date, rng: np.random.Generator) -> datetime:
    """A moment of a day, by the hours schools mail."""
    hour = int(rng.choice(24, p=HOURS / HOURS.sum()))
    return datetime(day.year, day.month, day.day, hour, int(rng.integers(60)), int(rng.integers(60)), tzinfo=ZONE)


def watch(year: Year, rules: SurgeRules) -> list[tuple[datetime, str]]:
    """Alarms, as they would be raised mail by mail; one a failure, and quiet for three hours after it."""
    alarms: list[tuple[datetime, str]] = []
    times = [one.at for one in year.arrivals]
    grouped: set[int] = set()  # mails that belong to an incident are no history
    for number, one in enumerate(year.arrivals):
        if one.intent not in rules.intents:
            continue
        if any(intent == one.intent and one.at - at < timedelta(hours=3) for at, intent in alarms[-8:]):
            grouped.add(number)
            continue
        recent = year.arrivals[bisect_right(times, one.at - rules.window) : number + 1]
        if len({other.sender for other in recent if other.intent == one.intent}) < rules.at_least:
            continue
        first = bisect_right(times, one.at - rules.history)
        known = [year.arrivals[n] for n in range(first, number + 1) if n not in grouped]
        for surge in find_surges(known, one.at, rules, ZONE):
            if surge.intent == one.intent:
                alarms.append((one.at, surge.intent))
                grouped |= {
                    n for n in range(bisect_right(times, one.at - rules.window), number + 1)
                    if year.arrivals[n].intent == one.intent
                }  # fmt: skip
    return alarms


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--years", type=int, default=5)
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--mails-a-day", type=float, default=60.0)
    arguments = parser.parse_args()
    rules = load_surge_rules()
    false: list[datetime] = []
    months = 12 * arguments.years
    found: dict[int, list[float | None]] = {size: [] for size in SIZES}
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.years):
        year = simulate(seed, arguments.mails_a_day)
        alarms = watch(year, rules)
        for begin, intent, size in year.failures:
            hits = [at for at, what in alarms if what == intent and begin <= at <= begin + timedelta(hours=3)]
            found[size].append((hits[0] - begin) / timedelta(minutes=1) if hits else None)
        false += [
            at for at, what in alarms
            if not any(what == intent and begin <= at <= begin + timedelta(hours=4) for begin, intent, _ in year.failures)
        ]  # fmt: skip
    print(
        f"{arguments.years} simulated years of {arguments.mails_a_day:.0f} mails a day, chance {rules.chance:g}, at least {rules.at_least} senders"
    )
    rush = sum(at.month in (8, 9) for at in false)
    print(
        f"false alarms a month: {len(false) / months:.2f} ({len(false)} in {months} months, {rush} of them in August and September)"
    )
    print("mails of the failure   noticed   median minutes until noticed")
    for size, delays in found.items():
        noticed = [delay for delay in delays if delay is not None]
        middle = f"{np.median(noticed):.0f}" if noticed else "-"
        print(f"{size:20}   {len(noticed):3}/{len(delays):<3}   {middle:>6}")


if __name__ == "__main__":
    main()
