"""Whether more mails come in about a subject than the hour and the weekday expect.

The number of different senders in the last hour is compared with a negative binomial distribution, the usual one for counts
that vary more than chance alone (Hilbe, 'Negative Binomial Regression', 2011). Its mean is the recent level of the subject
(mails a week, older ones counting for less) times the share that this hour of the week usually has, times how busy it is with
other subjects today, so that the start of a school year is no failure. Its spread is taken from the history (method of
moments). A surge is a count that happens by itself less often than a chance that is set.

Mails about one failure may get different labels. So the same test is done for words: how many senders wrote a word that is
otherwise rare, in mails about any watched subject. There are many words, so for these the chance is set lower.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom
from typing_extensions import TypedDict

from kb.data_file import closed, read_data
from kb.search.language import fold
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
    word_chance: float  # as chance, for a word that mails about different watched subjects share
    word_share: float  # of the watched mails of the history; a word that more have says nothing about a failure
    calendar_words: frozenset[str]  # folded; words that come and go with the calendar


@dataclass(frozen=True, slots=True)
class Arrival:
    """A mail that came in."""

    at: datetime  # with time zone
    intent: str
    sender: str  # address
    words: frozenset[str] | None = None  # folded; None when they were not kept


@dataclass(frozen=True, slots=True)
class Surge:
    """More mails about a subject, or with a word, than can be chance."""

    intent: str  # of a word: the subject that most of its mails have
    senders: int  # different ones in the window
    expected: float
    chance: float  # of so many or more
    word: str = ""  # what the mails share when they have different subjects


@closed
class _Incidents(TypedDict):
    intents: list[str]
    window_minutes: int
    at_least: int
    chance: float
    history_weeks: int
    history_days_needed: int
    word_chance: float
    word_share: float
    calendar_words: list[str]


@from_data
def load_surge_rules(folder: Path) -> SurgeRules:
    """Read data/incidents.yaml. Raises DataFileError."""
    content = read_data(folder / "incidents.yaml", _Incidents)
    return SurgeRules(
        frozenset(content["intents"]),
        timedelta(minutes=content["window_minutes"]),
        content["at_least"],
        content["chance"],
        timedelta(weeks=content["history_weeks"]),
        timedelta(days=content["history_days_needed"]),
        content["word_chance"],
        content["word_share"],
        frozenset(map(fold, content["calendar_words"])),
    )


def find_surges(arrivals: Sequence[Arrival], now: datetime, rules: SurgeRules, zone: ZoneInfo) -> list[Surge]:
    """The subjects that surge at a moment, least likely first; `arrivals` are those of the history and the window, in any order."""
    senders = _senders(arrivals, now, rules, lambda one: [one.intent])
    usual = _usual(arrivals, now, rules, zone) if senders else None
    if usual is None:
        return []
    found = (Surge(intent, count, *usual.judge(_about(intent), count)) for intent, count in senders.items())
    return sorted((surge for surge in found if surge.chance < rules.chance), key=lambda surge: surge.chance)


def find_word_surges(arrivals: Sequence[Arrival], now: datetime, rules: SurgeRules, zone: ZoneInfo) -> list[Surge]:
    """The otherwise rare words that surge in mails about watched subjects, least likely first; mails of which no words were kept
    are no history."""
    known = [one for one in arrivals if one.words is not None]
    senders = _senders(known, now, rules, lambda one: (one.words or frozenset()) - rules.calendar_words)
    usual = _usual(known, now, rules, zone) if senders else None
    if usual is None:
        return []
    watched = usual.count(lambda one: one.intent in rules.intents)
    surges = []
    for word, count in senders.items():
        says = _says(word, rules.intents)
        if usual.count(says) > rules.word_share * watched:
            continue
        expected, chance = usual.judge(says, count)
        if chance < rules.word_chance:
            intents = Counter(one.intent for one in known if now - rules.window < one.at <= now and says(one))
            surges.append(Surge(intents.most_common(1)[0][0], count, expected, chance, word))
    return sorted(surges, key=lambda surge: (surge.chance, surge.word))


def _senders(
    arrivals: Sequence[Arrival], now: datetime, rules: SurgeRules, keys: Callable[[Arrival], Iterable[str]]
) -> dict[str, int]:
    """How many senders wrote about something in the window, where that is enough for an incident."""
    senders: dict[str, set[str]] = {}
    for one in arrivals:
        if now - rules.window < one.at <= now and one.intent in rules.intents:
            for key in keys(one):
                senders.setdefault(key, set()).add(one.sender.lower())
    return {key: len(found) for key, found in senders.items() if len(found) >= rules.at_least}


def _usual(arrivals: Sequence[Arrival], now: datetime, rules: SurgeRules, zone: ZoneInfo) -> _Usual | None:
    """What the history before the window makes us expect; None when it is too short."""
    start = now - rules.window
    past = [one for one in arrivals if now - rules.history <= one.at <= start]
    if not past or start - min(one.at for one in past) < rules.history_needed:
        return None
    recent = [one for one in arrivals if now - max(BUSY_SPANS) < one.at <= now]
    return _Usual(past, recent, start, now, zone)


def _about(intent: str) -> Callable[[Arrival], bool]:
    return lambda one: one.intent == intent


def _says(word: str, intents: frozenset[str]) -> Callable[[Arrival], bool]:
    return lambda one: one.intent in intents and one.words is not None and word in one.words


class _Usual:
    """What the history makes us expect."""

    def __init__(self, past: Sequence[Arrival], recent: Sequence[Arrival], end: datetime, now: datetime, zone: ZoneInfo) -> None:
        self._past, self._recent, self._end, self._now, self._zone = past, recent, end, now, zone
        self._hours = np.array([(end - one.at) / timedelta(hours=1) for one in past])  # before the end
        self._span = float(self._hours.max())  # hours
        local = [one.at.astimezone(zone) for one in past]
        counts = np.zeros((7, 24))
        np.add.at(counts, ([moment.weekday() for moment in local], [moment.hour for moment in local]), 1.0)
        same = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / max(counts.sum(), 1.0)  # weekday and hour apart
        smooth = counts + PRIOR_MAILS * same / same.sum()
        self._share: Floats = smooth / smooth.sum()

    def judge(self, like: Callable[[Arrival], bool], count: int) -> tuple[float, float]:
        """How many of some kind of mails the window should have, and the chance of so many or more."""
        mine = np.array([like(one) for one in self._past])
        expected = self._level(mine) * self._part(self._end, self._now) * self._busy(like, mine)
        size = self._size(mine)
        return round(expected, 2), float(nbinom.sf(count - 1, size, size / (size + expected)))

    def count(self, like: Callable[[Arrival], bool]) -> int:
        """How many mails of some kind the history has."""
        return sum(map(like, self._past))

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

    def _busy(self, like: Callable[[Arrival], bool], mine: NDArray[np.bool_]) -> float:
        """How much busier the last day, or the last hours, were with other mails than expected; at least 1."""
        level = self._level(~mine)
        ratios = [1.0]
        for span in BUSY_SPANS:
            others = sum(1 for one in self._recent if self._now - span < one.at and not like(one))
            ratios.append((others + PRIOR_OTHERS) / (level * self._part(self._now - span, self._now) + PRIOR_OTHERS))
        return float(min(max(ratios), BUSIEST))

    def _size(self, mine: NDArray[np.bool_]) -> float:
        """The size parameter of the negative binomial, from how much the hours of the history differ from what is expected."""
        hours = int(self._span) + 1
        counts = np.bincount(self._hours[mine].astype(int), minlength=hours)[:hours]
        moments = [(self._end - timedelta(hours=hour + 1)).astimezone(self._zone) for hour in range(hours)]
        means = self._level(mine) * np.array([self._share[one.weekday(), one.hour] for one in moments])
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
