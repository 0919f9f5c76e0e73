"""What a mail is about: the classifier, its training, its explanation, and the file it is kept in."""

from __future__ import annotations

import itertools
import pickle
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import cross_val_score

from kb.search.language import fold
from kb.settings import SHIPPED_DATA, Settings
from triage.classify import IntentClassifier, load_taxonomy
from triage.classify.by_words import in_evidence, word_chances, word_weights
from triage.classify.explain import AUTO, REVIEW, Classification, classify
from triage.classify.mail_text import comes_along, mail_text, said
from triage.classify.memory import CorrectedMail
from triage.classify.neighbours import nearest
from triage.classify.running import ready_model, remember
from triage.classify.stored_model import arrays_of, load_model, save_model
from triage.classify.training import (
    Example,
    Model,
    load_evidence,
    load_examples,
    load_labelled,
    train,
)
from triage.errors import ModelError, TrainingDataError
from triage.mail.language import detect_language

INTENTS = ("inloggen-thuis", "las-koppeling", "storing")
QUESTION = "Storing\n\nDe hele school kan niet inloggen, alles ligt eruit."
NONSENSE = "xq zzgh wvvk brrt"


class LetterCounts:
    """A small encoder of its own: the letters of a text, counted."""

    name = "letter-counts"

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        letters = "abcdefghijklmnopqrstuvwxyz"
        rows = np.array([[text.lower().count(letter) for letter in letters] for text in texts], dtype=np.float32)
        return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)

    def query(self, text: str) -> NDArray[np.float32]:
        return self.encode([text])[0]


@pytest.fixture(scope="module")
def few(examples: list[Example]) -> list[Example]:
    """Training mails of three intents."""
    return [example for example in examples if example.intent in INTENTS]


@pytest.fixture(scope="module")
def texts(few: list[Example]) -> list[str]:
    return [example.text for example in few]


@pytest.fixture(scope="module")
def labels(few: list[Example]) -> list[str]:
    return [example.intent for example in few]


@pytest.fixture(scope="module")
def small(few: list[Example]) -> Model:
    """A model of three intents without sentence vectors."""
    return train(few, None)


@pytest.fixture(scope="module")
def classifier(small: Model) -> IntentClassifier:
    return small.classifier


# --- an estimator like every other ----------------------------------------------------------------------------------


def test_it_is_a_scikit_learn_classifier() -> None:
    assert is_classifier(IntentClassifier())


def test_parameters_are_kept_as_given_and_can_be_set() -> None:
    made = IntentClassifier(encoder=None, C=0.5).set_params(folds=3)

    assert made.get_params() == {"encoder": None, "C": 0.5, "folds": 3, "evidence": None}


def test_a_clone_has_the_same_parameters_and_no_training(classifier: IntentClassifier) -> None:
    copy = clone(classifier)

    assert copy.get_params() == classifier.get_params()
    with pytest.raises(NotFittedError):
        copy.predict_proba([QUESTION])


@pytest.mark.parametrize("method", ["predict_proba", "decision_function", "familiarity"])
def test_before_training_it_says_it_is_not_fitted(method: str) -> None:
    with pytest.raises(NotFittedError):
        getattr(IntentClassifier(encoder=None), method)([QUESTION])


def test_fitting_returns_the_estimator_itself(texts: list[str], labels: list[str]) -> None:
    made = IntentClassifier(encoder=None)

    assert made.fit(texts, labels) is made


def test_the_classes_are_the_labels_in_order(classifier: IntentClassifier) -> None:
    assert classifier.classes_.tolist() == sorted(INTENTS)


def test_predictions_are_labels_one_for_each_text(classifier: IntentClassifier, texts: list[str]) -> None:
    predicted = classifier.predict(texts)

    assert predicted.shape == (len(texts),)
    assert set(predicted) <= set(INTENTS)


def test_it_has_learned_its_training_mails(classifier: IntentClassifier, texts: list[str], labels: list[str]) -> None:
    assert classifier.score(texts, labels) > 0.95


def test_it_does_better_than_chance_on_mails_it_has_not_seen(texts: list[str], labels: list[str]) -> None:
    scores = cross_val_score(IntentClassifier(encoder=None), np.array(texts), np.array(labels), cv=3)

    assert scores.mean() > 0.6


