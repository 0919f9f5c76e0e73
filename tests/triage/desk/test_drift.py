"""Drift: whether the mail still is what the classifier learned."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from triage.database.states import CLOSED
from triage.database.tables import Correction, RawMail, Ticket
from triage.desk.drift import (
    REST,
    Change,
    Week,
    find_confidence_change,
    find_shift,
    find_volume_change,
    weeks_until,
    without_label,
)

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
USUAL = {"inloggen-leerkracht": 30, "las-koppeling": 20, "storing": 10, "algemene-vraag": 20}


def put(
    engine: Engine,
    ages: list[float],
    confidence: float = 0.9,
    decision: str = "auto",
    text: str = "Iets",
    corrected: bool = False,
    sent: datetime | None = None,
) -> None:
    """Tickets of so many days ago."""
    with Session(engine) as session, session.begin():
        start = session.query(RawMail).count()
        for number, age in enumerate(ages):
            at = NOW - timedelta(days=age)
            raw = f"From: a@school.example\r\nSubject: vraag\r\n\r\n{text}\r\n".encode()
            mail = RawMail(sha256=f"{start + number:064}", raw=raw, source="proef", received_at=at, state="verwerkt")
            ticket = Ticket(
                mail=mail, subject="vraag", sender_name="", sender_address="a@school.example", sent_at=sent, created_at=at, language="nl",
                intent="storing", confidence=confidence, decision=decision, queue="incidenten", priority="normaal", due_at=at, status=CLOSED,
            )  # fmt: skip
            session.add(ticket)
            if corrected:
                session.add(Correction(ticket=ticket, text=text, was="storing", intent="spam", by="noor", at=at))


def week(mix: dict[str, int]) -> Week:
    return Week(date(2026, 11, 17), sum(mix.values()), 0.9, 0.5, 0, mix)


# --- by week --------------------------------------------------------------------------------------------------------


def test_mails_are_counted_in_weeks_that_end_now(engine: Engine) -> None:
    put(engine, [0.1, 6.9, 7.1, 20.0, 200.0])

    assert [one.mails for one in weeks_until(engine, NOW, 4)] == [0, 1, 1, 2]


def test_a_mail_of_an_old_mailbox_counts_in_the_week_it_was_sent(engine: Engine) -> None:
    put(engine, [0.1, 0.1], sent=NOW - timedelta(days=15))

    assert [one.mails for one in weeks_until(engine, NOW, 4)] == [0, 2, 0, 0]


@pytest.mark.parametrize("sent", [NOW + timedelta(days=3), datetime(1970, 1, 1, tzinfo=UTC)])
def test_a_mail_with_a_date_that_can_not_be_true_counts_when_it_came_in(engine: Engine, sent: datetime) -> None:
    put(engine, [8.0], sent=sent)

    assert [one.mails for one in weeks_until(engine, NOW, 2)] == [1, 0]


def test_a_week_knows_its_first_day_its_confidence_and_what_was_decided_alone(engine: Engine) -> None:
    put(engine, [1.0, 2.0], confidence=0.8)
    put(engine, [3.0, 4.0], confidence=0.4, decision="review")
    last = weeks_until(engine, NOW, 2)[-1]

    assert (last.first, last.mails, last.alone) == (date(2026, 11, 17), 4, 0.5)
    assert last.confidence == pytest.approx(0.6)


def test_corrections_count_in_the_week_they_were_made(engine: Engine) -> None:
    put(engine, [8.0], corrected=True)

    assert [one.corrected for one in weeks_until(engine, NOW, 2)] == [1, 0]


def test_a_week_without_mail_has_no_confidence(engine: Engine) -> None:
    assert [(one.mails, one.confidence, one.alone) for one in weeks_until(engine, NOW, 1)] == [(0, None, None)]


# --- the mix --------------------------------------------------------------------------------------------------------


def test_the_same_mix_does_not_warn() -> None:
    shift = find_shift([week(USUAL)] * 8)

    assert shift is not None
    assert not shift.warns


def test_a_subject_that_triples_warns_and_is_named_first() -> None:
    shift = find_shift([*[week(USUAL)] * 7, week({**USUAL, "storing": 40})])

    assert shift is not None
    assert shift.warns
    intent, before, now = shift.changes[0]
    assert (intent, round(before, 3), round(now, 3)) == ("storing", 0.125, 0.364)


def test_more_mail_of_the_same_mix_does_not_warn() -> None:
    shift = find_shift([*[week(USUAL)] * 7, week({intent: 5 * count for intent, count in USUAL.items()})])

    assert shift is not None
    assert not shift.warns


def test_rare_subjects_are_taken_together() -> None:
    shift = find_shift([*[week({**USUAL, "spam": 1})] * 7, week({**USUAL, "fusie-of-opheffing": 2})])

    assert shift is not None
    assert {intent for intent, _, _ in shift.changes} <= set(USUAL)
    assert REST not in {intent for intent, _, _ in shift.changes}


@pytest.mark.parametrize("weeks", [[], [week(USUAL)], [week(USUAL), week({"storing": 39})], [week({}), week(USUAL)]])
def test_too_little_mail_says_nothing(weeks: list[Week]) -> None:
    assert find_shift(weeks) is None


def test_the_same_mix_warns_less_often_than_one_week_in_a_hundred() -> None:
    """The chance is 1 in 1,000; a hundred draws leave room for one."""
    rng = np.random.default_rng(5)
    names, shares = list(USUAL), np.array(list(USUAL.values())) / sum(USUAL.values())

    def drawn() -> Week:
        return week(dict(zip(names, rng.multinomial(120, shares).tolist(), strict=True)))

    shifts = [find_shift([drawn() for _ in range(8)]) for _ in range(100)]
    assert sum(shift is not None and shift.warns for shift in shifts) <= 1


@given(st.lists(st.dictionaries(st.sampled_from([*USUAL, "spam"]), st.integers(1, 60)), max_size=6))
def test_any_mix_gives_a_chance_between_nothing_and_one(mixes: list[dict[str, int]]) -> None:
    shift = find_shift([week(Counter(mix)) for mix in mixes])

    assert shift is None or 0.0 <= shift.chance <= 1.0


def test_a_mix_that_chance_hardly_explains_is_not_called_the_same() -> None:
    shift = find_shift([*[week(USUAL)] * 7, week({**USUAL, "storing": 22})])

    assert shift is not None
    assert (shift.differs, shift.warns) == (True, False)


# --- volume and confidence ------------------------------------------------------------------------------------------


def figures(mails: int, confidence: float | None = 0.97, spread: float = 0.08) -> Week:
    return Week(date(2026, 11, 17), mails, confidence, 0.9, 0, {}, spread)


BEFORE = [figures(count) for count in (0, 28, 31, 25, 35, 30, 27, 33, 29, 31, 30, 31)]


@pytest.mark.parametrize("now", [122, 2])
def test_four_times_the_mail_or_hardly_any_is_more_than_chance(now: int) -> None:
    assert find_volume_change([*BEFORE, figures(now)]) == Change(30.0, now)


@pytest.mark.parametrize("now", [24, 38])
def test_a_week_somewhat_busier_or_calmer_is_usual(now: int) -> None:
    assert find_volume_change([*BEFORE, figures(now)]) is None


@pytest.mark.parametrize("now", [0.89, 1.0])
def test_a_classifier_that_is_less_sure_or_surer_than_before_is_noticed(now: float) -> None:
    change = find_confidence_change([*BEFORE, figures(122, now, 0.05)])

    assert change is not None
    assert (round(change.before, 2), change.now) == (0.97, now)


def test_mails_that_were_all_certain_before_can_become_less_so() -> None:
    assert find_confidence_change([figures(200, 1.0, 0.0), figures(122, 0.89, 0.2)]) == Change(1.0, 0.89)


def test_a_confidence_a_point_lower_is_no_news() -> None:
    assert find_confidence_change([*BEFORE, figures(5_000, 0.96)]) is None


@pytest.mark.parametrize("weeks", [[], [figures(50)], [figures(50), figures(0, None)], [figures(9), figures(9, 0.1)]])
def test_too_little_mail_says_nothing_about_volume_and_confidence(weeks: list[Week]) -> None:
    assert (find_volume_change(weeks), find_confidence_change(weeks)) == (None, None)


def test_the_spread_of_a_week_is_that_of_its_mails(engine: Engine) -> None:
    put(engine, [1.0], confidence=0.8)
    put(engine, [3.0], confidence=0.4)

    assert weeks_until(engine, NOW, 1)[0].spread == pytest.approx(0.2)


# --- without a label ------------------------------------------------------------------------------------------------


def test_mails_the_classifier_was_unsure_of_are_shown_without_names_and_numbers(engine: Engine) -> None:
    put(engine, [1.0], confidence=0.3, text="Mijn naam is Saskia Voorbeeld, bel 06-12345678 over de rekenmuur")
    put(engine, [1.0], confidence=0.7, text="Deze was duidelijk")
    (gap,) = without_label(engine, NOW - timedelta(weeks=4), lambda word: word == "rekenmuur")

    assert "rekenmuur" in gap.text
    assert "Saskia" not in gap.text
    assert "12345678" not in gap.text
    assert gap.ticket == 1


def test_old_mails_are_no_news(engine: Engine) -> None:
    put(engine, [40.0], confidence=0.3)

    assert without_label(engine, NOW - timedelta(weeks=4), lambda _: True) == []


def test_a_mail_that_an_agent_gave_a_label_has_one(engine: Engine) -> None:
    put(engine, [1.0], confidence=0.3, decision="agent")

    assert without_label(engine, NOW - timedelta(weeks=4), lambda _: True) == []
