"""The knowledge base as its users see it: articles in and out, and a search that understands how schools write."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from kb import Article, ArticleError, KnowledgeBase, load_articles
from kb.article import format_article, parse_article, write_sources
from kb.articles.library import Library
from kb.articles.linter import lint
from kb.search.e5 import encoder as e5
from kb.search.language import Compounds, load_language
from kb.search.search import OWN_WORDS, clean_query
from kb.settings import SHIPPED_DATA, SettingsError, read_settings
from kb.store import articles_stamp, get_articles, put_articles
from tests.conftest import need
from triage.database.opening import open_database

WORD = (
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Zl", "Zp")), min_size=1, max_size=40)
    .map(str.strip)
    .filter(bool)
)
ARTICLES = st.builds(
    Article,
    slug=st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True).filter(lambda slug: len(slug) <= 120),
    title=WORD,
    body=WORD.filter(lambda text: not text.startswith("---")).map(lambda text: text + "\n"),
    keywords=st.lists(WORD, max_size=4).map(tuple),
    questions=st.lists(WORD, max_size=4).map(tuple),
    verified=st.booleans(),
)


def written(articles: Iterable[Article], folder: Path) -> int:
    return write_sources(((article.slug, format_article(article)) for article in articles), folder)


@pytest.fixture(scope="module")
def shipped() -> KnowledgeBase:
    return KnowledgeBase.from_articles(load_articles(SHIPPED_DATA / "faq"), None)


def slugs(books: KnowledgeBase, query: str, **options: object) -> list[str]:
    return [hit.article.slug for hit in books.search(query, 5, **options)]  # type: ignore[arg-type]


# --- articles ---------------------------------------------------------------------------------------------------


@given(ARTICLES)
def test_an_article_written_and_read_is_the_same(article: Article) -> None:
    assert parse_article(format_article(article)) == article


def test_every_shipped_article_is_written_as_it_stands(tmp_path: Path) -> None:
    written(load_articles(SHIPPED_DATA / "faq"), tmp_path)
    for path in (SHIPPED_DATA / "faq").glob("*.md"):
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("zomaar tekst", "front matter"),
        ("---\nslug: a\n---\nx", "'title'"),
        ("---\nslug: Hoofd Letter\ntitle: x\n---\nx", "slug"),
        ("---\nslug: a\ntitle: x\nkleur: rood\n---\nx", "kleur"),
        ("---\nslug: [a\n---\nx", "not valid YAML"),
        ("---\nslug: a\ntitle: x\nkeywords: los\n---\nx", "'keywords' must be a list"),
    ],
)
def test_a_broken_article_is_refused_with_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ArticleError, match=complaint):
        parse_article(text, "a.md")


def test_two_files_with_one_slug_are_refused(tmp_path: Path) -> None:
    for name in ("een.md", "twee.md"):
        (tmp_path / name).write_text("---\nslug: zelfde\ntitle: x\n---\n\nx\n", encoding="utf-8")
    with pytest.raises(ArticleError, match="another file"):
        load_articles(tmp_path)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"body": "Lees [dit](bestaat-niet)."}, "bestaat-niet"),
        ({"keywords": ()}, "no keywords"),
        ({"category": "overig"}, "category"),
        ({"body": "Dan klik je op de knop."}, "'je'"),
        ({"body": "Bel 030-1234567 voor hulp."}, "telephone"),
        ({"questions": ()}, "example questions"),
    ],
)
def test_the_lint_names_what_an_editor_should_mend(changed: dict[str, object], complaint: str) -> None:
    good = {
        "slug": "a",
        "title": "A?",
        "body": "U klikt op de knop.",
        "keywords": ("a",),
        "category": "algemeen",
        "questions": ("a", "b", "c"),
    }
    found = lint([Article(**{**good, **changed})], datetime.date(2026, 11, 23))  # type: ignore[arg-type]
    assert [finding.message for finding in found if finding.level == "error" and complaint in finding.message]


# --- language ---------------------------------------------------------------------------------------------------


@given(st.text(max_size=200))
def test_every_token_points_at_its_place_in_the_text(text: str) -> None:
    for token in load_language().tokens(text):
        assert 0 <= token.start < token.end <= len(text)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("ww", "wachtwoord"),
        ("icter", "ICT-coördinator"),
        ("ict'er", "ict coordinator"),
        ("juf", "leerkracht"),
        ("ik kom er niet in", "inloggen"),
        ("teacher", "meester"),
        ("2FA", "authenticator"),
    ],
)
def test_words_that_mean_the_same_to_a_school_become_one_term(left: str, right: str) -> None:
    assert load_language().terms(left) == load_language().terms(right)


@pytest.mark.parametrize(
    ("said", "plain"),
    [
        ("ww vergeten", "wachtwoord vergeten"),
        ("onze icter is weg", "onze ict-coordinator is ontbreekt"),
        ("brood bakken", "brood bakken"),
    ],
)
def test_words_only_schools_use_are_written_out_for_the_encoder(said: str, plain: str) -> None:
    assert load_language().write_out(said, {}) == plain


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("thuisinlog", ("thuis", "inlog")),
        ("beheerdersaccount", ("beheerder", "account")),
        ("leerlingenlijst", ("leerling", "lijst")),
        ("wachtwoord", ()),
    ],
)
def test_compounds_fall_apart_into_words_the_corpus_knows(word: str, parts: tuple[str, ...]) -> None:
    assert Compounds(["thuis", "inlog", "beheerder", "account", "leerling", "lijst", "wachtwoord"]).split(word) == parts


# --- search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "slug"),
    [
        ("ww vergeten", "wachtwoord-vergeten-leerkracht"),
        ("wachtwrod vergeetn leerkragt", "wachtwoord-vergeten-leerkracht"),
        ("thuisinlog meerdere kinderen", "thuis-inloggen-meerdere-kinderen"),
        ("beheerdersaccount aanvragen", "eerste-beheerder-aanvragen"),
        ("wie moet de aanvraag ondertekenen", "wie-mag-tekenen"),
        ("autorisatiesleutel parnassys", "las-koppeling-parnassys"),
        ("brinnummer opzoeken", "brin-en-vestigingsnummer-uitleg"),
    ],
)
def test_everyday_misspelt_and_compound_words_find_their_article(shipped: KnowledgeBase, query: str, slug: str) -> None:
    assert slug in slugs(shipped, query)[:3]


@pytest.mark.parametrize("query", ["", "   ", "???", "🙂🙂", "\x00\x01", "qzxvwk", "asdfgh jklqwerty"])
def test_what_means_nothing_gets_nothing(shipped: KnowledgeBase, query: str) -> None:
    assert shipped.search(query) == []


@settings(max_examples=60)
@given(st.text(max_size=500))
def test_no_text_breaks_the_search(text: str) -> None:
    small = KnowledgeBase.from_articles(
        [Article("a", "Wachtwoord vergeten?", "Kies een nieuw wachtwoord."), Article("b", "Inloggen", "Log in.")], None
    )
    for hit in small.search(text):
        assert 0 <= hit.score <= 1


@pytest.mark.parametrize("query", ["wachtwoord " * 1000, "'; DROP TABLE article; --", "<script>alert(1)</script> inloggen"])
def test_odd_input_is_searched_as_words_and_never_shown_as_markup(shipped: KnowledgeBase, query: str) -> None:
    for hit in shipped.search(query):
        assert "<script" not in hit.snippet
        assert hit.snippet.count("<") == 2 * hit.snippet.count("<mark>")


@given(st.text(max_size=5000))
def test_a_cleaned_query_is_short_and_has_no_control_characters(text: str) -> None:
    cleaned = clean_query(text)
    assert len(cleaned) <= 400
    assert cleaned.isprintable()


def test_a_hit_marks_the_matched_words_and_says_why(shipped: KnowledgeBase) -> None:
    (hit, *_) = shipped.search("ww vergeten")
    assert "<mark>wachtwoord</mark>" in hit.snippet.lower()
    assert any("ww" in reason for reason in hit.why)


def test_a_misspelt_word_is_named_with_what_it_was_read_as(shipped: KnowledgeBase) -> None:
    reasons = " ".join(reason for hit in shipped.search("autorisatiesluetel") for reason in hit.why)
    assert "gelezen als" in reasons


def test_while_typing_half_a_word_finds_already(shipped: KnowledgeBase) -> None:
    assert any("wachtwoord" in slug for slug in slugs(shipped, "wachtw", unfinished=True))


def test_a_category_keeps_only_its_own_articles(shipped: KnowledgeBase) -> None:
    found = shipped.search("inloggen", 10, category="ouders-en-thuis")
    assert {hit.article.category for hit in found} == {"ouders-en-thuis"}


def test_articles_for_another_audience_rank_lower_and_stay(shipped: KnowledgeBase) -> None:
    plain, parent = slugs(shipped, "wachtwoord vergeten"), slugs(shipped, "wachtwoord vergeten", audience="ouder")
    assert parent.index("thuis-inloggen-wachtwoord-vergeten") <= plain.index("thuis-inloggen-wachtwoord-vergeten")
    assert "wachtwoord-vergeten-leerkracht" in parent


def test_every_article_is_found_by_its_own_title_paraphrases_and_keywords(shipped: KnowledgeBase) -> None:
    """What an editor wrote down as a way to ask must never get 'niets gevonden', whatever it looks like besides."""
    lost = [
        (article.slug, text)
        for article in shipped.articles
        for text in (article.title, *article.questions)
        if article.slug not in [hit.article.slug for hit in shipped.search(text, 8)]
    ]
    assert lost == []
    silent = [text for article in shipped.articles for text in article.keywords if " " in text and not shipped.search(text, 1)]
    assert silent == []


@pytest.mark.parametrize(
    "query",
    [
        "wachtwoord vergeten",
        "inloggen lukt niet",
        "ww kwijt",
        "inloggen",
        "wachtwoord",
        "fusie",
        "beheerder",
        "pincode",
        "storing",
    ],
)
def test_what_schools_ask_most_always_gets_an_answer(shipped: KnowledgeBase, query: str) -> None:
    assert shipped.search(query)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("gynzy werkt niet", "vraag-over-inhoud-software"),
        ("ginsy werkt niet", "vraag-over-inhoud-software"),
        ("pluspunt niet zichtbaar", "lesmateriaal-ontbreekt-leerkracht"),
        ("malmberg inloggen", "inloggen-leerkracht"),
        ("noordhof licentie", "licenties-koppelen-aan-groep"),
        ("snapet koppelen", "uitgeverijen-toestaan"),
        ("zwijssen storing", "storing-of-eigen-probleem"),
    ],
)
def test_the_name_of_a_method_or_publisher_means_learning_material(shipped: KnowledgeBase, query: str, wanted: str) -> None:
    assert slugs(shipped, query)[0] == wanted


@pytest.mark.parametrize("query", ["squla abonnement opzeggen", "pluspunt antwoordenboek groep 6", "noordhoff vacature"])
def test_what_the_maker_of_a_method_answers_finds_nothing(shipped: KnowledgeBase, query: str) -> None:
    assert slugs(shipped, query) == []


@pytest.mark.parametrize("query", ["leerling wachtwoord", "ww leerlingen", "groep 4 wachtwoord"])
def test_the_password_of_a_pupil_is_not_that_of_a_teacher(shipped: KnowledgeBase, query: str) -> None:
    assert slugs(shipped, query)[0] == "leerlingplaatje-en-pincode"


def test_what_an_editor_wrote_down_stands_above_what_was_only_likely(shipped: KnowledgeBase) -> None:
    query = "Hoe log ik in bij Malmberg of Zwijsen?"
    first, *others = shipped.search(query, 5)
    assert query in first.article.questions
    assert all(other.score < OWN_WORDS for other in others)


def test_an_empty_knowledge_base_finds_nothing() -> None:
    assert KnowledgeBase.from_articles([], None).search("inloggen") == []


def test_related_articles_begin_with_those_the_editor_named(shipped: KnowledgeBase) -> None:
    article = shipped.get("eerste-beheerder-aanvragen")
    assert article is not None
    assert [other.slug for other in shipped.related(article.slug)] == list(article.see_also[:4])


# --- vectors ----------------------------------------------------------------------------------------------------


def test_with_the_semantic_extra_meaning_finds_what_words_do_not(tmp_path: Path) -> None:
    need(e5.installed(), "the semantic extra")
    articles = [
        Article("fiets", "Mijn rijwiel heeft een lekke band", "Plak het gat."),
        Article("brood", "Hoe bak ik een brood?", "Kneed het deeg."),
        Article("vliegen", "Wanneer vertrekt het vliegtuig?", "Kijk op het bord."),
    ]
    books = KnowledgeBase.from_articles(articles)
    assert books.uses_vectors
    assert books.rank("my bicycle has a flat tyre", ["fiets", "brood", "vliegen"])[0][0].slug == "fiets"


# --- store, library, settings -----------------------------------------------------------------------------------


def test_articles_come_out_of_the_database_as_they_went_in(tmp_path: Path) -> None:
    articles = load_articles(SHIPPED_DATA / "faq")
    with Session(open_database(f"sqlite:///{tmp_path / 'x.db'}")) as session:
        assert put_articles(session, articles) == len(articles)
        assert get_articles(session) == articles
        assert put_articles(session, articles) == 0


def test_a_changed_article_is_searchable_in_a_running_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEGWIJZER_ENCODER", "none")
    engine = open_database(f"sqlite:///{tmp_path / 'x.db'}")
    now = [0.0]
    library = Library(engine, clock=lambda: now[0])
    with Session(engine) as session, session.begin():
        put_articles(session, [Article("a", "Wachtwoord vergeten", "Kies een nieuw wachtwoord.")])
    assert library.current().get("a") is not None
    with Session(engine) as session, session.begin():
        put_articles(session, [Article("b", "Pincode kwijt", "Vraag een nieuwe pincode.")])
        stamp = articles_stamp(session)
    now[0] = 3.0
    assert stamp[0] == len(library.current()) == 2


@pytest.mark.parametrize("variable", ["WEGWIJZER_TRUST_ROOTS", "WEGWIJZER_ENCODER", "WEGWIJZER_CHECK_DNS", "WEGWIJZER_OCR"])
def test_a_setting_that_can_not_be_used_is_named(variable: str) -> None:
    with pytest.raises(SettingsError, match=variable):
        read_settings({variable: "/bestaat/niet"})


def test_the_database_is_a_file_in_the_var_folder_by_default(tmp_path: Path) -> None:
    assert read_settings({"WEGWIJZER_VAR_DIR": str(tmp_path)}).database_url == f"sqlite:///{tmp_path / 'wegwijzer.db'}"