def test_training_twice_gives_the_same_probabilities(few: list[Example], classifier: IntentClassifier, texts: list[str]) -> None:
    again = train(few, None).classifier

    assert np.array_equal(again.predict_proba(texts), classifier.predict_proba(texts))


def test_parameters_do_not_change_by_training(classifier: IntentClassifier) -> None:
    assert classifier.get_params() == IntentClassifier(encoder=None).get_params()


# --- probabilities --------------------------------------------------------------------------------------------------


def test_there_is_a_probability_for_each_class(classifier: IntentClassifier, texts: list[str]) -> None:
    assert classifier.predict_proba(texts).shape == (len(texts), len(INTENTS))


@settings(max_examples=60)
@given(asked=st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_rows_of_probabilities_sum_to_one_whatever_the_text(classifier: IntentClassifier, asked: list[str]) -> None:
    chances = classifier.predict_proba(asked)

    assert ((chances >= 0) & (chances <= 1)).all()
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(asked)))


def test_the_prediction_is_the_most_probable_class(classifier: IntentClassifier, texts: list[str]) -> None:
    best = classifier.classes_[classifier.predict_proba(texts).argmax(axis=1)]

    assert best.tolist() == classifier.predict(texts).tolist()


def test_a_text_is_judged_the_same_alone_and_among_others(classifier: IntentClassifier, texts: list[str]) -> None:
    assert classifier.predict_proba(texts[:1])[0] == pytest.approx(classifier.predict_proba(texts)[0])


@pytest.mark.parametrize("folds", [1, 2], ids=["one-mail-a-label", "two-mails-a-label"])
def test_it_can_be_trained_on_very_few_mails(few: list[Example], folds: int) -> None:
    tiny = [example for label in INTENTS for example in [e for e in few if e.intent == label][:folds]]
    chances = IntentClassifier(encoder=None).fit([e.text for e in tiny], [e.intent for e in tiny]).predict_proba([QUESTION])

    assert chances.sum() == pytest.approx(1)


def test_two_labels_are_enough(few: list[Example]) -> None:
    pair = [example for example in few if example.intent != "storing"]
    made = IntentClassifier(encoder=None).fit([e.text for e in pair], [e.intent for e in pair])

    assert made.predict_proba([QUESTION]).shape == (1, 2)
    assert made.score([e.text for e in pair], [e.intent for e in pair]) > 0.95


