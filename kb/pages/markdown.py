"""Markdown of articles as HTML: links between articles stay on the site, raw HTML is shown as text."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape

from markdown_it import MarkdownIt

from kb.article import SLUG

_MARKDOWN = MarkdownIt("commonmark", {"html": False})
_HREF = re.compile(r'href="([^"]+)"')
_HELP = re.compile(r"(?<![\w@.])help@basispoort\.nl")


def to_html(body: str, to_article: Callable[[str], str]) -> str:
    """An article's body as HTML; `to_article` gives the address of an article."""

    def address(match: re.Match[str]) -> str:
        target = match[1]
        if SLUG.fullmatch(target):
            return f'href="{escape(to_article(target))}" target="_self"'
        return f'href="{target}" rel="noopener"'

    html = _HREF.sub(address, _MARKDOWN.render(body))
    return _HELP.sub(lambda match: f'<a href="mailto:{match[0]}">{match[0]}</a>', html)
