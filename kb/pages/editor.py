"""The editor's pages: all articles, and one article with its text, preview, versions and history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from html import escape
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from kb.article import AUDIENCES, Article, ArticleError, format_article
from kb.articles.editor import Draft, Editor, Entry
from kb.articles.linter import Finding, broken_links, lint
from kb.pages.markup import article_body, article_list, link
from kb.pages.shelf import engine, knowledge
from kb.pages.words import group, number_of, say, t
from kb.search.language import fold

HERE = ZoneInfo("Europe/Amsterdam")
STATE_STYLE = {"concept": "ww-doubt", "gepubliceerd": "ww-good", "gearchiveerd": "ww-plain"}
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


def when(moment: datetime) -> str:
    """A moment as people here write it."""
    return moment.astimezone(HERE).strftime("%d-%m-%Y %H:%M")


def remark(finding: Finding) -> str:
    """A remark of the linter in the editor's language."""
    return group("lint")[finding.rule].format(detail=finding.detail)


def _list(editor: Editor, author: str) -> None:
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(t('editor_title'))}</h1>")
    entries = editor.entries()
    today = datetime.now(HERE).date()
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    words = left.text_input(t("editor_find"), key="vind", live=True) or ""
    states = ["", "concept", "gewijzigd", "nakijken", "gepubliceerd", "gearchiveerd"]
    state = right.selectbox(
        t("status"), states, key="stand", bind="query-params", format_func=lambda name: group("article_states")[name or "alle"]
    )
    chosen = [
        entry for entry in entries if _fits(entry, state or "", today) and words.lower() in f"{entry.title} {entry.slug}".lower()
    ]
    st.html(f'<p class="ww-meta" role="status">{escape(number_of("category_count", len(chosen)))}</p>')
    st.html(_table(chosen, today))
    _problems()
    with st.expander(t("editor_new")):
        _new(editor, author)


def _fits(entry: Entry, state: str, today: date) -> bool:
    if state == "gewijzigd":
        return entry.changed
    if state == "nakijken":
        return entry.review_by is not None and entry.review_by <= today
    return not state or entry.state == state


def _table(entries: Sequence[Entry], today: date) -> str:
    names = group("article_states")
    rows = []
    for entry in entries:
        marks = [f'<span class="ww-status {STATE_STYLE[entry.state]}">{escape(names[entry.state])}</span>']
        if entry.changed:
            marks.append(f'<span class="ww-status ww-doubt">{escape(names["gewijzigd"])}</span>')
        if entry.publish_at:
            marks.append(f'<span class="ww-status ww-plain">{escape(t("editor_planned", at=when(entry.publish_at)))}</span>')
        if entry.review_by and entry.review_by <= today:
            marks.append(f'<span class="ww-status ww-bad">{escape(names["nakijken"])}</span>')
        rows.append(
            f'<tr><td><a href="{escape(link("/redactie", slug=entry.slug))}" target="_self">{escape(entry.title)}</a></td>'
            f"<td>{escape(group('categories').get(entry.category, entry.category))}</td><td>{' '.join(marks)}</td>"
            f"<td>{escape(entry.saved_by)}, {when(entry.saved_at)}</td></tr>"
        )
    heads = "".join(
        f'<th scope="col">{escape(t(name))}</th>'
        for name in ("editor_col_title", "filter_category", "status", "editor_col_saved")
    )
    return f'<div class="ww-scroll"><table class="ww-table ww-cards"><thead><tr>{heads}</tr></thead><tbody>{"".join(rows)}</tbody></table></div>'


def _problems() -> None:
    """What the linter holds against the published articles: broken links first."""
    found = [finding for finding in lint(knowledge().articles, datetime.now(HERE).date()) if finding.level == "error"]
    if found:
        lines = "".join(
            f'<li><a href="{escape(link("/redactie", slug=one.slug))}" target="_self">{escape(one.slug)}</a>: {escape(remark(one))}</li>'
            for one in found
        )
        st.html(f'<div class="ww-note"><strong>{escape(t("editor_problems"))}</strong><ul>{lines}</ul></div>')


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
            editor.create(Article(slug, title.strip(), "\n"), author)
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
        st.html(f'<div class="ww-note"><strong>{escape(t("editor_similar"))}</strong>{article_list(near)}</div>')