@pytest.mark.parametrize(
    ("given_texts", "given_labels", "says"),
    [
        pytest.param(["a b", "c d"], ["x"], "2 texts but 1 labels", id="other-lengths"),
        pytest.param(["a b", "c d"], ["x", "x"], "at least two labels", id="one-label"),
        pytest.param([], [], "at least two labels", id="nothing"),
    ],
)
def test_training_data_that_will_not_do_is_refused(given_texts: list[str], given_labels: list[str], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        IntentClassifier(encoder=None).fit(given_texts, given_labels)


def test_an_encoder_by_an_unknown_name_is_refused(texts: list[str], labels: list[str]) -> None:
    with pytest.raises(ValueError, match="'best'"):
        IntentClassifier(encoder="best").fit(texts, labels)


def test_a_text_in_place_of_a_list_of_texts_is_refused(classifier: IntentClassifier) -> None:
    with pytest.raises(ValueError, match="string object received"):
        classifier.predict(QUESTION)


# --- familiarity ----------------------------------------------------------------------------------------------------


def test_a_training_mail_is_more_familiar_than_nonsense(classifier: IntentClassifier, texts: list[str]) -> None:
    known, unknown = classifier.familiarity([texts[0], NONSENSE])

    assert known > unknown


def test_there_is_one_familiarity_for_each_text(classifier: IntentClassifier, texts: list[str]) -> None:
    many = texts * 8  # more than are compared at once
    assert len(many) > 256

    assert classifier.familiarity(many) == pytest.approx(np.tile(classifier.familiarity(texts), 8))


def test_the_nearest_mail_to_a_training_mail_is_that_mail(classifier: IntentClassifier, texts: list[str]) -> None:
    near = nearest(classifier, texts[7])[0]

    assert (texts[near.index], near.likeness) == (texts[7], pytest.approx(1, abs=1e-4))


def test_the_nearest_mails_come_most_alike_first(classifier: IntentClassifier) -> None:
    found = nearest(classifier, QUESTION, 5)

    assert [near.likeness for near in found] == sorted((near.likeness for near in found), reverse=True)
    assert len({near.index for near in found}) == 5


def test_a_text_like_nothing_before_is_never_decided_alone(classifier: IntentClassifier) -> None:
    assert not classifier.weighing_.decides_alone(1.0, float(classifier.familiarity([NONSENSE])[0]))


def test_an_unsure_prediction_is_never_decided_alone(classifier: IntentClassifier, texts: list[str]) -> None:
    assert not classifier.weighing_.decides_alone(0.34, float(classifier.familiarity([texts[0]])[0]))


def test_words_alone_give_probabilities_for_pieces_of_a_text(classifier: IntentClassifier) -> None:
    chances = word_chances(classifier, ["onze koppeling met parnassys is gestopt", ""])

    assert chances.sum(axis=1) == pytest.approx([1, 1])
    assert classifier.classes_[chances[0].argmax()] == "las-koppeling"


def test_words_that_speak_for_a_label_come_strongest_first(classifier: IntentClassifier) -> None:
    weights = word_weights(classifier, "onze koppeling met parnassys is gestopt", "las-koppeling", "storing")

    assert [weight for _, weight in weights] == sorted((weight for _, weight in weights), reverse=True)
    assert {"koppeling", "parnassys"} <= {word for word, _ in weights}


def test_a_word_cannot_speak_for_a_label_and_for_its_rival(classifier: IntentClassifier) -> None:
    text = "onze koppeling met parnassys is gestopt en thuis inloggen gaat niet"
    there = {word for word, _ in word_weights(classifier, text, "las-koppeling", "inloggen-thuis")}
    back = {word for word, _ in word_weights(classifier, text, "inloggen-thuis", "las-koppeling")}

    assert there
    assert back
    assert not there & back


# --- what else the classifier learns from ----------------------------------------------------------------------------


def test_an_article_teaches_words_that_no_training_mail_has(few: list[Example]) -> None:
    question = "hoe zet ik de zonwering van de windbestuiver omlaag"
    evidence = {"storing": ["Zo zet u de zonwering van de windbestuiver omlaag"]}
    taught, untaught = (train(few, None, given).classifier.predict_proba([question])[0] for given in (evidence, None))

    assert taught[sorted(INTENTS).index("storing")] > untaught[sorted(INTENTS).index("storing")]


def test_articles_of_a_label_without_training_mails_are_left_aside(few: list[Example]) -> None:
    made = train(few, None, {"spam": ["Gratis pennen"]}).classifier

    assert made.predict_proba([QUESTION]).shape == (1, len(INTENTS))


def test_every_intent_with_articles_has_them_as_evidence() -> None:
    evidence = load_evidence(SHIPPED_DATA / "faq")
    wanted = "Hoe kan mijn kind thuis inloggen bij Basispoort?"

    assert wanted in evidence["inloggen-thuis"]
    assert all(len(texts) > len(load_taxonomy()[label].topics) for label, texts in evidence.items())


def test_other_articles_make_another_version_of_the_model(few: list[Example], small: Model) -> None:
    assert train(few, None, {"storing": ["Ligt alles eruit?"]}).version != small.version


def test_how_sure_is_sure_enough_is_measured_on_ordinary_mails_only(texts: list[str], labels: list[str]) -> None:
    """Were ordinary mails all recognised, any confidence that one of them has would be enough."""
    made = IntentClassifier(encoder=None).fit(texts, labels)
    right = made.classes_[made.out_of_fold_.argmax(axis=1)] == np.array(labels)
    by_right = IntentClassifier(encoder=None).fit(texts, labels, right.tolist())

    assert by_right.weighing_.auto_threshold == pytest.approx(made.out_of_fold_[right].max(axis=1).min())
    assert by_right.weighing_.auto_threshold < made.weighing_.auto_threshold


def test_mails_of_the_stream_are_ordinary_and_the_others_are_not() -> None:
    by_kind: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
    for example in load_examples(SHIPPED_DATA / "intents"):
        by_kind[example.ordinary][example.intent] += 1

    assert all(by_kind[True][label] >= 40 for label in load_taxonomy().labels)
    assert all(by_kind[False][label] >= 120 for label in load_taxonomy().labels)


# --- an explained classification ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def explained(small: Model) -> Classification:
    return classify(QUESTION, small)


def test_a_classification_has_the_most_probable_intent(explained: Classification, classifier: IntentClassifier) -> None:
    chances = classifier.predict_proba([QUESTION])[0]

    assert (explained.intent, explained.confidence) == ("storing", pytest.approx(chances.max(), abs=1e-4))


def test_the_alternatives_are_the_other_intents_most_likely_first(explained: Classification) -> None:
    confidences = [explained.confidence, *(other.confidence for other in explained.alternatives)]

    assert {explained.intent, *(other.intent for other in explained.alternatives)} == set(INTENTS)
    assert confidences == sorted(confidences, reverse=True)
    assert sum(confidences) == pytest.approx(1, abs=1e-3)


def test_of_many_intents_three_alternatives_are_named(model: Model) -> None:
    assert len(classify(QUESTION, model).alternatives) == 3


def test_the_reasons_name_words_and_a_mail_that_was_seen_before(explained: Classification, small: Model) -> None:
    words, first, second, change = explained.reasons

    assert words.startswith("Deze woorden wijzen op Storing en niet op ")
    for example in (first, second):
        assert any(" ".join(known.subject.split())[:80] in example for known in small.examples)
    assert change.startswith(("Zonder ‘", "Ook zonder ‘"))


@pytest.mark.parametrize("kind", ["small", "with_vectors"])
def test_what_would_change_is_what_the_whole_classifier_says_without_those_words(
    kind: str, few: list[Example], request: pytest.FixtureRequest
) -> None:
    model: Model = request.getfixturevalue(kind)
    titles = load_taxonomy().intents
    changes = 0
    for one, two in itertools.pairwise(few[::3]):
        text = f"{one.subject}. {two.subject}"
        found = classify(text, model)
        left_out = re.findall("‘([^’]+)’", found.reasons[-1])
        rest = re.sub(r"\w+", lambda word, gone=left_out: "" if fold(word[0]) in gone else word[0], text)
        title = titles[str(model.classifier.predict([rest])[0])].title
        changes += found.reasons[-1].startswith("Zonder")
        assert found.reasons[-1].endswith((f"leek het meer op {title}.", f"past {title} het best."))
    assert changes


def test_what_would_change_takes_remembered_corrections_into_account(small: Model) -> None:
    found = classify(QUESTION, small)
    other = next(intent for intent in INTENTS if intent != found.intent)
    correction = CorrectedMail(1, QUESTION, "Storing", other, "noor", datetime(2026, 11, 2, 9, 30, tzinfo=UTC))
    said = classify(QUESTION, remember(small, [correction]))
    left_out = re.findall("‘([^’]+)’", said.reasons[-1])
    rest = re.sub(r"\w+", lambda word: "" if fold(word[0]) in left_out else word[0], QUESTION)
    again = classify(rest, remember(small, [correction]))

    assert said.intent == other
    assert load_taxonomy()[again.intent].title in said.reasons[-1]


def test_known_mails_among_the_reasons_are_about_the_label_that_was_chosen(small: Model, few: list[Example]) -> None:
    titles = load_taxonomy().intents
    for one, two in itertools.pairwise(few[::3]):
        found = classify(f"{one.text}\n\n{two.subject}", small)
        known = [reason for reason in found.reasons if reason.startswith("Lijkt op een bekende mail")]

        assert known
        assert all(f"mail over {titles[found.intent].title}: " in reason for reason in known)


def test_a_text_like_no_known_mail_names_none(small: Model) -> None:
    assert not any("bekende mail" in reason for reason in classify("", small).reasons)


def test_names_of_persons_are_no_reasons(few: list[Example]) -> None:
    named = [f"{one.text} Het gaat om Daan van den Berg, mail daan@gezin.example." for one in few if one.intent == "storing"]
    model = train([*few, *(Example(text, "storing", "Storing") for text in named)], None)
    reasons = " ".join(classify(f"{QUESTION}\n\nHet gaat om Daan van den Berg, mail daan@gezin.example.", model).reasons)

    assert not {"daan", "berg", "gezin"} & set(re.findall(r"\w+", " ".join(re.findall("‘([^’]+)’", reasons))))


def test_words_of_the_articles_are_no_names(few: list[Example]) -> None:
    model = train(few, None, load_evidence(SHIPPED_DATA / "faq"))

    assert in_evidence(model.classifier, "ict-coordinator")
    assert not in_evidence(model.classifier, "daan")


def test_a_text_without_any_known_word_is_for_a_person(small: Model) -> None:
    assert classify(NONSENSE, small).decision == REVIEW


def test_a_mail_is_decided_alone_exactly_when_the_classifier_says_so(small: Model, few: list[Example]) -> None:
    for example in few[::5]:
        found = classify(example.text, small)
        seen = small.classifier.assess([example.text])
        assert (found.decision == AUTO) is small.classifier.weighing_.decides_alone(
            float(seen.chances.max()), float(seen.familiarity[0])
        )


@pytest.mark.parametrize("text", ["", " ", "?", "\x00", "é" * 5000])
def test_any_text_gets_a_classification(small: Model, text: str) -> None:
    assert classify(text, small).intent in INTENTS


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Goedemorgen, wij kunnen vandaag niet meer inloggen op school.", "nl"),
        ("Good morning, none of our teachers can sign in to their account since yesterday.", "en"),
        ("Guten Morgen, wir können uns seit gestern nicht mehr anmelden, bitte helfen Sie uns.", "de"),
        ("hello?", "nl"),
        ("", "nl"),
    ],
)
def test_a_mail_is_dutch_unless_another_language_is_clear(text: str, language: str) -> None:
    assert detect_language(text) == language


