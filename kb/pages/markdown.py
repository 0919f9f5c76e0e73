"""Markdown of articles as HTML: links between articles stay on the site, bare addresses can be clicked, raw HTML is shown as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from linkify_it import LinkifyIt
from markdown_it import MarkdownIt
from markupsafe import Markup

from kb.article import SLUG
from kb.settings import organisation

_HREF = re.compile(r'href="([^"]+)"')


class _Linkify(LinkifyIt):  # type: ignore[misc]
    """Finds bare addresses; one without a scheme is opened over https, not http."""

    def normalize(self, match: Any) -> None:
        """Give a match its full address."""
        if match.schema:
            super().normalize(match)
        else:
            match.url = f"https://{match.url}"


@cache
def _markdown(endings: tuple[str, ...]) -> MarkdownIt:
    # With all endings that exist, names of files such as lees.md would become web sites.
    markdown = MarkdownIt("commonmark", {"html": False, "linkify": True}).enable("linkify")
    markdown.linkify = _Linkify().tlds(list(endings))
    return markdown


def to_html(body: str, to_article: Callable[[str], str]) -> Markup:
    """An article's body as HTML; `to_article` gives the address of an article."""

    def address(match: re.Match[str]) -> str:
        target = match[1]
        if SLUG.fullmatch(target):
            return Markup('href="{}" target="_self"').format(to_article(target))
        return f'href="{target}" rel="noopener"'

    return Markup(_HREF.sub(address, _markdown(organisation().web_endings).render(body)))  # noqa: S704 - raw HTML in an article became text
