"""The addresses of the pages, in the language of the visit, and of mails to the help desk."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from kb.pages.words import language, load_words
from kb.settings import organisation


def link(path: str, **query: str) -> str:
    """The address of a page, in the language of this visit."""
    wanted = {name: value for name, value in query.items() if value}
    if language() != organisation().language:
        wanted["lang"] = language()
    return path + (f"?{urlencode(wanted)}" if wanted else "")


def article_link(slug: str, search: int | None = None) -> str:
    """The address of an article; `search` is the number of the search it was found with."""
    return link("/artikel", slug=slug, zoek=str(search) if search else "")


def in_other_languages(**query: str) -> list[tuple[str, str]]:
    """The addresses of the page that shows this in the languages that this visit is not in, each with the name of its language."""
    wanted = {name: value for name, value in query.items() if value}
    others = (one for one in organisation().languages if one != language())
    return [(f"?{urlencode({**wanted, 'lang': other})}", str(load_words(other)["language_name"])) for other in others]


def mail_link(address: str, subject: str, body: str) -> str:
    """What opens a new mail in the visitor's own program."""
    return f"mailto:{address}?{urlencode({'subject': subject, 'body': body}, quote_via=quote)}"
