"""HTML for the public pages. Every value is escaped here; nothing else makes HTML from content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from urllib.parse import quote, urlencode

from kb.article import Article
from kb.articles.announcements import Notice
from kb.pages.markdown import to_html
from kb.pages.words import group, items, language, number_of, t
from kb.search.search import MAX_QUERY, Hit, clean_query
from kb.settings import settings

EMPTY_FORMS = {  # slug of an article -> file name of the form to fill in by hand
    "eerste-beheerder-aanvragen": "aanvraag-eerste-beheerder.pdf",
    "schoolaccount-nieuw-aanvragen": "aanvraag-schoolaccount.pdf",
}
MOST_IN_MAIL = 1000  # characters of a question in a mailto: address; some mail programs take no longer ones


def link(path: str, **query: str) -> str:
    """The address of a page, in the language of this visit."""
    wanted = {name: value for name, value in query.items() if value}
    if language() != "nl":
        wanted["lang"] = language()
    return path + (f"?{urlencode(wanted)}" if wanted else "")


def article_link(slug: str, search: int | None = None) -> str:
    """The address of an article; `search` is the number of the search it was found with."""
    return link("/artikel", slug=slug, zoek=str(search) if search else "")


def top_bar(extra: Sequence[tuple[str, str]] = (), **query: str) -> str:
    """The bar above every page: the name, what it is, links, the other language. `query` says what this page shows."""
    other = "en" if language() == "nl" else "nl"
    query_here = urlencode({**{name: value for name, value in query.items() if value}, "lang": other})
    links = [*extra, (f"?{query_here}", t("language_other"))]
    shown = "".join(f'<a href="{escape(url)}" target="_self">{escape(words)}</a>' for url, words in links)
    return (
        f'<a class="ww-skip" href="#ww-main">{escape(t("skip"))}</a><div class="ww-top">'
        f'<a class="ww-brand" href="{escape(link("/"))}" target="_self">{escape(t("site"))}</a>'
        f'<span class="ww-tagline">{escape(t("tagline"))}</span><nav aria-label="{escape(t("site"))}">{shown}</nav></div>'
        '<div id="ww-main" tabindex="-1"></div>'
    )


def notices_bar(notices: Sequence[Notice]) -> str:
    """The important messages of this moment."""
    cards = []
    for notice in notices:
        text = notice.text_en if language() == "en" and notice.text_en else notice.text_nl
        more = (
            f' <a href="{escape(article_link(notice.slug))}" target="_self">{escape(t("notice_more"))}</a>' if notice.slug else ""
        )
        cards.append(f'<p class="ww-notice"><strong>{escape(t("notice"))}</strong> {escape(text)}{more}</p>')
    return f'<aside aria-label="{escape(t("notice"))}">{"".join(cards)}</aside>' if cards else ""


def hit_card(hit: Hit, search: int | None = None) -> str:
    """One search result. Its title and snippet come escaped out of the search."""
    category = group("categories").get(hit.article.category, hit.article.category)
    why = "; ".join(group("reasons")[reason.name].format(*reason.words) for reason in hit.reasons)
    return (
        f'<article class="ww-hit"><h2><a href="{escape(article_link(hit.article.slug, search))}" target="_self">{hit.title}</a></h2>'
        f'<p>{hit.snippet}</p><small><span class="ww-tag">{escape(category)}</span>{escape(t("why", why=why))}</small></article>'
    )


def long_note(query: str) -> str:
    """A line that says only the first part of a long text was searched; "" when all of it was."""
    if len(" ".join(query.split())) <= MAX_QUERY:
        return ""
    return f'<p class="ww-note" role="status">{escape(t("search_long", count=MAX_QUERY))}</p>'


def category_grid(articles: Sequence[Article]) -> str:
    """All categories with how much they hold."""
    cells = []
    for name, title in group("categories").items():
        count = sum(article.category == name for article in articles)
        if count:
            address = escape(link("/", onderwerp=name))
            cells.append(
                f'<li><a href="{address}" target="_self"><strong>{escape(title)}</strong>{escape(number_of("category_count", count))}</a></li>'
            )
    return f'<ul class="ww-grid">{"".join(cells)}</ul>'


def article_list(articles: Sequence[Article]) -> str:
    """Titles that link to their articles."""
    lines = [f'<li><a href="{escape(article_link(a.slug))}" target="_self">{escape(a.title)}</a></li>' for a in articles]
    return f'<ul class="ww-list">{"".join(lines)}</ul>'


def article_body(article: Article) -> str:
    """An article as HTML; links between articles stay within the site."""
    html = to_html(article.body, article_link)
    tags = "".join(f'<span class="ww-tag">{escape(word)}</span>' for word in _tags(article))
    note = "" if article.verified else f'<p class="ww-note">{escape(t("unverified"))}</p>'
    return f'<div class="ww-article"><h1>{escape(article.title)}</h1><p>{tags}</p>{note}{html}</div>'


def _tags(article: Article) -> list[str]:
    names = group("audiences")
    return [group("categories").get(article.category, article.category), *(names[a] for a in article.audience if a in names)]


def contact_panel(query: str = "") -> str:
    """The way to the help desk when no answer was found: first the contact step, which shows likely answers."""
    return (
        f'<section class="ww-panel" aria-labelledby="ww-contact"><h2 id="ww-contact">{escape(t("contact_title"))}</h2>'
        f'<p>{escape(t("contact_first"))}</p><a class="ww-button" href="{escape(link("/contact", q=clean_query(query)))}" target="_self">'
        f"{escape(t('contact_ask'))}</a></section>"
    )


def mail_panel(question: str, ask: Sequence[str]) -> str:
    """The mail address, and what to put in the mail; `ask` is what the help desk needs to know about this subject."""
    address = settings().help_address
    shown = f'<a href="mailto:{escape(address)}">{escape(address)}</a>'
    intro = escape(t("contact_text", address=address)).replace(escape(address), shown)
    wanted = "".join(f"<li>{escape(item)}</li>" for item in [*items("contact_items"), *ask])
    told = question if len(question) <= MOST_IN_MAIL else f"{question[:MOST_IN_MAIL]} …"
    body = "\r\n".join([told, "", *(f"- {item}:" for item in [*items("contact_items")[:2], *ask])])
    note = f'<p class="ww-note">{escape(t("mail_long"))}</p>' if told != question else ""
    mail = f"mailto:{address}?{urlencode({'subject': clean_query(question)[:80], 'body': body}, quote_via=quote)}"
    return (
        f'<section class="ww-panel" aria-labelledby="ww-mail"><h2 id="ww-mail">{escape(t("mail_title"))}</h2>'
        f"<p>{intro}</p><ul>{wanted}</ul><p>{escape(t('contact_never'))} {escape(t('contact_parent'))}</p>"
        f'{note}<a class="ww-button" href="{escape(mail)}">{escape(t("contact_button"))}</a></section>'
    )


def form_links(slug: str, online: Mapping[str, str]) -> str:
    """The ways to the form that belongs to an article: made online, or downloaded empty where there is such a file.

    `online` tells the kind of request by the slug of its article.
    """
    if slug not in online:
        return ""
    buttons = f'<a class="ww-button" href="{escape(link("/aanvraag", soort=online[slug]))}" target="_self">{escape(t("form_online"))}</a>'
    if slug in EMPTY_FORMS:
        buttons += f' <a style="margin-left:.8rem" href="/formulieren/{EMPTY_FORMS[slug]}" download>{escape(t("form_empty"))}</a>'
    return f"<p>{buttons}</p>"
