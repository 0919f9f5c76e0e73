"""Learning from colleagues: corrections that count at once, and a next model that must not be worse."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.settings import SHIPPED_DATA, Settings
from tests.triage.desks import Desks, desks
from triage.accounts.accounts import Person
from triage.classify.explain import REVIEW, classify
from triage.classify.intents import load_taxonomy
from triage.classify.mail_text import mail_text, said
from triage.classify.memory import CorrectedMail, CorrectionMemory
from triage.classify.running import held_back, kept_models, promote, ready_model, remember, retrain, roll_back
from triage.classify.second import pieces
from triage.classify.training import Example, Model, load_examples, load_labelled, train
from triage.database.tables import Correction as CorrectionRow
from triage.documents.opened_mail import open_mail
from triage.errors import ModelError, TrainingDataError
from triage.installation.installation import Installation, load_corrections
from triage.intake.intake import ingest
from triage.intake.pipeline import Tools, triage_message
from triage.mail import parse_message
from triage.sources.files import RawBytes

INTENTS = ("inloggen-thuis", "las-koppeling", "storing")
ODD = "Rekentoets\n\nDe rekentoets van groep vijf laat bij de vioolles een leeg vlak zien in het tabblad planning."
LIKE_IT = "Rekentoets\n\nBij de vioolles laat de rekentoets van groep vijf een leeg vlak zien in het tabblad planning!"
AT = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def correction(text: str = ODD, intent: str = "las-koppeling", ticket: int = 1) -> CorrectedMail:
    return CorrectedMail(ticket, text, text.partition("\n")[0], intent, "noor", AT)


@pytest.fixture(scope="module")
def few(examples: list[Example]) -> list[Example]:
    return [example for example in examples if example.intent in INTENTS]


@pytest.fixture(scope="module")
def small(few: list[Example]) -> Model:
    return train(few, None)


@pytest.fixture
def house(tmp_path: Path, settings: Settings, few: list[Example]) -> Settings:
    """An installation whose training data is small."""
    folder = tmp_path / "data"
    (folder / "intents").mkdir(parents=True)
    (folder / "evaluation").mkdir()
    for intent in INTENTS:
        entries = [{"subject": "", "body": example.text} for example in few if example.intent == intent]
        (folder / "intents" / f"{intent}.yaml").write_text(yaml.safe_dump(entries), encoding="utf-8")
    mails = [one for one in load_labelled(SHIPPED_DATA / "evaluation" / "mails-dev.csv") if one.intent in INTENTS]
    write_mails(folder / "evaluation" / "mails-dev.csv", mails)
    (folder / "faq").mkdir()
    return replace(settings, data_dir=folder)


def write_mails(path: Path, mails: Sequence[Example]) -> None:
    with path.open("w", encoding="utf-8", newline="") as handle:
        csv.writer(handle).writerows([("text", "intent"), *((mail.text, mail.intent) for mail in mails)])


# --- at once --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("intent", INTENTS)
def test_a_mail_like_a_corrected_one_gets_the_corrected_label(small: Model, intent: str) -> None:
    assert classify(LIKE_IT, remember(small, [correction(intent=intent)])).intent == intent


def test_a_label_that_was_remembered_and_not_learned_is_reviewed(small: Model) -> None:
    trained = classify(LIKE_IT, small).intent
    other = next(intent for intent in INTENTS if intent != trained)

    assert classify(LIKE_IT, remember(small, [correction(intent=other)])).decision == REVIEW


def test_a_correction_makes_no_mail_go_without_review(small: Model, few: list[Example]) -> None:
    """Confidence that comes from memory was never measured, so only what was trained decides alone."""
    mixed = [" ".join([*one.text.split()[:9], *two.text.split()[:9]]) for one, two in zip(few, reversed(few), strict=True)]
    text = next(text for text in mixed if classify(text, small).decision == REVIEW)
    said = classify(text, small)
    remembered = classify(text, remember(small, [correction(text, said.intent)]))

    assert remembered.intent == said.intent
    assert remembered.confidence > max(said.confidence, small.classifier.weighing_.auto_threshold)
    assert remembered.decision == REVIEW


def test_what_was_likely_before_a_correction_is_the_first_alternative(small: Model) -> None:
    said = classify(LIKE_IT, small)
    other = said.alternatives[-1].intent
    remembered = classify(LIKE_IT, remember(small, [correction(intent=other)]))

    assert [remembered.intent, *(one.intent for one in remembered.alternatives)] == [
        other,
        said.intent,
        *(one.intent for one in said.alternatives[:-1]),
    ]


def test_the_word_of_one_colleague_is_not_certain(small: Model) -> None:
    other = classify(LIKE_IT, small).alternatives[-1].intent

    assert 0.5 < classify(LIKE_IT, remember(small, [correction(intent=other)])).confidence < 0.95


def test_the_reason_says_who_corrected_which_mail_and_when(small: Model) -> None:
    reason = classify(LIKE_IT, remember(small, [correction()])).reasons[0]

    assert reason.startswith("noor zette een mail die hierop lijkt op Koppeling met het LAS (02-11-2026): “Rekentoets”")


def test_a_correction_changes_nothing_for_a_mail_that_is_not_like_it(small: Model, few: list[Example]) -> None:
    with_memory = remember(small, [correction(intent=INTENTS[0])])

    assert [classify(one.text, with_memory) for one in few] == [classify(one.text, small) for one in few]


def test_a_correction_does_not_outweigh_a_training_mail_that_is_more_alike(small: Model, few: list[Example]) -> None:
    known = next(one for one in few if one.intent == "storing")
    halved = " ".join(known.text.split()[::2])

    assert remember(small, [correction(halved, "las-koppeling")]).memory.recall(known.text) is None


def test_a_correction_to_a_label_the_model_does_not_know_waits_for_the_next_training(small: Model) -> None:
    assert remember(small, [correction(intent="spam")]).memory.corrections == ()


def test_a_memory_of_a_label_that_the_model_does_not_know_is_refused(small: Model) -> None:
    with pytest.raises(ValueError, match="does not know spam"):
        CorrectionMemory(small.classifier, [correction(intent="spam")])


@given(st.floats(0.41, 0.69), st.integers(0, 2), st.integers(0, 2))
def test_chances_still_sum_to_one_after_remembering(small: Model, weight: float, first: int, second: int) -> None:
    memory = CorrectionMemory(small.classifier, [correction(intent=INTENTS[second])])
    recalled = memory.recall(LIKE_IT)
    assert recalled is not None
    moved = memory.lean(np.eye(3)[first], replace(recalled, weight=weight))

    assert moved.sum() == pytest.approx(1.0)
    assert moved.min() >= 0


# --- kept -----------------------------------------------------------------------------------------------------------


MAIL = b"From: Juf Test <juf@voorbeeld.example>\r\nTo: help@basispoort.nl\r\nSubject: Rekentoets\r\nMessage-ID: <a@b>\r\n\r\n" + (
    ODD.partition("\n\n")[2].encode()
)


@pytest.fixture
def desk(engine: Engine, tools: Tools) -> Desks:
    ingest(engine, [RawBytes("bestand", MAIL)], tools)
    return desks(engine)


def test_a_correction_is_kept_with_who_when_and_what_the_classifier_read(
    desk: Desks, engine: Engine, tools: Tools, agent: Person
) -> None:
    desk.tickets.correct_intent(
        1, "las-koppeling" if desk.inbox.ticket(1).line.intent != "las-koppeling" else "storing", agent, tools
    )
    with Session(engine) as session:
        (one,) = load_corrections(session)

    assert (one.ticket, said(one.text), one.subject, one.by) == (1, ODD, "Rekentoets", "noor")
    assert (datetime.now(UTC) - one.at).total_seconds() < 60


def test_of_two_corrections_of_one_ticket_the_last_counts(desk: Desks, engine: Engine, tools: Tools, agent: Person) -> None:
    for intent in ("storing", "las-koppeling", "inloggen-thuis"):
        desk.tickets.correct_intent(1, intent, agent, tools)
    with Session(engine) as session:
        assert [one.intent for one in load_corrections(session)] == ["inloggen-thuis"]
        assert session.query(CorrectionRow).count() >= 2


def test_the_next_mail_is_classified_with_the_correction(
    desk: Desks, engine: Engine, house: Settings, tools: Tools, agent: Person
) -> None:
    desk.tickets.correct_intent(1, "storing", agent, tools)
    desk.tickets.correct_intent(1, "las-koppeling", agent, tools)

    assert classify(LIKE_IT, Installation(house, engine).model()).intent == "las-koppeling"


def test_a_mail_corrected_to_spam_has_no_draft_any_more(desk: Desks, tools: Tools, agent: Person) -> None:
    assert desk.inbox.ticket(1).draft is not None
    desk.tickets.correct_intent(1, "spam", agent, tools)

    assert desk.inbox.ticket(1).draft is None


# --- the next model -------------------------------------------------------------------------------------------------


def test_a_fixed_quarter_of_the_corrections_is_held_back() -> None:
    kept = [held_back(correction(ticket=number)) for number in range(1, 401)]

    assert sum(kept) == 100
    assert kept == [held_back(correction("iets anders", ticket=number)) for number in range(1, 401)]


def test_of_a_correction_the_words_are_learned_and_not_who_wrote_it(house: Settings) -> None:
    done = retrain(house, [correction(mail_text("Rekentoets", "Een leeg vlak.", sender_domain="gmail.com"))])

    assert "Rekentoets\n\nEen leeg vlak." in [example.text for example in done.model.examples]


def test_training_learns_the_corrections_that_are_not_held_back(house: Settings) -> None:
    done = retrain(house, [correction(ticket=1), correction("Heel iets anders", ticket=4)])
    texts = [example.text for example in done.model.examples]

    assert (done.learned, ODD in texts, "Heel iets anders" in texts) == (1, True, False)


def test_the_first_model_is_promoted_without_comparison(house: Settings) -> None:
    done = retrain(house, [])

    assert (done.comparison, done.promoted) == (None, True)
    assert "There is no trained model" in done.uncompared
    assert ready_model(house).version == done.model.version


def test_a_model_that_is_as_good_is_promoted(house: Settings) -> None:
    retrain(house, [])
    done = retrain(house, [correction()])

    assert done.promoted
    assert ready_model(house).version == done.model.version


def spoil(house: Settings) -> None:
    """Training mails under each other's labels."""
    names = [house.data_dir / "intents" / f"{intent}.yaml" for intent in INTENTS]
    texts = [path.read_text(encoding="utf-8") for path in names]
    for path, text in zip(names, [*texts[1:], texts[0]], strict=True):
        path.write_text(text, encoding="utf-8")