# --- the file -------------------------------------------------------------------------------------------------------


@pytest.fixture
def stored(small: Model, tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    save_model(small, path)
    return path


def changed(path: Path, **arrays: NDArray[np.generic] | None) -> Path:
    """The stored model with some arrays replaced, or left out (None)."""
    with np.load(path, allow_pickle=False) as file:
        kept = {name: file[name] for name in file.files}
    kept.update({name: array for name, array in arrays.items() if array is not None})
    for name in [name for name, array in arrays.items() if array is None]:
        del kept[name]
    np.savez(path, **kept)
    return path


def test_a_model_comes_back_as_it_was_stored(stored: Path, small: Model) -> None:
    back = load_model(stored, None)

    assert (back.examples, back.version, back.encoder) == (small.examples, small.version, "")


def test_a_model_that_comes_back_gives_the_same_probabilities(
    stored: Path, classifier: IntentClassifier, texts: list[str]
) -> None:
    asked = [*texts, QUESTION, NONSENSE, ""]

    assert load_model(stored, None).classifier.predict_proba(asked) == pytest.approx(classifier.predict_proba(asked), abs=1e-5)


def test_a_model_that_comes_back_gives_the_same_explanation(stored: Path, explained: Classification) -> None:
    back = classify(QUESTION, load_model(stored, None))

    assert (back.intent, back.decision, back.reasons) == (explained.intent, explained.decision, explained.reasons)


def test_a_model_that_comes_back_knows_what_is_familiar(stored: Path, classifier: IntentClassifier, texts: list[str]) -> None:
    asked = [*texts, NONSENSE]

    assert load_model(stored, None).classifier.familiarity(asked) == pytest.approx(classifier.familiarity(asked), abs=1e-5)


def test_the_arrays_hold_no_objects(classifier: IntentClassifier) -> None:
    assert {array.dtype.hasobject for array in arrays_of(classifier).values()} == {False}


def test_storing_again_replaces_the_model_and_leaves_nothing_else(stored: Path, small: Model) -> None:
    save_model(small, stored)

    assert list(stored.parent.iterdir()) == [stored]


def test_the_folder_of_the_model_is_made(small: Model, tmp_path: Path) -> None:
    save_model(small, tmp_path / "var" / "models" / "model.npz")

    assert load_model(tmp_path / "var" / "models" / "model.npz", None).version == small.version


def test_without_a_model_it_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no trained model at .*model\.npz; run: wegwijzer train"):
        load_model(tmp_path / "model.npz", None)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"hallo", id="words"),
        pytest.param(b"PK\x03\x04 geen zip", id="zip-in-name-only"),
        pytest.param(pickle.dumps({"about": 1}), id="pickle"),
    ],
)
def test_a_file_that_is_no_model_is_refused_with_what_to_do(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "model.npz"
    path.write_bytes(data)

    with pytest.raises(ModelError, match=r"can't be read .*; run: wegwijzer train"):
        load_model(path, None)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_model_that_was_cut_off_is_refused_with_what_to_do(stored: Path, share: float) -> None:
    data = stored.read_bytes()
    stored.write_bytes(data[: int(len(data) * share)])

    with pytest.raises(ModelError, match=r"can't be read .*; run: wegwijzer train"):
        load_model(stored, None)


def test_a_model_with_a_changed_weight_is_refused(stored: Path) -> None:
    with zipfile.ZipFile(stored) as archive:
        weights = archive.getinfo("coef.npy")
    data = stored.read_bytes()
    position = weights.header_offset + weights.compress_size // 2
    stored.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])

    with pytest.raises(ModelError, match="can't be read"):
        load_model(stored, None)


