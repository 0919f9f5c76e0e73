"""The words on the pages, in two languages, from data/ui."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from kb.data_file import read_data
from kb.search.search import Hit
from kb.settings import from_data

LANGUAGES = ("nl", "en")
HERE = ZoneInfo("Europe/Amsterdam")
JOINER = "\u2060"  # takes no room, and keeps apart what Streamlit would read as one sign
UNSEEN = ("Cc", "Cf", "Zl", "Zp")  # characters without a shape: also those that turn the direction of what follows


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


def plain(text: str) -> str:
    """Words of others for a label, which Streamlit reads as Markdown: shown letter by letter, without markup, pictures or links.

    A backslash settles what Markdown itself reads. Streamlit looks for `:name[…]`, `:name:`, web addresses and arrows once more in the
    text that is left: a joiner parts those. Options of a select box are no Markdown and need none of this; alerts don't exist here
    but as `kb.pages.templates.say`.
    """
    seen = "".join(" " if char.isspace() else char for char in text if char.isspace() or unicodedata.category(char) not in UNSEEN)
    parted = re.sub(r"(?<=[:@])|(?<=[-<])(?=[->])|(?<=www)(?=\.)", JOINER, " ".join(seen.split()), flags=re.IGNORECASE)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", parted)


def when(moment: datetime) -> str:
    """A moment as people here write it."""
    return moment.astimezone(HERE).strftime("%d-%m-%Y %H:%M")


def reasons(hit: Hit) -> str:
    """Why an article was found, in the visitor's language."""
    return "; ".join(group("reasons")[reason.name].format(*reason.words) for reason in hit.reasons)


def name_tab(title: str) -> None:
    """Give the browser's tab the title of what is shown."""
    st.set_page_config(page_title=f"{title} – {t('site')}")