def test_a_worse_model_is_refused_and_the_running_one_stays(house: Settings) -> None:
    running = retrain(house, []).model
    spoil(house)
    done = retrain(house, [])

    assert done.comparison is not None
    assert done.comparison.candidate < done.comparison.running
    assert (done.promoted, ready_model(house).version) == (False, running.version)


def test_a_model_that_unlearns_held_back_corrections_is_refused(house: Settings) -> None:
    write_mails(house.data_dir / "evaluation" / "mails-dev.csv", [])
    running = retrain(house, []).model
    said = classify(LIKE_IT, running).intent
    wrong = next(intent for intent in INTENTS if intent != said)
    held = [correction(LIKE_IT, said, ticket=4 * number) for number in (1, 2)]
    misleading = [correction(f"{ODD} {number}", wrong, ticket=4 * number + 1) for number in range(1, 40)]
    done = retrain(house, [*held, *misleading])

    assert done.comparison is not None
    assert (done.comparison.corrections, done.comparison.running, done.comparison.candidate) == (2, 2, 0)
    assert not done.promoted


def test_a_worse_model_runs_when_a_person_insists(house: Settings) -> None:
    retrain(house, [])
    spoil(house)
    done = retrain(house, [], even_if_worse=True)

    assert ready_model(house).version == done.model.version


