"""Where a mail goes and when it should be answered: queues, priorities, working hours and Dutch holidays."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.settings import SHIPPED_DATA
from kb.store import utc_now
from tests.triage.letters import letter
from triage.classify import load_taxonomy
from triage.documents.opened_mail import open_mail
from triage.errors import RoutingError
from triage.installation import doctor
from triage.intake.pipeline import Tools, triage_message
from triage.mail import parse_message
from triage.routing.routing import PRIORITIES, Facts, Route, Routing, SchoolHoliday, load_routing, read_routing

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
ROUTING = load_routing()
TAXONOMY = load_taxonomy()
WEEKDAYS = {0, 1, 2, 3, 4}
OPEN, CLOSE = time(8, 30), time(17)

moments = st.datetimes(datetime(2015, 1, 2), datetime(2060, 12, 30)).flatmap(
    lambda moment: st.integers(-12 * 60, 14 * 60).map(
        lambda minutes: moment.replace(tzinfo=timezone(timedelta(minutes=minutes))),
    )
)
priorities = st.sampled_from(PRIORITIES)


def at(text: str) -> datetime:
    """A moment in Amsterdam, e.g. "2026-11-23 09:12"."""
    return datetime.fromisoformat(text).replace(tzinfo=AMSTERDAM)


MONDAY = at("2026-11-23 09:12")


def route(intent: str, text: str = "", received: str = "2026-11-23 09:12", verdict: str | None = None) -> Route:
    return ROUTING.route(Facts(intent, at(received), text, verdict), TAXONOMY)


# --- due times ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "received", "due"),
    [
        pytest.param("normaal", "2026-11-23 09:12", "2026-11-23 17:00", id="normal-is-due-at-the-end-of-the-day-of-receipt"),
        pytest.param("normaal", "2026-11-23 07:00", "2026-11-23 17:00", id="before-opening-belongs-to-that-day"),
        pytest.param("normaal", "2026-11-23 13:00", "2026-11-23 17:00", id="normal-of-13:00-is-still-due-today"),
        pytest.param(
            "normaal", "2026-11-23 16:59", "2026-11-24 12:29", id="normal-just-before-closing-is-due-no-sooner-than-high"
        ),
        pytest.param("normaal", "2026-12-24 16:30", "2026-12-28 12:00", id="normal-before-christmas-is-due-no-sooner-than-high"),
        pytest.param("normaal", "2026-11-23 17:00", "2026-11-24 17:00", id="closing-time-is-closed"),
        pytest.param("normaal", "2026-11-23 22:00", "2026-11-24 17:00", id="after-closing-belongs-to-the-next-day"),
        pytest.param("normaal", "2026-11-28 11:00", "2026-11-30 17:00", id="saturday-belongs-to-monday"),
        pytest.param("laag", "2026-11-23 09:12", "2026-11-25 17:00", id="low-is-due-two-working-days-later"),
        pytest.param("laag", "2026-11-26 09:12", "2026-11-30 17:00", id="low-skips-the-weekend"),
        pytest.param("urgent", "2026-11-23 09:12", "2026-11-23 10:12", id="urgent-is-due-in-one-hour"),
        pytest.param("urgent", "2026-11-23 03:00", "2026-11-23 09:30", id="urgent-at-night-counts-from-opening"),
        pytest.param("urgent", "2026-11-23 16:00", "2026-11-23 17:00", id="an-hour-that-ends-at-closing-ends-today"),
        pytest.param("urgent", "2026-11-27 16:30", "2026-11-30 09:00", id="urgent-on-friday-afternoon-runs-on-monday"),
        pytest.param("hoog", "2026-11-23 15:00", "2026-11-24 10:30", id="high-is-four-working-hours"),
        pytest.param("urgent", "2026-03-27 16:30", "2026-03-30 09:00", id="summer-time-does-not-shift-the-clock"),
        pytest.param("urgent", "2026-10-23 16:30", "2026-10-26 09:00", id="winter-time-does-not-shift-the-clock"),
    ],
)
def test_a_due_time_counts_working_hours_only(priority: str, received: str, due: str) -> None:
    assert ROUTING.due(priority, at(received)) == at(due)


@pytest.mark.parametrize(
    ("received", "due"),
    [
        pytest.param("2026-12-24 17:30", "2026-12-28 17:00", id="christmas-on-friday-and-saturday"),
        pytest.param("2025-12-31 18:00", "2026-01-02 17:00", id="new-year"),
        pytest.param("2026-04-06 10:00", "2026-04-07 17:00", id="easter-monday"),
        pytest.param("2026-04-27 10:00", "2026-04-28 17:00", id="kings-day"),
        pytest.param("2026-05-14 10:00", "2026-05-15 17:00", id="ascension-day"),
        pytest.param("2026-05-25 10:00", "2026-05-26 17:00", id="whit-monday"),
        pytest.param("2025-05-05 10:00", "2025-05-06 17:00", id="liberation-day-in-a-lustrum-year"),
        pytest.param("2026-05-05 10:00", "2026-05-05 17:00", id="liberation-day-in-another-year-is-a-working-day"),
    ],
)
def test_dutch_public_holidays_do_not_count(received: str, due: str) -> None:
    assert ROUTING.due("normaal", at(received)) == at(due)


def test_a_mail_from_another_time_zone_is_due_on_the_clock_of_the_help_desk() -> None:
    new_york = datetime(2026, 11, 23, 12, 30, tzinfo=ZoneInfo("America/New_York"))  # 18:30 in Amsterdam: closed

    assert ROUTING.due("urgent", new_york) == at("2026-11-24 09:30")


@given(received=moments, priority=priorities)
def test_a_due_time_is_always_inside_working_hours(received: datetime, priority: str) -> None:
    due = ROUTING.due(priority, received).astimezone(AMSTERDAM)

    assert ROUTING.hours.is_workday(due.date())
    assert due.weekday() in WEEKDAYS
    assert OPEN <= due.time() <= CLOSE


@given(received=moments, priority=priorities)
def test_a_due_time_is_never_before_receipt(received: datetime, priority: str) -> None:
    assert ROUTING.due(priority, received) >= received


@given(received=moments, later=st.timedeltas(timedelta(0), timedelta(days=10)), priority=priorities)
def test_a_mail_that_comes_later_is_never_due_earlier(received: datetime, later: timedelta, priority: str) -> None:
    assert ROUTING.due(priority, received + later) >= ROUTING.due(priority, received)


@given(received=moments)
def test_a_mail_is_never_due_before_one_of_higher_priority_received_at_the_same_moment(received: datetime) -> None:
    dues = [ROUTING.due(priority, received) for priority in PRIORITIES]

    assert dues == sorted(dues)


def test_targets_in_the_wrong_order_do_not_turn_priorities_around() -> None:
    turned = replace(ROUTING, targets={**ROUTING.targets, "laag": {"hours": 0.5}})

    assert turned.due("laag", MONDAY) == turned.due("normaal", MONDAY)


@given(received=moments, hours=st.integers(1, 60))
def test_between_receipt_and_due_lie_exactly_the_working_hours_that_were_given(received: datetime, hours: int) -> None:
    due = ROUTING.hours.add_hours(received, hours)

    worked = timedelta(0)
    day = received.astimezone(AMSTERDAM).date()
    while day <= due.date():
        if ROUTING.hours.is_workday(day):
            opens, closes = datetime.combine(day, OPEN, AMSTERDAM), datetime.combine(day, CLOSE, AMSTERDAM)
            worked += max(timedelta(0), min(due, closes) - max(received.astimezone(AMSTERDAM), opens))
        day += timedelta(days=1)
    assert worked == timedelta(hours=hours)


# --- queues and priorities ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("label", TAXONOMY.labels)
def test_a_mail_goes_to_the_queue_of_its_intent(label: str) -> None:
    assert route(label).queue == TAXONOMY[label].queue


@pytest.mark.parametrize("label", TAXONOMY.labels)
def test_without_a_rule_that_fits_a_mail_has_the_usual_priority_of_its_intent(label: str) -> None:
    found = route(label, "goedemorgen")

    assert (found.priority, found.rule) == (TAXONOMY[label].default_priority, f"Gebruikelijk voor {TAXONOMY[label].title}")


@pytest.mark.parametrize(
    ("intent", "text", "priority", "rule"),
    [
        ("privacy-en-avg", "Er is een datalek: een lijst is gestolen.", "urgent", "Vermoeden van datalek of misbruik"),
        ("mfa-en-beveiliging", "Ik denk dat mijn account gehackt is.", "urgent", "Vermoeden van datalek of misbruik"),
        ("storing", "Ook bij andere scholen ligt het eruit.", "urgent", "Storing bij meer scholen"),
        ("privacy-en-avg", "Een ouder vraagt inzage in het dossier.", "hoog", "Inzage of verwijdering door een ouder"),
        ("lesmateriaal-en-resultaten", "De cito is morgen en werkt niet.", "hoog", "Toets gepland"),
        ("inloggen-leerling-school", "Vanmiddag is de toets.", "hoog", "Toets gepland"),
        ("inloggen-leerling-school", "De hele klas komt er niet in.", "hoog", "Hele groep of school staat stil"),
        ("netwerk-en-sso", "Niemand kan erin.", "hoog", "Hele groep of school staat stil"),
        ("las-koppeling", "De koppeling ligt al drie dagen stil.", "hoog", "Koppeling staat langer dan een nacht stil"),
        ("mfa-en-beveiliging", "Ik ben de enige beheerder.", "hoog", "Enige ICT-coördinator buitengesloten"),
        ("inloggen-leerkracht", "Acht collega's komen er niet in.", "hoog", "Meer dan vijf collega's"),
        ("fusie-of-opheffing", "De fusie gaat volgende week in.", "hoog", "Ingangsdatum nabij of voorbij"),
        ("inloggen-thuis", "Mijn dochter kan thuis niet inloggen.", "laag", "Ouder mailt zelf"),
        ("apparaten-en-snelkoppelingen", "Alle chromebooks doen het niet.", "normaal", "Hele groep apparaten"),
    ],
)
def test_words_of_the_mail_set_the_priority(intent: str, text: str, priority: str, rule: str) -> None:
    found = route(intent, text)

    assert (found.priority, found.rule) == (priority, rule)


def test_a_rule_counts_for_its_own_intents_only() -> None:
    assert route("inloggen-leerkracht", "Er is een datalek.").priority == "normaal"


def test_of_two_rules_that_fit_the_first_wins() -> None:
    found = route("privacy-en-avg", "Een ouder vraagt inzage na het datalek.")

    assert found.rule == "Vermoeden van datalek of misbruik"


def test_capitals_and_accents_do_not_hide_a_word() -> None:
    assert route("mfa-en-beveiliging", "Ik ben de ENIGE Beheerder, coördinator.").priority == "hoog"


def test_the_inside_of_a_longer_word_does_not_count() -> None:
    assert route("privacy-en-avg", "Kan ik dit uitwissen?").priority == "normaal"


AGREEMENT = "Hoe sluiten we een verwerkersovereenkomst met Basispoort?"


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(
            "Met vriendelijke groet,\nMarieke Jansen\n\nDisclaimer: is dit bericht niet voor u bestemd? Meld een datalek via "
            "privacy@obsdelinde.example. Misbruik wordt gemeld.",
            id="disclaimer",
        ),
        pytest.param(
            "Op ma 23 nov. 2026 om 09:12 schreef Helpdesk <help@basispoort.nl>:\n> Wij kregen melding van een datalek.",
            id="quote",
        ),
        pytest.param("Met vriendelijke groet,\nMarieke Jansen\nMeldpunt datalek en misbruik", id="signature"),
    ],
)
def test_words_outside_what_the_writer_wrote_raise_no_alarm(tools: Tools, rest: str) -> None:
    message = parse_message(letter(body=f"{AGREEMENT}\n\n{rest}\n"))

    assert triage_message(open_mail(message), MONDAY, tools, "privacy-en-avg").route.rule == "Gebruikelijk voor Privacy en AVG"


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"subject": "datalek"}, id="subject"),
        pytest.param({"body": f"{AGREEMENT} Er was een datalek.\n\nMet vriendelijke groet,\nMarieke"}, id="own-words"),
    ],
)
def test_words_of_the_writer_and_the_subject_raise_the_alarm(tools: Tools, changed: dict[str, str]) -> None:
    message = parse_message(letter(**changed))

    assert triage_message(open_mail(message), MONDAY, tools, "privacy-en-avg").route.rule == "Vermoeden van datalek of misbruik"


@pytest.mark.parametrize(("verdict", "priority"), [("verdacht", "hoog"), ("compleet", "normaal"), ("onvolledig", "normaal")])
def test_a_suspect_request_goes_first(verdict: str, priority: str) -> None:
    assert route("schoolaccount-nieuw", verdict=verdict).priority == priority


@pytest.mark.parametrize(
    ("received", "priority"),
    [
        ("2026-08-09 23:59", "normaal"),
        ("2026-08-10 00:00", "hoog"),
        ("2026-09-07 23:59", "hoog"),
        ("2026-09-08 00:00", "normaal"),
    ],
)
def test_around_the_start_of_the_school_year_first_administrators_go_first(received: str, priority: str) -> None:
    assert route("eerste-beheerder-aanvraag", received=received).priority == priority


def test_the_day_of_a_rule_is_the_day_in_amsterdam() -> None:
    received = datetime(2026, 8, 9, 22, 30, tzinfo=UTC)  # half past midnight on the tenth in Amsterdam

    assert ROUTING.route(Facts("eerste-beheerder-aanvraag", received), TAXONOMY).priority == "hoog"


def test_the_due_time_of_a_route_is_that_of_its_priority() -> None:
    found = route("storing", "Ook bij andere scholen.", "2026-11-23 09:12")

    assert found.due == at("2026-11-23 10:12")


def test_every_intent_has_a_queue_that_exists() -> None:
    assert {intent.queue for intent in TAXONOMY.intents.values()} <= set(ROUTING.queues)


def test_every_priority_has_a_target() -> None:
    assert set(ROUTING.targets) == set(PRIORITIES)


@pytest.mark.parametrize("rule", ROUTING.rules, ids=lambda rule: rule.name)
def test_every_rule_names_intents_and_a_priority_that_exist(rule: object) -> None:
    assert set(rule.intents) <= set(TAXONOMY.labels)
    assert rule.priority in PRIORITIES


# --- conditions of rules --------------------------------------------------------------------------------------------


def written(tmp_path: Path, rule: str) -> Routing:
    """The shipped routing with one rule of one's own in front."""
    text = (SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8")
    rules = tmp_path / "routing.yaml"
    rules.write_text(text.replace("rules:\n", f"rules:\n  - {rule}\n", 1), encoding="utf-8")
    return read_routing(rules, SHIPPED_DATA / "school_holidays.yaml")


@pytest.mark.parametrize(
    ("condition", "fitting", "other"),
    [
        ("senders: ['*@*.example.nl']", {"sender": "Juf@obs.example.nl"}, {"sender": "juf@obs.example.com"}),
        ("schools: [99AC, '99002']", {"brin": "99AC"}, {"brin": "99AD", "board": "99001"}),
        ("schools: [99AC, '99002']", {"board": "99002"}, {}),
        ("max_confidence: 0.5", {"confidence": 0.4}, {"confidence": 0.6}),
        ("min_confidence: 0.9", {"confidence": 0.95}, {"confidence": 0.6}),
        ("weekdays: [0]", {}, {"received": at("2026-11-24 09:12")}),
        ("from_time: '09:00', to_time: '10:00'", {}, {"received": at("2026-11-23 10:00")}),
        ("school_holiday: true", {"region": "Zuid", "received": at("2026-12-21 09:00")}, {"region": "Zuid"}),
        ("school_holiday: true", {"region": "Noord", "received": at("2026-10-12 09:00")}, {"region": "Zuid", "received": at("2026-10-12 09:00")}),
        ("school_holiday: false", {"region": "Noord"}, {"region": "Noord", "received": at("2026-10-12 09:00")}),
    ],
)  # fmt: skip
def test_a_rule_fits_only_when_its_condition_holds(
    tmp_path: Path, condition: str, fitting: dict[str, object], other: dict[str, object]
) -> None:
    routing = written(tmp_path, f"{{name: Proef, priority: urgent, queue: incidenten, {condition}}}")

    def rule(facts: dict[str, object]) -> Route:
        return routing.route(Facts(**{"intent": "algemene-vraag", "received": MONDAY, **facts}), TAXONOMY)  # type: ignore[arg-type]

    assert (rule(fitting).rule, rule(fitting).queue) == ("Proef", "incidenten")
    assert rule(other).rule != "Proef"


def test_a_rule_without_priority_leaves_that_of_the_intent(tmp_path: Path) -> None:
    routing = written(tmp_path, "{name: Naar partners, queue: partners}")

    found = routing.route(Facts("storing", MONDAY), TAXONOMY)

    assert (found.queue, found.priority) == ("partners", "hoog")


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ("{name: Fout, prioriteit: hoog}", "there is no condition prioriteit"),
        ("{name: Fout, priority: spoed}", "priority: there is no 'spoed'"),
        ("{name: Fout, queue: nergens}", "queue: there is no 'nergens'"),
        ("{name: Fout, intents: [bestaat-niet]}", "intents: there is no 'bestaat-niet'"),
        ("{name: Fout, verdicts: [goed]}", "verdicts: there is no 'goed'"),
        ("{name: Fout, weekdays: [maandag]}", "weekdays: there is no 'maandag'"),
        ("{name: Fout, weekdays: [7]}", "weekdays: there is no 7"),
        ("{name: Fout, schools: 99AA}", "schools: '99AA' is not a list"),
        ("{name: Fout, words: datalek}", "words: 'datalek' is not a list"),
        ("{name: Fout, intents: []}", r"intents: \[\] is not a list with something in it"),
        ("{name: Fout, schools: [41234]}", "schools: 41234 is not a text; what looks like a number goes in quotes"),
        ("{name: Fout, words: ['(']}", "words: missing"),
        ("{name: Fout, from_time: 11:00}", "from_time: 660 is not a time"),
        ("{name: Fout, from_day: '8-10', to_day: '09-07'}", "from_day: '8-10' is not a month and day"),
        ("{name: Fout, from_day: '08-10'}", "from_day and to_day go together"),
        ("{name: Fout, from_day: '12-20', to_day: '01-05'}", "from_day lies after to_day"),
        ("{name: Fout, max_confidence: '0.5'}", "max_confidence: '0.5' is not a number"),
        ("{name: Fout, school_holiday: ja}", "school_holiday: 'ja' is not true or false"),
    ],
)
def test_a_wrong_rule_is_refused_with_its_name_and_what_is_wrong(tmp_path: Path, rule: str, said: str) -> None:
    with pytest.raises(RoutingError, match=rf"routing.yaml: rule 'Fout': {said}"):
        written(tmp_path, rule)