def _article(editor: Editor, slug: str, author: str) -> None:
    st.html(f'<p><a href="{escape(link("/redactie"))}" target="_self">← {escape(t("editor_back"))}</a></p>')
    opened = f"editor-opened-{slug}"  # the text this editor began with, also when a colleague saves another meanwhile
    try:
        draft = editor.open(slug, st.session_state.get(opened))
    except ArticleError as error:
        say(str(error), "ww-bad")
        return
    st.session_state[opened] = draft.number
    names = group("article_states")
    state = f'<span class="ww-status {STATE_STYLE[draft.entry.state]}">{escape(names[draft.entry.state])}</span>'
    if draft.entry.changed:
        state += f' <span class="ww-status ww-doubt">{escape(names["gewijzigd"])}</span>'
    if draft.entry.publish_at:
        state += f' <span class="ww-status ww-plain">{escape(t("editor_planned", at=when(draft.entry.publish_at)))}</span>'
    st.html(f"<h1 class='ww-lead' style='margin-top:0'>{escape(draft.article.title)}</h1><p>{state}</p>")
    with st.container():  # keeps the place of all below it when a message comes or goes
        if message := st.session_state.pop("editor-message", ""):
            say(message, "ww-good")
        _overtaken(draft)
    left, right = st.columns([1, 1], gap="large")
    with left:
        article = _fields(draft)
        _actions(editor, draft, article, author)
    with right:
        st.html(f'<h2>{escape(t("editor_preview"))}</h2><div class="ww-preview">{article_body(article)}</div>')
        findings = lint([article, *(other for other in knowledge().articles if other.slug != slug)], datetime.now(HERE).date())
        own = [finding for finding in findings if finding.slug == slug]
        if own:
            lines = "".join(f"<li>{escape(remark(finding))}</li>" for finding in own)
            st.html(f'<div class="ww-note"><strong>{escape(t("editor_remarks"))}</strong><ul>{lines}</ul></div>')
        _similar(f"{article.title} {' '.join(article.questions[:3])}"[:300], slug)
    _aside(editor, draft, author)
    _versions(editor, draft, author)


def _overtaken(draft: Draft) -> None:
    """Say that a colleague saved another text since this one was opened."""
    if draft.number != draft.latest:
        say(t("editor_overtaken", by=draft.entry.saved_by, number=draft.latest), "ww-doubt")
        if st.button(t("editor_open_newest", number=draft.latest)):
            _let_go(draft.entry.slug)
            st.rerun()


def _fields(draft: Draft) -> Article:
    """The form; returns the article as it stands in it."""
    old, key = draft.article, f"{draft.entry.slug}-{draft.number}"
    categories = list(group("categories"))
    title = st.text_input(t("editor_question"), old.title, key=f"{key}-title", max_chars=110, live=True)
    with st.container(key=LIVE, gap=None):
        body = st.text_area(t("editor_body"), old.body.strip(), key=f"{key}-body", height=340)
        st.html(f"<script>{LIVE_SCRIPT.read_text(encoding='utf-8')}</script>", unsafe_allow_javascript=True)
    st.html(f'<p class="ww-meta">{escape(t("editor_body_help"))}</p>')
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
        AUDIENCES,
        [name for name in old.audience if name in AUDIENCES],
        key=f"{key}-audience",
        format_func=lambda name: group("audiences").get(name, t("audience_all")),
    )
    lists = {
        name: tuple(
            line.strip()
            for line in (
                st.text_area(t(f"editor_{name}"), "\n".join(getattr(old, name)), key=f"{key}-{name}", height=120) or ""
            ).splitlines()
            if line.strip()
        )
        for name in _LINES
    }
    summary = st.text_area(t("editor_summary_en"), old.summary_en, key=f"{key}-summary", height=100)
    verified = st.checkbox(t("editor_verified"), old.verified, key=f"{key}-verified")
    today = datetime.now(HERE).date()
    last = old.reviewed.strftime("%d-%m-%Y") if old.reviewed else t("editor_never_reviewed")
    reviewed = st.checkbox(
        t("editor_reviewed", last=last), old.reviewed == today, key=f"{key}-reviewed", disabled=old.reviewed == today
    )
    return replace(
        old,
        title=(title or "").strip() or old.title,
        body=(body or "").strip() + "\n",
        category=category or old.category,
        audience=tuple(audience) or ("iedereen",),
        summary_en=(summary or "").strip(),
        verified=verified,
        reviewed=today if reviewed else old.reviewed,
        **lists,  # type: ignore[arg-type]
    )


