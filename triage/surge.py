"""Whether more mails come in about a subject than the hour and the weekday expect.

The number of different senders in the last hour is compared with a negative binomial distribution, the usual one for counts
that vary more than chance alone (Hilbe, 'Negative Binomial Regression', 2011). Its mean is the recent level of the subject
(mails a week, older ones counting for less) times the share that this hour of the week usually has, times how busy it is with
other subjects today, so that the start of a school year is no failure. Its spread is taken from the history (method of
moments). A surge is a count that happens by itself less often than a chance that is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import yaml
from numpy.typing import NDArray
from scipy.stats import nbinom

from kb.settings import from_data

HALF_LIFE = 14.0  # days after which a mail counts half for the level
PRIOR_MAILS = 40.0  # weight of 'each weekday has the same hours' against the counts of each hour of the week
PRIOR_OTHERS = 5.0  # mails; keeps a quiet day from looking busy
BUSIEST = 8.0  # a day is at most this many times as busy as expected
SPREAD = (0.5, 100.0)  # bounds of the size parameter; large is hardly more than chance (Poisson)
BUSY_SPANS = (timedelta(hours=3), timedelta(days=1))
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SurgeRules:
    """Everything of data/incidents.yaml."""

    intents: frozenset[str]
    window: timedelta
    at_least: int  # different senders
    chance: float
    history: timedelta
    history_needed: timedelta


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that came in."""

    at: datetime  # with time zone
    intent: str
    sender: str  # address


@dataclass(frozen=True, slots=True)
class Surge:
    """More mails about a subject than can be chance."""

    intent: str
    senders: int  # different ones in the window
    expected: float
    chance: float  # of so many or more


@from_data
def load_surge_rules(folder: Path) -> SurgeRules:
    """Read data/incidents.yaml."""
    content: Mapping[str, Any] = yaml.safe_load((folder / "incidents.yaml").read_text(encoding="utf-8"))
    return SurgeRules(
        frozenset(content["intents"]),
        timedelta(minutes=content["window_minutes"]),
        content["at_least"],
        content["chance"],
        timedelta(weeks=content["history_weeks"]),
        timedelta(days=content["history_days_needed"]),
    )


def find_surges(arrivals: Sequence[Arrival], now: datetime, rules: SurgeRules, zone: ZoneInfo) -> list[Surge]:
    """The subjects that surge at a moment, least likely first; `arrivals` are those of the history and the window, in any order."""
    start = now - rules.window
    senders: dict[str, set[str]] = {}
    for one in arrivals:
        if start < one.at <= now and one.intent in rules.intents:
            senders.setdefault(one.intent, set()).add(one.sender.lower())
    full = {intent: len(found) for intent, found in senders.items() if len(found) >= rules.at_least}
    past = [one for one in arrivals if now - rules.history <= one.at <= start]
    if not full or not past or start - min(one.at for one in past) < rules.history_needed:
        return []
    usual = _Usual(past, start, zone)
    surges = []
    for intent, count in full.items():
        expected = usual.expected(intent, start, now) * usual.busy(arrivals, intent, now)
        size = usual.size(intent)
        chance = float(nbinom.sf(count - 1, size, size / (size + expected)))
        if chance < rules.chance:
            surges.append(Surge(intent, count, round(expected, 2), chance))
    return sorted(surges, key=lambda surge: surge.chance)


class _Usual:
    """What the history makes us expect."""

    def __init__(self, past: Sequence[Arrival], end: datetime, zone: ZoneInfo) -> None:
        self._end, self._zone = end, zone
        self._hours = np.array([(end - one.at) / timedelta(hours=1) for one in past])  # before the end
        self._intents = np.array([one.intent for one in past])
        self._span = float(self._hours.max())  # hours
        local = [one.at.astimezone(zone) for one in past]
        counts = np.zeros((7, 24))
        np.add.at(counts, ([moment.weekday() for moment in local], [moment.hour for moment in local]), 1.0)
        same = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1.0)  # weekday and hour apart
        smooth = counts + PRIOR_MAILS * same / same.sum()
        self._share: Floats = smooth / smooth.sum()

    def _level(self, mine: NDArray[np.bool_]) -> float:
        """Mails a week, the last weeks weighing most."""
        days, weight = self._hours / 24.0, 0.5 ** (self._hours / 24.0 / HALF_LIFE)
        covered = (1 - 0.5 ** (max(days.max(), 1.0) / HALF_LIFE)) * HALF_LIFE / np.log(2)
        return float(7.0 * (weight[mine].sum() + 0.5) / covered)

    def _part(self, start: datetime, end: datetime) -> float:
        """The share of a week's mails that a stretch of time usually has."""
        part, at = 0.0, start
        while at < end:
            local = at.astimezone(self._zone)
            step = min(
                timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond),
                end - at,
            )
            part += float(self._share[local.weekday(), local.hour]) * (step / timedelta(hours=1))
            at += step
        return part

    def expected(self, intent: str, start: datetime, end: datetime) -> float:
        """Mails about a subject in a stretch of time."""
        return self._level(self._intents == intent) * self._part(start, end)

    def busy(self, arrivals: Sequence[Arrival], intent: str, now: datetime) -> float:
        """How much busier the last day, or the last hours, were with other subjects than expected; at least 1."""
        level = self._level(self._intents != intent)
        ratios = [1.0]
        for span in BUSY_SPANS:
            others = sum(1 for one in arrivals if one.intent != intent and now - span < one.at <= now)
            ratios.append((others + PRIOR_OTHERS) / (level * self._part(now - span, now) + PRIOR_OTHERS))
        return float(min(max(ratios), BUSIEST))

    def size(self, intent: str) -> float:
        """The size parameter of the negative binomial, from how much the hours of the history differ from what is expected."""
        mine = self._hours[self._intents == intent]
        hours = int(self._span) + 1
        counts = np.bincount(mine.astype(int), minlength=hours)[:hours]
        moments = [(self._end - timedelta(hours=hour + 1)).astimezone(self._zone) for hour in range(hours)]
        means = self._level(self._intents == intent) * np.array([self._share[one.weekday(), one.hour] for one in moments])
        extra = float(((counts - means) ** 2 - means).sum())
        return float(np.clip((means**2).sum() / extra, *SPREAD)) if extra > 0 else SPREAD[1]


def common_words(texts: Sequence[Sequence[str]], background: Sequence[Sequence[str]], most: int = 4) -> tuple[str, ...]:
    """Words that half of some texts (lists of words) have and few other texts do: what a failure is about, most telling first."""
    seen = _spread(background)
    found = {word: share for word, share in _spread(texts).items() if share >= 0.5}
    telling = {word: share / (seen.get(word, 0.0) + 0.5 / (len(background) + 1)) for word, share in found.items()}
    return tuple(sorted((word for word, lift in telling.items() if lift >= 4.0), key=lambda word: (-telling[word], word))[:most])


def _spread(texts: Sequence[Sequence[str]]) -> dict[str, float]:
    """The share of texts that have each word."""
    counts: dict[str, int] = {}
    for words in texts:
        for word in set(words):
            counts[word] = counts.get(word, 0) + 1
    return {word: count / len(texts) for word, count in counts.items()}