def test_going_back_lets_the_earlier_model_run(house: Settings) -> None:
    first = retrain(house, []).model.version
    second = retrain(house, [correction()]).model.version
    back = roll_back(house)

    assert first != second
    assert (back.version, ready_model(house).version) == (first, first)
    assert [(one.version, one.running) for one in kept_models(house)] == [(second, False), (first, True)]


def test_going_back_after_training_twice_on_the_same_data_lets_another_model_run(house: Settings) -> None:
    first = retrain(house, []).model.version
    for _ in range(2):
        retrain(house, [correction()])

    assert roll_back(house).version == first


def test_training_again_on_the_same_data_takes_no_place_of_an_earlier_model(house: Settings) -> None:
    for corrections in ([], [correction()], [correction()]):
        retrain(house, corrections)

    assert [one.running for one in kept_models(house)] == [True, False]


def test_a_model_that_runs_again_and_is_trained_again_stays_older_than_what_came_after(house: Settings) -> None:
    first = retrain(house, []).model.version
    second = retrain(house, [correction()]).model.version
    roll_back(house)
    retrain(house, [])

    assert [one.version for one in kept_models(house)] == [second, first]


def test_going_forward_again_is_possible_by_version(house: Settings) -> None:
    retrain(house, [])
    second = retrain(house, [correction()]).model.version
    roll_back(house)
    roll_back(house, second)

    assert ready_model(house).version == second


