"""The pages are made of components: macros of Jinja2, which escapes every value. Nothing else puts HTML on a page.

A component asks for its words with `t` while it is drawn; at the top of a template, which is read once for all visits, it may not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal

import streamlit as st
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from kb.articles.announcements import Notice
from kb.pages.addresses import article_link, in_other_languages, link
from kb.pages.words import group, items, language, number_of, reasons, t, when
from kb.settings import organisation

FOLDER = Path(__file__).parent / "templates"
STYLE = Path(__file__).parent / "style.css"
SHARED = "components.html"


class Components:
    """The components in these folders and in ours; `filters` come with those of every page."""

    def __init__(self, *folders: Path, **filters: Callable[..., object]) -> None:
        loader = FileSystemLoader([*folders, FOLDER])
        self._templates = Environment(
            loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, auto_reload=False
        )
        self._templates.globals |= {
            "t": t, "group": group, "items": items, "number_of": number_of, "language": language, "organisation": organisation, "link": link, "article_link": article_link,
        }  # fmt: skip
        self._templates.filters |= {"when": when, "reasons": reasons, **filters}

    def render(self, template: str, component: str, /, **values: object) -> Markup:
        """A component as HTML."""
        macro: Callable[..., Markup] = getattr(self._templates.get_template(template).module, component)
        return macro(**values).strip()

    def show(
        self, template: str, component: str, /, *, width: Literal["stretch", "content"] = "stretch", **values: object
    ) -> None:
        """Put a component on the page."""
        put(self.render(template, component, **values), width)


def put(html: Markup, width: Literal["stretch", "content"] = "stretch") -> None:
    """Put what a component was rendered to on the page; what is no Markup after all is shown as text."""
    st.html(str(escape(html)), width=width)


_OURS = Components()
render, show = _OURS.render, _OURS.show


def show_style(file: Path) -> None:
    """Lay a file of ours with style over the page."""
    st.html(file)


def run_script(file: Path) -> None:
    """Run a script of ours in the visitor's browser."""
    st.html(str(render(SHARED, "script", code=Markup(file.read_text(encoding="utf-8")))), unsafe_allow_javascript=True)  # noqa: S704


def say(words: str, style: Literal["ww-good", "ww-doubt", "ww-bad"]) -> None:
    """A remark, read out when it appears. Nothing in it is markup."""
    show(SHARED, "say", words=words, style=style)


def lay_out() -> None:
    """The style every page starts with."""
    show_style(STYLE)


def show_top(links: Sequence[tuple[str, str]] = (), notices: Sequence[Notice] = (), /, **query: str) -> None:
    """The bar above every page, and the important messages; `query` says what this page shows."""
    show(SHARED, "top", links=[*links, *in_other_languages(**query)], notices=notices)