def test_a_rule_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RoutingError, match="a rule has no name"):
        written(tmp_path, "{priority: hoog}")


@pytest.mark.parametrize(
    ("part", "changed", "said"),
    [
        ("targets", {"urgent": {"hours": 1}}, "targets: hoog asks for either hours"),
        ("targets", {**ROUTING.targets, "spoed": {"hours": 1}}, "targets: spoed is not a priority"),
        ("targets", {**ROUTING.targets, "laag": {"hours": 0}}, "targets: laag asks for either hours"),
        ("targets", {**ROUTING.targets, "laag": {"hours": 1, "day_end": 1}}, "targets: laag asks for either hours"),
        ("queues", {"eerstelijn": {"title": "Eerstelijn", "title_en": "First line"}}, "queues: accounts-en-rechten"),
        ("working_hours", {"days": ["maandag"]}, "working_hours: days: there is no 'maandag'"),
        ("working_hours", {"from": "17:00"}, "working_hours: from lies after to"),
        (
            "working_hours",
            {"timezone": "Europe/Zwolle"},
            "working_hours: there is no 'timezone' here; country and time zone stand in",
        ),
        ("working_hours", "08:30-17:00", "working_hours: '08:30-17:00' is not a set of names"),
        ("rules", {"name": "Proef"}, "rules: {'name': 'Proef'} is not a list"),
        ("working_hours", {"holidays": "XX"}, "working_hours: there is no 'holidays' here; country and time zone stand in"),
        ("working_hours", {"lunch": "12:00"}, r"working_hours: there is no 'lunch' \(line"),
    ],
)
def test_what_is_wrong_outside_the_rules_is_refused_in_one_line(tmp_path: Path, part: str, changed: object, said: str) -> None:
    content = yaml.safe_load((SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8"))
    content[part] = {**content[part], **changed} if part == "working_hours" and isinstance(changed, dict) else changed
    rules = tmp_path / "routing.yaml"
    rules.write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(RoutingError, match=f"routing.yaml: {said}"):
        read_routing(rules, SHIPPED_DATA / "school_holidays.yaml")


@pytest.mark.parametrize("part", ["queues", "working_hours", "targets", "rules", "offer_answer_from"])
def test_a_part_that_is_missing_is_named(tmp_path: Path, part: str) -> None:
    content = yaml.safe_load((SHIPPED_DATA / "routing.yaml").read_text(encoding="utf-8"))
    del content[part]
    rules = tmp_path / "routing.yaml"
    rules.write_text(yaml.safe_dump(content), encoding="utf-8")

    with pytest.raises(RoutingError, match=f"routing.yaml: '{part}' is missing"):
        read_routing(rules, SHIPPED_DATA / "school_holidays.yaml")


def test_every_school_holiday_ends_after_it_begins_and_names_known_regions() -> None:
    for holiday in ROUTING.school_holidays:
        assert holiday.first < holiday.last
        assert holiday.regions <= {"Noord", "Midden", "Zuid"}


# --- how sure the bot must be, and how long the list of holidays is known ---------------------------------------------


def test_a_mail_the_bot_does_not_understand_gets_no_answer_from_an_article(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    message, received = parse_message(letter()), at("2026-11-23 09:12")
    sure = triage_message(open_mail(message), received, tools)
    assert sure.draft is not None
    assert sure.draft.citations
    monkeypatch.setattr("triage.intake.pipeline.load_routing", lambda: replace(ROUTING, offer_answer_from=1.01))
    unsure = triage_message(open_mail(message), received, tools)
    assert unsure.draft is not None
    assert unsure.draft.citations == ()
    decided = triage_message(open_mail(message), received, tools, sure.classification.intent)
    assert decided.draft == sure.draft


def test_the_list_of_holidays_says_until_when_it_is_known() -> None:
    assert ROUTING.holidays_known_until() == max(one.last for one in ROUTING.school_holidays)


def test_the_doctor_warns_well_before_the_list_of_holidays_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    def finding(days: int) -> doctor.Diagnosis:
        last = utc_now().date() + timedelta(days=days)
        known = replace(ROUTING, school_holidays=[SchoolHoliday("Zomervakantie", last, last, frozenset({"Noord"}))])
        monkeypatch.setattr(doctor, "load_routing", lambda: known)
        return doctor.school_holidays()

    assert finding(doctor.FEW_DAYS).ok
    assert not finding(doctor.FEW_DAYS - 1).ok