def _actions(editor: Editor, draft: Draft, article: Article, author: str) -> None:
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
            editor.save(source, draft.number, author)
            editor.publish(draft.entry.slug, author)
            _let_go(draft.entry.slug)
            _done(t("editor_published"))
        if plan and moment is not None:
            editor.save(source, draft.number, author)
            at = moment.replace(tzinfo=HERE).astimezone(UTC)
            editor.publish(draft.entry.slug, author, at)
            _let_go(draft.entry.slug)
            _done(t("editor_planned", at=when(at)))
        if archive:
            editor.archive(draft.entry.slug, author)
            _done(t("editor_archived"))
    except ArticleError as error:
        with reply:
            say(str(error), "ww-bad")


def _agree_to_broken_links(article: Article, key: str) -> bool:
    """Whether it may be published: no link leads nowhere, or the editor ticks that these may."""
    broken = ", ".join(broken_links(article, {article.slug, *(other.slug for other in knowledge().articles)}))
    if not broken:
        return True
    st.html(f'<p class="ww-note">{escape(t("editor_links_nowhere", names=broken))}</p>')
    return st.checkbox(t("editor_links_anyway"), key=f"{key}-anyway-{broken}")


def _let_go(slug: str) -> None:
    """Go on with the newest text of an article."""
    st.session_state.pop(f"editor-opened-{slug}", None)


def _done(message: str) -> None:
    st.session_state["editor-message"] = message
    st.rerun()


def _aside(editor: Editor, draft: Draft, author: str) -> None:
    with st.expander(t("editor_notes"), expanded=bool(draft.notes)), st.form(f"{draft.entry.slug}-notes", border=False):
        notes = st.text_area(t("editor_notes_label"), draft.notes, height=100)
        review = st.date_input(t("editor_review_by"), draft.entry.review_by, format="DD/MM/YYYY")
        if st.form_submit_button(t("save")):
            editor.annotate(draft.entry.slug, notes or "", review if isinstance(review, date) else None, author)
            _done(t("saved"))


def _versions(editor: Editor, draft: Draft, author: str) -> None:
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
        st.html(_difference(difference) if difference else f'<p class="ww-meta">{escape(t("editor_no_difference"))}</p>')
        if st.button(t("editor_restore", number=old), disabled=old == draft.latest):
            editor.restore(draft.entry.slug, old or numbers[-1], author)
            _let_go(draft.entry.slug)
            _done(t("editor_restored", number=old))
        acts = "".join(f"<li>{when(act.at)} · {escape(act.by)}: {escape(act.what)}</li>" for act in draft.acts)
        st.html(f"<h3>{escape(t('history'))}</h3><ul>{acts}</ul>")


def _difference(text: str) -> str:
    signs = {"+": "ww-added", "-": "ww-removed"}
    lines = [
        f'<div class="{signs.get(line[:1], "")}">{escape(line) or "&nbsp;"}</div>'
        for line in text.splitlines()
        if not line.startswith(("---", "+++", "@@"))
    ]
    return f'<div class="ww-diff" role="region" aria-label="{escape(t("editor_difference"))}">{"".join(lines)}</div>'


def midnight(day: date) -> datetime:
    """The beginning of a day here, in UTC."""
    return datetime.combine(day, time(), HERE).astimezone(UTC)