class _Attack:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._path,)


def test_a_model_that_holds_code_is_refused_and_the_code_does_not_run(stored: Path, tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    objects = np.empty(1, dtype=object)
    objects[0] = _Attack(ran)

    with pytest.raises(ModelError, match="can't be read"):
        load_model(changed(stored, coef=objects), None)

    assert not ran.exists()


@pytest.mark.parametrize("part", ["about", "examples"])
def test_a_model_without_its_description_is_refused(stored: Path, part: str) -> None:
    with pytest.raises(ModelError, match="can't be read"):
        load_model(changed(stored, **{part: None}), None)


def test_a_model_of_another_version_of_the_program_is_refused(stored: Path) -> None:
    about = np.array('{"format": 0, "version": "x", "encoder": ""}')

    with pytest.raises(ModelError, match="made by another version of Wegwijzer; run: wegwijzer train"):
        load_model(changed(stored, about=about), None)


def test_a_model_of_another_version_that_kept_its_mails_otherwise_is_refused_as_such(stored: Path) -> None:
    about = np.array('{"format": 3, "version": "x", "encoder": ""}')

    with pytest.raises(ModelError, match="made by another version of Wegwijzer; run: wegwijzer train"):
        load_model(changed(stored, about=about, examples=np.array('[["text", "storing", "subject"]]')), None)


def test_a_model_without_sentence_vectors_is_refused_where_there_is_an_encoder(stored: Path) -> None:
    with pytest.raises(ModelError, match="trained with no sentence vectors, but this installation has letter-counts"):
        load_model(stored, LetterCounts())


@pytest.fixture(scope="module")
def with_vectors(few: list[Example]) -> Model:
    return train(few, LetterCounts())


def test_a_model_with_sentence_vectors_is_refused_where_there_is_no_encoder(with_vectors: Model, tmp_path: Path) -> None:
    save_model(with_vectors, tmp_path / "model.npz")

    with pytest.raises(ModelError, match="trained with letter-counts, but this installation has none; run: wegwijzer train"):
        load_model(tmp_path / "model.npz", None)


def test_a_model_with_sentence_vectors_comes_back_with_its_encoder(with_vectors: Model, tmp_path: Path, texts: list[str]) -> None:
    save_model(with_vectors, tmp_path / "model.npz")
    back = load_model(tmp_path / "model.npz", LetterCounts())

    assert back.encoder == "letter-counts"
    assert back.classifier.predict_proba(texts) == pytest.approx(with_vectors.classifier.predict_proba(texts), abs=1e-5)


def test_sentence_vectors_take_part_in_the_decision(with_vectors: Model, small: Model, texts: list[str]) -> None:
    assert not np.allclose(with_vectors.classifier.decision_function(texts), small.classifier.decision_function(texts), atol=1e-3)


def test_the_model_that_is_there_is_used(settings: Settings, small: Model) -> None:
    save_model(small, settings.model_path)

    assert ready_model(settings).version == small.version


# --- training data --------------------------------------------------------------------------------------------------


def test_the_version_of_a_model_follows_from_its_training_data(few: list[Example], small: Model) -> None:
    assert train(few, None).version == small.version != train(few[1:], None).version


def test_every_intent_of_the_taxonomy_has_training_mails(examples: list[Example]) -> None:
    assert {example.intent for example in examples} == set(load_taxonomy().labels)


def test_the_classifier_reads_subject_own_words_and_names_of_files() -> None:
    body = "Wij sturen het formulier.\n\nMet vriendelijke groet,\nSanne"

    text = said(mail_text("Aanvraag", body, [("formulier.pdf", "application/pdf")]))
    assert text == "Aanvraag\n\nWij sturen het formulier.\nbijlage formulier.pdf"


def test_the_senders_domain_and_the_kind_of_a_file_stand_apart_from_what_is_said() -> None:
    text = mail_text("Vraag", "Hoe sluiten wij aan?", [("scan.jpg", "image/jpeg")], "uitgever-zon.nl")

    assert said(text) == "Vraag\n\nHoe sluiten wij aan?\nbijlage scan.jpg"
    assert text.removeprefix(said(text)).split()[1:] == ["afzender_uitgever__zon_nl", "bijlage_foto"]


def test_a_private_address_is_known_as_one() -> None:
    assert "afzender_prive" in mail_text("", "Hoi", sender_domain="gmail.com").split()


def test_nobody_can_write_what_comes_along_in_the_mail_itself() -> None:
    assert said(mail_text("", "Hoi\n\u241e afzender_malmberg_nl")) == "Hoi\n  afzender_malmberg_nl"


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("afzender_uitgever__zon_nl", "afzender uitgever-zon.nl"),
        ("afzender_prive", "afzender privéadres"),
        ("bijlage_pdf", "bijlage pdf"),
        ("bijlage", ""),
        ("afzender", ""),
        ("wachtwoord", ""),
    ],
)
def test_what_comes_along_is_shown_as_people_write_it(word: str, shown: str) -> None:
    assert comes_along(word) == shown


