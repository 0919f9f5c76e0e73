"""Whether the mail still is what the classifier learned: volume, confidence, corrections and mix by week, and what has no label.

The mix of the last seven days is compared with that of the weeks before by a chi-squared test of homogeneity (Pearson 1900);
subjects with fewer than five expected mails are taken together (Cochran, Biometrics 1954). The number of mails is compared with the
prediction interval of one more week (Student's t), the confidence by Welch's test (Biometrika 1947).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from scipy.stats import chi2_contingency, ttest_ind_from_stats
from scipy.stats import t as student
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from kb.insight.gaps import Gap
from kb.insight.privacy import mask
from triage.classify.intents import load_taxonomy
from triage.database.tables import Correction, Ticket, moment
from triage.mail import parse_message
from triage.mail.read_mail import read_mail

WEEKS = 12
SHIFTED = 0.001  # chance below which the mix counts as shifted; once in about twenty years of weeks by chance alone
DIFFERS = 0.05  # chance below which the mix is not called the same
LEAST_CHANGE = 0.02  # of the confidence; less does not matter, however certain it is
LEAST_SPREAD = 0.01  # of the confidence; mails that are all as sure still vary
ENOUGH = 40  # mails in the last week; fewer say nothing
FEW = 5.0  # expected mails below which subjects are taken together
UNSURE = 0.5  # a mail whose label is less likely than this has none that fits
MOST = 300  # unsure mails that are grouped; the newest count
REST = "overig"


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days of mail."""

    first: date
    mails: int
    confidence: float | None  # mean; None without mails
    alone: float | None  # share decided without review
    corrected: int  # by colleagues, in these days
    mix: Mapping[str, int]  # mails by intent
    spread: float = 0.0  # standard deviation of the confidence


@dataclass(frozen=True, slots=True)
class Shift:
    """How the mix of the last week differs from before."""

    chance: float  # of such a difference by itself
    changes: tuple[tuple[str, float, float], ...]  # intent, share before, share now; largest change first

    @property
    def warns(self) -> bool:
        """Whether this is more than chance."""
        return self.chance < SHIFTED

    @property
    def differs(self) -> bool:
        """Whether the mix can't be called the same, though it may be chance."""
        return self.chance < DIFFERS


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of the last week that differs from before by more than chance."""

    before: float
    now: float


def weeks_until(engine: Engine, now: datetime, count: int = WEEKS) -> list[Week]:
    """The weeks before a moment, oldest first; the last one ends now. A mail counts when it was sent, as far as its date can be true."""
    since = now - timedelta(weeks=count)
    with Session(engine) as session:
        tickets = session.execute(
            select(moment(), Ticket.intent, Ticket.confidence, Ticket.decision).where(moment() > since, moment() <= now)
        ).all()
        corrected = session.scalars(select(Correction.at).where(Correction.at > since, Correction.at <= now)).all()
    mails: list[list[tuple[str, float, str]]] = [[] for _ in range(count)]
    for at, intent, confidence, decision in tickets:
        mails[_week(now, at, count)].append((intent, confidence, decision))
    changed = Counter(_week(now, at, count) for at in corrected)
    return [
        Week(
            (now - timedelta(weeks=count - number)).date(),
            len(found),
            sum(one[1] for one in found) / len(found) if found else None,
            sum(one[2] == "auto" for one in found) / len(found) if found else None,
            changed[number],
            Counter(one[0] for one in found),
            float(np.std([one[1] for one in found])) if found else 0.0,
        )
        for number, found in enumerate(mails)
    ]


def _week(now: datetime, at: datetime, count: int) -> int:
    return max(0, count - 1 - int((now - at) / timedelta(weeks=1)))


def find_shift(weeks: Sequence[Week]) -> Shift | None:
    """The last week against those before; None when there is too little mail to say anything."""
    if len(weeks) < 2:
        return None
    now, before = Counter(weeks[-1].mix), Counter[str]()
    for week in weeks[:-1]:
        before.update(week.mix)
    total_now, total_before = now.total(), before.total()
    if total_now < ENOUGH or total_before < ENOUGH:
        return None
    share = total_now / (total_now + total_before)
    rows: dict[str, list[int]] = {}
    for intent in sorted(now | before):
        small = (now[intent] + before[intent]) * min(share, 1 - share) < FEW
        row = rows.setdefault(REST if small else intent, [0, 0])
        row[0] += before[intent]
        row[1] += now[intent]
    if len(rows) < 2:
        return Shift(1.0, ())
    chance = float(chi2_contingency(list(rows.values())).pvalue)
    changes = [(intent, old / total_before, new / total_now) for intent, (old, new) in rows.items() if intent != REST]
    return Shift(chance, tuple(sorted(changes, key=lambda one: -abs(one[2] - one[1]))[:3]))


def find_volume_change(weeks: Sequence[Week]) -> Change | None:
    """Whether the last week has more or fewer mails than the weeks before, counted from the first one with mail."""
    counts = [week.mails for week in weeks[:-1]]
    while counts and not counts[0]:
        counts.pop(0)
    if len(counts) < 2 or sum(counts) < ENOUGH:
        return None
    mean, last = float(np.mean(counts)), weeks[-1].mails
    variance = max(float(np.var(counts, ddof=1)), mean)  # at least that of chance alone (Poisson)
    distance = abs(last - mean) / np.sqrt(variance * (1 + 1 / len(counts)))
    chance = 2 * float(student.sf(distance, len(counts) - 1))
    return Change(mean, float(last)) if chance < SHIFTED else None


def find_confidence_change(weeks: Sequence[Week]) -> Change | None:
    """Whether the classifier is surer or less sure of the last week's mails than of those before."""
    before = [(week.mails, week.confidence, week.spread) for week in weeks[:-1] if week.confidence is not None]
    mails, last = sum(count for count, _, _ in before), weeks[-1] if weeks else None
    if last is None or last.confidence is None or last.mails < ENOUGH or mails < ENOUGH:
        return None
    mean = sum(count * confidence for count, confidence, _ in before) / mails
    variance = sum(count * (spread**2 + (confidence - mean) ** 2) for count, confidence, spread in before) / mails
    deviation, spread = max(float(np.sqrt(variance)), LEAST_SPREAD), max(last.spread, LEAST_SPREAD)
    chance = float(ttest_ind_from_stats(mean, deviation, mails, last.confidence, spread, last.mails, equal_var=False).pvalue)
    if chance >= SHIFTED or abs(last.confidence - mean) < LEAST_CHANGE:
        return None
    return Change(mean, last.confidence)


def without_label(engine: Engine, since: datetime, known: Callable[[str], bool]) -> list[Gap]:
    """Mails of which the classifier was unsure and to which no agent gave a label, masked, newest first: together they may be a subject nobody has a label for."""
    unanswered = load_taxonomy().unanswered
    with Session(engine) as session:
        tickets = session.scalars(
            select(Ticket)
            .where(moment() > since, Ticket.confidence < UNSURE, Ticket.decision != "agent", Ticket.intent.not_in(unanswered))
            .order_by(Ticket.id.desc())
            .limit(MOST)
        )
        texts = [(ticket.id, read_mail(parse_message(ticket.mail.raw)).said) for ticket in tickets]
    return [Gap(mask(" ".join(text.split())[:200], known), "onzeker", number) for number, text in texts]
