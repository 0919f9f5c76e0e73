"""The search as a visitor meets it: what is found, in which order, what is shown of it and why."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.article import Article, load_articles
from kb.pages.words import load_words
from kb.search.e5 import encoder as e5
from kb.search.excerpt import REASONS, SNIPPET, marked, plain_text
from kb.search.language import load_language
from kb.search.search import MAX_QUERY, KnowledgeBase, clean_query, highest, installed_encoder
from kb.search.semantic import Vectors
from kb.settings import SHIPPED_DATA, read_settings
from tests.conftest import need

PASSWORD = Article(
    "wachtwoord-vergeten",
    "Ik ben mijn wachtwoord vergeten. Wat nu?",
    "Kies op de inlogpagina voor een nieuwe link.\n\nU krijgt een mail waarmee u een ander wachtwoord instelt.\n",
    keywords=("wachtwoord vergeten", "resetten"),
    category="inloggen",
    audience=("leerkracht",),
    questions=("wachtwoord kwijt", "nieuw wachtwoord aanvragen"),
    see_also=("autorisatiesleutel",),
)
PARENTS = Article(
    "thuis-wachtwoord-vergeten",
    "Ik ben thuis mijn wachtwoord vergeten. Wat nu?",
    "Vraag als ouder een nieuwe link aan.\n\nU krijgt een mail waarmee u een ander wachtwoord instelt.\n",
    keywords=("wachtwoord vergeten", "ouder"),
    category="ouders-en-thuis",
    audience=("ouder",),
    questions=("thuis wachtwoord kwijt", "nieuw wachtwoord voor thuis"),
)
KEY = Article(
    "autorisatiesleutel",
    "Waar vind ik de autorisatiesleutel?",
    "De autorisatiesleutel staat bij de instellingen van de koppeling.\n",
    keywords=("autorisatiesleutel", "koppeling"),
    category="netwerk-en-sso",
    audience=("ict-coordinator",),
    questions=("autorisatiesleutel zoeken",),
)
MERGER = Article(
    "school-fuseert",
    "Onze school gaat fuseren. Wat moeten wij regelen?",
    "Meld de fusie met het formulier, en doe dat voor 1 augustus.\n\nDaarna zetten wij de groepen over naar de nieuwe school.\n",
    keywords=("fusie", "samenvoegen"),
    category="school-en-bestuur",
    questions=("scholen samenvoegen", "wij fuseren met een andere school"),
    see_also=("autorisatiesleutel", "bestaat-niet", "wachtwoord-vergeten"),
)
ALL = (PASSWORD, PARENTS, KEY, MERGER)
BOOKS = KnowledgeBase.from_articles(ALL, None)
ONE_LINE = st.text(st.characters(codec="utf-8"), max_size=200)


class TopicEncoder:
    """A tiny encoder that knows two subjects, in whatever words: forgetting and joining."""

    name = "topics"

    def encode(self, texts: Sequence[str]) -> Vectors:
        subjects = ("wachtwoord|vergeten|kwijt|geheugen", "fuse|fusie|samen|bruiloft", "sleutel|koppeling")
        counts = [[len(re.findall(subject, text.lower())) for subject in subjects] + [0.1] for text in texts]
        rows = np.array(counts, dtype=np.float32)
        unit: Vectors = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit

    def query(self, text: str) -> Vectors:
        return self.encode([text])[0]  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def shipped() -> KnowledgeBase:
    return KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)


def found(query: str, **options: object) -> list[str]:
    return [hit.article.slug for hit in BOOKS.search(query, **options)]  # type: ignore[arg-type]


def without_marks(snippet: str) -> str:
    return html.unescape(re.sub(r"</?mark>", "", snippet))


# --- the query --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("  ww   vergeten ", "ww vergeten"),
        ("ww\nvergeten\t!", "ww vergeten !"),
        ("ww\u00a0vergeten", "ww vergeten"),
        ("ww\x00vergeten", "ww vergeten"),
        ("\u2028\u202e", ""),
    ],
)
def test_odd_spaces_and_invisible_characters_are_read_as_one_space(typed: str, read: str) -> None:
    assert clean_query(typed) == read


@given(st.text(max_size=6 * MAX_QUERY))
def test_a_cleaned_query_is_printable_and_not_too_long(text: str) -> None:
    cleaned = clean_query(text)
    assert cleaned.isprintable()
    assert len(cleaned) <= MAX_QUERY


@given(st.text(max_size=MAX_QUERY))
def test_cleaning_a_query_twice_is_cleaning_it_once(text: str) -> None:
    assert clean_query(clean_query(text)) == clean_query(text)


def test_a_very_long_query_is_read_from_its_beginning() -> None:
    assert clean_query("wachtwoord " * 1000).startswith("wachtwoord wachtwoord")


# --- what is found ----------------------------------------------------------------------------------------------


def test_the_article_about_the_subject_comes_first() -> None:
    assert found("autorisatiesleutel")[0] == "autorisatiesleutel"


def test_a_misspelt_word_finds_the_article_it_was_meant_for() -> None:
    assert found("autorisatiesluetel")[0] == "autorisatiesleutel"


def test_a_synonym_finds_the_article_that_uses_another_word() -> None:
    assert "wachtwoord-vergeten" in found("ww vergeten")


def test_an_english_question_finds_the_dutch_article() -> None:
    assert "wachtwoord-vergeten" in found("forgot password")


def test_a_plural_finds_the_singular() -> None:
    assert found("fusie van scholen")[0] == "school-fuseert"


def test_words_written_together_find_the_article_that_writes_them_apart() -> None:
    assert found("thuiswachtwoord")[0] == "thuis-wachtwoord-vergeten"


def test_the_extra_word_decides_between_two_articles_that_look_alike() -> None:
    assert found("thuis wachtwoord vergeten")[0] == "thuis-wachtwoord-vergeten"


def test_an_article_about_something_else_is_not_shown() -> None:
    assert "school-fuseert" not in found("autorisatiesleutel")


@pytest.mark.parametrize("query", ["", "   ", "?!…", "🙂", "\x00", "\ud83d", "de het een", "qzxvwk jklm", "كلمة"])
def test_a_query_that_says_nothing_finds_nothing(query: str) -> None:
    assert found(query) == []


def test_an_empty_knowledge_base_finds_nothing() -> None:
    assert KnowledgeBase.from_articles([], None).search("wachtwoord") == []


def test_better_answers_come_first() -> None:
    scores = [hit.score for hit in BOOKS.search("wachtwoord vergeten thuis")]
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (2, 2), (0, 0), (-1, 0)])
def test_no_more_is_shown_than_was_asked(limit: int, count: int) -> None:
    assert len(found("wachtwoord vergeten", limit=limit)) == count


def test_half_a_word_finds_its_article_while_typing() -> None:
    assert found("autorisat", unfinished=True)[0] == "autorisatiesleutel"


def test_a_category_shows_only_its_own_articles() -> None:
    assert found("wachtwoord vergeten", category="ouders-en-thuis") == ["thuis-wachtwoord-vergeten"]


def test_a_category_without_articles_shows_nothing() -> None:
    assert found("wachtwoord vergeten", category="storing") == []


@pytest.mark.parametrize(("audience", "first"), [("ouder", "thuis-wachtwoord-vergeten"), ("leerkracht", "wachtwoord-vergeten")])
def test_of_two_equal_answers_the_one_for_the_visitor_comes_first(audience: str, first: str) -> None:
    alike = [
        Article("wachtwoord-vergeten", PASSWORD.title, PASSWORD.body, audience=("leerkracht",)),
        Article("thuis-wachtwoord-vergeten", PASSWORD.title, PASSWORD.body, audience=("ouder",)),
    ]
    hits = KnowledgeBase.from_articles(alike, None).search("wachtwoord vergeten", audience=audience)
    assert hits[0].article.slug == first


def test_an_article_for_another_audience_is_still_found() -> None:
    assert set(found("wachtwoord vergeten", audience="ouder")) == {"wachtwoord-vergeten", "thuis-wachtwoord-vergeten"}


def test_an_article_for_everybody_is_as_good_for_any_audience() -> None:
    (plain, *_), (parent, *_) = BOOKS.search("school fuseert"), BOOKS.search("school fuseert", audience="ouder")
    assert (parent.article, parent.score) == (plain.article, plain.score)


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["ww", "wachtwoort", "<b>", "&", "'thuis'", "fusie", "SLEUTEL", "🙂", "\u0301"])).map(" ".join)
)
def test_any_text_can_be_searched_and_chances_lie_between_none_and_certain(text: str) -> None:
    for unfinished in (False, True):
        assert all(0 <= hit.score <= 1 for hit in BOOKS.search(text, unfinished=unfinished))


def test_every_shipped_article_is_found_by_its_own_title(shipped: KnowledgeBase) -> None:
    lost = [a.slug for a in shipped.articles if a.slug not in [hit.article.slug for hit in shipped.search(a.title, 3)]]
    assert lost == []


# --- what is shown ----------------------------------------------------------------------------------------------


def test_the_words_of_the_query_are_marked_in_the_snippet() -> None:
    (hit,) = BOOKS.search("autorisatiesleutel", 1)
    assert "<mark>autorisatiesleutel</mark>" in hit.snippet


def test_the_words_of_the_query_are_marked_in_the_title() -> None:
    (hit,) = BOOKS.search("sleutel autorisatiesleutel", 1)
    assert hit.title == "Waar vind ik de <mark>autorisatiesleutel</mark>?"


def test_a_title_is_shown_as_text_not_as_html() -> None:
    odd = Article("a", "Hoe krijg ik <b>vet</b> & schuin in mijn bericht?", "Met de knoppen.\n")
    (hit,) = KnowledgeBase.from_articles([odd], None).search("schuin bericht", 1)
    assert hit.title == ("Hoe krijg ik &lt;b&gt;vet&lt;/b&gt; &amp; <mark>schuin</mark> in mijn <mark>bericht</mark>?")


def test_the_snippet_is_the_sentence_that_holds_the_words() -> None:
    (hit,) = BOOKS.search("wachtwoord vergeten thuis", 1)
    assert without_marks(hit.snippet) == "U krijgt een mail waarmee u een ander wachtwoord instelt."


def test_the_snippet_of_an_article_without_text_is_empty() -> None:
    (hit,) = KnowledgeBase.from_articles([Article("leeg", "Wachtwoord vergeten", "")], None).search("wachtwoord vergeten")
    assert hit.snippet == ""


def test_a_long_snippet_ends_with_dots_after_a_whole_word() -> None:
    body = "wachtwoord " + "aanvragen " * 100
    (hit,) = KnowledgeBase.from_articles([Article("lang", "Wachtwoord", body)], None).search("wachtwoord")
    text = without_marks(hit.snippet)
    assert text.endswith("aanvragen …")
    assert len(text) <= SNIPPET + 2


def test_markup_in_an_article_is_shown_as_text() -> None:
    article = Article("stoer", "Wachtwoord vergeten", "Typ <script>alert('wachtwoord')</script> & druk op enter.")
    (hit,) = KnowledgeBase.from_articles([article], None).search("wachtwoord")
    assert "<script" not in hit.snippet


def marking(text: str, words: str) -> str:
    wanted = set(load_language().terms(words))
    return marked(text, [(token.start, token.end) for token in load_language().tokens(text) if token.term in wanted])


@given(ONE_LINE | st.lists(st.sampled_from(["<b>", "&", "'ww'", "wachtwoord,", "log", "in", "é\u0301", "Groep"])).map(" ".join))
def test_highlighting_changes_nothing_but_the_marks(text: str) -> None:
    assert html.unescape(re.sub(r"</?mark>", "", marking(text, "wachtwoord inloggen groep b"))) == text


def test_highlighting_marks_a_synonym_and_a_phrase_as_a_whole() -> None:
    assert marking("Log in met uw ww.", "inloggen wachtwoord") == "<mark>Log in</mark> met uw <mark>ww</mark>."


def test_highlighting_nothing_only_escapes() -> None:
    assert marked("a < b", []) == "a &lt; b"


@pytest.mark.parametrize(
    ("markdown", "plain"),
    [
        ("## Stappen", "Stappen"),
        ("- eerst\n- dan", "eerst\ndan"),
        ("1. eerst\n2. dan", "eerst\ndan"),
        ("**Let op**: *nu* `code`", "Let op: nu code"),
        ("Lees [dit artikel](mfa-instellen).", "Lees dit artikel."),
        ("2024 was een jaar - echt", "2024 was een jaar - echt"),
    ],
)
def test_markdown_is_shown_without_its_signs(markdown: str, plain: str) -> None:
    assert plain_text(markdown) == plain


# --- why --------------------------------------------------------------------------------------------------------


def test_a_hit_names_the_words_it_was_found_by_as_they_were_typed() -> None:
    (hit,) = BOOKS.search("ww vergeten", 1)
    assert "woorden: ww, vergeten" in hit.why


def test_a_word_typed_twice_is_named_once() -> None:
    (hit,) = BOOKS.search("autorisatiesleutel autorisatiesleutel", 1)
    assert "woorden: autorisatiesleutel" in hit.why


def test_a_misspelt_word_is_named_with_what_it_was_read_as() -> None:
    (hit,) = BOOKS.search("autorisatiesluetel", 1)
    assert "‘autorisatiesluetel’ gelezen als ‘autorisatiesleutel’" in hit.why


def test_a_question_that_schools_ask_literally_is_recognised() -> None:
    (hit,) = BOOKS.search("autorisatiesleutel zoeken", 1)
    assert "lijkt op een vraag die scholen zo stellen" in hit.why


def test_the_reasons_on_the_page_are_those_of_the_search() -> None:
    assert load_words("nl")["reasons"] == REASONS
    assert set(load_words("en")["reasons"]) == set(REASONS)


@settings(max_examples=50)
@given(
    st.lists(
        st.sampled_from(["ww", "wachtwoort", "vergeten", "thuis", "fusie", "schooltje", "sleutels", "koppelink", "in"]),
        min_size=1,
        max_size=5,
    )
)
def test_every_hit_has_a_reason(words: list[str]) -> None:
    assert all(hit.why for hit in BOOKS.search(" ".join(words)))


# --- other questions to the knowledge base ----------------------------------------------------------------------


def test_an_article_is_fetched_by_its_slug() -> None:
    assert BOOKS.get("school-fuseert") == MERGER


def test_a_slug_that_does_not_exist_is_nobody() -> None:
    assert BOOKS.get("weg") is None


def test_the_size_is_the_number_of_articles() -> None:
    assert len(BOOKS) == 4


def test_ranking_keeps_every_named_article_however_unlikely() -> None:
    assert [article.slug for article, _ in BOOKS.rank("wachtwoord vergeten", ["school-fuseert", "wachtwoord-vergeten"])] == [
        "wachtwoord-vergeten",
        "school-fuseert",
    ]


def test_ranking_leaves_out_slugs_that_do_not_exist() -> None:
    assert BOOKS.rank("wachtwoord", ["weg"]) == []


def test_ranking_for_an_empty_query_says_nothing() -> None:
    assert BOOKS.rank(" ", ["school-fuseert"]) == []


@given(st.text(max_size=100))
def test_any_text_can_be_used_to_rank(text: str) -> None:
    assert all(0 <= chance <= 1 for _, chance in BOOKS.rank(text, ["school-fuseert", "autorisatiesleutel"]))


def test_related_articles_begin_with_those_the_editor_named_and_exist() -> None:
    assert [article.slug for article in BOOKS.related("school-fuseert")][:2] == ["autorisatiesleutel", "wachtwoord-vergeten"]


def test_related_articles_are_filled_up_with_those_that_look_like_it() -> None:
    assert [article.slug for article in BOOKS.related("wachtwoord-vergeten")] == [
        "autorisatiesleutel",
        "thuis-wachtwoord-vergeten",
    ]


def test_no_more_related_articles_than_asked() -> None:
    assert len(BOOKS.related("school-fuseert", limit=1)) == 1


def test_an_article_is_not_related_to_itself() -> None:
    assert PARENTS not in BOOKS.related("thuis-wachtwoord-vergeten")


# --- with sentence vectors --------------------------------------------------------------------------------------

MEANING = KnowledgeBase.from_articles(ALL, TopicEncoder())


def test_without_an_encoder_no_vectors_are_used() -> None:
    assert not KnowledgeBase.from_articles(ALL, None).uses_vectors


def test_with_an_encoder_vectors_are_used() -> None:
    assert MEANING.uses_vectors


def test_meaning_ranks_articles_that_share_no_word_with_the_query() -> None:
    best, _ = MEANING.rank("bruiloft", [article.slug for article in ALL])[0]
    assert best == MERGER


def test_a_hit_close_in_meaning_says_so() -> None:
    (hit,) = MEANING.search("fusie", 1)
    assert "betekent ongeveer hetzelfde" in hit.why


@settings(max_examples=50)
@given(st.text(max_size=100))
def test_any_text_can_be_searched_by_meaning(text: str) -> None:
    assert all(0 <= hit.score <= 1 for hit in MEANING.search(text))


def test_an_empty_knowledge_base_needs_no_vectors() -> None:
    assert not KnowledgeBase.from_articles([], TopicEncoder()).uses_vectors


def test_an_installation_can_do_without_the_model() -> None:
    assert installed_encoder(read_settings({"WEGWIJZER_ENCODER": "none"})) is None


def test_an_installation_with_the_model_keeps_its_vectors_for_the_next_start(tmp_path: Path) -> None:
    need(e5.installed(), "the semantic extra")
    encoder = installed_encoder(read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path)}))
    KnowledgeBase.from_articles([KEY, MERGER], encoder)
    assert [path.suffix for path in (tmp_path / "vectors").iterdir()] == [".npz"]


@pytest.mark.parametrize("query", ["00", "1", "b", "%00", "?? 7 ??"])
def test_a_letter_or_a_number_alone_is_no_question(query: str) -> None:
    assert BOOKS.search(query) == []


@given(st.lists(st.sampled_from([0.0, 0.25, 0.5, 1.0, 2.0]), min_size=1, max_size=30), st.integers(1, 12))
def test_the_highest_are_the_first_of_a_stable_sort(scores: list[float], count: int) -> None:
    array = np.array(scores, dtype=np.float32)
    assert highest(array, count).tolist() == sorted(np.argsort(-array, kind="stable")[:count].tolist())