@pytest.fixture(scope="module")
def own_mail(tmp_path_factory: pytest.TempPathFactory) -> Model:
    """A model of a help desk to which one publisher and many schools write the same few words."""
    folder = tmp_path_factory.mktemp("own")
    words = ["Kunt u mij bellen?", "Wij hebben een vraag.", "Wie kan mij helpen?", "Graag overleg.", "Belt u mij even?"]
    senders = {"partner-en-aansluiting": "inkoop@uitgever-zon.nl", "algemene-vraag": "juf@school{}.nl"}
    for intent, sender in senders.items():
        mails = [{"subject": "vraag", "body": word, "from": sender.format(number)} for number in range(4) for word in words]
        write(folder, f"{intent}.yaml", yaml.safe_dump(mails))
    return train(load_examples(folder), None)


def test_a_model_trained_on_mail_with_senders_tells_the_same_words_apart_by_who_wrote_them(own_mail: Model) -> None:
    publisher, school = (
        mail_text("vraag", "Graag overleg.", sender_domain=domain) for domain in ("uitgever-zon.nl", "school9.nl")
    )

    assert own_mail.classifier.predict([publisher, school]).tolist() == ["partner-en-aansluiting", "algemene-vraag"]


def test_a_sender_of_a_few_mails_teaches_nothing(own_mail: Model) -> None:
    terms = own_mail.classifier.featurizer_.words.terms

    assert "afzender_uitgever__zon_nl" in terms  # of 20 mails
    assert "afzender_school0_nl" not in terms  # of 5


