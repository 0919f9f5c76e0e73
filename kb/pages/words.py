"""The words on the pages, in two languages, from data/ui; and small pieces of HTML that every page uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from kb.data_file import read_data
from kb.settings import from_data

LANGUAGES = ("nl", "en")
STYLE = Path(__file__).parent / "style.css"


@from_data
def load_words(folder: Path, language: str) -> Mapping[str, Any]:
    """All words of a language. Raises DataFileError."""
    return read_data(folder / "ui" / f"{language}.yaml", dict[str, str | list[str] | dict[str, str]])


def language() -> str:
    """The language of this visit: ?lang=en, otherwise Dutch."""
    chosen = st.query_params.get("lang") or st.session_state.get("language", "nl")
    st.session_state["language"] = chosen if chosen in LANGUAGES else "nl"
    return str(st.session_state["language"])


def t(name: str, /, **values: object) -> str:
    """The words with this name in the visitor's language, filled in."""
    text = str(load_words(language())[name])
    return text.format(**values) if values else text


def group(name: str) -> Mapping[str, str]:
    """A mapping of words, such as the names of the categories."""
    content: Mapping[str, str] = load_words(language())[name]
    return content


def items(name: str) -> list[str]:
    """A list of words."""
    return [str(item) for item in load_words(language())[name]]


def number_of(name: str, count: int) -> str:
    """'1 antwoord' or '3 antwoorden'."""
    return t(f"{name}_one") if count == 1 else t(f"{name}_many", count=count)


def lay_out() -> None:
    """The style every page starts with."""
    st.html(f"<style>{STYLE.read_text(encoding='utf-8')}</style>")


def name_tab(title: str) -> None:
    """Give the browser's tab the title of what is shown."""
    st.set_page_config(page_title=f"{title} – {t('site')}")
