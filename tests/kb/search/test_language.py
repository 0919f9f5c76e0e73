"""From Dutch text to terms: what counts as the same word, where it stands, and how a compound falls apart."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from kb.search.language import Compounds, Language, fold, load_language, stem
from kb.settings import SHIPPED_DATA

SYNONYMS = yaml.safe_load((SHIPPED_DATA / "language" / "synonyms.yaml").read_text(encoding="utf-8"))
DUTCH_TEXT = st.text("abcdefghijklmnopqrstuvwxyzABCDEZ0123456789éëïöüÉË '’.,-?!\n", max_size=120)
SMALL = Language(
    {
        "groups": [["wachtwoord", "ww", "geheime code"], ["inloggen", "log in", "in te loggen"]],
        "english": {"password": "wachtwoord", "sign on": "inloggen"},
        "stopwords": ["de", "in", "te", "het"],
    }
)


# --- folding and stems ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Coördinator", "coordinator"),
        ("CAFÉ", "cafe"),
        ("ict’er", "ict'er"),
        ("schrĳven", "schrijven"),
        ("wachtwoord", "wachtwoord"),
    ],
)
def test_folding_takes_away_capitals_accents_and_curly_apostrophes(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@pytest.mark.parametrize(
    ("one", "other"), [("school", "scholen"), ("groep", "groepen"), ("leerling", "leerlingen"), ("formulier", "formulieren")]
)
def test_singular_and_plural_share_a_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["99ac", "00", "2fa", "groep8en", "win11s"])
def test_a_word_with_a_digit_is_left_as_it_is(word: str) -> None:
    assert stem(word) == word


# --- terms ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["ww", "WW", "geheime code", "password", "het wachtwoord"])
def test_what_means_password_becomes_one_and_the_same_term(said: str) -> None:
    assert SMALL.terms(said) == SMALL.terms("wachtwoord")


def test_stop_words_say_nothing() -> None:
    assert SMALL.terms("De te het IN") == []


def test_a_phrase_is_recognised_before_its_stop_words_are_left_out() -> None:
    assert SMALL.terms("om in te loggen") == ["om", *SMALL.terms("inloggen")]


def test_the_longest_phrase_wins() -> None:
    language = Language({"groups": [["pin", "geheime code"], ["sleutel", "geheime code van school"]]})
    assert language.terms("geheime code van school") == language.terms("sleutel")


def test_terms_come_in_the_order_of_the_text() -> None:
    assert SMALL.terms("nieuw wachtwoord aanvragen") == [stem("nieuw"), stem("wachtwoord"), stem("aanvragen")]


def test_a_word_with_a_hyphen_is_read_as_its_parts() -> None:
    assert SMALL.terms("e-mail") == SMALL.terms("e mail")


def test_capitals_and_accents_do_not_change_the_terms() -> None:
    assert load_language().terms("ÉÉN ICT-COÖRDINATOR") == load_language().terms("een ict-coordinator")


def test_a_language_without_words_still_stems() -> None:
    assert Language({}).terms("de scholen") == ["de", "school"]


@pytest.mark.parametrize("words", [{"groups": {"ww": "wachtwoord"}}, {"english": ["password"]}, {"stopwords": "de"}])
def test_a_word_list_of_the_wrong_shape_is_refused(words: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="synonyms.yaml needs 'groups'"):
        Language(words)


@pytest.mark.parametrize("group", SYNONYMS["groups"], ids=lambda group: str(group[0]))
def test_every_word_of_a_shipped_group_becomes_one_term(group: list[str]) -> None:
    terms = {tuple(load_language().terms(str(word))) for word in group}
    assert len(terms) == 1


def test_an_installation_can_bring_its_own_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(SHIPPED_DATA / "organisation.yaml", tmp_path)
    (tmp_path / "language").mkdir()
    (tmp_path / "language" / "synonyms.yaml").write_text("groups: [[fiets, rijwiel]]\n", encoding="utf-8")
    monkeypatch.setenv("WEGWIJZER_DATA_DIR", str(tmp_path))
    assert load_language().terms("rijwiel") == ["fiet"]


# --- places -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("Het ww is weg", ["ww", "is", "weg"]),
        ("Kan ik log in doen?", ["Kan", "ik", "log in", "doen"]),
        ("de ict'er (Jan)", ["ict'er", "Jan"]),
        ("e-mail: één", ["e", "mail", "één"]),
    ],
)
def test_a_token_points_at_the_words_it_stands_for(text: str, places: list[str]) -> None:
    assert [text[token.start : token.end] for token in SMALL.tokens(text)] == places


@given(st.text())
def test_tokens_stand_inside_the_text_one_after_another(text: str) -> None:
    edges = [edge for token in load_language().tokens(text) for edge in (token.start, token.end)]
    assert edges == sorted(edges)
    assert all(0 <= edge <= len(text) for edge in edges)


@given(DUTCH_TEXT)
def test_the_word_of_a_token_is_what_stands_at_its_place(text: str) -> None:
    def bare(word: str) -> str:
        return re.sub(r"[^a-z0-9]", "", fold(word))

    tokens = load_language().tokens(text)
    assert [bare(token.word) for token in tokens] == [bare(text[token.start : token.end]) for token in tokens]


@given(DUTCH_TEXT)
def test_typing_in_capitals_finds_the_same_terms(text: str) -> None:
    assert load_language().terms(text.upper()) == load_language().terms(text)


@given(DUTCH_TEXT)
def test_no_token_is_empty(text: str) -> None:
    assert all(token.term and token.word and token.start < token.end for token in load_language().tokens(text))


# --- plain words for the encoder --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("ww vergeten", "wachtwoord vergeten"),
        ("Geheime code, kwijt!", "wachtwoord kwijt"),
        ("ik wil in te loggen met ww", "ik wil inloggen met wachtwoord"),
        ("password please", "password please"),
        ("brood bakken", "brood bakken"),
        ("", ""),
    ],
)
def test_school_jargon_is_written_out_and_the_rest_is_kept(said: str, plain: str) -> None:
    assert SMALL.write_out(said, {}) == plain


def test_a_misspelt_word_is_written_out_as_the_word_it_stands_for() -> None:
    assert SMALL.write_out("paswort vergeten", {"paswort": "paswoord"}) == SMALL.write_out("paswoord vergeten", {})


# --- compounds --------------------------------------------------------------------------------------------------

KNOWN = (
    "thuis",
    "inlog",
    "beheerder",
    "account",
    "leerling",
    "lijst",
    "school",
    "jaar",
    "wisseling",
    "wachtwoord",
    "groep",
    "code",
)


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("thuisinlog", ("thuis", "inlog")),
        ("beheerdersaccount", ("beheerder", "account")),
        ("leerlingenlijst", ("leerling", "lijst")),
        ("groepencode", ("groep", "code")),
        ("schooljaarwisseling", ("school", "jaar", "wisseling")),
    ],
)
def test_a_compound_falls_apart_into_known_words_without_the_link(word: str, parts: tuple[str, ...]) -> None:
    assert Compounds(KNOWN).split(word) == parts


def test_the_longest_first_part_is_taken() -> None:
    assert Compounds(["school", "schooljaar", "jaarlijst", "lijst"]).split("schooljaarlijst") == ("schooljaar", "lijst")


@pytest.mark.parametrize("word", ["thuiskok", "fietspomp", "thuis", "jaarkoe", "", "lijst" * 9])
def test_a_word_with_an_unknown_or_too_short_part_or_of_odd_length_stays_whole(word: str) -> None:
    assert Compounds((*KNOWN, "koe")).split(word) == ()


@given(st.lists(st.sampled_from(["thuis", "account", "school", "groep", "code"]), min_size=2, max_size=4))
def test_known_words_written_together_come_apart_again(parts: list[str]) -> None:
    assert Compounds(KNOWN).split("".join(parts)) == tuple(parts)


@given(st.text("thuisinlogacde", max_size=45))
def test_a_split_never_yields_a_word_the_corpus_does_not_know(word: str) -> None:
    assert set(Compounds(KNOWN).split(word)) <= set(KNOWN)
