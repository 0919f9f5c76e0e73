"""Writing articles: what editors do, what schools see of it, and that nothing of it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from kb.article import Article, ArticleError, format_article
from kb.articles.editor import Editor, EditorError, publish_due
from kb.articles.library import CHECK_EVERY, Library
from kb.settings import SHIPPED_DATA
from kb.store import Base, get_articles, make_engine, put_articles

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
ARTICLE = Article("ww-vergeten", "Wachtwoord vergeten?", "Kies een nieuw wachtwoord.\n", keywords=("ww",))


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = make_engine(f"sqlite:///{tmp_path / 'wegwijzer.db'}")
    Base.metadata.create_all(opened)
    yield opened
    opened.dispose()


@pytest.fixture
def editor(engine: Engine) -> Editor:
    with Session(engine) as session, session.begin():
        put_articles(session, [ARTICLE])
    return Editor(engine, lambda: NOW)


def seen(engine: Engine) -> dict[str, str]:
    """What schools see: slug -> body."""
    with Session(engine) as session:
        return {article.slug: article.body for article in get_articles(session)}


def edited(editor: Editor, body: str, by: str = "sanne") -> int:
    draft = editor.open("ww-vergeten")
    return editor.save(draft.source.replace(draft.article.body, body), draft.latest, by)


def test_a_new_article_is_a_draft_that_schools_do_not_see(engine: Engine, editor: Editor) -> None:
    editor.create(Article("nieuw", "Een nieuwe vraag?", "Antwoord.\n"), "sanne")
    assert editor.open("nieuw").entry.state == "concept"
    assert "nieuw" not in seen(engine)


def test_a_slug_is_given_once(editor: Editor) -> None:
    with pytest.raises(EditorError, match="Er is al een artikel"):
        editor.create(ARTICLE, "sanne")


def test_schools_see_the_old_text_until_the_new_one_is_published(engine: Engine, editor: Editor) -> None:
    edited(editor, "Een ander antwoord.\n")
    assert seen(engine)["ww-vergeten"] == "Kies een nieuw wachtwoord.\n"
    assert editor.open("ww-vergeten").entry.changed
    editor.publish("ww-vergeten", "sanne")
    assert seen(engine)["ww-vergeten"] == "Een ander antwoord.\n"
    assert not editor.open("ww-vergeten").entry.changed


def test_an_article_without_an_answer_is_not_published(engine: Engine, editor: Editor) -> None:
    editor.create(Article("leeg", "Een vraag?", "\n"), "sanne")
    with pytest.raises(EditorError, match="nog geen tekst"):
        editor.publish("leeg", "sanne")
    assert "leeg" not in seen(engine)


def test_of_two_editors_the_second_is_warned_and_loses_nothing(editor: Editor) -> None:
    draft = editor.open("ww-vergeten")
    edited(editor, "Van de eerste.\n", by="sanne")
    with pytest.raises(EditorError, match="Iemand anders heeft intussen versie 2 bewaard"):
        editor.save(draft.source + "\nVan de tweede.\n", draft.latest, "omar")
    assert editor.open("ww-vergeten").article.body == "Van de eerste.\n"


def test_an_editor_goes_on_with_the_text_opened_when_a_colleague_saved_another(editor: Editor) -> None:
    begun = editor.open("ww-vergeten")
    edited(editor, "Van de eerste.\n", by="sanne")
    again = editor.open("ww-vergeten", begun.number)
    assert (again.article, again.number, again.latest, again.entry.saved_by) == (begun.article, 1, 2, "sanne")


def test_opening_a_version_that_never_was_says_so(editor: Editor) -> None:
    with pytest.raises(EditorError, match="Versie 9 bestaat niet"):
        editor.open("ww-vergeten", 9)


def test_saving_the_same_text_makes_no_new_version(editor: Editor) -> None:
    draft = editor.open("ww-vergeten")
    assert editor.save(draft.source, draft.latest, "sanne") == draft.latest


def test_text_that_cannot_be_read_is_refused_with_the_reason(editor: Editor) -> None:
    with pytest.raises(ArticleError, match="front matter"):
        editor.save("zomaar tekst", 1, "sanne")


def test_a_planned_text_is_published_at_its_moment_and_not_before(engine: Engine, editor: Editor) -> None:
    edited(editor, "Vanaf morgen.\n")
    editor.publish("ww-vergeten", "sanne", NOW + timedelta(hours=20))
    for hours, body in ((19, "Kies een nieuw wachtwoord.\n"), (20, "Vanaf morgen.\n")):
        with Session(engine) as session, session.begin():
            publish_due(session, NOW + timedelta(hours=hours))
        assert seen(engine)["ww-vergeten"] == body


def test_what_is_planned_is_the_text_of_then_even_when_it_is_edited_after(engine: Engine, editor: Editor) -> None:
    edited(editor, "Gepland.\n")
    editor.publish("ww-vergeten", "sanne", NOW + timedelta(hours=1))
    edited(editor, "Nog niet af.\n")
    with Session(engine) as session, session.begin():
        assert publish_due(session, NOW + timedelta(hours=2)) == 1
    assert seen(engine)["ww-vergeten"] == "Gepland.\n"
    assert editor.open("ww-vergeten").entry.changed


def test_an_archived_article_is_gone_for_schools_and_kept_for_editors(engine: Engine, editor: Editor) -> None:
    editor.archive("ww-vergeten", "sanne")
    assert seen(engine) == {}
    assert editor.open("ww-vergeten").article == ARTICLE


def test_an_earlier_text_comes_back_as_a_new_version(editor: Editor) -> None:
    edited(editor, "Fout antwoord.\n")
    assert editor.restore("ww-vergeten", 1, "omar") == 3
    draft = editor.open("ww-vergeten")
    assert draft.article == ARTICLE
    assert [(version.number, version.saved_by) for version in draft.versions] == [(3, "omar"), (2, "sanne"), (1, "import")]


def test_the_difference_names_the_lines_that_went_and_came(editor: Editor) -> None:
    edited(editor, "Een ander antwoord.\n")
    lines = editor.difference("ww-vergeten", 1, 2).splitlines()
    assert "-Kies een nieuw wachtwoord." in lines
    assert "+Een ander antwoord." in lines


def test_the_history_says_who_did_what(editor: Editor) -> None:
    edited(editor, "Een ander antwoord.\n")
    editor.publish("ww-vergeten", "omar")
    assert [(act.by, act.what) for act in editor.open("ww-vergeten").acts] == [
        ("omar", "gepubliceerd (versie 2)"),
        ("sanne", "bewaard (versie 2)"),
        ("import", "gepubliceerd (versie 1)"),
    ]


def test_notes_and_the_review_date_are_kept_and_are_no_part_of_the_article(engine: Engine, editor: Editor) -> None:
    editor.annotate("ww-vergeten", "Navragen bij de leverancier.", date(2027, 1, 15), "sanne")
    draft = editor.open("ww-vergeten")
    assert (draft.notes, draft.entry.review_by) == ("Navragen bij de leverancier.", date(2027, 1, 15))
    assert "Navragen" not in "".join(seen(engine).values()) + draft.source


def test_import_and_export_give_every_file_back_byte_by_byte(editor: Editor, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    odd = "\ufeff---\r\nslug: vreemd\r\ntitle:   'Een vraag?'\r\nkeywords: [a,   b]\r\n---\r\nTekst  met  spaties.\r\n\r\n\r\n"
    (folder / "vreemd.md").write_bytes(odd.encode())
    for path in list((SHIPPED_DATA / "faq").glob("*.md"))[:20]:
        (folder / path.name).write_bytes(path.read_bytes())
    editor.archive("ww-vergeten", "sanne")
    read, changed = editor.import_folder(folder, "import")
    assert read == changed == 21
    assert editor.export_folder(tmp_path / "out") == 21
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == {
        path.name: path.read_bytes() for path in folder.iterdir()
    }


def test_importing_again_changes_nothing(editor: Editor) -> None:
    editor.import_folder(SHIPPED_DATA / "faq", "import")
    assert editor.import_folder(SHIPPED_DATA / "faq", "import")[1] == 0


def test_a_published_change_is_found_by_every_running_library_within_seconds(engine: Engine, editor: Editor) -> None:
    """Two processes have two libraries; each looks at the database every CHECK_EVERY seconds."""
    moment = [0.0]
    libraries = [Library(engine, lambda: moment[0]) for _ in range(2)]
    assert [library.current().get("zonnebril") for library in libraries] == [None, None]
    editor.create(Article("zonnebril", "Waar is mijn zonnebril?", "In de la.\n"), "sanne")
    editor.publish("zonnebril", "sanne")
    moment[0] += CHECK_EVERY
    assert CHECK_EVERY <= 1  # the index takes a second on a busy machine, and five are allowed
    for library in libraries:
        assert library.current().search("zonnebril")[0].article.slug == "zonnebril"


def test_the_library_publishes_what_is_due(engine: Engine, editor: Editor) -> None:
    edited(editor, "Gepland voor vroeger.\n")
    editor.publish("ww-vergeten", "sanne", NOW + timedelta(seconds=1))
    article = Library(engine).current().get("ww-vergeten")
    assert article is not None
    assert article.body == ("Gepland voor vroeger.\n" if datetime.now(UTC) > NOW else "Kies een nieuw wachtwoord.\n")


@pytest.mark.parametrize("act", ["open", "publish", "archive", "restore"])
def test_an_act_on_an_article_that_is_not_there_says_so(editor: Editor, act: str) -> None:
    arguments = {"open": (), "publish": ("sanne",), "archive": ("sanne",), "restore": (1, "sanne")}[act]
    with pytest.raises(EditorError, match="geen artikel met de naam ‘weg’"):
        getattr(editor, act)("weg", *arguments)


def test_the_source_of_an_article_published_from_code_is_its_standard_form(editor: Editor) -> None:
    assert editor.open("ww-vergeten").source == format_article(ARTICLE)
