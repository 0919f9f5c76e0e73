"""The editor's pages: all articles, and one article with its text, preview, versions and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import streamlit as st

from kb.article import EVERYBODY, Article, ArticleError, format_article
from kb.articles.editor import Editor, Entry, OpenedArticle
from kb.articles.linter import broken_links, lint
from kb.pages.markup import body_of
from kb.pages.shelf import engine, knowledge
from kb.pages.templates import SHARED, run_script, say, show
from kb.pages.words import group, moment_here, now_here, number_of, t, when
from kb.search.language import fold
from kb.settings import organisation

LIVE = "ww-live"  # the field whose text is shown in the preview while it is typed; live.js finds it by this name
LIVE_SCRIPT = Path(__file__).parent / "live.js"
_LINES = ("keywords", "questions", "see_also", "ask", "sources")


def editor_page(author: str) -> None:
    """Lay out the list, or the article of ?slug=…; `author` is who is signed in."""
    editor = Editor(engine())
    slug = st.query_params.get("slug", "")
    if slug:
        _article(editor, slug, author)
    else:
        _list(editor, author)


def _list(editor: Editor, author: str) -> None:
    show(SHARED, "lead", words=t("editor_title"))
    entries = editor.entries()
    today = now_here().date()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    words = left.text_input(t("editor_find"), key="vind", live=True) or ""
    states = ["", "concept", "gewijzigd", "nakijken", "gepubliceerd", "gearchiveerd"]
    state = right.selectbox(
        t("status"), states, key="stand", bind="query-params", format_func=lambda name: group("article_states")[name or "alle"]
    )
    chosen = [
        entry for entry in entries if _fits(entry, state or "", today) and words.lower() in f"{entry.title} {entry.slug}".lower()
    ]
    show(SHARED, "meta", words=number_of("category_count", len(chosen)), told=True)
    show("editor.html", "table", entries=chosen, today=today)
    _problems()
    with st.expander(t("editor_new")):
        _new(editor, author)


def _fits(entry: Entry, state: str, today: date) -> bool:
    if state == "gewijzigd":
        return entry.changed
    if state == "nakijken":
        return entry.review_by is not None and entry.review_by <= today
    return not state or entry.state == state


def _problems() -> None:
    """What the linter holds against the published articles: broken links first."""
    found = [finding for finding in lint(knowledge().articles, now_here().date()) if finding.level == "error"]
    if found:
        show("editor.html", "problems", findings=found)


def _new(editor: Editor, author: str) -> None:
    title = st.text_input(t("editor_question"), key="nieuw-titel", max_chars=110) or ""
    if title:
        _similar(title)
    if st.button(t("editor_create"), type="primary"):
        slug = slug_for(title)
        if not slug:
            say(t("editor_no_question"), "ww-bad")
            return
        try:
            editor.create(Article(slug, title.strip(), "\n", category=organisation().categories[0]), author)
        except ArticleError as error:
            say(str(error), "ww-bad")
            return
        go_to(slug)


def slug_for(title: str) -> str:
    """A name for URLs made of a question: 'Wat is 2FA?' -> 'wat-is-2fa'."""
    words = "".join(char if char.isascii() and char.isalnum() else " " for char in fold(title)).split()
    return "-".join(words[:8])


def go_to(slug: str) -> None:
    """Open an article in the editor."""
    st.query_params["slug"] = slug
    st.rerun()


def _similar(text: str, own: str = "") -> None:
    """Articles that may answer the same question already."""
    near = [hit.article for hit in knowledge().search(text, 4) if hit.article.slug != own][:3]
    if near:
        show("editor.html", "similar", articles=near)


def _article(editor: Editor, slug: str, author: str) -> None:
    show(SHARED, "back", path="/redactie", words=t("editor_back"))
    opened = f"editor-opened-{slug}"  # the text this editor began with, also when a colleague saves another meanwhile
    try:
        draft = editor.open(slug, st.session_state.get(opened))
    except ArticleError as error:
        say(str(error), "ww-bad")
        return
    st.session_state[opened] = draft.number
    show("editor.html", "title", draft=draft)
    with st.container():  # keeps the place of all below it when a message comes or goes
        if message := st.session_state.pop("editor-message", ""):
            say(message, "ww-good")
        _overtaken(draft)
    left, right = st.columns([1, 1], gap="large")
    with left:
        article = _fields(draft)
        _actions(editor, draft, article, author)
    with right:
        show("editor.html", "preview", article=article, body=body_of(article))
        findings = lint([article, *(other for other in knowledge().articles if other.slug != slug)], now_here().date())
        own = [finding for finding in findings if finding.slug == slug]
        if own:
            show("editor.html", "remarks", findings=own)
        _similar(f"{article.title} {' '.join(article.questions[:3])}"[:300], slug)
    _aside(editor, draft, author)
    _versions(editor, draft, author)


def _overtaken(draft: OpenedArticle) -> None:
    """Say that a colleague saved another text since this one was opened."""
    if draft.number != draft.latest:
        say(t("editor_overtaken", by=draft.entry.saved_by, number=draft.latest), "ww-doubt")
        if st.button(t("editor_open_newest", number=draft.latest)):
            _let_go(draft.entry.slug)
            st.rerun()


def _fields(draft: OpenedArticle) -> Article:
    """The form; returns the article as it stands in it."""
    old, key = draft.article, f"{draft.entry.slug}-{draft.number}"
    title = st.text_input(t("editor_question"), old.title, key=f"{key}-title", max_chars=110, live=True)
    with st.container(key=LIVE, gap=None):
        body = st.text_area(t("editor_body"), old.body.strip(), key=f"{key}-body", height=340)
        run_script(LIVE_SCRIPT)
    show(SHARED, "meta", words=t("editor_body_help"))
    category, audience = _category_and_audience(old, key)
    lists = {name: _lines(name, getattr(old, name), key) for name in _LINES}
    summary = old.summary_en
    if organisation().also_english:
        summary = st.text_area(t("editor_summary_en"), old.summary_en, key=f"{key}-summary", height=100)
    verified = st.checkbox(t("editor_verified"), old.verified, key=f"{key}-verified")
    today = now_here().date()
    last = old.reviewed.strftime("%d-%m-%Y") if old.reviewed else t("editor_never_reviewed")
    reviewed = st.checkbox(
        t("editor_reviewed", last=last), old.reviewed == today, key=f"{key}-reviewed", disabled=old.reviewed == today
    )
    return replace(
        old,
        title=(title or "").strip() or old.title,
        body=(body or "").strip() + "\n",
        category=category,
        audience=audience,
        summary_en=(summary or "").strip(),
        verified=verified,
        reviewed=today if reviewed else old.reviewed,
        **lists,  # type: ignore[arg-type]
    )


def _category_and_audience(old: Article, key: str) -> tuple[str, tuple[str, ...]]:
    """Which subject an article belongs to, and for whom it is."""
    categories, audiences = organisation().categories, [EVERYBODY, *organisation().audiences]
    left, right = st.columns(2)
    category = left.selectbox(
        t("filter_category"),
        categories,
        categories.index(old.category) if old.category in categories else 0,
        key=f"{key}-category",
        format_func=lambda name: group("categories")[name],
    )
    audience = right.multiselect(
        t("editor_audience"),
        audiences,
        [name for name in old.audience if name in audiences],
        key=f"{key}-audience",
        format_func=lambda name: group("audiences").get(name, t("audience_all")),
    )
    return category or old.category, tuple(audience) or (EVERYBODY,)


def _lines(name: str, old: Sequence[str], key: str) -> tuple[str, ...]:
    """A field with one thing on each line."""
    typed = st.text_area(t(f"editor_{name}"), "\n".join(old), key=f"{key}-{name}", height=120) or ""
    return tuple(line.strip() for line in typed.splitlines() if line.strip())


def _actions(editor: Editor, draft: OpenedArticle, article: Article, author: str) -> None:
    source = draft.source if article == draft.article else format_article(article)
    agreed = _agree_to_broken_links(article, f"{draft.entry.slug}-{draft.number}")
    reply = st.container()  # above the button that is pressed: what comes below it may be out of sight
    with st.container(horizontal=True):
        save = st.button(t("save"), disabled=source == draft.source)
        publish = st.button(t("editor_publish"), type="primary")
        archive = st.button(t("editor_archive"), disabled=draft.entry.state == "gearchiveerd")
    with st.expander(t("editor_plan")):
        moment = st.datetime_input(t("editor_plan_at"), value=None, key=f"{draft.entry.slug}-plan", format="DD/MM/YYYY")
        reply_to_plan = st.container()
        plan = st.button(t("editor_plan_button"))
    reply = reply_to_plan if plan else reply
    missing = {
        "editor_no_moment": plan and moment is None,
        "editor_no_text": (publish or plan) and not article.body.strip(),
        "editor_broken_links": (publish or plan) and not agreed,
    }
    if refusal := next((name for name, found in missing.items() if found), ""):
        with reply:  # before anything is kept: what is on the page stays what the editor goes on with
            say(t(refusal), "ww-bad")
        return
    try:
        if save:
            editor.save(source, draft.number, author)
            _let_go(draft.entry.slug)
            _done(t("saved"))
        if publish:
            _publish(editor, draft, source, author)
        if plan and moment is not None:
            _publish(editor, draft, source, author, moment_here(moment))
        if archive:
            editor.archive(draft.entry.slug, author)
            _done(t("editor_archived"))
    except ArticleError as error:
        with reply:
            say(str(error), "ww-bad")


def _publish(editor: Editor, draft: OpenedArticle, source: str, author: str, at: datetime | None = None) -> None:
    """Keep the text and let schools see it, now or at a later moment."""
    editor.save(source, draft.number, author)
    editor.publish(draft.entry.slug, author, at)
    _let_go(draft.entry.slug)
    _done(t("editor_planned", at=when(at)) if at else t("editor_published"))


def _agree_to_broken_links(article: Article, key: str) -> bool:
    """Whether it may be published: no link leads nowhere, or the editor ticks that these may."""
    broken = ", ".join(broken_links(article, {article.slug, *(other.slug for other in knowledge().articles)}))
    if not broken:
        return True
    show(SHARED, "note", words=t("editor_links_nowhere", names=broken))
    return st.checkbox(t("editor_links_anyway"), key=f"{key}-anyway-{broken}")


def _let_go(slug: str) -> None:
    """Go on with the newest text of an article."""
    st.session_state.pop(f"editor-opened-{slug}", None)


def _done(message: str) -> None:
    st.session_state["editor-message"] = message
    st.rerun()


def _aside(editor: Editor, draft: OpenedArticle, author: str) -> None:
    with st.expander(t("editor_notes"), expanded=bool(draft.notes)), st.form(f"{draft.entry.slug}-notes", border=False):
        notes = st.text_area(t("editor_notes_label"), draft.notes, height=100)
        review = st.date_input(t("editor_review_by"), draft.entry.review_by, format="DD/MM/YYYY")
        if st.form_submit_button(t("save")):
            editor.annotate(draft.entry.slug, notes or "", review if isinstance(review, date) else None, author)
            _done(t("saved"))


def _versions(editor: Editor, draft: OpenedArticle, author: str) -> None:
    with st.expander(t("editor_versions", count=len(draft.versions))):
        numbers = [version.number for version in draft.versions]
        labels = {
            version.number: f"{version.number} · {version.saved_by} · {when(version.saved_at)}"
            + (f" · {t('editor_shown')}" if version.shown else "")
            for version in draft.versions
        }
        left, right = st.columns(2)
        key = f"{draft.entry.slug}-{draft.latest}"  # a new version is compared with the one before it, whatever was chosen then
        before = min(1, len(numbers) - 1)
        old = left.selectbox(t("editor_older"), numbers, before, format_func=lambda n: labels[n], key=f"{key}-older")
        new = right.selectbox(t("editor_newer"), numbers, 0, format_func=lambda n: labels[n], key=f"{key}-newer")
        difference = editor.difference(draft.entry.slug, old or numbers[-1], new or numbers[0])
        if difference:
            show("editor.html", "difference", lines=_difference(difference))
        else:
            show(SHARED, "meta", words=t("editor_no_difference"))
        if st.button(t("editor_restore", number=old), disabled=old == draft.latest):
            editor.restore(draft.entry.slug, old or numbers[-1], author)
            _let_go(draft.entry.slug)
            _done(t("editor_restored", number=old))
        show("editor.html", "history", acts=draft.acts)


def _difference(text: str) -> list[str]:
    """The lines of a difference, without its own heads."""
    return [line for line in text.splitlines() if not line.startswith(("---", "+++", "@@"))]