@pytest.mark.parametrize("version", [None, "0123456789ab"])
def test_going_back_to_nothing_is_explained(house: Settings, version: str | None) -> None:
    there = retrain(house, []).model.version

    with pytest.raises(ModelError, match=f"to go back to; kept are: {there}"):
        roll_back(house, version)


# --- two questions in one mail ---------------------------------------------------------------------------------------


TWO = (
    "Privacy en iPad\n\nWij willen graag de verwerkersovereenkomst ontvangen voor de AVG. Verder hebben wij nog een vraag: op de iPads "
    "staat het icoon van Basispoort niet meer op het beginscherm. Hoe zetten wij de snelkoppeling terug?"
)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hallo. Kunt u mij helpen met inloggen? Het lukt niet meer.", 3),
        ("Groeten", 1),
        ("", 1),
    ],
)
def test_a_mail_is_cut_into_sentences_and_pairs(text: str, found: int) -> None:
    assert len(pieces(text)) == found


def test_a_mail_with_two_questions_gets_a_second_label(model: Model) -> None:
    said = classify(TWO, model)

    assert said.second is not None
    assert {said.intent, said.second.intent} == {"privacy-en-avg", "apparaten-en-snelkoppelingen"}


def test_a_mail_with_one_question_gets_no_second_label(model: Model) -> None:
    assert classify("Wachtwoord\n\nIk ben mijn wachtwoord vergeten en kan niet inloggen als leerkracht.", model).second is None


@given(st.text(max_size=200))
def test_the_second_label_is_never_the_first(model: Model, text: str) -> None:
    said = classify(text, model)

    assert said.second is None or said.second.intent != said.intent


def test_the_draft_answers_both_questions(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("triage.classify.explain.chance_of", lambda *_: 0.9)
    raw = b"From: Juf Test <juf@school.example>\r\nSubject: Twee vragen\r\n\r\n" + TWO.partition("\n\n")[2].encode()
    triaged = triage_message(open_mail(parse_message(raw)), AT, tools)
    topics = load_taxonomy()

    assert triaged.draft is not None
    assert triaged.classification.second is not None
    cited = set(triaged.draft.citations)
    assert cited & set(topics[triaged.classification.intent].topics)
    assert cited & set(topics[triaged.classification.second.intent].topics)
    assert "U schreef ook over " in triaged.draft.body


def test_a_second_label_that_does_not_exist_is_refused(house: Settings) -> None:
    path = house.data_dir / "intents" / "storing.yaml"
    path.write_text(yaml.safe_dump([{"body": "Alles ligt eruit", "also": ["koffie"]}]), encoding="utf-8")

    with pytest.raises(TrainingDataError, match=r"storing.yaml, line 1: 'also' must be a list of intents"):
        load_examples(house.data_dir / "intents")


def test_two_programs_may_promote_a_model_at_the_same_moment(settings: Settings, small: Model) -> None:
    """A first start trains in every program that is started: page and intake."""
    with ThreadPoolExecutor(8) as programs:
        for done in [programs.submit(promote, small, settings) for _ in range(24)]:
            done.result()

    assert ready_model(settings).version == small.version
    assert list(settings.var_dir.rglob("*.tmp")) == []