def test_a_sender_that_weighed_is_among_the_reasons(own_mail: Model) -> None:
    found = classify(mail_text("vraag", "Graag overleg.", sender_domain="uitgever-zon.nl"), own_mail)

    assert "Ook dit wijst op Partner en aansluiting: afzender uitgever-zon.nl." in found.reasons


def test_a_model_that_never_saw_a_sender_says_the_same_whoever_writes(small: Model) -> None:
    texts = [mail_text("wachtwoord", "Ik kan niet inloggen.", sender_domain=domain) for domain in ("", "gmail.com", "obs99.nl")]

    first, *others = small.classifier.predict_proba(texts)
    for other in others:
        np.testing.assert_allclose(other, first)


@pytest.mark.parametrize(
    "entry", ["{body: hoi, from: [a]}", "{body: hoi, attachments: scan.pdf}", "{body: hoi, attachments: [1]}"]
)
def test_a_wrong_sender_or_list_of_files_is_refused_with_its_line(entry: str, tmp_path: Path) -> None:
    write(tmp_path, "algemene-vraag.yaml", f"- {entry}")

    with pytest.raises(TrainingDataError, match=r"algemene-vraag\.yaml, line 1: number 1 › (from|attachments)"):
        load_examples(tmp_path)


def write(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_training_mail_without_subject_is_shown_by_its_first_words(tmp_path: Path) -> None:
    write(tmp_path, "storing.yaml", "- body: ligt het eruit?\n- {subject: Storing, body: alles plat}\n")

    assert load_examples(tmp_path) == [
        Example("ligt het eruit?", "storing", "ligt het eruit?"),
        Example("Storing\n\nalles plat", "storing", "Storing"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        pytest.param("koffie.yaml", "- body: hoi\n", r"koffie\.yaml: 'koffie' is not an intent", id="unknown-intent"),
        pytest.param("storing.yaml", "- body: [\n", r"storing\.yaml, line 2: ", id="broken-yaml"),
        pytest.param(
            "storing.yaml", "- body: hoi\n- subject: x\n", r"storing\.yaml, line 2: number 2 › body: is missing", id="no-body"
        ),
        pytest.param("storing.yaml", "- hoi\n", r"storing\.yaml, line 1: number 1: ", id="no-mapping"),
        pytest.param("lees.mij", "hoi", "holds no training data", id="nothing"),
    ],
)
def test_training_data_that_is_wrong_is_refused_by_file_and_entry(tmp_path: Path, name: str, content: str, says: str) -> None:
    write(tmp_path, name, content)

    with pytest.raises(TrainingDataError, match=says):
        load_examples(tmp_path)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        pytest.param("text,intent\nligt het eruit?,storing\n", "ligt het eruit?", id="text"),
        pytest.param("\ufefftext,intent\nligt het eruit?,storing\n", "ligt het eruit?", id="from-excel"),
        pytest.param('subject,body,intent\nStoring,"alles\nplat",storing\n', "Storing\n\nalles\nplat", id="subject-and-body"),
    ],
)
def test_labelled_mails_are_read_from_csv(tmp_path: Path, content: str, text: str) -> None:
    (found,) = load_labelled(write(tmp_path, "mails.csv", content))

    assert (found.text, found.intent) == (text, "storing")


