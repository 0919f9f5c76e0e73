"""Articles as files: what is read, what is refused and why, and what the linter tells an editor."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from kb.article import (
    Article,
    ArticleError,
    format_article,
    load_articles,
    parse_article,
    write_sources,
)
from kb.articles.linter import LintMessage, lint
from kb.settings import SHIPPED_DATA

TODAY = date(2026, 11, 23)
SOUND = Article(
    slug="ww-vergeten",
    title="Ik ben mijn wachtwoord vergeten. Wat nu?",
    body="Kies **wachtwoord vergeten** op de inlogpagina.\n\nU krijgt een mail.\n",
    keywords=("wachtwoord",),
    category="inloggen",
    questions=("ww vergeten", "wachtwoord kwijt", "nieuw wachtwoord"),
    reviewed=TODAY,
)

# Any text but what a file can't keep: half characters, and line ends that Markdown writes as "\n".
TEXT = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\x85"), max_size=60)
SLUGS = st.from_regex(r"[a-z0-9]+(-[a-z0-9]+)*", fullmatch=True).filter(lambda slug: len(slug) <= 120)
LISTS = st.lists(TEXT, max_size=4).map(tuple)
ARTICLES = st.builds(
    Article,
    slug=SLUGS,
    title=TEXT.filter(str.strip),
    body=TEXT.map(lambda text: text.strip("\n") + "\n"),
    keywords=LISTS,
    category=TEXT.filter(bool),
    audience=LISTS,
    questions=LISTS,
    see_also=LISTS,
    ask=LISTS,
    sources=LISTS,
    summary_en=TEXT,
    verified=st.booleans(),
    reviewed=st.none() | st.dates(),
)


def saved(articles: Iterable[Article], folder: Path) -> int:
    return write_sources(((article.slug, format_article(article)) for article in articles), folder)


def written(front: str, body: str = "Het antwoord.\n") -> str:
    return f"---\n{front}\n---\n\n{body}"


def findings(**changes: object) -> list[LintMessage]:
    return lint([dataclasses.replace(SOUND, **changes)], TODAY)  # type: ignore[arg-type]


def errors(**changes: object) -> list[str]:
    return [finding.message for finding in findings(**changes) if finding.level == "error"]


def notes(**changes: object) -> list[str]:
    return [finding.message for finding in findings(**changes) if finding.level == "note"]


# --- reading and writing ----------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(ARTICLES)
def test_any_article_that_is_written_reads_back_the_same(article: Article) -> None:
    assert parse_article(format_article(article)) == article


@pytest.mark.parametrize(
    "word", ["no", "ja", "010", "1e5", "2026-01-01", "null", "- los", "a: b", "#tag", "'t", '"', "{x}", "12:30", ""]
)
def test_a_keyword_that_yaml_would_read_as_something_else_stays_that_word(word: str) -> None:
    article = dataclasses.replace(SOUND, keywords=(word,))
    assert parse_article(format_article(article)).keywords == (word,)


def test_the_front_matter_is_read_into_the_fields() -> None:
    article = parse_article(
        written(
            "slug: pincode-kwijt\ntitle: Pincode kwijt?\ncategory: ouders-en-thuis\naudience: [ouder]\nkeywords: [pincode, pin]\n"
            "questions: [pin weg]\nsee_also: [ww-vergeten]\nask: [naam van de school]\nsources: [de helpdesk]\n"
            "summary_en: Ask the school.\nverified: false\nreviewed: 2026-05-04"
        )
    )
    assert article == Article(
        slug="pincode-kwijt",
        title="Pincode kwijt?",
        body="Het antwoord.\n",
        keywords=("pincode", "pin"),
        category="ouders-en-thuis",
        audience=("ouder",),
        questions=("pin weg",),
        see_also=("ww-vergeten",),
        ask=("naam van de school",),
        sources=("de helpdesk",),
        summary_en="Ask the school.",
        verified=False,
        reviewed=date(2026, 5, 4),
    )


def test_an_article_needs_only_a_slug_and_a_title() -> None:
    article = parse_article(written("slug: kort\ntitle: Kort"))
    assert (article.category, article.keywords, article.verified, article.reviewed) == ("algemeen", (), True, None)


def test_windows_line_ends_make_no_difference() -> None:
    text = format_article(SOUND)
    assert parse_article(text.replace("\n", "\r\n")) == SOUND


def test_a_line_of_hyphens_in_the_body_belongs_to_the_body() -> None:
    article = dataclasses.replace(SOUND, body="Boven de streep.\n\n---\n\nOnder de streep.\n")
    assert parse_article(format_article(article)).body == article.body


def test_empty_lines_around_the_body_are_left_out() -> None:
    assert parse_article(written("slug: a\ntitle: A", "\n\nHet antwoord.\n\n\n")).body == "Het antwoord.\n"


def test_what_is_empty_is_not_written() -> None:
    front = yaml.safe_load(format_article(Article("kort", "Kort", "Het antwoord.\n")).split("---\n")[1])
    assert set(front) == {"slug", "title", "category", "audience"}


def test_accents_are_written_as_letters_and_not_as_codes() -> None:
    assert "Coördinator" in format_article(dataclasses.replace(SOUND, title="Coördinator aanmelden"))


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        pytest.param("", "start the file with front matter", id="nothing"),
        pytest.param("Gewoon tekst.\n", "start the file with front matter", id="no front matter"),
        pytest.param("---\nslug: a\ntitle: A\n", "start the file with front matter", id="front matter without an end"),
        pytest.param("Vooraf.\n---\nslug: a\n---\nx", "start the file with front matter", id="text before the front matter"),
        pytest.param(written("slug: [a"), "not valid YAML", id="broken YAML"),
        pytest.param(written("slug: !!python/object:os.system a"), "not valid YAML", id="YAML that would run code"),
        pytest.param(written("- slug\n- title"), "'name: value' lines", id="a list"),
        pytest.param(written(""), "'name: value' lines", id="empty front matter"),
        pytest.param(written("slug: a\ntitle: A\nkleur: rood"), "unknown front matter kleur", id="unknown field"),
        pytest.param(
            written("slug: a\ntitle: A\n5: rood\nkleur: rood"), "unknown front matter 5, kleur", id="field that is a number"
        ),
        pytest.param(written("slug: a"), "lacks 'title'", id="no title"),
        pytest.param(written("title: A"), "lacks 'slug'", id="no slug"),
        pytest.param(written("slug: a\ntitle: '  '"), "lacks 'title'", id="blank title"),
        pytest.param(written("slug: a\ntitle: [A]"), "lacks 'title'", id="title that is not text"),
        pytest.param(written("slug: a\ntitle: A\nquestions: hoe dan"), "'questions' must be a list", id="list as text"),
        pytest.param(written("slug: a\ntitle: A\naudience: {ouder: ja}"), "'audience' must be a list", id="list as mapping"),
        pytest.param(written("slug: a\ntitle: A\nreviewed: gisteren"), "'reviewed' must be a date", id="reviewed no date"),
        pytest.param(
            written("slug: a\ntitle: A\nreviewed: 2026-05-04 10:00:00"), "'reviewed' must be a date", id="reviewed a moment"
        ),
        pytest.param(written("slug: a\ntitle: A\nreviewed: 2026-02-30"), "not valid YAML", id="reviewed on no day"),
        pytest.param(written("slug: a\ntitle: A\ncategory: 5"), "'category' must be text, not 5", id="category a number"),
        pytest.param(written("slug: a\ntitle: A\ncategory:"), "'category' must be text, not None", id="category empty"),
        pytest.param(written("slug: a\ntitle: A\nsummary_en: [x]"), "'summary_en' must be text", id="summary a list"),
        pytest.param(written("slug: a\ntitle: A\nverified: misschien"), "'verified' must be true or false", id="verified a word"),
        pytest.param(written("slug: a\ntitle: A\nkeywords: [on]"), "'keywords' holds True", id="keyword that YAML reads as yes"),
        pytest.param(written("slug: a\ntitle: A\nkeywords: [{a: b}]"), "'keywords' holds {'a': 'b'}", id="keyword a mapping"),
        pytest.param(written(f"slug: {'a' * 121}\ntitle: A"), "'slug' has 121 characters; at most 120", id="slug too long"),
        pytest.param(written(f"slug: a\ntitle: {'A' * 301}"), "'title' has 301 characters; at most 300", id="title too long"),
    ],
)
def test_a_file_that_is_no_article_is_refused_with_what_is_wrong(text: str, complaint: str) -> None:
    with pytest.raises(ArticleError, match=complaint):
        parse_article(text)


@pytest.mark.parametrize(
    "slug", ["Hoofd", "met spatie", "onder_streep", "-voor", "achter-", "twee--streepjes", "coördinator", "../op", "a/b"]
)
def test_a_slug_that_would_not_fit_an_address_is_refused(slug: str) -> None:
    with pytest.raises(ArticleError, match="lower-case letters, digits and hyphens only"):
        parse_article(written(f"slug: '{slug}'\ntitle: A"))


def test_the_refusal_names_the_file() -> None:
    with pytest.raises(ArticleError, match=r"^faq/mfa\.md: "):
        parse_article("niets", "faq/mfa.md")


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=5,
)
FRONTS = st.dictionaries(
    st.sampled_from(["slug", "title", "keywords", "audience", "reviewed", "questions", "category", "verified", "summary_en"])
    | TEXT,
    VALUES,
    max_size=5,
)


@given(FRONTS, TEXT)
def test_front_matter_of_any_shape_makes_an_article_or_an_article_error(front: dict[str, object], body: str) -> None:
    text = written(yaml.safe_dump({"slug": "a", "title": "A", **front}, allow_unicode=True), body)
    try:
        slug = parse_article(text).slug
    except ArticleError:
        return
    assert slug == front.get("slug", "a")


def test_the_short_answer_is_the_first_paragraph() -> None:
    assert SOUND.short_answer == "Kies **wachtwoord vergeten** op de inlogpagina."


def test_an_article_without_a_body_has_an_empty_short_answer() -> None:
    assert dataclasses.replace(SOUND, body="\n").short_answer == ""


def test_links_are_the_articles_a_body_points_at_and_not_the_web() -> None:
    body = "Lees [dit](mfa-instellen), [de site](https://www.basispoort.nl/), [mail](mailto:help@basispoort.nl) of [dat](wie-mag-tekenen)."
    assert dataclasses.replace(SOUND, body=body).links == ("mfa-instellen", "wie-mag-tekenen")


# --- folders ----------------------------------------------------------------------------------------------------


def test_articles_saved_to_a_folder_load_back_in_order_of_slug(tmp_path: Path) -> None:
    first, second = dataclasses.replace(SOUND, slug="aap"), dataclasses.replace(SOUND, slug="noot", verified=False)
    saved([second, first], tmp_path)
    assert load_articles(tmp_path) == [first, second]


def test_saving_makes_the_folder_and_says_how_many_were_written(tmp_path: Path) -> None:
    folder = tmp_path / "nog" / "niet"
    assert saved([SOUND], folder) == 1
    assert [path.name for path in folder.iterdir()] == ["ww-vergeten.md"]


def test_saving_again_replaces_the_file(tmp_path: Path) -> None:
    saved([SOUND], tmp_path)
    saved([dataclasses.replace(SOUND, title="Nieuwe titel")], tmp_path)
    assert [article.title for article in load_articles(tmp_path)] == ["Nieuwe titel"]


def test_articles_in_folders_below_are_read_and_other_files_are_not(tmp_path: Path) -> None:
    saved([SOUND], tmp_path / "inloggen")
    (tmp_path / "notitie.txt").write_text("geen artikel", encoding="utf-8")
    assert load_articles(tmp_path) == [SOUND]


def test_a_missing_folder_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(ArticleError, match="weg is not a folder with articles"):
        load_articles(tmp_path / "weg")


def test_a_file_in_another_encoding_is_refused_with_the_place(tmp_path: Path) -> None:
    (tmp_path / "oud.md").write_bytes("---\nslug: a\ntitle: Coördinator\n---\nx\n".encode("latin-1"))
    with pytest.raises(ArticleError, match=r"oud\.md: not UTF-8 text \(byte 21\)"):
        load_articles(tmp_path)


def test_two_files_with_the_same_slug_are_refused(tmp_path: Path) -> None:
    for folder in ("een", "twee"):
        saved([SOUND], tmp_path / folder)
    with pytest.raises(ArticleError, match="slug 'ww-vergeten' is used by another file too"):
        load_articles(tmp_path)


def test_every_shipped_article_is_in_the_file_of_its_slug() -> None:
    slugs = [article.slug for article in load_articles(SHIPPED_DATA / "faq")]
    assert sorted(slugs) == sorted(path.stem for path in (SHIPPED_DATA / "faq").glob("*.md"))


# --- lint -------------------------------------------------------------------------------------------------------


def test_a_sound_article_gets_no_remarks() -> None:
    assert lint([SOUND], TODAY) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"category": "overig"}, "category 'overig' does not exist"),
        ({"audience": ("iedereen", "conciërge")}, "audience 'conciërge' does not exist"),
        ({"body": "Lees [dit](bestaat-niet)."}, "links to 'bestaat-niet', which does not exist"),
        ({"see_also": ("weg",)}, "links to 'weg', which does not exist"),
        ({"keywords": ()}, "has no keywords"),
        ({"questions": ("een", "twee")}, "fewer than three example questions"),
        ({"title": "x" * 111}, "title has 111 characters"),
        ({"body": "Vraag het aan je beheerder."}, "says 'je'"),
        ({"body": "Jullie beheerder kan dit."}, "says 'Jullie'"),
        ({"body": "Bel 030-1234567."}, "telephone number (030-1234567)"),
        ({"body": "Bel 06 12345678."}, "telephone number (06 12345678)"),
        ({"body": "Bel +31 20 123 45 67."}, "telephone number (+31 20 123 45 67)"),
    ],
)
def test_the_lint_names_the_one_thing_an_editor_should_mend(changes: dict[str, object], complaint: str) -> None:
    (message,) = errors(**changes)
    assert complaint in message


@pytest.mark.parametrize(
    "body",
    [
        "De school met BRIN 01AB-00 en bestuursnummer 41234.",
        "Het IP-adres is 192.168.001.001.",
        "Uw objectief is bereikt.",
        "Zie https://www.basispoort.nl/nieuws/0612345678901.",
    ],
)
def test_numbers_and_words_that_only_look_forbidden_are_fine(body: str) -> None:
    assert errors(body=body) == []


def test_a_title_of_exactly_110_characters_is_fine() -> None:
    assert errors(title="x" * 110) == []


def test_a_link_between_two_articles_is_fine() -> None:
    other = dataclasses.replace(SOUND, slug="ander", see_also=("ww-vergeten",), body="Zie [dit](ww-vergeten).")
    assert lint([SOUND, other], TODAY) == []


def test_an_unverified_article_is_a_note_and_no_error() -> None:
    assert [finding.level for finding in findings(verified=False)] == ["note"]


def test_an_article_nobody_ever_reviewed_is_noted() -> None:
    assert notes(reviewed=None) == ["was never reviewed by a person"]


@pytest.mark.parametrize(("days", "count"), [(0, 0), (365, 0), (366, 1)])
def test_an_article_goes_stale_a_year_after_its_review(days: int, count: int) -> None:
    assert len(notes(reviewed=TODAY - timedelta(days=days))) == count


def test_a_remark_names_the_article_it_is_about() -> None:
    broken = dataclasses.replace(SOUND, slug="stuk", keywords=())
    assert [finding.slug for finding in lint([SOUND, broken], TODAY)] == ["stuk"]


def test_the_shipped_articles_have_nothing_to_mend() -> None:
    assert [finding for finding in lint(load_articles(SHIPPED_DATA / "faq"), TODAY) if finding.level == "error"] == []
