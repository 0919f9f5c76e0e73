"""Pieces that several pages show, with what has to be worked out for them; the HTML itself is in templates/."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from kb.article import Article
from kb.pages.addresses import article_link, link, mail_link
from kb.pages.markdown import to_html
from kb.pages.templates import SHARED, render
from kb.pages.words import items
from kb.search.search import MAX_QUERY, clean_query
from kb.settings import settings

MOST_IN_MAIL = 1000  # characters of a question in a mailto: address; some mail programs take no longer ones


def contact_address(query: str = "") -> str:
    """The address of the contact step, where likely answers are shown first."""
    return link("/contact", q=clean_query(query))


def long_note(query: str) -> Markup:
    """A line that says only the first part of a long text was searched; "" when all of it was."""
    if len(" ".join(query.split())) <= MAX_QUERY:
        return Markup()
    return render(SHARED, "long_note", most=MAX_QUERY)


def body_of(article: Article) -> Markup:
    """The text of an article; links between articles stay within the site."""
    return to_html(article.body, article_link)


def mail_panel(question: str, ask: Sequence[str]) -> Markup:
    """The mail address, and what to put in the mail; `ask` is what the help desk needs to know about this subject."""
    address, wanted = settings().help_address, [*items("contact_items"), *ask]
    told = question if len(question) <= MOST_IN_MAIL else f"{question[:MOST_IN_MAIL]} …"
    body = "\r\n".join([told, "", *(f"- {item}:" for item in [*items("contact_items")[:2], *ask])])
    mail = mail_link(address, clean_query(question)[:80], body)
    return render("contact.html", "mail_panel", address=address, ask=wanted, cut=told != question, mail=mail)