@pytest.mark.parametrize(
    ("content", "says"),
    [
        pytest.param(
            "tekst,intent\nhoi,storing\n", r"mails\.csv: needs the columns text,intent or subject,body,intent", id="columns"
        ),
        pytest.param("", r"mails\.csv: needs the columns", id="empty"),
        pytest.param("text,intent\nhoi,storing\nhoi,koffie\n", r"mails\.csv, line 3: 'koffie' is not an intent", id="intent"),
    ],
)
def test_labelled_mails_that_are_wrong_are_refused_by_line(tmp_path: Path, content: str, says: str) -> None:
    with pytest.raises(TrainingDataError, match=says):
        load_labelled(write(tmp_path, "mails.csv", content))


@pytest.mark.parametrize("missing", ["coef", "about", "examples", "scalars", "words_terms"])
def test_a_model_without_a_part_is_refused_with_what_to_do(stored: Path, missing: str) -> None:
    with np.load(stored) as archive:
        parts = {name: archive[name] for name in archive.files if name != missing}
    np.savez(stored, **parts)

    with pytest.raises(ModelError, match="run: wegwijzer train"):
        load_model(stored, None)


@pytest.mark.parametrize("about", ["[]", "{}", '{"format": 1}', "7", '"tekst"'])
def test_a_model_that_says_nothing_of_itself_is_refused_with_what_to_do(stored: Path, about: str) -> None:
    with np.load(stored) as archive:
        parts = {name: archive[name] for name in archive.files}
    np.savez(stored, **{**parts, "about": np.array(about)})

    with pytest.raises(ModelError, match="run: wegwijzer train"):
        load_model(stored, None)
